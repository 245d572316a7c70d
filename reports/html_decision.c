// SPDX-License-Identifier: GPL-2.0-or-later
/* The first sentence of the page: which limits to set, or why the recording cannot tell. */
#include "reports/html.h"
#include "reports/markup.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The first of what can be set today, if that was tried; else of what was. */
static const struct entry *main_entry(const struct entries *entries)
{
	const struct entry *first = NULL;

	for (size_t i = 0; i < entries->nr; i++) {
		const struct entry *entry = &entries->all[i];

		if (entry->is_tried && (!first || (!strcmp(entry->resource, "memory") && strcmp(first->resource, "memory"))))
			first = entry;
	}
	return first;
}

/* That can be set: where events were lost it is what the rest of the recording shows, and no answer. */
static bool has_limit(const struct entry *entry)
{
	if (!strcmp(entry->status, "may not stand"))
		return false;
	return entry->limit != ENTRY_NONE || entry->barrier != ENTRY_NONE;
}

/* "Give web 48 MiB and batch 21 MiB of memory." */
static void write_given(struct page *page, const struct entry *like, size_t nr)
{
	size_t done = 0;

	fputs("Give ", page->out);
	for (size_t i = 0; i < page->entries.nr; i++) {
		const struct entry *entry = &page->entries.all[i];

		if (!entry->is_tried || strcmp(entry->resource, like->resource) || !has_limit(entry))
			continue;
		fprintf(page->out, "%s<b>%s</b> <span class=\"limit\">", !done ? "" : done + 1 == nr ? " and " : ", ", entry->name);
		html_limit(page, entry);
		fputs("</span>", page->out);
		done++;
	}
	fprintf(page->out, " of <code>%s</code>. ", like->resource_text);
}

/* Where events were lost there is no answer, but two figures that it lies between. */
static void write_lost(struct page *page, const struct entry *entry)
{
	fprintf(page->out, "For <b>%s</b> the recording cannot tell, because events were lost: what is left of it would do with ", entry->name);
	html_pages(page, entry->barrier != ENTRY_NONE ? entry->barrier : entry->limit, "recommend/%" PRId64 "/%s/recommended_%s_pages",
		   entry->container, entry->resource_text, entry->barrier != ENTRY_NONE ? "barrier" : "limit");
	fprintf(page->out, " of <code>%s</code>, and ", entry->resource_text);
	if (entry->sure == ENTRY_NONE) {
		fputs("nothing bounds what was lost. ", page->out);
		return;
	}
	fputs("all that may have been lost fits under ", page->out);
	html_pages(page, entry->sure, "recommend/%" PRId64 "/%s/sure_limit_pages", entry->container, entry->resource_text);
	fputs(". ", page->out);
}

/* "No limit up to 64 MiB will do for db." */
static void write_not_given(struct page *page, const struct entry *like)
{
	for (size_t i = 0; i < page->entries.nr; i++) {
		const struct entry *entry = &page->entries.all[i];

		if (!entry->is_tried || strcmp(entry->resource, like->resource) || has_limit(entry))
			continue;
		if (!strcmp(entry->status, "cut short")) {
			fprintf(page->out, "For <b>%s</b> the recording cannot tell: the kernel killed in it. ", entry->name);
		} else if (!strcmp(entry->status, "may not stand")) {
			write_lost(page, entry);
		} else if (entry->broken_size != ENTRY_NONE) {
			fputs("No limit up to ", page->out);
			html_pages(page, entry->broken_size, "recommend/%" PRId64 "/%s/broken_pages", entry->container, entry->resource_text);
			fprintf(page->out, " of <code>%s</code> will do for <b>%s</b>. ", like->resource_text, entry->name);
		}
	}
}

/* Of many containers: how many have a limit, and what that comes to. */
static void write_sum(struct page *page, const struct entry *like, size_t nr_given, size_t nr)
{
	double limits = 0, peaks = 0;	/* pages: of a RUN.db from anywhere */

	for (size_t i = 0; i < page->entries.nr; i++) {
		const struct entry *entry = &page->entries.all[i];

		if (!entry->is_tried || strcmp(entry->resource, like->resource) || !has_limit(entry))
			continue;
		limits += (double)(entry->barrier != ENTRY_NONE ? entry->barrier : entry->limit);
		peaks += (double)entry->peak;
	}
	fprintf(page->out, "%zu of %zu containers can be given a limit of <code>%s</code>: ", nr_given, nr, like->resource_text);
	html_pages(page, (int64_t)fmin(limits, 9e18), "sum/%s/recommended_limit_pages", like->resource_text);
	fputs(" in all, and their recorded peaks are ", page->out);
	html_pages(page, (int64_t)fmin(peaks, 9e18), "sum/%s/maxheld_pages", like->resource_text);
	fputs(". ", page->out);
}

/* The answer in a sentence; of many containers how many have one. */
void html_decision(struct page *page)
{
	enum { MAX_NAMED = 4 };
	const struct entry *like = main_entry(&page->entries);
	size_t nr_given = 0, nr_none = 0;

	for (size_t i = 0; i < page->entries.nr; i++) {
		const struct entry *entry = &page->entries.all[i];

		if (entry->is_tried && !strcmp(entry->resource, like->resource))
			*(has_limit(entry) ? &nr_given : &nr_none) += 1;
	}
	fputs("<p class=\"decision\">", page->out);
	if (nr_given && nr_given + nr_none <= MAX_NAMED)
		write_given(page, like, nr_given);
	else if (nr_given)
		write_sum(page, like, nr_given, nr_given + nr_none);
	if (nr_none <= MAX_NAMED)
		write_not_given(page, like);
	else
		fprintf(page->out, "For %zu%s no limit of <code>%s</code> can be given.", nr_none, nr_given ? "" : " containers", like->resource_text);
	fputs("</p>\n", page->out);
}
