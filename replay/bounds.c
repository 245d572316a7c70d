// SPDX-License-Identifier: GPL-2.0-or-later
/* Which containers are to be noted when, and what the gaps themselves may have held. */
#include "replay/bounds.h"

#include "base/xalloc.h"
#include "rebuild/op_source.h"
#include "replay/history.h"
#include "replay/stretch.h"
#include "replay/world_state.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_WIDTH_NS 100000

struct lost_stretch {
	uint64_t events;	/* 0 = unknown: */
	uint64_t begin_ns, end_ns;	/* end 0 = to the end of the recording */
};

struct bounds {
	struct world *world;
	uint64_t begin_ns, width_ns;
	struct history *histories;	/* by container, then resource */
	size_t nr_containers, containers_capacity;
	struct stretch arrivals[MAX_RESOURCES], departures[MAX_RESOURCES];
	uint64_t nr_cache_dels;		/* at the last step */
	struct lost_stretch *lost;
	size_t nr_lost, lost_capacity;
	uint64_t more[MAX_RESOURCES], less[MAX_RESOURCES];	/* of all of them, at the end */
	uint64_t first_gap_ns;
	/* At an event only those are noted that changed; the others when the slot ends, with what doubt was in between. */
	struct touched touched;
	uint64_t nr_turned;		/* of doubt->turned, that were seen */
	struct doubt_since since;
	size_t nr_any[MAX_RESOURCES];	/* histories with is_any */
	bool is_open[MAX_RESOURCES];	/* whatever container, as of the last note */
	int slot;			/* that notes are of; -1 = none since all began anew */
};

struct bounds *bounds_create(struct world *world, uint64_t begin_ns)
{
	struct bounds *bounds = xcalloc(1, sizeof(*bounds));

	bounds->world = world;
	bounds->first_gap_ns = UINT64_MAX;
	bounds_restart(bounds, begin_ns);
	return bounds;
}

void bounds_destroy(struct bounds *bounds)
{
	if (!bounds)
		return;
	free(bounds->histories);
	free(bounds->lost);
	touched_release(&bounds->touched);
	since_release(&bounds->since.up);
	since_release(&bounds->since.spared);
	free(bounds);
}

void bounds_restart(struct bounds *bounds, uint64_t now_ns)
{
	size_t nr = bounds->nr_containers * bounds->world->nr_resources;

	bounds->begin_ns = now_ns;
	bounds->width_ns = FIRST_WIDTH_NS;
	for (int i = 0; i < MAX_RESOURCES; i++) {
		stretch_init(&bounds->arrivals[i], now_ns);
		stretch_init(&bounds->departures[i], now_ns);
	}
	for (size_t i = 0; i < nr; i++)
		history_restart(&bounds->histories[i]);
	memset(bounds->nr_any, 0, sizeof(bounds->nr_any));
	bounds->touched.is_rest = true;
	bounds->slot = -1;
}

/* --- histories --- */

static struct history *history_of(const struct bounds *bounds, uint32_t container, uint32_t resource)
{
	return &bounds->histories[container * bounds->world->nr_resources + resource];
}

static void make_histories(struct bounds *bounds)
{
	uint32_t nr_resources = bounds->world->nr_resources;

	while (bounds->nr_containers < bounds->world->nr_containers) {
		xgrow(&bounds->histories, bounds->nr_containers, &bounds->containers_capacity,
		      nr_resources * sizeof(*bounds->histories));
		for (uint32_t i = 0; i < nr_resources; i++)
			*history_of(bounds, bounds->nr_containers, i) = (struct history){ .noted = bounds->since.nr_notes };
		touched_add(&bounds->touched, bounds->nr_containers);
		bounds->nr_containers++;
	}
}

static void catch_up_all(struct bounds *bounds)
{
	for (size_t i = 0; i < bounds->nr_containers * bounds->world->nr_resources && bounds->slot >= 0; i++)
		history_catch_up(&bounds->histories[i], bounds->slot, &bounds->since);
	since_clear(&bounds->since.up);
	since_clear(&bounds->since.spared);
}

static int slot_at(struct bounds *bounds, uint64_t time_ns)
{
	uint64_t since = time_ns > bounds->begin_ns ? time_ns - bounds->begin_ns : 0;

	if (since / bounds->width_ns >= NR_SLOTS) {
		catch_up_all(bounds);
		bounds->slot = -1;
	}
	for (; since / bounds->width_ns >= NR_SLOTS; bounds->width_ns *= 2)
		for (size_t i = 0; i < bounds->nr_containers * bounds->world->nr_resources; i++)
			history_fold(&bounds->histories[i]);
	return since / bounds->width_ns;
}

/* --- what is held now --- */

static uint64_t maxheld_of(const struct world *world, uint32_t resource, uint32_t container)
{
	uint64_t own = world_counters(world, resource, container)->maxheld;
	uint64_t most = world->containers[container].most[resource];

	return most > own ? most : own;
}

