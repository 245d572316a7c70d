/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Usage over time of the containers of one world: rows of `usage`.
 *
 * A step has a row for a container only where it differs from the row before:
 * a missing row means "as in the row before".  Rows are kept packed, a few bytes each,
 * and go to the sink at the end, by container: so a world can begin as the copy of
 * another, past included, and the order of rows depends on nobody else.
 */
#ifndef REPLAY_SERIES_H
#define REPLAY_SERIES_H

#include "sink/sink.h"

#include <stddef.h>

struct series_container {
	uint64_t held, max;		/* now; most within the step */
	uint64_t row_held, row_max, row_ns;	/* of the last row */
	bool has_row;
	uint8_t *packed;		/* rows */
	size_t nr_packed, packed_capacity;
};

struct series {
	uint64_t begin_ns, interval_ns, step_end_ns;
	struct series_container *all;
	size_t nr, capacity;
	bool is_finished;
};

void series_init(struct series *series, uint64_t begin_ns, uint64_t interval_ns);
/* A copy that shares nothing. */
void series_copy(struct series *series, const struct series *from);
void series_release(struct series *series);

void series_add_container(struct series *series, uint32_t container);

/* The container holds so many pages from now on. */
static inline void series_note(struct series *series, uint32_t container, uint64_t held)
{
	struct series_container *c;

	if (container >= series->nr)
		series_add_container(series, container);
	c = &series->all[container];
	c->held = held;
	if (held > c->max)
		c->max = held;
}

/* Keeps the steps that ended before now; cheap when none did. */
void series_step(struct series *series, uint64_t now_ns);

static inline void series_advance(struct series *series, uint64_t now_ns)
{
	if (now_ns >= series->step_end_ns)
		series_step(series, now_ns);
}

/* The last step, however short, and all rows; these again, under another number, when it is called again. */
enum status series_finish(struct series *series, uint64_t end_ns, struct sink *sink, uint32_t scenario,
			  const char *resource, struct error *err);

#endif
