// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RSS07: whoever maps a page first pays for it until nobody maps it (models.md 1).
 *
 * Every fault prepares, also on a page somebody else pays for: at the limit it
 * is refused although nothing would stay charged (1.8.11).  `held` is the usage
 * of the patch, so between prepare() and commit() it counts the reservation.
 *
 * As intended (D5) a migrated page stays its owner's: prepare() of an OP_UNMAP with
 * WHY_MIGRATE reserves the copy, its commit() gives back the original, and the page
 * stays mapped as far as this model is told.
 *
 * ZERO_PAGE and pages a driver inserts are never charged; facts give no OP_MAP
 * for them.
 */
#include "accounting/model.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>

struct rss_page {
	uint32_t payer;		/* container + 1; 0 = charged to nobody */
};

struct rss_container {
	struct model_counters counters;
	uint64_t ceiling;	/* held at which a charge is refused */
	uint64_t tolerated;	/* R5: the most that may be held, as it was when the limit came */
};

struct rss07 {
	struct model base;
	struct model_config config;
	struct rss_container *containers;
	size_t nr, capacity;
	uint32_t copied;	/* container + 1 of the copy that prepare() took; 0 = none */
	const char *broken;	/* first invariant an operation was seen to break */
};

extern const struct model_class rss07_model;

static const struct rss_container unlimited = {
	.counters = { .barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED },
	.ceiling = UINT64_MAX,
	.tolerated = UINT64_MAX,
};

static struct rss_page *page_of(const struct rss07 *rss, uint32_t page)
{
	return record_at(rss->config.pages, page, rss->config.offset);
}

static __attribute__((noinline)) void add_containers(struct rss07 *rss, uint32_t last)
{
	while (rss->nr <= last) {
		xgrow(&rss->containers, rss->nr, &rss->capacity, sizeof(*rss->containers));
		rss->containers[rss->nr++] = unlimited;
	}
}

static struct rss_container *container_of(struct rss07 *rss, uint32_t container)
{
	if (container >= rss->nr)
		add_containers(rss, container);
	return &rss->containers[container];
}

/* D7c: who skips pages that have an owner also skips them at the commit, for nothing came between. */
static bool is_prepared(const struct rss07 *rss, const struct mem_op *op)
{
	if (op->kind != OP_MAP || op->why == WHY_FORK)
		return false;
	return rss->config.rules.chosen[SWITCH_RSS07_SKIP_OWNED] == SWITCH_OFF || !page_of(rss, op->page)->payer;
}

/* D5: one charge ahead of the migration. */
static bool is_moving(const struct rss07 *rss, const struct mem_op *op)
{
	return op->kind == OP_UNMAP && op->why == WHY_MIGRATE &&
	       !rules_posted(&rss->config.rules, D5_MIGRATE_PREPARE);
}

/* Never below 0: D1 gives back more than was charged. */
static void release(struct model_counters *counters)
{
	counters->held -= counters->held > 0;
}

static struct model *rss07_create(const struct model_config *config)
{
	struct rss07 *rss = xcalloc(1, sizeof(*rss));

	rss->base.class = &rss07_model;
	rss->base.loses_count = rules_posted(&config->rules, D1_DOUBLE_RELEASE);
	rss->config = *config;
	return &rss->base;
}

static struct model *rss07_fork(const struct model *model, const struct model_config *config)
{
	struct rss07 *fork = xcopy(model, 1, sizeof(*fork));

	fork->config = *config;
	fork->containers = xcopy(fork->containers, fork->nr, sizeof(*fork->containers));
	fork->capacity = fork->nr;
	return &fork->base;
}

static bool rss07_resizes(const struct rules *rules)
{
	return !rules_posted(rules, D37_LIMIT_STORED);
}

static void rss07_set_limit(struct model *model, uint32_t resource, uint32_t container, uint64_t barrier,
			    uint64_t limit)
{
	struct rss07 *rss = (struct rss07 *)model;
	struct rss_container *c = container_of(rss, container);

	(void)resource;
	(void)barrier;		/* the patch has a hard limit only (1.5) */
	c->counters.limit = limit;
	c->ceiling = limit;
	/* D36: `usage <= limit - 1`, unsigned, is always true for limit 0. */
	if (!limit && rules_posted(&rss->config.rules, D36_LIMIT_ZERO))
		c->ceiling = UINT64_MAX;
	c->tolerated = c->counters.held > c->ceiling ? c->counters.held : c->ceiling;
}

