/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on their way from the thread that rebuilds the facts to one that plays them.
 *
 *	handover = handover_start(&player);
 *	handover_op(handover, op); ... handover_step(handover, now_ns); ...
 *	handover_rest(handover);	(here and now the worlds are in the giver's hands)
 *	handover_end(handover);
 *
 * They go through a ring, in batches, so whoever plays is behind: for worlds that ask the facts nothing, as
 * those do that limit nothing.  What asks them nevertheless, now and then, holds the giver:
 *
 *	handover_hold(handover, visit, context);	each operation that the facts are ahead by
 *	...						the facts stand still
 *	handover_resume(handover);
 */
#ifndef REPLAY_HANDOVER_H
#define REPLAY_HANDOVER_H

#include "accounting/mem_op.h"

#define HANDOVER_APART 128	/* bytes: so far from each other, what one thread writes takes no line of the cache from another */

struct handover;

struct player {
	void *context;
	/* In order, in the other thread; its mapcount is the player's. */
	void (*op)(void *context, struct mem_op *op);
	/* Operations on the page come soon. */
	void (*soon)(void *context, uint32_t page);
	void (*step)(void *context, uint64_t now_ns);
};

typedef void op_visitor(void *context, const struct mem_op *op);

/* NULL: no thread can be had. */
struct handover *handover_start(const struct player *player);

/* The giver's.  The operation is copied if it was not made in place; then, if it says so, the batch is turned. */
bool handover_op(struct handover *handover, const struct mem_op *op);
void handover_turn(struct handover *handover);
/* Where the next operation may be made: good until something is handed over. */
struct mem_op *handover_place(const struct handover *handover);
void handover_step(struct handover *handover, uint64_t now_ns);
/* Waits until all is played; nothing is until the next is handed over. */
void handover_rest(struct handover *handover);
/* Likewise, and the thread ends; NULL is fine. */
void handover_end(struct handover *handover);

/* The player's, within op(): what was handed over and is not played yet, that operation first. */
void handover_hold(struct handover *handover, op_visitor *visit, void *context);
void handover_resume(struct handover *handover);

#endif
