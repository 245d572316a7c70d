// SPDX-License-Identifier: GPL-2.0-or-later
/* Both sides' answers gathered, one question asked of them. */
#include "reports/compare.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "reports/cells.h"
#include "reports/fleet.h"
#include "reports/html.h"
#include "reports/lines.h"
#include "reports/markup.h"
#include "reports/recommend.h"
#include "reports/rows.h"
#include "reports/table.h"

#include <inttypes.h>
#include <stdbool.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

static const char compare_sql[] =
#include "reports/compare.sql.h"
;

static const char compare_fleets_sql[] =
#include "reports/compare_fleets.sql.h"
;

static const char trust_sql[] =
	"SELECT coalesce(max(worst_pages), 0) AS error_pages, (SELECT count(*) FROM losses) AS holes FROM checks";

static const char run_sql[] = "SELECT printf('%d.%s', :nr + 1, key) AS key, value FROM run"
	" WHERE key IN ('version', 'command', 'models', 'rules') OR key GLOB 'input.*'";

/* What is asked of runs, or of fleets. */
struct question {
	const char *sql, *kicker, *error;
	struct { const char *name, *words; } scenario;	/* how that column is called */
	struct rows_section sections[2];
	enum status (*gather)(struct run_db *both, int64_t nr, struct run_db *side, struct error *err);
};

enum { COL_CONTAINER, COL_NAME, COL_PATH, COL_RESOURCE, COL_SCENARIO, COL_LABEL, COL_WHAT, COL_A, COL_A_HIGH, COL_B, COL_B_HIGH,
       COL_DIFFERENCE, COL_ERROR, COL_VERDICT };

enum { SHOW_CONTAINER, SHOW_RESOURCE, SHOW_SCENARIO, SHOW_WHAT, SHOW_A, SHOW_B, SHOW_DIFFERENCE, SHOW_VERDICT, SHOW_NR };

static const struct { const char *name, *words; int flags; } shown[SHOW_NR] = {
	[SHOW_CONTAINER]  = { "CONTAINER", "Container", 0 },
	[SHOW_RESOURCE]	  = { "RESOURCE", "Resource", 0 },
	[SHOW_SCENARIO]	  = { "SCENARIO", "Scenario", 0 },
	[SHOW_WHAT]	  = { "WHAT", "What", 0 },
	[SHOW_A]	  = { "FIRST", "First", SCOLS_FL_RIGHT },
	[SHOW_B]	  = { "SECOND", "Second", SCOLS_FL_RIGHT },
	[SHOW_DIFFERENCE] = { "CHANGE", "Change", SCOLS_FL_RIGHT },
	[SHOW_VERDICT]	  = { "VERDICT", "Verdict", 0 },
};

static enum status gather_run(struct run_db *both, int64_t nr, struct run_db *run, struct error *err)
{
	char *points = run_db_match_sql(table_sql), *recommended = run_db_match_sql(recommend_sql);
	const struct { const char *table, *sql; } parts[] = {
		{ "run", run_sql }, { "trust", trust_sql }, { "point", points }, { "recommended", recommended },
	};
	enum status status = RC_OK;

	run_db_set(run, ":nr", (double)nr);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !status; i++)
		status = run_db_gather(both, parts[i].table, nr, run, parts[i].sql, err);
	free(points);
	free(recommended);
	return status;
}

/* What a side is called, and how many there are in it. */
static enum status gather_name(struct run_db *both, int64_t nr, struct run_db *all, const char *path, struct error *err)
{
	char *stem = text_stem(path, ".db");
	char *sql = xneed(sqlite3_mprintf("SELECT '%lld.input.0.name' AS key, %Q AS value UNION ALL SELECT '%lld.command', count(*) ||"
		" CASE count(*) WHEN 1 THEN ' recording' ELSE ' recordings' END FROM recording", (long long)nr + 1, stem,
		(long long)nr + 1));
	enum status status = run_db_gather(both, "run", nr, all, sql, err);

	sqlite3_free(sql);
	free(stem);
	return status;
}

static enum status gather_fleet(struct run_db *both, int64_t nr, struct run_db *fleet, struct error *err)
{
	struct run_db *all = NULL;
	enum status status = fleet_gather(&all, &fleet, 1, err);

