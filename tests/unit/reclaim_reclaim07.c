// SPDX-License-Identifier: GPL-2.0-or-later
/* RECLAIM07 to the number: T6 to T9 and the corners of models.md 2, by hand first. */
#include "tests/unit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { A, B };			/* mms, of container 1 */

static struct world world;

/* One zone of 4096 active pages, a tenth of RAM mapped, all as posted. */
static struct world_config posted(void)
{
	return (struct world_config){
		.machine = {
			.swappiness = 60, .mapped_ratio = 10, .nr_zones = 1,
			.zones[0] = { .nr_active = 4096 }, .zones[1] = { .nr_active = 4096 },
			.swap_pages = UINT64_MAX,
		},
		.rules = WORLD_POSTED,
	};
}

static struct world_config intended(void)
{
	struct world_config config = posted();

	rules_init(&config.rules, false);
	return config;
}

static void begin(const struct world_config *config)
{
	world_init(&world, config);
	world_mm_new(&world, A, 1);
	world_mm_new(&world, B, 1);
}

static void end(void)
{
	assert_string_equal(world_check(&world) ? world_check(&world) : "", "");
	world_release(&world);
}

/* A clean file page mapped once by A: old, unreferenced, PG_active or not. */
static void map_file(uint32_t page, uint32_t zone, bool is_active)
{
	const struct policy_class *class = world.policy->class;

	world_page_new(&world, page, PAGE_FILE, zone);
	for (int i = 0; i < 2 && is_active; i++)
		class->accessed(world.policy, page);
	assert_int_equal(world_map(&world, A, page, WHY_AROUND, false), FAULT_DONE);
}

static void map_anon(uint32_t page)
{
	assert_int_equal(world_map(&world, A, page, WHY_ANON, true), FAULT_DONE);
}

/* The log as "y2 s2 u2 w2": see world.h. */
static void assert_log(const char *expected)
{
	static char text[8 * WORLD_LOG];
	size_t length = 0;

	for (uint32_t i = 0; i < world.nr_log; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%c%u",
					   i ? " " : "", world.log[i].what, world.log[i].page);
	text[length] = 0;
	assert_string_equal(text, expected);
	world.nr_log = 0;
}

struct gate_row { uint32_t from, to; int priority; };

/*
 * T6  Swappiness 60: the gate needs distress >= 40 - ratio/2, and distress at a first
 *     call is 100 >> priority: 0 at 12..7, then 1 3 6 12 25 50 100 at 6..0.
 *
 *	ratio  0..29	needs 40..26	priority 1 (50)		0: 40, 10: 35
 *	ratio 30..55	needs 25..13	priority 2 (25)
 *	ratio 56..67	needs 12..7	priority 3 (12)
 *	ratio 68..73	needs 6..4	priority 4 (6)
 *	ratio 74..77	needs 3..2	priority 5 (3)
 *	ratio 78..79	needs 1		priority 6 (1)		79: 39+60+1
 *	ratio 80..	needs 0		priority 12		80: 40+60
 *
 *     A clean old file page on the active list is deactivated by the first active step
 *     behind the gate and freed by the inactive step after it, which ends the loop.
 */
static void t6_gate(void **state)
{
	static const struct gate_row rows[] = {
		{ 0, 29, 1 }, { 30, 55, 2 }, { 56, 67, 3 }, { 68, 73, 4 },
		{ 74, 77, 5 }, { 78, 79, 6 }, { 80, 100, 12 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t ratio = rows[i].from; ratio <= rows[i].to; ratio++) {
			struct world_config config = posted();

			config.machine.mapped_ratio = ratio;
			begin(&config);
			map_file(0, 0, true);
			world_reclaim(&world, 1);
			assert_int_equal(world.result.priority, rows[i].priority);
			assert_int_equal(world.result.freed, 1);
			end();
		}
	}
}

