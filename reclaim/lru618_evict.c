// SPDX-License-Identifier: GPL-2.0-or-later
/* Folios at the tail: cgroup2.md 6.1 to 6.4. */
#include "reclaim/lru618.h"

#include "base/xalloc.h"
#include "reclaim/workingset.h"

#include <stdlib.h>

/* What the pages of a folio are, together: set of enum page_look. */
static unsigned look(const struct lru_scan *scan, const struct folio *folio)
{
	unsigned seen = scan->host->look(scan->host->host, folio->head);

	for (uint32_t i = folio->nr - 1; i--;)
		seen |= scan->host->look(scan->host->host, folio->tails[i]);
	return seen;
}

uint32_t lru_clear_young(const struct lru_scan *scan, const struct folio *folio)
{
	uint32_t young = scan->host->test_and_clear_young(scan->host->host, folio->head);

	for (uint32_t i = folio->nr - 1; i--;)
		young += scan->host->test_and_clear_young(scan->host->host, folio->tails[i]);
	return young;
}

enum references { REFERENCES_NONE, REFERENCES_KEEP, REFERENCES_ACTIVATE };

/* folio_check_references(): section 6.2; what it says of a file that was read and is clean changes nothing here. */
static inline enum references check_references(struct lru_scan *scan, struct folio_page *row, unsigned seen, uint32_t young)
{
	bool was_referenced = row->flags & FOLIO_REFERENCED;

	if ((seen & (LOOK_LOCKED | LOOK_MAPPED)) == (LOOK_LOCKED | LOOK_MAPPED))
		return scan->lru->controller->activates_locked ? REFERENCES_ACTIVATE : REFERENCES_NONE;
	scan->result->progress |= young || was_referenced;
	if (scan->lru->kind->is_promoted)
		return !young ? REFERENCES_NONE : scan->lru->kind->is_promoted(row) ? REFERENCES_ACTIVATE : REFERENCES_KEEP;
	row->flags &= ~(unsigned)FOLIO_REFERENCED;
	if (!young)
		return REFERENCES_NONE;
	row->flags |= FOLIO_REFERENCED;
	if (was_referenced || young > 1 || (seen & (LOOK_EXEC | LOOK_ANON)) == LOOK_EXEC)
		return REFERENCES_ACTIVATE;
	return REFERENCES_KEEP;
}

static bool add_to_swap(const struct lru_scan *scan, const struct folio *folio)
{
	bool has_slots = scan->host->add_to_swap(scan->host->host, folio->head);

	for (uint32_t i = folio->nr - 1; has_slots && i--;)
		has_slots = scan->host->add_to_swap(scan->host->host, folio->tails[i]);
	return has_slots;
}

