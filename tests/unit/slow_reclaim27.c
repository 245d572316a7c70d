// SPDX-License-Identifier: GPL-2.0-or-later
/* The scanner of 2.6.27 for a group, in the order of the source. */
#include "tests/unit/slow_reclaim27.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define PAGES 200
#define GROUPS 4
#define SWAP_CLUSTER_MAX 32

struct slow_page {
	bool is_known, is_active, is_referenced, is_writing;
	uint32_t zone;
	int group;		/* -1 = none */
};

/* Position 0 is the head. */
struct slow_list {
	uint32_t pages[PAGES];
	uint32_t nr;
};

struct slow {
	struct policy base;
	struct policy_config config;
	struct slow_page pages[PAGES];
	struct slow_list lists[GROUPS][RECLAIM_MAX_ZONES][2];
	int prev_priority[GROUPS];
};

struct scan_control {
	struct slow *s;
	struct reclaim_result *result;
	int group;
	uint32_t zone;
};

static void put_head(struct slow_list *list, uint32_t page)
{
	memmove(&list->pages[1], &list->pages[0], list->nr * sizeof(page));
	list->pages[0] = page;
	list->nr++;
}

static bool take(struct slow_list *list, uint32_t page)
{
	for (uint32_t i = 0; i < list->nr; i++) {
		if (list->pages[i] != page)
			continue;
		list->nr--;
		memmove(&list->pages[i], &list->pages[i + 1], (list->nr - i) * sizeof(page));
		return true;
	}
	return false;
}

static void off_lists(struct slow *s, uint32_t page)
{
	for (uint32_t group = 0; group < GROUPS; group++)
		for (uint32_t zone = 0; zone < RECLAIM_MAX_ZONES; zone++)
			for (int active = 0; active < 2; active++)
				take(&s->lists[group][zone][active], page);
}

static void move_lists(struct slow *s, uint32_t page, bool active)
{
	struct slow_page *p = &s->pages[page];

	if (p->group < 0)
		return;
	off_lists(s, page);
	put_head(&s->lists[p->group][p->zone][active], page);
}

static bool is_kernel(const struct slow *s, enum memcg_kernel kernel)
{
	return s->config.rules.chosen[SWITCH_MEMCG_KERNEL] == kernel;
}

/* A row that replay cleared says the page is another one now. */
static struct slow_page *look_up(struct slow *s, uint32_t page, struct page_view *view)
{
	char *is_same = record_at(s->config.pages, page, s->config.offset);
	struct slow_page *p = &s->pages[page];

	if (!*is_same)
		*p = (struct slow_page){ .group = -1 };
	*is_same = 1;
	s->config.host->view(s->config.host->host, page, view);
	if (!p->is_known)
		p->is_active = view->is_anon || (is_kernel(s, MEMCG_K28) && view->is_shmem);
	p->is_known = true;
	p->zone = view->zone;
	return p;
}

static void slow_charged(struct policy *policy, uint32_t page, uint32_t container)
{
	struct slow *s = (struct slow *)policy;
	struct page_view view;
	struct slow_page *p = look_up(s, page, &view);
	bool active = view.is_anon;

	if (is_kernel(s, MEMCG_K25))
		active = true;
	if (is_kernel(s, MEMCG_K28) && view.is_shmem)
		active = true;
	p->group = (int)container;
	put_head(&s->lists[container][p->zone][active], page);
}

static void slow_uncharged(struct policy *policy, uint32_t page)
{
	struct slow *s = (struct slow *)policy;

	off_lists(s, page);
	s->pages[page].group = -1;
}

static void slow_accessed(struct policy *policy, uint32_t page)
{
	struct slow *s = (struct slow *)policy;
	struct page_view view;
	struct slow_page *p = look_up(s, page, &view);

	if (!p->is_active && p->is_referenced) {
		p->is_active = true;
		move_lists(s, page, true);
		p->is_referenced = false;
	} else if (!p->is_referenced) {
		p->is_referenced = true;
	}
}

static void slow_zapped_young(struct policy *policy, uint32_t page)
{
	struct page_view view;

	look_up((struct slow *)policy, page, &view)->is_referenced = true;
}

static void slow_written(struct policy *policy, uint32_t page)
{
	((struct slow *)policy)->pages[page].is_writing = false;
}

