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

	head->event = head->stream->events;
	head->end = head->event + nr;
	return nr;
}

void merge_init(struct merge *merge, struct event_stream *const *streams, size_t nr_streams)
{
	*merge = (struct merge){ .heap = xcalloc(nr_streams, sizeof(*merge->heap)) };
	for (size_t i = 0; i < nr_streams; i++) {
		struct merge_head head = { .tie = i, .stream = streams[i] };

		if (!refill(&head))
			continue;
		set_key(&head);
		merge->heap[merge->nr_heads++] = head;
	}
	for (size_t i = merge->nr_heads / 2; i-- > 0;)
		sift_down(merge, i);
}

void merge_release(struct merge *merge)
{
	free(merge->heap);
	*merge = (struct merge){ 0 };
}

const struct mm_event *merge_next(struct merge *merge)
{
	struct merge_head *head = merge->heap;

	if (!merge->nr_heads)
		return NULL;
	if (merge->started) {
		if (++head->event < head->end || refill(head)) {
			set_key(head);
		} else {
			*head = merge->heap[--merge->nr_heads];
			if (!merge->nr_heads)
				return NULL;
		}
		sift_down(merge, 0);
	}
	merge->started = true;
	return head->event;
}
