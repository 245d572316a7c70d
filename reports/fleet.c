// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs are asked one after the other; what they answer fits into memory. */
#include "reports/fleet.h"

#include "base/xalloc.h"
#include "reports/cells.h"
#include "reports/lines.h"
#include "reports/reports.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SETTINGS 12		/* that are shown to people */

const char fleet_services_sql[] =
#include "reports/fleet.sql.h"
;

const char fleet_unlike_sql[] =
#include "reports/fleet_unlike.sql.h"
;

static const char hosts_sql[] =
#include "reports/fleet_hosts.sql.h"
;

static const char middle_sql[] =
#include "reports/fleet_middle.sql.h"
;

static const char figure_sql[] =
	"SELECT nr AS recording, match, resource, 'needs' AS what, coalesce(recommended_barrier_pages, recommended_limit_pages) AS pages"
	" FROM recommended WHERE coalesce(recommended_barrier_pages, recommended_limit_pages) IS NOT NULL"
	" UNION ALL SELECT nr, match, resource, 'peaks', peak_pages FROM recommended WHERE status <> 'unused'";

static const char settings_sql[] =
	"SELECT key, value FROM run WHERE key IN ('version', 'models', 'rules') OR key GLOB 'option.*' OR key GLOB 'switch.*' OR key GLOB 'rule.*'";

/* What was not asked of all alike. */
const char fleet_settings_sql[] =
	"SELECT key, value, count(*) AS runs FROM setting WHERE key IN (SELECT key FROM setting GROUP BY key"
	" HAVING count(DISTINCT value) > 1 OR count(*) < (SELECT count(*) FROM recording)) GROUP BY key, value ORDER BY key, 3 DESC, value";

/* A name that one run has twice tells nothing: the path does, in all of them. */
static const char match_sql[] =
	"UPDATE recommended SET match = path WHERE name IN (SELECT name FROM recommended WHERE match <> name)";

static const char names_sql[] =
	"UPDATE recording SET name = name || ' #' || (nr + 1) WHERE name IN (SELECT name FROM recording GROUP BY name HAVING count(*) > 1)";

static const struct rows_section services_sections[] = {
	{ "recommendations", fleet_services_sql },
	{ "standing_out", "SELECT recording + 1 AS run, run_name, name, path, resource, how, pages, median_pages FROM unlike" },
	{ "settings", fleet_settings_sql },
	{ "runs", "SELECT nr + 1 AS run, name, inputs, kernel FROM recording ORDER BY nr" },
	{ "each", "SELECT nr + 1 AS run, * FROM recommended ORDER BY recommended.nr, container, resource" },
	{ NULL }
};

static const struct rows_section hosts_sections[] = {
	{ "hosts", hosts_sql },
	{ NULL }
};

/* Columns of hosts_sql after those of recommend.sql. */
enum { HOSTS_NR = RECOMMEND_NR, HOSTS_NAME, HOSTS_INPUTS, HOSTS_KERNEL, HOSTS_STANDS_OUT };

enum { SHOW_HOST, SHOW_CONTAINER, SHOW_RESOURCE, SHOW_RUNS, SHOW_LIMIT, SHOW_SPREAD, SHOW_MEDIAN, SHOW_PEAK, SHOW_SAVING, SHOW_UNLIKE,
       SHOW_STANDS_OUT, SHOW_REASON, SHOW_NR };

enum { OF_SERVICE = 1, OF_HOST = 2 };

static const struct { const char *name; int flags, whose; } shown[SHOW_NR] = {
	[SHOW_HOST]	   = { "RECORDING", 0, OF_HOST },
	[SHOW_CONTAINER]   = { "CONTAINER", 0, OF_SERVICE | OF_HOST },
	[SHOW_RESOURCE]	   = { "RESOURCE", 0, OF_SERVICE | OF_HOST },
	[SHOW_RUNS]	   = { "IN", SCOLS_FL_RIGHT, OF_SERVICE },
	[SHOW_LIMIT]	   = { "RECOMMENDED", SCOLS_FL_RIGHT, OF_SERVICE | OF_HOST },
	[SHOW_SPREAD]	   = { "SPREAD", SCOLS_FL_RIGHT, OF_SERVICE },
	[SHOW_MEDIAN]	   = { "MEDIAN", SCOLS_FL_RIGHT, OF_SERVICE },
	[SHOW_PEAK]	   = { "PEAK", SCOLS_FL_RIGHT, OF_SERVICE | OF_HOST },
	[SHOW_SAVING]	   = { "VS PEAK", SCOLS_FL_RIGHT, OF_SERVICE | OF_HOST },
	[SHOW_UNLIKE]	   = { "STAND OUT", SCOLS_FL_RIGHT, OF_SERVICE },
	[SHOW_STANDS_OUT]  = { "STANDS OUT", 0, OF_HOST },
	[SHOW_REASON]	   = { "WHY", 0, OF_SERVICE | OF_HOST },
};

