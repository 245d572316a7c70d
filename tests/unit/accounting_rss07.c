// SPDX-License-Identifier: GPL-2.0-or-later
/* RSS07 to the number: T1 to T5 and the corners of models.md 1.8. */
#include "tests/unit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { A, B, C };		/* mms */
enum { P, Q, R };		/* pages */

static struct world world;

/* One zone of 4096 active pages, tenth of RAM mapped, all rules as posted. */
static const struct world_config posted = {
	.machine = {
		.swappiness = 60, .mapped_ratio = 10, .nr_zones = 1,
		.zones[0] = { .nr_active = 4096 }, .swap_pages = UINT64_MAX,
	},
	.rules = WORLD_POSTED,
};

static const struct world_config intended = {
	.machine = {
		.swappiness = 60, .mapped_ratio = 10, .nr_zones = 1,
		.zones[0] = { .nr_active = 4096 }, .swap_pages = UINT64_MAX,
	},
};

static void begin(const struct world_config *config)
{
	world_init(&world, config);
	world_mm_new(&world, A, 1);
	world_mm_new(&world, B, 2);
}

#define assert_held(c1, c2) do { \
	assert_int_equal(world_held(&world, 1), c1); \
	assert_int_equal(world_held(&world, 2), c2); \
	assert_string_equal(world_check(&world) ? world_check(&world) : "", ""); \
} while (0)

static void map(uint32_t mm, uint32_t page, enum op_why why)
{
	assert_int_equal(world_map(&world, mm, page, why, why == WHY_ANON), FAULT_DONE);
}

/*
 * T1  A(c1) read-faults P: prepare c1 0->1, mapcount 0->1, charged: c1=1.
 *     B(c2) faults P: prepare c2 0->1 (transient), mapcount 1->2, released: 0.
 *     A exits: mapcount 2->1, stays with c1.  B exits: 1->0, c1 1->0.
 */
static void t1_first_toucher_pays(void **state)
{
	(void)state;
	begin(&posted);
	world_page_new(&world, P, PAGE_FILE, 0);
	map(A, P, WHY_FILE);
	assert_held(1, 0);
	map(B, P, WHY_FILE);
	assert_held(1, 0);
	assert_int_equal(world_counters(&world, 2)->transient, 1);
	assert_int_equal(world_counters(&world, 2)->maxheld, 0);
	world_exit(&world, A);
	assert_held(1, 0);
	world_exit(&world, B);
	assert_held(0, 0);
	assert_int_equal(world_counters(&world, 1)->maxheld, 1);
	world_release(&world);
}

/*
 * T2  c2 limit 1, holds young anonymous Q.  B faults P, which c1 pays for: refused
 *     (failcnt 1).  Reclaim at priority 1 clears young and deactivates Q, at 0
 *     unmaps it: c2 1->0, zone_alive says 1 (reclaims 1).  Retry: 0->1, mapcount of
 *     P was 1, released: c2=0.  Q is gone for nothing.
 */
static void t2_net_zero_fault_reclaims(void **state)
{
	(void)state;
	begin(&posted);
	world_limit(&world, 2, 1);
	world_page_new(&world, P, PAGE_FILE, 0);
	map(A, P, WHY_FILE);
	map(B, Q, WHY_ANON);
	assert_held(1, 1);
	map(B, P, WHY_FILE);
	assert_held(1, 0);
	assert_int_equal(world_counters(&world, 2)->failcnt, 1);
	assert_int_equal(world_counters(&world, 2)->reclaims, 1);
	assert_int_equal(world_counters(&world, 2)->transient, 1);
	assert_int_equal(world.nr_calls, 1);
	assert_int_equal(world.nr_kills, 0);
	assert_false(world_maps(&world, B, Q));
	world_release(&world);
}

/*
 * T3  A(c1) has P,Q,R: c1=3.  Forks B: 3.  B moves to c2, writes P: copy charged to
 *     c2: 3,1.  A exits: P had A only: 2,1.  B writes Q, now exclusive: reuse, 2,1,
 *     paid by c1 where no task is.  B exits: 0,0.
 */
