// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel counts when it walks page tables to zap or copy them: once per
 * VMA, page table and member, in the order of enum mm_member (reconstruct.md 3).
 */
#include "rebuild/state.h"

void walk_begin(struct walk *walk, uint64_t begin, uint64_t end, bool is_copy)
{
	*walk = (struct walk){ .at = begin, .end = end, .chunk_begin = begin, .chunk_end = begin, .is_copy = is_copy };
}

enum mm_member walk_member(const struct walk *walk)
{
	enum mm_member member = 0;

	while (member < MM_NR_MEMBERS && !walk->left[member])
		member++;
	return member;
}

/* Skips to the first set entry at or after walk->at. */
static bool seek(const struct page_table *table, struct walk *walk)
{
	size_t i = page_table_from(table, walk->at);

	for (; i < table->nr && table->leaves[i]->base < walk->end; i++) {
		const struct leaf *leaf = table->leaves[i];
		uint64_t bits = (leaf->present | leaf->swap) & leaf_range(leaf, walk->at, walk->end);

		if (bits) {
			walk->at = leaf->base + __builtin_ctzll(bits);
			return true;
		}
	}
	return false;
}

bool walk_next(struct rebuild *rb, uint32_t mm, struct walk *walk)
{
	const struct mm *m = mm_at(rb, mm);

	while (walk_member(walk) == MM_NR_MEMBERS) {
		uint64_t table_end;
		size_t i;

		if (!seek(&m->table, walk))
			return false;
		table_end = (walk->at | (PMD_PAGES - 1)) + 1;
		i = vma_from(&m->vmas, walk->at);
		walk->chunk_begin = walk->at;
		walk->chunk_end = table_end < walk->end ? table_end : walk->end;
		if (i < m->vmas.nr) {
			const struct vma *vma = &m->vmas.all[i];
			uint64_t border = vma->begin > walk->at ? vma->begin : vma->end;

			if (border < walk->chunk_end)
				walk->chunk_end = border;
			if (walk->is_copy && vma->begin <= walk->at && !vma_is_copied(vma)) {
				walk->at = vma->end;
				continue;
			}
			if (walk->is_copy && vma->begin > walk->at) {
				walk->at = vma->begin;
				continue;
			}
		}
		page_table_count(&m->table, walk->chunk_begin, walk->chunk_end, walk->left);
		walk->at = walk->chunk_end;
		walk->is_partial = false;
	}
	return true;
}
