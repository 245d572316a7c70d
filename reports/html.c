// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame of the page and its first screen: which limit, and why. */
#include "reports/html.h"

#include "base/xalloc.h"
#include "reports/markup.h"
#include "reports/recommend.h"
#include "reports/reports.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
#include "reports/html.css.h"
;

static const char script[] =
#include "reports/html.js.h"
;

#if HAS_UPLOT
static const char uplot_script[] =
#include "reports/uplot.js.h"
;
static const char uplot_style[] =
#include "reports/uplot.css.h"
;
static const char uplot_licence[] =
#include "reports/uplot.licence.h"
;
#endif

void html_pages(struct page *page, int64_t pages, const char *source_format, ...)
{
	char *size = markup_size(pages, page->entries.page_bytes), *source;
	va_list args;

	va_start(args, source_format);
	source = xvasprintf(source_format, args);
	va_end(args);
	fprintf(page->out, "<data value=\"%" PRId64 "\" data-from=\"%s\">%s</data>", pages, source, size);
	free(size);
	free(source);
}

void html_count(FILE *out, int64_t count)
{
	char *text = markup_number(count);

	fprintf(out, "<td class=\"num%s\">%s</td>", count ? "" : " zero", text);
	free(text);
}

/* Returns new: a value of `run` as markup. */
static char *run_text(struct run_db *run, const char *key)
{
	char *value = run_db_value(run, key), *text = markup_text(value);

	free(value);
	return text;
}

/* But for the host. */
static size_t count_containers(const struct entries *entries)
{
	size_t nr = 0;

	for (size_t i = 0; i < entries->nr; i++)
		nr += entries->all[i].container && (!i || entries->all[i].container != entries->all[i - 1].container);
	return nr;
}

static int64_t count_rows(struct run_db *run, const char *sql)
{
	sqlite3_stmt *rows = NULL;
	struct error err;
	int64_t count = 0;

	if (!run_db_prepare(run, &rows, sql, &err) && !run_db_step(run, rows, &err))
		count = sqlite3_column_int64(rows, 0);
	sqlite3_finalize(rows);
	return count;
}

void html_begin(FILE *out, const char *title)
{
	fprintf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"recount\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
		"script-src 'unsafe-inline'\">\n<title>Memory limits: %s</title>\n<style>\n", title);
#if HAS_UPLOT
	fputs(uplot_style, out);
#endif
	fprintf(out, "%s</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#recommended\">To the results</a>\n", style);
}

static void write_masthead(struct page *page)
{
	char *input = run_text(page->run, "input.0.name"), *models = run_text(page->run, "models");
	char *kernel = run_text(page->run, "kernel"), *inputs = run_text(page->run, "inputs");
	double seconds = (double)(page->entries.end_ns - page->entries.begin_ns) / 1e9;
	size_t nr = count_containers(&page->entries);
	int64_t scenarios = count_rows(page->run, "SELECT count(*) FROM scenarios WHERE scenario > 0");

	fprintf(page->out, "<header class=\"masthead\">\n<p class=\"kicker\">What would a memory limit have done?</p>\n<h1>%s",
		*input ? input : "A recording");
	if (strtol(inputs, NULL, 10) > 1)
		fprintf(page->out, " <small>and %ld more</small>", strtol(inputs, NULL, 10) - 1);
	fprintf(page->out, "</h1>\n<p class=\"lede\">%.3g s of %zu %s%s%s, replayed against %" PRId64 " set%s of limits: "
		"model%s ", seconds, nr, nr == 1 ? "container" : "containers", *kernel ? " on " : "", kernel, scenarios,
		scenarios == 1 ? "" : "s", strchr(models, ',') ? "s" : "");
	for (const char *at = models; *at; at++)
		fprintf(page->out, *at == ',' ? ", " : "%c", *at);
	fputs(".</p>\n</header>\n", page->out);
	free(input);
	free(models);
	free(kernel);
	free(inputs);
}

/* The peak as a bar on one of the recommended limit, which ends in a mark; pale up to where it is sure. */
static void write_bar(struct page *page, const struct entry *entry)
{
	int64_t limit = entry->barrier != ENTRY_NONE ? entry->barrier : entry->limit;
	int64_t sure = entry_is_range(entry) && entry->sure != ENTRY_NONE ? entry->sure : limit;
	double most = (double)(entry->peak > sure ? entry->peak : sure), mark;

	if (limit == ENTRY_NONE || most <= 0)
		return;
	mark = (double)limit * 100 / most;
	fprintf(page->out, "<svg class=\"bar\" viewBox=\"0 0 100 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		"<path class=\"bar-sure\" d=\"M0 2H%.1fV10H0Z\"/><path class=\"bar-peak\" d=\"M0 4H%.1fV8H0Z\"/>"
		"<path class=\"bar-limit\" d=\"M%.1f 0H%.1fV12H%.1fZ\"/></svg>", (double)sure * 100 / most,
		(double)entry->peak * 100 / most, mark - 1.2, mark, mark - 1.2);
}

