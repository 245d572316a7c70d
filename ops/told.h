/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts told one by one: by a text of operations instead of a recording.
 *
 * Every told_* that changes an entry or an address space gives one operation to
 * config.op, when the facts already hold it, exactly as rebuild.h does.  Those
 * that cannot be return a reason, a sentence for people (static or borrowed until
 * the next call), and change nothing; NULL = done.
 *
 * Numbers of mms and pages are given in the order of a recording's rebuild, so
 * that the same operations are the same bytes.
 */
#ifndef OPS_TOLD_H
#define OPS_TOLD_H

#include "rebuild/facts.h"
#include "rebuild/page_table.h"
#include "rebuild/vma.h"

#define TOLD_VMA_LOOKUP (-1)	/* what the address space knows of the place */

struct told_mm {
	bool is_alive;
	uint32_t container, pid;
	uint32_t parent_mm;	/* told_parent() */
	uint64_t born, parent_born;	/* seq: a number may be another's by now */
	uint32_t last_task;	/* of texts by hand: the last that came to live in it; 0 = none does */
	uint64_t total_vm;
	uint64_t count[MM_NR_MEMBERS], peak[MM_NR_MEMBERS];	/* entries, by kind of page */
	char comm[MM_COMM_BYTES];
	struct page_table table;
	struct vmas vmas;	/* of texts by hand; those of a recording tell only flags */
	struct vmas locked;	/* ranges mlocked, whoever maps them */
	uint64_t free_vpn;	/* above everything that was placed */
};

struct told {
	struct facts base;
	void (*op)(void *context, struct mem_op *op);
	void *context;
	uint64_t seq, now_ns;
	uint32_t now_tid;
	uint16_t now_cpu;
	struct pages pages;
	struct leaf_pool pool;
	struct told_mm *mms;	/* [0] unused */
	size_t nr_mms, mms_capacity;
	uint32_t *free_mms;
	size_t nr_free_mms, free_mms_capacity;
};

void told_init(struct told *told);
void told_release(struct told *told);

static inline struct told_mm *told_mm_at(const struct told *told, uint32_t mm)
{
	return &told->mms[mm];
}

/* Of an address space; from: that of the task that made it, 0 = none. */
uint32_t told_mm_new(struct told *told, uint32_t container, uint32_t from, enum vma_why why, uint32_t pid,
		     const char *comm);
void told_mm_move(struct told *told, uint32_t mm, uint32_t container);
/* That of the task that made it, if it lives; 0 = none. */
uint32_t told_parent(const struct told *told, const struct told_mm *m);
const char *told_mm_gone(struct told *told, uint32_t mm);
void told_mm_comm(struct told *told, uint32_t mm, const char *comm);

struct told_entry {
	uint64_t vpn;
	uint32_t mm, page;	/* page: of told_map and told_copy */
	int vma;		/* set of enum vma_flags, or TOLD_VMA_LOOKUP */
	enum op_why why;
	bool is_young, is_write, is_locked, is_tail;
	bool is_perhaps;	/* told_use(): it may have been */
	bool is_out;		/* of a page in swap: it comes back, ends, or is copied by fork */
	enum reclaim_by by;	/* WHY_RECLAIM */
};

/*
 * WHY_FORK takes stamp and page from the parent's entry.  WHY_MIGRATE is said of
 * an entry that stands: it is counted off and on again.  WHY_SWAP_BAD leaves none.
 */
const char *told_map(struct told *told, const struct told_entry *entry);
/* The entry maps another page instead: copy on write. */
const char *told_copy(struct told *told, const struct told_entry *entry);
const char *told_unmap(struct told *told, const struct told_entry *entry);
const char *told_use(struct told *told, const struct told_entry *entry);
/* The entry of `from` stands at `to`; no operation. */
const char *told_shift(struct told *told, uint32_t mm, uint64_t from, uint64_t to);

/* The page that an entry maps. */
bool told_find(struct told *told, uint32_t mm, uint64_t vpn, uint32_t *page);
/* Swap slots, of texts by hand: they keep a page alive; no operation. */
const char *told_swap_out(struct told *told, const struct told_entry *entry);
bool told_find_swap(struct told *told, uint32_t mm, uint64_t vpn, uint32_t *page);

/* A page that nothing holds ends. */
const char *told_page_gone(struct told *told, uint32_t page);
/* It is the page at index of a file that only has a number. */
void told_place(struct told *told, uint32_t page, uint32_t file, uint64_t index);
/* OP_USE without an entry, OP_CACHE_ADD, OP_CACHE_DEL, OP_SHM_...: what says it all by itself. */
void told_emit(struct told *told, struct mem_op *op);
/* OP_VMA_...: op says what; VMAs are the caller's, what is mlocked follows. */
void told_range(struct told *told, struct mem_op *op);

const struct facts *told_facts(const struct told *told);
extern const struct facts_class told_facts_class;

/* Whether the place is mlocked. */
bool told_is_locked(struct told_mm *m, uint64_t vpn);
/* It is so from here on; begin and end are page numbers. */
void told_set_locked(struct told *told, struct told_mm *m, uint64_t begin, uint64_t end, bool is_locked);

#endif
