/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was evicted, and whether it came back soon (cgroup2.md 6.6).
 *
 * An evicted page leaves a shadow: how often pages had been evicted or activated
 * there until then.  Coming back, the difference to now is at least what it would
 * have taken more to keep it.
 */
#ifndef RECLAIM_WORKINGSET_H
#define RECLAIM_WORKINGSET_H

#include "base/controller.h"
#include "reclaim/lruvec.h"

/* So many pages are evicted for `target`, which has lists; the shadow of each. */
static inline struct shadow workingset_evict(struct lruvecs *lrus, uint32_t nr, uint32_t target)
{
	const struct shadow shadow = { .of = target, .age = (uint32_t)lrus->all[target].age };

	lruvec_age(lrus, target, nr);
	return shadow;
}

/*
 * A page with a shadow is charged to container, which has lists, again: it is counted, and its shadow
 * gone.  True: recent enough to be active.  has_swap: of the container it was
 * evicted for.
 */
bool workingset_refault(struct lruvecs *lrus, const struct rules *rules, uint32_t page,
			uint32_t container, enum lru_type type, bool has_swap);

#endif
