// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was there before the recording began: address spaces as /proc told them.
 *
 * A snapshot is put where its reading began. What the task did while it was read is
 * in the events too, so some of it comes twice: a fault on an entry that is there
 * corrects it, a call clears its range before it fills it. Such events are counted.
 * The snapshot of the end is for snapshot_end.c.
 */
#include "rebuild/state.h"

#include <string.h>

/* The process whose ranges and pages come now; 0 = they are to be passed over. */
static uint32_t mm_in_work(const struct rebuild *rb)
{
	return rb->snapshot.mm;
}

static void set_comm(struct task *t, const char *comm)
{
	memset(t->comm, 0, sizeof(t->comm));
	memcpy(t->comm, comm, strnlen(comm, sizeof(t->comm) - 1));
}

static uint32_t container_of_snapshot(struct rebuild *rb, const struct mm_event *event)
{
	const char *path = event_source_string(rb->config.source, event->snapshot_task.path);

	if (!rb->has_root) {
		rb->has_root = true;
		rb->cgroup_root = event->snapshot_task.root;
	}
	return container_by_cgroup(&rb->containers, event->snapshot_task.cgroup_id, path);
}

/* An address space of its own, of which nothing is known but what follows. */
static uint32_t begin_mm(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);
	uint32_t mm = mm_new(rb, t->container, t->tid, 0, true);

	mm_tell(rb, mm, VMA_INSERT);
	task_enter(rb, task, mm);
	mm_at(rb, mm)->nr_users = 1;
	mm_at(rb, mm)->has_stack = true;
	return mm;
}

static void begin_task(struct rebuild *rb, const struct mm_event *event)
{
	uint32_t task = task_find(rb, event->tid), leader;
	struct task *t;

	rb->snapshot.mm = 0;
	/* Born or seen to exec since tracing began: all of it is known already. */
	if (task && task_at(rb, task)->mm && mm_at(rb, task_at(rb, task)->mm)->is_observed)
		return;
	if (!task)
		task = task_make(rb, event->tid);
	t = task_at(rb, task);
	t->tgid = event->snapshot_task.tgid;
	t->parent = event->snapshot_task.parent;
	t->snapshot_end_ns = event->snapshot_task.end_ns;
	set_comm(t, event_source_string(rb->config.source, event->snapshot_task.comm));
	t->container = container_of_snapshot(rb, event);
	task_apply_rules(rb, task);
	if (event->snapshot_task.is_place)
		return;
	if (t->tgid == t->tid) {
		rb->snapshot.mm = begin_mm(rb, task);
		return;
	}
	leader = task_find(rb, t->tgid);
	t = task_at(rb, task);
	task_enter(rb, task, leader ? task_at(rb, leader)->mm : 0);
	if (t->mm)
		mm_at(rb, t->mm)->nr_users++;
}

static void add_range(struct rebuild *rb, uint32_t mm, const struct mm_event *event)
{
	const uint8_t flags = event->snapshot_range.flags;
	struct mm *m = mm_at(rb, mm);
	size_t before;
	struct vma vma = {
		.begin = event->snapshot_range.begin, .end = event->snapshot_range.end,
		.first_index = event->snapshot_range.first_index, .fd = -1,
		.is_shared = flags & MM_RANGE_SHARED, .is_write = flags & MM_RANGE_WRITE,
		.is_exec = flags & MM_RANGE_EXEC, .is_stack = flags & MM_RANGE_STACK,
		.is_heap = flags & MM_RANGE_HEAP, .is_special = flags & MM_RANGE_SPECIAL,
		.is_none = !(flags & (MM_RANGE_READ | MM_RANGE_WRITE | MM_RANGE_EXEC)),
	};

	if (vma.end <= vma.begin || vma_from(&m->vmas, vma.begin) < m->vmas.nr)
		return;		/* ranges come in order; what does not is damage */
	if (event->snapshot_range.ino) {
		vma.file = file_by_ino(&rb->pages, event->snapshot_range.dev, event->snapshot_range.ino);
		vma.is_file = true;
	}
	if (vma.is_heap) {
		m->brk_begin = vma.begin;
		m->brk_end = vma.end;
	}
	/*
	 * The kernel holds them apart although they look the same: one was written to while it was writable
	 * (a library's tables that its loader filled in). Which, its pages would tell; it is mostly the second.
	 */
	before = vma_from(&m->vmas, vma.begin);
	if (before && vma_can_merge(&m->vmas.all[before - 1], &vma))
		vma.is_accounted = true;
	/* The kernel's own are no VMAs of ours: nobody reserved them. */
	if (!vma.is_special)
		range_map(rb, mm, &vma, VMA_INSERT);
}

