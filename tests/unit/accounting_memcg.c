// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MEMCG to the number: T16 to T18, its column of models.md 5, the corners of 4.6
 * and D29 to D35.  (T15 is the scanner's: reclaim_reclaim27.)
 *
 * Not here, because a serial replay has nothing to show: D30 leaks a reference to a
 * page that is charged to nobody; D31 needs two uncharges at once; D33 needs a page
 * that waits in a per-CPU batch to get on its list, and a replay has none; D35,
 * inserted pages are uncharged, is how it was meant, and they are no operations.
 */
#include "tests/unit/memcg_world.h"
#include "tests/unit/test.h"

#include <string.h>

enum { A, B, C };		/* mms: A of g1, B of g2 */
enum { P, Q, R };		/* pages */

static struct mw mw;

static void begin_with(uint8_t kernel, uint8_t lockless, uint64_t posted)
{
	struct mw_config config = {
		.machine = { .swappiness = 60, .nr_zones = 1, .swap_pages = UINT64_MAX },
	};

	rules_init(&config.rules, false);
	config.rules.chosen[SWITCH_MEMCG_KERNEL] = kernel;
	config.rules.chosen[SWITCH_MEMCG_LOCKLESS] = lockless;
	config.rules.posted = posted;
	mw_init(&mw, &config);
	mw_mm_new(&mw, A, 1);
	mw_mm_new(&mw, B, 2);
}

static void begin(void)
{
	begin_with(MEMCG_K27, SWITCH_ON, 0);
}

static void end(void)
{
	assert_string_equal(mw_check(&mw) ? mw_check(&mw) : "", "");
	mw_release(&mw);
}

#define assert_held(g1, g2) do { \
	assert_int_equal(mw_held(&mw, 1), g1); \
	assert_int_equal(mw_held(&mw, 2), g2); \
	assert_string_equal(mw_check(&mw) ? mw_check(&mw) : "", ""); \
} while (0)

static void map(uint32_t mm, uint32_t page, enum op_why why)
{
	assert_int_equal(mw_map(&mw, mm, page, why, why == WHY_ANON), MW_DONE);
}

static void read_pages(uint32_t mm, uint32_t first, uint32_t nr)
{
	for (uint32_t page = first; page < first + nr; page++) {
		mw_page_new(&mw, page, PAGE_FILE, 0);
		assert_int_equal(mw_read(&mw, mm, page), MW_DONE);
	}
}

/*
 * T16  g1 holds one mlocked anonymous page of A, limit 1.  C of g1 touches another:
 *     refused, reclaim frees nothing (active: loses young, later goes inactive, where
 *     unmapping fails), usage 1 is not below 1; five retries are spent, the sixth
 *     fruitless round kills A, the largest of g1, and returns -ENOMEM: C dies too.
 *     failcnt 6, six calls.  A's page is uncharged with A: 0.
 *     2.6.25 naps before each retry: five times.
 */
static void t16_six_rounds(void **state)
{
	(void)state;
	for (uint8_t kernel = MEMCG_K27; kernel <= MEMCG_K28; kernel++) {
		begin_with(kernel, SWITCH_ON, 0);
		mw_mm_new(&mw, C, 1);
		map(A, P, WHY_ANON);
		mw.pages[P].is_locked = true;
		assert_true(mw_limit(&mw, 1, 1));
		assert_int_equal(mw_map(&mw, C, Q, WHY_ANON, true), MW_OOM);
		assert_int_equal(mw_counters(&mw, 1)->failcnt, 6);
		assert_int_equal(mw_counters(&mw, 1)->transient, 1);
		assert_int_equal(mw.nr_calls, 6);
		assert_int_equal(mw.nr_victims, 1);
		assert_int_equal(mw.nr_current, 1);
		assert_int_equal(mw.nr_naps, kernel == MEMCG_K25 ? 5 : 0);
		assert_false(mw.is_alive[A] || mw.is_alive[C]);
		assert_held(0, 0);
		mw.pages[P].is_locked = false;
		end();
	}
}

