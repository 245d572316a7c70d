// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page faults, and calls that fill a range without any: which pages came to be
 * mapped where (reconstruct.md 3).  A fault has no event for its end; it is known
 * when the counters say what it did, or when the task goes on.
 */
#include "rebuild/state.h"

#include <string.h>

#define GFP_MOVABLE 0x8		/* user pages; page tables are not */
#define GFP_ZERO 0x100		/* never set for a copy */
#define GFP_HIGHMEM 0x2		/* any file's page; not that of a device, which holds what a file system keeps there */
#define GFP_WRITE 0x1000	/* will be written: page cache made by write(2) */
#define GFP_THISNODE 0x200000	/* of this node or none: a page that is moved there */
#define GFP_FS 0x80		/* missing in allocations for a filesystem's own page cache */

/* A segment whose size no event told grows with its faults. */
struct vma *fault_vma_grown(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	struct mm *m = mm_at(rb, mm);
	size_t i = vma_from(&m->vmas, vpn);
	struct vma *vma;

	if (i > 0 && m->vmas.all[i - 1].is_growing) {
		vma = &m->vmas.all[i - 1];
		vma_resize(&m->vmas, vma, vma->begin, vpn + 1);
		return vma;
	}
	return NULL;
}

/* An anonymous page comes to the VMA, known or inferred. */
static inline void make_anon(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	struct vma *vma = fault_vma(rb, mm, vpn);

	if (!vma)
		vma = segment_for_anon(rb, mm, vpn);
	if (!vma->anon)
		vma_make_anon(&mm_at(rb, mm)->vmas, vma);
	if (!vma->is_inferred || vma->is_stack)
		return;
	vma_change_begin(&mm_at(rb, mm)->vmas, vma);
	vma->is_write = true;
	vma_wrote(vma, vpn, vpn + 1);
	vma_change_end(&mm_at(rb, mm)->vmas, vma);
	ranges_tell(rb, mm);
}

static uint64_t window_begin(const struct vma *vma, uint64_t vpn)
{
	uint64_t aligned = vpn & ~(uint64_t)(AROUND_PAGES - 1);

	return aligned > vma->begin ? aligned : vma->begin;
}

/*
 * A fault on an entry that the kernel says is empty: we had the right number of
 * pages but not the right ones.  The entry's page goes to the nearest place of the
 * same window that we left empty.
 */
static void correct_entry(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	struct mm *m = mm_at(rb, mm);
	struct vma *vma = vma_find(&m->vmas, vpn);
	uint64_t first, end;
	struct file_chunk *chunk;
	uint32_t page;

	if (!entry_find(rb, mm, vpn, &page) || page_at(&rb->pages, page)->kind != PAGE_FILE ||
	    page == PAGE_SPECIAL || !vma || !vma->file) {
		entry_unmap(rb, mm, vpn, WHY_CORRECT);
		return;
	}
	chunk = file_chunk(&rb->pages, vma->file, page_at(&rb->pages, page)->index);
	chunk->present &= ~vpn_bit(page_at(&rb->pages, page)->index);
	chunk->skipped |= vpn_bit(page_at(&rb->pages, page)->index);
	entry_unmap(rb, mm, vpn, WHY_CORRECT);
	/* A window that begins with its VMA is as long as any other. */
	first = window_begin(vma, vpn);
	end = first + AROUND_PAGES < vma->end ? first + AROUND_PAGES : vma->end;
	for (uint64_t v = first; v < end; v++) {
		m = mm_at(rb, mm);
		vma = vma_find(&m->vmas, v);
		if (v == vpn || !vma || !vma->file || entry_find(rb, mm, v, &page) || entry_is_swap(rb, mm, v))
			continue;
		page = file_page(&rb->pages, vma->file, vma->first_index + (v - vma->begin));
		entry_map(rb, mm, v, page, WHY_CORRECT, 0);
		return;
	}
}

static void end_doubt(struct rebuild *rb, struct task *t)
{
	uint32_t page;

	if (entry_find(rb, t->mm, t->fault.vpn, &page))
		correct_entry(rb, t->mm, t->fault.vpn);
	t->fault.is_doubted = false;
}

/* The fault was no hint: the entry was empty. */
static inline void settle_doubt(struct rebuild *rb, struct task *t)
{
	if (t->fault.is_doubted)
		end_doubt(rb, t);
}

/* Copied, for a compiler zeroes that much by an instruction that takes long to begin. */
static const struct fault no_fault;

