// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine that is assumed when the user says nothing. */
#include "reclaim/policy.h"

/*
 * swappiness: the kernel's own default, then as now.
 *
 * mapped_ratio: decides at which priority mapped pages are taken at all (models.md
 * 2.6).  With swappiness 60 every ratio from 30 to 55 gives priority 2, so 40, a
 * server at work, is the middle of the widest plateau: being wrong by 10 changes
 * nothing.
 *
 * Zones: one, as on any 64-bit machine of a node with no memory below 4 GiB to
 * speak of.  About three quarters of RAM are on its lists (the rest is kernel,
 * slab and free), two thirds of that active: the state that unforced use leaves.
 * These only set how many steps a posted pass takes.
 *
 * Read-ahead: the default of a block device, 128 KiB in pages of 4 KiB.
 *
 * Flush: one throttled reclaim of a recording lasted that long.  From 4 to 10 ms
 * nothing that comes back from disk changes (cgroup2.md 14).
 *
 * Swap: as much as needed.  Without, no anonymous page can go and every answer is
 * a kill; a machine without swap has to be asked for.
 */
void machine_default(struct machine *machine, uint64_t ram_pages)
{
	*machine = (struct machine){
		.swappiness = 60,
		.mapped_ratio = 40,
		.nr_zones = 1,
		.zones[0] = { .nr_active = ram_pages / 2, .nr_inactive = ram_pages / 4 },
		.swap_pages = UINT64_MAX,
		.readahead_pages = 32,
		.flush_ns = 4000000,
	};
}