/* Where none can be recommended: why, in a word. */
static void write_none(struct page *page, const struct entry *entry)
{
	if (!strcmp(entry->status, "too small") && entry->broken_size != ENTRY_NONE) {
		fputs("<span class=\"to\">above </span>", page->out);
		html_pages(page, entry->broken_size, "recommend/%" PRId64 "/%s/broken_pages", entry->container, entry->resource_text);
	} else {
		fputs(strcmp(entry->status, "cut short") ? "none" : "not known", page->out);
	}
}

void html_limit(struct page *page, const struct entry *entry)
{
	if (entry->limit == ENTRY_NONE && entry->barrier == ENTRY_NONE) {
		write_none(page, entry);
		return;
	}
	if (entry->barrier != ENTRY_NONE && entry->barrier != entry->limit) {
		html_pages(page, entry->barrier, "recommend/%" PRId64 "/%s/recommended_barrier_pages", entry->container,
			   entry->resource_text);
		fputs("<span class=\"to\"> barrier, </span>", page->out);
	}
	html_pages(page, entry->limit, "recommend/%" PRId64 "/%s/recommended_limit_pages", entry->container,
		   entry->resource_text);
	if (entry_is_range(entry) && entry->sure != ENTRY_NONE) {
		fputs("<span class=\"to\"> to </span>", page->out);
		html_pages(page, entry->sure, "recommend/%" PRId64 "/%s/sure_limit_pages", entry->container, entry->resource_text);
	} else if (entry_is_range(entry)) {
		fputs("<span class=\"to\"> or more</span>", page->out);
	}
}

/* What it saves, or what is at stake. */
static void write_effect(struct page *page, const struct entry *entry)
{
	if (entry->saving == ENTRY_NONE) {
		fprintf(page->out, "<span class=\"risk\">%s</span>", strcmp(entry->status, "cut short") ?
			"no limit that was tried will do" : "the recording ends where it was killed");
		return;
	}
	fprintf(page->out, "<span class=\"%s\">", entry->saving > 0 ? "saves" : "adds");
	fputs(entry->saving > 0 ? "saves " : "room above it: ", page->out);
	html_pages(page, entry->saving > 0 ? entry->saving : -entry->saving, "recommend/%" PRId64 "/%s/saving_pages",
		   entry->container, entry->resource_text);
	fprintf(page->out, " <small>(%s%s)</small></span>", *entry->saving_text == '-' ? "−" : "",
		entry->saving_text + (*entry->saving_text == '-'));
	if (!strcmp(entry->status, "may not stand"))
		fputs(" <span class=\"risk\">at the risk of what the lost events hid</span>", page->out);
	if (!strcmp(entry->basis, "seen"))
		fputs(" <span class=\"risk\">at the risk of what the recording does not show</span>", page->out);
}

static void write_row(struct page *page, const struct entry *entry, bool is_first)
{
	fprintf(page->out, "<tr class=\"%s\"><th scope=\"row\"><a href=\"#c%" PRId64 "-%s\"><span class=\"who%s\">%s</span> "
		"<span class=\"what\">%s</span></a></th>\n<td class=\"limit\" data-head=\"Recommended\">",
		is_first ? "first" : "", entry->container, entry->resource_text, is_first ? "" : " again", entry->name,
		entry->resource_text);
	html_limit(page, entry);
	fputs("</td>\n<td class=\"peak\" data-head=\"Recorded peak\">", page->out);
	html_pages(page, entry->peak, "outcomes/0/%" PRId64 "/%s/maxheld_pages", entry->container, entry->resource_text);
	fputs("</td>\n<td class=\"effect\" data-head=\"Against the peak\">", page->out);
	write_effect(page, entry);
	write_bar(page, entry);
	fprintf(page->out, "</td>\n<td class=\"why\" data-head=\"Why\">%s</td></tr>\n", entry->reason);
}

static void write_rule(struct page *page)
{
	fprintf(page->out, "<p class=\"rule\">The rule: the smallest limit tried from which on up nothing is killed, denied or stuck and at "
		"most %g&nbsp;%% of the working set comes back a minute after being taken away, and %g&nbsp;%% more. "
		"Where the answer is a range, its lower end rests on the uses of memory that the recording shows; at its upper end no "
		"page is taken away at all.</p>\n", run_db_parameter(page->run, ":slo", RECOMMEND_SLO),
		run_db_parameter(page->run, ":margin", RECOMMEND_MARGIN) / 100);
}

static void write_untried(struct page *page)
{
	const struct entries *entries = &page->entries;

	fputs("<details class=\"untried\"><summary>Not tried</summary>\n<p>No limit was tried for these; their recorded peaks:</p>\n<ul>", page->out);
	for (size_t i = 0; i < entries->nr; i++) {
		const struct entry *entry = &entries->all[i];

		if (entry->is_tried || !entry->peak)
			continue;
		fprintf(page->out, "<li>%s %s: ", entry->name, entry->resource_text);
		html_pages(page, entry->peak, "outcomes/0/%" PRId64 "/%s/maxheld_pages", entry->container, entry->resource_text);
		fputs("</li>\n", page->out);
	}
	fputs("</ul></details>\n", page->out);
}

