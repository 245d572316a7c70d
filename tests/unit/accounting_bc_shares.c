// SPDX-License-Identifier: GPL-2.0-or-later
/* Beancounters that count resident pages in shares (bc.rss): T14, the BC columns of models.md 5, D25. */
#include "tests/unit/bc_bench.h"
#include "tests/unit/test.h"

/*
 * T14  Page 1 shared by c1, c2, c3.  c1 alone: 1.  +c2: 1/2, 1/2.  +c3: the head c1
 *      halves and goes behind c2: c2 1/2, c1 1/4, c3 1/4.  c2 leaves: tail c3 doubles,
 *      then c1: 1/2 each.  Seen by weight: four pages alike make whole pages.
 */
static void t14_shares(void **state)
{
	(void)state;
	bench_begin(bench_chosen(SWITCH_BC_RSS, SWITCH_ON));
	bench_new_mm(5, 3);
#define assert_shares(c1, c2, c3) do { \
	assert_int_equal(bench_held(1), c1); \
	assert_int_equal(bench_held(2), c2); \
	assert_int_equal(bench_held(3), c3); \
	bench_assert_whole(); \
} while (0)
	for (uint32_t page = 1; page <= 4; page++)
		bench_touch(A, page, TEXT, WHY_FILE, PAGE_FILE);
	assert_shares(4, 0, 0);
	for (uint32_t page = 1; page <= 4; page++)
		bench_touch(B, page, TEXT, WHY_FILE, PAGE_FILE);
	assert_shares(2, 2, 0);
	bench_touch(C, 1, TEXT, WHY_FILE, PAGE_FILE);		/* c1 again: no new share */
	assert_shares(2, 2, 0);
	for (uint32_t page = 1; page <= 4; page++)
		bench_touch(5, page, TEXT, WHY_FILE, PAGE_FILE);
	assert_shares(1, 2, 1);
	bench_leave(A, 1, TEXT, WHY_ZAP, PAGE_FILE);		/* C still maps page 1 */
	assert_shares(1, 2, 1);
	for (uint32_t page = 1; page <= 4; page++)
		bench_leave(B, page, TEXT, WHY_ZAP, PAGE_FILE);
	assert_shares(2, 0, 2);
	bench_leave(C, 1, TEXT, WHY_ZAP, PAGE_FILE);
	for (uint32_t page = 2; page <= 4; page++)
		bench_leave(A, page, TEXT, WHY_ZAP, PAGE_FILE);
	assert_shares(0, 0, 4);
	/* A page that ends while mapped gives its shares back. */
	bench_apply((struct mem_op){ .kind = OP_PAGE_GONE, .mm = A, .page = 4 });
	record_clear(&bench_rows, 4);
	assert_shares(0, 0, 3);
	bench_end();
}

/*
 * Removing a share of the largest number: c1, c2, c3 as in T14, c1 (1/4) leaves: the
 * tail c3 doubles to 1/2, once.  A fourth first: list c2 1/2, c1, c3 1/4 + c4: c2
 * halves: c1, c3, c2, c4 1/4 each.
 */
static void shares_of_four(void **state)
{
	(void)state;
	bench_begin(bench_chosen(SWITCH_BC_RSS, SWITCH_ON));
	bench_new_mm(5, 3);
	bench_new_mm(6, 4);
	for (uint32_t page = 1; page <= 4; page++) {
		bench_touch(A, page, TEXT, WHY_FILE, PAGE_FILE);
		bench_touch(B, page, TEXT, WHY_FILE, PAGE_FILE);
		bench_touch(5, page, TEXT, WHY_FILE, PAGE_FILE);
		bench_touch(6, page, TEXT, WHY_FILE, PAGE_FILE);
	}
	assert_shares(1, 1, 1);
	assert_int_equal(bench_held(4), 1);
	/* c4 leaves: tail c2 doubles. */
	for (uint32_t page = 1; page <= 4; page++)
		bench_leave(6, page, TEXT, WHY_ZAP, PAGE_FILE);
	assert_shares(1, 2, 1);
	/* Then c1: the list is c2 1/2, c1, c3: the tail c3 doubles. */
	for (uint32_t page = 1; page <= 4; page++)
		bench_leave(A, page, TEXT, WHY_ZAP, PAGE_FILE);
	assert_shares(0, 2, 2);
	bench_end();
}

/*
 * Section 5, column by column.  `s` seed only, `r` bc.rss=on.
 *
 *	A mmaps 100 private, touches 10:	s c1 100	r 90 unused + 10 = 100
 *	A reads a file:				nothing
 *	A maps 20 of a file, B the same:	s nothing	r c1 110, c2 10
 *	A exits:				s c1 0		r c1 0, c2 20
 */
