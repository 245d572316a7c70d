// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MGLRU: reclaim for a container's limit with generations instead of two lists
 * (CONFIG_LRU_GEN, cgroup2.md 9; here as of 6.18).
 *
 * Each type has two to four generations, from min_seq to max_seq. Reclaim takes from
 * the oldest; when only two are left, page tables are walked, what was used since the
 * last walk goes to the youngest, and a new one begins. What is read(2) again and again
 * is in a higher tier of its generation, and moves on to the next one instead of being
 * taken if its tier refaults more than the first.
 *
 * Beside what is said of lru618: a walk sees every mapped page, and nothing looks
 * around an entry that was young; a page that the recording read into the page cache
 * by a fault enters as one that was read(2).
 */
#include "reclaim/mglru.h"

#include "base/xalloc.h"

#include <stdlib.h>

extern const struct policy_class mglru_policy;

static struct mglru *of(struct policy *policy)
{
	return (struct mglru *)policy;
}

struct gens *mglru_gens(struct mglru *mglru, uint32_t container)
{
	while (mglru->nr <= container) {
		xgrow(&mglru->gens, mglru->nr, &mglru->capacity, sizeof(*mglru->gens));
		mglru->gens[mglru->nr++] = (struct gens){ .max_seq = MIN_NR_GENS + 1 };
	}
	return &mglru->gens[container];
}

/* --- pages come, go and are used --- */

/* lru_gen_refault(). */
static void refault(struct mglru *mglru, struct folio_page *row, uint32_t container, enum lru_type type, bool is_active)
{
	struct gens *gens = mglru_gens(mglru, folio_container(row));
	struct lruvec *lruvec = lruvec_of(&mglru->lru.lrus, container);
	uint32_t age = (uint32_t)gens->max_seq - (row->age >> 2);
	unsigned refs = row->age & REFS_MAX;
	bool was_workingset = row->flags & FOLIO_WORKINGSET;

	lruvec->refault[type]++;
	row->flags = 0;
	if ((age & (UINT32_MAX >> 2)) >= LRU_NR_GENS)
		return;
	gens->tiers[type][gens_tier_of(refs + 1, was_workingset)].refaulted++;
	if (is_active || was_workingset)
		lruvec_activated(&mglru->lru.lrus, container, type);
	if (was_workingset) {
		lruvec->restore[type]++;
		row->flags |= FOLIO_WORKINGSET;
	} else {
		row->flags |= (refs << REFS_SHIFT) & FOLIO_REFS;
	}
}

/* lru_gen_eviction(). */
static struct shadow evicted(struct lru618 *lru, const struct folio_page *first, uint32_t nr, uint32_t target)
{
	struct mglru *mglru = (struct mglru *)lru;
	struct gens *gens = mglru_gens(mglru, folio_container(first));
	enum lru_type type = lru_type_of(folio_list(first));
	unsigned refs = gens_refs_of(first);

	(void)target;
	gens->tiers[type][gens_tier_of(refs, first->flags & FOLIO_WORKINGSET)].evicted += nr;
	return (struct shadow){ .of = folio_container(first),
				.age = (uint32_t)gens->min_seq[type] << 2 | (refs ? refs - 1 : 0) };
}

static void mglru_charged(struct policy *policy, uint32_t page, uint32_t container)
{
	struct mglru *mglru = of(policy);
	struct lru618 *lru = &mglru->lru;
	struct folio_page *row = folio_page(&lru->lrus, page);
	struct arrival arrival = lru->config.host->arrival(lru->config.host->host, page);
	enum lru_type type = arrival.is_anon ? LRU_ANON : LRU_FILE;
	struct gens *gens;

	lru_know_container(lru, container);
	gens = mglru_gens(mglru, container);
	if (row->flags & HAS_SHADOW && !arrival.is_written_to)
		refault(mglru, row, container, type, arrival.is_fault);
	else
		row->flags = 0;
	gens = mglru_gens(mglru, container);
	lruvec_add(&lru->lrus, page, arrival.folio, container,
		   lru_list_of_gen(type, gens_seq_of(gens, type, row, arrival.is_fault, false)));
}

