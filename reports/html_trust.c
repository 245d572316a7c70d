// SPDX-License-Identifier: GPL-2.0-or-later
/* How far to trust the page: what was checked, what was lost, what could not be matched; and what was asked. */
#include "reports/cells.h"
#include "reports/html.h"
#include "reports/markup.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A question of the page and how its rows are put: columns as they come. */
struct listing {
	const char *sql;
	const char *before, *after;	/* around all rows */
	const char *none;		/* instead, when there are none */
	enum { LISTING_ROWS, LISTING_ITEMS, LISTING_TERMS } shape;
};

static const struct listing checks = {
	"SELECT class AS Operation, checked, exact, within_1 AS \"within a page\", worst_pages AS \"worst, pages\" FROM checks"
	" WHERE checked > 0 ORDER BY class",
	"<details><summary>By class of operation</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	"aria-label=\"Predictions by class of operation\"><table>", "</table></div></details>\n", "", LISTING_ROWS,
};

static const struct listing open_values = {
	"SELECT class AS Operation, open_values AS \"only bounds told\", open_exact AS \"exact all the same\","
	" open_outside AS \"outside the bounds\" FROM checks WHERE open_values > 0 ORDER BY class",
	"<details><summary>What the recording tells only bounds of</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	"aria-label=\"Values that the recording tells only bounds of\"><table>", "</table></div></details>\n", "", LISTING_ROWS,
};

static const struct listing proofs = {
	"SELECT c.name AS Container, resource AS Model, figure AS Figure, against AS Against, printf('%.1f', mean_pages) AS \"Mean, pages\","
	" CASE WHEN mean_pages > 0 THEN printf('%.3f %%', error_pages * 100 / mean_pages) ELSE printf('%.1f pages', error_pages) END AS \"Error over time\","
	" worst_pages AS \"Worst moment\", peak_pages AS Peak, peak_off_pages AS \"Off at the peak\", verdict AS Verdict"
	" FROM proofs AS p JOIN containers AS c USING (container) ORDER BY p.container, p.resource, p.figure, p.against LIMIT 300",
	"<details><summary>Beside the kernel’s counters, figure by figure</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	"aria-label=\"Figures beside the kernel’s counters\"><table>", "</table></div></details>\n",
	"<p class=\"quiet\">The kernel’s own counters of containers were not compared: <code>recount replay --verify</code> does, where the "
	"recording has them.</p>\n", LISTING_ROWS,
};

/* Of one kind together: a recording may have thousands. */
static const struct listing losses = {
	"SELECT input || ': ' || printf('%,d', count(*)) || CASE count(*) WHEN 1 THEN ' hole' ELSE ' holes' END || ', '"
	" || CASE WHEN count(events) = 0 THEN 'an unknown number of events' ELSE printf('%,d', max(sum(min(events, 1000000000000)),"
	" CASE WHEN (SELECT count(DISTINCT input || effect) FROM losses) > 1 THEN 0 ELSE" /* the recorder may know the sum, not each part */
	" coalesce((SELECT min(CAST(value AS INTEGER), 1000000000000) FROM run WHERE key = 'events_lost'), 0) END))"
	" || CASE WHEN count(events) < count(*) THEN ' events or more' ELSE ' events' END END"
	" || coalesce(printf(', from +%.3f s', (min(begin_ns) - (SELECT CAST(value AS INTEGER) FROM run WHERE key = 'begin_ns')) / 1e9), '')"
	" || coalesce(printf(' to +%.3f s', (max(end_ns) - (SELECT CAST(value AS INTEGER) FROM run WHERE key = 'begin_ns')) / 1e9), '')"
	" || CASE effect WHEN '' THEN '' ELSE ': ' || effect END FROM losses GROUP BY input, effect ORDER BY min(rowid) LIMIT 20",
	"<p>Events were lost:</p><ul>", "</ul>\n", "<p>No event was lost.</p>\n", LISTING_ITEMS,
};

