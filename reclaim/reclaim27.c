// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RECLAIM27: the reclaim of a memory controller group in 2.6.25 to 2.6.28, two
 * lists a zone and group (models.md 4.3); what is assumed is in policy.h.
 *
 * Differs from reclaim07 in more than the numbers: pages on the lists need not be
 * mapped; the group's list is not told when reclaim activates a page, so the page
 * stays on the inactive list with PG_active until a scan comes upon it and repairs
 * that, uncounted; and a scan of the inactive list takes a whole cluster however
 * few pages it was asked for, as shrink_inactive_list() does.
 *
 * Approximations: every young entry counts as a reference, also those of mms in
 * other groups (the kernel passes those by here, and fails to unmap them later:
 * the page is activated either way); an entry obsolete but not drained (seed 004)
 * is on no list, where the kernel still counts it.
 */
#include "reclaim/policy.h"

#include "base/xalloc.h"
#include "reclaim/page_lists.h"

#include <assert.h>
#include <stdlib.h>

#define CLUSTER 32		/* SWAP_CLUSTER_MAX */
#define LOOK_AHEAD 6		/* rows on their way from memory while one is looked at */

extern const struct policy_class reclaim27_policy;

enum lru_flag {
	PG_ACTIVE = 1 << 0,
	PG_REFERENCED = 1 << 1,
	PG_WRITEBACK = 1 << 2,
	LRU_KNOWN = 1 << 3,	/* zone and PG_ACTIVE are set up */
};

struct group {
	int prev_priority;			/* 0 in a new group: nobody sets it up */
};

struct reclaim27 {
	struct policy base;
	struct policy_config config;
	struct page_lists lists;
	struct group *groups;
	size_t nr, capacity;
};

/* One reclaim call. */
struct scan {
	struct reclaim27 *r;
	struct group *group;
	struct reclaim_result *result;
	uint32_t container;
	uint32_t zone;
	int priority;
};

static struct lru_page *page_of(const struct reclaim27 *r, uint32_t page)
{
	return lru_page(&r->lists, page);
}

static bool is_kernel(const struct reclaim27 *r, enum memcg_kernel kernel)
{
	return r->config.rules.chosen[SWITCH_MEMCG_KERNEL] == kernel;
}

/* mem_cgroup_move_lists(): to the head of the list of that class, if charged. */
static void move_lists(struct reclaim27 *r, uint32_t page, bool is_active)
{
	struct lru_page *row = page_of(r, page);

	if (row->list)
		page_lists_move(&r->lists, page, row, is_active, false);
}

/* --- pages come, go and are used --- */

/* A page enters the LRU of the machine: anonymous ones, and in 2.6.28 shmem, as active. */
static struct page_nature know(struct reclaim27 *r, uint32_t page, struct lru_page *row)
{
	struct page_nature nature = r->config.host->nature(r->config.host->host, page);
	bool is_active;

	if (row->flags & LRU_KNOWN)
		return nature;
	assert(nature.zone < r->config.machine->nr_zones);
	is_active = nature.is_anon || (nature.is_shmem && is_kernel(r, MEMCG_K28));
	row->zone = nature.zone % RECLAIM_MAX_ZONES;
	row->flags |= is_active ? LRU_KNOWN | PG_ACTIVE : LRU_KNOWN;
	return nature;
}

static struct group *group_of(struct reclaim27 *r, uint32_t container)
{
	page_lists_know(&r->lists, container);
	while (r->nr <= container) {
		xgrow(&r->groups, r->nr, &r->capacity, sizeof(*r->groups));
		r->groups[r->nr++] = (struct group){ 0 };
	}
	return &r->groups[container];
}

/* On which list of its group a page begins. */
static bool begins_active(const struct reclaim27 *r, struct page_nature nature)
{
	return is_kernel(r, MEMCG_K25) || nature.is_anon || (nature.is_shmem && is_kernel(r, MEMCG_K28));
}

