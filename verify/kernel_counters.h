/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own counters of memory control groups, summed up from memcg:*
 * events.
 *
 *	struct kernel_counters counters = { 0 };
 *	group = kernel_counters_event(&counters, event);	each event
 *	group->state[item].now					item: its number in the recorded kernel (kernel_items.h)
 *	kernel_counters_release(&counters);
 *
 * An event says by how much a counter changed, not what it was before.  A group
 * made while recording started at 0; of an older one the counters are short by a
 * constant, which shows at the latest when one falls below 0.
 */
#ifndef VERIFY_KERNEL_COUNTERS_H
#define VERIFY_KERNEL_COUNTERS_H

#include "base/map64.h"
#include "traces/mm_event.h"
#include "verify/kernel_items.h"

#define NR_STATE_ITEMS 64	/* of those that are summed up; more are ignored */
#define NR_EVENT_ITEMS 128

struct kernel_counter {
	int64_t now, least;	/* pages */
};

struct kernel_group {
	uint64_t id;		/* cgroup id */
	struct kernel_counter state[NR_STATE_ITEMS];
	uint64_t events[NR_EVENT_ITEMS];
};

struct kernel_counters {
	struct map64 by_id;
	struct kernel_group **groups;
	size_t nr, capacity;
};

/* An event of MM_MEMCG_STATE or MM_MEMCG_COUNT; its group, borrowed. */
struct kernel_group *kernel_counters_event(struct kernel_counters *counters, const struct mm_event *event);

/* NULL: no event named it. */
struct kernel_group *kernel_counters_of(const struct kernel_counters *counters, uint64_t id);

void kernel_counters_release(struct kernel_counters *counters);

/* Pages on the lists of the group: all that is anonymous or cached, but for what is on its way to them. */
int64_t kernel_group_listed(const struct kernel_group *group);

/* Events of that sort counted, on a machine of so many zones. */
uint64_t kernel_group_events(const struct kernel_group *group, const struct kernel_items *items, enum vm_event event,
			     uint32_t nr_zones);

/* The number of zones with which as many faults were counted as were seen; 0 = none is near. */
uint32_t vm_zones_guess(const struct kernel_group *group, const struct kernel_items *items, uint64_t nr_faults);

#endif