	if (status)
		return status;
	status = run_db_gather(both, "service", nr, all, fleet_services_sql, err);
	if (!status)
		status = gather_name(both, nr, all, run_db_path(fleet), err);
	run_db_close(all);
	for (size_t i = 0; i < run_db_nr_runs(fleet) && !status; i++) {
		status = run_db_choose(fleet, i, err);
		if (!status)
			status = run_db_gather(both, "trust", nr, fleet, trust_sql, err);
	}
	/* A name that one side has twice tells nothing. */
	if (!status && nr)
		status = run_db_execute(both, "UPDATE service SET match = path WHERE name IN (SELECT name FROM service WHERE match <> name)", err);
	return status;
}

static const struct question of_runs = {
	.sql = compare_sql, .kicker = "What changed between two runs?", .error = "in both runs",
	.scenario = { "SCENARIO", "Scenario" },
	.sections = { { "differences", compare_sql } }, .gather = gather_run,
};

static const struct question of_fleets = {
	.sql = compare_fleets_sql, .kicker = "What changed between two fleets?", .error = "in any recording of the one and of the other",
	.scenario = { "WORST IN", "Worst in" },
	.sections = { { "differences", compare_fleets_sql } }, .gather = gather_fleet,
};

/* Returns new: the figure, as an interval where it is one. */
static char *figure_text(sqlite3_stmt *rows, int low, int high)
{
	char *from, *to, *both;

	if (cell_is_null(rows, low))
		return xstrdup("-");
	from = cell_text(rows, low);
	if (!cell_is_null(rows, high) && sqlite3_column_int64(rows, low) == sqlite3_column_int64(rows, high))
		return from;
	to = cell_is_null(rows, high) ? xstrdup("?") : cell_text(rows, high);
	both = xasprintf("%s..%s", from, to);
	free(from);
	free(to);
	return both;
}

/* Fills cells with new texts. */
static void row_texts(sqlite3_stmt *rows, char *cells[SHOW_NR])
{
	cells[SHOW_CONTAINER] = cell_text(rows, COL_NAME);
	cells[SHOW_RESOURCE] = cell_text(rows, COL_RESOURCE);
	cells[SHOW_SCENARIO] = cell_text(rows, COL_LABEL);
	cells[SHOW_WHAT] = cell_text(rows, COL_WHAT);
	cells[SHOW_A] = figure_text(rows, COL_A, COL_A_HIGH);
	cells[SHOW_B] = figure_text(rows, COL_B, COL_B_HIGH);
	cells[SHOW_DIFFERENCE] = cell_is_null(rows, COL_DIFFERENCE) ? xstrdup("") :
				 xasprintf("%+" PRId64, (int64_t)sqlite3_column_int64(rows, COL_DIFFERENCE));
	cells[SHOW_VERDICT] = cell_text(rows, COL_VERDICT);
}

static struct libscols_table *begin_lines(const struct question *question)
{
	struct libscols_table *lines = lines_create();

	for (int i = 0; i < SHOW_NR; i++)
		lines_column(lines, i == SHOW_SCENARIO ? question->scenario.name : shown[i].name, shown[i].flags);
	return lines;
}

static enum status render_table(const struct question *question, struct run_db *both, FILE *out, struct error *err)
{
	struct libscols_table *lines = begin_lines(question);
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(both, &rows, question->sql, err);

	while (!status && !(status = run_db_step(both, rows, err))) {
		char *cells[SHOW_NR];

		row_texts(rows, cells);
		lines_add(lines, cells, SHOW_NR);
	}
	sqlite3_finalize(rows);
	if (status == RC_END && scols_table_is_empty(lines)) {
		fputs("Nothing changed.\n", out);
	} else if (status == RC_END) {
		lines_print(lines, out);
		fprintf(out, "What is not listed did not change. a..b: as seen to as assumed, ? = not known. The error of a peak is what the worst\n"
			"prediction of the kernel's counter was off %s; counts differ where they do not overlap.\n", question->error);
	}
	scols_unref_table(lines);
	return status == RC_END ? RC_OK : status;
}

/* --- as a page --- */

/* What is worth reading first, and the rest. */
static const char html_sql[] = "SELECT * FROM (%s) WHERE (verdict IN ('more than the error', 'only in the first', 'only in the second')"
	" OR what GLOB 'recommended*') = %d";

