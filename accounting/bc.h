/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beancounters at work: behind bc_model (accounting/model.h), shared by bc.c (the stages
 * and the class), bc_counters.c (one beancounter), bc_shares.c (who has a page),
 * bc_plan.c (what an operation charges) and bc_ranges.c (what an address space has).
 */
#ifndef ACCOUNTING_BC_H
#define ACCOUNTING_BC_H

#include "accounting/model.h"

enum { BC_PRIVVM, BC_LOCKED, BC_RESOURCES };	/* in the order of the class's resources */

#define BC_WEIGHT (UINT64_C(1) << 24)	/* shares of one page */
#define BC_PAGE_SHIFT 12		/* D21: what the patch shifts by */

enum strictness { BC_BARRIER, BC_LIMIT };

struct bc_resource {
	struct model_counters counters;
	uint64_t charged;	/* pages; without shares of resident ones */
	uint64_t tolerated;	/* B7: the most that may be held, as it was when the limit came */
	uint64_t largest;	/* charge so far */
	int64_t missing;	/* B1, B2: reserved and not charged, by posted rules; negative: too much */
};

struct beancounter {
	struct bc_resource resources[BC_RESOURCES];
	uint64_t rss;		/* shares */
	uint64_t shm_locked;	/* pages */
};

/* What one address space has; it goes with it. */
struct bc_mm {
	uint64_t reserved[BC_RESOURCES];	/* pages of private VMAs, of locked VMAs */
	uint64_t resident;	/* entries in private VMAs; bc.rss */
	uint32_t container;
	bool is_known;
};

/* A beancounter's part of one page. */
struct share {
	uint32_t container;
	uint32_t refs;		/* entries */
	uint32_t prev, next;	/* circle of shares; numbers from 1 */
	uint8_t shift;		/* BC_WEIGHT >> shift */
};

struct bc_page {
	uint32_t head;		/* of the circle; 0 = nobody has a share */
};

/* What an operation charges before it happens. */
struct plan {
	uint64_t pages[BC_RESOURCES];
	bool is_charged[BC_RESOURCES];	/* also of 0 pages: the limit is looked at */
	enum strictness strict[BC_RESOURCES];
	bool is_memory;		/* by bc_memory_charge(): D17 */
	bool is_lost;		/* its result is: D18 */
};

struct bc {
	struct model base;
	struct model_config config;
	struct beancounter *containers;
	size_t nr, capacity;
	struct bc_mm *mms;
	size_t nr_mms;
	struct share *shares;	/* [0] is none */
	size_t nr_shares, shares_capacity;
	uint32_t free_share;	/* list by next; 0 = none */
	struct plan pending;	/* what the last prepare() charged */
	const char *broken;	/* first invariant an operation was seen to break */
};

extern const struct model_class bc_model;

static inline bool bc_is_openvz(const struct bc *bc)
{
	return bc->config.rules.chosen[SWITCH_BC_VARIANT] == BC_OPENVZ;
}

static inline bool bc_has_rss(const struct bc *bc)
{
	return bc->config.rules.chosen[SWITCH_BC_RSS] == SWITCH_ON;
}

static inline bool bc_is_posted(const struct bc *bc, enum rule rule)
{
	return rules_posted(&bc->config.rules, rule);
}

static inline struct bc_page *bc_page_of(const struct bc *bc, uint32_t page)
{
	return record_at(bc->config.pages, page, bc->config.offset);
}

/* BC_VM_PRIVATE(); shared anonymous memory has a file once it is mapped. */
static inline bool bc_is_private(uint8_t vma)
{
	return vma & VMA_WRITE && !(vma & VMA_SHM_ANON) && !(vma & VMA_SHARED && vma & VMA_FILE);
}

static inline bool bc_is_counted(uint8_t vma, uint32_t resource)
{
	return resource == BC_PRIVVM ? bc_is_private(vma) : vma & VMA_LOCKED;
}

static inline bool bc_is_moved(const struct mem_op *op)
{
	return op->to_vpn != op->vpn;
}

/* --- bc_counters.c --- */

struct beancounter *bc_beancounter(struct bc *bc, uint32_t container);
/* After a change of `charged` or `rss`. */
void bc_refresh(struct beancounter *b, uint32_t resource);
/* bc_charge_locked(); false: refused. */
bool bc_charge(struct bc *bc, uint32_t container, uint32_t resource, uint64_t pages, enum strictness strict);
/* bc_uncharge_locked(): what is not there is logged and left. */
void bc_uncharge(struct bc *bc, uint32_t container, uint32_t resource, uint64_t pages);
void bc_set_limit(struct model *model, uint32_t resource, uint32_t container, uint64_t barrier, uint64_t limit);
const struct model_counters *bc_counters(const struct model *model, uint32_t resource, uint32_t container);
void bc_reset_counters(struct model *model);
/* B1, B2, B3, B7; NULL or what is broken. */
const char *bc_check_resource(const struct bc *bc, struct bc_resource *r, uint32_t resource, uint64_t reserved);

/* --- bc_shares.c --- */

/* An entry comes, or goes. */
void bc_enter(struct bc *bc, const struct mem_op *op);
void bc_leave(struct bc *bc, const struct mem_op *op);
void bc_end_page(struct bc *bc, const struct mem_op *op);
/* B5. */
const char *bc_check_shares(const struct bc *bc, uint32_t nr_pages);

/* --- bc_plan.c --- */

void bc_make_plan(const struct bc *bc, const struct mem_op *op, struct plan *plan);
/* bc_memory_charge(): lockedpages first; false: nothing is charged and *resource refused. */
bool bc_charge_plan(struct bc *bc, uint32_t container, const struct plan *plan, uint32_t *resource);
/* A child's memory is not locked. */
uint8_t bc_mapped_vma(const struct mem_op *op);
/* D27: shared anonymous memory counts as private while it is being mapped. */
bool bc_is_transient(const struct bc *bc, const struct mem_op *op);
/* Pages of the range that count: with shares resident ones do already. */
uint64_t bc_changed_pages(const struct bc *bc, const struct mem_op *op, uint32_t resource);
uint64_t bc_shm_pages(const struct bc *bc, uint64_t pages);

/* --- bc_ranges.c --- */

/* One that is older than the recording belongs to the container it is first seen in. */
struct bc_mm *bc_mm_of(struct bc *bc, const struct mem_op *op);
void bc_commit_map(struct bc *bc, const struct mem_op *op);
void bc_commit_unmap(struct bc *bc, const struct mem_op *op);
void bc_commit_change(struct bc *bc, const struct mem_op *op);
void bc_commit_move(struct bc *bc, const struct mem_op *op);
void bc_commit_shm(struct bc *bc, const struct mem_op *op);
void bc_end_mm(struct bc *bc, const struct mem_op *op);

#endif
