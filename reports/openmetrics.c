// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenMetrics, with the recording's timestamps: for a Prometheus (promtool tsdb create-blocks-from openmetrics).
 *
 * Samples of a family stand together, those of one series in the order of time, as the format wants it; one a
 * millisecond, which is as fine as a Prometheus keeps them.
 */
#include "base/text.h"
#include "reports/reports.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What every question gives: labels, value, time. */
enum { COL_CONTAINER, COL_PATH, COL_RESOURCE, COL_SCENARIO, COL_FIGURE, COL_VALUE, COL_TIME };

struct family {
	const char *name, *type, *unit, *help;
	const char *suffix;	/* of its samples */
	const char *value;	/* of a row u */
	enum { OF_OUTCOMES, OF_USAGE, OF_SPREADS } table;
};

#define END_MS "(SELECT (CAST(value AS INTEGER) + 999999) / 1000000 FROM run WHERE key = 'end_ns')"
#define KEY "u.scenario, u.container, u.resource"

/* Where rows come from. The rest: which of them, and in which order. */
static const struct { const char *name, *time_ms, *figure, *rest; } tables[] = {
	[OF_OUTCOMES] = { "outcomes", END_MS, "NULL", "WHERE value IS NOT NULL ORDER BY " KEY },
	[OF_USAGE] = { "usage", "(max(u.time_ns) + 999999) / 1000000", "NULL",
		       "GROUP BY " KEY ", (u.time_ns + 999999) / 1000000 ORDER BY " KEY ", u.time_ns" },
	[OF_SPREADS] = { "spreads", END_MS, "u.figure", "ORDER BY " KEY ", u.figure" },
};

#define PAGES(column) column " * (SELECT CAST(value AS INTEGER) FROM run WHERE key = 'page_size')"

static const struct family families[] = {
	{ "recount_held_bytes", "gauge", "bytes", "charged at the end of a step", "", PAGES("u.held_pages"), OF_USAGE },
	{ "recount_maxheld_bytes", "gauge", "bytes", "most charged within a step", "", PAGES("max(u.maxheld_pages)"), OF_USAGE },
	{ "recount_limit_bytes", "gauge", "bytes", "limit that was tried", "", PAGES("u.limit_pages"), OF_OUTCOMES },
	{ "recount_barrier_bytes", "gauge", "bytes", "barrier that was tried", "", PAGES("u.barrier_pages"), OF_OUTCOMES },
	{ "recount_refused_charges", "counter", NULL, "failcnt", "_total", "u.failcnt", OF_OUTCOMES },
	{ "recount_uncharged_pages", "counter", "pages", "taken away by reclaim", "_total", "u.uncharged_pages", OF_OUTCOMES },
	{ "recount_swapped_out_pages", "counter", "pages", "written to swap", "_total", "u.swapped_out_pages", OF_OUTCOMES },
	{ "recount_refaulted_pages", "counter", "pages", "used again after reclaim, as seen", "_total", "u.refaulted_pages", OF_OUTCOMES },
	{ "recount_refaulted_assumed_pages", "counter", "pages", "used again after reclaim, as assumed", "_total",
	  "u.refaulted_pages_assumed", OF_OUTCOMES },
	{ "recount_oom_kills", "counter", NULL, "address spaces killed", "_total", "u.oom_kills", OF_OUTCOMES },
	{ "recount_denied_calls", "counter", NULL, "system calls that would have failed", "_total", "u.denied_calls", OF_OUTCOMES },
	{ "recount_spread_low", "gauge", NULL, "least of several runs of the scenario", "", "u.low", OF_SPREADS },
	{ "recount_spread_high", "gauge", NULL, "most of several runs of the scenario", "", "u.high", OF_SPREADS },
};

/* Backslash, quote and line end are what a label value escapes. */
static void put_label(FILE *out, const char *name, const char *text)
{
	char *safe = text_utf8(text ? text : "");

	fprintf(out, "%s=\"", name);
	for (const char *at = safe; *at; at++) {
		if (*at == '\n')
			fputs("\\n", out);
		else if (*at == '\\' || *at == '"')
			fprintf(out, "\\%c", *at);
		else
			fputc(*at, out);
	}
	fputc('"', out);
	free(safe);
}

static void put_sample(FILE *out, const struct family *family, sqlite3_stmt *rows)
{
	static const struct { const char *name; int column; } labels[] = {
		{ "container", COL_CONTAINER }, { "path", COL_PATH }, { "resource", COL_RESOURCE }, { "scenario", COL_SCENARIO },
		{ "figure", COL_FIGURE },
	};
	int64_t time_ms = sqlite3_column_int64(rows, COL_TIME);

	fprintf(out, "%s%s{", family->name, family->suffix);
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		if (sqlite3_column_type(rows, labels[i].column) == SQLITE_NULL && labels[i].column == COL_FIGURE)
			continue;
		if (i)
			fputc(',', out);
		put_label(out, labels[i].name, (const char *)sqlite3_column_text(rows, labels[i].column));
	}
	fprintf(out, "} %" PRId64 " %" PRId64 ".%03" PRId64 "\n", (int64_t)sqlite3_column_int64(rows, COL_VALUE),
		time_ms / 1000, time_ms % 1000);
}

static enum status put_family(struct run_db *run, const struct family *family, FILE *out, struct error *err)
{
	char sql[1024];
	sqlite3_stmt *rows = NULL;
	enum status status;

	/* Labels are numbered: two containers, or scenarios, may go by one name. */
	snprintf(sql, sizeof(sql), "SELECT c.container || ':' || c.name, c.path, u.resource, u.scenario || ':' || s.label, %s, %s AS value, %s"
		 " FROM %s AS u JOIN containers AS c USING (container) JOIN scenarios AS s USING (scenario) %s", tables[family->table].figure,
		 family->value, tables[family->table].time_ms, tables[family->table].name, tables[family->table].rest);
	status = run_db_prepare(run, &rows, sql, err);
	if (status)
		return status;
	fprintf(out, "# TYPE %s %s\n", family->name, family->type);
	if (family->unit)
		fprintf(out, "# UNIT %s %s\n", family->name, family->unit);
	fprintf(out, "# HELP %s %s\n", family->name, family->help);
	while (!(status = run_db_step(run, rows, err)))
		put_sample(out, family, rows);
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

static enum status print(struct run_db *run, FILE *out, struct error *err)
{
	enum status status = RC_OK;

	for (size_t i = 0; i < sizeof(families) / sizeof(*families) && !status; i++)
		status = put_family(run, &families[i], out, err);
	fputs("# EOF\n", out);
	return status;
}

const struct report openmetrics_report = {
	.name = "openmetrics",
	.summary = "usage over time and counters as OpenMetrics, at the recording's times",
	.print = print,
};
