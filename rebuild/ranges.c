// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMAs that come, go and change, as operations: what a model of reservations
 * sees.  Inferred VMAs are told as the sum of their writable pages, whenever that
 * changes: they are private, and nobody asks which of them is which.
 */
#include "rebuild/state.h"

uint8_t vma_flags_at(struct mm *m, uint64_t vpn)
{
	const struct vma *vma = vma_find(&m->vmas, vpn);

	return vma ? vma_flags(vma) | (vma->is_exec ? VMA_EXEC : 0) : 0;
}

static struct mem_op range_op(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end, enum op_kind kind,
			      enum vma_why why)
{
	return (struct mem_op){
		.kind = kind, .why = why, .mm = mm, .container = mm_at(rb, mm)->container,
		.vpn = begin, .pages = end - begin,
	};
}

void range_map(struct rebuild *rb, uint32_t mm, const struct vma *vma, enum vma_why why)
{
	struct mem_op op = range_op(rb, mm, vma->begin, vma->end, OP_VMA_MAP, why);

	rb->base.has_locked |= vma->is_locked;
	op.vma = vma_flags(vma);
	if (vma->is_file && vma->is_shared && vma->fd < 0)
		op.vma |= VMA_SHM_ANON;
	vma_add(&mm_at(rb, mm)->vmas, vma);
	op_emit(rb, &op);
}

void range_unmap(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end)
{
	struct vmas *vmas = &mm_at(rb, mm)->vmas;
	bool is_inferred = false;

	for (size_t i = vma_from(vmas, begin); i < vmas->nr && vmas->all[i].begin < end; i++) {
		const struct vma *vma = &vmas->all[i];
		struct mem_op op = range_op(rb, mm, vma->begin > begin ? vma->begin : begin,
					    vma->end < end ? vma->end : end, OP_VMA_UNMAP, VMA_MMAP);

		is_inferred |= vma->is_inferred;
		if (vma->is_inferred)
			continue;
		op.vma = vma_flags(vma);
		op_emit(rb, &op);
		vmas = &mm_at(rb, mm)->vmas;
	}
	vma_remove(vmas, begin, end);
	if (is_inferred)
		ranges_tell(rb, mm);
}

void range_change(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end,
		  void (*change)(struct vma *vma, const void *how), const void *how)
{
	struct vmas *vmas = &mm_at(rb, mm)->vmas;
	bool is_inferred = false;

	vma_split(vmas, begin);
	vma_split(vmas, end);
	for (size_t i = vma_from(vmas, begin); i < vmas->nr && vmas->all[i].begin < end; i++) {
		struct vma *vma = &vmas->all[i];
		struct mem_op op = range_op(rb, mm, vma->begin, vma->end, OP_VMA_CHANGE, VMA_MMAP);

		is_inferred |= vma->is_inferred;
		op.old_vma = vma_flags(vma);
		vma_change_begin(vmas, vma);
		change(vma, how);
		vma_change_end(vmas, vma);
		op.vma = vma_flags(vma);
		if (op.vma == op.old_vma || (vma->is_inferred && !((op.vma ^ op.old_vma) & VMA_LOCKED)))
			continue;
		if (vma->is_inferred)
			op.vma = (op.vma & VMA_LOCKED) | (op.old_vma & ~VMA_LOCKED);
		op_emit(rb, &op);
		vmas = &mm_at(rb, mm)->vmas;
	}
	vma_merge(vmas, begin, end);
	if (is_inferred)
		ranges_tell(rb, mm);
}

void range_move(struct rebuild *rb, uint32_t mm, uint64_t from, uint64_t old_pages, const struct vma *moved)
{
	struct mem_op op = range_op(rb, mm, from, from + (moved->end - moved->begin), OP_VMA_MOVE, VMA_MMAP);

	op.old_pages = old_pages;
	op.to_vpn = moved->begin;
	op.vma = op.old_vma = vma_flags(moved);
	op_emit(rb, &op);
}

void ranges_fork(struct rebuild *rb, uint32_t mm)
{
	for (size_t i = 0; i < mm_at(rb, mm)->vmas.nr; i++) {
		const struct vma *vma = &mm_at(rb, mm)->vmas.all[i];
		struct mem_op op = range_op(rb, mm, vma->begin, vma->end, OP_VMA_MAP, VMA_FORK);

		op.vma = vma_flags(vma);
		op.from_mm = mm_parent(rb, mm);
		op_emit(rb, &op);
	}
	mm_at(rb, mm)->told_pages = mm_at(rb, mm)->vmas.inferred_pages;
}

void ranges_tell(struct rebuild *rb, uint32_t mm)
{
	struct mm *m = mm_at(rb, mm);
	const int64_t more = (int64_t)(m->vmas.inferred_pages - m->told_pages);
	struct mem_op op = range_op(rb, mm, 0, 0, more > 0 ? OP_VMA_MAP : OP_VMA_UNMAP, VMA_ELF);

	if (!more)
		return;
	op.pages = more > 0 ? more : -more;
	op.vpn = ARG_TOP_UNKNOWN;	/* no place that a later call could name */
	op.vma = VMA_WRITE | VMA_FILE;
	m->told_pages = m->vmas.inferred_pages;
	op_emit(rb, &op);
}

void stack_grown(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint64_t pages, enum vma_why why)
{
	struct mem_op op = range_op(rb, mm, vpn, vpn + pages, OP_VMA_MAP, why);

	op.vma = VMA_WRITE;
	op_emit(rb, &op);
}
