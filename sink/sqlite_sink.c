// SPDX-License-Identifier: GPL-2.0-or-later
/* RUN.db: one SQLite file, written beside and renamed over when it is complete. */
#include "base/text.h"
#include "base/xalloc.h"
#include "sink/output_file.h"
#include "sink/row.h"
#include "sink/sinks.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sqlite_sink {
	struct sink base;
	struct output_file file;
	sqlite3 *db;
	sqlite3_stmt *inserts[ROW_NR_KINDS];
};

static const char schema[] =
#include "sink/schema.sql.h"
;

/*
 * Nobody else can see the temporary file and a failed run deletes it: no journal
 * is needed, and the flush at the end is that of output_file.
 */
static const char setup[] =
	"PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA auto_vacuum = NONE;"
	"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
	"PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; BEGIN EXCLUSIVE;";

/* The library's version in the header of the file, bytes 96..99: the only ones that tell who wrote it. */
#define WRITER_VERSION_OFFSET 96
static const unsigned char writer_version[4] = { 0x00, 0x2e, 0x63, 0x00 };	/* 3.40.0 */

static struct sqlite_sink *to_sqlite(struct sink *sink)
{
	return (struct sqlite_sink *)sink;
}

static enum status fail(struct sqlite_sink *sink, const char *what, struct error *err)
{
	int primary = sqlite3_errcode(sink->db) & 0xff;
	int last = errno, number = sqlite3_system_errno(sink->db);

	if (!number && primary == SQLITE_IOERR)	/* COMMIT does not note it */
		number = last;
	if (primary == SQLITE_CONSTRAINT)
		return error_set(err, RC_OUTPUT, "%s: a row for %s is not possible (a bug in recount): %s",
				 sink->file.path, what, sqlite3_errmsg(sink->db));
	/* A write cut short looks the same for both. */
	if (primary == SQLITE_FULL)
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s, or the file may not grow that large",
				 sink->file.path, strerror(ENOSPC));
	return error_set(err, RC_OUTPUT, "%s: cannot write: %s", sink->file.path,
			 number ? strerror(number) : sqlite3_errmsg(sink->db));
}

/* Returns new: INSERT with one parameter a column. */
static char *insert_sql(const struct row_table *table)
{
	char *columns = xstrdup(""), *marks = xstrdup(""), *sql;

	for (const struct row_column *column = table->columns; column->name; column++) {
		const char *comma = column == table->columns ? "" : ", ";
		char *longer = xasprintf("%s%s%s", columns, comma, column->name);

		free(columns);
		columns = longer;
		longer = xasprintf("%s%s?", marks, comma);
		free(marks);
		marks = longer;
	}
	sql = xasprintf("INSERT INTO %s (%s) VALUES (%s)", table->name, columns, marks);
	free(columns);
	free(marks);
	return sql;
}

static int prepare_inserts(struct sqlite_sink *sink)
{
	int rc = SQLITE_OK;

	for (int kind = 0; kind < ROW_NR_KINDS && rc == SQLITE_OK; kind++) {
		char *sql = insert_sql(&row_tables[kind]);

		rc = sqlite3_prepare_v3(sink->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
					&sink->inserts[kind], NULL);
		free(sql);
	}
	return rc;
}

static void close_db(struct sqlite_sink *sink)
{
	for (int kind = 0; kind < ROW_NR_KINDS; kind++) {
		sqlite3_finalize(sink->inserts[kind]);
		sink->inserts[kind] = NULL;
	}
	sqlite3_close(sink->db);
	sink->db = NULL;
}

static void sqlite_close(struct sink *base)
{
	struct sqlite_sink *sink = to_sqlite(base);

	if (!sink)
		return;
	close_db(sink);
	output_file_close(&sink->file);
	free(sink);
}

static enum status sqlite_open(struct sink **base, const char *path, struct error *err)
{
	struct sqlite_sink *sink = xcalloc(1, sizeof(*sink));
	enum status status = output_file_open(&sink->file, path, err);

	sink->base.class = &sqlite_sink;
	if (status) {
		free(sink);
		return status;
	}
	if (sqlite3_open_v2(sink->file.temporary, &sink->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite3_exec(sink->db, setup, NULL, NULL, NULL) ||
	    sqlite3_exec(sink->db, schema, NULL, NULL, NULL) || prepare_inserts(sink)) {
		status = fail(sink, "the schema", err);
		sqlite_close(&sink->base);
		return status;
	}
	*base = &sink->base;
	return RC_OK;
}

/* SQLite clients expect UTF-8 and some fail on anything else. */
static int bind_text(sqlite3_stmt *insert, int parameter, const char *text)
{
	const char *at = text;
	uint32_t character;
	char *safe;
	int rc;

	while (*at) {
		size_t length = utf8_decode(at, &character);

		if (!length)
			break;
		at += length;
	}
	if (!*at)
		return sqlite3_bind_text(insert, parameter, text, (int)(at - text), SQLITE_STATIC);
	safe = text_utf8(text);
	rc = sqlite3_bind_text(insert, parameter, safe, -1, SQLITE_TRANSIENT);
	free(safe);
	return rc;
}

static int bind_column(sqlite3_stmt *insert, int parameter, const struct row *row,
		       const struct row_column *column)
{
	switch (column->type) {
	case COLUMN_U32:
		return sqlite3_bind_int64(insert, parameter, row_u32(row, column));
	case COLUMN_I64:
		if (row_i64(row, column) == ROW_NONE)
			return sqlite3_bind_null(insert, parameter);
		return sqlite3_bind_int64(insert, parameter, row_i64(row, column));
	case COLUMN_TEXT:
		return bind_text(insert, parameter, row_text(row, column));
	case COLUMN_REAL:
		return sqlite3_bind_double(insert, parameter, row_real(row, column));
	}
	return SQLITE_MISUSE;
}

static enum status sqlite_put(struct sink *base, const struct row *row, struct error *err)
{
	struct sqlite_sink *sink = to_sqlite(base);
	sqlite3_stmt *insert = sink->inserts[row->kind];
	const struct row_table *table = &row_tables[row->kind];
	int parameter = 1, rc = SQLITE_OK;

	for (const struct row_column *column = table->columns; column->name && !rc; column++)
		rc = bind_column(insert, parameter++, row, column);
	if (!rc)
		rc = sqlite3_step(insert);
	if (rc != SQLITE_DONE) {
		enum status status = fail(sink, table->name, err);

		sqlite3_reset(insert);
		return status;
	}
	sqlite3_reset(insert);
	return RC_OK;
}

static enum status sqlite_commit(struct sink *base, struct error *err)
{
	struct sqlite_sink *sink = to_sqlite(base);

	if (sqlite3_exec(sink->db, "COMMIT", NULL, NULL, NULL))
		return fail(sink, "the end", err);
	close_db(sink);
	if (pwrite(sink->file.fd, writer_version, sizeof(writer_version), WRITER_VERSION_OFFSET) !=
	    (ssize_t)sizeof(writer_version))
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s", sink->file.path,
				 strerror(errno));
	return output_file_commit(&sink->file, err);
}

const struct sink_class sqlite_sink = {
	.name = "sqlite",
	.open = sqlite_open,
	.put = sqlite_put,
	.commit = sqlite_commit,
	.close = sqlite_close,
};
