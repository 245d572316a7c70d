// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uses that no recording shows (scenarios.md 5): in a world that assumes them,
 * each entry whose page was evicted here is used once more, as late as its end
 * allows: before it is unmapped, for an address space before any of it is, and
 * what is left when the recording ends.
 *
 * It is no upper bound: what is hot is used many times.
 *
 * With machine-wide --reuse T it is used every T instead, here or not.
 * Uses that a recording says may have been (mem_op.is_perhaps) are assumed when it says so.
 *
 * The facts do not know of these uses.  Where all entries of a page are back it is as if they had never gone;
 * else which came back by one is kept here, and is good until its page is evicted again.
 */
#include "replay/world_state.h"

#include "base/xalloc.h"
#include "rebuild/page.h"

#include <string.h>

bool world_is_revived(const struct world *world, const struct residence *r, uint32_t mm, uint64_t vpn)
{
	return r->was_revived && mm < world->nr_revived_mms && world->nr_revived[mm] &&
	       map64_get(&world->revived, world_entry_key(mm, vpn)) == world_nr_unmaps(world, r) + 1u;
}

void world_forget_revived_entry(struct world *world, uint32_t mm, uint64_t vpn)
{
	size_t nr = world->revived.nr;

	map64_remove(&world->revived, world_entry_key(mm, vpn));
	world->nr_revived[mm] -= (uint32_t)(nr - world->revived.nr);
}

void world_note_revived(struct world *world, uint32_t mm, uint64_t vpn, struct residence *r)
{
	size_t nr_mms = world->nr_revived_mms, nr = world->revived.nr;

	if (mm >= nr_mms) {
		world->nr_revived_mms = mm * (size_t)2 + 64;
		world->nr_revived = xrealloc(world->nr_revived, world->nr_revived_mms, sizeof(*world->nr_revived));
		memset(world->nr_revived + nr_mms, 0, (world->nr_revived_mms - nr_mms) * sizeof(*world->nr_revived));
	}
	r->was_revived = true;
	map64_set(&world->revived, world_entry_key(mm, vpn), world_nr_unmaps(world, r) + 1u);
	world->nr_revived[mm] += (uint32_t)(world->revived.nr - nr);
}

/* For uses of entries in the mm and at the time of op. */
static struct mem_op use_in(const struct mem_op *op)
{
	struct mem_op use = *op;

	use.is_write = false;
	return use;
}

/* An entry of the mm of `use` that is not there is used: a fault of this world. */
static bool revive(struct world *world, struct mem_op *use, uint64_t vpn, uint32_t page)
{
	if (world_is_void(world, use->mm))
		return false;
	use->vpn = vpn;
	return world_fault_in_by(world, use, page, false);
}

/* One that may live on, and be copied. */
static void revive_living(struct world *world, const struct mem_op *op, uint64_t vpn, uint32_t page)
{
	struct mem_op use = use_in(op);

	if (revive(world, &use, vpn, page))
		world_note_revived(world, op->mm, vpn, world_residence(world, page));
}

/* One that ends, set at stamp; beside it the facts have as many of the page. */
static void revive_ending(struct world *world, struct mem_op *use, uint64_t vpn, uint32_t page, uint64_t stamp,
			  uint32_t nr_others)
{
	struct residence *r = world_residence(world, page);

	if (!revive(world, use, vpn, page))
		return;
	if (nr_others)
		world_note_revived(world, use->mm, vpn, r);
	else
		r->unmapped_at = stamp;
}

void world_assume_use(struct world *world, const struct mem_op *op)
{
	struct residence *r = world_residence(world, op->page);

	if (!world_is_present(world, r, op->mm, op->vpn, op->stamp) || !r->mapcount)
		revive_living(world, op, op->vpn, op->page);
	else if (op->stamp < r->cleared_at && r->nr_young < r->mapcount)
		r->nr_young++;
}

#define LOOK_AHEAD 16	/* rows on their way from memory at one time */

struct ending_entry {
	uint64_t vpn, stamp;
	uint32_t page;
	bool is_out;
};

struct ending {
	struct world *world;
	struct mem_op use;	/* of the entry in work */
	bool has_revived;	/* some entry of it was, before */
	uint32_t nr;
	struct ending_entry soon[LOOK_AHEAD];	/* the last of nr, modulo this */
};

/* Apart: most go by more quickly than registers are kept. */
static __attribute__((noinline)) void revive_entry(struct ending *ending, const struct ending_entry *e)
{
	struct world *world = ending->world;

	if (ending->has_revived && world_is_revived(world, world_residence(world, e->page), ending->use.mm, e->vpn))
		return;
	revive_ending(world, &ending->use, e->vpn, e->page, e->stamp,
		      world->config.facts->class->nr_entries(world->config.facts, e->page) - 1);
}

static inline void end_entry(struct ending *ending, const struct ending_entry *e)
{
	struct world *world = ending->world;

	if (e->is_out && !world_keeps(world, e->page))
		return;
	if (!world_stands(world, world_residence(world, e->page), ending->use.mm, e->vpn, e->stamp))
		revive_entry(ending, e);
}

static void fetch_entry(void *context, uint64_t vpn, uint32_t page, uint64_t stamp, bool is_old, bool is_out)
{
	struct ending *ending = context;
	struct ending_entry *e = &ending->soon[ending->nr % LOOK_AHEAD];

	(void)is_old;
	if (ending->nr++ >= LOOK_AHEAD)
		end_entry(ending, e);
	if (page < ending->world->rows.nr)
		record_prefetch(&ending->world->rows, page);
	page_prefetch(ending->world->config.facts->pages, page);
	*e = (struct ending_entry){ .vpn = vpn, .stamp = stamp, .page = page, .is_out = is_out };
}