/* Taken pages in `hold`, oldest first. */
static uint32_t isolate_pages(struct scan_control *sc, uint32_t nr_to_scan, uint32_t *hold, bool active)
{
	struct slow *s = sc->s;
	struct slow_list *src = &s->lists[sc->group][sc->zone][active];
	struct slow_list walked = *src;
	uint32_t scan = 0;

	for (uint32_t i = walked.nr; i-- && scan < nr_to_scan;) {
		uint32_t page = walked.pages[i];

		sc->result->looks++;
		if (s->pages[page].is_active != active) {
			move_lists(s, page, s->pages[page].is_active);
			continue;
		}
		take(src, page);
		hold[scan++] = page;
	}
	/* list_splice(): the last one taken is the head. */
	for (uint32_t i = 0; i < scan; i++)
		put_head(src, hold[i]);
	return scan;
}

static bool page_referenced(struct scan_control *sc, uint32_t page, const struct page_view *view)
{
	const struct reclaim_host *host = sc->s->config.host;
	uint32_t referenced = sc->s->pages[page].is_referenced;

	sc->s->pages[page].is_referenced = false;
	if (view->mapcount) {
		referenced += host->test_and_clear_young(host->host, page);
		if (referenced)
			sc->result->progress = true;
		if (view->is_locked && !view->is_anon)
			referenced++;
	}
	if (referenced && !view->mapcount)
		sc->result->progress = true;
	return referenced;
}

static int64_t zonestat(struct scan_control *sc, bool active)
{
	int64_t nr = 0;

	for (uint32_t zone = 0; zone < RECLAIM_MAX_ZONES; zone++)
		nr += sc->s->lists[sc->group][zone][active].nr;
	return nr;
}

static bool calc_reclaim_mapped(struct scan_control *sc, int priority)
{
	const struct reclaim_host *host = sc->s->config.host;
	int prev = sc->s->prev_priority[sc->group];
	int64_t swappiness = sc->s->config.machine->swappiness;
	int64_t distress = 100 >> (prev < priority ? prev : priority);
	int64_t total = (int64_t)host->usage(host->host, (uint32_t)sc->group) + 1;
	int64_t mapped_ratio = (int64_t)host->rss(host->host, (uint32_t)sc->group) * 100 / total;
	int64_t tendency = mapped_ratio / 2 + distress + swappiness;
	int64_t imbalance = zonestat(sc, true) / (zonestat(sc, false) + 1);

	imbalance *= swappiness + 1;
	imbalance /= 100;
	imbalance *= mapped_ratio;
	imbalance /= 100;
	return tendency + imbalance >= 100;
}

static void shrink_active_list(struct scan_control *sc, uint32_t nr_pages, int priority)
{
	struct slow *s = sc->s;
	bool reclaim_mapped = calc_reclaim_mapped(sc, priority);
	uint32_t hold[PAGES], l_inactive[PAGES], nr_inactive = 0;
	uint32_t nr = isolate_pages(sc, nr_pages, hold, true);

	sc->result->steps += nr_pages;
	for (uint32_t i = 0; i < nr; i++) {
		struct page_view view;

		s->config.host->view(s->config.host->host, hold[i], &view);
		if (view.mapcount) {
			if (!reclaim_mapped || (!s->config.machine->swap_pages && view.is_anon))
				continue;
			if (page_referenced(sc, hold[i], &view))
				continue;
		}
		l_inactive[nr_inactive++] = hold[i];
	}
	for (uint32_t i = 0; i < nr_inactive; i++) {
		s->pages[l_inactive[i]].is_active = false;
		move_lists(s, l_inactive[i], false);
		sc->result->deactivated++;
	}
}

