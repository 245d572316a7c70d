// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/bc_books.h"

#include <string.h>

bool books_rule(const struct books *b, enum rule defect)
{
	bool is_openvz = b->rules.chosen[SWITCH_BC_VARIANT] == BC_OPENVZ;

	if (is_openvz && (defect == D17_LOCKED_LEAK || defect == D18_RESULT_LOST || defect == D19_OLD_VALUE ||
			  defect == D21_SHM_LOCK_SHIFT || defect == D22_MOVE_UNCHARGED || defect == D23_DRIVER_FLAGS))
		return false;
	return rules_posted(&b->rules, defect);
}

bool books_has_rss(const struct books *b)
{
	return b->rules.chosen[SWITCH_BC_RSS] == SWITCH_ON;
}

bool vma_is_private(uint8_t vma)
{
	if (vma == NO_VMA || !(vma & VMA_WRITE) || vma & VMA_SHM_ANON)
		return false;
	return !(vma & VMA_FILE) || !(vma & VMA_SHARED);
}

bool vma_is_locked(uint8_t vma)
{
	return vma != NO_VMA && vma & VMA_LOCKED;
}

uint64_t books_shares(const struct books *b, uint32_t container)
{
	uint64_t sum = 0;

	for (uint32_t p = 0; p < NR_PAGES; p++)
		for (uint32_t i = 0; i < b->pages[p].nr; i++)
			if (b->pages[p].container[i] == container)
				sum += WEIGHT >> b->pages[p].shift[i];
	return sum;
}

void books_note(struct books *b, uint32_t c)
{
	uint64_t held[2] = { b->unused[c] + books_shares(b, c) / WEIGHT, b->locked[c] };

	for (int r = 0; r < 2; r++) {
		struct counter_book *counter = &b->counters[c][r];

		counter->held = held[r];
		if (held[r] > counter->maxheld)
			counter->maxheld = held[r];
	}
}

bool books_charge(struct books *b, uint32_t c, int r, uint64_t pages, bool is_at_limit)
{
	struct counter_book *counter = &b->counters[c][r];
	uint64_t tested = counter->held + (books_rule(b, D19_OLD_VALUE) ? 0 : pages);
	bool is_both = books_rule(b, D19_OLD_VALUE) || b->rules.chosen[SWITCH_BC_VARIANT] == BC_OPENVZ;

	if ((is_at_limit && tested > counter->limit) || (!is_at_limit && tested > counter->barrier) ||
	    (!is_at_limit && is_both && tested > counter->limit)) {
		counter->failcnt++;
		return false;
	}
	*(r == PRIVVM ? &b->unused[c] : &b->locked[c]) += pages;
	books_note(b, c);
	return true;
}

void books_uncharge(struct books *b, uint32_t c, int r, uint64_t pages)
{
	uint64_t *amount = r == PRIVVM ? &b->unused[c] : &b->locked[c];

	*amount -= pages < *amount ? pages : *amount;
	books_note(b, c);
}

int books_memory(struct books *b, uint32_t c, uint64_t privvm, uint64_t locked, bool is_at_limit)
{
	if (locked && !books_charge(b, c, LOCKED, locked, is_at_limit))
		return LOCKED;
	if (!privvm || books_charge(b, c, PRIVVM, privvm, is_at_limit))
		return -1;
	if (locked)
		books_uncharge(b, c, LOCKED, locked);
	else if (books_rule(b, D17_LOCKED_LEAK))
		books_uncharge(b, c, LOCKED, privvm);
	return PRIVVM;
}

void books_share(struct books *b, uint32_t p, uint32_t c)
{
	struct page_book *page = &b->pages[p];
	uint32_t n = page->nr;

	for (uint32_t i = 0; i < n; i++) {
		if (page->container[i] == c) {
			page->refs[i]++;
			return;
		}
	}
	if (n) {
		uint32_t head = page->container[0], refs = page->refs[0], shift = page->shift[0] + 1;

		for (uint32_t i = 1; i < n; i++) {
			page->container[i - 1] = page->container[i];
			page->refs[i - 1] = page->refs[i];
			page->shift[i - 1] = page->shift[i];
		}
		page->container[n - 1] = head;
		page->refs[n - 1] = refs;
		page->shift[n - 1] = page->shift[n] = shift;
		b->nr_split++;
	} else {
		page->shift[0] = 0;
	}
	page->container[n] = c;
	page->refs[n] = 1;
	page->nr++;
	for (uint32_t i = 0; i < NR_CONTAINERS; i++)
		books_note(b, i);
}

static uint32_t tail_up(struct page_book *page)
{
	uint32_t n = page->nr, c = page->container[n - 1], refs = page->refs[n - 1], old = page->shift[n - 1];

	for (uint32_t i = n - 1; i; i--) {
		page->container[i] = page->container[i - 1];
		page->refs[i] = page->refs[i - 1];
		page->shift[i] = page->shift[i - 1];
	}
	page->container[0] = c;
	page->refs[0] = refs;
	page->shift[0] = old - 1;
	return old;
}

bool books_unshare(struct books *b, uint32_t p, uint32_t c)
{
	struct page_book *page = &b->pages[p];
	uint32_t i = 0, shift;

	while (i < page->nr && page->container[i] != c)
		i++;
	if (i == page->nr)
		return false;
	if (--page->refs[i])
		return true;
	shift = page->shift[i];
	page->nr--;
	for (; i < page->nr; i++) {
		page->container[i] = page->container[i + 1];
		page->refs[i] = page->refs[i + 1];
		page->shift[i] = page->shift[i + 1];
	}
	if (page->nr && tail_up(page) > shift)
		tail_up(page);
	for (uint32_t j = 0; j < NR_CONTAINERS; j++)
		books_note(b, j);
	return true;
}

int64_t mm_book_pages(const struct mm_book *mm, bool (*is)(uint8_t))
{
	int64_t nr = 0;

	for (uint32_t i = 0; i < NR_VPNS; i++)
		nr += is(mm->vma[i]);
	return nr;
}

void books_take(struct books *b, struct mm_book *mm, uint32_t from, uint32_t length)
{
	int64_t unused = mm_book_pages(mm, vma_is_private) - mm->resident;
	bool is_priv = vma_is_private(mm->vma[from]), is_locked = vma_is_locked(mm->vma[from]);

	memset(mm->vma + from, NO_VMA, length);
	if (is_priv && length > unused) {
		mm->resident -= (int64_t)length - unused;
		books_uncharge(b, mm->container, PRIVVM, (uint64_t)unused);
	} else if (is_priv) {
		books_uncharge(b, mm->container, PRIVVM, length);
	}
	if (is_locked)
		books_uncharge(b, mm->container, LOCKED, length);
}
