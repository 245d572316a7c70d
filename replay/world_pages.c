// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages in a world: which entries are there, who pays, what is read again. */
#include "replay/world_state.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* --- what this world knows of entries --- */

static uint64_t absent_key(uint32_t mm, uint64_t vpn)
{
	return (uint64_t)mm << 46 ^ vpn;
}

bool world_is_hidden(const struct world *world, uint32_t mm, uint64_t vpn, uint64_t stamp)
{
	const struct void_range *hole = world->holes.nr ? void_range_at(&world->holes, mm, vpn, false) : NULL;

	if (hole && stamp > hole->seq)
		return true;
	return world->absent.nr && map64_get(&world->absent, absent_key(mm, vpn));
}

void world_move_absent(struct world *world, const struct mem_op *op)
{
	uint64_t pages = op->old_pages < op->pages ? op->old_pages : op->pages;

	for (uint64_t i = 0; i < pages && world->absent.nr && op->to_vpn != op->vpn; i++) {
		if (!map64_get(&world->absent, absent_key(op->mm, op->vpn + i)))
			continue;
		map64_remove(&world->absent, absent_key(op->mm, op->vpn + i));
		map64_set(&world->absent, absent_key(op->mm, op->to_vpn + i), 1);
	}
}

/* --- charging and uncharging one page --- */

/* Cached and not mapped: read(2) is the only use there is, and it is seen. */
static bool is_seen(const struct residence *r)
{
	return r->kind != PAGE_ANON && !r->mapcount;
}

/* The container pays for a page less, or more. */
static void note_payer(struct world *world, uint32_t page, uint32_t container, bool is_less)
{
	const struct model_class *model = world->config.model;
	const struct residence *r = world_residence(world, page);
	struct container_outcome *outcome = world_outcome(world, container);
	const struct model_counters *counters = world_counters(world, 0, container);
	uint64_t held = counters->held, pages = model->charges_kernel ? counters->pages : held;

	/* Its page-time up to now. Where only mapped pages are charged no use of one is seen: nothing to weigh. */
	if (!model->charges_mapped)
		world_note_time(outcome, is_less ? pages + 1 : pages - 1, world->op->time_ns);
	if (is_seen(r))
		outcome->nr_seen += is_less ? -(uint64_t)(outcome->nr_seen > 0) : 1;
	if (world->policy && is_less)
		world->policy->class->uncharged(world->policy, page);
	else if (world->policy)
		world->policy->class->charged(world->policy, page, container);
	world_note_held(world, 0, container, held);
}

/* Who ends and who begins to pay for a page. */
static void note_payment(struct world *world, uint32_t page, struct payment payment)
{
	if (payment.before)
		note_payer(world, page, payment.before - 1, true);
	if (payment.after)
		note_payer(world, page, payment.after - 1, false);
}

void world_commit(struct world *world, const struct mem_op *op)
{
	struct payment payment = world->config.model->commit(world->model, op);

	if (payment.before != payment.after)
		note_payment(world, op->page, payment);
}

/* Of many pages at once. */
static void force_empty(struct world *world, const struct mem_op *op)
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
			note_payment(world, page, (struct payment){ (uint32_t)(before[page] + 1), (uint32_t)(after + 1) });
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
	struct residence_extra *extra = world_extra(world, op->page);

	if (op->page_kind == PAGE_ANON) {
		if (!op->is_tail)
			world->folio = op->page;
		extra->folio = op->why == WHY_ANON ? world->folio : op->page;
	}
	if (world->config.options->reuse_ns)
		*world_cleared_ns(world, op->page) = op->time_ns;
	r->is_exec |= (op->vma & VMA_EXEC) != 0;
	if (op->is_write && op->page_kind == PAGE_FILE && op->vma & VMA_SHARED)
		world_dirtied(world, op->page);
}

