/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose events are recorded: processes by number, and all tasks of containers.
 *
 *	struct targets targets = { 0 };
 *	targets_add_pid(&targets, 4711, &err);
 *	targets_add_cgroup(&targets, "/system.slice/redis.service", &err);
 *	targets_look(&targets);				names and containers are known
 *	targets_follow(&targets, instance, before, context);	at the start, and from time to time:
 *	targets_release(&targets);			tasks may be moved into a container
 *
 * Children are followed by the kernel. Who is moved into a container is noticed at
 * the next targets_follow(); what it did there before is not recorded.
 */
#ifndef RECORDER_TARGETS_H
#define RECORDER_TARGETS_H

#include "base/status.h"
#include "recorder/dat_file.h"
#include "recorder/instance.h"

#include <stdint.h>
#include <sys/types.h>

struct targets {
	char *cgroup_root;	/* NULL until it is asked for */
	pid_t *pids;
	size_t nr_pids, pids_capacity;
	char **cgroups;		/* folders of the cgroup file system */
	size_t nr_cgroups, cgroups_capacity;
	char **seen;		/* these, and those below them that were ever there; of processes, where they are */
	size_t nr_seen, seen_capacity;
	pid_t *followed;	/* processes that were there when they were first followed */
	size_t nr_followed, followed_capacity;
	struct dat_blob names;	/* "TID COMM\n" of who was there when it was first followed */
};

/* The folder that containers lie in, borrowed; NULL = none is mounted. */
const char *targets_cgroup_root(struct targets *targets);

enum status targets_add_pid(struct targets *targets, pid_t pid, struct error *err);

/* A path below the memory controller's hierarchy (or the only one), or a folder of the file system. */
enum status targets_add_cgroup(struct targets *targets, const char *path, struct error *err);

/* Sees the containers and notes the names of those who are there; nobody is followed. */
void targets_look(struct targets *targets);

/*
 * Follows everybody who is not yet followed; gives how many these are. before() is called of a process
 * before the kernel follows threads that it has: nothing of them is recorded yet. It may be more than once.
 */
uint32_t targets_follow(struct targets *targets, struct instance *instance,
			void (*before)(void *context, pid_t pid), void *context);

/* Every process that the kernel follows at the moment, children too, in order of number. */
void targets_each(struct instance *instance, void (*each)(void *context, pid_t pid), void *context);

/* Whether any of them is alive. */
bool targets_live(const struct targets *targets);

void targets_release(struct targets *targets);

#endif
