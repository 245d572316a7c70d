// SPDX-License-Identifier: GPL-2.0-or-later
/* A short history of each container: what was sure when, and what was in doubt. */
#include "replay/bounds.h"

#include "base/xalloc.h"
#include "rebuild/op_source.h"
#include "replay/since.h"
#include "replay/stretch.h"
#include "replay/world_state.h"

#include <stdlib.h>
#include <string.h>

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
	uint64_t held, noted;	/* then, and which of bounds->nr_notes it was */
	bool is_any;		/* it held something of its own */
	struct bound bound;	/* when all has ended */
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
	/* At an event only those are noted that changed; the others when the slot ends, with what doubt was in between. */
	struct touched touched;
	uint64_t nr_turned;		/* of doubt->turned, that were seen */
	uint64_t nr_notes;
	struct since up, spared;	/* by note, since all were noted: doubt->up, and ~doubt->down */
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
	since_release(&bounds->up);
	since_release(&bounds->spared);
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
			*history_of(bounds, bounds->nr_containers, i) = (struct history){ .noted = bounds->nr_notes };
		touched_add(&bounds->touched, bounds->nr_containers);
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

/* What came of it at the notes since its last one, in which nothing of it changed; then it is as at the latest. */
static void catch_up(struct bounds *bounds, struct history *history)
{
	const uint64_t since = history->noted + 1, held = history->held;
	const uint64_t down = ~since_most(&bounds->spared, since), last_down = ~since_most(&bounds->spared, bounds->nr_notes);
	struct slot *now = &history->now, most;

	if (history->noted == bounds->nr_notes)
		return;
	history->noted = bounds->nr_notes;
	if (!now->is_open) {
		now->sure = held;
		slot_join(&history->slots[bounds->slot], now);
		return;
	}
	most = *now;
	most.high = held + since_most(&bounds->up, since);
	now->high = held + since_most(&bounds->up, bounds->nr_notes);
	if (!now->is_unbounded) {
		most.low = held > down ? held - down : 0;
		now->low = held > last_down ? held - last_down : 0;
	}
	slot_join(&history->slots[bounds->slot], &most);
}

static void catch_up_all(struct bounds *bounds)
{
	for (size_t i = 0; i < bounds->nr_containers * bounds->world->nr_resources && bounds->slot >= 0; i++)
		catch_up(bounds, &bounds->histories[i]);
	since_clear(&bounds->up);
	since_clear(&bounds->spared);
}

static int slot_at(struct bounds *bounds, uint64_t time_ns)
{
	uint64_t since = time_ns > bounds->begin_ns ? time_ns - bounds->begin_ns : 0;

	if (since / bounds->width_ns >= NR_SLOTS) {
		catch_up_all(bounds);
		bounds->slot = -1;
	}
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
	struct world *world = bounds->world;
	struct history *history = history_of(bounds, container, resource);
	uint64_t held = world_usage(world, resource, container);
	uint64_t maxheld = maxheld_of(world, resource, container);
	/* The most since the last note is known only where it was the most ever. */
	uint64_t most = maxheld > history->maxheld ? maxheld : held;
	struct slot now = { .sure = held };

	if (bounds->is_open[resource] || doubt_is_open(doubt, container)) {
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
	history->held = held;
	history->noted = bounds->nr_notes;
	slot_join(&history->slots[bounds->slot], &now);
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

static void note_all(struct bounds *bounds, const struct doubts *doubt)
{
	for (uint32_t resource = 0; resource < bounds->world->nr_resources; resource++)
		for (uint32_t i = 0; i < bounds->nr_containers; i++)
			note(bounds, doubt, resource, i);
}

static void note_touched(struct bounds *bounds, const struct doubts *doubt)
{
	for (size_t i = 0; i < bounds->touched.nr; i++)
		for (uint32_t resource = 0; resource < bounds->world->nr_resources; resource++)
			if (bounds->touched.all[i] < bounds->nr_containers)
				note(bounds, doubt, resource, bounds->touched.all[i]);
}

static void catch_up_touched(struct bounds *bounds)
{
	for (size_t i = 0; i < bounds->touched.nr; i++)
		for (uint32_t resource = 0; resource < bounds->world->nr_resources; resource++)
			if (bounds->touched.all[i] < bounds->nr_containers)
				catch_up(bounds, history_of(bounds, bounds->touched.all[i], resource));
}

void bounds_note(struct bounds *bounds, uint64_t now_ns, const struct doubts *doubt)
{
	const int slot = slot_at(bounds, now_ns);
	struct touched *touched = &bounds->touched;
	bool is_all;

	make_histories(bounds);
	world_tell_touched(bounds->world, touched);
	touched->is_rest |= bounds->world->config.options->check_invariants;
	take_turned(bounds, doubt);
	for (uint32_t i = 0; i < bounds->nr_containers && touched->is_rest; i++)
		count_any(bounds, i);
	for (size_t i = 0; i < touched->nr; i++)
		count_any(bounds, touched->all[i]);
	is_all = turn_all(bounds, doubt) || touched->is_rest || slot != bounds->slot;
	if (is_all)
		catch_up_all(bounds);
	else
		catch_up_touched(bounds);
	bounds->slot = slot;
	bounds->nr_notes++;
	if (is_all)
		note_all(bounds, doubt);
	else
		note_touched(bounds, doubt);
	since_add(&bounds->up, bounds->nr_notes, doubt->up);
	since_add(&bounds->spared, bounds->nr_notes, ~doubt->down);
	touched_clear(touched);
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
	catch_up_all(bounds);
	bounds->slot = -1;
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

static struct bound close_history(const struct history *history, uint64_t less, uint64_t more)
{
	struct slot end = history->now;
	struct bound bound;

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

			history->bound = close_history(history, bounds->less[i], bounds->more[i]);
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
