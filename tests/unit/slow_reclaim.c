// SPDX-License-Identifier: GPL-2.0-or-later
/* The scanner of 2.6.22 and patch 7/8, in the order of the source. */
#include "tests/unit/slow_reclaim.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define SLOW_PAGES 64
#define SLOW_CONTAINERS 4

struct slow_page {
	bool is_known, is_active, is_referenced, is_reclaim;
	uint32_t zone;
	int64_t container;	/* -1 = uncharged */
};

/* Position 0 is the head. */
struct slow_list {
	uint32_t pages[SLOW_PAGES];
	uint32_t nr;
};

struct slow {
	struct policy base;
	struct policy_config config;
	struct slow_page pages[SLOW_PAGES];
	struct slow_list lists[SLOW_CONTAINERS][2];	/* inactive, active; all zones mixed */
	struct { int64_t nr[2]; uint64_t pages_scanned; int prev_priority; } zones[RECLAIM_MAX_ZONES];
};

static void put(struct slow_list *list, uint32_t at, uint32_t page)
{
	memmove(&list->pages[at + 1], &list->pages[at], (list->nr - at) * sizeof(list->pages[0]));
	list->pages[at] = page;
	list->nr++;
}

static bool take(struct slow_list *list, uint32_t page)
{
	for (uint32_t i = 0; i < list->nr; i++) {
		if (list->pages[i] != page)
			continue;
		list->nr--;
		memmove(&list->pages[i], &list->pages[i + 1],
			(list->nr - i) * sizeof(list->pages[0]));
		return true;
	}
	return false;
}

static void move(struct slow *s, uint32_t page, bool is_active)
{
	int64_t container = s->pages[page].container;

	if (container < 0)
		return;
	take(&s->lists[container][0], page);
	take(&s->lists[container][1], page);
	put(&s->lists[container][is_active], 0, page);
}

/* A row that replay cleared says the page is another one now. */
static struct slow_page *look_up(struct slow *s, uint32_t page)
{
	char *is_same = record_at(s->config.pages, page, s->config.offset);
	struct slow_page *p = &s->pages[page];
	struct page_view view;

	if (!*is_same)
		*p = (struct slow_page){ .container = -1 };
	*is_same = 1;
	if (p->is_known)
		return p;
	s->config.host->view(s->config.host->host, page, &view);
	p->is_known = true;
	p->is_active = view.is_anon;
	p->zone = view.zone;
	return p;
}

static void slow_charged(struct policy *policy, uint32_t page, uint32_t container)
{
	struct slow *s = (struct slow *)policy;
	struct slow_page *p = look_up(s, page);

	p->container = container;
	put(&s->lists[container][p->is_active || rules_posted(&s->config.rules, D8_ALWAYS_ACTIVE)], 0, page);
}

static void slow_uncharged(struct policy *policy, uint32_t page)
{
	struct slow *s = (struct slow *)policy;
	int64_t container = s->pages[page].container;

	if (container < 0)
		return;
	take(&s->lists[container][0], page);
	take(&s->lists[container][1], page);
	s->pages[page].container = -1;
}

static void slow_accessed(struct policy *policy, uint32_t page)
{
	struct slow *s = (struct slow *)policy;
	struct slow_page *p = look_up(s, page);

	if (!p->is_active && p->is_referenced) {
		p->is_active = true;
		move(s, page, true);
		p->is_referenced = false;
	} else if (!p->is_referenced) {
		p->is_referenced = true;
	}
}

static void slow_zapped_young(struct policy *policy, uint32_t page)
{
	look_up((struct slow *)policy, page)->is_referenced = true;
}

static void slow_written(struct policy *policy, uint32_t page)
{
	struct slow *s = (struct slow *)policy;
	struct slow_page *p = &s->pages[page];
	bool is_reclaim = p->is_reclaim;

	/* A cleared row means the page is gone, and its flags with it. */
	if (!*(char *)record_at(s->config.pages, page, s->config.offset))
		return;
	p->is_reclaim = false;
	if (!is_reclaim || p->is_active || p->container < 0)
		return;
	move(s, page, false);
	if (rules_posted(&s->config.rules, D14_ROTATE_HEAD))
		return;
	take(&s->lists[p->container][0], page);
	put(&s->lists[p->container][0], s->lists[p->container][0].nr, page);
}