static const struct listing holes = {
	"SELECT input AS Input, cpu AS CPU, events AS Events,"
	" printf('+%.6f s', (begin_ns - (SELECT CAST(value AS INTEGER) FROM run WHERE key = 'begin_ns')) / 1e9) AS \"From\","
	" printf('+%.6f s', (end_ns - (SELECT CAST(value AS INTEGER) FROM run WHERE key = 'begin_ns')) / 1e9) AS \"To\""
	" FROM losses ORDER BY rowid LIMIT 200",
	"<details><summary>Where</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Where events were lost\"><table>",
	"</table></div></details>\n", "", LISTING_ROWS,
};

static const struct listing unmatched = {
	"SELECT replace(kind, '_', ' ') AS \"What was never seen to begin\", count, pages FROM unmatched WHERE count > 0 ORDER BY kind",
	"<details><summary>What could not be matched</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	"aria-label=\"What could not be matched\"><table>", "</table></div></details>\n",
	"<p>Every end could be matched to a beginning.</p>\n", LISTING_ROWS,
};

static const struct listing notes = {
	"SELECT CASE WHEN key GLOB 'note.*' THEN value WHEN key = 'limit_reclaimed_pages' THEN 'It was recorded under a limit: '"
	" || printf('%,d', value) || ' pages that it took away are ' || CASE (SELECT value FROM run WHERE key = 'option.recorded_reclaim')"
	" WHEN 'keep' THEN 'gone in every scenario' ELSE 'put back in every scenario but the recorded one, whose peak is that limit''s' END"
	" || '.' ELSE 'Model ' || substr(key, 8) || ' is driven ' || value END FROM run"
	" WHERE key GLOB 'note.*' OR key GLOB 'driven.*' AND value <> 'well'"
	" OR key = 'limit_reclaimed_pages' AND CAST(value AS INTEGER) > 0 ORDER BY key",
	"<ul>", "</ul>\n", "", LISTING_ITEMS,
};

static const struct listing evidence = {
	"SELECT c.name || ' ' || o.resource || ': ' || printf('%.0f %%', 100 * min(o.evidence)) FROM outcomes AS o"
	" JOIN containers AS c USING (container) WHERE o.maxheld_pages > 0 AND o.resource NOT IN ('privvmpages', 'lockedpages')"
	" AND EXISTS (SELECT 1 FROM limits AS l WHERE l.container = o.container AND l.resource = o.resource)"
	" GROUP BY o.container, o.resource ORDER BY o.container, o.resource",
	"<p>Share of the uses of memory that matter which the recording shows (0&nbsp;%: only the first use of each page):</p><ul class=\"columns\">",
	"</ul>\n", "", LISTING_ITEMS,
};

static const struct listing run = {
	"SELECT key, value FROM run WHERE key NOT GLOB 'note*' ORDER BY key <> 'command', key",
	"<details><summary>What was asked and read</summary><dl>", "</dl></details>\n", "", LISTING_TERMS,
};

static void put_header(FILE *out, sqlite3_stmt *rows)
{
	fputs("<thead><tr>", out);
	for (int i = 0; i < sqlite3_column_count(rows); i++)
		fprintf(out, "<th scope=\"col\"%s>%s</th>", i && sqlite3_column_type(rows, i) == SQLITE_INTEGER ? " class=\"num\"" : "",
			sqlite3_column_name(rows, i));
	fputs("</tr></thead>\n<tbody>\n", out);
}

static void put_cells(FILE *out, sqlite3_stmt *rows)
{
	fputs("<tr>", out);
	for (int i = 0; i < sqlite3_column_count(rows); i++) {
		char *text = markup_cell(rows, i);

		if (i && sqlite3_column_type(rows, i) == SQLITE_INTEGER)
			html_count(out, sqlite3_column_int64(rows, i));
		else
			fprintf(out, i ? "<td>%s</td>" : "<th scope=\"row\">%s</th>", text);
		free(text);
	}
	fputs("</tr>\n", out);
}

