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
#include "accounting/cgroup2.h"

#include "base/xalloc.h"

#include <stdlib.h>

#define BUFFER_HEAD (104 + 8)	/* struct buffer_head, one for a page that was written, and who pays: obj_full_size() */

extern const struct model_class cgroup2_model;

/* The slot is free. */
static void leave_swap(struct cgroup2 *cg, struct c2_page *pc)
{
	if (!(pc->flags & C2_SWAPPED))
		return;
	cg->containers[c2_owner(pc) - 1].stat.swap--;
	pc->flags &= C2_FLAGS & ~(unsigned)C2_SWAPPED;
}

/* --- pages --- */

static enum verdict reserve(struct cgroup2 *cg, uint32_t container, uint64_t nr, const struct mem_op *op,
			    struct refusal *refusal)
{
	bool is_retry = cg->refused.seq == op->seq && cg->refused.page == op->page && op->seq;

	if (!c2_charge(cg, container, nr, op->cpu, is_retry)) {
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
	if (c2_owner(pc) || op->container >= cg->nr || cg->refused.seq ||
	    !c2_take_stock(cg, &cg->containers[op->container], 1, op->cpu))
		return false;
	cg->reserved = (struct reservation){ 1, op->container, false };
	return true;
}

static bool has_buffers(const struct cgroup2 *cg, const struct mem_op *op)
{
	return op->is_write && op->kind == OP_CACHE_ADD && op->page_kind == PAGE_FILE &&
	       c2_is_on(cg, SWITCH_CGROUP2_KMEM);
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
		c2_change_slab(cg, container, BUFFER_HEAD, op->cpu);
	}
	pc->flags = flags | (container + 1) << C2_OWNER_SHIFT;
	return container + 1;
}

/* The page is free. Reclaimed, its content is kept in a slot of whoever paid. */
static void unpay(struct cgroup2 *cg, struct c2_page *pc, const struct mem_op *op, bool is_in_slot)
{
	uint32_t container = c2_owner(pc) - 1;
	struct c2_container *c = &cg->containers[container];
	bool had_buffers = pc->flags & C2_BUFFERS;

	c->counters.held--;
	c->counters.pages--;
	c->stat.pgpgout++;
	if (pc->flags & C2_ANON)
		c->stat.rss--;
	else
		c->stat.cache--;
	/* Of a page that is freed nothing is left: its end need not be told (accounting/model.h). */
	pc->flags = is_in_slot ? (pc->flags & ~(unsigned)C2_FLAGS) | C2_SWAPPED : 0;
	c->stat.swap += is_in_slot;
	if (had_buffers)
		c2_change_slab(cg, container, -BUFFER_HEAD, op->cpu);
}

static struct payment unpay_if_freed(struct cgroup2 *cg, struct c2_page *pc, const struct mem_op *op)
{
	uint32_t container = c2_payer(pc);

	if (!container || c2_is_held(pc))
		return (struct payment){ 0 };
	unpay(cg, pc, op, op->why == WHY_RECLAIM && (op->page_kind == PAGE_ANON || op->page_kind == PAGE_SHMEM));
	return (struct payment){ .before = container, .counters = &cg->containers[container - 1].counters };
}

/* --- prepare and commit --- */

static bool is_charged_by_map(const struct mem_op *op, const struct c2_page *pc)
{
	return op->page_kind == PAGE_ANON && op->why != WHY_FORK && !c2_payer(pc);
}

/* Who pays for a page that enters: who its slot belongs to, or who does it. */
static uint32_t payer_of(const struct mem_op *op, const struct c2_page *pc)
{
	return c2_swap_owner(pc) ? c2_swap_owner(pc) - 1 : op->container;
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
		pc = c2_page_of(cg, op->page);
		if (!is_charged_by_map(op, pc) || reserve_from_stock(cg, op, pc))
			return VERDICT_APPLIED;
		return reserve(cg, payer_of(op, pc), 1, op, refusal);
	case OP_CACHE_ADD:
		pc = c2_page_of(cg, op->page);
		if (c2_payer(pc) || (op->is_tail && cg->reserved.is_folio))
			return VERDICT_APPLIED;
		c2_container_of(cg, payer_of(op, pc));
		nr = op->pages ? op->pages : 1;
		nr += has_buffers(cg, op) ? c2_slab_growth(cg, payer_of(op, pc), nr * BUFFER_HEAD) : 0;
		return reserve(cg, payer_of(op, pc), nr, op, refusal);
	case OP_KERNEL_CHARGE:
		c2_container_of(cg, op->container);
		nr = op->pages + c2_slab_growth(cg, op->container, op->slab);
		if (!nr || !c2_is_on(cg, SWITCH_CGROUP2_KMEM))
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
	struct c2_container *c = c2_container_of(cg, op->container);

	if (op->kind == OP_KERNEL_UNCHARGE) {
		c2_uncharge_kernel(cg, op->container, op->pages, op->cpu);
		c2_change_slab(cg, op->container, -(int64_t)op->slab, op->cpu);
		return;
	}
	if (cg->reserved.pages) {
		c->stat.kernel += op->pages;
		cg->reserved.pages -= op->pages;
	}
	c2_change_slab(cg, op->container, (int64_t)op->slab, op->cpu);
	return_reservation(cg);
}

static struct payment commit_page_gone(struct cgroup2 *cg, const struct mem_op *op, struct c2_page *pc)
{
	struct payment payment = { .before = c2_payer(pc) };

	leave_swap(cg, pc);
	if (!c2_owner(pc))
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

	if (!c2_payer(pc))
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
		return commit_map(cg, op, c2_page_of(cg, op->page));
	case OP_UNMAP:
		return commit_unmap(cg, op, c2_page_of(cg, op->page));
	case OP_PAGE_GONE:
		return commit_page_gone(cg, op, c2_page_of(cg, op->page));
	case OP_CACHE_ADD:
		return commit_cache_add(cg, op, c2_page_of(cg, op->page));
	case OP_CACHE_DEL:
		pc = c2_page_of(cg, op->page);
		pc->flags &= ~(unsigned)C2_CACHED;
		return unpay_if_freed(cg, pc, op);
	case OP_KERNEL_CHARGE:
	case OP_KERNEL_UNCHARGE:
		if (c2_is_on(cg, SWITCH_CGROUP2_KMEM))
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
	struct c2_container *c = c2_container_of((struct cgroup2 *)model, container);

	(void)resource;
	c->counters.barrier = barrier;
	c->counters.limit = limit;
	c->tolerated = c->counters.held > limit ? c->counters.held : limit;
}

static void cgroup2_reclaimed(struct model *model, uint32_t container)
{
	c2_container_of((struct cgroup2 *)model, container)->counters.reclaims++;
}

static int64_t cgroup2_payer(const struct model *model, uint32_t page)
{
	return (int64_t)c2_payer(c2_page_of((const struct cgroup2 *)model, page)) - 1;
}

static const struct c2_container *seen(const struct model *model, uint32_t container)
{
	const struct cgroup2 *cg = (const struct cgroup2 *)model;

	return container < cg->nr ? &cg->containers[container] : &c2_unlimited;
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
	.charge_fresh = c2_charge_fresh,
	.uncharge_fresh = c2_uncharge_fresh,
	.reclaimed = cgroup2_reclaimed,
	.drain = c2_drain,
	.payer = cgroup2_payer,
	.counters = cgroup2_counters,
	.stat = cgroup2_stat,
	.reset_counters = cgroup2_reset_counters,
	.check = c2_check,
	.destroy = cgroup2_destroy,
};