static bool unmap(struct lru_scan *scan, const struct folio *folio)
{
	bool is_unmapped = scan->host->unmap(scan->host->host, folio->head);

	for (uint32_t i = folio->nr - 1; is_unmapped && i--;)
		is_unmapped = scan->host->unmap(scan->host->host, folio->tails[i]);
	scan->result->unmapped += is_unmapped ? folio->nr : 0;
	return is_unmapped;
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

static inline struct shadow shadow_of(const struct lru_scan *scan, const struct folio_page *first, uint32_t nr)
{
	if (scan->lru->kind->evicted)
		return scan->lru->kind->evicted(scan->lru, first, nr, scan->target);
	return workingset_evict(&scan->lru->lrus, nr, scan->target);
}

static inline void leave_shadow(struct folio_page *row, struct shadow shadow, unsigned flags)
{
	row->age = shadow.age;
	row->flags = flags | shadow.of << FOLIO_CONTAINER_SHIFT;
}

static void free_page(struct lru_scan *scan, uint32_t page, struct shadow shadow, unsigned flags)
{
	leave_shadow(row_at(&scan->rows, page), shadow, flags);
	scan->host->freed(scan->host->host, page);
}

/* Nothing holds it any more: its pages end, and leave their shadows. */
static void free_folio(struct lru_scan *scan, const struct folio *folio, unsigned seen, struct lru_batch *batch)
{
	const unsigned flags = HAS_SHADOW | (folio->row->flags & FOLIO_WORKINGSET);
	const struct shadow shadow = shadow_of(scan, folio->row, folio->nr);

	batch->freed += folio->nr;
	if (seen & LOOK_ANON)
		batch->written += folio->nr;
	free_page(scan, folio->head, shadow, flags);
	for (uint32_t i = folio->nr - 1; i--;)
		free_page(scan, folio->tails[i], shadow, flags);
	if (folio->tails)
		lruvec_forget_large(&scan->lru->lrus, folio->head);
}

static enum lru_outcome wait_for_write(struct lru_scan *scan, const struct folio *folio)
{
	lru_await_write(scan->lru, folio->head);
	return FOLIO_ACTIVATE;
}

/* shrink_folio_list(), of one folio. */
static __attribute__((noinline)) enum lru_outcome shrink_folio(struct lru_scan *scan, const struct folio *folio,
							       struct lru_batch *batch)
{
	unsigned seen = look(scan, folio);
	enum references references;

	if ((seen & (LOOK_ANON | LOOK_DIRTY | LOOK_WRITEBACK)) == LOOK_DIRTY)
		batch->unqueued += folio->nr;
	if (seen & LOOK_READING)
		return FOLIO_KEEP;
	if ((seen & (LOOK_LOCKED | LOOK_MAPPED)) == LOOK_LOCKED)
		return FOLIO_UNEVICTABLE;
	if (seen & LOOK_WRITEBACK)
		return wait_for_write(scan, folio);
	references = check_references(scan, folio->row, seen, seen & LOOK_MAPPED ? lru_clear_young(scan, folio) : 0);
	if (references == REFERENCES_KEEP)
		return FOLIO_KEEP;
	if (references == REFERENCES_ACTIVATE)
		return seen & LOOK_LOCKED ? FOLIO_UNEVICTABLE : FOLIO_ACTIVATE;
	if (seen & LOOK_ANON && !add_to_swap(scan, folio))
		return FOLIO_ACTIVATE;
	if (seen & LOOK_MAPPED && !unmap(scan, folio))
		return FOLIO_ACTIVATE;
	if ((seen & (LOOK_ANON | LOOK_DIRTY)) == LOOK_DIRTY)
		return wait_for_write(scan, folio);
	free_folio(scan, folio, seen, batch);
	return FOLIO_FREED;
}

/*
 * The same of one page, of which the host said at once what it is: neither locked nor dirty, written or read, as most are.
 * The test reclaim_lru618_random sets both beside a slow reading of the rules, and replay takes this way without --check.
 */
static inline enum lru_outcome shrink_page(struct lru_scan *scan, uint32_t page, unsigned seen, struct lru_batch *batch)
{
	struct folio_page *row = row_at(&scan->rows, page);
	const unsigned most = LOOK_ANON | LOOK_MAPPED | LOOK_EXEC;
	const enum references references = check_references(scan, row, seen & most, seen / LOOK_YOUNG);
	unsigned flags;

	if (references != REFERENCES_NONE)
		return references == REFERENCES_KEEP ? FOLIO_KEEP : FOLIO_ACTIVATE;
	if (!scan->host->evict(scan->host->host, page))
		return FOLIO_ACTIVATE;
	flags = HAS_SHADOW | (row->flags & FOLIO_WORKINGSET);
	leave_shadow(row, shadow_of(scan, row, 1), flags);
	scan->result->unmapped += seen & LOOK_MAPPED ? 1 : 0;
	batch->freed++;
	batch->written += seen & LOOK_ANON ? 1 : 0;
	return FOLIO_FREED;
}

static void shrink_folios(struct lru_scan *scan, struct lru_batch *batch)
{
	for (uint32_t i = 0; i < batch->taken->nr; i++) {
		struct folio folio = lru_folio(scan, batch->taken->folios[i]);

		batch->outcomes[i] = shrink_folio(scan, &folio, batch);
	}
}

/* Each folio is one page. */
static void shrink_pages(struct lru_scan *scan, struct lru_batch *batch)
{
	const struct lru_taken *taken = batch->taken;
	uint16_t seen[LRU_MOST_TAKEN];

	scan->host->examine(scan->host->host, taken->folios, taken->nr, seen);
	for (uint32_t i = 0; i < taken->nr; i++) {
		if (seen[i] & LOOK_CLOSER) {
			struct folio folio = lru_folio(scan, taken->folios[i]);

			batch->outcomes[i] = shrink_folio(scan, &folio, batch);
		} else {
			batch->outcomes[i] = shrink_page(scan, taken->folios[i], seen[i], batch);
		}
	}
}

void lru_shrink_folios(struct lru_scan *scan, enum lru_type type, struct lru_batch *batch)
{
	struct reclaim_result *result = scan->result;

	batch->freed = batch->written = batch->unqueued = 0;
	if (scan->host->examine && batch->taken->nr == batch->taken->pages)
		shrink_pages(scan, batch);
	else
		shrink_folios(scan, batch);
	result->looks += batch->taken->pages;
	result->scanned += batch->taken->pages;
	result->uncharged += batch->freed;
	result->freed += batch->freed;
	result->writes += batch->written;
	if (type == LRU_ANON) {
		result->scanned_anon += batch->taken->pages;
		result->freed_anon += batch->freed;
	}
}

static void put_back(struct lru_scan *scan, const struct lru_batch *batch, enum lru_type type)
{
	uint32_t folios[FOLIO_FREED + 1][LRU_CLUSTER], nr[FOLIO_FREED + 1] = { 0 };
	struct lruvecs *lrus = &scan->lru->lrus;
	uint64_t activated;

	for (uint32_t i = 0; i < batch->taken->nr; i++) {
		enum lru_outcome outcome = batch->outcomes[i];

		folios[outcome][nr[outcome]++] = batch->taken->folios[i];
	}
	if (nr[FOLIO_UNEVICTABLE])
		lruvec_putback(lrus, scan->container, LRU_UNEVICTABLE, folios[FOLIO_UNEVICTABLE], nr[FOLIO_UNEVICTABLE]);
	if (nr[FOLIO_KEEP])
		scan->result->rotated += lruvec_putback(lrus, scan->container, lru_list_of(type, false), folios[FOLIO_KEEP],
							nr[FOLIO_KEEP]);
	if (!nr[FOLIO_ACTIVATE])
		return;
	activated = lruvec_putback(lrus, scan->container, lru_list_of(type, true), folios[FOLIO_ACTIVATE],
				   nr[FOLIO_ACTIVATE]);
	scan->result->activated += activated;
	lruvec_age(lrus, scan->container, activated);
}

uint64_t lru_evict(struct lru_scan *scan, enum lru_list list, uint64_t nr)
{
	enum lru_type type = lru_type_of(list);
	struct lru_taken taken;
	struct lru_batch batch = { .taken = &taken };

	taken.nr = 0;
	taken.pages = 0;
	lruvec_isolate(&scan->lru->lrus, scan->container, list, nr, &taken);
	scan->result->steps += nr;
	lru_shrink_folios(scan, type, &batch);
	put_back(scan, &batch, type);
	lruvec_cost(&scan->lru->lrus, scan->container, type, batch.written, taken.pages - batch.freed);
	if (taken.nr && batch.unqueued == taken.pages)
		scan->host->wake_flushers(scan->host->host);
	return batch.freed;
}

void lru_deactivate(struct lru_scan *scan, enum lru_list list, uint64_t nr)
{
	struct lruvecs *lrus = &scan->lru->lrus;
	enum lru_type type = lru_type_of(list);
	uint32_t kept[LRU_CLUSTER], moved[LRU_CLUSTER], nr_kept = 0, nr_moved = 0;
	struct lru_taken taken;
	uint64_t rotated;

	taken.nr = 0;
	taken.pages = 0;
	lruvec_isolate(lrus, scan->container, list, nr, &taken);
	for (uint32_t i = 0; i < taken.nr; i++) {
		struct folio folio = lru_folio(scan, taken.folios[i]);
		unsigned seen = look(scan, &folio);

		if (seen & LOOK_MAPPED && lru_clear_young(scan, &folio) && seen & LOOK_EXEC && type == LRU_FILE) {
			kept[nr_kept++] = taken.folios[i];
			continue;
		}
		folio.row->flags |= FOLIO_WORKINGSET;
		moved[nr_moved++] = taken.folios[i];
	}
	rotated = lruvec_putback(lrus, scan->container, list, kept, nr_kept);
	scan->result->deactivated += lruvec_putback(lrus, scan->container, lru_list_of(type, false), moved, nr_moved);
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
		if (folio_list(row) != LRU_UNEVICTABLE)
			lruvec_move(&lru->lrus, written[i].head,
				    lru->kind->next_list(lru, written[i].head, lru_type_of(folio_list(row))), true);
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

		/* Freed, used again, or no longer the head of anything. */
		if (!(row->flags & FOLIO_HEAD) || !(row->flags & FOLIO_RECLAIM))
			continue;
		if (host->look(host->host, head) & (LOOK_DIRTY | LOOK_WRITEBACK)) {
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
