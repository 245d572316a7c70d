// SPDX-License-Identifier: GPL-2.0-or-later
/* How much of each list is looked at, and what it costs: cgroup2.md 13, T3 to T6, T10, T11. */
#include "reclaim/scan_balance.h"

#include "tests/unit/test.h"

/*
 * T3: 24,400 inactive anonymous pages, all young, swappiness 60: what was looked at is
 * kept and so costs. A kernel asked for exactly these.
 */
static void anonymous_pages_only(void **state)
{
	static const uint64_t expected[] = { 1, 2, 4, 8, 17, 33 };
	struct scan_request request = { .size[LRU_INACTIVE_ANON] = 24400, .swappiness = 60, .priority = 12, .has_swap = true };
	uint64_t counts[LRU_NR];

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++, request.priority--) {
		scan_counts(&request, counts);
		assert_int_equal(counts[LRU_INACTIVE_ANON], expected[i]);
		request.cost[LRU_ANON] += counts[LRU_INACTIVE_ANON];
	}
	/* T4: at priority 0 all of it; without swap or with swappiness 0 nothing, whatever the priority. */
	request.priority = 0;
	scan_counts(&request, counts);
	assert_int_equal(counts[LRU_INACTIVE_ANON], 24400);
	request.has_swap = false;
	scan_counts(&request, counts);
	assert_int_equal(counts[LRU_INACTIVE_ANON], 0);
	request.has_swap = true;
	request.swappiness = 0;
	scan_counts(&request, counts);
	assert_int_equal(counts[LRU_INACTIVE_ANON], 0);
}

/* The first row that holds decides (4.2). */
static void balances(void **state)
{
	static const struct {
		struct scan_request request;
		enum scan_balance balance;
	} cases[] = {
		{ { .swappiness = 60, .priority = 5, .has_swap = true }, SCAN_FRACT },
		{ { .swappiness = 60, .priority = 5, .has_swap = true, .is_cache_trim = true }, SCAN_FILE_ONLY },
		{ { .swappiness = 60, .priority = 0, .has_swap = true, .is_cache_trim = true }, SCAN_EQUAL },
		{ { .swappiness = 0, .priority = 0, .has_swap = true }, SCAN_FILE_ONLY },
		{ { .swappiness = 60, .priority = 0 }, SCAN_FILE_ONLY },
		{ { .swappiness = 201, .priority = 0, .has_swap = true }, SCAN_ANON_ONLY },
		{ { .swappiness = 201, .priority = 5 }, SCAN_FILE_ONLY },
		{ { .swappiness = 200, .priority = 5, .has_swap = true }, SCAN_FRACT },
		/* Switched off: alike, but where there is no choice. */
		{ { .swappiness = 60, .priority = 5, .has_swap = true, .is_cache_trim = true, .ignores_cost = true }, SCAN_EQUAL },
		{ { .swappiness = 60, .priority = 5, .ignores_cost = true }, SCAN_FILE_ONLY },
	};
	struct scan_request request = { .size = { 4096, 4096, 4096, 4096 }, .swappiness = 200, .priority = 4, .has_swap = true };
	uint64_t counts[LRU_NR];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(scan_balance(&cases[i].request), cases[i].balance);
	/* Swappiness 200: nothing of files; 100 and no cost: half each. */
	scan_counts(&request, counts);
	assert_int_equal(counts[LRU_ACTIVE_ANON], 256);
	assert_int_equal(counts[LRU_INACTIVE_FILE], 0);
	request.swappiness = 100;
	scan_counts(&request, counts);
	assert_int_equal(counts[LRU_INACTIVE_ANON], 128);
	assert_int_equal(counts[LRU_ACTIVE_FILE], 128);
}

/* T6, with pages of 4 KiB: 4 GiB have ratio isqrt(40) = 6, less than one has 1. */
static void inactive_is_low(void **state)
{
	(void)state;
	assert_false(scan_inactive_is_low(100, 100, 12));
	assert_true(scan_inactive_is_low(100, 101, 12));
	assert_false(scan_inactive_is_low(150000, 900000, 12));
	assert_true(scan_inactive_is_low(150000, 900001, 12));
	assert_false(scan_inactive_is_low(130000, 129000, 12));
}

/* T11: one round looked at 32 of each and freed 40. */
static void enough_was_freed(void **state)
{
	const uint64_t targets[LRU_NR] = { [LRU_INACTIVE_ANON] = 100, [LRU_INACTIVE_FILE] = 400 };
	uint64_t left[LRU_NR] = { [LRU_INACTIVE_ANON] = 68, [LRU_INACTIVE_FILE] = 368 };

	(void)state;
	assert_true(scan_rebalance(targets, left));
	assert_int_equal(left[LRU_INACTIVE_ANON], 0);
	assert_int_equal(left[LRU_INACTIVE_FILE], 100);
	assert_false(scan_rebalance(targets, left));
}

/* T10: lists of 4,000 pages; 32 written: 1,024 > 1,000, so half. Then 32 kept: no more. */
static void costs(void **state)
{
	struct lruvecs lrus;
	struct records pages;

	(void)state;
	records_init(&pages, sizeof(struct folio_page));
	lruvecs_init(&lrus, &pages, 0);
	lruvec_of(&lrus, 1)->own.size[LRU_INACTIVE_ANON] = 4000;
	lruvec_cost(&lrus, 1, LRU_ANON, 32, 0);
	assert_int_equal(lrus.all[1].cost[LRU_ANON], 512);
	lruvec_cost(&lrus, 1, LRU_FILE, 0, 32);
	assert_int_equal(lrus.all[1].cost[LRU_ANON], 512);
	assert_int_equal(lrus.all[1].cost[LRU_FILE], 32);
	/* All that lies below a container counts for it. */
	lruvec_of(&lrus, 2)->own.size[LRU_INACTIVE_FILE] = 400;
	assert_true(lruvec_set_parent(&lrus, 2, 1));
	lruvecs_sum_up(&lrus);
	lruvec_cost(&lrus, 2, LRU_FILE, 0, 90);
	assert_int_equal(lrus.all[2].cost[LRU_FILE], 90);
	assert_int_equal(lrus.all[1].cost[LRU_FILE], 122);
	lruvecs_release(&lrus);
	records_release(&pages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anonymous_pages_only),
		cmocka_unit_test(balances),
		cmocka_unit_test(inactive_is_low),
		cmocka_unit_test(enough_was_freed),
		cmocka_unit_test(costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
