/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a replay as a whole, whatever its scenarios came to: of its source, when that has been run. */
#ifndef REPLAY_TOTALS_H
#define REPLAY_TOTALS_H

#include "rebuild/container.h"
#include "rebuild/op_source.h"
#include "replay/replay.h"

/* A limit for a container that the recording does not have is a mistake of the user's: RC_USAGE. */
enum status totals_check_patterns(const struct replay_options *options, const struct containers *containers, struct error *err);

/* Rows of containers and scenarios, of what did not match and of how well counters were foretold. */
enum status totals_write(struct op_source *source, const struct replay_options *options, struct sink *sink, struct error *err);

/* The same as sums; nothing else of the summary is set. */
struct replay_summary totals_of(const struct op_source *source);

#endif
