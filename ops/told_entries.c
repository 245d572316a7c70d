// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of entries: which page stands where, since when, in memory or in swap. */
#include "ops/told.h"

static enum mm_member member_of(const struct told *told, uint32_t page)
{
	switch ((enum page_kind)page_at(&told->pages, page)->kind) {
	case PAGE_ANON: return MM_ANONPAGES;
	case PAGE_SHMEM: return MM_SHMEMPAGES;
	case PAGE_FILE: break;
	}
	return MM_FILEPAGES;
}

static void set_entry(struct told *told, struct leaf *leaf, uint64_t vpn, uint32_t page)
{
	struct told_mm *m = told_mm_at(told, leaf->mm);
	enum mm_member member = member_of(told, page);

	pte_set(&told->pool, &told->pages, leaf, vpn, page);
	if (++m->count[member] > m->peak[member])
		m->peak[member] = m->count[member];
	if (vpn >= m->free_vpn)
		m->free_vpn = vpn + 1;
}

static void clear_entry(struct told *told, struct leaf *leaf, uint64_t vpn)
{
	told_mm_at(told, leaf->mm)->count[member_of(told, leaf->pte[vpn & 63].page)]--;
	pte_clear(&told->pool, &told->pages, leaf, vpn);
}

/* The entry's place says whether it is mlocked: what is mapped there later is told anew. */
static void note_locked(struct told *told, struct told_mm *m, const struct mem_op *op)
{
	if (told_is_locked(m, op->vpn) != op->is_locked)
		told_set_locked(told, m, op->vpn, op->vpn + 1, op->is_locked);
}

static uint8_t flags_at(struct told_mm *m, const struct told_entry *entry)
{
	const struct vma *vma;

	if (entry->vma != TOLD_VMA_LOOKUP)
		return entry->vma;
	vma = vma_find(&m->vmas, entry->vpn);
	return vma ? vma_flags(vma) : 0;
}

static struct mem_op entry_op(struct told *told, const struct told_entry *entry, uint32_t page, enum op_kind kind)
{
	struct told_mm *m = told_mm_at(told, entry->mm);
	struct mem_op op = {
		.vpn = entry->vpn, .page = page, .mm = entry->mm, .container = m->container, .kind = kind,
		.why = entry->why, .page_kind = page_at(&told->pages, page)->kind,
		.vma = flags_at(m, entry), .is_write = entry->is_write, .is_locked = entry->is_locked,
		.is_tail = entry->is_tail, .is_out = entry->is_out, .by = entry->by,
	};

	if (entry->vma == TOLD_VMA_LOOKUP)
		op.is_locked |= told_is_locked(m, entry->vpn);
	return op;
}

static struct pte *entry_of(struct told *told, uint32_t mm, uint64_t vpn, struct leaf **leaf)
{
	*leaf = page_table_find(&told_mm_at(told, mm)->table, vpn);
	return *leaf && (*leaf)->present & vpn_bit(vpn) ? &(*leaf)->pte[vpn & 63] : NULL;
}

bool told_find(struct told *told, uint32_t mm, uint64_t vpn, uint32_t *page)
{
	struct leaf *leaf;
	struct pte *pte = entry_of(told, mm, vpn, &leaf);

	if (pte)
		*page = pte->page;
	return pte;
}

static const char *migrate(struct told *told, const struct told_entry *entry, bool is_map)
{
	struct leaf *leaf;
	struct pte *pte = entry_of(told, entry->mm, entry->vpn, &leaf);
	struct mem_op op;

	if (!pte)
		return "nothing is mapped there";
	if (is_map && pte->page != entry->page)
		return "another page is mapped there";
	op = entry_op(told, entry, pte->page, is_map ? OP_MAP : OP_UNMAP);
	op.stamp = pte->stamp;
	op.is_young = !is_map && !pte->is_old;
	op.is_around = !is_map && pte->is_around;
	told_emit(told, &op);
	if (is_map) {
		pte->is_old = true;
		pte->is_around = false;
	}
	return NULL;
}

/* The page of a slot is mapped where the slot was. */
static const char *map_swapped(struct told *told, const struct told_entry *entry)
{
	struct leaf *leaf = page_table_find(&told_mm_at(told, entry->mm)->table, entry->vpn);
	struct mem_op op = entry_op(told, entry, entry->page, OP_MAP);
	struct pte *pte;

	if (!leaf || !(leaf->swap & vpn_bit(entry->vpn)) || leaf->pte[entry->vpn & 63].page != entry->page)
		return "that page is not in swap there";
	op.is_young = entry->is_young;
	op.stamp = leaf->pte[entry->vpn & 63].stamp;
	pte_clear_swap(&told->pages, leaf, entry->vpn);
	leaf = page_table_leaf(&told_mm_at(told, entry->mm)->table, &told->pool, entry->vpn);
	set_entry(told, leaf, entry->vpn, entry->page);
	pte = &leaf->pte[entry->vpn & 63];
	pte->stamp = told->seq + 1;
	pte->is_old = !entry->is_young;
	pte->is_around = false;
	note_locked(told, told_mm_at(told, entry->mm), &op);
	told_emit(told, &op);
	return NULL;
}

