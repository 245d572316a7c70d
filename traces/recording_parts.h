/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files are one recording: parts of it by time, by CPU or by instance.
 *
 * Those are of one clock, one kernel and one page size, and either of one trace id or
 * of times that overlap or follow each other within PARTS_APART_NS.  Between
 * recordings that are further apart too much happened unseen for one timeline.
 */
#ifndef TRACES_RECORDING_PARTS_H
#define TRACES_RECORDING_PARTS_H

#include "traces/event_source.h"

#define PARTS_APART_NS UINT64_C(1000000000)

/* NULL, or a borrowed word for what differs: "clock", "kernel", "page size", "time". */
const char *parts_differ(const struct trace_info *one, const struct trace_info *other);

/* Adds the part to the whole. */
void parts_join(struct trace_info *whole, const struct trace_info *part);

/*
 * Numbers each of nr infos by its recording, from 0 in the order of their first files;
 * how many recordings there are.
 */
size_t parts_group(const struct trace_info *const *infos, size_t nr, size_t *numbers);

#endif
