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

/* --- the host of the policy --- */

static uint64_t host_usage(void *host, uint32_t container)
{
	return world_held(host, container);
}

static uint64_t host_limit(void *host, uint32_t container)
{
	const struct world *world = host;

	return world_counters(world, 0, container)->limit;
}

static bool is_locked(const struct world *world, uint32_t page)
{
	const struct facts *facts = world->config.facts;

	return facts->has_locked && facts->class->is_locked(facts, page);
}

static uint32_t zone_of(const struct world *world, uint32_t page)
{
	const struct facts *facts = world->config.facts;

	return facts->class->zone ? facts->class->zone(facts, page) : 0;
}

static struct page_nature host_nature(void *host, uint32_t page)
{
	const struct residence *r = world_residence(host, page);

	return (struct page_nature){ .zone = zone_of(host, page), .is_anon = r->kind == PAGE_ANON,
				     .is_shmem = r->kind == PAGE_SHMEM };
}

/* Of a policy of 2007 or 2008. */
static void host_view(void *host, uint32_t page, struct page_view *view)
{
	const struct world *world = host;
	const struct residence *r = world_residence(world, page);
	const struct facts *facts = world->config.facts;

	*view = (struct page_view){
		.mapcount = r->mapcount,
		.zone = zone_of(world, page),
		.is_anon = r->kind == PAGE_ANON,
		.is_shmem = r->kind == PAGE_SHMEM,
		.is_locked = is_locked(world, page),
		.is_dirty = r->kind == PAGE_SHMEM || (r->kind == PAGE_FILE && facts->class->is_dirty(facts, page)),
		.in_swap_cache = r->flags & RES_CLEAN,
		/* Whether another page of the file is mapped is not kept: this one stands for them. */
		.is_file_mapped = r->mapcount && r->kind != PAGE_ANON,
	};
}

/* --- and of one of today --- */

/* What few pages are; apart, so that others cost no registers. */
static __attribute__((noinline)) unsigned look_closely(struct world *world, uint32_t page, unsigned seen)
{
	enum write_state state = world_extra(world, page)->dirtied_ns ? world_write_state(world, page) : WRITE_CLEAN;

	if (is_locked(world, page))
		seen |= LOOK_LOCKED;
	return seen | (state == WRITE_DIRTY ? LOOK_DIRTY : state == WRITE_UNDER_WAY ? LOOK_WRITEBACK : 0);
}

static unsigned host_look(void *host, uint32_t page)
{
	struct world *world = host;
	const struct residence *r = world_residence(world, page);
	unsigned seen = (r->kind != PAGE_FILE ? LOOK_ANON : 0) | (r->mapcount ? LOOK_MAPPED : 0) |
			(r->is_reading ? LOOK_READING : 0) | (r->is_exec ? LOOK_EXEC : 0);

	if (world_extra(world, page)->dirtied_ns || world->config.facts->has_locked)
		return look_closely(world, page, seen);
	return seen;
}

static struct arrival host_arrival(void *host, uint32_t page)
{
	const struct world *world = host;
	const struct mem_op *op = world->op;
	uint32_t folio = world_extra(world, page)->folio;

	return (struct arrival){
		.folio = folio ? folio : page,
		.is_anon = world_residence(world, page)->kind != PAGE_FILE,
		.is_fault = op->mm && (op->kind == OP_MAP || op->kind == OP_USE),
		.is_written_to = op->kind == OP_CACHE_ADD && op->is_write && op->page == page,
	};
}

static uint32_t host_test_and_clear_young(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = world_residence(world, page);
	bool is_assumed = world->config.is_assumed && world->config.options->reuse_ns;
	uint32_t nr = is_assumed ? world_assume_young(world, page) : r->nr_young;

	r->nr_young = 0;
	r->cleared_at = world->op->seq;
	return nr;
}

/* Slots of what the container and those below had swapped out. */
static uint64_t swapped(const struct world *world, uint32_t container)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < world->nr_containers; i++)
		if (hierarchy_is_within(world->config.hierarchy, i, container))
			sum += world->config.model->stat(world->model, i).swap;
	return sum;
}

static uint64_t slots_left(const struct world *world)
{
	return world->config.options->machine.swap_pages - world->swap_used;
}

/* Where some container has a memory.swap.max. */
static __attribute__((noinline)) uint64_t swap_left_within(const struct world *world, uint32_t container)
{
	uint64_t left = slots_left(world);

	for (uint32_t i = container; i && world->has_swap_max; i = hierarchy_parent(world->config.hierarchy, i)) {
		const struct container_outcome *outcome = i < world->nr_containers ? &world->containers[i] : NULL;
		uint64_t used;

		if (!outcome || !outcome->has_swap_max)
			continue;
		used = swapped(world, i);
		if (outcome->swap_max <= used)
			return 0;
		left = left < outcome->swap_max - used ? left : outcome->swap_max - used;
	}
	return left;
}

/* mem_cgroup_get_nr_swap_pages(). */
static uint64_t host_swap_left(void *host, uint32_t container)
{
	const struct world *world = host;

	return world->has_swap_max ? swap_left_within(world, container) : slots_left(world);
}

static __attribute__((noinline)) bool has_slot_for(const struct world *world, uint32_t page)
{
	int64_t payer = world->config.model->payer(world->model, page);

	return swap_left_within(world, payer < 0 ? 0 : (uint32_t)payer) > 0;
}

