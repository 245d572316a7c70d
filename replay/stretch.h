/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The busiest stretch of a recording, of any length.
 *
 *	every STRETCH_EVENTS events:
 *		stretch_add(&stretch, pages, now_ns);
 *	stretch_most(&stretch, 1000)	pages that no 1,000 events in a row exceeded
 *
 * Sums of blocks of 1, 2, 4, ... steps: any stretch lies in two neighbouring blocks
 * that are as long, so the answer is never too small and at most about four times too
 * large.  Memory does not grow.
 */
#ifndef REPLAY_STRETCH_H
#define REPLAY_STRETCH_H

#include <stdint.h>

#define STRETCH_EVENTS 64
#define STRETCH_LEVELS 40

struct stretch {			/* all zero but for begin_ns is an empty one */
	struct stretch_level {
		uint64_t pages;		/* of the block in work, as far as blocks of the level below ended in it */
		uint64_t before;	/* of the block before it */
		uint64_t most;		/* of two neighbours that ended */
		uint64_t begin_ns;	/* of the block in work */
		uint64_t fastest_ns;	/* of a whole block; 0 = there was none */
	} levels[STRETCH_LEVELS];
	uint64_t nr_steps, pages;
};

void stretch_init(struct stretch *stretch, uint64_t begin_ns);
void stretch_add(struct stretch *stretch, uint64_t pages, uint64_t now_ns);

/* Most pages in so many events; of more than there were, as many times as often. */
uint64_t stretch_most(const struct stretch *stretch, uint64_t events);

/* Most events in so much time. */
uint64_t stretch_events(const struct stretch *stretch, uint64_t ns);

#endif
