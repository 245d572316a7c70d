/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slow books of beancounters: models.md 3 read out step by step. Each address of each mm is kept apart (its VMA's
 * flags, what it maps); what a container holds is added up anew every time.
 */
#ifndef TESTS_UNIT_BC_BOOKS_H
#define TESTS_UNIT_BC_BOOKS_H

#include "accounting/model.h"

#include <stdbool.h>
#include <stdint.h>

#define NR_MMS 5
#define NR_CONTAINERS 4
#define NR_VPNS 20
#define NR_PAGES 12
#define NR_LOCKS 8
#define WEIGHT 16777216
#define NO_VMA 0xff

enum { PRIVVM, LOCKED };	/* resources, as the model numbers them */

struct mm_book {
	bool is_alive;
	uint32_t container;
	uint8_t vma[NR_VPNS];		/* flags, or NO_VMA */
	uint32_t page[NR_VPNS];		/* 0 = not resident */
	int64_t resident;		/* as far as the model can know: D25 loses entries */
};

struct page_book {			/* head first */
	uint32_t nr, container[NR_CONTAINERS], refs[NR_CONTAINERS], shift[NR_CONTAINERS];
};

struct counter_book { uint64_t barrier, limit, held, maxheld, failcnt; };

struct books {
	struct rules rules;
	struct mm_book mms[NR_MMS];
	struct page_book pages[NR_PAGES];
	uint64_t unused[NR_CONTAINERS], locked[NR_CONTAINERS];
	struct counter_book counters[NR_CONTAINERS][2];
	struct { uint32_t container; uint64_t pages; } locks[NR_LOCKS];
	struct records rows;
	struct model *model;
	const char *broken;
	uint64_t nr_split;		/* pages that came to be shared */
};

/* Whether the defect is there under these rules: OpenVZ has mended some. */
bool books_rule(const struct books *b, enum rule defect);
bool books_has_rss(const struct books *b);
bool vma_is_private(uint8_t vma);
bool vma_is_locked(uint8_t vma);
/* Of an mm, the addresses whose VMA is such. */
int64_t mm_book_pages(const struct mm_book *mm, bool (*is)(uint8_t));

/* In WEIGHTths of a page. */
uint64_t books_shares(const struct books *b, uint32_t container);
/* What the container holds is added up. */
void books_note(struct books *b, uint32_t c);
/* bc_memory_charge(); the resource that refused, or -1. */
int books_memory(struct books *b, uint32_t c, uint64_t privvm, uint64_t locked, bool is_at_limit);
bool books_charge(struct books *b, uint32_t c, int r, uint64_t pages, bool is_at_limit);
void books_uncharge(struct books *b, uint32_t c, int r, uint64_t pages);
void books_share(struct books *b, uint32_t p, uint32_t c);
/* False: there is none. */
bool books_unshare(struct books *b, uint32_t p, uint32_t c);
/* Pages of a range go from what mm reserves: what D25 lost track of as resident stays out. */
void books_take(struct books *b, struct mm_book *mm, uint32_t from, uint32_t length);

#endif
