// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures by container. */
#include "verify/course.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *course_figure_name(enum course_figure figure)
{
	static const char *const names[COURSE_NR] = {
		[COURSE_PEAK] = "peak",
		[COURSE_FAILURES] = "charge_failures",
		[COURSE_SCANNED] = "scanned",
		[COURSE_RECLAIMED] = "reclaimed",
		[COURSE_REFAULTED] = "refaulted",
		[COURSE_REFAULTED_FILE] = "refaulted_file",
		[COURSE_REFAULTED_ANON] = "refaulted_anon",
		[COURSE_SWAPPED_OUT] = "swapped_out",
		[COURSE_KILLS] = "kills",
		[COURSE_KILLED_AFTER] = "killed_after",
	};

	assert(figure < COURSE_NR);
	return names[figure];
}

bool course_is_work(const struct mem_op *op)
{
	if (op->kind == OP_MAP)
		return op->why == WHY_ANON;
	return op->kind == OP_USE && !op->mm;	/* read(2) */
}

struct course *courses_find(const struct courses *courses, const char *container)
{
	for (size_t i = 0; i < courses->nr; i++)
		if (!strcmp(courses->all[i]->container, container))
			return courses->all[i];
	return NULL;
}

struct course *courses_of(struct courses *courses, const char *container)
{
	struct course *course = courses_find(courses, container);

	if (course)
		return course;
	course = xcalloc(1, sizeof(*course));
	course->container = xstrdup(container);
	for (int figure = 0; figure < COURSE_NR; figure++)
		course->figures[figure] = course->assumed[figure] = COURSE_NONE;
	xgrow(&courses->all, courses->nr, &courses->capacity, sizeof(*courses->all));
	courses->all[courses->nr++] = course;
	return course;
}

void courses_release(struct courses *courses)
{
	for (size_t i = 0; i < courses->nr; i++) {
		free(courses->all[i]->container);
		free(courses->all[i]);
	}
	free(courses->all);
}
