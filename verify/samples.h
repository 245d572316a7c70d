/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples of one figure, each by itself, beside what the replay had then.
 *
 *	samples_change(&samples, now_ns, pages);		the replay has another value now
 *	samples_take(&samples, now_ns, pages, counted);		the replay's, and the sample
 *	samples_finish(&samples);
 *	samples.nr, samples.nr_right, samples.nr_soon;
 *	samples_release(&samples);
 *
 * A sample is right if it is within 64 pages or 1 % of what the replay has at its time.
 * Its time is that of the first file that was read, and some files are read before
 * memory.stat is; the kernel adds up what its CPUs counted when 64 a CPU are pending, or every
 * 2 s.  So it may be right a little earlier or later: soon, if it lies among the values of
 * SAMPLES_LAG_NS to either side, with the same room.  Time does not go back.
 */
#ifndef VERIFY_SAMPLES_H
#define VERIFY_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLES_LAG_NS 2000000
#define SAMPLES_SLACK_PAGES 64
#define SAMPLES_SLACK_PERCENT 1

/* A value of the replay and when it began. */
struct samples_past {
	uint64_t ns;
	int64_t pages;
};

/* A sample whose lag is not over. */
struct samples_waiting {
	uint64_t ns;
	int64_t counted, least, most;	/* what the replay had around it */
};

struct samples {		/* all zero: none yet, and the replay has nothing */
	struct samples_past *past;	/* of the last SAMPLES_LAG_NS, and the one before; oldest first */
	size_t first, nr_past, past_capacity;
	struct samples_waiting *waiting;
	size_t nr_waiting, waiting_capacity;
	uint64_t nr, nr_right, nr_soon;	/* soon: those that are right as well */
};

void samples_change(struct samples *samples, uint64_t now_ns, int64_t pages);
void samples_take(struct samples *samples, uint64_t now_ns, int64_t pages, int64_t counted);
/* Nothing follows. */
void samples_finish(struct samples *samples);
void samples_release(struct samples *samples);

#endif
