// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RECLAIM07: the reclaim of a container as patch 7/8 of June 2007 would have done
 * it over the scanner of 2.6.22 (models.md 2); what is assumed is in policy.h.
 */
#include "reclaim/reclaim07.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

extern const struct policy_class reclaim07_policy;

/* container_rss_move_lists(): to the head of the list of that class, if charged. */
static void move_to_head(struct reclaim07 *r, uint32_t page, bool is_active)
{
	struct lru_page *row = reclaim07_page_of(r, page);

	if (row->list)
		page_lists_move(&r->lists, page, row, is_active, false);
}

/* --- pages come, go and are used --- */

/* A page enters the LRU of the machine: anonymous ones as active. */
static void know(struct reclaim07 *r, uint32_t page, struct lru_page *row)
{
	struct page_nature nature;

	if (row->flags & LRU_KNOWN)
		return;
	nature = r->config.host->nature(r->config.host->host, page);
	assert(nature.zone < r->config.machine->nr_zones);
	row->zone = nature.zone % RECLAIM_MAX_ZONES;
	row->flags |= nature.is_anon ? LRU_KNOWN | LRU_ANON | PG_ACTIVE : LRU_KNOWN;
}

static void reclaim07_charged(struct policy *policy, uint32_t page, uint32_t container)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;
	struct lru_page *row = reclaim07_page_of(r, page);
	bool is_active;

	page_lists_know(&r->lists, container);
	assert(!row->list);
	know(r, page, row);
	/* D8: always the active list, where reclaim cannot isolate what is not PG_active. */
	is_active = row->flags & PG_ACTIVE || reclaim07_is_posted(r, D8_ALWAYS_ACTIVE);
	page_lists_put(&r->lists, page, row, page_list_of(&r->lists, container, row->zone, is_active), false);
}

static void reclaim07_uncharged(struct policy *policy, uint32_t page)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;
	struct lru_page *row = reclaim07_page_of(r, page);

	if (row->list)
		page_lists_take(&r->lists, row);
}

static void reclaim07_accessed(struct policy *policy, uint32_t page)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;
	struct lru_page *row = reclaim07_page_of(r, page);

	know(r, page, row);
	if (!(row->flags & PG_REFERENCED)) {
		row->flags |= PG_REFERENCED;
	} else if (!(row->flags & PG_ACTIVE)) {
		row->flags = (row->flags | PG_ACTIVE) & ~PG_REFERENCED;
		move_to_head(r, page, true);
	}
}

static void reclaim07_zapped_young(struct policy *policy, uint32_t page)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;
	struct lru_page *row = reclaim07_page_of(r, page);

	know(r, page, row);
	row->flags |= PG_REFERENCED;
}

/* rotate_reclaimable_page(): only a page mapped again meanwhile is on a list of ours. */
static void reclaim07_written(struct policy *policy, uint32_t page)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;
	struct lru_page *row = reclaim07_page_of(r, page);

	if (!(row->flags & PG_RECLAIM))
		return;
	row->flags &= ~PG_RECLAIM;
	if (!(row->flags & PG_ACTIVE) && row->list)
		page_lists_move(&r->lists, page, row, false, !reclaim07_is_posted(r, D14_ROTATE_HEAD));
}

static bool is_end_success(const struct reclaim07 *r, uint32_t container)
{
	const struct reclaim_host *host = r->config.host;

	switch ((enum reclaim_end)r->config.rules.chosen[SWITCH_RECLAIM07_END_RESULT]) {
	case RECLAIM_END_UNDER_LIMIT:
		return host->usage(host->host, container) < host->limit(host->host, container);
	case RECLAIM_END_ZONE_ALIVE:
		return true;
	case RECLAIM_END_FREED_ONLY:
		return false;
	}
	return false;
}

