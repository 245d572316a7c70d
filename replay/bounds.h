/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between what and what the undamaged recording would have brought out: one model,
 * nothing limited, what each container holds and held at most.
 *
 *	every STRETCH_EVENTS events:	bounds_step(bounds, now_ns);
 *	at every gap:			bounds_gap(bounds, &gap, now_ns, &doubt);
 *	after it, at every event:	bounds_note(bounds, now_ns, &doubt);
 *	at the end:			bounds_of(bounds, resource, container)
 *
 * At a moment in doubt (doubt.h) a container held what was replayed, less what may be
 * gone and plus what may have come: what the doubt says in pages, and what lay in
 * the gaps themselves.  Of those is known how long they were, and it is assumed that
 * no lost stretch moved more pages than the busiest recorded stretch of that
 * many events; where no number is known, of that much time.
 */
#ifndef REPLAY_BOUNDS_H
#define REPLAY_BOUNDS_H

#include "rebuild/doubt.h"

struct world;
struct loss_record;

#define BOUND_NONE UINT64_MAX	/* nothing bounds it */

struct bound {
	uint64_t held_low, held_high;	/* at the end */
	uint64_t maxheld_low, maxheld_high;
};

struct bounds;

/* Of the world as recorded of one model; borrowed. */
struct bounds *bounds_create(struct world *world, uint64_t begin_ns);
void bounds_destroy(struct bounds *bounds);	/* NULL is fine */

/* Counters were reset: what was noted before does not count. */
void bounds_restart(struct bounds *bounds, uint64_t now_ns);
void bounds_step(struct bounds *bounds, uint64_t now_ns);
void bounds_gap(struct bounds *bounds, const struct loss_record *loss, uint64_t now_ns,
		const struct doubts *doubt);
void bounds_note(struct bounds *bounds, uint64_t now_ns, const struct doubts *doubt);

/* Nothing more comes: what follows may be asked. */
void bounds_finish(struct bounds *bounds, uint64_t end_ns);

struct bound bounds_of(const struct bounds *bounds, uint32_t resource, uint32_t container);

/* Where the first gap begins, before which all is sure; UINT64_MAX = there is none. */
uint64_t bounds_first_gap(const struct bounds *bounds);

/* Whether in `world`, a scenario of the same model, no limit can have been reached. */
bool bounds_fit(const struct bounds *bounds, const struct world *world);

#endif
