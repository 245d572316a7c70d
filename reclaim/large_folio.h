/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folios of more than one page: which pages are in them.
 *
 * Most folios are one page and need none of this.  A large one has a number: its head is found by it, and it
 * by its head; its other pages, the tails, keep it in their rows, so that a head may leave without them.
 * Numbers of folios that ended are used again.  A pointer into `all` is good until the next one begins.
 *
 *	number = large_folio_begin(&folios, head);
 *	large_folio_join(&folios.all[number], tail);
 *	for (i = folio->nr_tails; i--;)		(in the order of the kernel's list, behind the head)
 *		look at folio->tails[i];
 */
#ifndef RECLAIM_LARGE_FOLIO_H
#define RECLAIM_LARGE_FOLIO_H

#include "base/map64.h"

struct large_folio {
	uint32_t head;
	uint32_t nr_tails, capacity;
	uint32_t *tails;	/* who came last is at the end */
};

struct large_folios {		/* all zero: none */
	struct large_folio *all;
	size_t nr, capacity;
	uint32_t *unused;	/* numbers */
	size_t nr_unused, unused_capacity;
	struct map64 numbers;	/* + 1, by head */
};

void large_folios_release(struct large_folios *folios);
/* Of a copy of them, byte by byte: what it points to becomes its own. */
void large_folios_fork(struct large_folios *folios);

/* A page begins to be the head of one that has no tails yet; its number. */
uint32_t large_folio_begin(struct large_folios *folios, uint32_t head);
void large_folio_end(struct large_folios *folios, uint32_t number);
/* That the page is the head of: there is one. */
uint32_t large_folio_of(const struct large_folios *folios, uint32_t head);

void large_folio_join(struct large_folio *folio, uint32_t page);
/* A tail leaves. */
void large_folio_leave(struct large_folio *folio, uint32_t page);
/* The head does: the tail that came last is the head now. */
uint32_t large_folio_behead(struct large_folios *folios, uint32_t number);

#endif
