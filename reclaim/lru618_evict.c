// SPDX-License-Identifier: GPL-2.0-or-later
/* Folios at the tail: cgroup2.md 6.1 to 6.4. */
#include "reclaim/lru618.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* What the pages of a folio are, together. */
struct folio_view {
	uint32_t nr;
	bool is_anon;		/* lives on the anon lists: shmem too */
	bool is_mapped, is_locked, is_dirty, is_writeback, is_reading, is_exec;
};

static struct folio_view view_of(const struct lru_scan *scan, uint32_t page)
{
	struct page_view one;

	scan->host->view(scan->host->host, page, &one);
	return (struct folio_view){
		.nr = 1, .is_anon = one.is_anon || one.is_shmem, .is_mapped = one.mapcount > 0,
		.is_locked = one.is_locked, .is_dirty = one.is_dirty, .is_writeback = one.is_writeback,
		.is_reading = one.is_reading, .is_exec = one.is_exec };
}

static void add_page(struct folio_view *view, struct folio_view one)
{
	view->nr += one.nr;
	view->is_anon |= one.is_anon;
	view->is_mapped |= one.is_mapped;
	view->is_locked |= one.is_locked;
	view->is_dirty |= one.is_dirty;
	view->is_writeback |= one.is_writeback;
	view->is_reading |= one.is_reading;
	view->is_exec |= one.is_exec;
}

static struct folio_view look(const struct lru_scan *scan, uint32_t head)
{
	const struct lruvecs *lrus = &scan->lru->lrus;
	struct folio_view view = view_of(scan, head);

	for (uint32_t page = folio_page(lrus, head)->sibling; page != head; page = folio_page(lrus, page)->sibling)
		add_page(&view, view_of(scan, page));
	return view;
}

uint32_t lru_clear_young(const struct lru_scan *scan, uint32_t head)
{
	const struct lruvecs *lrus = &scan->lru->lrus;
	uint32_t page = head, young = 0;

	do
		young += scan->host->test_and_clear_young(scan->host->host, page);
	while ((page = folio_page(lrus, page)->sibling) != head);
	return young;
}

enum references { REFERENCES_NONE, REFERENCES_CLEAN, REFERENCES_KEEP, REFERENCES_ACTIVATE };

/* folio_check_references(): section 6.2. */
static enum references check_references(struct lru_scan *scan, uint32_t head, const struct folio_view *view)
{
	struct folio_page *row = folio_page(&scan->lru->lrus, head);
	bool was_referenced = row->flags & FOLIO_REFERENCED;
	uint32_t young = view->is_mapped ? lru_clear_young(scan, head) : 0;

	if (view->is_locked && view->is_mapped)
		return scan->lru->controller->activates_locked ? REFERENCES_ACTIVATE : REFERENCES_NONE;
	scan->result->progress |= young || was_referenced;
	if (scan->lru->kind->is_promoted && young)
		return scan->lru->kind->is_promoted(row) ? REFERENCES_ACTIVATE : REFERENCES_KEEP;
	if (scan->lru->kind->is_promoted)
		return REFERENCES_NONE;
	row->flags &= ~(unsigned)FOLIO_REFERENCED;
	if (!young)
		return was_referenced && !view->is_anon ? REFERENCES_CLEAN : REFERENCES_NONE;
	row->flags |= FOLIO_REFERENCED;
	if (was_referenced || young > 1 || (view->is_exec && !view->is_anon))
		return REFERENCES_ACTIVATE;
	return REFERENCES_KEEP;
}

static bool add_to_swap(const struct lru_scan *scan, uint32_t head)
{
	const struct lruvecs *lrus = &scan->lru->lrus;
	uint32_t page = head;

	do
		if (!scan->host->add_to_swap(scan->host->host, page))
			return false;
	while ((page = folio_page(lrus, page)->sibling) != head);
	return true;
}

static bool unmap(struct lru_scan *scan, uint32_t head)
{
	const struct lruvecs *lrus = &scan->lru->lrus;
	uint32_t page = head;

	do
		if (!scan->host->unmap(scan->host->host, page))
			return false;
	while ((page = folio_page(lrus, page)->sibling) != head);
	scan->result->unmapped += folio_page(lrus, head)->nr;
	return true;
}