/* The next page to look at, from the tail; D12 intended passes over other zones. */
static int64_t oldest(const struct slow *s, const struct slow_list *list, uint32_t zone)
{
	for (uint32_t i = list->nr; i--;) {
		if (rules_posted(&s->config.rules, D12_FOREIGN_BLOCKS) || s->pages[list->pages[i]].zone == zone)
			return list->pages[i];
	}
	return -1;
}

static int64_t isolate(struct slow *s, uint32_t container, uint32_t zone, bool is_active,
		       struct reclaim_result *result)
{
	struct slow_list *list = &s->lists[container][is_active];
	int64_t page = oldest(s, list, zone);

	result->steps++;
	if (page < 0)
		return -1;
	result->looks++;
	s->zones[zone].pages_scanned++;
	if (s->pages[page].zone != zone) {
		result->foreign_looks++;
		return -1;
	}
	take(list, (uint32_t)page);
	put(list, 0, (uint32_t)page);
	return s->pages[page].is_active == is_active ? page : -1;
}

static uint32_t referenced(struct slow *s, uint32_t page, const struct page_view *view,
			   struct reclaim_result *result)
{
	uint32_t nr = s->pages[page].is_referenced;

	s->pages[page].is_referenced = false;
	nr += s->config.host->test_and_clear_young(s->config.host->host, page);
	if (nr)
		result->progress = true;
	return nr + (view->is_locked && !view->is_anon);
}

static void change(struct slow *s, uint32_t page, bool is_active, struct reclaim_result *result)
{
	int64_t *nr = s->zones[s->pages[page].zone].nr;

	s->pages[page].is_active = is_active;
	if (nr[!is_active])
		nr[!is_active]--;
	nr[is_active]++;
	if (is_active)
		result->activated++;
	else
		result->deactivated++;
	move(s, page, is_active);
}

static void shrink_active(struct slow *s, uint32_t container, uint32_t zone, int priority,
			  struct reclaim_result *result)
{
	const struct machine *machine = s->config.machine;
	uint64_t size = (uint64_t)(s->zones[zone].nr[0] + s->zones[zone].nr[1]);
	int prev = s->zones[zone].prev_priority;
	int distress = 100 >> (prev < priority ? prev : priority);
	int tendency = (int)machine->mapped_ratio / 2 + distress + (int)machine->swappiness;
	bool reclaim_mapped = tendency >= 100;
	struct page_view view;
	int64_t page;

	if (rules_posted(&s->config.rules, D15_ZONE_BUDGET) && s->zones[zone].pages_scanned >= size * 3)
		reclaim_mapped = true;
	page = isolate(s, container, zone, true, result);
	if (page < 0)
		return;
	s->config.host->view(s->config.host->host, (uint32_t)page, &view);
	if (view.mapcount && (!reclaim_mapped || (!machine->swap_pages && view.is_anon) ||
			      referenced(s, (uint32_t)page, &view, result)))
		move(s, (uint32_t)page, true);
	else
		change(s, (uint32_t)page, false, result);
}

static void shrink_inactive(struct slow *s, uint32_t container, uint32_t zone,
			    struct reclaim_result *result)
{
	const struct reclaim_host *host = s->config.host;
	int64_t found = isolate(s, container, zone, false, result);
	uint32_t page = (uint32_t)found;
	struct page_view view;
	bool is_dirty;

	if (found < 0)
		return;
	host->view(host->host, page, &view);
	result->scanned += view.mapcount ? 2 : 1;
	if (referenced(s, page, &view, result))
		goto activate;
	is_dirty = view.is_dirty;
	if (view.is_anon) {
		is_dirty = !view.in_swap_cache;
		if (is_dirty && !host->add_to_swap(host->host, page))
			goto activate;
	}
	if (!host->unmap(host->host, page))
		goto activate;
	result->unmapped++;
	if (is_dirty) {
		if (view.is_shmem && !host->add_to_swap(host->host, page))
			goto activate;
		result->writes++;
		s->pages[page].is_reclaim = true;
		if (view.is_anon) {
			s->pages[page].is_known = false;
			s->pages[page].is_referenced = false;
		}
		host->wrote(host->host, page);
		return;
	}
	result->freed++;
	s->zones[zone].pages_scanned = 0;
	if (s->zones[zone].nr[0])
		s->zones[zone].nr[0]--;
	s->pages[page] = (struct slow_page){ .container = -1 };
	host->freed(host->host, page);
	return;
activate:
	change(s, page, true, result);
}

