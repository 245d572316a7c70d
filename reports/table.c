// SPDX-License-Identifier: GPL-2.0-or-later
/* Every container under every limit. */
#include "reports/table.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "reports/bills.h"
#include "reports/cells.h"
#include "reports/fleet.h"
#include "reports/lines.h"
#include "reports/recommend.h"
#include "reports/reports.h"
#include "reports/rows.h"
#include "reports/trust.h"
#include "reports/usage_series.h"

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char table_sql[] =
#include "reports/table.sql.h"
;

static const char spreads_sql[] =
	"SELECT container, c.name, c.path, resource, scenario, s.label, figure, runs, low, high FROM spreads"
	" JOIN containers AS c USING (container) JOIN scenarios AS s USING (scenario) ORDER BY container, resource, scenario, figure";

static const struct rows_section sections[] = {
	{ "outcomes", table_sql },
	{ "spreads", spreads_sql },
	{ "recommendations", recommend_sql },
	{ "bills", bills_sql },
	{ "shares", shares_sql },
	{ "losses", trust_losses_sql },
	{ "unmatched", trust_unmatched_sql },
	{ "checks", trust_checks_sql },
	{ "proofs", trust_proofs_sql },
	{ NULL }
};

/* Columns as shown. */
enum {
	SHOW_CONTAINER, SHOW_RESOURCE, SHOW_SCENARIO, SHOW_LIMIT, SHOW_HELD, SHOW_MAXHELD,
	SHOW_FAILCNT, SHOW_CALLS, SHOW_UNCHARGED, SHOW_RECLAIMED, SHOW_REFAULTED, SHOW_SWAPPED,
	SHOW_KILLS, SHOW_DENIED, SHOW_USAGE, SHOW_BACK, SHOW_VERDICT, SHOW_NR
};

static const struct { const char *name; int flags; } shown[SHOW_NR] = {
	[SHOW_CONTAINER] = { "CONTAINER", 0 },
	[SHOW_RESOURCE]	 = { "RESOURCE", 0 },
	[SHOW_SCENARIO]	 = { "SCENARIO", 0 },
	[SHOW_LIMIT]	 = { "LIMIT", SCOLS_FL_RIGHT },
	[SHOW_HELD]	 = { "HELD", SCOLS_FL_RIGHT },
	[SHOW_MAXHELD]	 = { "MAXHELD", SCOLS_FL_RIGHT },
	[SHOW_FAILCNT]	 = { "FAILCNT", SCOLS_FL_RIGHT },
	[SHOW_CALLS]	 = { "RECLAIMS", SCOLS_FL_RIGHT },
	[SHOW_UNCHARGED] = { "UNCHARGED", SCOLS_FL_RIGHT },
	[SHOW_RECLAIMED] = { "RECLAIMED", SCOLS_FL_RIGHT },
	[SHOW_REFAULTED] = { "REFAULTED", SCOLS_FL_RIGHT },
	[SHOW_SWAPPED]	 = { "SWAPPED", SCOLS_FL_RIGHT },
	[SHOW_KILLS]	 = { "KILLS", SCOLS_FL_RIGHT },
	[SHOW_DENIED]	 = { "DENIED", SCOLS_FL_RIGHT },
	[SHOW_USAGE]	 = { "USAGE", 0 },
	[SHOW_BACK]	 = { "BACK", 0 },
	[SHOW_VERDICT]	 = { "VERDICT", 0 },
};

/* Characters of usage over time; of the bar of what comes back. */
enum { SPARK_STEPS = 12, BAR_WIDTH = 8 };

/* What is being filled, and what was seen while filling it. */
struct table {
	struct run_db *run;
	struct libscols_table *lines;
	struct libscols_column *columns[SHOW_NR];
	int64_t baseline[TABLE_NR];	/* scenario 0 of the container and resource at hand */
	bool is_label_needed;		/* a scenario is more than its one limit */
	bool is_denied_needed;
	bool is_unsure;			/* some figure is seen / assumed */
	bool is_back_needed;
	double most_back;		/* of the container and resource at hand: log(1 + pages that come back) */
	double evidence;		/* least of the unsure ones */
	int64_t nr_runs;		/* of each scenario; 0 = one */
	struct entries window;		/* of time */
	enum status status;		/* RC_INPUT: usage over time cannot be read, and failure says why */
	struct error failure;
};

