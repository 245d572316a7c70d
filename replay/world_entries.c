// SPDX-License-Identifier: GPL-2.0-or-later
/* Entries in a world: which are there, which come and go. */
#include "replay/world_pages.h"

/* Whether the entry counts as used: today also when it was mapped around a fault. */
static bool was_used(const struct world *world, const struct mem_op *op)
{
	return op->is_young || (world->is_modern && op->is_around);
}

/* A fault wants the page of a file: read, with what lies around it, if it is not cached here. */
static void fault_file(struct world *world, uint32_t page)
{
	if (!world->is_modern)
		return;		/* cache_before_map() did, or there was no room */
	if (world_residence(world, page)->kind == PAGE_FILE)
		world_fault_read(world, page);
	world_recache_alone(world, page);
}

/*
 * The page cache comes first: until 2.6.26 an entry is one reference more to the charge that is
 * made there.  False: making room ended the task.
 */
static bool cache_before_map(struct world *world, const struct mem_op *op, uint32_t page)
{
	if (!world->is_modern)
		world_recache_alone(world, page);
	return !world_is_void(world, op->mm);
}

bool world_fault_in_by(struct world *world, struct mem_op *op, uint32_t page, bool is_write)
{
	struct residence *r = world_residence(world, page);

	op->kind = OP_MAP;
	op->page = page;
	op->page_kind = r->kind;
	op->why = r->kind == PAGE_ANON ? WHY_SWAP_IN : WHY_FILE;
	if (!cache_before_map(world, op, page))
		return false;
	op->mapcount = r->mapcount;
	if (!world_prepare(world, op))
		return false;
	world_refault(world, r, op->container);
	fault_file(world, page);
	if (world->policy && !world->is_modern)
		world->policy->class->accessed(world->policy, page);
	if (r->kind == PAGE_ANON && (is_write || world->is_modern))
		world_free_slot(world, r);
	world_map(world, op);
	residence_add_young(r, true);
	return true;
}

bool world_fault_in(struct world *world, const struct mem_op *op, uint32_t page, bool is_write)
{
	struct mem_op here = *op;

	return world_fault_in_by(world, &here, page, is_write);
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
	world->is_old_back = false;
	is_there = world_is_present(world, old, op->mm, op->vpn, op->stamp) && old->mapcount;
	if (!is_there && !world_fault_in(world, op, op->old_page, false))
		return;
	world->is_old_back = !is_there;
	if (world_prepare(world, op)) {
		unmap_old(world, op, is_there);
		world_map(world, op);
		residence_add_young(world_residence(world, op->page), true);
	} else if (!world_is_void(world, op->mm)) {
		/* The facts forget what the entry mapped, so it goes here too. */
		unmap_old(world, op, is_there);
		world_set_absent(world, op->mm, op->vpn);
	}
}

/* Whether the parent of the child that is born has the entry here. */
static bool is_copied(const struct world *world, const struct residence *r, const struct mem_op *op)
{
	const struct facts *facts = world->config.facts;
	struct mm_facts child;

	if (!r->mapcount || !(world->absent.nr | world->revived.nr))
		return r->mapcount && op->stamp >= r->unmapped_at;
	facts->class->mm(facts, op->mm, &child);
	return world_is_present(world, r, child.parent_mm ? child.parent_mm : op->mm, op->vpn, op->stamp);
}

static void map(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);
	const bool is_late = op->why == WHY_FORK && op->stamp < r->unmapped_at;

	r->kind = op->page_kind;
	if (op->old_page) {
		map_copy(world, op);
		return;
	}
	/* A copy of an entry that is absent here is absent too, and so is one that moved. */
	if (op->why == WHY_FORK && !is_copied(world, r, op)) {
		if (!is_late && world->absent.nr)
			world_set_absent(world, op->mm, op->vpn);
		return;
	}
	if (op->why == WHY_MIGRATE && !world_is_present(world, r, op->mm, op->vpn, op->stamp))
		return;
	/* Fault-around maps what is cached; a page that was evicted here waits for its use. */
	if (op->why == WHY_AROUND && r->flags & RES_EVICTED && !r->mapcount) {
		r->unmapped_at = op->seq + 1;
		return;
	}
	if (!cache_before_map(world, op, op->page))
		return;
	if (!world_prepare(world, op)) {
		world_leave_out(world, op);
		return;
	}
	/* The page could not be read: nothing is mapped.  Or, of one that moves, making room took it meanwhile. */
	if (op->why == WHY_SWAP_BAD ||
	    (op->why == WHY_MIGRATE && !world_is_present(world, r, op->mm, op->vpn, op->stamp))) {
		world->config.model->cancel(world->model, op);
		return;
	}
	if (op->why != WHY_FORK && op->why != WHY_MIGRATE)
		world_refault(world, r, op->container);
	if (op->why == WHY_FILE)
		fault_file(world, op->page);
	else if (world->is_modern)
		world_recache_alone(world, op->page);
	if (r->kind == PAGE_ANON && (op->is_write || world->is_modern))
		world_free_slot(world, r);
	if (world->policy && !world->is_modern && (op->why == WHY_FILE || op->why == WHY_SWAP_IN))
		world->policy->class->accessed(world->policy, op->page);
	world_map(world, op);
	residence_add_young(r, op->is_young || (world->is_modern && op->why == WHY_AROUND));
	/* Its parent's came back by a use that is assumed. */
	if (is_late)
		world_note_revived(world, op->mm, op->vpn, r);
}

