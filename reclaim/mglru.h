/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MGLRU at work: behind mglru_policy (reclaim/policy.h), shared by mglru.c (pages come, go and age) and
 * mglru_evict.c (what is taken).
 */
#ifndef RECLAIM_MGLRU_H
#define RECLAIM_MGLRU_H

#include "reclaim/generations.h"
#include "reclaim/lru618.h"

struct mglru {
	struct lru618 lru;	/* first */
	struct gens *gens;	/* by container */
	size_t nr, capacity;
};

/* lru_gen_init_lruvec(). */
struct gens *mglru_gens(struct mglru *mglru, uint32_t container);

static inline uint32_t mglru_nr_folios(const struct mglru *mglru, uint32_t container, enum lru_type type, uint64_t seq)
{
	return lruvec_ring(&mglru->lru.lrus, container, lru_list_of_gen(type, seq))->nr;
}

/* try_to_inc_min_seq(): generations that are empty are over; neither type runs ahead of the other by more than two. */
bool mglru_drop_empty(struct mglru *mglru, uint32_t container, uint32_t swappiness);
/* folio_inc_gen(): to the head of the next one. */
void mglru_move_on(struct mglru *mglru, uint32_t head, uint64_t seq, bool is_tail);
/* try_to_inc_max_seq(). */
void mglru_age(struct mglru *mglru, struct lru_scan *scan);

/* --- mglru_evict.c --- */

/* lru_gen_shrink_lruvec(): it goes on to the share that the priority says, however much was freed. */
void mglru_shrink(struct lru_scan *scan, uint64_t nr_to_reclaim);

#endif
