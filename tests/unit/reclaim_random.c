// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random streams of operations over a few containers, mms and pages: after every
 * one the invariants of models.md hold by the slow books of the world, and two
 * worlds, one with reclaim07, one with its slow reading, did the same.
 *
 *	reclaim_random [first seed [streams]]
 */
#include "tests/unit/random.h"
#include "tests/unit/slow_reclaim.h"
#include "tests/unit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NR_PAGES 24
#define NR_MMS 5
#define NR_OPS 100

static uint64_t first_seed = 1, nr_streams = 20000;

/* What the streams reached, so that the test is known to test. */
static struct {
	uint64_t refused, calls, unmapped, freed, writes, foreign, naps, kills, livelocks;
} reached;

static struct world_config random_config(uint64_t *rng)
{
	static const uint32_t sizes[] = { 0, 1, 3, 5, 6, 8, 40, 300 };	/* 5, 6: near OOM within a pass */
	static const uint32_t ratios[] = { 0, 10, 40, 60, 70, 76, 79, 80, 100 };
	static const enum rule rules[] = {	/* all that keep the invariants */
		D5_MIGRATE_PREPARE, D8_ALWAYS_ACTIVE, D9_ENDLESS_RETRY, D10_NO_SECOND_LOOK, D12_FOREIGN_BLOCKS, D14_ROTATE_HEAD,
		D15_ZONE_BUDGET, D36_LIMIT_ZERO, D38_OOM_OUTSIDER,
	};
	struct world_config config = {
		.machine = {
			.swappiness = below(rng, 3) ? 60 : below(rng, 101),
			.mapped_ratio = ratios[below(rng, 9)],
			.nr_zones = 1 + below(rng, 3),
			.swap_pages = below(rng, 3) ? UINT64_MAX : below(rng, 4),
		},
		.rules.chosen[SWITCH_RECLAIM07_END_RESULT] = (uint8_t)below(rng, 3),
		.rules.chosen[SWITCH_RSS07_SKIP_OWNED] = (uint8_t)below(rng, 2),
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		config.rules.posted |= below(rng, 2) ? RULE_BIT(rules[i]) : 0;
	for (uint32_t i = 0; i < config.machine.nr_zones; i++) {
		config.machine.zones[i].nr_active = sizes[below(rng, 8)];
		config.machine.zones[i].nr_inactive = sizes[below(rng, 8)];
	}
	return config;
}

/* A page that nothing maps may become another; an anonymous one without a slot must. */
static void begin_page(struct world *world, uint32_t page, uint64_t *rng)
{
	static const enum page_kind kinds[] = { PAGE_ANON, PAGE_ANON, PAGE_FILE, PAGE_SHMEM };
	const struct world_page *p = &world->pages[page];
	enum page_kind kind = kinds[below(rng, 4)];
	bool is_new = !below(rng, 3);
	uint32_t zone = below(rng, world->config.machine.nr_zones);

	if (p->nr)
		return;
	if (is_new || (p->kind == PAGE_ANON && !p->has_slot))
		world_page_new(world, page, kind, zone);
}

static void do_map(struct world *world, uint32_t mm, uint32_t page, uint64_t *rng)
{
	const struct world_page *p = &world->pages[page];
	enum op_why why = WHY_FILE;
	bool is_around = !below(rng, 4), is_write = below(rng, 2);
	enum world_end end;

	begin_page(world, page, rng);
	if (world_maps(world, mm, page))
		return;
	if (p->kind == PAGE_ANON)
		why = p->has_slot || p->nr ? WHY_SWAP_IN : WHY_ANON;
	else if (is_around)
		why = WHY_AROUND;
	end = world_map(world, mm, page, why, is_write || why == WHY_ANON);
	if (end == FAULT_OOM && world->is_alive[mm])
		world_exit(world, mm);
}

static void do_copy(struct world *world, uint32_t mm, uint32_t page)
{
	enum world_end end;
	uint32_t copy = 0;

	while (copy < NR_PAGES && (world->pages[copy].nr || copy == page))
		copy++;
	if (copy == NR_PAGES || !world_maps(world, mm, page))
		return;
	end = world_copy(world, mm, page, copy);
	if (end == FAULT_OOM && world->is_alive[mm])
		world_exit(world, mm);
}

static void do_op(struct world *world, uint64_t *rng)
{
	uint32_t mm = below(rng, NR_MMS), page = below(rng, NR_PAGES), other = below(rng, NR_MMS);
	uint32_t container = below(rng, WORLD_CONTAINERS), what = below(rng, 100);
	bool is_write = below(rng, 2);

	if (!world->is_alive[mm]) {
		world_mm_new(world, mm, container);
		return;
	}
	if (what < 45) {
		do_map(world, mm, page, rng);
	} else if (what < 55) {
		world_unmap(world, mm, page, WHY_ZAP);
	} else if (what < 63) {
		do_copy(world, mm, page);
	} else if (what < 68) {
		if (!world->is_alive[other])
			world_fork(world, mm, other);
	} else if (what < 70) {
		world_exit(world, mm);
	} else if (what < 78) {
		world_use(world, page, is_write);
	} else if (what < 83) {
		world->policy->class->accessed(world->policy, page);
	} else if (what < 86) {
		world->policy->class->written(world->policy, page);
	} else if (what < 88) {
		world->pages[page].is_locked = world->pages[page].nr && is_write;
	} else if (what < 90) {
		world_migrate(world, page);
	} else if (what < 91) {
		world_swap_bad(world, mm, page);
	} else if (what < 92) {
		world->container_of[mm] = container;
	} else if (what < 94) {
		world_make_old(world, page);
	} else if (container) {
		world_limit(world, container, below(rng, 4) ? below(rng, 10) : PAGES_UNLIMITED);
	}
}

static const char *compare(const struct world *a, const struct world *b)
{
	if (a->nr_log != b->nr_log || memcmp(a->log, b->log, sizeof(a->log)))
		return "the slow reading did something else";
	if (memcmp(a->pages, b->pages, sizeof(a->pages)))
		return "the slow reading left another world";
	for (uint32_t i = 0; i < WORLD_CONTAINERS; i++) {
		const struct model_counters *x = world_counters(a, i), *y = world_counters(b, i);

		if (memcmp(x, y, sizeof(*x)))
			return "the slow reading counts otherwise";
	}
#define SAME(field) (a->result.field == b->result.field)
	if (!SAME(success) || !SAME(priority) || !SAME(steps) || !SAME(looks) ||
	    !SAME(foreign_looks) || !SAME(scanned) || !SAME(deactivated) || !SAME(activated) ||
	    !SAME(unmapped) || !SAME(writes) || !SAME(freed) || !SAME(naps))
		return "the slow reading reports otherwise";
	if (!SAME(progress))
		return "the slow reading sees progress otherwise";
#undef SAME
	return NULL;
}

static void count_reached(struct world *world)
{
	struct reclaim_result *result = &world->result;

	reached.freed += result->freed;
	reached.writes += result->writes;
	reached.unmapped += result->unmapped;
	reached.foreign += result->foreign_looks;
	reached.naps += result->naps;
	*result = (struct reclaim_result){ 0 };
}

static void run(uint64_t seed)
{
	static struct world fast, slow;
	struct world_config config;
	uint64_t rng = seed;

	config = random_config(&rng);
	world_init(&fast, &config);
	config.policy = &slow_reclaim_policy;
	world_init(&slow, &config);
	for (int i = 0; i < NR_OPS; i++) {
		uint64_t same = rng;
		const char *broken;

		do_op(&fast, &rng);
		do_op(&slow, &same);
		broken = world_check(&fast);
		if (!broken && slow.broken)
			broken = slow.broken;
		if (!broken)
			broken = rng != same ? "the worlds are not in step" : compare(&fast, &slow);
		if (broken)
			fail_msg("seed %lu, operation %d: %s", (unsigned long)seed, i, broken);
		count_reached(&fast);
		slow.result = fast.result;
	}
	reached.calls += fast.nr_calls;
	reached.livelocks += fast.nr_livelocks;
	reached.kills += fast.nr_kills;
	for (uint32_t i = 0; i < WORLD_CONTAINERS; i++)
		reached.refused += world_counters(&fast, i)->failcnt;
	world_release(&fast);
	world_release(&slow);
}

static void invariants_hold(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < nr_streams; i++)
		run(first_seed + i);
	if (nr_streams < 1000)
		return;
	assert_true(reached.refused > nr_streams && reached.calls >= reached.refused);
	assert_true(reached.unmapped > nr_streams && reached.freed > nr_streams / 10);
	assert_true(reached.writes > nr_streams / 10 && reached.foreign > nr_streams);
	assert_true(reached.naps > nr_streams / 10 && reached.kills > nr_streams / 10);
	assert_true(reached.livelocks > nr_streams / 100);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(invariants_hold) };

	if (argc > 1)
		first_seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		nr_streams = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