static void commit_map(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	/* Whatever stood there before, or in an address space that had this number. */
	if (world->absent.nr)
		map64_remove(&world->absent, absent_key(op->mm, op->vpn));
	world_forget_revived(world, op->mm, op->vpn);
	op->mapcount = r->mapcount;
	if (!r->mapcount)
		note_mapped(world, op, r, true);
	if (!r->mapcount++)
		world->nr_mapped++;
	if (world->has_extra)
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

static void free_slot(struct world *world, struct residence *r)
{
	if (!(r->flags & (RES_SLOT | RES_CLEAN)))
		return;
	if (r->flags & RES_SLOT)
		world->swap_used--;
	r->flags &= ~(RES_SLOT | RES_CLEAN);
}

/* --- the page cache --- */

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
static void refault(struct world *world, struct residence *r, uint32_t container)
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
	if (world->has_extra) {
		world_extra(world, page)->folio = folio;
		refault(world, r, op.container);
	}
	op.mapcount = r->mapcount;
	world_commit(world, &op);
	return true;
}

/* Read again: whoever does pays. */
static void recache(struct world *world, uint32_t page)
{
	if (world_residence(world, page)->flags & RES_UNCACHED)
		world_recache(world, page, page, 1, false);
}

/* What today's policies want to know of a page that enters. */
static void enters(struct world *world, const struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	if (!op->is_tail)
		world->folio = op->page;
	*world_extra(world, op->page) = (struct residence_extra){ .folio = world->folio };
	r->is_exec = r->is_marked = false;
	if (world->config.options->reuse_ns)
		*world_cleared_ns(world, op->page) = 0;
	if (op->kind == OP_CACHE_ADD && op->is_write)
		world_dirtied(world, op->page);
}

static void cache(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	r->kind = op->page_kind;
	op->mapcount = r->mapcount;
	if (op->kind == OP_CACHE_ADD && !world_prepare(world, op))
		return;
	op->mapcount = r->mapcount;
	r->flags &= ~RES_UNCACHED;
	if (world->has_extra && op->kind == OP_CACHE_ADD)
		enters(world, op);
	world_commit(world, op);
}

/* --- the operations --- */

/* Whether the entry counts as used: today also when it was mapped around a fault. */
static bool was_used(const struct world *world, const struct mem_op *op)
{
	return op->is_young || (world->has_extra && op->is_around);
}

/* A fault wants the page of a file: read, with what lies around it, if it is not cached here. */
static void fault_file(struct world *world, uint32_t page)
{
	if (!world->has_extra)
		return;		/* cache_before_map() did, or there was no room */
	if (world_residence(world, page)->kind == PAGE_FILE)
		world_fault_read(world, page);
	recache(world, page);
}

/*
 * The page cache comes first: until 2.6.26 an entry is one reference more to the charge that is
 * made there.  False: making room ended the task.
 */
static bool cache_before_map(struct world *world, const struct mem_op *op, uint32_t page)
{
	if (!world->has_extra)
		recache(world, page);
	return !world_is_void(world, op->mm);
}

/* The entry of op is absent here and used: a fault of this world. */
bool world_fault_in(struct world *world, const struct mem_op *op, uint32_t page, bool is_write)
{
	struct residence *r = world_residence(world, page);
	struct mem_op here = *op;

	here.kind = OP_MAP;
	here.page = page;
	here.page_kind = r->kind;
	here.why = r->kind == PAGE_ANON ? WHY_SWAP_IN : WHY_FILE;
	if (!cache_before_map(world, op, page))
		return false;
	here.mapcount = r->mapcount;
	if (!world_prepare(world, &here))
		return false;
	refault(world, r, op->container);
	fault_file(world, page);
	if (world->policy && !world->has_extra)
		world->policy->class->accessed(world->policy, page);
	if (r->kind == PAGE_ANON && (is_write || world->has_extra))
		free_slot(world, r);
	commit_map(world, &here);
	r->nr_young++;
	return true;
}