static void reclaim27_charged(struct policy *policy, uint32_t page, uint32_t container)
{
	struct reclaim27 *r = (struct reclaim27 *)policy;
	struct lru_page *row = page_of(r, page);
	struct page_nature nature;

	group_of(r, container);
	assert(!row->list);
	nature = know(r, page, row);
	page_lists_put(&r->lists, page, row, page_list_of(&r->lists, container, row->zone, begins_active(r, nature)), false);
}

static void reclaim27_uncharged(struct policy *policy, uint32_t page)
{
	struct reclaim27 *r = (struct reclaim27 *)policy;
	struct lru_page *row = page_of(r, page);

	if (row->list)
		page_lists_take(&r->lists, row);
}

static void reclaim27_accessed(struct policy *policy, uint32_t page)
{
	struct reclaim27 *r = (struct reclaim27 *)policy;
	struct lru_page *row = page_of(r, page);

	know(r, page, row);
	if (!(row->flags & PG_REFERENCED)) {
		row->flags |= PG_REFERENCED;
	} else if (!(row->flags & PG_ACTIVE)) {
		row->flags = (row->flags | PG_ACTIVE) & ~PG_REFERENCED;
		move_lists(r, page, true);
	}
}

static void reclaim27_zapped_young(struct policy *policy, uint32_t page)
{
	struct reclaim27 *r = (struct reclaim27 *)policy;
	struct lru_page *row = page_of(r, page);

	know(r, page, row);
	row->flags |= PG_REFERENCED;
}

/* rotate_reclaimable_page() moves it on the machine's list only. */
static void reclaim27_written(struct policy *policy, uint32_t page)
{
	page_of((struct reclaim27 *)policy, page)->flags &= ~PG_WRITEBACK;
}

/* --- isolation --- */

/*
 * mem_cgroup_isolate_pages(): up to nr pages from the tail, which go to the head in
 * the same order.  Once round the list at most.
 */
static uint32_t isolate(struct scan *scan, bool is_active, uint32_t nr, uint32_t *taken)
{
	struct reclaim27 *r = scan->r;
	struct page_ring *list = page_ring_of(&r->lists, scan->container, scan->zone, is_active);
	uint32_t nr_taken = 0;

	for (uint32_t left = list->nr; left && nr_taken < nr; left--) {
		uint32_t page = page_ring_tail(list);

		page_ring_look_ahead(&r->lists.rings, list, LOOK_AHEAD);
		scan->result->looks++;
		if (!(page_of(r, page)->flags & PG_ACTIVE) == is_active) {
			move_lists(r, page, !is_active);
			continue;
		}
		page_ring_rotate(list, &page_of(r, page)->place);
		taken[nr_taken++] = page;
	}
	return nr_taken;
}

/* --- the active list --- */

static uint32_t pages_of_zone(const struct scan *scan, uint32_t zone, bool is_active)
{
	return page_ring_of(&scan->r->lists, scan->container, zone, is_active)->nr;
}

static uint64_t pages_on(const struct scan *scan, bool is_active)
{
	uint64_t nr = 0;

	for (uint32_t zone = 0; zone < scan->r->config.machine->nr_zones; zone++)
		nr += pages_of_zone(scan, zone, is_active);
	return nr;
}

/* calc_reclaim_mapped(): are mapped pages taken yet?  By the group's own figures. */
static bool takes_mapped(const struct scan *scan)
{
	const struct reclaim_host *host = scan->r->config.host;
	uint64_t swappiness = scan->r->config.machine->swappiness;
	int priority = scan->group->prev_priority < scan->priority ? scan->group->prev_priority : scan->priority;
	uint64_t rss = host->rss(host->host, scan->container);
	uint64_t mapped_ratio = rss * 100 / (host->usage(host->host, scan->container) + 1);
	uint64_t imbalance = pages_on(scan, true) / (pages_on(scan, false) + 1);

	imbalance = imbalance * (swappiness + 1) / 100 * mapped_ratio / 100;
	return mapped_ratio / 2 + (100u >> priority) + swappiness + imbalance >= 100;
}