static enum verdict reserve(struct rss07 *rss, uint32_t container, struct refusal *refusal)
{
	struct rss_container *c = container_of(rss, container);

	if (c->counters.held >= c->ceiling) {
		c->counters.failcnt++;
		*refusal = (struct refusal){ .container = container };
		return VERDICT_REFUSED;
	}
	if (++c->counters.held > c->counters.transient)
		c->counters.transient = c->counters.held;
	return VERDICT_APPLIED;
}

static enum verdict rss07_prepare(struct model *model, const struct mem_op *op,
				  struct refusal *refusal)
{
	struct rss07 *rss = (struct rss07 *)model;
	uint32_t payer;

	if (is_prepared(rss, op))
		return reserve(rss, op->container, refusal);
	if (!is_moving(rss, op))
		return VERDICT_APPLIED;
	payer = page_of(rss, op->page)->payer;
	if (!payer)
		return VERDICT_APPLIED;
	rss->copied = reserve(rss, payer - 1, refusal) == VERDICT_APPLIED ? payer : 0;
	return rss->copied ? VERDICT_APPLIED : VERDICT_REFUSED;
}

/* The original goes, or the copy: one charge stays. */
static void release_one(struct rss07 *rss)
{
	if (rss->copied)
		release(&rss->containers[rss->copied - 1].counters);
	rss->copied = 0;
}

static void rss07_cancel(struct model *model, const struct mem_op *op)
{
	struct rss07 *rss = (struct rss07 *)model;

	if (is_moving(rss, op))
		release_one(rss);
	if (!is_prepared(rss, op))
		return;
	release(&rss->containers[op->container].counters);
	/* D1: the SIGBUS path releases, and so does out_nomap after it. */
	if (op->why == WHY_SWAP_BAD && rules_posted(&rss->config.rules, D1_DOUBLE_RELEASE)) {
		release(&rss->containers[op->container].counters);
		rss->base.anomaly = (struct anomaly){
			.text = "D1: a swap-in that failed gave its page back twice", .container = op->container, .pages = 1 };
	}
}

static struct payment commit_map(struct rss07 *rss, const struct mem_op *op)
{
	struct payment payment = { 0 };
	struct model_counters *counters;
	struct rss_page *page;

	if (!is_prepared(rss, op)) {
		assert(op->mapcount);	/* the parent's entry, or one of the owner, is there */
		return payment;
	}
	counters = &rss->containers[op->container].counters;
	if (op->mapcount) {
		release(counters);
		return payment;
	}
	page = page_of(rss, op->page);
	if (page->payer)
		rss->broken = "R2: a page that nothing mapped was charged";
	payment.before = page->payer;
	page->payer = op->container + 1;
	payment.after = page->payer;
	payment.counters = counters;
	if (counters->held > counters->maxheld)
		counters->maxheld = counters->held;
	return payment;
}

static struct payment commit_unmap(struct rss07 *rss, const struct mem_op *op)
{
	struct payment payment = { 0 };
	struct model_counters *counters;
	struct rss_page *page;

	if (op->mapcount != 1)
		return payment;
	page = page_of(rss, op->page);
	if (!page->payer)
		return payment;
	counters = &rss->containers[page->payer - 1].counters;
	release(counters);
	payment.before = page->payer;
	payment.counters = counters;
	page->payer = 0;
	return payment;
}

static struct payment rss07_commit(struct model *model, const struct mem_op *op)
{
	struct rss07 *rss = (struct rss07 *)model;

	if (op->kind == OP_MAP)
		return commit_map(rss, op);
	if (is_moving(rss, op))
		release_one(rss);
	else if (op->kind == OP_UNMAP)
		return commit_unmap(rss, op);
	else if (op->kind == OP_PAGE_GONE && page_of(rss, op->page)->payer)
		rss->broken = "R2: a page ended while charged";
	return (struct payment){ 0 };
}

/* --- the short way of most pages --- */

static const struct model_counters *rss07_charge_fresh(struct model *model, const struct mem_op *op)
{
	struct rss07 *rss = (struct rss07 *)model;
	struct rss_container *c = container_of(rss, op->container);
	struct model_counters *counters = &c->counters;

	if (counters->held >= c->ceiling)
		return NULL;
	counters->held++;
	if (counters->held > counters->transient)
		counters->transient = counters->held;
	if (counters->held > counters->maxheld)
		counters->maxheld = counters->held;
	page_of(rss, op->page)->payer = op->container + 1;
	return counters;
}

