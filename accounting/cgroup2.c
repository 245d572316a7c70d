// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CGROUP2: the memory controller of Linux 5.10 to 6.18 (cgroup2.md 2, 3, 8).
 *
 * `held` is memory.current: pages of memory and page cache until they are freed,
 * kernel memory, and what the CPUs have in stock.  Who pays is settled when the
 * page is allocated and until it is freed; a page in swap belongs to whom it was
 * charged to, and pays there again when it comes back.
 *
 * A large folio of the page cache is charged at once, with its first page
 * (op.pages); one of anonymous memory page by page.  Slab is charged by the page
 * that its objects fill.  The buffer heads of a written page are an estimate.
 */
#include "accounting/model.h"

#include "accounting/cgroup2_stock.h"
#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_OWNER 0x7ffffff	/* of a page: 27 bits */
#define SLAB_PAGE 4096		/* slab is counted in 4096ths of a page */
#define BUFFER_HEAD (104 + 8)	/* struct buffer_head, one for a page that was written, and who pays: obj_full_size() */

enum c2_flag {
	C2_ANON = 1 << 0,	/* charged as anon; else as file */
	C2_CACHED = 1 << 1,	/* the page is in the page cache */
	C2_MAPPED = 1 << 2,	/* the page is mapped */
	C2_BUFFERS = 1 << 3,	/* slab is charged for it */
	C2_SWAPPED = 1 << 4,	/* it is in a slot; nobody pays */
};

