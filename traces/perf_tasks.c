// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of tasks to events, and what is known of each task. */
#include "traces/perf_tasks.h"

#include "base/xalloc.h"
#include "traces/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISC_COMM_EXEC (1 << 13)	/* the task was renamed by an exec */

void perf_tasks_init(struct perf_tasks *tasks, mm_kinds kinds, struct strings *strings, bool big_endian)
{
	*tasks = (struct perf_tasks){ .kinds = kinds, .strings = strings, .big_endian = big_endian };
	xgrow(&tasks->groups, 0, &tasks->groups_capacity, sizeof(*tasks->groups));
	tasks->groups[0] = (struct perf_group){ 0 };
	tasks->nr_groups = 1;
}

void perf_tasks_release(struct perf_tasks *tasks)
{
	map64_release(&tasks->comms);
	map64_release(&tasks->groups_of);
	map64_release(&tasks->group_by_id);
	free(tasks->groups);
	*tasks = (struct perf_tasks){ 0 };
}

/* The next event of a record, if its kind is to be made. */
static struct mm_event *add(const struct perf_tasks *tasks, struct mm_event *events, size_t *nr,
			    enum mm_kind kind, uint64_t time_ns, uint32_t tid)
{
	if (!(tasks->kinds & MM_KIND_BIT(kind)))
		return NULL;
	events[*nr] = (struct mm_event){ .kind = kind, .time_ns = time_ns, .tid = tid };
	return &events[(*nr)++];
}

/* FORK and EXIT: u32 pid, parent's pid, tid, parent's tid, u64 time. */
static void read_fork(const struct perf_tasks *tasks, const uint8_t *at, uint64_t time_ns,
		      struct mm_event *events, size_t *nr)
{
	const bool big_endian = tasks->big_endian;
	uint32_t pid = load_u32(at, big_endian), parent_pid = load_u32(at + 4, big_endian);
	uint32_t tid = load_u32(at + 8, big_endian), parent_tid = load_u32(at + 12, big_endian);
	struct mm_event *event = add(tasks, events, nr, MM_TASK_NEW, time_ns, parent_tid);

	if (!event)
		return;
	event->task.pid = tid;
	/* The flags are not recorded: a thread is known by its process, vfork is not told from fork. */
	if (pid == parent_pid)
		event->task.clone_flags = MM_CLONE_VM | MM_CLONE_THREAD;
}

static void read_exit(const struct perf_tasks *tasks, const uint8_t *at, uint64_t time_ns,
		      struct mm_event *events, size_t *nr)
{
	uint32_t tid = load_u32(at + 8, tasks->big_endian);
	struct mm_event *event = add(tasks, events, nr, MM_TASK_EXIT, time_ns, tid);

	if (event)
		event->task.pid = tid;
	event = add(tasks, events, nr, MM_TASK_FREE, time_ns, tid);
	if (event)
		event->task.pid = tid;
}

static void read_comm(const struct perf_tasks *tasks, const struct perf_record *record,
		      const struct perf_trailer *trailer, size_t text_bytes, struct mm_event *events, size_t *nr)
{
	const uint8_t *at = record->data + PERF_HEADER_BYTES;
	uint32_t tid = load_u32(at + 4, tasks->big_endian);
	struct mm_event *event = add(tasks, events, nr, MM_TASK_RENAME, trailer->time_ns, tid);
	size_t bytes = strnlen((const char *)at + 8, text_bytes);

	if (bytes > MM_COMM_BYTES - 1)
		bytes = MM_COMM_BYTES - 1;
	if (event) {
		event->task.pid = tid;
		memcpy(event->task.comm, at + 8, bytes);
	}
	event = record->misc & MISC_COMM_EXEC ? add(tasks, events, nr, MM_TASK_EXEC, trailer->time_ns, tid) :
		NULL;
	if (event) {
		event->task.pid = event->task.parent = tid;
		event->task.name = strings_add(tasks->strings, (const char *)at + 8, bytes);
	}
}

/* The group with this id; a new one has a path that says its id. */
static uint32_t group_by_id(struct perf_tasks *tasks, uint64_t id)
{
	uint32_t group = map64_get(&tasks->group_by_id, id);
	char path[32];
	int bytes;

	if (group)
		return group;
	bytes = snprintf(path, sizeof(path), "/(%llu)", (unsigned long long)id);
	xgrow(&tasks->groups, tasks->nr_groups, &tasks->groups_capacity, sizeof(*tasks->groups));
	group = tasks->nr_groups++;
	tasks->groups[group] = (struct perf_group){ id, strings_add(tasks->strings, path, bytes) };
	map64_set(&tasks->group_by_id, id, group);
	return group;
}