static void write_first_screen(struct page *page)
{
	const struct entries *entries = &page->entries;
	int64_t last = -1;

	fputs("<section id=\"recommended\" aria-labelledby=\"recommended-h\">\n<h2 id=\"recommended-h\">Recommended limits</h2>\n", page->out);
	if (!entries->nr_tried)
		fputs("<p>No limit was tried, so none can be recommended. <code>recount replay --limit RESOURCE=25%,50%,75%,100%</code> "
		      "tries some.</p>\n", page->out);
	else
		html_decision(page);
	if (entries->nr_tried)
		fputs("<table class=\"first-screen\"><thead><tr><th scope=\"col\">Container</th><th scope=\"col\">Recommended</th>"
		      "<th scope=\"col\">Recorded peak</th><th scope=\"col\">Against the peak</th><th scope=\"col\">Why</th></tr></thead>\n"
		      "<tbody>\n", page->out);
	for (size_t i = 0; i < entries->nr; i++) {
		if (!entries->all[i].is_tried)
			continue;
		write_row(page, &entries->all[i], entries->all[i].container != last);
		last = entries->all[i].container;
	}
	if (entries->nr_tried) {
		fputs("</tbody></table>\n", page->out);
		write_rule(page);
	}
	write_untried(page);
	fputs("</section>\n", page->out);
}

static enum status write_containers(struct page *page, struct error *err)
{
	struct points points;
	enum status status = points_open(&points, page->run, err);
	int64_t last = -1;

	for (size_t i = 0; i < page->entries.nr && !status; i++) {
		const struct entry *entry = &page->entries.all[i];

		status = points_read(&points, entry, err);
		if (status || !entry->is_tried)
			continue;
		if (entry->container != last) {
			fprintf(page->out, "%s<section class=\"container\" aria-labelledby=\"c%" PRId64 "\">\n<h2 id=\"c%" PRId64
				"\">%s <small>%s</small></h2>\n", last >= 0 ? "</section>\n" : "", entry->container, entry->container,
				entry->name, entry->path);
			last = entry->container;
		}
		status = html_entry(page, entry, &points, err);
	}
	fputs(last >= 0 ? "</section>\n" : "", page->out);
	points_close(&points);
	return status;
}

/* Holes of the recording in seconds from its begin, for the figures. */
static enum status write_losses(struct page *page, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->run, &rows,
		"SELECT begin_ns, coalesce(end_ns, begin_ns) FROM losses WHERE begin_ns IS NOT NULL ORDER BY 1, 2", err);
	const char *comma = "";

	if (status)
		return status;
	fputs("<script type=\"application/json\" id=\"losses\">[", page->out);
	while (!(status = run_db_step(page->run, rows, err))) {
		fprintf(page->out, "%s[%.6f,%.6f]", comma, entries_seconds(&page->entries, sqlite3_column_int64(rows, 0)),
			entries_seconds(&page->entries, sqlite3_column_int64(rows, 1)));
		comma = ",";
	}
	fputs("]</script>\n", page->out);
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

static void write_scripts(struct page *page)
{
	FILE *out = page->out;

#if HAS_UPLOT
	fprintf(out, "<!-- uPlot:\n%s-->\n<script>%s</script>\n", uplot_licence, uplot_script);
#endif
	fprintf(out, "<script>\n%s</script>\n", script);
}

/* Steps of the interactive figures: as many as a page of some MiB can hold. */
static size_t choose_steps(struct page *page)
{
	int64_t nr = count_rows(page->run, "SELECT count(*) FROM outcomes WHERE maxheld_pages > 0");
	int64_t steps = nr ? 400000 / nr : 2000;

	return steps > 2000 ? 2000 : steps < 100 ? 100 : (size_t)steps;
}

static enum status print(struct run_db *run, FILE *out, struct error *err)
{
	struct page page = { .out = out, .run = run };
	enum status status = entries_read(&page.entries, run, err);
	char *title;

	if (status)
		return status;
	page.nr_steps = choose_steps(&page);
	title = run_text(run, "input.0.name");
	html_begin(out, *title ? title : "a recording");
	free(title);
	write_masthead(&page);
	fputs("<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
	      "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0V6\"/></pattern></defs></svg>\n"
	      "<main>\n", out);
	write_first_screen(&page);
	status = write_containers(&page, err);
	if (!status)
		status = html_bills(&page, err);
	if (!status)
		status = html_trust(&page, err);
	fputs("</main>\n", out);
	if (!status)
		status = write_losses(&page, err);
	write_scripts(&page);
	fputs("</body>\n</html>\n", out);
	entries_release(&page.entries);
	return status;
}

const struct report html_report = {
	.name = "html",
	.summary = "all of it as one HTML file: limits, curves, usage, incidents, and how far to trust them",
	.print = print,
	.render_all = html_fleet,
};