void fault_begin(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	struct task *t = task_at(rb, task);
	uint64_t vpn = event->fault.address >> rb->page_shift;
	uint32_t page;

	t->fault = no_fault;
	t->has_fresh_alloc = false;
	if (event->fault.address >> 63 || !t->mm)
		return;
	t->fault.is_active = true;
	t->fault.vpn = vpn;
	t->fault.error_code = event->fault.error_code;
	t->fault.begin_ns = event->time_ns;
	if (t->late)
		t->late->nr_faults++;
	if (!entry_find(rb, t->mm, vpn, &page))
		return;
	/*
	 * NUMA balancing makes entries look empty to see when they are used. Such a fault maps
	 * nothing; an anonymous page is doubted only when a page is allocated or counted.
	 */
	t->fault.is_doubted = !(event->fault.error_code & MM_FAULT_PRESENT);
	if (!t->fault.is_doubted || (page_at(&rb->pages, page)->kind == PAGE_ANON && page != PAGE_SPECIAL))
		entry_use(rb, t->mm, vpn, event->fault.error_code & MM_FAULT_WRITE);
	else
		settle_doubt(rb, t);
}

void fault_alloc(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	struct task *t = task_at(rb, task);
	struct fault *f = &t->fault;
	uint32_t page, mm = t->mm;
	uint64_t vpn = f->vpn;

	t->write_pfn = event->alloc.gfp_flags & GFP_WRITE ? event->alloc.pfn : 0;
	t->metadata_pfn = event->alloc.gfp_flags & GFP_HIGHMEM ? 0 : event->alloc.pfn;
	if (t->is_stray)
		doubt_stray_allocated(rb, task, event->alloc.order);
	if (!(event->alloc.gfp_flags & GFP_MOVABLE) || !(event->alloc.gfp_flags & GFP_FS))
		return;
	/* A hint's page is copied to the node that uses it: migration tells of that. */
	if (f->is_doubted && event->alloc.gfp_flags & GFP_THISNODE)
		return;
	settle_doubt(rb, t);
	if (!f->is_active) {
		t->has_fresh_alloc = true;
		t->fresh_pfn = event->alloc.pfn;
		if (rb->is_late && event->alloc.gfp_flags & GFP_ZERO && !event->alloc.order)
			late_populate(rb, task);
		return;
	}
	f->pfn = event->alloc.pfn;
	f->order = event->alloc.order > HUGE_ORDER ? 0 : event->alloc.order;
	f->nr_allocs++;
	f->is_fresh |= f->error_code & MM_FAULT_WRITE && !event->alloc.order &&
		       (event->alloc.gfp_flags & GFP_ZERO || !(f->error_code & MM_FAULT_PRESENT));
	t->has_fresh_alloc = true;
	t->fresh_pfn = event->alloc.pfn;
	/* Copy on write of an anonymous page moves no counter: it is done now. */
	if (!(f->error_code & MM_FAULT_PRESENT) || !(f->error_code & MM_FAULT_WRITE) || event->alloc.order ||
	    event->alloc.gfp_flags & GFP_ZERO || f->is_copied || !entry_find(rb, mm, vpn, &page) || page_at(&rb->pages, page)->kind != PAGE_ANON) {
		if (rb->is_late)
			late_alloc(rb, task);
		return;
	}
	f->is_copied = true;
	t->has_fresh_alloc = false;
	page = anon_new(rb, event->alloc.pfn);
	entry_replace(rb, mm, vpn, page, ENTRY_YOUNG | ENTRY_WRITE);
}

void fault_cache(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	struct fault *f = &task_at(rb, task)->fault;
	uint32_t page, mm = task_at(rb, task)->mm;

	if (!f->is_active)
		return;
	f->cache_file = file_by_ino(&rb->pages, event->cache.dev, event->cache.ino);
	f->cache_index = event->cache.index;
	/* The window before it did not map the page, whatever we thought. */
	if (!(f->error_code & MM_FAULT_PRESENT) && mm && entry_find(rb, mm, f->vpn, &page))
		correct_entry(rb, mm, f->vpn);
}

/* Maps one anonymous page at vpn: a new one, or the one that was swapped out. */
static void map_anon(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint64_t pfn, enum op_why why, bool is_tail)
{
	struct leaf *leaf = page_table_find(&mm_at(rb, mm)->table, vpn);
	unsigned flags = ENTRY_YOUNG | ENTRY_WRITE | (is_tail ? ENTRY_TAIL : 0);
	uint32_t page;

	make_anon(rb, mm, vpn);
	if (leaf && leaf->swap & vpn_bit(vpn)) {
		page = leaf->pte[vpn & 63].page;
		pte_clear_swap(&rb->pages, leaf, vpn);
		mm_at(rb, mm)->count[MM_SWAPENTS]--;
		why = WHY_SWAP_IN;
		flags |= ENTRY_BACK;
		if (pfn)
			page_set_pfn(&rb->pages, page, pfn);
	} else {
		page = anon_new(rb, pfn);
	}
	entry_map(rb, mm, vpn, page, why, flags);
}

