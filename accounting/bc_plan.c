// SPDX-License-Identifier: GPL-2.0-or-later
/* What an operation charges before it happens, and up to where (models.md 3.3). */
#include "accounting/bc.h"

static enum strictness map_strict(const struct bc *bc, const struct mem_op *op)
{
	switch ((enum vma_why)op->why) {
	case VMA_ELF_BRK:
	case VMA_STACK:
	case VMA_INSERT:
	case VMA_ELF:
		return BC_LIMIT;
	case VMA_FORK:
		if (bc_is_openvz(bc) || bc->config.rules.chosen[SWITCH_BC_FORK_STRICT] == BC_STRICT_BARRIER)
			return BC_BARRIER;
		return BC_LIMIT;
	case VMA_MMAP:
	case VMA_BRK:
	case VMA_DRIVER:
	case VMA_NR:
		break;
	}
	/* D24: the flag is the ELF loader's. */
	return op->vma & VMA_EXECPRIO && bc_is_posted(bc, D24_EXECPRIO_FROM_USER) ? BC_LIMIT : BC_BARRIER;
}

static enum strictness mprotect_strict(const struct bc *bc)
{
	if (bc_is_openvz(bc) || bc->config.rules.chosen[SWITCH_BC_MPROTECT_STRICT] == BC_STRICT_LIMIT)
		return BC_LIMIT;
	return BC_BARRIER;
}

uint8_t bc_mapped_vma(const struct mem_op *op)
{
	return op->why == VMA_FORK ? op->vma & ~VMA_LOCKED : op->vma;
}

bool bc_is_transient(const struct bc *bc, const struct mem_op *op)
{
	return op->why == VMA_MMAP && op->vma & VMA_SHM_ANON && op->vma & VMA_WRITE &&
	       bc_is_posted(bc, D27_SHM_ANON_TRANSIENT);
}

static void plan_charge(struct plan *plan, uint32_t resource, uint64_t pages, enum strictness strict)
{
	plan->pages[resource] = pages;
	plan->is_charged[resource] = true;
	plan->strict[resource] = strict;
}

static void plan_map(const struct bc *bc, const struct mem_op *op, struct plan *plan)
{
	enum strictness strict = map_strict(bc, op);

	plan->is_memory = true;
	if (bc_is_private(op->vma) || bc_is_transient(bc, op))
		plan_charge(plan, BC_PRIVVM, op->pages, strict);
	if (bc_mapped_vma(op) & VMA_LOCKED)
		plan_charge(plan, BC_LOCKED, op->pages, strict);
}

uint64_t bc_changed_pages(const struct bc *bc, const struct mem_op *op, uint32_t resource)
{
	if (resource == BC_LOCKED || !bc_has_rss(bc))
		return op->pages;
	return op->resident < op->pages ? op->pages - op->resident : 0;
}

static void plan_change(const struct bc *bc, const struct mem_op *op, struct plan *plan)
{
	bool is_driver = op->why == VMA_DRIVER;

	if (is_driver && bc_is_posted(bc, D23_DRIVER_FLAGS))
		return;
	for (uint32_t i = 0; i < BC_RESOURCES; i++) {
		if (!bc_is_counted(op->vma, i) || bc_is_counted(op->old_vma, i))
			continue;
		plan_charge(plan, i, bc_changed_pages(bc, op, i),
			    is_driver ? map_strict(bc, op) : i == BC_PRIVVM ? mprotect_strict(bc) : BC_BARRIER);
	}
	plan->is_memory = is_driver;
	plan->is_lost = !is_driver && bc_is_posted(bc, D18_RESULT_LOST);
}

/* D22: a move charges the growth only. */
static void plan_move(const struct bc *bc, const struct mem_op *op, struct plan *plan)
{
	uint64_t pages = op->pages > op->old_pages ? op->pages - op->old_pages : 0;

	if (bc_is_moved(op) && !bc_is_posted(bc, D22_MOVE_UNCHARGED))
		pages = op->pages;
	plan->is_memory = true;
	for (uint32_t i = 0; i < BC_RESOURCES && pages; i++)
		if (bc_is_counted(op->vma, i))
			plan_charge(plan, i, pages, BC_BARRIER);
}

uint64_t bc_shm_pages(const struct bc *bc, uint64_t pages)
{
	return bc_is_posted(bc, D21_SHM_LOCK_SHIFT) ? pages >> BC_PAGE_SHIFT : pages;
}

void bc_make_plan(const struct bc *bc, const struct mem_op *op, struct plan *plan)
{
	*plan = (struct plan){ 0 };
	if (op->kind == OP_VMA_MAP)
		plan_map(bc, op, plan);
	else if (op->kind == OP_VMA_CHANGE)
		plan_change(bc, op, plan);
	else if (op->kind == OP_VMA_MOVE)
		plan_move(bc, op, plan);
	else if (op->kind == OP_SHM_LOCK)
		plan_charge(plan, BC_LOCKED, bc_shm_pages(bc, op->pages), BC_BARRIER);
}

/* --- the charge --- */

/* The second charge was refused: the first is undone, and by D17 also where there was none. */
static void undo_locked(struct bc *bc, uint32_t container, const struct plan *plan)
{
	struct bc_resource *locked = &bc_beancounter(bc, container)->resources[BC_LOCKED];
	uint64_t pages = plan->pages[BC_PRIVVM], before = locked->charged;

	if (plan->is_charged[BC_LOCKED]) {
		bc_uncharge(bc, container, BC_LOCKED, plan->pages[BC_LOCKED]);
		return;
	}
	if (!plan->is_memory || !bc_is_posted(bc, D17_LOCKED_LEAK))
		return;
	bc_uncharge(bc, container, BC_LOCKED, pages);
	/* What was there is lost; what was not, bc_uncharge() has put down as too much. */
	locked->missing += (int64_t)pages;
	bc->base.anomaly = (struct anomaly){ "D17: lockedpages uncharged for a refused mapping", container, BC_LOCKED,
					     before - locked->charged };
}

bool bc_charge_plan(struct bc *bc, uint32_t container, const struct plan *plan, uint32_t *resource)
{
	*resource = BC_LOCKED;
	if (plan->is_charged[BC_LOCKED] &&
	    !bc_charge(bc, container, BC_LOCKED, plan->pages[BC_LOCKED], plan->strict[BC_LOCKED]))
		return false;
	*resource = BC_PRIVVM;
	if (!plan->is_charged[BC_PRIVVM] ||
	    bc_charge(bc, container, BC_PRIVVM, plan->pages[BC_PRIVVM], plan->strict[BC_PRIVVM]))
		return true;
	undo_locked(bc, container, plan);
	return false;
}
