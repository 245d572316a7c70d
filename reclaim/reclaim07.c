// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RECLAIM07: the reclaim of a container as patch 7/8 of June 2007 would have done
 * it over the scanner of 2.6.22 (models.md 2); what is assumed is in policy.h.
 *
 * D15 intended counts steps as 2.6.25 did, `pages on the container's own list >>
 * priority`, without the +1 and of each zone apart.  So a list of n pages is not
 * looked at above priority log2(n): a container of 31 pages begins at 4, where
 * distress is 6 already, one of a single page at 0.  A pass looks at each page
 * about twice in all, not hundreds of times, and what it deactivates at priority
 * 0 has to wait for the next call; young pages often need three calls before one
 * goes, which is why the charge loop retries.  A call that small leaves
 * prev_priority of the zone low, so that the next call, also that of another
 * container, finds the gate open from the start.
 */
#include "reclaim/policy.h"

#include "base/xalloc.h"
#include "reclaim/page_lists.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_AHEAD 6		/* rows on their way from memory while one is looked at */

extern const struct policy_class reclaim07_policy;

enum lru_flag {
	PG_ACTIVE = 1 << 0,
	PG_REFERENCED = 1 << 1,
	PG_RECLAIM = 1 << 2,	/* being written, by reclaim */
	LRU_KNOWN = 1 << 3,	/* zone and PG_ACTIVE are set up */
	LRU_ANON = 1 << 4,	/* if LRU_KNOWN */
};

struct zone {
	uint64_t nr_active, nr_inactive, pages_scanned;
	int prev_priority;	/* where the last call ended; within a call the kernel's is the lower of both */
};

struct reclaim07 {
	struct policy base;
	struct policy_config config;
	struct zone zones[RECLAIM_MAX_ZONES];
	struct page_lists lists;	/* posted D12: those of zone 0 only */
};

/* One pass over one zone for one container. */
struct pass {
	struct reclaim07 *r;
	struct zone *zone;
	struct page_ring *active, *inactive;
	struct reclaim_result *result;
	uint64_t nr_quiet;	/* active looks since anything changed */
	uint32_t zone_index;
	int priority;
	bool is_distressed;	/* gate(), by the priority of the pass */
	bool is_gate_open;	/* reclaim_mapped at the last active step */
};

static struct lru_page *page_of(const struct reclaim07 *r, uint32_t page)
{
	return lru_page(&r->lists, page);
}

static bool is_posted(const struct reclaim07 *r, enum rule rule)
{
	return rules_posted(&r->config.rules, rule);
}

/* container_rss_move_lists(): to the head of the list of that class, if charged. */
static void move_to_head(struct reclaim07 *r, uint32_t page, bool is_active)
{
	struct lru_page *row = page_of(r, page);

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
	struct lru_page *row = page_of(r, page);
	bool is_active;

	page_lists_know(&r->lists, container);
	assert(!row->list);
	know(r, page, row);
	/* D8: always the active list, where reclaim cannot isolate what is not PG_active. */
	is_active = row->flags & PG_ACTIVE || is_posted(r, D8_ALWAYS_ACTIVE);
	page_lists_put(&r->lists, page, row, page_list_of(&r->lists, container, row->zone, is_active), false);
}

static void reclaim07_uncharged(struct policy *policy, uint32_t page)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;
	struct lru_page *row = page_of(r, page);

	if (row->list)
		page_lists_take(&r->lists, row);
}

static void reclaim07_accessed(struct policy *policy, uint32_t page)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;
	struct lru_page *row = page_of(r, page);

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
	struct lru_page *row = page_of(r, page);

	know(r, page, row);
	row->flags |= PG_REFERENCED;
}

/* rotate_reclaimable_page(): only a page mapped again meanwhile is on a list of ours. */
static void reclaim07_written(struct policy *policy, uint32_t page)
{
	struct reclaim07 *r = (struct reclaim07 *)policy;
	struct lru_page *row = page_of(r, page);

	if (!(row->flags & PG_RECLAIM))
		return;
	row->flags &= ~PG_RECLAIM;
	if (!(row->flags & PG_ACTIVE) && row->list)
		page_lists_move(&r->lists, page, row, false, !is_posted(r, D14_ROTATE_HEAD));
}

/* --- one step --- */

static bool is_near_oom(const struct zone *zone)
{
	return zone->pages_scanned >= 3 * (zone->nr_active + zone->nr_inactive);
}

static bool is_distressed(const struct machine *machine, const struct zone *zone, int priority)
{
	uint32_t distress = 100u >> (zone->prev_priority < priority ? zone->prev_priority : priority);

	return machine->mapped_ratio / 2 + distress + machine->swappiness >= 100;
}