void fault_anon(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint64_t pfn, bool is_tail)
{
	uint32_t page, copy;

	if (!entry_find(rb, mm, vpn, &page)) {
		map_anon(rb, mm, vpn, pfn, WHY_ANON, is_tail);
	} else if (page_at(&rb->pages, page)->kind == PAGE_ANON) {
		unmatched(rb, UNMATCHED_MAP, 1);
	} else {
		copy = anon_new(rb, pfn);
		make_anon(rb, mm, vpn);
		entry_replace(rb, mm, vpn, copy, ENTRY_YOUNG | ENTRY_WRITE);
	}
}

static void anon_rose(struct rebuild *rb, struct task *t, uint32_t mm, int64_t delta, int64_t total)
{
	struct fault *f = &t->fault;
	uint64_t vpn = f->vpn, pfn = f->pfn, first = vpn;
	bool swap_in = entry_is_swap(rb, mm, vpn);
	int64_t predicted = f->order && f->nr_allocs ? (int64_t)1 << f->order : 1;

	rb->nr_told += f->is_fresh;
	f->is_fresh = false;
	rss_judge(rb, mm, f->is_populate ? JUDGE_POPULATE : swap_in ? JUDGE_SWAP_IN : JUDGE_ANON,
		  MM_ANONPAGES, predicted, total);
	if (delta > 1)
		first = vpn & ~(uint64_t)((UINT64_C(1) << (63 - __builtin_clzll(delta))) - 1);
	if (f->nr_allocs > 1 && swap_in)
		pfn = 0;	/* read-ahead: which of them is mapped is not told */
	t->has_fresh_alloc = false;
	f->is_swap_in = swap_in;
	if (!swap_in)
		f->is_active = false;
	if (f->cache_file && delta == 1)
		segment_for_page(rb, mm, vpn, f->cache_file, f->cache_index);
	if (vpn >= STACK_FIRST_VPN)
		stack_found(rb, mm, vpn);
	delta = plausible(rb, delta);
	for (int64_t i = 0; i < delta; i++)
		fault_anon(rb, mm, first + i, pfn ? pfn + i : 0, i && predicted == delta);
}

/* A rise of FILE or SHMEM without a window: the page of the fault itself. */
void fault_single(struct rebuild *rb, uint32_t task, uint32_t mm, int64_t nr)
{
	struct fault f = task_at(rb, task)->fault;
	struct vma *vma = fault_vma(rb, mm, f.vpn);
	uint64_t first = f.vpn;
	uint32_t page;

	if (f.cache_file && (!vma || vma->is_inferred))
		vma = segment_for_page(rb, mm, f.vpn, f.cache_file, f.cache_index);
	else if (f.cache_file && vma->is_file && !vma->file)
		vma->file = f.cache_file;
	if (!vma || !vma->file) {
		if (!entry_find(rb, mm, f.vpn, &page))
			entry_map(rb, mm, f.vpn, PAGE_SPECIAL, WHY_FILE, ENTRY_YOUNG);
		return;
	}
	if (nr > 1)
		first = f.vpn & ~(uint64_t)((UINT64_C(1) << (63 - __builtin_clzll(nr))) - 1);
	for (int64_t i = 0; i < nr; i++) {
		uint64_t vpn = first + i, index;

		vma = vma_find(&mm_at(rb, mm)->vmas, f.vpn);
		if (vpn < vma->begin || vpn >= vma->end)
			continue;
		if (entry_find(rb, mm, vpn, &page)) {
			unmatched(rb, UNMATCHED_MAP, 1);
			continue;
		}
		index = vma->first_index + (vpn - vma->begin);
		/* A shmem page has no event of its own: the fault that allocated it made it. */
		if (rb->pages.files[vma->file].is_shmem && f.nr_allocs &&
		    !file_chunk(&rb->pages, vma->file, index)->pages[index & 63]) {
			rb->pages.files[vma->file].nr_added++;
			cache_page(rb, task, vma->file, index, 0);
		}
		vma = vma_find(&mm_at(rb, mm)->vmas, f.vpn);
		page = file_page(&rb->pages, vma->file, vma->first_index + (vpn - vma->begin));
		cache_seen(rb, vma->file, vma->first_index + (vpn - vma->begin));
		if (vpn == f.vpn && f.pfn && page_at(&rb->pages, page)->kind == PAGE_SHMEM)
			page_set_pfn(&rb->pages, page, f.pfn);
		if (vpn == f.vpn && f.error_code & MM_FAULT_WRITE && vma->is_shared)
			page_at(&rb->pages, page)->is_dirty = true;
		entry_map(rb, mm, vpn, page, vpn == f.vpn ? WHY_FILE : WHY_AROUND,
			  vpn == f.vpn ? ENTRY_YOUNG | (f.error_code & MM_FAULT_WRITE ? ENTRY_WRITE : 0) : 0);
	}
}

