/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which container lies in which: by their paths.
 *
 * A charge counts in every container above as well, as in a hierarchical
 * controller.  The patches of 2006 to 2008 had none: there every group stood for
 * itself, which is what recordings without nested groups still get.
 */
#ifndef REPLAY_HIERARCHY_H
#define REPLAY_HIERARCHY_H

#include "rebuild/container.h"

#include <stdbool.h>

struct hierarchy {
	uint32_t *parents;	/* by container; 0 = none: the host is nobody's parent */
	size_t nr;
};

/* The containers there are have become more. */
void hierarchy_update(struct hierarchy *hierarchy, const struct containers *containers);
void hierarchy_release(struct hierarchy *hierarchy);

static inline uint32_t hierarchy_parent(const struct hierarchy *hierarchy, uint32_t container)
{
	return container < hierarchy->nr ? hierarchy->parents[container] : 0;
}

/* Whether container is `above` or lies below it. */
bool hierarchy_is_within(const struct hierarchy *hierarchy, uint32_t container, uint32_t above);

#endif
