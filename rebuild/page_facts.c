// SPDX-License-Identifier: GPL-2.0-or-later
#include "rebuild/page_facts.h"

uint32_t facts_nr_pages(const struct facts *facts)
{
	return facts->pages->nr;
}

bool facts_is_dirty(const struct facts *facts, uint32_t page)
{
	return page_at(facts->pages, page)->is_dirty;
}

bool facts_place(const struct facts *facts, uint32_t page, uint32_t *file, uint64_t *index)
{
	return page_place(facts->pages, page, file, index);
}

uint32_t facts_cached_at(const struct facts *facts, uint32_t file, uint64_t index)
{
	return file_cached_page(facts->pages, file, index);
}

bool facts_first_entry(const struct facts *facts, uint32_t page, uint32_t *mm, uint64_t *vpn, uint64_t *stamp)
{
	uint32_t ref = page_at(facts->pages, page)->rmap;

	if (!ref)
		return false;
	*mm = ref_leaf(facts->pool, ref)->mm;
	*vpn = ref_vpn(facts->pool, ref);
	*stamp = ref_pte(facts->pool, ref)->stamp;
	return true;
}

uint32_t facts_nr_entries(const struct facts *facts, uint32_t page)
{
	const struct page *p = page_at(facts->pages, page);

	return p->mapcount + p->swapcount;
}

static void visit_leaf(const struct leaf *leaf, uint64_t bits, bool is_out, entry_visitor *visit, void *context)
{
	for (; bits; bits &= bits - 1) {
		const struct pte *pte = &leaf->pte[__builtin_ctzll(bits)];

		if (is_out || pte->page != PAGE_SPECIAL)
			visit(context, leaf->base + __builtin_ctzll(bits), pte->page, pte->stamp, pte->is_old, is_out);
	}
}

void page_table_visit(const struct page_table *table, entry_visitor *visit, void *context)
{
	for (size_t i = 0; i < table->nr; i++) {
		visit_leaf(table->leaves[i], table->leaves[i]->present, false, visit, context);
		visit_leaf(table->leaves[i], table->leaves[i]->swap, true, visit, context);
	}
}
