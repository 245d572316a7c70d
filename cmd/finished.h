/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --resume: a result that is there already is not made again. */
#ifndef CMD_FINISHED_H
#define CMD_FINISHED_H

#include "cmd/command.h"

/*
 * True: the RUN.db at call->output is what the call would write, as far as version, call, the contents of all inputs and of
 * the config file (NULL = none) say; *exit_code is how the call that wrote it ended.  A call with --formats is never finished:
 * a RUN.db does not say what those were.
 */
bool is_finished(const struct invocation *call, const char *config_path, enum exit_code *exit_code);

#endif