/* reclaim_mapped: are mapped pages taken yet? */
static bool gate(const struct pass *pass)
{
	return pass->is_distressed || (is_posted(pass->r, D15_ZONE_BUDGET) && is_near_oom(pass->zone));
}

/* Changes PG_active, and the lists with it. */
static void set_class(struct pass *pass, uint32_t page, bool is_active)
{
	struct lru_page *row = page_of(pass->r, page);
	uint64_t *from = is_active ? &pass->zone->nr_inactive : &pass->zone->nr_active;
	uint64_t *to = is_active ? &pass->zone->nr_active : &pass->zone->nr_inactive;

	row->flags = is_active ? row->flags | PG_ACTIVE : row->flags & ~PG_ACTIVE;
	*from -= *from > 0;	/* the figures are the user's: they may be too small */
	(*to)++;
	if (is_active)
		pass->result->activated++;
	else
		pass->result->deactivated++;
	pass->nr_quiet = 0;
	if (row->list)
		page_lists_move(&pass->r->lists, page, row, is_active, false);
}

/*
 * The row of the page at the tail, which the caller has put aside and spliced back at the head, but for
 * one that leaves the list; NULL if there is none, it is of another zone (and stays), or PG_active is not the list's.
 */
static inline struct lru_page *isolate(struct pass *pass, struct page_ring *list, bool is_active, uint32_t *page)
{
	struct lru_page *row;

	pass->result->steps++;
	if (!list->nr)
		return NULL;
	*page = page_ring_tail(list);
	row = page_of(pass->r, *page);
	pass->result->looks++;
	pass->zone->pages_scanned++;
	if (row->zone != pass->zone_index) {
		pass->result->foreign_looks++;
		return NULL;
	}
	page_ring_look_ahead(&pass->r->lists.rings, list, LOOK_AHEAD);
	if (!(row->flags & PG_ACTIVE) == !is_active)
		return row;
	page_ring_rotate(list, &row->place);
	return NULL;
}

/* page_referenced(): takes every sign of use away and says whether there was one, or has to be taken for one. */
static inline bool was_referenced(struct pass *pass, uint32_t page, struct lru_page *row, bool is_locked)
{
	const struct reclaim_host *host = pass->r->config.host;
	bool is_used = row->flags & PG_REFERENCED;

	row->flags &= ~PG_REFERENCED;
	is_used |= host->test_and_clear_young(host->host, page) > 0;
	if (is_used) {
		pass->result->progress = true;
		pass->nr_quiet = 0;
	}
	return is_used || is_locked;
}

static bool is_locked(const struct pass *pass, uint32_t page)
{
	struct page_view view = { 0 };

	pass->r->config.host->view(pass->r->config.host->host, page, &view);
	return view.is_locked;
}

/* Whether a page on the active list, where the gate is open, stays there. */
static inline bool stays_active(struct pass *pass, uint32_t page, struct lru_page *row)
{
	bool is_anon = row->flags & LRU_ANON;

	/* All there is to know of most. */
	if (is_anon && !pass->r->config.machine->swap_pages)
		return true;
	return was_referenced(pass, page, row, !is_anon && is_locked(pass, page));
}

static inline void active_step(struct pass *pass)
{
	bool is_open = gate(pass);
	struct lru_page *row;
	uint32_t page;

	if (is_open != pass->is_gate_open)
		pass->nr_quiet = 0;
	pass->is_gate_open = is_open;
	pass->nr_quiet++;
	row = isolate(pass, pass->active, true, &page);
	if (!row)
		return;
	/* Pages on these lists are mapped, so a closed gate keeps them all. */
	if (!is_open || stays_active(pass, page, row))
		page_ring_rotate(pass->active, &row->place);
	else
		set_class(pass, page, false);
}

/* Row 7 to 10 of models.md 2.7: the page is mapped by nobody and on no list of ours. */
static void write_or_free(struct pass *pass, uint32_t page, const struct page_view *view)
{
	const struct reclaim_host *host = pass->r->config.host;
	struct lru_page *row = page_of(pass->r, page);

	if (view->is_anon ? !view->in_swap_cache : view->is_dirty) {
		if (view->is_shmem && !host->add_to_swap(host->host, page)) {
			set_class(pass, page, true);
			return;
		}
		row->flags = (view->is_anon ? 0 : row->flags) | PG_RECLAIM;
		pass->result->writes++;
		host->wrote(host->host, page);
		return;
	}
	row->flags = 0;
	pass->zone->nr_inactive -= pass->zone->nr_inactive > 0;
	pass->zone->pages_scanned = 0;	/* as any free does */
	pass->result->freed++;
	host->freed(host->host, page);
}

