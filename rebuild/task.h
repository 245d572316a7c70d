/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A task as rebuilt: which address space it has, and what it is in the middle of: a fault, a call, exec, fork.
 *
 * task_by_tid() makes one when its number is first seen. What several events tell together stands here from
 * the first to the last of them; pages are counted by member, vpns are addresses / page size.
 */
#ifndef REBUILD_TASK_H
#define REBUILD_TASK_H

#include "rebuild/mm.h"
#include "rebuild/sums.h"

/* A page fault, until what it did is known. */
struct fault {
	bool is_active;
	uint64_t vpn;
	uint32_t error_code;
	uint64_t begin_ns;
	uint64_t pfn;		/* last movable page allocated in it; 0 = none */
	uint32_t order;
	uint32_t nr_allocs;
	uint32_t cache_file;	/* mm_filemap_fault: the page it wants; 0 = not seen */
	uint64_t cache_index;
	bool is_copied;		/* copy on write is done */
	bool is_swap_in;	/* SWAP -1 is still to come */
	bool is_populate;	/* no fault event: a call fills its range */
	bool is_doubted;	/* its entry is known, yet the kernel says it is empty: perhaps only to see its use */
	bool is_fresh;		/* a page was allocated for a write that needed one: a counter rises */
	uint64_t mapped_pfn;	/* of a page mapped when it was allocated: its free undoes that; 0 = none */
	uint32_t added_file;	/* pages that entered the page cache in it; 0 = none */
	uint64_t added_first, added_last;
	bool added_too_much;	/* for a fault: it is over, and the task reads */
};

/* A rise of FILE or SHMEM whose pages the next event tells. */
struct held {
	bool is_held;
	enum mm_member member;
	int64_t pages, total;
	uint32_t mm;
	uint64_t mm_born;
};

/* A range that a fault mapped around itself, until a counter tells the sum of many. */
struct late_window {
	uint64_t begin, end;	/* vpns */
	uint32_t nr;		/* pages that came to be mapped */
	uint32_t nr_sums;	/* how often a sum told of that place, this time included */
	uint32_t cost;		/* of a correction in it */
	struct open_window open;	/* id 0: there is no guess about it */
	uint32_t file;
	uint64_t first, last;	/* indices */
	bool is_raced;		/* another mapped these pages at the same time: each leaves out what the other has locked */
	uint64_t alike;		/* its pages as a number */
};

/*
 * What a kernel before 6.2 has counted for a task and not published yet: it adds
 * a task's faults to rss_stat at the 66th and before it unmaps, execs or exits.
 */
struct late {
	int64_t pending[MM_NR_MEMBERS];	/* predicted */
	uint32_t nr_faults;		/* since the last time */
	bool is_publishing;		/* members from `next` on may still follow */
	uint8_t next;
	bool has_more;			/* windows than are kept here */
	uint32_t nr_windows;		/* ranges that faults mapped around since then */
	struct late_window windows[SUM_WINDOWS];
};

struct task {
	bool is_used, is_exited;
	uint32_t tid, tgid;
	uint32_t mm;		/* 0 = kernel thread or unknown */
	uint64_t mm_born;	/* task_leave_dead() */
	uint64_t nr_mms_ended;	/* when that was looked at last */
	uint32_t container;
	uint32_t parent;	/* tid */
	char comm[MM_COMM_BYTES];
	uint64_t begin_ns;
	uint64_t killed_ns;	/* the kernel's OOM killer chose it; 0 = never */
	struct fault fault;
	struct held held;
	struct late *late;	/* NULL until something is pending */
	uint32_t exec_files[2];	/* whose first page exec read: program and loader; 0 = none */
	struct fault exec_faults[2];	/* those of exec that read: of program and loader */
	uint64_t exec_address, exec_stack;	/* pointers of the mm and its stack that exec is building */
	uint8_t call;		/* enum mm_call in progress, or MM_CALL_NONE */
	uint64_t args[6];
	struct walk walk;	/* of the call or teardown in progress */
	bool is_walking;
	uint64_t populate_at, populate_end;	/* what a populating call may still fill */
	uint32_t nr_early[MM_NR_MEMBERS];	/* pages that came before their mmap said where */
	uint32_t exec_mm;	/* address space that exec is building; 0 = none */
	bool expects_acct;	/* an argument page was made: the old mm counts it next */
	int64_t acct_pages;	/* counted in the old mm without a page */
	bool has_execed;	/* the switch to the new mm was done */
	uint32_t teardown_mm;	/* last mm this task was seen to tear down */
	bool is_forking;	/* counters of a child not yet born */
	uint32_t fork_id;
	int64_t fork_known[MM_NR_MEMBERS];
	struct walk fork_walk;
	uint32_t stack_container;	/* pays for its kernel stack; 0 = none */
	uint64_t write_pfn;	/* allocated just now to be written: page cache; 0 = none */
	uint64_t last_ns;	/* its last event, but for pages freed and counters of containers */
	uint64_t metadata_pfn;	/* for a file system's own, if it is for the page cache; 0 = none */
	struct { uint32_t file; uint64_t index, last; } read;	/* where the last read(2) event of it got to */
	bool has_fresh_alloc;	/* a movable page was allocated just now */
	uint64_t fresh_pfn;
	uint32_t reclaim_depth;
	uint8_t reclaim_by;	/* enum reclaim_by: of the outermost; BY_REQUEST while there is none */
	uint64_t snapshot_end_ns;	/* until then what it does may be in its snapshot already */
	uint32_t nr_unmapped;	/* swapped-out or dropped entries whose page is to be told */
	struct { uint32_t mm; uint8_t member; } unmapped[16];
	bool is_stray;		/* doubt.h */
	bool is_open_stray;	/* and nothing is known of its address space yet */
	uint64_t nr_stray_pages;	/* allocated while its address space was not known */
};

#endif
