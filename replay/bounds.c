// SPDX-License-Identifier: GPL-2.0-or-later
/* A short history of each container: what was sure when, and what was in doubt. */
#include "replay/bounds.h"

#include "base/xalloc.h"
#include "rebuild/op_source.h"
#include "replay/stretch.h"
#include "replay/world_state.h"

#include <stdlib.h>

#define NR_SLOTS 64		/* of one history: when they are used up, two become one */
#define FIRST_WIDTH_NS 100000

/* A part of the recording: the most that was held in it. */
struct slot {
	uint64_t sure;		/* at moments without doubt */
	uint64_t low, high;	/* at the others; what gaps themselves held is added at the end */
	bool is_open;		/* there are others */
	bool is_unbounded;
};

struct history {
	struct slot slots[NR_SLOTS];
	uint64_t stepped;	/* held at the last step */
	uint64_t maxheld;	/* at the last note */
	struct slot now;	/* sure, low and high as of the last note */
};

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
	for (size_t i = 0; i < nr; i++) {
		struct slot now = bounds->histories[i].now;

		bounds->histories[i] = (struct history){ .now = now, .stepped = bounds->histories[i].stepped };
	}
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
			*history_of(bounds, bounds->nr_containers, i) = (struct history){ .maxheld = 0 };
		bounds->nr_containers++;
	}
}

static void slot_join(struct slot *slot, const struct slot *other)
{
	slot->sure = other->sure > slot->sure ? other->sure : slot->sure;
	slot->low = other->low > slot->low ? other->low : slot->low;
	slot->high = other->high > slot->high ? other->high : slot->high;
	slot->is_open |= other->is_open;
	slot->is_unbounded |= other->is_unbounded;
}

static void fold(struct bounds *bounds)
{
	for (size_t i = 0; i < bounds->nr_containers * bounds->world->nr_resources; i++) {
		struct slot *slots = bounds->histories[i].slots;

		for (int j = 0; j < NR_SLOTS / 2; j++) {
			struct slot joined = slots[2 * j];

			slot_join(&joined, &slots[2 * j + 1]);
			slots[j] = joined;
		}
		for (int j = NR_SLOTS / 2; j < NR_SLOTS; j++)
			slots[j] = (struct slot){ 0 };
	}
	bounds->width_ns *= 2;
}

static int slot_at(struct bounds *bounds, uint64_t time_ns)
{
	uint64_t since = time_ns > bounds->begin_ns ? time_ns - bounds->begin_ns : 0;

	while (since / bounds->width_ns >= NR_SLOTS)
		fold(bounds);
	return since / bounds->width_ns;
}

/* --- what is held now --- */

static uint64_t maxheld_of(const struct world *world, uint32_t resource, uint32_t container)
{
	uint64_t own = world_counters(world, resource, container)->maxheld;
	uint64_t most = world->containers[container].most[resource];

	return most > own ? most : own;
}

static bool is_any_held(struct world *world, uint32_t resource)
{
	for (uint32_t i = 0; i < world->nr_containers; i++)
		if (world_counters(world, resource, i)->held)
			return true;
	return false;
}

/* Whether the container may hold other than what was replayed, now. */
static bool is_open(const struct bounds *bounds, const struct doubts *doubt, uint32_t container, bool is_any)
{
	switch (bounds->world->config.model->lost_reach) {
	case LOST_REACH_MAPPED:
		return is_any || doubt->up || doubt_is_open(doubt, container);
	case LOST_REACH_RESERVED:
		return doubt_is_open(doubt, container);
	case LOST_REACH_CACHED:
		break;
	}
	return true;
}

static void note(struct bounds *bounds, const struct doubts *doubt, uint32_t resource, uint32_t container,
		 int slot, bool is_any)
{
	struct world *world = bounds->world;
	struct history *history = history_of(bounds, container, resource);
	uint64_t held = world_usage(world, resource, container);
	uint64_t maxheld = maxheld_of(world, resource, container);
	/* The most since the last note is known only where it was the most ever. */
	uint64_t most = maxheld > history->maxheld ? maxheld : held;
	struct slot now = { .sure = held };

	if (is_open(bounds, doubt, container, is_any)) {
		now = (struct slot){ .is_open = true, .high = most + doubt->up,
				     .low = held > doubt->down ? held - doubt->down : 0 };
		if (world->config.model->lost_reach == LOST_REACH_RESERVED) {
			now.is_unbounded = true;
			now.low = 0;
		}
	}
	history->now = now;
	if (!now.is_open)
		now.sure = most;
	history->maxheld = maxheld;
	slot_join(&history->slots[slot], &now);
}

void bounds_note(struct bounds *bounds, uint64_t now_ns, const struct doubts *doubt)
{
	struct world *world = bounds->world;
	int slot = slot_at(bounds, now_ns);

	make_histories(bounds);
	for (uint32_t resource = 0; resource < world->nr_resources; resource++) {
		bool is_any = is_any_held(world, resource);

		for (uint32_t i = 0; i < bounds->nr_containers; i++)
			note(bounds, doubt, resource, i, slot, is_any);
	}
}

