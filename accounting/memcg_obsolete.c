// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MEMCG, lockless (2.6.27): usage falls at once, but the obsolete page_cgroup leaves memory.stat
 * when its CPU has gathered MAX_OBSOLETE of them (models.md 4).
 */
#include "accounting/memcg.h"

#include "base/xalloc.h"

static __attribute__((noinline)) void add_queues(struct memcg *memcg, uint32_t last)
{
	while (memcg->nr_queues <= last) {
		xgrow(&memcg->queues, memcg->nr_queues, &memcg->queues_capacity, sizeof(*memcg->queues));
		memcg->queues[memcg->nr_queues++] = (struct obsolete_queue){ 0 };
	}
}

struct obsolete_queue *memcg_queue_of(struct memcg *memcg, uint32_t cpu)
{
	if (cpu >= memcg->nr_queues)
		add_queues(memcg, cpu);
	return &memcg->queues[cpu];
}

static void drain(struct memcg *memcg, struct obsolete_queue *queue)
{
	for (uint32_t i = 0; i < queue->nr && !queue->is_stuck; i++) {
		memcg_leave_stat(memcg, queue->entries[i].container, queue->entries[i].is_cache);
		memcg->containers[queue->entries[i].container].stat.undrained--;
	}
	queue->nr = queue->is_stuck ? queue->nr : 0;
}

void memcg_put_off(struct memcg *memcg, uint32_t container, bool is_cache, uint32_t cpu)
{
	struct obsolete_queue *queue = memcg_queue_of(memcg, cpu);

	memcg->containers[container].stat.undrained++;
	if (queue->is_stuck)
		return;
	queue->entries[queue->nr++] = (struct obsolete){ .container = container, .is_cache = is_cache };
	if (queue->nr == MAX_OBSOLETE)
		drain(memcg, queue);
}

void memcg_drain(struct memcg *memcg)
{
	for (size_t i = 0; i < memcg->nr_queues; i++)
		drain(memcg, &memcg->queues[i]);
}
