// SPDX-License-Identifier: GPL-2.0-or-later
/* A container's parent is the one with the longest path that its own begins with. */
#include "replay/hierarchy.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

static bool is_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	return length && !strncmp(path, above, length) && path[length] == '/';
}

/* Takes `above` for the parent, if it is nearer than the one there is. */
static void offer(struct hierarchy *hierarchy, const struct containers *containers, uint32_t container, uint32_t above)
{
	const uint32_t parent = hierarchy->parents[container];

	if (is_below(containers->all[container].path, containers->all[above].path) &&
	    (!parent || strlen(containers->all[above].path) > strlen(containers->all[parent].path)))
		hierarchy->parents[container] = above;
}

void hierarchy_update(struct hierarchy *hierarchy, const struct containers *containers)
{
	hierarchy->parents = xrealloc(hierarchy->parents, containers->nr, sizeof(*hierarchy->parents));
	/* A parent may be seen after its child. */
	for (; hierarchy->nr < containers->nr; hierarchy->nr++) {
		const uint32_t added = hierarchy->nr;

		hierarchy->parents[added] = 0;
		for (uint32_t i = 1; i < added; i++) {
			offer(hierarchy, containers, added, i);
			offer(hierarchy, containers, i, added);
		}
	}
}

void hierarchy_release(struct hierarchy *hierarchy)
{
	free(hierarchy->parents);
	*hierarchy = (struct hierarchy){ 0 };
}

bool hierarchy_is_within(const struct hierarchy *hierarchy, uint32_t container, uint32_t above)
{
	const bool is_host = !container;

	while (container && container != above)
		container = hierarchy_parent(hierarchy, container);
	return container == above && (above || is_host);
}
