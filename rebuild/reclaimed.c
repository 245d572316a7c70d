// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the recorded kernel itself took away or moved: swap-out, dropped file
 * pages, migration.  The counter of each mapping falls first; which page it was
 * is told by the event that follows (reconstruct.md 3).
 */
#include "rebuild/state.h"

#include <string.h>

#define NR_UNMAPPED (sizeof(((struct task *)0)->unmapped) / sizeof(((struct task *)0)->unmapped[0]))

/* Takes an entry of page away from mm; false when mm does not map it. */
static bool take_page(struct rebuild *rb, uint32_t mm, uint32_t page)
{
	for (uint32_t ref = page_at(&rb->pages, page)->rmap; ref; ref = ref_pte(&rb->pool, ref)->next) {
		struct leaf *leaf = ref_leaf(&rb->pool, ref);
		uint64_t vpn = ref_vpn(&rb->pool, ref);

		if (leaf->mm != mm)
			continue;
		if (page_at(&rb->pages, page)->kind == PAGE_ANON)
			entry_swap_out(rb, mm, vpn);
		else
			entry_unmap(rb, mm, vpn, WHY_RECLAIM);
		return true;
	}
	return false;
}

/* The page is not known: the lowest one of that counter stands for it. */
static void take_any(struct rebuild *rb, uint32_t mm, enum mm_member member)
{
	struct mm *m = mm_at(rb, mm);

	unmatched(rb, UNMATCHED_RECLAIM, 1);
	for (size_t i = 0; i < m->table.nr; i++) {
		uint64_t bits = leaf_member(m->table.leaves[i], member);
		uint64_t vpn;

		if (!bits)
			continue;
		vpn = m->table.leaves[i]->base + __builtin_ctzll(bits);
		if (member == MM_ANONPAGES)
			entry_swap_out(rb, mm, vpn);
		else
			entry_unmap(rb, mm, vpn, WHY_RECLAIM);
		return;
	}
}

static void forget_first(struct task *t, uint32_t i)
{
	memmove(&t->unmapped[i], &t->unmapped[i + 1], (t->nr_unmapped - i - 1) * sizeof(t->unmapped[0]));
	t->nr_unmapped--;
}

void reclaim_flush(struct rebuild *rb, uint32_t task)
{
	while (task_at(rb, task)->nr_unmapped) {
		struct task *t = task_at(rb, task);
		uint32_t mm = t->unmapped[0].mm;
		enum mm_member member = t->unmapped[0].member;

		forget_first(t, 0);
		if (mm_at(rb, mm)->is_used)
			take_any(rb, mm, member);
	}
}

void reclaim_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta)
{
	int64_t total = mm_at(rb, mm)->known[member] + delta, most;

	rss_judge(rb, mm, JUDGE_RECLAIM, member, member == MM_SWAPENTS ? 1 : -1, total);
	if (member == MM_SWAPENTS)
		return;
	/* More than there are to take: a counter that cannot be. */
	most = mm_at(rb, mm)->count[member] + (int64_t)NR_UNMAPPED;
	if (delta < -most) {
		unmatched(rb, UNMATCHED_RECLAIM, -delta - most);
		delta = -most;
	}
	for (; delta < 0; delta++) {
		struct task *t = task_at(rb, task);

		if (t->nr_unmapped == NR_UNMAPPED) {
			uint32_t first = t->unmapped[0].mm;
			enum mm_member first_member = t->unmapped[0].member;

			forget_first(t, 0);
			if (mm_at(rb, first)->is_used)
				take_any(rb, first, first_member);
			t = task_at(rb, task);
		}
		t->unmapped[t->nr_unmapped].mm = mm;
		t->unmapped[t->nr_unmapped++].member = member;
	}
}

