/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run of a workload came to, container by container: the figures that a
 * prediction and the run it predicts are compared by.
 */
#ifndef VERIFY_COURSE_H
#define VERIFY_COURSE_H

#include "accounting/mem_op.h"
#include "verify/stairs.h"

#include <stdbool.h>
#include <stddef.h>

enum course_figure {
	COURSE_PEAK,		/* most that was charged */
	COURSE_FAILURES,	/* charges that hit the limit */
	COURSE_SCANNED, COURSE_RECLAIMED,
	COURSE_REFAULTED,	/* file and anonymous */
	COURSE_REFAULTED_FILE, COURSE_REFAULTED_ANON,
	COURSE_SWAPPED_OUT,
	COURSE_KILLS,
	COURSE_KILLED_AFTER,	/* anonymous pages touched before the first kill */
	COURSE_NR
};

#define COURSE_NONE INT64_MIN	/* not known */

struct course {
	char *container;
	int64_t figures[COURSE_NR], assumed[COURSE_NR];	/* assumed: of predictions */
	/* Of several runs of a prediction, as seen and as assumed; COURSE_NONE = not known. */
	struct course_spread { int64_t low, high; } spread[COURSE_NR], spread_assumed[COURSE_NR];
	const char *sources[COURSE_NR];	/* where a measured one is from; constants */
	double evidence;		/* of predictions */
	struct stairs held, anon;
	struct stairs work;		/* pages first touched or read so far: the same in every run of a workload */
};

struct courses {
	struct course **all;
	size_t nr, capacity;
};

/* The operation is of the workload's own making, whatever the kernel had to reclaim meanwhile. */
bool course_is_work(const struct mem_op *op);

const char *course_figure_name(enum course_figure figure);

/* That of the container, made when new with nothing known. */
struct course *courses_of(struct courses *courses, const char *container);
/* NULL: there is none. */
struct course *courses_find(const struct courses *courses, const char *container);
void courses_release(struct courses *courses);

#endif
