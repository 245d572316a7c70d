// SPDX-License-Identifier: GPL-2.0-or-later
/* Room for a charge: what a policy may do in a world, and who dies when it fails. */
#include "replay/world_state.h"

#include "base/xalloc.h"
#include "reclaim/oom.h"

#include <stdio.h>
#include <stdlib.h>

/* What runs are apart by, at most 64 pages (what a CPU keeps in stock) and a 128th of a limit in all. */
#define TIGHTEN_PAGES 3
#define TIGHTEN_MOST 64
#define TIGHTEN_PART 128

void world_incident(struct world *world, uint32_t container, enum incident_kind kind, uint64_t pages,
		    uint32_t mm, const char *detail)
{
	struct incident added = { .begin_ns = world->op->time_ns, .pages = pages, .pid = ROW_NONE };
	const struct facts *source = world->config.facts;
	struct mm_facts facts = { 0 };

	if (mm) {
		source->class->mm(source, mm, &facts);
		added.pid = facts.pid;
		snprintf(added.comm, sizeof(added.comm), "%s", source->class->comm(source, mm));
	}
	snprintf(added.detail, sizeof(added.detail), "%s", detail);
	world_outcome(world, container)->incidents[kind]++;
	if (world->config.sink)
		incident_add(&world->incidents[0], container, kind, &added);
}

struct killing {
	struct world *world;
	uint32_t mm;
	uint64_t pages;
};

static void kill_entry(void *context, uint64_t vpn, uint32_t page, uint64_t stamp, bool is_old, bool is_out)
{
	struct killing *killing = context;
	struct world *world = killing->world;
	const struct mem_op *op = world->op;
	struct residence *r;

	if (is_out && !world_keeps(world, page))
		return;
	/* The facts already hold the operation in work; this world does not. */
	if (stamp == op->seq && killing->mm == op->mm && vpn == op->vpn) {
		if (op->kind != OP_MAP || !op->old_page)
			return;
		page = op->old_page;
		stamp = world->is_old_back ? op->seq : op->stamp;
		is_old = !world->is_old_back && !op->was_young;
	}
	r = world_residence(world, page);
	if (!world_is_present(world, r, killing->mm, vpn, stamp) || !r->mapcount)
		return;
	if (!is_old && stamp >= r->cleared_at && r->nr_young)
		r->nr_young--;
	killing->pages += r->mapcount == 1;
	world_unmap(world, &(struct mem_op){ .time_ns = op->time_ns, .seq = op->seq, .kind = OP_UNMAP, .page = page,
					  .mm = killing->mm, .vpn = vpn, .why = WHY_EXIT, .page_kind = r->kind }, 1);
}

void world_kill(struct world *world, uint32_t container, uint32_t mm)
{
	struct killing killing = { .world = world, .mm = mm };

	world->config.facts->class->visit(world->config.facts, mm, kill_entry, &killing);
	world_set_void(world, mm, true);
	world_outcome(world, container)->oom_kills++;
	if (!world->diverged_ns)
		world->diverged_ns = world->op->time_ns;
	world_incident(world, container, INCIDENT_OOM_KILL, killing.pages, mm, "");
}

/* The victim's mm; the one that faults when nobody else qualifies. */
static uint32_t choose_victim(struct world *world, uint32_t container)
{
	const struct facts *source = world->config.facts;
	uint32_t nr_mms = source->class->nr_mms(source), victim = world->op->mm;
	struct oom_candidate *candidates = xcalloc(nr_mms, sizeof(*candidates));
	int64_t chosen;
	size_t nr = 0;

	for (uint32_t mm = 1; mm < nr_mms; mm++) {
		struct mm_facts facts;

		source->class->mm(source, mm, &facts);
		if (facts.is_alive && !world_is_void(world, mm))
			candidates[nr++] = (struct oom_candidate){
				.total_vm = facts.total_vm, .mm = mm, .pid = facts.pid,
				.parent_mm = facts.parent_mm,
				.container = hierarchy_is_within(world->config.hierarchy, facts.container, container) ?
					     container : facts.container };
	}
	chosen = oom_select(candidates, nr, container, world_is_posted(world, D38_OOM_OUTSIDER));
	if (chosen >= 0)
		victim = candidates[chosen].mm;
	free(candidates);
	return victim;
}

