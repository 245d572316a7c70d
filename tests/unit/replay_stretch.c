// SPDX-License-Identifier: GPL-2.0-or-later
/* The busiest stretch against every stretch, added up one by one. */
#include "replay/stretch.h"

#include "tests/unit/test.h"

#define NR_STEPS 1500

/* The same numbers on every machine. */
static uint32_t next_number(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

static uint64_t sum(const uint64_t *steps, size_t first, size_t nr)
{
	uint64_t total = 0;

	for (size_t i = first; i < first + nr; i++)
		total += steps[i];
	return total;
}

/* No stretch of so many steps exceeds it, and it is no more than four of the largest. */
static void check(const struct stretch *stretch, const uint64_t *steps, size_t nr_steps, uint64_t nr)
{
	uint64_t most = stretch_most(stretch, (nr - 2) * STRETCH_EVENTS), largest = 0;

	for (size_t first = 0; first + nr <= nr_steps; first++)
		largest = sum(steps, first, nr) > largest ? sum(steps, first, nr) : largest;
	assert_true(most >= largest);
	assert_true(most <= 4 * largest);
}

static void busiest_of_any_length(void **state)
{
	struct stretch stretch;
	uint64_t steps[NR_STEPS], seed = 1;

	(void)state;
	stretch_init(&stretch, 0);
	for (size_t i = 0; i < NR_STEPS; i++) {
		/* Quiet, with bursts. */
		steps[i] = next_number(&seed) % 50 ? next_number(&seed) % 3 : next_number(&seed) % 500;
		stretch_add(&stretch, steps[i], i * 1000 + 1000);
	}
	for (uint64_t nr = 2; nr < 400; nr++)
		check(&stretch, steps, NR_STEPS, nr);
	/* Of more than there were: two times all of it, and what is over. */
	assert_int_equal(stretch_most(&stretch, 2 * NR_STEPS * STRETCH_EVENTS), 3 * stretch.pages);
}

/* 64 events in 1,000 ns, but once in 100: 1,000 ns may hold 100 ns ten times, and its edges. */
static void events_in_a_time(void **state)
{
	struct stretch stretch;
	uint64_t now_ns = 5000;

	(void)state;
	stretch_init(&stretch, now_ns);
	stretch_add(&stretch, 0, now_ns += 1000);
	stretch_add(&stretch, 0, now_ns += 100);
	stretch_add(&stretch, 0, now_ns += 1000);
	stretch_add(&stretch, 0, now_ns += 1000);
	/* Blocks of one step took 100 ns or more, of two 1,100, of four 3,100; two more may be touched. */
	assert_int_equal(stretch_events(&stretch, 1000), 2 * 128);
	assert_int_equal(stretch_events(&stretch, 0), 2 * 64);
	assert_int_equal(stretch_events(&stretch, 31000), 12 * 256);
}

/* Nothing was recorded yet. */
static void nothing(void **state)
{
	struct stretch stretch;

	(void)state;
	stretch_init(&stretch, 0);
	assert_int_equal(stretch_most(&stretch, 1000), 0);
	assert_int_equal(stretch_events(&stretch, 1000), STRETCH_EVENTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busiest_of_any_length),
		cmocka_unit_test(events_in_a_time),
		cmocka_unit_test(nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
