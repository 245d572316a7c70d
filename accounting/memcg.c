// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MEMCG: anonymous pages are paid while mapped, page cache while cached
 * (models.md 4: 2.6.25 to 2.6.28, and 2.6.27 with the lockless page_cgroup).
 *
 * A page has at most one page_cgroup (M5): `payer` of its row.  What it was
 * charged as decides when it ends.  In 2.6.25 and 2.6.26 it has two references,
 * cached and mapped, and ends with the last; so there, unlike later, a file page
 * that nobody paid for is charged to who maps it.
 *
 * The model counts pages; the kernel's usage, limit and max_usage are these times
 * PAGE_SIZE, max_usage being `transient`: a charge counts before it is known to
 * last.
 *
 * A migrated page keeps its number here.  Its copy is charged to the owner of the
 * original before the first entry goes: prepare() of the first OP_UNMAP with
 * WHY_MIGRATE reserves that page, and its commit() uncharges the original.
 */
#include "accounting/memcg.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

extern const struct model_class memcg_model;

static const struct memcg_container unlimited = {
	.counters = { .barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED },
	.tolerated = UINT64_MAX,
};

static __attribute__((noinline)) void add_containers(struct memcg *memcg, uint32_t last)
{
	assert(last < MAX_PAYER);
	while (memcg->nr <= last) {
		xgrow(&memcg->containers, memcg->nr, &memcg->capacity, sizeof(*memcg->containers));
		memcg->containers[memcg->nr++] = unlimited;
	}
}

static struct memcg_container *container_of(struct memcg *memcg, uint32_t container)
{
	if (container >= memcg->nr)
		add_containers(memcg, container);
	return &memcg->containers[container];
}

static bool is_lockless(const uint8_t *chosen)
{
	return chosen[SWITCH_MEMCG_KERNEL] == MEMCG_K27 && chosen[SWITCH_MEMCG_LOCKLESS] == SWITCH_ON;
}

static bool has_references(const uint8_t *chosen)
{
	return chosen[SWITCH_MEMCG_KERNEL] == MEMCG_K25 || chosen[SWITCH_MEMCG_KERNEL] == MEMCG_K26;
}

/* The defects are those of seed 004. */
static bool is_posted(const struct memcg *memcg, enum rule rule)
{
	return memcg->is_lockless && rules_posted(&memcg->config.rules, rule);
}

/* --- charge and uncharge --- */

static enum verdict reserve(struct memcg *memcg, uint32_t container, struct refusal *refusal)
{
	struct model_counters *counters = &container_of(memcg, container)->counters;

	if (counters->held >= counters->limit) {
		counters->failcnt++;
		*refusal = (struct refusal){ .container = container };
		return VERDICT_REFUSED;
	}
	if (++counters->held > counters->transient)
		counters->transient = counters->held;
	memcg->reserved = container + 1;
	return VERDICT_APPLIED;
}

/* A page_cgroup comes to be: stat follows. Returns who pays, + 1. */
static uint32_t use_reservation(struct memcg *memcg, bool is_cache)
{
	uint32_t payer = memcg->reserved;
	struct memcg_container *c = &memcg->containers[payer - 1];

	memcg->reserved = 0;
	c->stat.pgpgin++;
	if (is_cache)
		c->stat.cache++;
	else
		c->stat.rss++;
	return payer;
}

/* What was reserved is charged and uncharged at once. */
static void pass_by(struct memcg *memcg, bool is_cache, uint32_t cpu)
{
	uint32_t container;

	if (!memcg->reserved)
		return;
	container = use_reservation(memcg, is_cache) - 1;
	memcg->containers[container].counters.held--;
	memcg_obsolete(memcg, container, is_cache, cpu);
}

/* It is given back before there is a page_cgroup. */
static void return_reservation(struct memcg *memcg)
{
	if (memcg->reserved)
		memcg->containers[memcg->reserved - 1].counters.held--;
	memcg->reserved = 0;
}

static void charge(struct memcg *memcg, uint32_t page, struct memcg_page *pc, bool is_cache)
{
	struct model_counters *counters;

	if (!memcg->reserved) {
		memcg->broken = "M1: a page was charged that nothing was reserved for";
		return;
	}
	pc->payer = use_reservation(memcg, is_cache) & MAX_PAYER;
	counters = &memcg->containers[pc->payer - 1].counters;
	if (counters->held > counters->maxheld)
		counters->maxheld = counters->held;
	pc->flags = is_cache ? pc->flags | PC_CACHE : pc->flags & ~PC_CACHE;
	if (page >= memcg->nr_pages)
		memcg->nr_pages = page + 1;
}