static enum status gather_name(struct run_db *all, struct run_db *run, size_t number, struct error *err)
{
	char *name = run_db_name(run), *sql = xneed(sqlite3_mprintf("SELECT %Q AS name, (SELECT group_concat(value, ', ') FROM"
		" (SELECT value FROM run WHERE key GLOB 'input.*.name' ORDER BY CAST(substr(key, 7) AS INTEGER))) AS inputs,"
		" (SELECT value FROM run WHERE key = 'kernel') AS kernel", name));
	enum status status = run_db_gather(all, "recording", (int64_t)number, run, sql, err);

	sqlite3_free(sql);
	free(name);
	return status;
}

/* The run that `run` is set to, as recording `number`. */
static enum status gather_run(struct run_db *all, struct run_db *run, size_t number, const char *matched_sql, struct error *err)
{
	char *facts = xasprintf("SELECT '%zu.' || key AS key, value FROM run WHERE key GLOB 'input.*' OR key = 'command'", number + 1);
	enum status status = RC_OK;

	if (run_db_page_bytes(run) != run_db_page_bytes(all))
		status = error_set(err, RC_INPUT, "%s: pages of %" PRIu64 " bytes, not of %" PRIu64 " as those before it", run_db_path(run),
				   run_db_page_bytes(run), run_db_page_bytes(all));
	if (!status)
		status = gather_name(all, run, number, err);
	if (!status)
		status = run_db_gather(all, "run", (int64_t)number, run, facts, err);
	if (!status)
		status = run_db_gather(all, "setting", (int64_t)number, run, settings_sql, err);
	if (!status)
		status = run_db_gather(all, "recommended", (int64_t)number, run, matched_sql, err);
	free(facts);
	return status;
}

static enum status gather_runs(struct run_db *all, struct run_db *const *runs, size_t nr, struct error *err)
{
	char *matched = run_db_match_sql(recommend_sql);
	enum status status = RC_OK;
	size_t number = 0;

	for (size_t i = 0; i < nr && !status; i++) {
		for (size_t j = 0; j < run_db_nr_runs(runs[i]) && !status; j++) {
			status = run_db_choose(runs[i], j, err);
			if (!status)
				status = gather_run(all, runs[i], number++, matched, err);
		}
	}
	free(matched);
	if (!status && !number)
		return error_set(err, RC_INPUT, "%s: damaged: a fleet of no runs", run_db_path(runs[0]));
	return status;
}

enum status fleet_gather(struct run_db **out, struct run_db *const *runs, size_t nr, struct error *err)
{
	static const struct { const char *table, *sql; } figures[] = {
		{ "figure", figure_sql }, { "middle", middle_sql }, { "unlike", fleet_unlike_sql },
	};
	struct run_db *all = run_db_create(run_db_page_bytes(runs[0]));
	enum status status;

	run_db_set(all, ":slo", run_db_parameter(runs[0], ":slo", RECOMMEND_SLO));
	run_db_set(all, ":margin", run_db_parameter(runs[0], ":margin", RECOMMEND_MARGIN));
	status = gather_runs(all, runs, nr, err);
	if (!status)
		status = run_db_execute(all, match_sql, err);
	if (!status)
		status = run_db_execute(all, names_sql, err);
	for (size_t i = 0; i < sizeof(figures) / sizeof(*figures) && !status; i++)
		status = run_db_gather(all, figures[i].table, 0, all, figures[i].sql, err);
	if (status)
		run_db_close(all);
	else
		*out = all;
	return status;
}

char *fleet_spread_text(sqlite3_stmt *services, uint64_t page_bytes)
{
	int most = cell_is_null(services, RECOMMEND_BARRIER) ? RECOMMEND_LIMIT : RECOMMEND_BARRIER;
	char *least = cell_size(services, FLEET_LEAST, page_bytes, "none"), *high = cell_size(services, most, page_bytes, "none");
	char *text = xasprintf("%s..%s", least, high);

	free(least);
	free(high);
	return text;
}

static struct libscols_table *begin_lines(int whose)
{
	struct libscols_table *lines = lines_create();

	for (int i = 0; i < SHOW_NR; i++)
		lines_column(lines, shown[i].name, shown[i].flags | (shown[i].whose & whose ? 0 : SCOLS_FL_HIDDEN));
	return lines;
}

static void add_line(struct libscols_table *lines, sqlite3_stmt *rows, int whose, uint64_t page_bytes)
{
	bool is_service = whose == OF_SERVICE;
	char *cells[SHOW_NR] = {
		[SHOW_HOST]	  = is_service ? NULL : cell_text(rows, HOSTS_NAME),
		[SHOW_CONTAINER]  = cell_text(rows, RECOMMEND_NAME),
		[SHOW_RESOURCE]	  = cell_text(rows, RECOMMEND_RESOURCE),
		[SHOW_RUNS]	  = is_service ? cell_text(rows, FLEET_RUNS) : NULL,
		[SHOW_LIMIT]	  = recommend_limit_text(rows, page_bytes),
		[SHOW_SPREAD]	  = is_service ? fleet_spread_text(rows, page_bytes) : NULL,
		[SHOW_MEDIAN]	  = is_service ? cell_size(rows, FLEET_MEDIAN, page_bytes, "-") : NULL,
		[SHOW_PEAK]	  = cell_size(rows, RECOMMEND_PEAK, page_bytes, "-"),
		[SHOW_SAVING]	  = recommend_saving_text(rows),
		[SHOW_UNLIKE]	  = is_service ? cell_text(rows, FLEET_UNLIKE) : NULL,
		[SHOW_STANDS_OUT] = is_service ? NULL : cell_text(rows, HOSTS_STANDS_OUT),
		[SHOW_REASON]	  = cell_text(rows, RECOMMEND_REASON),
	};

	lines_add(lines, cells, SHOW_NR);
}

