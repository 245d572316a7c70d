// SPDX-License-Identifier: GPL-2.0-or-later
/* A list a page, the last container that was added first. */
#include "replay/page_users.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

void page_users_begin(struct page_users *users, size_t nr_pages)
{
	if (nr_pages > users->pages_capacity || !users->heads) {
		users->pages_capacity = nr_pages + nr_pages / 2;
		users->heads = xrealloc(users->heads, users->pages_capacity, sizeof(*users->heads));
	}
	memset(users->heads, 0, nr_pages * sizeof(*users->heads));
	users->nr_pages = nr_pages;
	users->nr_links = 1;
}

void page_users_add(struct page_users *users, uint32_t page, uint32_t container)
{
	const struct page_user *head = page < users->nr_pages ? page_users_first(users, page) : NULL;

	if (page >= users->nr_pages || (head && head->container == container))
		return;
	xgrow(&users->links, users->nr_links, &users->links_capacity, sizeof(*users->links));
	users->links[users->nr_links] = (struct page_user){ .container = container, .next = users->heads[page] };
	users->heads[page] = (uint32_t)users->nr_links++;
}

struct adding {
	struct page_users *users;
	uint32_t container;
};

static void add_entry(void *context, uint64_t vpn, uint32_t page, uint64_t stamp, bool is_old, bool is_out)
{
	const struct adding *adding = context;

	(void)vpn, (void)stamp, (void)is_old;
	if (!is_out)
		page_users_add(adding->users, page, adding->container);
}

void page_users_add_mm(struct page_users *users, const struct facts *facts, uint32_t mm, uint32_t container)
{
	facts->class->visit(facts, mm, add_entry, &(struct adding){ users, container });
}

void page_users_release(struct page_users *users)
{
	free(users->heads);
	free(users->links);
	*users = (struct page_users){ 0 };
}
