/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worlds of a replay: one for each model and scenario, and one more where uses are
 * assumed, but far fewer are played.
 *
 * As long as a scenario has refused nothing it has the same past as any other of its
 * model, whatever its limits are.  Those scenarios share one world without limits, the
 * leader, and follow it.  A follower leaves, with a copy of the leader, before the first
 * operation that might bring a container within a margin of what the scenario lets it
 * hold; the last to leave takes the leader itself.  Who leaves too early loses nothing
 * but time: the copy is what a world of its own would be, bit by bit.
 *
 * Scenarios that limit nothing of a model never leave: their leader is the world as
 * recorded, until the first operation that it and they do not both play (what recorded
 * limits made the kernel reclaim).
 *
 *	worlds = worlds_create(&config);
 *	worlds_containers(worlds, containers);		whenever there are more
 *	worlds_arm(worlds);				once, when limits begin to hold
 *	worlds_op(worlds, op); worlds_forget(worlds, page);
 *	worlds_end(worlds, end_ns);
 *	world_finish(worlds_ended(worlds, member, model), end_ns, err);	each, in order
 */
#ifndef REPLAY_WORLDS_H
#define REPLAY_WORLDS_H

#include "replay/world.h"

struct worlds;

struct worlds_config {
	const struct replay_options *options;	/* borrowed, as all that follows */
	const struct facts *facts;
	const struct hierarchy *hierarchy;
	const struct container_settings *settings;
	struct sink *sink;
	const struct bounds *const *bounds;	/* by model */
	uint64_t begin_ns, interval_ns;
	size_t first, nr_parts;		/* those played as first, first + nr_parts, ...: the others are elsewhere */
};

struct worlds *worlds_create(const struct worlds_config *config);
void worlds_destroy(struct worlds *worlds);	/* NULL is fine */

void worlds_containers(struct worlds *worlds, const struct containers *containers);
void worlds_arm(struct worlds *worlds);
/* Pages below nr_pages have a row. */
void worlds_reserve(struct worlds *worlds, uint32_t nr_pages);
/* Operations on the page come soon: its rows are fetched, if so few worlds are played that they are still there then. */
void worlds_soon(const struct worlds *worlds, uint32_t page);
/* As world_page_op() and world_call_op(). */
void worlds_op(struct worlds *worlds, struct mem_op *op);
/* Of an OP_PAGE_GONE, after all that looks at it. */
void worlds_forget(struct worlds *worlds, uint32_t page);
/* NULL, or the first broken invariant of any that is played. */
const char *worlds_check(struct worlds *worlds, bool is_full);

/* The world of a model in scenario 0, always played; or of the scenario that a text writes itself. */
struct world *worlds_own(const struct worlds *worlds, size_t scenario, size_t model);
/* The one that assumes uses for that, or NULL. */
struct world *worlds_assumed(const struct worlds *worlds, size_t scenario, size_t model);

/* The recording has ended; then each, to be finished before the next is asked for. */
void worlds_end(struct worlds *worlds, uint64_t end_ns);
struct world *worlds_ended(struct worlds *worlds, size_t scenario, size_t model);

/* Kept per page when nobody follows any more. */
uint64_t worlds_row_bytes(const struct worlds *worlds);
/* And beside the rows, for few pages: the world that is played with most. */
uint64_t worlds_beside_bytes(const struct worlds *worlds);

#endif
