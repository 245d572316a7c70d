/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every kind of facts answers alike: that which stands in its pages and entries.  As slots of struct facts_class. */
#ifndef REBUILD_PAGE_FACTS_H
#define REBUILD_PAGE_FACTS_H

#include "rebuild/facts.h"
#include "rebuild/page_table.h"

uint32_t facts_nr_pages(const struct facts *facts);
bool facts_is_dirty(const struct facts *facts, uint32_t page);
bool facts_place(const struct facts *facts, uint32_t page, uint32_t *file, uint64_t *index);
uint32_t facts_cached_at(const struct facts *facts, uint32_t file, uint64_t index);
bool facts_first_entry(const struct facts *facts, uint32_t page, uint32_t *mm, uint64_t *vpn, uint64_t *stamp);
uint32_t facts_nr_entries(const struct facts *facts, uint32_t page);

/* The slot `visit`, for the entries of an address space. */
void page_table_visit(const struct page_table *table, entry_visitor *visit, void *context);

#endif
