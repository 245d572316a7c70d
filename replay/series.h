/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Usage over time of the containers of one world: rows of `usage`.
 *
 * A step has a row for a container only where it differs from the row before:
 * a missing row means "as in the row before".
 */
#ifndef REPLAY_SERIES_H
#define REPLAY_SERIES_H

#include "sink/sink.h"

#include <stddef.h>

struct series_container {
	uint64_t held, max;		/* now; most within the step */
	uint64_t row_held, row_max;	/* of the last row */
	bool has_row;
};

struct series {
	struct sink *sink;	/* borrowed */
	uint32_t scenario;
	const char *resource;
	uint64_t interval_ns, step_end_ns;
	struct series_container *all;
	size_t nr, capacity;
};

void series_init(struct series *series, struct sink *sink, uint32_t scenario, const char *resource,
		 uint64_t begin_ns, uint64_t interval_ns);
void series_release(struct series *series);

/* The container holds so many pages from now on. */
void series_note(struct series *series, uint32_t container, uint64_t held);

/* Writes the steps that ended before now; cheap when none did. */
enum status series_write(struct series *series, uint64_t now_ns, struct error *err);

static inline enum status series_advance(struct series *series, uint64_t now_ns, struct error *err)
{
	return now_ns < series->step_end_ns ? RC_OK : series_write(series, now_ns, err);
}

/* The last step, however short. */
enum status series_finish(struct series *series, uint64_t end_ns, struct error *err);

#endif
