// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of containers; few, so it is searched in order. */
#include "rebuild/container.h"

#include "base/xalloc.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static uint32_t add(struct containers *containers, const char *name, const char *path, uint64_t id)
{
	xgrow(&containers->all, containers->nr, &containers->capacity, sizeof(*containers->all));
	containers->all[containers->nr] = (struct container){
		.name = xstrdup(name), .path = xstrdup(path), .cgroup_id = id,
	};
	return containers->nr++;
}

void containers_init(struct containers *containers)
{
	*containers = (struct containers){ 0 };
	add(containers, "host", "/", 0);
}

void containers_release(struct containers *containers)
{
	for (size_t i = 0; i < containers->nr; i++) {
		free(containers->all[i].name);
		free(containers->all[i].path);
	}
	free(containers->all);
}

static bool name_is_taken(const struct containers *containers, const char *name)
{
	for (size_t i = 0; i < containers->nr; i++)
		if (!strcmp(containers->all[i].name, name))
			return true;
	return false;
}

/* The last part of the path, and one part more as long as that is taken. */
static const char *short_name(const struct containers *containers, const char *path)
{
	const char *name = path + strlen(path);

	while (name > path) {
		do
			name--;
		while (name > path && name[-1] != '/');
		if (!name_is_taken(containers, name))
			return name;
	}
	return path;
}

/* Returns new. */
static char *name_of(const struct containers *containers, const char *path)
{
	const char *known = NULL;
	char *name;

	for (size_t i = 0; i < containers->nr_known && !known; i++) {
		if (!strcmp(containers->known[i].path, path))
			known = containers->known[i].name;
	}
	if (!known)
		return xstrdup(short_name(containers, path));
	name = xstrdup(known);
	for (unsigned int nr = 2; name_is_taken(containers, name); nr++) {
		free(name);
		name = xasprintf("%s#%u", known, nr);
	}
	return name;
}

uint32_t container_by_cgroup(struct containers *containers, uint64_t id, const char *path)
{
	uint32_t container;
	char *name;

	if (!path[0] || !strcmp(path, "/"))
		return 0;
	for (size_t i = 1; i < containers->nr; i++)
		if (containers->all[i].cgroup_id == id && !strcmp(containers->all[i].path, path))
			return i;
	name = name_of(containers, path);
	container = add(containers, name, path, id);
	free(name);
	return container;
}

uint32_t container_add(struct containers *containers, const char *name, const char *path)
{
	return add(containers, name, path, 0);
}

uint32_t container_by_name(struct containers *containers, const char *name)
{
	for (size_t i = 0; i < containers->nr; i++)
		if (!strcmp(containers->all[i].name, name))
			return i;
	return add(containers, name, "", 0);
}

bool container_matches(const char *pattern, uint32_t container, const char *name, const char *path)
{
	if (!container)
		return !strcmp(pattern, name) || !strcmp(pattern, path);
	return !fnmatch(pattern, name, 0) || !fnmatch(pattern, path, 0);
}
