/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LRU lists of folios, one set a container, and what is counted beside them
 * (cgroup2.md 1).
 *
 * A folio is one page or several that are aged and taken as one (large_folio.h); its first
 * page is its head, and stands on the list for all.  Sizes are pages.  A folio that reclaim
 * has taken off to look at is isolated: it is on no list until it is put back.
 *
 *	lruvecs_init(&lrus, &config);
 *	lruvec_add(&lrus, page, head, container, LRU_INACTIVE_FILE);
 *	lruvec_isolate(&lrus, container, LRU_INACTIVE_FILE, 32, &taken);
 *	lruvec_putback(&lrus, container, LRU_ACTIVE_FILE, taken.folios, taken.nr);
 */
#ifndef RECLAIM_LRUVEC_H
#define RECLAIM_LRUVEC_H

#include "reclaim/large_folio.h"
#include "reclaim/page_ring.h"
#include "reclaim/policy.h"

#define LRU_CLUSTER 32		/* SWAP_CLUSTER_MAX */
#define LRU_MOST_TAKEN 64	/* MIN_LRU_BATCH, of mglru.c */
/*
 * Beside its row a page takes at most: PAGE_RINGS_BYTES, as a tail no more than 8, and both with its part of what a
 * large folio takes, map and arrays having just grown, where that is 4 pages, the smallest that are read.
 */
#define LRUVEC_BYTES 36

/* In the order in which reclaim goes through them. */
enum lru_list { LRU_INACTIVE_ANON, LRU_ACTIVE_ANON, LRU_INACTIVE_FILE, LRU_ACTIVE_FILE, LRU_UNEVICTABLE, LRU_NR };
enum lru_type { LRU_ANON, LRU_FILE, LRU_NR_TYPES };	/* shmem is anon: it goes to swap */

/* Behind them, instead of the first four: generations of each type, as of mglru.c. */
#define LRU_NR_GENS 4
#define LRU_NR_ALL (LRU_NR + LRU_NR_TYPES * LRU_NR_GENS)

enum folio_flag {
	FOLIO_REFERENCED = 1,
	FOLIO_WORKINGSET = 2,	/* was active before it was deactivated or evicted; of a shadow too */
	FOLIO_RECLAIM = 4,	/* goes to the inactive tail when its write ends */
	FOLIO_ISOLATED = 8,
	HAS_SHADOW = 8,		/* of a page that is in no folio */
	FOLIO_REFS = 16 + 32,	/* a number: uses by read(2) after the first; mglru.c */
	FOLIO_HEAD = 64,	/* the page is the head of a folio */
	FOLIO_LARGE = 128,	/* of a folio of more than one; no head: a tail, of which no other flag means anything */
};

/*
 * Beside the flags, in one word with them, as a word that is written in parts and then read is waited for: enum lru_list of
 * a head, or where it came from if it is isolated; the folio's container, or that which a page was evicted for.
 */
#define FOLIO_LIST_SHIFT 8
#define FOLIO_CONTAINER_SHIFT 12
#define FOLIO_CONTAINER_BITS 20

/* What a page leaves that is evicted. */
struct shadow {
	uint32_t of;		/* container that it was evicted for */
	uint32_t age;		/* of that container then, modulo 2^32 */
};

/*
 * A page.  There is one a page and scenario, so what a page is not both of shares its bits: on a list or gone, head or
 * tail.  The place comes first: page_ring.h.
 */
struct folio_page {
	union {
		uint32_t place;		/* of a head on a list: there */
		uint32_t large;		/* of a tail: the folio's number */
		uint32_t age;		/* HAS_SHADOW: the shadow's */
	};
	uint32_t flags;		/* set of enum folio_flag, with a list and a container; none = of no folio, and without a shadow */
};

/* What is asked of a container and all below it together. */
struct lru_sums {
	uint64_t size[LRU_NR_ALL];		/* pages */
	uint64_t activate[LRU_NR_TYPES];	/* refaults that were activated */
};

struct lruvec {
	uint32_t parent;			/* container; 0 = none */
	struct lru_sums own, below;		/* below: of all that lie below it */
	struct lru_sums shown, shown_below;	/* the same as memory.stat has them, where it lags */
	uint64_t cost[LRU_NR_TYPES];		/* what reclaim of a type cost lately */
	uint64_t age;				/* nonresident_age */
	uint64_t seen_activate[LRU_NR_TYPES];	/* `activate` with those below when reclaim last ended */
	uint64_t refault[LRU_NR_TYPES], restore[LRU_NR_TYPES];
};

