// SPDX-License-Identifier: GPL-2.0-or-later
/* When to look, and what each container's charge is made of then. */
#include "replay/bills.h"

#include "base/xalloc.h"
#include "replay/page_users.h"
#include "replay/shares.h"
#include "replay/world_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH_SHARE 32		/* looked at again when it has grown by one part in so many */
#define OPS_ROWS (UINT64_C(1) << 17)	/* with so many pages, an operation pays for looking at one of them; with fewer, at more */

struct bill {
	uint64_t time_ns;
	uint64_t held, mapped, shared, others, unpaid;
	uint64_t others_gone;	/* of others: what would not be there, were it alone */
	uint64_t looked;	/* most that was held whenever it was looked at */
	uint64_t highest;	/* extent_of() then */
	struct shares shares;
};

/* An address space. */
struct bill_mm {
	uint32_t container, entries;
};

/* A container, as far as all models have it in common. */
struct bill_user {
	uint64_t entries;	/* of its processes and of those of containers below it */
	uint64_t looked;	/* most of them whenever it was looked at */
	uint32_t page;		/* its processes map this page, while pages are gone through */
	bool has_grown;		/* something was mapped or cached since it was looked at */
};

struct bills {
	struct bills_config config;
	size_t nr_containers;
	struct bill *bills;		/* by world, then container */
	struct bill_user *users;	/* by container */
	struct bill_mm *mms;
	size_t nr_mms;
	uint64_t next_seq;		/* not before this operation are pages gone through again */
	struct page_users page_users;
	uint32_t *containers;		/* that map the page in work, and those above them */
	size_t nr_of_page;
};

static bool has_bills(const struct world *world)
{
	return world->wants_pages && world->config.model->lost_reach != LOST_REACH_RESERVED;
}

struct bills *bills_create(const struct bills_config *config)
{
	struct bills *bills = xcalloc(1, sizeof(*bills));

	bills->config = *config;
	return bills;
}

static void forget_bills(struct bills *bills)
{
	for (size_t i = 0; i < bills->config.nr_worlds * bills->nr_containers; i++)
		shares_release(&bills->bills[i].shares);
}

void bills_destroy(struct bills *bills)
{
	if (!bills)
		return;
	forget_bills(bills);
	page_users_release(&bills->page_users);
	free(bills->bills);
	free(bills->users);
	free(bills->mms);
	free(bills->containers);
	free(bills);
}

static struct bill *bill_at(struct bills *bills, size_t world, uint32_t container)
{
	return &bills->bills[world * bills->nr_containers + container];
}

void bills_restart(struct bills *bills)
{
	forget_bills(bills);
	for (size_t i = 0; i < bills->config.nr_worlds * bills->nr_containers; i++)
		bills->bills[i] = (struct bill){ 0 };
	for (size_t i = 0; i < bills->nr_containers; i++)
		bills->users[i].looked = 0;
}

/* Up from one container to the host or the outermost. */
static bool goes_up(const struct bills *bills, uint32_t *container)
{
	*container = hierarchy_parent(bills->config.hierarchy, *container);
	return *container;
}

static void add_entries(struct bills *bills, uint32_t container, uint64_t nr)
{
	do {
		bills->users[container].entries += nr;	/* modulo 2^64 where it falls */
		bills->users[container].has_grown |= (int64_t)nr > 0;
	} while (goes_up(bills, &container));
}

/* Containers may have come between others: what is mapped below each is summed up anew. */
static void sum_entries(struct bills *bills)
{
	for (size_t i = 0; i < bills->nr_containers; i++)
		bills->users[i].entries = 0;
	for (size_t i = 0; i < bills->nr_mms; i++)
		add_entries(bills, bills->mms[i].container, bills->mms[i].entries);
}

void bills_containers(struct bills *bills, size_t nr_containers)
{
	struct bill *all = xcalloc(nr_containers * bills->config.nr_worlds + 1, sizeof(*all));

	for (size_t w = 0; w < bills->config.nr_worlds && bills->nr_containers; w++)
		memcpy(&all[w * nr_containers], bill_at(bills, w, 0), bills->nr_containers * sizeof(*all));
	free(bills->bills);
	bills->bills = all;
	bills->users = xrealloc(bills->users, nr_containers, sizeof(*bills->users));
	memset(&bills->users[bills->nr_containers], 0, (nr_containers - bills->nr_containers) * sizeof(*bills->users));
	bills->containers = xrealloc(bills->containers, nr_containers, sizeof(*bills->containers));
	bills->nr_containers = nr_containers;
	sum_entries(bills);
}

