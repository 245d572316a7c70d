/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks and control groups as perf itself records them: FORK, COMM, EXIT and CGROUP
 * records, and the group that each sample names.
 *
 * They become the events that tracepoints would have given, where those were not recorded.  A
 * task that is recorded as such is not seen any more after its EXIT record, not even giving back
 * its memory: there it is taken as gone.
 * What a record does not say and an earlier one did (the name of a child, the path of a
 * group) is filled in when the event is given, in order of time.
 */
#ifndef TRACES_PERF_TASKS_H
#define TRACES_PERF_TASKS_H

#include "base/map64.h"
#include "traces/mm_event.h"
#include "traces/perf_layout.h"
#include "traces/perf_walk.h"
#include "traces/strings.h"

#define PERF_TASK_EVENTS 2	/* that one record may become */

/* Kinds that such records can become. */
#define PERF_TASK_KINDS \
	(MM_KIND_BIT(MM_TASK_NEW) | MM_KIND_BIT(MM_TASK_RENAME) | MM_KIND_BIT(MM_TASK_EXEC) | \
	 MM_KIND_BIT(MM_TASK_EXIT) | MM_KIND_BIT(MM_TASK_FREE) | MM_KIND_BIT(MM_CGROUP_MKDIR))

struct perf_group {
	uint64_t id;
	uint32_t path;		/* a string */
};

struct perf_tasks {
	mm_kinds kinds;		/* to be made: wanted, and no tracepoint recorded them */
	struct strings *strings;
	struct map64 comms;	/* tid: a string */
	struct map64 groups_of;	/* tid: its group, as an index into groups */
	struct map64 group_by_id;
	struct perf_group *groups;	/* 0: none */
	size_t nr_groups, groups_capacity;
	bool big_endian;
};

void perf_tasks_init(struct perf_tasks *tasks, mm_kinds kinds, struct strings *strings, bool big_endian);
void perf_tasks_release(struct perf_tasks *tasks);

/*
 * The events that a record becomes, with the trailer's time, or its own where there is no
 * trailer; 0 = not said.  Their CPU is the caller's to set.  False if the record is shorter than what it must hold.
 */
bool perf_tasks_read(struct perf_tasks *tasks, const struct perf_record *record,
		     const struct perf_trailer *trailer, uint32_t trailer_bytes,
		     struct mm_event events[PERF_TASK_EVENTS], size_t *nr);

/* Fills in what the event's record did not say, and remembers what it says: of all files, in order of time. */
void perf_tasks_complete(struct perf_tasks *tasks, struct mm_event *event);
/* A child is in its parent's group: for perf_tasks_moved(). */
void perf_tasks_inherit(struct perf_tasks *tasks, const struct mm_event *born);

/*
 * Whether the task of a sample, in control group `id`, was in another one before: then
 * *event is its move, but for time and CPU.
 */
bool perf_tasks_moved(struct perf_tasks *tasks, uint32_t tid, uint64_t id, struct mm_event *event);

#endif