/* Folios that were isolated, in that order. */
struct lru_taken {
	uint32_t nr, folios[LRU_MOST_TAKEN];
	uint64_t pages;
};

struct lruvecs {
	struct page_rings rings;	/* of heads; by container and list: lruvec_ring(). Its places are where a row begins */
	struct large_folios large;
	struct lruvec *all;	/* by container */
	size_t nr, capacity;
	bool is_nested;		/* some lruvec has a parent */
	bool knows_within;
	uint32_t within_of, *within;	/* lruvecs_within() of the container that was asked for last */
	size_t nr_within, within_capacity;
	uint32_t *folios;	/* lruvec_folios() */
	size_t folios_capacity;
};

void lruvecs_init(struct lruvecs *lrus, struct records *pages, size_t offset);
/* Of a copy of them, byte by byte: what it points to becomes its own, for rows that hold the same. */
void lruvecs_fork(struct lruvecs *lrus, struct records *pages, size_t offset);
void lruvecs_release(struct lruvecs *lrus);

/* Of any container; good until that of a new one is asked for. */
struct lruvec *lruvec_of(struct lruvecs *lrus, uint32_t container);

static inline struct folio_page *folio_page(const struct lruvecs *lrus, uint32_t page)
{
	return record_at(lrus->rings.pages, page, lrus->rings.offset);
}

/* The container has lists. */
static inline struct page_ring *lruvec_ring(const struct lruvecs *lrus, uint32_t container, enum lru_list list)
{
	return &lrus->rings.all[(size_t)container * LRU_NR_ALL + list];
}

/* Where the rows are, for who goes through many: they stay there while none is added. */
struct folio_rows {
	char *first;
	size_t row_bytes;
};

static inline struct folio_rows folio_rows(const struct lruvecs *lrus)
{
	return (struct folio_rows){ lrus->rings.pages->rows + lrus->rings.offset, lrus->rings.pages->row_bytes };
}

static inline struct folio_page *row_at(const struct folio_rows *rows, uint32_t page)
{
	return (struct folio_page *)(rows->first + page * rows->row_bytes);
}

static inline enum lru_list folio_list(const struct folio_page *row)
{
	return (enum lru_list)(row->flags >> FOLIO_LIST_SHIFT & 15);
}

static inline void folio_set_list(struct folio_page *row, enum lru_list list)
{
	row->flags = (row->flags & ~(UINT32_C(15) << FOLIO_LIST_SHIFT)) | (uint32_t)list << FOLIO_LIST_SHIFT;
}

static inline uint32_t folio_container(const struct folio_page *row)
{
	return row->flags >> FOLIO_CONTAINER_SHIFT;
}

static inline bool is_in_folio(const struct folio_page *row)
{
	return row->flags & (FOLIO_HEAD | FOLIO_LARGE);
}

/* Of a page that is in a folio. */
static inline uint32_t folio_head(const struct lruvecs *lrus, uint32_t page, const struct folio_page *row)
{
	return row->flags & FOLIO_HEAD ? page : lrus->large.all[row->large].head;
}

/* Pages, of a head. */
static inline uint32_t folio_nr(const struct lruvecs *lrus, uint32_t head, const struct folio_page *row)
{
	return row->flags & FOLIO_LARGE ? lrus->large.all[large_folio_of(&lrus->large, head)].nr_tails + 1 : 1;
}

static inline enum lru_list lru_list_of_gen(enum lru_type type, uint64_t seq)
{
	return (enum lru_list)(LRU_NR + type * LRU_NR_GENS + seq % LRU_NR_GENS);
}

static inline enum lru_type lru_type_of(enum lru_list list)
{
	if (list >= LRU_NR)
		return (enum lru_type)((list - LRU_NR) / LRU_NR_GENS);
	return list == LRU_INACTIVE_FILE || list == LRU_ACTIVE_FILE ? LRU_FILE : LRU_ANON;
}

static inline bool lru_is_active(enum lru_list list)
{
	return list == LRU_ACTIVE_ANON || list == LRU_ACTIVE_FILE;
}

static inline enum lru_list lru_list_of(enum lru_type type, bool is_active)
{
	return (type == LRU_FILE ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON) + is_active;
}

/*
 * A page enters: the head of a new folio (head == page), at the head of the list, or one more page of a folio; the
 * container has lists.
 */
