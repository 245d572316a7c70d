// SPDX-License-Identifier: GPL-2.0-or-later
/* One change of a page-table entry, its bookkeeping and its operation. */
#include "rebuild/state.h"

#include <assert.h>

#define ROWS_AHEAD 8		/* entries: when one is unmapped, the rows of that one's page are asked for */
#define FRAMES_AHEAD 3

/* Copied, for a compiler zeroes that much by an instruction that takes long to begin. */
static const struct mem_op nothing;

void op_emit(struct rebuild *rb, struct mem_op *op)
{
	op->time_ns = rb->now_ns;
	op->since_ns = rb->since_ns ? rb->since_ns : rb->now_ns;
	op->seq = ++rb->seq;
	op->tid = rb->now_tid;
	op->cpu = rb->now_cpu;
	if (op->why == WHY_RECLAIM && (op->kind == OP_UNMAP || op->kind == OP_CACHE_DEL))
		op->by = rb->now_by;
	if (rb->doubt.is_any)
		doubt_touch(rb, op->mm);
	rb->config.op(rb->config.context, op);
}

static inline enum mm_member member_of(const struct page *page)
{
	static const uint8_t members[] = {
		[PAGE_ANON] = MM_ANONPAGES, [PAGE_FILE] = MM_FILEPAGES, [PAGE_SHMEM] = MM_SHMEMPAGES };

	return members[page->kind];
}

void page_put(struct rebuild *rb, uint32_t page)
{
	struct page *p = page_at(&rb->pages, page);
	struct mem_op *op;

	if (page == PAGE_SPECIAL || p->mapcount || p->swapcount || p->is_cached || p->is_out)
		return;
	op = *rb->config.place;
	*op = nothing;
	op->kind = OP_PAGE_GONE;
	op->page = page;
	op->page_kind = p->kind;
	op_emit(rb, op);
	page_free(&rb->pages, page);
}

/* The next operations but one will be about this page: what is kept of it here and by whoever listens is fetched meanwhile. */
static void fetch(const struct rebuild *rb, uint32_t page)
{
	page_prefetch(&rb->pages, page);
	if (rb->config.soon)
		rb->config.soon(rb->config.context, page);
}

uint32_t anon_new(struct rebuild *rb, uint64_t pfn)
{
	struct pages *pages = &rb->pages;
	uint32_t page = page_new(pages, PAGE_ANON);

	if (pages->nr_free > 1)
		fetch(rb, pages->free[pages->nr_free - 2]);
	if (pfn)
		page_set_pfn(pages, page, pfn);
	return page;
}

/* The operation of an entry, made where it stays: one more copy of it costs as much as what an operation does here. */
static inline struct mem_op *op_make(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t page,
				     enum op_kind kind, enum op_why why)
{
	struct mem_op *op = *rb->config.place;
	struct mm *m = mm_at(rb, mm);
	uint8_t flags = vma_flags_at(m, vpn);

	*op = nothing;
	op->vma = flags;
	op->is_locked = flags & VMA_LOCKED;
	op->vpn = vpn;
	op->page = page;
	op->mm = mm;
	op->container = m->container;
	op->kind = kind;
	op->why = why;
	op->page_kind = page_at(&rb->pages, page)->kind;
	return op;
}

void entry_map(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t page, enum op_why why, unsigned flags)
{
	struct mm *m = mm_at(rb, mm);
	struct leaf *leaf = page_table_leaf(&m->table, &rb->pool, vpn);
	struct pte *pte = &leaf->pte[vpn & 63];
	uint64_t stamp = pte->stamp;
	struct mem_op *op;

	pte_set(&rb->pool, &rb->pages, leaf, vpn, page);
	m->count[member_of(page_at(&rb->pages, page))]++;
	pte->stamp = rb->seq + 1;
	pte->is_old = !(flags & ENTRY_YOUNG);
	pte->is_around = why == WHY_AROUND && !(flags & ENTRY_YOUNG);
	if (page == PAGE_SPECIAL) {
		m->nr_special += m->is_doubtful;
		doubt_touch(rb, mm);
		return;
	}
	op = op_make(rb, mm, vpn, page, OP_MAP, why);
	op->is_young = flags & ENTRY_YOUNG;
	op->is_write = flags & ENTRY_WRITE;
	op->is_tail = flags & ENTRY_TAIL;
	if (flags & ENTRY_BACK) {
		op->is_out = true;
		op->stamp = stamp;
	}
	op_emit(rb, op);
}

/* Clears the entry and tells; the page lives on. */
static uint32_t unmap(struct rebuild *rb, struct mm *m, uint32_t mm, struct leaf *leaf, uint64_t vpn,
		      enum op_why why)
{
	struct pte *pte = &leaf->pte[vpn & 63];
	uint32_t page = pte->page;
	struct mem_op *op;

