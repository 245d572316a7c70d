// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads /proc/self/mounts and /proc/PID/cgroup (cgroups(7)). */
#include "recorder/cgroups.h"

#include "base/xalloc.h"
#include "recorder/file_line.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The mount point in a line of /proc/self/mounts, if it is of a hierarchy that has memory; its rank, 0 = none. */
static int rank_of_mount(char *line, char **folder)
{
	char *device = strsep(&line, " "), *mount = strsep(&line, " "), *type = strsep(&line, " ");
	char *options = strsep(&line, " ");

	(void)device;
	if (!options)
		return 0;
	*folder = mount;
	if (!strcmp(type, "cgroup2"))
		return 1;
	if (strcmp(type, "cgroup"))
		return 0;
	for (char *option; (option = strsep(&options, ","));) {
		if (!strcmp(option, "memory"))
			return 2;	/* where the memory controller is a hierarchy of its own */
	}
	return 0;
}

char *cgroup_root(void)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	char *line = NULL, *root = NULL, *folder;
	size_t capacity = 0;
	int best = 0;

	while (mounts && getline(&line, &capacity, mounts) > 0) {
		int rank = rank_of_mount(line, &folder);

		if (rank <= best)
			continue;
		best = rank;
		free(root);
		root = xstrdup(folder);
	}
	free(line);
	if (mounts)
		fclose(mounts);
	return root;
}

/* "NUMBER:CONTROLLERS:PATH"; its rank as of mounts. */
static int rank_of_line(char *line, struct cgroup_place *place, char **path)
{
	char *number = strsep(&line, ":"), *controllers = strsep(&line, ":");

	if (!line)
		return 0;
	line[strcspn(line, "\n")] = '\0';
	*path = line;
	place->root = (uint32_t)strtoul(number, NULL, 10);
	if (!*controllers)
		return 1;
	for (char *name; (name = strsep(&controllers, ","));) {
		if (!strcmp(name, "memory"))
			return 2;
	}
	return 0;
}

const char *cgroup_path_of(const char *root, const char *folder)
{
	return root && !strncmp(folder, root, strlen(root)) ? folder + strlen(root) : "";
}

/* That of its folder. */
uint64_t cgroup_id_of(const char *folder)
{
	struct stat stat_of;

	return !stat(folder, &stat_of) ? stat_of.st_ino : 0;
}

static uint64_t id_of_path(const char *root, const char *path)
{
	char *folder = root ? xasprintf("%s%s", root, path) : NULL;
	uint64_t id = folder ? cgroup_id_of(folder) : 0;

	free(folder);
	return id;
}

#define PF_EXITING 0x4		/* include/linux/sched.h; field 9 of /proc/PID/stat */

static bool is_ending(pid_t pid)
{
	char name[32], line[512];
	unsigned int flags = PF_EXITING;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	if (file_line(name, line, sizeof(line)) && strrchr(line, ')'))	/* the name may hold anything */
		sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %u", &flags);
	return flags & PF_EXITING;
}

bool cgroup_place_of(const char *root, pid_t pid, struct cgroup_place *place)
{
	char name[32], *line = NULL, *path;
	size_t capacity = 0;
	int best = 0;
	bool is_told = false;
	FILE *in;

	*place = (struct cgroup_place){ .path = xstrdup("/") };
	snprintf(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
	in = fopen(name, "re");
	while (in && getline(&line, &capacity, in) > 0) {
		struct cgroup_place found;
		int rank = rank_of_line(line, &found, &path);

		is_told = true;
		if (rank <= best)
			continue;
		best = rank;
		free(place->path);
		*place = (struct cgroup_place){ .root = found.root, .path = xstrdup(path) };
	}
	free(line);
	if (in)
		fclose(in);
	place->id = id_of_path(root, place->path);
	/* proc_cgroup_show(): in a hierarchy of version 1 whoever is ending is said to be in the outermost. */
	return is_told && (!place->root || strcmp(place->path, "/") || !is_ending(pid));
}

void cgroup_place_release(struct cgroup_place *place)
{
	free(place->path);
}
