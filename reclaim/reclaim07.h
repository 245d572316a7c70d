/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RECLAIM07 at work: behind reclaim07_policy (reclaim/policy.h), shared by reclaim07.c (pages that come, go and are used;
 * a call, from priority 12 to 0) and reclaim07_pass.c (one pass over the lists of a container in a zone).
 */
#ifndef RECLAIM_RECLAIM07_H
#define RECLAIM_RECLAIM07_H

#include "reclaim/page_lists.h"
#include "reclaim/policy.h"

enum lru_flag {
	PG_ACTIVE = 1 << 0,
	PG_REFERENCED = 1 << 1,
	PG_RECLAIM = 1 << 2,	/* being written, by reclaim */
	LRU_KNOWN = 1 << 3,	/* zone and PG_ACTIVE are set up */
	LRU_ANON = 1 << 4,	/* if LRU_KNOWN */
};

struct zone {
	uint64_t nr_active, nr_inactive, pages_scanned;
	int prev_priority;	/* where the last call ended; within a call the kernel's is the lower of both */
};

struct reclaim07 {
	struct policy base;
	struct policy_config config;
	struct zone zones[RECLAIM_MAX_ZONES];
	struct page_lists lists;	/* posted D12: those of zone 0 only */
};

static inline struct lru_page *reclaim07_page_of(const struct reclaim07 *r, uint32_t page)
{
	return lru_page(&r->lists, page);
}

static inline bool reclaim07_is_posted(const struct reclaim07 *r, enum rule rule)
{
	return rules_posted(&r->config.rules, rule);
}

/* What patch 7/8 does at one priority; adds to *result. */
void reclaim07_shrink_zone(struct reclaim07 *r, uint32_t container, uint32_t zone_index, int priority,
			   struct reclaim_result *result);

#endif
