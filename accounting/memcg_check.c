// SPDX-License-Identifier: GPL-2.0-or-later
/* MEMCG: whether its invariants M1 to M7 hold (models.md 4). */
#include "accounting/memcg.h"

#include "base/xalloc.h"

#include <stdlib.h>

static const char *check_page(const struct memcg *memcg, const struct memcg_page *pc)
{
	if (pc->payer > memcg->nr)
		return "M1: a page is charged to no container";
	if (pc->payer && memcg_is_ended(memcg, pc))
		return pc->flags & PC_CACHE ? "M3: a page is charged as cache and not cached" :
					      "M2: a page is charged as mapped and not mapped";
	if (!pc->payer && pc->flags & PC_CACHED && !(pc->flags & PC_DROPPED))
		return "M3: a page is cached and not charged";
	return NULL;
}

static const char *check_container(const struct memcg *memcg, struct memcg_container *c, uint64_t nr_charged)
{
	const struct model_counters *counters = &c->counters;

	if (memcg->base.loses_count ? counters->held < nr_charged : counters->held != nr_charged)
		return "M1: usage is not the number of pages charged";
	if (c->stat.cache + c->stat.rss != counters->held + c->stat.undrained)
		return "M4: cache and rss are not usage and what is undrained";
	if (c->stat.pgpgin - c->stat.pgpgout != c->stat.cache + c->stat.rss)
		return "M4: pages in less pages out are not cache and rss";
	if (counters->held > c->tolerated)
		return "M7: usage rose above the limit";
	if (counters->maxheld < counters->held || counters->transient < counters->maxheld)
		return "peaks are below what is held";
	/* What a lowered limit left above it may only fall. */
	c->tolerated = counters->held > counters->limit ? counters->held : counters->limit;
	return NULL;
}

/* M5 and M6 hold by construction: a row has one payer (D34 as posted is an anomaly), and of page cache only 2.6.25 charges what is mapped. */
const char *memcg_check(struct model *model, uint32_t nr_pages)
{
	struct memcg *memcg = (struct memcg *)model;
	uint64_t *nr_charged = xcalloc(memcg->nr + 1, sizeof(*nr_charged));
	const char *broken = memcg->broken;

	for (uint32_t page = 0; page < nr_pages && !broken; page++) {
		const struct memcg_page *pc = memcg_page_of(memcg, page);

		broken = check_page(memcg, pc);
		if (!broken && pc->payer)
			nr_charged[pc->payer - 1]++;
	}
	for (size_t i = 0; i < memcg->nr && !broken; i++)
		broken = check_container(memcg, &memcg->containers[i], nr_charged[i]);
	free(nr_charged);
	return broken;
}
