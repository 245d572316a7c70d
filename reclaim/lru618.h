/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state behind lru618, shared by its two files: lru618.c (pages come and are
 * used, one call from priority 12 to 0) and lru618_evict.c (what becomes of the
 * folios at a list's tail).
 */
#ifndef RECLAIM_LRU618_H
#define RECLAIM_LRU618_H

#include "base/controller.h"
#include "reclaim/lruvec.h"

struct lru618 {
	struct policy base;
	struct policy_config config;
	const struct controller *controller;
	struct lruvecs lrus;
	uint32_t *awaited;	/* folios to go to the inactive tail when their write ends */
	size_t nr_awaited, awaited_capacity;
	uint32_t cluster;	/* pages that are looked at together, and freed at least */
	bool has_lag;		/* memory.stat is not always up to date */
	uint32_t cursor;	/* container where the last partial walk stopped */
};

/* One call. */
struct lru_scan {
	struct lru618 *lru;
	const struct reclaim_host *host;
	struct reclaim_result *result;
	uint32_t target;	/* container whose limit it is for */
	uint32_t container;	/* in work: it, or one below */
	int priority;
	bool may_deactivate[LRU_NR_TYPES];
	bool is_forced;		/* deactivate, come what may */
	bool has_skipped;	/* an active list was spared */
	bool is_cache_trim;
	uint64_t cost[LRU_NR_TYPES];
};

/* shrink_inactive_list(), shrink_active_list(): nr pages from the tail; what the first freed. */
uint64_t lru_evict(struct lru_scan *scan, enum lru_list list, uint64_t nr);
void lru_deactivate(struct lru_scan *scan, enum lru_list list, uint64_t nr);

/* What was being written when reclaim met it and no longer is. */
void lru_rotate_written(struct lru618 *lru);

#endif