	m->count[member_of(page_at(&rb->pages, page))]--;
	pte_clear(&rb->pool, &rb->pages, leaf, vpn);
	if (page == PAGE_SPECIAL) {
		doubt_touch(rb, mm);
		return page;
	}
	op = op_make(rb, mm, vpn, page, OP_UNMAP, why);
	op->stamp = pte->stamp;
	op->is_young = !pte->is_old;
	op->is_around = pte->is_around;
	op_emit(rb, op);
	return page;
}

void entry_unmap(struct rebuild *rb, uint32_t mm, uint64_t vpn, enum op_why why)
{
	struct mm *m = mm_at(rb, mm);
	struct leaf *leaf = page_table_find(&m->table, vpn);

	page_put(rb, unmap(rb, m, mm, leaf, vpn, why));
}

void entry_replace(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t page, unsigned flags)
{
	struct mm *m = mm_at(rb, mm);
	struct leaf *leaf = page_table_find(&m->table, vpn);
	struct pte *pte = &leaf->pte[vpn & 63];
	struct pte old = *pte;
	struct mem_op *op;

	m->count[member_of(page_at(&rb->pages, old.page))]--;
	pte_clear(&rb->pool, &rb->pages, leaf, vpn);
	pte_set(&rb->pool, &rb->pages, leaf, vpn, page);
	m->count[member_of(page_at(&rb->pages, page))]++;
	pte->stamp = rb->seq + 1;
	pte->is_around = false;
	op = op_make(rb, mm, vpn, page, OP_MAP, WHY_COPY);
	op->old_page = old.page;
	op->stamp = old.stamp;
	op->was_young = !old.is_old;
	op->is_young = flags & ENTRY_YOUNG;
	op->is_write = flags & ENTRY_WRITE;
	op_emit(rb, op);
	page_put(rb, old.page);
}

void entry_use(struct rebuild *rb, uint32_t mm, uint64_t vpn, bool is_write)
{
	struct mm *m = mm_at(rb, mm);
	struct leaf *leaf = page_table_find(&m->table, vpn);
	struct pte *pte = &leaf->pte[vpn & 63];
	struct mem_op *op;

	if (pte->page == PAGE_SPECIAL)
		return;
	op = op_make(rb, mm, vpn, pte->page, OP_USE, WHY_FILE);
	op->stamp = pte->stamp;
	op->is_young = !pte->is_old;
	op->is_around = pte->is_around;
	op->is_write = is_write;
	pte->stamp = rb->seq + 1;
	pte->is_old = pte->is_around = false;
	op_emit(rb, op);
}

void entry_perhaps_use(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	const struct pte *pte = &page_table_find(&mm_at(rb, mm)->table, vpn)->pte[vpn & 63];
	struct mem_op *op;

	op = op_make(rb, mm, vpn, pte->page, OP_USE, WHY_FILE);
	op->stamp = pte->stamp;
	op->is_young = !pte->is_old;
	op->is_around = pte->is_around;
	op->is_perhaps = true;
	op_emit(rb, op);
}

void entry_swap_out(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	struct mm *m = mm_at(rb, mm);
	struct leaf *leaf = page_table_find(&m->table, vpn);
	uint64_t stamp = leaf->pte[vpn & 63].stamp;
	uint32_t page = unmap(rb, m, mm, leaf, vpn, WHY_RECLAIM);

	pte_set_swap(&rb->pages, leaf, vpn, page);
	leaf->pte[vpn & 63].stamp = stamp;
	m->count[MM_SWAPENTS]++;
}

void entry_set_swap(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t page)
{
	struct mm *m = mm_at(rb, mm);

	pte_set_swap(&rb->pages, page_table_leaf(&m->table, &rb->pool, vpn), vpn, page);
	m->count[MM_SWAPENTS]++;
}

void entry_drop_swap(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	struct mm *m = mm_at(rb, mm);
	struct leaf *leaf = page_table_find(&m->table, vpn);
	uint32_t page = leaf->pte[vpn & 63].page;
	struct mem_op *op;

	op = op_make(rb, mm, vpn, page, OP_UNMAP, WHY_ZAP);
	op->is_out = true;
	op->stamp = leaf->pte[vpn & 63].stamp;
	pte_clear_swap(&rb->pages, leaf, vpn);
	m->count[MM_SWAPENTS]--;
	op_emit(rb, op);
	page_put(rb, page);
}

void entry_copy(struct rebuild *rb, uint32_t to, struct leaf *leaf, uint64_t vpn)
{
	struct pte *source = &leaf->pte[vpn & 63];
	struct mm *child = mm_at(rb, to);
	struct leaf *target = page_table_leaf(&child->table, &rb->pool, vpn);
	struct mem_op *op;

	if (leaf->swap & vpn_bit(vpn)) {
		pte_set_swap(&rb->pages, target, vpn, source->page);
		target->pte[vpn & 63].stamp = source->stamp;
		child->count[MM_SWAPENTS]++;
		op = op_make(rb, to, vpn, source->page, OP_MAP, WHY_FORK);
		op->stamp = source->stamp;
		op->is_out = true;
		op_emit(rb, op);
		return;
	}
	pte_set(&rb->pool, &rb->pages, target, vpn, source->page);
	child->count[member_of(page_at(&rb->pages, source->page))]++;
	/* Present in a scenario exactly where the parent's entry is; old, as fork makes it. */
	target->pte[vpn & 63].stamp = source->stamp;
	target->pte[vpn & 63].is_old = true;
	target->pte[vpn & 63].is_around = false;
	if (source->page == PAGE_SPECIAL) {
		doubt_touch(rb, to);
		return;
	}
	op = op_make(rb, to, vpn, source->page, OP_MAP, WHY_FORK);
	op->stamp = source->stamp;
	op_emit(rb, op);
}