void lruvec_add(struct lruvecs *lrus, uint32_t page, uint32_t head, uint32_t container, enum lru_list list);
/* Sizes of those above, modulo 2^64 where they shrink. */
void lruvec_resize_above(struct lruvecs *lrus, uint32_t container, enum lru_list list, uint64_t change);

static inline void lruvec_resize(struct lruvecs *lrus, uint32_t container, enum lru_list list, uint64_t change)
{
	lrus->all[container].own.size[list] += change;
	if (lrus->all[container].parent)
		lruvec_resize_above(lrus, container, list, change);
}

/* As lruvec_add() of a new folio of one page, whose row holds nothing yet, to a list that is not full. */
static inline void lruvec_add_alone(struct lruvecs *lrus, uint32_t page, uint32_t container, enum lru_list list)
{
	struct page_ring *ring = lruvec_ring(lrus, container, list);
	struct folio_page *row = folio_page(lrus, page);

	row->flags = FOLIO_HEAD | (uint32_t)list << FOLIO_LIST_SHIFT | container << FOLIO_CONTAINER_SHIFT;
	row->place = ring->head++;
	*page_ring_slot(ring, row->place) = page + 1;
	ring->nr++;
	lruvec_resize(lrus, container, list, 1);
}

/* As lruvec_remove() of a folio of one page that is on a list. */
static inline void lruvec_remove_alone(struct lruvecs *lrus, struct folio_page *row)
{
	const uint32_t container = folio_container(row);
	const enum lru_list list = folio_list(row);

	page_ring_take(lruvec_ring(lrus, container, list), row->place);
	*row = (struct folio_page){ 0 };
	lruvec_resize(lrus, container, list, -UINT64_C(1));
}

/* All pages of a large folio have ended. */
void lruvec_forget_large(struct lruvecs *lrus, uint32_t head);
/* A page leaves its folio, and the last one the list. */
void lruvec_remove(struct lruvecs *lrus, uint32_t page);
/* The folio moves to the head (or tail) of a list. */
void lruvec_move(struct lruvecs *lrus, uint32_t head, enum lru_list list, bool is_tail);
/* Folios are taken off besides, from the tail of a list on, until they have nr pages; LRU_CLUSTER of them at most. */
void lruvec_isolate(struct lruvecs *lrus, uint32_t container, enum lru_list list, uint64_t nr, struct lru_taken *taken);
/* Those of a list from its head to its tail, to go through while they move; good until the next call. */
const uint32_t *lruvec_folios(struct lruvecs *lrus, uint32_t container, enum lru_list list, uint32_t *nr);
/* Isolated folios of a container go to the head of a list, the last one first; their pages. */
uint64_t lruvec_putback(struct lruvecs *lrus, uint32_t container, enum lru_list list, const uint32_t *folios, uint32_t nr);

/* Where the container lies, 0 = below none. True: not where it did; then lruvecs_sum_up() is due. */
bool lruvec_set_parent(struct lruvecs *lrus, uint32_t container, uint32_t parent);
void lruvecs_sum_up(struct lruvecs *lrus);
/* The container and all below it, in the order of their numbers; good until the next lruvecs_sum_up(), or the next call. */
const uint32_t *lruvecs_within(struct lruvecs *lrus, uint32_t container, size_t *nr);

/* Pages of one list of a container and of all below it. */
static inline uint64_t lruvec_total(const struct lruvecs *lrus, uint32_t container, enum lru_list list)
{
	const struct lruvec *lruvec = &lrus->all[container];

	return lruvec->own.size[list] + lruvec->below.size[list];
}

/* A refault is activated there. */
void lruvec_activated(struct lruvecs *lrus, uint32_t container, enum lru_type type);

/* Time passes for what was evicted here, and for those above; the container has lists. */
static inline void lruvec_age(struct lruvecs *lrus, uint32_t container, uint64_t pages)
{
	do
		lrus->all[container].age += pages;
	while ((container = lrus->all[container].parent));
}

/* lru_note_cost(): pages that had to be written or read again, and pages kept; likewise. */
void lruvec_cost(struct lruvecs *lrus, uint32_t container, enum lru_type type, uint64_t io, uint64_t kept);

/* NULL, or the first broken invariant (C2, C9); the lists hold `pages` pages. Passes over every page. */
const char *lruvec_check(const struct lruvecs *lrus, uint32_t container, uint64_t pages);

#endif
