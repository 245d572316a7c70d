// SPDX-License-Identifier: GPL-2.0-or-later
/* RECLAIM27 to the number: T15 and models.md 4.3, by hand first. */
#include "tests/unit/memcg_world.h"
#include "tests/unit/test.h"

#include <stdio.h>

enum { A };			/* mm, of group 1 */

static struct mw mw;

static void begin_with(uint8_t kernel, uint32_t swappiness)
{
	struct mw_config config = {
		.machine = { .swappiness = swappiness, .nr_zones = 2, .swap_pages = UINT64_MAX },
	};

	rules_init(&config.rules, false);
	config.rules.chosen[SWITCH_MEMCG_KERNEL] = kernel;
	mw_init(&mw, &config);
	mw_mm_new(&mw, A, 1);
}

static void begin(void)
{
	begin_with(MEMCG_K27, 60);
}

static void end(void)
{
	assert_string_equal(mw_check(&mw) ? mw_check(&mw) : "", "");
	mw_release(&mw);
}

/* Pages in the page cache: inactive, PG_referenced by the read. */
static void cache(uint32_t first, uint32_t nr)
{
	for (uint32_t page = first; page < first + nr; page++) {
		mw_page_new(&mw, page, PAGE_FILE, 0);
		assert_int_equal(mw_read(&mw, A, page), MW_DONE);
	}
}

static void map_anon(uint32_t first, uint32_t nr, uint32_t zone, bool is_young)
{
	for (uint32_t page = first; page < first + nr; page++) {
		mw_page_new(&mw, page, PAGE_ANON, zone);
		assert_int_equal(mw_map(&mw, A, page, WHY_ANON, true), MW_DONE);
		if (!is_young)
			mw_make_old(&mw, page);
	}
}

/* The log as "y2 s2 u2 w2": see world.h. */
static void assert_log(const char *expected)
{
	static char text[8 * MW_LOG];
	size_t length = 0;

	for (uint32_t i = 0; i < mw.nr_log; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%c%u", i ? " " : "",
					   mw.log[i].what, mw.log[i].page);
	text[length] = 0;
	assert_string_equal(text, expected);
	mw.nr_log = 0;
}

#define assert_result(field, value) assert_int_equal(mw.result.field, value)

/*
 * T15  31 old anonymous pages, one zone, swappiness 0.  The group is new, prev_priority
 *     0: distress 100, the gate is open from the start.  a, i: on the lists.
 *	12..5	31 >> p = 0
 *	4	1 active step				a 30  i  1
 *	3	30 >> 3 = 3; 1 >> 3 = 0			a 27  i  4
 *	2	27 >> 2 = 6				a 21  i 10
 *		4 >> 2 = 1: a cluster, all ten go	      i  0	nap
 *	1	21 >> 1 = 10; 0				a 11  i 10
 *	0	11					a  0  i 21
 *		10: a cluster, all 21 go		      i  0	nap
 *     steps 1+3+6+1+10+11+10 = 42, looks 31+10+21 = 62, scanned twice 31.
 *     All are being written, none was freed: 0, and room for the charge loop to see.
 */
static void t15_new_group(void **state)
{
	(void)state;
	begin_with(MEMCG_K27, 0);
	map_anon(0, 31, 0, false);
	mw_reclaim(&mw, 1);
	assert_result(priority, -1);
	assert_result(success, false);
	assert_result(steps, 42);
	assert_result(looks, 62);
	assert_result(scanned, 62);
	assert_result(deactivated, 31);
	assert_result(unmapped, 31);
	assert_result(uncharged, 31);
	assert_result(writes, 31);
	assert_result(freed, 0);
	assert_result(naps, 2);
	assert_int_equal(mw_held(&mw, 1), 0);
	end();
}

/*
 * A call that succeeded at 7 leaves prev_priority 7 (see clusters below).  Then, with
 * swappiness 0 and 31 anonymous pages alone, ratio 3100/32 = 96, half 48, imbalance
 * 31*1/100 = 0: the gate needs distress 52: 50 at priority 1 is too little, 100 at 0 does.
 *	4..1	1+3+7+15 steps, all behind the gate
 *	0	31 are deactivated; the inactive list was counted before: 0
 * Of another group, which is new, it is open: as T15.
 */
