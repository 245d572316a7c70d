/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges of address spaces that do not exist in one world: the call that made or
 * changed them was denied there (scenarios.md 3).
 *
 * What the facts set in such a range after that operation is not there; what was
 * set before is.  Of two that overlap the later one counts.  Each address space has
 * them sorted: usually few, but as many as a program has calls denied.
 */
#ifndef REPLAY_VOID_RANGES_H
#define REPLAY_VOID_RANGES_H

#include "base/room.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct void_range {
	uint64_t begin, end;	/* vpns */
	uint64_t seq;		/* of the denied operation */
	uint32_t mm;
	bool is_lock;		/* only the mlock was denied: the range itself is there */
};

/* Those of one address space and kind, sorted and disjoint. */
struct void_set {
	struct void_range *all;
	size_t nr;
	struct room room;
};

struct void_ranges {
	struct void_set (*of_mm)[2];	/* by mm, then is_lock */
	size_t nr_mms;
	size_t nr;			/* ranges of all */
};

void void_ranges_release(struct void_ranges *ranges);
void void_range_add(struct void_ranges *ranges, const struct void_range *range);
/* [begin, end) of mm is mapped anew, or gone: nothing is void there any more. */
void void_ranges_cut(struct void_ranges *ranges, uint32_t mm, uint64_t begin, uint64_t end);
/* It is unlocked: no lock is missing there, but of a range that it only touches. */
void void_ranges_unlock(struct void_ranges *ranges, uint32_t mm, uint64_t begin, uint64_t end);
void void_ranges_drop(struct void_ranges *ranges, uint32_t mm);
/* A child, which has none yet, has the holes of its parent; it inherits no lock. */
void void_ranges_copy(struct void_ranges *ranges, uint32_t from, uint32_t to);

/* The range (of that kind) that holds vpn, or NULL; good until the next change. */
const struct void_range *void_range_at(const struct void_ranges *ranges, uint32_t mm, uint64_t vpn, bool is_lock);
/*
 * The first part of [*begin, end) that is not void (of that kind): *begin is moved
 * to its start, the result is its end; *begin == end when there is none.
 */
uint64_t void_ranges_next(const struct void_ranges *ranges, uint32_t mm, uint64_t *begin, uint64_t end, bool is_lock);

#endif
