/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What DAMON says was used (damon:damon_aggregated): regions of an address space, and
 * how often a page of each, another one each time, had been used when DAMON looked.
 *
 * Every aggregation interval it tells all regions of a target, in order of address: a
 * set.  A target is a number, or a pointer, that no event ties to a process.  It is taken
 * for the only process whose every page lies in the set's regions, and of which each
 * stretch of them holds one; where several are alike (a server and its forked workers),
 * or none (physical addresses), it stays unknown and its regions are counted, no more.
 *
 * That pages of a region were used does not say which (scenarios.md 4): one that is alone
 * in it is seen used; of several each may have been, and only where uses are assumed they
 * all were.  A use that an event of the interval has told already is not told again.
 */
#ifndef REBUILD_REGIONS_H
#define REBUILD_REGIONS_H

#include "base/map64.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct damon_target;

struct regions {
	struct damon_target *targets;	/* [0] unused */
	size_t nr_targets, capacity;
	struct map64 by_name;
};

void regions_release(struct regions *regions);

#endif
