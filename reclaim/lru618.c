// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LRU618: reclaim for a container's limit in Linux 5.10 to 6.18, two lists for
 * anonymous pages and two for files (cgroup2.md 4 to 6); what is assumed is in
 * policy.h.
 *
 * Beside what is said there: a new page is on its list at once (the kernel gathers
 * 31 a CPU), a page once met as mlocked stays unevictable until a call gets to priority 10 and finds it unlocked.
 */
#include "reclaim/lru618.h"

#include "base/xalloc.h"
#include "reclaim/scan_balance.h"
#include "reclaim/workingset.h"

#include <stdlib.h>

#define PAGE_SHIFT 12		/* of inactive_is_low(): other page sizes meet its ratios elsewhere */
#define RESCUE_PRIORITY (RECLAIM_DEF_PRIORITY - 2)

extern const struct policy_class lru618_policy;

static struct lru618 *of(struct policy *policy)
{
	return (struct lru618 *)policy;
}

/* --- pages come, go and are used --- */

uint64_t lru_swap_left(const struct lru618 *lru, uint32_t container)
{
	return lru->config.host->swap_left(lru->config.host->host, container);
}

static bool has_swap(const struct lru618 *lru, uint32_t container)
{
	return lru_swap_left(lru, container) > 0;
}

/*
 * Of all that have lists: one of a low number may come to have them with one of a higher. That one lies elsewhere than
 * before needs another container.
 */
static void find_parents(struct lru618 *lru)
{
	const struct reclaim_host *host = lru->config.host;
	uint32_t nr_there = host->nr_containers(host->host);
	bool is_changed = false;

	if (nr_there != lru->nr_there)
		lru->nr_placed = 0;
	for (; lru->nr_placed < lru->lrus.nr; lru->nr_placed++)
		is_changed |= lruvec_set_parent(&lru->lrus, lru->nr_placed, host->parent(host->host, lru->nr_placed));
	lru->nr_there = nr_there;
	if (is_changed)
		lruvecs_sum_up(&lru->lrus);
}

void lru_make_container(struct lru618 *lru, uint32_t container)
{
	lruvec_of(&lru->lrus, container);
	find_parents(lru);
}

static void lru618_charged(struct policy *policy, uint32_t page, uint32_t container)
{
	struct lru618 *lru = of(policy);
	struct folio_page *row = folio_page(&lru->lrus, page);
	struct arrival arrival = lru->config.host->arrival(lru->config.host->host, page);
	enum lru_type type = arrival.is_anon ? LRU_ANON : LRU_FILE;
	bool is_active = false;

	lru_know_container(lru, container);
	if (row->flags & HAS_SHADOW && !arrival.is_written_to)
		is_active = workingset_refault(&lru->lrus, &lru->config.rules, page, container, type,
					       has_swap(lru, folio_container(row)));
	else
		row->flags = 0;
	lruvec_add(&lru->lrus, page, arrival.folio, container, lru_list_of(type, is_active));
}

/* The container's first, or there is no room on its list. Apart, so that others cost no registers. */
static __attribute__((noinline)) void make_room_for_fresh(struct lru618 *lru, uint32_t page, uint32_t container)
{
	lru_know_container(lru, container);
	lruvec_add(&lru->lrus, page, page, container, LRU_INACTIVE_ANON);
}

static void lru618_charged_fresh(struct policy *policy, uint32_t page, uint32_t container)
{
	struct lru618 *lru = of(policy);

	if (container >= lru->lrus.nr || page_ring_is_full(lruvec_ring(&lru->lrus, container, LRU_INACTIVE_ANON)))
		make_room_for_fresh(lru, page, container);
	else
		lruvec_add_alone(&lru->lrus, page, container, LRU_INACTIVE_ANON);
}

/* The head leaves a folio that waits for its write: the next page waits. */
static void await_by_next(struct lru618 *lru, uint32_t head)
{
	const struct large_folio *folio = &lru->lrus.large.all[large_folio_of(&lru->lrus.large, head)];
	uint32_t next = folio->tails[folio->nr_tails - 1];

	for (size_t i = 0; i < lru->nr_awaited; i++)
		if (lru->awaited[i] == head)
			lru->awaited[i] = next;
}

void lru_uncharged(struct policy *policy, uint32_t page)
{
	struct lru618 *lru = of(policy);
	struct folio_page *row = folio_page(&lru->lrus, page);
	const unsigned awaited = FOLIO_HEAD | FOLIO_LARGE | FOLIO_RECLAIM;

	/* Most are alone in their folio, and on a list. */
	if ((row->flags & (FOLIO_HEAD | FOLIO_LARGE | FOLIO_ISOLATED)) == FOLIO_HEAD) {
		lruvec_remove_alone(&lru->lrus, row);
		return;
	}
	/* Reclaim is at it: the folio is taken apart when all its pages are gone. */
	if (!is_in_folio(row) || folio_page(&lru->lrus, folio_head(&lru->lrus, page, row))->flags & FOLIO_ISOLATED)
		return;
	if ((row->flags & awaited) == awaited)
		await_by_next(lru, page);
	lruvec_remove(&lru->lrus, page);
}