/* Whether any container may hold other than what was replayed, now; `is_any`: one holds something. */
static bool is_open_everywhere(const struct bounds *bounds, const struct doubts *doubt, bool is_any)
{
	switch (bounds->world->config.model->lost_reach) {
	case LOST_REACH_MAPPED:
		return is_any || doubt->up || doubt->is_open_rest;
	case LOST_REACH_RESERVED:
		return doubt->is_open_rest;
	case LOST_REACH_CACHED:
		break;
	}
	return true;
}

static void note(struct bounds *bounds, const struct doubts *doubt, uint32_t resource, uint32_t container)
{
	const struct world *world = bounds->world;

	history_note(history_of(bounds, container, resource), bounds->slot, bounds->since.nr_notes + 1, &(struct moment){
		.held = world_usage(world, resource, container), .maxheld = maxheld_of(world, resource, container),
		.is_open = bounds->is_open[resource] || doubt_is_open(doubt, container), .up = doubt->up, .down = doubt->down,
		.is_unbounded = world->config.model->lost_reach == LOST_REACH_RESERVED });
}

/* Those that were opened or closed since are touched, too. */
static void take_turned(struct bounds *bounds, const struct doubts *doubt)
{
	const uint64_t end = doubt->nr_turned_before + doubt->nr_turned;

	if (bounds->nr_turned < doubt->nr_turned_before)
		bounds->touched.is_rest = true;
	for (; !bounds->touched.is_rest && bounds->nr_turned < end; bounds->nr_turned++)
		touched_add(&bounds->touched, doubt->turned[bounds->nr_turned - doubt->nr_turned_before]);
	bounds->nr_turned = end;
}

static void count_any(struct bounds *bounds, uint32_t container)
{
	for (uint32_t resource = 0; resource < bounds->world->nr_resources && container < bounds->nr_containers; resource++) {
		struct history *history = history_of(bounds, container, resource);
		const bool is_any = world_counters(bounds->world, resource, container)->held;

		bounds->nr_any[resource] += is_any - history->is_any;
		history->is_any = is_any;
	}
}

/* Whether what is open is another now, of all containers. */
static bool turn_all(struct bounds *bounds, const struct doubts *doubt)
{
	bool is_turned = false;

	for (uint32_t resource = 0; resource < bounds->world->nr_resources; resource++) {
		const bool is_open = is_open_everywhere(bounds, doubt, bounds->nr_any[resource]);

		is_turned |= is_open != bounds->is_open[resource];
		bounds->is_open[resource] = is_open;
	}
	return is_turned;
}

static void note_all(struct bounds *bounds, int slot, const struct doubts *doubt)
{
	catch_up_all(bounds);
	bounds->slot = slot;
	for (uint32_t i = 0; i < bounds->nr_containers; i++)
		for (uint32_t resource = 0; resource < bounds->world->nr_resources; resource++)
			note(bounds, doubt, resource, i);
}

static void note_touched(struct bounds *bounds, const struct doubts *doubt)
{
	const struct touched *touched = &bounds->touched;

	for (size_t i = 0; i < touched->nr; i++) {
		const uint32_t container = touched->all[i];

		for (uint32_t resource = 0; resource < bounds->world->nr_resources && container < bounds->nr_containers; resource++) {
			history_catch_up(history_of(bounds, container, resource), bounds->slot, &bounds->since);
			note(bounds, doubt, resource, container);
		}
	}
}

void bounds_note(struct bounds *bounds, uint64_t now_ns, const struct doubts *doubt)
{
	const int slot = slot_at(bounds, now_ns);
	struct touched *touched = &bounds->touched;

	make_histories(bounds);
	world_tell_touched(bounds->world, touched);
	touched->is_rest |= bounds->world->config.options->check_invariants;
	take_turned(bounds, doubt);
	for (uint32_t i = 0; i < bounds->nr_containers && touched->is_rest; i++)
		count_any(bounds, i);
	for (size_t i = 0; i < touched->nr; i++)
		count_any(bounds, touched->all[i]);
	if (turn_all(bounds, doubt) || touched->is_rest || slot != bounds->slot)
		note_all(bounds, slot, doubt);
	else
		note_touched(bounds, doubt);
	bounds->since.nr_notes++;
	since_add(&bounds->since.up, bounds->since.nr_notes, doubt->up);
	since_add(&bounds->since.spared, bounds->since.nr_notes, ~doubt->down);
	touched_clear(touched);
}

static void note_all_sure(struct bounds *bounds, uint64_t now_ns)
{
	const struct world *world = bounds->world;
	int slot = slot_at(bounds, now_ns);

	for (uint32_t resource = 0; resource < world->nr_resources; resource++)
		for (uint32_t i = 0; i < bounds->nr_containers; i++)
			history_note_sure(history_of(bounds, i, resource), slot, world_usage(world, resource, i),
					  maxheld_of(world, resource, i));
}

