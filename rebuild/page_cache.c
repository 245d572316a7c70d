// SPDX-License-Identifier: GPL-2.0-or-later
/* The page cache as the recording shows it: what came, went and was read. */
#include "rebuild/state.h"

#define MAX_READ_PAGES (1 << 20)	/* of one event: more is damage */
#define READ_BATCH 31		/* folios of one event: PAGEVEC_SIZE, 15 before 6.8 */

void cache_seen(struct rebuild *rb, uint32_t file, uint64_t index)
{
	struct file_chunk *chunk = file_chunk(&rb->pages, file, index);

	chunk->present |= vpn_bit(index);
	chunk->absent &= ~vpn_bit(index);
	chunk->skipped &= ~vpn_bit(index);
}

/* The page entered or left the page cache. */
static void tell_cache(struct rebuild *rb, uint32_t task, uint32_t page, enum op_kind kind, unsigned flags)
{
	const struct task *t = task ? task_at(rb, task) : NULL;

	op_emit(rb, &(struct mem_op){
		.kind = kind, .page = page, .is_out = flags & CACHED_BACK, .page_kind = page_at(&rb->pages, page)->kind,
		.mm = t ? t->mm : 0, .container = t ? t->container : 0, .is_write = flags & CACHED_TO_WRITE, .is_tail = flags & CACHED_TAIL,
		.pages = flags >> CACHED_ORDER_SHIFT ? UINT64_C(1) << (flags >> CACHED_ORDER_SHIFT) : 0 });
}

/* Gone from the page cache; entries that still map it keep the page. */
static void uncache(struct rebuild *rb, uint32_t task, uint32_t page)
{
	tell_cache(rb, task, page, OP_CACHE_DEL, 0);
	page_at(&rb->pages, page)->is_cached = false;
	page_put(rb, page);
}

/*
 * The recorded kernel took it: its number stays, so that a scenario may keep the
 * page, until it comes back or its file is seen to end.
 */
static void reclaim_page(struct rebuild *rb, uint32_t task, uint32_t page)
{
	const struct task *t = task_at(rb, task);
	struct page *p = page_at(&rb->pages, page);

	op_emit(rb, &(struct mem_op){ .kind = OP_CACHE_DEL, .why = WHY_RECLAIM, .page = page, .page_kind = p->kind,
				      .mm = t->mm, .container = t->container });
	p->is_cached = false;
	p->is_out = true;
	rb->pages.files[p->file].nr_out++;
}

/* Comes back, or ends. */
static void no_longer_out(struct rebuild *rb, uint32_t page)
{
	page_at(&rb->pages, page)->is_out = false;
	rb->pages.files[page_at(&rb->pages, page)->file].nr_out--;
}

/* Nothing of a file is cached after a page of it was deleted and not reclaimed: it was truncated, or is gone. */
static void end_if_empty(struct rebuild *rb, uint32_t task, uint32_t file)
{
	for (uint32_t i = rb->pages.files[file].chunks; i; i = rb->pages.chunks[i]->next_of_file)
		if (rb->pages.chunks[i]->present)
			return;
	for (uint32_t i = rb->pages.files[file].chunks; i; i = rb->pages.chunks[i]->next_of_file) {
		for (int at = 0; at < 64; at++) {
			uint32_t page = rb->pages.chunks[i]->pages[at];

			if (!page || !page_at(&rb->pages, page)->is_out)
				continue;
			no_longer_out(rb, page);
			tell_cache(rb, task, page, OP_CACHE_DEL, CACHED_BACK);
			page_put(rb, page);
		}
	}
}

void cache_page(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index, unsigned flags)
{
	struct file_chunk *chunk = file_chunk(&rb->pages, file, index);
	uint32_t page = chunk->pages[index & 63];

	/* It was there already: its departure was not seen. */
	if (page && page_at(&rb->pages, page)->is_cached)
		uncache(rb, task, page);
	page = file_page(&rb->pages, file, index);
	page_at(&rb->pages, page)->is_cached = true;
	page_at(&rb->pages, page)->is_told = false;
	if (page_at(&rb->pages, page)->is_out) {
		no_longer_out(rb, page);
		flags |= CACHED_BACK;
	}
	tell_cache(rb, task, page, OP_CACHE_ADD, flags);
}