/* The same refusal of a read(2): the victim dies, the reader gets -ENOMEM and lives. */
static void read_is_refused(void **state)
{
	(void)state;
	begin();
	mw_mm_new(&mw, C, 1);
	map(A, P, WHY_ANON);
	mw.pages[P].is_locked = true;
	assert_true(mw_limit(&mw, 1, 1));
	mw_page_new(&mw, Q, PAGE_FILE, 0);
	assert_int_equal(mw_read(&mw, C, Q), MW_OOM);
	assert_false(mw.is_alive[A]);
	assert_true(mw.is_alive[C]);
	assert_int_equal(mw.nr_current, 0);
	assert_false(mw.pages[Q].is_cached);
	end();
}

/*
 * T17  A(g1) reads P: 1,0.  B(g2) maps and unmaps it: 1,0 throughout (M6).  A ends:
 *     1,0, paid by a group where nobody uses it.  Truncated: 0,0.
 */
static void t17_cache_stays_with_its_reader(void **state)
{
	(void)state;
	begin();
	read_pages(A, P, 1);
	assert_held(1, 0);
	map(B, P, WHY_FILE);
	assert_held(1, 0);
	mw_unmap(&mw, B, P, WHY_ZAP);
	assert_held(1, 0);
	mw_exit(&mw, A);
	assert_held(1, 0);
	mw_truncate(&mw, P);
	assert_held(0, 0);
	assert_int_equal(mw_counters(&mw, 1)->maxheld, 1);
	assert_int_equal(mw_counters(&mw, 2)->transient, 0);
	end();
}

/*
 * T18  g1 has 20 anonymous pages: usage 20, rss 20, pgpgin 20.  Ten are unmapped on
 *     one CPU: usage 10, rss 20, pgpgout 0, undrained 10.  Five on another: usage 5,
 *     rss 20.  Five more on the first: usage 0, 15 queued there; the sixteenth, a page
 *     of B, drains all 16: rss of g1 is what the other CPU still has, 5.
 *     Without the lockless patch stat follows at once.
 */
static void t18_stat_lags(void **state)
{
	(void)state;
	begin();
	map(B, 20, WHY_ANON);
	for (uint32_t page = 0; page < 20; page++)
		map(A, page, WHY_ANON);
	for (uint32_t page = 0; page < 10; page++)
		mw_unmap(&mw, A, page, WHY_ZAP);
	assert_held(10, 1);
	assert_int_equal(mw_stat(&mw, 1).rss, 20);
	assert_int_equal(mw_stat(&mw, 1).undrained, 10);
	assert_int_equal(mw_stat(&mw, 1).pgpgin, 20);
	assert_int_equal(mw_stat(&mw, 1).pgpgout, 0);
	mw.cpu = 1;
	for (uint32_t page = 10; page < 15; page++)
		mw_unmap(&mw, A, page, WHY_ZAP);
	mw.cpu = 0;
	for (uint32_t page = 15; page < 20; page++)
		mw_unmap(&mw, A, page, WHY_ZAP);
	assert_held(0, 1);
	assert_int_equal(mw_stat(&mw, 1).rss, 20);
	mw_unmap(&mw, B, 20, WHY_ZAP);
	assert_held(0, 0);
	assert_int_equal(mw_stat(&mw, 1).rss, 5);
	assert_int_equal(mw_stat(&mw, 1).pgpgout, 15);
	assert_int_equal(mw_stat(&mw, 2).rss, 0);
	end();

	begin_with(MEMCG_K27, SWITCH_OFF, 0);
	map(A, P, WHY_ANON);
	mw_unmap(&mw, A, P, WHY_ZAP);
	assert_int_equal(mw_stat(&mw, 1).rss, 0);
	assert_int_equal(mw_stat(&mw, 1).pgpgout, 1);
	end();
}

