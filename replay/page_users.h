/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which containers map each page, at one moment.
 *
 *	page_users_begin(&users, nr_pages);
 *	for each operation from that moment on that the facts hold already:
 *		page_users_undo(&users, op);
 *	for each address space, those of one container after each other:
 *		page_users_add_mm(&users, facts, mm, container);
 *	for (u = page_users_first(&users, page); u; u = u->next ...)
 *	page_users_release(&users);
 *
 * A container stands once for a page, however many of its processes map it.
 */
#ifndef REPLAY_PAGE_USERS_H
#define REPLAY_PAGE_USERS_H

#include "accounting/mem_op.h"
#include "base/map64.h"
#include "rebuild/facts.h"

#include <stddef.h>

struct page_user {
	uint32_t container;
	uint32_t next;		/* index into links; 0 ends */
};

/* Entries of an address space that came to map a page since the moment; below 0: that went. */
struct entry_change {
	uint32_t page, mm;
	int32_t nr;
};

struct page_users {		/* all zero: none; kept from one moment to the next for its memory */
	uint32_t *heads;	/* by page: index into links; 0 = nobody */
	size_t nr_pages, pages_capacity;
	struct page_user *links;	/* [0] unused */
	size_t nr_links, links_capacity;
	struct entry_change *changes;
	size_t nr_changes, changes_capacity;
	struct map64 places;	/* mm and page: index into changes + 1 */
};

/* Forgets what was.  Pages from nr_pages on are not looked at. */
void page_users_begin(struct page_users *users, size_t nr_pages);
void page_users_undo(struct page_users *users, const struct mem_op *op);
void page_users_add_mm(struct page_users *users, const struct facts *facts, uint32_t mm, uint32_t container);
void page_users_release(struct page_users *users);

/* The users of page one by one; NULL ends. */
static inline const struct page_user *page_users_first(const struct page_users *users, uint32_t page)
{
	return users->heads[page] ? &users->links[users->heads[page]] : NULL;
}

static inline const struct page_user *page_users_next(const struct page_users *users, const struct page_user *user)
{
	return user->next ? &users->links[user->next] : NULL;
}

#endif
