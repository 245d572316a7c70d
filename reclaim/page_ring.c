// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of pages as arrays: their room, and what goes through many pages at once. */
#include "reclaim/page_ring.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_AHEAD 8	/* rows on their way from memory at one time */
#define LEAST 16	/* slots */

void page_rings_init(struct page_rings *rings, struct records *pages, size_t offset)
{
	*rings = (struct page_rings){ .pages = pages, .offset = offset };
}

void page_rings_fork(struct page_rings *rings, struct records *pages, size_t offset)
{
	rings->pages = pages;
	rings->offset = offset;
	rings->capacity = rings->nr;
	rings->all = xcopy(rings->all, rings->nr, sizeof(*rings->all));
	for (size_t i = 0; i < rings->nr; i++)
		rings->all[i].slots = xcopy(rings->all[i].slots, rings->all[i].capacity, sizeof(uint32_t));
}

void page_rings_release(struct page_rings *rings)
{
	for (size_t i = 0; i < rings->nr; i++)
		free(rings->all[i].slots);
	free(rings->all);
}

void page_rings_grow(struct page_rings *rings, size_t nr)
{
	while (rings->nr < nr) {
		xgrow(&rings->all, rings->nr, &rings->capacity, sizeof(*rings->all));
		rings->all[rings->nr++] = (struct page_ring){ 0 };
	}
}

/* --- room --- */

/* Its pages come to lie one behind the other, from the tail on. */
static void squeeze(const struct page_rings *rings, struct page_ring *ring)
{
	uint32_t to = ring->tail;

	for (uint32_t place = ring->tail; place != ring->head; place++) {
		uint32_t slot = *page_ring_slot(ring, place);

		page_ring_look_ahead(rings, ring, place - ring->tail + LOOK_AHEAD);
		if (!slot)
			continue;
		*page_ring_slot(ring, place) = 0;
		*page_ring_slot(ring, to) = slot;
		*page_place(rings, slot - 1) = to++;
	}
	ring->head = to;
}

/* Places stay, so what lay in one half of the slots comes to lie in the other, or both in one. */
static void fold(struct page_rings *rings, struct page_ring *ring, uint32_t to)
{
	uint32_t from = ring->capacity;

	if (from < to) {
		ring->slots = xrealloc(ring->slots, to, sizeof(*ring->slots));
		memset(ring->slots + from, 0, (to - from) * sizeof(*ring->slots));
	}
	for (uint32_t place = ring->tail; place != ring->head; place++) {
		uint32_t *slot = &ring->slots[place & (from - 1)], page = *slot;

		*slot = 0;
		ring->slots[place & (to - 1)] = page;
	}
	if (to < from)
		ring->slots = xrealloc(ring->slots, to, sizeof(*ring->slots));
	ring->capacity = to;
	rings->nr_slots += (size_t)to - from;
}

/* Lists that were long once give back what they do not need: more than a third full none of them is wasteful. */
static void collect(struct page_rings *rings)
{
	for (size_t i = 0; i < rings->nr; i++) {
		struct page_ring *ring = &rings->all[i];

		if (ring->capacity <= LEAST || ring->nr >= ring->capacity / 8 * 3)
			continue;
		squeeze(rings, ring);
		while (ring->capacity > LEAST && ring->nr < ring->capacity / 8 * 3)
			fold(rings, ring, ring->capacity / 2);
	}
	rings->collect_at = rings->nr_slots + rings->nr_slots / 2;
	if (rings->collect_at < rings->pages->nr)
		rings->collect_at = rings->pages->nr;
}

void page_ring_make_room(struct page_rings *rings, struct page_ring *ring)
{
	if (ring->nr < ring->capacity / 4 * 3) {
		squeeze(rings, ring);
		return;
	}
	fold(rings, ring, ring->capacity ? ring->capacity * 2 : LEAST);
	if (rings->nr_slots > rings->collect_at)
		collect(rings);
}

/* --- many pages at once --- */

/* The page at the head goes to the tail, of a list of two or more. */
static void rotate_back(const struct page_rings *rings, struct page_ring *ring)
{
	uint32_t *head = page_ring_slot(ring, ring->head - 1), slot = *head;

	*head = 0;
	*page_ring_slot(ring, --ring->tail) = slot;
	*page_place(rings, slot - 1) = ring->tail;
	do
		ring->head--;
	while (!*page_ring_slot(ring, ring->head - 1));
}

void page_ring_rotate_by(const struct page_rings *rings, struct page_ring *ring, uint64_t nr)
{
	uint64_t ahead;

	if (!ring->nr)
		return;
	nr %= ring->nr;
	ahead = ring->nr - nr;
	if (nr <= ahead) {
		for (; nr; nr--) {
			page_ring_look_ahead(rings, ring, LOOK_AHEAD);
			page_ring_rotate(ring, page_place(rings, page_ring_tail(ring)));
		}
	} else {
		for (; ahead; ahead--)
			rotate_back(rings, ring);
	}
}

/* --- check --- */

bool page_ring_holds(const struct page_rings *rings, const struct page_ring *ring)
{
	uint32_t nr = 0;

	if (ring->head - ring->tail > ring->capacity)
		return false;
	for (uint32_t place = ring->tail; place != ring->head; place++) {
		uint32_t slot = *page_ring_slot(ring, place);

		if (slot && *page_place(rings, slot - 1) != place)
			return false;
		nr += slot != 0;
	}
	return nr == ring->nr;
}
