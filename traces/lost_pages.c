// SPDX-License-Identifier: GPL-2.0-or-later
/* Headers only: of a page no record is looked at. */
#include "traces/lost_pages.h"

static bool count_run(const struct page_run *run, const struct ring_format *format, uint64_t *stamp, struct lost_pages *lost)
{
	for (size_t i = 0; i < run->nr_pages; i++) {
		struct ring_page page;

		if (!ring_page_open(&page, format, run->pages + i * format->page_bytes))
			return false;
		if (page.at == page.end)	/* its stamp may be anything */
			continue;
		if (page.time < *stamp || __builtin_add_overflow(lost->said, page.lost, &lost->said))
			return false;
		*stamp = page.time;
		lost->nr_silent += page.has_lost && !page.lost;
	}
	return true;
}

bool lost_pages_count(const struct page_place *place, const struct trace_file *file, const struct codec *others,
		      const struct ring_format *format, struct lost_pages *lost)
{
	/* Another thread may be unpacking with that of the recording. */
	struct codec *codec = place->is_packed ? codec_create(codec_name(others)) : NULL;
	struct page_run run = { 0 };
	struct page_feed feed;
	enum feed_step step;
	uint64_t stamp = 0;
	bool is_whole;

	*lost = (struct lost_pages){ 0 };
	page_feed_open(&feed, place, file, codec);
	is_whole = !feed.missing;
	while (is_whole && (step = page_feed_next(&feed, &run)) != FEED_END)
		is_whole = step == FEED_PAGES && !run.damage && count_run(&run, format, &stamp, lost);
	page_run_release(&run);
	page_feed_close(&feed);
	codec_destroy(codec);
	return is_whole;
}