/*
 * Returns new: the figure, or `seen / assumed` where they may differ: uses that
 * the trace does not show matter only for what was evicted.
 */
static char *figure_text(struct table *table, sqlite3_stmt *rows, int seen, int assumed)
{
	int64_t figure = sqlite3_column_int64(rows, seen);
	double evidence = sqlite3_column_double(rows, TABLE_EVIDENCE);
	bool is_sure = !sqlite3_column_int64(rows, TABLE_SCENARIO) || evidence >= 1 ||
		       !sqlite3_column_int64(rows, TABLE_UNCHARGED);

	if (is_sure || (!cell_is_null(rows, assumed) && sqlite3_column_int64(rows, assumed) == figure))
		return xasprintf("%" PRId64, figure);
	if (!table->is_unsure || evidence < table->evidence)
		table->evidence = evidence;
	table->is_unsure = true;
	if (cell_is_null(rows, assumed))
		return xasprintf("%" PRId64 " / ?", figure);
	return xasprintf("%" PRId64 " / %" PRId64, figure,
			 (int64_t)sqlite3_column_int64(rows, assumed));
}

/* Returns new: the figure, and between what several runs of the scenario had it: as seen at least, as assumed at most. */
static char *refaulted_text(struct table *table, sqlite3_stmt *rows)
{
	char *figure = figure_text(table, rows, TABLE_REFAULTED, TABLE_REFAULTED_ASSUMED), *text;
	int64_t low = sqlite3_column_int64(rows, TABLE_REFAULTED_LOW), high = sqlite3_column_int64(rows, TABLE_REFAULTED_HIGH);

	if (cell_is_null(rows, TABLE_RUNS))
		return figure;
	table->nr_runs = sqlite3_column_int64(rows, TABLE_RUNS);
	text = low == high ? xstrdup(figure) : xasprintf("%s (%" PRId64 " to %" PRId64 ")", figure, low, high);
	free(figure);
	return text;
}

/* Returns new: "-" = as recorded. */
static char *limit_text(const struct table *table, sqlite3_stmt *rows)
{
	return cell_limit(rows, TABLE_BARRIER, TABLE_LIMIT, run_db_page_bytes(table->run),
			  sqlite3_column_int64(rows, TABLE_SCENARIO) ? "unlimited" : "-");
}

/* A row of scenario 1.. that says no more than the baseline above it. */
static bool is_as_baseline(const struct table *table, sqlite3_stmt *rows)
{
	static const int compared[] = { TABLE_HELD, TABLE_MAXHELD, TABLE_FAILCNT, TABLE_UNCHARGED, TABLE_KILLS,
					TABLE_DENIED };

	if (sqlite3_column_int64(rows, TABLE_IS_LIMITED) || !cell_is_null(rows, TABLE_LIMIT) ||
	    !cell_is_null(rows, TABLE_BARRIER))
		return false;
	for (size_t i = 0; i < sizeof(compared) / sizeof(*compared); i++) {
		if (sqlite3_column_int64(rows, compared[i]) != table->baseline[compared[i]])
			return false;
	}
	return true;
}

/* What comes back, as the rule of the recommendation has it. */
static double back_of(sqlite3_stmt *rows)
{
	int column = cell_is_null(rows, TABLE_REFAULTED_ASSUMED) ? TABLE_REFAULTED : TABLE_REFAULTED_ASSUMED;

	return sqlite3_column_int64(rows, TABLE_SCENARIO) && sqlite3_column_int64(rows, TABLE_UNCHARGED) ?
	       log1p(sqlite3_column_double(rows, column)) : 0;
}

/* Under the limit that makes it most, as the rows to come will show it. */
static double most_back(struct table *table, sqlite3_stmt *rows)
{
	sqlite3_stmt *most = NULL;
	struct error err;	/* a bar less is no failure */
	double pages = 0;

	if (run_db_prepare(table->run, &most, "SELECT max(coalesce(refaulted_pages_assumed, refaulted_pages)) FROM outcomes"
			   " WHERE container = ? AND resource = ? AND scenario > 0 AND uncharged_pages > 0", &err))
		return 0;
	sqlite3_bind_int64(most, 1, sqlite3_column_int64(rows, TABLE_CONTAINER));
	sqlite3_bind_value(most, 2, sqlite3_column_value(rows, TABLE_RESOURCE));
	if (!run_db_step(table->run, most, &err))
		pages = sqlite3_column_double(most, 0);
	sqlite3_finalize(most);
	return log1p(pages);
}