/* Fork: the parent's slot is the child's too. */
static const char *copy_swapped(struct told *told, const struct told_entry *entry)
{
	struct told_mm *m = told_mm_at(told, entry->mm);
	uint32_t parent = told_parent(told, m);
	struct leaf *from = parent ? page_table_find(&told_mm_at(told, parent)->table, entry->vpn) : NULL;
	struct mem_op op = entry_op(told, entry, entry->page, OP_MAP);
	struct leaf *leaf;

	if (!from || !(from->swap & vpn_bit(entry->vpn)) || from->pte[entry->vpn & 63].page != entry->page)
		return "the parent has not that page in swap there";
	op.stamp = from->pte[entry->vpn & 63].stamp;
	leaf = page_table_leaf(&m->table, &told->pool, entry->vpn);
	if (leaf->swap & vpn_bit(entry->vpn))
		return "a swapped-out page is there";
	pte_set_swap(&told->pages, leaf, entry->vpn, entry->page);
	leaf->pte[entry->vpn & 63].stamp = op.stamp;
	told_emit(told, &op);
	return NULL;
}

const char *told_map(struct told *told, const struct told_entry *entry)
{
	struct told_mm *m = told_mm_at(told, entry->mm);
	struct leaf *leaf, *from = NULL;
	struct pte *pte, *parent = NULL;
	struct mem_op op;

	if (entry->why == WHY_MIGRATE)
		return migrate(told, entry, true);
	op = entry_op(told, entry, entry->page, OP_MAP);
	op.is_young = entry->is_young;
	if (entry->why == WHY_SWAP_BAD) {
		told_emit(told, &op);
		return NULL;
	}
	if (entry_of(told, entry->mm, entry->vpn, &leaf))
		return "a page is mapped there already";
	if (entry->is_out)
		return entry->why == WHY_FORK ? copy_swapped(told, entry) : map_swapped(told, entry);
	if (leaf && leaf->swap & vpn_bit(entry->vpn))
		return "a swapped-out page is there";
	if (entry->why == WHY_FORK) {
		parent = told_parent(told, m) ? entry_of(told, m->parent_mm, entry->vpn, &from) : NULL;
		if (!parent || parent->page != entry->page)
			return "the parent does not map that page there";
	}
	leaf = page_table_leaf(&m->table, &told->pool, entry->vpn);
	set_entry(told, leaf, entry->vpn, entry->page);
	pte = &leaf->pte[entry->vpn & 63];
	pte->stamp = parent ? parent->stamp : told->seq + 1;
	pte->is_old = parent || !entry->is_young;
	pte->is_around = !parent && entry->why == WHY_AROUND && !entry->is_young;
	if (parent)
		op.stamp = parent->stamp;
	note_locked(told, m, &op);
	told_emit(told, &op);
	return NULL;
}

const char *told_copy(struct told *told, const struct told_entry *entry)
{
	struct leaf *leaf;
	struct pte *pte = entry_of(told, entry->mm, entry->vpn, &leaf), old;
	struct mem_op op;

	if (!pte)
		return "nothing is mapped there";
	if (pte->page == entry->page)
		return "that page is mapped there already";
	old = *pte;
	clear_entry(told, leaf, entry->vpn);
	set_entry(told, leaf, entry->vpn, entry->page);
	pte->stamp = told->seq + 1;
	pte->is_around = false;
	op = entry_op(told, entry, entry->page, OP_MAP);
	op.why = WHY_COPY;
	op.old_page = old.page;
	op.stamp = old.stamp;
	op.was_young = !old.is_old;
	op.is_young = entry->is_young;
	note_locked(told, told_mm_at(told, entry->mm), &op);
	told_emit(told, &op);
	return NULL;
}

static const char *end_swapped(struct told *told, const struct told_entry *entry)
{
	struct leaf *leaf = page_table_find(&told_mm_at(told, entry->mm)->table, entry->vpn);
	struct mem_op op;

	if (!leaf || !(leaf->swap & vpn_bit(entry->vpn)))
		return "nothing is in swap there";
	op = entry_op(told, entry, leaf->pte[entry->vpn & 63].page, OP_UNMAP);
	op.stamp = leaf->pte[entry->vpn & 63].stamp;
	pte_clear_swap(&told->pages, leaf, entry->vpn);
	told_emit(told, &op);
	return NULL;
}

