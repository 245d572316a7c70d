/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a world may ask of the facts: read only, as of the operation in work.
 *
 * Facts are rebuilt from a recording (rebuild.h) or told by hand; a world cannot
 * tell which.  Numbers of pages, mms and containers are those of operations.
 */
#ifndef REBUILD_FACTS_H
#define REBUILD_FACTS_H

#include <stdbool.h>
#include <stdint.h>

struct leaf_pool;
struct pages;

/* An address space. */
struct mm_facts {
	bool is_alive;
	uint32_t container, pid, parent_mm;
	uint64_t total_vm;	/* pages */
};

/* One entry that maps a page, or whose page is in swap (is_out); stamp and is_old as in struct mem_op. */
typedef void entry_visitor(void *context, uint64_t vpn, uint32_t page, uint64_t stamp, bool is_old, bool is_out);

struct facts {			/* base: first member of every kind of facts */
	const struct facts_class *class;
	const struct pages *pages;
	const struct leaf_pool *pool;	/* of all entries */
	bool has_locked;	/* some VMA was mlocked, in few recordings: else there is nothing to ask is_locked() */
};

struct facts_class {
	/* Bounds: every number is below. */
	uint32_t (*nr_pages)(const struct facts *facts);
	uint32_t (*nr_mms)(const struct facts *facts);
	void (*mm)(const struct facts *facts, uint32_t mm, struct mm_facts *answer);
	/* Name of the process; borrowed until the next event, never NULL. */
	const char *(*comm)(const struct facts *facts, uint32_t mm);
	/* A file or shmem page was written through a shared mapping. */
	bool (*is_dirty)(const struct facts *facts, uint32_t page);
	/* Which zone of the machine it is in; NULL = all in the first. */
	uint32_t (*zone)(const struct facts *facts, uint32_t page);
	/* Where a page of a file is; false: nobody knows. */
	bool (*place)(const struct facts *facts, uint32_t page, uint32_t *file, uint64_t *index);
	/* The page there, if it is in the page cache or was until it was reclaimed; else 0. */
	uint32_t (*page_at)(const struct facts *facts, uint32_t file, uint64_t index);
	/* Some entry that maps it, the oldest; false: none. */
	bool (*entry)(const struct facts *facts, uint32_t page, uint32_t *mm, uint64_t *vpn, uint64_t *stamp);
	/* Entries that map it, or hold its slot in swap. */
	uint32_t (*nr_entries)(const struct facts *facts, uint32_t page);
	/* An mlocked VMA maps it. */
	bool (*is_locked)(const struct facts *facts, uint32_t page);
	/* Calls visit for every entry of mm that maps a page, in address order but for those in swap. */
	void (*visit)(const struct facts *facts, uint32_t mm, entry_visitor *visit, void *context);
};

#endif