/* The entry no longer maps the page that was there before the copy. */
static void unmap_old(struct world *world, const struct mem_op *op, bool is_there)
{
	struct residence *old = world_residence(world, op->old_page);
	struct mem_op unmapped = *op;

	/* Making room for the copy may have taken it away already. */
	if (!old->mapcount || (is_there && op->stamp < old->unmapped_at))
		return;
	if (old->nr_young && (!is_there || (op->was_young && op->stamp >= old->cleared_at)))
		old->nr_young--;
	unmapped.kind = OP_UNMAP;
	unmapped.page = op->old_page;
	unmapped.page_kind = old->kind;
	world_unmap(world, &unmapped, 1);
}

static void map_copy(struct world *world, struct mem_op *op)
{
	const struct residence *old = world_residence(world, op->old_page);
	bool is_there;

	/* The old page is read: where it was reclaimed here, it comes back first. */
	is_there = world_is_present(world, old, op->mm, op->vpn, op->stamp) && old->mapcount;
	if (!is_there && !world_fault_in(world, op, op->old_page, false))
		return;
	world->is_old_back = !is_there;
	if (world_prepare(world, op)) {
		unmap_old(world, op, is_there);
		commit_map(world, op);
		world_residence(world, op->page)->nr_young++;
	} else if (!world_is_void(world, op->mm)) {
		/* The facts forget what the entry mapped, so it goes here too. */
		unmap_old(world, op, is_there);
		map64_set(&world->absent, absent_key(op->mm, op->vpn), 1);
	}
}

static void map(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	r->kind = op->page_kind;
	if (op->old_page) {
		map_copy(world, op);
		return;
	}
	/* A copy of an entry that is absent here is absent too, and so is one that moved. */
	if (op->why == WHY_FORK && op->stamp < r->unmapped_at)
		return;
	if (op->why == WHY_MIGRATE && !world_is_present(world, r, op->mm, op->vpn, op->stamp))
		return;
	if (op->why == WHY_FORK && !r->mapcount)
		return;
	/* Fault-around maps what is cached; a page that was evicted here waits for its use. */
	if (op->why == WHY_AROUND && r->flags & RES_EVICTED && !r->mapcount) {
		r->unmapped_at = op->seq + 1;
		return;
	}
	if (!cache_before_map(world, op, op->page))
		return;
	if (!world_prepare(world, op)) {
		if (!world_is_void(world, op->mm) && op->why != WHY_SWAP_BAD)
			map64_set(&world->absent, absent_key(op->mm, op->vpn), 1);
		return;
	}
	/* The page could not be read: nothing is mapped.  Or, of one that moves, making room took it meanwhile. */
	if (op->why == WHY_SWAP_BAD ||
	    (op->why == WHY_MIGRATE && !world_is_present(world, r, op->mm, op->vpn, op->stamp))) {
		world->config.model->cancel(world->model, op);
		return;
	}
	if (op->why != WHY_FORK && op->why != WHY_MIGRATE)
		refault(world, r, op->container);
	if (op->why == WHY_FILE)
		fault_file(world, op->page);
	else if (world->has_extra)
		recache(world, op->page);
	if (r->kind == PAGE_ANON && (op->is_write || world->has_extra))
		free_slot(world, r);
	if (world->policy && !world->has_extra && (op->why == WHY_FILE || op->why == WHY_SWAP_IN))
		world->policy->class->accessed(world->policy, op->page);
	commit_map(world, op);
	r->nr_young += op->is_young || (world->has_extra && op->why == WHY_AROUND);
}

static void unmap(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);
	bool is_young = was_used(world, op) && op->stamp >= r->cleared_at && r->nr_young;

	if (!world_is_present(world, r, op->mm, op->vpn, op->stamp) || !r->mapcount) {
		if (world->absent.nr)
			map64_remove(&world->absent, absent_key(op->mm, op->vpn));
		world_forget_revived(world, op->mm, op->vpn);
		return;
	}
	r->nr_young -= is_young;
	if (is_young && r->kind != PAGE_ANON && world->policy && (op->why == WHY_ZAP || op->why == WHY_EXIT))
		world->policy->class->zapped_young(world->policy, op->page);
	world_unmap(world, op, 1);
	world_forget_revived(world, op->mm, op->vpn);
}

