// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples, each by itself: which are right at their time, which a little earlier or later. */
#include "verify/samples.h"

#include "tests/unit/test.h"

#define MS UINT64_C(1000000)

/* The replay goes from 0 to 1,000 pages at 10 ms, to 3,000 at 20 ms, to 0 at 30 ms. */
static void assert_samples(uint64_t ns, int64_t counted, int right, int soon)
{
	static const struct samples_past steps[] = { { 10 * MS, 1000 }, { 20 * MS, 3000 }, { 30 * MS, 0 } };
	struct samples samples = { 0 };
	int64_t pages = 0;
	size_t i = 0;

	for (; i < 3 && steps[i].ns <= ns; i++)
		samples_change(&samples, steps[i].ns, pages = steps[i].pages);
	samples_take(&samples, ns, pages, counted);
	for (; i < 3; i++)
		samples_change(&samples, steps[i].ns, steps[i].pages);
	samples_finish(&samples);
	assert_int_equal(samples.nr, 1);
	assert_int_equal(samples.nr_right, right);
	assert_int_equal(samples.nr_soon, soon);
	samples_release(&samples);
}

/* 64 pages, or 1 % of more than 6,400; of 3,000 it is 64. */
static void room(void **state)
{
	(void)state;
	assert_samples(25 * MS, 3064, 1, 1);
	assert_samples(25 * MS, 2936, 1, 1);
	assert_samples(25 * MS, 3065, 0, 0);
	assert_samples(25 * MS, 2935, 0, 0);
	assert_samples(5 * MS, 64, 1, 1);
	assert_samples(5 * MS, 65, 0, 0);
}

/* 1 ms before 3,000 are there, after, and further away than 2 ms. */
static void lag(void **state)
{
	(void)state;
	assert_samples(19 * MS, 3000, 0, 1);
	assert_samples(17 * MS, 3000, 0, 0);
	assert_samples(22 * MS, 1000, 0, 1);
	assert_samples(22 * MS + 1, 1000, 0, 0);
	/* Any value between is one that a task which ends may have had. */
	assert_samples(29 * MS, 1500, 0, 1);
	/* Before the first change there was nothing. */
	assert_samples(11 * MS, 0, 0, 1);
}

/*
 * The replay rises by 100 every 0.1 ms, i times so far. A sample every ms: 0 until 3 ms, then in turn what was
 * there 5 and 30 steps ago.
 */
static int64_t counted_at(int64_t i)
{
	return i < 30 ? 0 : (i - (i % 20 == 9 ? 5 : 30)) * 100;
}

static void several(void **state)
{
	struct samples samples = { 0 };

	(void)state;
	for (int64_t i = 0; i < 1000; i++) {
		samples_change(&samples, (uint64_t)i * MS / 10, i * 100);
		if (i % 10 == 9)
			samples_take(&samples, (uint64_t)i * MS / 10, i * 100, counted_at(i));
	}
	samples_finish(&samples);
	assert_int_equal(samples.nr, 100);
	/* 500 pages are 1 % from 50,000 on: i = 509, 529 ... 989. */
	assert_int_equal(samples.nr_right, 25);
	/*
	 * 0 at 9 and 19; 5 steps ago, 49, 69 ... 989, 48 of them; 30 steps ago are 900 pages below what held 2 ms ago
	 * (21 steps), 1 % from 90,000 on: 939, 959, 979, 999.
	 */
	assert_int_equal(samples.nr_soon, 2 + 48 + 4);
	samples_release(&samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room),
		cmocka_unit_test(lag),
		cmocka_unit_test(several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
