// SPDX-License-Identifier: GPL-2.0-or-later
/* A short list of holes. */
#include "replay/void_ranges.h"

#include "base/xalloc.h"

#include <stdlib.h>

void void_ranges_release(struct void_ranges *ranges)
{
	free(ranges->all);
	*ranges = (struct void_ranges){ 0 };
}

void void_range_add(struct void_ranges *ranges, const struct void_range *range)
{
	xgrow(&ranges->all, ranges->nr, &ranges->capacity, sizeof(*ranges->all));
	ranges->all[ranges->nr++] = *range;
}

void void_ranges_cut(struct void_ranges *ranges, uint32_t mm, uint64_t begin, uint64_t end)
{
	for (size_t i = ranges->nr; i-- > 0;) {
		struct void_range range = ranges->all[i];

		if (range.mm != mm || range.end <= begin || range.begin >= end)
			continue;
		ranges->all[i] = ranges->all[--ranges->nr];
		if (range.begin < begin) {
			struct void_range below = range;

			below.end = begin;
			void_range_add(ranges, &below);
		}
		if (range.end > end) {
			range.begin = end;
			void_range_add(ranges, &range);
		}
	}
}

void void_ranges_drop(struct void_ranges *ranges, uint32_t mm)
{
	void_ranges_cut(ranges, mm, 0, UINT64_MAX);
}

void void_ranges_copy(struct void_ranges *ranges, uint32_t from, uint32_t to)
{
	for (size_t i = 0, nr = ranges->nr; i < nr; i++) {
		struct void_range range = ranges->all[i];

		if (range.mm != from || range.is_lock)
			continue;
		range.mm = to;
		void_range_add(ranges, &range);
	}
}

const struct void_range *void_range_at(const struct void_ranges *ranges, uint32_t mm, uint64_t vpn, bool is_lock)
{
	for (size_t i = 0; i < ranges->nr; i++) {
		const struct void_range *range = &ranges->all[i];

		if (range->mm == mm && range->is_lock == is_lock && range->begin <= vpn && vpn < range->end)
			return range;
	}
	return NULL;
}

uint64_t void_ranges_next(const struct void_ranges *ranges, uint32_t mm, uint64_t *begin, uint64_t end, bool is_lock)
{
	const struct void_range *hole;

	while (*begin < end && (hole = void_range_at(ranges, mm, *begin, is_lock)))
		*begin = hole->end < end ? hole->end : end;
	for (size_t i = 0; i < ranges->nr; i++) {
		hole = &ranges->all[i];
		if (hole->mm == mm && hole->is_lock == is_lock && hole->begin > *begin && hole->begin < end)
			end = hole->begin;
	}
	return end;
}
