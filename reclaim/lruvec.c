// SPDX-License-Identifier: GPL-2.0-or-later
/* Folios on lists. */
#include "reclaim/lruvec.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>

void lruvecs_init(struct lruvecs *lrus, struct records *pages, size_t offset)
{
	*lrus = (struct lruvecs){ 0 };
	page_rings_init(&lrus->rings, pages, offset);
}

void lruvecs_fork(struct lruvecs *lrus, struct records *pages, size_t offset)
{
	page_rings_fork(&lrus->rings, pages, offset);
	lrus->all = xcopy(lrus->all, lrus->nr, sizeof(*lrus->all));
	lrus->capacity = lrus->nr;
	lrus->within = lrus->folios = NULL;
	lrus->within_capacity = lrus->folios_capacity = 0;
	lrus->knows_within = false;
}

void lruvecs_release(struct lruvecs *lrus)
{
	free(lrus->all);
	free(lrus->within);
	free(lrus->folios);
	page_rings_release(&lrus->rings);
}

struct lruvec *lruvec_of(struct lruvecs *lrus, uint32_t container)
{
	while (lrus->nr <= container) {
		xgrow(&lrus->all, lrus->nr, &lrus->capacity, sizeof(*lrus->all));
		lrus->all[lrus->nr++] = (struct lruvec){ 0 };
	}
	page_rings_grow(&lrus->rings, lrus->nr * LRU_NR_ALL);
	return &lrus->all[container];
}

/* --- one list --- */

static __attribute__((noinline)) void resize_above(struct lruvecs *lrus, uint32_t container, int list, uint64_t change)
{
	while ((container = lrus->all[container].parent))
		lrus->all[container].below.size[list] += change;
}

/* Modulo 2^64 where it shrinks. */
static inline void resize(struct lruvecs *lrus, uint32_t container, int list, uint64_t change)
{
	lrus->all[container].own.size[list] += change;
	if (lrus->all[container].parent)
		resize_above(lrus, container, list, change);
}

static inline void link_folio(struct lruvecs *lrus, uint32_t page, struct folio_page *row, enum lru_list list, bool is_tail)
{
	row->list = list;
	resize(lrus, row->container, list, row->nr);
	page_ring_put(&lrus->rings, page, (size_t)row->container * LRU_NR_ALL + list, is_tail);
}

static inline void unlink_folio(struct lruvecs *lrus, const struct folio_page *row)
{
	resize(lrus, row->container, row->list, -(uint64_t)row->nr);
	page_ring_take(lruvec_ring(lrus, row->container, row->list), row->place);
}

const uint32_t *lruvec_folios(struct lruvecs *lrus, uint32_t container, enum lru_list list, uint32_t *nr)
{
	const struct page_ring *ring = lruvec_ring(lrus, container, list);
	uint32_t found = 0;

	for (uint32_t place = ring->head; place-- != ring->tail;) {
		uint32_t slot = *page_ring_slot(ring, place);

		if (!slot)
			continue;
		xgrow(&lrus->folios, found, &lrus->folios_capacity, sizeof(*lrus->folios));
		lrus->folios[found++] = slot - 1;
	}
	*nr = found;
	return lrus->folios;
}

/* --- folios --- */

/* Few pages do: apart, so that others cost no registers. */
static __attribute__((noinline)) void join(struct lruvecs *lrus, uint32_t page, uint32_t head)
{
	struct folio_page *row = folio_page(lrus, page), *first = folio_page(lrus, head);

	row->head = head + 1;
	row->container = first->container;
	row->sibling = first->sibling;
	first->sibling = page;
	first->nr++;
	if (!(first->flags & FOLIO_ISOLATED))
		resize(lrus, first->container, first->list, 1);
}

void lruvec_add(struct lruvecs *lrus, uint32_t page, uint32_t head, uint32_t container, enum lru_list list)
{
	struct folio_page *row = folio_page(lrus, page);

	assert(!row->head);
	if (head != page && folio_page(lrus, head)->head == head + 1 &&
	    folio_page(lrus, head)->container == container) {
		join(lrus, page, head);
		return;
	}
	row->head = page + 1;
	row->sibling = page;
	row->container = container;
	row->nr = 1;
	link_folio(lrus, page, row, list, false);
}

/* The head leaves: the next page of the folio is its head now, in its place. */
static void behead(struct lruvecs *lrus, uint32_t page)
{
	struct folio_page *row = folio_page(lrus, page), *next = folio_page(lrus, row->sibling);
	uint32_t head = row->sibling, last = head;

	next->nr = row->nr - 1;
	next->list = row->list;
	next->flags = (next->flags & SHADOW_WORKINGSET) | (row->flags & ~(unsigned)SHADOW_WORKINGSET);
	for (;; last = folio_page(lrus, last)->sibling) {
		folio_page(lrus, last)->head = head + 1;
		if (folio_page(lrus, last)->sibling == page)
			break;
	}
	folio_page(lrus, last)->sibling = head;
	if (row->flags & FOLIO_ISOLATED)
		return;
	resize(lrus, row->container, row->list, -UINT64_C(1));
	next->place = row->place;
	*page_ring_slot(lruvec_ring(lrus, row->container, row->list), row->place) = head + 1;
}