static void uncharge(struct memcg *memcg, struct memcg_page *pc, uint32_t cpu)
{
	uint32_t container = pc->payer - 1;

	memcg->containers[container].counters.held--;
	pc->payer = 0;
	memcg_obsolete(memcg, container, pc->flags & PC_CACHE, cpu);
}

static void uncharge_if_ended(struct memcg *memcg, struct memcg_page *pc, uint32_t cpu)
{
	if (pc->payer && memcg_is_ended(memcg, pc))
		uncharge(memcg, pc, cpu);
}

/* --- prepare --- */

/* mem_cgroup_charge(): does mapping the page charge it? */
static bool is_charged_by_map(const struct memcg *memcg, const struct mem_op *op, const struct memcg_page *pc)
{
	if (op->why == WHY_FORK || pc->payer)
		return false;
	return memcg->has_references || (op->page_kind == PAGE_ANON && !op->mapcount);
}

static enum verdict prepare_map(struct memcg *memcg, const struct mem_op *op, struct refusal *refusal)
{
	struct refusal ignored;

	if (!is_charged_by_map(memcg, op, memcg_page_of(memcg, op->page)))
		return VERDICT_APPLIED;
	/* remove_migration_pte() charges with GFP_ATOMIC and goes on without. */
	if (op->why == WHY_MIGRATE) {
		reserve(memcg, op->container, &ignored);
		return VERDICT_APPLIED;
	}
	return reserve(memcg, op->container, refusal);
}

static enum verdict prepare_cache_add(struct memcg *memcg, const struct mem_op *op, struct refusal *refusal)
{
	/* 2.6.25: one reference more.  Later the charge comes before the second look. */
	if (memcg_page_of(memcg, op->page)->payer && memcg->has_references)
		return VERDICT_APPLIED;
	return reserve(memcg, op->container, refusal);
}

/* mem_cgroup_prepare_migration(). */
static enum verdict prepare_unmap(struct memcg *memcg, const struct mem_op *op, struct refusal *refusal)
{
	const struct memcg_page *pc = memcg_page_of(memcg, op->page);

	/* 2.6.25: one reference more, and the page_cgroup moves. */
	if (op->why != WHY_MIGRATE || !pc->payer || pc->flags & PC_MOVING || memcg->has_references)
		return VERDICT_APPLIED;
	return reserve(memcg, pc->payer - 1, refusal);
}

static enum verdict memcg_prepare(struct model *model, const struct mem_op *op, struct refusal *refusal)
{
	struct memcg *memcg = (struct memcg *)model;

	if (op->kind == OP_MAP)
		return prepare_map(memcg, op, refusal);
	if (op->kind == OP_CACHE_ADD)
		return prepare_cache_add(memcg, op, refusal);
	if (op->kind == OP_UNMAP)
		return prepare_unmap(memcg, op, refusal);
	return VERDICT_APPLIED;
}

/* The page_cgroup was there already: it is uncharged as any other. */
static void memcg_cancel(struct model *model, const struct mem_op *op)
{
	struct memcg *memcg = (struct memcg *)model;
	bool is_copy_of_cache = op->kind == OP_UNMAP && memcg_page_of(memcg, op->page)->flags & PC_CACHE;

	pass_by(memcg, is_copy_of_cache || op->kind == OP_CACHE_ADD, op->cpu);
}

/* --- commit --- */

static void commit_map(struct memcg *memcg, const struct mem_op *op, struct memcg_page *pc)
{
	if (is_charged_by_map(memcg, op, pc) && (memcg->reserved || op->why != WHY_MIGRATE))
		charge(memcg, op->page, pc, false);
	pc->flags = (pc->flags | PC_MAPPED) & ~PC_MOVING;
	/* Of a page that others came to map meanwhile. */
	return_reservation(memcg);
}

static void commit_unmap(struct memcg *memcg, const struct mem_op *op, struct memcg_page *pc)
{
	if (op->mapcount == 1)
		pc->flags &= ~PC_MAPPED;
	if (op->why != WHY_MIGRATE)
		pc->flags &= ~PC_MOVING;
	else if (pc->payer && !(pc->flags & PC_MOVING)) {
		pc->flags |= PC_MOVING;
		pass_by(memcg, pc->flags & PC_CACHE, op->cpu);
	}
	uncharge_if_ended(memcg, pc, op->cpu);
}

