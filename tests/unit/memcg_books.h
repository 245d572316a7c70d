/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slow books of tests/unit/memcg_world.h: who pays for a page by the table of models.md 4.2 and nothing else. */
#ifndef TESTS_UNIT_MEMCG_BOOKS_H
#define TESTS_UNIT_MEMCG_BOOKS_H

#include "tests/unit/memcg_world.h"

/* Until 2.6.26 an entry is a reference to the charge. */
bool mw_has_references(const struct mw *mw);
/* A defect of seed 004. */
bool mw_is_posted(const struct mw *mw, enum rule rule);
/* Pages that the container pays for. */
uint64_t mw_book_usage(const struct mw *mw, uint32_t container);

/* Before the entry or the cached state changes. */
void mw_book(struct mw *mw, const struct mem_op *op);
/* The charged page that the precharge of a migration passes by. */
void mw_book_migration(struct mw *mw, const struct mw_page *p);
void mw_book_uncharge(struct mw *mw, struct mw_page *p);
/* One more that a CPU has uncharged and may not have drained yet. */
void mw_book_gone(struct mw *mw, int64_t container, bool is_cache);

#endif
