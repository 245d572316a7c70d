/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One figure twice, as replayed and as the kernel counted it, side by side over time.
 *
 *	gauge_set(&gauge, now_ns, replayed, counted);	whenever one of them is another
 *	gauge_ramp(&gauge, since_ns, now_ns, replayed, counted);
 *	gauge_set(&gauge, end_ns, replayed, counted);
 *	gauge_finish(&gauge);
 *	gauge_error(&gauge);
 *	gauge_release(&gauge);
 *
 * Both hold until the next call. Pages; time may stand still but does not go back:
 * a moment before the last one is taken as that.
 *
 * The kernel counts a page-table walk page by page, the trace tells its sum when it is
 * over.  Where the replay knows when the walk began, its change is spread evenly over it
 * (gauge_ramp).  Where it does not, the two differ meanwhile and neither is wrong.  So
 * there are two errors: at every moment, and what is left of it where the replay may
 * show what the kernel had at any moment of the last GAUGE_WALK_NS.
 */
#ifndef VERIFY_GAUGE_H
#define VERIFY_GAUGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GAUGE_WALK_NS 1000000	/* a walk of 512 pages with a few events a page takes some 150 us */

struct gauge_side {
	int64_t now, peak;
};

/* A value and the last moment at which it was. */
struct gauge_past {
	int64_t pages;
	uint64_t until_ns;
};

/* The past values that may still be the least (or the most) of the window, oldest first. */
struct gauge_window {
	struct gauge_past *past;
	size_t first, nr, capacity;
};

/* What held from a moment on. */
struct gauge_moment {
	uint64_t ns;
	double replayed;	/* part of a page: of a walk that takes one */
	int64_t counted;
};

struct gauge {			/* all zero: nothing was set yet */
	struct gauge_side replayed, counted;
	uint64_t begin_ns, last_ns;	/* last: up to where areas are summed up */
	int64_t worst;		/* largest difference at any moment */
	/* The last GAUGE_WALK_NS, which a walk that ends may change; the oldest is where last_ns is. */
	struct gauge_moment *moments;
	size_t first, nr, capacity;
	double counted_time, error_time, late_time;	/* pages x ns */
	struct gauge_window least, most;
	bool is_set;
};

void gauge_set(struct gauge *gauge, uint64_t now_ns, int64_t replayed, int64_t counted);
/* The replayed side came to be so between since_ns and now; from further back than GAUGE_WALK_NS nothing is changed. */
void gauge_ramp(struct gauge *gauge, uint64_t since_ns, uint64_t now_ns, int64_t replayed, int64_t counted);
/* Nothing is set any more. */
void gauge_finish(struct gauge *gauge);

/* Once it is finished. Time-weighted means, pages; 0 where no time passed. */
double gauge_mean(const struct gauge *gauge);
double gauge_error(const struct gauge *gauge);
/* The error that is not over within GAUGE_WALK_NS. */
double gauge_lasting(const struct gauge *gauge);

/* Of what was counted, in percent; infinite where that was nothing. */
double gauge_percent(const struct gauge *gauge, double pages);

void gauge_release(struct gauge *gauge);

#endif
