// SPDX-License-Identifier: GPL-2.0-or-later
/* Folios on lists. */
#include "reclaim/lruvec.h"

#include "base/status.h"
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
	large_folios_fork(&lrus->large);
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
	large_folios_release(&lrus->large);
}

struct lruvec *lruvec_of(struct lruvecs *lrus, uint32_t container)
{
	if (container >> FOLIO_CONTAINER_BITS)
		bug("more than 2^%d containers: a page has no room for their numbers", FOLIO_CONTAINER_BITS);
	while (lrus->nr <= container) {
		xgrow(&lrus->all, lrus->nr, &lrus->capacity, sizeof(*lrus->all));
		lrus->all[lrus->nr++] = (struct lruvec){ 0 };
	}
	page_rings_grow(&lrus->rings, lrus->nr * LRU_NR_ALL);
	return &lrus->all[container];
}

/* --- one list --- */

void lruvec_resize_above(struct lruvecs *lrus, uint32_t container, enum lru_list list, uint64_t change)
{
	while ((container = lrus->all[container].parent))
		lrus->all[container].below.size[list] += change;
}

static inline void link_folio(struct lruvecs *lrus, uint32_t page, struct folio_page *row, enum lru_list list, bool is_tail)
{
	folio_set_list(row, list);
	lruvec_resize(lrus, folio_container(row), list, folio_nr(lrus, page, row));
	page_ring_put(&lrus->rings, page, (size_t)folio_container(row) * LRU_NR_ALL + list, is_tail);
}

static inline void unlink_folio(struct lruvecs *lrus, uint32_t page, const struct folio_page *row)
{
	lruvec_resize(lrus, folio_container(row), folio_list(row), -(uint64_t)folio_nr(lrus, page, row));
	page_ring_take(lruvec_ring(lrus, folio_container(row), folio_list(row)), row->place);
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

	row->large = first->flags & FOLIO_LARGE ? large_folio_of(&lrus->large, head) : large_folio_begin(&lrus->large, head);
	row->flags = FOLIO_LARGE | folio_container(first) << FOLIO_CONTAINER_SHIFT;
	first->flags |= FOLIO_LARGE;
	large_folio_join(&lrus->large.all[row->large], page);
	if (!(first->flags & FOLIO_ISOLATED))
		lruvec_resize(lrus, folio_container(first), folio_list(first), 1);
}

void lruvec_add(struct lruvecs *lrus, uint32_t page, uint32_t head, uint32_t container, enum lru_list list)
{
	struct folio_page *row = folio_page(lrus, page);

	assert(!is_in_folio(row));
	if (head != page && folio_page(lrus, head)->flags & FOLIO_HEAD && folio_container(folio_page(lrus, head)) == container) {
		join(lrus, page, head);
		return;
	}
	row->flags |= FOLIO_HEAD | container << FOLIO_CONTAINER_SHIFT;
	link_folio(lrus, page, row, list, false);
}

/* Of a large folio only its head is left. */
static void end_if_small(struct lruvecs *lrus, uint32_t number)
{
	const struct large_folio *folio = &lrus->large.all[number];

	if (folio->nr_tails)
		return;
	folio_page(lrus, folio->head)->flags &= ~(unsigned)FOLIO_LARGE;
	large_folio_end(&lrus->large, number);
}

/* The head leaves: the next page of the folio is its head now, in its place. */
static void behead(struct lruvecs *lrus, uint32_t page)
{
	uint32_t number = large_folio_of(&lrus->large, page), head = large_folio_behead(&lrus->large, number);
	const struct folio_page *row = folio_page(lrus, page);
	struct folio_page *next = folio_page(lrus, head);

	next->flags = row->flags;
	if (!(row->flags & FOLIO_ISOLATED)) {
		lruvec_resize(lrus, folio_container(row), folio_list(row), -UINT64_C(1));
		next->place = row->place;
		*page_ring_slot(lruvec_ring(lrus, folio_container(row), folio_list(row)), row->place) = head + 1;
	}
	end_if_small(lrus, number);
}

static void leave(struct lruvecs *lrus, uint32_t page)
{
	uint32_t number = folio_page(lrus, page)->large;
	const struct folio_page *first = folio_page(lrus, lrus->large.all[number].head);

	large_folio_leave(&lrus->large.all[number], page);
	if (!(first->flags & FOLIO_ISOLATED))
		lruvec_resize(lrus, folio_container(first), folio_list(first), -UINT64_C(1));
	end_if_small(lrus, number);
}

