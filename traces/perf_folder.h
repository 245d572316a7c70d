/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a perf.data folder as one stream.
 *
 * What a record leaves open and an earlier one said (a task's name) may stand in another
 * file; which is earlier is known when the files' streams are merged, so it is filled in here.
 */
#ifndef TRACES_PERF_FOLDER_H
#define TRACES_PERF_FOLDER_H

#include "traces/event_stream.h"
#include "traces/perf_tasks.h"

struct perf_folder;

/* streams[0..nr) and tasks are borrowed until close; nothing is read before the first fill. */
struct perf_folder *perf_folder_open(struct event_stream *const *streams, size_t nr, struct perf_tasks *tasks);
struct event_stream *perf_folder_base(struct perf_folder *folder);
void perf_folder_close(struct perf_folder *folder);	/* accepts NULL */

#endif
