// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks of doubling length, each level's most and fastest. */
#include "replay/stretch.h"

void stretch_init(struct stretch *stretch, uint64_t begin_ns)
{
	*stretch = (struct stretch){ .nr_steps = 0 };
	for (int i = 0; i < STRETCH_LEVELS; i++)
		stretch->levels[i].begin_ns = begin_ns;
}

/* What was in it. */
static uint64_t end_block(struct stretch_level *level, uint64_t now_ns)
{
	uint64_t ns = now_ns > level->begin_ns ? now_ns - level->begin_ns : 1, pages = level->pages;

	if (!level->fastest_ns || ns < level->fastest_ns)
		level->fastest_ns = ns;
	if (pages + level->before > level->most)
		level->most = pages + level->before;
	level->before = pages;
	level->pages = 0;
	level->begin_ns = now_ns;
	return pages;
}

/* As one counts: a block that ends is given to the level above, and ends every other block there. */
void stretch_add(struct stretch *stretch, uint64_t pages, uint64_t now_ns)
{
	stretch->nr_steps++;
	stretch->pages += pages;
	for (int i = 0; i < STRETCH_LEVELS; i++) {
		stretch->levels[i].pages += pages;
		if (stretch->nr_steps & ((UINT64_C(1) << i) - 1))
			break;
		pages = end_block(&stretch->levels[i], now_ns);
	}
}

/* Of two neighbouring blocks of a level; of the one in work, those of the levels below are a part. */
static uint64_t most_of(const struct stretch *stretch, int level)
{
	uint64_t pages = stretch->levels[level].before;

	for (int i = 0; i <= level; i++)
		pages += stretch->levels[i].pages;
	return pages > stretch->levels[level].most ? pages : stretch->levels[level].most;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) || product > INT64_MAX ? INT64_MAX : product;
}

uint64_t stretch_most(const struct stretch *stretch, uint64_t events)
{
	uint64_t steps = events / STRETCH_EVENTS + 2;	/* those it may touch */
	int level = 0;

	if (steps > stretch->nr_steps)
		return times(stretch->pages, steps / (stretch->nr_steps ? stretch->nr_steps : 1) + 1);
	while (level < STRETCH_LEVELS - 1 && (UINT64_C(1) << level) + 1 < steps)
		level++;
	return UINT64_C(1) << level <= stretch->nr_steps ? most_of(stretch, level) : stretch->pages;
}

uint64_t stretch_events(const struct stretch *stretch, uint64_t ns)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < STRETCH_LEVELS; i++) {
		const struct stretch_level *level = &stretch->levels[i];
		uint64_t events;

		if (!level->fastest_ns)
			break;
		events = times(ns / level->fastest_ns + 2, (uint64_t)STRETCH_EVENTS << i);
		if (events < least)
			least = events;
	}
	return least < UINT64_MAX ? least : (stretch->nr_steps + 1) * STRETCH_EVENTS;
}
