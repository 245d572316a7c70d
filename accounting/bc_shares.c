// SPDX-License-Identifier: GPL-2.0-or-later
/* Shares of resident pages: who maps a page has a part of it (models.md 3.4). */
#include "accounting/bc.h"

#include "base/xalloc.h"

static void gain(struct bc *bc, const struct share *share, bool is_loss)
{
	struct beancounter *b = bc_beancounter(bc, share->container);

	if (is_loss)
		b->rss -= BC_WEIGHT >> share->shift;
	else
		b->rss += BC_WEIGHT >> share->shift;
	bc_refresh(b, BC_PRIVVM);
}

static uint32_t find_share(const struct bc *bc, uint32_t head, uint32_t container)
{
	uint32_t i = head;

	if (!head)
		return 0;
	do {
		if (bc->shares[i].container == container)
			return i;
		i = bc->shares[i].next;
	} while (i != head);
	return 0;
}

static uint32_t new_share(struct bc *bc, uint32_t container)
{
	uint32_t i = bc->free_share;

	if (i) {
		bc->free_share = bc->shares[i].next;
	} else {
		do
			xgrow(&bc->shares, bc->nr_shares, &bc->shares_capacity, sizeof(*bc->shares));
		while (!bc->nr_shares++);	/* number 0 stays unused */
		i = (uint32_t)bc->nr_shares - 1;
	}
	bc->shares[i] = (struct share){ .container = container, .refs = 1, .prev = i, .next = i };
	return i;
}

/* The head halves its share, goes to the tail, and the newcomer behind it gets the other half. */
static void add_share(struct bc *bc, struct bc_page *page, uint32_t container)
{
	uint32_t i = find_share(bc, page->head, container), head = page->head;
	struct share *share;

	if (i) {
		bc->shares[i].refs++;
		return;
	}
	i = new_share(bc, container);
	share = &bc->shares[i];
	if (!head) {
		page->head = i;
		gain(bc, share, false);
		return;
	}
	bc->shares[head].shift++;
	share->shift = bc->shares[head].shift;
	gain(bc, &bc->shares[head], true);
	page->head = bc->shares[head].next;
	share->next = page->head;
	share->prev = bc->shares[page->head].prev;
	bc->shares[share->prev].next = i;
	bc->shares[share->next].prev = i;
	gain(bc, share, false);
}

/* The tail doubles its share and becomes the head. */
static uint8_t double_tail(struct bc *bc, struct bc_page *page)
{
	uint32_t tail = bc->shares[page->head].prev;
	uint8_t old = bc->shares[tail].shift;

	gain(bc, &bc->shares[tail], false);
	bc->shares[tail].shift--;
	page->head = tail;
	return old;
}

static void remove_share(struct bc *bc, struct bc_page *page, uint32_t i)
{
	struct share gone = bc->shares[i];

	gain(bc, &gone, true);
	bc->shares[gone.prev].next = gone.next;
	bc->shares[gone.next].prev = gone.prev;
	if (page->head == i)
		page->head = gone.next == i ? 0 : gone.next;
	bc->shares[i].next = bc->free_share;
	bc->free_share = i;
	if (page->head && double_tail(bc, page) > gone.shift)
		double_tail(bc, page);
}

/* False: the container has none. */
static bool drop_share(struct bc *bc, struct bc_page *page, uint32_t container)
{
	uint32_t i = find_share(bc, page->head, container);

	if (i && !--bc->shares[i].refs)
		remove_share(bc, page, i);
	return i;
}

/* --- entries --- */

void bc_enter(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm = bc_mm_of(bc, op);

	/* D25: takes off what the unmap has taken off already. */
	if (op->why == WHY_MIGRATE && bc_is_posted(bc, D25_MIGRATE_DELETES))
		return;
	if (bc_is_private(op->vma) && mm->resident < mm->reserved[BC_PRIVVM]) {
		mm->resident++;
		bc_uncharge(bc, mm->container, BC_PRIVVM, 1);
	}
	if (op->page_kind != PAGE_SHMEM)
		add_share(bc, bc_page_of(bc, op->page), mm->container);
}

void bc_leave(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm = bc_mm_of(bc, op);
	struct beancounter *b;

	if (op->page_kind != PAGE_SHMEM && !drop_share(bc, bc_page_of(bc, op->page), mm->container))
		return;		/* D25 */
	if (!bc_is_private(op->vma) || !mm->resident)
		return;
	mm->resident--;
	b = bc_beancounter(bc, mm->container);
	b->resources[BC_PRIVVM].charged++;
	bc_refresh(b, BC_PRIVVM);
}

void bc_end_page(struct bc *bc, const struct mem_op *op)
{
	struct bc_page *page = bc_page_of(bc, op->page);

	while (page->head)
		remove_share(bc, page, page->head);
}

const char *bc_check_shares(const struct bc *bc, uint32_t nr_pages)
{
	uint64_t shares = 0, resident = 0;

	for (uint32_t page = 0; page < nr_pages && bc_has_rss(bc); page++)
		resident += bc_page_of(bc, page)->head != 0;
	for (size_t i = 0; i < bc->nr; i++)
		shares += bc->containers[i].rss;
	return shares == resident * BC_WEIGHT ? NULL : "B5: shares do not add up to the resident pages";
}
