// SPDX-License-Identifier: GPL-2.0-or-later
/* In the order of the specification; nothing here is fast. */
#include "tests/unit/slow_lru618.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PAGES 512
#define MAX_FOLIO 8
#define MAX_CONTAINERS 8

enum { IA, AA, IF, AF, UN, NR_LISTS };
enum { ANON, FILE_, NR_TYPES };

struct folio {
	bool is_live, referenced, workingset, rotates;
	uint32_t pages[MAX_FOLIO];	/* the first is its head */
	uint32_t nr, container;
};

struct slow_shadow {
	bool is_there, workingset;
	uint32_t container;
	uint64_t age;
};

struct group {
	uint32_t lists[NR_LISTS][MAX_PAGES];	/* folios, head first */
	uint32_t nr[NR_LISTS];
	uint64_t cost[NR_TYPES], age, activated[NR_TYPES], snapshot[NR_TYPES];
	uint32_t parent;
};

struct slow {
	struct policy base;
	struct policy_config config;
	struct folio folios[MAX_PAGES];
	uint32_t folio_of[MAX_PAGES];	/* + 1; 0 = none */
	struct slow_shadow shadows[MAX_PAGES];
	struct group groups[MAX_CONTAINERS];
	uint32_t nr_groups, cursor;
	bool is_nested;
	uint32_t awaited[MAX_PAGES], nr_awaited;
	bool is_away[MAX_PAGES];	/* folio: taken off by reclaim */
};

static struct slow *of(const struct policy *policy)
{
	return (struct slow *)(uintptr_t)policy;
}

static const struct reclaim_host *host(const struct slow *s)
{
	return s->config.host;
}

/* --- lists --- */

static void know(struct slow *s, uint32_t c)
{
	if (c < s->nr_groups)
		return;
	s->nr_groups = c + 1;
	for (uint32_t i = 0; i < s->nr_groups; i++) {
		uint32_t parent = host(s)->parent(host(s)->host, i);

		s->nr_groups = parent >= s->nr_groups ? parent + 1 : s->nr_groups;
		s->groups[i].parent = parent;
		s->is_nested |= parent != 0;
	}
}

static bool lies_in(const struct slow *s, uint32_t c, uint32_t above)
{
	for (; c != above; c = s->groups[c].parent)
		if (!c)
			return false;
	return true;
}

static void push(struct slow *s, uint32_t f, int list, bool at_tail)
{
	struct group *g = &s->groups[s->folios[f].container];

	if (!at_tail)
		memmove(g->lists[list] + 1, g->lists[list], g->nr[list] * sizeof(uint32_t));
	g->lists[list][at_tail ? g->nr[list] : 0] = f;
	g->nr[list]++;
}

/* Where it is; false: on no list. */
static bool find(const struct slow *s, uint32_t f, int *list, uint32_t *at)
{
	const struct group *g = &s->groups[s->folios[f].container];

	for (*list = 0; *list < NR_LISTS; ++*list)
		for (*at = 0; *at < g->nr[*list]; ++*at)
			if (g->lists[*list][*at] == f)
				return true;
	return false;
}

/* From which list. */
static int take_off(struct slow *s, uint32_t f)
{
	struct group *g = &s->groups[s->folios[f].container];
	uint32_t at;
	int list;

	if (!find(s, f, &list, &at))
		return -1;
	memmove(g->lists[list] + at, g->lists[list] + at + 1, (--g->nr[list] - at) * sizeof(uint32_t));
	return list;
}

static uint64_t pages_on(const struct slow *s, uint32_t c, int list)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->groups[c].nr[list]; i++)
		sum += s->folios[s->groups[c].lists[list][i]].nr;
	return sum;
}

static uint64_t pages_below(const struct slow *s, uint32_t c, int list)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->nr_groups; i++)
		if (lies_in(s, i, c))
			sum += pages_on(s, i, list);
	return sum;
}