/* The same where no record was lost: nothing but what is sure is written. */
static void note_sure(struct bounds *bounds, uint32_t resource, uint32_t container, int slot)
{
	struct history *history = history_of(bounds, container, resource);
	uint64_t held = world_usage(bounds->world, resource, container);
	uint64_t maxheld = maxheld_of(bounds->world, resource, container);
	uint64_t most = maxheld > history->maxheld ? maxheld : held;

	history->now.sure = held;
	history->maxheld = maxheld;
	if (most > history->slots[slot].sure)
		history->slots[slot].sure = most;
}

static void note_all_sure(struct bounds *bounds, uint64_t now_ns)
{
	int slot = slot_at(bounds, now_ns);

	for (uint32_t resource = 0; resource < bounds->world->nr_resources; resource++)
		for (uint32_t i = 0; i < bounds->nr_containers; i++)
			note_sure(bounds, resource, i, slot);
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

/* What was sure since the gap began is not: the gap is told of at its end. */
static void unsettle(struct bounds *bounds, struct history *history, int first, int last, const struct doubts *doubt)
{
	bool is_reserved = bounds->world->config.model->lost_reach == LOST_REACH_RESERVED;
	uint64_t before = first ? history->slots[first - 1].sure : 0;

	for (int i = first; i <= last; i++) {
		struct slot *slot = &history->slots[i];
		uint64_t high = slot->sure > before ? slot->sure : before;

		high += doubt->up;
		slot->high = high > slot->high ? high : slot->high;
		slot->low = slot->sure = 0;
		slot->is_open = true;
		slot->is_unbounded |= is_reserved;
	}
}

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
	for (size_t i = 0; i < bounds->nr_containers * bounds->world->nr_resources; i++)
		unsettle(bounds, &bounds->histories[i], first, last, doubt);
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

static void close_slot(struct slot *slot, uint64_t less, uint64_t more)
{
	if (!slot->is_open) {
		slot->low = slot->high = slot->sure;
		return;
	}
	slot->low = slot->low > less ? slot->low - less : 0;
	slot->low = slot->sure > slot->low ? slot->sure : slot->low;
	slot->high = slot->high + more > slot->sure ? slot->high + more : slot->sure;
}

void bounds_finish(struct bounds *bounds, uint64_t end_ns)
{
	bool is_cached = bounds->world->config.model->lost_reach == LOST_REACH_CACHED;

	for (uint32_t i = 0; i < bounds->world->nr_resources; i++) {
		bounds->more[i] = lost_pages(bounds, &bounds->arrivals[i], end_ns);
		bounds->less[i] = bounds->more[i];
		if (is_cached)
			bounds->less[i] += lost_pages(bounds, &bounds->departures[i], end_ns);
	}
}

struct bound bounds_of(const struct bounds *bounds, uint32_t resource, uint32_t container)
{
	uint64_t more = bounds->more[resource], less = bounds->less[resource];
	uint64_t held = world_usage(bounds->world, resource, container);
	uint64_t maxheld = maxheld_of(bounds->world, resource, container);
	const struct history *history;
	struct bound bound = { held, held, maxheld, maxheld };
	struct slot end;

	if (!bounds->nr_lost || container >= bounds->nr_containers)
		return bound;
	history = history_of(bounds, container, resource);
	end = history->now;
	close_slot(&end, less, more);
	bound = (struct bound){ .held_low = end.low, .held_high = end.is_unbounded ? BOUND_NONE : end.high };
	for (int i = 0; i < NR_SLOTS; i++) {
		struct slot slot = history->slots[i];

		close_slot(&slot, less, more);
		bound.maxheld_low = slot.low > bound.maxheld_low ? slot.low : bound.maxheld_low;
		if (slot.is_unbounded)
			bound.maxheld_high = BOUND_NONE;
		bound.maxheld_high = slot.high > bound.maxheld_high ? slot.high : bound.maxheld_high;
	}
	return bound;
}

/* Whether the container cannot have been refused anything. */
static bool is_within(const struct bounds *bounds, const struct world *world, uint32_t resource, uint32_t container)
{
	const struct resource_limit *limit = &world->containers[container].limits[resource];
	const struct model_counters *counters = world_counters(bounds->world, resource, container);
	uint64_t least = limit->barrier < limit->limit ? limit->barrier : limit->limit;
	uint64_t most = bounds_of(bounds, resource, container).maxheld_high;
	uint64_t reserved = counters->transient > counters->maxheld ? counters->transient - counters->maxheld : 0;

	return least == PAGES_UNLIMITED || (most != BOUND_NONE && most + reserved + 1 <= least);
}

bool bounds_fit(const struct bounds *bounds, const struct world *world)
{
	for (uint32_t i = 0; i < world->nr_containers; i++)
		for (uint32_t resource = 0; resource < world->nr_resources; resource++)
			if (!is_within(bounds, world, resource, i))
				return false;
	return true;
}
