// SPDX-License-Identifier: GPL-2.0-or-later
/* The balance of the types, and the integer arithmetic of the kernel. */
#include "reclaim/scan_balance.h"

#define GIB_SHIFT 30

enum scan_balance scan_balance(const struct scan_request *request)
{
	if (!request->has_swap || !request->swappiness)
		return SCAN_FILE_ONLY;
	if (request->swappiness >= SWAPPINESS_ANON_ONLY)
		return SCAN_ANON_ONLY;
	if (!request->priority || request->ignores_cost)
		return SCAN_EQUAL;
	return request->is_cache_trim ? SCAN_FILE_ONLY : SCAN_FRACT;
}

void scan_counts(const struct scan_request *request, uint64_t counts[LRU_NR])
{
	uint64_t total = request->cost[LRU_ANON] + request->cost[LRU_FILE];
	uint64_t anon_cost = total + request->cost[LRU_ANON], file_cost = total + request->cost[LRU_FILE];
	uint64_t share[LRU_NR_TYPES];
	enum scan_balance balance = scan_balance(request);

	total = anon_cost + file_cost;
	share[LRU_ANON] = request->swappiness * (total + 1) / (anon_cost + 1);
	share[LRU_FILE] = (200 - request->swappiness) * (total + 1) / (file_cost + 1);
	counts[LRU_UNEVICTABLE] = 0;
	for (enum lru_list list = LRU_INACTIVE_ANON; list < LRU_UNEVICTABLE; list++) {
		enum lru_type type = lru_type_of(list);

		counts[list] = request->size[list] >> request->priority;
		if (!counts[list])
			continue;	/* without a division */
		if (balance == SCAN_FRACT)
			counts[list] = counts[list] * share[type] / (share[LRU_ANON] + share[LRU_FILE]);
		else if (balance != SCAN_EQUAL && (balance == SCAN_FILE_ONLY) != (type == LRU_FILE))
			counts[list] = 0;
	}
}

bool scan_rebalance(const uint64_t targets[LRU_NR], uint64_t left[LRU_NR])
{
	uint64_t anon = left[LRU_INACTIVE_ANON] + left[LRU_ACTIVE_ANON];
	uint64_t file = left[LRU_INACTIVE_FILE] + left[LRU_ACTIVE_FILE];
	enum lru_type ends = file > anon ? LRU_ANON : LRU_FILE, goes_on = file > anon ? LRU_FILE : LRU_ANON;
	uint64_t percent;

	if (!file || !anon)
		return false;
	percent = (ends == LRU_ANON ? anon : file) * 100 /
		  (targets[lru_list_of(ends, false)] + targets[lru_list_of(ends, true)] + 1);
	for (int is_active = 0; is_active < 2; is_active++) {
		enum lru_list list = lru_list_of(goes_on, is_active);
		uint64_t scanned = targets[list] - left[list];

		left[lru_list_of(ends, is_active)] = 0;
		left[list] = targets[list] * (100 - percent) / 100;
		left[list] -= left[list] < scanned ? left[list] : scanned;
	}
	return true;
}

static uint64_t square_root(uint64_t value)
{
	uint64_t root = 0;

	while ((root + 1) * (root + 1) <= value)
		root++;
	return root;
}

bool scan_inactive_is_low(uint64_t inactive, uint64_t active, uint32_t page_shift)
{
	uint64_t gib = (inactive + active) >> (GIB_SHIFT - page_shift);

	return inactive * (gib ? square_root(10 * gib) : 1) < active;
}
