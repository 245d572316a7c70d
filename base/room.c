// SPDX-License-Identifier: GPL-2.0-or-later
/* The elements stand in the middle when their memory is new. */
#include "base/room.h"

#include "base/xalloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 16

void room_release(void *first, const struct room *room, size_t bytes)
{
	if (first)
		free((char *)first - room->before * bytes);
}

/* To twice as much; half of what is free lies before them. */
static char *grow(char *first, size_t nr, struct room *room, size_t bytes)
{
	const struct room new = { .before = (nr + LEAST) / 2, .capacity = 2 * nr + LEAST };
	char *moved = (char *)xcalloc(new.capacity, bytes) + new.before * bytes;

	if (nr)
		memcpy(moved, first, nr * bytes);
	room_release(first, room, bytes);
	*room = new;
	return moved;
}

void room_open(void *array, size_t nr, struct room *room, size_t i, size_t bytes)
{
	char **first = array;
	const bool is_front = i < nr - i;

	if (is_front ? !room->before : room->before + nr == room->capacity)
		*first = grow(*first, nr, room, bytes);
	if (is_front) {
		memmove(*first - bytes, *first, i * bytes);
		*first -= bytes;
		room->before--;
	} else {
		memmove(*first + (i + 1) * bytes, *first + i * bytes, (nr - i) * bytes);
	}
}

void room_close(void *array, size_t nr, struct room *room, size_t i, size_t nr_closed, size_t bytes)
{
	char **first = array;
	const size_t after = nr - i - nr_closed;

	if (i < after) {
		memmove(*first + nr_closed * bytes, *first, i * bytes);
		*first += nr_closed * bytes;
		room->before += nr_closed;
	} else {
		memmove(*first + i * bytes, *first + (i + nr_closed) * bytes, after * bytes);
	}
}
