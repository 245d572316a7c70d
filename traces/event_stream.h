/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One time-ordered run of events, usually a CPU's: what readers offer and the
 * merge joins.  A reader decodes some events ahead into `events`.
 */
#ifndef TRACES_EVENT_STREAM_H
#define TRACES_EVENT_STREAM_H

#include "traces/mm_event.h"

#include <stddef.h>

#define STREAM_EVENTS 64

struct event_stream {			/* base: first member of every reader's stream */
	/* Decodes the next events; how many, 0 = no more. */
	size_t (*fill)(struct event_stream *stream);
	/* Where they are; NULL: in events[].  As long as they stay there until the next fill. */
	const struct mm_event *filled;
	struct mm_event events[STREAM_EVENTS];
};

#endif