void lru_await_write(struct lru618 *lru, uint32_t head)
{
	struct folio_page *row = folio_page(&lru->lrus, head);

	if (row->flags & FOLIO_RECLAIM)
		return;
	row->flags |= FOLIO_RECLAIM;
	xgrow(&lru->awaited, lru->nr_awaited, &lru->awaited_capacity, sizeof(*lru->awaited));
	lru->awaited[lru->nr_awaited++] = head;
}

/* Nothing holds it any more: its pages end, and leave their shadows. */
static void free_folio(struct lru_scan *scan, uint32_t head, const struct folio_view *view, struct lru_batch *batch)
{
	struct lruvecs *lrus = &scan->lru->lrus;
	uint32_t nr = view->nr, page = head;

	scan->lru->kind->evicted(scan->lru, head, scan->target);
	for (uint32_t i = 0; i < nr; i++) {
		struct folio_page *row = folio_page(lrus, page);
		uint32_t next = row->sibling;

		row->head = 0;
		row->nr = 0;
		row->flags &= SHADOW_FLAGS;
		if (view->is_anon)
			scan->host->wrote(scan->host->host, page);
		scan->host->freed(scan->host->host, page);
		page = next;
	}
	batch->freed += nr;
	if (view->is_anon)
		batch->written += nr;
}

/* shrink_folio_list(), of one folio. */
static enum lru_outcome shrink_folio(struct lru_scan *scan, uint32_t head, struct lru_batch *batch)
{
	struct folio_view view = look(scan, head);
	enum references references;

	batch->looked += view.nr;
	if (!view.is_anon && view.is_dirty && !view.is_writeback)
		batch->unqueued += view.nr;
	if (view.is_reading)
		return FOLIO_KEEP;
	if (view.is_locked && !view.is_mapped)
		return FOLIO_UNEVICTABLE;
	if (view.is_writeback) {
		lru_await_write(scan->lru, head);
		return FOLIO_ACTIVATE;
	}
	references = check_references(scan, head, &view);
	if (references == REFERENCES_KEEP)
		return FOLIO_KEEP;
	if (references == REFERENCES_ACTIVATE)
		return view.is_locked ? FOLIO_UNEVICTABLE : FOLIO_ACTIVATE;
	if (view.is_anon && !add_to_swap(scan, head))
		return FOLIO_ACTIVATE;
	if (view.is_mapped && !unmap(scan, head))
		return FOLIO_ACTIVATE;
	if (!view.is_anon && view.is_dirty) {
		lru_await_write(scan->lru, head);
		return FOLIO_ACTIVATE;
	}
	free_folio(scan, head, &view, batch);
	return FOLIO_FREED;
}

/* Takes folios off until they have nr pages; LRU_CLUSTER of them at most. */
static uint32_t isolate(struct lru_scan *scan, enum lru_list list, uint64_t nr, uint32_t *taken)
{
	struct lruvecs *lrus = &scan->lru->lrus;
	uint64_t looked = 0;
	uint32_t nr_taken = 0;

	while (looked < nr && nr_taken < LRU_CLUSTER && lrus->all[scan->container].nr_folios[list]) {
		uint32_t head = lruvec_isolate(lrus, scan->container, list);

		looked += folio_page(lrus, head)->nr;
		taken[nr_taken++] = head;
	}
	return nr_taken;
}

static void put_back(struct lru_scan *scan, uint32_t head, enum lru_type type, enum lru_outcome outcome)
{
	struct lruvecs *lrus = &scan->lru->lrus;
	uint32_t nr = folio_page(lrus, head)->nr;

	if (outcome == FOLIO_UNEVICTABLE) {
		lruvec_putback(lrus, head, LRU_UNEVICTABLE);
		return;
	}
	lruvec_putback(lrus, head, lru_list_of(type, outcome == FOLIO_ACTIVATE));
	if (outcome == FOLIO_ACTIVATE) {
		lruvec_age(lrus, scan->container, nr);
		scan->result->activated += nr;
	} else {
		scan->result->rotated += nr;
	}
}

void lru_shrink_folios(struct lru_scan *scan, const uint32_t *taken, uint32_t nr_taken, enum lru_type type,
		       enum lru_outcome *outcomes, struct lru_batch *batch)
{
	const struct lruvecs *lrus = &scan->lru->lrus;
	uint32_t ahead = nr_taken ? folio_page(lrus, taken[nr_taken - 1])->prev : 0;

