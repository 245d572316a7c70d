// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RECLAIM07: a pass over the lists of one container in one zone (models.md 2.4 to 2.7).
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
#include "reclaim/reclaim07.h"

#include <assert.h>

#define LOOK_AHEAD 6		/* rows on their way from memory while one is looked at */

/* One pass over one zone for one container. */
struct pass {
	struct reclaim07 *r;
	struct zone *zone;
	struct page_ring *active, *inactive;
	struct reclaim_result *result;
	uint64_t nr_quiet;	/* active looks since anything changed */
	uint32_t zone_index;
	bool is_distressed;	/* gate(), by the priority of the pass */
	bool is_gate_open;	/* reclaim_mapped at the last active step */
};

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
	return pass->is_distressed || (reclaim07_is_posted(pass->r, D15_ZONE_BUDGET) && is_near_oom(pass->zone));
}

/* Changes PG_active, and the lists with it. */
static void set_class(struct pass *pass, uint32_t page, bool is_active)
{
	struct lru_page *row = reclaim07_page_of(pass->r, page);
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
	row = reclaim07_page_of(pass->r, *page);
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
	struct lru_page *row = reclaim07_page_of(pass->r, page);

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

/* --- one pass --- */

/* Active steps change nothing but the order of the list: the gate is closed, and no page of another zone stops them. */
static bool are_quiet(const struct pass *pass)
{
	return !pass->is_gate_open &&
	       (pass->r->config.machine->nr_zones == 1 || !reclaim07_is_posted(pass->r, D12_FOREIGN_BLOCKS));
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
	is_foreign = r->config.machine->nr_zones > 1 && reclaim07_page_of(r, page_ring_tail(list))->zone != pass->zone_index;
	if (!is_foreign && pass->nr_quiet < list->nr && !are_quiet(pass))
		return 0;
	if (reclaim07_is_posted(r, D15_ZONE_BUDGET) && !is_near_oom(zone)) {
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

void reclaim07_shrink_zone(struct reclaim07 *r, uint32_t container, uint32_t zone_index, int priority,
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
		.is_distressed = is_distressed(r->config.machine, zone, priority),
	};

	if (reclaim07_is_posted(r, D15_ZONE_BUDGET))
		shrink_lists(&pass, (zone->nr_active >> priority) + 1,
			     (zone->nr_inactive >> priority) + 1);
	else
		shrink_lists(&pass, pass.active->nr >> priority, pass.inactive->nr >> priority);
}