/*
 * models.md 5, column MEMCG, top down: touches 10 of 100: 10.  Reads 5 more of them:
 * a real page each since 2.6.24: 15.  read() of 50 pages: 65.  Maps 20 of those, B
 * too: 65,0.  A ends: its 15 go, 50 stay, with B or without.
 */
static void cross_table_touch_and_read(void **state)
{
	(void)state;
	begin();
	for (uint32_t page = 0; page < 10; page++)
		map(A, page, WHY_ANON);
	assert_held(10, 0);
	for (uint32_t page = 10; page < 15; page++)
		assert_int_equal(mw_map(&mw, A, page, WHY_ANON, false), MW_DONE);
	assert_held(15, 0);
	read_pages(A, 20, 50);
	assert_held(65, 0);
	for (uint32_t page = 20; page < 40; page++)
		map(A, page, WHY_FILE);
	for (uint32_t page = 20; page < 40; page++)
		map(B, page, WHY_FILE);
	assert_held(65, 0);
	assert_int_equal(mw_stat(&mw, 1).cache, 50);
	assert_int_equal(mw_stat(&mw, 1).rss, 15);
	mw_exit(&mw, A);
	assert_held(50, 0);
	mw_exit(&mw, B);
	assert_held(50, 0);
	end();
}

/*
 * A(g1) has P,Q,R: 3,0.  Forks C, which moves to g2 and writes P: 3,1.  A ends: P had
 * A only: 2,1.  C writes Q, now its own: reuse, 2,1, paid where no task is.
 */
static void cross_table_fork(void **state)
{
	(void)state;
	begin();
	for (uint32_t page = P; page <= R; page++)
		map(A, page, WHY_ANON);
	mw_fork(&mw, A, C);
	assert_held(3, 0);
	mw.container_of[C] = 2;
	assert_int_equal(mw_copy(&mw, C, P, 10), MW_DONE);
	assert_held(3, 1);
	mw_exit(&mw, A);
	assert_held(2, 1);
	mw_use(&mw, Q, true);
	assert_held(2, 1);
	mw_exit(&mw, C);
	assert_held(0, 0);
	end();
}

/* Shared P of A(g1) and C(g2) is swapped out: 0,0.  C faults first: 0,1.  A faults: 0,1, no charge needed. */
static void cross_table_swap(void **state)
{
	(void)state;
	begin();
	map(A, P, WHY_ANON);
	mw_fork(&mw, A, C);
	mw.container_of[C] = 2;
	mw.pages[P].has_slot = true;
	mw_unmap(&mw, A, P, WHY_RECLAIM);
	assert_held(1, 0);
	mw_unmap(&mw, C, P, WHY_RECLAIM);
	assert_held(0, 0);
	map(C, P, WHY_SWAP_IN);
	assert_held(0, 1);
	assert_true(mw_limit(&mw, 1, 0));
	map(A, P, WHY_SWAP_IN);		/* no room is needed in g1 */
	assert_held(0, 1);
	assert_int_equal(mw_counters(&mw, 1)->failcnt, 0);
	end();
}

/*
 * Migration keeps the owner, whoever comes first (RSS07: moves).  The copy is charged
 * first: usage 1 -> 2 -> 1, and pages in and out count it: in 2, out 1 when drained.
 * Page cache the same, as cache.  2.6.25 moves the page_cgroup: no copy is charged.
 */
