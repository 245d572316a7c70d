// SPDX-License-Identifier: GPL-2.0-or-later
/* The recommendation as a table, JSON, CSV; the rule itself is recommend.sql. */
#include "reports/recommend.h"

#include "base/xalloc.h"
#include "reports/cells.h"
#include "reports/reports.h"
#include "reports/rows.h"

#include <libsmartcols/libsmartcols.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char recommend_sql[] =
#include "reports/recommend.sql.h"
;

static const char runs_sql[] =
#include "reports/recommend_runs.sql.h"
;

static const struct rows_section sections[] = {
	{ "recommendations", recommend_sql },
	{ NULL }
};

static const struct rows_section runs_sections[] = {
	{ "recommendations", runs_sql },
	{ "each", "SELECT nr + 1 AS run, * FROM recommended ORDER BY recommended.nr, container, resource" },
	{ NULL }
};

/* Columns of recommend_runs.sql after those of recommend.sql. */
enum { RUNS_NR = RECOMMEND_NR, RUNS_WORST, RUNS_LEAST, RUNS_LEAST_PEAK };

enum { SHOW_CONTAINER, SHOW_RESOURCE, SHOW_LIMIT, SHOW_SPREAD, SHOW_PEAK, SHOW_SAVING, SHOW_REASON, SHOW_NR };

