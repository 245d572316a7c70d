/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state behind lru618 and mglru, shared by lru618.c (pages come and are used, one
 * call from priority 12 to 0), lru618_evict.c (what becomes of folios that reclaim has
 * taken off) and mglru.c (generations instead of two lists).
 */
#ifndef RECLAIM_LRU618_H
#define RECLAIM_LRU618_H

#include "base/controller.h"
#include "reclaim/lruvec.h"
#include "reclaim/protection.h"

struct lru_scan;
struct lru618;

/* One that is looked at: its head, and those behind it in the order from the last to the first of its tails. */
struct folio {
	uint32_t head, nr;		/* pages */
	struct folio_page *row;		/* of its head */
	const uint32_t *tails;		/* nr - 1 */
};

/* What is the kernel's lru_gen_enabled(). */
struct lru_kind {
	/* shrink_lruvec(): of scan->container. */
	void (*shrink)(struct lru_scan *scan, uint64_t nr_to_reclaim);
	/* Where a folio goes that is to be reclaimed next. */
	enum lru_list (*next_list)(struct lru618 *lru, uint32_t head, enum lru_type type);
	/* Whether entries were young, and what it did before, keep it: folio_check_references(). */
	bool (*is_promoted)(struct folio_page *row);	/* NULL: by two lists' rules */
	/* The pages of a folio end: what shadow they leave. */
	struct shadow (*evicted)(struct lru618 *lru, const struct folio_page *first, uint32_t nr, uint32_t target);	/* NULL: workingset_evict() */
};

struct lru618 {
	struct policy base;
	const struct lru_kind *kind;
	struct policy_config config;
	const struct controller *controller;
	struct lruvecs lrus;
	struct protections claims;
	uint32_t *awaited;	/* folios to go to the inactive tail when their write ends */
	size_t nr_awaited, awaited_capacity;
	uint32_t cluster;	/* pages that are looked at together, and freed at least */
	bool has_lag;		/* memory.stat is not always up to date */
	uint32_t cursor;	/* container where the last partial walk stopped */
	uint32_t nr_placed, nr_there;	/* containers whose parents are known; that there were then */
};

/* One call. */
struct lru_scan {
	struct lru618 *lru;
	const struct reclaim_host *host;
	struct folio_rows rows;
	struct reclaim_result *result;
	uint32_t target;	/* container whose limit it is for */
	uint32_t container;	/* in work: it, or one below */
	int priority;
	bool may_deactivate[LRU_NR_TYPES];
	bool is_forced;		/* deactivate, come what may */
	bool has_skipped;	/* an active list was spared */
	struct protection safe;	/* of the container in work */
	bool takes_low;		/* what memory.low spares goes too */
	bool has_spared;	/* it was spared something */
	bool is_cache_trim;
	uint64_t cost[LRU_NR_TYPES];
};

void lru_init(struct lru618 *lru, const struct policy_config *config, const struct policy_class *class,
	      const struct lru_kind *kind);
/* Of a copy, byte by byte: what it points to becomes its own. */
void lru_fork(struct lru618 *lru, const struct policy_config *config);
void lru_release(struct lru618 *lru);
/* lru618_policy's, where generations change nothing. */
void lru_uncharged(struct policy *policy, uint32_t page);
void lru_written(struct policy *policy, uint32_t page);
void lru_reclaim(struct policy *policy, uint32_t container, struct reclaim_result *result);
const char *lru_check(struct policy *policy, uint32_t container, uint64_t usage);
/* Whether a slot of swap can be had, how many at most. */
uint64_t lru_swap_left(const struct lru618 *lru, uint32_t container);
void lru_make_container(struct lru618 *lru, uint32_t container);

/* Its lists exist then. */
static inline void lru_know_container(struct lru618 *lru, uint32_t container)
{
	if (container >= lru->lrus.nr)
		lru_make_container(lru, container);
}


/* lru_in_reach(), where something is. */
uint64_t lru_in_reach_of_safe(struct lru_scan *scan, uint64_t size);

/* Pages of so many that may be scanned: what is safe of its container is not. */
static inline uint64_t lru_in_reach(struct lru_scan *scan, uint64_t size)
{
	return scan->safe.min || scan->safe.low ? lru_in_reach_of_safe(scan, size) : size;
}

/* What came of one folio: where it goes; freed ones nowhere. */
enum lru_outcome { FOLIO_KEEP, FOLIO_ACTIVATE, FOLIO_UNEVICTABLE, FOLIO_FREED };

/* Folios looked at together, and what came of each; pages. */
struct lru_batch {
	const struct lru_taken *taken;
	uint64_t freed, written, unqueued;
	uint8_t outcomes[LRU_MOST_TAKEN];	/* enum lru_outcome */
};

/* shrink_folio_list() of folios of one type. */
void lru_shrink_folios(struct lru_scan *scan, enum lru_type type, struct lru_batch *batch);
/* Its write is to rotate it when it ends. */
void lru_await_write(struct lru618 *lru, uint32_t head);

/* Good until it has more pages, or fewer. */
static inline struct folio lru_folio(const struct lru_scan *scan, uint32_t head)
{
	struct folio folio = { .head = head, .nr = 1, .row = row_at(&scan->rows, head) };

	if (folio.row->flags & FOLIO_LARGE) {
		const struct large_folios *large = &scan->lru->lrus.large;
		const struct large_folio *known = &large->all[large_folio_of(large, head)];

		folio.nr = known->nr_tails + 1;
		folio.tails = known->tails;
	}
	return folio;
}

/* Young entries of all pages of a folio; all are old then. */
uint32_t lru_clear_young(const struct lru_scan *scan, const struct folio *folio);

/* shrink_inactive_list(), shrink_active_list(): nr pages from the tail; what the first freed. */
uint64_t lru_evict(struct lru_scan *scan, enum lru_list list, uint64_t nr);
void lru_deactivate(struct lru_scan *scan, enum lru_list list, uint64_t nr);

/* What was being written when reclaim met it and no longer is. */
void lru_rotate_written(struct lru618 *lru);

#endif
