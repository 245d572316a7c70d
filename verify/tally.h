/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the containers of one model hold, by kind, as memory.stat of the kernel
 * splits it: counted from what pages are shown to be, not asked of the model.
 *
 *	tally_page(&tally, page, &view, changed);	for every page that is another
 *	tally_of(&tally, container)->pages[FIGURE_RSS];
 */
#ifndef VERIFY_TALLY_H
#define VERIFY_TALLY_H

#include "replay/replay.h"

/* Names are those of memory.stat, cgroup v1; v2 says anon, file, file_mapped. */
enum figure {
	FIGURE_RSS,		/* anonymous, mapped */
	FIGURE_CACHE,		/* of files and shared memory, cached */
	FIGURE_MAPPED,		/* of those, mapped */
	FIGURE_NR
};

struct tally_container {
	int64_t pages[FIGURE_NR];
};

struct tally_page;

struct tally {			/* all zero is an empty tally */
	struct tally_container *containers;
	size_t nr_containers, containers_capacity;
	struct tally_page *pages;
	size_t nr_pages;
};

const char *figure_name(enum figure figure);

/*
 * The page is now as the view says. Returns how many containers' figures changed:
 * 0, 1 or 2, named in changed.
 */
size_t tally_page(struct tally *tally, uint32_t page, const struct watched_page *view, uint32_t changed[2]);

/* Of any container; good until the next call for another. */
const struct tally_container *tally_of(struct tally *tally, uint32_t container);

void tally_release(struct tally *tally);

#endif
