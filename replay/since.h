/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The most that a value was since any moment.
 *
 *	since_add(&since, moment, value);	moments rise
 *	since_most(&since, moment)		of all that were added then or later; 0 if none was
 *	since_clear(&since);
 *
 * Kept is what nothing later exceeds, so each value is added and dropped once.
 */
#ifndef REPLAY_SINCE_H
#define REPLAY_SINCE_H

#include <stddef.h>
#include <stdint.h>

struct since {				/* all zero is empty */
	struct since_value { uint64_t moment, value; } *values;	/* falling */
	size_t nr, capacity;
};

void since_add(struct since *since, uint64_t moment, uint64_t value);
uint64_t since_most(const struct since *since, uint64_t moment);
void since_clear(struct since *since);
void since_release(struct since *since);

#endif
