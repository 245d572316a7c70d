// SPDX-License-Identifier: GPL-2.0-or-later
/* A binary heap of stream heads. */
#include "traces/merge.h"

#include "base/xalloc.h"

#include <stdlib.h>

static bool is_before(const struct merge_head *a, const struct merge_head *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->tie < b->tie;
}

static void sift_down(struct merge *merge, size_t at)
{
	struct merge_head head = merge->heap[at];

	for (size_t child; (child = 2 * at + 1) < merge->nr_heads; at = child) {
		if (child + 1 < merge->nr_heads &&
		    is_before(&merge->heap[child + 1], &merge->heap[child]))
			child++;
		if (!is_before(&merge->heap[child], &head))
			break;
		merge->heap[at] = merge->heap[child];
	}
	merge->heap[at] = head;
}

static void set_key(struct merge_head *head)
{
	head->time_ns = head->event->time_ns;
	head->tie = (uint64_t)head->event->cpu << 32 | (uint32_t)head->tie;
}

static bool refill(struct merge_head *head)
{
	size_t nr = head->stream->fill(head->stream);

	head->event = head->stream->filled ? head->stream->filled : head->stream->events;
	head->end = head->event + nr;
	return nr;
}

/* Goes on with the first head, as long as it stays the first. */
static void take_first(struct merge *merge)
{
	const struct merge_head *heap = merge->heap;

	merge->event = heap[0].event;
	merge->end = heap[0].end;
	merge->limit_ns = UINT64_MAX;
	for (size_t i = 1; i < 3 && i < merge->nr_heads; i++) {
		if (heap[i].time_ns < merge->limit_ns)
			merge->limit_ns = heap[i].time_ns;
	}
}

/* Where a merge stands before its first event and after its last one. */
static const struct mm_event nowhere;

void merge_init(struct merge *merge, struct event_stream *const *streams, size_t nr_streams)
{
	*merge = (struct merge){
		.heap = xcalloc(nr_streams, sizeof(*merge->heap)),
		.nr_heads = nr_streams,
		.event = &nowhere,
		.end = &nowhere,
	};
	for (size_t i = 0; i < nr_streams; i++) {
		merge->heap[i].tie = i;
		merge->heap[i].stream = streams[i];
	}
}

void merge_release(struct merge *merge)
{
	free(merge->heap);
	*merge = (struct merge){ 0 };
}

static void start(struct merge *merge)
{
	size_t nr_streams = merge->nr_heads;

	merge->is_started = true;
	merge->nr_heads = 0;
	for (size_t i = 0; i < nr_streams; i++) {
		struct merge_head head = merge->heap[i];

		if (!refill(&head))
			continue;
		set_key(&head);
		merge->heap[merge->nr_heads++] = head;
	}
	for (size_t i = merge->nr_heads / 2; i-- > 0;)
		sift_down(merge, i);
}

/* The first head goes to its next event, and to where that belongs. */
static void advance_first(struct merge *merge)
{
	struct merge_head *first = merge->heap;

	first->event = merge->event;
	if (first->event < first->end || refill(first))
		set_key(first);
	else
		*first = merge->heap[--merge->nr_heads];
	sift_down(merge, 0);
}

const struct mm_event *merge_next_slow(struct merge *merge)
{
	if (!merge->is_started)
		start(merge);
	else if (merge->nr_heads)
		advance_first(merge);
	if (!merge->nr_heads) {
		merge->event = merge->end = &nowhere;
		return NULL;
	}
	take_first(merge);
	return merge->event;
}