static void commit_cache_add(struct memcg *memcg, const struct mem_op *op, struct memcg_page *pc)
{
	if (!pc->payer) {
		charge(memcg, op->page, pc, true);
	} else if (memcg->reserved && is_posted(memcg, D34_DOUBLE_CHARGE)) {
		memcg->base.anomaly = (struct anomaly){
			.text = "D34: a page was charged twice, its first page_cgroup is lost",
			.container = pc->payer - 1, .pages = 1 };
		charge(memcg, op->page, pc, true);
	}
	return_reservation(memcg);
	pc->flags = (pc->flags | PC_CACHED) & ~PC_DROPPED;
	if (op->page_kind == PAGE_SHMEM && is_posted(memcg, D29_RCU_LEFT_LOCKED) &&
	    !memcg_queue_of(memcg, op->cpu)->is_stuck) {
		memcg_queue_of(memcg, op->cpu)->is_stuck = true;
		memcg->base.anomaly = (struct anomaly){
			.text = "D29: a CPU never leaves its RCU read side, nothing is drained there again",
			.container = op->container };
	}
}

static void commit_cache_del(struct memcg *memcg, const struct mem_op *op, struct memcg_page *pc)
{
	pc->flags &= ~(PC_CACHED | PC_DROPPED);
	uncharge_if_ended(memcg, pc, op->cpu);
}

/* It is charged still. */
static __attribute__((noinline)) void commit_page_gone(struct memcg *memcg, const struct mem_op *op, struct memcg_page *pc)
{
	/* Only a migration whose tasks were ended meanwhile leaves a charge. */
	if (!(pc->flags & PC_MOVING) || pc->flags & PC_CACHED)
		memcg->broken = "M2, M3: a page ended while charged";
	uncharge(memcg, pc, op->cpu);
}

static __attribute__((noinline)) void commit_force_empty(struct memcg *memcg, const struct mem_op *op)
{
	struct memcg_container *c = container_of(memcg, op->container);

	for (uint32_t page = 0; page < memcg->nr_pages; page++) {
		struct memcg_page *pc = memcg_page_of(memcg, page);

		if (pc->payer != op->container + 1)
			continue;
		uncharge(memcg, pc, op->cpu);
		if (pc->flags & PC_CACHED)
			pc->flags |= PC_DROPPED;
	}
	if (!is_posted(memcg, D32_EMPTY_LOOPS)) {
		memcg_drain(memcg);
	} else if (c->stat.undrained) {
		memcg->base.anomaly = (struct anomaly){
			.text = "D32: force_empty never ends, obsolete entries stay on the lists",
			.container = op->container, .pages = c->stat.undrained };
	}
}

static struct payment memcg_commit(struct model *model, const struct mem_op *op)
{
	struct memcg *memcg = (struct memcg *)model;
	struct payment payment = { 0 };
	struct memcg_page *pc;

	if (op->kind == OP_FORCE_EMPTY)
		commit_force_empty(memcg, op);
	if (op->kind > OP_CACHE_DEL)
		return payment;
	pc = memcg_page_of(memcg, op->page);
	payment.before = pc->payer;
	if (op->kind == OP_MAP)
		commit_map(memcg, op, pc);
	else if (op->kind == OP_UNMAP)
		commit_unmap(memcg, op, pc);
	else if (op->kind == OP_CACHE_ADD)
		commit_cache_add(memcg, op, pc);
	else if (op->kind == OP_CACHE_DEL)
		commit_cache_del(memcg, op, pc);
	else if (op->kind == OP_PAGE_GONE && pc->payer)
		commit_page_gone(memcg, op, pc);
	payment.after = pc->payer;
	if (!payment.before != !payment.after)
		payment.counters = &memcg->containers[(payment.before | payment.after) - 1].counters;
	return payment;
}

/* --- the short way of most pages --- */

static const struct model_counters *memcg_charge_fresh(struct model *model, const struct mem_op *op)
{
	struct memcg *memcg = (struct memcg *)model;
	struct model_counters *counters = &container_of(memcg, op->container)->counters;
	struct memcg_page *pc = memcg_page_of(memcg, op->page);
	struct refusal none;

	if (counters->held >= counters->limit)
		return NULL;
	reserve(memcg, op->container, &none);
	charge(memcg, op->page, pc, false);
	pc->flags |= PC_MAPPED;
	return counters;
}

