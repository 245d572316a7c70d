/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which models a recording can drive, and how well.
 *
 * A model is driven `well` when every kind of event it wants was recorded,
 * `partly` when some is missing, and not at all without those it cannot do without.
 * An event that was recorded but never happened is not missing.
 */
#ifndef CMD_DRIVES_H
#define CMD_DRIVES_H

#include "traces/event_source.h"

#include <stdbool.h>

/* What models want: some event of kinds, or of calls where kinds has MM_CALL. */
struct drive_need {
	unsigned int models;	/* that want it, as bits of drive_class.bit */
	bool is_required;	/* without it there is no replay */
	mm_kinds kinds;		/* any of these is enough */
	uint64_t calls;		/* all of these; 0 = not about calls */
	const char *names;	/* the events, as the kernel calls them */
	const char *without;	/* what their absence means */
};

struct drive_class {
	const char *resource;
	unsigned int bit;
};

extern const struct drive_class drive_classes[];	/* resource NULL ends */

/* That of a resource, or NULL when nothing is known of what it wants. */
const struct drive_class *drive_class_of(const char *resource);

/* The first need of a class that info does not meet, or with `after` the next one; NULL at the end. */
const struct drive_need *drive_unmet(const struct drive_class *class, const struct trace_info *info,
				     const struct drive_need *after);

/* "well", "partly" or "no". */
const char *drive_grade(const struct drive_class *class, const struct trace_info *info);

/* Returns new: "well", or "partly: without A; without B", or "no: without A". */
char *drive_text(const struct drive_class *class, const struct trace_info *info);

#endif
