// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is written back because a program asks for it: fsync() and its kind, or
 * flushers that ran by themselves.  No event names the pages, but in a recording
 * with the memory controller's own counters (Linux 6.13 and later) NR_FILE_DIRTY
 * says when some became dirty, and NR_WRITEBACK how many are being written now:
 * those that have been dirty longest.  What was dirty and is truncated leaves the
 * first counter only: it is taken to be what came last.
 */
#include "rebuild/state.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

/* enum node_stat_item, in every release that has the event. */
enum { NODE_FILE_DIRTY = 20, NODE_WRITEBACK = 21 };

#define TELL_NS 1000000		/* how far what is told may lie behind what is known */
#define TOGETHER_NS 100000	/* what becomes dirty so close behind one another is kept as one */
#define EXPIRE_NS UINT64_C(30000000000)	/* written by then in any case: vm.dirty_expire_centisecs */

struct dirtied {
	uint64_t first_ns, ns;	/* of the first and the last of them */
	uint64_t nr;		/* pages */
};

/* A container's dirty pages, oldest first. */
struct dirty_queue {
	struct dirtied *all;
	size_t first, nr, capacity;
	uint64_t pages;		/* of all */
	int64_t counter;	/* NR_FILE_DIRTY, since the recording began */
	uint64_t known_ns, told_ns;	/* what became dirty until then has been written */
};

static struct dirty_queue *queue_of(struct rebuild *rb, uint64_t cgroup_id, uint32_t *container)
{
	const struct containers *containers = &rb->containers;

	for (*container = 1; *container < containers->nr; ++*container)
		if (containers->all[*container].cgroup_id == cgroup_id)
			break;
	if (*container >= containers->nr || !cgroup_id)
		return NULL;
	while (rb->nr_dirty <= *container) {
		xgrow(&rb->dirty, rb->nr_dirty, &rb->dirty_capacity, sizeof(*rb->dirty));
		rb->dirty[rb->nr_dirty++] = (struct dirty_queue){ 0 };
	}
	return &rb->dirty[*container];
}

static void tell(struct rebuild *rb, struct dirty_queue *queue, uint32_t container)
{
	if (queue->told_ns == queue->known_ns)
		return;
	queue->told_ns = queue->known_ns;
	op_emit(rb, &(struct mem_op){ .kind = OP_WRITTEN, .container = container, .until_ns = queue->known_ns });
}

/* What left without being written: truncated. */
static void forget_last(struct dirty_queue *queue, uint64_t pages)
{
	while (queue->pages > pages) {
		struct dirtied *last = &queue->all[queue->nr - 1];
		uint64_t nr = queue->pages - pages < last->nr ? queue->pages - pages : last->nr;

		last->nr -= nr;
		queue->pages -= nr;
		if (!last->nr)
			queue->nr--;
	}
}

static void forget_expired(struct dirty_queue *queue, uint64_t now_ns)
{
	while (queue->first < queue->nr && queue->all[queue->first].ns + EXPIRE_NS < now_ns)
		queue->pages -= queue->all[queue->first++].nr;
	if (queue->first <= queue->nr / 2)
		return;
	queue->nr -= queue->first;
	memmove(queue->all, queue->all + queue->first, queue->nr * sizeof(*queue->all));
	queue->first = 0;
}

static void add(struct dirty_queue *queue, uint64_t now_ns, uint64_t nr)
{
	struct dirtied *last = queue->nr > queue->first ? &queue->all[queue->nr - 1] : NULL;

	if (last && now_ns < last->first_ns + TOGETHER_NS) {
		last->ns = now_ns;
		last->nr += nr;
		queue->pages += nr;
		return;
	}
	forget_expired(queue, now_ns);
	xgrow(&queue->all, queue->nr, &queue->capacity, sizeof(*queue->all));
	queue->all[queue->nr++] = (struct dirtied){ now_ns, now_ns, nr };
	queue->pages += nr;
}

static void written(struct dirty_queue *queue, uint64_t nr)
{
	for (; nr && queue->pages; queue->first += !queue->all[queue->first].nr) {
		struct dirtied *first = &queue->all[queue->first];
		uint64_t taken = nr < first->nr ? nr : first->nr;

		first->nr -= taken;
		queue->pages -= taken;
		nr -= taken;
		if (!first->nr)
			queue->known_ns = first->ns;
	}
}

void dirtied_event(struct rebuild *rb, const struct mm_event *event)
{
	uint32_t container, item = event->memcg.item;
	int64_t value = event->memcg.value;
	struct dirty_queue *queue;

	if (!event->memcg.is_lruvec || (item != NODE_FILE_DIRTY && item != NODE_WRITEBACK))
		return;
	queue = queue_of(rb, event->memcg.id, &container);
	if (!queue)
		return;
	if (item == NODE_FILE_DIRTY && value > 0) {
		tell(rb, queue, container);
		forget_last(queue, queue->counter > 0 ? (uint64_t)queue->counter : 0);
		add(queue, event->time_ns, (uint64_t)value);
	} else if (item == NODE_WRITEBACK && value > 0) {
		written(queue, (uint64_t)value);
		if (!queue->pages || queue->known_ns >= queue->told_ns + TELL_NS)
			tell(rb, queue, container);
	}
	if (item == NODE_FILE_DIRTY)
		queue->counter += value;
}

void dirtied_gap(struct rebuild *rb)
{
	for (size_t i = 0; i < rb->nr_dirty; i++) {
		rb->dirty[i].first = rb->dirty[i].nr = rb->dirty[i].pages = 0;
		rb->dirty[i].counter = 0;
	}
}

void dirtied_release(struct rebuild *rb)
{
	for (size_t i = 0; i < rb->nr_dirty; i++)
		free(rb->dirty[i].all);
	free(rb->dirty);
}