static void leave(struct lruvecs *lrus, uint32_t page)
{
	struct folio_page *row = folio_page(lrus, page), *first = folio_page(lrus, row->head - 1);
	uint32_t before = page;

	while (folio_page(lrus, before)->sibling != page)
		before = folio_page(lrus, before)->sibling;
	folio_page(lrus, before)->sibling = row->sibling;
	first->nr--;
	if (!(first->flags & FOLIO_ISOLATED))
		resize(lrus, first->container, first->list, -UINT64_C(1));
}

void lruvec_remove(struct lruvecs *lrus, uint32_t page)
{
	struct folio_page *row = folio_page(lrus, page);

	if (!row->head)
		return;
	if (row->head != page + 1)
		leave(lrus, page);
	else if (row->sibling != page)
		behead(lrus, page);
	else if (!(row->flags & FOLIO_ISOLATED))
		unlink_folio(lrus, row);
	row->head = 0;
	row->nr = 0;
	row->flags &= SHADOW_FLAGS;
}

void lruvec_move(struct lruvecs *lrus, uint32_t head, enum lru_list list, bool is_tail)
{
	struct folio_page *row = folio_page(lrus, head);

	unlink_folio(lrus, row);
	link_folio(lrus, head, row, list, is_tail);
}

uint32_t lruvec_isolate(struct lruvecs *lrus, uint32_t container, enum lru_list list, uint64_t nr, uint32_t *taken)
{
	struct page_ring *ring = lruvec_ring(lrus, container, list);
	const struct folio_rows rows = folio_rows(lrus);
	uint32_t most = ring->nr < LRU_CLUSTER ? ring->nr : LRU_CLUSTER, nr_taken = 0;
	uint64_t pages = 0;

	/* Their rows are on their way together. */
	for (uint32_t i = 0; i < most && i < nr; i++)
		page_ring_look_ahead(&lrus->rings, ring, i);
	while (nr_taken < most && pages < nr) {
		uint32_t page = page_ring_tail(ring);
		struct folio_page *row = row_at(&rows, page);

		row->flags |= FOLIO_ISOLATED;
		pages += row->nr;
		taken[nr_taken++] = page;
		page_ring_take(ring, ring->tail);
	}
	resize(lrus, container, list, -pages);
	return nr_taken;
}

uint64_t lruvec_putback(struct lruvecs *lrus, uint32_t container, enum lru_list list, const uint32_t *folios, uint32_t nr)
{
	const struct folio_rows rows = folio_rows(lrus);
	uint64_t pages = 0;

	for (uint32_t i = 0; i < nr; i++) {
		struct folio_page *row = row_at(&rows, folios[i]);

		row->flags &= ~(unsigned)FOLIO_ISOLATED;
		row->list = list;
		pages += row->nr;
		page_ring_put(&lrus->rings, folios[i], (size_t)container * LRU_NR_ALL + list, false);
	}
	resize(lrus, container, list, pages);
	return pages;
}

/* --- what lies below what --- */

bool lruvec_set_parent(struct lruvecs *lrus, uint32_t container, uint32_t parent)
{
	uint32_t before;

	lruvec_of(lrus, parent);
	before = lruvec_of(lrus, container)->parent;
	lrus->all[container].parent = parent;
	lrus->is_nested |= parent != 0;
	return parent != before;
}

static void add(struct lru_sums *sums, const struct lru_sums *more)
{
	for (int list = 0; list < LRU_NR_ALL; list++)
		sums->size[list] += more->size[list];
	for (int type = 0; type < LRU_NR_TYPES; type++)
		sums->activate[type] += more->activate[type];
}

void lruvecs_sum_up(struct lruvecs *lrus)
{
	for (size_t i = 0; i < lrus->nr; i++)
		lrus->all[i].below = lrus->all[i].shown_below = (struct lru_sums){ 0 };
	for (size_t i = 0; i < lrus->nr; i++) {
		for (uint32_t above = lrus->all[i].parent; above; above = lrus->all[above].parent) {
			add(&lrus->all[above].below, &lrus->all[i].own);
			add(&lrus->all[above].shown_below, &lrus->all[i].shown);
		}
	}
	lrus->knows_within = false;
}

/* The host, container 0, has none below it. */
static bool lies_within(const struct lruvecs *lrus, uint32_t container, uint32_t target)
{
	while (container != target && lrus->all[container].parent)
		container = lrus->all[container].parent;
	return container == target;
}

const uint32_t *lruvecs_within(struct lruvecs *lrus, uint32_t container, size_t *nr)
{
	if (!lrus->knows_within || lrus->within_of != container) {
		lrus->nr_within = 0;
		for (uint32_t i = 0; i < lrus->nr; i++) {
			if (!lies_within(lrus, i, container))
				continue;
			xgrow(&lrus->within, lrus->nr_within, &lrus->within_capacity, sizeof(*lrus->within));
			lrus->within[lrus->nr_within++] = i;
		}
		lrus->within_of = container;
		lrus->knows_within = true;
	}
	*nr = lrus->nr_within;
	return lrus->within;
}

