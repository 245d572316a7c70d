// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of most pages, the short way: memory that a task writes to for the first time, and that ends with it. Four in
 * five of all operations are of such.
 *
 * What world_entries.c, world_pages.c, the model and the policy do for any page comes here to a few counters, as is
 * known: that nothing is known of the page yet, or that one entry of anonymous memory is all there is to it; that no
 * entry or range is absent; that nobody above is full. Where that is not so, each function returns false and nothing
 * has happened but that time went on, and the operation is played whole.
 *
 * With --check none of it is taken: tests/golden/run.sh, tests/golden/sharing.py and tests/cli/followers.sh play the
 * same both ways.
 */
#include "replay/world_pages.h"

/* World_begin_op(), but for what is assumed. */
static inline void begin(struct world *world, const struct mem_op *op)
{
	world->op = op;
	world->seq = op->seq;
	if (op->time_ns >= world->due_ns)
		world_come_due(world, op->time_ns);
}

/* No entry and no range is missing that the facts have. */
static inline bool is_plain(const struct world *world, const struct mem_op *op)
{
	return world->has_short_ways && !(world->absent.nr | world->holes.nr) && !world_is_void(world, op->mm);
}

/* World_is_refused(): not by those above. */
static inline bool is_room_above(struct world *world, const struct container_outcome *outcome, uint32_t container)
{
	return !world->policy || outcome_stands_alone(outcome) || world_has_room_above(world, container);
}

/* Page-time up to now of who pays for so much less, or more, since; the series, if it is charged otherwise. */
static inline void note(struct world *world, uint32_t container, struct container_outcome *outcome,
			const struct model_counters *counters, uint64_t change)
{
	const struct model_class *model = world->config.model;

	if (!model->charges_mapped)
		world_note_time(outcome, (model->charges_kernel ? counters->pages : counters->held) - change, world->op->time_ns);
	if (counters->held != outcome->noted[0])
		world_note_held(world, outcome, 0, container, counters->held);
}

/* World_pay_high(): mostly nothing, as soon as what was charged on the counter was charged to this container. */
static inline void pay_high(struct world *world, uint32_t container, const struct container_outcome *outcome,
			    const struct model_counters *counters)
{
	if (outcome_stands_alone(outcome) && counters->held <= counters->barrier)
		world->model->counted = 0;
	else
		world_pay_high(world, container);
}

static bool map_fresh(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);
	const struct model_counters *counters;
	struct container_outcome *outcome;

	begin(world, op);
	if (!is_plain(world, op) || !record_is_clear(&world->rows, op->page) || op->container >= world->nr_containers)
		return false;
	outcome = &world->containers[op->container];
	if (!is_room_above(world, outcome, op->container))
		return false;
	counters = world->config.model->charge_fresh(world->model, op);
	if (!counters)
		return false;
	world->folio = world->joined = op->page;
	world_forget_revived(world, op->mm, op->vpn);
	*r = (struct residence){ .mapcount = 1, .nr_young = op->is_young, .kind = PAGE_ANON,
				 .is_exec = world->is_modern && op->vma & VMA_EXEC };
	world->nr_mapped++;
	if (world->policy)
		world->policy->class->charged_fresh(world->policy, op->page, op->container);
	note(world, op->container, outcome, counters, 1);
	if (world->model->counted && world->is_modern)
		pay_high(world, op->container, outcome, counters);
	return true;
}

/* World_assume() would do nothing: uses were assumed when the first of its entries went. */
static inline bool is_assumed_before(const struct world *world, uint32_t mm)
{
	return !world->config.is_assumed || (mm < world->nr_ending && world->is_ending[mm]);
}

/* As world_is_present(), where no entry is hidden. */
static inline bool stands(const struct world *world, const struct residence *r, const struct mem_op *op)
{
	return op->stamp >= r->unmapped_at || (world->revived.nr && world_is_revived(world, r, op->mm, op->vpn));
}

/* The only one that maps the page. */
static inline bool unmap_only(struct world *world, struct mem_op *op, struct residence *r)
{
	const struct model_counters *counters;
	uint32_t container;

	if (r->mapcount != 1 || r->kind != PAGE_ANON || r->flags & RES_MOVING || !stands(world, r, op))
		return false;
	counters = world->config.model->uncharge_fresh(world->model, op, &container);
	if (!counters)
		return false;
	if ((op->is_young || (world->is_modern && op->is_around)) && op->stamp >= r->cleared_at && r->nr_young)
		r->nr_young--;
	r->mapcount = 0;
	r->is_exec = false;
	world->nr_mapped--;
	if (world->policy)
		world->policy->class->uncharged(world->policy, op->page);
	note(world, container, world_outcome(world, container), counters, -UINT64_C(1));
	return true;
}

static bool unmap_fresh(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	begin(world, op);
	/* If nothing maps it, reclaim took what did. */
	if (!is_plain(world, op) || !is_assumed_before(world, op->mm) || (r->mapcount && !unmap_only(world, op, r)))
		return false;
	world_forget_revived_of(world, r, op->mm, op->vpn);
	return true;
}

/* Nothing maps it. What is left of it world_forget() clears. */
static __attribute__((noinline)) bool end_unmapped(struct world *world, struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	begin(world, op);
	if (!world->has_short_ways || r->mapcount)
		return false;
	world_free_slot(world, r);
	if (!world_is_nobodys(world, r))
		world_commit(world, op);
	return true;
}

/* Most leave nothing: not even time need go on. */
static bool end_fresh(struct world *world, struct mem_op *op)
{
	return (world->has_short_ways && record_is_clear(&world->rows, op->page)) || end_unmapped(world, op);
}

world_short_way *world_short_way_of(const struct mem_op *op)
{
	if (op->is_out || op->by)
		return NULL;
	if (op->kind == OP_PAGE_GONE)
		return end_fresh;
	if (op->page_kind != PAGE_ANON || !op->mm)
		return NULL;
	if (op->kind == OP_MAP && op->why == WHY_ANON && !op->old_page && !op->is_tail)
		return map_fresh;
	return op->kind == OP_UNMAP && op->why != WHY_MIGRATE && op->why != WHY_RECLAIM ? unmap_fresh : NULL;
}
