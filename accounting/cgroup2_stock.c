// SPDX-License-Identifier: GPL-2.0-or-later
/* Slots of a CPU: consume_stock(), refill_stock(), drain_stock(). */
#include "accounting/cgroup2_stock.h"

#include "base/xalloc.h"

#include <stdlib.h>

void stocks_init(struct stocks *stocks, uint8_t nr_slots)
{
	*stocks = (struct stocks){ .nr_slots = nr_slots };
}

void stocks_release(struct stocks *stocks)
{
	free(stocks->all);
}

static struct stock *stock_of(struct stocks *stocks, uint32_t cpu)
{
	while (stocks->nr <= cpu) {
		xgrow(&stocks->all, stocks->nr, &stocks->capacity, sizeof(*stocks->all));
		stocks->all[stocks->nr++] = (struct stock){ 0 };
	}
	return &stocks->all[cpu];
}

/* An empty slot, or the next in turn. */
static struct stock_slot *free_slot(struct stocks *stocks, struct stock *stock)
{
	for (uint8_t i = 0; i < stocks->nr_slots; i++)
		if (!stock->slots[i].container)
			return &stock->slots[i];
	stock->next = (uint8_t)((stock->next + 1) % stocks->nr_slots);
	return &stock->slots[stock->next];
}

struct stock_left stocks_put(struct stocks *stocks, uint32_t cpu, uint32_t container, uint64_t nr)
{
	struct stock *stock = stock_of(stocks, cpu);
	struct stock_slot *slot = stock_find(stocks, stock, container);
	struct stock_left left = { 0 };

	if (!slot) {
		slot = free_slot(stocks, stock);
		if (slot->container)
			left = (struct stock_left){ .other = slot->container - 1, .other_nr = slot->nr };
		*slot = (struct stock_slot){ .container = container + 1 };
	}
	slot->nr += (uint32_t)nr;
	if (slot->nr > STOCK_BATCH) {
		left.own_nr = slot->nr;
		slot->nr = 0;
	}
	return left;
}

uint64_t stocks_drain(struct stocks *stocks, uint32_t container)
{
	uint64_t nr = 0;

	for (size_t cpu = 0; cpu < stocks->nr; cpu++) {
		struct stock_slot *slot = stock_find(stocks, &stocks->all[cpu], container);

		if (!slot)
			continue;
		nr += slot->nr;
		*slot = (struct stock_slot){ 0 };
	}
	return nr;
}

uint64_t stocks_held(const struct stocks *stocks, uint32_t container)
{
	uint64_t nr = 0;

	for (size_t cpu = 0; cpu < stocks->nr; cpu++)
		for (uint8_t i = 0; i < stocks->nr_slots; i++)
			if (stocks->all[cpu].slots[i].container == container + 1)
				nr += stocks->all[cpu].slots[i].nr;
	return nr;
}