/* Whether it was freed. */
static bool shrink_page(struct scan_control *sc, uint32_t page)
{
	const struct reclaim_host *host = sc->s->config.host;
	struct slow_page *p = &sc->s->pages[page];
	struct page_view view;
	bool referenced, may_use;

	host->view(host->host, page, &view);
	sc->result->scanned++;
	if (view.mapcount || view.in_swap_cache)
		sc->result->scanned++;
	if (p->is_writing)
		return false;
	referenced = page_referenced(sc, page, &view);
	may_use = view.mapcount || view.in_swap_cache || view.is_file_mapped;
	if (referenced && may_use)
		goto activate;
	if (view.is_anon && !view.in_swap_cache && !host->add_to_swap(host->host, page))
		goto activate;
	if (view.mapcount) {
		if (!host->unmap(host->host, page))
			goto activate;
		sc->result->unmapped++;
	}
	if (view.is_anon ? !view.in_swap_cache : view.is_dirty) {
		if (referenced)
			return false;
		if (view.is_shmem && !host->add_to_swap(host->host, page))
			goto activate;
		sc->result->writes++;
		p->is_writing = true;
		host->wrote(host->host, page);
		if (p->group < 0)
			*p = (struct slow_page){ .group = -1, .is_writing = true };
		return false;
	}
	host->freed(host->host, page);
	*p = (struct slow_page){ .group = -1 };
	return true;
activate:
	p->is_active = true;
	sc->result->activated++;
	return false;
}

static void shrink_inactive_list(struct scan_control *sc, uint32_t max_scan)
{
	uint32_t nr_scanned = 0, nr_taken;
	uint32_t hold[PAGES];

	sc->result->steps += max_scan;
	do {
		nr_taken = isolate_pages(sc, SWAP_CLUSTER_MAX, hold, false);
		nr_scanned += nr_taken;
		for (uint32_t i = 0; i < nr_taken; i++)
			sc->result->freed += shrink_page(sc, hold[i]);
	} while (nr_taken && nr_scanned < max_scan);
}

static void slow_shrink_zone(struct scan_control *sc, int priority)
{
	struct slow_list *lists = sc->s->lists[sc->group][sc->zone];
	uint32_t nr[2] = { lists[0].nr >> priority, lists[1].nr >> priority };

	while (nr[0] || nr[1]) {
		for (int active = 1; active >= 0; active--) {
			uint32_t nr_to_scan = nr[active] < SWAP_CLUSTER_MAX ? nr[active] : SWAP_CLUSTER_MAX;

			if (!nr_to_scan)
				continue;
			nr[active] -= nr_to_scan;
			if (active)
				shrink_active_list(sc, nr_to_scan, priority);
			else
				shrink_inactive_list(sc, nr_to_scan);
		}
	}
}

static void slow_reclaim(struct policy *policy, uint32_t container, struct reclaim_result *result)
{
	struct slow *s = (struct slow *)policy;
	struct scan_control sc = { .s = s, .result = result, .group = (int)container };
	int *prev = &s->prev_priority[container], before = *prev;
	bool was_charged[PAGES];
	int priority;

	*result = (struct reclaim_result){ 0 };
	for (uint32_t i = 0; i < PAGES; i++)
		was_charged[i] = s->pages[i].group == (int)container;
	for (priority = 12; priority >= 0; priority--) {
		uint64_t scanned = result->scanned;

		for (sc.zone = 0; sc.zone < s->config.machine->nr_zones; sc.zone++) {
			*prev = *prev < priority ? *prev : priority;
			slow_shrink_zone(&sc, priority);
		}
		if (result->freed >= SWAP_CLUSTER_MAX) {
			result->success = true;
			break;
		}
		if (result->scanned != scanned && priority < 10)
			result->naps++;
	}
	result->priority = priority;
	*prev = priority < 0 ? 0 : priority;
	for (uint32_t i = 0; i < PAGES; i++)
		result->uncharged += was_charged[i] && s->pages[i].group < 0;
	result->progress |= *prev != before || result->unmapped || result->uncharged || result->writes;
}

static struct policy *slow_create(const struct policy_config *config)
{
	struct slow *s = xcalloc(1, sizeof(*s));

	s->base.class = &slow_reclaim27_policy;
	s->config = *config;
	for (size_t i = 0; i < PAGES; i++)
		s->pages[i].group = -1;
	return &s->base;
}

static const char *slow_check(struct policy *policy, uint32_t container, uint64_t usage)
{
	struct slow *s = (struct slow *)policy;
	uint64_t nr = 0;

	for (uint32_t zone = 0; zone < RECLAIM_MAX_ZONES; zone++)
		nr += s->lists[container][zone][0].nr + s->lists[container][zone][1].nr;
	return nr == usage ? NULL : "the slow lists do not hold what is charged";
}

static void slow_destroy(struct policy *policy)
{
	free(policy);
}

const struct policy_class slow_reclaim27_policy = {
	.name = "slow27",
	.summary = "reclaim27 in the order of the source (models.md 4.3)",
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
