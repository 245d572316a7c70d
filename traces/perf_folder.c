// SPDX-License-Identifier: GPL-2.0-or-later
/* A merge in front of the merge of all files. */
#include "traces/perf_folder.h"

#include "base/xalloc.h"
#include "traces/merge.h"

#include <stdlib.h>

struct perf_folder {
	struct event_stream base;
	struct merge merge;
	struct perf_tasks *tasks;
};

static size_t perf_folder_fill(struct event_stream *base)
{
	struct perf_folder *folder = (struct perf_folder *)base;
	const struct mm_event *event;
	size_t nr = 0;

	while (nr < STREAM_EVENTS && (event = merge_next(&folder->merge))) {
		base->events[nr] = *event;
		if (MM_KIND_BIT(event->kind) & PERF_TASK_KINDS)
			perf_tasks_complete(folder->tasks, &base->events[nr]);
		nr++;
	}
	return nr;
}

struct perf_folder *perf_folder_open(struct event_stream *const *streams, size_t nr, struct perf_tasks *tasks)
{
	struct perf_folder *folder = xcalloc(1, sizeof(*folder));

	folder->base.fill = perf_folder_fill;
	folder->tasks = tasks;
	merge_init(&folder->merge, streams, nr);
	return folder;
}

struct event_stream *perf_folder_base(struct perf_folder *folder)
{
	return &folder->base;
}

void perf_folder_close(struct perf_folder *folder)
{
	if (!folder)
		return;
	merge_release(&folder->merge);
	free(folder);
}
