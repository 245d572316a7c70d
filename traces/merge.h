/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins streams into one: by time, then CPU, then the order in which the streams
 * were given.  Borrows the streams.
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
	struct merge_head *heap;	/* the earliest head first */
	size_t nr_heads;
	bool started;
};

void merge_init(struct merge *merge, struct event_stream *const *streams, size_t nr_streams);
void merge_release(struct merge *merge);

/* The next event, borrowed until the next call; NULL = no more. */
const struct mm_event *merge_next(struct merge *merge);

#endif