static void gate_by_prev_priority(void **state)
{
	(void)state;
	begin_with(MEMCG_K27, 0);
	cache(40, 128);
	mw_reclaim(&mw, 1);
	assert_result(priority, 7);
	for (uint32_t page = 40; page < 168; page++)
		mw_truncate(&mw, page);
	map_anon(0, 31, 0, false);
	mw_reclaim(&mw, 1);
	assert_result(steps, 57);
	assert_result(looks, 57);
	assert_result(deactivated, 31);
	assert_result(scanned, 0);
	assert_int_equal(mw_held(&mw, 1), 31);
	mw.container_of[A] = 2;
	map_anon(100, 31, 0, false);
	mw_reclaim(&mw, 2);
	assert_result(steps, 42);
	assert_int_equal(mw_held(&mw, 2), 0);
	end();
}

/*
 * Swappiness 60, 50 young anonymous pages, then 128 of page cache; a call succeeds at
 * 7; a second use of the 96 left makes them active: 146 active, 0 inactive.
 * Ratio 5000/147 = 34, half 17; 60+17 = 77, distress 100 >> 7 = 0.  Imbalance 146*61/100
 * = 89, *34/100 = 30: 107: open at 7, where the only step, 146 >> 7, takes the young
 * bit of page 0.  Without it page 0 would be passed by.
 * 50 of 146 pages inactive: 96/51 = 1: the gate is closed.
 */
static void gate_by_imbalance(void **state)
{
	(void)state;
	for (int is_balanced = 0; is_balanced < 2; is_balanced++) {
		begin();
		map_anon(0, 50, 0, true);
		cache(50, 128);
		mw_reclaim(&mw, 1);
		assert_result(priority, 7);
		assert_result(freed, 32);
		mw.nr_log = 0;
		for (uint32_t page = 50; page < 178; page++)
			if (mw.pages[page].is_cached && (!is_balanced || page < 132))
				mw.policy->class->accessed(mw.policy, page);
		mw_reclaim(&mw, 1);
		assert_true(mw.nr_log);
		assert_int_equal(mw.log[0].what == 'y' && mw.log[0].page == 0, !is_balanced);
		end();
	}
}

/*
 * Unmapped clean page cache, all inactive.  n >> p first is 1 at p: a whole cluster.
 *	128	7: 1 step, 32 looks, 32 freed: success		left 96
 *	 96	6: 1 step, 32 freed: success			left 64
 *	 32	5: 32 freed: success
 *	 31	4: 31 freed, one too few: goes on to the end: 0
 * A page freed is out of the group at once.
 */