/*
 * T7  Zone of 4096 active, 0 inactive: priority p gives (4096 >> p) + 1 active steps
 *     and one inactive: 12: 2+1, 1: 2049+1, 0: 4097+1.  A pass that ends at p, by a
 *     gate that opens there, has taken the steps of 12..p:
 *	12 (ratio 80): 3.   2 (ratio 40): 2047+11 active, 11 inactive: 2069.
 *	1 (ratio 10): + 2050 = 4119.   0 (swappiness 0): + 4098 = 8217.
 */
static void t7_budget(void **state)
{
	static const struct { uint32_t swappiness, ratio; int priority; uint64_t steps; } rows[] = {
		{ 60, 80, 12, 3 }, { 60, 40, 2, 2069 }, { 60, 10, 1, 4119 }, { 0, 10, 0, 8217 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world_config config = posted();

		config.machine.swappiness = rows[i].swappiness;
		config.machine.mapped_ratio = rows[i].ratio;
		begin(&config);
		map_file(0, 0, true);
		world_reclaim(&world, 1);
		assert_int_equal(world.result.priority, rows[i].priority);
		assert_int_equal(world.result.steps, rows[i].steps);
		end();
	}
}

/*
 * T8  Pages 0..3, young, anonymous; limit 4; the fifth touch is refused.
 *     Priorities 12..2: 2047+11 = 2058 active looks, all behind a closed gate: they
 *     only turn the list, by 2058 mod 4 = 2, so that page 2 is the tail.
 *     Priority 1 (2049+1 steps): looks 2 3 0 1 take young, 2 3 0 1 deactivate, then
 *     the list is empty; the inactive step came second and found nothing.
 *     Priority 0: the zone is 4092/4 now, 4093+5 steps: 2 3 0 1 get a slot, are
 *     unmapped and written; the fifth finds nothing.  scanned 2 each, one nap.
 *     looks 2058+8+4, steps 2058+11 + 2050 + 4098 = 8217, nothing freed.
 */
static void t8_anonymous(void **state)
{
	static const enum world_end ends[] = {
		[RECLAIM_END_UNDER_LIMIT] = FAULT_DONE,
		[RECLAIM_END_ZONE_ALIVE] = FAULT_DONE,
		[RECLAIM_END_FREED_ONLY] = FAULT_OOM,
	};

	(void)state;
	for (int end_result = 0; end_result < 3; end_result++) {
		struct world_config config = posted();
		bool is_oom = ends[end_result] == FAULT_OOM;

		config.rules.chosen[SWITCH_RECLAIM07_END_RESULT] = (uint8_t)end_result;
		begin(&config);
		world_limit(&world, 1, 4);
		for (uint32_t page = 0; page < 4; page++)
			map_anon(page);
		assert_int_equal(world_map(&world, A, 4, WHY_ANON, true), ends[end_result]);
		assert_int_equal(world.result.success, !is_oom);
		assert_true(world.result.progress);
		assert_int_equal(world.result.priority, -1);
		assert_int_equal(world.result.steps, 8217);
		assert_int_equal(world.result.looks, 2070);
		assert_int_equal(world.result.foreign_looks, 0);
		assert_int_equal(world.result.scanned, 8);
		assert_int_equal(world.result.deactivated, 4);
		assert_int_equal(world.result.activated, 0);
		assert_int_equal(world.result.unmapped, 4);
		assert_int_equal(world.result.writes, 4);
		assert_int_equal(world.result.freed, 0);
		assert_int_equal(world.result.naps, 1);
		assert_log("y2 y3 y0 y1 s2 u2 w2 s3 u3 w3 s0 u0 w0 s1 u1 w1");
		assert_int_equal(world_counters(&world, 1)->failcnt, 1);
		assert_int_equal(world_counters(&world, 1)->reclaims, !is_oom);
		assert_int_equal(world_held(&world, 1), is_oom ? 0 : 1);
		assert_int_equal(world.nr_kills, is_oom);
		assert_int_equal(world.nr_calls, 1);
		end();
	}
}

/*
 * The same with everything as intended: steps are what is on the list >> priority.
 * Call 1: active 4: one step at 2 (gate closed: page 0 to the head), two at 1 (open:
 *   1 and 2 lose young), four at 0 (3 and 0 lose young, 1 and 2 are deactivated);
 *   inactive was 0 when each priority began.  7 steps, 7 looks, no scan, no nap.
 * Usage is 4: the loop tries again.  prev_priority is 0 now: the gate is open from 12.
 * Call 2: active 2 (tail 3), inactive 2 (tail 1).  Priority 1: one and one: 3 is
 *   deactivated, 1 goes, a nap.  Priority 0: active 1, inactive 2: 0 is deactivated,
 *   2 goes, 3 goes, a nap.  5 steps, 5 looks, 0 is left: under the limit.
 */
static void t8_intended(void **state)
{
	struct world_config config = intended();

	(void)state;
	begin(&config);
	world_limit(&world, 1, 4);
	for (uint32_t page = 0; page < 4; page++)
		map_anon(page);
	world_reclaim(&world, 1);
	assert_false(world.result.success);
	assert_true(world.result.progress);
	assert_int_equal(world.result.steps, 7);
	assert_int_equal(world.result.looks, 7);
	assert_int_equal(world.result.deactivated, 2);
	assert_int_equal(world.result.scanned, 0);
	assert_int_equal(world.result.naps, 0);
	assert_log("y1 y2 y3 y0");
	world_reclaim(&world, 1);
	assert_true(world.result.success);
	assert_int_equal(world.result.priority, -1);
	assert_int_equal(world.result.steps, 5);
	assert_int_equal(world.result.looks, 5);
	assert_int_equal(world.result.deactivated, 2);
	assert_int_equal(world.result.scanned, 6);
	assert_int_equal(world.result.unmapped, 3);
	assert_int_equal(world.result.naps, 2);
	assert_log("s1 u1 w1 s2 u2 w2 s3 u3 w3");
	assert_int_equal(world_held(&world, 1), 1);
	end();

	begin(&config);
	world_limit(&world, 1, 4);
	for (uint32_t page = 0; page < 5; page++)
		map_anon(page);
	assert_int_equal(world_counters(&world, 1)->failcnt, 2);
	assert_int_equal(world_counters(&world, 1)->reclaims, 1);
	assert_int_equal(world_held(&world, 1), 2);
	assert_int_equal(world.nr_kills, 0);
	end();
}

/*
 * T9  Ratio 80, clean old unreferenced file page.  PG_active: deactivated by the first
 *     active step, unmapped and freed by the inactive one.  Posted without PG_active:
 *     it is on the active list, where each of the 8204 = 8191+13 active looks refuses
 *     it.  Intended it is on the inactive list, where the only step is at priority 0.
 */
static void t9_file_page(void **state)
{
	struct world_config config = posted();

	(void)state;
	config.machine.mapped_ratio = 80;
	begin(&config);
	map_file(0, 0, true);
	world_reclaim(&world, 1);
	assert_int_equal(world.result.priority, 12);
	assert_int_equal(world.result.deactivated, 1);
	assert_int_equal(world.result.unmapped, 1);
	assert_int_equal(world.result.freed, 1);
	assert_true(world.result.success);
	assert_log("u0 f0");
	end();

	begin(&config);
	map_file(0, 0, false);
	for (int i = 0; i < 2; i++) {
		world_reclaim(&world, 1);
		assert_int_equal(world.result.priority, -1);
		assert_int_equal(world.result.looks, 8204);
		assert_int_equal(world.result.unmapped, 0);
		assert_true(world.result.success);
		assert_int_equal(world.result.progress, !i);	/* prev_priority 12 -> 0, once */
	}
	assert_log("");
	/* A second use gives it PG_active: 2.11. */
	for (int i = 0; i < 2; i++)
		world.policy->class->accessed(world.policy, 0);
	world_reclaim(&world, 1);
	assert_int_equal(world.result.freed, 1);
	end();

	config = intended();
	config.machine.mapped_ratio = 80;
	begin(&config);
	map_file(0, 0, false);
	world_reclaim(&world, 1);
	assert_int_equal(world.result.priority, 0);
	assert_int_equal(world.result.steps, 1);
	assert_int_equal(world.result.freed, 1);
	end();
}

/* The fates of 2.7, each by one inactive page at priority 0 under intended rules. */
struct fate {
	const char *log;
	enum page_kind kind;
	bool is_young, is_referenced, is_locked, is_dirty, is_swap_full;
	uint32_t activated, unmapped, writes, freed;
};

static const struct fate fates[] = {
	{ "y0", PAGE_FILE, .is_young = true, .activated = 1 },
	{ "", PAGE_FILE, .is_referenced = true, .activated = 1 },
	{ "", PAGE_FILE, .is_locked = true, .activated = 1 },	/* counts as referenced */
	{ "u0 w0", PAGE_FILE, .is_dirty = true, .unmapped = 1, .writes = 1 },
	{ "u0 s0 w0", PAGE_SHMEM, .is_dirty = true, .unmapped = 1, .writes = 1 },
	{ "u0 s0", PAGE_SHMEM, .is_dirty = true, .is_swap_full = true,
	  .unmapped = 1, .activated = 1 },
	{ "u0 f0", PAGE_SHMEM, .unmapped = 1, .freed = 1 },
	{ "u0 f0", PAGE_FILE, .unmapped = 1, .freed = 1 },
};

static void page_fates(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
		const struct fate *fate = &fates[i];
		struct world_config config = intended();

		config.machine.swap_pages = fate->is_swap_full ? 0 : UINT64_MAX;
		begin(&config);
		world_page_new(&world, 0, fate->kind, 0);
		world_map(&world, A, 0, WHY_AROUND, false);
		world_map(&world, B, 0, WHY_AROUND, false);
		world.pages[0].is_young[1] = fate->is_young;
		world.pages[0].is_locked = fate->is_locked;
		world.pages[0].is_dirty = fate->is_dirty;
		if (fate->is_referenced)
			world.policy->class->zapped_young(world.policy, 0);
		world_reclaim(&world, 1);
		assert_int_equal(world.result.scanned, 2);
		assert_log(fate->log);
		assert_int_equal(world.result.activated, fate->activated);
		assert_int_equal(world.result.unmapped, fate->unmapped);
		assert_int_equal(world.result.writes, fate->writes);
		assert_int_equal(world.result.freed, fate->freed);
		/* V3: a page is unmapped from all or none. */
		assert_int_equal(world.pages[0].nr, fate->unmapped ? 0 : 2);
		end();
	}
}

