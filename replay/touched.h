/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers whose counters may have changed since somebody looked, each once.
 *
 *	touched_add(&touched, container);
 *	...	of all in touched.all
 *	touched_clear(&touched);
 */
#ifndef REPLAY_TOUCHED_H
#define REPLAY_TOUCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct touched {		/* all zero is empty */
	uint32_t *all;
	size_t nr, capacity;
	bool *is_in;		/* by container */
	size_t nr_known;
	bool is_rest;		/* any other, too */
};

void touched_add_new(struct touched *touched, uint32_t container);
void touched_clear(struct touched *touched);
void touched_release(struct touched *touched);

static inline void touched_add(struct touched *touched, uint32_t container)
{
	if (container >= touched->nr_known || !touched->is_in[container])
		touched_add_new(touched, container);
}

#endif
