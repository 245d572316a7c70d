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
#include "reclaim/lru618.h"

#include "base/xalloc.h"

#include <stdlib.h>

#define MIN_NR_GENS 2
#define NR_TIERS 4
#define MIN_BATCH 64		/* MIN_LRU_BATCH: BITS_PER_LONG */
#define MAX_BATCH 4096		/* MAX_LRU_BATCH */
#define REFS_SHIFT 4		/* of FOLIO_REFS */
#define REFS_MAX 3		/* it holds; one more is FOLIO_REFERENCED itself */
#define SWAPPINESS_MAX 200

extern const struct policy_class mglru_policy;

/* Of a tier: in the oldest generation, and before it halved again and again. */
struct tier {
	uint64_t refaulted, evicted, protected;
	uint64_t past_refaulted, past_total;
};

struct gens {
	uint64_t max_seq, min_seq[LRU_NR_TYPES];
	struct tier tiers[LRU_NR_TYPES][NR_TIERS];
};

struct mglru {
	struct lru618 lru;	/* first */
	struct gens *gens;	/* by container */
	size_t nr, capacity;
};

static struct mglru *of(struct policy *policy)
{
	return (struct mglru *)policy;
}

/* lru_gen_init_lruvec(). */
static struct gens *gens_of(struct mglru *mglru, uint32_t container)
{
	while (mglru->nr <= container) {
		xgrow(&mglru->gens, mglru->nr, &mglru->capacity, sizeof(*mglru->gens));
		mglru->gens[mglru->nr++] = (struct gens){ .max_seq = MIN_NR_GENS + 1 };
	}
	return &mglru->gens[container];
}

/* --- one folio --- */

/* folio_lru_refs(). */
static unsigned refs_of(const struct folio_page *row)
{
	return row->flags & FOLIO_REFERENCED ? ((row->flags & FOLIO_REFS) >> REFS_SHIFT) + 1u : 0;
}

/* lru_tier_from_refs(). */
static unsigned tier_of(unsigned refs, bool is_workingset)
{
	if (is_workingset)
		return NR_TIERS - 1;
	return refs > 2 ? 2 : refs > 1;
}

static void clear_refs(struct folio_page *row)
{
	row->flags &= ~(unsigned)(FOLIO_REFERENCED | FOLIO_REFS);
}

/* lru_gen_folio_seq(): active is PG_active, is_anon of one that is not in the swap cache. */
static uint64_t seq_of(const struct gens *gens, enum lru_type type, const struct folio_page *row, bool is_active,
		       bool is_reclaiming)
{
	uint64_t gen, is_workingset = row->flags & FOLIO_WORKINGSET ? 1 : 0, seq;

	if (is_active)
		gen = MIN_NR_GENS - is_workingset;
	else if (is_reclaiming)
		gen = LRU_NR_GENS;
	else if (type == LRU_ANON)
		gen = MIN_NR_GENS;
	else
		gen = LRU_NR_GENS - is_workingset;
	seq = gens->max_seq + 1 - gen;
	return seq > gens->min_seq[type] ? seq : gens->min_seq[type];
}

/* --- pages come, go and are used --- */

