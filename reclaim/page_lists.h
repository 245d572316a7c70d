/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two lists of pages, active and inactive, for each container and zone: what the
 * reclaim of 2007 and 2008 goes through.
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

#include "reclaim/page_ring.h"

#define PAGE_LISTS_MOST 0xffffff	/* lists: 24 bits of a row */

/* There is one a page and scenario. */
struct lru_page {
	uint32_t place;		/* on its list */
	uint32_t flags : 6;	/* set of the policy's own */
	uint32_t zone : 2;
	uint32_t list : 24;	/* + 1: which of all; 0 = none */
};

struct page_lists {
	struct page_rings rings;	/* by container, zone, inactive and active */
	uint32_t nr;			/* containers */
	uint32_t zone_bits, zones;	/* of a list's number; which zones have lists of their own: 0 = one for all */
};

/* is_zoned: each zone has its own, else they share two. */
void page_lists_init(struct page_lists *lists, struct records *pages, size_t offset, bool is_zoned);
/* Of a copy of a policy: a copy of its lists, for rows that hold the same. */
void page_lists_fork(struct page_lists *lists, struct records *pages, size_t offset);
void page_lists_release(struct page_lists *lists);

void page_lists_grow(struct page_lists *lists, uint32_t container);
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
	return record_at(lists->rings.pages, page, lists->rings.offset);
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
	return &lists->rings.all[page_list_of(lists, container, zone, is_active)];
}

/* The page, on none yet, comes to the head or tail of a list. */
static inline void page_lists_put(struct page_lists *lists, uint32_t page, struct lru_page *row, uint32_t list, bool is_tail)
{
	row->list = (list + 1) & PAGE_LISTS_MOST;
	page_ring_put(&lists->rings, page, list, is_tail);
}

/* It leaves the one it is on. */
static inline void page_lists_take(struct page_lists *lists, struct lru_page *row)
{
	page_ring_take(&lists->rings.all[row->list - 1], row->place);
	row->list = 0;
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