static const struct model_counters *memcg_uncharge_fresh(struct model *model, const struct mem_op *op, uint32_t *container)
{
	struct memcg *memcg = (struct memcg *)model;
	struct memcg_page *pc = memcg_page_of(memcg, op->page);

	if (pc->flags != PC_MAPPED || !pc->payer)
		return NULL;
	*container = pc->payer - 1;
	pc->flags = 0;
	uncharge(memcg, pc, op->cpu);
	return &memcg->containers[*container].counters;
}

/* --- limits and counters --- */

/* mem_cgroup_resize_limit() came with 2.6.27. */
static bool memcg_resizes(const struct rules *rules)
{
	uint8_t kernel = rules->chosen[SWITCH_MEMCG_KERNEL];

	return kernel == MEMCG_K27 || kernel == MEMCG_K28;
}

static void memcg_set_limit(struct model *model, uint32_t resource, uint32_t container, uint64_t barrier,
			    uint64_t limit)
{
	struct memcg_container *c = container_of((struct memcg *)model, container);

	(void)resource;
	(void)barrier;		/* a hard limit only */
	c->counters.limit = limit;
	c->tolerated = c->counters.held > limit ? c->counters.held : limit;
}

static void memcg_reclaimed(struct model *model, uint32_t container)
{
	container_of((struct memcg *)model, container)->counters.reclaims++;
}

static int64_t memcg_payer(const struct model *model, uint32_t page)
{
	return (int64_t)memcg_page_of((const struct memcg *)model, page)->payer - 1;
}

static const struct memcg_container *seen(const struct model *model, uint32_t container)
{
	const struct memcg *memcg = (const struct memcg *)model;

	return container < memcg->nr ? &memcg->containers[container] : &unlimited;
}

static const struct model_counters *memcg_counters(const struct model *model, uint32_t resource,
						   uint32_t container)
{
	(void)resource;
	return &seen(model, container)->counters;
}

static struct model_stat memcg_stat(const struct model *model, uint32_t container)
{
	return seen(model, container)->stat;
}

static void memcg_reset_counters(struct model *model)
{
	struct memcg *memcg = (struct memcg *)model;

	for (size_t i = 0; i < memcg->nr; i++) {
		struct model_counters *counters = &memcg->containers[i].counters;

		counters->maxheld = counters->held;
		counters->transient = counters->held;
		counters->failcnt = 0;
		counters->reclaims = 0;
	}
}

/* --- life --- */

static struct model *memcg_create(const struct model_config *config)
{
	struct memcg *memcg = xcalloc(1, sizeof(*memcg));

	memcg->base.class = &memcg_model;
	memcg->config = *config;
	memcg->is_lockless = is_lockless(config->rules.chosen);
	memcg->has_references = has_references(config->rules.chosen);
	memcg->base.loses_count = is_posted(memcg, D34_DOUBLE_CHARGE);
	return &memcg->base;
}

static struct model *memcg_fork(const struct model *model, const struct model_config *config)
{
	struct memcg *fork = xcopy(model, 1, sizeof(*fork));

	fork->config = *config;
	fork->containers = xcopy(fork->containers, fork->nr, sizeof(*fork->containers));
	fork->capacity = fork->nr;
	fork->queues = xcopy(fork->queues, fork->nr_queues, sizeof(*fork->queues));
	fork->queues_capacity = fork->nr_queues;
	return &fork->base;
}

static void memcg_destroy(struct model *model)
{
	struct memcg *memcg = (struct memcg *)model;

	if (!memcg)
		return;
	free(memcg->containers);
	free(memcg->queues);
	free(memcg);
}

const struct model_class memcg_model = {
	.name = "memcg",
	.resources = (const char *const[]){ "memcg", NULL },
	.policy = "reclaim27",
	.summary = "anonymous pages while mapped, page cache while cached (models.md 4)",
	.page_bytes = sizeof(struct memcg_page),
	.create = memcg_create,
	.fork = memcg_fork,
	.resizes = memcg_resizes,
	.set_limit = memcg_set_limit,
	.prepare = memcg_prepare,
	.commit = memcg_commit,
	.cancel = memcg_cancel,
	.charge_fresh = memcg_charge_fresh,
	.uncharge_fresh = memcg_uncharge_fresh,
	.reclaimed = memcg_reclaimed,
	.payer = memcg_payer,
	.counters = memcg_counters,
	.stat = memcg_stat,
	.reset_counters = memcg_reset_counters,
	.check = memcg_check,
	.destroy = memcg_destroy,
};