/* lru_gen_refault(). */
static void refault(struct mglru *mglru, struct folio_page *row, uint32_t container, enum lru_type type, bool is_active)
{
	struct gens *gens = gens_of(mglru, folio_container(row));
	struct lruvec *lruvec = lruvec_of(&mglru->lru.lrus, container);
	uint32_t age = (uint32_t)gens->max_seq - (row->age >> 2);
	unsigned refs = row->age & REFS_MAX;
	bool was_workingset = row->flags & FOLIO_WORKINGSET;

	lruvec->refault[type]++;
	row->flags = 0;
	if ((age & (UINT32_MAX >> 2)) >= LRU_NR_GENS)
		return;
	gens->tiers[type][tier_of(refs + 1, was_workingset)].refaulted++;
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
static struct shadow evicted(struct lru618 *lru, const struct folio *folio, uint32_t target)
{
	const struct folio_page *first = folio->row;
	struct mglru *mglru = (struct mglru *)lru;
	struct gens *gens = gens_of(mglru, folio_container(first));
	enum lru_type type = lru_type_of(folio_list(first));
	unsigned refs = refs_of(first);

	(void)target;
	gens->tiers[type][tier_of(refs, first->flags & FOLIO_WORKINGSET)].evicted += folio->nr;
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
	gens = gens_of(mglru, container);
	if (row->flags & HAS_SHADOW && !arrival.is_written_to)
		refault(mglru, row, container, type, arrival.is_fault);
	else
		row->flags = 0;
	gens = gens_of(mglru, container);
	lruvec_add(&lru->lrus, page, arrival.folio, container,
		   lru_list_of_gen(type, seq_of(gens, type, row, arrival.is_fault, false)));
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
	clear_refs(row);
	row->flags |= FOLIO_WORKINGSET;
	return true;
}

static enum lru_list next_list(struct lru618 *lru, uint32_t head, enum lru_type type)
{
	const struct folio_page *row = folio_page(&lru->lrus, head);

	return lru_list_of_gen(type, seq_of(gens_of((struct mglru *)lru, folio_container(row)), type, row, false, true));
}

/* --- tiers and types: what refaults least is taken --- */

struct position {
	uint64_t refaulted, total, gain;
};

/* read_ctrl_pos(): of one tier, or of all. */
static struct position position_of(const struct gens *gens, enum lru_type type, unsigned first, unsigned nr, uint64_t gain)
{
	struct position position = { .gain = gain };

	for (unsigned i = first; i < first + nr; i++) {
		const struct tier *tier = &gens->tiers[type][i];

		position.refaulted += tier->past_refaulted + tier->refaulted;
		position.total += tier->past_total + tier->protected + tier->evicted;
	}
	return position;
}

/* positive_ctrl_err(). */
static bool refaults_less(const struct position *than, const struct position *one)
{
	return one->refaulted < MIN_BATCH || one->refaulted * (than->total + MIN_BATCH) * than->gain <=
	       (than->refaulted + 1) * one->total * one->gain;
}

/* get_tier_idx(): the highest that may be taken. */
static unsigned highest_tier(const struct gens *gens, enum lru_type type)
{
	struct position first = position_of(gens, type, 0, 1, 2);
	unsigned tier = 1;

	for (; tier < NR_TIERS; tier++) {
		struct position other = position_of(gens, type, tier, 1, 3);

		if (!refaults_less(&first, &other))
			break;
	}
	return tier - 1;
}

/* get_type_to_scan(). */
static enum lru_type type_to_scan(const struct gens *gens, uint32_t swappiness)
{
	struct position anon, file;

	if (swappiness <= 1)
		return LRU_FILE;
	if (swappiness >= SWAPPINESS_MAX)
		return LRU_ANON;
	anon = position_of(gens, LRU_ANON, 0, NR_TIERS, swappiness);
	file = position_of(gens, LRU_FILE, 0, NR_TIERS, SWAPPINESS_MAX - swappiness);
	return refaults_less(&anon, &file) ? LRU_FILE : LRU_ANON;
}

/* --- generations --- */

/* reset_ctrl_pos(): the oldest generation is another. */
static void begin_oldest(struct gens *gens, enum lru_type type)
{
	gens->min_seq[type]++;
	for (unsigned i = 0; i < NR_TIERS; i++) {
		struct tier *tier = &gens->tiers[type][i];

		tier->past_refaulted = (tier->past_refaulted + tier->refaulted) / 2;
		tier->past_total = (tier->past_total + tier->protected + tier->evicted) / 2;
		tier->refaulted = tier->protected = tier->evicted = 0;
	}
}

static bool may_take(enum lru_type type, uint32_t swappiness)
{
	return type == LRU_ANON ? swappiness > 0 : swappiness <= SWAPPINESS_MAX;
}

/* evictable_min_seq(). */
static uint64_t oldest_evictable(const struct gens *gens, uint32_t swappiness)
{
	uint64_t anon = gens->min_seq[swappiness ? LRU_ANON : LRU_FILE];
	uint64_t file = gens->min_seq[swappiness <= SWAPPINESS_MAX ? LRU_FILE : LRU_ANON];

	return anon < file ? anon : file;
}

static uint32_t nr_folios(const struct mglru *mglru, uint32_t container, enum lru_type type, uint64_t seq)
{
	return lruvec_ring(&mglru->lru.lrus, container, lru_list_of_gen(type, seq))->nr;
}

/* try_to_inc_min_seq(): generations that are empty are over; neither type runs ahead of the other by more than two. */
static bool drop_empty(struct mglru *mglru, uint32_t container, uint32_t swappiness)
{
	struct gens *gens = gens_of(mglru, container);
	uint64_t min_seq[LRU_NR_TYPES], latest = gens->max_seq - MIN_NR_GENS;
	bool is_dropped = false;

	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++) {
		min_seq[type] = gens->min_seq[type];
		while (may_take(type, swappiness) && min_seq[type] + MIN_NR_GENS <= gens->max_seq &&
		       !nr_folios(mglru, container, type, min_seq[type]))
			min_seq[type]++;
	}
	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES && swappiness && swappiness <= SWAPPINESS_MAX; type++)
		if (min_seq[type] > latest && min_seq[!type] < latest)
			min_seq[type] = latest;
	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++)
		for (; may_take(type, swappiness) && gens->min_seq[type] < min_seq[type]; is_dropped = true)
			begin_oldest(gens, type);
	return is_dropped;
}

