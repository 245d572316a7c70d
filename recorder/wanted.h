/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which tracepoints are recorded, and what is not known where a kernel lacks one.
 *
 * The table is what replay can use (reconstruct.md section 3), nothing else: each
 * event costs the recorded program time.
 */
#ifndef RECORDER_WANTED_H
#define RECORDER_WANTED_H

#include <stdbool.h>

struct wanted_event {
	const char *system, *name;	/* name NULL ends the table */
	const char *without;		/* what a recording that lacks it cannot tell; NULL = nothing is lost
					   where another kernel version names it otherwise */
};

extern const struct wanted_event wanted_events[];

#endif