/* pages: what is left of the read. */
static void tell_use(struct rebuild *rb, uint32_t task, uint32_t page, uint64_t pages, bool is_again)
{
	op_emit(rb, &(struct mem_op){ .kind = OP_USE, .page = page, .why = WHY_FILE,
				      .container = task ? task_at(rb, task)->container : 0,
				      .page_kind = page_at(&rb->pages, page)->kind,
				      .pages = pages, .is_again = is_again });
}

static void use_page(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index, uint64_t last, bool is_again)
{
	uint32_t page = file_chunk(&rb->pages, file, index)->pages[index & 63];

	cache_seen(rb, file, index);
	if (!page)
		return;
	page_at(&rb->pages, page)->is_told = true;
	tell_use(rb, task, page, last - index + 1, is_again);
}

/* Whoever reads metadata finds it in the page cache of its device, again and again: it is active from the start. */
static void use_metadata(struct rebuild *rb, uint32_t task, uint32_t page)
{
	tell_use(rb, task, page, 1, false);
	tell_use(rb, task, page, 1, false);
	page_at(&rb->pages, page)->is_told = true;
}

/*
 * The second use of a page is told when it goes to the active list.  Where it was
 * never read or mapped no other event tells of either.
 */
void cache_activated(struct rebuild *rb, uint32_t task, uint64_t pfn)
{
	uint32_t page = frames_get(&rb->cached_by_pfn, pfn);
	const struct page *p = page_at(&rb->pages, page);

	if (!page || !p->is_cached || p->is_told || p->kind != PAGE_FILE)
		return;
	tell_use(rb, task, page, 1, false);
	tell_use(rb, task, page, 1, false);
}

/* The page after the folio that holds index. */
static uint64_t folio_end(struct rebuild *rb, uint32_t file, uint64_t index)
{
	const struct file_chunk *chunk = file_find_chunk(&rb->pages, file, index);

	if (!chunk || !(chunk->large & vpn_bit(index)))
		return index + 1;
	return (index | ((UINT64_C(1) << chunk->order[index & 63]) - 1)) + 1;
}

/*
 * An event is told for each batch of folios of a read, with all that is left of
 * the read: what is used is the batch, and not again what the one before had.
 */
static void cache_read(struct rebuild *rb, uint32_t task, const struct mm_event *event, uint32_t file)
{
	uint64_t first = event->cache.index, last = event->cache.last, end = first, old_end = 0;
	struct task *t = task ? task_at(rb, task) : NULL;
	bool is_same = t && t->read.file == file, is_again;

	for (int i = 0; i < READ_BATCH && end <= last; i++)
		end = folio_end(rb, file, end);
	if (end > last + 1)
		end = last + 1;
	is_again = is_same && t->read.index && folio_end(rb, file, t->read.index - 1) == folio_end(rb, file, first);
	if (is_same && t->read.last == last && first < t->read.index && t->read.index < end)
		old_end = t->read.index;
	if (t) {
		t->read.file = file;
		t->read.index = end;
		t->read.last = last;
	}
	for (uint64_t i = old_end ? old_end : first; i < end; i++)
		use_page(rb, task, file, i, last, !old_end && is_again && i < folio_end(rb, file, first));
}

static void cache_added(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index, uint8_t order, unsigned flags)
{
	struct file_chunk *chunk = file_chunk(&rb->pages, file, index);

	rb->pages.files[file].nr_added++;
	cache_seen(rb, file, index);
	chunk->sure |= vpn_bit(index);
	if (!rb->has_windows)
		marks_added(rb, task ? &task_at(rb, task)->fault : NULL, file, index);
	chunk->large &= ~vpn_bit(index);
	if (order) {
		chunk->large |= vpn_bit(index);
		chunk->order[index & 63] = order;
	}
	kernel_node_born(rb, chunk, task ? task_at(rb, task)->container : 0);
	cache_page(rb, task, file, index, flags);
}