/* How much came and went since the last step: what a gap as long may have held. */
void bounds_step(struct bounds *bounds, uint64_t now_ns)
{
	struct world *world = bounds->world;
	uint64_t dels = world->nr_cache_dels - bounds->nr_cache_dels;

	make_histories(bounds);
	bounds->nr_cache_dels = world->nr_cache_dels;
	for (uint32_t resource = 0; resource < world->nr_resources; resource++) {
		uint64_t more = 0;

		for (uint32_t i = 0; i < bounds->nr_containers; i++) {
			struct history *history = history_of(bounds, i, resource);
			uint64_t held = world_counters(world, resource, i)->held;

			more += held > history->stepped ? held - history->stepped : 0;
			history->stepped = held;
		}
		stretch_add(&bounds->arrivals[resource], more, now_ns);
		stretch_add(&bounds->departures[resource], dels, now_ns);
	}
	if (!bounds->nr_lost)
		note_all_sure(bounds, now_ns);
}

/* --- gaps --- */

void bounds_gap(struct bounds *bounds, const struct loss_record *loss, uint64_t now_ns, const struct doubts *doubt)
{
	uint64_t begin_ns = loss->begin_ns > bounds->begin_ns ? loss->begin_ns : bounds->begin_ns;
	int last = slot_at(bounds, now_ns), first = slot_at(bounds, begin_ns);

	make_histories(bounds);
	xgrow(&bounds->lost, bounds->nr_lost, &bounds->lost_capacity, sizeof(*bounds->lost));
	bounds->lost[bounds->nr_lost++] = (struct lost_stretch){
		.events = loss->events, .begin_ns = begin_ns, .end_ns = loss->end_ns };
	if (begin_ns < bounds->first_gap_ns)
		bounds->first_gap_ns = begin_ns;
	catch_up_all(bounds);
	bounds->slot = -1;
	for (size_t i = 0; i < bounds->nr_containers * bounds->world->nr_resources; i++)
		history_unsettle(&bounds->histories[i], first, last, doubt->up,
				 bounds->world->config.model->lost_reach == LOST_REACH_RESERVED);
	bounds_note(bounds, now_ns, doubt);
}

uint64_t bounds_first_gap(const struct bounds *bounds)
{
	return bounds->first_gap_ns;
}

/* --- at the end --- */

/* Pages that all gaps together may have moved. */
static uint64_t lost_pages(const struct bounds *bounds, const struct stretch *stretch, uint64_t end_ns)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < bounds->nr_lost; i++) {
		const struct lost_stretch *lost = &bounds->lost[i];
		uint64_t until_ns = lost->end_ns ? lost->end_ns : end_ns;
		uint64_t ns = until_ns > lost->begin_ns ? until_ns - lost->begin_ns : 0;
		uint64_t most = stretch_most(stretch, lost->events ? lost->events : stretch_events(stretch, ns));

		if (__builtin_add_overflow(pages, most, &pages) || pages > INT64_MAX / 4)
			return INT64_MAX / 4;
	}
	return pages;
}

void bounds_finish(struct bounds *bounds, uint64_t end_ns)
{
	bool is_cached = bounds->world->config.model->lost_reach == LOST_REACH_CACHED;

	catch_up_all(bounds);
	world_tell_touched(bounds->world, NULL);
	for (uint32_t i = 0; i < bounds->world->nr_resources; i++) {
		bounds->more[i] = lost_pages(bounds, &bounds->arrivals[i], end_ns);
		bounds->less[i] = bounds->more[i];
		if (is_cached)
			bounds->less[i] += lost_pages(bounds, &bounds->departures[i], end_ns);
		for (uint32_t container = 0; container < bounds->nr_containers && bounds->nr_lost; container++) {
			struct history *history = history_of(bounds, container, i);

			history->bound = history_close(history, bounds->less[i], bounds->more[i]);
		}
	}
}

struct bound bounds_of(const struct bounds *bounds, uint32_t resource, uint32_t container)
{
	uint64_t held = world_usage(bounds->world, resource, container);
	uint64_t maxheld = maxheld_of(bounds->world, resource, container);

	if (!bounds->nr_lost || container >= bounds->nr_containers)
		return (struct bound){ held, held, maxheld, maxheld };
	return history_of(bounds, container, resource)->bound;
}

/* Whether the container cannot have been refused anything. */
static bool is_within(const struct bounds *bounds, const struct world *world, uint32_t resource, uint32_t container)
{
	const struct resource_limit *limit = &world->containers[container].limits[resource];
	const struct model_counters *counters = world_counters(bounds->world, resource, container);
	uint64_t least = limit->barrier < limit->limit ? limit->barrier : limit->limit;
	uint64_t most, reserved = counters->transient > counters->maxheld ? counters->transient - counters->maxheld : 0;

	if (least == PAGES_UNLIMITED)
		return true;
	most = bounds_of(bounds, resource, container).maxheld_high;
	return most != BOUND_NONE && most + reserved + 1 <= least;
}

bool bounds_fit(const struct bounds *bounds, const struct world *world)
{
	const struct scenario_spec *spec = world->config.spec;

	if (!spec || (!spec->nr_limits && !spec->is_written))
		return true;
	for (uint32_t i = 0; i < world->nr_containers; i++)
		for (uint32_t resource = 0; resource < world->nr_resources; resource++)
			if (!is_within(bounds, world, resource, i))
				return false;
	return true;
}
