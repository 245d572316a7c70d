/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a container is safe while one above it is to give way: memory.min and
 * memory.low (page_counter_calculate_protection(), cgroup2.md 4).
 *
 * A container's own limit spares nothing of it.  Directly below the target its settings
 * hold; further down they share what the one above them is left, and, as systemd mounts
 * control groups (memory_recursiveprot), what nobody there claims goes to all by what they
 * hold beyond their own.
 */
#ifndef RECLAIM_PROTECTION_H
#define RECLAIM_PROTECTION_H

#include "reclaim/lruvec.h"

/* What a container claims of the one above it: of its settings as much as it holds. */
struct claim {
	uint64_t min, low;
};

/*
 * What the children of each claim together, summed up once a call of reclaim, as asking all siblings of each container
 * takes the square of their number.  Who gives way is summed anew alone.
 */
struct protections {		/* all zero: nothing is summed up */
	struct claim *own, *children;	/* by container */
	size_t nr;
	bool is_summed;
	uint64_t nr_drained;	/* of the host, then */
};

void protections_release(struct protections *claims);
/* A call begins: what containers hold may have changed. */
void protections_forget(struct protections *claims);
/* Container, which lies below target or is it, has given way. */
void protections_changed(struct protections *claims, const struct lruvecs *lrus, const struct reclaim_host *host,
			 uint32_t container, uint32_t target);

/* Of container, which lies below target: what it holds, and of that what is safe. */
void protection_of(struct protections *claims, const struct lruvecs *lrus, const struct reclaim_host *host,
		   uint32_t container, uint32_t target, struct protection *result);

/*
 * effective_protection(): pages that a container with `usage` and `setting` has of those its
 * parent has, with all that the children of that claim.
 */
uint64_t protection_share(uint64_t usage, uint64_t setting, uint64_t parent_usage, uint64_t parent_safe, uint64_t claimed);

/* Pages of a list of `size` that a scan may take from who holds `usage` and has `safe` of it. */
uint64_t protection_leaves(uint64_t size, uint64_t usage, uint64_t safe);

#endif
