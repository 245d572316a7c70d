// SPDX-License-Identifier: GPL-2.0-or-later
/* Sorted lists of holes. */
#include "replay/void_ranges.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

void void_ranges_release(struct void_ranges *ranges)
{
	for (uint32_t mm = 0; mm < ranges->nr_mms; mm++)
		void_ranges_drop(ranges, mm);
	free(ranges->of_mm);
	*ranges = (struct void_ranges){ 0 };
}

static struct void_set *set_of(const struct void_ranges *ranges, uint32_t mm, bool is_lock)
{
	return mm < ranges->nr_mms ? &ranges->of_mm[mm][is_lock] : NULL;
}

static struct void_set *make_set(struct void_ranges *ranges, uint32_t mm, bool is_lock)
{
	if (mm >= ranges->nr_mms) {
		size_t nr = (size_t)mm + mm / 2 + 16;

		ranges->of_mm = xrealloc(ranges->of_mm, nr, sizeof(*ranges->of_mm));
		memset(ranges->of_mm + ranges->nr_mms, 0, (nr - ranges->nr_mms) * sizeof(*ranges->of_mm));
		ranges->nr_mms = nr;
	}
	return set_of(ranges, mm, is_lock);
}

/* Index of the first that ends after vpn. */
static size_t from(const struct void_set *set, uint64_t vpn)
{
	size_t low = 0, high = set->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (set->all[middle].end <= vpn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert(struct void_ranges *ranges, struct void_set *set, size_t i, const struct void_range *range)
{
	room_open(&set->all, set->nr++, &set->room, i, sizeof(*set->all));
	set->all[i] = *range;
	ranges->nr++;
}

static void delete(struct void_ranges *ranges, struct void_set *set, size_t i, size_t nr)
{
	if (!nr)
		return;
	room_close(&set->all, set->nr, &set->room, i, nr, sizeof(*set->all));
	set->nr -= nr;
	ranges->nr -= nr;
}

static void cut(struct void_ranges *ranges, struct void_set *set, uint64_t begin, uint64_t end)
{
	size_t first, next;

	if (!set || begin >= end)
		return;
	first = from(set, begin);
	if (first < set->nr && set->all[first].begin < begin) {
		struct void_range above = set->all[first];

		set->all[first++].end = begin;
		if (above.end > end) {
			above.begin = end;
			insert(ranges, set, first, &above);
			return;
		}
	}
	for (next = first; next < set->nr && set->all[next].end <= end; next++)
		;
	if (next < set->nr && set->all[next].begin < end)
		set->all[next].begin = end;
	delete(ranges, set, first, next - first);
}

void void_range_add(struct void_ranges *ranges, const struct void_range *range)
{
	struct void_set *set = make_set(ranges, range->mm, range->is_lock);

	if (range->begin >= range->end)
		return;
	cut(ranges, set, range->begin, range->end);
	insert(ranges, set, from(set, range->begin), range);
}

void void_ranges_cut(struct void_ranges *ranges, uint32_t mm, uint64_t begin, uint64_t end)
{
	cut(ranges, set_of(ranges, mm, false), begin, end);
	cut(ranges, set_of(ranges, mm, true), begin, end);
}

void void_ranges_unlock(struct void_ranges *ranges, uint32_t mm, uint64_t begin, uint64_t end)
{
	struct void_set *set = set_of(ranges, mm, true);
	size_t first, next;

	if (!set)
		return;
	first = from(set, begin);
	first += first < set->nr && set->all[first].begin < begin;
	for (next = first; next < set->nr && set->all[next].end <= end; next++)
		;
	delete(ranges, set, first, next - first);
}

void void_ranges_drop(struct void_ranges *ranges, uint32_t mm)
{
	for (int is_lock = 0; is_lock < 2; is_lock++) {
		struct void_set *set = set_of(ranges, mm, is_lock);

		if (!set || !set->all)
			continue;
		ranges->nr -= set->nr;
		room_release(set->all, &set->room, sizeof(*set->all));
		*set = (struct void_set){ 0 };
	}
}

void void_ranges_copy(struct void_ranges *ranges, uint32_t from_mm, uint32_t to_mm)
{
	struct void_set *to = make_set(ranges, to_mm, false), *source = set_of(ranges, from_mm, false);

	for (size_t i = 0; source && i < source->nr; i++) {
		struct void_range range = source->all[i];

		range.mm = to_mm;
		insert(ranges, to, to->nr, &range);
	}
}

const struct void_range *void_range_at(const struct void_ranges *ranges, uint32_t mm, uint64_t vpn, bool is_lock)
{
	const struct void_set *set = set_of(ranges, mm, is_lock);
	size_t i = set ? from(set, vpn) : 0;

	return set && i < set->nr && set->all[i].begin <= vpn ? &set->all[i] : NULL;
}

uint64_t void_ranges_next(const struct void_ranges *ranges, uint32_t mm, uint64_t *begin, uint64_t end, bool is_lock)
{
	const struct void_set *set = set_of(ranges, mm, is_lock);

	if (!set)
		return end;
	for (size_t i = from(set, *begin); i < set->nr && *begin < end; i++) {
		if (set->all[i].begin > *begin)
			return set->all[i].begin < end ? set->all[i].begin : end;
		*begin = set->all[i].end < end ? set->all[i].end : end;
	}
	return end;
}
