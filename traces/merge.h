/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins streams into one: by time, then CPU, then the order in which the streams
 * were given.  Borrows the streams, and asks them for nothing before the first
 * merge_next().
 */
#ifndef TRACES_MERGE_H
#define TRACES_MERGE_H

#include "traces/event_stream.h"

struct merge_head {
	uint64_t time_ns;
	uint64_t tie;			/* cpu, then order of the stream */
	const struct mm_event *event, *end;	/* next event of the stream; end of its events */
	struct event_stream *stream;
};

struct merge {
	struct merge_head *heap;	/* the earliest head first, once started */
	size_t nr_heads;
	bool is_started;
	const struct mm_event *event, *end;	/* of the first head, which lags behind */
	uint64_t limit_ns;		/* before this no other head comes */
};

void merge_init(struct merge *merge, struct event_stream *const *streams, size_t nr_streams);
void merge_release(struct merge *merge);

/* What merge_next() does when another head's turn may have come. */
const struct mm_event *merge_next_slow(struct merge *merge);

/* The next event, borrowed until the next call; NULL = no more. */
static inline const struct mm_event *merge_next(struct merge *merge)
{
	if (++merge->event < merge->end && merge->event->time_ns < merge->limit_ns)
		return merge->event;
	return merge_next_slow(merge);
}

#endif