/* Anonymous pages come to the inactive list by two calls: deactivated, then judged. */
static void anon_fates(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		struct world_config config = intended();

		config.machine.swap_pages = what == 1 ? 1 : UINT64_MAX;
		begin(&config);
		map_anon(0);
		world_make_old(&world, 0);
		world_reclaim(&world, 1);
		assert_int_equal(world.result.deactivated, 1);
		assert_log("");
		world.pages[0].is_locked = what == 0;
		world.pages[9].has_slot = what == 1;
		world.pages[0].is_clean_in_swap = what == 2;
		world_reclaim(&world, 1);
		assert_log(what == 0 ? "s0 m0" : what == 1 ? "s0" : "u0 f0");
		assert_int_equal(world.result.activated, what != 2);
		assert_int_equal(world.result.freed, what == 2);
		end();
	}
}

/*
 * D9: two mlocked anonymous pages, posted, limit 2.  Call 1 takes young and moves
 * prev_priority; calls 2, 3, 4 change nothing and say success: livelock.
 * Intended: six rounds (five retries), then the only member is killed.
 * Without swap the same, young bits are not even read.
 */
static void nothing_can_go(void **state)
{
	(void)state;
	for (int what = 0; what < 4; what++) {
		struct world_config config = what & 1 ? intended() : posted();

		config.machine.swap_pages = what & 2 ? 0 : UINT64_MAX;
		begin(&config);
		world_limit(&world, 1, 2);
		map_anon(0);
		map_anon(1);
		world.pages[0].is_locked = world.pages[1].is_locked = !(what & 2);
		assert_int_equal(world_map(&world, A, 2, WHY_ANON, true),
				 what & 1 ? FAULT_OOM : FAULT_LIVELOCK);
		assert_int_equal(world.nr_calls, what & 1 ? 6 : 4);
		assert_int_equal(world_counters(&world, 1)->failcnt, what & 1 ? 6 : 4);
		assert_int_equal(world_counters(&world, 1)->reclaims, what & 1 ? 0 : 4);
		assert_int_equal(world.nr_kills, what & 1);
		assert_int_equal(world_held(&world, 1), what & 1 ? 0 : 2);
		end();
	}
}

