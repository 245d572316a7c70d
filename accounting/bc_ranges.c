// SPDX-License-Identifier: GPL-2.0-or-later
/* What an address space has: its ranges come, go and change once they are charged (models.md 3.3). */
#include "accounting/bc.h"

#include "base/xalloc.h"

struct bc_mm *bc_mm_of(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm;

	if (op->mm >= bc->nr_mms) {
		size_t nr = (size_t)op->mm * 2 + 64;

		bc->mms = xrealloc(bc->mms, nr, sizeof(*bc->mms));
		for (size_t i = bc->nr_mms; i < nr; i++)
			bc->mms[i] = (struct bc_mm){ 0 };
		bc->nr_mms = nr;
	}
	mm = &bc->mms[op->mm];
	if (!mm->is_known)
		*mm = (struct bc_mm){ .container = op->container, .is_known = true };
	return mm;
}

/* Part of an address space goes: no more than it has, for its oldest VMAs may never have been seen. */
static void take(struct bc *bc, struct bc_mm *mm, uint32_t resource, uint64_t pages)
{
	uint64_t *reserved = &mm->reserved[resource];
	uint64_t unused = *reserved - (resource == BC_PRIVVM ? mm->resident : 0);

	if (pages > *reserved)
		pages = *reserved;
	*reserved -= pages;
	if (pages > unused) {
		mm->resident -= pages - unused;
		pages = unused;
	}
	bc_uncharge(bc, mm->container, resource, pages);
}

static int64_t *missing_of(struct bc *bc, const struct bc_mm *mm, uint32_t resource)
{
	return &bc_beancounter(bc, mm->container)->resources[resource].missing;
}

void bc_commit_map(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm = bc_mm_of(bc, op);

	for (uint32_t i = 0; i < BC_RESOURCES; i++)
		if (bc_is_counted(bc_mapped_vma(op), i))
			mm->reserved[i] += op->pages;
	if (bc_is_transient(bc, op))
		bc_uncharge(bc, mm->container, BC_PRIVVM, op->pages);
}

void bc_commit_unmap(struct bc *bc, const struct mem_op *op)
{
	for (uint32_t i = 0; i < BC_RESOURCES; i++)
		if (bc_is_counted(op->vma, i))
			take(bc, bc_mm_of(bc, op), i, op->pages);
}

/* Becomes counted, charged by prepare() or not. */
static void commit_gain(struct bc *bc, const struct mem_op *op, uint32_t resource)
{
	uint64_t pages = bc_changed_pages(bc, op, resource);
	struct bc_mm *mm = bc_mm_of(bc, op);

	mm->reserved[resource] += op->pages;
	if (resource == BC_PRIVVM)
		mm->resident += op->pages - pages;
	if (!bc->pending.is_charged[resource])
		*missing_of(bc, mm, resource) += (int64_t)pages;	/* D18, D23 */
}

static void commit_loss(struct bc *bc, const struct mem_op *op, uint32_t resource)
{
	uint64_t pages = bc_changed_pages(bc, op, resource), resident = op->pages - pages;
	struct bc_mm *mm = bc_mm_of(bc, op);

	if (op->why == VMA_DRIVER && bc_is_posted(bc, D23_DRIVER_FLAGS)) {
		if (pages > mm->reserved[resource])
			pages = mm->reserved[resource];
		mm->reserved[resource] -= pages;
		*missing_of(bc, mm, resource) -= (int64_t)pages;
		return;
	}
	/* Resident pages keep their shares and are private no longer; those that D25 lost stay charged. */
	if (resource == BC_PRIVVM) {
		uint64_t known = resident < mm->resident ? resident : mm->resident;

		if (resident > mm->reserved[resource])
			resident = mm->reserved[resource];
		mm->resident -= known;
		mm->reserved[resource] -= resident;
		*missing_of(bc, mm, resource) -= (int64_t)(resident - known);
	}
	take(bc, mm, resource, pages);
}

void bc_commit_change(struct bc *bc, const struct mem_op *op)
{
	for (uint32_t i = 0; i < BC_RESOURCES; i++) {
		bool is_now = bc_is_counted(op->vma, i), was = bc_is_counted(op->old_vma, i);

		if (is_now && !was)
			commit_gain(bc, op, i);
		else if (was && !is_now)
			commit_loss(bc, op, i);
	}
}

static void move_resource(struct bc *bc, struct bc_mm *mm, const struct mem_op *op, uint32_t resource)
{
	uint64_t old = op->old_pages < mm->reserved[resource] ? op->old_pages : mm->reserved[resource];
	uint64_t stays = op->pages < old ? op->pages : old;

	if (bc->pending.is_charged[resource])
		mm->reserved[resource] += bc->pending.pages[resource];
	if (bc_is_moved(op) && !bc_is_posted(bc, D22_MOVE_UNCHARGED)) {
		take(bc, mm, resource, old);
		return;
	}
	take(bc, mm, resource, old - stays);
	if (bc_is_moved(op)) {
		/* D22: the old place is credited, the new one was never charged. */
		bc_uncharge(bc, mm->container, resource, stays);
		*missing_of(bc, mm, resource) += (int64_t)stays;
	}
}

/* A move that shrinks is charged while its tail is still held: replay/ unmaps that first. */
void bc_commit_move(struct bc *bc, const struct mem_op *op)
{
	for (uint32_t i = 0; i < BC_RESOURCES; i++)
		if (bc_is_counted(op->vma, i))
			move_resource(bc, bc_mm_of(bc, op), op, i);
}

void bc_commit_shm(struct bc *bc, const struct mem_op *op)
{
	struct beancounter *b = bc_beancounter(bc, op->container);
	struct bc_resource *locked = &b->resources[BC_LOCKED];
	uint64_t pages = op->pages;

	if (op->kind == OP_SHM_LOCK) {
		b->shm_locked += pages;
		locked->missing += (int64_t)(pages - bc_shm_pages(bc, pages));
		return;
	}
	if (pages > b->shm_locked)
		pages = b->shm_locked;
	b->shm_locked -= pages;
	locked->missing -= (int64_t)(pages - bc_shm_pages(bc, pages));
	bc_uncharge(bc, op->container, BC_LOCKED, bc_shm_pages(bc, pages));
}

void bc_end_mm(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm = bc_mm_of(bc, op);

	for (uint32_t i = 0; i < BC_RESOURCES; i++)
		take(bc, mm, i, mm->reserved[i]);
	*mm = (struct bc_mm){ 0 };
}