void lruvec_forget_large(struct lruvecs *lrus, uint32_t head)
{
	large_folio_end(&lrus->large, large_folio_of(&lrus->large, head));
}

void lruvec_remove(struct lruvecs *lrus, uint32_t page)
{
	struct folio_page *row = folio_page(lrus, page);

	if (!is_in_folio(row))
		return;
	if (!(row->flags & FOLIO_HEAD))
		leave(lrus, page);
	else if (row->flags & FOLIO_LARGE)
		behead(lrus, page);
	else if (!(row->flags & FOLIO_ISOLATED))
		unlink_folio(lrus, page, row);
	row->flags = 0;
}

void lruvec_move(struct lruvecs *lrus, uint32_t head, enum lru_list list, bool is_tail)
{
	struct folio_page *row = folio_page(lrus, head);

	unlink_folio(lrus, head, row);
	link_folio(lrus, head, row, list, is_tail);
}

void lruvec_isolate(struct lruvecs *lrus, uint32_t container, enum lru_list list, uint64_t nr, struct lru_taken *taken)
{
	struct page_ring *ring = lruvec_ring(lrus, container, list);
	const struct folio_rows rows = folio_rows(lrus);
	uint32_t most = ring->nr < LRU_CLUSTER ? ring->nr : LRU_CLUSTER, nr_taken = 0;
	uint32_t *folios = &taken->folios[taken->nr];
	struct page_ring_cut cut = page_ring_cut(ring);
	uint64_t pages = 0;

	while (nr_taken < most && pages < nr) {
		uint32_t page, ahead = page_ring_cut_ahead(&cut, LRU_CLUSTER);
		struct folio_page *row;

		/* Of the next call. */
		if (ahead)
			__builtin_prefetch(row_at(&rows, ahead - 1), 1);
		page = page_ring_cut_next(&cut);
		row = row_at(&rows, page);
		row->flags |= FOLIO_ISOLATED;
		pages += folio_nr(lrus, page, row);
		folios[nr_taken++] = page;
	}
	page_ring_cut_end(&cut, ring, nr_taken);
	lruvec_resize(lrus, container, list, -pages);
	taken->nr += nr_taken;
	taken->pages += pages;
}

uint64_t lruvec_putback(struct lruvecs *lrus, uint32_t container, enum lru_list list, const uint32_t *folios, uint32_t nr)
{
	struct page_ring *ring = lruvec_ring(lrus, container, list);
	const struct folio_rows rows = folio_rows(lrus);
	uint64_t pages = 0;

	for (uint32_t i = 0; i < nr; i++) {
		struct folio_page *row = row_at(&rows, folios[i]);

		row->flags &= ~(unsigned)FOLIO_ISOLATED;
		folio_set_list(row, list);
		pages += folio_nr(lrus, folios[i], row);
		row->place = page_ring_append(&lrus->rings, ring, folios[i]);
	}
	lruvec_resize(lrus, container, list, pages);
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
	const struct large_folio *folio;
	uint32_t number;

	if (!(first->flags & FOLIO_HEAD) || folio_container(first) != container)
		return "C2: on a list is what is not the head of a folio, or another container's";
	if (!(first->flags & FOLIO_LARGE))
		return NULL;
	number = large_folio_of(&lrus->large, head);
	folio = number < lrus->large.nr ? &lrus->large.all[number] : NULL;
	if (!folio || folio->head != head || !folio->nr_tails)
		return "C2: a folio is not as large as it says";
	for (uint32_t i = 0; i < folio->nr_tails; i++) {
		const struct folio_page *tail = folio_page(lrus, folio->tails[i]);

		if ((tail->flags & (FOLIO_HEAD | FOLIO_LARGE)) != FOLIO_LARGE || tail->large != number ||
		    folio_container(tail) != container)
			return "C2: a page of a folio is of another";
	}
	return NULL;
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
		if (broken)
			break;
		if (folio_list(row) != list || row->flags & FOLIO_ISOLATED)
			broken = "C2: a folio is on another list than it says";
		size += folio_nr(lrus, slot - 1, row);
	}
	return !broken && size != lrus->all[container].own.size[list] ? "C2: a list's size is not that of its folios" : broken;
}

/* By the pages themselves, whatever the lists say. */
static const char *check_pages(const struct lruvecs *lrus, uint32_t container, uint64_t pages)
{
	uint64_t nr = 0;

	for (uint32_t i = 0; i < lrus->rings.pages->nr; i++) {
		const struct folio_page *row = folio_page(lrus, i);

		nr += is_in_folio(row) && folio_container(row) == container;
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
