// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stack that exec makes (reconstruct.md 4): the pages of its arguments are written before anything
 * tells where they lie, so they stand below ARG_TOP_UNKNOWN, and move when a fault, vma_store or a snapshot does.
 */
#include "rebuild/state.h"

void stack_made(struct rebuild *rb, uint32_t mm)
{
	struct mm *m = mm_at(rb, mm);
	uint64_t pages = m->nr_arg_pages + STACK_PAGES;

	vma_add(&m->vmas, &(struct vma){
		.begin = ARG_TOP_UNKNOWN - pages, .end = ARG_TOP_UNKNOWN, .fd = -1, .is_write = true,
		.is_stack = true, .is_inferred = true, .anon = ANON_GUESSED,
	});
	stack_grown(rb, mm, ARG_TOP_UNKNOWN - pages, pages, VMA_INSERT);
}

/* Something is mapped there, or in swap, that is none of exec's arguments below old_end. */
static bool is_taken(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint64_t old_end)
{
	const bool is_argument = vpn < old_end && old_end - vpn <= mm_at(rb, mm)->nr_arg_pages;
	uint32_t page;

	return !is_argument && (entry_find(rb, mm, vpn, &page) || entry_is_swap(rb, mm, vpn));
}

/* Exec's arguments stand below `end`, no more below old_end. False: something else is there, and nothing was moved. */
static bool move_arguments(struct rebuild *rb, uint32_t mm, uint64_t old_end, uint64_t end)
{
	const uint64_t nr = mm_at(rb, mm)->nr_arg_pages;

	for (uint64_t i = 1; i <= nr; i++)
		if (is_taken(rb, mm, end - i, old_end))
			return false;
	for (uint64_t i = 1; i <= nr && end != old_end; i++) {
		const uint64_t page = end > old_end ? i : nr + 1 - i;	/* from the end that moves ahead */

		entry_move(rb, mm, old_end - page, end - page);
	}
	return true;
}

void stack_found(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	struct mm *m = mm_at(rb, mm);
	uint64_t end = vpn + 1 + m->nr_arg_pages;
	struct vma *stack;

	if (m->has_stack || vpn < STACK_FIRST_VPN || vpn >= ARG_TOP_UNKNOWN - PMD_PAGES)
		return;
	stack = vma_find(&m->vmas, ARG_TOP_UNKNOWN - 1);
	if (!stack)
		return;
	/* Without randomization a library's data can lie as high as a stack: there files are mapped above. */
	if (&m->vmas.all[vma_from(&m->vmas, end - (stack->end - stack->begin))] != stack)
		return;
	/* Where something else is mapped above the fault it is none. */
	if (!move_arguments(rb, mm, ARG_TOP_UNKNOWN, end))
		return;
	m->has_stack = true;
	vma_resize(&m->vmas, stack, end - (stack->end - stack->begin), end);
}

void stack_placed(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end)
{
	struct mm *m = mm_at(rb, mm);
	uint64_t old_end = m->stack_end ? m->stack_end : ARG_TOP_UNKNOWN;
	struct vma *stack = vma_find(&m->vmas, old_end - 1);

	if (!stack || !stack->is_stack || stack + 1 != m->vmas.all + m->vmas.nr ||
	    (stack != m->vmas.all && stack[-1].end > begin))
		return;
	move_arguments(rb, mm, old_end, end);
	m->has_stack = true;
	m->stack_end = end;
	vma_resize(&m->vmas, stack, begin, end);
}

void stack_ended(struct rebuild *rb, uint32_t mm, uint64_t end)
{
	struct mm *m = mm_at(rb, mm);
	struct vma *stack = m->vmas.all + m->vmas.nr;
	uint64_t old_end;

	if (end <= STACK_FIRST_VPN || end >= ARG_TOP_UNKNOWN - PMD_PAGES)
		return;		/* of a damaged snapshot */
	while (stack > m->vmas.all && !stack[-1].is_stack)
		stack--;
	if (stack == m->vmas.all || m->stack_end)
		return;
	old_end = (--stack)->end;
	if (end == old_end || &m->vmas.all[vma_from(&m->vmas, end - (old_end - stack->begin))] != stack ||
	    (stack + 1 < m->vmas.all + m->vmas.nr && stack[1].begin < end) || !move_arguments(rb, mm, old_end, end))
		return;
	m->has_stack = true;
	m->stack_end = end;
	vma_resize(&m->vmas, stack, end - (old_end - stack->begin), end);
}
