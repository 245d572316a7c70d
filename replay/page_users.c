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
	users->nr_changes = 0;
	map64_release(&users->places);
}

/* --- what the facts are ahead by --- */

static uint64_t place_key(uint32_t mm, uint32_t page)
{
	return (uint64_t)mm << 32 | page;
}

static void change(struct page_users *users, uint32_t mm, uint32_t page, int32_t nr)
{
	uint64_t key = place_key(mm, page);
	uint32_t place = map64_get(&users->places, key);

	if (!place) {
		xgrow(&users->changes, users->nr_changes, &users->changes_capacity, sizeof(*users->changes));
		users->changes[users->nr_changes] = (struct entry_change){ .page = page, .mm = mm };
		place = (uint32_t)++users->nr_changes;
		map64_set(&users->places, key, place);
	}
	users->changes[place - 1].nr += nr;
}

void page_users_undo(struct page_users *users, const struct mem_op *op)
{
	if (op->kind == OP_UNMAP && !op->is_out)
		change(users, op->mm, op->page, -1);
	/* Of what is in swap a fork copies no entry that maps, and what could not be read is not mapped. */
	if (op->kind != OP_MAP || (op->is_out && op->why == WHY_FORK) || op->why == WHY_SWAP_BAD)
		return;
	change(users, op->mm, op->page, 1);
	if (op->old_page)
		change(users, op->mm, op->old_page, -1);
}

/* It was not there yet: of several entries of a page, any. */
static bool takes_back(struct page_users *users, uint32_t mm, uint32_t page)
{
	uint32_t place = users->nr_changes ? map64_get(&users->places, place_key(mm, page)) : 0;

	if (!place || users->changes[place - 1].nr <= 0)
		return false;
	users->changes[place - 1].nr--;
	return true;
}

/* --- the lists --- */

static void add(struct page_users *users, uint32_t page, uint32_t container)
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
	uint32_t mm, container;
};

static void add_entry(void *context, uint64_t vpn, uint32_t page, uint64_t stamp, bool is_old, bool is_out)
{
	const struct adding *adding = context;

	(void)vpn, (void)stamp, (void)is_old;
	if (!is_out && !takes_back(adding->users, adding->mm, page))
		add(adding->users, page, adding->container);
}

void page_users_add_mm(struct page_users *users, const struct facts *facts, uint32_t mm, uint32_t container)
{
	facts->class->visit(facts, mm, add_entry, &(struct adding){ users, mm, container });
	for (size_t i = 0; i < users->nr_changes; i++)
		if (users->changes[i].mm == mm && users->changes[i].nr < 0)
			add(users, users->changes[i].page, container);
}

void page_users_release(struct page_users *users)
{
	free(users->heads);
	free(users->links);
	free(users->changes);
	map64_release(&users->places);
	*users = (struct page_users){ 0 };
}
