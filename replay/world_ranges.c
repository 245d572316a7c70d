// SPDX-License-Identifier: GPL-2.0-or-later
/* Reservations in a world: ranges that are charged, denied, or void since. */
#include "replay/world_state.h"

#include <errno.h>
#include <stdio.h>

/* --- reservations --- */

static void note_all(struct world *world, uint32_t container)
{
	for (uint32_t i = 0; i < world->nr_resources; i++)
		world_note(world, i, container);
}

static const char *call_of(const struct mem_op *op)
{
	static const char *const names[VMA_NR] = {
		[VMA_MMAP] = "mmap", [VMA_BRK] = "brk", [VMA_ELF_BRK] = "exec", [VMA_STACK] = "stack growth",
		[VMA_INSERT] = "exec", [VMA_ELF] = "exec", [VMA_FORK] = "fork", [VMA_DRIVER] = "mmap",
	};

	if (op->kind == OP_VMA_CHANGE)
		return (op->vma ^ op->old_vma) & VMA_LOCKED ? "mlock" : "mprotect";
	if (op->kind == OP_VMA_MOVE)
		return "mremap";
	if (op->kind == OP_SHM_LOCK)
		return "shmctl";
	return op->kind == OP_VMA_MAP && op->why < VMA_NR ? names[op->why] : "call";
}

static const char *errno_name(int number)
{
	return number == ENOMEM ? "ENOMEM" : number == EAGAIN ? "EAGAIN" : number == EPERM ? "EPERM" :
	       number ? "an error" : "SIGSEGV";
}

/* The address space does not come to be, or ends: what it was charged is given back. */
static void end_mm(struct world *world, const struct mem_op *op)
{
	struct mem_op gone = *op;

	world_set_void(world, op->mm, true);
	void_ranges_drop(&world->holes, op->mm);
	gone.kind = OP_MM_GONE;
	world->config.model->commit(world->model, &gone);
	note_all(world, op->container);
}

/* The call was granted in the facts and is refused here. */
static void deny(struct world *world, const struct mem_op *op, const struct refusal *refusal)
{
	const struct model_counters *c = world_counters(world, refusal->resource, refusal->container);
	struct incident added = { .begin_ns = op->time_ns, .pages = op->pages, .pid = ROW_NONE };
	const struct facts *source = world->config.facts;
	struct mm_facts facts = { 0 };
	uint32_t who = op->kind == OP_VMA_MAP && op->why == VMA_FORK && op->from_mm ? op->from_mm : op->mm;

	source->class->mm(source, who, &facts);
	added.pid = facts.pid;
	snprintf(added.comm, sizeof(added.comm), "%s", source->class->comm(source, who));
	snprintf(added.detail, sizeof(added.detail), "%s: %s, held %llu, barrier %lld, limit %lld", call_of(op),
		 errno_name(world->config.model->denial(op, refusal->resource)), (unsigned long long)c->held,
		 c->barrier == PAGES_UNLIMITED ? -1LL : (long long)c->barrier,
		 c->limit == PAGES_UNLIMITED ? -1LL : (long long)c->limit);
	world_outcome(world, refusal->container)->denied[refusal->resource]++;
	world_outcome(world, refusal->container)->incidents[INCIDENT_DENIED]++;
	world->last_denial = world->config.model->denial(op, refusal->resource);
	if (!world->diverged_ns)
		world->diverged_ns = op->time_ns;
	if (world->config.sink)
		incident_add(&world->incidents[refusal->resource], refusal->container, INCIDENT_DENIED, &added);
	if (op->kind == OP_VMA_MAP && op->why != VMA_MMAP && op->why != VMA_BRK && op->why != VMA_DRIVER)
		end_mm(world, op);
	else if (op->mm)
		void_range_add(&world->holes, &(struct void_range){
			.begin = op->kind == OP_VMA_MOVE ? op->to_vpn : op->vpn,
			.end = (op->kind == OP_VMA_MOVE ? op->to_vpn : op->vpn) + op->pages,
			.seq = op->seq, .mm = op->mm,
			.is_lock = op->kind == OP_VMA_CHANGE && (op->vma ^ op->old_vma) & VMA_LOCKED });
}