static void grow_older(struct slow *s, uint32_t c, uint64_t pages)
{
	do
		s->groups[c].age += pages;
	while ((c = s->groups[c].parent));
}

static void note_cost(struct slow *s, uint32_t c, int type, uint64_t io, uint64_t kept)
{
	do {
		uint64_t all = 0;

		for (int list = IA; list < UN; list++)
			all += pages_below(s, c, list);
		s->groups[c].cost[type] += 32 * io + kept;
		if (s->groups[c].cost[ANON] + s->groups[c].cost[FILE_] > all / 4) {
			s->groups[c].cost[ANON] /= 2;
			s->groups[c].cost[FILE_] /= 2;
		}
	} while ((c = s->groups[c].parent));
}

/* --- pages come, are used, go --- */

static uint64_t swap_left(const struct slow *s, uint32_t c)
{
	return host(s)->swap_left(host(s)->host, c);
}

/* 6.6 */
static bool is_recent(const struct slow *s, const struct slow_shadow *shadow, int type)
{
	uint32_t c = shadow->container;
	bool has_swap = swap_left(s, c) > 0;
	uint64_t size = pages_below(s, c, AF);

	size += type == ANON ? pages_below(s, c, IF) : 0;
	size += has_swap ? pages_below(s, c, AA) : 0;
	size += has_swap && type == FILE_ ? pages_below(s, c, IA) : 0;
	return s->groups[c].age - shadow->age <= size;
}

static bool refault(struct slow *s, struct folio *f, const struct slow_shadow *shadow, uint32_t c, int type)
{
	if (!is_recent(s, shadow, type))
		return false;
	grow_older(s, c, 1);
	s->groups[c].activated[type]++;
	if (shadow->workingset) {
		f->workingset = true;
		note_cost(s, c, type, 1, 0);
	}
	return true;
}

static void slow_charged(struct policy *policy, uint32_t page, uint32_t c)
{
	struct slow *s = of(policy);
	struct slow_shadow shadow = s->shadows[page];
	struct arrival arrival = host(s)->arrival(host(s)->host, page);
	struct folio *f = &s->folios[page], made = { .is_live = true, .pages = { page }, .nr = 1, .container = c };
	bool is_active;
	uint32_t head;
	int type;

	type = arrival.is_anon ? ANON : FILE_;
	know(s, c);
	s->shadows[page].is_there = false;
	is_active = shadow.is_there && !arrival.is_written_to && refault(s, &made, &shadow, c, type);
	head = s->folio_of[arrival.folio] - 1;
	if (arrival.folio != page && s->folio_of[arrival.folio] && s->folios[head].pages[0] == arrival.folio &&
	    s->folios[head].container == c) {
		struct folio *joined = &s->folios[head];

		memmove(joined->pages + 2, joined->pages + 1, (joined->nr++ - 1) * sizeof(uint32_t));
		joined->pages[1] = page;
		s->folio_of[page] = head + 1;
		return;
	}
	/* A folio has the number of a page that no other is in; that of its first page may be another's still. */
	for (head = page; s->folios[head].is_live; head = (head + 1) % MAX_PAGES)
		;
	f = &s->folios[head];
	*f = made;
	s->folio_of[page] = head + 1;
	push(s, head, type == ANON ? (is_active ? AA : IA) : (is_active ? AF : IF), false);
}

static void slow_uncharged(struct policy *policy, uint32_t page)
{
	struct slow *s = of(policy);
	struct folio *f;
	uint32_t at = 0;

	if (!s->folio_of[page] || s->is_away[s->folio_of[page] - 1])
		return;
	f = &s->folios[s->folio_of[page] - 1];
	while (f->pages[at] != page)
		at++;
	memmove(f->pages + at, f->pages + at + 1, (--f->nr - at) * sizeof(uint32_t));
	if (!f->nr) {
		take_off(s, s->folio_of[page] - 1);
		f->is_live = false;
	}
	s->folio_of[page] = 0;
}

