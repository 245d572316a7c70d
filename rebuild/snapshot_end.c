// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel had when the recording ended, beside what the facts have by then.
 * It is counted, process by process; nothing is changed but the place of exec's arguments.
 *
 * A process is compared as it was when its reading began. What it did while it was read
 * may or may not be in what the kernel said: such processes are summed up apart.
 */
#include "rebuild/state.h"

#include "base/xalloc.h"

static struct snapshot_ended *in_work(struct rebuild *rb)
{
	return &rb->snapshot.ended[rb->snapshot.nr_ended - 1];
}

static bool is_same_page(const struct rebuild *rb, uint32_t page, uint64_t pfn, uint8_t frame)
{
	const struct page *p = page_at(&rb->pages, page);

	if (frame == MM_FRAME_FILE)
		return p->kind == PAGE_FILE || page == PAGE_SPECIAL;
	if (p->kind != (frame == MM_FRAME_ANON ? PAGE_ANON : PAGE_SHMEM))
		return false;
	return !p->pfn || !pfn || p->pfn == pfn;
}

/* The kernel has this entry at the end: do the facts? */
static void compare_entry(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint64_t pfn, uint8_t frame)
{
	struct entry_check *check = &in_work(rb)->frames[frame];
	uint32_t page;

	check->kernel++;
	if (!mm)
		check->missing++;
	else if (frame == MM_FRAME_SWAP && entry_is_swap(rb, mm, vpn))
		check->same++;
	else if (!entry_find(rb, mm, vpn, &page))
		check->missing++;
	else if (is_same_page(rb, page, pfn, frame))
		check->same++;
	else
		check->other++;
}

/* A process that the facts do not know is compared with nothing: all of it is missing. */
void snapshot_end_task(struct rebuild *rb, const struct mm_event *event)
{
	static const enum mm_member members[MM_NR_FRAMES] = {
		[MM_FRAME_ANON] = MM_ANONPAGES, [MM_FRAME_FILE] = MM_FILEPAGES,
		[MM_FRAME_SHMEM] = MM_SHMEMPAGES, [MM_FRAME_SWAP] = MM_SWAPENTS,
	};
	const uint32_t task = task_find(rb, event->tid);

	rb->snapshot.is_compared = event->snapshot_task.tgid == event->tid;
	if (task)
		task_at(rb, task)->snapshot_end_ns = event->snapshot_task.end_ns;
	if (!rb->snapshot.is_compared)
		return;
	xgrow(&rb->snapshot.ended, rb->snapshot.nr_ended, &rb->snapshot.ended_capacity, sizeof(*rb->snapshot.ended));
	rb->snapshot.ended[rb->snapshot.nr_ended++] = (struct snapshot_ended){ .tgid = event->tid };
	rb->snapshot.mm = task ? task_at(rb, task)->mm : 0;
	for (int frame = 0; frame < MM_NR_FRAMES && rb->snapshot.mm; frame++)
		in_work(rb)->frames[frame].facts = (uint64_t)mm_at(rb, rb->snapshot.mm)->count[members[frame]];
}

/* Which of two pages has exec's arguments no event says, and no outcome depends on it: that alone is learnt. */
void snapshot_end_range(struct rebuild *rb, const struct mm_event *event)
{
	if (rb->snapshot.is_compared && rb->snapshot.mm && (event->snapshot_range.flags & MM_RANGE_STACK))
		stack_ended(rb, rb->snapshot.mm, event->snapshot_range.end);
}

void snapshot_end_pages(struct rebuild *rb, const struct mm_event *event)
{
	const uint64_t pfn = event->snapshot_pages.pfn;

	for (uint32_t i = 0; i < event->snapshot_pages.nr && rb->snapshot.is_compared; i++)
		compare_entry(rb, rb->snapshot.mm, event->snapshot_pages.vpn + i, pfn ? pfn + i : 0,
			      event->snapshot_pages.frame);
}

void snapshot_raced(struct rebuild *rb, uint32_t task)
{
	if (!rb->snapshot.is_end) {
		unmatched(rb, UNMATCHED_RACE, 0);
		return;
	}
	for (size_t i = rb->snapshot.nr_ended; i-- > 0;) {
		if (rb->snapshot.ended[i].tgid == task_at(rb, task)->tgid) {
			rb->snapshot.ended[i].is_raced = true;
			break;
		}
	}
	task_at(rb, task)->snapshot_end_ns = 0;	/* once is enough */
}

static void add_check(struct entry_check *sum, const struct entry_check *check)
{
	sum->kernel += check->kernel;
	sum->facts += check->facts;
	sum->same += check->same;
	sum->other += check->other;
	sum->missing += check->missing;
	sum->extra += check->extra;
}

void snapshot_finish(struct rebuild *rb)
{
	struct snapshot_check *check = &rb->snapshot.check;
	struct entry_check all;

	for (size_t i = 0; i < rb->snapshot.nr_ended; i++) {
		struct snapshot_ended *ended = &rb->snapshot.ended[i];

		check->processes += !ended->is_raced;
		check->nr_raced += ended->is_raced;
		for (int frame = 0; frame < MM_NR_FRAMES; frame++) {
			struct entry_check *one = &ended->frames[frame];
			const uint64_t known = one->same + one->other;

			one->extra = one->facts > known ? one->facts - known : 0;
			add_check(ended->is_raced ? &check->raced : &check->frames[frame], one);
		}
	}
	all = check->raced;
	for (int frame = 0; frame < MM_NR_FRAMES; frame++)
		add_check(&all, &check->frames[frame]);
	rb->unmatched[UNMATCHED_END_MISSING] = (struct unmatched_count){ all.missing, all.missing };
	rb->unmatched[UNMATCHED_END_OTHER] = (struct unmatched_count){ all.other, all.other };
	rb->unmatched[UNMATCHED_END_EXTRA] = (struct unmatched_count){ all.extra, all.extra };
}