/* --- what is counted --- */

void lruvec_age(struct lruvecs *lrus, uint32_t container, uint64_t pages)
{
	do
		lrus->all[container].age += pages;
	while ((container = lrus->all[container].parent));
}

void lruvec_activated(struct lruvecs *lrus, uint32_t container, enum lru_type type)
{
	lrus->all[container].own.activate[type]++;
	while ((container = lrus->all[container].parent))
		lrus->all[container].below.activate[type]++;
}

static uint64_t evictable(const struct lruvecs *lrus, uint32_t container)
{
	uint64_t sum = 0;

	for (int list = 0; list < LRU_UNEVICTABLE; list++)
		sum += lruvec_total(lrus, container, list);
	return sum;
}

void lruvec_cost(struct lruvecs *lrus, uint32_t container, enum lru_type type, uint64_t io, uint64_t kept)
{
	uint64_t cost = io * LRU_CLUSTER + kept;

	lruvec_of(lrus, container);
	do {
		struct lruvec *lruvec = &lrus->all[container];

		lruvec->cost[type] += cost;
		if (lruvec->cost[LRU_ANON] + lruvec->cost[LRU_FILE] > evictable(lrus, container) / 4) {
			lruvec->cost[LRU_ANON] /= 2;
			lruvec->cost[LRU_FILE] /= 2;
		}
		container = lruvec->parent;
	} while (container);
}

/* --- check --- */

static const char *check_folio(const struct lruvecs *lrus, uint32_t head, uint32_t container)
{
	const struct folio_page *first = folio_page(lrus, head);
	uint32_t page = head;

	for (uint32_t i = 0; i < first->nr; i++, page = folio_page(lrus, page)->sibling)
		if (folio_page(lrus, page)->head != head + 1 || folio_page(lrus, page)->container != container)
			return "C2: a page of a folio is of another";
	return page != head ? "C2: a folio is larger than it says" : NULL;
}

static const char *check_list(const struct lruvecs *lrus, uint32_t container, enum lru_list list)
{
	const struct page_ring *ring = lruvec_ring(lrus, container, list);
	const char *broken = page_ring_holds(&lrus->rings, ring) ? NULL : "C2: a folio is elsewhere on a list than it says";
	uint64_t size = 0;

	for (uint32_t place = ring->tail; place != ring->head && !broken; place++) {
		uint32_t slot = *page_ring_slot(ring, place);
		const struct folio_page *row = slot ? folio_page(lrus, slot - 1) : NULL;

		if (!row)
			continue;
		broken = check_folio(lrus, slot - 1, container);
		if (row->list != list || row->flags & FOLIO_ISOLATED)
			broken = "C2: a folio is on another list than it says";
		size += row->nr;
	}
	return !broken && size != lrus->all[container].own.size[list] ? "C2: a list's size is not that of its folios" : broken;
}

/* By the pages themselves, whatever the lists say. */
static const char *check_pages(const struct lruvecs *lrus, uint32_t container, uint64_t pages)
{
	uint64_t nr = 0;

	for (uint32_t i = 0; i < lrus->rings.pages->nr; i++) {
		const struct folio_page *row = folio_page(lrus, i);

		if (!row->head || row->container != container)
			continue;
		nr++;
		if (row->flags & HAS_SHADOW)
			return "C7: a page that is there has a shadow";
		if (row->head == i + 1 ? !row->nr : folio_page(lrus, row->head - 1)->head != row->head)
			return "C2: a page is of a folio that there is not";
	}
	return nr != pages ? "C2: the pages on lists are not what the container pays for" : NULL;
}

static bool is_summed_up(const struct lruvecs *lrus, uint32_t container, int list)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < lrus->nr; i++)
		if (i != container && lies_within(lrus, i, container))
			sum += lrus->all[i].own.size[list];
	return sum == lrus->all[container].below.size[list];
}

const char *lruvec_check(const struct lruvecs *lrus, uint32_t container, uint64_t pages)
{
	const struct lruvec *lruvec;
	const char *broken = NULL;
	uint64_t size = 0;

	if (container >= lrus->nr)
		return pages ? "C2: a container without lists pays for pages" : NULL;
	lruvec = &lrus->all[container];
	for (int list = 0; list < LRU_NR_ALL && !broken; list++) {
		broken = check_list(lrus, container, list);
		if (!broken && !is_summed_up(lrus, container, list))
			broken = "C2: a container's lists are not those of all below it";
		size += lruvec->own.size[list];
	}
	for (int type = 0; type < LRU_NR_TYPES && !broken; type++)
		if (lruvec->refault[type] < lruvec->own.activate[type] || lruvec->own.activate[type] < lruvec->restore[type])
			broken = "C9: more was activated or restored than refaulted";
	if (!broken && size != pages)
		broken = "C2: the lists do not hold what the container pays for";
	return broken ? broken : check_pages(lrus, container, pages);
}