void entry_move(struct rebuild *rb, uint32_t mm, uint64_t from, uint64_t to)
{
	struct mm *m = mm_at(rb, mm);
	struct leaf *source = page_table_find(&m->table, from), *target;
	struct pte pte;

	if (!source || !((source->present | source->swap) & vpn_bit(from)))
		return;
	pte = source->pte[from & 63];
	if (source->swap & vpn_bit(from)) {
		pte_clear_swap(&rb->pages, source, from);
		target = page_table_leaf(&m->table, &rb->pool, to);
		pte_set_swap(&rb->pages, target, to, pte.page);
		target->pte[to & 63].stamp = pte.stamp;
		if (rb->config.shift)
			rb->config.shift(rb->config.context, mm, from, to);
		return;
	}
	pte_clear(&rb->pool, &rb->pages, source, from);
	target = page_table_leaf(&m->table, &rb->pool, to);
	pte_set(&rb->pool, &rb->pages, target, to, pte.page);
	target->pte[to & 63].stamp = pte.stamp;
	target->pte[to & 63].is_old = pte.is_old;
	target->pte[to & 63].is_around = pte.is_around;
	if (rb->config.shift && pte.page != PAGE_SPECIAL)
		rb->config.shift(rb->config.context, mm, from, to);
}

/*
 * What unmapping the entries `bits` of a leaf, from the lowest, will ask for: the rows of their pages, and when those
 * are there, what is kept of the frames that the rows name.
 */
struct fetching {
	const struct leaf *leaf;
	uint64_t rows, frames;		/* entries still to come */
};

static void fetch_next(const struct rebuild *rb, struct fetching *fetching)
{
	const struct pte *pte = fetching->leaf->pte;

	if (fetching->rows) {
		fetch(rb, pte[__builtin_ctzll(fetching->rows)].page);
		fetching->rows &= fetching->rows - 1;
	}
	if (fetching->frames) {
		frames_prefetch(&rb->pages.by_pfn,
				page_at(&rb->pages, pte[__builtin_ctzll(fetching->frames)].page)->pfn);
		fetching->frames &= fetching->frames - 1;
	}
}

static struct fetching fetch_first(const struct rebuild *rb, const struct leaf *leaf, uint64_t bits)
{
	struct fetching fetching = { .leaf = leaf, .rows = bits };

	for (int i = 0; i < ROWS_AHEAD && fetching.rows; i++)
		fetch_next(rb, &fetching);
	for (int i = 0; i < FRAMES_AHEAD; i++)
		bits &= bits - 1;
	fetching.frames = bits;
	return fetching;
}

uint64_t entries_zap_member(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end,
			    enum mm_member member, uint64_t nr, enum op_why why)
{
	uint64_t done = 0;

	for (size_t i = page_table_from(&mm_at(rb, mm)->table, begin); done < nr; i++) {
		struct mm *m = mm_at(rb, mm);
		struct fetching fetching;
		struct leaf *leaf;
		uint64_t bits;

		if (i >= m->table.nr || m->table.bases[i] >= end)
			break;
		leaf = m->table.leaves[i];
		bits = leaf_member(leaf, member) & leaf_range(leaf, begin, end);
		fetching = fetch_first(rb, leaf, bits);
		for (; bits && done < nr; bits &= bits - 1, done++) {
			uint64_t vpn = leaf->base + __builtin_ctzll(bits);

			fetch_next(rb, &fetching);
			if (member == MM_SWAPENTS)
				entry_drop_swap(rb, mm, vpn);
			else
				page_put(rb, unmap(rb, m, mm, leaf, vpn, why));
		}
	}
	return done;
}

uint64_t entries_zap(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end, enum op_why why)
{
	uint64_t nr = 0;

	for (size_t i = page_table_from(&mm_at(rb, mm)->table, begin);; i++) {
		struct mm *m = mm_at(rb, mm);
		struct leaf *leaf;
		uint64_t bits;

		if (i >= m->table.nr || m->table.bases[i] >= end)
			return nr;
		leaf = m->table.leaves[i];
		for (bits = leaf->present & leaf_range(leaf, begin, end); bits; bits &= bits - 1, nr++)
			page_put(rb, unmap(rb, m, mm, leaf, leaf->base + __builtin_ctzll(bits), why));
		for (bits = leaf->swap & leaf_range(leaf, begin, end); bits; bits &= bits - 1, nr++)
			entry_drop_swap(rb, mm, leaf->base + __builtin_ctzll(bits));
	}
}
