/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address space as rebuilt: its VMAs and page table, and what the kernel counted of it.
 *
 * From mm_new() to mm_end() (mm.c). Pages are counted by member (anonymous, file, swap, shared memory), as
 * rss_stat has them; vpns are addresses / page size.
 */
#ifndef REBUILD_MM_H
#define REBUILD_MM_H

#include "rebuild/page_table.h"
#include "rebuild/vma.h"

/*
 * Where a walk over an address space is that removes or copies entries: the
 * kernel counts once per VMA, page table and member.
 */
struct walk {
	uint64_t at, end;		/* [at, end) is still to come */
	uint64_t chunk_begin, chunk_end;	/* the page table in work */
	uint64_t left[MM_NR_MEMBERS];	/* of it, not counted yet */
	bool is_copy;			/* only VMAs that fork copies */
	bool is_partial;		/* less was counted of the chunk than it holds */
};

struct mm {
	bool is_used;
	bool is_observed;	/* born in the recording: all its pages are known */
	bool has_arguments;	/* not counted yet: its exec was seen only when it was done */
	bool is_dying;
	bool has_id;
	uint32_t mm_id;		/* the kernel's hash, while has_id */
	uint32_t nr_users;	/* tasks */
	uint64_t born;		/* tells it from others of that number; 0 = it ended */
	uint32_t pid;		/* of the task it was made for */
	uint32_t parent_mm;
	uint64_t parent_born;	/* mm_parent() */
	uint32_t building_task;	/* whose exec it was made for */
	uint32_t container;
	struct vmas vmas;
	struct page_table table;
	int64_t known[MM_NR_MEMBERS];	/* what the kernel last said */
	int64_t peak[MM_NR_MEMBERS];
	int64_t count[MM_NR_MEMBERS];	/* entries in the table */
	int64_t pending[MM_NR_MEMBERS];	/* of them, what known[] does not tell yet: late.c */
	uint64_t brk_begin, brk_end;	/* vpns; 0 = unknown */
	uint8_t seen_members;	/* of an mm older than the recording: known[] means something */
	uint32_t nr_arg_pages;	/* put there by exec; their address is guessed */
	uint64_t told_pages;	/* of inferred VMAs that models have been told of */
	bool locks_future;	/* mlockall(MCL_FUTURE): what will be mapped is locked */
	bool has_stack;		/* a fault or vma_store told where the arguments lie */
	uint64_t stack_end;	/* vpn, where the kernel told it; 0 = unknown */
	uint32_t program;	/* name that exec was given; 0 = unknown */
	uint32_t nr_regions;	/* images.c: places where files were guessed */
	/* doubt.h */
	bool is_doubtful, is_stray;
	uint32_t first_container;	/* where it was made: some models charge that for good */
	uint8_t unsure_members;	/* bits: the kernel's count was not seen since a gap */
	int64_t known_before[MM_NR_MEMBERS];	/* by how much known[] exceeded count[] before any gap */
	uint64_t nr_special;	/* entries whose page could not be told since */
	uint64_t nr_stray_pages;	/* allocated by it, perhaps */
};

#endif