static void t3_fork_and_copy(void **state)
{
	(void)state;
	begin(&posted);
	for (uint32_t page = P; page <= R; page++)
		map(A, page, WHY_ANON);
	world_fork(&world, A, B);
	assert_held(3, 0);
	world.container_of[B] = 2;
	assert_int_equal(world_copy(&world, B, P, 10), FAULT_DONE);
	assert_held(3, 1);
	world_exit(&world, A);
	assert_held(2, 1);
	world_use(&world, Q, true);
	assert_held(2, 1);
	world_exit(&world, B);
	assert_held(0, 0);
	world_release(&world);
}

/*
 * T4  Anonymous P of A(c1), shared with B by fork, B in c2: 1,0.  Swapped out: 0,0.
 *     B faults: 0,1.  A faults: prepare c1 0->1, mapcount 1->2, released: 0,1.
 */
static void t4_swap_in_changes_owner(void **state)
{
	(void)state;
	begin(&posted);
	map(A, P, WHY_ANON);
	world_fork(&world, A, B);
	world.container_of[B] = 2;
	assert_held(1, 0);
	world.pages[P].has_slot = true;
	world_unmap(&world, A, P, WHY_RECLAIM);
	world_unmap(&world, B, P, WHY_RECLAIM);
	assert_held(0, 0);
	map(B, P, WHY_SWAP_IN);
	assert_held(0, 1);
	map(A, P, WHY_SWAP_IN);
	assert_held(0, 1);
	assert_int_equal(world.model->class->payer(world.model, P), 2);
	world_release(&world);
}

/* T5  Usage 5; swap-in of a bad page: prepare 6, posted two releases 4, intended one 5. */
static void t5_sigbus(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin(is_posted ? &posted : &intended);
		for (uint32_t page = 0; page < 5; page++)
			map(A, page, WHY_ANON);
		assert_int_equal(world_swap_bad(&world, A, 9), FAULT_DONE);
		assert_int_equal(world_counters(&world, 1)->transient, 6);
		assert_int_equal(world_held(&world, 1), is_posted ? 4 : 5);
		assert_true(!world_check(&world) == !is_posted);
		/* The count never goes below 0: 5 pages leave 4. */
		world_exit(&world, A);
		assert_held(0, 0);
		world_release(&world);
	}
}

/*
 * D7c: c2 is full with Q.  B faults P, which c1 pays for: prepared or not, c2 stays
 * at 1; only a fault that prepares is refused (and reclaims Q, T2).  When A is gone
 * P stays with c1; a new page is refused either way.
 */
static void d7c_skip_owned(void **state)
{
	struct world_config config = posted;

	(void)state;
	config.rules.chosen[SWITCH_RSS07_SKIP_OWNED] = SWITCH_ON;
	begin(&config);
	world_limit(&world, 2, 1);
	world_page_new(&world, P, PAGE_FILE, 0);
	map(A, P, WHY_FILE);
	map(B, Q, WHY_ANON);
	map(B, P, WHY_FILE);
	assert_held(1, 1);
	assert_int_equal(world_counters(&world, 2)->failcnt, 0);
	assert_int_equal(world_counters(&world, 2)->transient, 1);
	world_exit(&world, A);
	assert_held(1, 1);
	map(B, R, WHY_ANON);
	assert_held(1, 1);
	assert_int_equal(world_counters(&world, 2)->failcnt, 1);
	world_exit(&world, B);
	assert_held(0, 0);
	world_release(&world);
}

