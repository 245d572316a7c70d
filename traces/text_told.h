/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What perf's own records tell in a text (perf script --show-task-events), as traces/perf_tasks.h has it
 * of a perf.data: tasks that begin, are named, run another program, end.
 */
#ifndef TRACES_TEXT_TOLD_H
#define TRACES_TEXT_TOLD_H

#include "traces/mm_event.h"
#include "traces/strings.h"
#include "traces/text_head.h"

#define TOLD_EVENTS 2		/* that one line may become */

struct told_record;

/* NULL: the line is of no such record. */
const struct told_record *text_told_find(const struct text_head *head);

/* Kinds of events that it becomes. */
mm_kinds text_told_kinds(const struct told_record *record);

/* Those of `kinds`, but for time and CPU; false if the line is not what it should be. */
bool text_told_read(const struct told_record *record, const struct text_head *head, mm_kinds kinds,
		    struct strings *strings, struct mm_event events[TOLD_EVENTS], size_t *nr);

#endif