static bool is_shown(struct table *table, sqlite3_stmt *rows)
{
	if (!sqlite3_column_int64(rows, TABLE_SCENARIO)) {
		for (int i = 0; i < TABLE_NR; i++)
			table->baseline[i] = sqlite3_column_int64(rows, i);
		table->most_back = most_back(table, rows);
	}
	if (!sqlite3_column_int64(rows, TABLE_CONTAINER) && !sqlite3_column_int64(rows, TABLE_MAXHELD) &&
	    !sqlite3_column_int64(rows, TABLE_FAILCNT))
		return false;
	return !sqlite3_column_int64(rows, TABLE_SCENARIO) || !is_as_baseline(table, rows);
}

/* The label is RESOURCE=LIMIT, or `unlimited`, and so says nothing new. */
static bool is_label_plain(sqlite3_stmt *rows, const char *label, const char *resource,
			   const char *limit)
{
	char *plain = xasprintf("%s=%s", resource, limit);
	bool is_plain = !sqlite3_column_int64(rows, TABLE_SCENARIO) || !strcmp(plain, label) ||
			!strcmp(limit, label);

	free(plain);
	return is_plain;
}

/* Returns new: what was held over time, against the recorded peak. */
static char *usage_text(struct table *table, sqlite3_stmt *rows)
{
	const char *resource = (const char *)sqlite3_column_text(rows, TABLE_RESOURCE);
	struct entry entry = { .container = sqlite3_column_int64(rows, TABLE_CONTAINER), .resource = xstrdup(resource ? resource : "") };
	struct usage_series series;
	enum status status = usage_series_read(&series, &table->window, &entry, sqlite3_column_int64(rows, TABLE_SCENARIO), SPARK_STEPS,
					       table->run, &table->failure);
	char *text;

	if (status) {
		table->status = status;
		free(entry.resource);
		return xstrdup("");
	}
	text = usage_series_spark(&series, table->baseline[TABLE_MAXHELD], run_db_parameter(table->run, ":unicode", 0) != 0);
	usage_series_release(&series);
	free(entry.resource);
	return text;
}

static void add_line(struct table *table, sqlite3_stmt *rows)
{
	char *cells[SHOW_NR] = {
		[SHOW_CONTAINER] = cell_text(rows, TABLE_NAME),
		[SHOW_RESOURCE]	 = cell_text(rows, TABLE_RESOURCE),
		[SHOW_SCENARIO]	 = cell_text(rows, TABLE_LABEL),
		[SHOW_LIMIT]	 = limit_text(table, rows),
		[SHOW_HELD]	 = cell_text(rows, TABLE_HELD),
		[SHOW_MAXHELD]	 = cell_text(rows, TABLE_MAXHELD),
		[SHOW_FAILCNT]	 = cell_text(rows, TABLE_FAILCNT),
		[SHOW_CALLS]	 = cell_text(rows, TABLE_CALLS),
		[SHOW_UNCHARGED] = cell_text(rows, TABLE_UNCHARGED),
		[SHOW_RECLAIMED] = figure_text(table, rows, TABLE_RECLAIMED, TABLE_RECLAIMED_ASSUMED),
		[SHOW_REFAULTED] = refaulted_text(table, rows),
		[SHOW_SWAPPED]	 = figure_text(table, rows, TABLE_SWAPPED, TABLE_SWAPPED_ASSUMED),
		[SHOW_KILLS]	 = figure_text(table, rows, TABLE_KILLS, TABLE_KILLS_ASSUMED),
		[SHOW_DENIED]	 = figure_text(table, rows, TABLE_DENIED, TABLE_DENIED_ASSUMED),
		[SHOW_USAGE]	 = usage_text(table, rows),
		[SHOW_BACK]	 = bar_text(back_of(rows), table->most_back, BAR_WIDTH, run_db_parameter(table->run, ":unicode", 0) != 0),
		[SHOW_VERDICT]	 = cell_text(rows, TABLE_VERDICT),
	};

	if (!is_label_plain(rows, cells[SHOW_SCENARIO], cells[SHOW_RESOURCE], cells[SHOW_LIMIT]))
		table->is_label_needed = true;
	if (sqlite3_column_int64(rows, TABLE_DENIED) || sqlite3_column_int64(rows, TABLE_DENIED_ASSUMED))
		table->is_denied_needed = true;
	table->is_back_needed |= back_of(rows) > 0;
	lines_add(table->lines, cells, SHOW_NR);
}