/* folio_inc_gen(): to the head of the next one. */
static void move_on(struct mglru *mglru, uint32_t head, uint64_t seq, bool is_tail)
{
	struct folio_page *row = folio_page(&mglru->lru.lrus, head);

	clear_refs(row);
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
	struct gens *gens = gens_of(mglru, scan->container);
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
	struct gens *gens = gens_of(mglru, container);
	uint64_t seq = gens->min_seq[type];

	while (nr_folios(mglru, container, type, seq)) {
		uint32_t first = page_ring_head(lruvec_ring(&mglru->lru.lrus, container, lru_list_of_gen(type, seq)));

		move_on(mglru, first, seq, true);
	}
	begin_oldest(gens, type);
}

/* try_to_inc_max_seq(). */
static void age(struct mglru *mglru, struct lru_scan *scan)
{
	struct gens *gens = gens_of(mglru, scan->container);

	walk(mglru, scan);
	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++)
		if (gens->max_seq - gens->min_seq[type] + 1 == LRU_NR_GENS)
			merge_oldest(mglru, scan->container, type);
	gens->max_seq++;
}

/* --- one eviction --- */

struct eviction {
	enum lru_type type;
	uint32_t taken[MIN_BATCH];
	uint32_t nr_taken, nr_isolated;	/* folios, pages */
	uint64_t file_taken, unqueued;	/* looked at: pages of files that were dirty, and not under write-back */
};

/* sort_folio(): true: it is not to be taken. */
static bool sort(struct mglru *mglru, struct lru_scan *scan, struct eviction *eviction, uint32_t head, unsigned highest)
{
	struct folio_page *row = folio_page(&mglru->lru.lrus, head);
	struct gens *gens = gens_of(mglru, scan->container);
	unsigned refs = refs_of(row), is_workingset = row->flags & FOLIO_WORKINGSET ? 1 : 0;
	unsigned tier = tier_of(refs, is_workingset);
	bool is_hot = refs + is_workingset == REFS_MAX + 2;
	uint64_t seq = gens->min_seq[eviction->type], nr = folio_nr(&mglru->lru.lrus, head, row);
	unsigned seen;

	if (tier > highest || is_hot) {
		if (!is_hot)
			gens->tiers[eviction->type][tier].protected += nr;
		move_on(mglru, head, seq, false);
		return true;
	}
	seen = scan->host->look(scan->host->host, head);
	if (eviction->type == LRU_ANON || !(seen & (LOOK_DIRTY | LOOK_WRITEBACK)))
		return false;
	eviction->file_taken += nr;
	eviction->unqueued += seen & LOOK_DIRTY ? nr : 0;
	lru_await_write(&mglru->lru, head);
	move_on(mglru, head, seq, false);
	return true;
}

/* scan_folios(): pages looked at; 0 = there is nothing to be had. */
static uint64_t take(struct mglru *mglru, struct lru_scan *scan, struct eviction *eviction)
{
	struct gens *gens = gens_of(mglru, scan->container);
	enum lru_type type = eviction->type;
	unsigned highest = highest_tier(gens, type);
	uint64_t scanned = 0, left = MAX_BATCH;

	if (gens->max_seq - gens->min_seq[type] + 1 == MIN_NR_GENS)
		return 0;
	while (left && eviction->nr_isolated < MIN_BATCH && nr_folios(mglru, scan->container, type, gens->min_seq[type])) {
		enum lru_list list = lru_list_of_gen(type, gens->min_seq[type]);
		uint32_t head = page_ring_tail(lruvec_ring(&mglru->lru.lrus, scan->container, list)), nr;

		nr = folio_nr(&mglru->lru.lrus, head, folio_page(&mglru->lru.lrus, head));
		scanned += nr;
		left--;
		if (sort(mglru, scan, eviction, head, highest))
			continue;
		lruvec_isolate(&mglru->lru.lrus, scan->container, list, 1, &eviction->taken[eviction->nr_taken++]);
		eviction->nr_isolated += nr;
	}
	return eviction->nr_taken || !left ? scanned : 0;
}

static void put_back(struct mglru *mglru, struct lru_scan *scan, uint32_t head, enum lru_type type,
		     enum lru_outcome outcome)
{
	struct folio_page *row = folio_page(&mglru->lru.lrus, head);
	struct gens *gens = gens_of(mglru, scan->container);
	bool is_active = outcome == FOLIO_ACTIVATE;
	uint32_t nr = folio_nr(&mglru->lru.lrus, head, row);
	uint64_t seq = seq_of(gens, type, row, is_active, false);