static void clusters(void **state)
{
	static const struct { uint32_t nr; int priority; uint32_t freed; } rows[] = {
		{ 128, 7, 32 }, { 96, 6, 32 }, { 64, 6, 32 }, { 32, 5, 32 }, { 31, -1, 31 }, { 1, -1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(rows); i++) {
		begin();
		cache(0, rows[i].nr);
		mw_reclaim(&mw, 1);
		assert_result(priority, rows[i].priority);
		assert_result(success, rows[i].freed == 32);
		assert_result(steps, 1);
		assert_result(looks, rows[i].freed);
		assert_result(scanned, rows[i].freed);	/* once: not mapped */
		assert_result(freed, rows[i].freed);
		assert_result(unmapped, 0);
		assert_result(uncharged, rows[i].freed);
		assert_result(naps, rows[i].freed < 32);
		assert_int_equal(mw_held(&mw, 1), rows[i].nr - rows[i].freed);
		end();
	}
}

/*
 * 64 inactive pages in the cache that cannot go yet (being written): priority 6 asks for
 * 1 and looks at 32, 5 for 2, 4 for 4, 3 for 8, 2 for 16, 1 for 32: 32 each; 0 for 64,
 * in two batches of 32.  Looks 6*32 + 64 = 256; steps 1+2+4+8+16+32+64 = 127.
 * A nap each, being below 10: 7.
 */
static void clusters_are_looked_at_again(void **state)
{
	(void)state;
	begin();
	mw.config.is_slow_device = true;
	cache(0, 64);
	for (uint32_t page = 0; page < 64; page++)
		mw.pages[page].is_dirty = true;
	mw_reclaim(&mw, 1);		/* takes PG_referenced, then starts the writes */
	assert_result(writes, 64);
	assert_result(uncharged, 0);
	mw_reclaim(&mw, 1);
	assert_result(steps, 127);
	assert_result(looks, 256);
	assert_result(scanned, 256);
	assert_result(naps, 7);
	assert_result(progress, false);
	for (uint32_t page = 0; page < 64; page++)
		mw_written(&mw, page);
	mw_reclaim(&mw, 1);
	assert_result(priority, 6);
	assert_result(freed, 32);
	end();
}

/* Twenty pages in each of two zones: 20 >> 4 = 1 in each, where 40 in one would begin at 5. */
static void zones_are_apart(void **state)
{
	(void)state;
	begin();
	map_anon(0, 20, 0, true);
	map_anon(20, 20, 1, true);
	mw_reclaim(&mw, 1);
	/* Each priority first zone 0, then zone 1: the tails lose young in turn. */
	assert_int_equal(mw.log[0].page, 0);
	assert_int_equal(mw.log[1].page, 20);
	assert_int_equal(mw.log[0].what, 'y');
	end();
}

/*
 * Reclaim activates a page without telling the group's list.  A clean file page, mapped
 * and young, inactive:
 *	call 1	loses young, PG_active, stays on the inactive list
 *	call 2	is moved to the active list: a look, not a scan
 *	call 3	old: deactivated (distress 100)
 *	call 4	unmapped, freed
 */
static void mismatch_is_repaired(void **state)
{
	static const struct { const char *log; uint32_t scanned, activated, deactivated, freed; } calls[] = {
		{ "y0", 2, 1, 0, 0 }, { "", 0, 0, 0, 0 }, { "", 0, 0, 1, 0 }, { "u0 f0", 2, 0, 0, 1 },
	};

	(void)state;
	begin();
	mw_page_new(&mw, 0, PAGE_FILE, 0);
	assert_int_equal(mw_map(&mw, A, 0, WHY_AROUND, false), MW_DONE);
	mw_use(&mw, 0, false);
	for (size_t i = 0; i < NR_OF(calls); i++) {
		mw_reclaim(&mw, 1);
		assert_result(looks, 1);
		assert_result(scanned, calls[i].scanned);
		assert_result(activated, calls[i].activated);
		assert_result(deactivated, calls[i].deactivated);
		assert_result(freed, calls[i].freed);
		assert_log(calls[i].log);
	}
	end();
}

/*
 * Where a page begins.  Page cache: 2.6.27 inactive, freed by call 1.  2.6.25 on the
 * active list without PG_active: call 1 repairs, call 2 frees.  Shmem in 2.6.28 begins
 * active and PG_active: call 1 deactivates (nothing maps it: no gate), call 2 frees.
 */
static void where_pages_begin(void **state)
{
	static const struct { uint8_t kernel, kind; uint32_t calls, deactivated; } rows[] = {
		{ MEMCG_K25, PAGE_FILE, 2, 0 }, { MEMCG_K26, PAGE_FILE, 1, 0 }, { MEMCG_K27, PAGE_FILE, 1, 0 },
		{ MEMCG_K28, PAGE_FILE, 1, 0 }, { MEMCG_K25, PAGE_SHMEM, 2, 0 }, { MEMCG_K27, PAGE_SHMEM, 1, 0 },
		{ MEMCG_K28, PAGE_SHMEM, 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(rows); i++) {
		begin_with(rows[i].kernel, 60);
		mw_page_new(&mw, 0, rows[i].kind, 0);
		assert_int_equal(mw_read(&mw, A, 0), MW_DONE);
		for (uint32_t call = 1; call <= rows[i].calls; call++) {
			mw_reclaim(&mw, 1);
			assert_result(freed, call == rows[i].calls);
			assert_result(deactivated, call < rows[i].calls ? rows[i].deactivated : 0);
		}
		end();
	}
}

/* A second use of an inactive page moves it to the active list, where no gate keeps what is unmapped. */
static void used_twice(void **state)
{
	(void)state;
	begin();
	cache(0, 1);
	mw.policy->class->accessed(mw.policy, 0);
	mw_reclaim(&mw, 1);
	assert_result(deactivated, 1);
	assert_result(freed, 0);
	mw_reclaim(&mw, 1);
	assert_result(freed, 1);
	end();
}

/* The fates of 2.7, each by one inactive page; what is mapped is so without use. */
struct fate {
	const char *log;
	enum page_kind kind;
	bool is_mapped, is_young, is_referenced, is_locked, is_dirty, is_swap_full, is_file_mapped;
	uint32_t activated, unmapped, uncharged, writes, freed;
};

static const struct fate fates[] = {
	{ "f0", PAGE_FILE, .freed = 1, .uncharged = 1 },
	{ "f0", PAGE_FILE, .is_referenced = true, .freed = 1, .uncharged = 1 },
	{ "", PAGE_FILE, .is_referenced = true, .is_file_mapped = true, .activated = 1 },
	{ "", PAGE_FILE, .is_referenced = true, .is_dirty = true },
	{ "w0", PAGE_FILE, .is_dirty = true, .writes = 1 },
	{ "y0", PAGE_FILE, .is_mapped = true, .is_young = true, .activated = 1 },
	{ "", PAGE_FILE, .is_mapped = true, .is_referenced = true, .activated = 1 },
	{ "", PAGE_FILE, .is_mapped = true, .is_locked = true, .activated = 1 },	/* counts as referenced */
	{ "u0 f0", PAGE_FILE, .is_mapped = true, .unmapped = 1, .freed = 1, .uncharged = 1 },
	{ "u0 w0", PAGE_FILE, .is_mapped = true, .is_dirty = true, .unmapped = 1, .writes = 1 },
	{ "u0 s0 w0", PAGE_SHMEM, .is_mapped = true, .is_dirty = true, .unmapped = 1, .writes = 1, .uncharged = 1 },
	{ "s0 w0", PAGE_SHMEM, .is_dirty = true, .writes = 1, .uncharged = 1 },
	{ "u0 s0", PAGE_SHMEM, .is_mapped = true, .is_dirty = true, .is_swap_full = true, .unmapped = 1,
	  .activated = 1 },
	{ "u0 f0", PAGE_SHMEM, .is_mapped = true, .unmapped = 1, .freed = 1, .uncharged = 1 },
};

static void page_fates(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(fates); i++) {
		const struct fate *fate = &fates[i];

		begin();
		mw_page_new(&mw, 0, fate->kind, 0);
		assert_int_equal(mw_map(&mw, A, 0, WHY_AROUND, false), MW_DONE);
		if (!fate->is_mapped)
			mw_unmap(&mw, A, 0, WHY_ZAP);
		if (fate->is_young)
			mw_use(&mw, 0, false);
		if (fate->is_referenced)
			mw.policy->class->accessed(mw.policy, 0);
		mw.pages[0].is_locked = fate->is_locked;
		mw.pages[0].is_dirty = fate->is_dirty;
		mw.pages[0].is_file_mapped = fate->is_file_mapped;
		mw.config.machine.swap_pages = fate->is_swap_full ? 0 : UINT64_MAX;
		mw_reclaim(&mw, 1);
		assert_log(fate->log);
		assert_result(scanned, fate->is_mapped ? 2 : 1);
		assert_result(activated, fate->activated);
		assert_result(unmapped, fate->unmapped);
		assert_result(uncharged, fate->uncharged);
		assert_result(writes, fate->writes);
		assert_result(freed, fate->freed);
		assert_int_equal(mw_held(&mw, 1), 1 - fate->uncharged);
		end();
	}
}

/*
 * Anonymous: on the active list first.  Young: loses it.  Without swap it is not even
 * asked (active list).  mlocked, old: deactivated, then it cannot be unmapped.
 * Clean in swap: freed at once, which counts.
 */
static void anonymous_fates(void **state)
{
	(void)state;
	begin();
	map_anon(0, 1, 0, true);
	mw_reclaim(&mw, 1);
	assert_log("y0");
	assert_result(deactivated, 0);
	mw_reclaim(&mw, 1);
	assert_result(deactivated, 1);
	mw.pages[0].is_locked = true;
	mw_reclaim(&mw, 1);
	assert_log("s0 m0");
	assert_result(activated, 1);
	mw.pages[0].is_locked = false;
	end();

	begin();
	mw.config.machine.swap_pages = 0;
	map_anon(0, 1, 0, true);
	mw_reclaim(&mw, 1);
	assert_log("");
	assert_result(deactivated, 0);
	end();

	begin();
	map_anon(0, 1, 0, false);
	mw.pages[0].has_slot = mw.pages[0].is_clean_in_swap = true;
	mw_reclaim(&mw, 1);
	mw_reclaim(&mw, 1);
	assert_log("u0 f0");
	assert_result(scanned, 2);
	assert_result(freed, 1);
	end();
}

/*
 * The mapped ratio is of memory.stat, which lags (4.4): 31 anonymous pages, prev_priority
 * 7, swappiness 30: 48+30 = 78, distress 25 at priority 2 opens: 103.  With 15 more in
 * rss that are gone already, 4600/32 = 143, half 71, +30 = 101: open at 4.
 */
static void ratio_lags(void **state)
{
	(void)state;
	for (int is_lagging = 0; is_lagging < 2; is_lagging++) {
		begin_with(MEMCG_K27, 30);
		cache(40, 128);
		mw_reclaim(&mw, 1);
		for (uint32_t page = 40; page < 168; page++)
			mw_truncate(&mw, page);	/* 32 + 96 = 128 uncharged: none is queued */
		assert_int_equal(mw_stat(&mw, 1).undrained, 0);
		map_anon(0, 46, 0, true);
		if (!is_lagging)
			mw.cpu = 1;
		for (uint32_t page = 31; page < 46; page++)
			mw_unmap(&mw, A, page, WHY_ZAP);
		if (!is_lagging) {
			mw.container_of[A] = 2;
			map_anon(100, 1, 0, true);
			mw_unmap(&mw, A, 100, WHY_ZAP);
		}
		assert_int_equal(mw_stat(&mw, 1).rss, is_lagging ? 46 : 31);
		mw.nr_log = 0;
		mw_reclaim(&mw, 1);
		/* The tail, page 0, is looked at first, at 4: behind the gate it turns up last. */
		assert_int_equal(mw.log[0].page == 0, is_lagging);
		end();
	}
}

#define MANY 1024

static uint64_t many_usage(void *host, uint32_t container)
{
	(void)host;
	(void)container;
	return MANY;
}

static void many_view(void *host, uint32_t page, struct page_view *view)
{
	(void)host;
	(void)page;
	*view = (struct page_view){ .is_dirty = true };
}

static struct page_nature many_nature(void *host, uint32_t page)
{
	(void)host, (void)page;
	return (struct page_nature){ 0 };
}

static void many_wrote(void *host, uint32_t page)
{
	(void)host;
	(void)page;
}

/*
 * 1024 pages of the cache, all being written from the first look on: 1024 >> 10 = 1, so
 * 32 are looked at first at 10, without a nap; 9 to 0 end in one each: ten, and no more
 * (V4).
 */
static void naps_are_ten_at_most(void **state)
{
	const struct policy_class *class = policy_by_name("reclaim27");
	struct machine machine = { .swappiness = 60, .nr_zones = 1 };
	struct reclaim_host host = {
		.usage = many_usage, .limit = many_usage, .rss = many_usage, .view = many_view,
		.nature = many_nature, .wrote = many_wrote };
	struct reclaim_result result;
	struct records records;
	struct policy *policy;

	(void)state;
	records_init(&records, class->page_bytes);
	records_reserve(&records, MANY - 1);
	policy = class->create(&(struct policy_config){ .pages = &records, .machine = &machine, .host = &host });
	for (uint32_t page = 0; page < MANY; page++)
		class->charged(policy, page, 1);
	class->reclaim(policy, 1, &result);
	assert_int_equal(result.naps, 10);
	assert_int_equal(result.writes, MANY);
	assert_int_equal(result.priority, -1);
	class->destroy(policy);
	records_release(&records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t15_new_group),
		cmocka_unit_test(gate_by_prev_priority),
		cmocka_unit_test(gate_by_imbalance),
		cmocka_unit_test(clusters),
		cmocka_unit_test(clusters_are_looked_at_again),
		cmocka_unit_test(zones_are_apart),
		cmocka_unit_test(mismatch_is_repaired),
		cmocka_unit_test(where_pages_begin),
		cmocka_unit_test(used_twice),
		cmocka_unit_test(page_fates),
		cmocka_unit_test(anonymous_fates),
		cmocka_unit_test(ratio_lags),
		cmocka_unit_test(naps_are_ten_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
