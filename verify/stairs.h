/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a container holds over time, coarsely: one value a step, and the most of all.
 *
 *	stairs_init(&stairs, begin_ns, end_ns);
 *	stairs_set(&stairs, now_ns, pages);	in the order of time
 *	stairs_at(&stairs, time_ns);
 *
 * Memory does not grow with the recording.
 */
#ifndef VERIFY_STAIRS_H
#define VERIFY_STAIRS_H

#include <stdint.h>

#define STAIRS_STEPS 4096

struct stairs {
	uint64_t begin_ns, step_ns;
	uint64_t first_ns, last_ns;	/* of what was set; last 0 = nothing was */
	int64_t steps[STAIRS_STEPS];	/* at the end of each */
	int64_t now, peak;
	uint32_t step;			/* of the last value; those behind it are not filled in yet */
};

/* The length of a step. */
uint64_t stairs_step_ns(uint64_t begin_ns, uint64_t end_ns);

void stairs_init(struct stairs *stairs, uint64_t begin_ns, uint64_t end_ns);
void stairs_set(struct stairs *stairs, uint64_t now_ns, int64_t pages);
/* The first moment at which it was at least so much; that of the last value where it never was. */
uint64_t stairs_when(const struct stairs *stairs, int64_t pages);
/* 0 before the first value. */
int64_t stairs_at(const struct stairs *stairs, uint64_t time_ns);

#endif