/* D36: under limit 0 posted charges all, intended nothing: five retries, then A itself is killed. */
static void limit_zero(void **state)
{
	(void)state;
	begin(&posted);
	world_limit(&world, 1, 0);
	map(A, P, WHY_ANON);
	map(A, Q, WHY_ANON);
	assert_held(2, 0);
	world_release(&world);

	begin(&intended);
	world_limit(&world, 1, 0);
	assert_int_equal(world_map(&world, A, P, WHY_ANON, true), FAULT_OOM);
	assert_held(0, 0);
	assert_int_equal(world_counters(&world, 1)->failcnt, RECLAIM_RETRIES + 1);
	assert_int_equal(world_counters(&world, 1)->transient, 0);
	assert_int_equal(world.nr_kills, 1);
	world_release(&world);
}

/* Which reasons prepare (models.md 1.4): at a full limit they are refused, also on a mapped page. */
static void who_prepares(void **state)
{
	static const bool is_refused[WHY_NR] = {
		[WHY_ANON] = true, [WHY_COPY] = true, [WHY_FILE] = true, [WHY_AROUND] = true,
		[WHY_SWAP_IN] = true, [WHY_SWAP_BAD] = true, [WHY_EXEC_ARG] = true,
		[WHY_MIGRATE] = true, [WHY_CORRECT] = true,
	};
	const struct model_class *class;

	(void)state;
	begin(&intended);
	class = world.model->class;
	map(A, P, WHY_ANON);
	world_limit(&world, 1, 1);
	for (int kind = 0; kind < OP_NR_KINDS; kind++) {
		for (int why = WHY_ANON; why < WHY_NR; why++) {
			struct mem_op op = { .kind = (uint8_t)kind, .why = (uint8_t)why,
					     .container = 1, .page = P, .mapcount = 1 };
			bool expected = (kind == OP_MAP && (why == WHY_CORRECT || why <= WHY_EXEC_ARG ||
							    why == WHY_MIGRATE)) ||
					(kind == OP_UNMAP && why == WHY_MIGRATE);	/* D5: the copy */
			struct refusal refusal = { .container = 99 };

			if (kind == OP_MAP && why != WHY_ZAP && why != WHY_EXIT && why != WHY_RECLAIM)
				assert_true(expected == is_refused[why]);
			else if (kind == OP_MAP)
				continue;	/* no such map */
			assert_int_equal(class->prepare(world.model, &op, &refusal),
					 expected ? VERDICT_REFUSED : VERDICT_APPLIED);
			assert_int_equal(refusal.container, expected ? 1 : 99);
		}
	}
	assert_int_equal(world_counters(&world, 1)->failcnt, 10);
	assert_held(1, 0);
	world_release(&world);
}

/* A lowered limit takes nothing; charges are refused until usage is below it. */
static void limit_lowered(void **state)
{
	struct mem_op op = { .kind = OP_MAP, .why = WHY_ANON, .container = 1, .page = 40 };
	const struct model_class *class;
	struct refusal refusal;

	(void)state;
	begin(&intended);
	class = world.model->class;
	for (uint32_t page = 0; page < 4; page++)
		map(A, page, WHY_ANON);
	world_limit(&world, 1, 2);
	assert_held(4, 0);
	world_unmap(&world, A, 0, WHY_ZAP);
	world_unmap(&world, A, 1, WHY_ZAP);
	assert_held(2, 0);
	assert_int_equal(class->prepare(world.model, &op, &refusal), VERDICT_REFUSED);
	world_unmap(&world, A, 2, WHY_ZAP);
	assert_int_equal(class->prepare(world.model, &op, &refusal), VERDICT_APPLIED);
	class->cancel(world.model, &op);
	assert_held(1, 0);
	assert_int_equal(world_counters(&world, 1)->maxheld, 4);
	assert_int_equal(world_counters(&world, 1)->limit, 2);
	world_release(&world);
}

/*
 * 1.8.7, D5: as posted a migrated page is unmapped and mapped again, and belongs to who
 * comes first, here B. As intended its owner pays for the copy ahead: 1, 2, 1.
 */
