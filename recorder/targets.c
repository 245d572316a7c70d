// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads who is in a container and which threads a process has. */
#include "recorder/targets.h"

#include "base/map64.h"
#include "base/xalloc.h"
#include "recorder/cgroups.h"
#include "recorder/file_line.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tracefs.h>

#define MAX_DEPTH 32	/* of containers in containers */

static bool is_folder(const char *path)
{
	struct stat stat_of;

	return !stat(path, &stat_of) && S_ISDIR(stat_of.st_mode);
}

enum status targets_add_pid(struct targets *targets, pid_t pid, struct error *err)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	if (!is_folder(path))
		return error_set(err, RC_INPUT, "process %d: there is none", (int)pid);
	xgrow(&targets->pids, targets->nr_pids, &targets->pids_capacity, sizeof(*targets->pids));
	targets->pids[targets->nr_pids++] = pid;
	return RC_OK;
}

const char *targets_cgroup_root(struct targets *targets)
{
	if (!targets->cgroup_root)
		targets->cgroup_root = cgroup_root();
	return targets->cgroup_root;
}

enum status targets_add_cgroup(struct targets *targets, const char *path, struct error *err)
{
	const char *root = targets_cgroup_root(targets);
	char *folder = root && strncmp(path, root, strlen(root)) ?
		       xasprintf("%s%s%s", root, *path == '/' ? "" : "/", path) : xstrdup(path);

	if (!root || !is_folder(folder)) {
		error_set(err, RC_INPUT, "container %s: there is none%s%s", path, root ? " below " : "",
			  root ? root : ": no cgroup file system is mounted");
		free(folder);
		return RC_INPUT;
	}
	xgrow(&targets->cgroups, targets->nr_cgroups, &targets->cgroups_capacity, sizeof(*targets->cgroups));
	targets->cgroups[targets->nr_cgroups++] = folder;
	return RC_OK;
}

/* One call of targets_follow(). */
struct walk {
	struct targets *targets;
	struct instance *instance;	/* NULL = only look */
	void (*before)(void *context, pid_t pid);
	void *context;
	struct map64 followed;		/* tids that the kernel's filter holds */
	uint32_t nr_new;
	pid_t *tids;			/* of a process, that the filter does not hold */
	size_t nr_tids, tids_capacity;
};

static void read_followed(struct walk *walk)
{
	char *text = tracefs_instance_file_read(walk->instance->tracefs, "set_event_pid", NULL);
	char *rest = text, *line;

	while (text && (line = strsep(&rest, "\n"))) {
		if (*line)
			map64_set(&walk->followed, strtoull(line, NULL, 10), 1);
	}
	free(text);
}

static void note_name(struct targets *targets, pid_t tid)
{
	char path[64], comm[32], line[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)tid);
	if (!file_line(path, comm, sizeof(comm)))
		return;
	snprintf(line, sizeof(line), "%d %s\n", (int)tid, comm);
	dat_blob_add(&targets->names, line, strlen(line));
}

static void follow_thread(struct walk *walk, pid_t tid)
{
	if (walk->instance && !instance_follow(walk->instance, tid))
		return;
	note_name(walk->targets, tid);
	if (!walk->instance)
		return;
	map64_set(&walk->followed, (uint64_t)tid, 1);
	walk->nr_new++;
}

static void find_new_threads(struct walk *walk, pid_t pid)
{
	struct dirent *entry;
	char path[32];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	folder = opendir(path);
	walk->nr_tids = 0;
	while (folder && (entry = readdir(folder))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (*entry->d_name == '.' || map64_get(&walk->followed, (uint64_t)tid))
			continue;
		xgrow(&walk->tids, walk->nr_tids, &walk->tids_capacity, sizeof(*walk->tids));
		walk->tids[walk->nr_tids++] = tid;
	}
	if (folder)
		closedir(folder);
}

/* A thread that is born meanwhile is one that a followed thread started, or is found in the second round. */
static void follow_process(struct walk *walk, pid_t pid)
{
	const uint32_t nr_before = walk->nr_new;
	struct targets *targets = walk->targets;

	for (uint32_t before = UINT32_MAX; before != walk->nr_new;) {
		before = walk->nr_new;
		find_new_threads(walk, pid);
		if (walk->nr_tids && walk->before)
			walk->before(walk->context, pid);
		for (size_t i = 0; i < walk->nr_tids; i++)
			follow_thread(walk, walk->tids[i]);
	}
	if (walk->nr_new == nr_before)
		return;
	xgrow(&targets->followed, targets->nr_followed, &targets->followed_capacity, sizeof(*targets->followed));
	targets->followed[targets->nr_followed++] = pid;
}