const char *told_unmap(struct told *told, const struct told_entry *entry)
{
	struct leaf *leaf;
	struct pte *pte = entry_of(told, entry->mm, entry->vpn, &leaf);
	struct mem_op op;

	if (entry->is_out)
		return end_swapped(told, entry);
	if (entry->why == WHY_MIGRATE)
		return migrate(told, entry, false);
	if (!pte)
		return "nothing is mapped there";
	op = entry_op(told, entry, pte->page, OP_UNMAP);
	op.stamp = pte->stamp;
	op.is_young = !pte->is_old;
	op.is_around = pte->is_around;
	clear_entry(told, leaf, entry->vpn);
	told_emit(told, &op);
	return NULL;
}

const char *told_use(struct told *told, const struct told_entry *entry)
{
	struct leaf *leaf;
	struct pte *pte = entry_of(told, entry->mm, entry->vpn, &leaf);
	struct mem_op op;

	if (!pte)
		return "nothing is mapped there";
	op = entry_op(told, entry, pte->page, OP_USE);
	op.why = WHY_FILE;
	op.stamp = pte->stamp;
	op.is_young = !pte->is_old;
	op.is_around = pte->is_around;
	op.is_perhaps = entry->is_perhaps;
	if (!op.is_perhaps) {
		pte->stamp = told->seq + 1;
		pte->is_old = pte->is_around = false;
	}
	told_emit(told, &op);
	return NULL;
}

static const char *shift_swapped(struct told *told, uint32_t mm, uint64_t from, uint64_t to)
{
	struct told_mm *m = told_mm_at(told, mm);
	struct leaf *leaf = page_table_find(&m->table, from);
	struct pte old = leaf->pte[from & 63];
	uint32_t page;

	if (told_find(told, mm, to, &page) || told_find_swap(told, mm, to, &page))
		return "a page is there already";
	pte_clear_swap(&told->pages, leaf, from);
	leaf = page_table_leaf(&m->table, &told->pool, to);
	pte_set_swap(&told->pages, leaf, to, old.page);
	leaf->pte[to & 63].stamp = old.stamp;
	return NULL;
}

const char *told_shift(struct told *told, uint32_t mm, uint64_t from, uint64_t to)
{
	struct told_mm *m = told_mm_at(told, mm);
	struct leaf *source, *target;
	struct pte *pte = entry_of(told, mm, from, &source), old;
	bool is_locked = told_is_locked(m, from);

	if (!pte && source && source->swap & vpn_bit(from))
		return shift_swapped(told, mm, from, to);
	if (!pte)
		return "nothing is mapped there";
	if (entry_of(told, mm, to, &target) || (target && target->swap & vpn_bit(to)))
		return "a page is mapped there already";
	old = *pte;
	clear_entry(told, source, from);
	target = page_table_leaf(&m->table, &told->pool, to);
	set_entry(told, target, to, old.page);
	target->pte[to & 63].stamp = old.stamp;
	target->pte[to & 63].is_old = old.is_old;
	target->pte[to & 63].is_around = old.is_around;
	if (is_locked != told_is_locked(m, to))
		told_set_locked(told, m, to, to + 1, is_locked);
	return NULL;
}

const char *told_swap_out(struct told *told, const struct told_entry *entry)
{
	struct leaf *leaf = page_table_find(&told_mm_at(told, entry->mm)->table, entry->vpn);
	const char *reason;
	uint64_t stamp;
	uint32_t page;

	if (!told_find(told, entry->mm, entry->vpn, &page))
		return "nothing is mapped there";
	stamp = leaf->pte[entry->vpn & 63].stamp;
	reason = told_unmap(told, entry);
	if (reason)
		return reason;
	leaf = page_table_leaf(&told_mm_at(told, entry->mm)->table, &told->pool, entry->vpn);
	pte_set_swap(&told->pages, leaf, entry->vpn, page);
	leaf->pte[entry->vpn & 63].stamp = stamp;
	return NULL;
}

bool told_find_swap(struct told *told, uint32_t mm, uint64_t vpn, uint32_t *page)
{
	struct leaf *leaf = page_table_find(&told_mm_at(told, mm)->table, vpn);

	if (!leaf || !(leaf->swap & vpn_bit(vpn)))
		return false;
	*page = leaf->pte[vpn & 63].page;
	return true;
}
