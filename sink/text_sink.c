// SPDX-License-Identifier: GPL-2.0-or-later
/* One row a line, in the order they came: `outcomes scenario=1 container=1 resource="rss" ...`. */
#include "base/text.h"
#include "base/xalloc.h"
#include "sink/output_file.h"
#include "sink/row.h"
#include "sink/sinks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct text_sink {
	struct sink base;
	struct output_file file;
	FILE *stream;		/* over a copy of file.fd; NULL = written and closed */
};

static struct text_sink *to_text(struct sink *sink)
{
	return (struct text_sink *)sink;
}

static enum status text_open(struct sink **base, const char *path, struct error *err)
{
	struct text_sink *sink = xcalloc(1, sizeof(*sink));
	enum status status = output_file_open(&sink->file, path, err);

	if (status) {
		free(sink);
		return status;
	}
	sink->base.class = &text_sink;
	sink->stream = fdopen(dup(sink->file.fd), "w");
	if (!sink->stream) {
		status = error_set(err, RC_OUTPUT, "%s: cannot write: %s", path, strerror(errno));
		output_file_close(&sink->file);
		free(sink);
		return status;
	}
	*base = &sink->base;
	return RC_OK;
}

static void print_text(FILE *stream, const char *text)
{
	char *safe = text_printable(text);

	fputc('"', stream);
	for (const char *at = safe; *at; at++) {
		if (*at == '"')
			fputc('\\', stream);
		fputc(*at, stream);
	}
	fputc('"', stream);
	free(safe);
}

static void print_column(FILE *stream, const struct row *row, const struct row_column *column)
{
	fprintf(stream, " %s=", column->name);
	switch (column->type) {
	case COLUMN_U32:
		fprintf(stream, "%" PRIu32, row_u32(row, column));
		break;
	case COLUMN_I64:
		if (row_i64(row, column) == ROW_NONE)
			fputc('-', stream);
		else
			fprintf(stream, "%" PRId64, row_i64(row, column));
		break;
	case COLUMN_TEXT:
		print_text(stream, row_text(row, column));
		break;
	case COLUMN_REAL:
		fprintf(stream, "%.6f", row_real(row, column));
		break;
	}
}

static enum status text_put(struct sink *base, const struct row *row, struct error *err)
{
	struct text_sink *sink = to_text(base);
	const struct row_table *table = &row_tables[row->kind];

	fputs(table->name, sink->stream);
	for (const struct row_column *column = table->columns; column->name; column++)
		print_column(sink->stream, row, column);
	fputc('\n', sink->stream);
	if (ferror(sink->stream))
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s", sink->file.path,
				 strerror(errno));
	return RC_OK;
}

static enum status text_commit(struct sink *base, struct error *err)
{
	struct text_sink *sink = to_text(base);
	FILE *stream = sink->stream;

	sink->stream = NULL;
	if (fclose(stream))
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s", sink->file.path,
				 strerror(errno));
	return output_file_commit(&sink->file, err);
}

static void text_close(struct sink *base)
{
	struct text_sink *sink = to_text(base);

	if (!sink)
		return;
	if (sink->stream)
		fclose(sink->stream);
	output_file_close(&sink->file);
	free(sink);
}

const struct sink_class text_sink = {
	.name = "text",
	.open = text_open,
	.put = text_put,
	.commit = text_commit,
	.close = text_close,
};
