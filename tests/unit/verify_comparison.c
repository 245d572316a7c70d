// SPDX-License-Identifier: GPL-2.0-or-later
/* A prediction beside runs, and what is held over time. */
#include "verify/comparison.h"

#include "tests/unit/test.h"

#include <math.h>
#include <stdlib.h>

static void a_step_holds_its_last_value(void **state)
{
	struct stairs *stairs = malloc(sizeof(*stairs));

	(void)state;
	/* 4,096 steps of 11 ns. */
	stairs_init(stairs, 1000, 1000 + 4096 * 10);
	assert_int_equal(stairs_at(stairs, 1000), 0);
	stairs_set(stairs, 1001, 5);
	stairs_set(stairs, 1010, 7);
	stairs_set(stairs, 1011, 3);
	stairs_set(stairs, 1100, 9);
	stairs_set(stairs, 1101, 2);
	assert_int_equal(stairs_at(stairs, 0), 7);
	assert_int_equal(stairs_at(stairs, 1010), 7);
	assert_int_equal(stairs_at(stairs, 1015), 3);
	assert_int_equal(stairs_at(stairs, 1090), 3);
	assert_int_equal(stairs_at(stairs, 1100), 2);
	assert_int_equal(stairs_at(stairs, UINT64_MAX), 2);
	assert_int_equal(stairs->peak, 9);
	/* Behind the end all is one step. */
	stairs_set(stairs, UINT64_MAX, 4);
	assert_int_equal(stairs_at(stairs, UINT64_MAX), 4);
	free(stairs);
}

static void what_is_judged_is_the_spread(void **state)
{
	static const struct {
		struct compared compared;
		int64_t off;
		double percent;
		enum grade grade;	/* at 5 % */
	} cases[] = {
		{ { 100, COURSE_NONE, 100, "", 90, 110, 3, false }, 0, 0, GRADE_EXACT },
		{ { 92, COURSE_NONE, 100, "", 90, 110, 3, false }, 0, 0, GRADE_WITHIN },
		{ { 115, COURSE_NONE, 100, "", 90, 110, 3, false }, 5, 500.0 / 110, GRADE_WITHIN },
		{ { 85, COURSE_NONE, 100, "", 90, 110, 3, false }, -5, -500.0 / 90, GRADE_PAST },
		{ { 0, 100, 100, "", 100, 100, 1, true }, 0, 0, GRADE_EXACT },
		{ { 0, 100, 100, "", 100, 100, 1, false }, -100, -100, GRADE_PAST },
		{ { 0, COURSE_NONE, 0, "", 0, 0, 1, false }, 0, 0, GRADE_EXACT },
		{ { 1, COURSE_NONE, 0, "", 0, 0, 1, false }, 1, INFINITY, GRADE_PAST },
		{ { COURSE_NONE, COURSE_NONE, 7, "", 7, 7, 1, false }, 0, 0, GRADE_NONE },
		{ { 7, COURSE_NONE, COURSE_NONE, NULL, 0, 0, 0, false }, 0, 0, GRADE_NONE },
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		double percent = compared_percent(&cases[i].compared);

		assert_int_equal(compared_off(&cases[i].compared), cases[i].off);
		assert_true(isinf(cases[i].percent) ? isinf(percent) : fabs(percent - cases[i].percent) < 1e-9);
		assert_int_equal(compared_grade(&cases[i].compared, 5), cases[i].grade);
	}
}

static void runs_make_the_spread(void **state)
{
	struct courses predicted = { 0 }, runs[3] = { 0 };
	const struct course *list[3];
	struct comparison comparison;

	(void)state;
	courses_of(&predicted, "db")->figures[COURSE_FAILURES] = 10;
	courses_of(&predicted, "db")->assumed[COURSE_REFAULTED] = 40;
	courses_of(&predicted, "db")->figures[COURSE_REFAULTED] = 20;
	courses_of(&predicted, "db")->evidence = 0.5;
	for (int i = 0; i < 3; i++)
		list[i] = courses_of(&runs[i], "db");
	courses_of(&runs[0], "db")->figures[COURSE_FAILURES] = 12;
	courses_of(&runs[1], "db")->figures[COURSE_FAILURES] = 9;
	courses_of(&runs[2], "db")->figures[COURSE_REFAULTED] = 40;
	comparison_make(&comparison, courses_find(&predicted, "db"), list, 3);
	assert_int_equal(comparison.figures[COURSE_FAILURES].nr_runs, 2);
	assert_int_equal(comparison.figures[COURSE_FAILURES].least, 9);
	assert_int_equal(comparison.figures[COURSE_FAILURES].most, 12);
	assert_int_equal(comparison.figures[COURSE_FAILURES].measured, 12);
	assert_int_equal(comparison.figures[COURSE_REFAULTED].measured, COURSE_NONE);
	assert_true(comparison.figures[COURSE_REFAULTED].is_assumed);
	assert_int_equal(compared_off(&comparison.figures[COURSE_REFAULTED]), 0);
	assert_false(comparison.has_moments);
	assert_null(courses_find(&predicted, "web"));
	courses_release(&predicted);
	for (int i = 0; i < 3; i++)
		courses_release(&runs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_holds_its_last_value),
		cmocka_unit_test(what_is_judged_is_the_spread),
		cmocka_unit_test(runs_make_the_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