static void unmap(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);
	bool is_young = was_used(world, op) && op->stamp >= r->cleared_at && r->nr_young;

	if (!world_is_present(world, r, op->mm, op->vpn, op->stamp) || !r->mapcount) {
		world_forget_entry(world, op->mm, op->vpn);
		return;
	}
	r->nr_young -= is_young;
	if (is_young && r->kind != PAGE_ANON && world->policy && (op->why == WHY_ZAP || op->why == WHY_EXIT))
		world->policy->class->zapped_young(world->policy, op->page);
	world_unmap(world, op, 1);
	world_forget_revived_of(world, r, op->mm, op->vpn);
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
		if (world->is_modern)
			world_read(world, op->page, op->pages ? op->pages : 1);
		world_refault(world, r, op->container);
		world_recache_alone(world, op->page);
		if (world->policy && !(world->is_modern && op->is_again))
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
	residence_add_young(r, !was_used(world, op) || op->stamp < r->cleared_at);
	if (world->is_modern && op->is_write && r->kind == PAGE_FILE && op->vma & VMA_SHARED)
		world_dirtied(world, op->page);
	if (op->is_write && r->kind == PAGE_ANON)
		world_free_slot(world, r);
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
	world_free_slot(world, r);
	world_commit(world, op);
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

/* --- the operations --- */

static void rarer_op(struct world *world, struct mem_op *op)
{
	switch (op->kind) {
	case OP_USE:
		use(world, op);
		break;
	case OP_CACHE_ADD:
	case OP_CACHE_DEL:
		world->nr_cache_dels += op->kind == OP_CACHE_DEL;
		world_cache(world, op);
		break;
	case OP_FORCE_EMPTY:
		world_force_empty(world, op);
		break;
	case OP_KERNEL_CHARGE:
	case OP_KERNEL_UNCHARGE:
		world_kernel(world, op);
		break;
	case OP_WRITTEN:
		world_written(world, op);
		break;
	default:
		break;
	}
}

static void play(struct world *world, struct mem_op *op)
{
	if (op->kind == OP_PAGE_GONE)
		page_gone(world, op);
	else if (op->kind > OP_UNMAP)
		rarer_op(world, op);
	else if (op->why == WHY_MIGRATE && op->kind == OP_MAP)
		map_moving(world, op);
	else if (op->why == WHY_MIGRATE)
		unmap_moving(world, op);
	else if (op->kind == OP_MAP)
		map(world, op);
	else
		unmap(world, op);
}

/* Of a task that ended here, or in a range that is not there; unmaps tell that by their stamp. */
static bool is_void(const struct world *world, const struct mem_op *op)
{
	if (!op->mm || op->kind == OP_PAGE_GONE)
		return false;
	return world_is_void(world, op->mm) ||
	       (world->holes.nr && (op->kind == OP_MAP || op->kind == OP_USE) &&
		void_range_at(&world->holes, op->mm, op->vpn, false));
}

/* False: it does not happen here. */
static bool play_whole(struct world *world, struct mem_op *op)
{
	if (is_void(world, op)) {
		world_outcome(world, op->container)->void_ops++;
		return false;
	}
	if (!(op->is_out || op->by) || !is_elsewhere(world, op))
		play(world, op);
	return true;
}

void world_page_op(struct world *world, struct mem_op *op)
{
	if (op->is_perhaps && !world->config.is_assumed)
		return;
	world_begin_op(world, op);
	if (!play_whole(world, op))
		return;
	if (world->model->counted && world->is_modern)
		world_pay_high(world, op->container);
	if (world->model->anomaly.text)
		world_note_anomaly(world);
}