/* Runs lie evenly between nothing and the most that is taken. */
static uint64_t tightened(const struct world *world, uint64_t limit)
{
	uint64_t last = replay_runs(world->config.options) - 1, most = TIGHTEN_PAGES * last;

	if (limit == PAGES_UNLIMITED)
		return limit;
	most = most < TIGHTEN_MOST ? most : TIGHTEN_MOST;
	most = most < limit / TIGHTEN_PART ? most : limit / TIGHTEN_PART;
	return limit - most * world->config.run / last;
}

void world_tighten(struct world *world, uint32_t container)
{
	const struct model_counters *counters = world_counters(world, 0, container);
	struct container_outcome *outcome = world_outcome(world, container);

	if (outcome->is_tightened)
		return;
	outcome->is_tightened = true;
	world->config.model->set_limit(world->model, 0, container, tightened(world, counters->barrier),
				       tightened(world, counters->limit));
}

bool world_reclaim(struct world *world, uint32_t container, struct reclaim_result *result)
{
	struct container_outcome *outcome = world_outcome(world, container);

	world->reclaiming = container;
	world->taking = *world->op;
	world->taking.kind = OP_UNMAP;
	world->taking.why = WHY_RECLAIM;
	world->policy->class->reclaim(world->policy, container, result);
	for (size_t i = 0; i < world->nr_written; i++)
		world->policy->class->written(world->policy, world->written[i]);
	world->nr_written = 0;
	world_end_wait(world);
	outcome = world_outcome(world, container);
	outcome->reclaim_calls++;
	outcome->scanned += result->scanned;
	outcome->scanned_anon += result->scanned_anon;
	outcome->activated += result->activated;
	outcome->deactivated += result->deactivated;
	outcome->uncharged += result->uncharged;
	world->last_reclaim = *result;
	world_incident(world, container, INCIDENT_RECLAIM, result->uncharged, world->op->mm, "");
	return result->success;
}

/* What a fault that is refused for good leaves behind, as posted: defects of RSS07, which memcg freed the page of. */
static void leak(struct world *world, const struct mem_op *op, uint32_t container)
{
	bool is_copy = op->why == WHY_COPY && op->old_page;
	/* A write to a private file page nobody had mapped copies it early. */
	bool is_file = op->why == WHY_FILE || (op->why == WHY_COPY && !op->old_page);

	if (!world->config.model->charges_mapped)
		return;
	if (op->why == WHY_SWAP_IN && world_is_posted(world, D2_SWAP_IN_LEAK))
		world_incident(world, container, INCIDENT_ANOMALY, 1, op->mm, "D2: a swapped-in page keeps a reference");
	else if (is_copy && world_is_posted(world, D3_COPY_LEAK))
		world_incident(world, container, INCIDENT_ANOMALY, 1, op->mm, "D3: the copy is lost");
	else if (is_file && world_is_posted(world, D4_FAULT_LEAK))
		world_incident(world, container, INCIDENT_ANOMALY, 1, op->mm, "D4: a file page keeps a reference");
}

/* Whether the operation takes a page's room: by the model's rule, mapped or new in the page cache. */
static bool takes_room(const struct world *world, const struct mem_op *op)
{
	if (world->config.model->charges_mapped)
		return op->kind == OP_MAP && op->why != WHY_FORK;
	if (op->kind == OP_KERNEL_CHARGE)
		return world->config.model->charges_kernel && op->pages;
	return (op->kind == OP_CACHE_ADD || (op->kind == OP_MAP && op->page_kind == PAGE_ANON)) &&
	       world->config.model->payer(world->model, op->page) < 0;
}

/* The nearest that has no room for what one below it is about to be charged; 0 = all have. */
static uint32_t full_above(struct world *world, uint32_t container)
{
	const uint32_t own = container;

	for (; container; container = hierarchy_parent(world->config.hierarchy, container))
		if ((container != own || world_outcome(world, container)->below[0]) &&
		    world_usage(world, 0, container) >= world_limit(world, container))
			return container;
	return 0;
}

bool world_has_room_above(struct world *world, uint32_t container)
{
	return !full_above(world, container);
}

/* A container above has no room for what one below it is about to be charged. */
static bool is_refused_above(struct world *world, const struct mem_op *op, struct refusal *refusal)
{
	uint32_t full;

	if (world_stands_alone(world, op->container) || !takes_room(world, op))
		return false;
	full = full_above(world, op->container);
	if (!full)
		return false;
	world_outcome(world, full)->failcnt_below++;
	*refusal = (struct refusal){ .container = full };
	return true;
}

