// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums by control group and item. */
#include "verify/kernel_counters.h"

#include "base/xalloc.h"

#include <stdlib.h>

static struct kernel_group *group_of(struct kernel_counters *counters, uint64_t id)
{
	uint32_t number = map64_get(&counters->by_id, id);

	if (number)
		return counters->groups[number - 1];
	xgrow(&counters->groups, counters->nr, &counters->capacity, sizeof(*counters->groups));
	counters->groups[counters->nr] = xcalloc(1, sizeof(**counters->groups));
	counters->groups[counters->nr]->id = id;
	map64_set(&counters->by_id, id, ++counters->nr);
	return counters->groups[counters->nr - 1];
}

struct kernel_group *kernel_counters_event(struct kernel_counters *counters, const struct mm_event *event)
{
	struct kernel_group *group = group_of(counters, event->memcg.id);
	uint32_t item = event->memcg.item;

	if (event->kind == MM_MEMCG_COUNT && item < NR_EVENT_ITEMS) {
		group->events[item] += (uint64_t)event->memcg.value;
	} else if (event->kind == MM_MEMCG_STATE && item < NR_STATE_ITEMS) {
		struct kernel_counter *counter = &group->state[item];

		counter->now = (int64_t)((uint64_t)counter->now + (uint64_t)event->memcg.value);
		if (counter->now < counter->least)
			counter->least = counter->now;
	}
	return group;
}

struct kernel_group *kernel_counters_of(const struct kernel_counters *counters, uint64_t id)
{
	uint32_t number = map64_get(&counters->by_id, id);

	return number ? counters->groups[number - 1] : NULL;
}

int64_t kernel_group_listed(const struct kernel_group *group)
{
	int64_t pages = 0;

	for (int list = 0; list < NR_LRU_ITEMS; list++)
		pages += group->state[list].now;
	return pages;
}

uint64_t kernel_group_events(const struct kernel_group *group, const struct kernel_items *items, enum vm_event event,
			     uint32_t nr_zones)
{
	uint64_t nr = 0;

	for (uint32_t item = 0; item < NR_EVENT_ITEMS; item++)
		if (vm_event_of(items, item, nr_zones) == event)
			nr += group->events[item];
	return nr;
}

uint32_t vm_zones_guess(const struct kernel_group *group, const struct kernel_items *items, uint64_t nr_faults)
{
	for (uint32_t nr_zones = 1; nr_zones <= MAX_ZONES; nr_zones++) {
		uint64_t counted = kernel_group_events(group, items, VM_FAULT, nr_zones);

		/* Some are the kernel's own, without an exception; some are retried. */
		if (nr_faults && counted > nr_faults / 2 && counted < nr_faults * 2)
			return nr_zones;
	}
	return 0;
}

void kernel_counters_release(struct kernel_counters *counters)
{
	for (size_t i = 0; i < counters->nr; i++)
		free(counters->groups[i]);
	free(counters->groups);
	map64_release(&counters->by_id);
}
