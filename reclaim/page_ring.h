/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of pages that are arrays, not links.
 *
 * Places on a list are numbers that grow towards the head, modulo 2^32; a page
 * knows its own, as the first word of its row.  So who goes from the tail to the
 * head sees which rows come next long before they are looked at, and has them
 * fetched; a page that leaves touches no other's row, and leaves a hole.  Holes
 * are passed by once, and squeezed out when there is no room left: then, and when
 * a list is made larger, places change (page_ring_put()).
 *
 *	page_rings_init(&rings, pages, offset);
 *	page_rings_grow(&rings, number + 1);
 *	page_ring_put(&rings, page, number, false);
 *	page = page_ring_tail(&rings.all[number]);
 *	page_ring_take(&rings.all[number], page_place(&rings, page));
 */
#ifndef RECLAIM_PAGE_RING_H
#define RECLAIM_PAGE_RING_H

#include "base/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_RINGS_BYTES 24		/* beside its row a page takes at most: page_ring.c, collect() */

/* One list. */
struct page_ring {
	uint32_t *slots;	/* page + 1, by place modulo capacity; 0 = a hole, and outside of tail to head */
	uint32_t tail, head;	/* places: of the page at the tail, and after that of the page at the head */
	uint32_t nr;		/* pages */
	uint32_t capacity;	/* a power of 2, or 0 */
};

/* Lists whose pages have rows of one kind; a page is on one of them, or on none. */
struct page_rings {
	struct records *pages;	/* borrowed */
	size_t offset;		/* of the place in a row */
	struct page_ring *all;
	size_t nr, capacity;
	size_t nr_slots, collect_at;	/* of all lists; how many are too many */
};

void page_rings_init(struct page_rings *rings, struct records *pages, size_t offset);
/* Of a copy of them, byte by byte: what it points to becomes its own, for rows that hold the same. */
void page_rings_fork(struct page_rings *rings, struct records *pages, size_t offset);
void page_rings_release(struct page_rings *rings);
/* There are nr lists, if there were fewer: new ones are empty. */
void page_rings_grow(struct page_rings *rings, size_t nr);

/* A ring that has no room is made larger, or its holes are squeezed out. */
void page_ring_make_room(struct page_rings *rings, struct page_ring *ring);
/* As page_ring_rotate() nr times, the shorter way round. */
void page_ring_rotate_by(const struct page_rings *rings, struct page_ring *ring, uint64_t nr);
/* Whether pages are where they say they are, as many as it says. */
bool page_ring_holds(const struct page_rings *rings, const struct page_ring *ring);

static inline uint32_t *page_place(const struct page_rings *rings, uint32_t page)
{
	return record_at(rings->pages, page, rings->offset);
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

static inline uint32_t page_ring_head(const struct page_ring *ring)
{
	return *page_ring_slot(ring, ring->head - 1) - 1;
}

/*
 * The row of the page that many places from the tail will be asked for soon.  always_inline: gcc takes a function that
 * only prefetches for one without effect, and drops calls of it.
 */
static inline __attribute__((always_inline)) void page_ring_look_ahead(const struct page_rings *rings, const struct page_ring *ring, uint32_t places)
{
	uint32_t slot = *page_ring_slot(ring, ring->tail + places);

	if (slot)
		record_prefetch(rings->pages, slot - 1);
}

/* Pages leave from the tail on, one after the other. */
struct page_ring_cut {
	uint32_t *slots, mask, place;
};

static inline struct page_ring_cut page_ring_cut(const struct page_ring *ring)
{
	return (struct page_ring_cut){ ring->slots, ring->capacity - 1, ring->tail };
}

/* What is that many places on: page + 1, or 0. */
static inline uint32_t page_ring_cut_ahead(const struct page_ring_cut *cut, uint32_t places)
{
	return cut->slots[(cut->place + places) & cut->mask];
}

/* There is one more. */
static inline uint32_t page_ring_cut_next(struct page_ring_cut *cut)
{
	uint32_t slot;

	while (!(slot = cut->slots[cut->place & cut->mask]))
		cut->place++;
	cut->slots[cut->place++ & cut->mask] = 0;
	return slot - 1;
}

/* So many have left; until then the ring is as it was. */
static inline void page_ring_cut_end(const struct page_ring_cut *cut, struct page_ring *ring, uint32_t nr)
{
	uint32_t place = cut->place;

	ring->nr -= nr;
	if (!ring->nr)
		place = ring->head;
	while (place != ring->head && !cut->slots[place & cut->mask])
		place++;
	ring->tail = place;
}

/* The page at the tail, whose place this is, goes to the head. */
static inline void page_ring_rotate(struct page_ring *ring, uint32_t *own)
{
	uint32_t *slots = ring->slots, mask = ring->capacity - 1, tail = ring->tail, slot = slots[tail & mask];

	slots[tail & mask] = 0;
	*own = ring->head++;
	slots[*own & mask] = slot;
	do
		tail++;
	while (!slots[tail & mask]);
	ring->tail = tail;
}

/* The next page that comes makes it larger, or moves others. */
static inline bool page_ring_is_full(const struct page_ring *ring)
{
	return ring->head - ring->tail == ring->capacity;
}

/* The page, on none yet, comes to the head of a list: its place, which is the caller's to keep. */
static inline uint32_t page_ring_append(struct page_rings *rings, struct page_ring *ring, uint32_t page)
{
	if (page_ring_is_full(ring))
		page_ring_make_room(rings, ring);
	ring->nr++;
	*page_ring_slot(ring, ring->head) = page + 1;
	return ring->head++;
}

/* The page, on none yet, comes to the head or tail of a list. */
static inline void page_ring_put(struct page_rings *rings, uint32_t page, size_t number, bool is_tail)
{
	struct page_ring *ring = &rings->all[number];
	uint32_t place;

	if (page_ring_is_full(ring))
		page_ring_make_room(rings, ring);
	place = is_tail ? --ring->tail : ring->head++;
	*page_place(rings, page) = place;
	*page_ring_slot(ring, place) = page + 1;
	ring->nr++;
}

/* What is there leaves the list. */
static inline void page_ring_take(struct page_ring *ring, uint32_t place)
{
	uint32_t *slots = ring->slots, mask = ring->capacity - 1;

	slots[place & mask] = 0;
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

#endif
