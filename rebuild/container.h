/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers of a recording: control groups, or the sections of a config file.
 *
 * Number 0 is the host: everything that is in no container.  Names are those that
 * people gave them, where the recording knows such; a second one of that name is
 * NAME#2.  Else the last part of the path, made unique with more of it when two would
 * be the same.
 */
#ifndef REBUILD_CONTAINER_H
#define REBUILD_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct container {
	char *name, *path;
	uint64_t cgroup_id;
	bool is_v1;		/* of control groups v1 */
};

/* A name that the recording has for a path. */
struct known_name {
	const char *path, *name;	/* borrowed */
};

struct containers {
	const struct known_name *known;	/* borrowed; for those that are made from now on */
	size_t nr_known;
	struct container *all;
	size_t nr, capacity;
};

/* Containers for traces without cgroup events: the first rule that matches a task wins. */
struct container_rule {
	const char *name;
	const char *cgroup, *comm;	/* globs; NULL = any */
	int64_t pid;			/* -1 = any */
};

void containers_init(struct containers *containers);
void containers_release(struct containers *containers);

/* The container of a control group, made when new; "/" is the host. */
uint32_t container_by_cgroup(struct containers *containers, uint64_t id, const char *path);
/* One more, whose name nobody has. */
uint32_t container_add(struct containers *containers, const char *name, const char *path);
/* The container of that name, made when new. */
uint32_t container_by_name(struct containers *containers, const char *name);

/*
 * Whether a limit's pattern means this container: a glob on its name or path.
 * The host is meant only by its own name or path, never by a glob.
 */
bool container_matches(const char *pattern, uint32_t container, const char *name, const char *path);

#endif