static void section_5_sharing(void **state)
{
	(void)state;
	for (uint8_t rss = SWITCH_OFF; rss <= SWITCH_ON; rss++) {
		bench_begin(bench_chosen(SWITCH_BC_RSS, rss));
		bench_map(A, VMA_MMAP, PRIVATE, 100);
		for (uint32_t page = 1; page <= 10; page++)
			bench_touch(A, page, PRIVATE, WHY_ANON, PAGE_ANON);
		assert_int_equal(bench_held(1), 100);
		bench_apply((struct mem_op){ .kind = OP_CACHE_ADD, .mm = A, .page = 11 });
		assert_int_equal(bench_held(1), 100);
		bench_map(A, VMA_MMAP, TEXT, 20);
		bench_map(B, VMA_MMAP, TEXT, 20);
		for (uint32_t page = 11; page <= 30; page++)
			bench_touch(A, page, TEXT, WHY_FILE, PAGE_FILE);
		assert_int_equal(bench_held(1), rss ? 120 : 100);
		for (uint32_t page = 11; page <= 30; page++)
			bench_touch(B, page, TEXT, WHY_FILE, PAGE_FILE);
		assert_int_equal(bench_held(1), rss ? 110 : 100);
		assert_int_equal(bench_held(2), rss ? 10 : 0);
		bench_assert_whole();
		for (uint32_t page = 1; page <= 30; page++)
			bench_leave(A, page, page <= 10 ? PRIVATE : TEXT, WHY_EXIT, page <= 10 ? PAGE_ANON : PAGE_FILE);
		bench_gone(A);
		assert_int_equal(bench_held(1), 0);
		assert_int_equal(bench_held(2), rss ? 20 : 0);
		assert_int_equal(bench_counters(1, PRIVVM)->maxheld, rss ? 120 : 100);
		bench_end();
	}
}

/*
 * A (c1) has 10 private pages, all touched: 10.  It forks D and D moves to c2: its
 * reservation is c1's: s 20; r: D's entries are resident too, and c1 has one share of
 * each page: unused 0, 10 shares = 10.  D writes page 1: the entry leaves, unused
 * 1, the copy enters, unused 0, shares 11: r 11, s 20, c2 0.  A exits: s 10; r A's
 * page 1 goes, the other 9 are D's: 10.  D writes page 2: reuse, nothing.
 *
 * Swapped out (page 2): unused 1, shares 9: 10.  Back: 10.
 */
static void section_5_fork_and_swap(void **state)
{
	enum { D = 5 };

	(void)state;
	for (uint8_t rss = SWITCH_OFF; rss <= SWITCH_ON; rss++) {
		bench_begin(bench_chosen(SWITCH_BC_RSS, rss));
		bench_map(A, VMA_MMAP, PRIVATE, 10);
		for (uint32_t page = 1; page <= 10; page++)
			bench_touch(A, page, PRIVATE, WHY_ANON, PAGE_ANON);
		bench_new_mm(D, 1);
		assert_int_equal(bench_map(D, VMA_FORK, PRIVATE, 10), DONE);
		assert_int_equal(bench_held(1), 20);
		for (uint32_t page = 1; page <= 10; page++)
			bench_touch(D, page, PRIVATE, WHY_FORK, PAGE_ANON);
		assert_int_equal(bench_held(1), rss ? 10 : 20);
		bench_apply((struct mem_op){ .kind = OP_MM_MOVE, .mm = D, .container = 2 });
		bench_leave(D, 1, PRIVATE, WHY_COPY, PAGE_ANON);
		bench_touch(D, 11, PRIVATE, WHY_COPY, PAGE_ANON);
		assert_int_equal(bench_held(1), rss ? 11 : 20);
		assert_int_equal(bench_held(2), 0);
		for (uint32_t page = 1; page <= 10; page++)
			bench_leave(A, page, PRIVATE, WHY_EXIT, PAGE_ANON);
		bench_gone(A);
		assert_int_equal(bench_held(1), 10);
		bench_leave(D, 2, PRIVATE, WHY_RECLAIM, PAGE_ANON);
		assert_int_equal(bench_held(1), 10);
		bench_touch(D, 2, PRIVATE, WHY_SWAP_IN, PAGE_ANON);
		assert_int_equal(bench_held(1), 10);
		bench_assert_whole();
		for (uint32_t page = 2; page <= 11; page++)
			bench_leave(D, page, PRIVATE, WHY_EXIT, PAGE_ANON);
		assert_int_equal(bench_held(1), 10);
		bench_gone(D);
		assert_int_equal(bench_held(1), 0);
		bench_end();
	}
}

/*
 * Children in another container share by halves: A (c1) 4 pages, child of c2.  Before:
 * c1 4.  VMA: c2 4 unused.  Entries: unused 0, halves: c1 2, c2 2.
 * Shared memory (shmem) has no shares: a writable private mapping of it only takes
 * from unused.
 */