/* lru_gen_inc_refs(). */
static void mglru_accessed(struct policy *policy, uint32_t page)
{
	struct lruvecs *lrus = &of(policy)->lru.lrus;
	struct folio_page *row = folio_page(lrus, page);

	if (!is_in_folio(row))
		return;
	row = folio_page(lrus, folio_head(lrus, page, row));
	if (!(row->flags & FOLIO_REFERENCED))
		row->flags = (row->flags & ~(unsigned)FOLIO_REFS) | FOLIO_REFERENCED;
	else if ((row->flags & FOLIO_REFS) == FOLIO_REFS)
		row->flags |= FOLIO_WORKINGSET;
	else
		row->flags += 1 << REFS_SHIFT;
}

/* lru_gen_set_refs(): false the first time. */
static bool is_promoted(struct folio_page *row)
{
	if (!(row->flags & (FOLIO_REFERENCED | FOLIO_WORKINGSET))) {
		row->flags = (row->flags & ~(unsigned)FOLIO_REFS) | FOLIO_REFERENCED;
		return false;
	}
	gens_clear_refs(row);
	row->flags |= FOLIO_WORKINGSET;
	return true;
}

static enum lru_list next_list(struct lru618 *lru, uint32_t head, enum lru_type type)
{
	const struct folio_page *row = folio_page(&lru->lrus, head);

	return lru_list_of_gen(type, gens_seq_of(mglru_gens((struct mglru *)lru, folio_container(row)), type, row, false, true));
}

/* --- generations --- */

bool mglru_drop_empty(struct mglru *mglru, uint32_t container, uint32_t swappiness)
{
	struct gens *gens = mglru_gens(mglru, container);
	uint64_t min_seq[LRU_NR_TYPES], latest = gens->max_seq - MIN_NR_GENS;
	bool is_dropped = false;

	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++) {
		min_seq[type] = gens->min_seq[type];
		while (gens_may_take(type, swappiness) && min_seq[type] + MIN_NR_GENS <= gens->max_seq &&
		       !mglru_nr_folios(mglru, container, type, min_seq[type]))
			min_seq[type]++;
	}
	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES && swappiness && swappiness <= SWAPPINESS_MAX; type++)
		if (min_seq[type] > latest && min_seq[!type] < latest)
			min_seq[type] = latest;
	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++)
		for (; gens_may_take(type, swappiness) && gens->min_seq[type] < min_seq[type]; is_dropped = true)
			gens_begin_oldest(gens, type);
	return is_dropped;
}

void mglru_move_on(struct mglru *mglru, uint32_t head, uint64_t seq, bool is_tail)
{
	struct folio_page *row = folio_page(&mglru->lru.lrus, head);

	gens_clear_refs(row);
	lruvec_move(&mglru->lru.lrus, head, lru_list_of_gen(lru_type_of(folio_list(row)), seq + 1), is_tail);
}

/* folio_update_gen(): the first time it is only marked. */
static void walk_folio(struct mglru *mglru, struct lru_scan *scan, uint32_t head, uint64_t max_seq)
{
	struct folio folio = lru_folio(scan, head);

	if (!(scan->host->look(scan->host->host, head) & LOOK_MAPPED) || !lru_clear_young(scan, &folio))
		return;
	scan->result->progress = true;
	if (!is_promoted(folio.row))
		return;
	scan->result->activated += folio.nr;
	lruvec_move(&mglru->lru.lrus, head, lru_list_of_gen(lru_type_of(folio_list(folio.row)), max_seq), false);
}

