// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of pages as arrays, beside plain sequences where every step moves memory: what is put, taken, moved and
 * rotated at random ends in the same order, whatever holes and turns there were.
 */
#include "reclaim/page_lists.h"

#include "tests/unit/test.h"

#include <stdbool.h>
#include <string.h>

#define NR_PAGES 600
#define NR_CONTAINERS 3
#define NR_ZONES 2
#define NR_STEPS 200000

/* A list as it is told: from the tail to the head. */
struct plain {
	uint32_t pages[NR_PAGES];
	uint32_t nr;
};

struct bench {
	struct records records;
	struct page_lists lists;
	struct plain plain[NR_CONTAINERS][NR_ZONES][2];
	uint32_t payers[NR_PAGES];	/* container + 1 */
	bool is_active[NR_PAGES];
	uint64_t random;
};

static uint32_t chosen(struct bench *bench, uint32_t below)
{
	bench->random = bench->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(bench->random >> 33) % below;
}

static struct plain *plain_of(struct bench *bench, uint32_t page)
{
	return &bench->plain[bench->payers[page] - 1][page % NR_ZONES][bench->is_active[page]];
}

static void plain_put(struct plain *plain, uint32_t page, bool is_tail)
{
	if (is_tail)
		memmove(plain->pages + 1, plain->pages, plain->nr * sizeof(*plain->pages));
	plain->pages[is_tail ? 0 : plain->nr] = page;
	plain->nr++;
}

static void plain_take(struct plain *plain, uint32_t page)
{
	uint32_t at = 0;

	while (plain->pages[at] != page)
		at++;
	plain->nr--;
	memmove(plain->pages + at, plain->pages + at + 1, (plain->nr - at) * sizeof(*plain->pages));
}

static void plain_rotate(struct plain *plain)
{
	uint32_t page = plain->pages[0];

	plain_take(plain, page);
	plain_put(plain, page, false);
}

/* A page comes, goes or changes lists. */
static void step_page(struct bench *bench)
{
	uint32_t page = chosen(bench, NR_PAGES), container = chosen(bench, NR_CONTAINERS);
	bool is_active = chosen(bench, 2), is_tail = !chosen(bench, 8);
	struct lru_page *row = lru_page(&bench->lists, page);

	if (!row->list) {
		row->zone = page % NR_ZONES;
		page_lists_know(&bench->lists, container);
		page_lists_put(&bench->lists, page, row, page_list_of(&bench->lists, container, row->zone, is_active), is_tail);
		bench->payers[page] = container + 1;
		bench->is_active[page] = is_active;
		plain_put(plain_of(bench, page), page, is_tail);
		return;
	}
	plain_take(plain_of(bench, page), page);
	if (chosen(bench, 2)) {
		page_lists_take(&bench->lists, row);
		bench->payers[page] = 0;
	} else {
		page_lists_move(&bench->lists, page, row, is_active, is_tail);
		bench->is_active[page] = is_active;
		plain_put(plain_of(bench, page), page, is_tail);
	}
}

/* Lists are looked at, or passed by. */
static void step_list(struct bench *bench)
{
	uint32_t container = chosen(bench, (uint32_t)bench->lists.nr), zone = chosen(bench, NR_ZONES), nr = chosen(bench, 20);
	bool is_active = chosen(bench, 2), is_at_once = chosen(bench, 2);
	struct page_ring *ring = page_ring_of(&bench->lists, container, zone, is_active);
	struct plain *plain = &bench->plain[container][zone][is_active];

	if (is_at_once && !chosen(bench, 4))
		nr += plain->nr;
	for (uint32_t i = 0; i < nr && plain->nr; i++) {
		if (!is_at_once) {
			assert_int_equal(page_ring_tail(ring), plain->pages[0]);
			page_ring_rotate(ring, &lru_page(&bench->lists, plain->pages[0])->place);
		}
		plain_rotate(plain);
	}
	if (is_at_once)
		page_ring_rotate_by(&bench->lists.rings, ring, nr);
}

static void compare(const struct bench *bench, const struct page_lists *lists)
{
	size_t nr_slots = 0;

	for (uint32_t i = 0; i < lists->nr * NR_ZONES * 2; i++) {
		uint32_t container = i / (NR_ZONES * 2), zone = i / 2 % NR_ZONES, nr = 0;
		const struct plain *plain = &bench->plain[container][zone][i % 2];
		const struct page_ring *ring = page_ring_of(lists, container, zone, i % 2);

		assert_int_equal(ring->nr, plain->nr);
		nr_slots += ring->capacity;
		for (uint32_t place = ring->tail; place != ring->head; place++)
			if (*page_ring_slot(ring, place))
				assert_int_equal(*page_ring_slot(ring, place) - 1, plain->pages[nr++]);
		assert_int_equal(nr, plain->nr);
	}
	assert_int_equal(nr_slots, lists->rings.nr_slots);
	assert_true(nr_slots * sizeof(uint32_t) <= (size_t)PAGE_RINGS_BYTES * NR_PAGES);
}

static void same_order(void **state)
{
	struct bench bench = { .random = 7 };
	struct page_lists fork;

	(void)state;
	records_init(&bench.records, 4 + sizeof(struct lru_page));
	records_reserve(&bench.records, NR_PAGES - 1);
	page_lists_init(&bench.lists, &bench.records, 4, true);
	page_lists_know(&bench.lists, 0);
	/* Places wrap. */
	bench.lists.rings.all[1].tail = bench.lists.rings.all[1].head = UINT32_MAX - 1000;
	for (uint32_t i = 0; i < NR_STEPS; i++) {
		/* Every other thousand steps no list is looked at: holes gather. */
		if (chosen(&bench, 4) || (i / 1000) % 2)
			step_page(&bench);
		else
			step_list(&bench);
		if (i % 50)
			continue;
		compare(&bench, &bench.lists);
		for (uint32_t c = 0; c < bench.lists.nr; c++) {
			uint64_t usage = 0;

			for (uint32_t page = 0; page < NR_PAGES; page++)
				usage += bench.payers[page] == c + 1;
			assert_null(page_lists_check(&bench.lists, c, usage));
			assert_non_null(page_lists_check(&bench.lists, c, usage + 1));
		}
	}
	fork = bench.lists;
	page_lists_fork(&fork, &bench.records, 4);
	compare(&bench, &fork);
	page_lists_release(&fork);
	page_lists_release(&bench.lists);
	records_release(&bench.records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