bool world_is_refused(struct world *world, const struct mem_op *op, struct refusal *refusal, bool *is_above)
{
	*is_above = world->policy && is_refused_above(world, op, refusal);
	return *is_above || world->config.model->prepare(world->model, op, refusal) == VERDICT_REFUSED;
}

/* Who gives way when a container is full: of it and those below, the one that holds most. */
static uint32_t largest_within(struct world *world, uint32_t container)
{
	uint32_t largest = container;

	for (uint32_t i = 1; i < world->nr_containers; i++)
		if (world_held(world, i) > world_held(world, largest) &&
		    hierarchy_is_within(world->config.hierarchy, i, container))
			largest = i;
	return largest;
}

/* Of a full container, or of those below it the one that holds most. */
static uint32_t who_gives(struct world *world, uint32_t container)
{
	return world_outcome(world, container)->below[0] ? largest_within(world, container) : container;
}

/*
 * mem_cgroup_resize_limit().  Progress is usage that fell, besides what reclaim says: RECLAIM07 may say
 * that there is room under the old limit.
 */
bool world_make_fit(struct world *world, uint32_t container, uint64_t limit)
{
	const struct model_class *model = world->config.model;
	struct reclaim_result result = { 0 };
	uint32_t rounds = 0;
	uint64_t usage;

	if (!world->policy || !model->resizes || !model->resizes(&world->config.options->model_rules))
		return true;
	while ((usage = world_usage(world, 0, container)) > limit) {
		if (rounds == RECLAIM_RETRIES)
			return false;
		world_reclaim(world, who_gives(world, container), &result);
		rounds += !(result.success && world_usage(world, 0, container) < usage);
	}
	return true;
}

/*
 * While refused reclaim (models.md 1.3), as often as rules D9 and D10 say, then kill.
 * False: the operation does not happen here.
 */
static bool make_room(struct world *world, const struct mem_op *op, struct refusal refusal, bool is_above)
{
	const struct model_class *model = world->config.model;
	struct reclaim_result result = { 0 };
	uint32_t rounds = 0, nr_stuck = 0, victim, asked;
	uint64_t before;
	bool is_room;

	do {
		if (!world->policy) {
			world_incident(world, refusal.container, INCIDENT_CHARGE_FAILED, 1, op->mm, "");
			return false;
		}
		if (world->config.run)
			world_tighten(world, refusal.container);
		before = world_usage(world, 0, refusal.container);
		asked = who_gives(world, refusal.container);
		if (world_reclaim(world, asked, &result) && !is_above)
			model->reclaimed(world->model, refusal.container);
		if (asked != refusal.container)
			world_outcome(world, refusal.container)->reclaim_calls++;
		nr_stuck = result.progress || world_usage(world, 0, refusal.container) != before ? 0 : nr_stuck + 1;
		if (result.success && nr_stuck >= RECLAIM_LIVELOCK_CALLS && world_is_posted(world, D9_ENDLESS_RETRY)) {
			world_incident(world, refusal.container, INCIDENT_LIVELOCK, 1, op->mm, "");
			return false;
		}
		is_room = world_usage(world, 0, refusal.container) < world_limit(world, refusal.container);
		if (reclaim_retry(&world->config.options->model_rules, &result, is_room, rounds)) {
			rounds += !is_room;
			continue;
		}
		rounds = 0;
		world_incident(world, refusal.container, INCIDENT_CHARGE_FAILED, 1, op->mm, "");
		victim = choose_victim(world, refusal.container);
		if (victim)
			world_kill(world, refusal.container, victim);
		if (victim == op->mm || !victim || world->policy->class->gives_up) {
			if (victim != op->mm && op->mm && op->kind == OP_MAP)
				world_kill(world, refusal.container, op->mm);
			leak(world, op, refusal.container);
			return false;
		}
	} while (world_is_refused(world, op, &refusal, &is_above));
	return true;
}

bool world_make_room(struct world *world, const struct mem_op *op, struct refusal *refusal, bool is_above)
{
	return world->is_modern ? world_charge(world, op, refusal) : make_room(world, op, *refusal, is_above);
}

bool world_prepare_within(struct world *world, const struct mem_op *op)
{
	struct refusal refusal = { 0 };
	bool is_above;

	return !world_is_refused(world, op, &refusal, &is_above) || world_make_room(world, op, &refusal, is_above);
}
