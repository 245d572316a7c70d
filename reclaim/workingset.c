// SPDX-License-Identifier: GPL-2.0-or-later
/* Shadows: workingset_eviction(), workingset_refault(). */
#include "reclaim/workingset.h"

/* workingset_test_recent(): is what it missed by less than what it could have had? */
static bool is_recent(const struct lruvecs *lrus, const struct folio_page *row, enum lru_type type, bool has_swap)
{
	uint32_t evictor = folio_container(row);
	uint32_t distance = (uint32_t)lrus->all[evictor].age - row->age;
	uint64_t size = lruvec_total(lrus, evictor, LRU_ACTIVE_FILE);

	if (type == LRU_ANON)
		size += lruvec_total(lrus, evictor, LRU_INACTIVE_FILE);
	if (has_swap) {
		size += lruvec_total(lrus, evictor, LRU_ACTIVE_ANON);
		if (type == LRU_FILE)
			size += lruvec_total(lrus, evictor, LRU_INACTIVE_ANON);
	}
	return distance <= size;
}

bool workingset_refault(struct lruvecs *lrus, const struct rules *rules, uint32_t page,
			uint32_t container, enum lru_type type, bool has_swap)
{
	struct folio_page *row = folio_page(lrus, page);
	struct lruvec *lruvec = &lrus->all[container];
	bool recent = rules->chosen[SWITCH_CGROUP2_WORKINGSET] == SWITCH_ON && is_recent(lrus, row, type, has_swap);

	lruvec->refault[type]++;
	row->flags &= recent ? FOLIO_WORKINGSET : 0;
	if (!recent)
		return false;
	lruvec_age(lrus, container, 1);
	lruvec_activated(lrus, container, type);
	if (row->flags & FOLIO_WORKINGSET) {
		lruvec->restore[type]++;
		if (controller_of(rules)->refault_costs)
			lruvec_cost(lrus, container, type, 1, 0);
	}
	return true;
}
