// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The charge loop of today's controller: try_charge_memcg() and what
 * memory.high adds (cgroup2.md 3.2 to 3.5), over a policy of today.
 *
 * A page is charged at a time: the rules for charges of more than eight pages,
 * which large folios have, come into play for kernel memory only.
 */
#include "replay/world_state.h"

#include "base/xalloc.h"
#include "reclaim/oom.h"

#include <stdlib.h>

#define MAX_RECLAIM_RETRIES 16
#define COSTLY_PAGES 8		/* 1 << PAGE_ALLOC_COSTLY_ORDER */
#define HZ 1000			/* of the recorded kernel: not told */

/* --- who is killed --- */

/* What ends with an mm: its pages, its slots and its page tables. */
struct weighing {
	struct world *world;
	uint32_t mm;
	uint64_t pages, last_table;
};

static void weigh(void *context, uint64_t vpn, uint32_t page, uint64_t stamp, bool is_old, bool is_out)
{
	struct weighing *weighing = context;
	const struct residence *r = world_residence(weighing->world, page);

	(void)is_old, (void)is_out;
	if (vpn >> 9 != weighing->last_table) {
		weighing->last_table = vpn >> 9;
		weighing->pages++;
	}
	weighing->pages += world_is_present(weighing->world, r, weighing->mm, vpn, stamp) || r->kind == PAGE_ANON;
}

/* select_bad_process(): the mm within that holds most, 0 = none. */
static uint32_t choose_victim(struct world *world, uint32_t container)
{
	const struct facts *facts = world->config.facts;
	uint32_t nr_mms = facts->class->nr_mms(facts), victim = 0;
	uint64_t most = 0;

	for (uint32_t mm = 1; mm < nr_mms; mm++) {
		struct weighing weighing = { .world = world, .mm = mm, .last_table = UINT64_MAX };
		struct mm_facts answer;

		facts->class->mm(facts, mm, &answer);
		if (!answer.is_alive || world_is_void(world, mm) ||
		    !hierarchy_is_within(world->config.hierarchy, answer.container, container))
			continue;
		facts->class->visit(facts, mm, weigh, &weighing);
		if (weighing.pages > most) {
			most = weighing.pages;
			victim = mm;
		}
	}
	return victim;
}

/* --- the loop --- */

static uint64_t margin(struct world *world, uint32_t container)
{
	uint64_t limit = world_counters(world, 0, container)->limit, usage = world_usage(world, 0, container);

	return usage < limit ? limit - usage : 0;
}

static void drain_within(struct world *world, uint32_t container)
{
	for (uint32_t i = 0; i < world->nr_containers; i++) {
		if (!hierarchy_is_within(world->config.hierarchy, i, container))
			continue;
		if (world->config.model->drain(world->model, i))
			world_note(world, 0, i);
	}
}

static uint64_t reclaim(struct world *world, uint32_t container, uint64_t nr)
{
	struct reclaim_result result = { .asked = nr };

	if (world_reclaim(world, container, &result))
		world->config.model->reclaimed(world->model, container);
	return result.freed;
}

struct charging {
	const struct mem_op *op;
	uint32_t victim;	/* mm that is to be killed and is still charging: its own */
	uint32_t retries;
	bool is_drained;
};

enum next { CHARGE_AGAIN, CHARGE_FAIL };

/* There is nothing left to reclaim. */
static enum next out_of_memory(struct world *world, struct charging *charging, uint32_t target)
{
	struct container_outcome *outcome = world_outcome(world, target);
	uint32_t victim;

	if (charging->victim)
		return CHARGE_FAIL;
	outcome->events_oom++;
	world_incident(world, target, INCIDENT_CHARGE_FAILED, 1, charging->op->mm, "");
	victim = choose_victim(world, target);
	if (!victim)
		return CHARGE_FAIL;
	charging->retries = MAX_RECLAIM_RETRIES;
	/* It ends when it is back from this charge; anyone else's memory is reaped at once. */
	if (victim == charging->op->mm)
		charging->victim = victim;
	else
		world_kill(world, target, victim);
	return CHARGE_AGAIN;
}