static uint32_t page_of(struct rebuild *rb, const struct vma *vma, uint64_t vpn, uint64_t pfn, uint8_t frame)
{
	uint32_t page = pfn ? page_by_pfn(&rb->pages, pfn) : 0;

	if (!vma)
		return PAGE_SPECIAL;
	if (frame == MM_FRAME_ANON || frame == MM_FRAME_SWAP || !vma->file) {
		/* One frame in two address spaces is one page, shared since a fork. */
		if (!page || page_at(&rb->pages, page)->kind != PAGE_ANON)
			page = page_new(&rb->pages, PAGE_ANON);
	} else {
		if (frame == MM_FRAME_SHMEM)
			rb->pages.files[vma->file].is_shmem = true;
		cache_seen(rb, vma->file, vma->first_index + (vpn - vma->begin));
		page = file_page(&rb->pages, vma->file, vma->first_index + (vpn - vma->begin));
	}
	if (pfn && frame != MM_FRAME_FILE)
		page_set_pfn(&rb->pages, page, pfn);
	return page;
}

static void add_entry(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint64_t pfn, uint8_t frame)
{
	struct vma *vma = vma_find(&mm_at(rb, mm)->vmas, vpn);
	uint32_t page;

	if (entry_find(rb, mm, vpn, &page))
		return;
	page = page_of(rb, vma, vpn, pfn, frame);
	vma = vma_find(&mm_at(rb, mm)->vmas, vpn);
	if (vma && (frame == MM_FRAME_ANON || frame == MM_FRAME_SWAP))
		vma_make_anon(&mm_at(rb, mm)->vmas, vma);
	if (frame == MM_FRAME_SWAP && vma)
		entry_set_swap(rb, mm, vpn, page);
	else
		entry_map(rb, mm, vpn, page, frame == MM_FRAME_ANON ? WHY_ANON : WHY_FILE, 0);
}

static void add_pages(struct rebuild *rb, uint32_t mm, const struct mm_event *event)
{
	const uint64_t pfn = event->snapshot_pages.pfn;

	for (uint32_t i = 0; i < event->snapshot_pages.nr; i++)
		add_entry(rb, mm, event->snapshot_pages.vpn + i, pfn ? pfn + i : 0, event->snapshot_pages.frame);
}

/* What the kernel counts is what its page table holds. */
static void settle_counters(struct rebuild *rb, uint32_t mm)
{
	struct mm *m = mm_at(rb, mm);

	for (int member = 0; member < MM_NR_MEMBERS; member++)
		m->known[member] = m->peak[member] = m->count[member];
	doubt_touch(rb, mm);
}

/* The recorder looked, and found these pages used: nobody knows when, but before now. */
void used_event(struct rebuild *rb, const struct mm_event *event)
{
	const uint32_t task = task_find(rb, event->tid), mm = task ? task_at(rb, task)->mm : 0;
	const uint64_t begin = event->used.vpn, end = begin + event->used.nr;
	uint64_t nr_known = 0;

	for (size_t i = mm ? page_table_from(&mm_at(rb, mm)->table, begin) : 0; mm; i++) {
		const struct page_table *table = &mm_at(rb, mm)->table;
		const struct leaf *leaf = i < table->nr ? table->leaves[i] : NULL;

		if (!leaf || leaf->base >= end)
			break;
		for (uint64_t bits = leaf->present & leaf_range(leaf, begin, end); bits; bits &= bits - 1, nr_known++)
			entry_use(rb, mm, leaf->base + (uint64_t)__builtin_ctzll(bits), false);
	}
	if (nr_known < event->used.nr)
		unmatched(rb, UNMATCHED_USE, event->used.nr - nr_known);
}

void snapshot_event(struct rebuild *rb, const struct mm_event *event)
{
	if (event->kind == MM_SNAPSHOT_TASK) {
		rb->snapshot.is_end = event->snapshot_task.is_end;
		if (rb->snapshot.is_end)
			snapshot_end_task(rb, event);
		else
			begin_task(rb, event);
		return;
	}
	if (rb->snapshot.is_end) {
		if (event->kind == MM_SNAPSHOT_PAGES)
			snapshot_end_pages(rb, event);
		else
			snapshot_end_range(rb, event);
		return;
	}
	if (!mm_in_work(rb))
		return;
	if (event->kind == MM_SNAPSHOT_PAGES) {
		add_pages(rb, mm_in_work(rb), event);
		settle_counters(rb, mm_in_work(rb));
	} else {
		add_range(rb, mm_in_work(rb), event);
	}
}
