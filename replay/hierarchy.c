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

static uint32_t find_parent(const struct containers *containers, uint32_t container)
{
	uint32_t parent = 0;

	for (uint32_t i = 1; i < containers->nr; i++)
		if (is_below(containers->all[container].path, containers->all[i].path) &&
		    (!parent || strlen(containers->all[i].path) > strlen(containers->all[parent].path)))
			parent = i;
	return parent;
}

void hierarchy_update(struct hierarchy *hierarchy, const struct containers *containers)
{
	hierarchy->parents = xrealloc(hierarchy->parents, containers->nr, sizeof(*hierarchy->parents));
	hierarchy->nr = containers->nr;
	/* A parent may be seen after its child: all are looked at again. */
	for (uint32_t i = 0; i < containers->nr; i++)
		hierarchy->parents[i] = find_parent(containers, i);
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
