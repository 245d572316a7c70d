/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map from a 64-bit key to a 63-bit number: open addressing, linear probing.
 *
 * For keys that are not dense (mm ids, inodes, task ids).  The order of its slots may
 * reach no result: who asks for all keys makes nothing of their order.
 */
#ifndef BASE_MAP64_H
#define BASE_MAP64_H

#include <stddef.h>
#include <stdint.h>

struct map64_slot {
	uint64_t key;
	uint64_t value : 63;
	uint64_t is_used : 1;
};

struct map64 {			/* all zero is an empty map */
	struct map64_slot *slots;
	size_t nr, nr_slots;	/* nr_slots: 0 or a power of two */
};

void map64_release(struct map64 *map);
/* Of a copy of one, byte by byte: what it points to becomes its own. */
void map64_fork(struct map64 *map);

/* The value of key, or 0: values are numbers from 1 on where absence matters. */
uint64_t map64_get(const struct map64 *map, uint64_t key);
void map64_set(struct map64 *map, uint64_t key, uint64_t value);
void map64_remove(struct map64 *map, uint64_t key);	/* absent: nothing happens */

/* All keys, in any order; returns new. */
uint64_t *map64_keys(const struct map64 *map);

#endif