/* 5 */
static void slow_accessed(struct policy *policy, uint32_t page)
{
	struct slow *s = of(policy);
	uint32_t number = s->folio_of[page] - 1, at;
	struct folio *f;
	int list;

	if (!s->folio_of[page])
		return;
	f = &s->folios[number];
	if (!f->referenced) {
		f->referenced = true;
		return;
	}
	if (find(s, number, &list, &at) && (list == IA || list == IF)) {
		f->referenced = false;
		take_off(s, number);
		push(s, number, list + 1, false);
		grow_older(s, f->container, f->nr);
	}
}

static void slow_written(struct policy *policy, uint32_t page)
{
	(void)policy, (void)page;
}

/* --- eviction, 6.1 to 6.4 --- */

struct call {
	struct slow *s;
	struct reclaim_result *result;
	uint32_t target, container;
	int priority;
	bool may_deactivate[NR_TYPES], is_forced, has_spared, is_trim;
	uint64_t cost[NR_TYPES];
};

struct seen {
	bool anon, mapped, locked, dirty, writeback, reading, exec;
};

static struct seen seen_of(unsigned set)
{
	return (struct seen){ set & LOOK_ANON, set & LOOK_MAPPED, set & LOOK_LOCKED, set & LOOK_DIRTY, set & LOOK_WRITEBACK,
			      set & LOOK_READING, set & LOOK_EXEC };
}

static struct seen look_at(const struct slow *s, uint32_t page)
{
	return seen_of(host(s)->look(host(s)->host, page));
}

static struct seen look(const struct slow *s, const struct folio *f)
{
	struct seen seen = { 0 };

	for (uint32_t i = 0; i < f->nr; i++) {
		struct seen one = look_at(s, f->pages[i]);

		seen.anon |= one.anon;
		seen.mapped |= one.mapped;
		seen.locked |= one.locked;
		seen.dirty |= one.dirty;
		seen.writeback |= one.writeback;
		seen.reading |= one.reading;
		seen.exec |= one.exec;
	}
	return seen;
}

static uint32_t young(const struct slow *s, const struct folio *f)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < f->nr; i++)
		sum += host(s)->test_and_clear_young(host(s)->host, f->pages[i]);
	return sum;
}

enum fate { KEEP, ACTIVATE, UNEVICTABLE, FREED };

static void await(struct slow *s, uint32_t number)
{
	if (!s->folios[number].rotates)
		s->awaited[s->nr_awaited++] = number;
	s->folios[number].rotates = true;
}

static void free_folio(struct call *call, uint32_t number)
{
	struct slow *s = call->s;
	struct folio f = s->folios[number];

	for (uint32_t i = 0; i < f.nr; i++) {
		s->shadows[f.pages[i]] = (struct slow_shadow){ true, f.workingset, call->target, s->groups[call->target].age };
		s->folio_of[f.pages[i]] = 0;
	}
	s->folios[number].is_live = false;
	grow_older(s, call->target, f.nr);
	for (uint32_t i = 0; i < f.nr; i++)
		host(s)->freed(host(s)->host, f.pages[i]);
}

static enum fate judge(struct call *call, uint32_t number, const struct seen *seen)
{
	struct slow *s = call->s;
	struct folio *f = &s->folios[number];
	bool was_referenced = f->referenced;
	uint32_t y;

	if (seen->reading)						/* 1 */
		return KEEP;
	if (seen->locked && !seen->mapped)				/* 2 */
		return UNEVICTABLE;
	if (seen->writeback) {						/* 3 */
		await(s, number);
		return ACTIVATE;
	}
	y = seen->mapped ? young(s, f) : 0;				/* 4: 6.2 */
	if (seen->locked)
		return UNEVICTABLE;
	f->referenced = false;
	if (y) {
		f->referenced = true;
		return was_referenced || y > 1 || (seen->exec && !seen->anon) ? ACTIVATE : KEEP;
	}
	for (uint32_t i = 0; seen->anon && i < f->nr; i++)		/* 5 */
		if (!host(s)->add_to_swap(host(s)->host, f->pages[i]))
			return ACTIVATE;
	for (uint32_t i = 0; seen->mapped && i < f->nr; i++)		/* 6 */
		if (!host(s)->unmap(host(s)->host, f->pages[i]))
			return ACTIVATE;
	if (seen->dirty && !seen->anon) {				/* 7 */
		await(s, number);
		return ACTIVATE;
	}
	free_folio(call, number);				/* 8, 11 */
	return FREED;
}