/*
 * D12: page 1 (zone 1) is the tail, page 0 (zone 0) is newer, both on the active list,
 * ratio 80, two zones of 4096.  Posted at 12: zone 0 looks at page 1 twice, in vain, and
 * finds nothing inactive; zone 1 deactivates page 1, frees it, and its second active
 * step sees page 0.  5 looks, 3 foreign.  Intended both go, by 4 looks.
 */
static void d12_foreign_tail(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		struct world_config config = posted();

		config.machine.mapped_ratio = 80;
		config.machine.nr_zones = 2;
		config.rules.posted &= is_posted ? UINT64_MAX : ~RULE_BIT(D12_FOREIGN_BLOCKS);
		begin(&config);
		map_file(1, 1, true);
		map_file(0, 0, true);
		world_reclaim(&world, 1);
		assert_int_equal(world.result.priority, 12);
		assert_int_equal(world.result.steps, 6);
		assert_int_equal(world.result.looks, is_posted ? 5 : 4);
		assert_int_equal(world.result.foreign_looks, is_posted ? 3 : 0);
		assert_log(is_posted ? "u1 f1" : "u0 f0 u1 f1");
		end();
	}
}

/*
 * D14: dirty page 1 is unmapped and written; mapped again before the write ends, it is
 * in the middle of the inactive list 0 1 2 (tail first).  Posted the end of the write
 * makes it the head, so that 0 2 1 go; intended the tail: 1 0 2.
 */