static void put_row(FILE *out, sqlite3_stmt *rows, const struct listing *listing)
{
	char *first = markup_cell(rows, 0), *second;

	switch (listing->shape) {
	case LISTING_ROWS:
		put_cells(out, rows);
		break;
	case LISTING_ITEMS:
		fprintf(out, "<li>%s</li>\n", first);
		break;
	case LISTING_TERMS:
		second = markup_cell(rows, 1);
		fprintf(out, "<dt>%s</dt><dd>%s</dd>\n", first, second);
		free(second);
		break;
	}
	free(first);
}

static enum status put_listing(struct page *page, const struct listing *listing, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->run, &rows, listing->sql, err);
	bool is_any = false;

	if (status)
		return status;
	while (!(status = run_db_step(page->run, rows, err))) {
		if (!is_any) {
			fputs(listing->before, page->out);
			if (listing->shape == LISTING_ROWS)
				put_header(page->out, rows);
		}
		is_any = true;
		put_row(page->out, rows, listing);
	}
	if (is_any && listing->shape == LISTING_ROWS)
		fputs("</tbody>", page->out);
	fputs(is_any ? listing->after : listing->none, page->out);
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

/* In percent, rounded down: 100.00 is said only of all. */
static double percent(int64_t part, int64_t whole)
{
	return floor((double)part * 10000 / (double)whole) / 100;
}

static enum status put_predictions(struct page *page, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->run, &rows,
		"SELECT coalesce(sum(checked), 0), coalesce(sum(exact), 0), coalesce(sum(within_1), 0), max(worst_pages),"
		" sum(open_values), sum(open_outside) FROM checks", err);

	if (!status)
		status = run_db_step(page->run, rows, err);
	if (!status && sqlite3_column_int64(rows, 0)) {
		int64_t nr = sqlite3_column_int64(rows, 0);
		char *text = markup_number(nr), *worst = markup_number(sqlite3_column_int64(rows, 3));

		fprintf(page->out, "<p class=\"lede\">The replay predicted <b>%.2f&nbsp;%%</b> of %s values of the kernel’s own counter "
			"(<code>rss_stat</code>) exactly before it looked at them, %.2f&nbsp;%% within a page; the worst was %s pages off.</p>\n",
			percent(sqlite3_column_int64(rows, 1), nr), text, percent(sqlite3_column_int64(rows, 2), nr), worst);
		free(text);
		free(worst);
		if (sqlite3_column_int64(rows, 4) > 0)
			fprintf(page->out, "<p class=\"quiet\">Of %" PRId64 " of these values the recording tells only bounds: before Linux 6.2 nobody saw "
				"which pages of a file a fault mapped around itself. %" PRId64 " lie outside of them.</p>\n",
				(int64_t)sqlite3_column_int64(rows, 4), (int64_t)sqlite3_column_int64(rows, 5));
	} else if (!status) {
		fputs("<p class=\"lede\">The recording has no value of <code>rss_stat</code> that the replay could check itself by.</p>\n", page->out);
	}
	sqlite3_finalize(rows);
	return status;
}

static enum status put_proofs(struct page *page, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->run, &rows,
		"SELECT count(*), sum(verdict = 'past'), count(DISTINCT container), c.name, resource, figure,"
		" max(CASE WHEN mean_pages > 0 THEN error_pages * 100 / mean_pages ELSE error_pages > 0 END)"
		" FROM proofs JOIN containers AS c USING (container)", err);

	if (!status)
		status = run_db_step(page->run, rows, err);
	if (!status && sqlite3_column_int64(rows, 0)) {
		char *name = markup_cell(rows, 3), *resource = markup_cell(rows, 4), *figure = markup_cell(rows, 5);
		int64_t nr = sqlite3_column_int64(rows, 2), past = sqlite3_column_int64(rows, 1);

		fprintf(page->out, "<p class=\"lede\">Beside the kernel’s own counters of %" PRId64 " container%s, over the whole time, no figure is off by more "
			"than <b>%.3f&nbsp;%%</b> (%s of %s under %s); %s past its tolerance.</p>\n", nr, nr == 1 ? "" : "s",
			sqlite3_column_double(rows, 6), figure, name, resource, past ? "some are" : "none is");
		free(name);
		free(resource);
		free(figure);
	}
	sqlite3_finalize(rows);
	return status;
}