static enum next refused(struct world *world, struct charging *charging, const struct refusal *refusal)
{
	uint64_t nr = refusal->pages ? refusal->pages : 1, freed;
	uint32_t target = refusal->container;

	if (world->config.run)
		world_tighten(world, target);
	world_outcome(world, target)->events_max++;
	freed = reclaim(world, target, nr);
	if (margin(world, target) >= nr)
		return CHARGE_AGAIN;
	if (!charging->is_drained) {
		charging->is_drained = true;
		drain_within(world, target);
		return CHARGE_AGAIN;
	}
	if (world->is_no_retry)
		return CHARGE_FAIL;
	if ((freed && nr <= COSTLY_PAGES) || charging->retries--)
		return CHARGE_AGAIN;
	return out_of_memory(world, charging, target);
}

bool world_charge(struct world *world, const struct mem_op *op, struct refusal *refusal)
{
	struct charging charging = { .op = op, .retries = MAX_RECLAIM_RETRIES };
	bool is_above, is_charged;

	do
		is_charged = refused(world, &charging, refusal) == CHARGE_AGAIN;
	while (is_charged && world_is_refused(world, op, refusal, &is_above));
	if (charging.victim) {
		if (is_charged)
			world->config.model->cancel(world->model, op);
		world_kill(world, refusal->container, charging.victim);
		return false;
	}
	return is_charged;
}

/* --- memory.high --- */

/* calculate_high_delay(), in jiffies. */
static uint64_t penalty(uint64_t usage, uint64_t high, uint64_t nr)
{
	uint64_t overage, jiffies;

	if (usage <= high)
		return 0;
	overage = ((usage - high) << 20) / (high ? high : 1);
	/* Squared it may pass 64 bits: from here on the cap is far below. */
	if (overage > UINT64_C(1) << 25)
		return 2 * HZ;
	jiffies = overage * overage * HZ >> 20 >> 14;
	jiffies = jiffies * nr / 64;
	return jiffies < 2 * HZ ? jiffies : 2 * HZ;
}

static uint64_t high_of(struct world *world, uint32_t container)
{
	return world_counters(world, 0, container)->barrier;
}

/* try_charge_memcg(): it or one above it is. */
static bool is_past_high(struct world *world, uint32_t container)
{
	do
		if (world_usage(world, 0, container) > high_of(world, container))
			return true;
	while ((container = hierarchy_parent(world->config.hierarchy, container)));
	return false;
}

/* reclaim_high(): of each that is, from the container up. */
static uint64_t reclaim_high(struct world *world, uint32_t container, uint64_t nr)
{
	uint64_t freed = 0;

	do {
		if (world_usage(world, 0, container) <= high_of(world, container))
			continue;
		if (world->config.run)
			world_tighten(world, container);
		world_outcome(world, container)->events_high++;
		freed += reclaim(world, container, nr);
	} while ((container = hierarchy_parent(world->config.hierarchy, container)));
	return freed;
}

/* Of the one that is furthest past: mem_find_max_overage(). */
static uint64_t worst_penalty(struct world *world, uint32_t container, uint64_t nr)
{
	uint64_t worst = 0;

	do {
		uint64_t jiffies = penalty(world_usage(world, 0, container), high_of(world, container), nr);

		worst = worst > jiffies ? worst : jiffies;
	} while ((container = hierarchy_parent(world->config.hierarchy, container)));
	return worst;
}

void world_pay_high(struct world *world, uint32_t container)
{
	uint64_t nr = world->model->counted, asked = nr, freed, jiffies;
	uint32_t retries = MAX_RECLAIM_RETRIES;

	world->model->counted = 0;
	if (!is_past_high(world, world->model->counted_for))
		return;
	for (;;) {
		freed = reclaim_high(world, container, asked);
		asked = 1;
		jiffies = worst_penalty(world, container, nr);
		if (jiffies <= HZ / 100)
			return;
		if (!freed && !retries--)
			break;
	}
	world_outcome(world, container)->high_ns += jiffies * (UINT64_C(1000000000) / HZ);
}