/* walk_mm() of all: what was used since the last time is of the youngest generation. */
static void walk(struct mglru *mglru, struct lru_scan *scan)
{
	struct gens *gens = mglru_gens(mglru, scan->container);
	uint64_t max_seq = gens->max_seq;

	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++) {
		for (uint64_t seq = gens->min_seq[type]; seq <= max_seq; seq++) {
			uint32_t nr;
			const uint32_t *folios = lruvec_folios(&mglru->lru.lrus, scan->container, lru_list_of_gen(type, seq), &nr);

			for (uint32_t i = 0; i < nr; i++)
				walk_folio(mglru, scan, folios[i], max_seq);
		}
	}
}

/* inc_min_seq(): there are four: the oldest becomes part of the next. */
static void merge_oldest(struct mglru *mglru, uint32_t container, enum lru_type type)
{
	struct gens *gens = mglru_gens(mglru, container);
	uint64_t seq = gens->min_seq[type];

	while (mglru_nr_folios(mglru, container, type, seq)) {
		uint32_t first = page_ring_head(lruvec_ring(&mglru->lru.lrus, container, lru_list_of_gen(type, seq)));

		mglru_move_on(mglru, first, seq, true);
	}
	gens_begin_oldest(gens, type);
}

void mglru_age(struct mglru *mglru, struct lru_scan *scan)
{
	struct gens *gens = mglru_gens(mglru, scan->container);

	walk(mglru, scan);
	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++)
		if (gens->max_seq - gens->min_seq[type] + 1 == LRU_NR_GENS)
			merge_oldest(mglru, scan->container, type);
	gens->max_seq++;
}

/* --- life and check --- */

static const struct lru_kind generations = {
	.shrink = mglru_shrink, .next_list = next_list, .is_promoted = is_promoted, .evicted = evicted,
};

static struct policy *mglru_create(const struct policy_config *config)
{
	struct mglru *mglru = xcalloc(1, sizeof(*mglru));

	lru_init(&mglru->lru, config, &mglru_policy, &generations);
	return &mglru->lru.base;
}

static struct policy *mglru_fork(const struct policy *policy, const struct policy_config *config)
{
	struct mglru *fork = xcopy(policy, 1, sizeof(*fork));

	lru_fork(&fork->lru, config);
	fork->gens = xcopy(fork->gens, fork->nr, sizeof(*fork->gens));
	fork->capacity = fork->nr;
	return &fork->lru.base;
}

static const char *check_folios(struct mglru *mglru, uint32_t container)
{
	const struct gens *gens = mglru_gens(mglru, container);

	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++) {
		if (gens->min_seq[type] + MIN_NR_GENS > gens->max_seq + 1 ||
		    gens->max_seq - gens->min_seq[type] >= LRU_NR_GENS)
			return "a type has fewer than two generations, or more than four";
		for (uint64_t seq = gens->max_seq + 1; seq < gens->min_seq[type] + LRU_NR_GENS; seq++)
			if (container < mglru->lru.lrus.nr && mglru_nr_folios(mglru, container, type, seq))
				return "C2: a folio is of a generation that there is not";
	}
	return NULL;
}

static const char *mglru_check(struct policy *policy, uint32_t container, uint64_t usage)
{
	const char *broken = lru_check(policy, container, usage);

	return broken ? broken : check_folios(of(policy), container);
}

static void mglru_destroy(struct policy *policy)
{
	if (!policy)
		return;
	lru_release(&of(policy)->lru);
	free(of(policy)->gens);
	free(policy);
}

const struct policy_class mglru_policy = {
	.name = "mglru",
	.summary = "generations, of kernels that have lru_gen enabled (cgroup2.md 9)",
	.is_modern = true,
	.page_bytes = sizeof(struct folio_page),
	.list_bytes = LRUVEC_BYTES,
	.create = mglru_create,
	.fork = mglru_fork,
	.charged = mglru_charged,
	.charged_fresh = mglru_charged,
	.uncharged = lru_uncharged,
	.accessed = mglru_accessed,
	.zapped_young = mglru_accessed,
	.written = lru_written,
	.reclaim = lru_reclaim,
	.check = mglru_check,
	.destroy = mglru_destroy,
};