/* Every entry of op's mm that is not here. */
static void revive_all(struct world *world, const struct mem_op *op)
{
	struct ending ending = {
		.world = world, .use = use_in(op), .has_revived = op->mm < world->nr_revived_mms && world->nr_revived[op->mm] };
	uint32_t nr_left;

	world->config.facts->class->visit(world->config.facts, op->mm, fetch_entry, &ending);
	nr_left = ending.nr < LOOK_AHEAD ? ending.nr : LOOK_AHEAD;
	for (uint32_t i = ending.nr - nr_left; i != ending.nr; i++)
		end_entry(&ending, &ending.soon[i % LOOK_AHEAD]);
}

/* --- every so often --- */

struct reuse {
	uint64_t due_ns;
	uint32_t page, nr_unmaps;	/* the latter as it was: evicted again, it is another's turn */
};

/* What was due makes room for what is going to be: the rest moves to the begin, each once for one that goes. */
static void drop_done(struct world *world)
{
	size_t nr = world->nr_reuses - world->next_reuse;

	memmove(world->reuses, world->reuses + world->next_reuse, nr * sizeof(*world->reuses));
	world->next_reuse = 0;
	world->nr_reuses = nr;
}

void world_assume_reuse(struct world *world, uint32_t page)
{
	if (world->nr_reuses == world->reuses_capacity && world->next_reuse >= world->nr_reuses / 2 && world->nr_reuses)
		drop_done(world);
	xgrow(&world->reuses, world->nr_reuses, &world->reuses_capacity, sizeof(*world->reuses));
	world->reuses[world->nr_reuses++] = (struct reuse){
		.due_ns = world->op->time_ns + world->config.options->reuse_ns, .page = page,
		.nr_unmaps = world_nr_unmaps(world, world_residence(world, page)) };
}

uint32_t world_assume_young(struct world *world, uint32_t page)
{
	uint64_t *cleared_ns = world_cleared_ns(world, page);
	struct residence *r = world_residence(world, page);
	bool is_used = world->op->time_ns >= *cleared_ns + world->config.options->reuse_ns;

	*cleared_ns = world->op->time_ns;
	return is_used ? r->mapcount : r->nr_young;
}

/* The page of a use that is due; op gives the time. */
static void reuse(struct world *world, const struct mem_op *op, const struct reuse *due)
{
	const struct facts *facts = world->config.facts;
	struct residence *r = world_residence(world, due->page);
	struct mem_op use = { .time_ns = op->time_ns, .seq = op->seq, .kind = OP_USE, .cpu = op->cpu };
	struct mm_facts answer;
	uint64_t vpn, stamp;

	if (world_nr_unmaps(world, r) != due->nr_unmaps || r->mapcount ||
	    !facts->class->entry(facts, due->page, &use.mm, &vpn, &stamp))
		return;
	/* Of the operation in work this world has not heard yet. */
	if (stamp >= op->seq)
		return;
	facts->class->mm(facts, use.mm, &answer);
	use.container = answer.container;
	world->op = &use;
	if (!world_is_present(world, r, use.mm, vpn, stamp))
		revive_living(world, &use, vpn, due->page);
	world->op = op;
}

static void reuse_all_due(struct world *world, const struct mem_op *op)
{
	while (world->next_reuse < world->nr_reuses && world->reuses[world->next_reuse].due_ns <= op->time_ns) {
		struct reuse due = world->reuses[world->next_reuse++];

		reuse(world, op, &due);
	}
}

/* --- once, before the end --- */

static bool *is_ending(struct world *world, uint32_t mm)
{
	if (mm >= world->nr_ending) {
		size_t nr = mm * (size_t)2 + 64;

		world->is_ending = xrealloc(world->is_ending, nr, sizeof(*world->is_ending));
		memset(world->is_ending + world->nr_ending, 0, nr - world->nr_ending);
		world->nr_ending = nr;
	}
	return &world->is_ending[mm];
}

void world_assume(struct world *world, const struct mem_op *op)
{
	const struct facts *facts = world->config.facts;

	if (world->config.options->reuse_ns) {
		reuse_all_due(world, op);
		return;
	}
	if (op->kind == OP_MM_NEW)
		*is_ending(world, op->mm) = false;
	if (op->is_out && !world_keeps(world, op->page))
		return;
	if (op->kind != OP_UNMAP || (op->why != WHY_EXIT && op->why != WHY_ZAP) || !op->mm)
		return;
	/* Once: what these uses evict in turn is not used again. */
	if (*is_ending(world, op->mm))
		return;
	/* The facts hold the rest, and no longer this one. */
	if (world->has_evicted &&
	    !world_is_present(world, world_residence(world, op->page), op->mm, op->vpn, op->stamp)) {
		struct mem_op use = use_in(op);

		revive_ending(world, &use, op->vpn, op->page, op->stamp, facts->class->nr_entries(facts, op->page));
	}
	if (op->why != WHY_EXIT)
		return;
	*is_ending(world, op->mm) = true;
	if (world->has_evicted)
		revive_all(world, op);
}

void world_assume_end(struct world *world, uint64_t end_ns)
{
	const struct facts *facts = world->config.facts;
	uint32_t nr_mms = facts->class->nr_mms(facts);

	if (world->config.options->reuse_ns || !world->has_evicted)
		return;
	for (uint32_t mm = 1; mm < nr_mms; mm++) {
		struct mem_op op = { .kind = OP_USE, .mm = mm, .time_ns = end_ns, .seq = world->seq + 1 };
		struct mm_facts answer;

		facts->class->mm(facts, mm, &answer);
		if (!answer.is_alive || world_is_void(world, mm))
			continue;
		op.container = answer.container;
		world->op = &op;
		revive_all(world, &op);
	}
}
