// SPDX-License-Identifier: GPL-2.0-or-later
/* Two stairs, worked out by hand. */
#include "verify/gauge.h"

#include "tests/unit/test.h"

#include <math.h>

#define MS UINT64_C(1000000)

static void the_error_is_the_area_between(void **state)
{
	struct gauge gauge = { 0 };

	(void)state;
	/* Counted 100 for 10 ms, then 200 for 30 ms; replayed 100, 190 and for the last 10 ms 200. */
	gauge_set(&gauge, 0, 100, 100);
	gauge_set(&gauge, 10 * MS, 190, 200);
	gauge_set(&gauge, 30 * MS, 200, 200);
	gauge_set(&gauge, 40 * MS, 200, 200);
	gauge_finish(&gauge);
	assert_float_equal(gauge_mean(&gauge), (100.0 * 10 + 200 * 30) / 40, 1e-9);
	assert_float_equal(gauge_error(&gauge), 10.0 * 20 / 40, 1e-9);
	assert_float_equal(gauge_percent(&gauge, gauge_error(&gauge)), 100.0 * 200 / 7000, 1e-9);
	/* For the first millisecond the kernel had 100 a moment ago and 200 now: 190 lies between. */
	assert_float_equal(gauge_lasting(&gauge), 10.0 * 19 / 40, 1e-9);
	assert_int_equal(gauge.worst, 10);
	assert_int_equal(gauge.replayed.peak, 200);
	gauge_release(&gauge);
}

static void a_walk_leaves_nothing_lasting(void **state)
{
	struct gauge gauge = { 0 };

	(void)state;
	/* 512 pages go one by one, a microsecond each; the replay hears of it when they are gone. */
	gauge_set(&gauge, 0, 512, 512);
	for (int64_t i = 1; i <= 512; i++)
		gauge_set(&gauge, MS + (uint64_t)i * 1000, 512, 512 - i);
	gauge_set(&gauge, MS + 513000, 0, 0);
	gauge_set(&gauge, 10 * MS, 0, 0);
	gauge_finish(&gauge);
	/* 1 + 2 + ... + 512 page-microseconds, the last of them 1 us long. */
	assert_float_equal(gauge_error(&gauge) * 10e6, 512.0 * 513 / 2 * 1000, 1e-3);
	assert_float_equal(gauge_lasting(&gauge), 0, 1e-9);
	assert_int_equal(gauge.worst, 512);
	gauge_release(&gauge);
}

static void a_walk_whose_begin_is_known_has_no_error(void **state)
{
	struct gauge gauge = { 0 };

	(void)state;
	/* As above, but the replay is told 513 us later that it began at 1 ms: half of a page is off on average. */
	gauge_set(&gauge, 0, 512, 512);
	for (int64_t i = 1; i <= 512; i++)
		gauge_set(&gauge, MS + (uint64_t)i * 1000, 512, 512 - i);
	gauge_ramp(&gauge, MS, MS + 513000, 0, 0);
	gauge_set(&gauge, 10 * MS, 0, 0);
	gauge_finish(&gauge);
	/* After i us 512 i / 513 pages are gone for the replay, i for the kernel: i / 513 of a page, 256.5 / 513 in the mean. */
	assert_float_equal(gauge_error(&gauge) * 10e6, 512 * 513 / 2 / 513.0 * 1000, 1e-3);
	assert_int_equal(gauge.worst, 1);
	assert_int_equal(gauge.replayed.peak, 512);
	gauge_release(&gauge);
}

/* From before the window nothing is changed: 3 pages too many for 5 ms, all but the last of which has gone by. */
static void what_is_long_past_stays(void **state)
{
	struct gauge gauge = { 0 };

	(void)state;
	gauge_set(&gauge, 0, 10, 10);
	gauge_set(&gauge, 1 * MS, 10, 7);
	gauge_set(&gauge, 5 * MS, 10, 7);
	gauge_ramp(&gauge, MS, 6 * MS, 7, 7);
	gauge_finish(&gauge);
	/* Until 5 ms 3; from then on the ramp is at 4 / 5 of its 3 pages. */
	assert_float_equal(gauge_error(&gauge) * 6, 3.0 * 4 + 3.0 * (1 - 4 / 5.0) * 1, 1e-9);
	gauge_release(&gauge);
}

static void a_miss_lasts(void **state)
{
	struct gauge gauge = { 0 };

	(void)state;
	/* The kernel goes up by 3 at 5 ms and back at 7 ms; the replay never hears of it. */
	gauge_set(&gauge, 0, 7, 7);
	gauge_set(&gauge, 5 * MS, 7, 10);
	gauge_set(&gauge, 7 * MS, 7, 7);
	gauge_set(&gauge, 10 * MS, 7, 7);
	gauge_finish(&gauge);
	assert_float_equal(gauge_error(&gauge) * 10, 3.0 * 2, 1e-9);
	assert_float_equal(gauge_lasting(&gauge) * 10, 3.0 * 1, 1e-9);
	gauge_release(&gauge);
}

static void time_that_stands_still_has_no_error(void **state)
{
	struct gauge gauge = { 0 };

	(void)state;
	gauge_set(&gauge, 5, 1, 2);
	gauge_set(&gauge, 3, 4, 2);	/* back in time: taken as 5 */
	assert_float_equal(gauge_error(&gauge), 0, 0);
	assert_float_equal(gauge_mean(&gauge), 0, 0);
	gauge_set(&gauge, 15, 4, 2);
	gauge_finish(&gauge);
	assert_float_equal(gauge_error(&gauge), 2, 0);
	gauge_release(&gauge);
}

static void of_nothing_there_is_no_share(void **state)
{
	struct gauge gauge = { 0 };

	(void)state;
	gauge_set(&gauge, 0, 0, 0);
	gauge_set(&gauge, 10, 1, 0);
	assert_float_equal(gauge_percent(&gauge, gauge_error(&gauge)), 0, 0);
	gauge_set(&gauge, 20, 1, 0);
	gauge_finish(&gauge);
	assert_true(isinf(gauge_percent(&gauge, gauge_error(&gauge))));
	gauge_release(&gauge);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_error_is_the_area_between),
		cmocka_unit_test(a_walk_leaves_nothing_lasting),
		cmocka_unit_test(a_walk_whose_begin_is_known_has_no_error),
		cmocka_unit_test(what_is_long_past_stays),
		cmocka_unit_test(a_miss_lasts),
		cmocka_unit_test(time_that_stands_still_has_no_error),
		cmocka_unit_test(of_nothing_there_is_no_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
