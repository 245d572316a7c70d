// SPDX-License-Identifier: GPL-2.0-or-later
/* The recommendation as a table, JSON, CSV; the rule itself is recommend.sql. */
#include "reports/recommend.h"

#include "base/xalloc.h"
#include "reports/cells.h"
#include "reports/fleet.h"
#include "reports/lines.h"
#include "reports/reports.h"
#include "reports/rows.h"

#include <libsmartcols/libsmartcols.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char recommend_sql[] =
#include "reports/recommend.sql.h"
;

static const struct rows_section sections[] = {
	{ "recommendations", recommend_sql },
	{ NULL }
};

enum { SHOW_CONTAINER, SHOW_RESOURCE, SHOW_LIMIT, SHOW_PEAK, SHOW_SAVING, SHOW_REASON, SHOW_NR };

static const struct { const char *name; int flags; } shown[SHOW_NR] = {
	[SHOW_CONTAINER] = { "CONTAINER", 0 },
	[SHOW_RESOURCE]	 = { "RESOURCE", 0 },
	[SHOW_LIMIT]	 = { "RECOMMENDED", SCOLS_FL_RIGHT },
	[SHOW_PEAK]	 = { "PEAK", SCOLS_FL_RIGHT },
	[SHOW_SAVING]	 = { "VS PEAK", SCOLS_FL_RIGHT },
	[SHOW_REASON]	 = { "WHY", 0 },
};

static bool is_text(sqlite3_stmt *rows, int column, const char *expected)
{
	const char *text = (const char *)sqlite3_column_text(rows, column);

	return text && !strcmp(text, expected);
}

char *recommend_limit_text(sqlite3_stmt *rows, uint64_t page_bytes)
{
	char *low = cell_limit(rows, RECOMMEND_BARRIER, RECOMMEND_LIMIT, page_bytes, "none"), *high, *both;

	if (cell_is_null(rows, RECOMMEND_LIMIT) ||
	    (!is_text(rows, RECOMMEND_BASIS, "seen") && !is_text(rows, RECOMMEND_STATUS, "may not stand")))
		return low;
	high = cell_size(rows, RECOMMEND_SURE, page_bytes, "?");
	both = xasprintf("%s..%s", low, high);
	free(low);
	free(high);
	return both;
}

char *recommend_saving_text(sqlite3_stmt *rows)
{
	int64_t peak = sqlite3_column_int64(rows, RECOMMEND_PEAK), saving = sqlite3_column_int64(rows, RECOMMEND_SAVING);

	if (cell_is_null(rows, RECOMMEND_SAVING) || peak <= 0)
		return xstrdup("");
	return xasprintf("%+.0f %%", -(double)saving * 100 / (double)peak);
}

static void add_line(struct libscols_table *lines, sqlite3_stmt *rows, uint64_t page_bytes)
{
	char *cells[SHOW_NR] = {
		[SHOW_CONTAINER] = cell_text(rows, RECOMMEND_NAME),
		[SHOW_RESOURCE]	 = cell_text(rows, RECOMMEND_RESOURCE),
		[SHOW_LIMIT]	 = recommend_limit_text(rows, page_bytes),
		[SHOW_PEAK]	 = cell_size(rows, RECOMMEND_PEAK, page_bytes, "-"),
		[SHOW_SAVING]	 = recommend_saving_text(rows),
		[SHOW_REASON]	 = cell_text(rows, RECOMMEND_REASON),
	};

	lines_add(lines, cells, SHOW_NR);
}

static struct libscols_table *begin_lines(void)
{
	struct libscols_table *lines = lines_create();

	for (int i = 0; i < SHOW_NR; i++)
		lines_column(lines, shown[i].name, shown[i].flags);
	return lines;
}

void recommend_print_rule(struct run_db *run, FILE *out)
{
	double slo = run_db_parameter(run, ":slo", RECOMMEND_SLO), margin = run_db_parameter(run, ":margin", RECOMMEND_MARGIN);

	fprintf(out, "The smallest limit tried from which on up nothing is killed or denied and at most %g %% of the working set\n"
		"comes back a minute, and %g %% more. A..B: A rests on what the recording shows, at B no page is taken away.\n",
		slo, margin / 100);
}

bool recommend_print_lines(struct libscols_table *lines, FILE *out)
{
	bool is_any = !scols_table_is_empty(lines);

	if (is_any)
		lines_print(lines, out);
	else
		fputs("No recommendation: no limit was tried. recount replay --limit RESOURCE=25%,50%,75%,100% tries some.\n", out);
	return is_any;
}

enum status recommend_print(struct run_db *run, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, recommend_sql, err);
	struct libscols_table *lines;

	if (status)
		return status;
	lines = begin_lines();
	while (!(status = run_db_step(run, rows, err))) {
		if (!is_text(rows, RECOMMEND_STATUS, "unused") && !is_text(rows, RECOMMEND_STATUS, "untried"))
			add_line(lines, rows, run_db_page_bytes(run));
	}
	sqlite3_finalize(rows);
	if (status == RC_END && recommend_print_lines(lines, out))
		recommend_print_rule(run, out);
	scols_unref_table(lines);
	return status == RC_END ? RC_OK : status;
}

const struct report recommend_report = {
	.name = "recommend",
	.summary = "the limit that each container can be given, and why",
	.print = recommend_print,
	.sections = sections,
	.sql = recommend_sql,
	.render_all = fleet_services,
};
