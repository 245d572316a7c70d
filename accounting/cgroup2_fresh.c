// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CGROUP2: the short way of memory that a task writes first and that ends with it (model_class.charge_fresh,
 * uncharge_fresh): what prepare() and commit() come to when there is room, no folio is half charged, no attempt was
 * refused before, and of the page nothing is known but that it is mapped.
 */
#include "accounting/cgroup2.h"

static inline const struct model_counters *pay(struct cgroup2 *cg, struct c2_container *c, const struct mem_op *op)
{
	c->stat.pgpgin++;
	c->stat.rss++;
	c->counters.pages++;
	c2_page_of(cg, op->page)->flags = C2_ANON | C2_MAPPED | (op->container + 1) << C2_OWNER_SHIFT;
	return &c->counters;
}

/* Nothing is in stock. Apart, so that others cost no registers. */
static __attribute__((noinline)) const struct model_counters *charge_counter(struct cgroup2 *cg, struct c2_container *c,
									     const struct mem_op *op)
{
	if (c->counters.held >= c->counters.limit)
		return NULL;
	c2_charge_counter(cg, op->container, 1, op->cpu, false);
	return pay(cg, c, op);
}

const struct model_counters *c2_charge_fresh(struct model *model, const struct mem_op *op)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;
	struct c2_container *c;

	if (cg->reserved.is_folio || cg->refused.seq || op->container >= cg->nr)
		return NULL;
	c = &cg->containers[op->container];
	return c2_take_stock(cg, c, 1, op->cpu) ? pay(cg, c, op) : charge_counter(cg, c, op);
}

const struct model_counters *c2_uncharge_fresh(struct model *model, const struct mem_op *op, uint32_t *container)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;
	struct c2_page *pc = c2_page_of(cg, op->page);
	struct c2_container *c;

	if ((pc->flags & C2_FLAGS) != (C2_ANON | C2_MAPPED) || !c2_owner(pc))
		return NULL;
	*container = c2_owner(pc) - 1;
	c = &cg->containers[*container];
	c->counters.held--;
	c->counters.pages--;
	c->stat.pgpgout++;
	c->stat.rss--;
	pc->flags = 0;
	return &c->counters;
}