/* --- one page --- */

/* Who maps the page, with the containers above: each once. */
static void list_containers(struct bills *bills, uint32_t page)
{
	const struct page_user *user = page_users_first(&bills->page_users, page);

	bills->nr_of_page = 0;
	for (; user; user = page_users_next(&bills->page_users, user)) {
		uint32_t container = user->container;

		do {
			if (bills->users[container].page == page)
				break;
			bills->users[container].page = page;
			bills->containers[bills->nr_of_page++] = container;
		} while (goes_up(bills, &container));
	}
}

static bool is_mapped_outside(const struct bills *bills, uint32_t page, uint32_t container)
{
	const struct page_user *user = page_users_first(&bills->page_users, page);

	while (user && hierarchy_is_within(bills->config.hierarchy, user->container, container))
		user = page_users_next(&bills->page_users, user);
	return user;
}

/* To whoever maps it and pays, or does not. */
static void add_mapped(struct bills *bills, struct bill *found, struct shares *shares, uint32_t page, int64_t payer)
{
	for (size_t i = 0; i < bills->nr_of_page; i++) {
		uint32_t container = bills->containers[i];

		if (payer < 0) {
			found[container].unpaid++;
		} else if (!hierarchy_is_within(bills->config.hierarchy, (uint32_t)payer, container)) {
			found[container].unpaid++;
			share_of(shares, container, (uint32_t)payer)->unpaid++;
		} else {
			found[container].mapped++;
			found[container].shared += bills->nr_of_page > 1 && is_mapped_outside(bills, page, container);
		}
	}
}

/* To whoever pays, for what others map. */
static void add_paid(struct bills *bills, struct bill *found, struct shares *shares, uint32_t page, uint32_t payer, bool is_gone)
{
	const struct page_user *first = page_users_first(&bills->page_users, page);
	uint32_t container = payer;

	do {
		if (bills->users[container].page != page) {
			found[container].others++;
			found[container].others_gone += is_gone;
		}
		for (const struct page_user *user = first; user; user = page_users_next(&bills->page_users, user))
			if (!hierarchy_is_within(bills->config.hierarchy, user->container, container))
				share_of(shares, container, user->container)->paid++;
	} while (goes_up(bills, &container));
}

/* --- all of them --- */

static void undo(void *context, const struct mem_op *op)
{
	page_users_undo(context, op);
}

/* Before op, or at the end; of pages below nr_pages. */
static void find_users(struct bills *bills, const struct mem_op *op, uint32_t nr_pages)
{
	const struct bills_config *config = &bills->config;

	page_users_begin(&bills->page_users, nr_pages);
	if (op)
		config->hold(config->context, op, undo, &bills->page_users);
	for (uint32_t container = 0; container < bills->nr_containers; container++)
		for (uint32_t mm = 0; mm < bills->nr_mms && bills->users[container].entries; mm++)
			if (bills->mms[mm].container == container && bills->mms[mm].entries)
				page_users_add_mm(&bills->page_users, config->facts, mm, container);
	if (op)
		config->resume(config->context);
}

/* What each container is charged for in one model, by container. */
static struct bill *take_apart(struct bills *bills, size_t w, struct shares *shares, uint32_t nr_pages)
{
	const struct world *world = bills->config.worlds[w];
	struct bill *found = xcalloc(bills->nr_containers, sizeof(*found));

