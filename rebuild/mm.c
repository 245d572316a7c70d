// SPDX-License-Identifier: GPL-2.0-or-later
/* Address spaces: made, forked, known by the kernel's number, moved and ended. */
#include "rebuild/mm.h"

#include "base/xalloc.h"
#include "rebuild/state.h"

uint32_t mm_new(struct rebuild *rb, uint32_t container, uint32_t pid, uint32_t parent_mm, bool is_observed)
{
	uint32_t mm;

	if (rb->nr_free_mms) {
		mm = rb->free_mms[--rb->nr_free_mms];
	} else {
		xgrow(&rb->mms, rb->nr_mms, &rb->mms_capacity, sizeof(*rb->mms));
		mm = rb->nr_mms++;
		rb->mms[mm] = xcalloc(1, sizeof(struct mm));
	}
	*rb->mms[mm] = (struct mm){
		.is_used = true, .is_observed = is_observed, .container = container, .born = rb->seq + 1,
		.pid = pid, .parent_mm = parent_mm, .parent_born = mm_at(rb, parent_mm)->born, .table.mm = mm, .first_container = container,
	};
	doubt_touch(rb, mm);
	return mm;
}

void mm_tell(struct rebuild *rb, uint32_t mm, enum vma_why why)
{
	const struct mm *m = mm_at(rb, mm);

	op_emit(rb, &(struct mem_op){ .kind = OP_MM_NEW, .why = why, .mm = mm, .container = m->container,
				      .from_mm = mm_parent(rb, mm) });
}

void mm_bind(struct rebuild *rb, uint32_t mm, uint32_t mm_id)
{
	struct mm *m = mm_at(rb, mm);
	uint32_t old = map64_get(&rb->mm_by_id, mm_id);

	if (old == mm)
		return;
	/* The kernel uses mm structs, and so their ids, again. */
	if (old)
		mm_at(rb, old)->has_id = false;
	if (m->has_id)
		map64_remove(&rb->mm_by_id, m->mm_id);
	m->has_id = true;
	m->mm_id = mm_id;
	map64_set(&rb->mm_by_id, mm_id, mm);
}

void mm_end(struct rebuild *rb, uint32_t mm)
{
	struct mm *m = mm_at(rb, mm);
	uint64_t left = entries_zap(rb, mm, 0, UINT64_MAX, WHY_EXIT);

	m = mm_at(rb, mm);
	if (left && m->is_observed)
		unmatched(rb, UNMATCHED_LEFT, left);
	op_emit(rb, &(struct mem_op){ .kind = OP_MM_GONE, .mm = mm, .container = m->container });
	doubt_mm_ended(rb, mm);
	if (m->has_id)
		map64_remove(&rb->mm_by_id, m->mm_id);
	page_table_release(&m->table, &rb->pool);
	vmas_release(&m->vmas);
	m->is_used = false;
	m->born = 0;
	rb->nr_mms_ended++;
	/* In a damaged recording another task may end what exec was building. */
	if (task_at(rb, m->building_task)->exec_mm == mm)
		task_at(rb, m->building_task)->exec_mm = 0;
	xgrow(&rb->free_mms, rb->nr_free_mms, &rb->free_mms_capacity, sizeof(*rb->free_mms));
	rb->free_mms[rb->nr_free_mms++] = mm;
}

void mm_set_container(struct rebuild *rb, uint32_t mm, uint32_t container)
{
	if (mm_at(rb, mm)->container == container)
		return;
	mm_at(rb, mm)->container = container;
	op_emit(rb, &(struct mem_op){ .kind = OP_MM_MOVE, .mm = mm, .container = container });
}

void mm_leave(struct rebuild *rb, uint32_t mm)
{
	struct mm *m = mm_at(rb, mm);

	if (m->nr_users)
		m->nr_users--;
	m->is_dying = !m->nr_users;
}

/* The child's entries: those of the VMAs that ever had an anonymous page. */
static void copy_entries(struct rebuild *rb, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < mm_at(rb, from)->table.nr; i++) {
		struct mm *parent = mm_at(rb, from);
		struct leaf *leaf = parent->table.leaves[i];

		for (uint64_t bits = leaf->present | leaf->swap; bits; bits &= bits - 1) {
			uint64_t vpn = leaf->base + __builtin_ctzll(bits);
			const struct vma *vma = vma_find(&parent->vmas, vpn);

			/* The vdso is no VMA of ours and is not copied; argument pages are. */
			if (vma ? vma_is_copied(vma) : leaf->pte[vpn & 63].page != PAGE_SPECIAL)
				entry_copy(rb, to, leaf, vpn);
		}
	}
}

uint32_t mm_fork(struct rebuild *rb, uint32_t parent_task, uint32_t child_task)
{
	const struct task *p = task_at(rb, parent_task);
	uint32_t from = p->mm;
	uint32_t mm = mm_new(rb, task_at(rb, child_task)->container, task_at(rb, child_task)->tid, from,
			     from && mm_at(rb, from)->is_observed && !mm_at(rb, from)->has_arguments);
	struct mm *m = mm_at(rb, mm), *parent;

	mm_tell(rb, mm, VMA_FORK);
	doubt_mm_made(rb, mm, from, p->is_stray);
	m = mm_at(rb, mm);
	if (!from)
		return mm;
	parent = mm_at(rb, from);
	vmas_fork(&m->vmas, &parent->vmas);
	m->brk_begin = parent->brk_begin;
	m->brk_end = parent->brk_end;
	m->has_stack = parent->has_stack;
	m->nr_arg_pages = parent->nr_arg_pages;
	m->stack_end = parent->stack_end;
	m->program = parent->program;
	m->nr_regions = parent->nr_regions;
	ranges_fork(rb, mm);
	copy_entries(rb, from, mm);
	m = mm_at(rb, mm);
	p = task_at(rb, parent_task);
	if (p->is_forking) {
		mm_bind(rb, mm, p->fork_id);
		for (int member = 0; member < MM_NR_MEMBERS; member++)
			m->known[member] = m->peak[member] = p->fork_known[member];
		if (!rb->doubt.is_endless)
			m->unsure_members = 0;
	}
	task_at(rb, parent_task)->is_forking = false;
	return mm;
}
