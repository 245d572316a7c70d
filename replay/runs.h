/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same scenario, played several times: reclaim is chaotic, and no recording says
 * how a kernel's own charges ahead and ends of writes fall.
 *
 * Runs differ by less than a kernel does from itself: each next one has three pages
 * less room once a limit was refused (never more than 64 in all, nor a 128th of it),
 * as charges that another CPU keeps in stock take it; what fits, fits in all of
 * them.  One stands for them, whole, so that its
 * figures belong together; beside it stand the lowest and highest of each.
 *
 *	middle = runs_middle(worlds, nr);
 *	world_finish(worlds[middle], ...);
 *	runs_write_spread(worlds, nr, sink, err);
 */
#ifndef REPLAY_RUNS_H
#define REPLAY_RUNS_H

#include "replay/world.h"

#define RUNS_MAX 99

/* Whose kills, denied calls, and then pages that come back (as assumed, where they are) are the median. */
size_t runs_middle(struct world *const *worlds, size_t nr);

/* Rows of what is limited, or differs; none of a single run. */
enum status runs_write_spread(struct world *const *worlds, size_t nr, struct sink *sink, struct error *err);

#endif
