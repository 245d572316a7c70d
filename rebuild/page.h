/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of the recorded kernel, as far as the trace tells them apart.
 *
 * A page is a number, from 1; 0 is the special page (vdso and the like), which is
 * counted by the kernel but never charged.  Identity (reconstruct.md 5): an
 * anonymous page is what one fault or copy made, wherever its frame moves and
 * through swap; a file page is (file, index); a shmem page is (object, index),
 * where the object is the mapping that was seen to make it or its inode.
 *
 * A page lives while an entry maps it or holds its swap slot, and a file or
 * shmem page as long as it is in the page cache.
 */
#ifndef REBUILD_PAGE_H
#define REBUILD_PAGE_H

#include "accounting/mem_op.h"
#include "base/map64.h"
#include "rebuild/frames.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SPECIAL 0
#define PTE_REF_NONE 0		/* see page_table.h */

struct page {
	uint32_t rmap;		/* first entry that maps it, oldest first; PTE_REF_NONE */
	uint32_t rmap_last;
	uint32_t mapcount;
	uint32_t swapcount;	/* entries that hold its swap slot */
	uint64_t pfn;		/* 0 = unknown */
	uint64_t index;		/* in pages, of its file */
	uint32_t file;		/* 0 for anonymous */
	uint8_t kind;		/* enum page_kind */
	uint8_t zone;		/* of the machine; no recording says it: 0 */
	bool is_cached;		/* in the page cache: lives without mappings */
	bool is_dirty;		/* written through a shared mapping */
	bool is_migrating;	/* its entries are migration entries at the moment */
	bool is_out;		/* reclaimed from the page cache, and not known to have ended */
	bool is_told;		/* of a file: read or mapped since it came, so what uses it is told */
	bool is_used;		/* the number is taken */
};

/* What is known of one index of a file. */
enum cache_state { CACHE_UNKNOWN, CACHE_PRESENT, CACHE_ABSENT };

/* 64 indices of one file. */
struct file_chunk {
	uint32_t pages[64];	/* page numbers, 0 = none */
	uint64_t present;	/* seen added, read or mapped, and not deleted since */
	uint64_t absent;	/* seen deleted, or a fault found it missing */
	uint64_t skipped;	/* present, but the last fault-around left it out */
	uint64_t sure;		/* added, deleted or faulted on in the recording: there is no guess about it */
	uint64_t large;		/* present and part of a folio of more than one page */
	uint8_t nr_sums[4];	/* per 16 pages: how often rss_stat told the sum of windows there */
	uint32_t around_task[4];	/* who mapped the last window there, until when: late.c */
	uint64_t around_ns[4];
	uint8_t order[64];	/* of the folio it was added with, where `large` says so */
	uint32_t node_container;	/* pays for the node of the page cache; 0 = nobody */
	uint32_t next_of_file;	/* chain of a file's chunks */
	uint64_t base;		/* first index */
};

/* How far an opened file was read ahead, as the kernel keeps it with each (file_ra_state). */
struct reading {
	uint64_t of;		/* address space it was opened in, by its birth; 0 = none */
	uint64_t start, size, async_size;
};

struct file {
	uint64_t ino;
	uint32_t dev;
	uint32_t chunks;	/* first of its chunks; 0 = none */
	uint32_t layout;	/* where its segments were seen: segments.c; 0 = nowhere yet */
	uint64_t end_index;	/* pages, learned from cut windows; UINT64_MAX = unknown */
	int8_t data_shift;	/* of a program: its segments from data_first on, as they lie in memory, are */
	uint64_t data_first;	/* at indices by so much higher than these: images.c */
	uint32_t real;		/* the file this one turned out to be; 0 = none known */
	struct reading reading;	/* of whoever read last */
	uint64_t nr_added;	/* pages seen to enter the page cache */
	uint64_t nr_found;	/* pages that a read ahead left out: they were there before */
	bool is_shmem;
	bool is_born;		/* its begin was seen: what was not seen to come is not there */
	uint32_t nr_out;	/* pages that are out */
};

struct pages {
	struct page *pages;	/* [0] is the special page */
	size_t nr, capacity;	/* numbers ever used: the bound for rows elsewhere */
	uint32_t *free;
	size_t nr_free, free_capacity;
	struct file *files;	/* [0] unused */
	size_t nr_files, files_capacity;
	struct map64 file_by_ino;	/* (dev, ino) mixed */
	struct file_chunk **chunks;	/* [0] unused */
	size_t nr_chunks, chunks_capacity;
	struct map64 chunk_by_index;	/* file << 36 | index >> 6 */
	struct frames by_pfn;		/* anonymous and shmem pages */
	uint64_t last_chunk_key;
	uint32_t last_chunk;
	uint64_t nr_alive, peak_alive;
};

void pages_init(struct pages *pages);
void pages_release(struct pages *pages);

static inline struct page *page_at(const struct pages *pages, uint32_t page)
{
	return &pages->pages[page];
}

/* It is going to be asked for: its row may end in another line of memory than it begins in. */
static inline __attribute__((always_inline)) void page_prefetch(const struct pages *pages, uint32_t page)
{
	__builtin_prefetch(page_at(pages, page), 1);
	__builtin_prefetch((const char *)(page_at(pages, page) + 1) - 1, 1);
}

uint32_t page_new(struct pages *pages, enum page_kind kind);
/* The number becomes free; nothing may map it. */
void page_free(struct pages *pages, uint32_t page);
void page_set_pfn(struct pages *pages, uint32_t page, uint64_t pfn);
uint32_t page_by_pfn(const struct pages *pages, uint64_t pfn);	/* 0 = none */

/* The file (from 1) of a device and inode; made when new. */
/* The file of that inode, or 0. */
uint32_t file_find(const struct pages *pages, uint32_t dev, uint64_t ino);
/* From now on the file, which had none, has that inode. */
void file_name(struct pages *pages, uint32_t file, uint32_t dev, uint64_t ino);
uint32_t file_by_ino(struct pages *pages, uint32_t dev, uint64_t ino);
/* A file without a known inode: one shared anonymous mapping. */
uint32_t file_new(struct pages *pages, bool is_shmem);

/* The chunk that holds index, made when new (find: or NULL); good until the next *_chunk call. */
struct file_chunk *file_chunk(struct pages *pages, uint32_t file, uint64_t index);
struct file_chunk *file_find_chunk(struct pages *pages, uint32_t file, uint64_t index);

/* The page at index of a file that is in the page cache, or was until it was reclaimed; or 0. */
uint32_t file_cached_page(const struct pages *pages, uint32_t file, uint64_t index);
/* Where a page is; false: of no file. */
bool page_place(const struct pages *pages, uint32_t page, uint32_t *file, uint64_t *index);

/* The page at index of a file, made when new. */
uint32_t file_page(struct pages *pages, uint32_t file, uint64_t index);

#endif