/* page_referenced(): takes every sign of use away and says whether there was one. */
static bool was_referenced(struct scan *scan, uint32_t page, const struct page_view *view)
{
	const struct reclaim_host *host = scan->r->config.host;
	struct lru_page *row = page_of(scan->r, page);
	bool is_used = row->flags & PG_REFERENCED;

	row->flags &= ~PG_REFERENCED;
	if (view->mapcount)
		is_used |= host->test_and_clear_young(host->host, page) > 0;
	scan->result->progress |= is_used;
	return is_used || (view->mapcount && view->is_locked && !view->is_anon);
}

static void shrink_active(struct scan *scan, uint32_t nr)
{
	const struct reclaim_host *host = scan->r->config.host;
	bool is_open = takes_mapped(scan);
	uint32_t taken[CLUSTER];
	uint32_t nr_taken = isolate(scan, true, nr, taken);

	scan->result->steps += nr;
	for (uint32_t i = 0; i < nr_taken; i++) {
		struct page_view view = { 0 };

		host->view(host->host, taken[i], &view);
		if (view.mapcount && (!is_open || (view.is_anon && !scan->r->config.machine->swap_pages) ||
				      was_referenced(scan, taken[i], &view)))
			continue;
		page_of(scan->r, taken[i])->flags &= ~PG_ACTIVE;
		move_lists(scan->r, taken[i], false);
		scan->result->deactivated++;
	}
}

/* --- the inactive list --- */

/* The group's list is not told (see above). */
static void activate(struct scan *scan, uint32_t page)
{
	page_of(scan->r, page)->flags |= PG_ACTIVE;
	scan->result->activated++;
}

static bool is_uncharged(const struct scan *scan, uint32_t page)
{
	return !page_of(scan->r, page)->list;
}

/* pageout() of a page that nothing maps. */
static void write_page(struct scan *scan, uint32_t page, const struct page_view *view)
{
	const struct reclaim_host *host = scan->r->config.host;
	struct lru_page *row = page_of(scan->r, page);

	if (view->is_shmem && !host->add_to_swap(host->host, page)) {
		activate(scan, page);
		return;
	}
	row->flags |= PG_WRITEBACK;
	scan->result->writes++;
	host->wrote(host->host, page);
	/* On its way to swap, it is freed when written: who maps it again has read it anew. */
	if (!row->list)
		row->flags = PG_WRITEBACK;
}

static void free_page(struct scan *scan, uint32_t page)
{
	const struct reclaim_host *host = scan->r->config.host;

	scan->result->freed++;
	host->freed(host->host, page);
	page_of(scan->r, page)->flags = 0;
}

/* shrink_page_list(), of one page: models.md 2.7. */
static void shrink_page(struct scan *scan, uint32_t page)
{
	const struct reclaim_host *host = scan->r->config.host;
	struct page_view view = { 0 };
	bool is_used, is_dirty;

	host->view(host->host, page, &view);
	scan->result->scanned += view.mapcount || view.in_swap_cache ? 2 : 1;
	if (page_of(scan->r, page)->flags & PG_WRITEBACK)
		return;
	is_used = was_referenced(scan, page, &view);
	is_dirty = view.is_anon ? !view.in_swap_cache : view.is_dirty;
	if ((is_used && (view.mapcount || view.in_swap_cache || view.is_file_mapped)) ||
	    (view.is_anon && is_dirty && !host->add_to_swap(host->host, page)) ||
	    (view.mapcount && !host->unmap(host->host, page))) {
		activate(scan, page);
		return;
	}
	scan->result->unmapped += view.mapcount > 0;
	if (is_dirty) {
		if (!is_used)
			write_page(scan, page, &view);
	} else {
		free_page(scan, page);
	}
	scan->result->uncharged += is_uncharged(scan, page);
}

/* shrink_inactive_list(): in clusters until nr were looked at. */
static void shrink_inactive(struct scan *scan, uint32_t nr)
{
	uint32_t taken[CLUSTER];
	uint32_t nr_scanned = 0;

	scan->result->steps += nr;
	while (nr_scanned < nr) {
		uint32_t nr_taken = isolate(scan, false, CLUSTER, taken);

		if (!nr_taken)
			return;
		nr_scanned += nr_taken;
		for (uint32_t i = 0; i < nr_taken; i++)
			shrink_page(scan, taken[i]);
	}
}

