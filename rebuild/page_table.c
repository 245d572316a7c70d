// SPDX-License-Identifier: GPL-2.0-or-later
/* Sorted leaves of 64 entries, and the reverse map threaded through them. */
#include "rebuild/page_table.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void leaf_pool_init(struct leaf_pool *pool)
{
	*pool = (struct leaf_pool){ 0 };
	xgrow(&pool->leaves, 0, &pool->capacity, sizeof(*pool->leaves));
	pool->leaves[0] = NULL;
	pool->nr = 1;
}

void leaf_pool_release(struct leaf_pool *pool)
{
	for (size_t i = 1; i < pool->nr; i++)
		free(pool->leaves[i]);
	free(pool->leaves);
	free(pool->free);
}

static struct leaf *leaf_new(struct leaf_pool *pool)
{
	struct leaf *leaf;

	if (pool->nr_free)
		return pool->leaves[pool->free[--pool->nr_free]];
	leaf = xcalloc(1, sizeof(*leaf));
	xgrow(&pool->leaves, pool->nr, &pool->capacity, sizeof(*pool->leaves));
	leaf->id = pool->nr;
	pool->leaves[pool->nr++] = leaf;
	return leaf;
}

void page_table_drop(struct page_table *table)
{
	room_release(table->leaves, &table->leaves_room, sizeof(struct leaf *));
	room_release(table->bases, &table->bases_room, sizeof(*table->bases));
}

void page_table_release(struct page_table *table, struct leaf_pool *pool)
{
	for (size_t i = 0; i < table->nr; i++) {
		assert(!table->leaves[i]->present && !table->leaves[i]->swap);
		xgrow(&pool->free, pool->nr_free, &pool->free_capacity, sizeof(*pool->free));
		pool->free[pool->nr_free++] = table->leaves[i]->id;
	}
	page_table_drop(table);
	*table = (struct page_table){ 0 };
}

size_t page_table_from(const struct page_table *table, uint64_t vpn)
{
	size_t low = 0, high = table->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (table->bases[middle] + 63 < vpn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct leaf *page_table_search(struct page_table *table, uint64_t vpn)
{
	size_t i = page_table_from(table, vpn);

	if (i == table->nr || table->bases[i] != (vpn & ~UINT64_C(63)))
		return NULL;
	table->last = table->leaves[i];
	return table->last;
}

struct leaf *page_table_make(struct page_table *table, struct leaf_pool *pool, uint64_t vpn)
{
	size_t i = page_table_from(table, vpn);
	struct leaf *leaf;

	room_open(&table->leaves, table->nr, &table->leaves_room, i, sizeof(struct leaf *));
	room_open(&table->bases, table->nr, &table->bases_room, i, sizeof(*table->bases));
	leaf = leaf_new(pool);
	leaf->base = vpn & ~UINT64_C(63);
	leaf->mm = table->mm;
	table->leaves[i] = leaf;
	table->bases[i] = leaf->base;
	table->nr++;
	table->last = leaf;
	return leaf;
}

void pte_set(struct leaf_pool *pool, struct pages *pages, struct leaf *leaf, uint64_t vpn, uint32_t page)
{
	struct pte *pte = &leaf->pte[vpn & 63];
	struct page *p = page_at(pages, page);
	uint64_t bit = vpn_bit(vpn);

	assert(!(leaf->present & bit) && !(leaf->swap & bit));
	leaf->present |= bit;
	if (p->kind == PAGE_ANON)
		leaf->anon |= bit;
	else if (p->kind == PAGE_SHMEM)
		leaf->shmem |= bit;
	*pte = (struct pte){ .page = page };
	if (page == PAGE_SPECIAL)
		return;
	pte->prev = p->rmap_last;
	if (p->rmap_last)
		ref_pte(pool, p->rmap_last)->next = pte_ref(leaf, vpn);
	else
		p->rmap = pte_ref(leaf, vpn);
	p->rmap_last = pte_ref(leaf, vpn);
	p->mapcount++;
	p->is_told = true;
}

void pte_clear(struct leaf_pool *pool, struct pages *pages, struct leaf *leaf, uint64_t vpn)
{
	struct pte *pte = &leaf->pte[vpn & 63];
	struct page *p = page_at(pages, pte->page);
	uint64_t bit = vpn_bit(vpn);

	assert(leaf->present & bit);
	leaf->present &= ~bit;
	leaf->anon &= ~bit;
	leaf->shmem &= ~bit;
	if (pte->page == PAGE_SPECIAL)
		return;
	if (pte->prev)
		ref_pte(pool, pte->prev)->next = pte->next;
	else
		p->rmap = pte->next;
	if (pte->next)
		ref_pte(pool, pte->next)->prev = pte->prev;
	else
		p->rmap_last = pte->prev;
	p->mapcount--;
}

void pte_set_swap(struct pages *pages, struct leaf *leaf, uint64_t vpn, uint32_t page)
{
	assert(!((leaf->present | leaf->swap) & vpn_bit(vpn)));
	leaf->swap |= vpn_bit(vpn);
	leaf->pte[vpn & 63] = (struct pte){ .page = page };
	page_at(pages, page)->swapcount++;
}

void pte_clear_swap(struct pages *pages, struct leaf *leaf, uint64_t vpn)
{
	assert(leaf->swap & vpn_bit(vpn));
	leaf->swap &= ~vpn_bit(vpn);
	page_at(pages, leaf->pte[vpn & 63].page)->swapcount--;
}

void page_table_count(const struct page_table *table, uint64_t begin, uint64_t end,
		      uint64_t counts[MM_NR_MEMBERS])
{
	for (enum mm_member member = 0; member < MM_NR_MEMBERS; member++)
		counts[member] = 0;
	for (size_t i = page_table_from(table, begin); i < table->nr && table->leaves[i]->base < end; i++) {
		uint64_t mask = leaf_range(table->leaves[i], begin, end);

		for (enum mm_member member = 0; member < MM_NR_MEMBERS; member++)
			counts[member] += __builtin_popcountll(leaf_member(table->leaves[i], member) & mask);
	}
}