static void begin_lines(struct table *table)
{
	table->lines = lines_create();
	for (int i = 0; i < SHOW_NR; i++)
		table->columns[i] = lines_column(table->lines, shown[i].name, shown[i].flags);
}

static void hide(struct table *table, int column)
{
	scols_column_set_flags(table->columns[column], shown[column].flags | SCOLS_FL_HIDDEN);
}

static enum status print_lines(struct table *table, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(table->run, &rows, table_sql, err);

	if (status)
		return status;
	begin_lines(table);
	entries_read_window(&table->window, table->run);
	while (!(status = run_db_step(table->run, rows, err))) {
		if (is_shown(table, rows))
			add_line(table, rows);
	}
	sqlite3_finalize(rows);
	if (!table->is_label_needed)
		hide(table, SHOW_SCENARIO);
	if (!table->is_denied_needed)
		hide(table, SHOW_DENIED);
	if (!table->is_back_needed)
		hide(table, SHOW_BACK);
	if (status == RC_END && scols_table_is_empty(table->lines)) {
		fputs("No container held or was refused anything.\n", out);
	} else if (status == RC_END) {
		lines_print(table->lines, out);
	}
	scols_unref_table(table->lines);
	if (status == RC_END && table->status)
		return error_set(err, table->status, "%s", table->failure.text);
	return status == RC_END ? RC_OK : status;
}

/* One line: what was replayed. */
static void print_head(struct run_db *run, FILE *out)
{
	char *begin = run_db_value(run, "begin_ns"), *end = run_db_value(run, "end_ns");
	char *input = run_db_value(run, "input.0.name"), *more = run_db_value(run, "inputs");
	char *safe = text_printable(input), *page = size_text(1, run_db_page_bytes(run));
	unsigned long long span = strtoull(end, NULL, 10) - strtoull(begin, NULL, 10);
	unsigned long long nr = strtoull(more, NULL, 10);

	fprintf(out, "%s", *safe ? safe : "a recording");
	if (nr > 1)
		fprintf(out, " and %llu more", nr - 1);
	fprintf(out, ", %.3f s; figures are pages of %s\n\n", (double)span / 1e9, page);
	free(begin);
	free(end);
	free(input);
	free(more);
	free(safe);
	free(page);
}

static void print_evidence(const struct table *table, FILE *out)
{
	if (table->is_back_needed)
		fputs("USAGE is over time, BACK the pages that come back: as assumed where that was computed, a logarithm.\n", out);
	if (table->nr_runs)
		fprintf(out, "(a to b): over %" PRId64 " runs of each scenario, a few pages apart; the row is that of the middle one.\n", table->nr_runs);
	if (!table->is_unsure)
		return;
	fprintf(out, "a / b: as seen / as assumed, ? = not computed. The trace shows %.0f %% or more of the uses"
		" of memory that matter;\nas seen counts only those: at least this happens.\n",
		table->evidence * 100);
}

static enum status render_people(struct run_db *run, FILE *out, struct error *err)
{
	struct table table = { .run = run };
	enum status status;

	print_head(run, out);
	status = print_lines(&table, out, err);
	fputc('\n', out);
	if (!status)
		status = recommend_print(run, out, err);
	fputc('\n', out);
	if (!status) {
		print_evidence(&table, out);
		status = bills_print(run, out, err);
	}
	if (!status)
		status = trust_print(run, out, err);
	return status;
}

const struct report table_report = {
	.name = "table",
	.summary = "every container under every limit: what it held, what failed, and whether it fits",
	.print = render_people,
	.sections = sections,
	.sql = table_sql,
	.render_all = fleet_services,
};
