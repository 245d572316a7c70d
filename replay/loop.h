/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop behind replay.h: what a source tells, operation by operation, is played in all worlds.
 *
 *	listener = loop_listener(&replay);	of a source that is then run
 *	...
 *	loop_end(&replay);			nothing more comes
 *
 * replay.c makes what is in here and writes what came of it; loop.c plays; directives.c is for texts that limit
 * as they go.  Times are ns of the recording.  What fails first stays in `status`, and all that follows is passed by.
 */
#ifndef REPLAY_LOOP_H
#define REPLAY_LOOP_H

#include "rebuild/op_source.h"
#include "replay/bills.h"
#include "replay/bounds.h"
#include "replay/handover.h"
#include "replay/helper.h"
#include "replay/hierarchy.h"
#include "replay/replay.h"
#include "replay/worlds.h"

struct replay {
	const struct replay_options *options;
	struct op_source *source;
	struct sink *sink;
	struct error *err;
	const struct doubts *doubt;		/* of the source, as containers are */
	const struct containers *containers;
	struct worlds *worlds;
	struct helper **helpers;
	struct worlds **parts;		/* worlds, and those of the helpers when they are joined */
	size_t nr_parts;
	struct world **recorded;	/* of them, scenario 0 of each model */
	struct bounds **bounds;		/* of each of these */
	struct bills *bills;		/* of all of them */
	struct handover *handover;	/* to the thread that plays; NULL until there is one */
	bool may_hand_over, is_handing;	/* what follows to nr_rows is that thread's, but while it rests */
	size_t nr_models, nr_containers;
	struct hierarchy hierarchy;
	struct container_settings settings;
	uint32_t nr_rows;
	uint64_t begin_ns;
	char apart[HANDOVER_APART];	/* what follows is written at each event */
	struct mem_op op, *place;	/* where operations are made: there, or in the ring */
	bool is_armed;
	struct op_pace pace;	/* its now_ns: where the clock is */
	uint64_t nr_ops, nr_gaps, nr_limit_reclaimed;
	uint64_t nr_steps;	/* events, those that pace has left included */
	enum status status;	/* first failure, from within callbacks */
};

/* Where a run of a scenario is among all that are played. */
static inline size_t replay_played(const struct replay *replay, size_t scenario, size_t run)
{
	return scenario ? 1 + (scenario - 1) * replay_runs(replay->options) + run : 0;
}

struct op_listener loop_listener(struct replay *replay);
/* From here on limits hold and counters count. */
void loop_arm(struct replay *replay);
/* Worlds know all containers that there are by now. */
void loop_tell_containers(struct replay *replay);
/* Every page of the facts has a row, also one that no operation named yet. */
void loop_make_all_rows(struct replay *replay);
/* After the last event: all is in this thread's hands, and bounds know what the event came to. */
void loop_end(struct replay *replay);
/* For bills: visits what the facts are ahead of `op` by, and holds them there until loop_resume(). */
void loop_hold(void *replay, const struct mem_op *op, op_visitor *visit, void *visiting);
void loop_resume(void *replay);

/* --- directives.c --- */

/* Of a text (op_source.h): a limit that is set, or something that is expected. */
enum status loop_direct(void *replay, const struct directive *directive, struct error *err);

#endif
