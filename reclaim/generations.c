// SPDX-License-Identifier: GPL-2.0-or-later
/* Which generation a folio is of; tiers and types: what refaults least is taken. */
#include "reclaim/generations.h"

uint64_t gens_seq_of(const struct gens *gens, enum lru_type type, const struct folio_page *row, bool is_active,
		     bool is_reclaiming)
{
	uint64_t gen, is_workingset = row->flags & FOLIO_WORKINGSET ? 1 : 0, seq;

	if (is_active)
		gen = MIN_NR_GENS - is_workingset;
	else if (is_reclaiming)
		gen = LRU_NR_GENS;
	else if (type == LRU_ANON)
		gen = MIN_NR_GENS;
	else
		gen = LRU_NR_GENS - is_workingset;
	seq = gens->max_seq + 1 - gen;
	return seq > gens->min_seq[type] ? seq : gens->min_seq[type];
}

struct position {
	uint64_t refaulted, total, gain;
};

/* read_ctrl_pos(): of one tier, or of all. */
static struct position position_of(const struct gens *gens, enum lru_type type, unsigned first, unsigned nr, uint64_t gain)
{
	struct position position = { .gain = gain };

	for (unsigned i = first; i < first + nr; i++) {
		const struct tier *tier = &gens->tiers[type][i];

		position.refaulted += tier->past_refaulted + tier->refaulted;
		position.total += tier->past_total + tier->protected + tier->evicted;
	}
	return position;
}

/* positive_ctrl_err(). */
static bool refaults_less(const struct position *than, const struct position *one)
{
	return one->refaulted < MIN_BATCH || one->refaulted * (than->total + MIN_BATCH) * than->gain <=
	       (than->refaulted + 1) * one->total * one->gain;
}

unsigned gens_highest_tier(const struct gens *gens, enum lru_type type)
{
	struct position first = position_of(gens, type, 0, 1, 2);
	unsigned tier = 1;

	for (; tier < NR_TIERS; tier++) {
		struct position other = position_of(gens, type, tier, 1, 3);

		if (!refaults_less(&first, &other))
			break;
	}
	return tier - 1;
}

enum lru_type gens_type_to_scan(const struct gens *gens, uint32_t swappiness)
{
	struct position anon, file;

	if (swappiness <= 1)
		return LRU_FILE;
	if (swappiness >= SWAPPINESS_MAX)
		return LRU_ANON;
	anon = position_of(gens, LRU_ANON, 0, NR_TIERS, swappiness);
	file = position_of(gens, LRU_FILE, 0, NR_TIERS, SWAPPINESS_MAX - swappiness);
	return refaults_less(&anon, &file) ? LRU_FILE : LRU_ANON;
}

void gens_begin_oldest(struct gens *gens, enum lru_type type)
{
	gens->min_seq[type]++;
	for (unsigned i = 0; i < NR_TIERS; i++) {
		struct tier *tier = &gens->tiers[type][i];

		tier->past_refaulted = (tier->past_refaulted + tier->refaulted) / 2;
		tier->past_total = (tier->past_total + tier->protected + tier->evicted) / 2;
		tier->refaulted = tier->protected = tier->evicted = 0;
	}
}

bool gens_may_take(enum lru_type type, uint32_t swappiness)
{
	return type == LRU_ANON ? swappiness > 0 : swappiness <= SWAPPINESS_MAX;
}

uint64_t gens_oldest_evictable(const struct gens *gens, uint32_t swappiness)
{
	uint64_t anon = gens->min_seq[swappiness ? LRU_ANON : LRU_FILE];
	uint64_t file = gens->min_seq[swappiness <= SWAPPINESS_MAX ? LRU_FILE : LRU_ANON];

	return anon < file ? anon : file;
}