/* folio_mark_accessed(): cgroup2.md 5. */
static void lru618_accessed(struct policy *policy, uint32_t page)
{
	struct lru618 *lru = of(policy);
	struct folio_page *row = folio_page(&lru->lrus, page);
	uint32_t head;

	if (!is_in_folio(row))
		return;
	head = folio_head(&lru->lrus, page, row);
	row = folio_page(&lru->lrus, head);
	if (!(row->flags & FOLIO_REFERENCED)) {
		row->flags |= FOLIO_REFERENCED;
	} else if (!lru_is_active(folio_list(row)) && folio_list(row) != LRU_UNEVICTABLE && !(row->flags & FOLIO_ISOLATED)) {
		row->flags &= ~(unsigned)FOLIO_REFERENCED;
		lruvec_move(&lru->lrus, head, lru_list_of(lru_type_of(folio_list(row)), true), false);
		lruvec_age(&lru->lrus, folio_container(row), folio_nr(&lru->lrus, head, row));
	}
}

/* The host asks whether a write has ended: lru_rotate_written(). */
void lru_written(struct policy *policy, uint32_t page)
{
	(void)policy;
	(void)page;
}

/* --- one call --- */

/* Pages on a list of the container and those below, as reclaim is told: some kernels read what was flushed last. */
static uint64_t told_size(const struct lru618 *lru, uint32_t container, enum lru_list list)
{
	const struct lruvec *lruvec = &lru->lrus.all[container];

	if (!lru->has_lag)
		return lruvec_total(&lru->lrus, container, list);
	return lruvec->shown.size[list] + lruvec->shown_below.size[list];
}

static bool is_low(const struct lru618 *lru, uint32_t container, enum lru_type type)
{
	return scan_inactive_is_low(told_size(lru, container, lru_list_of(type, false)),
				    told_size(lru, container, lru_list_of(type, true)), PAGE_SHIFT);
}

/* What was activated there by a refault so far; likewise. */
static uint64_t activations(const struct lru618 *lru, uint32_t container, enum lru_type type)
{
	const struct lruvec *lruvec = &lru->lrus.all[container];

	if (!lru->has_lag)
		return lruvec->own.activate[type] + lruvec->below.activate[type];
	return lruvec->shown.activate[type] + lruvec->shown_below.activate[type];
}

static void lru618_flush_stats(struct policy *policy)
{
	struct lru618 *lru = of(policy);

	for (uint32_t i = 0; i < lru->lrus.nr; i++) {
		struct lruvec *lruvec = &lru->lrus.all[i];

		lruvec->shown = lruvec->own;
		lruvec->shown_below = lruvec->below;
	}
}

/* prepare_scan_control(). */
static void prepare(struct lru_scan *scan)
{
	const struct lruvec *target = &scan->lru->lrus.all[scan->target];

	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++) {
		scan->cost[type] = target->cost[type];
		scan->may_deactivate[type] = scan->is_forced || is_low(scan->lru, scan->target, type) ||
			activations(scan->lru, scan->target, type) != target->seen_activate[type];
	}
	scan->is_cache_trim = !scan->may_deactivate[LRU_FILE] &&
		told_size(scan->lru, scan->target, LRU_INACTIVE_FILE) >> scan->priority;
}

uint64_t lru_in_reach_of_safe(struct lru_scan *scan, uint64_t size)
{
	const struct protection *safe = &scan->safe;
	const bool is_low = !scan->takes_low && safe->low > safe->min;

	scan->has_spared |= is_low;
	/* A minimum of low alone: nothing is safe now, and yet a scan is of 32 pages at least. */
	return protection_leaves(size, safe->usage, is_low ? safe->low : safe->min);
}

static uint64_t shrink_list(struct lru_scan *scan, enum lru_list list, uint64_t nr)
{
	if (!lru_is_active(list))
		return lru_evict(scan, list, nr);
	if (scan->may_deactivate[lru_type_of(list)])
		lru_deactivate(scan, list, nr);
	else
		scan->has_skipped = true;
	return 0;
}