static void cross_table_migration(void **state)
{
	(void)state;
	for (uint8_t kernel = MEMCG_K27; kernel <= MEMCG_K28; kernel++) {
		uint64_t copies = kernel == MEMCG_K27 || kernel == MEMCG_K28;

		begin_with(kernel, SWITCH_OFF, 0);
		map(A, P, WHY_ANON);
		mw_fork(&mw, A, C);
		mw.container_of[C] = 2;
		mw_migrate(&mw, P);	/* maps C first */
		assert_held(1, 0);
		assert_int_equal(mw.model->class->payer(mw.model, P), 1);
		assert_int_equal(mw_counters(&mw, 1)->transient, 1 + copies);
		assert_int_equal(mw_counters(&mw, 1)->maxheld, 1);
		assert_int_equal(mw_stat(&mw, 1).pgpgin, 1 + copies);
		assert_int_equal(mw_stat(&mw, 1).pgpgout, copies);
		read_pages(B, Q, 1);
		map(A, Q, WHY_FILE);
		mw_migrate(&mw, Q);
		assert_held(1, 1);
		assert_int_equal(mw_stat(&mw, 2).cache, 1);
		assert_int_equal(mw_counters(&mw, 2)->transient, 1 + copies);
		mw_exit(&mw, A);
		mw_exit(&mw, C);
		assert_held(0, 1);
		end();
	}
}

/*
 * At the limit the copy is refused.  Call 1 deactivates P at priority 0, when the
 * inactive list was counted as empty; call 2 unmaps it: room for a copy, but nothing
 * to migrate.
 */
static void migration_at_the_limit(void **state)
{
	(void)state;
	begin();
	map(A, P, WHY_ANON);
	mw_make_old(&mw, P);
	assert_true(mw_limit(&mw, 1, 1));
	mw_migrate(&mw, P);
	assert_int_equal(mw_counters(&mw, 1)->failcnt, 2);
	assert_int_equal(mw.nr_calls, 2);
	assert_false(mw_maps(&mw, A, P));
	assert_held(0, 0);
	end();
}

/*
 * A page that nobody pays for (dropped by force_empty, then mapped on) is charged when
 * its migration ends, with GFP_ATOMIC: to the first that maps it, or, without room, to
 * nobody.
 */
static void migration_without_owner(void **state)
{
	(void)state;
	for (uint64_t limit = 0; limit < 2; limit++) {
		begin();
		map(A, P, WHY_ANON);
		mw_force_empty(&mw, 1);
		assert_held(0, 0);
		assert_true(mw_limit(&mw, 1, limit));
		mw_migrate(&mw, P);
		assert_held(limit, 0);
		assert_int_equal(mw_counters(&mw, 1)->failcnt, 1 - limit);
		assert_int_equal(mw.nr_calls, 0);
		mw_unmap(&mw, A, P, WHY_ZAP);
		assert_held(0, 0);
		end();
	}
}

/* A migration that is cut short (its other task was ended): the last unmap of another kind ends the charge. */
static void migration_cut_short(void **state)
{
	struct mem_op op = { .kind = OP_UNMAP, .why = WHY_MIGRATE, .mm = A, .container = 1, .mapcount = 2 };
	struct refusal refusal;

	(void)state;
	begin_with(MEMCG_K27, SWITCH_OFF, 0);
	map(A, P, WHY_ANON);
	mw_fork(&mw, A, C);
	assert_int_equal(mw.model->class->prepare(mw.model, &op, &refusal), VERDICT_APPLIED);
	mw.model->class->commit(mw.model, &op);
	assert_int_equal(mw_held(&mw, 1), 1);
	op.why = WHY_EXIT;
	op.mapcount = 1;
	mw.model->class->commit(mw.model, &op);
	assert_int_equal(mw_held(&mw, 1), 0);
	assert_null(mw.model->class->check(mw.model, MW_PAGES));
	mw_release(&mw);

	/* Or it ends unmapped, all its tasks gone. */
	begin_with(MEMCG_K27, SWITCH_OFF, 0);
	map(A, P, WHY_ANON);
	op.why = WHY_MIGRATE;
	mw.model->class->commit(mw.model, &op);
	op.kind = OP_PAGE_GONE;
	mw.model->class->commit(mw.model, &op);
	assert_int_equal(mw_held(&mw, 1), 0);
	assert_null(mw.model->class->check(mw.model, MW_PAGES));
	mw_release(&mw);
}