static const struct { const char *name; int flags; } shown[SHOW_NR] = {
	[SHOW_CONTAINER] = { "CONTAINER", 0 },
	[SHOW_RESOURCE]	 = { "RESOURCE", 0 },
	[SHOW_LIMIT]	 = { "RECOMMENDED", SCOLS_FL_RIGHT },
	[SHOW_SPREAD]	 = { "SPREAD", SCOLS_FL_RIGHT },	/* of several runs */
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

	if (!is_text(rows, RECOMMEND_BASIS, "seen"))
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

/* Returns new: from the run that needs least to the one that needs most. */
static char *spread_text(sqlite3_stmt *rows, uint64_t page_bytes)
{
	int most = cell_is_null(rows, RECOMMEND_BARRIER) ? RECOMMEND_LIMIT : RECOMMEND_BARRIER;
	char *least, *text, *high;

	if (sqlite3_column_count(rows) == RECOMMEND_NR)
		return xstrdup("");
	least = cell_size(rows, RUNS_LEAST, page_bytes, "none");
	high = cell_size(rows, most, page_bytes, "none");
	text = xasprintf("%s..%s", least, high);
	free(least);
	free(high);
	return text;
}

static void add_line(struct libscols_table *lines, sqlite3_stmt *rows, uint64_t page_bytes)
{
	struct libscols_line *line = scols_table_new_line(lines, NULL);
	char *cells[SHOW_NR] = {
		[SHOW_CONTAINER] = cell_text(rows, RECOMMEND_NAME),
		[SHOW_RESOURCE]	 = cell_text(rows, RECOMMEND_RESOURCE),
		[SHOW_LIMIT]	 = recommend_limit_text(rows, page_bytes),
		[SHOW_SPREAD]	 = spread_text(rows, page_bytes),
		[SHOW_PEAK]	 = cell_size(rows, RECOMMEND_PEAK, page_bytes, "-"),
		[SHOW_SAVING]	 = recommend_saving_text(rows),
		[SHOW_REASON]	 = cell_text(rows, RECOMMEND_REASON),
	};

	if (!line)
		abort();
	for (int i = 0; i < SHOW_NR; i++)
		scols_line_refer_data(line, (size_t)i, cells[i]);
}

static struct libscols_table *begin_lines(bool is_of_several)
{
	struct libscols_table *lines = scols_new_table();

	if (!lines)
		abort();
	scols_table_set_termforce(lines, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_noencoding(lines, 1);
	for (int i = 0; i < SHOW_NR; i++)
		scols_table_new_column(lines, shown[i].name, 0,
				       shown[i].flags | (i == SHOW_SPREAD && !is_of_several ? SCOLS_FL_HIDDEN : 0));
	return lines;
}

static void print_rule(struct run_db *run, FILE *out)
{
	double slo = run_db_parameter(run, ":slo", RECOMMEND_SLO), margin = run_db_parameter(run, ":margin", RECOMMEND_MARGIN);

	fprintf(out, "The smallest limit tried from which on up nothing is killed or denied and at most %g %% of the working set\n"
		"comes back a minute, and %g %% more. A..B: A rests on the uses seen, at B no page is taken away.\n",
		slo, margin / 100);
}

static enum status print(struct run_db *run, const char *sql, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, sql, err);
	struct libscols_table *lines;

	if (status)
		return status;
	lines = begin_lines(sqlite3_column_count(rows) > RECOMMEND_NR);
	while (!(status = run_db_step(run, rows, err))) {
		if (!is_text(rows, RECOMMEND_STATUS, "unused") && !is_text(rows, RECOMMEND_STATUS, "untried"))
			add_line(lines, rows, run_db_page_bytes(run));
	}
	sqlite3_finalize(rows);
	if (status == RC_END && scols_table_is_empty(lines)) {
		fputs("No recommendation: no limit was tried. recount replay --limit RESOURCE=25%,50%,75%,100% tries some.\n", out);
	} else if (status == RC_END) {
		scols_table_set_stream(lines, out);
		scols_print_table(lines);
		print_rule(run, out);
	}
	scols_unref_table(lines);
	return status == RC_END ? RC_OK : status;
}

enum status recommend_print(struct run_db *run, FILE *out, struct error *err)
{
	return print(run, recommend_sql, out, err);
}

static enum status gather(struct run_db *into, struct run_db *const *runs, size_t nr, struct error *err)
{
	char *matched = run_db_match_sql(recommend_sql);
	enum status status = RC_OK;

	for (size_t i = 0; i < nr && !status; i++) {
		char *key = xasprintf("SELECT '%zu.' || key AS key, value FROM run WHERE key GLOB 'input.*' OR key = 'command'", i + 1);

		if (run_db_page_bytes(runs[i]) != run_db_page_bytes(into))
			status = error_set(err, RC_INPUT, "%s: pages of another size than in %s", run_db_path(runs[i]), run_db_path(runs[0]));
		if (!status)
			status = run_db_gather(into, "run", (int64_t)i, runs[i], key, err);
		if (!status)
			status = run_db_gather(into, "recommended", (int64_t)i, runs[i], matched, err);
		free(key);
	}
	free(matched);
	return status;
}

enum status recommend_runs(struct run_db *const *runs, size_t nr, enum report_format format, FILE *out, struct error *err)
{
	struct run_db *all = run_db_create(run_db_page_bytes(runs[0]));
	enum status status = gather(all, runs, nr, err);

	run_db_set(all, ":slo", run_db_parameter(runs[0], ":slo", RECOMMEND_SLO));
	run_db_set(all, ":margin", run_db_parameter(runs[0], ":margin", RECOMMEND_MARGIN));
	if (!status) {
		switch (format) {
		case REPORT_TABLE:
			status = print(all, runs_sql, out, err);
			break;
		case REPORT_JSON:
			status = rows_json(all, "recommend", runs_sections, out, err);
			break;
		case REPORT_CSV:
			status = rows_csv(all, runs_sql, out, err);
			break;
		}
	}
	run_db_close(all);
	return status;
}

static enum status render(struct run_db *run, enum report_format format, FILE *out, struct error *err)
{
	switch (format) {
	case REPORT_TABLE:
		return recommend_print(run, out, err);
	case REPORT_JSON:
		return rows_json(run, "recommend", sections, out, err);
	case REPORT_CSV:
		return rows_csv(run, recommend_sql, out, err);
	}
	return RC_OK;
}

const struct report recommend_report = {
	.name = "recommend",
	.summary = "the limit that each container can be given, and why",
	.render = render,
};
