// SPDX-License-Identifier: GPL-2.0-or-later
/* The most of what was sure, and of what was in doubt, slot by slot. */
#include "replay/history.h"

static void slot_join(struct slot *slot, const struct slot *other)
{
	slot->sure = other->sure > slot->sure ? other->sure : slot->sure;
	slot->low = other->low > slot->low ? other->low : slot->low;
	slot->high = other->high > slot->high ? other->high : slot->high;
	slot->is_open |= other->is_open;
	slot->is_unbounded |= other->is_unbounded;
}

void history_catch_up(struct history *history, int slot, const struct doubt_since *since)
{
	const uint64_t first = history->noted + 1, last = since->nr_notes, held = history->held;
	const uint64_t down = ~since_most(&since->spared, first), last_down = ~since_most(&since->spared, last);
	struct slot *now = &history->now, most;

	if (history->noted == last)
		return;
	history->noted = last;
	if (!now->is_open) {
		now->sure = held;
		slot_join(&history->slots[slot], now);
		return;
	}
	most = *now;
	most.high = held + since_most(&since->up, first);
	now->high = held + since_most(&since->up, last);
	if (!now->is_unbounded) {
		most.low = held > down ? held - down : 0;
		now->low = held > last_down ? held - last_down : 0;
	}
	slot_join(&history->slots[slot], &most);
}

/* The most since the last note is known only where it was the most ever. */
static uint64_t most_since(const struct history *history, uint64_t held, uint64_t maxheld)
{
	return maxheld > history->maxheld ? maxheld : held;
}

void history_note(struct history *history, int slot, uint64_t nr, const struct moment *moment)
{
	const uint64_t held = moment->held, most = most_since(history, held, moment->maxheld);
	struct slot now = { .sure = held };

	if (moment->is_open)
		now = (struct slot){ .is_open = true, .is_unbounded = moment->is_unbounded, .high = most + moment->up,
				     .low = !moment->is_unbounded && held > moment->down ? held - moment->down : 0 };
	history->now = now;
	if (!now.is_open)
		now.sure = most;
	history->maxheld = moment->maxheld;
	history->held = held;
	history->noted = nr;
	slot_join(&history->slots[slot], &now);
}

void history_note_sure(struct history *history, int slot, uint64_t held, uint64_t maxheld)
{
	const uint64_t most = most_since(history, held, maxheld);

	history->now.sure = held;
	history->maxheld = maxheld;
	if (most > history->slots[slot].sure)
		history->slots[slot].sure = most;
}

void history_unsettle(struct history *history, int first, int last, uint64_t up, bool is_unbounded)
{
	const uint64_t before = first ? history->slots[first - 1].sure : 0;

	for (int i = first; i <= last; i++) {
		struct slot *slot = &history->slots[i];
		const uint64_t high = (slot->sure > before ? slot->sure : before) + up;

		slot->high = high > slot->high ? high : slot->high;
		slot->low = slot->sure = 0;
		slot->is_open = true;
		slot->is_unbounded |= is_unbounded;
	}
}

void history_fold(struct history *history)
{
	struct slot *slots = history->slots;

	for (int i = 0; i < NR_SLOTS / 2; i++) {
		struct slot joined = slots[2 * i];

		slot_join(&joined, &slots[2 * i + 1]);
		slots[i] = joined;
	}
	for (int i = NR_SLOTS / 2; i < NR_SLOTS; i++)
		slots[i] = (struct slot){ 0 };
}

void history_restart(struct history *history)
{
	*history = (struct history){ .now = history->now, .stepped = history->stepped };
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

struct bound history_close(const struct history *history, uint64_t less, uint64_t more)
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