/* How deep a path leads: 0 for "/". */
static uint32_t level_of(const char *path)
{
	uint32_t level = 0;

	for (; *path; path++)
		level += *path == '/' && path[1];
	return level;
}

static void read_group(struct perf_tasks *tasks, const struct perf_record *record,
		       const struct perf_trailer *trailer, size_t path_bytes, struct mm_event *events, size_t *nr)
{
	const uint8_t *at = record->data + PERF_HEADER_BYTES;
	uint64_t id = load_u64(at, tasks->big_endian);
	uint32_t path = strings_add(tasks->strings, (const char *)at + 8, path_bytes);
	struct mm_event *event = add(tasks, events, nr, MM_CGROUP_MKDIR, trailer->time_ns, trailer->tid);

	tasks->groups[group_by_id(tasks, id)].path = path;
	if (!event)
		return;
	event->cgroup.id = id;
	event->cgroup.path = path;
	event->cgroup.level = level_of(strings_get(tasks->strings, path));
}

bool perf_tasks_read(struct perf_tasks *tasks, const struct perf_record *record,
		     const struct perf_trailer *trailer, uint32_t trailer_bytes,
		     struct mm_event events[PERF_TASK_EVENTS], size_t *nr)
{
	const size_t fixed = record->type == PERF_FORK || record->type == PERF_EXIT ? 24 : 8;
	const uint8_t *at = record->data + PERF_HEADER_BYTES;
	size_t bytes = record->bytes - PERF_HEADER_BYTES;
	uint64_t time_ns = trailer->time_ns;

	*nr = 0;
	if (bytes < trailer_bytes + fixed)
		return false;
	if (!trailer_bytes && fixed == 24)
		time_ns = load_u64(at + 16, tasks->big_endian);
	bytes -= trailer_bytes + fixed;
	if (record->type == PERF_FORK)
		read_fork(tasks, at, time_ns, events, nr);
	else if (record->type == PERF_EXIT)
		read_exit(tasks, at, time_ns, events, nr);
	else if (record->type == PERF_COMM)
		read_comm(tasks, record, trailer, bytes, events, nr);
	else if (record->type == PERF_CGROUP)
		read_group(tasks, record, trailer, bytes, events, nr);
	return true;
}

static void remember_comm(struct perf_tasks *tasks, uint32_t tid, const char *comm)
{
	map64_set(&tasks->comms, tid, strings_add(tasks->strings, comm, strnlen(comm, MM_COMM_BYTES)));
}

/* The name that the task of `tid` is known by, if the event has none. */
static void fill_comm(const struct perf_tasks *tasks, uint32_t tid, struct mm_event *event)
{
	const char *comm = strings_get(tasks->strings, map64_get(&tasks->comms, tid));

	if (!event->task.comm[0])
		memcpy(event->task.comm, comm, strnlen(comm, MM_COMM_BYTES - 1));
}

void perf_tasks_complete(struct perf_tasks *tasks, struct mm_event *event)
{
	const uint32_t pid = event->task.pid;

	switch (event->kind) {
	case MM_TASK_NEW:
		fill_comm(tasks, event->tid, event);
		remember_comm(tasks, pid, event->task.comm);
		break;
	case MM_TASK_RENAME:
		remember_comm(tasks, pid, event->task.comm);
		break;
	case MM_TASK_EXIT:
	case MM_TASK_FREE:
		fill_comm(tasks, pid, event);
		break;
	default:
		break;
	}
}

void perf_tasks_inherit(struct perf_tasks *tasks, const struct mm_event *born)
{
	map64_set(&tasks->groups_of, born->task.pid, map64_get(&tasks->groups_of, born->tid));
}

bool perf_tasks_moved(struct perf_tasks *tasks, uint32_t tid, uint64_t id, struct mm_event *event)
{
	uint32_t before, group;
	const char *path;

	if (!id || !tid)
		return false;
	before = map64_get(&tasks->groups_of, tid);
	if (tasks->groups[before].id == id)
		return false;
	group = group_by_id(tasks, id);
	map64_set(&tasks->groups_of, tid, group);
	path = strings_get(tasks->strings, tasks->groups[group].path);
	/* Everybody is in the topmost one unless told otherwise. */
	if (!before && !strcmp(path, "/"))
		return false;
	*event = (struct mm_event){ .kind = MM_CGROUP_ATTACH, .tid = tid };
	event->cgroup.id = id;
	event->cgroup.pid = tid;
	event->cgroup.path = tasks->groups[group].path;
	event->cgroup.level = level_of(path);
	return true;
}
