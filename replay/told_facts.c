// SPDX-License-Identifier: GPL-2.0-or-later
/* What worlds ask of facts that were told. */
#include "replay/told.h"

bool told_is_locked(struct told_mm *m, uint64_t vpn)
{
	return m->locked.nr && vma_find(&m->locked, vpn);
}

static const struct told *of(const struct facts *facts)
{
	return (const struct told *)facts;
}

static uint32_t nr_pages(const struct facts *facts)
{
	return of(facts)->pages.nr;
}

static uint32_t nr_mms(const struct facts *facts)
{
	return of(facts)->nr_mms;
}

static void mm_answer(const struct facts *facts, uint32_t mm, struct mm_facts *answer)
{
	const struct told_mm *m = told_mm_at(of(facts), mm);

	*answer = (struct mm_facts){
		.is_alive = m->is_alive, .container = m->container, .pid = m->pid,
		.parent_mm = m->parent_mm, .total_vm = m->total_vm,
	};
}

static const char *comm(const struct facts *facts, uint32_t mm)
{
	return told_mm_at(of(facts), mm)->comm;
}

static bool is_dirty(const struct facts *facts, uint32_t page)
{
	return page_at(&of(facts)->pages, page)->is_dirty;
}

static uint32_t zone(const struct facts *facts, uint32_t page)
{
	return page_at(&of(facts)->pages, page)->zone;
}

static bool place(const struct facts *facts, uint32_t page, uint32_t *file, uint64_t *index)
{
	return page_place(&of(facts)->pages, page, file, index);
}

static uint32_t cached_at(const struct facts *facts, uint32_t file, uint64_t index)
{
	return file_cached_page(&of(facts)->pages, file, index);
}

static bool first_entry(const struct facts *facts, uint32_t page, uint32_t *mm, uint64_t *vpn, uint64_t *stamp)
{
	uint32_t ref = page_at(&of(facts)->pages, page)->rmap;

	if (!ref)
		return false;
	*mm = ref_leaf(&of(facts)->pool, ref)->mm;
	*vpn = ref_vpn(&of(facts)->pool, ref);
	*stamp = ref_pte(&of(facts)->pool, ref)->stamp;
	return true;
}

static bool is_locked(const struct facts *facts, uint32_t page)
{
	const struct told *told = of(facts);

	if (!told->nr_locks)
		return false;
	for (uint32_t ref = page_at(&told->pages, page)->rmap; ref; ref = ref_pte(&told->pool, ref)->next)
		if (told_is_locked(told_mm_at(told, ref_leaf(&told->pool, ref)->mm), ref_vpn(&told->pool, ref)))
			return true;
	return false;
}

static void visit_entries(const struct facts *facts, uint32_t mm, entry_visitor *visit, void *context)
{
	const struct page_table *table = &told_mm_at(of(facts), mm)->table;

	for (size_t i = 0; i < table->nr; i++) {
		const struct leaf *leaf = table->leaves[i];

		for (uint64_t bits = leaf->present; bits; bits &= bits - 1) {
			const struct pte *pte = &leaf->pte[__builtin_ctzll(bits)];

			visit(context, leaf->base + __builtin_ctzll(bits), pte->page, pte->stamp, pte->is_old, false);
		}
		for (uint64_t bits = leaf->swap; bits; bits &= bits - 1) {
			const struct pte *pte = &leaf->pte[__builtin_ctzll(bits)];

			visit(context, leaf->base + __builtin_ctzll(bits), pte->page, pte->stamp, pte->is_old, true);
		}
	}
}

const struct facts_class told_facts_class = {
	.nr_pages = nr_pages,
	.nr_mms = nr_mms,
	.mm = mm_answer,
	.comm = comm,
	.is_dirty = is_dirty,
	.zone = zone,
	.place = place,
	.page_at = cached_at,
	.entry = first_entry,
	.is_locked = is_locked,
	.visit = visit_entries,
};