static void d14_end_of_write(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		struct world_config config = intended();

		config.rules.posted = is_posted ? RULE_BIT(D14_ROTATE_HEAD) : 0;
		begin(&config);
		map_file(1, 0, false);
		world.pages[1].is_dirty = true;
		world_reclaim(&world, 1);
		assert_log("u1 w1");
		map_file(0, 0, false);
		world_map(&world, A, 1, WHY_AROUND, false);
		map_file(2, 0, false);
		world.policy->class->written(world.policy, 1);
		world.policy->class->written(world.policy, 1);	/* once only */
		for (uint32_t page = 0; page < 3; page++)
			world.pages[page].is_dirty = true;	/* not freed: the loop goes on */
		world_reclaim(&world, 1);
		/* 3 >> 1 = 1 at priority 1, then 2 at 0. */
		assert_log(is_posted ? "u0 w0 u2 w2 u1 w1" : "u1 w1 u0 w0 u2 w2");
		end();
	}
}

/*
 * 2.11: with ratio 10 the first page is freed at priority 1, which leaves distress 50:
 * the next call ends at 12, which leaves 0: the one after that is hard again.
 */
static void easy_and_hard_calls(void **state)
{
	struct world_config config = posted();

	(void)state;
	begin(&config);
	for (int call = 0; call < 4; call++) {
		map_file(0, 0, true);
		world_reclaim(&world, 1);
		assert_int_equal(world.result.freed, 1);
		assert_int_equal(world.result.priority, call % 2 ? 12 : 1);
		assert_int_equal(world.result.naps, 0);	/* it succeeded at once */
	}
	end();
}