/* One operation on a range that is there, whole. */
static void range_whole(struct world *world, const struct mem_op *op)
{
	const struct model_class *model = world->config.model;
	struct refusal refusal = { 0 };

	if (world_is_void(world, op->mm))
		return;
	if (model->prepare(world->model, op, &refusal) == VERDICT_REFUSED) {
		deny(world, op, &refusal);
		return;
	}
	model->commit(world->model, op);
	note_all(world, op->container);
}

/* The same without the parts that are void; of what is void for mlock, without the lock. */
static void range_parts(struct world *world, const struct mem_op *op)
{
	uint64_t end = op->vpn + op->pages, begin = op->vpn, part_end;

	for (; begin < end; begin = part_end) {
		struct mem_op part = *op;
		const struct void_range *lock;

		part_end = void_ranges_next(&world->holes, op->mm, &begin, end, false);
		if (begin >= end)
			return;
		lock = void_range_at(&world->holes, op->mm, begin, true);
		if (lock) {
			part_end = lock->end < part_end ? lock->end : part_end;
			part.vma &= ~VMA_LOCKED;
			part.old_vma &= ~VMA_LOCKED;
		} else {
			part_end = void_ranges_next(&world->holes, op->mm, &begin, part_end, true);
		}
		part.vpn = begin;
		part.pages = part_end - begin;
		range_whole(world, &part);
	}
}

void world_range_op(struct world *world, const struct mem_op *op)
{
	if (op->kind == OP_VMA_MOVE)
		world_move_entries(world, op);
	if (!op->mm || !world->holes.nr) {
		range_whole(world, op);
		return;
	}
	if (op->kind == OP_VMA_MOVE && void_range_at(&world->holes, op->mm, op->vpn, false)) {
		/* What is not there moves: to nowhere. */
		void_ranges_cut(&world->holes, op->mm, op->vpn, op->vpn + op->old_pages);
		void_range_add(&world->holes, &(struct void_range){
			.begin = op->to_vpn, .end = op->to_vpn + op->pages, .seq = op->seq, .mm = op->mm });
		return;
	}
	if (op->kind == OP_VMA_MAP && op->why != VMA_FORK)
		void_ranges_cut(&world->holes, op->mm, op->vpn, op->vpn + op->pages);
	range_parts(world, op);
	if (op->kind == OP_VMA_UNMAP)
		void_ranges_cut(&world->holes, op->mm, op->vpn, op->vpn + op->pages);
	/* Unlocked, in the facts as here. */
	if (op->kind == OP_VMA_CHANGE && op->old_vma & VMA_LOCKED && !(op->vma & VMA_LOCKED))
		void_ranges_unlock(&world->holes, op->mm, op->vpn, op->vpn + op->pages);
}

static void mm_born(struct world *world, const struct mem_op *op)
{
	world_set_void(world, op->mm, world_is_void(world, op->from_mm));
	if (world->holes.nr && op->why == VMA_FORK) {
		void_ranges_drop(&world->holes, op->mm);
		void_ranges_copy(&world->holes, op->from_mm, op->mm);
	}
	if (!world_is_void(world, op->mm))
		world->config.model->commit(world->model, op);
}

static void mm_changed(struct world *world, const struct mem_op *op)
{
	if (world_is_void(world, op->mm))
		return;
	world->config.model->commit(world->model, op);
	note_all(world, op->container);
	if (op->kind == OP_MM_GONE && world->holes.nr)
		void_ranges_drop(&world->holes, op->mm);
}

void world_mm_op(struct world *world, const struct mem_op *op)
{
	if (op->kind == OP_MM_NEW)
		mm_born(world, op);
	else
		mm_changed(world, op);
}