/* Pages a single fault on a file is expected to map: its folio, where that is known. */
static int64_t predict_single(struct rebuild *rb, uint32_t task, uint32_t mm)
{
	struct fault *f = &task_at(rb, task)->fault;
	struct vma *vma = fault_vma(rb, mm, f->vpn);
	struct file_chunk *chunk;
	uint64_t index, first, nr;
	int64_t predicted = 0;
	uint32_t page;

	if (!vma || !vma->file || !f->cache_file)
		return 1;
	index = vma->first_index + (f->vpn - vma->begin);
	chunk = file_find_chunk(&rb->pages, vma->file, index);
	if (!chunk || !(chunk->large & vpn_bit(index)))
		return 1;
	nr = UINT64_C(1) << chunk->order[index & 63];
	first = f->vpn - (index & (nr - 1));
	if (first < vma->begin || first + nr > vma->end || first / PMD_PAGES != (first + nr - 1) / PMD_PAGES)
		return 1;
	for (uint64_t vpn = first; vpn < first + nr; vpn++)
		predicted += !entry_find(rb, mm, vpn, &page);
	return predicted;
}

void fault_object(struct rebuild *rb, uint32_t mm, struct vma *vma)
{
	struct mm *m = mm_at(rb, mm);

	for (size_t i = 0; i < m->vmas.nr && !vma->file; i++) {
		const struct vma *other = &m->vmas.all[i];

		if (other != vma && other->file && other->fd >= 0 && other->fd == vma->fd &&
		    rb->pages.files[other->file].is_shmem)
			vma->file = other->file;
	}
	if (!vma->file)
		vma->file = file_new(&rb->pages, true);
}

void fault_flush(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);
	struct held held = t->held;
	int64_t predicted = 1;
	bool is_around;
	struct vma *vma;

	if (!held.is_held)
		return;
	t->held.is_held = false;
	vma = fault_vma(rb, held.mm, t->fault.vpn);
	if (held.member == MM_SHMEMPAGES) {
		if (vma && vma->file && !rb->pages.files[vma->file].ino)
			rb->pages.files[vma->file].is_shmem = true;
		if (vma && vma->is_file && !vma->file)
			fault_object(rb, held.mm, vma);
	} else {
		predicted = predict_single(rb, task, held.mm);
	}
	is_around = !rb->has_windows && !(t->fault.error_code & MM_FAULT_WRITE);
	if (is_around)
		predicted = around_by_rule(rb, task, held.mm, held.pages);
	t = task_at(rb, task);
	rss_judge(rb, held.mm, t->fault.is_populate ? JUDGE_POPULATE :
		  held.member == MM_SHMEMPAGES ? JUDGE_SHMEM : is_around ? JUDGE_AROUND : JUDGE_FILE,
		  held.member, predicted, held.total);
	if (held.pages > 0 && !is_around)
		fault_single(rb, task, held.mm, plausible(rb, held.pages));
	t = task_at(rb, task);
	t->has_fresh_alloc = false;
	/* Its own page may still follow, where no window says whether it came. */
	t->fault.is_active &= is_around;
}

bool fault_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta, int64_t total)
{
	struct task *t = task_at(rb, task);
	struct fault *f = &t->fault;
	uint32_t page;

	switch (member) {
	case MM_ANONPAGES:
		if (delta <= 0)
			return false;
		settle_doubt(rb, t);
		anon_rose(rb, t, mm, delta, total);
		return true;
	case MM_SWAPENTS:
		if (delta >= 0)
			return false;
		settle_doubt(rb, t);
		rss_judge(rb, mm, JUDGE_SWAP_IN, member, -1, total);
		if (!f->is_swap_in)
			unmatched(rb, UNMATCHED_SWAP_IN, -delta);
		f->is_active = false;
		return true;
	case MM_FILEPAGES:
	case MM_SHMEMPAGES:
		if (delta < 0) {
			/* A private copy replaces the file's page: the copy is counted next. */
			if (delta != -1 || !entry_find(rb, mm, f->vpn, &page))
				return false;
			rss_judge(rb, mm, JUDGE_ANON, member, -1, total);
			return true;
		}
		f->is_fresh = false;
		t->held = (struct held){
			.is_held = true, .member = member, .pages = delta, .total = total, .mm = mm,
			.mm_born = mm_at(rb, mm)->born,
		};
		return true;
	case MM_NR_MEMBERS:
		break;
	}
	return false;
}
