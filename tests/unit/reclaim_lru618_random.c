// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random streams of pages that come, are used, written, locked and reclaimed: lru618
 * and a slow reading of the specification do the same, call by call, and have the same
 * lists, ages and costs after every operation.  In every other stream the host offers the short way, examine() and evict().
 *
 *	reclaim_lru618_random [first seed [streams]]
 */
#include "reclaim/lru618.h"
#include "tests/unit/random.h"
#include "tests/unit/slow_lru618.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NR_PAGES 160
#define NR_CONTAINERS 4		/* 1, 2 below 1, 3; 0 holds nothing */
#define NR_OPS 300
#define MAX_LOG 8192

/* 7683 takes the first page from a folio that waits for its write. */
static uint64_t first_seed = 6500, nr_streams = 1500;

/* What the streams reached, so that the test is known to test. */
static struct {
	uint64_t calls, freed, activated, deactivated, rotated, refaults, fruitless, evicted;
} reached;

/* A page as its host has it. */
struct page_state {
	uint32_t container, folio, mapcount, nr_young;
	bool is_charged, is_anon, is_shmem, is_locked, is_dirty, is_writeback, is_reading, is_exec, is_to_write, has_slot;
};

/* A policy and all that it may see and do. */
struct bench {
	struct records rows;
	struct reclaim_host host;
	struct machine machine;
	struct policy *policy;
	struct page_state pages[NR_PAGES];
	uint64_t nr_slots;
	uint32_t log[MAX_LOG], nr_log;	/* what was asked of the host */
	uint32_t nr_made_old[NR_PAGES];	/* apart: examine() does it with many pages before any of them is unmapped */
};

static void note(struct bench *bench, uint32_t what, uint32_t page)
{
	if (bench->nr_log < MAX_LOG)
		bench->log[bench->nr_log++] = what << 16 | page;
}

static unsigned host_look(void *host, uint32_t page)
{
	const struct page_state *p = &((struct bench *)host)->pages[page];

	return (p->is_anon || p->is_shmem ? LOOK_ANON : 0) | (p->mapcount ? LOOK_MAPPED : 0) |
	       (p->is_locked ? LOOK_LOCKED : 0) | (p->is_dirty ? LOOK_DIRTY : 0) | (p->is_writeback ? LOOK_WRITEBACK : 0) |
	       (p->is_reading ? LOOK_READING : 0) | (p->is_exec ? LOOK_EXEC : 0);
}

static struct arrival host_arrival(void *host, uint32_t page)
{
	const struct page_state *p = &((struct bench *)host)->pages[page];

	return (struct arrival){ .folio = p->folio, .is_anon = p->is_anon || p->is_shmem, .is_written_to = p->is_to_write };
}

static uint32_t host_young(void *host, uint32_t page)
{
	struct page_state *p = &((struct bench *)host)->pages[page];
	uint32_t nr = p->nr_young;

	((struct bench *)host)->nr_made_old[page]++;
	p->nr_young = 0;
	return nr;
}

static bool host_add_to_swap(void *host, uint32_t page)
{
	struct bench *bench = host;

	if (bench->pages[page].has_slot)
		return true;
	if (bench->nr_slots >= bench->machine.swap_pages)
		return false;
	bench->nr_slots++;
	bench->pages[page].has_slot = true;
	return true;
}

static bool host_unmap(void *host, uint32_t page)
{
	struct page_state *p = &((struct bench *)host)->pages[page];

	if (p->is_locked)
		return false;
	note(host, 2, page);
	p->mapcount = p->nr_young = 0;
	return true;
}

static void host_freed(void *host, uint32_t page)
{
	struct bench *bench = host;

	note(bench, 4, page);
	bench->pages[page].is_charged = false;
	bench->policy->class->uncharged(bench->policy, page);
}

static void host_examine(void *host, const uint32_t *pages, uint32_t nr, uint16_t *seen)
{
	for (uint32_t i = 0; i < nr; i++) {
		unsigned look = host_look(host, pages[i]);
		uint32_t nr_young;

		if (look & (LOOK_LOCKED | LOOK_DIRTY | LOOK_WRITEBACK | LOOK_READING)) {
			seen[i] = LOOK_CLOSER;
			continue;
		}
		nr_young = look & LOOK_MAPPED ? host_young(host, pages[i]) : 0;
		seen[i] = (uint16_t)(look | (nr_young < 2 ? nr_young : 2) * LOOK_YOUNG);
	}
}

static bool host_evict(void *host, uint32_t page)
{
	const struct page_state *p = &((struct bench *)host)->pages[page];

	if ((p->is_anon || p->is_shmem) && !host_add_to_swap(host, page))
		return false;
	if (p->mapcount)
		host_unmap(host, page);
	host_freed(host, page);
	reached.evicted++;
	return true;
}

static uint64_t host_swap_left(void *host, uint32_t container)
{
	const struct bench *bench = host;

	(void)container;
	return bench->machine.swap_pages - bench->nr_slots;
}

