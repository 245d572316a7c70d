/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Today's memory controller at work: behind cgroup2_model (accounting/model.h), shared by cgroup2.c (pages,
 * the stages and the class), cgroup2_charge.c (counters, stocks, kernel memory), cgroup2_fresh.c (the short way of
 * most pages) and cgroup2_check.c.  Amounts are pages, containers numbers; what is charged for is reserved first, and paid from that.
 */
#ifndef ACCOUNTING_CGROUP2_H
#define ACCOUNTING_CGROUP2_H

#include "accounting/cgroup2_stock.h"
#include "accounting/model.h"

#define C2_OWNER_SHIFT 5	/* in flags of a page */
#define MAX_OWNER 0x7ffffff	/* of a page: 27 bits */

enum c2_flag {
	C2_ANON = 1 << 0,	/* charged as anon; else as file */
	C2_CACHED = 1 << 1,	/* the page is in the page cache */
	C2_MAPPED = 1 << 2,	/* the page is mapped */
	C2_BUFFERS = 1 << 3,	/* slab is charged for it */
	C2_SWAPPED = 1 << 4,	/* it is in a slot; nobody pays */
	C2_FLAGS = (1 << C2_OWNER_SHIFT) - 1,
};

/* There is one a page and scenario: one word, as a word that is written in parts and then read is waited for. */
struct c2_page {
	uint32_t flags;		/* set of enum c2_flag, and the owner */
};

struct c2_container {
	struct model_counters counters;
	struct model_stat stat;
	uint64_t slab;		/* 4096ths of a page */
	uint64_t slab_pages;	/* of stat.kernel */
	uint64_t tolerated;	/* C3: the most that may be held, as it was when the limit came */
};

/* What prepare() took. */
struct reservation {
	uint64_t pages;
	uint32_t container;
	bool is_folio;	/* for pages that follow their folio's first */
};

/* A charge that was refused: its next attempt asks for no more than it needs. */
struct attempt {
	uint64_t seq;		/* of its operation; 0 = none */
	uint32_t page;
};

struct cgroup2 {
	struct model base;
	struct model_config config;
	struct c2_container *containers;
	size_t nr, capacity;
	struct stocks stocks;
	struct reservation reserved;
	struct attempt refused;
	const char *broken;	/* first invariant an operation was seen to break */
};

/* --- cgroup2_charge.c --- */

/* A container that nothing was charged to. */
extern const struct c2_container c2_unlimited;

/* There are containers up to that one. */
void c2_make_containers(struct cgroup2 *cg, uint32_t last);
/* try_charge_memcg(), once; of a container that there is, if nothing is in stock. */
bool c2_charge_counter(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu, bool is_retry);
/* The same of any. */
bool c2_charge(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu, bool is_retry);
/* Kernel memory comes back: into the stock, as objects and pages of it are freed. */
void c2_uncharge_kernel(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu);
/* Pages that so much more slab would take. */
uint64_t c2_slab_growth(const struct cgroup2 *cg, uint32_t container, uint64_t slab);
/* Slab grows, by what is reserved for it, or shrinks. */
void c2_change_slab(struct cgroup2 *cg, uint32_t container, int64_t change, uint32_t cpu);
/* model_class.drain */
uint64_t c2_drain(struct model *model, uint32_t container);

/* --- cgroup2_fresh.c --- */

/* model_class.charge_fresh, uncharge_fresh */
const struct model_counters *c2_charge_fresh(struct model *model, const struct mem_op *op);
const struct model_counters *c2_uncharge_fresh(struct model *model, const struct mem_op *op, uint32_t *container);

/* --- cgroup2_check.c --- */

/* model_class.check */
const char *c2_check(struct model *model, uint32_t nr_pages);

static inline struct c2_page *c2_page_of(const struct cgroup2 *cg, uint32_t page)
{
	return record_at(cg->config.pages, page, cg->config.offset);
}

/* Container + 1 that pays, or that its slot belongs to; 0 = nobody. */
static inline uint32_t c2_owner(const struct c2_page *pc)
{
	return pc->flags >> C2_OWNER_SHIFT;
}

/* Who pays, container + 1; 0 = nobody. */
static inline uint32_t c2_payer(const struct c2_page *pc)
{
	return pc->flags & C2_SWAPPED ? 0 : c2_owner(pc);
}

/* Who its slot belongs to; likewise. */
static inline uint32_t c2_swap_owner(const struct c2_page *pc)
{
	return pc->flags & C2_SWAPPED ? c2_owner(pc) : 0;
}

static inline bool c2_is_held(const struct c2_page *pc)
{
	return pc->flags & (C2_CACHED | C2_MAPPED);
}

static inline struct c2_container *c2_container_of(struct cgroup2 *cg, uint32_t container)
{
	if (container >= cg->nr)
		c2_make_containers(cg, container);
	return &cg->containers[container];
}

static inline bool c2_is_on(const struct cgroup2 *cg, enum switch_name name)
{
	return cg->config.rules.chosen[name] == SWITCH_ON;
}

static inline bool c2_take_stock(struct cgroup2 *cg, struct c2_container *c, uint64_t nr, uint32_t cpu)
{
	/* At a limit nothing is in stock, mostly. */
	if (c->stat.stock < nr || !c2_is_on(cg, SWITCH_CGROUP2_STOCK) || nr > STOCK_BATCH ||
	    !stocks_take(&cg->stocks, cpu, (uint32_t)(c - cg->containers), nr))
		return false;
	c->stat.stock -= nr;
	return true;
}

#endif
