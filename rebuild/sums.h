/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums of windows: how many pages faults mapped around themselves, as far as counters told.
 *
 *	sums_bound(&sums, windows, nr, &bounds);
 *	... the counter tells: pages ...
 *	sums_learn(&sums, windows, nr, pages);
 *
 * Which pages of a file are in the page cache nobody saw if they came before the recording; a
 * counter tells of many windows together.  A window is a number that says which file and pages it is of
 * and what was known of them then: of windows of one number as many pages were mapped.  What was told of
 * some windows is known of them again, and of what else is with them or left of them.
 */
#ifndef REBUILD_SUMS_H
#define REBUILD_SUMS_H

#include <stddef.h>
#include <stdint.h>

struct open_window {
	uint64_t id;
	uint32_t low, high;	/* pages, when nothing was told of it */
};

struct sum_bounds {
	int64_t low, high;	/* pages of all windows together */
};

struct told_sum {
	uint64_t *ids;		/* ascending */
	size_t nr;
	int64_t pages;
	int64_t missing;	/* of all that may have been mapped */
};

struct sums {
	struct told_sum *all;
	size_t nr, capacity;
	size_t oldest;		/* is replaced by the next, when there are many */
};

void sums_release(struct sums *sums);

/* Sorts the windows.  At most SUM_WINDOWS. */
#define SUM_WINDOWS 80
void sums_bound(const struct sums *sums, struct open_window *windows, size_t nr, struct sum_bounds *bounds);
/* windows: as sums_bound() sorted them. */
void sums_learn(struct sums *sums, const struct open_window *windows, size_t nr, int64_t pages);

#endif