/* There is one a page and scenario. */
struct c2_page {
	uint32_t flags : 5;	/* set of enum c2_flag */
	uint32_t owner : 27;	/* container + 1 that pays, or that its slot belongs to; 0 = nobody */
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

extern const struct model_class cgroup2_model;

static const struct c2_container unlimited = {
	.counters = { .barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED },
	.tolerated = UINT64_MAX,
};

static struct c2_page *page_of(const struct cgroup2 *cg, uint32_t page)
{
	return record_at(cg->config.pages, page, cg->config.offset);
}

/* Who pays, container + 1; 0 = nobody. */
static uint32_t payer(const struct c2_page *pc)
{
	return pc->flags & C2_SWAPPED ? 0 : pc->owner;
}

/* Who its slot belongs to; likewise. */
static uint32_t swap_owner(const struct c2_page *pc)
{
	return pc->flags & C2_SWAPPED ? pc->owner : 0;
}

/* The slot is free. */
static void leave_swap(struct cgroup2 *cg, struct c2_page *pc)
{
	if (!(pc->flags & C2_SWAPPED))
		return;
	cg->containers[pc->owner - 1].stat.swap--;
	pc->flags &= ~(unsigned)C2_SWAPPED;
	pc->owner = 0;
}

static void make_containers(struct cgroup2 *cg, uint32_t last)
{
	assert(last < MAX_OWNER);	/* as many as a page can name; no memory holds the names of so many */
	while (cg->nr <= last) {
		xgrow(&cg->containers, cg->nr, &cg->capacity, sizeof(*cg->containers));
		cg->containers[cg->nr++] = unlimited;
	}
}

static struct c2_container *container_of(struct cgroup2 *cg, uint32_t container)
{
	if (container >= cg->nr)
		make_containers(cg, container);
	return &cg->containers[container];
}

static bool is_on(const struct cgroup2 *cg, enum switch_name name)
{
	return cg->config.rules.chosen[name] == SWITCH_ON;
}

/* --- the counter and the stocks --- */

static void count(struct c2_container *c, uint64_t nr)
{
	c->counters.held += nr;
	if (c->counters.held > c->counters.maxheld)
		c->counters.maxheld = c->counters.transient = c->counters.held;
}

static bool try_count(struct cgroup2 *cg, struct c2_container *c, uint64_t nr)
{
	if (c->counters.held > c->counters.limit || nr > c->counters.limit - c->counters.held) {
		c->counters.failcnt++;
		return false;
	}
	count(c, nr);
	cg->base.counted += nr;
	cg->base.counted_for = (uint32_t)(c - cg->containers);
	return true;
}

/* Keeps nr charged pages of the container for later. */
static void stock(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu)
{
	struct stock_left left;

	if (!nr)
		return;
	left = stocks_put(&cg->stocks, cpu, container, nr);
	cg->containers[container].stat.stock += nr - left.own_nr;
	cg->containers[container].counters.held -= left.own_nr;
	if (left.other_nr) {
		cg->containers[left.other].stat.stock -= left.other_nr;
		cg->containers[left.other].counters.held -= left.other_nr;
	}
}

static bool take_stock(struct cgroup2 *cg, struct c2_container *c, uint64_t nr, uint32_t cpu)
{
	/* At a limit nothing is in stock, mostly. */
	if (c->stat.stock < nr || !is_on(cg, SWITCH_CGROUP2_STOCK) || nr > STOCK_BATCH ||
	    !stocks_take(&cg->stocks, cpu, (uint32_t)(c - cg->containers), nr))
		return false;
	c->stat.stock -= nr;
	return true;
}

/* try_charge_memcg(), once. */
static bool charge(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu, bool is_retry)
{
	struct c2_container *c = container_of(cg, container);

	if (take_stock(cg, c, nr, cpu))
		return true;
	if (nr < STOCK_BATCH && !is_retry && is_on(cg, SWITCH_CGROUP2_STOCK) && try_count(cg, c, STOCK_BATCH)) {
		stock(cg, container, STOCK_BATCH - nr, cpu);
		return true;
	}
	return try_count(cg, c, nr);
}

/* Kernel memory comes back: into the stock, as objects and pages of it are freed. */
static void uncharge_kernel(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu)
{
	struct c2_container *c = container_of(cg, container);

	if (nr > c->stat.kernel)
		nr = c->stat.kernel;
	c->stat.kernel -= nr;
	if (is_on(cg, SWITCH_CGROUP2_STOCK))
		stock(cg, container, nr, cpu);
	else
		c->counters.held -= nr;
}

/* Pages that so much more slab would take. */
static uint64_t slab_growth(const struct cgroup2 *cg, uint32_t container, uint64_t slab)
{
	const struct c2_container *c = &cg->containers[container];
	uint64_t pages = (c->slab + slab + SLAB_PAGE - 1) / SLAB_PAGE;

	return is_on(cg, SWITCH_CGROUP2_KMEM) && pages > c->slab_pages ? pages - c->slab_pages : 0;
}

/* Slab grows, by what is reserved for it, or shrinks. */
static void change_slab(struct cgroup2 *cg, uint32_t container, int64_t change, uint32_t cpu)
{
	struct c2_container *c = container_of(cg, container);
	uint64_t pages;

	if (!is_on(cg, SWITCH_CGROUP2_KMEM))
		return;
	c->slab = change < 0 && c->slab < (uint64_t)-change ? 0 : c->slab + (uint64_t)change;
	pages = (c->slab + SLAB_PAGE - 1) / SLAB_PAGE;
	for (; c->slab_pages < pages; c->slab_pages++) {
		c->stat.kernel++;
		if (cg->reserved.pages && cg->reserved.container == container)
			cg->reserved.pages--;
		else if (!take_stock(cg, c, 1, cpu))
			count(c, 1);
	}
	if (c->slab_pages > pages) {
		uncharge_kernel(cg, container, c->slab_pages - pages, cpu);
		cg->containers[container].slab_pages = pages;
	}
}

static uint64_t cgroup2_drain(struct model *model, uint32_t container)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;
	uint64_t nr = stocks_drain(&cg->stocks, container);

	container_of(cg, container)->counters.held -= nr;
	cg->containers[container].stat.stock -= nr;
	return nr;
}

/* --- pages --- */

static enum verdict reserve(struct cgroup2 *cg, uint32_t container, uint64_t nr, const struct mem_op *op,
			    struct refusal *refusal)
{
	bool is_retry = cg->refused.seq == op->seq && cg->refused.page == op->page && op->seq;