static uint32_t isolate(struct slow *s, uint32_t c, int list, uint64_t nr, uint32_t taken[32])
{
	struct group *g = &s->groups[c];
	uint64_t looked = 0;
	uint32_t nr_taken = 0;

	while (looked < nr && nr_taken < 32 && g->nr[list]) {
		uint32_t f = g->lists[list][--g->nr[list]];

		s->is_away[f] = true;
		looked += s->folios[f].nr;
		taken[nr_taken++] = f;
	}
	return nr_taken;
}

static uint64_t evict(struct call *call, int list, uint64_t nr)
{
	struct slow *s = call->s;
	uint32_t taken[32], nr_taken = isolate(s, call->container, list, nr, taken);
	uint64_t looked = 0, freed = 0, unqueued = 0;
	int type = list == IF ? FILE_ : ANON;
	enum fate fates[32];

	for (uint32_t i = 0; i < nr_taken; i++) {
		struct seen seen = look(s, &s->folios[taken[i]]);
		uint32_t pages = s->folios[taken[i]].nr;

		looked += pages;
		unqueued += !seen.anon && seen.dirty && !seen.writeback ? pages : 0;
		fates[i] = judge(call, taken[i], &seen);
		freed += fates[i] == FREED ? pages : 0;
	}
	for (uint32_t i = 0; i < nr_taken; i++) {
		uint32_t pages = s->folios[taken[i]].nr;

		s->is_away[taken[i]] = false;
		if (fates[i] == FREED)
			continue;
		push(s, taken[i], fates[i] == UNEVICTABLE ? UN : fates[i] == ACTIVATE ? list + 1 : list, false);
		if (fates[i] == ACTIVATE) {
			grow_older(s, call->container, pages);
			call->result->activated += pages;
		} else if (fates[i] == KEEP) {
			call->result->rotated += pages;
		}
	}
	note_cost(s, call->container, type, type == ANON ? freed : 0, looked - freed);
	if (nr_taken && looked == unqueued)
		host(s)->wake_flushers(host(s)->host);
	call->result->scanned += looked;
	call->result->freed += freed;
	return freed;
}

static void deactivate(struct call *call, int list, uint64_t nr)
{
	struct slow *s = call->s;
	uint32_t taken[32], nr_taken = isolate(s, call->container, list, nr, taken);
	uint64_t rotated = 0;

	for (uint32_t i = 0; i < nr_taken; i++) {
		struct folio *f = &s->folios[taken[i]];
		struct seen seen = look(s, f);
		uint32_t y = seen.mapped ? young(s, f) : 0;

		s->is_away[taken[i]] = false;
		if (y && seen.exec && list == AF) {
			rotated += f->nr;
			push(s, taken[i], list, false);
			continue;
		}
		f->workingset = true;
		call->result->deactivated += f->nr;
		push(s, taken[i], list - 1, false);
	}
	note_cost(s, call->container, list == AF ? FILE_ : ANON, 0, rotated);
}

/* --- a call, 4 --- */

static bool inactive_is_low(uint64_t inactive, uint64_t active)
{
	return inactive < active;	/* below a GiB */
}

static uint64_t activated_below(const struct slow *s, uint32_t c, int type)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->nr_groups; i++)
		sum += lies_in(s, i, c) ? s->groups[i].activated[type] : 0;
	return sum;
}