/* --- migration --- */

/* As posted, RSS07 uncharges a page and charges it anew, entry by entry; else one charge ahead keeps the owner. */
static bool keeps_owner(const struct world *world)
{
	return !world->config.model->charges_mapped || !world_is_posted(world, D5_MIGRATE_PREPARE);
}

/* RSS07 as intended does not see the entries go: its owner has mapped pages only. */
static bool keeps_entries(const struct world *world)
{
	return world->config.model->charges_mapped && keeps_owner(world);
}

/* The copy has a charge, and a place on the lists, of its own. */
static void replace_on_lists(struct world *world, uint32_t page)
{
	int64_t payer = world->config.model->payer(world->model, page);

	if (!world->policy || payer < 0)
		return;
	world->policy->class->uncharged(world->policy, page);
	world->policy->class->charged(world->policy, page, payer);
}

/*
 * The first entry goes: the copy is charged before.  Without room for it there was no
 * migration, and nothing changes hands.  False: making room took the page itself.
 */
static bool charge_copy(struct world *world, const struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);
	struct mem_op here = *op;
	bool is_charged;

	here.mapcount = r->mapcount;
	is_charged = world_prepare(world, &here);
	if (!world_is_present(world, r, op->mm, op->vpn, op->stamp) || !r->mapcount) {
		if (is_charged)
			world->config.model->cancel(world->model, &here);
		return false;
	}
	r->flags |= RES_MOVING;
	if (is_charged && keeps_owner(world))
		replace_on_lists(world, op->page);
	return true;
}

/* An entry of a page that moves; it comes back old (models.md 2.1). */
static void unmap_moving(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	if (!world_is_present(world, r, op->mm, op->vpn, op->stamp) || !r->mapcount)
		return;
	if (!world->config.model->keeps_migrated && !(r->flags & RES_MOVING) && !charge_copy(world, op))
		return;
	if (was_used(world, op) && op->stamp >= r->cleared_at && r->nr_young)
		r->nr_young--;
	if (world->config.model->keeps_migrated)
		return;
	op->mapcount = r->mapcount;
	if (keeps_entries(world))
		world_commit(world, op);
	else
		world_unmap(world, op, 1);
}

static void map_moving(struct world *world, struct mem_op *op)
{
	world_residence(world, op->page)->flags &= ~RES_MOVING;
	if (!keeps_entries(world) && !world->config.model->keeps_migrated)
		map(world, op);
}

/* --- uses, ends --- */

static void use(struct world *world, const struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	if (!op->mm) {
		/* read(2): the page is used, no entry is. */
		r->kind = op->page_kind;
		if (world->has_extra)
			world_read(world, op->page, op->pages ? op->pages : 1);
		refault(world, r, op->container);
		recache(world, op->page);
		if (world->policy && !(world->has_extra && op->is_again))
			world->policy->class->accessed(world->policy, op->page);
		return;
	}
	if (op->is_perhaps) {
		world_assume_use(world, op);
		return;
	}
	if (!world_is_present(world, r, op->mm, op->vpn, op->stamp) || !r->mapcount) {
		world_fault_in(world, op, op->page, op->is_write);
		return;
	}
	if (!was_used(world, op) || op->stamp < r->cleared_at)
		r->nr_young++;
	if (world->has_extra && op->is_write && r->kind == PAGE_FILE && op->vma & VMA_SHARED)
		world_dirtied(world, op->page);
	if (op->is_write && r->kind == PAGE_ANON)
		free_slot(world, r);
}