static void reclaim07_reclaim(struct policy *policy, uint32_t container,
			      struct reclaim_result *result)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;
	const struct machine *machine = r->config.machine;
	int prev_priority[RECLAIM_MAX_ZONES];
	int priority;

	*result = (struct reclaim_result){ 0 };
	page_lists_know(&r->lists, container);
	for (uint32_t i = 0; i < machine->nr_zones; i++) {
		prev_priority[i] = r->zones[i].prev_priority;
		r->zones[i].nr_active = machine->zones[i].nr_active;
		r->zones[i].nr_inactive = machine->zones[i].nr_inactive;
		r->zones[i].pages_scanned = 0;
	}
	for (priority = RECLAIM_DEF_PRIORITY; priority >= 0; priority--) {
		uint64_t scanned = result->scanned;

		for (uint32_t i = 0; i < machine->nr_zones; i++)
			reclaim07_shrink_zone(r, container, i, priority, result);
		if (result->freed)
			break;
		if (result->scanned > scanned && priority < RECLAIM_DEF_PRIORITY - 2)
			result->naps++;
	}
	result->priority = priority;
	result->success = priority >= 0 || is_end_success(r, container);
	for (uint32_t i = 0; i < machine->nr_zones; i++) {
		r->zones[i].prev_priority = priority > 0 ? priority : 0;
		result->progress |= r->zones[i].prev_priority != prev_priority[i];
	}
	result->progress |= result->unmapped > 0;
	result->uncharged = result->unmapped;
}

/* --- life and check --- */

static struct policy *reclaim07_create(const struct policy_config *config)
{
	struct reclaim07 *r = xcalloc(1, sizeof(*r));

	assert(config->machine->nr_zones && config->machine->nr_zones <= RECLAIM_MAX_ZONES);
	r->base.class = &reclaim07_policy;
	r->config = *config;
	page_lists_init(&r->lists, config->pages, config->offset,
			!reclaim07_is_posted(r, D12_FOREIGN_BLOCKS) && config->machine->nr_zones > 1);
	for (size_t i = 0; i < RECLAIM_MAX_ZONES; i++)
		r->zones[i].prev_priority = RECLAIM_DEF_PRIORITY;
	return &r->base;
}

static struct policy *reclaim07_fork(const struct policy *policy, const struct policy_config *config)
{
	struct reclaim07 *fork = xcopy(policy, 1, sizeof(*fork));

	fork->config = *config;
	page_lists_fork(&fork->lists, config->pages, config->offset);
	return &fork->base;
}

static const char *check_class(const struct reclaim07 *r, const struct page_ring *list, bool is_active)
{
	for (uint32_t place = list->tail; place != list->head; place++) {
		uint32_t slot = *page_ring_slot(list, place);

		if (slot && reclaim07_page_of(r, slot - 1)->flags & PG_ACTIVE && !is_active)
			return "R4: a page is PG_active on an inactive list";
		if (slot && !(reclaim07_page_of(r, slot - 1)->flags & PG_ACTIVE) && is_active &&
		    !reclaim07_is_posted(r, D8_ALWAYS_ACTIVE))
			return "D8: a page that is not PG_active is on an active list";
	}
	return NULL;
}

static const char *reclaim07_check(struct policy *policy, uint32_t container, uint64_t usage)
{
	const struct reclaim07 *r = (const struct reclaim07 *)policy;
	const char *broken = page_lists_check(&r->lists, container, usage);	/* R4 */

	for (uint32_t i = 0; container < r->lists.nr && i < 2 * RECLAIM_MAX_ZONES && !broken; i++)
		broken = check_class(r, page_ring_of(&r->lists, container, i / 2, i % 2), i % 2);
	return broken;
}

static void reclaim07_destroy(struct policy *policy)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;

	if (!r)
		return;
	page_lists_release(&r->lists);
	free(r);
}

const struct policy_class reclaim07_policy = {
	.name = "reclaim07",
	.summary = "two lists a container, scanned as by patch 7/8 of 2007 (models.md 2)",
	.page_bytes = sizeof(struct lru_page),
	.list_bytes = PAGE_RINGS_BYTES,
	.create = reclaim07_create,
	.fork = reclaim07_fork,
	.charged = reclaim07_charged,
	.charged_fresh = reclaim07_charged,
	.uncharged = reclaim07_uncharged,
	.accessed = reclaim07_accessed,
	.zapped_young = reclaim07_zapped_young,
	.written = reclaim07_written,
	.reclaim = reclaim07_reclaim,
	.check = reclaim07_check,
	.destroy = reclaim07_destroy,
};