static uint64_t own(const struct slow *s, uint32_t container, uint32_t zone, bool is_active)
{
	const struct slow_list *list = &s->lists[container][is_active];
	uint64_t nr = 0;

	for (uint32_t i = 0; i < list->nr; i++)
		nr += rules_posted(&s->config.rules, D12_FOREIGN_BLOCKS) || s->pages[list->pages[i]].zone == zone;
	return nr;
}

static void slow_shrink_zone(struct slow *s, uint32_t container, uint32_t zone, int priority,
			     struct reclaim_result *result)
{
	uint64_t steps[2];

	if (priority < s->zones[zone].prev_priority)
		s->zones[zone].prev_priority = priority;
	for (int i = 0; i < 2; i++) {
		if (rules_posted(&s->config.rules, D15_ZONE_BUDGET))
			steps[i] = ((uint64_t)s->zones[zone].nr[i] >> priority) + 1;
		else
			steps[i] = own(s, container, zone, i) >> priority;
	}
	while (steps[0] || steps[1]) {
		if (steps[1]) {
			steps[1]--;
			shrink_active(s, container, zone, priority, result);
		}
		if (steps[0]) {
			steps[0]--;
			shrink_inactive(s, container, zone, result);
		}
	}
}

static void slow_reclaim(struct policy *policy, uint32_t container, struct reclaim_result *result)
{
	struct slow *s = (struct slow *)policy;
	const struct machine *machine = s->config.machine;
	const struct reclaim_host *host = s->config.host;
	struct slow *before = xcalloc(1, sizeof(*before));
	int priority;

	*before = *s;
	*result = (struct reclaim_result){ 0 };
	for (uint32_t i = 0; i < machine->nr_zones; i++) {
		s->zones[i].nr[0] = (int64_t)machine->zones[i].nr_inactive;
		s->zones[i].nr[1] = (int64_t)machine->zones[i].nr_active;
		s->zones[i].pages_scanned = 0;
	}
	for (priority = 12; priority >= 0; priority--) {
		uint64_t scanned = result->scanned;

		for (uint32_t i = 0; i < machine->nr_zones; i++)
			slow_shrink_zone(s, container, i, priority, result);
		if (result->freed)
			break;
		if (result->scanned > scanned && priority < 10)
			result->naps++;
	}
	result->priority = priority;
	result->success = result->freed || s->config.rules.chosen[SWITCH_RECLAIM07_END_RESULT] == RECLAIM_END_ZONE_ALIVE ||
			  (s->config.rules.chosen[SWITCH_RECLAIM07_END_RESULT] == RECLAIM_END_UNDER_LIMIT &&
			   host->usage(host->host, container) < host->limit(host->host, container));
	for (uint32_t i = 0; i < machine->nr_zones; i++) {
		s->zones[i].prev_priority = priority < 0 ? 0 : priority;
		result->progress |= s->zones[i].prev_priority != before->zones[i].prev_priority;
	}
	for (uint32_t i = 0; i < SLOW_PAGES; i++)
		result->progress |= before->pages[i].container != s->pages[i].container;
	free(before);
}

static struct policy *slow_create(const struct policy_config *config)
{
	struct slow *s = xcalloc(1, sizeof(*s));

	s->base.class = &slow_reclaim_policy;
	s->config = *config;
	for (size_t i = 0; i < RECLAIM_MAX_ZONES; i++)
		s->zones[i].prev_priority = 12;
	for (size_t i = 0; i < SLOW_PAGES; i++)
		s->pages[i].container = -1;
	return &s->base;
}

static const char *slow_check(struct policy *policy, uint32_t container, uint64_t usage)
{
	struct slow *s = (struct slow *)policy;

	return s->lists[container][0].nr + s->lists[container][1].nr == usage ? NULL : "R4 (slow)";
}

static void slow_destroy(struct policy *policy)
{
	free(policy);
}

const struct policy_class slow_reclaim_policy = {
	.name = "slow",
	.summary = "reclaim07 step by step (models.md 2)",
	.page_bytes = 1,
	.create = slow_create,
	.charged = slow_charged,
	.uncharged = slow_uncharged,
	.accessed = slow_accessed,
	.zapped_young = slow_zapped_young,
	.written = slow_written,
	.reclaim = slow_reclaim,
	.check = slow_check,
	.destroy = slow_destroy,
};
