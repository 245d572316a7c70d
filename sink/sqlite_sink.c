// SPDX-License-Identifier: GPL-2.0-or-later
/* RUN.db: a prepared INSERT for each kind of row. */
#include "base/text.h"
#include "base/xalloc.h"
#include "sink/database.h"
#include "sink/row.h"
#include "sink/sinks.h"

#include <stdlib.h>

struct sqlite_sink {
	struct sink base;
	struct database database;
	sqlite3_stmt *inserts[ROW_NR_KINDS];
};

static const char schema[] =
#include "sink/schema.sql.h"
;

static struct sqlite_sink *to_sqlite(struct sink *sink)
{
	return (struct sqlite_sink *)sink;
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

		rc = sqlite3_prepare_v3(sink->database.db, sql, -1, SQLITE_PREPARE_PERSISTENT,
					&sink->inserts[kind], NULL);
		free(sql);
	}
	return rc;
}

static void finalize_inserts(struct sqlite_sink *sink)
{
	for (int kind = 0; kind < ROW_NR_KINDS; kind++) {
		sqlite3_finalize(sink->inserts[kind]);
		sink->inserts[kind] = NULL;
	}
}

static void sqlite_close(struct sink *base)
{
	struct sqlite_sink *sink = to_sqlite(base);

	if (!sink)
		return;
	finalize_inserts(sink);
	database_close(&sink->database);
	free(sink);
}

static enum status sqlite_open(struct sink **base, const char *path, struct error *err)
{
	struct sqlite_sink *sink = xcalloc(1, sizeof(*sink));
	enum status status = database_create(&sink->database, path, schema, err);

	sink->base.class = &sqlite_sink;
	if (status) {
		free(sink);
		return status;
	}
	if (prepare_inserts(sink)) {
		status = database_fail(&sink->database, "the schema", err);
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
		enum status status = database_fail(&sink->database, table->name, err);

		sqlite3_reset(insert);
		return status;
	}
	sqlite3_reset(insert);
	return RC_OK;
}

static enum status sqlite_commit(struct sink *base, struct error *err)
{
	struct sqlite_sink *sink = to_sqlite(base);

	if (sqlite3_exec(sink->database.db, "COMMIT", NULL, NULL, NULL))
		return database_fail(&sink->database, "the end", err);
	finalize_inserts(sink);
	return database_commit(&sink->database, err);
}

const struct sink_class sqlite_sink = {
	.name = "sqlite",
	.open = sqlite_open,
	.put = sqlite_put,
	.commit = sqlite_commit,
	.close = sqlite_close,
};