	for (uint32_t i = 0; i < bills->nr_containers; i++)
		bills->users[i].page = 0;
	for (uint32_t page = 1; page < nr_pages; page++) {
		const struct page_user *user = page_users_first(&bills->page_users, page);
		struct watched_page view;

		if (!user)
			continue;
		world_view(world, page, &view);
		/* Most pages: nobody else maps it. */
		if (view.payer == user->container && !user->next && !hierarchy_parent(bills->config.hierarchy, user->container)) {
			found[user->container].mapped++;
			continue;
		}
		list_containers(bills, page);
		add_mapped(bills, found, shares, page, view.payer);
		if (view.payer >= 0 && (bills->nr_of_page > 1 || bills->containers[0] != view.payer))
			add_paid(bills, found, shares, page, (uint32_t)view.payer,
				 world->config.model->charges_mapped || view.kind == PAGE_ANON);
	}
	return found;
}

/* What it is charged for or its processes map, whichever is more. */
static uint64_t extent_of(const struct bill *bill)
{
	uint64_t used = bill->mapped + bill->unpaid;

	return bill->held > used ? bill->held : used;
}

/* In the place of what was found before, with those of the shares that are its own. */
static void keep(struct bill *bill, const struct bill *found, const struct shares *shares, uint32_t container)
{
	struct bill kept = *found;
	struct shares own = bill->shares;

	shares_take(&own, shares, container);
	kept.looked = bill->looked;
	kept.highest = bill->highest;
	kept.shares = own;
	*bill = kept;
}

static uint64_t between_of(const struct bill *bill)
{
	return bill->shared + bill->others + bill->unpaid;
}

/* Of moments at which it was about as much as ever, the one that shows most of what is between containers. */
static bool is_better(const struct bill *found, const struct bill *kept)
{
	uint64_t extent = extent_of(found), highest = extent > kept->highest ? extent : kept->highest;
	uint64_t least = highest - highest / GROWTH_SHARE;

	if (extent < least || extent_of(kept) < least)
		return extent >= least;
	if (between_of(found) != between_of(kept))
		return between_of(found) > between_of(kept);
	return extent > extent_of(kept);
}

