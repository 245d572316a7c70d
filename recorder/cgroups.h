/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the containers are: the hierarchy of the memory controller, versions 1 and 2.
 */
#ifndef RECORDER_CGROUPS_H
#define RECORDER_CGROUPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Returns new: the folder of the hierarchy that has memory, or of the only one; NULL = none is mounted. */
char *cgroup_root(void);

/* A process's container, in the words of the events cgroup_attach_task and cgroup_mkdir. */
struct cgroup_place {
	uint32_t root;		/* number of the hierarchy */
	uint64_t id;		/* 0 = unknown */
	char *path;		/* "/" when unknown */
};

/* Of a folder below root: its path there, borrowed from it; "" for another folder. */
const char *cgroup_path_of(const char *root, const char *folder);

/* The number that events have for a container; 0 = there is no such folder. */
uint64_t cgroup_id_of(const char *folder);

/*
 * root: as cgroup_root() gave it.  False: the process is gone, or is ending and the kernel does not say
 * any more where it is; the place is then "/", to be released all the same.
 */
bool cgroup_place_of(const char *root, pid_t pid, struct cgroup_place *place);
void cgroup_place_release(struct cgroup_place *place);

#endif
