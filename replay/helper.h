/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that plays a part of the scenarios.
 *
 * Nothing is shared but the events, decoded once: a helper rebuilds the facts for itself, which costs less than
 * it would to tell another thread what they were at each operation.  It writes nothing; when it has been joined, its
 * worlds' results are taken from it in the order of scenarios, so who played them does not show.
 *
 *	helper = helper_start(source, &config);
 *	worlds = helper_join(helper);
 *	worlds_ended(worlds, ...);
 *	helper_destroy(helper);
 */
#ifndef REPLAY_HELPER_H
#define REPLAY_HELPER_H

#include "rebuild/op_source.h"
#include "replay/worlds.h"

struct helper;

/* The source is taken; of config, facts and hierarchy are the helper's own. NULL: no thread can be had, and the source is closed. */
struct helper *helper_start(struct op_source *source, const struct worlds_config *config);

/* Waits for it; borrowed until destroy. */
struct worlds *helper_join(struct helper *helper);

void helper_destroy(struct helper *helper);	/* NULL is fine; joined before */

#endif