static void raise(uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

static void look_in(struct bills *bills, size_t w, uint64_t now_ns, uint32_t nr_pages)
{
	struct shares shares = { 0 };
	struct bill *found = take_apart(bills, w, &shares, nr_pages);

	for (uint32_t i = 0; i < bills->nr_containers; i++) {
		struct bill *bill = bill_at(bills, w, i);

		found[i].time_ns = now_ns;
		found[i].held = world_usage(bills->config.worlds[w], 0, i);
		/* A rule as posted may count less than there is (D1, D2). */
		assert(found[i].mapped + found[i].others <= found[i].held || bills->config.worlds[w]->config.options->model_rules.posted);
		if (is_better(&found[i], bill))
			keep(bill, &found[i], &shares, i);
		raise(&bill->looked, found[i].held);
		raise(&bill->highest, extent_of(&found[i]));
	}
	shares_release(&shares);
	free(found);
}

/* Keeps those that are higher now than when they were kept. */
static void look(struct bills *bills, const struct mem_op *op, uint64_t now_ns, uint32_t nr_rows)
{
	find_users(bills, op, nr_rows);
	for (size_t w = 0; w < bills->config.nr_worlds; w++)
		if (has_bills(bills->config.worlds[w]))
			look_in(bills, w, now_ns, nr_rows);
	for (uint32_t container = 0; container < bills->nr_containers; container++)
		raise(&bills->users[container].looked, bills->users[container].entries);
}

/* --- when --- */

static bool is_more(uint64_t value, uint64_t looked)
{
	return value > looked + looked / GROWTH_SHARE;
}

static bool is_due(struct bills *bills, uint32_t container)
{
	bool is_any = false, is_due = is_more(bills->users[container].entries, bills->users[container].looked);

	for (size_t w = 0; w < bills->config.nr_worlds; w++) {
		if (!has_bills(bills->config.worlds[w]))
			continue;
		is_any = true;
		is_due |= is_more(world_usage(bills->config.worlds[w], 0, container), bill_at(bills, w, container)->looked);
	}
	return is_any && is_due;
}

/* It is going to be less of the container. */
static void look_if_due(struct bills *bills, uint32_t container, const struct mem_op *op, uint32_t nr_rows)
{
	do {
		if (!bills->users[container].has_grown)
			continue;
		if (!is_due(bills, container)) {
			bills->users[container].has_grown = false;
		} else if (op->seq >= bills->next_seq) {
			look(bills, op, op->time_ns, nr_rows);
			bills->next_seq = op->seq + (nr_rows < OPS_ROWS ? nr_rows * (uint64_t)nr_rows / OPS_ROWS : nr_rows);
		}
	} while (goes_up(bills, &container));
}

static struct bill_mm *mm_of(struct bills *bills, uint32_t mm)
{
	if (mm >= bills->nr_mms) {
		size_t nr = mm * 2 + 64;

		bills->mms = xrealloc(bills->mms, nr, sizeof(*bills->mms));
		memset(bills->mms + bills->nr_mms, 0, (nr - bills->nr_mms) * sizeof(*bills->mms));
		bills->nr_mms = nr;
	}
	return &bills->mms[mm];
}

static void op_map(struct bills *bills, const struct mem_op *op)
{
	struct bill_mm *mm = mm_of(bills, op->mm);

	/* A copy takes the place of what was there; what is in swap is copied as that. */
	if (op->old_page || (op->is_out && op->why == WHY_FORK))
		return;
	mm->container = op->container;
	mm->entries++;
	add_entries(bills, op->container, 1);
}

static void op_unmap(struct bills *bills, const struct mem_op *op, uint32_t nr_rows)
{
	struct bill_mm *mm = mm_of(bills, op->mm);

	if (op->is_out || !mm->entries)
		return;
	if (op->why != WHY_MIGRATE && bills->users[op->container].has_grown)
		look_if_due(bills, op->container, op, nr_rows);
	mm->entries--;
	add_entries(bills, op->container, UINT64_MAX);
}

static void op_move(struct bills *bills, const struct mem_op *op, uint32_t nr_rows)
{
	struct bill_mm *mm = mm_of(bills, op->mm);

	look_if_due(bills, mm->container, op, nr_rows);
	add_entries(bills, mm->container, -(uint64_t)mm->entries);
	mm->container = op->container;
	add_entries(bills, mm->container, mm->entries);
}

void bills_op(struct bills *bills, const struct mem_op *op, uint32_t nr_rows)
{
	switch (op->kind) {
	case OP_MAP:
		op_map(bills, op);
		break;
	case OP_UNMAP:
		op_unmap(bills, op, nr_rows);
		break;
	case OP_MM_MOVE:
		op_move(bills, op, nr_rows);
		break;
	case OP_CACHE_ADD:
		bills->users[op->container].has_grown = true;
		break;
	case OP_CACHE_DEL:
		if (bills->users[op->container].has_grown)
			look_if_due(bills, op->container, op, nr_rows);
		break;
	default:
		break;
	}
}

/* --- rows --- */

/* What it would be charged for if there were no others. */
static uint64_t alone_of(const struct bill *bill)
{
	uint64_t held = bill->held + bill->unpaid;

	return held > bill->others_gone ? held - bill->others_gone : 0;
}

static enum status write_bill(const struct world *world, struct bill *bill, uint32_t container, struct sink *sink,
			      struct error *err)
{
	const char *resource = world->config.model->resources[0];
	enum status status = sink->class->put(sink, &(struct row){
		.kind = ROW_BILL,
		.bill = {
			.container = container, .resource = resource, .time_ns = (int64_t)bill->time_ns,
			.held_pages = (int64_t)bill->held, .mapped_pages = (int64_t)bill->mapped,
			.shared_pages = (int64_t)bill->shared, .others_pages = (int64_t)bill->others,
			.unpaid_pages = (int64_t)bill->unpaid,
			.alone_pages = (int64_t)alone_of(bill),
		},
	}, err);

	return status ? status : shares_write(&bill->shares, resource, sink, err);
}

enum status bills_write(struct bills *bills, uint64_t now_ns, uint32_t nr_rows, struct sink *sink, struct error *err)
{
	enum status status = RC_OK;

	look(bills, NULL, now_ns, nr_rows);
	for (size_t w = 0; w < bills->config.nr_worlds; w++) {
		for (uint32_t i = 0; i < bills->nr_containers && !status; i++) {
			struct bill *bill = bill_at(bills, w, i);

			if (!extent_of(bill))
				continue;
			status = write_bill(bills->config.worlds[w], bill, i, sink, err);
		}
	}
	return status;
}
