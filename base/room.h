/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An array with room at both ends: what is sorted and grows downwards, as address spaces do, is not moved for each
 * element that comes first.
 *
 *	room_open(&all, nr++, &room, i, sizeof(*all));		all[i] is a place for a new one
 *	room_close(&all, nr, &room, i, 3, sizeof(*all));	all[i] to all[i + 2] are gone: nr -= 3
 *	room_release(all, &room, sizeof(*all));
 *
 * Of the elements before and behind the place the fewer are moved.
 */
#ifndef BASE_ROOM_H
#define BASE_ROOM_H

#include <stddef.h>

struct room {			/* all zero with an array that is NULL: there is none yet */
	size_t before, capacity;	/* elements: free before the first; in all */
};

/* array: the address of a pointer to its first element, which moves. */
void room_open(void *array, size_t nr, struct room *room, size_t i, size_t bytes);
void room_close(void *array, size_t nr, struct room *room, size_t i, size_t nr_closed, size_t bytes);
void room_release(void *first, const struct room *room, size_t bytes);

#endif