	if (!charge(cg, container, nr, op->cpu, is_retry)) {
		cg->refused = (struct attempt){ op->seq, op->page };
		*refusal = (struct refusal){ .container = container, .pages = nr };
		return VERDICT_REFUSED;
	}
	if (cg->refused.seq)
		cg->refused = (struct attempt){ 0 };
	cg->reserved = (struct reservation){ nr, container, false };
	return VERDICT_APPLIED;
}

/* What prepare() took is not needed: straight back to the counter. */
static void return_reservation(struct cgroup2 *cg)
{
	if (cg->reserved.pages)
		cg->containers[cg->reserved.container].counters.held -= cg->reserved.pages;
	cg->reserved = (struct reservation){ 0 };
}

/* One page out of a stock: so most are charged. */
static bool reserve_from_stock(struct cgroup2 *cg, const struct mem_op *op, const struct c2_page *pc)
{
	if (pc->owner || op->container >= cg->nr || cg->refused.seq ||
	    !take_stock(cg, &cg->containers[op->container], 1, op->cpu))
		return false;
	cg->reserved = (struct reservation){ 1, op->container, false };
	return true;
}

static bool has_buffers(const struct cgroup2 *cg, const struct mem_op *op)
{
	return op->is_write && op->kind == OP_CACHE_ADD && op->page_kind == PAGE_FILE &&
	       is_on(cg, SWITCH_CGROUP2_KMEM);
}

/* A page that enters, and is held by how; container + 1 that pays now. */
static uint32_t pay(struct cgroup2 *cg, const struct mem_op *op, struct c2_page *pc, enum c2_flag how)
{
	uint32_t container = cg->reserved.container;
	struct c2_container *c = &cg->containers[container];
	unsigned flags = (pc->flags & (C2_CACHED | C2_MAPPED)) | how;

	if (!cg->reserved.pages) {
		cg->broken = "C1: a page was charged that nothing was reserved for";
		return 0;
	}
	cg->reserved.pages--;
	leave_swap(cg, pc);
	c->stat.pgpgin++;
	c->counters.pages++;
	if (op->page_kind == PAGE_ANON) {
		flags |= C2_ANON;
		c->stat.rss++;
	} else {
		c->stat.cache++;
	}
	if (has_buffers(cg, op)) {
		flags |= C2_BUFFERS;
		change_slab(cg, container, BUFFER_HEAD, op->cpu);
	}
	*pc = (struct c2_page){ .flags = flags & 0x1f, .owner = (container + 1) & MAX_OWNER };
	return container + 1;
}

/* The page is free. Reclaimed, its content is kept in a slot of whoever paid. */
static void unpay(struct cgroup2 *cg, struct c2_page *pc, const struct mem_op *op, bool is_in_slot)
{
	uint32_t container = pc->owner - 1;
	struct c2_container *c = &cg->containers[container];
	bool had_buffers = pc->flags & C2_BUFFERS;

	c->counters.held--;
	c->counters.pages--;
	c->stat.pgpgout++;
	if (pc->flags & C2_ANON)
		c->stat.rss--;
	else
		c->stat.cache--;
	*pc = is_in_slot ? (struct c2_page){ .flags = (pc->flags & C2_ANON) | C2_SWAPPED, .owner = pc->owner } :
			   (struct c2_page){ .flags = pc->flags & C2_ANON };
	c->stat.swap += is_in_slot;
	if (had_buffers)
		change_slab(cg, container, -BUFFER_HEAD, op->cpu);
}

static bool is_held(const struct c2_page *pc)
{
	return pc->flags & (C2_CACHED | C2_MAPPED);
}

static struct payment unpay_if_freed(struct cgroup2 *cg, struct c2_page *pc, const struct mem_op *op)
{
	uint32_t container = payer(pc);

	if (!container || is_held(pc))
		return (struct payment){ 0 };
	unpay(cg, pc, op, op->why == WHY_RECLAIM && (op->page_kind == PAGE_ANON || op->page_kind == PAGE_SHMEM));
	return (struct payment){ .before = container, .counters = &cg->containers[container - 1].counters };
}

