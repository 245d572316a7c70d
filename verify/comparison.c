// SPDX-License-Identifier: GPL-2.0-or-later
/* Figure by figure, moment by moment. */
#include "verify/comparison.h"

#include <math.h>
#include <stdlib.h>

static void add_run(struct compared *compared, int64_t value)
{
	if (value == COURSE_NONE)
		return;
	if (!compared->nr_runs++ || value < compared->least)
		compared->least = value;
	if (compared->nr_runs == 1 || value > compared->most)
		compared->most = value;
}

/* Where nobody counted the peak, the facts have it, but for what the kernel itself uses. */
static int64_t value_of(const struct course *run, enum course_figure figure)
{
	if (figure == COURSE_PEAK && run->figures[figure] == COURSE_NONE && run->held.last_ns)
		return run->held.peak;
	return run->figures[figure];
}

static const char *source_of(const struct course *run, enum course_figure figure)
{
	if (run->figures[figure] == COURSE_NONE && value_of(run, figure) != COURSE_NONE)
		return "replay";
	return run->sources[figure];
}

/* Uses that no event shows matter where something was evicted and the evidence is not of all uses. */
static bool is_assumption_judged(const struct course *predicted, enum course_figure figure)
{
	return predicted->assumed[figure] != COURSE_NONE && predicted->evidence < 1;
}

static int64_t at_moment(const struct course *course, int moment, bool is_by_work)
{
	const struct stairs *held = &course->held;
	uint64_t ns = held->last_ns - held->first_ns;

	if (is_by_work)
		return stairs_at(held, stairs_when(&course->work, course->work.now * moment / COMPARISON_MOMENTS));
	return stairs_at(held, held->first_ns + ns / COMPARISON_MOMENTS * (uint64_t)moment);
}

/* Runs of one workload differ in what its libraries do, not in what it touches. */
static bool is_same_work(const struct course *a, const struct course *b)
{
	return a->work.now && llabs(a->work.now - b->work.now) * 50 <= a->work.now;
}

void comparison_make(struct comparison *comparison, const struct course *predicted, const struct course *const *runs,
		     size_t nr_runs)
{
	*comparison = (struct comparison){ .container = predicted->container, .evidence = predicted->evidence };
	for (int figure = 0; figure < COURSE_NR; figure++) {
		struct compared *compared = &comparison->figures[figure];
		const struct course_spread *spread;

		*compared = (struct compared){
			.predicted = predicted->figures[figure], .assumed = predicted->assumed[figure],
			.measured = nr_runs ? value_of(runs[0], figure) : COURSE_NONE,
			.source = nr_runs ? source_of(runs[0], figure) : NULL,
			.is_assumed = is_assumption_judged(predicted, figure),
		};
		spread = compared->is_assumed ? &predicted->spread_assumed[figure] : &predicted->spread[figure];
		compared->low = spread->low;
		compared->high = spread->high;
		for (size_t i = 0; i < nr_runs; i++)
			add_run(compared, value_of(runs[i], figure));
	}
	comparison->has_moments = nr_runs && runs[0]->held.last_ns && predicted->held.last_ns;
	comparison->is_by_work = comparison->has_moments && is_same_work(predicted, runs[0]);
	for (int moment = 0; comparison->has_moments && moment < COMPARISON_MOMENTS; moment++) {
		comparison->moments[moment].predicted = at_moment(predicted, moment + 1, comparison->is_by_work);
		comparison->moments[moment].measured = at_moment(runs[0], moment + 1, comparison->is_by_work);
	}
}

static int64_t judged(const struct compared *compared)
{
	return compared->is_assumed ? compared->assumed : compared->predicted;
}

int64_t compared_off(const struct compared *compared)
{
	int64_t value = judged(compared);

	if (value == COURSE_NONE || !compared->nr_runs)
		return 0;
	if (value < compared->least)
		return value - compared->least;
	return value > compared->most ? value - compared->most : 0;
}

double compared_percent(const struct compared *compared)
{
	int64_t off = compared_off(compared), nearest = off < 0 ? compared->least : compared->most;

	if (!off)
		return 0;
	return nearest ? (double)off * 100 / (double)nearest : copysign(INFINITY, (double)off);
}

enum grade compared_grade(const struct compared *compared, double tolerance)
{
	if (judged(compared) == COURSE_NONE || !compared->nr_runs)
		return GRADE_NONE;
	if (judged(compared) == compared->measured)
		return GRADE_EXACT;
	return fabs(compared_percent(compared)) <= tolerance ? GRADE_WITHIN : GRADE_PAST;
}