/*
 * A zone near OOM opens the gate: zone of 2 active pages, swappiness 0, ratio 0.  12..7
 * take one active step each ((2 >> p) + 1), so priority 6 sees 6 >= 3 * 2 pages scanned.
 * Intended, a container does not count against its zone: distress opens at 0 only, and
 * the page deactivated there waits for the next call.
 */
static void near_oom(void **state)
{
	struct world_config config = posted();

	(void)state;
	config.machine.swappiness = config.machine.mapped_ratio = 0;
	config.machine.zones[0].nr_active = 2;
	begin(&config);
	map_file(0, 0, true);
	world_reclaim(&world, 1);
	assert_int_equal(world.result.priority, 6);
	assert_int_equal(world.result.freed, 1);
	end();

	config.rules.posted = 0;
	begin(&config);
	map_file(0, 0, true);
	world_reclaim(&world, 1);
	assert_int_equal(world.result.priority, -1);
	assert_int_equal(world.result.deactivated, 1);
	assert_int_equal(world.result.unmapped, 0);
	end();
}

/*
 * Two zones on one list (D12): zone 0 of `nr_active` pages holds the `nr` active file
 * pages 0.., zone 1 holds nr_dirty inactive dirty ones, and takes one in each pass (0 + 1
 * steps), after zone 0 has looked at it in vain.  So zone 0 has one foreign look a pass.
 * Swappiness and ratio are 0: only near OOM opens the gate above priority 0.
 */
static void begin_foreign(uint32_t nr_active, uint32_t nr, uint32_t nr_dirty)
{
	struct world_config config = posted();

	config.machine.swappiness = config.machine.mapped_ratio = 0;
	config.machine.nr_zones = 2;
	config.machine.zones[0].nr_active = nr_active;
	config.machine.zones[1].nr_active = 0;
	config.rules.posted = RULE_BIT(D12_FOREIGN_BLOCKS) | RULE_BIT(D15_ZONE_BUDGET);
	begin(&config);
	for (uint32_t page = 0; page < nr; page++)
		map_file(page, 0, true);
	for (uint32_t page = 0; page < nr_dirty; page++) {
		map_file(20 + page, 1, false);
		world.pages[20 + page].is_dirty = true;
	}
}

/*
 * The gate opens within a pass.  Zone of 8, near OOM at 24 looks.  12..4: (1+1) * 9 = 18,
 * 3: 2+1 = 21, 2: active 22, foreign 23, active 24, and the third active step finds the
 * gate open and deactivates page 0.  Zone 1 has taken the last of 11 at 2, so at 1 the
 * inactive step of zone 0 frees page 0.
 * Zone 0: 18+3+4+1 looks, 11 foreign; zone 1: 11 of its own, 10 at page 0 while active.
 *
 * With three pages, one is deactivated at 2, one by the first active step at 1; then the
 * inactive step frees the first, which ends near OOM: the third stays for three more.
 */
static void near_oom_within_a_pass(void **state)
{
	(void)state;
	begin_foreign(8, 1, 11);
	world_reclaim(&world, 1);
	assert_int_equal(world.result.priority, 1);
	assert_int_equal(world.result.freed, 1);
	assert_int_equal(world.result.deactivated, 1);
	assert_int_equal(world.result.looks, 47);
	assert_int_equal(world.result.foreign_looks, 21);
	end();

	begin_foreign(8, 3, 11);
	world_reclaim(&world, 1);
	assert_int_equal(world.result.priority, 1);
	assert_int_equal(world.result.freed, 1);
	assert_int_equal(world.result.deactivated, 2);
	end();
}