/* What of its lists is to be looked at, and by turns is. */
static void shrink_lists(struct lru_scan *scan, uint64_t nr_to_reclaim, bool may_swap)
{
	struct lru618 *lru = scan->lru;
	struct scan_request request = {
		.cost = { scan->cost[LRU_ANON], scan->cost[LRU_FILE] },
		.swappiness = lru->config.machine->swappiness, .priority = scan->priority,
		.has_swap = may_swap, .is_cache_trim = scan->is_cache_trim,
		.ignores_cost = lru->config.rules.chosen[SWITCH_CGROUP2_BALANCE] == SWITCH_OFF };
	uint64_t targets[LRU_NR], left[LRU_NR], freed = 0;

	for (int list = 0; list < LRU_UNEVICTABLE; list++)
		request.size[list] = lru_in_reach(scan, lru->lrus.all[scan->container].own.size[list]);
	scan_counts(&request, targets);
	for (int list = 0; list < LRU_NR; list++)
		left[list] = targets[list];
	while (left[LRU_INACTIVE_ANON] || left[LRU_ACTIVE_FILE] || left[LRU_INACTIVE_FILE]) {
		for (enum lru_list list = LRU_INACTIVE_ANON; list < LRU_UNEVICTABLE; list++) {
			uint64_t nr = left[list] < lru->cluster ? left[list] : lru->cluster;

			left[list] -= nr;
			if (nr)
				freed += shrink_list(scan, list, nr);
		}
		if (freed >= nr_to_reclaim && !scan_rebalance(targets, left))
			break;
	}
}

/* Of small lists the first priorities look at nothing; what is protected is looked at in batches at least. */
static bool has_targets(const struct lru_scan *scan)
{
	const uint64_t *size = scan->lru->lrus.all[scan->container].own.size;
	uint64_t any = size[LRU_INACTIVE_ANON] | size[LRU_ACTIVE_ANON] | size[LRU_INACTIVE_FILE] | size[LRU_ACTIVE_FILE];

	return any >> scan->priority || scan->safe.min || scan->safe.low;
}

/* shrink_lruvec(). */
static void shrink(struct lru_scan *scan, uint64_t nr_to_reclaim)
{
	struct lru618 *lru = scan->lru;
	bool may_swap = has_swap(lru, scan->container);

	if (has_targets(scan))
		shrink_lists(scan, nr_to_reclaim, may_swap);
	if (may_swap && is_low(lru, scan->container, LRU_ANON))
		lru_deactivate(scan, LRU_ACTIVE_ANON, lru->cluster);
}

/* What is no longer mlocked may go again. */
static void rescue(struct lru_scan *scan)
{
	struct lruvecs *lrus = &scan->lru->lrus;
	uint32_t nr;
	const uint32_t *folios = lruvec_folios(lrus, scan->container, LRU_UNEVICTABLE, &nr);

	for (uint32_t i = 0; i < nr; i++) {
		unsigned seen = scan->host->look(scan->host->host, folios[i]);
		enum lru_type type = seen & LOOK_ANON ? LRU_ANON : LRU_FILE;

		if (!(seen & LOOK_LOCKED))
			lruvec_move(lrus, folios[i], scan->lru->kind->next_list(scan->lru, folios[i], type), false);
	}
}

/* mem_cgroup_below_min(), mem_cgroup_below_low(): it holds no more than what is spared. */
static bool is_spared(struct lru_scan *scan)
{
	scan->safe = (struct protection){ 0 };
	if (!scan->host->protection || scan->container == scan->target)
		return false;
	protection_of(&scan->lru->claims, &scan->lru->lrus, scan->host, scan->container, scan->target, &scan->safe);
	if (scan->safe.min >= scan->safe.usage)
		return true;
	if (scan->takes_low || scan->safe.low < scan->safe.usage)
		return false;
	scan->has_spared = true;
	return true;
}

/* Where a walk of containers by their numbers goes on that stopped before this one. */
static size_t first_from(const uint32_t *containers, size_t nr, uint32_t container)
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (containers[middle] < container)
			low = middle + 1;
		else
			high = middle;
	}
	return low < nr ? low : 0;
}

/* shrink_node_memcgs(): all of the subtree, from where the last partial walk stopped. */
static void shrink_subtree(struct lru_scan *scan, uint64_t nr_to_reclaim, bool is_full_walk)
{
	struct lru618 *lru = scan->lru;
	size_t nr, at;
	const uint32_t *within = lruvecs_within(&lru->lrus, scan->target, &nr);

	at = lru->lrus.is_nested && !is_full_walk ? first_from(within, nr, lru->cursor) : 0;
	for (size_t left = nr; left; left--, at = at + 1 < nr ? at + 1 : 0) {
		scan->container = within[at];
		if (is_spared(scan))
			continue;
		if (scan->priority == RESCUE_PRIORITY)
			rescue(scan);
		lru->kind->shrink(scan, nr_to_reclaim);
		protections_changed(&lru->claims, &lru->lrus, scan->host, scan->container, scan->target);
		lru->cursor = scan->container + 1 < lru->lrus.nr ? scan->container + 1 : 0;
		if (!is_full_walk && scan->result->freed >= nr_to_reclaim)
			return;
	}
}

