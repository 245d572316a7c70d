// SPDX-License-Identifier: GPL-2.0-or-later
/* A page in a world: who pays, whether it is mapped, what is read again. */
#include "replay/world_pages.h"

#include "base/status.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* --- what this world knows of entries --- */

bool world_is_hidden(const struct world *world, uint32_t mm, uint64_t vpn, uint64_t stamp)
{
	const struct void_range *hole = world->holes.nr ? void_range_at(&world->holes, mm, vpn, false) : NULL;

	if (hole && stamp > hole->seq)
		return true;
	return world->absent.nr && map64_get(&world->absent, world_entry_key(mm, vpn));
}

/* The entry of op is not there: its page was refused. */
void world_leave_out(struct world *world, const struct mem_op *op)
{
	if (!world_is_void(world, op->mm) && op->why != WHY_SWAP_BAD)
		world_set_absent(world, op->mm, op->vpn);
}

void world_set_absent(struct world *world, uint32_t mm, uint64_t vpn)
{
	map64_set(&world->absent, world_entry_key(mm, vpn), 1);
}

void world_forget_absent(struct world *world, uint32_t mm, uint64_t vpn)
{
	map64_remove(&world->absent, world_entry_key(mm, vpn));
}

static uint64_t take(struct map64 *entries, uint64_t key)
{
	const uint64_t value = map64_get(entries, key);

	if (value)
		map64_remove(entries, key);
	return value;
}

/* Of a range that is larger than all that are known. */
static void move_few(struct map64 *entries, const struct mem_op *op, uint64_t pages)
{
	const size_t nr = entries->nr;
	uint64_t *keys = map64_keys(entries), *values = xcalloc(nr, sizeof(*values));
	size_t nr_moved = 0;

	for (size_t i = 0; i < nr; i++) {
		const uint64_t at = (keys[i] ^ world_entry_key(op->mm, 0)) - op->vpn;

		if (at >= pages)
			continue;
		values[nr_moved] = take(entries, keys[i]);
		keys[nr_moved++] = at;
	}
	for (size_t i = 0; i < nr_moved; i++)
		map64_set(entries, world_entry_key(op->mm, op->to_vpn + keys[i]), values[i]);
	free(values);
	free(keys);
}

static void move(struct map64 *entries, const struct mem_op *op)
{
	const uint64_t pages = op->old_pages < op->pages ? op->old_pages : op->pages;

	if (pages > entries->nr) {
		move_few(entries, op, pages);
		return;
	}
	for (uint64_t i = 0; i < pages; i++) {
		const uint64_t at = op->to_vpn > op->vpn ? pages - 1 - i : i;
		const uint64_t value = take(entries, world_entry_key(op->mm, op->vpn + at));

		if (value)
			map64_set(entries, world_entry_key(op->mm, op->to_vpn + at), value);
	}
}

void world_move_entries(struct world *world, const struct mem_op *op)
{
	if (op->to_vpn == op->vpn)
		return;
	if (world->absent.nr)
		move(&world->absent, op);
	if (op->mm < world->nr_revived_mms && world->nr_revived[op->mm])
		move(&world->revived, op);
}

/* --- charging and uncharging --- */

void world_note_payment(struct world *world, uint32_t page, struct payment payment)
{
	if (payment.before == payment.after)
		return;
	if (payment.before)
		world_note_payer(world, page, payment.before - 1, true, payment.counters);
	if (payment.after)
		world_note_payer(world, page, payment.after - 1, false, payment.counters);
}

void world_commit(struct world *world, const struct mem_op *op)
{
	world_note_payment(world, op->page, world->config.model->commit(world->model, op));
}

/* Of many pages at once. */
void world_force_empty(struct world *world, const struct mem_op *op)
{
	const struct model_class *model = world->config.model;
	uint32_t nr_pages = world->config.facts->class->nr_pages(world->config.facts);
	int64_t *before = xcalloc(nr_pages, sizeof(*before));

	world_note_time(world_outcome(world, op->container), world_pages(world, op->container), op->time_ns);
	for (uint32_t page = 0; page < nr_pages; page++)
		before[page] = model->payer(world->model, page);
	model->commit(world->model, op);
	for (uint32_t page = 0; page < nr_pages; page++) {
		int64_t after = model->payer(world->model, page);

		if (after != before[page])
			world_note_payment(world, page, (struct payment){ .before = (uint32_t)(before[page] + 1), .after = (uint32_t)(after + 1) });
	}
	free(before);
}

/* The page's payer sees less, or more, of its uses: it is mapped now, or no longer. */
static void note_mapped(struct world *world, const struct mem_op *op, const struct residence *r, bool is_mapped)
{
	int64_t payer = r->kind == PAGE_ANON ? -1 : world->config.model->payer(world->model, op->page);
	struct container_outcome *outcome;

	if (payer < 0)
		return;
	outcome = world_outcome(world, (uint32_t)payer);
	world_note_time(outcome, world_pages(world, (uint32_t)payer), world->op->time_ns);
	if (is_mapped && outcome->nr_seen)
		outcome->nr_seen--;
	else if (!is_mapped)
		outcome->nr_seen++;
}

static void note_extra(struct world *world, const struct mem_op *op, struct residence *r)
{
	if (op->page_kind == PAGE_ANON) {
		if (!op->is_tail)
			world->folio = op->page;
		world->joined = op->why == WHY_ANON ? world->folio : op->page;
	}
	if (world->config.options->reuse_ns)
		*world_cleared_ns(world, op->page) = op->time_ns;
	r->is_exec |= (op->vma & VMA_EXEC) != 0;
	if (op->is_write && op->page_kind == PAGE_FILE && op->vma & VMA_SHARED)
		world_dirtied(world, op->page);
}

