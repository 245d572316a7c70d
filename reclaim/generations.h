/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generations of a container's pages: which there are, and what refaulted of them (cgroup2.md 9).
 *
 * Of each type the oldest is min_seq, the youngest, of both, max_seq; all zero but max_seq = MIN_NR_GENS + 1 is a
 * container without pages.  A tier is what of the oldest was read(2) about as often; sequence numbers only rise.
 */
#ifndef RECLAIM_GENERATIONS_H
#define RECLAIM_GENERATIONS_H

#include "reclaim/lruvec.h"

#define MIN_NR_GENS 2
#define NR_TIERS 4
#define MIN_BATCH 64		/* MIN_LRU_BATCH: BITS_PER_LONG */
#define REFS_SHIFT 4		/* of FOLIO_REFS */
#define REFS_MAX 3		/* it holds; one more is FOLIO_REFERENCED itself */
#define SWAPPINESS_MAX 200

/* Pages of a tier: in the oldest generation, and before it halved again and again. */
struct tier {
	uint64_t refaulted, evicted, protected;
	uint64_t past_refaulted, past_total;
};

struct gens {
	uint64_t max_seq, min_seq[LRU_NR_TYPES];
	struct tier tiers[LRU_NR_TYPES][NR_TIERS];
};

/* folio_lru_refs(). */
static inline unsigned gens_refs_of(const struct folio_page *row)
{
	return row->flags & FOLIO_REFERENCED ? ((row->flags & FOLIO_REFS) >> REFS_SHIFT) + 1u : 0;
}

/* lru_tier_from_refs(). */
static inline unsigned gens_tier_of(unsigned refs, bool is_workingset)
{
	if (is_workingset)
		return NR_TIERS - 1;
	return refs > 2 ? 2 : refs > 1;
}

static inline void gens_clear_refs(struct folio_page *row)
{
	row->flags &= ~(unsigned)(FOLIO_REFERENCED | FOLIO_REFS);
}

/* lru_gen_folio_seq(): of the one it enters. is_active: PG_active; is_reclaiming: to the tail, as its write has ended. */
uint64_t gens_seq_of(const struct gens *gens, enum lru_type type, const struct folio_page *row, bool is_active,
		     bool is_reclaiming);
/* get_tier_idx(): the highest that may be taken. */
unsigned gens_highest_tier(const struct gens *gens, enum lru_type type);
/* get_type_to_scan(): what refaults least. */
enum lru_type gens_type_to_scan(const struct gens *gens, uint32_t swappiness);
/* reset_ctrl_pos(): the oldest generation is another. */
void gens_begin_oldest(struct gens *gens, enum lru_type type);
bool gens_may_take(enum lru_type type, uint32_t swappiness);
/* evictable_min_seq(). */
uint64_t gens_oldest_evictable(const struct gens *gens, uint32_t swappiness);

#endif