static bool host_add_to_swap(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = world_residence(world, page);

	if (r->flags & RES_SLOT)
		return true;
	if (world->has_swap_max ? !has_slot_for(world, page) : !slots_left(world))
		return false;
	world->swap_used++;
	r->flags |= RES_SLOT;
	return true;
}

static bool host_unmap(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = world_residence(world, page);

	if (is_locked(world, page))
		return false;
	world->taking.page = page;
	world->taking.page_kind = r->kind;
	world_unmap(world, &world->taking, r->mapcount);
	world->has_evicted = true;
	r->nr_young = 0;
	r->unmapped_at = world->op->seq;
	r->nr_unmaps++;
	if (world->config.is_assumed && world->config.options->reuse_ns)
		world_assume_reuse(world, page);
	/* Today a page that is unmapped may still stay. */
	if (!world->has_extra || r->kind == PAGE_ANON)
		r->flags |= RES_EVICTED;
	return true;
}

static void host_wrote(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = world_residence(world, page);

	if (r->flags & RES_SLOT) {
		world_outcome(world, world->reclaiming)->swapped_out++;
		r->flags |= RES_CLEAN;
	}
	if (r->kind == PAGE_SHMEM)
		world_uncache(world, page);
	xgrow(&world->written, world->nr_written, &world->written_capacity, sizeof(*world->written));
	world->written[world->nr_written++] = page;
}

static void host_freed(void *host, uint32_t page)
{
	struct world *world = host;
	const struct residence *r = world_residence(world, page);

	world_outcome(world, world->reclaiming)->reclaimed++;
	if (r->kind != PAGE_ANON && !(r->flags & RES_UNCACHED))
		world_uncache(world, page);
}

/* What has a slot was written there before. */
static void host_freed_today(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = world_residence(world, page);
	struct container_outcome *outcome = &world->containers[world->reclaiming];

	outcome->reclaimed++;
	if (r->kind != PAGE_FILE && r->flags & RES_SLOT) {
		outcome->swapped_out++;
		r->flags |= RES_CLEAN;
	}
	if (r->kind != PAGE_ANON && !(r->flags & RES_UNCACHED))
		world_uncache(world, page);
}

static void host_protection(void *host, uint32_t container, struct protection *answer)
{
	const struct world *world = host;

	*answer = (struct protection){ .usage = world_usage(world, 0, container) };
	if (container >= world->nr_containers)
		return;
	answer->min = world->containers[container].min;
	answer->low = world->containers[container].low;
}

static uint64_t host_place(void *host, uint32_t page)
{
	const struct facts *facts = ((const struct world *)host)->config.facts;
	uint64_t index;
	uint32_t file;

	return facts->class->place(facts, page, &file, &index) ? (uint64_t)file << 36 ^ index : 0;
}

static uint32_t host_parent(void *host, uint32_t container)
{
	return hierarchy_parent(((const struct world *)host)->config.hierarchy, container);
}

static uint32_t host_nr_containers(void *host)
{
	return (uint32_t)((const struct world *)host)->config.hierarchy->nr;
}

static uint64_t host_rss(void *host, uint32_t container)
{
	const struct world *world = host;
	const struct model_class *model = world->config.model;

	return model->stat ? model->stat(world->model, container).rss : world_held(world, container);
}

void world_host_init(struct world *world)
{
	world->host = (struct reclaim_host){
		.host = world, .usage = host_usage, .limit = host_limit,
		.view = host_view, .nature = host_nature, .look = host_look, .arrival = host_arrival,
		.test_and_clear_young = host_test_and_clear_young, .add_to_swap = host_add_to_swap,
		.unmap = host_unmap, .wrote = host_wrote, .freed = world->has_extra ? host_freed_today : host_freed,
		.rss = host_rss, .swap_left = host_swap_left,
		.wake_flushers = world_wake_flushers, .place = host_place, .parent = host_parent,
		.nr_containers = host_nr_containers,
	};
}

void world_host_protect(struct world *world)
{
	world->host.protection = host_protection;
}

/* --- refusal: reclaim, kill, give up --- */

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

/* A container above has no room for what one below it is about to be charged. */
static bool is_refused_above(struct world *world, const struct mem_op *op, struct refusal *refusal)
{
	uint32_t container = op->container;

	/* By far the most: none above, none below. */
	if (!world_outcome(world, container)->below[0] && !hierarchy_parent(world->config.hierarchy, container))
		return false;
	if (!takes_room(world, op))
		return false;
	for (; container; container = hierarchy_parent(world->config.hierarchy, container)) {
		struct container_outcome *outcome = world_outcome(world, container);

		if ((container == op->container && !outcome->below[0]) ||
		    world_usage(world, 0, container) < host_limit(world, container))
			continue;
		outcome->failcnt_below++;
		*refusal = (struct refusal){ .container = container };
		return true;
	}
	return false;
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
		is_room = world_usage(world, 0, refusal.container) < host_limit(world, refusal.container);
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

/* Stage one of the patch: reserve. */
bool world_prepare(struct world *world, const struct mem_op *op)
{
	struct refusal refusal = { 0 };
	bool is_above;

	if (!world_is_refused(world, op, &refusal, &is_above))
		return true;
	return world->has_extra ? world_charge(world, op, &refusal) : make_room(world, op, refusal, is_above);
}