void world_map(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	/* Whatever stood there before, or in an address space that had this number. */
	world_forget_entry(world, op->mm, op->vpn);
	op->mapcount = r->mapcount;
	if (r->mapcount == RES_MOST)
		bug("a page is mapped more than 2^%d times: there is no room for their number", RES_COUNT_BITS);
	if (!r->mapcount)
		note_mapped(world, op, r, true);
	if (!r->mapcount++)
		world->nr_mapped++;
	if (world->is_modern)
		note_extra(world, op, r);
	world_commit(world, op);
}

void world_unmap(struct world *world, struct mem_op *op, uint32_t nr)
{
	struct residence *r = world_residence(world, op->page);

	if (op->why != WHY_MIGRATE && r->flags & RES_MOVING)
		r->flags &= ~RES_MOVING;
	for (; nr; nr--) {
		op->mapcount = r->mapcount;
		world_commit(world, op);
		if (!--r->mapcount) {
			world->nr_mapped--;
			r->is_exec = false;
			note_mapped(world, op, r, false);
		}
	}
}

void world_free_slot(struct world *world, struct residence *r)
{
	if (!(r->flags & (RES_SLOT | RES_CLEAN)))
		return;
	if (r->flags & RES_SLOT)
		world->swap_used--;
	r->flags &= ~(RES_SLOT | RES_CLEAN);
}

/* Kernel memory: nobody's page, but room it takes. */
void world_kernel(struct world *world, const struct mem_op *op)
{
	const struct model_class *model = world->config.model;

	if (!model->charges_kernel || (op->kind == OP_KERNEL_CHARGE && !world_prepare(world, op)))
		return;
	model->commit(world->model, op);
	world_note(world, 0, op->container);
}

/* --- the page cache --- */

/* It enters in one folio with another, or alone. */
static void set_folio(struct world *world, uint32_t page, uint32_t folio)
{
	struct residence *r = world_residence(world, page);

	world->joined = folio;
	if (folio != page)
		map64_set(&world->folios, page, folio);
	else if (r->is_tail)
		map64_remove(&world->folios, page);
	r->is_tail = folio != page;
}

void world_forget_beside(struct world *world, uint32_t page)
{
	const struct residence *r = world_residence(world, page);

	if (r->is_dirtied)
		map64_remove(&world->dirtied, page);
	if (r->is_tail)
		map64_remove(&world->folios, page);
	if (r->has_come_round)
		map64_remove(&world->unmaps, page);
}

static struct mem_op cache_op(const struct world *world, uint32_t page, enum op_kind kind)
{
	const struct residence *r = world_residence(world, page);
	struct mem_op op = *world->op;

	op.kind = kind;
	op.why = 0;
	op.page = page;
	op.old_page = 0;
	op.pages = 0;
	op.is_tail = false;
	op.page_kind = r->kind;
	op.mapcount = r->mapcount;
	return op;
}

void world_uncache(struct world *world, uint32_t page)
{
	struct residence *r = world_residence(world, page);
	struct mem_op op = cache_op(world, page, OP_CACHE_DEL);

	op.why = WHY_RECLAIM;
	world_commit(world, &op);
	world->has_evicted = true;
	r->flags |= RES_UNCACHED | RES_EVICTED;
	r->unmapped_at = world->op->seq;
}

/* A page that was reclaimed here is used again: read or swapped in. */
void world_refault(struct world *world, struct residence *r, uint32_t container)
{
	if (!(r->flags & RES_EVICTED))
		return;
	world_outcome(world, container)->refaulted++;
	world_outcome(world, container)->refaulted_anon += r->kind == PAGE_ANON;
	r->flags &= ~RES_EVICTED;
}

bool world_recache(struct world *world, uint32_t page, uint32_t folio, uint64_t nr, bool is_readahead)
{
	struct residence *r = world_residence(world, page);
	bool was_no_retry = world->is_no_retry, is_room;
	struct mem_op op;

	if (!(r->flags & RES_UNCACHED))
		return true;
	r->flags &= ~RES_UNCACHED;
	op = cache_op(world, page, OP_CACHE_ADD);
	op.is_write = false;
	op.pages = nr;
	op.is_tail = page != folio;
	world->is_no_retry = is_readahead;
	is_room = world_prepare(world, &op);
	world->is_no_retry = was_no_retry;
	if (!is_room) {
		r->flags |= RES_UNCACHED;
		return false;
	}
	if (world->is_modern) {
		set_folio(world, page, folio);
		world_refault(world, r, op.container);
	}
	op.mapcount = r->mapcount;
	world_commit(world, &op);
	return true;
}

/* What today's policies want to know of a page that enters. */
static void enters(struct world *world, const struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	if (!op->is_tail)
		world->folio = op->page;
	set_folio(world, op->page, world->folio);
	if (r->is_dirtied)
		world_cleaned(world, op->page);
	r->is_exec = r->is_marked = false;
	if (world->config.options->reuse_ns)
		*world_cleared_ns(world, op->page) = 0;
	if (op->kind == OP_CACHE_ADD && op->is_write)
		world_dirtied(world, op->page);
}

void world_cache(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	r->kind = op->page_kind;
	op->mapcount = r->mapcount;
	if (op->kind == OP_CACHE_ADD && !world_prepare(world, op))
		return;
	op->mapcount = r->mapcount;
	r->flags &= ~RES_UNCACHED;
	if (world->is_modern && op->kind == OP_CACHE_ADD)
		enters(world, op);
	world_commit(world, op);
}

void world_view(const struct world *world, uint32_t page, struct watched_page *view)
{
	const struct residence *r = world_residence(world, page);

	*view = (struct watched_page){
		.payer = world->config.model->payer(world->model, page), .mapcount = r->mapcount, .kind = r->kind };
}