/* --- prepare and commit --- */

static bool is_charged_by_map(const struct mem_op *op, const struct c2_page *pc)
{
	return op->page_kind == PAGE_ANON && op->why != WHY_FORK && !payer(pc);
}

/* Who pays for a page that enters: who its slot belongs to, or who does it. */
static uint32_t payer_of(const struct mem_op *op, const struct c2_page *pc)
{
	return swap_owner(pc) ? swap_owner(pc) - 1 : op->container;
}

static enum verdict cgroup2_prepare(struct model *model, const struct mem_op *op, struct refusal *refusal)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;
	const struct c2_page *pc;
	uint64_t nr;

	if (cg->reserved.is_folio && !op->is_tail)
		return_reservation(cg);
	switch (op->kind) {
	case OP_MAP:
		pc = page_of(cg, op->page);
		if (!is_charged_by_map(op, pc) || reserve_from_stock(cg, op, pc))
			return VERDICT_APPLIED;
		return reserve(cg, payer_of(op, pc), 1, op, refusal);
	case OP_CACHE_ADD:
		pc = page_of(cg, op->page);
		if (payer(pc) || (op->is_tail && cg->reserved.is_folio))
			return VERDICT_APPLIED;
		container_of(cg, payer_of(op, pc));
		nr = op->pages ? op->pages : 1;
		nr += has_buffers(cg, op) ? slab_growth(cg, payer_of(op, pc), nr * BUFFER_HEAD) : 0;
		return reserve(cg, payer_of(op, pc), nr, op, refusal);
	case OP_KERNEL_CHARGE:
		container_of(cg, op->container);
		nr = op->pages + slab_growth(cg, op->container, op->slab);
		if (!nr || !is_on(cg, SWITCH_CGROUP2_KMEM))
			return VERDICT_APPLIED;
		return reserve(cg, op->container, nr, op, refusal);
	default:
		return VERDICT_APPLIED;
	}
}

static void cgroup2_cancel(struct model *model, const struct mem_op *op)
{
	(void)op;
	return_reservation((struct cgroup2 *)model);
}

static void commit_kernel(struct cgroup2 *cg, const struct mem_op *op)
{
	struct c2_container *c = container_of(cg, op->container);

	if (op->kind == OP_KERNEL_UNCHARGE) {
		uncharge_kernel(cg, op->container, op->pages, op->cpu);
		change_slab(cg, op->container, -(int64_t)op->slab, op->cpu);
		return;
	}
	if (cg->reserved.pages) {
		c->stat.kernel += op->pages;
		cg->reserved.pages -= op->pages;
	}
	change_slab(cg, op->container, (int64_t)op->slab, op->cpu);
	return_reservation(cg);
}

static struct payment commit_page_gone(struct cgroup2 *cg, const struct mem_op *op, struct c2_page *pc)
{
	struct payment payment = { .before = payer(pc) };

	leave_swap(cg, pc);
	if (!pc->owner)
		return payment;
	cg->broken = "C1: a page ended while charged";
	unpay(cg, pc, op, false);
	return payment;
}

static struct payment paid(const struct cgroup2 *cg, uint32_t container)
{
	if (!container)
		return (struct payment){ 0 };
	return (struct payment){ .after = container, .counters = &cg->containers[container - 1].counters };
}

static struct payment commit_map(struct cgroup2 *cg, const struct mem_op *op, struct c2_page *pc)
{
	uint32_t container = 0;

	if (is_charged_by_map(op, pc))
		container = pay(cg, op, pc, C2_MAPPED);
	pc->flags |= C2_MAPPED;
	return_reservation(cg);
	return paid(cg, container);
}

static struct payment commit_unmap(struct cgroup2 *cg, const struct mem_op *op, struct c2_page *pc)
{
	if (op->mapcount == 1)
		pc->flags &= ~(unsigned)C2_MAPPED;
	return unpay_if_freed(cg, pc, op);
}