static void shares_by_fork_and_shmem(void **state)
{
	(void)state;
	bench_begin(bench_chosen(SWITCH_BC_RSS, SWITCH_ON));
	bench_map(A, VMA_MMAP, PRIVATE, 4);
	for (uint32_t page = 1; page <= 4; page++)
		bench_touch(A, page, PRIVATE, WHY_ANON, PAGE_ANON);
	bench_map(B, VMA_FORK, PRIVATE, 4);
	assert_int_equal(bench_held(2), 4);
	for (uint32_t page = 1; page <= 4; page++)
		bench_touch(B, page, PRIVATE, WHY_FORK, PAGE_ANON);
	assert_int_equal(bench_held(1), 2);
	assert_int_equal(bench_held(2), 2);
	bench_map(C, VMA_MMAP, PRIVATE | VMA_FILE, 1);
	assert_int_equal(bench_held(1), 3);
	bench_touch(C, 9, PRIVATE | VMA_FILE, WHY_FILE, PAGE_SHMEM);
	assert_int_equal(bench_held(1), 2);
	bench_leave(C, 9, PRIVATE | VMA_FILE, WHY_ZAP, PAGE_SHMEM);
	assert_int_equal(bench_held(1), 3);
	bench_end();
}

/*
 * 3.4: mprotect counts what is not resident.  10 private, 4 touched: 6 + 4.  To
 * read-only: the 6 go, the 4 stay as shares: 4.  Back at barrier 9: 4+6 > 9 refused;
 * at 10: 10.  Without bc.rss the same is 10, 0, 10.
 */
static void mprotect_resident(void **state)
{
	(void)state;
	for (uint8_t rss = SWITCH_OFF; rss <= SWITCH_ON; rss++) {
		bench_begin(bench_chosen(SWITCH_BC_RSS, rss));
		bench_map(A, VMA_MMAP, PRIVATE, 10);
		for (uint32_t page = 1; page <= 4; page++)
			bench_touch(A, page, PRIVATE, WHY_ANON, PAGE_ANON);
		bench_change(A, PRIVATE, 0, 10, 4);
		assert_int_equal(bench_held(1), rss ? 4 : 0);
		bench_assert_whole();
		bench_limit(1, PRIVVM, 9, 9);
		assert_int_equal(bench_change(A, 0, PRIVATE, 10, 4), PRIVVM);
		bench_limit(1, PRIVVM, 10, 10);
		assert_int_equal(bench_change(A, 0, PRIVATE, 10, 4), DONE);
		assert_int_equal(bench_held(1), 10);
		for (uint32_t page = 1; page <= 4; page++)
			bench_leave(A, page, PRIVATE, WHY_ZAP, PAGE_ANON);
		assert_int_equal(bench_held(1), 10);
		bench_unmap(A, PRIVATE, 10);
		assert_int_equal(bench_held(1), 0);
		bench_end();
	}
}

/*
 * D25  A page of a file, mapped by A (c1) and B (c2), halves; four of them: 2, 2.
 *      Migrated, B first: intended B 4, then 2, 2.  Posted: both stay without a
 *      share: 0, 0, and unmapping takes nothing.  A private one of A goes back to
 *      unused: held 1 in both.  Without bc.rss nothing moves at all.
 */
static void d25_migration(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		struct rules rules = is_posted ? bench_posted(D25_MIGRATE_DELETES) : bench_intended();

		rules.chosen[SWITCH_BC_RSS] = SWITCH_ON;
		bench_begin(rules);
		bench_map(A, VMA_MMAP, PRIVATE, 1);
		bench_touch(A, 9, PRIVATE, WHY_ANON, PAGE_ANON);
		bench_leave(A, 9, PRIVATE, WHY_MIGRATE, PAGE_ANON);
		bench_touch(A, 9, PRIVATE, WHY_MIGRATE, PAGE_ANON);
		assert_int_equal(bench_held(1), 1);
		for (uint32_t page = 1; page <= 4; page++) {
			bench_touch(A, page, TEXT, WHY_FILE, PAGE_FILE);
			bench_touch(B, page, TEXT, WHY_FILE, PAGE_FILE);
			bench_leave(A, page, TEXT, WHY_MIGRATE, PAGE_FILE);
			bench_leave(B, page, TEXT, WHY_MIGRATE, PAGE_FILE);
			bench_touch(B, page, TEXT, WHY_MIGRATE, PAGE_FILE);
			bench_touch(A, page, TEXT, WHY_MIGRATE, PAGE_FILE);
		}
		assert_int_equal(bench_held(1), is_posted ? 1 : 3);
		assert_int_equal(bench_held(2), is_posted ? 0 : 2);
		bench_assert_whole();
		for (uint32_t page = 1; page <= 4; page++) {
			bench_leave(A, page, TEXT, WHY_EXIT, PAGE_FILE);
			bench_leave(B, page, TEXT, WHY_EXIT, PAGE_FILE);
		}
		bench_leave(A, 9, PRIVATE, WHY_EXIT, PAGE_ANON);
		assert_int_equal(bench_held(1), 1);
		assert_int_equal(bench_held(2), 0);
		bench_gone(A);
		assert_int_equal(bench_held(1), 0);
		bench_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t14_shares),
		cmocka_unit_test(shares_of_four),
		cmocka_unit_test(section_5_sharing),
		cmocka_unit_test(section_5_fork_and_swap),
		cmocka_unit_test(shares_by_fork_and_shmem),
		cmocka_unit_test(mprotect_resident),
		cmocka_unit_test(d25_migration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
