// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of pages as arrays: their room, and what goes through many pages at once. */
#include "reclaim/page_lists.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_AHEAD 8	/* rows on their way from memory at one time */
#define LEAST 16	/* slots */
#define ZONE_BITS 2	/* RECLAIM_MAX_ZONES */

void page_lists_init(struct page_lists *lists, struct records *pages, size_t offset, bool is_zoned)
{
	*lists = (struct page_lists){ .pages = pages, .offset = offset, .zone_bits = is_zoned ? ZONE_BITS : 0,
				      .zones = is_zoned ? (1 << ZONE_BITS) - 1 : 0 };
}

/* Of a container. */
static size_t nr_each(const struct page_lists *lists)
{
	return (size_t)2 << lists->zone_bits;
}

void page_lists_fork(struct page_lists *lists, struct records *pages, size_t offset)
{
	size_t nr_rings = lists->nr * nr_each(lists);

	lists->pages = pages;
	lists->offset = offset;
	lists->capacity = lists->nr;
	lists->rings = xcopy(lists->rings, nr_rings, sizeof(*lists->rings));
	for (size_t i = 0; i < nr_rings; i++)
		lists->rings[i].slots = xcopy(lists->rings[i].slots, lists->rings[i].capacity, sizeof(uint32_t));
}

void page_lists_release(struct page_lists *lists)
{
	for (size_t i = 0; i < lists->nr * nr_each(lists); i++)
		free(lists->rings[i].slots);
	free(lists->rings);
}

void page_lists_grow(struct page_lists *lists, uint32_t container)
{
	const size_t bytes = nr_each(lists) * sizeof(*lists->rings);

	assert(container < PAGE_LISTS_MOST / nr_each(lists));
	while (lists->nr <= container) {
		xgrow(&lists->rings, lists->nr, &lists->capacity, bytes);
		memset(&lists->rings[lists->nr++ * nr_each(lists)], 0, bytes);
	}
}

/* --- room --- */

/* Its pages come to lie one behind the other, from the tail on. */
static void squeeze(const struct page_lists *lists, struct page_ring *ring)
{
	uint32_t to = ring->tail;

	for (uint32_t place = ring->tail; place != ring->head; place++) {
		uint32_t slot = *page_ring_slot(ring, place);

		page_ring_look_ahead(lists, ring, place - ring->tail + LOOK_AHEAD);
		if (!slot)
			continue;
		*page_ring_slot(ring, place) = 0;
		*page_ring_slot(ring, to) = slot;
		lru_page(lists, slot - 1)->place = to++;
	}
	ring->head = to;
}

/* Places stay, so what lay in one half of the slots comes to lie in the other, or both in one. */
static void fold(struct page_lists *lists, struct page_ring *ring, uint32_t to)
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
	lists->nr_slots += (size_t)to - from;
}

/* Lists that were long once give back what they do not need: more than a third full none of them is wasteful. */
static void collect(struct page_lists *lists)
{
	for (size_t i = 0; i < lists->nr * nr_each(lists); i++) {
		struct page_ring *ring = &lists->rings[i];

		if (ring->capacity <= LEAST || ring->nr >= ring->capacity / 8 * 3)
			continue;
		squeeze(lists, ring);
		while (ring->capacity > LEAST && ring->nr < ring->capacity / 8 * 3)
			fold(lists, ring, ring->capacity / 2);
	}
	lists->collect_at = lists->nr_slots + lists->nr_slots / 2;
	if (lists->collect_at < lists->pages->nr)
		lists->collect_at = lists->pages->nr;
}

void page_ring_make_room(struct page_lists *lists, struct page_ring *ring)
{
	if (ring->nr < ring->capacity / 4 * 3) {
		squeeze(lists, ring);
		return;
	}
	fold(lists, ring, ring->capacity ? ring->capacity * 2 : LEAST);
	if (lists->nr_slots > lists->collect_at)
		collect(lists);
}

/* --- many pages at once --- */

/* The page at the head goes to the tail, of a list of two or more. */
static void rotate_back(const struct page_lists *lists, struct page_ring *ring)
{
	uint32_t *head = page_ring_slot(ring, ring->head - 1), slot = *head;

	*head = 0;
	*page_ring_slot(ring, --ring->tail) = slot;
	lru_page(lists, slot - 1)->place = ring->tail;
	do
		ring->head--;
	while (!*page_ring_slot(ring, ring->head - 1));
}

void page_ring_rotate_by(const struct page_lists *lists, struct page_ring *ring, uint64_t nr)
{
	uint64_t ahead;

	if (!ring->nr)
		return;
	nr %= ring->nr;
	ahead = ring->nr - nr;
	if (nr <= ahead) {
		for (; nr; nr--) {
			page_ring_look_ahead(lists, ring, LOOK_AHEAD);
			page_ring_rotate(ring, lru_page(lists, page_ring_tail(ring)));
		}
	} else {
		for (; ahead; ahead--)
			rotate_back(lists, ring);
	}
}

/* --- check --- */

static const char *check_ring(const struct page_lists *lists, uint32_t list)
{
	const struct page_ring *ring = &lists->rings[list];
	uint32_t nr = 0;

	if (ring->head - ring->tail > ring->capacity)
		return "a list is longer than its room";
	for (uint32_t place = ring->tail; place != ring->head; place++) {
		uint32_t slot = *page_ring_slot(ring, place);
		const struct lru_page *row = slot ? lru_page(lists, slot - 1) : NULL;

		if (row && (row->list != list + 1 || row->place != place))
			return "a page is on another list, or elsewhere, than it says";
		nr += row != NULL;
	}
	return nr != ring->nr ? "a list is longer or shorter than it says" : NULL;
}

const char *page_lists_check(const struct page_lists *lists, uint32_t container, uint64_t usage)
{
	const char *broken = NULL;
	uint64_t nr = 0;

	for (uint32_t i = 0; container < lists->nr && i < nr_each(lists) && !broken; i++) {
		uint32_t list = (uint32_t)(container * nr_each(lists) + i);

		nr += lists->rings[list].nr;
		broken = check_ring(lists, list);
	}
	return !broken && nr != usage ? "R4: the lists of a container do not hold what it pays for" : broken;
}