/* Fork charges nobody, also not in 2.6.25 for a page that force_empty dropped: 0 before and after. */
static void fork_charges_nobody(void **state)
{
	(void)state;
	for (uint8_t kernel = MEMCG_K27; kernel <= MEMCG_K28; kernel++) {
		begin_with(kernel, SWITCH_ON, 0);
		map(A, P, WHY_ANON);
		mw_force_empty(&mw, 1);
		assert_true(mw_limit(&mw, 1, 0));
		mw_fork(&mw, A, C);
		assert_held(0, 0);
		assert_int_equal(mw_counters(&mw, 1)->failcnt, 0);
		end();
	}
}

/* mremap tells of no page (5, last row); exec and exit are unmaps. */
static void other_operations_do_nothing(void **state)
{
	struct refusal refusal;

	(void)state;
	begin();
	map(A, P, WHY_ANON);
	assert_true(mw_limit(&mw, 1, 1));
	for (int kind = OP_VMA_MAP; kind <= OP_MM_GONE; kind++) {
		struct mem_op op = { .kind = (uint8_t)kind, .container = 1, .page = P, .mapcount = 1, .pages = 9 };

		assert_int_equal(mw.model->class->prepare(mw.model, &op, &refusal), VERDICT_APPLIED);
		mw.model->class->commit(mw.model, &op);
		assert_held(1, 0);
	}
	end();
}

/*
 * Shared memory: B(g2) faults P first: added for B, 0,1.  A maps it: 0,1.  Swapped out
 * it leaves the page cache: 0,0.  A faults it in: 1,0.  Truncated: 0,0.
 */
static void shmem_is_paid_by_its_adder(void **state)
{
	(void)state;
	begin();
	mw_page_new(&mw, P, PAGE_SHMEM, 0);
	map(B, P, WHY_FILE);
	map(A, P, WHY_FILE);
	assert_held(0, 1);
	assert_int_equal(mw_stat(&mw, 2).cache, 1);
	mw_make_old(&mw, P);
	mw.pages[P].is_dirty = true;
	mw_reclaim(&mw, 2);		/* takes PG_referenced of the second fault away */
	mw_make_old(&mw, P);
	mw_reclaim(&mw, 2);
	assert_true(mw.pages[P].has_slot);
	assert_held(0, 0);
	map(A, P, WHY_FILE);
	assert_held(1, 0);
	mw_truncate(&mw, P);
	assert_held(0, 0);
	end();
}

/*
 * A file page cached before anybody looked has no page_cgroup.  From 2.6.27 on mapping
 * it charges nobody; 2.6.25 charges who maps it first, as rss, until the last unmap.
 */
static void unpaid_file_page(void **state)
{
	(void)state;
	for (uint8_t kernel = MEMCG_K27; kernel <= MEMCG_K28; kernel++) {
		uint64_t paid = kernel == MEMCG_K25 || kernel == MEMCG_K26;

		begin_with(kernel, SWITCH_ON, 0);
		mw_page_new(&mw, P, PAGE_FILE, 0);
		read_pages(B, P, 1);
		mw_force_empty(&mw, 2);
		assert_held(0, 0);
		map(A, P, WHY_FILE);
		assert_held(paid, 0);
		assert_int_equal(mw_stat(&mw, 1).rss, paid);
		map(B, P, WHY_FILE);
		mw_unmap(&mw, A, P, WHY_ZAP);
		assert_held(paid, 0);
		mw_unmap(&mw, B, P, WHY_ZAP);
		assert_held(0, 0);
		mw_truncate(&mw, P);
		assert_held(0, 0);
		end();
	}
}