static void scan_targets(const struct call *call, uint64_t scan[NR_LISTS])
{
	const struct slow *s = call->s;
	uint64_t swappiness = s->config.machine->swappiness, total = call->cost[ANON] + call->cost[FILE_];
	uint64_t a = total + call->cost[ANON], f = total + call->cost[FILE_], t = a + f;
	uint64_t ap = swappiness * (t + 1) / (a + 1), fp = (200 - swappiness) * (t + 1) / (f + 1);

	for (int list = IA; list < UN; list++) {
		bool is_file = list == IF || list == AF;

		scan[list] = pages_on(s, call->container, list) >> call->priority;
		if (!swap_left(s, call->container) || !swappiness)
			scan[list] = is_file ? scan[list] : 0;
		else if (!call->priority)
			continue;
		else if (call->is_trim)
			scan[list] = is_file ? scan[list] : 0;
		else
			scan[list] = scan[list] * (is_file ? fp : ap) / (ap + fp);
	}
	scan[UN] = 0;
}

/* 4.3: enough is freed; false: stop. */
static bool drop_one_type(const uint64_t target[NR_LISTS], uint64_t left[NR_LISTS])
{
	uint64_t anon = left[IA] + left[AA], file = left[IF] + left[AF], done;
	int ends = file > anon ? IA : IF, stays = file > anon ? IF : IA;

	if (!anon || !file)
		return false;
	done = (file > anon ? anon : file) * 100 / (target[ends] + target[ends + 1] + 1);
	for (int list = stays; list <= stays + 1; list++) {
		uint64_t scanned = target[list] - left[list], wanted = target[list] * (100 - done) / 100;

		left[list] = wanted > scanned ? wanted - scanned : 0;
	}
	left[ends] = left[ends + 1] = 0;
	return true;
}

static void shrink(struct call *call, uint64_t wanted)
{
	uint64_t target[NR_LISTS], left[NR_LISTS], freed = 0;
	bool has_swap = swap_left(call->s, call->container) > 0;

	scan_targets(call, target);
	memcpy(left, target, sizeof(left));
	while (left[IA] || left[AF] || left[IF]) {
		for (int list = IA; list < UN; list++) {
			uint64_t nr = left[list] < 32 ? left[list] : 32;

			if (!nr)
				continue;
			left[list] -= nr;
			if (list == IA || list == IF)
				freed += evict(call, list, nr);
			else if (call->may_deactivate[list == AF ? FILE_ : ANON])
				deactivate(call, list, nr);
			else
				call->has_spared = true;
		}
		if (freed >= wanted && !drop_one_type(target, left))
			break;
	}
	if (has_swap && inactive_is_low(pages_below(call->s, call->container, IA), pages_below(call->s, call->container, AA)))
		deactivate(call, AA, 32);
}

static void rescue(struct call *call)
{
	struct slow *s = call->s;
	struct group *g = &s->groups[call->container];
	uint32_t folios[MAX_PAGES], nr = g->nr[UN];

	memcpy(folios, g->lists[UN], nr * sizeof(uint32_t));
	for (uint32_t i = 0; i < nr; i++) {
		struct seen seen = look_at(s, s->folios[folios[i]].pages[0]);

		if (seen.locked)
			continue;
		take_off(s, folios[i]);
		push(s, folios[i], seen.anon ? IA : IF, false);
	}
}

static void prepare(struct call *call)
{
	const struct slow *s = call->s;
	uint32_t c = call->target;

	for (int type = ANON; type < NR_TYPES; type++) {
		int inactive = type == ANON ? IA : IF;

		call->cost[type] = s->groups[c].cost[type];
		call->may_deactivate[type] = call->is_forced || activated_below(s, c, type) != s->groups[c].snapshot[type] ||
			inactive_is_low(pages_below(s, c, inactive), pages_below(s, c, inactive + 1));
	}
	call->is_trim = pages_below(s, c, IF) >> call->priority && !call->may_deactivate[FILE_];
}

