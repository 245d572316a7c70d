// SPDX-License-Identifier: GPL-2.0-or-later
/* What counters told of windows together: never more is made of it than is true. */
#include "rebuild/sums.h"

#include "tests/unit/test.h"

#include <string.h>

#define NR_WINDOWS 10

static uint32_t next_number(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

static const struct open_window a = { 1, 2, 16 }, b = { 2, 1, 16 }, c = { 3, 1, 5 };

static struct sum_bounds bound(const struct sums *sums, const struct open_window *windows, size_t nr)
{
	struct open_window copy[SUM_WINDOWS];
	struct sum_bounds bounds;

	memcpy(copy, windows, nr * sizeof(*windows));
	sums_bound(sums, copy, nr, &bounds);
	return bounds;
}

static void assert_bounds(const struct sums *sums, const struct open_window *windows, size_t nr, int low, int high)
{
	struct sum_bounds bounds = bound(sums, windows, nr);

	assert_int_equal(bounds.low, low);
	assert_int_equal(bounds.high, high);
}

static void nothing_is_told(void **state)
{
	const struct sums sums = { 0 };

	(void)state;
	assert_bounds(&sums, &a, 0, 0, 0);
	assert_bounds(&sums, (struct open_window[]){ a, c }, 2, 3, 21);
}

/* a and b are 29 together: 3 are missing, so neither is less than 13; with a, 14, b is 15, and c stays open. */
static void what_is_left_is_told(void **state)
{
	struct sums sums = { 0 };

	(void)state;
	sums_learn(&sums, (struct open_window[]){ a, b }, 2, 29);
	assert_bounds(&sums, (struct open_window[]){ b, a }, 2, 29, 29);
	assert_bounds(&sums, (struct open_window[]){ b }, 1, 13, 16);
	assert_bounds(&sums, (struct open_window[]){ c, b, a }, 3, 30, 34);
	sums_learn(&sums, (struct open_window[]){ a }, 1, 14);
	assert_bounds(&sums, (struct open_window[]){ b }, 1, 15, 15);
	assert_bounds(&sums, (struct open_window[]){ b, c }, 2, 16, 20);
	/* Told again, otherwise: the last counts. */
	sums_learn(&sums, (struct open_window[]){ a }, 1, 13);
	assert_bounds(&sums, (struct open_window[]){ a }, 1, 13, 13);
	assert_bounds(&sums, (struct open_window[]){ b }, 1, 16, 16);
	sums_release(&sums);
}

/* The part first, then the whole. */
static void part_is_told_first(void **state)
{
	struct sums sums = { 0 };

	(void)state;
	sums_learn(&sums, (struct open_window[]){ a }, 1, 14);
	sums_learn(&sums, (struct open_window[]){ a, b }, 2, 29);
	assert_bounds(&sums, (struct open_window[]){ b }, 1, 15, 15);
	sums_release(&sums);
}

/* Any windows: the bounds hold what is true, and what was told is told. */
static void bounds_hold(void **state)
{
	struct open_window windows[NR_WINDOWS], some[NR_WINDOWS];
	uint64_t seed = 1, nr_exact = 0;
	int64_t truth[NR_WINDOWS];

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct sums sums = { 0 };

		for (int i = 0; i < NR_WINDOWS; i++) {
			windows[i] = (struct open_window){ .id = i + 1, .low = 1, .high = 2 + next_number(&seed) % 15 };
			truth[i] = 1 + next_number(&seed) % windows[i].high;
		}
		for (int told = 0; told < 300; told++) {
			struct sum_bounds bounds;
			int64_t pages = 0;
			size_t nr = 0;

			for (int i = 0; i < NR_WINDOWS; i++) {
				if (next_number(&seed) % 2)
					continue;
				some[nr++] = windows[i];
				pages += truth[i];
			}
			bounds = bound(&sums, some, nr);
			assert_true(bounds.low <= pages && pages <= bounds.high);
			nr_exact += bounds.low == bounds.high;
			sums_bound(&sums, some, nr, &bounds);
			sums_learn(&sums, some, nr, pages);
			assert_bounds(&sums, some, nr, pages, pages);
		}
		sums_release(&sums);
	}
	assert_true(nr_exact > 20 * 100);	/* many are told before they are asked for */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told),
		cmocka_unit_test(what_is_left_is_told),
		cmocka_unit_test(part_is_told_first),
		cmocka_unit_test(bounds_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