/* Returns new, markup: pages as sizes, counts as they are. */
static char *html_figure(sqlite3_stmt *rows, int low, int high, uint64_t page_bytes, bool is_pages)
{
	char *from, *to, *both;

	if (cell_is_null(rows, low))
		return xstrdup("none");
	from = is_pages ? markup_size(sqlite3_column_int64(rows, low), page_bytes) : markup_number(sqlite3_column_int64(rows, low));
	if (!cell_is_null(rows, high) && sqlite3_column_int64(rows, low) == sqlite3_column_int64(rows, high))
		return from;
	to = cell_is_null(rows, high) ? xstrdup("?") : is_pages ? markup_size(sqlite3_column_int64(rows, high), page_bytes) :
								  markup_number(sqlite3_column_int64(rows, high));
	both = xasprintf("%s to %s", from, to);
	free(from);
	free(to);
	return both;
}

/* Returns new, markup: with its sign, of a difference that is one of sizes or of counts. */
static char *html_difference(sqlite3_stmt *rows, uint64_t page_bytes, bool is_pages)
{
	int64_t difference = sqlite3_column_int64(rows, COL_DIFFERENCE);
	int64_t size = difference < 0 ? -(difference + (difference == INT64_MIN)) : difference;
	char *text, *both;

	if (cell_is_null(rows, COL_DIFFERENCE))
		return xstrdup("");
	text = is_pages ? markup_size(size, page_bytes) : markup_number(size);
	both = xasprintf("%s%s", difference < 0 ? "−" : difference ? "+" : "", text);
	free(text);
	return both;
}

static void html_row(struct run_db *both, FILE *out, sqlite3_stmt *rows)
{
	const char *verdict = (const char *)sqlite3_column_text(rows, COL_VERDICT), *what = (const char *)sqlite3_column_text(rows, COL_WHAT);
	const char *unit = what ? strstr(what, ", pages") : NULL;
	uint64_t page_bytes = run_db_page_bytes(both);
	char *cells[SHOW_NR] = {
		[SHOW_CONTAINER] = markup_cell(rows, COL_NAME),
		[SHOW_RESOURCE] = markup_cell(rows, COL_RESOURCE),
		[SHOW_SCENARIO] = markup_cell(rows, COL_LABEL),
		[SHOW_WHAT] = xasprintf("%.*s", unit ? (int)(unit - what) : 100, what ? what : ""),
		[SHOW_A] = html_figure(rows, COL_A, COL_A_HIGH, page_bytes, unit != NULL),
		[SHOW_B] = html_figure(rows, COL_B, COL_B_HIGH, page_bytes, unit != NULL),
		[SHOW_DIFFERENCE] = html_difference(rows, page_bytes, unit != NULL),
		[SHOW_VERDICT] = markup_cell(rows, COL_VERDICT),
	};

	fprintf(out, "<tr%s>", verdict && !strcmp(verdict, "more than the error") ? " class=\"changed\"" : "");
	for (int i = 0; i < SHOW_NR; i++) {
		fprintf(out, i ? "<td%s>%s</td>" : "<th scope=\"row\"%s>%s</th>", shown[i].flags ? " class=\"num\"" : "", cells[i]);
		free(cells[i]);
	}
	fputs("</tr>\n", out);
}

/* A table of those that are important, or of the others; how many. */
static enum status html_rows(const struct question *question, struct run_db *both, bool is_important, FILE *out, int64_t *nr, struct error *err)
{
	char *sql = xasprintf(html_sql, question->sql, is_important);
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(both, &rows, sql, err);

	free(sql);
	for (*nr = 0; !status && !(status = run_db_step(both, rows, err)); ++*nr) {
		if (!*nr) {
			fprintf(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><thead><tr>",
				is_important ? "What changed, a line each" : "The other figures, a line each");
			for (int i = 0; i < SHOW_NR; i++)
				fprintf(out, "<th scope=\"col\"%s>%s</th>", shown[i].flags ? " class=\"num\"" : "",
					i == SHOW_SCENARIO ? question->scenario.words : shown[i].words);
			fputs("</tr></thead>\n<tbody>\n", out);
		}
		html_row(both, out, rows);
	}
	sqlite3_finalize(rows);
	fputs(*nr ? "</tbody></table></div>\n" : "", out);
	return status == RC_END ? RC_OK : status;
}

/* The limits to set that are others now, in words. */
static enum status write_decision(const struct question *question, struct run_db *both, FILE *out, struct error *err)
{
	enum { MAX_NAMED = 4 };
	char *sql = xasprintf("SELECT * FROM (%s) WHERE what GLOB 'recommended*' AND verdict = 'more than the error' AND a IS NOT NULL"
			      " AND b IS NOT NULL ORDER BY resource = 'memory' DESC, abs(difference) DESC, container, resource", question->sql);
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(both, &rows, sql, err);
	int64_t nr = 0;

