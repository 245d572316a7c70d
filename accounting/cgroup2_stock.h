/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each CPU has charged ahead for a few containers (cgroup2.md 3.1).
 *
 * Pages in stock count in a container's usage and are nobody's.  This keeps where
 * they are; what usage makes of it is the caller's:
 *
 *	if (!stocks_take(&stocks, cpu, container, n))
 *		charge n + more on the counter, and
 *		given_back = stocks_put(&stocks, cpu, container, more, &whose);
 */
#ifndef ACCOUNTING_CGROUP2_STOCK_H
#define ACCOUNTING_CGROUP2_STOCK_H

#include "base/controller.h"

#include <stddef.h>

#define STOCK_BATCH 64		/* MEMCG_CHARGE_BATCH: charged at once, kept at most */

struct stock_slot {
	uint32_t container;	/* + 1; 0 = empty */
	uint32_t nr;
};

/* Of one CPU. */
struct stock {
	struct stock_slot slots[CONTROLLER_MAX_SLOTS];
	uint8_t next;		/* slot to empty when all are taken: the kernel draws one by chance */
};

struct stocks {
	struct stock *all;	/* by CPU */
	size_t nr, capacity;
	uint8_t nr_slots;
};

void stocks_init(struct stocks *stocks, uint8_t nr_slots);
void stocks_release(struct stocks *stocks);

/* The container's slot, or NULL. */
static inline struct stock_slot *stock_find(const struct stocks *stocks, struct stock *stock, uint32_t container)
{
	for (uint8_t i = 0; i < stocks->nr_slots; i++)
		if (stock->slots[i].container == container + 1)
			return &stock->slots[i];
	return NULL;
}

/* Takes nr pages out of the container's stock there; false: it has fewer. */
static inline bool stocks_take(struct stocks *stocks, uint32_t cpu, uint32_t container, uint64_t nr)
{
	struct stock_slot *slot = cpu < stocks->nr ? stock_find(stocks, &stocks->all[cpu], container) : NULL;

	if (!slot || slot->nr < nr)
		return false;
	slot->nr -= (uint32_t)nr;
	return true;
}

/*
 * Puts nr pages there.  What has to leave for it (another container's slot, a
 * whole stock that would hold more than STOCK_BATCH) is returned, and *whose it was.
 */
struct stock_left {
	uint64_t other_nr, own_nr;
	uint32_t other;		/* container of other_nr */
};
struct stock_left stocks_put(struct stocks *stocks, uint32_t cpu, uint32_t container, uint64_t nr);

/* Empties the container's stock on every CPU; how much that was. */
uint64_t stocks_drain(struct stocks *stocks, uint32_t container);

/* What it has in stock. */
uint64_t stocks_held(const struct stocks *stocks, uint32_t container);

#endif