static const struct model_counters *rss07_uncharge_fresh(struct model *model, const struct mem_op *op, uint32_t *container)
{
	struct rss07 *rss = (struct rss07 *)model;
	struct rss_page *page = page_of(rss, op->page);
	struct model_counters *counters;

	if (!page->payer)
		return NULL;
	*container = page->payer - 1;
	counters = &rss->containers[*container].counters;
	release(counters);
	page->payer = 0;
	return counters;
}

static void rss07_reclaimed(struct model *model, uint32_t container)
{
	container_of((struct rss07 *)model, container)->counters.reclaims++;
}

static int64_t rss07_payer(const struct model *model, uint32_t page)
{
	return (int64_t)page_of((const struct rss07 *)model, page)->payer - 1;
}

static const struct model_counters *rss07_counters(const struct model *model, uint32_t resource,
						   uint32_t container)
{
	const struct rss07 *rss = (const struct rss07 *)model;

	(void)resource;
	return container < rss->nr ? &rss->containers[container].counters : &unlimited.counters;
}

static void rss07_reset_counters(struct model *model)
{
	struct rss07 *rss = (struct rss07 *)model;

	for (size_t i = 0; i < rss->nr; i++) {
		struct model_counters *counters = &rss->containers[i].counters;

		counters->maxheld = counters->held;
		counters->transient = counters->held;
		counters->failcnt = 0;
		counters->reclaims = 0;
	}
}

static const char *check_container(const struct rss07 *rss, struct rss_container *c, uint64_t nr_charged)
{
	const struct model_counters *counters = &c->counters;

	if (rss->base.loses_count ? counters->held > nr_charged : counters->held != nr_charged)
		return "R1: usage is not the number of pages charged";
	if (counters->held > c->tolerated)
		return "R5: usage rose above the limit";
	if (counters->reclaims > counters->failcnt)
		return "R7: more successful reclaim calls than refused charges";
	if (counters->maxheld < counters->held || counters->transient < counters->maxheld)
		return "peaks are below what is held";
	/* What a lowered limit left above it may only fall. */
	c->tolerated = counters->held > c->ceiling ? counters->held : c->ceiling;
	return NULL;
}

/*
 * R3 holds by construction: only a page that nothing maps gets a payer.  R4 is
 * the policy's.  R6 and R8 cannot be seen here: uncharged kinds of page are not
 * mapped by an operation, and containers do not end.
 */
static const char *rss07_check(struct model *model, uint32_t nr_pages)
{
	struct rss07 *rss = (struct rss07 *)model;
	uint64_t *nr_charged = xcalloc(rss->nr, sizeof(*nr_charged));
	const char *broken = rss->broken;

	for (uint32_t page = 0; page < nr_pages; page++) {
		uint32_t payer = page_of(rss, page)->payer;

		if (payer > rss->nr)
			broken = "R1: a page is charged to no container";
		else if (payer)
			nr_charged[payer - 1]++;
	}
	for (size_t i = 0; i < rss->nr && !broken; i++)
		broken = check_container(rss, &rss->containers[i], nr_charged[i]);
	free(nr_charged);
	return broken;
}

static void rss07_destroy(struct model *model)
{
	struct rss07 *rss = (struct rss07 *)model;

	if (!rss)
		return;
	free(rss->containers);
	free(rss);
}

const struct model_class rss07_model = {
	.name = "rss",
	.resources = (const char *const[]){ "rss", NULL },
	.policy = "reclaim07",
	.charges_mapped = true,
	.lost_reach = LOST_REACH_MAPPED,
	.summary = "mapped pages, paid by the first container to touch them (models.md 1)",
	.page_bytes = sizeof(struct rss_page),
	.create = rss07_create,
	.fork = rss07_fork,
	.resizes = rss07_resizes,
	.set_limit = rss07_set_limit,
	.prepare = rss07_prepare,
	.commit = rss07_commit,
	.cancel = rss07_cancel,
	.charge_fresh = rss07_charge_fresh,
	.uncharge_fresh = rss07_uncharge_fresh,
	.reclaimed = rss07_reclaimed,
	.payer = rss07_payer,
	.counters = rss07_counters,
	.reset_counters = rss07_reset_counters,
	.check = rss07_check,
	.destroy = rss07_destroy,
};