	*batch = (struct lru_batch){ 0 };
	for (uint32_t i = 0; i < nr_taken; i++) {
		outcomes[i] = shrink_folio(scan, taken[i], batch);
		ahead = lruvec_look_ahead(lrus, ahead);	/* it is taken next */
	}
	scan->result->looks += batch->looked;
	scan->result->scanned += batch->looked;
	scan->result->uncharged += batch->freed;
	scan->result->freed += batch->freed;
	scan->result->writes += batch->written;
	if (type == LRU_ANON) {
		scan->result->scanned_anon += batch->looked;
		scan->result->freed_anon += batch->freed;
	}
}

uint64_t lru_evict(struct lru_scan *scan, enum lru_list list, uint64_t nr)
{
	enum lru_type type = lru_type_of(list);
	uint32_t taken[LRU_CLUSTER], nr_taken = isolate(scan, list, nr, taken);
	enum lru_outcome outcomes[LRU_CLUSTER];
	struct lru_batch batch;

	lru_shrink_folios(scan, taken, nr_taken, type, outcomes, &batch);
	for (uint32_t i = 0; i < nr_taken; i++)
		if (outcomes[i] != FOLIO_FREED)
			put_back(scan, taken[i], type, outcomes[i]);
	lruvec_cost(&scan->lru->lrus, scan->container, type, batch.written, batch.looked - batch.freed);
	if (nr_taken && batch.unqueued == batch.looked)
		scan->host->wake_flushers(scan->host->host);
	scan->result->steps += nr;
	return batch.freed;
}

void lru_deactivate(struct lru_scan *scan, enum lru_list list, uint64_t nr)
{
	struct lruvecs *lrus = &scan->lru->lrus;
	enum lru_type type = lru_type_of(list);
	uint32_t taken[LRU_CLUSTER], nr_taken = isolate(scan, list, nr, taken);
	uint64_t rotated = 0;

	for (uint32_t i = 0; i < nr_taken; i++) {
		struct folio_page *row = folio_page(lrus, taken[i]);
		struct folio_view view = look(scan, taken[i]);

		if (view.is_mapped && lru_clear_young(scan, taken[i]) && view.is_exec && type == LRU_FILE) {
			rotated += row->nr;
			lruvec_putback(lrus, taken[i], list);
			continue;
		}
		row->flags |= FOLIO_WORKINGSET;
		scan->result->deactivated += row->nr;
		lruvec_putback(lrus, taken[i], lru_list_of(type, false));
	}
	scan->result->steps += nr;
	lruvec_cost(lrus, scan->container, type, 0, rotated);
}

struct written {
	uint64_t place;
	uint32_t head;
};

static int by_place(const void *left, const void *right)
{
	const struct written *a = left, *b = right;

	return a->place < b->place ? -1 : a->place > b->place;
}

/*
 * folio_rotate_reclaimable().  Flushers write a file from its begin to its end, so
 * what stands last in it is the first to go.
 */
static void rotate(struct lru618 *lru, struct written *written, size_t nr)
{
	if (nr)
		qsort(written, nr, sizeof(*written), by_place);
	for (size_t i = 0; i < nr; i++) {
		struct folio_page *row = folio_page(&lru->lrus, written[i].head);

		row->flags &= ~(unsigned)FOLIO_RECLAIM;
		if (row->list != LRU_UNEVICTABLE)
			lruvec_move(&lru->lrus, written[i].head,
				    lru->kind->next_list(lru, written[i].head, lru_type_of(row->list)), true);
	}
}

void lru_rotate_written(struct lru618 *lru)
{
	const struct reclaim_host *host = lru->config.host;
	struct written *written = NULL;
	size_t nr_left = 0, nr = 0, capacity = 0;

	for (size_t i = 0; i < lru->nr_awaited; i++) {
		uint32_t head = lru->awaited[i];
		struct folio_page *row = folio_page(&lru->lrus, head);
		struct page_view view = { 0 };

		/* Freed, used again, or no longer the head of anything. */
		if (row->head != head + 1 || !(row->flags & FOLIO_RECLAIM))
			continue;
		host->view(host->host, head, &view);
		if (view.is_dirty || view.is_writeback) {
			lru->awaited[nr_left++] = head;
			continue;
		}
		xgrow(&written, nr, &capacity, sizeof(*written));
		written[nr++] = (struct written){ host->place(host->host, head), head };
	}
	lru->nr_awaited = nr_left;
	rotate(lru, written, nr);
	free(written);
}