static inline void inactive_step(struct pass *pass)
{
	const struct reclaim_host *host = pass->r->config.host;
	struct page_view view = { 0 };
	uint32_t page;
	struct lru_page *row = isolate(pass, pass->inactive, false, &page);

	if (!row)
		return;
	pass->result->scanned += 2;	/* once more because it is mapped */
	pass->nr_quiet = 0;
	host->view(host->host, page, &view);
	if (was_referenced(pass, page, row, view.is_locked && !view.is_anon) ||
	    (view.is_anon && !view.in_swap_cache && !host->add_to_swap(host->host, page)) ||
	    !host->unmap(host->host, page)) {
		set_class(pass, page, true);
		return;
	}
	assert(!row->list);	/* uncharged() came from within unmap() */
	pass->result->unmapped++;
	write_or_free(pass, page, &view);
}

/* --- one pass, one call --- */

/* Active steps change nothing but the order of the list: the gate is closed, and no page of another zone stops them. */
static bool are_quiet(const struct pass *pass)
{
	return !pass->is_gate_open && (pass->r->config.machine->nr_zones == 1 || !is_posted(pass->r, D12_FOREIGN_BLOCKS));
}

/*
 * How many of the next `nr` active steps change nothing but the order of the
 * active list; they are done at once.  A zone gives far more steps than a
 * container has pages, so most passes end here.
 */
static uint64_t skip_active(struct pass *pass, uint64_t nr)
{
	struct reclaim07 *r = pass->r;
	struct zone *zone = pass->zone;
	struct page_ring *list = pass->active;
	bool is_foreign;

	if (!list->nr)
		return nr;
	if (gate(pass) != pass->is_gate_open)
		return 0;
	is_foreign = r->config.machine->nr_zones > 1 && page_of(r, page_ring_tail(list))->zone != pass->zone_index;
	if (!is_foreign && pass->nr_quiet < list->nr && !are_quiet(pass))
		return 0;
	if (is_posted(r, D15_ZONE_BUDGET) && !is_near_oom(zone)) {
		uint64_t left = 3 * (zone->nr_active + zone->nr_inactive) - zone->pages_scanned;

		nr = nr < left ? nr : left;
	}
	pass->result->looks += nr;
	zone->pages_scanned += nr;
	if (is_foreign)
		pass->result->foreign_looks += nr;
	if (!is_foreign)
		page_ring_rotate_by(&r->lists.rings, list, nr);
	return nr;
}

static void shrink_lists(struct pass *pass, uint64_t nr_active, uint64_t nr_inactive)
{
	while (nr_active || nr_inactive) {
		uint64_t skipped, idle;

		if (nr_active) {
			nr_active--;
			active_step(pass);
		}
		if (nr_inactive) {
			nr_inactive--;
			inactive_step(pass);
		}
		if (nr_inactive && pass->inactive->nr)
			continue;
		/* Inactive steps pass by an empty list while active ones are skipped. */
		skipped = nr_active ? skip_active(pass, nr_active) : 0;
		idle = nr_inactive;
		if (skipped < nr_active && skipped < nr_inactive)
			idle = skipped;
		nr_active -= skipped;
		nr_inactive -= idle;
		pass->result->steps += skipped + idle;
	}
}

static void shrink_zone(struct reclaim07 *r, uint32_t container, uint32_t zone_index, int priority,
			struct reclaim_result *result)
{
	struct zone *zone = &r->zones[zone_index];
	struct pass pass = {
		.r = r,
		.zone = zone,
		.active = page_ring_of(&r->lists, container, zone_index, true),
		.inactive = page_ring_of(&r->lists, container, zone_index, false),
		.result = result,
		.zone_index = zone_index,
		.priority = priority,
		.is_distressed = is_distressed(r->config.machine, zone, priority),
	};

	if (is_posted(r, D15_ZONE_BUDGET))
		shrink_lists(&pass, (zone->nr_active >> priority) + 1,
			     (zone->nr_inactive >> priority) + 1);
	else
		shrink_lists(&pass, pass.active->nr >> priority, pass.inactive->nr >> priority);
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
			shrink_zone(r, container, i, priority, result);
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
			!is_posted(r, D12_FOREIGN_BLOCKS) && config->machine->nr_zones > 1);
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

		if (slot && page_of(r, slot - 1)->flags & PG_ACTIVE && !is_active)
			return "R4: a page is PG_active on an inactive list";
		if (slot && !(page_of(r, slot - 1)->flags & PG_ACTIVE) && is_active && !is_posted(r, D8_ALWAYS_ACTIVE))
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
