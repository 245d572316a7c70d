// SPDX-License-Identifier: GPL-2.0-or-later
/* The books of address spaces whose history is told. */
#include "ops/told.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void told_place(struct told *told, uint32_t page, uint32_t file, uint64_t index)
{
	while (told->pages.nr_files <= file)
		file_new(&told->pages, page_at(&told->pages, page)->kind == PAGE_SHMEM);
	page_at(&told->pages, page)->file = file;
	page_at(&told->pages, page)->index = index;
	file_chunk(&told->pages, file, index)->pages[index & 63] = page;
}

const char *told_page_gone(struct told *told, uint32_t page)
{
	const struct page *p = page_at(&told->pages, page);

	if (p->mapcount)
		return "the page is still mapped";
	if (p->swapcount)
		return "the page is still in swap";
	told_emit(told, &(struct mem_op){ .kind = OP_PAGE_GONE, .page = page, .page_kind = p->kind });
	page_free(&told->pages, page);
	return NULL;
}

void told_emit(struct told *told, struct mem_op *op)
{
	op->time_ns = told->now_ns;
	op->seq = ++told->seq;
	op->tid = told->now_tid;
	op->cpu = told->now_cpu;
	told->op(told->context, op);
}

/* --- address spaces --- */

uint32_t told_mm_new(struct told *told, uint32_t container, uint32_t from, enum vma_why why, uint32_t pid,
		     const char *comm)
{
	char name[MM_COMM_BYTES];	/* comm may be that of another, and they may move */
	uint32_t mm;

	snprintf(name, sizeof(name), "%s", comm);
	if (told->nr_free_mms) {
		mm = told->free_mms[--told->nr_free_mms];
	} else {
		xgrow(&told->mms, told->nr_mms, &told->mms_capacity, sizeof(*told->mms));
		mm = told->nr_mms++;
	}
	told->mms[mm] = (struct told_mm){
		.is_alive = true, .container = container, .pid = pid, .parent_mm = from,
		.born = told->seq + 1, .parent_born = told->mms[from].born,
		.table.mm = mm, .free_vpn = 0x1000,
	};
	told_mm_comm(told, mm, name);
	told_emit(told, &(struct mem_op){
		.kind = OP_MM_NEW, .why = why, .mm = mm, .container = container, .from_mm = from });
	return mm;
}

uint32_t told_parent(const struct told *told, const struct told_mm *m)
{
	const struct told_mm *parent = told_mm_at(told, m->parent_mm);

	return m->parent_mm && parent->is_alive && parent->born == m->parent_born ? m->parent_mm : 0;
}

void told_mm_move(struct told *told, uint32_t mm, uint32_t container)
{
	told_mm_at(told, mm)->container = container;
	told_emit(told, &(struct mem_op){ .kind = OP_MM_MOVE, .mm = mm, .container = container });
}

void told_mm_comm(struct told *told, uint32_t mm, const char *comm)
{
	snprintf(told_mm_at(told, mm)->comm, MM_COMM_BYTES, "%s", comm);
}

const char *told_mm_gone(struct told *told, uint32_t mm)
{
	struct told_mm *m = told_mm_at(told, mm);

	for (size_t i = 0; i < m->table.nr; i++)
		if (m->table.leaves[i]->present || m->table.leaves[i]->swap)
			return "it still maps pages";
	told_emit(told, &(struct mem_op){ .kind = OP_MM_GONE, .mm = mm, .container = m->container });
	page_table_release(&m->table, &told->pool);
	vmas_release(&m->vmas);
	vmas_release(&m->locked);
	m->is_alive = false;
	xgrow(&told->free_mms, told->nr_free_mms, &told->free_mms_capacity, sizeof(*told->free_mms));
	told->free_mms[told->nr_free_mms++] = mm;
	return NULL;
}

/* --- what is mlocked --- */

void told_set_locked(struct told *told, struct told_mm *m, uint64_t begin, uint64_t end, bool is_locked)
{
	if (begin >= end || (!is_locked && !m->locked.nr))
		return;
	vma_remove(&m->locked, begin, end);
	if (!is_locked)
		return;
	vma_add(&m->locked, &(struct vma){ .begin = begin, .end = end, .fd = -1, .is_locked = true });
	told->base.has_locked = true;
}

void told_range(struct told *told, struct mem_op *op)
{
	struct told_mm *m = told_mm_at(told, op->mm);

	op->container = m->container;
	switch ((enum op_kind)op->kind) {
	case OP_VMA_MAP:
		told_set_locked(told, m, op->vpn, op->vpn + op->pages, op->vma & VMA_LOCKED);
		break;
	case OP_VMA_UNMAP:
		told_set_locked(told, m, op->vpn, op->vpn + op->pages, false);
		break;
	case OP_VMA_CHANGE:
		if ((op->vma ^ op->old_vma) & VMA_LOCKED)
			told_set_locked(told, m, op->vpn, op->vpn + op->pages, op->vma & VMA_LOCKED);
		break;
	case OP_VMA_MOVE:
		told_set_locked(told, m, op->vpn, op->vpn + op->old_pages, false);
		told_set_locked(told, m, op->to_vpn, op->to_vpn + op->pages, op->vma & VMA_LOCKED);
		break;
	case OP_MAP: case OP_UNMAP: case OP_USE: case OP_PAGE_GONE: case OP_CACHE_ADD: case OP_CACHE_DEL:
	case OP_SHM_LOCK: case OP_SHM_UNLOCK: case OP_MM_NEW: case OP_MM_MOVE: case OP_MM_GONE:
	case OP_FORCE_EMPTY: case OP_KERNEL_CHARGE: case OP_KERNEL_UNCHARGE: case OP_WRITTEN: case OP_NR_KINDS:
		break;
	}
	told_emit(told, op);
}

/* --- begin and end --- */

const struct facts *told_facts(const struct told *told)
{
	return &told->base;
}

void told_init(struct told *told)
{
	*told = (struct told){ .base = { .class = &told_facts_class, .pages = &told->pages, .pool = &told->pool } };
	pages_init(&told->pages);
	leaf_pool_init(&told->pool);
	xgrow(&told->mms, 0, &told->mms_capacity, sizeof(*told->mms));
	told->mms[0] = (struct told_mm){ .is_alive = false };
	told->nr_mms = 1;
}

void told_release(struct told *told)
{
	for (size_t i = 1; i < told->nr_mms; i++) {
		page_table_drop(&told->mms[i].table);
		vmas_release(&told->mms[i].vmas);
		vmas_release(&told->mms[i].locked);
	}
	free(told->mms);
	free(told->free_mms);
	pages_release(&told->pages);
	leaf_pool_release(&told->pool);
}
