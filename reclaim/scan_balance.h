/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of each list one pass looks at: get_scan_count() (cgroup2.md 4.2).
 *
 * A pure function, so that the vectors of the page are a table of its test.
 */
#ifndef RECLAIM_SCAN_BALANCE_H
#define RECLAIM_SCAN_BALANCE_H

#include "reclaim/lruvec.h"

#define SWAPPINESS_ANON_ONLY 201	/* memory.reclaim swappiness=max */

enum scan_balance { SCAN_EQUAL, SCAN_FRACT, SCAN_ANON_ONLY, SCAN_FILE_ONLY };

struct scan_request {
	uint64_t size[LRU_NR];		/* pages; LRU_UNEVICTABLE is not looked at */
	uint64_t cost[LRU_NR_TYPES];	/* of the target, read once a pass */
	uint32_t swappiness;
	int priority;			/* 12..0 */
	bool has_swap;			/* a slot can be had */
	bool ignores_cost;		/* wrong: each list by its size alone, where there is a choice */
	bool is_cache_trim;		/* enough inactive page cache that nobody misses */
};

enum scan_balance scan_balance(const struct scan_request *request);
void scan_counts(const struct scan_request *request, uint64_t counts[LRU_NR]);

/*
 * Enough was freed: the type with less left ends, the other goes on to the same
 * share of what it was to look at.  False: one has none left, so all ends.
 */
bool scan_rebalance(const uint64_t targets[LRU_NR], uint64_t left[LRU_NR]);

/* inactive_is_low(): for a page size, the inactive list is shorter than it should be. */
bool scan_inactive_is_low(uint64_t inactive, uint64_t active, uint32_t page_shift);

#endif
