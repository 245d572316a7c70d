/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One operation on memory, as a charging model sees it (models.md 0.4).
 *
 * A fact of the trace, seen from one scenario: pages are base pages, `mapcount`
 * counts the page-table entries that are present in that scenario.  Pages,
 * mms and containers are small numbers given by replay/; a page number is used
 * again after OP_PAGE_GONE, container 0 is the host (in no container).
 *
 * Order: what a range maps is unmapped (OP_UNMAP) before the range goes
 * (OP_VMA_UNMAP), and that before its mm does (OP_MM_GONE); a mapping that
 * replaces another (MAP_FIXED) is the OP_VMA_UNMAP of the old one, which counts
 * whatever becomes of the OP_VMA_MAP; an mremap that shrinks and moves unmaps its
 * tail first.  A child is an OP_MM_NEW and a VMA_FORK for each VMA: when one is
 * refused, OP_MM_GONE gives back the others.  A VMA_DRIVER change that is refused
 * fails the mmap: an OP_VMA_UNMAP with its old_vma follows.
 */
#ifndef ACCOUNTING_MEM_OP_H
#define ACCOUNTING_MEM_OP_H

#include <stdbool.h>
#include <stdint.h>

enum op_kind {
	OP_MAP,			/* one entry of mm comes to map page */
	OP_UNMAP,		/* one entry of mm no longer maps page */
	OP_USE,			/* an entry that maps page was used */
	OP_PAGE_GONE,		/* the page (and its number) ends; nothing maps it */
	/*
	 * page, of a file or of shared memory, entered the page cache on behalf of
	 * container: read, read-ahead, written, faulted, shmem swapped in.  Before
	 * the OP_MAP of the same fault.  Not told of what was there before;
	 * mm is the task's.
	 */
	OP_CACHE_ADD,
	/* It left: reclaimed, truncated, shmem written to swap.  After its last OP_UNMAP, before OP_PAGE_GONE. */
	OP_CACHE_DEL,
	OP_VMA_MAP,		/* pages of mm from vpn on are mapped: `vma` says how, `why` whence */
	OP_VMA_UNMAP,		/* part of one VMA goes; `vma` is what it was */
	OP_VMA_CHANGE,		/* mprotect, mlock, munlock: from old_vma to vma */
	OP_VMA_MOVE,		/* mremap: old_pages at vpn become pages at to_vpn */
	OP_SHM_LOCK,		/* a shared memory object of container is locked in memory: pages */
	OP_SHM_UNLOCK,
	OP_MM_NEW,		/* an address space begins, in container: by fork (why VMA_FORK) or exec (VMA_INSERT) */
	OP_MM_MOVE,		/* its tasks moved: container is the new one */
	OP_MM_GONE,		/* it ends; everything is unmapped */
	OP_FORCE_EMPTY,		/* container, where no task is left, drops all it pays for: force_empty, rmdir */
	/*
	 * Kernel memory that container pays for comes or goes: pages, and slab, of
	 * objects in 4096ths of a page.  cgroup2 alone reads it.
	 */
	OP_KERNEL_CHARGE,
	OP_KERNEL_UNCHARGE,
	OP_WRITTEN,		/* what container had dirty since until_ns or longer has been written back: no model reads it */
	OP_NR_KINDS
};

/* Why an entry changed: models.md 1.4, one row each. */
enum op_why {
	WHY_ANON,		/* first write to private memory */
	WHY_COPY,		/* copy on write: page is the copy */
	WHY_FILE,		/* file or shmem fault */
	WHY_AROUND,		/* mapped around a fault, not itself used */
	WHY_SWAP_IN,
	WHY_SWAP_BAD,		/* swap-in whose read failed (SIGBUS): prepared, then cancelled */
	WHY_EXEC_ARG,		/* argument page put into a new mm */
	WHY_FORK,		/* child's copy of an entry: never prepared */
	WHY_MIGRATE,		/* unmapped and mapped again elsewhere */
	WHY_ZAP,		/* munmap, madvise, truncate */
	WHY_EXIT,		/* the mm ends */
	WHY_RECLAIM,		/* the recorded kernel's own reclaim */
	WHY_CORRECT,		/* the kernel's counter says so; which page is a guess */
	WHY_NR
};

/* Where a mapping comes from: models.md 3.3, one row each. */
enum vma_why {
	VMA_MMAP,
	VMA_BRK,
	VMA_ELF_BRK,		/* bss, by the kernel's own do_brk() */
	VMA_STACK,		/* growth */
	VMA_INSERT,		/* exec's stack, vdso: insert_vm_struct() */
	VMA_ELF,		/* a program's segment: mmap by the ELF loader */
	VMA_FORK,		/* the child's copy of one VMA */
	VMA_DRIVER,		/* OP_VMA_CHANGE: the driver's mmap changed the flags */
	VMA_NR
};

