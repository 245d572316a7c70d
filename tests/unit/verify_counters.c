// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel's numbers mean, what is summed up of them, and what pages are counted as. */
#include "verify/kernel_counters.h"
#include "verify/tally.h"

#include "accounting/mem_op.h"
#include "tests/unit/test.h"

static void numbers_go_by_release(void **state)
{
	static const struct { const char *uname; uint32_t minor, nr_reclaimers; } cases[] = {
		{ "Linux web01 6.18.44-cloud x86_64", 16, 4 },
		{ "6.14.0", 13, 3 },
		{ "Linux (none) 6.15.2 x86_64", 13, 3 },
		{ "6.16", 16, 4 },
		{ "Linux 10 7.1.0-rc1 riscv64", 0, 0 },
		{ "", 16, 4 },
		{ "something else", 16, 4 },
		{ "4.19.1", 13, 3 },	/* has no such events: the nearest */
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		assert_int_equal(kernel_items_of(cases[i].uname)->minor, cases[i].minor);
		assert_int_equal(kernel_items_of(cases[i].uname)->nr_reclaimers, cases[i].nr_reclaimers);
	}
}

/*
 * /proc/vmstat of a 6.18 with five zones, counted by hand from nr 0, pgpgin: pgpgin 0, pgpgout 1, pswpin 2, pswpout 3,
 * pgalloc_* 4-8, allocstall_* 9-13, pgskip_* 14-18, pgfree 19, pgactivate, pgdeactivate, pglazyfree, pgfault 23,
 * pgmajfault, pglazyfreed, pgrefill, pgreuse, pgsteal_kswapd 28 to pgsteal_proactive 31, pgscan_kswapd 32 to 35.
 */
static void events_stand_behind_lists_of_zones(void **state)
{
	const struct kernel_items *items = kernel_items_of("6.18");

	(void)state;
	assert_int_equal(vm_event_of(items, 2, 5), VM_SWAP_IN);
	assert_int_equal(vm_event_of(items, 3, 5), VM_SWAP_OUT);
	assert_int_equal(vm_event_of(items, 23, 5), VM_FAULT);
	assert_int_equal(vm_event_of(items, 27, 5), VM_OTHER);
	assert_int_equal(vm_event_of(items, 28, 5), VM_STEAL);
	assert_int_equal(vm_event_of(items, 31, 5), VM_STEAL);
	assert_int_equal(vm_event_of(items, 32, 5), VM_SCAN);
	assert_int_equal(vm_event_of(items, 35, 5), VM_SCAN);
	assert_int_equal(vm_event_of(items, 36, 5), VM_OTHER);
	assert_int_equal(vm_event_of(items, 20, 4), VM_FAULT);
}

static struct mm_event counted(enum mm_kind kind, uint64_t id, uint32_t item, int64_t value)
{
	return (struct mm_event){ .kind = (uint8_t)kind, .memcg = { .id = id, .item = item, .value = value } };
}

static void changes_are_summed_up(void **state)
{
	const struct kernel_items *items = kernel_items_of("6.18");
	const struct mm_event events[] = {
		counted(MM_MEMCG_STATE, 7, 17, 3), counted(MM_MEMCG_STATE, 7, 17, -5), counted(MM_MEMCG_STATE, 7, 17, 4),
		counted(MM_MEMCG_STATE, 8, 17, 100), counted(MM_MEMCG_STATE, 7, 0, 2), counted(MM_MEMCG_STATE, 7, 4, 1),
		counted(MM_MEMCG_STATE, 7, 5, 50), counted(MM_MEMCG_COUNT, 7, 23, 10), counted(MM_MEMCG_COUNT, 7, 29, 6),
		counted(MM_MEMCG_COUNT, 7, 28, 1), counted(MM_MEMCG_STATE, 7, 4000000000, 9),
		counted(MM_MEMCG_COUNT, 7, 4000000000, 9),
	};
	struct kernel_counters counters = { 0 };
	const struct kernel_group *group;

	(void)state;
	for (size_t i = 0; i < NR_OF(events); i++)
		kernel_counters_event(&counters, &events[i]);
	group = kernel_counters_of(&counters, 7);
	assert_int_equal(group->state[17].now, 2);
	assert_int_equal(group->state[17].least, -2);
	assert_int_equal(kernel_group_listed(group), 3);
	assert_int_equal(kernel_group_events(group, items, VM_STEAL, 5), 7);
	assert_int_equal(kernel_counters_of(&counters, 8)->state[17].now, 100);
	assert_null(kernel_counters_of(&counters, 9));
	/* 10 faults counted as item 23, where five zones have it. */
	assert_int_equal(vm_zones_guess(group, items, 12), 5);
	assert_int_equal(vm_zones_guess(group, items, 100), 0);
	assert_int_equal(vm_zones_guess(group, items, 0), 0);
	kernel_counters_release(&counters);
}

static void a_page_is_counted_once_a_kind(void **state)
{
	static const struct {
		uint32_t page;
		struct watched_page view;
		size_t nr;
		int64_t first[FIGURE_NR], second[FIGURE_NR];	/* of containers 1 and 2 then */
	} steps[] = {
		{ 5, { 1, 1, PAGE_ANON }, 1, { 1, 0, 0 }, { 0, 0, 0 } },
		{ 5, { 1, 2, PAGE_ANON }, 0, { 1, 0, 0 }, { 0, 0, 0 } },
		{ 5, { 2, 1, PAGE_ANON }, 2, { 0, 0, 0 }, { 1, 0, 0 } },
		{ 5, { 2, 0, PAGE_ANON }, 1, { 0, 0, 0 }, { 0, 0, 0 } },	/* in the swap cache: neither */
		{ 9000, { 1, 0, PAGE_FILE }, 1, { 0, 1, 0 }, { 0, 0, 0 } },
		{ 9000, { 1, 1, PAGE_FILE }, 1, { 0, 1, 1 }, { 0, 0, 0 } },
		{ 6, { 1, 3, PAGE_SHMEM }, 1, { 0, 2, 2 }, { 0, 0, 0 } },
		{ 9000, { -1, 1, PAGE_FILE }, 1, { 0, 1, 1 }, { 0, 0, 0 } },	/* nobody pays: not counted */
		{ 6, { -1, 0, PAGE_SHMEM }, 1, { 0, 0, 0 }, { 0, 0, 0 } },
		{ 6, { -1, 0, PAGE_SHMEM }, 0, { 0, 0, 0 }, { 0, 0, 0 } },
	};
	struct tally tally = { 0 };
	uint32_t changed[2];

	(void)state;
	for (size_t i = 0; i < NR_OF(steps); i++) {
		assert_int_equal(tally_page(&tally, steps[i].page, &steps[i].view, changed), steps[i].nr);
		for (enum figure figure = 0; figure < FIGURE_NR; figure++) {
			assert_int_equal(tally_of(&tally, 1)->pages[figure], steps[i].first[figure]);
			assert_int_equal(tally_of(&tally, 2)->pages[figure], steps[i].second[figure]);
		}
	}
	tally_release(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_go_by_release),
		cmocka_unit_test(events_stand_behind_lists_of_zones),
		cmocka_unit_test(changes_are_summed_up),
		cmocka_unit_test(a_page_is_counted_once_a_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
