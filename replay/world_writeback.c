// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is written back when, in a world (cgroup2.md 6.1, 11): hardly a recording tells.
 *
 * A page that write(2) made is dirty until a flusher that reclaim woke after it has
 * had machine.flush_ns, or DIRTY_EXPIRE_NS have passed, or the program had it written
 * itself, where the recording tells that (dirtied.c).  Nothing runs for this: a
 * page's state follows from when it became dirty and when flushers were woken.
 *
 * Reclaim for a limit of v1 waits for what it woke (reclaim_throttle()): until it is
 * back nothing else is done there, so this world's clock, which only write-back
 * reads, is behind the recording's from then on.
 */
#include "replay/world_state.h"

#include "base/xalloc.h"

#define DIRTY_EXPIRE_NS UINT64_C(30000000000)	/* vm.dirty_expire_centisecs */

/* Flushers are woken: of the recording's clock; what was dirty then is clean at done_ns, of this world's. */
struct wake {
	uint64_t at_ns, done_ns;
};

/* Behind the recording by what reclaim slept. */
static uint64_t now(const struct world *world)
{
	return world->op->time_ns + world->slept_ns;
}

void world_dirtied(struct world *world, uint32_t page)
{
	if (!world->is_modern)
		return;
	map64_set(&world->dirtied, page, world->op->time_ns);
	world_residence(world, page)->is_dirtied = true;
}

void world_cleaned(struct world *world, uint32_t page)
{
	map64_remove(&world->dirtied, page);
	world_residence(world, page)->is_dirtied = false;
}

void world_written(struct world *world, const struct mem_op *op)
{
	world_outcome(world, op->container)->written_ns = op->until_ns + 1;
}

/* The first time flushers were woken at or after a time; NULL = not yet. */
static const struct wake *first_wake(const struct world *world, uint64_t since_ns)
{
	size_t low = 0, high = world->nr_wakes;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (world->wakes[middle].at_ns < since_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low < world->nr_wakes ? &world->wakes[low] : NULL;
}

static bool is_written(struct world *world, uint32_t page, uint64_t dirtied_ns)
{
	int64_t payer = world->config.model->payer(world->model, page);

	return payer >= 0 && dirtied_ns < world_outcome(world, (uint32_t)payer)->written_ns;
}

enum write_state world_write_state(struct world *world, uint32_t page)
{
	const struct wake *wake;
	uint64_t dirtied_ns;

	if (!world_residence(world, page)->is_dirtied)
		return WRITE_CLEAN;
	dirtied_ns = map64_get(&world->dirtied, page);
	wake = first_wake(world, dirtied_ns);
	if (world->op->time_ns >= dirtied_ns + DIRTY_EXPIRE_NS || is_written(world, page, dirtied_ns) ||
	    (wake && now(world) >= wake->done_ns)) {
		world_cleaned(world, page);
		return WRITE_CLEAN;
	}
	return wake ? WRITE_UNDER_WAY : WRITE_DIRTY;
}

static bool waits(struct world *world)
{
	uint8_t chosen = world->config.options->model_rules.chosen[SWITCH_CGROUP2_HIERARCHY];

	return chosen == CGROUP2_RECORDED ? world_outcome(world, world->reclaiming)->is_v1 : chosen == CGROUP2_V1;
}

void world_end_wait(struct world *world)
{
	if (world->is_waiting)
		world->slept_ns += world->config.options->machine.flush_ns;
	world->is_waiting = false;
}

void world_wake_flushers(void *host)
{
	struct world *world = host;
	uint64_t at_ns = world->op->time_ns;

	world->is_waiting |= waits(world);
	if (world->nr_wakes && world->wakes[world->nr_wakes - 1].at_ns == at_ns)
		return;
	xgrow(&world->wakes, world->nr_wakes, &world->wakes_capacity, sizeof(*world->wakes));
	world->wakes[world->nr_wakes++] = (struct wake){
		at_ns, now(world) + world->config.options->machine.flush_ns };
}
