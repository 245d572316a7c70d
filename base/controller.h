/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Today's memory controller, one row for each kernel that changed what recount
 * replays of it (cgroup2.md 10).
 *
 * accounting/ and reclaim/ read the same row, and may not meet: it is chosen by a
 * switch of base/rules.h, for a recording by the release it says it is of.
 */
#ifndef BASE_CONTROLLER_H
#define BASE_CONTROLLER_H

#include "base/rules.h"

#include <stdbool.h>
#include <stdint.h>

#define CONTROLLER_MAX_SLOTS 7

struct controller {
	unsigned major, minor;		/* first release of its kind */
	uint8_t stock_slots;		/* containers whose charges a CPU keeps in stock */
	bool activates_locked;		/* eviction that meets an mlocked mapping activates the page; else it goes on */
	bool reads_large;		/* read-ahead makes large folios, as ext4 takes them */
	bool lags_stats;	/* reclaim reads memory.stat as it was brought up to date last */
	bool refault_costs;		/* a refault of the workingset counts in the balance of the types */
};

/* The row that was chosen. */
const struct controller *controller_of(const struct rules *rules);

/*
 * The value of SWITCH_CGROUP2_KERNEL for a release like "Linux host 6.18.44 #1",
 * the first text in it that reads as MAJOR.MINOR; false: there is none in it.
 * Older than all is the oldest.
 */
bool controller_by_release(const char *release, uint8_t *chosen);

#endif
