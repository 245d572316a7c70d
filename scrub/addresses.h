/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User addresses moved to where they tell nothing of the host's randomisation.
 *
 *	struct addresses addresses = { 0 };
 *	addresses_see(&addresses, address);		all of a recording, first
 *	addresses_move(&addresses, address)		then any of them
 *
 * Programs, mapped files and stacks lie in areas of their own; each area moves as a
 * whole and by multiples of 1 GiB, so distances within it, alignment to page tables
 * and which area lies above which stay as they were. What the linker fixed (below
 * 1 TiB) is no secret and stays.
 */
#ifndef SCRUB_ADDRESSES_H
#define SCRUB_ADDRESSES_H

#include <stdint.h>

enum { ADDRESS_AREAS = 4 };

struct addresses {		/* all zero: nothing was seen */
	uint64_t low[ADDRESS_AREAS], high[ADDRESS_AREAS];	/* seen; low 0 = nothing */
};

void addresses_see(struct addresses *addresses, uint64_t address);
/* The kernel's own become one of them. */
uint64_t addresses_move(const struct addresses *addresses, uint64_t address);

#endif