	if (outcome == FOLIO_UNEVICTABLE) {
		lruvec_putback(&mglru->lru.lrus, scan->container, LRU_UNEVICTABLE, &head, 1);
		return;
	}
	/* Not to the oldest again: evict_folios(). */
	if (!is_active && seq == gens->min_seq[type]) {
		is_active = true;
		clear_refs(row);
		seq = seq_of(gens, type, row, true, false);
	}
	scan->result->activated += outcome == FOLIO_ACTIVATE ? nr : 0;
	scan->result->rotated += outcome == FOLIO_KEEP ? nr : 0;
	lruvec_putback(&mglru->lru.lrus, scan->container, lru_list_of_gen(type, seq), &head, 1);
}

/* evict_folios(): pages looked at. */
static uint64_t evict(struct mglru *mglru, struct lru_scan *scan, uint32_t swappiness, struct eviction *eviction)
{
	enum lru_outcome outcomes[MIN_BATCH];
	struct lru_batch batch;
	struct gens *gens = gens_of(mglru, scan->container);
	uint64_t scanned = 0;

	eviction->type = type_to_scan(gens, swappiness);
	eviction->nr_taken = eviction->nr_isolated = 0;
	for (int i = 0; i < LRU_NR_TYPES && !scanned; i++) {
		if (may_take(eviction->type, swappiness))
			scanned = take(mglru, scan, eviction);
		if (!scanned)
			eviction->type = (enum lru_type)!eviction->type;
	}
	scanned += drop_empty(mglru, scan->container, swappiness);
	if (oldest_evictable(gens, swappiness) + MIN_NR_GENS > gens->max_seq)
		scanned = 0;
	if (!eviction->nr_taken)
		return scanned;
	lru_shrink_folios(scan, eviction->taken, eviction->nr_taken, eviction->type, outcomes, &batch);
	for (uint32_t i = 0; i < eviction->nr_taken; i++)
		if (outcomes[i] != FOLIO_FREED)
			put_back(mglru, scan, eviction->taken[i], eviction->type, outcomes[i]);
	return scanned;
}

/* get_nr_to_scan(); 0 = none, also when the generations were aged instead. */
static uint64_t nr_to_scan(struct mglru *mglru, struct lru_scan *scan, uint32_t swappiness)
{
	struct gens *gens = gens_of(mglru, scan->container);
	uint64_t oldest = oldest_evictable(gens, swappiness), size = 0;

	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++)
		for (uint64_t seq = gens->min_seq[type]; may_take(type, swappiness) && seq <= gens->max_seq; seq++)
			size += mglru->lru.lrus.all[scan->container].own.size[lru_list_of_gen(type, seq)];
	if (oldest + MIN_NR_GENS > gens->max_seq)
		size = 0;
	if (size)
		size = lru_in_reach(scan, size);
	if (oldest + MIN_NR_GENS < gens->max_seq || scan->priority == RECLAIM_DEF_PRIORITY)
		return size >> scan->priority;
	age(mglru, scan);
	return 0;
}

/* lru_gen_shrink_lruvec(): it goes on to the share that the priority says, however much was freed. */
static void shrink(struct lru_scan *scan, uint64_t nr_to_reclaim)
{
	struct mglru *mglru = (struct mglru *)scan->lru;
	uint32_t swappiness = scan->lru->config.machine->swappiness;
	struct eviction eviction = { 0 };
	uint64_t scanned = 0, nr;

	(void)nr_to_reclaim;
	if (lru_swap_left(scan->lru, scan->container) < MIN_BATCH)
		swappiness = 0;
	while ((nr = nr_to_scan(mglru, scan, swappiness))) {
		uint64_t looked = evict(mglru, scan, swappiness, &eviction);

		scanned += looked;
		if (!looked || scanned >= nr)
			break;
	}
	if (eviction.unqueued && eviction.unqueued == eviction.file_taken)
		scan->host->wake_flushers(scan->host->host);
	scan->result->steps += scanned;
}

/* --- life and check --- */

static const struct lru_kind generations = {
	.shrink = shrink, .next_list = next_list, .is_promoted = is_promoted, .evicted = evicted,
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
	const struct gens *gens = gens_of(mglru, container);

	for (enum lru_type type = LRU_ANON; type < LRU_NR_TYPES; type++) {
		if (gens->min_seq[type] + MIN_NR_GENS > gens->max_seq + 1 ||
		    gens->max_seq - gens->min_seq[type] >= LRU_NR_GENS)
			return "a type has fewer than two generations, or more than four";
		for (uint64_t seq = gens->max_seq + 1; seq < gens->min_seq[type] + LRU_NR_GENS; seq++)
			if (container < mglru->lru.lrus.nr && nr_folios(mglru, container, type, seq))
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
	.uncharged = lru_uncharged,
	.accessed = mglru_accessed,
	.zapped_young = mglru_accessed,
	.written = lru_written,
	.reclaim = lru_reclaim,
	.check = mglru_check,
	.destroy = mglru_destroy,
};