static void host_wake_flushers(void *host)
{
	struct bench *bench = host;

	note(bench, 5, 0);
	for (uint32_t i = 1; i < NR_PAGES; i++) {
		struct page_state *p = &bench->pages[i];

		p->is_writeback |= p->is_dirty;
		p->is_dirty = false;
	}
}

static uint64_t host_place(void *host, uint32_t page)
{
	(void)host;
	return page * UINT64_C(37) % NR_PAGES;
}

static uint32_t host_parent(void *host, uint32_t container)
{
	(void)host;
	return container == 2 ? 1 : 0;
}

static uint32_t host_nr_containers(void *host)
{
	(void)host;
	return NR_CONTAINERS;
}

static void bench_init(struct bench *bench, const struct policy_class *class, uint64_t *rng)
{
	struct policy_config config = { .pages = &bench->rows, .machine = &bench->machine, .host = &bench->host };

	*bench = (struct bench){ .machine = {
		.swappiness = below(rng, 3) ? 60 : below(rng, 201),
		.swap_pages = below(rng, 3) ? UINT64_MAX : below(rng, 60) } };
	bench->host = (struct reclaim_host){
		.host = bench, .look = host_look, .arrival = host_arrival, .test_and_clear_young = host_young, .add_to_swap = host_add_to_swap,
		.unmap = host_unmap, .freed = host_freed, .swap_left = host_swap_left,
		.wake_flushers = host_wake_flushers, .place = host_place, .parent = host_parent,
		.nr_containers = host_nr_containers };
	records_init(&bench->rows, sizeof(struct folio_page));
	for (uint32_t i = 0; i < NR_PAGES; i++)
		records_reserve(&bench->rows, i);
	rules_init(&config.rules, false);
	bench->policy = class->create(&config);
}

static void bench_release(struct bench *bench)
{
	bench->policy->class->destroy(bench->policy);
	records_release(&bench->rows);
}

/* --- operations; each draws the same numbers whatever the policy did --- */

static void charge(struct bench *bench, uint64_t *rng)
{
	uint32_t page = 1 + below(rng, NR_PAGES - 8), nr = below(rng, 4) ? 1 : 1 + below(rng, 6), kind = below(rng, 4);
	uint32_t container = 1 + below(rng, NR_CONTAINERS - 1), first = page;
	struct page_state made = { .container = container, .is_charged = true, .is_anon = kind == 0, .is_shmem = kind == 1 };

	made.mapcount = made.is_anon || below(rng, 2) ? 1 + below(rng, 2) : 0;
	made.nr_young = made.mapcount ? below(rng, made.mapcount + 1) : 0;
	made.is_exec = kind > 1 && !below(rng, 4);
	made.is_to_write = kind == 3 && !below(rng, 3);
	made.is_dirty = made.is_to_write || made.is_shmem;
	for (; page < first + nr && !bench->pages[page].is_charged; page++) {
		if (bench->pages[page].has_slot)
			bench->nr_slots--;
		bench->pages[page] = made;
		bench->pages[page].folio = first;
		bench->policy->class->charged(bench->policy, page, container);
	}
}

static void forget(struct bench *bench, uint32_t page)
{
	bench->policy->class->uncharged(bench->policy, page);
	bench->pages[page].is_charged = false;
	bench->pages[page].mapcount = bench->pages[page].nr_young = 0;
}

static void change(struct bench *bench, uint64_t *rng, uint32_t op)
{
	uint32_t page = 1 + below(rng, NR_PAGES - 1), chance = below(rng, 4);
	struct page_state *p = &bench->pages[page];

	if (!p->is_charged)
		return;
	if (op < 4)
		p->nr_young = p->mapcount;
	else if (op < 8 && !p->is_anon)
		bench->policy->class->accessed(bench->policy, page);
	else if (op == 8 && !chance)
		forget(bench, page);
	else if (op == 9 && !p->is_anon && !p->is_shmem && !p->is_writeback)
		p->is_dirty = true;
	else if (op == 10)
		p->is_writeback = false;
	else if (op == 11 && (p->is_locked || !chance))
		p->is_locked = !p->is_locked && p->mapcount;
	else if (op == 12 && (p->is_reading || !chance))
		p->is_reading = !p->is_reading;
	else if (op == 13 && !p->is_anon && !p->is_locked && chance) {
		p->mapcount = p->nr_young = 0;
		bench->policy->class->zapped_young(bench->policy, page);
	}
}

static void reclaim(struct bench *bench, uint64_t *rng, struct reclaim_result *result)
{
	uint32_t container = 1 + below(rng, NR_CONTAINERS - 1);

	*result = (struct reclaim_result){ .asked = below(rng, 3) ? 1 : below(rng, 60) };
	bench->policy->class->reclaim(bench->policy, container, result);
}

