// SPDX-License-Identifier: GPL-2.0-or-later
/* One container and resource of the page. */
#include "base/xalloc.h"
#include "reports/html.h"
#include "reports/limit_curve.h"
#include "reports/markup.h"
#include "reports/usage_plot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *words, *title; } columns[] = {
	{ "Limit", "" },
	{ "Most held", "" },
	{ "Refused", "charges refused: failcnt" },
	{ "Taken away", "pages unmapped by reclaim, so that their charge ended" },
	{ "To swap", "of them written to swap" },
	{ "Come back", "pages used again after they were taken away, as seen / as assumed" },
	{ "Killed", "" },
	{ "Denied", "system calls that would have failed" },
	{ "Verdict", "" },
};

/* more: after the figure. */
static void write_pair(FILE *out, int64_t seen, int64_t assumed, bool is_unsure, const char *more)
{
	char *figure = markup_number(seen), *other = assumed == ENTRY_NONE ? xstrdup("?") : markup_number(assumed);

	if (is_unsure || (assumed != ENTRY_NONE && assumed != seen))
		fprintf(out, "<td class=\"num\">%s / %s%s</td>", figure, other, more);
	else
		fprintf(out, "<td class=\"num%s\">%s%s</td>", seen || *more ? "" : " zero", figure, more);
	free(figure);
	free(other);
}

static bool is_spread(const struct point *point)
{
	return point->nr_runs != ENTRY_NONE && point->refaults_low != point->refaults_high;
}

static void write_refaults(FILE *out, const struct point *point)
{
	char *low = markup_number(point->refaults_low), *high = markup_number(point->refaults_high);
	char *spread = is_spread(point) ? xasprintf(" <small>(%s to %s)</small>", low, high) : xstrdup("");

	write_pair(out, point->refaults, point->refaults_assumed, point->scenario && point_is_unsure(point), spread);
	free(low);
	free(high);
	free(spread);
}

static void write_point(struct page *page, const struct entry *entry, const struct point *point)
{
	FILE *out = page->out;

	fprintf(out, "<tr%s><th scope=\"row\" class=\"num\">%s</th><td class=\"num\">",
		point->scenario == entry->chosen_scenario ? " class=\"chosen\"" :
		point->scenario == entry->broken_scenario ? " class=\"broken\"" : "", point->limit_text);
	html_pages(page, point->maxheld, "outcomes/%" PRId64 "/%" PRId64 "/%s/maxheld_pages", point->scenario,
		   entry->container, entry->resource_text);
	fputs("</td>", out);
	html_count(out, point->failcnt);
	html_count(out, point->uncharged);
	html_count(out, point->swapped);
	write_refaults(out, point);
	write_pair(out, point->kills, point->kills_assumed, point->scenario && point_is_unsure(point), "");
	write_pair(out, point->denied, point->denied_assumed, false, "");
	fprintf(out, "<td>%s</td></tr>\n", point->verdict);
}

static bool is_shown(const struct point *point)
{
	return !point->scenario || point->is_limited;
}

static void write_points(struct page *page, const struct entry *entry, const struct points *points)
{
	int64_t nr_runs = 0;

	fprintf(page->out, "<details class=\"points\"><summary>Every limit that was tried <small>%" PRId64 "</small></summary>\n"
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Every limit of %s, %s\"><table><thead><tr>",
		entry->candidates, entry->name, entry->resource_text);
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		fprintf(page->out, "<th scope=\"col\"%s%s%s>%s</th>", *columns[i].title ? " title=\"" : "", columns[i].title,
			*columns[i].title ? "\"" : "", columns[i].words);
	fputs("</tr></thead>\n<tbody>\n", page->out);
	for (size_t i = 0; i < points->nr; i++) {
		if (is_shown(&points->all[i]))
			write_point(page, entry, &points->all[i]);
		if (is_shown(&points->all[i]) && is_spread(&points->all[i]))
			nr_runs = points->all[i].nr_runs;
	}
	fputs("</tbody></table></div>", page->out);
	if (nr_runs)
		fprintf(page->out, "<p class=\"quiet\">(a to b): over %" PRId64 " runs under each limit, a few pages apart; the row is that of "
			"the middle one.</p>", nr_runs);
	fputs("</details>\n", page->out);
}

/* Where others are limited too, what they gave up may be charged here; where the recording was under a limit, its end shows. */
static void write_more(struct page *page, const struct entry *entry, const struct points *points)
{
	char *reclaimed = run_db_value(page->run, "limit_reclaimed_pages");
	bool is_of_limit = strtoull(reclaimed, NULL, 10) > 0;

	free(reclaimed);
	for (size_t i = 0; i < points->nr; i++) {
		const struct point *point = &points->all[i];

		if (!point->scenario || point->scenario != entry->chosen_scenario || point->maxheld - entry->peak <= entry->peak / 50)
			continue;
		fprintf(page->out, "<p class=\"quiet\">Under %s it holds up to ", point->limit_text);
		html_pages(page, point->maxheld, "outcomes/%" PRId64 "/%" PRId64 "/%s/maxheld_pages", point->scenario, entry->container,
			   entry->resource_text);
		fprintf(page->out, ", more than was recorded: %s</p>\n", is_of_limit ?
			"the recording was made under a limit, and what that took away is put back." :
			"others are limited as well, and what they gave up is charged to who uses it next.");
	}
}

enum status html_entry(struct page *page, const struct entry *entry, const struct points *points, struct error *err)
{
	FILE *out = page->out;
	enum status status;

	fprintf(out, "<article id=\"c%" PRId64 "-%s\" aria-labelledby=\"h%" PRId64 "-%s\">\n<h3 id=\"h%" PRId64 "-%s\">%s "
		"<small>%s</small></h3>\n<p class=\"verdict\"><span class=\"limit\">",
		entry->container, entry->resource_text, entry->container, entry->resource_text, entry->container,
		entry->resource_text, entry->resource_text, resource_summary(entry->resource));
	html_limit(page, entry);
	fprintf(out, "</span> %s</p>\n<div class=\"figures\">\n", entry->reason);
	limit_curve_write(points, entry, page->entries.page_bytes, out);
	status = usage_plot_write(&page->entries, entry, points, page->run, out, err);
	fputs("</div>\n", out);
	if (status)
		return status;
	write_more(page, entry, points);
	write_points(page, entry, points);
	status = html_incidents(page, entry, err);
	if (!status)
		status = html_data(page, entry, points, err);
	fputs("</article>\n", out);
	return status;
}
