/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A prediction beside the run it predicts, and beside that the spread of the kernel's
 * own runs of the same workload under the same limit.
 *
 *	comparison_make(&comparison, predicted, runs, nr_runs);
 *	compared_grade(&comparison.figures[COURSE_PEAK], 5);	percent that it may be off
 *
 * The first run is the one compared with.
 */
#ifndef VERIFY_COMPARISON_H
#define VERIFY_COMPARISON_H

#include "verify/course.h"
#include "verify/proof.h"

#include <stdbool.h>

#define COMPARISON_MOMENTS 20

struct compared {
	int64_t predicted, assumed, measured;	/* COURSE_NONE = not known */
	const char *source;
	int64_t least, most;		/* of all runs */
	size_t nr_runs;			/* that know it */
	bool is_assumed;		/* what is judged is the assumed figure */
	int64_t low, high;		/* of the runs of the prediction, of what is judged; COURSE_NONE = it was one */
};

struct comparison {
	const char *container;
	double evidence;
	struct compared figures[COURSE_NR];
	/* What was held when 1/20, 2/20... of the work was done, or of each run's time had gone by. */
	struct { int64_t predicted, measured; } moments[COMPARISON_MOMENTS];
	bool has_moments;
	bool is_by_work;	/* both did the same, as far as events show it */
};

/* runs[0..nr_runs) are courses of the container; all are borrowed. */
void comparison_make(struct comparison *comparison, const struct course *predicted, const struct course *const *runs,
		     size_t nr_runs);

/* How far what is judged lies outside of the spread, in pages; 0 = within it. */
int64_t compared_off(const struct compared *compared);
/* In percent of what was measured: infinite where that was nothing. */
double compared_percent(const struct compared *compared);
enum grade compared_grade(const struct compared *compared, double tolerance);

#endif
