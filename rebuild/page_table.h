/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page-table entries of the recorded address spaces.
 *
 * A table holds leaves of 64 entries, sorted by address.  Bitmaps in the leaf say
 * which entries map a page, which hold a swap slot, and of which rss counter they
 * are, so that "how many anonymous pages lie in this range" is a popcount.
 *
 * An entry has a reference, a number that stays good while the entry is set: the
 * reverse map of a page is a list of them, oldest first.
 */
#ifndef REBUILD_PAGE_TABLE_H
#define REBUILD_PAGE_TABLE_H

#include "base/room.h"
#include "rebuild/page.h"
#include "traces/mm_event.h"

struct pte {
	uint64_t stamp;		/* seq of the operation that set it or last showed its use */
	uint32_t page;
	uint32_t next, prev;	/* references: reverse map of page */
	bool is_old;		/* set but not used: fork's copy, mapped around a fault */
	bool is_around;		/* the latter */
};

struct leaf {
	uint64_t base;		/* vpn of entry 0, a multiple of 64 */
	uint64_t present, swap;	/* set entries: one or the other */
	uint64_t anon, shmem;	/* of those in present; the rest are file */
	uint32_t id;
	uint32_t mm;
	struct pte pte[64];
};

/* All leaves of all tables: references resolve here. */
struct leaf_pool {
	struct leaf **leaves;	/* by id; [0] unused */
	size_t nr, capacity;
	uint32_t *free;
	size_t nr_free, free_capacity;
};

struct page_table {
	struct leaf **leaves;	/* ascending base */
	uint64_t *bases;	/* of the leaves: a search looks at nothing else */
	size_t nr;
	struct room leaves_room, bases_room;
	struct leaf *last;	/* what was looked up or made last; NULL = nothing yet */
	uint32_t mm;
};

void leaf_pool_init(struct leaf_pool *pool);
void leaf_pool_release(struct leaf_pool *pool);

/* Frees the leaves, whose entries must all be clear. */
void page_table_release(struct page_table *table, struct leaf_pool *pool);
/* When the pool goes too: whatever the entries are. */
void page_table_drop(struct page_table *table);

/* What page_table_find() does when it is another one than the last time. */
struct leaf *page_table_search(struct page_table *table, uint64_t vpn);

/* The leaf that holds vpn, or NULL. */
static inline struct leaf *page_table_find(struct page_table *table, uint64_t vpn)
{
	if (table->last && table->last->base == (vpn & ~UINT64_C(63)))
		return table->last;
	return page_table_search(table, vpn);
}

/* The leaf that holds vpn, of which there is none. */
struct leaf *page_table_make(struct page_table *table, struct leaf_pool *pool, uint64_t vpn);

/* The leaf that holds vpn, made when new. */
static inline struct leaf *page_table_leaf(struct page_table *table, struct leaf_pool *pool, uint64_t vpn)
{
	struct leaf *leaf = page_table_find(table, vpn);

	return leaf ? leaf : page_table_make(table, pool, vpn);
}

/* Index of the first leaf that ends after vpn. */
size_t page_table_from(const struct page_table *table, uint64_t vpn);

static inline uint64_t vpn_bit(uint64_t vpn)
{
	return UINT64_C(1) << (vpn & 63);
}

static inline uint32_t pte_ref(const struct leaf *leaf, uint64_t vpn)
{
	return leaf->id << 6 | (vpn & 63);
}

static inline struct leaf *ref_leaf(const struct leaf_pool *pool, uint32_t ref)
{
	return pool->leaves[ref >> 6];
}

static inline struct pte *ref_pte(const struct leaf_pool *pool, uint32_t ref)
{
	return &pool->leaves[ref >> 6]->pte[ref & 63];
}

static inline uint64_t ref_vpn(const struct leaf_pool *pool, uint32_t ref)
{
	return pool->leaves[ref >> 6]->base + (ref & 63);
}

/* The entries of a leaf that count in a member of rss. */
static inline uint64_t leaf_member(const struct leaf *leaf, enum mm_member member)
{
	switch (member) {
	case MM_FILEPAGES: return leaf->present & ~leaf->anon & ~leaf->shmem;
	case MM_ANONPAGES: return leaf->present & leaf->anon;
	case MM_SHMEMPAGES: return leaf->present & leaf->shmem;
	case MM_SWAPENTS: return leaf->swap;
	case MM_NR_MEMBERS: break;
	}
	return 0;
}

/* The bits of a leaf's entries that lie in [begin, end). */
static inline uint64_t leaf_range(const struct leaf *leaf, uint64_t begin, uint64_t end)
{
	uint64_t mask = ~UINT64_C(0);

	if (begin > leaf->base)
		mask &= begin - leaf->base > 63 ? 0 : ~UINT64_C(0) << (begin - leaf->base);
	if (end <= leaf->base)
		return 0;
	if (end - leaf->base < 64)
		mask &= (UINT64_C(1) << (end - leaf->base)) - 1;
	return mask;
}

/* Sets and clears an entry: bitmaps, reverse map and mapcount (or swapcount); nothing else. */
void pte_set(struct leaf_pool *pool, struct pages *pages, struct leaf *leaf, uint64_t vpn, uint32_t page);
void pte_clear(struct leaf_pool *pool, struct pages *pages, struct leaf *leaf, uint64_t vpn);
void pte_set_swap(struct pages *pages, struct leaf *leaf, uint64_t vpn, uint32_t page);
void pte_clear_swap(struct pages *pages, struct leaf *leaf, uint64_t vpn);

/* Entries of each member in [begin, end). */
void page_table_count(const struct page_table *table, uint64_t begin, uint64_t end,
		      uint64_t counts[MM_NR_MEMBERS]);

#endif