static bool is_tried(sqlite3_stmt *rows)
{
	return strcmp(xneed((void *)(uintptr_t)sqlite3_column_text(rows, RECOMMEND_STATUS)), "untried");
}

static enum status print_lines(struct run_db *all, const char *sql, int whose, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(all, &rows, sql, err);
	struct libscols_table *lines;

	if (status)
		return status;
	lines = begin_lines(whose);
	while (!(status = run_db_step(all, rows, err))) {
		if (is_tried(rows))
			add_line(lines, rows, whose, run_db_page_bytes(all));
	}
	sqlite3_finalize(rows);
	if (status == RC_END)
		recommend_print_lines(lines, out);
	scols_unref_table(lines);
	return status == RC_END ? RC_OK : status;
}

/* Of what limits were tried for, if any were: what stands in the table. */
static const char unlike_shown_sql[] =
	"WITH tried AS (SELECT DISTINCT match, resource FROM recommended WHERE status NOT IN ('untried', 'unused'))"
	" SELECT run_name, name, resource, how, pages, median_pages FROM unlike"
	" WHERE (match, resource) IN (SELECT match, resource FROM tried) OR NOT EXISTS (SELECT 1 FROM tried)";

static enum status print_unlike(struct run_db *all, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(all, &rows, unlike_shown_sql, err);
	bool is_any = false;

	while (!status && !(status = run_db_step(all, rows, err))) {
		char *host = cell_text(rows, 0), *service = cell_text(rows, 1), *resource = cell_text(rows, 2), *how = cell_text(rows, 3);
		char *size = cell_size(rows, 4, run_db_page_bytes(all), ""), *median = cell_size(rows, 5, run_db_page_bytes(all), "?");

		is_any = true;
		fprintf(out, "stands out: %s: %s %s %s%s%s, the median is %s\n", host, service, resource, how, *size ? ": " : "", size, median);
		free(host);
		free(service);
		free(resource);
		free(how);
		free(size);
		free(median);
	}
	sqlite3_finalize(rows);
	if (is_any)
		fprintf(out, "What stands out is further from the median of five recordings or more than %g %%, and than 3.5 times what is usual.\n",
			run_db_parameter(all, ":margin", RECOMMEND_MARGIN) / 100);
	return status == RC_END ? RC_OK : status;
}

static enum status print_settings(struct run_db *all, FILE *out, struct error *err)
{
	char *sql = xasprintf("SELECT 'unlike: ' || key || ' is ' || group_concat(value || ' in ' || runs, ', ') FROM (%s) GROUP BY key LIMIT %d",
			      fleet_settings_sql, MAX_SETTINGS);
	enum status status = rows_lines(all, sql, out, err);

	free(sql);
	return status;
}

static enum status print_services(struct run_db *all, FILE *out, struct error *err)
{
	enum status status = print_lines(all, fleet_services_sql, OF_SERVICE, out, err);

	if (!status)
		recommend_print_rule(all, out);
	if (!status)
		status = print_unlike(all, out, err);
	return status ? status : print_settings(all, out, err);
}

static enum status render(struct run_db *const *runs, size_t nr, int whose, enum report_format format, FILE *out, struct error *err)
{
	const char *sql = whose == OF_SERVICE ? fleet_services_sql : hosts_sql;
	struct run_db *all;
	enum status status = fleet_gather(&all, runs, nr, err);

	if (status)
		return status;
	switch (format) {
	case REPORT_TABLE:
		status = whose == OF_SERVICE ? print_services(all, out, err) : print_lines(all, sql, whose, out, err);
		break;
	case REPORT_JSON:
		status = rows_json(all, whose == OF_SERVICE ? "recommend" : "hosts", whose == OF_SERVICE ? services_sections : hosts_sections, out, err);
		break;
	case REPORT_CSV:
		status = rows_csv(all, sql, out, err);
		break;
	}
	run_db_close(all);
	return status;
}

enum status fleet_services(struct run_db *const *runs, size_t nr, enum report_format format, FILE *out, struct error *err)
{
	return render(runs, nr, OF_SERVICE, format, out, err);
}

enum status fleet_hosts(struct run_db *const *runs, size_t nr, enum report_format format, FILE *out, struct error *err)
{
	return render(runs, nr, OF_HOST, format, out, err);
}

const struct report hosts_report = {
	.name = "hosts",
	.summary = "what each recording of each service needs, and which stand out",
	.render_all = fleet_hosts,
};
