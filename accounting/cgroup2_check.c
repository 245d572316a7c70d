// SPDX-License-Identifier: GPL-2.0-or-later
/* CGROUP2: whether its invariants hold (cgroup2.md 8). */
#include "accounting/cgroup2.h"

#include "base/xalloc.h"

#include <stdlib.h>

static const char *check_page(const struct cgroup2 *cg, const struct c2_page *pc)
{
	if (c2_owner(pc) > cg->nr)
		return "C1: a page is charged to no container";
	if (c2_payer(pc) && !c2_is_held(pc))
		return "C1: a page is charged that nothing holds";
	if (pc->flags & C2_SWAPPED && !c2_owner(pc))
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

const char *c2_check(struct model *model, uint32_t nr_pages)
{
	struct cgroup2 *cg = (struct cgroup2 *)model;
	uint64_t *nr_charged = xcalloc(2 * cg->nr + 1, sizeof(*nr_charged)), *nr_swap = nr_charged + cg->nr;
	const char *broken = cg->broken;

	for (uint32_t page = 0; page < nr_pages && !broken; page++) {
		const struct c2_page *pc = c2_page_of(cg, page);

		broken = check_page(cg, pc);
		if (!broken && c2_owner(pc))
			(pc->flags & C2_SWAPPED ? nr_swap : nr_charged)[c2_owner(pc) - 1]++;
	}
	for (uint32_t i = 0; i < cg->nr && !broken; i++)
		broken = check_container(cg, i, nr_charged[i], nr_swap[i]);
	free(nr_charged);
	return broken;
}
