// SPDX-License-Identifier: GPL-2.0-or-later
/* CSV by hand, JSON by SQLite. */
#include "reports/rows.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "reports/cells.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void csv_text(FILE *out, const char *text)
{
	char *safe = text_printable(text);
	const char *formula = *safe && strchr("=+-@", *safe) ? "'" : "";

	if (!safe[strcspn(safe, "\",")] && *safe != ' ') {
		fprintf(out, "%s%s", formula, safe);
		free(safe);
		return;
	}
	fprintf(out, "\"%s", formula);
	for (const char *at = safe; *at; at++) {
		if (*at == '"')
			fputc('"', out);
		fputc(*at, out);
	}
	fputc('"', out);
	free(safe);
}

static void csv_cell(FILE *out, sqlite3_stmt *rows, int column)
{
	const char *text = (const char *)sqlite3_column_text(rows, column);
	int type = sqlite3_column_type(rows, column);

	if (!text || type == SQLITE_NULL)
		return;
	if (type == SQLITE_INTEGER || type == SQLITE_FLOAT)
		fputs(text, out);
	else
		csv_text(out, text);
}

enum status rows_csv(struct run_db *run, const char *sql, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, sql, err);

	if (status)
		return status;
	for (int i = 0; i < sqlite3_column_count(rows); i++)
		fprintf(out, "%s%s", i ? "," : "", sqlite3_column_name(rows, i));
	fputc('\n', out);
	while (!(status = run_db_step(run, rows, err))) {
		for (int i = 0; i < sqlite3_column_count(rows); i++) {
			if (i)
				fputc(',', out);
			csv_cell(out, rows, i);
		}
		fputc('\n', out);
	}
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

enum status rows_lines(struct run_db *run, const char *sql, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, sql, err);

	while (!status && !(status = run_db_step(run, rows, err))) {
		char *line = cell_text(rows, 0);

		fprintf(out, "%s\n", line);
		free(line);
	}
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

/* Returns new: a SELECT of one JSON object for every row of sql. */
static char *object_sql(sqlite3_stmt *rows, const char *sql)
{
	char *pairs = xstrdup(""), *objects;

	for (int i = 0; i < sqlite3_column_count(rows); i++) {
		const char *column = sqlite3_column_name(rows, i);
		char *longer = xasprintf("%s%s'%s', \"%s\"", pairs, i ? ", " : "", column, column);

		free(pairs);
		pairs = longer;
	}
	objects = xasprintf("SELECT json_object(%s) FROM (%s)", pairs, sql);
	free(pairs);
	return objects;
}

/* SQLite copies bytes of a text that are no UTF-8; JSON has none. */
static void json_text(FILE *out, const char *json)
{
	uint32_t character;

	while (json && *json) {
		size_t length = utf8_decode(json, &character);

		if (length)
			fwrite(json, 1, length, out);
		else
			fputs("\xef\xbf\xbd", out);
		json += length ? length : 1;
	}
}

/* The first column of every row of sql, one a line. */
static enum status json_lines(struct run_db *run, const char *sql, const char *indent, FILE *out,
			      struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, sql, err);
	bool is_first = true;

	if (status)
		return status;
	while (!(status = run_db_step(run, rows, err))) {
		fprintf(out, "%s\n%s", is_first ? "" : ",", indent);
		json_text(out, (const char *)sqlite3_column_text(rows, 0));
		is_first = false;
	}
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

static enum status json_section(struct run_db *run, const struct rows_section *section, FILE *out,
				struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, section->sql, err);
	char *objects;

	if (status)
		return status;
	objects = object_sql(rows, section->sql);
	sqlite3_finalize(rows);
	fprintf(out, ",\n  \"%s\": [", section->name);
	status = json_lines(run, objects, "    ", out, err);
	fputs("\n  ]", out);
	free(objects);
	return status;
}

enum status rows_json(struct run_db *run, const char *name, const struct rows_section *sections,
		      FILE *out, struct error *err)
{
	enum status status;

	fprintf(out, "{\n  \"report\": \"%s\",\n  \"run\":", name);
	status = json_lines(run, "SELECT json_group_object(key, value) FROM (SELECT key, value FROM run "
			    "ORDER BY key)", "    ", out, err);
	for (const struct rows_section *section = sections; section->name && !status; section++)
		status = json_section(run, section, out, err);
	fputs("\n}\n", out);
	return status;
}
