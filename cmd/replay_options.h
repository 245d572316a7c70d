/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a replay is to do: what was asked for, and what the recording or a text of operations says to it. */
#ifndef CMD_REPLAY_OPTIONS_H
#define CMD_REPLAY_OPTIONS_H

#include "cmd/replay_settings.h"
#include "rebuild/op_source.h"
#include "replay/replay.h"

/*
 * All but scenarios, rules of containers and who is called meanwhile.  Borrows from settings, whose conditions are
 * then those that hold: a text may say that the models play their rules as posted.
 */
enum status replay_options_make(struct replay_options *options, const struct invocation *call, struct replay_settings *settings,
				const struct op_source *source, struct error *err);

#endif