/* The loop of do_try_to_free_pages(); true: enough was freed. */
static bool run_priorities(struct lru_scan *scan, uint64_t nr_to_reclaim, bool is_full_walk)
{
	for (scan->priority = RECLAIM_DEF_PRIORITY; scan->priority >= 0; scan->priority--) {
		prepare(scan);
		shrink_subtree(scan, nr_to_reclaim, is_full_walk);
		if (scan->result->freed >= nr_to_reclaim)
			break;
	}
	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++)
		scan->lru->lrus.all[scan->target].seen_activate[type] = activations(scan->lru, scan->target, type);
	return scan->result->freed > 0;
}

/* Nothing was freed: what was spared so far, first active lists, then what memory.low protects. */
static bool takes_more(struct lru_scan *scan)
{
	if (scan->has_skipped) {
		scan->is_forced = true;
		scan->has_skipped = false;
		return true;
	}
	if (!scan->has_spared)
		return false;
	scan->is_forced = scan->has_spared = false;
	scan->takes_low = true;
	return true;
}

void lru_reclaim(struct policy *policy, uint32_t container, struct reclaim_result *result)
{
	struct lru618 *lru = of(policy);
	uint64_t nr = result->asked > lru->cluster ? result->asked : lru->cluster;
	struct lru_scan scan = { .lru = lru, .host = lru->config.host, .result = result, .target = container,
				 .rows = folio_rows(&lru->lrus) };

	*result = (struct reclaim_result){ .asked = nr };
	lru_know_container(lru, container);
	find_parents(lru);
	lru_rotate_written(lru);
	protections_forget(&lru->claims);
	if (!run_priorities(&scan, nr, false))
		while (!run_priorities(&scan, nr, true) && takes_more(&scan))
			;
	result->priority = scan.priority;
	result->success = result->freed > 0;
	result->progress |= result->freed || result->unmapped;
}

/* --- life and check --- */

static enum lru_list next_list(struct lru618 *lru, uint32_t head, enum lru_type type)
{
	(void)lru, (void)head;
	return lru_list_of(type, false);
}

static const struct lru_kind two_lists = { .shrink = shrink, .next_list = next_list };

void lru_init(struct lru618 *lru, const struct policy_config *config, const struct policy_class *class,
	      const struct lru_kind *kind)
{
	lru->base.class = class;
	lru->kind = kind;
	lru->config = *config;
	lru->controller = controller_of(&config->rules);
	lru->cluster = config->rules.chosen[SWITCH_CGROUP2_CLUSTER] == SWITCH_ON ? LRU_CLUSTER : 1;
	lru->has_lag = lru->controller->lags_stats && config->machine->stats_ns;
	lruvecs_init(&lru->lrus, config->pages, config->offset);
}

void lru_fork(struct lru618 *lru, const struct policy_config *config)
{
	lru->config = *config;
	lruvecs_fork(&lru->lrus, config->pages, config->offset);
	lru->claims = (struct protections){ 0 };
	lru->awaited = xcopy(lru->awaited, lru->nr_awaited, sizeof(*lru->awaited));
	lru->awaited_capacity = lru->nr_awaited;
}

void lru_release(struct lru618 *lru)
{
	lruvecs_release(&lru->lrus);
	protections_release(&lru->claims);
	free(lru->awaited);
}

static struct policy *lru618_create(const struct policy_config *config)
{
	struct lru618 *lru = xcalloc(1, sizeof(*lru));

	lru_init(lru, config, &lru618_policy, &two_lists);
	return &lru->base;
}

static struct policy *lru618_fork(const struct policy *policy, const struct policy_config *config)
{
	struct lru618 *fork = xcopy(policy, 1, sizeof(*fork));

	lru_fork(fork, config);
	return &fork->base;
}

const char *lru_check(struct policy *policy, uint32_t container, uint64_t usage)
{
	return lruvec_check(&of(policy)->lrus, container, usage);
}

static void lru618_destroy(struct policy *policy)
{
	if (!policy)
		return;
	lru_release(of(policy));
	free(policy);
}

const struct policy_class lru618_policy = {
	.name = "lru618",
	.summary = "four lists and the workingset, scanned as by 6.18 (cgroup2.md 4 to 6)",
	.is_modern = true,
	.page_bytes = sizeof(struct folio_page),
	.list_bytes = LRUVEC_BYTES,
	.create = lru618_create,
	.fork = lru618_fork,
	.charged = lru618_charged,
	.charged_fresh = lru618_charged_fresh,
	.uncharged = lru_uncharged,
	.accessed = lru618_accessed,
	.zapped_young = lru618_accessed,
	.written = lru_written,
	.flush_stats = lru618_flush_stats,
	.reclaim = lru_reclaim,
	.check = lru_check,
	.destroy = lru618_destroy,
};
