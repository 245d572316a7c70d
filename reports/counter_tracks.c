// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Usage as counter tracks and incidents as instants, in the JSON trace format that the Perfetto UI opens:
 * a container is a process, a scenario's resource a counter, times are microseconds.
 */
#include "reports/markup.h"
#include "reports/reports.h"

#include <inttypes.h>
#include <stdlib.h>

static const char names_sql[] = "SELECT container, name FROM containers ORDER BY container";

static const char usage_sql[] =
	"SELECT u.container, u.resource || ', ' || s.label, u.time_ns, u.held_pages FROM usage AS u"
	" JOIN scenarios AS s USING (scenario) ORDER BY u.scenario, u.container, u.resource, u.time_ns";

static const char incidents_sql[] =
	"SELECT i.container, i.kind || ' (' || i.resource || ', ' || s.label || ')', i.time_ns, i.pid, i.comm, i.pages, i.count, i.detail"
	" FROM incidents AS i JOIN scenarios AS s USING (scenario) ORDER BY i.scenario, i.time_ns, i.container, i.resource, i.kind, i.rowid";

static void put_time(FILE *out, int64_t time_ns)
{
	fprintf(out, "\"ts\":%" PRId64 ".%03" PRId64, time_ns / 1000, time_ns > 0 ? time_ns % 1000 : 0);
}

/* Returns new. */
static char *json_cell(sqlite3_stmt *rows, int column)
{
	const char *text = (const char *)sqlite3_column_text(rows, column);

	return markup_json(text ? text : "");
}

static void put_name(FILE *out, sqlite3_stmt *rows, uint64_t page_bytes)
{
	char *name = json_cell(rows, 1);

	(void)page_bytes;
	fprintf(out, "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%" PRId64 ",\"args\":{\"name\":%s}}",
		(int64_t)sqlite3_column_int64(rows, 0), name);
	free(name);
}

static void put_usage(FILE *out, sqlite3_stmt *rows, uint64_t page_bytes)
{
	char *name = json_cell(rows, 1);

	fprintf(out, "{\"ph\":\"C\",\"name\":%s,\"pid\":%" PRId64 ",", name, (int64_t)sqlite3_column_int64(rows, 0));
	put_time(out, sqlite3_column_int64(rows, 2));
	fprintf(out, ",\"args\":{\"bytes\":%.0f}}", (double)sqlite3_column_int64(rows, 3) * (double)page_bytes);
	free(name);
}

static void put_incident(FILE *out, sqlite3_stmt *rows, uint64_t page_bytes)
{
	char *name = json_cell(rows, 1), *comm = json_cell(rows, 4), *detail = json_cell(rows, 7);

	(void)page_bytes;
	fprintf(out, "{\"ph\":\"i\",\"s\":\"p\",\"name\":%s,\"pid\":%" PRId64 ",\"tid\":%" PRId64 ",", name,
		(int64_t)sqlite3_column_int64(rows, 0), (int64_t)sqlite3_column_int64(rows, 3));
	put_time(out, sqlite3_column_int64(rows, 2));
	fprintf(out, ",\"args\":{\"comm\":%s,\"pages\":%" PRId64 ",\"times\":%" PRId64 ",\"detail\":%s}}", comm,
		(int64_t)sqlite3_column_int64(rows, 5), (int64_t)sqlite3_column_int64(rows, 6), detail);
	free(name);
	free(comm);
	free(detail);
}

static const struct {
	const char *sql;
	void (*put)(FILE *out, sqlite3_stmt *rows, uint64_t page_bytes);
} parts[] = {
	{ names_sql, put_name },
	{ usage_sql, put_usage },
	{ incidents_sql, put_incident },
};

static enum status print(struct run_db *run, FILE *out, struct error *err)
{
	enum status status = RC_OK;
	const char *comma = "\n";

	fputs("{\"traceEvents\":[", out);	/* first: readers that stream want it so */
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !status; i++) {
		sqlite3_stmt *rows = NULL;

		status = run_db_prepare(run, &rows, parts[i].sql, err);
		if (status)
			break;
		while (!(status = run_db_step(run, rows, err))) {
			fputs(comma, out);
			parts[i].put(out, rows, run_db_page_bytes(run));
			comma = ",\n";
		}
		sqlite3_finalize(rows);
		status = status == RC_END ? RC_OK : status;
	}
	fputs("\n],\"displayTimeUnit\":\"ms\"}\n", out);
	return status;
}

const struct report trace_report = {
	.name = "trace",
	.summary = "usage as counter tracks and incidents, in the JSON that the Perfetto UI opens",
	.print = print,
};
