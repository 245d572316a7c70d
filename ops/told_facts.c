// SPDX-License-Identifier: GPL-2.0-or-later
/* What worlds ask of facts that were told. */
#include "ops/told.h"

#include "rebuild/page_facts.h"

bool told_is_locked(struct told_mm *m, uint64_t vpn)
{
	return m->locked.nr && vma_find(&m->locked, vpn);
}

static const struct told *of(const struct facts *facts)
{
	return (const struct told *)facts;
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
		.parent_mm = told_parent(of(facts), m), .total_vm = m->total_vm,
	};
}

static const char *comm(const struct facts *facts, uint32_t mm)
{
	return told_mm_at(of(facts), mm)->comm;
}

static uint32_t zone(const struct facts *facts, uint32_t page)
{
	return page_at(&of(facts)->pages, page)->zone;
}

static bool is_locked(const struct facts *facts, uint32_t page)
{
	const struct told *told = of(facts);

	for (uint32_t ref = page_at(&told->pages, page)->rmap; ref; ref = ref_pte(&told->pool, ref)->next)
		if (told_is_locked(told_mm_at(told, ref_leaf(&told->pool, ref)->mm), ref_vpn(&told->pool, ref)))
			return true;
	return false;
}

static void visit_entries(const struct facts *facts, uint32_t mm, entry_visitor *visit, void *context)
{
	page_table_visit(&told_mm_at(of(facts), mm)->table, visit, context);
}

const struct facts_class told_facts_class = {
	.nr_pages = facts_nr_pages,
	.nr_mms = nr_mms,
	.mm = mm_answer,
	.comm = comm,
	.is_dirty = facts_is_dirty,
	.zone = zone,
	.place = facts_place,
	.page_at = facts_cached_at,
	.entry = facts_first_entry,
	.nr_entries = facts_nr_entries,
	.is_locked = is_locked,
	.visit = visit_entries,
};
