// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random streams of operations over a few groups, mms and pages: after every one
 * M1..M7 hold by the slow books of the world, and two worlds, one with reclaim27,
 * one with its slow reading, did the same.
 *
 *	reclaim_memcg_random [first seed [streams]]
 */
#include "tests/unit/memcg_world.h"
#include "tests/unit/slow_reclaim27.h"
#include "tests/unit/random.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define NR_MMS 5
#define NR_OPS 100

static uint64_t first_seed = 1, nr_streams = 20000;

/* What the streams reached, so that the test is known to test. */
static struct {
	uint64_t refused, calls, unmapped, freed, writes, activated, naps, victims, successes, anomalies,
		 undrained, busy, failed_reads;
} reached;

static struct mw_config random_config(uint64_t *rng)
{
	static const uint32_t swappiness[] = { 60, 60, 0, 30, 100 };
	struct mw_config config = {
		.machine = {
			.swappiness = swappiness[below(rng, 5)],
			.nr_zones = 1 + below(rng, 3),
			.swap_pages = below(rng, 3) ? UINT64_MAX : below(rng, 4),
		},
		.is_slow_device = !below(rng, 4),
	};

	rules_init(&config.rules, false);
	config.rules.chosen[SWITCH_MEMCG_KERNEL] = below(rng, 2) ? MEMCG_K27 : (uint8_t)below(rng, 4);
	config.rules.chosen[SWITCH_MEMCG_LOCKLESS] = below(rng, 4) > 0;
	if (!below(rng, 3))
		config.rules.posted = RULE_BIT(D29_RCU_LEFT_LOCKED) | RULE_BIT(D32_EMPTY_LOOPS) |
				      RULE_BIT(D34_DOUBLE_CHARGE);
	return config;
}

/* A page that nothing maps may become another; an anonymous one without a slot must. */
static void begin_page(struct mw *mw, uint32_t page, uint64_t *rng)
{
	static const enum page_kind kinds[] = { PAGE_ANON, PAGE_ANON, PAGE_FILE, PAGE_FILE, PAGE_SHMEM };
	const struct mw_page *p = &mw->pages[page];
	enum page_kind kind = kinds[below(rng, 5)];
	bool is_new = !below(rng, 6);
	uint32_t zone = below(rng, mw->config.machine.nr_zones);

	if (p->nr)
		return;
	if (is_new || (p->kind == PAGE_ANON && !p->has_slot))
		mw_page_new(mw, page, kind, zone);
}

static void do_map(struct mw *mw, uint32_t mm, uint32_t page, uint64_t *rng)
{
	const struct mw_page *p = &mw->pages[page];
	bool is_around = !below(rng, 4), is_write = below(rng, 2);
	enum op_why why = WHY_FILE;

	begin_page(mw, page, rng);
	if (mw_maps(mw, mm, page))
		return;
	if (p->kind == PAGE_ANON)
		why = p->has_slot || p->nr ? WHY_SWAP_IN : WHY_ANON;
	else if (is_around)
		why = WHY_AROUND;
	mw_map(mw, mm, page, why, is_write || why == WHY_ANON);
}

static void do_read(struct mw *mw, uint32_t mm, uint32_t first, uint32_t nr, uint64_t *rng)
{
	for (uint32_t page = first; page < first + nr && page < MW_PAGES; page++) {
		begin_page(mw, page, rng);
		if (mw->pages[page].kind != PAGE_ANON && mw->is_alive[mm])
			reached.failed_reads += mw_read(mw, mm, page) == MW_OOM;
	}
}

static void do_copy(struct mw *mw, uint32_t mm, uint32_t page, uint32_t nr_pages)
{
	uint32_t copy = 0;

	while (copy < nr_pages && (mw->pages[copy].nr || copy == page))
		copy++;
	if (copy < nr_pages && mw_maps(mw, mm, page))
		mw_copy(mw, mm, page, copy);
}