/* The page that was unmapped is known: take it from every mm that lost one since. */
static void tell(struct rebuild *rb, uint32_t task, uint32_t page)
{
	for (uint32_t i = 0; i < task_at(rb, task)->nr_unmapped;) {
		if (take_page(rb, task_at(rb, task)->unmapped[i].mm, page))
			forget_first(task_at(rb, task), i);
		else
			i++;
		if (!page_at(&rb->pages, page)->is_used)
			return;
	}
}

void reclaim_written(struct rebuild *rb, uint32_t task, uint64_t pfn)
{
	uint32_t page = page_by_pfn(&rb->pages, pfn);

	if (page)
		tell(rb, task, page);
}

void reclaim_deleted(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	uint32_t file, page;
	struct file_chunk *chunk;

	if (!task || !task_at(rb, task)->nr_unmapped)
		return;
	page = page_by_pfn(&rb->pages, event->cache.pfn);
	if (!page && event->cache.ino) {
		file = file_by_ino(&rb->pages, event->cache.dev, event->cache.ino);
		chunk = file_find_chunk(&rb->pages, file, event->cache.index);
		page = chunk ? chunk->pages[event->cache.index & 63] : 0;
	}
	if (page)
		tell(rb, task, page);
}

/*
 * x86-64 swap entries: the type in bits 59-63, the offset inverted in bits 9-58
 * (arch/x86/include/asm/pgtable_64.h); a migration entry's offset is the frame.
 */
static uint64_t migration_entry_pfn(uint64_t pte)
{
	return (~pte << 5 >> 14) & ((UINT64_C(1) << 40) - 1);
}

#define PTE_PFN_MASK UINT64_C(0x000ffffffffff000)

/*
 * The page's entries are unmapped and mapped again, in rmap order, as one: an
 * address space that ends in between would otherwise lose an entry twice.
 */
static void remap_entries(struct rebuild *rb, uint32_t page)
{
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t ref = page_at(&rb->pages, page)->rmap; ref; ref = ref_pte(&rb->pool, ref)->next) {
			uint32_t mm = ref_leaf(&rb->pool, ref)->mm;
			struct pte *pte = ref_pte(&rb->pool, ref);
			uint8_t flags = vma_flags_at(mm_at(rb, mm), ref_vpn(&rb->pool, ref));

			op_emit(rb, &(struct mem_op){
				.kind = pass ? OP_MAP : OP_UNMAP, .why = WHY_MIGRATE, .page = page,
				.page_kind = page_at(&rb->pages, page)->kind, .mm = mm,
				.container = mm_at(rb, mm)->container, .vpn = ref_vpn(&rb->pool, ref),
				.stamp = pte->stamp, .is_young = !pass && !pte->is_old,
				.is_around = !pass && pte->is_around,
				.vma = flags, .is_locked = flags & VMA_LOCKED,
			});
			if (pass) {
				pte->is_old = true;
				pte->is_around = false;
			}
		}
	}
}

/* The event prints an address but no mm; the frame in the old entry names the page. */
void migrate_event(struct rebuild *rb, const struct mm_event *event)
{
	uint64_t vpn = event->migrate.address >> rb->page_shift;
	uint32_t page;

	if (event->kind == MM_MIGRATE_SET) {
		page = page_by_pfn(&rb->pages, migration_entry_pfn(event->migrate.pte));
		if (!page) {
			unmatched(rb, UNMATCHED_MIGRATE, 1);
			return;
		}
		page_at(&rb->pages, page)->is_migrating = true;
		map64_set(&rb->migrating, vpn, page);
		return;
	}
	page = map64_get(&rb->migrating, vpn);
	if (!page)
		return;
	map64_remove(&rb->migrating, vpn);
	if (!page_at(&rb->pages, page)->is_used || !page_at(&rb->pages, page)->is_migrating)
		return;
	page_at(&rb->pages, page)->is_migrating = false;
	page_set_pfn(&rb->pages, page, (event->migrate.pte & PTE_PFN_MASK) >> rb->page_shift);
	remap_entries(rb, page);
}