static void step(struct bench *bench, uint64_t *rng, struct reclaim_result *result)
{
	uint32_t op = below(rng, 34);

	*result = (struct reclaim_result){ 0 };
	bench->nr_log = 0;
	memset(bench->nr_made_old, 0, sizeof(bench->nr_made_old));
	if (op < 14)
		change(bench, rng, op);
	else if (op < 32)
		charge(bench, rng);
	else
		reclaim(bench, rng, result);
}

/* --- side by side --- */

static size_t fast_list(const struct bench *bench, uint32_t container, enum lru_list list, uint32_t *pages)
{
	const struct lru618 *lru = (const struct lru618 *)bench->policy;
	const struct page_ring *ring = lruvec_ring(&lru->lrus, container, list);
	size_t nr = 0;

	for (uint32_t place = ring->head; place-- != ring->tail;) {
		uint32_t head = *page_ring_slot(ring, place) - 1, nr_pages;
		const struct large_folio *large;

		if (head == UINT32_MAX)
			continue;
		pages[nr++] = head;
		nr_pages = folio_nr(&lru->lrus, head, folio_page(&lru->lrus, head));
		large = nr_pages > 1 ? &lru->lrus.large.all[large_folio_of(&lru->lrus.large, head)] : NULL;
		for (uint32_t i = nr_pages - 1; i-- && nr < NR_PAGES;)
			pages[nr++] = large->tails[i];
	}
	return nr;
}

static const char *compare_lists(const struct bench *fast, const struct bench *slow)
{
	const struct lru618 *lru = (const struct lru618 *)fast->policy;
	uint32_t a[NR_PAGES], b[NR_PAGES];

	for (uint32_t c = 1; c < lru->lrus.nr; c++) {
		for (enum lru_list list = 0; list < LRU_NR; list++) {
			size_t nr = fast_list(fast, c, list, a);

			if (nr != slow_lru618_list(slow->policy, c, list, b, NR_PAGES) || memcmp(a, b, nr * sizeof(*a)))
				return "another list";
		}
		if (lru->lrus.all[c].age != slow_lru618_age(slow->policy, c))
			return "another age";
		for (enum lru_type type = 0; type < LRU_NR_TYPES; type++)
			if (lru->lrus.all[c].cost[type] != slow_lru618_cost(slow->policy, c, type))
				return "another cost";
	}
	return NULL;
}

static const char *compare(const struct bench *fast, const struct bench *slow, const struct reclaim_result *a,
			   const struct reclaim_result *b)
{
	if (fast->nr_log != slow->nr_log || memcmp(fast->log, slow->log, fast->nr_log * sizeof(*fast->log)) ||
	    memcmp(fast->nr_made_old, slow->nr_made_old, sizeof(fast->nr_made_old)))
		return "the host was asked for other things";
	if (a->freed != b->freed || a->scanned != b->scanned || a->activated != b->activated || a->success != b->success ||
	    a->deactivated != b->deactivated || a->rotated != b->rotated || a->priority != b->priority)
		return "another result";
	return compare_lists(fast, slow);
}

static void count(const struct reclaim_result *result)
{
	reached.calls += result->asked > 0;
	reached.fruitless += result->asked && !result->freed;
	reached.freed += result->freed;
	reached.activated += result->activated;
	reached.deactivated += result->deactivated;
	reached.rotated += result->rotated;
}

static void run(uint64_t seed)
{
	uint64_t rng = seed, same = seed;
	struct reclaim_result result, slow_result;
	struct bench fast, slow;
	const struct lru618 *lru;

	bench_init(&fast, policy_by_name("lru618"), &rng);
	bench_init(&slow, &slow_lru618_policy, &same);
	if (seed % 2) {
		fast.host.examine = host_examine;
		fast.host.evict = host_evict;
	}
	for (int i = 0; i < NR_OPS; i++) {
		const char *broken;

		step(&fast, &rng, &result);
		step(&slow, &same, &slow_result);
		broken = rng != same ? "not in step" : compare(&fast, &slow, &result, &slow_result);
		if (broken)
			fail_msg("seed %lu, operation %d: %s", (unsigned long)seed, i, broken);
		count(&result);
	}
	lru = (const struct lru618 *)fast.policy;
	for (uint32_t c = 0; c < lru->lrus.nr; c++)
		reached.refaults += lru->lrus.all[c].own.activate[LRU_FILE] + lru->lrus.all[c].own.activate[LRU_ANON];
	bench_release(&fast);
	bench_release(&slow);
}

static void both_do_the_same(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < nr_streams; i++)
		run(first_seed + i);
	if (nr_streams < 1000)
		return;
	assert_true(reached.calls > nr_streams * 10 && reached.fruitless > nr_streams / 10);
	assert_true(reached.evicted > nr_streams * 10 && reached.evicted < reached.freed / 2);
	assert_true(reached.freed > nr_streams * 50 && reached.activated > nr_streams * 50);
	assert_true(reached.deactivated > nr_streams * 50 && reached.rotated > nr_streams * 10 && reached.refaults > nr_streams);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(both_do_the_same) };

	if (argc > 1)
		first_seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		nr_streams = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
