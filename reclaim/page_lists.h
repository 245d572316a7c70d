/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two lists of pages, active and inactive, for each container and zone: what the
 * reclaim of 2007 and 2008 goes through.
 *
 * A list is an array, not links.  Places on it are numbers that grow towards the
 * head, modulo 2^32; a page knows its own.  So who goes from the tail to the head
 * sees which rows come next long before they are looked at, and has them fetched;
 * a page that leaves touches no other's row, and leaves a hole.  Holes are passed
 * by once, and squeezed out when there is no room left.
 *
 *	page_lists_init(&lists, pages, offset, true);
 *	page_lists_know(&lists, container);
 *	page_lists_put(&lists, page, row, page_list_of(&lists, container, zone, true), false);
 *	ring = page_ring_of(&lists, container, zone, true);
 *	if (ring->nr)
 *		page_ring_rotate(ring, lru_page(&lists, page_ring_tail(ring)));		it was looked at
 *	page_lists_take(&lists, row);
 */
#ifndef RECLAIM_PAGE_LISTS_H
#define RECLAIM_PAGE_LISTS_H

#include "base/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_LISTS_BYTES 24		/* beside its row a page takes at most: page_lists.c, collect() */
#define PAGE_LISTS_MOST 0xffffff	/* lists: 24 bits of a row */

/* There is one a page and scenario. */
struct lru_page {
	uint32_t place;		/* on its list */
	uint32_t flags : 6;	/* set of the policy's own */
	uint32_t zone : 2;
	uint32_t list : 24;	/* + 1: which of all; 0 = none */
};

/* One list. */
struct page_ring {
	uint32_t *slots;	/* page + 1, by place modulo capacity; 0 = a hole, and outside of tail to head */
	uint32_t tail, head;	/* places: of the page at the tail, and after that of the page at the head */
	uint32_t nr;		/* pages */
	uint32_t capacity;	/* a power of 2, or 0 */
};

struct page_lists {
	struct records *pages;	/* borrowed */
	size_t offset;
	struct page_ring *rings;	/* by container, zone, inactive and active */
	size_t nr, capacity;		/* containers */
	uint32_t zone_bits, zones;	/* of a list's number; which zones have lists of their own: 0 = one for all */
	size_t nr_slots, collect_at;	/* of all lists; how many are too many */
};

/* is_zoned: each zone has its own, else they share two. */
void page_lists_init(struct page_lists *lists, struct records *pages, size_t offset, bool is_zoned);
/* Of a copy of a policy: a copy of its lists, for rows that hold the same. */
void page_lists_fork(struct page_lists *lists, struct records *pages, size_t offset);
void page_lists_release(struct page_lists *lists);

void page_lists_grow(struct page_lists *lists, uint32_t container);
/* A ring that has no room is made larger, or its holes are squeezed out. */
void page_ring_make_room(struct page_lists *lists, struct page_ring *ring);
/* As page_ring_rotate() nr times, the shorter way round. */
void page_ring_rotate_by(const struct page_lists *lists, struct page_ring *ring, uint64_t nr);
/* NULL, or what is broken in the lists of a container that pays for `usage` pages. */
const char *page_lists_check(const struct page_lists *lists, uint32_t container, uint64_t usage);

/* The container has lists from now on. */
static inline void page_lists_know(struct page_lists *lists, uint32_t container)
{
	if (container >= lists->nr)
		page_lists_grow(lists, container);
}

static inline struct lru_page *lru_page(const struct page_lists *lists, uint32_t page)
{
	return record_at(lists->pages, page, lists->offset);
}

/* Number of a list, of a container that is known. */
static inline uint32_t page_list_of(const struct page_lists *lists, uint32_t container, uint32_t zone, bool is_active)
{
	return (container << lists->zone_bits | (zone & lists->zones)) << 1 | is_active;
}

/* Good until a container is known that was not. */
static inline struct page_ring *page_ring_of(const struct page_lists *lists, uint32_t container, uint32_t zone,
					     bool is_active)
{
	return &lists->rings[page_list_of(lists, container, zone, is_active)];
}

static inline uint32_t *page_ring_slot(const struct page_ring *ring, uint32_t place)
{
	return &ring->slots[place & (ring->capacity - 1)];
}

/* If ring->nr. */
static inline uint32_t page_ring_tail(const struct page_ring *ring)
{
	return *page_ring_slot(ring, ring->tail) - 1;
}

/* The row of the page that many places from the tail will be asked for soon. */
static inline void page_ring_look_ahead(const struct page_lists *lists, const struct page_ring *ring, uint32_t places)
{
	uint32_t slot = *page_ring_slot(ring, ring->tail + places);
	const char *row;

	if (!slot)
		return;
	row = record_at(lists->pages, slot - 1, 0);
	__builtin_prefetch(row, 1);
	__builtin_prefetch(row + lists->offset, 1);
}

/* The page at the tail, whose row this is, goes to the head. */
static inline void page_ring_rotate(struct page_ring *ring, struct lru_page *row)
{
	uint32_t *slots = ring->slots, mask = ring->capacity - 1, tail = ring->tail, slot = slots[tail & mask];

	slots[tail & mask] = 0;
	row->place = ring->head++;
	slots[row->place & mask] = slot;
	do
		tail++;
	while (!slots[tail & mask]);
	ring->tail = tail;
}

/* The page, on none yet, comes to the head or tail of a list. */
static inline void page_lists_put(struct page_lists *lists, uint32_t page, struct lru_page *row, uint32_t list, bool is_tail)
{
	struct page_ring *ring = &lists->rings[list];

	if (ring->head - ring->tail == ring->capacity)
		page_ring_make_room(lists, ring);
	row->place = is_tail ? --ring->tail : ring->head++;
	row->list = (list + 1) & PAGE_LISTS_MOST;
	*page_ring_slot(ring, row->place) = page + 1;
	ring->nr++;
}

/* It leaves the one it is on. */
static inline void page_lists_take(struct page_lists *lists, struct lru_page *row)
{
	struct page_ring *ring = &lists->rings[row->list - 1];
	uint32_t *slots = ring->slots, mask = ring->capacity - 1, place = row->place;

	slots[place & mask] = 0;
	row->list = 0;
	if (!--ring->nr) {
		ring->tail = ring->head;
	} else if (place == ring->tail) {
		do
			place++;
		while (!slots[place & mask]);
		ring->tail = place;
	} else if (place + 1 == ring->head) {
		do
			place--;
		while (!slots[place & mask]);
		ring->head = place + 1;
	}
}

/* It is on one: to the head or tail of that container's and zone's, of a class. */
static inline void page_lists_move(struct page_lists *lists, uint32_t page, struct lru_page *row, bool is_active,
				   bool is_tail)
{
	uint32_t list = ((row->list - 1) & ~1u) | is_active;

	page_lists_take(lists, row);
	page_lists_put(lists, page, row, list, is_tail);
}

#endif