/* What a container's file of processes holds. */
static void follow_list(struct walk *walk, const char *folder)
{
	char *path = xasprintf("%s/cgroup.procs", folder);
	FILE *in = fopen(path, "re");
	int pid;

	while (in && fscanf(in, "%d", &pid) == 1)
		follow_process(walk, (pid_t)pid);
	if (in)
		fclose(in);
	free(path);
}

static void see_cgroup(struct targets *targets, const char *folder)
{
	for (size_t i = 0; i < targets->nr_seen; i++) {
		if (!strcmp(targets->seen[i], folder))
			return;
	}
	xgrow(&targets->seen, targets->nr_seen, &targets->seen_capacity, sizeof(*targets->seen));
	targets->seen[targets->nr_seen++] = xstrdup(folder);
}

/* The container that a process is in, unless it is in none. */
static void see_cgroup_of(struct targets *targets, pid_t pid)
{
	const char *root = targets_cgroup_root(targets);
	struct cgroup_place place;
	char *folder;

	cgroup_place_of(root, pid, &place);
	folder = root ? xasprintf("%s%s", root, place.path) : NULL;
	if (folder && strcmp(place.path, "/") && is_folder(folder))
		see_cgroup(targets, folder);
	free(folder);
	cgroup_place_release(&place);
}

static void follow_cgroup(struct walk *walk, const char *folder, int depth)
{
	DIR *dir = depth < MAX_DEPTH ? opendir(folder) : NULL;
	struct dirent *entry;

	if (!dir)
		return;
	see_cgroup(walk->targets, folder);
	follow_list(walk, folder);
	while ((entry = readdir(dir))) {
		if (entry->d_type == DT_DIR && *entry->d_name != '.') {
			char *below = xasprintf("%s/%s", folder, entry->d_name);

			follow_cgroup(walk, below, depth + 1);
			free(below);
		}
	}
	closedir(dir);
}

static void go(struct walk *walk)
{
	struct targets *targets = walk->targets;

	for (size_t i = 0; i < targets->nr_pids; i++) {
		follow_process(walk, targets->pids[i]);
		see_cgroup_of(targets, targets->pids[i]);
	}
	for (size_t i = 0; i < targets->nr_cgroups; i++)
		follow_cgroup(walk, targets->cgroups[i], 0);
	map64_release(&walk->followed);
	free(walk->tids);
}

void targets_look(struct targets *targets)
{
	struct walk walk = { .targets = targets };

	targets->names.nr = 0;
	go(&walk);
}

uint32_t targets_follow(struct targets *targets, struct instance *instance,
			void (*before)(void *context, pid_t pid), void *context)
{
	struct walk walk = { .targets = targets, .instance = instance, .before = before, .context = context };

	read_followed(&walk);
	go(&walk);
	return walk.nr_new;
}

/* /proc/TID is there for every thread; only "Tgid:" tells. */
static bool is_leader(const char *tid)
{
	char path[64], line[128];
	bool is_leader = false;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%.16s/status", tid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		if (!strncmp(line, "Tgid:", 5)) {
			is_leader = strtol(line + 5, NULL, 10) == strtol(tid, NULL, 10);
			break;
		}
	}
	if (in)
		fclose(in);
	return is_leader;
}

void targets_each(struct instance *instance, void (*each)(void *context, pid_t pid), void *context)
{
	char *text = tracefs_instance_file_read(instance->tracefs, "set_event_pid", NULL);
	char *rest = text, *line;

	while (text && (line = strsep(&rest, "\n"))) {
		if (*line && is_leader(line))
			each(context, (pid_t)strtol(line, NULL, 10));
	}
	free(text);
}

bool targets_live(const struct targets *targets)
{
	for (size_t i = 0; i < targets->nr_pids; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/proc/%d", (int)targets->pids[i]);
		if (is_folder(path))
			return true;
	}
	return targets->nr_cgroups > 0;
}

void targets_release(struct targets *targets)
{
	for (size_t i = 0; i < targets->nr_cgroups; i++)
		free(targets->cgroups[i]);
	free(targets->cgroups);
	for (size_t i = 0; i < targets->nr_seen; i++)
		free(targets->seen[i]);
	free(targets->seen);
	free(targets->cgroup_root);
	free(targets->pids);
	free(targets->followed);
	dat_blob_release(&targets->names);
}
