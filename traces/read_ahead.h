/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a merge ahead in a thread of its own: decoding goes on beside replay.
 *
 * Batches of events go through a ring; the order is the merge's, so results do
 * not depend on the thread.  There may be several readers, a thread each: every one is
 * given all events, and a batch stays until the last has gone on.  While it runs, the merge and all it reads from
 * belong to the thread; read_ahead_stop() gives them back.
 */
#ifndef TRACES_READ_AHEAD_H
#define TRACES_READ_AHEAD_H

#include "traces/event_source.h"
#include "traces/merge.h"

struct read_ahead;

/* Starts for readers 0..nr_readers - 1; NULL where no thread can be had. counts: copied with every batch. */
struct read_ahead *read_ahead_start(struct merge *merge, const struct trace_counts *counts, size_t nr_readers);

/* The next events, borrowed until the next call, and how many; NULL, 0: no more. *counts follows. */
const struct mm_event *read_ahead_take(struct read_ahead *ahead, size_t reader, size_t *nr,
				       struct trace_counts *counts);
/* That reader wants no more: nobody waits for it. */
void read_ahead_leave(struct read_ahead *ahead, size_t reader);

/* The thread ends with the batch it is in; what was read ahead is still given. */
void read_ahead_stop(struct read_ahead *ahead);
/* After stop: reader 0 has taken all that was read ahead, the merge itself has the next event. */
bool read_ahead_is_empty(const struct read_ahead *ahead);

void read_ahead_destroy(struct read_ahead *ahead);	/* NULL is fine */

#endif
