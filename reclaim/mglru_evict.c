// SPDX-License-Identifier: GPL-2.0-or-later
/* MGLRU: what is taken of the oldest generation, and when generations age. */
#include "reclaim/mglru.h"

#define MAX_BATCH 4096		/* MAX_LRU_BATCH */

struct eviction {
	enum lru_type type;
	struct lru_taken taken;
	uint64_t file_taken, unqueued;	/* looked at: pages of files that were dirty, and not under write-back */
};

/* sort_folio(): true: it is not to be taken. */
static bool sort(struct mglru *mglru, struct lru_scan *scan, struct eviction *eviction, uint32_t head, unsigned highest)
{
	struct folio_page *row = folio_page(&mglru->lru.lrus, head);
	struct gens *gens = mglru_gens(mglru, scan->container);
	unsigned refs = gens_refs_of(row), is_workingset = row->flags & FOLIO_WORKINGSET ? 1 : 0;
	unsigned tier = gens_tier_of(refs, is_workingset);
	bool is_hot = refs + is_workingset == REFS_MAX + 2;
	uint64_t seq = gens->min_seq[eviction->type], nr = folio_nr(&mglru->lru.lrus, head, row);
	unsigned seen;

	if (tier > highest || is_hot) {
		if (!is_hot)
			gens->tiers[eviction->type][tier].protected += nr;
		mglru_move_on(mglru, head, seq, false);
		return true;
	}
	seen = scan->host->look(scan->host->host, head);
	if (eviction->type == LRU_ANON || !(seen & (LOOK_DIRTY | LOOK_WRITEBACK)))
		return false;
	eviction->file_taken += nr;
	eviction->unqueued += seen & LOOK_DIRTY ? nr : 0;
	lru_await_write(&mglru->lru, head);
	mglru_move_on(mglru, head, seq, false);
	return true;
}

/* scan_folios(): pages looked at; 0 = there is nothing to be had. */
static uint64_t take(struct mglru *mglru, struct lru_scan *scan, struct eviction *eviction)
{
	struct gens *gens = mglru_gens(mglru, scan->container);
	enum lru_type type = eviction->type;
	unsigned highest = gens_highest_tier(gens, type);
	uint64_t scanned = 0, left = MAX_BATCH;

	if (gens->max_seq - gens->min_seq[type] + 1 == MIN_NR_GENS)
		return 0;
	while (left && eviction->taken.pages < MIN_BATCH && mglru_nr_folios(mglru, scan->container, type, gens->min_seq[type])) {
		enum lru_list list = lru_list_of_gen(type, gens->min_seq[type]);
		uint32_t head = page_ring_tail(lruvec_ring(&mglru->lru.lrus, scan->container, list)), nr;

		nr = folio_nr(&mglru->lru.lrus, head, folio_page(&mglru->lru.lrus, head));
		scanned += nr;
		left--;
		if (sort(mglru, scan, eviction, head, highest))
			continue;
		lruvec_isolate(&mglru->lru.lrus, scan->container, list, 1, &eviction->taken);
	}
	return eviction->taken.nr || !left ? scanned : 0;
}

static void put_back(struct mglru *mglru, struct lru_scan *scan, uint32_t head, enum lru_type type,
		     enum lru_outcome outcome)
{
	struct folio_page *row = folio_page(&mglru->lru.lrus, head);
	struct gens *gens = mglru_gens(mglru, scan->container);
	bool is_active = outcome == FOLIO_ACTIVATE;
	uint32_t nr = folio_nr(&mglru->lru.lrus, head, row);
	uint64_t seq = gens_seq_of(gens, type, row, is_active, false);

	if (outcome == FOLIO_UNEVICTABLE) {
		lruvec_putback(&mglru->lru.lrus, scan->container, LRU_UNEVICTABLE, &head, 1);
		return;
	}
	/* Not to the oldest again: evict_folios(). */
	if (!is_active && seq == gens->min_seq[type]) {
		is_active = true;
		gens_clear_refs(row);
		seq = gens_seq_of(gens, type, row, true, false);
	}
	scan->result->activated += outcome == FOLIO_ACTIVATE ? nr : 0;
	scan->result->rotated += outcome == FOLIO_KEEP ? nr : 0;
	lruvec_putback(&mglru->lru.lrus, scan->container, lru_list_of_gen(type, seq), &head, 1);
}

/* evict_folios(): pages looked at. */
static uint64_t evict(struct mglru *mglru, struct lru_scan *scan, uint32_t swappiness, struct eviction *eviction)
{
	struct lru_batch batch = { .taken = &eviction->taken };
	struct gens *gens = mglru_gens(mglru, scan->container);
	uint64_t scanned = 0;

	eviction->type = gens_type_to_scan(gens, swappiness);
	eviction->taken.nr = 0;
	eviction->taken.pages = 0;
	for (int i = 0; i < LRU_NR_TYPES && !scanned; i++) {
		if (gens_may_take(eviction->type, swappiness))
			scanned = take(mglru, scan, eviction);
		if (!scanned)
			eviction->type = (enum lru_type)!eviction->type;
	}
	scanned += mglru_drop_empty(mglru, scan->container, swappiness);
	if (gens_oldest_evictable(gens, swappiness) + MIN_NR_GENS > gens->max_seq)
		scanned = 0;
	if (!eviction->taken.nr)
		return scanned;
	lru_shrink_folios(scan, eviction->type, &batch);
	for (uint32_t i = 0; i < eviction->taken.nr; i++)
		if (batch.outcomes[i] != FOLIO_FREED)
			put_back(mglru, scan, eviction->taken.folios[i], eviction->type, batch.outcomes[i]);
	return scanned;
}

/* get_nr_to_scan(); 0 = none, also when the generations were aged instead. */
static uint64_t nr_to_scan(struct mglru *mglru, struct lru_scan *scan, uint32_t swappiness)
{
	struct gens *gens = mglru_gens(mglru, scan->container);
	uint64_t oldest = gens_oldest_evictable(gens, swappiness), size = 0;

	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++)
		for (uint64_t seq = gens->min_seq[type]; gens_may_take(type, swappiness) && seq <= gens->max_seq; seq++)
			size += mglru->lru.lrus.all[scan->container].own.size[lru_list_of_gen(type, seq)];
	if (oldest + MIN_NR_GENS > gens->max_seq)
		size = 0;
	if (size)
		size = lru_in_reach(scan, size);
	if (oldest + MIN_NR_GENS < gens->max_seq || scan->priority == RECLAIM_DEF_PRIORITY)
		return size >> scan->priority;
	mglru_age(mglru, scan);
	return 0;
}

void mglru_shrink(struct lru_scan *scan, uint64_t nr_to_reclaim)
{
	struct mglru *mglru = (struct mglru *)scan->lru;
	uint32_t swappiness = scan->lru->config.machine->swappiness;
	struct eviction eviction = { 0 };
	uint64_t scanned = 0, nr;

	(void)nr_to_reclaim;
	if (lru_swap_left(scan->lru, scan->container) < MIN_BATCH)
		swappiness = 0;
	while ((nr = nr_to_scan(mglru, scan, swappiness))) {
		uint64_t looked = evict(mglru, scan, swappiness, &eviction);

		scanned += looked;
		if (!looked || scanned >= nr)
			break;
	}
	if (eviction.unqueued && eviction.unqueued == eviction.file_taken)
		scan->host->wake_flushers(scan->host->host);
	scan->result->steps += scanned;
}