enum vma_flags {
	VMA_WRITE = 1, VMA_SHARED = 2, VMA_FILE = 4, VMA_LOCKED = 8,
	VMA_SHM_ANON = 16,	/* shared anonymous: gets its file while being mapped (D27) */
	VMA_EXECPRIO = 32,	/* the caller's flags had that bit (D24) */
	VMA_EXEC = 64,		/* may be executed; of entries only: op.vma of OP_MAP, OP_UNMAP, OP_USE */
};

/* For what the recorded kernel reclaimed: WHY_RECLAIM. */
enum reclaim_by {
	BY_REQUEST,		/* MADV_PAGEOUT, memory.reclaim, or not known */
	BY_LIMIT,		/* of a container */
	BY_MACHINE,		/* it was short of memory itself */
};

enum page_kind { PAGE_ANON, PAGE_FILE, PAGE_SHMEM };

struct mem_op {
	uint64_t time_ns;
	uint64_t since_ns;	/* OP_UNMAP of a walk that zaps: when that began, as far as events tell; else time_ns */
	uint64_t seq;		/* number of this operation, from 1, growing */
	uint64_t vpn;		/* address / page size, OP_MAP, OP_UNMAP, OP_USE */
	uint64_t stamp;		/* seq at which the entry was set or last used, before this */
	uint64_t pages, old_pages;	/* OP_VMA_*, OP_SHM_*, OP_KERNEL_*; OP_USE by read(2): what is left of the read from here on, 0 = 1;
					 * OP_CACHE_ADD: how many of a folio enter, this one first, 0 = 1 */
	uint64_t resident;	/* OP_VMA_CHANGE: entries present in the range; bc.rss alone reads it */
	union {
		uint64_t to_vpn;	/* OP_VMA_MOVE */
		uint64_t until_ns;	/* OP_WRITTEN */
	};
	uint64_t slab;		/* OP_KERNEL_* */
	uint32_t page;
	uint32_t mm;
	uint32_t container;	/* of the mm: who would pay */
	uint32_t mapcount;	/* entries mapping page in this scenario, before this */
	uint32_t old_page;	/* OP_MAP of a copy: what the entry mapped until now; 0 = nothing */
	uint32_t from_mm;	/* OP_MM_NEW: the mm of the task that made it; 0 = none */
	uint32_t tid;		/* the task that did it; 0 = unknown */
	uint16_t cpu;		/* where it ran; 0 if unknown */
	uint8_t kind;		/* enum op_kind */
	uint8_t why;		/* enum op_why; enum vma_why for OP_VMA_* */
	uint8_t page_kind;	/* enum page_kind */
	uint8_t by;		/* enum reclaim_by: OP_UNMAP and OP_CACHE_DEL with WHY_RECLAIM */
	uint8_t vma, old_vma;	/* sets of enum vma_flags; OP_MAP, OP_UNMAP: of the VMA around the entry */
	bool is_young;		/* the entry counts as used by this operation or, for OP_UNMAP, since it was set */
	bool was_young;		/* of old_page's entry */
	bool is_write;		/* OP_CACHE_ADD: to be written, not read */
	bool is_locked;		/* the VMA is mlocked */
	bool is_around;		/* OP_UNMAP, OP_USE: the entry was mapped around a fault and not seen used since */
	/*
	 * What the recorded kernel had reclaimed, and a scenario may not have, comes back
	 * (OP_MAP, OP_CACHE_ADD), ends (OP_UNMAP, OP_CACHE_DEL) or is copied (WHY_FORK);
	 * for the facts the last two are nothing.  stamp is the entry's, as if it stood.
	 */
	bool is_out;
	bool is_tail;		/* OP_MAP, OP_CACHE_ADD: one more page of the folio of the one before */
	bool is_perhaps;	/* OP_USE of an entry: it may have been used, or another. No use but where uses are assumed */
	bool is_again;		/* OP_USE by read(2): where the read of that file before it ended */
};

/* Whose page it names, or whose pages it moves: not about ranges, address spaces and calls. */
static inline bool mem_op_is_of_pages(const struct mem_op *op)
{
	return op->kind < OP_VMA_MAP || op->kind >= OP_FORCE_EMPTY;
}

/* The call behind it, as people say it: "mmap", "fork", "stack growth"; NULL = none. */
const char *mem_op_call(const struct mem_op *op);

#endif
