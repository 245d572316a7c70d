/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several recordings in one call of replay, each into a RUN.db of its own. */
#ifndef CMD_REPLAY_MANY_H
#define CMD_REPLAY_MANY_H

#include "cmd/command.h"

/*
 * Each operand is a recording; call->output is a folder, made if need be, in which its result gets its name and `suffix`:
 * as much of the end of its path as tells it from the others; NULL if nothing is written.  nr_at_once are replayed at a time, each by
 * replay(context, call of it alone) in a process of its own.
 */
enum exit_code replay_many(const struct invocation *call, const char *suffix, size_t nr_at_once,
			   enum exit_code (*replay)(void *context, const struct invocation *one), void *context);

#endif