static struct payment commit_cache_add(struct cgroup2 *cg, const struct mem_op *op, struct c2_page *pc)
{
	uint32_t container = 0;

	if (!payer(pc))
		container = pay(cg, op, pc, C2_CACHED);
	pc->flags |= C2_CACHED;
	cg->reserved.is_folio |= op->pages > 1;
	if (!cg->reserved.is_folio || !cg->reserved.pages)
		return_reservation(cg);
	return paid(cg, container);
}

static struct payment cgroup2_commit(struct model *model, const struct mem_op *op)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;
	struct c2_page *pc;

	switch (op->kind) {
	case OP_MAP:
		return commit_map(cg, op, page_of(cg, op->page));
	case OP_UNMAP:
		return commit_unmap(cg, op, page_of(cg, op->page));
	case OP_PAGE_GONE:
		return commit_page_gone(cg, op, page_of(cg, op->page));
	case OP_CACHE_ADD:
		return commit_cache_add(cg, op, page_of(cg, op->page));
	case OP_CACHE_DEL:
		pc = page_of(cg, op->page);
		pc->flags &= ~(unsigned)C2_CACHED;
		return unpay_if_freed(cg, pc, op);
	case OP_KERNEL_CHARGE:
	case OP_KERNEL_UNCHARGE:
		if (is_on(cg, SWITCH_CGROUP2_KMEM))
			commit_kernel(cg, op);
		return (struct payment){ 0 };
	default:
		return (struct payment){ 0 };
	}
}

/* --- limits and counters --- */

static void cgroup2_set_limit(struct model *model, uint32_t resource, uint32_t container, uint64_t barrier,
			      uint64_t limit)
{
	struct c2_container *c = container_of((struct cgroup2 *)model, container);

	(void)resource;
	c->counters.barrier = barrier;
	c->counters.limit = limit;
	c->tolerated = c->counters.held > limit ? c->counters.held : limit;
}

static void cgroup2_reclaimed(struct model *model, uint32_t container)
{
	container_of((struct cgroup2 *)model, container)->counters.reclaims++;
}

static int64_t cgroup2_payer(const struct model *model, uint32_t page)
{
	return (int64_t)payer(page_of((const struct cgroup2 *)model, page)) - 1;
}

static const struct c2_container *seen(const struct model *model, uint32_t container)
{
	const struct cgroup2 *cg = (const struct cgroup2 *)model;

	return container < cg->nr ? &cg->containers[container] : &unlimited;
}

static const struct model_counters *cgroup2_counters(const struct model *model, uint32_t resource,
						     uint32_t container)
{
	(void)resource;
	return &seen(model, container)->counters;
}

static struct model_stat cgroup2_stat(const struct model *model, uint32_t container)
{
	return seen(model, container)->stat;
}

static void cgroup2_reset_counters(struct model *model)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;

	for (size_t i = 0; i < cg->nr; i++) {
		struct model_counters *counters = &cg->containers[i].counters;

		counters->maxheld = counters->held;
		counters->transient = counters->held;
		counters->failcnt = 0;
		counters->reclaims = 0;
	}
}

/* --- check --- */

static const char *check_page(const struct cgroup2 *cg, const struct c2_page *pc)
{
	if (pc->owner > cg->nr)
		return "C1: a page is charged to no container";
	if (payer(pc) && !is_held(pc))
		return "C1: a page is charged that nothing holds";
	if (pc->flags & C2_SWAPPED && !pc->owner)
		return "C5: a slot is nobody's";
	return NULL;
}

