// SPDX-License-Identifier: GPL-2.0-or-later
/* CGROUP2: counters and the stocks of CPUs, kernel memory and slab (cgroup2.md 2, 3). */
#include "accounting/cgroup2.h"

#include "base/xalloc.h"

#include <assert.h>

#define SLAB_PAGE 4096		/* slab is counted in 4096ths of a page */

const struct c2_container c2_unlimited = {
	.counters = { .barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED },
	.tolerated = UINT64_MAX,
};

void c2_make_containers(struct cgroup2 *cg, uint32_t last)
{
	assert(last < MAX_OWNER);	/* as many as a page can name; no memory holds the names of so many */
	while (cg->nr <= last) {
		xgrow(&cg->containers, cg->nr, &cg->capacity, sizeof(*cg->containers));
		cg->containers[cg->nr++] = c2_unlimited;
	}
}

static inline void count(struct c2_container *c, uint64_t nr)
{
	c->counters.held += nr;
	if (c->counters.held > c->counters.maxheld)
		c->counters.maxheld = c->counters.transient = c->counters.held;
}

static inline bool try_count(struct cgroup2 *cg, struct c2_container *c, uint64_t nr)
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

/* Keeps nr charged pages of the container for later. Apart: few charges do, and the others cost no registers. */
static __attribute__((noinline)) void stock(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu)
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
		cg->base.nr_drained++;
	}
}

bool c2_charge_counter(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu, bool is_retry)
{
	struct c2_container *c = &cg->containers[container];

	if (nr >= STOCK_BATCH || is_retry || !c2_is_on(cg, SWITCH_CGROUP2_STOCK) || !try_count(cg, c, STOCK_BATCH))
		return try_count(cg, c, nr);
	stock(cg, container, STOCK_BATCH - nr, cpu);
	return true;
}

bool c2_charge(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu, bool is_retry)
{
	struct c2_container *c = c2_container_of(cg, container);

	return c2_take_stock(cg, c, nr, cpu) || c2_charge_counter(cg, container, nr, cpu, is_retry);
}

void c2_uncharge_kernel(struct cgroup2 *cg, uint32_t container, uint64_t nr, uint32_t cpu)
{
	struct c2_container *c = c2_container_of(cg, container);

	if (nr > c->stat.kernel)
		nr = c->stat.kernel;
	c->stat.kernel -= nr;
	if (c2_is_on(cg, SWITCH_CGROUP2_STOCK))
		stock(cg, container, nr, cpu);
	else
		c->counters.held -= nr;
}

uint64_t c2_slab_growth(const struct cgroup2 *cg, uint32_t container, uint64_t slab)
{
	const struct c2_container *c = &cg->containers[container];
	uint64_t pages = (c->slab + slab + SLAB_PAGE - 1) / SLAB_PAGE;

	return c2_is_on(cg, SWITCH_CGROUP2_KMEM) && pages > c->slab_pages ? pages - c->slab_pages : 0;
}

void c2_change_slab(struct cgroup2 *cg, uint32_t container, int64_t change, uint32_t cpu)
{
	struct c2_container *c = c2_container_of(cg, container);
	uint64_t pages;

	if (!c2_is_on(cg, SWITCH_CGROUP2_KMEM))
		return;
	c->slab = change < 0 && c->slab < (uint64_t)-change ? 0 : c->slab + (uint64_t)change;
	pages = (c->slab + SLAB_PAGE - 1) / SLAB_PAGE;
	for (; c->slab_pages < pages; c->slab_pages++) {
		c->stat.kernel++;
		if (cg->reserved.pages && cg->reserved.container == container)
			cg->reserved.pages--;
		else if (!c2_take_stock(cg, c, 1, cpu))
			count(c, 1);
	}
	if (c->slab_pages > pages) {
		c2_uncharge_kernel(cg, container, c->slab_pages - pages, cpu);
		cg->containers[container].slab_pages = pages;
	}
}

uint64_t c2_drain(struct model *model, uint32_t container)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;
	uint64_t nr = stocks_drain(&cg->stocks, container);

	c2_container_of(cg, container)->counters.held -= nr;
	cg->containers[container].stat.stock -= nr;
	return nr;
}
