/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page in a world: who pays for it, what maps it, whether it is cached.
 *
 * What world_pages.c has for those that play operations on pages (world_entries.c), and what each of
 * these takes of it so often that it stands where it is asked for.
 */
#ifndef REPLAY_WORLD_PAGES_H
#define REPLAY_WORLD_PAGES_H

#include "replay/world_state.h"

/* Cached and not mapped: read(2) is the only use there is, and it is seen. */
static inline bool residence_is_seen(const struct residence *r)
{
	return r->kind != PAGE_ANON && !r->mapcount;
}

/* The container pays for a page less, or more; counters are its own, NULL = they are to be asked for. */
static inline __attribute__((always_inline)) void world_note_payer(struct world *world, uint32_t page, uint32_t container,
								   bool is_less, const struct model_counters *counters)
{
	const struct model_class *model = world->config.model;
	struct container_outcome *outcome = world_outcome(world, container);
	uint64_t pages;

	if (!counters)
		counters = world_counters(world, 0, container);
	/* Its page-time up to now. Where only mapped pages are charged no use of one is seen: nothing to weigh. */
	if (!model->charges_mapped) {
		pages = model->charges_kernel ? counters->pages : counters->held;
		world_note_time(outcome, is_less ? pages + 1 : pages - 1, world->op->time_ns);
	}
	if (residence_is_seen(world_residence(world, page)))
		outcome->nr_seen += is_less ? -(uint64_t)(outcome->nr_seen > 0) : 1;
	if (world->policy && is_less)
		world->policy->class->uncharged(world->policy, page);
	else if (world->policy)
		world->policy->class->charged(world->policy, page, container);
	/* What comes out of a stock was held before. */
	if (counters->held != outcome->noted[0])
		world_note_held(world, outcome, 0, container, counters->held);
}

/* Nothing of the page is set in the model's part of its row: it may end without a word to it. */
static inline bool world_is_nobodys(const struct world *world, const struct residence *r)
{
	const uint32_t *part = (const uint32_t *)((const char *)r + world->model_offset);

	for (size_t i = 0; i < world->config.model->page_bytes / sizeof(*part); i++)
		if (part[i])
			return false;
	return true;
}

/* --- world_pages.c --- */

/* Who ends and who begins to pay for a page. */
void world_note_payment(struct world *world, uint32_t page, struct payment payment);
/* The model's commit; whoever begins or ends to pay is told to the policy and the series. */
void world_commit(struct world *world, const struct mem_op *op);

/* An entry comes to map op->page. */
void world_map(struct world *world, struct mem_op *op);
/* The entry of op is not there: its page was refused. */
void world_leave_out(struct world *world, const struct mem_op *op);
/* Its slot of swap, if it has one, is of no use any more. */
void world_free_slot(struct world *world, struct residence *r);
/* Reclaimed here, it is used again: read or swapped in. */
void world_refault(struct world *world, struct residence *r, uint32_t container);
/* OP_CACHE_ADD, OP_CACHE_DEL; OP_KERNEL_*; OP_FORCE_EMPTY. */
void world_cache(struct world *world, struct mem_op *op);
void world_kernel(struct world *world, const struct mem_op *op);
void world_force_empty(struct world *world, const struct mem_op *op);

/* Where it left the page cache here: read again, whoever does pays. */
static inline void world_recache_alone(struct world *world, uint32_t page)
{
	if (world_residence(world, page)->flags & RES_UNCACHED)
		world_recache(world, page, page, 1, false);
}

/* The entry may have been refused here, or come back by a use that is assumed: it is neither any more. */
static inline void world_forget_entry(struct world *world, uint32_t mm, uint64_t vpn)
{
	if (world->absent.nr)
		world_forget_absent(world, mm, vpn);
	world_forget_revived(world, mm, vpn);
}

#endif