static bool run(struct call *call, uint64_t wanted, bool is_full)
{
	struct slow *s = call->s;

	for (call->priority = 12; call->priority >= 0; call->priority--) {
		uint32_t nr = s->nr_groups, first = s->is_nested && !is_full ? s->cursor : 0;

		prepare(call);
		for (uint32_t i = 0; i < nr; i++) {
			call->container = (first + i) % nr;
			if (!lies_in(s, call->container, call->target))
				continue;
			if (call->priority == 10)
				rescue(call);
			shrink(call, wanted);
			s->cursor = (call->container + 1) % nr;
			if (!is_full && call->result->freed >= wanted)
				break;
		}
		if (call->result->freed >= wanted)
			break;
	}
	for (int type = ANON; type < NR_TYPES; type++)
		s->groups[call->target].snapshot[type] = activated_below(s, call->target, type);
	return call->result->freed > 0;
}

/* Folios whose write has ended go to the tail, those first that stand first in their file. */
static void rotate_written(struct slow *s)
{
	uint32_t ready[MAX_PAGES], nr = 0, left = 0;

	for (uint32_t i = 0; i < s->nr_awaited; i++) {
		struct folio *f = &s->folios[s->awaited[i]];
		struct seen seen;
		uint32_t at;

		if (!f->is_live || !f->rotates)
			continue;
		seen = look_at(s, f->pages[0]);
		if (seen.dirty || seen.writeback) {
			s->awaited[left++] = s->awaited[i];
			continue;
		}
		for (at = nr++; at && host(s)->place(host(s)->host, s->folios[ready[at - 1]].pages[0]) >
				      host(s)->place(host(s)->host, f->pages[0]); at--)
			ready[at] = ready[at - 1];
		ready[at] = s->awaited[i];
	}
	s->nr_awaited = left;
	for (uint32_t i = 0; i < nr; i++) {
		int list = take_off(s, ready[i]);

		s->folios[ready[i]].rotates = false;
		push(s, ready[i], list == UN ? UN : list / 2 * 2, list != UN);
	}
}

static void slow_reclaim(struct policy *policy, uint32_t c, struct reclaim_result *result)
{
	uint64_t wanted = result->asked > 32 ? result->asked : 32;
	struct call call = { .s = of(policy), .result = result, .target = c };

	*result = (struct reclaim_result){ .asked = wanted };
	know(call.s, c);
	rotate_written(call.s);
	if (!run(&call, wanted, false) && !run(&call, wanted, true) && call.has_spared) {
		call.is_forced = true;
		run(&call, wanted, true);
	}
	result->priority = call.priority;
	result->success = result->freed > 0;
}

/* --- for who compares --- */

size_t slow_lru618_list(const struct policy *policy, uint32_t container, enum lru_list list, uint32_t *pages, size_t most)
{
	const struct slow *s = of(policy);
	const struct group *g = &s->groups[container];
	size_t nr = 0;

	for (uint32_t i = 0; i < g->nr[list]; i++)
		for (uint32_t p = 0; p < s->folios[g->lists[list][i]].nr && nr < most; p++)
			pages[nr++] = s->folios[g->lists[list][i]].pages[p];
	return nr;
}

uint64_t slow_lru618_cost(const struct policy *policy, uint32_t container, enum lru_type type)
{
	return of(policy)->groups[container].cost[type];
}

uint64_t slow_lru618_age(const struct policy *policy, uint32_t container)
{
	return of(policy)->groups[container].age;
}

static struct policy *slow_create(const struct policy_config *config)
{
	struct slow *s = xcalloc(1, sizeof(*s));

	s->base.class = &slow_lru618_policy;
	s->config = *config;
	return &s->base;
}

static void slow_destroy(struct policy *policy)
{
	free(policy);
}

const struct policy_class slow_lru618_policy = {
	.name = "slow_lru618", .create = slow_create, .charged = slow_charged, .uncharged = slow_uncharged,
	.accessed = slow_accessed, .zapped_young = slow_accessed, .written = slow_written, .reclaim = slow_reclaim,
	.destroy = slow_destroy,
};
