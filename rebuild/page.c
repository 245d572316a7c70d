// SPDX-License-Identifier: GPL-2.0-or-later
/* Page numbers, and the ways to find one: by file and index, by frame. */
#include "rebuild/page.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>

void pages_init(struct pages *pages)
{
	*pages = (struct pages){ 0 };
	xgrow(&pages->pages, 0, &pages->capacity, sizeof(*pages->pages));
	pages->pages[0] = (struct page){ .kind = PAGE_FILE, .is_used = true };
	pages->nr = 1;
	xgrow(&pages->files, 0, &pages->files_capacity, sizeof(*pages->files));
	pages->nr_files = 1;
	xgrow(&pages->chunks, 0, &pages->chunks_capacity, sizeof(*pages->chunks));
	pages->chunks[0] = NULL;
	pages->nr_chunks = 1;
}

void pages_release(struct pages *pages)
{
	for (size_t i = 1; i < pages->nr_chunks; i++)
		free(pages->chunks[i]);
	free(pages->chunks);
	free(pages->pages);
	free(pages->free);
	free(pages->files);
	map64_release(&pages->file_by_ino);
	map64_release(&pages->chunk_by_index);
	frames_release(&pages->by_pfn);
}

uint32_t page_new(struct pages *pages, enum page_kind kind)
{
	uint32_t page;

	if (pages->nr_free) {
		page = pages->free[--pages->nr_free];
	} else {
		xgrow(&pages->pages, pages->nr, &pages->capacity, sizeof(*pages->pages));
		page = pages->nr++;
	}
	pages->pages[page] = (struct page){ .kind = kind, .is_used = true };
	if (++pages->nr_alive > pages->peak_alive)
		pages->peak_alive = pages->nr_alive;
	return page;
}

void page_free(struct pages *pages, uint32_t page)
{
	struct page *p = page_at(pages, page);

	assert(page != PAGE_SPECIAL && p->is_used && !p->mapcount && !p->swapcount);
	if (p->pfn)
		frames_forget(&pages->by_pfn, p->pfn, page);
	if (p->file) {
		struct file_chunk *chunk = file_find_chunk(pages, p->file, p->index);

		if (chunk && chunk->pages[p->index & 63] == page)
			chunk->pages[p->index & 63] = 0;
	}
	p->is_used = false;
	xgrow(&pages->free, pages->nr_free, &pages->free_capacity, sizeof(*pages->free));
	pages->free[pages->nr_free++] = page;
	pages->nr_alive--;
}

void page_set_pfn(struct pages *pages, uint32_t page, uint64_t pfn)
{
	struct page *p = page_at(pages, page);

	if (p->pfn)
		frames_forget(&pages->by_pfn, p->pfn, page);
	p->pfn = pfn;
	if (pfn)
		frames_set(&pages->by_pfn, pfn, page);
}

uint32_t page_by_pfn(const struct pages *pages, uint64_t pfn)
{
	return pfn ? frames_get(&pages->by_pfn, pfn) : 0;
}

uint32_t file_new(struct pages *pages, bool is_shmem)
{
	xgrow(&pages->files, pages->nr_files, &pages->files_capacity, sizeof(*pages->files));
	pages->files[pages->nr_files] = (struct file){ .is_shmem = is_shmem, .end_index = UINT64_MAX };
	return pages->nr_files++;
}

/* A device has 32 bits, an inode rarely more than 40: mixing them keeps keys apart. */
static uint64_t file_key(uint32_t dev, uint64_t ino)
{
	return ino ^ (uint64_t)dev << 32 ^ (uint64_t)dev >> 20;
}

uint32_t file_find(const struct pages *pages, uint32_t dev, uint64_t ino)
{
	return map64_get(&pages->file_by_ino, file_key(dev, ino));
}

void file_name(struct pages *pages, uint32_t file, uint32_t dev, uint64_t ino)
{
	pages->files[file].dev = dev;
	pages->files[file].ino = ino;
	map64_set(&pages->file_by_ino, file_key(dev, ino), file);
}

uint32_t file_by_ino(struct pages *pages, uint32_t dev, uint64_t ino)
{
	uint32_t file = file_find(pages, dev, ino);

	if (!file) {
		file = file_new(pages, false);
		file_name(pages, file, dev, ino);
	}
	return file;
}

struct file_chunk *file_find_chunk(struct pages *pages, uint32_t file, uint64_t index)
{
	uint64_t key = (uint64_t)file << 36 ^ index >> 6;
	uint32_t number;

	if (key == pages->last_chunk_key)
		return pages->chunks[pages->last_chunk];
	number = map64_get(&pages->chunk_by_index, key);
	if (!number)
		return NULL;
	pages->last_chunk_key = key;
	pages->last_chunk = number;
	return pages->chunks[number];
}

struct file_chunk *file_chunk(struct pages *pages, uint32_t file, uint64_t index)
{
	struct file_chunk *chunk = file_find_chunk(pages, file, index);

	if (chunk)
		return chunk;
	chunk = xcalloc(1, sizeof(*chunk));
	chunk->base = index & ~UINT64_C(63);
	chunk->next_of_file = pages->files[file].chunks;
	xgrow(&pages->chunks, pages->nr_chunks, &pages->chunks_capacity, sizeof(*pages->chunks));
	pages->chunks[pages->nr_chunks] = chunk;
	pages->files[file].chunks = pages->nr_chunks;
	map64_set(&pages->chunk_by_index, (uint64_t)file << 36 ^ index >> 6, pages->nr_chunks);
	pages->nr_chunks++;
	return chunk;
}

uint32_t file_page(struct pages *pages, uint32_t file, uint64_t index)
{
	struct file_chunk *chunk = file_chunk(pages, file, index);
	uint32_t page = chunk->pages[index & 63];

	if (page)
		return page;
	page = page_new(pages, pages->files[file].is_shmem ? PAGE_SHMEM : PAGE_FILE);
	pages->pages[page].file = file;
	pages->pages[page].index = index;
	pages->pages[page].is_cached = true;
	chunk->pages[index & 63] = page;
	return page;
}

uint32_t file_cached_page(const struct pages *pages, uint32_t file, uint64_t index)
{
	uint32_t number = map64_get(&pages->chunk_by_index, (uint64_t)file << 36 ^ index >> 6);
	uint32_t page = number ? pages->chunks[number]->pages[index & 63] : 0;

	return page && (page_at(pages, page)->is_cached || page_at(pages, page)->is_out) ? page : 0;
}

bool page_place(const struct pages *pages, uint32_t page, uint32_t *file, uint64_t *index)
{
	*file = page_at(pages, page)->file;
	*index = page_at(pages, page)->index;
	return *file;
}
