// SPDX-License-Identifier: GPL-2.0-or-later
/* The page cache as the recording shows it: what came, went and was read. */
#include "replay/state.h"

#define MAX_READ_PAGES (1 << 20)	/* of one event: more is damage */

void cache_seen(struct rebuild *rb, uint32_t file, uint64_t index)
{
	struct file_chunk *chunk = file_chunk(&rb->pages, file, index);

	chunk->present |= vpn_bit(index);
	chunk->absent &= ~vpn_bit(index);
	chunk->skipped &= ~vpn_bit(index);
}

/* The page entered or left the page cache. */
static void tell_cache(struct rebuild *rb, uint32_t task, uint32_t page, enum op_kind kind)
{
	const struct task *t = task ? task_at(rb, task) : NULL;

	op_emit(rb, &(struct mem_op){
		.kind = kind, .page = page, .page_kind = page_at(&rb->pages, page)->kind,
		.mm = t ? t->mm : 0, .container = t ? t->container : 0 });
}

/* Gone from the page cache; entries that still map it keep the page. */
static void uncache(struct rebuild *rb, uint32_t task, uint32_t page)
{
	tell_cache(rb, task, page, OP_CACHE_DEL);
	page_at(&rb->pages, page)->is_cached = false;
	page_put(rb, page);
}

void cache_page(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index)
{
	struct file_chunk *chunk = file_chunk(&rb->pages, file, index);
	uint32_t page = chunk->pages[index & 63];

	/* It was there already: its departure was not seen. */
	if (page && page_at(&rb->pages, page)->is_cached)
		uncache(rb, task, page);
	page = file_page(&rb->pages, file, index);
	page_at(&rb->pages, page)->is_cached = true;
	tell_cache(rb, task, page, OP_CACHE_ADD);
}

static void cache_read(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index)
{
	uint32_t page = file_chunk(&rb->pages, file, index)->pages[index & 63];

	cache_seen(rb, file, index);
	if (page)
		op_emit(rb, &(struct mem_op){ .kind = OP_USE, .page = page, .why = WHY_FILE,
					      .container = task ? task_at(rb, task)->container : 0,
					      .page_kind = page_at(&rb->pages, page)->kind });
}

static void cache_added(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index, uint8_t order)
{
	struct file_chunk *chunk = file_chunk(&rb->pages, file, index);

	cache_seen(rb, file, index);
	chunk->large &= ~vpn_bit(index);
	if (order) {
		chunk->large |= vpn_bit(index);
		chunk->order[index & 63] = order;
	}
	cache_page(rb, task, file, index);
}

static void cache_deleted(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index)
{
	struct file_chunk *chunk = file_chunk(&rb->pages, file, index);
	uint32_t page = chunk->pages[index & 63];

	chunk->present &= ~vpn_bit(index);
	chunk->large &= ~vpn_bit(index);
	chunk->skipped &= ~vpn_bit(index);
	chunk->absent |= vpn_bit(index);
	if (page)
		uncache(rb, task, page);
}

void cache_event(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	uint64_t nr = UINT64_C(1) << (event->cache.order & 31);
	uint32_t file, page;

	if (event->kind == MM_CACHE_DELETE)
		reclaim_deleted(rb, task, event);
	if (event->kind == MM_CACHE_ADD && task && task_at(rb, task)->fault.pfn == event->cache.pfn)
		task_at(rb, task)->fault.pfn = 0;
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
	for (uint64_t i = event->cache.index; i < event->cache.index + nr; i++) {
		if (event->kind == MM_CACHE_DELETE)
			cache_deleted(rb, task, file, i);
		else if (event->kind == MM_CACHE_ADD)
			cache_added(rb, task, file, i, event->cache.order);
		else
			cache_read(rb, task, file, i);
	}
}
