// SPDX-License-Identifier: GPL-2.0-or-later
/* Open addressing with backward-shift deletion: no tombstones, probes stay short. */
#include "base/map64.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* Four neighbours share a line of the cache: keys are often walked in order. */
static size_t home(const struct map64 *map, uint64_t key)
{
	uint64_t four = key >> 2;

	four ^= four >> 32;
	four *= UINT64_C(0x9e3779b97f4a7c15);
	return (four >> 29 << 2 | (key & 3)) & (map->nr_slots - 1);
}

/* The slot that holds key, or the free one where it would go. */
static size_t find(const struct map64 *map, uint64_t key)
{
	size_t i = home(map, key);

	while (map->slots[i].is_used && map->slots[i].key != key)
		i = (i + 1) & (map->nr_slots - 1);
	return i;
}

static void double_slots(struct map64 *map)
{
	struct map64 bigger = { .nr = map->nr, .nr_slots = map->nr_slots ? map->nr_slots * 2 : 64 };

	bigger.slots = xcalloc(bigger.nr_slots, sizeof(*bigger.slots));
	for (size_t i = 0; i < map->nr_slots; i++)
		if (map->slots[i].is_used)
			bigger.slots[find(&bigger, map->slots[i].key)] = map->slots[i];
	free(map->slots);
	*map = bigger;
}

void map64_release(struct map64 *map)
{
	free(map->slots);
	*map = (struct map64){ 0 };
}

void map64_fork(struct map64 *map)
{
	map->slots = xcopy(map->slots, map->nr_slots, sizeof(*map->slots));
}

uint64_t map64_get(const struct map64 *map, uint64_t key)
{
	size_t i;

	if (!map->nr_slots)
		return 0;
	i = find(map, key);
	return map->slots[i].is_used ? map->slots[i].value : 0;
}

void map64_set(struct map64 *map, uint64_t key, uint64_t value)
{
	size_t i;

	if (map->nr * 4 >= map->nr_slots * 3)
		double_slots(map);
	i = find(map, key);
	if (!map->slots[i].is_used)
		map->nr++;
	map->slots[i] = (struct map64_slot){ .key = key, .value = value & INT64_MAX, .is_used = 1 };
}

void map64_remove(struct map64 *map, uint64_t key)
{
	size_t mask = map->nr_slots - 1, hole, i;

	if (!map->nr_slots)
		return;
	hole = find(map, key);
	if (!map->slots[hole].is_used)
		return;
	map->nr--;
	for (i = (hole + 1) & mask; map->slots[i].is_used; i = (i + 1) & mask) {
		size_t wanted = home(map, map->slots[i].key);

		/* It may move into the hole unless its home lies between the two. */
		if (((i - wanted) & mask) >= ((i - hole) & mask)) {
			map->slots[hole] = map->slots[i];
			hole = i;
		}
	}
	map->slots[hole].is_used = 0;
}

uint64_t *map64_keys(const struct map64 *map)
{
	uint64_t *keys = xcalloc(map->nr ? map->nr : 1, sizeof(*keys));
	size_t nr = 0;

	for (size_t i = 0; i < map->nr_slots; i++)
		if (map->slots[i].is_used)
			keys[nr++] = map->slots[i].key;
	return keys;
}