/* What to try between the smallest limit that will do and the next smaller one, or beyond the ends of what was tried. */
static void put_gap(struct page *page, const struct entry *entry)
{
	uint64_t page_bytes = page->entries.page_bytes;
	int64_t chosen = entry->chosen_barrier != ENTRY_NONE ? entry->chosen_barrier : entry->chosen_limit;
	char *high = chosen == ENTRY_NONE ? NULL : markup_size(chosen, page_bytes);
	char *low = entry->broken_size == ENTRY_NONE ? NULL : markup_size(entry->broken_size, page_bytes);

	fprintf(page->out, "<li>%s %s: ", entry->name, entry->resource_text);
	if (!strcmp(entry->status, "cut short"))
		fputs("record it without a limit, so that nothing is killed.", page->out);
	else if (!strcmp(entry->status, "may not stand"))
		fputs("record it again with larger buffers, so that nothing is lost.", page->out);
	else if (!high)
		fprintf(page->out, "try limits above %s; none up to there will do.", low ? low : "the largest");
	else if (!low)
		fprintf(page->out, "try limits below %s, the smallest that was tried.", high);
	else
		fprintf(page->out, "the truth lies between %s and %s; no limit between them was tried.", low, high);
	fputs("</li>\n", page->out);
	free(high);
	free(low);
}

/* Where pages were taken away and few of the uses that matter show: those could be recorded. */
static void put_evidence(struct page *page)
{
	sqlite3_stmt *rows = NULL;
	struct error err;	/* advice less is no failure */

	if (!run_db_prepare(page->run, &rows, "SELECT min(evidence) FROM outcomes WHERE scenario > 0 AND uncharged_pages > 0", &err) &&
	    !run_db_step(page->run, rows, &err) && sqlite3_column_type(rows, 0) != SQLITE_NULL && sqlite3_column_double(rows, 0) < 0.9)
		fprintf(page->out, "<li>Of the uses that matter it shows %.0f&nbsp;%% in the worst case: <code>recount record --evidence list</code> "
			"says which others this kernel can show, and what that costs.</li>\n", sqlite3_column_double(rows, 0) * 100);
	sqlite3_finalize(rows);
}

static void put_next(struct page *page)
{
	double seconds = (double)(page->entries.end_ns - page->entries.begin_ns) / 1e9;

	fprintf(page->out, "<h3>What to record or try next</h3>\n<ul>\n<li>This rests on %.3g s. A limit for a service rests on its busiest "
		"time, and on more than one recording: <code>recount report A.db B.db</code> gives the worst case.</li>\n", seconds);
	put_evidence(page);
	for (size_t i = 0; i < page->entries.nr && i < 200; i++) {
		if (page->entries.all[i].is_tried && page->entries.all[i].peak > 0)
			put_gap(page, &page->entries.all[i]);
	}
	fputs("</ul>\n", page->out);
}

enum status html_trust(struct page *page, struct error *err)
{
	static const struct listing *const listings[] = { &checks, &open_values, &proofs, &losses, &holes, &notes, &evidence, &unmatched, &run };
	enum status status;

	fputs("<section id=\"trust\" aria-labelledby=\"trust-h\">\n<h2 id=\"trust-h\">How far to trust this</h2>\n", page->out);
	status = put_predictions(page, err);
	if (!status)
		status = put_proofs(page, err);
	for (size_t i = 0; i < sizeof(listings) / sizeof(*listings) && !status; i++)
		status = put_listing(page, listings[i], err);
	put_next(page);
	fputs("<p class=\"quiet\">Limits are replayed one by one on the same recording. Reclaim costs no time there, and after a kill or a denied call "
	      "the recording cannot know how the program would have gone on: what follows is hypothetical and hatched in the figures.</p>\n"
	      "</section>\n", page->out);
	return status;
}