/* 2.6.25: a cached and mapped page has two references; removed from the cache it is paid until unmapped. */
static void two_references(void **state)
{
	struct mem_op del = { .kind = OP_CACHE_DEL, .page = P };

	(void)state;
	begin_with(MEMCG_K25, SWITCH_ON, 0);
	read_pages(A, P, 1);
	map(B, P, WHY_FILE);
	del.mapcount = 1;
	mw.model->class->commit(mw.model, &del);
	mw.pages[P].is_cached = false;
	assert_held(1, 0);
	mw_unmap(&mw, B, P, WHY_ZAP);
	assert_held(0, 0);
	end();
}

/*
 * Limits: 0 refuses everything (D36 as intended).  A limit below usage: 2.6.27 makes
 * room first, here two old pages of three: all three go at priority 0; of mlocked ones
 * none, five rounds without success: -EBUSY and the old limit holds.  2.6.25 stores it.
 */
static void limit_writes(void **state)
{
	(void)state;
	begin();
	assert_true(mw_limit(&mw, 1, 0));
	assert_int_equal(mw_map(&mw, A, P, WHY_ANON, true), MW_OOM);
	assert_int_equal(mw_counters(&mw, 1)->failcnt, 6);
	assert_held(0, 0);
	end();

	begin();
	for (uint32_t page = 0; page < 3; page++) {
		map(A, page, WHY_ANON);
		mw_make_old(&mw, page);
	}
	assert_true(mw_limit(&mw, 1, 1));
	assert_int_equal(mw.nr_calls, 1);
	assert_int_equal(mw_counters(&mw, 1)->limit, 1);
	assert_int_equal(mw_counters(&mw, 1)->failcnt, 0);
	assert_held(0, 0);
	end();

	for (int is_old = 0; is_old < 2; is_old++) {
		begin_with(is_old ? MEMCG_K25 : MEMCG_K27, SWITCH_ON, 0);
		for (uint32_t page = 0; page < 3; page++) {
			map(A, page, WHY_ANON);
			mw.pages[page].is_locked = true;
		}
		assert_int_equal(mw_limit(&mw, 1, 1), is_old);
		assert_int_equal(mw.nr_calls, is_old ? 0 : 5);
		assert_true(mw_counters(&mw, 1)->limit == (is_old ? 1 : PAGES_UNLIMITED));
		assert_held(3, 0);
		end();
	}
}

/* What is charged before it can be mapped and is then not needed counts in and out. */
static void cancelled(void **state)
{
	(void)state;
	begin_with(MEMCG_K27, SWITCH_OFF, 0);
	assert_int_equal(mw_swap_bad(&mw, A, P), MW_DONE);
	assert_held(0, 0);
	assert_int_equal(mw_counters(&mw, 1)->transient, 1);
	assert_int_equal(mw_counters(&mw, 1)->maxheld, 0);
	assert_int_equal(mw_stat(&mw, 1).pgpgin, 1);
	assert_int_equal(mw_stat(&mw, 1).pgpgout, 1);
	end();
}

/*
 * D29  A shmem page is added on CPU 0, then 16 anonymous pages are unmapped there and
 *     16 on CPU 1.  Posted: CPU 0 drains no more: 16 stay in rss, an anomaly is told
 *     once; CPU 1 drains.  Intended: both drain.
 */
static void d29_read_side_left_locked(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin_with(MEMCG_K27, SWITCH_ON, is_posted ? RULE_BIT(D29_RCU_LEFT_LOCKED) : 0);
		for (uint32_t page = 100; page < 102; page++) {
			mw_page_new(&mw, page, PAGE_SHMEM, 0);
			map(A, page, WHY_FILE);
			assert_int_equal(mw.anomaly.text && !strncmp(mw.anomaly.text, "D29", 3), is_posted && page == 100);
			mw.anomaly.text = NULL;
		}
		for (uint32_t page = 0; page < 32; page++)
			map(A, page, WHY_ANON);
		for (uint32_t page = 0; page < 32; page++) {
			mw.cpu = page >= 16;
			mw_unmap(&mw, A, page, WHY_ZAP);
		}
		assert_held(2, 0);
		assert_int_equal(mw_stat(&mw, 1).rss, is_posted ? 16 : 0);
		assert_int_equal(mw_stat(&mw, 1).cache, 2);
		end();
	}
}