/* --- one call --- */

static uint32_t next_batch(uint32_t *left)
{
	uint32_t nr = *left < CLUSTER ? *left : CLUSTER;

	*left -= nr;
	return nr;
}

static void shrink_zone(struct scan *scan)
{
	uint32_t nr_active = pages_of_zone(scan, scan->zone, true) >> scan->priority;
	uint32_t nr_inactive = pages_of_zone(scan, scan->zone, false) >> scan->priority;

	while (nr_active || nr_inactive) {
		if (nr_active)
			shrink_active(scan, next_batch(&nr_active));
		if (nr_inactive)
			shrink_inactive(scan, next_batch(&nr_inactive));
	}
}

static void reclaim27_reclaim(struct policy *policy, uint32_t container, struct reclaim_result *result)
{
	struct reclaim27 *r = (struct reclaim27 *)policy;
	struct scan scan = { .r = r, .group = group_of(r, container), .result = result, .container = container };
	int before = scan.group->prev_priority;

	*result = (struct reclaim_result){ 0 };
	for (scan.priority = RECLAIM_DEF_PRIORITY; scan.priority >= 0; scan.priority--) {
		uint64_t scanned = result->scanned;

		if (scan.priority < scan.group->prev_priority)
			scan.group->prev_priority = scan.priority;
		for (scan.zone = 0; scan.zone < r->config.machine->nr_zones; scan.zone++)
			shrink_zone(&scan);
		if (result->freed >= CLUSTER)
			break;
		if (result->scanned > scanned && scan.priority < RECLAIM_DEF_PRIORITY - 2)
			result->naps++;
	}
	result->priority = scan.priority;
	result->success = scan.priority >= 0;
	scan.group->prev_priority = scan.priority > 0 ? scan.priority : 0;
	result->progress |= result->unmapped || result->uncharged || result->writes ||
			    scan.group->prev_priority != before;
}

/* --- life and check --- */

static struct policy *reclaim27_create(const struct policy_config *config)
{
	struct reclaim27 *r = xcalloc(1, sizeof(*r));

	assert(config->machine->nr_zones && config->machine->nr_zones <= RECLAIM_MAX_ZONES);
	assert(config->host->rss);
	r->base.class = &reclaim27_policy;
	r->config = *config;
	page_lists_init(&r->lists, config->pages, config->offset, config->machine->nr_zones > 1);
	return &r->base;
}

static struct policy *reclaim27_fork(const struct policy *policy, const struct policy_config *config)
{
	struct reclaim27 *fork = xcopy(policy, 1, sizeof(*fork));

	fork->config = *config;
	page_lists_fork(&fork->lists, config->pages, config->offset);
	fork->groups = xcopy(fork->groups, fork->nr, sizeof(*fork->groups));
	fork->capacity = fork->nr;
	return &fork->base;
}

static const char *reclaim27_check(struct policy *policy, uint32_t container, uint64_t usage)
{
	return page_lists_check(&((const struct reclaim27 *)policy)->lists, container, usage);
}

static void reclaim27_destroy(struct policy *policy)
{
	struct reclaim27 *r = (struct reclaim27 *)policy;

	if (!r)
		return;
	page_lists_release(&r->lists);
	free(r->groups);
	free(r);
}

const struct policy_class reclaim27_policy = {
	.name = "reclaim27",
	.summary = "two lists a zone and group, scanned as by 2.6.27 (models.md 4.3)",
	.gives_up = true,
	.page_bytes = sizeof(struct lru_page),
	.list_bytes = PAGE_RINGS_BYTES,
	.create = reclaim27_create,
	.fork = reclaim27_fork,
	.charged = reclaim27_charged,
	.charged_fresh = reclaim27_charged,
	.uncharged = reclaim27_uncharged,
	.accessed = reclaim27_accessed,
	.zapped_young = reclaim27_zapped_young,
	.written = reclaim27_written,
	.reclaim = reclaim27_reclaim,
	.check = reclaim27_check,
	.destroy = reclaim27_destroy,
};
