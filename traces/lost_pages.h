/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all pages of a CPU together say of the records that were lost before them. A page that is full to
 * its last bytes has no room to say how many; the recorder's statistics have the sum.
 *
 *	if (lost_pages_count(&place, file, codec, &format, &lost) && lost.nr_silent == 1)
 *		the silent one lost what the sum has beyond lost.said
 *
 * Reads and unpacks them all: for recordings that have such a page, once a CPU.
 */
#ifndef TRACES_LOST_PAGES_H
#define TRACES_LOST_PAGES_H

#include "traces/page_feed.h"
#include "traces/ring_page.h"

struct lost_pages {
	uint64_t said;		/* records */
	uint64_t nr_silent;	/* pages that say that some are lost, not how many */
};

/* False: some page cannot be read, so nobody knows. The codec, NULL where nothing is packed, is not used but for its name. */
bool lost_pages_count(const struct page_place *place, const struct trace_file *file, const struct codec *codec,
		      const struct ring_format *format, struct lost_pages *lost);

#endif