	free(sql);
	if (status)
		return status;
	fputs("<p class=\"decision\">", out);
	for (; !(status = run_db_step(both, rows, err)); nr++) {
		char *name = markup_cell(rows, COL_NAME), *resource = markup_cell(rows, COL_RESOURCE);
		char *first = html_figure(rows, COL_A, COL_A_HIGH, run_db_page_bytes(both), true);
		char *second = html_figure(rows, COL_B, COL_B_HIGH, run_db_page_bytes(both), true);

		if (nr < MAX_NAMED)
			fprintf(out, "<b>%s</b> needs %s of <code>%s</code>, not %s. ", name, second, resource, first);
		free(name);
		free(resource);
		free(first);
		free(second);
	}
	sqlite3_finalize(rows);
	if (nr > MAX_NAMED)
		fprintf(out, "So do %" PRId64 " more.", nr - MAX_NAMED);
	fputs(nr ? "</p>\n" : "No recommended limit changes by more than the error.</p>\n", out);
	return status == RC_END ? RC_OK : status;
}

/* Returns new: the input of run 0 or 1, as markup. */
static char *input_name(struct run_db *both, int nr)
{
	char *key = xasprintf("%d.input.0.name", nr + 1), *value = run_db_value(both, key), *text = markup_text(value);

	free(key);
	free(value);
	return text;
}

/* What was asked of each, as far as it is not the same. */
static void html_asked(struct run_db *both, FILE *out)
{
	char *first = run_db_value(both, "1.command"), *second = run_db_value(both, "2.command");
	char *one = markup_text(first), *other = markup_text(second);

	fprintf(out, "<p class=\"lede\">first: <code>%s</code><br>second: <code>%s</code></p>", one, other);
	free(first);
	free(second);
	free(one);
	free(other);
}

static enum status render_html(const struct question *question, struct run_db *both, FILE *out, struct error *err)
{
	char *first = input_name(both, 0), *second = input_name(both, 1);
	char *title = strcmp(first, second) ? xasprintf("%s and %s", first, second) : xasprintf("%s, twice", first);
	int64_t nr = 0, nr_rest = 0;
	enum status status;

	html_begin(out, title);
	fprintf(out, "<header class=\"masthead\"><p class=\"kicker\">%s</p><h1>%s</h1>", question->kicker, title);
	html_asked(both, out);
	fputs("</header>\n<main><section id=\"recommended\" aria-labelledby=\"changed-h\"><h2 id=\"changed-h\">What changed</h2>\n", out);
	status = write_decision(question, both, out, err);
	if (!status)
		status = html_rows(question, both, true, out, &nr, err);
	fputs("<details><summary>Within the error, or not to be told</summary>\n", out);
	if (!status)
		status = html_rows(question, both, false, out, &nr_rest, err);
	fprintf(out, "%s</details>\n", nr_rest ? "" : "<p>Nothing.</p>");
	fprintf(out, "<p class=\"rule\">What is not listed did not change. A range is as seen to as assumed, ? is not known. "
		"The error of a peak is what the worst prediction of the kernel’s counter was off %s; counts differ where they do not "
		"overlap.</p></section></main>\n</body>\n</html>\n", question->error);
	free(first);
	free(second);
	free(title);
	return status;
}

enum status compare_render(struct run_db *a, struct run_db *b, enum compare_format format, FILE *out, struct error *err)
{
	const struct question *question = run_db_is_fleet(a) || run_db_is_fleet(b) ? &of_fleets : &of_runs;
	struct run_db *both = run_db_create(run_db_page_bytes(a));
	enum status status = question->gather(both, 0, a, err);

	if (!status && run_db_page_bytes(a) != run_db_page_bytes(b))
		status = error_set(err, RC_INPUT, "%s: pages of another size than in %s: these cannot be compared", run_db_path(b),
				   run_db_path(a));
	if (!status)
		status = question->gather(both, 1, b, err);
	if (!status) {
		switch (format) {
		case COMPARE_TABLE:
			status = render_table(question, both, out, err);
			break;
		case COMPARE_JSON:
			status = rows_json(both, "compare", question->sections, out, err);
			break;
		case COMPARE_CSV:
			status = rows_csv(both, question->sql, out, err);
			break;
		case COMPARE_HTML:
			status = render_html(question, both, out, err);
			break;
		}
	}
	run_db_close(both);
	return status;
}
