// SPDX-License-Identifier: GPL-2.0-or-later
/* Two lists for each container and zone. */
#include "reclaim/page_lists.h"

#include <assert.h>

#define ZONE_BITS 2	/* RECLAIM_MAX_ZONES */

void page_lists_init(struct page_lists *lists, struct records *pages, size_t offset, bool is_zoned)
{
	*lists = (struct page_lists){ .zone_bits = is_zoned ? ZONE_BITS : 0, .zones = is_zoned ? (1 << ZONE_BITS) - 1 : 0 };
	page_rings_init(&lists->rings, pages, offset);
}

/* Of a container. */
static size_t nr_each(const struct page_lists *lists)
{
	return (size_t)2 << lists->zone_bits;
}

void page_lists_fork(struct page_lists *lists, struct records *pages, size_t offset)
{
	page_rings_fork(&lists->rings, pages, offset);
}

void page_lists_release(struct page_lists *lists)
{
	page_rings_release(&lists->rings);
}

void page_lists_grow(struct page_lists *lists, uint32_t container)
{
	assert(container < PAGE_LISTS_MOST / nr_each(lists));
	lists->nr = container + 1;
	page_rings_grow(&lists->rings, lists->nr * nr_each(lists));
}

static const char *check_list(const struct page_lists *lists, uint32_t list)
{
	const struct page_ring *ring = &lists->rings.all[list];

	if (!page_ring_holds(&lists->rings, ring))
		return "a page is elsewhere on a list than it says";
	for (uint32_t place = ring->tail; place != ring->head; place++) {
		uint32_t slot = *page_ring_slot(ring, place);

		if (slot && lru_page(lists, slot - 1)->list != list + 1)
			return "a page is on another list than it says";
	}
	return NULL;
}

const char *page_lists_check(const struct page_lists *lists, uint32_t container, uint64_t usage)
{
	const char *broken = NULL;
	uint64_t nr = 0;

	for (uint32_t i = 0; container < lists->nr && i < nr_each(lists) && !broken; i++) {
		uint32_t list = (uint32_t)(container * nr_each(lists) + i);

		nr += lists->rings.all[list].nr;
		broken = check_list(lists, list);
	}
	return !broken && nr != usage ? "R4: the lists of a container do not hold what it pays for" : broken;
}