/*
 * D32  force_empty of a group with 16 pages: the sixteenth drains all, nothing stays.
 *     With 3: posted, three obsolete entries stay on the lists and it waits for ever
 *     (anomaly); intended drains them.  The pages live on, paid by nobody.
 */
static void d32_force_empty(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		for (uint32_t nr = 3; nr <= 16; nr += 13) {
			begin_with(MEMCG_K27, SWITCH_ON, is_posted ? RULE_BIT(D32_EMPTY_LOOPS) : 0);
			for (uint32_t page = 0; page < nr; page++)
				map(A, page, WHY_ANON);
			map(B, 20, WHY_ANON);
			mw_force_empty(&mw, 1);
			assert_held(0, 1);
			assert_int_equal(mw_stat(&mw, 1).rss, is_posted && nr == 3 ? 3 : 0);
			assert_int_equal(mw.anomaly.text && !strncmp(mw.anomaly.text, "D32", 3), is_posted && nr == 3);
			if (mw.anomaly.text)
				assert_int_equal(mw.anomaly.pages, 3);
			assert_true(mw_maps(&mw, A, 0));
			mw_unmap(&mw, A, 0, WHY_ZAP);
			assert_held(0, 1);
			end();
		}
	}
}

/*
 * D34  P is added to the page cache of g1 and, without having left it, again for g2.
 *     Intended (and 2.6.27 without the patch): charged, found paid, given back: 1,0,
 *     transient 1 in g2.  Posted: the first page_cgroup is lost: 1,1 for one page.
 *     2.6.25: one reference more, nothing charged.
 */
static void d34_double_charge(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		struct mem_op op = { .kind = OP_CACHE_ADD, .page = P, .page_kind = PAGE_FILE, .container = 2 };
		struct refusal refusal;

		begin_with(what == 2 ? MEMCG_K25 : MEMCG_K27, SWITCH_ON, what == 1 ? RULE_BIT(D34_DOUBLE_CHARGE) : 0);
		read_pages(A, P, 1);
		assert_int_equal(mw.model->class->prepare(mw.model, &op, &refusal), VERDICT_APPLIED);
		mw.model->class->commit(mw.model, &op);
		assert_int_equal(mw_held(&mw, 1), 1);
		assert_int_equal(mw_held(&mw, 2), what == 1);
		assert_int_equal(mw_counters(&mw, 2)->transient, what != 2);
		assert_int_equal(mw_stat(&mw, 2).pgpgin, what == 1);
		if (what == 1) {
			assert_memory_equal(mw.model->anomaly.text, "D34", 3);
			assert_int_equal(mw.model->anomaly.container, 1);
			assert_int_equal(mw.model->anomaly.pages, 1);
			assert_null(mw.model->class->check(mw.model, MW_PAGES));	/* noted, not broken */
			mw_release(&mw);
		} else {
			assert_held(1, 0);
			end();
		}
	}
}

/* Without the patch its defects are not there, whatever is chosen: D29 says nothing, D34 is given back. */
static void no_patch_no_defect(void **state)
{
	struct mem_op op = { .kind = OP_CACHE_ADD, .page = P, .page_kind = PAGE_SHMEM, .container = 2 };
	struct refusal refusal;

	(void)state;
	begin_with(MEMCG_K27, SWITCH_OFF, RULE_BIT(D29_RCU_LEFT_LOCKED) | RULE_BIT(D34_DOUBLE_CHARGE));
	mw_page_new(&mw, P, PAGE_SHMEM, 0);
	map(A, P, WHY_FILE);
	assert_null(mw.anomaly.text);
	assert_int_equal(mw.model->class->prepare(mw.model, &op, &refusal), VERDICT_APPLIED);
	mw.model->class->commit(mw.model, &op);
	assert_null(mw.model->anomaly.text);
	assert_held(1, 0);
	end();
}