static void migration_moves_the_charge(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin(is_posted ? &posted : &intended);
		world_page_new(&world, P, PAGE_FILE, 0);
		map(A, P, WHY_FILE);
		map(B, P, WHY_FILE);
		assert_held(1, 0);
		world_migrate(&world, P);
		assert_null(world_check(&world));
		assert_held(!is_posted, is_posted);
		assert_int_equal(world_counters(&world, 1)->transient, is_posted ? 1 : 2);
		assert_int_equal(world_counters(&world, 1)->maxheld, 1);
		world_release(&world);
	}
}

static void counters_are_reset(void **state)
{
	(void)state;
	begin(&posted);
	world_limit(&world, 2, 1);
	world_page_new(&world, P, PAGE_FILE, 0);
	map(A, P, WHY_FILE);
	map(A, R, WHY_ANON);
	world_unmap(&world, A, R, WHY_ZAP);
	map(B, Q, WHY_ANON);
	map(B, P, WHY_FILE);
	assert_int_equal(world_counters(&world, 2)->failcnt, 1);
	assert_int_equal(world_counters(&world, 1)->maxheld, 2);
	world.model->class->reset_counters(world.model);
	assert_int_equal(world_counters(&world, 1)->held, 1);
	assert_int_equal(world_counters(&world, 1)->maxheld, 1);
	assert_int_equal(world_counters(&world, 1)->transient, 1);
	assert_int_equal(world_counters(&world, 2)->failcnt, 0);
	assert_int_equal(world_counters(&world, 2)->reclaims, 0);
	assert_int_equal(world_counters(&world, 2)->limit, 1);
	/* A container nobody has seen. */
	assert_int_equal(world_counters(&world, 77)->held, 0);
	assert_true(world_counters(&world, 77)->limit == PAGES_UNLIMITED);
	world_release(&world);
}

/* check() must see what it is for: each invariant broken from outside. */
static void check_sees(void **state)
{
	struct mem_op op = { .kind = OP_MAP, .why = WHY_ANON, .container = 1, .page = P };
	const struct model_class *class;
	struct refusal refusal;

	(void)state;
	begin(&intended);
	class = world.model->class;
	map(A, P, WHY_ANON);
	class->commit(world.model, &op);	/* never prepared, and P is charged */
	assert_string_equal(class->check(world.model, WORLD_PAGES),
			    "R2: a page that nothing mapped was charged");
	world_release(&world);

	begin(&intended);
	class = world.model->class;
	map(A, P, WHY_ANON);
	op.page = Q;
	class->commit(world.model, &op);	/* never prepared */
	assert_memory_equal(class->check(world.model, WORLD_PAGES), "R1", 2);
	world_release(&world);

	begin(&intended);
	class = world.model->class;
	map(A, P, WHY_ANON);
	op.kind = OP_PAGE_GONE;
	op.page = P;
	class->commit(world.model, &op);
	assert_string_equal(class->check(world.model, WORLD_PAGES), "R2: a page ended while charged");
	world_release(&world);

	begin(&intended);
	class = world.model->class;
	class->reclaimed(world.model, 1);
	assert_memory_equal(class->check(world.model, WORLD_PAGES), "R7", 2);
	world_release(&world);

	begin(&intended);
	class = world.model->class;
	op.kind = OP_MAP;
	assert_int_equal(class->prepare(world.model, &op, &refusal), VERDICT_APPLIED);
	assert_memory_equal(class->check(world.model, WORLD_PAGES), "R1", 2);
	class->cancel(world.model, &op);
	assert_null(class->check(world.model, WORLD_PAGES));
	world_release(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t1_first_toucher_pays),
		cmocka_unit_test(t2_net_zero_fault_reclaims),
		cmocka_unit_test(t3_fork_and_copy),
		cmocka_unit_test(t4_swap_in_changes_owner),
		cmocka_unit_test(t5_sigbus),
		cmocka_unit_test(d7c_skip_owned),
		cmocka_unit_test(limit_zero),
		cmocka_unit_test(who_prepares),
		cmocka_unit_test(limit_lowered),
		cmocka_unit_test(migration_moves_the_charge),
		cmocka_unit_test(counters_are_reset),
		cmocka_unit_test(check_sees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