/*
 * What was quiet behind a closed gate is not so behind an open one.  Zone of 10, near OOM
 * at 30; 12..4: 18, 3: 2+1, 2: 3+1 = 25; 1: four active and one foreign = 30; the fifth
 * active step sees page 0, locked, which stays, the sixth page 1, which is deactivated
 * and freed at 0 by the first inactive step.
 */
static void quiet_ends_with_the_gate(void **state)
{
	(void)state;
	begin_foreign(10, 2, 12);
	world.pages[0].is_locked = true;
	world_reclaim(&world, 1);
	assert_int_equal(world.result.priority, 0);
	assert_int_equal(world.result.deactivated, 1);
	assert_int_equal(world.result.freed, 1);
	assert_int_equal(world.pages[0].nr, 1);
	end();
}

/*
 * mark_page_accessed(), twice: page 0 is active and unreferenced.  Priority 0 gives one
 * active step, which deactivates it, and one inactive, which takes page 1, the tail
 * although it is newer; the next call takes page 0.
 */
static void second_use_activates(void **state)
{
	struct world_config config = intended();

	(void)state;
	begin(&config);
	map_file(0, 0, false);
	map_file(1, 0, false);
	for (int i = 0; i < 2; i++)
		world.policy->class->accessed(world.policy, 0);
	world_reclaim(&world, 1);
	assert_int_equal(world.result.deactivated, 1);
	assert_log("u1 f1");
	world_reclaim(&world, 1);
	assert_log("u0 f0");
	end();
}

/* A page of another container mapped by ours stays; ours goes from every mm (V1, V3). */
static void only_own_pages(void **state)
{
	struct world_config config = posted();

	(void)state;
	begin(&config);
	world.container_of[B] = 2;
	world_page_new(&world, 0, PAGE_FILE, 0);
	world_page_new(&world, 1, PAGE_FILE, 0);
	world_map(&world, B, 0, WHY_FILE, false);
	world_map(&world, A, 0, WHY_FILE, false);
	world_map(&world, A, 1, WHY_FILE, false);
	world_map(&world, B, 1, WHY_FILE, false);
	assert_int_equal(world_held(&world, 1), 1);
	assert_int_equal(world_held(&world, 2), 1);
	world_reclaim(&world, 1);
	assert_log("y1 u1 f1");
	assert_int_equal(world.pages[0].nr, 2);
	assert_int_equal(world.pages[1].nr, 0);
	world_reclaim(&world, 3);	/* nothing is charged there */
	assert_int_equal(world.result.looks, 0);
	end();
}

/* check() must see what it is for. */
static void check_sees(void **state)
{
	struct world_config config = intended();
	const struct policy_class *class;

	(void)state;
	begin(&config);
	class = world.policy->class;
	map_anon(0);
	assert_null(class->check(world.policy, 1, 1));
	assert_non_null(class->check(world.policy, 1, 0));
	assert_non_null(class->check(world.policy, 1, 2));
	assert_non_null(class->check(world.policy, 77, 1));
	class->uncharged(world.policy, 0);
	assert_non_null(class->check(world.policy, 1, 1));
	class->charged(world.policy, 0, 1);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t6_gate),
		cmocka_unit_test(t7_budget),
		cmocka_unit_test(t8_anonymous),
		cmocka_unit_test(t8_intended),
		cmocka_unit_test(t9_file_page),
		cmocka_unit_test(page_fates),
		cmocka_unit_test(anon_fates),
		cmocka_unit_test(nothing_can_go),
		cmocka_unit_test(d12_foreign_tail),
		cmocka_unit_test(d14_end_of_write),
		cmocka_unit_test(easy_and_hard_calls),
		cmocka_unit_test(near_oom),
		cmocka_unit_test(near_oom_within_a_pass),
		cmocka_unit_test(quiet_ends_with_the_gate),
		cmocka_unit_test(second_use_activates),
		cmocka_unit_test(only_own_pages),
		cmocka_unit_test(check_sees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