static const char *check_container(struct cgroup2 *cg, uint32_t container, uint64_t nr_charged, uint64_t nr_swap)
{
	struct c2_container *c = &cg->containers[container];
	const struct model_counters *counters = &c->counters;
	uint64_t reserved = cg->reserved.is_folio && cg->reserved.container == container ? cg->reserved.pages : 0;

	if (c->stat.cache + c->stat.rss != nr_charged || counters->pages != nr_charged)
		return "C1: anon and file are not the pages charged";
	if (c->stat.stock != stocks_held(&cg->stocks, container))
		return "C1: the stock is not what the CPUs have";
	if (counters->held != nr_charged + c->stat.kernel + c->stat.stock + reserved)
		return "C1: usage is not pages, kernel memory and stock";
	if (c->stat.swap != nr_swap)
		return "C5: swap is not the slots it owns";
	if (c->stat.pgpgin - c->stat.pgpgout != nr_charged)
		return "C1: pages in less pages out are not the pages charged";
	if (counters->maxheld < counters->held)
		return "the peak is below what is held";
	/* What a lowered limit left above it may only fall. */
	if (counters->held > c->tolerated)
		return "C3: usage rose above the limit";
	c->tolerated = counters->held > counters->limit ? counters->held : counters->limit;
	return NULL;
}

static const char *cgroup2_check(struct model *model, uint32_t nr_pages)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;
	uint64_t *nr_charged = xcalloc(2 * cg->nr + 1, sizeof(*nr_charged)), *nr_swap = nr_charged + cg->nr;
	const char *broken = cg->broken;

	for (uint32_t page = 0; page < nr_pages && !broken; page++) {
		const struct c2_page *pc = page_of(cg, page);

		broken = check_page(cg, pc);
		if (!broken && pc->owner)
			(pc->flags & C2_SWAPPED ? nr_swap : nr_charged)[pc->owner - 1]++;
	}
	for (uint32_t i = 0; i < cg->nr && !broken; i++)
		broken = check_container(cg, i, nr_charged[i], nr_swap[i]);
	free(nr_charged);
	return broken;
}

/* --- life --- */

static struct model *cgroup2_create(const struct model_config *config)
{
	struct cgroup2 *cg = xcalloc(1, sizeof(*cg));

	cg->base.class = &cgroup2_model;
	cg->config = *config;
	stocks_init(&cg->stocks, controller_of(&config->rules)->stock_slots);
	return &cg->base;
}

static struct model *cgroup2_fork(const struct model *model, const struct model_config *config)
{
	struct cgroup2 *fork = xcopy(model, 1, sizeof(*fork));

	fork->config = *config;
	fork->containers = xcopy(fork->containers, fork->nr, sizeof(*fork->containers));
	fork->capacity = fork->nr;
	fork->stocks.all = xcopy(fork->stocks.all, fork->stocks.nr, sizeof(*fork->stocks.all));
	fork->stocks.capacity = fork->stocks.nr;
	return &fork->base;
}

static void cgroup2_destroy(struct model *model)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;

	if (!cg)
		return;
	stocks_release(&cg->stocks);
	free(cg->containers);
	free(cg);
}

static const char *cgroup2_policy(const struct rules *rules)
{
	return rules->chosen[SWITCH_CGROUP2_LRU] == CGROUP2_GENERATIONS ? "mglru" : "lru618";
}

const struct model_class cgroup2_model = {
	.name = "cgroup2",
	.resources = (const char *const[]){ "memory", NULL },
	.pair = "HIGH:MAX",
	.policy = "lru618",
	.other_policy = cgroup2_policy,
	.summary = "today's memory controller, Linux 5.10 to 6.18 (cgroup2.md 2, 3)",
	.keeps_migrated = true,
	.charges_kernel = true,
	.page_bytes = sizeof(struct c2_page),
	.create = cgroup2_create,
	.fork = cgroup2_fork,
	.set_limit = cgroup2_set_limit,
	.prepare = cgroup2_prepare,
	.commit = cgroup2_commit,
	.cancel = cgroup2_cancel,
	.reclaimed = cgroup2_reclaimed,
	.drain = cgroup2_drain,
	.payer = cgroup2_payer,
	.counters = cgroup2_counters,
	.stat = cgroup2_stat,
	.reset_counters = cgroup2_reset_counters,
	.check = cgroup2_check,
	.destroy = cgroup2_destroy,
};