static void do_op(struct mw *mw, uint32_t nr_pages, uint64_t *rng)
{
	uint32_t mm = below(rng, NR_MMS), page = below(rng, nr_pages), other = below(rng, NR_MMS);
	uint32_t container = below(rng, MW_CONTAINERS), what = below(rng, 100), amount = below(rng, 60);
	bool is_write = below(rng, 2);

	mw->cpu = below(rng, MW_CPUS);
	if (!mw->is_alive[mm]) {
		mw_mm_new(mw, mm, container);
		return;
	}
	if (what < 30) {
		do_map(mw, mm, page, rng);
	} else if (what < 40) {
		do_read(mw, mm, page, nr_pages > 64 ? amount : 1, rng);
	} else if (what < 50) {
		mw_unmap(mw, mm, page, WHY_ZAP);
	} else if (what < 58) {
		do_copy(mw, mm, page, nr_pages);
	} else if (what < 62) {
		if (!mw->is_alive[other])
			mw_fork(mw, mm, other);
	} else if (what < 64) {
		mw_exit(mw, mm);
	} else if (what < 70) {
		mw_use(mw, page, is_write);
	} else if (what < 74) {
		mw->policy->class->accessed(mw->policy, page);
	} else if (what < 77) {
		mw_written(mw, page);
	} else if (what < 79) {
		mw->pages[page].is_locked = mw->pages[page].nr && is_write;
	} else if (what < 80) {
		mw->pages[page].is_file_mapped = is_write;
	} else if (what < 84) {
		mw_migrate(mw, page);
	} else if (what < 85) {
		if (!mw->pages[page].nr && mw->pages[page].kind == PAGE_ANON)
			mw_swap_bad(mw, mm, page);
	} else if (what < 87) {
		mw->container_of[mm] = container;
	} else if (what < 89) {
		mw_make_old(mw, page);
	} else if (what < 92) {
		mw_truncate(mw, page);
	} else if (what < 93) {
		mw_force_empty(mw, container);
	} else if (container) {
		reached.busy += !mw_limit(mw, container, below(rng, 4) ? amount / 4 : PAGES_UNLIMITED);
	}
}

static const char *compare(const struct mw *a, const struct mw *b)
{
	if (a->nr_log != b->nr_log || memcmp(a->log, b->log, sizeof(a->log)))
		return "the slow reading did something else";
	if (memcmp(a->pages, b->pages, sizeof(a->pages)))
		return "the slow reading left another world";
	for (uint32_t i = 0; i < MW_CONTAINERS; i++)
		if (memcmp(mw_counters(a, i), mw_counters(b, i), sizeof(struct model_counters)))
			return "the slow reading counts otherwise";
#define SAME(field) (a->result.field == b->result.field)
	if (!SAME(success) || !SAME(priority) || !SAME(steps) || !SAME(looks) || !SAME(scanned) ||
	    !SAME(deactivated) || !SAME(activated) || !SAME(unmapped) || !SAME(uncharged) || !SAME(writes) ||
	    !SAME(freed) || !SAME(naps))
		return "the slow reading reports otherwise";
	if (!SAME(progress))
		return "the slow reading sees progress otherwise";
#undef SAME
	return NULL;
}

static void count_reached(struct mw *mw)
{
	reached.freed += mw->result.freed;
	reached.writes += mw->result.writes;
	reached.unmapped += mw->result.unmapped;
	reached.activated += mw->result.activated;
	reached.naps += mw->result.naps;
	reached.successes += mw->result.success;
	reached.anomalies += mw->anomaly.text != NULL;
	mw->anomaly.text = NULL;
	for (uint32_t i = 0; i < MW_CONTAINERS; i++)
		reached.undrained += mw_stat(mw, i).undrained > 0;
	mw->result = (struct reclaim_result){ 0 };
}

static void run(uint64_t seed)
{
	static struct mw fast, slow;
	struct mw_config config;
	uint64_t rng = seed;
	uint32_t nr_pages;

	config = random_config(&rng);
	nr_pages = below(&rng, 4) ? 24 : MW_PAGES;
	mw_init(&fast, &config);
	config.policy = &slow_reclaim27_policy;
	mw_init(&slow, &config);
	for (int i = 0; i < NR_OPS; i++) {
		uint64_t same = rng;
		const char *broken;

		do_op(&fast, nr_pages, &rng);
		do_op(&slow, nr_pages, &same);
		broken = mw_check(&fast);
		if (!broken && slow.broken)
			broken = slow.broken;
		if (!broken)
			broken = rng != same ? "the worlds are not in step" : compare(&fast, &slow);
		if (broken)
			fail_msg("seed %lu, operation %d: %s", (unsigned long)seed, i, broken);
		count_reached(&fast);
		slow.result = fast.result;
		slow.anomaly.text = NULL;
	}
	reached.calls += fast.nr_calls;
	reached.victims += fast.nr_victims;
	for (uint32_t i = 0; i < MW_CONTAINERS; i++)
		reached.refused += mw_counters(&fast, i)->failcnt;
	mw_release(&fast);
	mw_release(&slow);
}

static void invariants_hold(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < nr_streams; i++)
		run(first_seed + i);
	if (nr_streams < 1000)
		return;
	assert_true(reached.refused > nr_streams && reached.calls > reached.refused);
	assert_true(reached.unmapped > nr_streams && reached.freed > nr_streams);
	assert_true(reached.writes > nr_streams && reached.activated > nr_streams / 2);
	assert_true(reached.naps > nr_streams && reached.victims > nr_streams / 10);
	assert_true(reached.successes > nr_streams / 100 && reached.anomalies > nr_streams / 10);
	assert_true(reached.undrained > nr_streams && reached.busy > nr_streams / 20);
	assert_true(reached.failed_reads > nr_streams / 100);
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