static void page_gone(struct world *world, const struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);
	struct mem_op unmapped;

	/* Entries that this world did not see go: of tasks it ended. */
	if (r->mapcount) {
		unmapped = *op;
		unmapped.kind = OP_UNMAP;
		world_unmap(world, &unmapped, r->mapcount);
	}
	free_slot(world, r);
	world_commit(world, op);
}

void world_view(const struct world *world, uint32_t page, struct watched_page *view)
{
	const struct residence *r = world_residence(world, page);

	*view = (struct watched_page){
		.payer = world->config.model->payer(world->model, page), .mapcount = r->mapcount, .kind = r->kind };
}

/* Kernel memory: nobody's page, but room it takes. */
static void kernel(struct world *world, const struct mem_op *op)
{
	const struct model_class *model = world->config.model;

	if (!model->charges_kernel || (op->kind == OP_KERNEL_CHARGE && !world_prepare(world, op)))
		return;
	model->commit(world->model, op);
	world_note(world, 0, op->container);
}

/* --- what the recorded kernel reclaimed (scenarios.md 2) --- */

static bool is_undone(const struct world *world, const struct mem_op *op)
{
	return op->why == WHY_RECLAIM && ((op->by == BY_LIMIT && world->undoes_limit) ||
					  (op->by == BY_MACHINE && world->undoes_machine));
}

/* The entry of a page that was swapped out there stands here all along: it is used, as is_out says. */
static bool is_back(struct world *world, const struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	if (!world_keeps(world, op->page) || !r->mapcount ||
	    !world_is_present(world, r, op->mm, op->vpn, op->stamp))
		return false;
	if (r->nr_young < r->mapcount)
		r->nr_young++;
	return true;
}

/*
 * True: the operation is not of this world.  Anonymous pages stay mapped, pages of
 * files cached; their entries go, and come back with the next fault.
 */
static bool is_elsewhere(struct world *world, const struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);
	bool is_entry = op->kind == OP_MAP || op->kind == OP_UNMAP;

	if (op->by && is_undone(world, op) && (op->kind == OP_CACHE_DEL || op->page_kind == PAGE_ANON)) {
		r->flags |= RES_KEPT;
		world->has_undone = true;
		return true;
	}
	if (op->by && op->kind == OP_CACHE_DEL)
		r->flags |= RES_TAKEN;
	if (!op->is_out)
		return false;
	if (op->kind == OP_CACHE_ADD)
		r->flags &= ~RES_TAKEN;
	if (is_entry)
		return op->kind == OP_MAP && op->why != WHY_FORK ? is_back(world, op) : !world_keeps(world, op->page);
	if (!world_keeps(world, op->page))
		return op->kind == OP_CACHE_DEL;
	r->flags &= ~RES_KEPT;
	return op->kind == OP_CACHE_ADD;
}

static void page_op(struct world *world, struct mem_op *op)
{
	if ((op->is_out || op->by) && is_elsewhere(world, op))
		return;
	switch (op->kind) {
	case OP_MAP:
		if (op->why == WHY_MIGRATE)
			map_moving(world, op);
		else
			map(world, op);
		break;
	case OP_UNMAP:
		if (op->why == WHY_MIGRATE)
			unmap_moving(world, op);
		else
			unmap(world, op);
		break;
	case OP_USE:
		use(world, op);
		break;
	case OP_PAGE_GONE:
		page_gone(world, op);
		break;
	case OP_CACHE_ADD:
	case OP_CACHE_DEL:
		world->nr_cache_dels += op->kind == OP_CACHE_DEL;
		cache(world, op);
		break;
	case OP_FORCE_EMPTY:
		force_empty(world, op);
		break;
	case OP_KERNEL_CHARGE:
	case OP_KERNEL_UNCHARGE:
		kernel(world, op);
		break;
	case OP_WRITTEN:
		world_written(world, op);
		break;
	default:
		break;
	}
}

void world_page_op(struct world *world, struct mem_op *op)
{
	page_op(world, op);
	if (world->model->counted && world->has_extra)
		world_pay_high(world, op->container);
}