static void counters_are_reset(void **state)
{
	(void)state;
	begin();
	map(A, P, WHY_ANON);
	map(A, Q, WHY_ANON);
	mw_unmap(&mw, A, Q, WHY_ZAP);
	mw.pages[P].is_locked = true;
	mw_limit(&mw, 1, 1);
	mw_read(&mw, B, R);
	assert_int_equal(mw_map(&mw, A, Q, WHY_ANON, true), MW_OOM);
	mw.model->class->reclaimed(mw.model, 1);
	mw.model->class->reset_counters(mw.model);
	assert_int_equal(mw_counters(&mw, 1)->held, 0);
	assert_int_equal(mw_counters(&mw, 1)->maxheld, 0);
	assert_int_equal(mw_counters(&mw, 1)->transient, 0);
	assert_int_equal(mw_counters(&mw, 1)->failcnt, 0);
	assert_int_equal(mw_counters(&mw, 1)->reclaims, 0);
	assert_int_equal(mw_counters(&mw, 1)->limit, 1);
	/* A group nobody has seen. */
	assert_true(mw_counters(&mw, 77)->limit == PAGES_UNLIMITED);
	assert_int_equal(mw_stat(&mw, 77).rss, 0);
	mw_release(&mw);
}

/* check() must see what it is for: each invariant broken from outside. */
static void check_sees(void **state)
{
	static const struct {
		const char *expected;
		uint8_t kind;
		uint32_t page;
		bool is_prepared, is_committed;
	} cases[] = {
		{ "M1: a page was charged that nothing was reserved for", OP_MAP, Q, false, true },
		{ "M1: usage is not the number of pages charged", OP_MAP, Q, true, false },
		{ "M2, M3: a page ended while charged", OP_PAGE_GONE, P, false, true },
		{ "M2, M3: a page ended while charged", OP_PAGE_GONE, R, false, true },
		{ "M1: a page was charged that nothing was reserved for", OP_CACHE_ADD, Q, false, true },
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		struct mem_op op = { .kind = cases[i].kind, .page = cases[i].page, .container = 1 };
		struct refusal refusal;

		begin();
		map(A, P, WHY_ANON);
		read_pages(A, R, 1);
		if (cases[i].is_prepared)
			mw.model->class->prepare(mw.model, &op, &refusal);
		if (cases[i].is_committed)
			mw.model->class->commit(mw.model, &op);
		assert_string_equal(mw.model->class->check(mw.model, MW_PAGES), cases[i].expected);
		mw_release(&mw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t16_six_rounds),
		cmocka_unit_test(read_is_refused),
		cmocka_unit_test(t17_cache_stays_with_its_reader),
		cmocka_unit_test(t18_stat_lags),
		cmocka_unit_test(cross_table_touch_and_read),
		cmocka_unit_test(cross_table_fork),
		cmocka_unit_test(cross_table_swap),
		cmocka_unit_test(cross_table_migration),
		cmocka_unit_test(migration_at_the_limit),
		cmocka_unit_test(migration_without_owner),
		cmocka_unit_test(migration_cut_short),
		cmocka_unit_test(fork_charges_nobody),
		cmocka_unit_test(other_operations_do_nothing),
		cmocka_unit_test(shmem_is_paid_by_its_adder),
		cmocka_unit_test(unpaid_file_page),
		cmocka_unit_test(two_references),
		cmocka_unit_test(limit_writes),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(d29_read_side_left_locked),
		cmocka_unit_test(d32_force_empty),
		cmocka_unit_test(d34_double_charge),
		cmocka_unit_test(no_patch_no_defect),
		cmocka_unit_test(counters_are_reset),
		cmocka_unit_test(check_sees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