static void cache_deleted(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index)
{
	struct file_chunk *chunk = file_chunk(&rb->pages, file, index);
	uint32_t page = chunk->pages[index & 63];

	chunk->present &= ~vpn_bit(index);
	chunk->large &= ~vpn_bit(index);
	chunk->skipped &= ~vpn_bit(index);
	chunk->absent |= vpn_bit(index);
	chunk->sure |= vpn_bit(index);
	if (page && task && rb->now_by != BY_REQUEST && page_at(&rb->pages, page)->kind == PAGE_FILE) {
		reclaim_page(rb, task, page);
		return;
	}
	if (page)
		uncache(rb, task, page);
	if (!chunk->present)
		kernel_node_gone(rb, chunk);
	if (rb->pages.files[file].nr_out)
		end_if_empty(rb, task, file);
}

/* What a fault read from its file: the longest run, should it be of several. */
static void note_added(struct rebuild *rb, struct task *t, const struct mm_event *event)
{
	struct fault *f = &t->fault;
	uint32_t file = file_by_ino(&rb->pages, event->cache.dev, event->cache.ino);
	uint64_t last = event->cache.index + (UINT64_C(1) << (event->cache.order & 31)) - 1;

	if (t->exec_mm && !event->cache.index)
		t->exec_files[t->exec_files[0] ? 1 : 0] = file;
	if (!event->cache.index)
		marks_read_header(rb, t->exec_mm ? t->exec_mm : t->mm, file);

	if (f->added_file == file && event->cache.index == f->added_last + 1) {
		f->added_last = last;
		f->added_too_much |= last - f->added_first >= 2 * READ_AHEAD_PAGES;
		return;
	}
	if (f->added_file && f->added_file != file && f->added_last - f->added_first > last - event->cache.index)
		return;
	f->added_file = file;
	f->added_first = event->cache.index;
	f->added_last = last;
}

void cache_event(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	uint64_t nr = UINT64_C(1) << (event->cache.order & 31);
	bool is_write = task && event->cache.pfn && task_at(rb, task)->write_pfn == event->cache.pfn;
	bool is_metadata = task && event->cache.pfn && task_at(rb, task)->metadata_pfn == event->cache.pfn;
	uint32_t file, page;

	if (event->kind == MM_CACHE_DELETE)
		reclaim_deleted(rb, task, event);
	if (event->kind == MM_CACHE_ADD && task && task_at(rb, task)->fault.pfn == event->cache.pfn)
		task_at(rb, task)->fault.pfn = 0;
	if (event->kind == MM_CACHE_ADD && task && event->cache.ino)
		note_added(rb, task_at(rb, task), event);
	page = page_by_pfn(&rb->pages, event->cache.pfn);
	if (event->kind == MM_CACHE_DELETE && page && page_at(&rb->pages, page)->kind == PAGE_SHMEM) {
		uncache(rb, task, page);
		return;
	}
	if (event->kind == MM_CACHE_READ)
		nr = event->cache.last - event->cache.index + 1;
	if (!event->cache.ino || nr > MAX_READ_PAGES)
		return;
	file = file_by_ino(&rb->pages, event->cache.dev, event->cache.ino);
	if (event->kind == MM_CACHE_READ) {
		cache_read(rb, task, event, file);
		return;
	}
	for (uint64_t i = event->cache.index; i < event->cache.index + nr; i++) {
		if (event->kind == MM_CACHE_DELETE)
			cache_deleted(rb, task, file, i);
		else
			cache_added(rb, task, file, i, event->cache.order,
				    (is_write ? CACHED_TO_WRITE : 0) | (i > event->cache.index ? CACHED_TAIL :
				    (unsigned)(event->cache.order & 31) << CACHED_ORDER_SHIFT));
	}
	page = event->kind == MM_CACHE_ADD ? file_cached_page(&rb->pages, file, event->cache.index) : 0;
	frames_set(&rb->cached_by_pfn, event->cache.pfn, page);
	if (page && is_metadata)
		use_metadata(rb, task, page);
}
