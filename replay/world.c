// SPDX-License-Identifier: GPL-2.0-or-later
/* The facts as one model makes them under one assignment of limits. */
#include "replay/world.h"

#include "base/map64.h"
#include "base/xalloc.h"
#include "reclaim/oom.h"
#include "replay/void_ranges.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RESOURCES 4	/* of one model */

enum residence_flags {
	RES_EVICTED = 1,	/* reclaimed here; not used since */
	RES_SLOT = 2,		/* holds a swap slot */
	RES_CLEAN = 4,		/* anonymous, as it is in its slot */
};

/* A page in this world. */
struct residence {
	uint64_t unmapped_at;	/* seq of the operation whose reclaim unmapped it */
	uint64_t cleared_at;	/* seq at which its entries were last made old */
	uint32_t mapcount;	/* entries present here */
	uint32_t nr_young;	/* of them, used since cleared_at */
	uint8_t kind;		/* enum page_kind */
	uint8_t flags;		/* enum residence_flags */
};

struct resource_limit {
	uint64_t barrier, limit;
	bool is_limited;
};

struct container_outcome {
	struct resource_limit limits[MAX_RESOURCES];
	uint64_t denied[MAX_RESOURCES];
	uint64_t reclaim_calls, scanned, uncharged, reclaimed, swapped_out, refaulted, oom_kills, void_ops;
	uint64_t incidents[INCIDENT_NR];	/* how often */
};

struct world {
	struct world_config config;
	struct model *model;
	struct policy *policy;		/* NULL: nothing is limited */
	struct reclaim_host host;
	size_t residence_offset;
	bool is_armed;
	bool *is_void;			/* by mm: ended here, or born of one that was */
	size_t nr_mms;
	struct void_ranges holes;
	struct map64 absent;		/* mm and vpn of entries whose charge was abandoned */
	uint64_t swap_used, nr_mapped;
	struct container_outcome *containers;
	size_t nr_containers, containers_capacity;
	uint32_t nr_resources;
	struct series series[MAX_RESOURCES];
	struct incidents incidents[MAX_RESOURCES];
	uint64_t diverged_ns;		/* 0 = never */
	const struct mem_op *op;	/* in work */
	uint64_t seq;			/* of the last one */
	uint32_t reclaiming;		/* container */
	struct reclaim_result last_reclaim;
	int last_denial;		/* errno; 0 = SIGSEGV, -1 = none yet */
	uint32_t *written;		/* pages whose write ends when the reclaim call does */
	size_t nr_written, written_capacity;
	enum status status;		/* of the sink, from within callbacks */
	struct error *err;
};

static size_t aligned(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

/* Index of a resource of the model, or -1. */
static int resource_of(const struct model_class *model, const char *name)
{
	for (int i = 0; model->resources[i]; i++)
		if (!strcmp(model->resources[i], name))
			return i;
	return -1;
}

static bool is_limiting(const struct world_config *config)
{
	if (config->spec && config->spec->is_written)
		return true;
	for (size_t i = 0; config->spec && i < config->spec->nr_limits; i++)
		if (resource_of(config->model, config->spec->limits[i].resource) >= 0)
			return true;
	return false;
}

static const struct policy_class *policy_of(const struct world_config *config)
{
	return config->model->policy && is_limiting(config) ? policy_by_name(config->model->policy) : NULL;
}

size_t world_row_bytes(const struct world_config *config)
{
	size_t bytes = aligned(sizeof(struct residence)) + aligned(config->model->page_bytes);

	return policy_of(config) ? bytes + aligned(policy_of(config)->page_bytes) : bytes;
}

static struct residence *residence_of(const struct world *world, uint32_t page)
{
	return record_at(world->config.rows, page, world->residence_offset);
}

static struct container_outcome *outcome_of(struct world *world, uint32_t container)
{
	while (world->nr_containers <= container) {
		xgrow(&world->containers, world->nr_containers, &world->containers_capacity,
		      sizeof(*world->containers));
		world->containers[world->nr_containers] = (struct container_outcome){ 0 };
		for (int i = 0; i < MAX_RESOURCES; i++)
			world->containers[world->nr_containers].limits[i] = (struct resource_limit){
				.barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED };
		world->nr_containers++;
	}
	return &world->containers[container];
}

static const struct model_counters *counters(const struct world *world, uint32_t resource, uint32_t container)
{
	return world->config.model->counters(world->model, resource, container);
}

/* Of the first resource: the one that pages are charged to. */
static uint64_t held(const struct world *world, uint32_t container)
{
	return counters(world, 0, container)->held;
}

/* --- what this world knows of entries --- */

static uint64_t absent_key(uint32_t mm, uint64_t vpn)
{
	return (uint64_t)mm << 46 ^ vpn;
}

static bool is_present(const struct world *world, const struct residence *r, uint32_t mm, uint64_t vpn,
		       uint64_t stamp)
{
	const struct void_range *hole = world->holes.nr ? void_range_at(&world->holes, mm, vpn, false) : NULL;

	if (hole && stamp > hole->seq)
		return false;
	return stamp >= r->unmapped_at && !(world->absent.nr && map64_get(&world->absent, absent_key(mm, vpn)));
}

static bool is_void(const struct world *world, uint32_t mm)
{
	return mm < world->nr_mms && world->is_void[mm];
}

static void set_void(struct world *world, uint32_t mm, bool value)
{
	if (mm >= world->nr_mms) {
		size_t nr = mm * 2 + 64;

		world->is_void = xrealloc(world->is_void, nr, sizeof(*world->is_void));
		memset(world->is_void + world->nr_mms, 0, nr - world->nr_mms);
		world->nr_mms = nr;
	}
	world->is_void[mm] = value;
}

/* --- charging and uncharging one page --- */

static void committed_map(struct world *world, const struct mem_op *op)
{
	const struct model_class *model = world->config.model;
	struct residence *r = residence_of(world, op->page);
	struct mem_op here = *op;
	int64_t payer = -1;

	here.mapcount = r->mapcount;
	model->commit(world->model, &here);
	if (!r->mapcount++) {
		world->nr_mapped++;
		payer = model->payer(world->model, op->page);
	}
	if (payer < 0)
		return;
	if (world->policy)
		world->policy->class->charged(world->policy, op->page, payer);
	series_note(&world->series[0], payer, held(world, payer));
}

/* `nr` of its entries go; the last ends the charge. */
static void uncharge(struct world *world, const struct mem_op *op, uint32_t nr)
{
	const struct model_class *model = world->config.model;
	struct residence *r = residence_of(world, op->page);
	struct mem_op here = *op;
	int64_t payer = model->payer(world->model, op->page);

	here.kind = OP_UNMAP;
	for (; nr; nr--) {
		here.mapcount = r->mapcount--;
		model->commit(world->model, &here);
	}
	if (r->mapcount)
		return;
	world->nr_mapped--;
	if (payer < 0 || model->payer(world->model, op->page) >= 0)
		return;
	if (world->policy)
		world->policy->class->uncharged(world->policy, op->page);
	series_note(&world->series[0], payer, held(world, payer));
}

static void free_slot(struct world *world, struct residence *r)
{
	if (r->flags & RES_SLOT)
		world->swap_used--;
	r->flags &= ~(RES_SLOT | RES_CLEAN);
}

/* --- the host of the policy --- */

static uint64_t host_usage(void *host, uint32_t container)
{
	return held(host, container);
}

static uint64_t host_limit(void *host, uint32_t container)
{
	const struct world *world = host;

	return counters(world, 0, container)->limit;
}

static bool is_locked(const struct world *world, uint32_t page)
{
	return world->config.facts->class->is_locked(world->config.facts, page);
}

static void host_view(void *host, uint32_t page, struct page_view *view)
{
	const struct world *world = host;
	const struct residence *r = residence_of(world, page);

	*view = (struct page_view){
		.mapcount = r->mapcount,
		.is_anon = r->kind == PAGE_ANON,
		.is_shmem = r->kind == PAGE_SHMEM,
		.is_locked = is_locked(world, page),
		.is_dirty = r->kind == PAGE_SHMEM || world->config.facts->class->is_dirty(world->config.facts, page),
		.in_swap_cache = r->flags & RES_CLEAN,
	};
}

static uint32_t host_test_and_clear_young(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = residence_of(world, page);
	uint32_t nr = r->nr_young;

	r->nr_young = 0;
	r->cleared_at = world->op->seq;
	return nr;
}

static bool host_add_to_swap(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = residence_of(world, page);

	if (r->flags & RES_SLOT)
		return true;
	if (world->swap_used >= world->config.options->machine.swap_pages)
		return false;
	world->swap_used++;
	r->flags |= RES_SLOT;
	return true;
}

static bool host_unmap(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = residence_of(world, page);
	struct mem_op op = *world->op;

	if (is_locked(world, page))
		return false;
	op.page = page;
	op.why = WHY_RECLAIM;
	op.page_kind = r->kind;
	uncharge(world, &op, r->mapcount);
	r->nr_young = 0;
	r->unmapped_at = world->op->seq;
	r->flags |= RES_EVICTED;
	return true;
}

static void host_wrote(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = residence_of(world, page);

	if (r->flags & RES_SLOT) {
		outcome_of(world, world->reclaiming)->swapped_out++;
		r->flags |= RES_CLEAN;
	}
	xgrow(&world->written, world->nr_written, &world->written_capacity, sizeof(*world->written));
	world->written[world->nr_written++] = page;
}

static void host_freed(void *host, uint32_t page)
{
	struct world *world = host;

	(void)page;
	outcome_of(world, world->reclaiming)->reclaimed++;
}

/* --- refusal: reclaim, kill, give up --- */

static void incident(struct world *world, uint32_t container, enum incident_kind kind, uint64_t pages,
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
	outcome_of(world, container)->incidents[kind]++;
	if (!world->status)
		world->status = incident_add(&world->incidents[0], container, kind, &added, world->err);
}

struct killing {
	struct world *world;
	uint32_t mm;
	uint64_t pages;
};

static void kill_entry(void *context, uint64_t vpn, uint32_t page, uint64_t stamp, bool is_old)
{
	struct killing *killing = context;
	struct world *world = killing->world;
	const struct mem_op *op = world->op;
	struct residence *r;

	/* The facts already hold the operation in work; this world does not. */
	if (stamp == op->seq && killing->mm == op->mm && vpn == op->vpn) {
		if (op->kind != OP_MAP || !op->old_page)
			return;
		page = op->old_page;
		stamp = op->stamp;
		is_old = !op->was_young;
	}
	r = residence_of(world, page);
	if (!is_present(world, r, killing->mm, vpn, stamp) || !r->mapcount)
		return;
	if (!is_old && stamp >= r->cleared_at && r->nr_young)
		r->nr_young--;
	killing->pages += r->mapcount == 1;
	uncharge(world, &(struct mem_op){ .time_ns = op->time_ns, .seq = op->seq, .page = page, .mm = killing->mm,
					  .vpn = vpn, .why = WHY_EXIT, .page_kind = r->kind }, 1);
}

static void kill_mm(struct world *world, uint32_t container, uint32_t mm)
{
	struct killing killing = { .world = world, .mm = mm };

	world->config.facts->class->visit(world->config.facts, mm, kill_entry, &killing);
	set_void(world, mm, true);
	outcome_of(world, container)->oom_kills++;
	if (!world->diverged_ns)
		world->diverged_ns = world->op->time_ns;
	incident(world, container, INCIDENT_OOM_KILL, killing.pages, mm, "");
}

static bool is_posted(const struct world *world, enum rule rule)
{
	return rules_posted(&world->config.options->model_rules, rule);
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
		if (facts.is_alive && !is_void(world, mm))
			candidates[nr++] = (struct oom_candidate){
				.total_vm = facts.total_vm, .mm = mm, .pid = facts.pid,
				.parent_mm = facts.parent_mm, .container = facts.container };
	}
	chosen = oom_select(candidates, nr, container, is_posted(world, D38_OOM_OUTSIDER));
	if (chosen >= 0)
		victim = candidates[chosen].mm;
	free(candidates);
	return victim;
}

static bool reclaim(struct world *world, uint32_t container, struct reclaim_result *result)
{
	struct container_outcome *outcome = outcome_of(world, container);

	*result = (struct reclaim_result){ 0 };
	world->reclaiming = container;
	world->policy->class->reclaim(world->policy, container, result);
	for (size_t i = 0; i < world->nr_written; i++)
		world->policy->class->written(world->policy, world->written[i]);
	world->nr_written = 0;
	outcome = outcome_of(world, container);
	outcome->reclaim_calls++;
	outcome->scanned += result->scanned;
	outcome->uncharged += result->unmapped;
	world->last_reclaim = *result;
	incident(world, container, INCIDENT_RECLAIM, result->unmapped, world->op->mm, "");
	return result->success;
}

/* What a fault that is refused for good leaves behind, as posted. */
static void leak(struct world *world, const struct mem_op *op, uint32_t container)
{
	if (op->why == WHY_SWAP_IN && is_posted(world, D2_SWAP_IN_LEAK))
		incident(world, container, INCIDENT_ANOMALY, 1, op->mm, "D2: a swapped-in page keeps a reference");
	else if (op->why == WHY_COPY && is_posted(world, D3_COPY_LEAK))
		incident(world, container, INCIDENT_ANOMALY, 1, op->mm, "D3: the copy is lost");
	else if (op->why == WHY_FILE && is_posted(world, D4_FAULT_LEAK))
		incident(world, container, INCIDENT_ANOMALY, 1, op->mm, "D4: a file page keeps a reference");
}

/*
 * Stage one of the patch: reserve, and while refused reclaim (models.md 1.3),
 * as often as rules D9 and D10 say, then kill.  False: the operation does not
 * happen here.
 */
static bool prepare(struct world *world, const struct mem_op *op)
{
	const struct model_class *model = world->config.model;
	struct reclaim_result result;
	struct refusal refusal;
	uint32_t rounds = 0, nr_stuck = 0, victim;
	uint64_t before;
	bool is_room;

	while (model->prepare(world->model, op, &refusal) == VERDICT_REFUSED) {
		if (!world->policy) {
			incident(world, refusal.container, INCIDENT_CHARGE_FAILED, 1, op->mm, "");
			return false;
		}
		before = held(world, refusal.container);
		if (reclaim(world, refusal.container, &result))
			model->reclaimed(world->model, refusal.container);
		nr_stuck = result.progress || held(world, refusal.container) != before ? 0 : nr_stuck + 1;
		if (result.success && nr_stuck >= RECLAIM_LIVELOCK_CALLS && is_posted(world, D9_ENDLESS_RETRY)) {
			incident(world, refusal.container, INCIDENT_LIVELOCK, 1, op->mm, "");
			return false;
		}
		is_room = held(world, refusal.container) < host_limit(world, refusal.container);
		if (reclaim_retry(&world->config.options->model_rules, &result, is_room, rounds)) {
			rounds += !is_room;
			continue;
		}
		rounds = 0;
		incident(world, refusal.container, INCIDENT_CHARGE_FAILED, 1, op->mm, "");
		victim = choose_victim(world, refusal.container);
		kill_mm(world, refusal.container, victim);
		if (victim == op->mm) {
			leak(world, op, refusal.container);
			return false;
		}
	}
	return true;
}

/* --- the operations --- */

/* A page that was reclaimed here is used again: read or swapped in. */
static void refault(struct world *world, struct residence *r, uint32_t container)
{
	if (r->flags & RES_EVICTED) {
		outcome_of(world, container)->refaulted++;
		r->flags &= ~RES_EVICTED;
	}
}

/* The entry of op is absent here and used: a fault of this world. */
static bool fault_in(struct world *world, const struct mem_op *op, uint32_t page, bool is_write)
{
	struct residence *r = residence_of(world, page);
	struct mem_op here = *op;

	here.kind = OP_MAP;
	here.page = page;
	here.page_kind = r->kind;
	here.why = r->kind == PAGE_ANON ? WHY_SWAP_IN : WHY_FILE;
	here.mapcount = r->mapcount;
	if (!prepare(world, &here))
		return false;
	refault(world, r, op->container);
	if (world->policy)
		world->policy->class->accessed(world->policy, page);
	if (world->absent.nr)
		map64_remove(&world->absent, absent_key(op->mm, op->vpn));
	if (is_write && r->kind == PAGE_ANON)
		free_slot(world, r);
	committed_map(world, &here);
	r->nr_young++;
	return true;
}

static void map_copy(struct world *world, const struct mem_op *op)
{
	struct residence *old = residence_of(world, op->old_page);
	struct mem_op unmapped = *op;
	bool is_there;

	/* The old page is read: where it was reclaimed here, it comes back first. */
	is_there = is_present(world, old, op->mm, op->vpn, op->stamp) && old->mapcount;
	if (!is_there && !fault_in(world, op, op->old_page, false))
		return;
	if (!prepare(world, op)) {
		if (!is_void(world, op->mm))
			map64_set(&world->absent, absent_key(op->mm, op->vpn), 1);
		return;
	}
	/* Unless making room for the copy took it away again: then it stays away. */
	if (old->mapcount && (is_there ? op->stamp >= old->unmapped_at : old->unmapped_at < op->seq)) {
		if (old->nr_young && (!is_there || (op->was_young && op->stamp >= old->cleared_at)))
			old->nr_young--;
		unmapped.page = op->old_page;
		unmapped.page_kind = old->kind;
		uncharge(world, &unmapped, 1);
	}
	committed_map(world, op);
	residence_of(world, op->page)->nr_young++;
}

static void map(struct world *world, const struct mem_op *op)
{
	struct residence *r = residence_of(world, op->page);

	r->kind = op->page_kind;
	if (op->old_page) {
		map_copy(world, op);
		return;
	}
	/* A copy of an entry that is absent here is absent too, and so is one that moved. */
	if ((op->why == WHY_FORK || op->why == WHY_MIGRATE) && op->stamp < r->unmapped_at)
		return;
	if (op->why == WHY_FORK && !r->mapcount)
		return;
	/* Fault-around maps what is cached; a page that was evicted here waits for its use. */
	if (op->why == WHY_AROUND && r->flags & RES_EVICTED && !r->mapcount) {
		r->unmapped_at = op->seq + 1;
		return;
	}
	if (!prepare(world, op)) {
		if (!is_void(world, op->mm) && op->why != WHY_SWAP_BAD)
			map64_set(&world->absent, absent_key(op->mm, op->vpn), 1);
		return;
	}
	if (op->why == WHY_SWAP_BAD) {	/* the page could not be read: nothing is mapped */
		world->config.model->cancel(world->model, op);
		return;
	}
	if (op->why != WHY_FORK && op->why != WHY_MIGRATE)
		refault(world, r, op->container);
	if (op->is_write && r->kind == PAGE_ANON)
		free_slot(world, r);
	if (world->policy && (op->why == WHY_FILE || op->why == WHY_SWAP_IN))
		world->policy->class->accessed(world->policy, op->page);
	committed_map(world, op);
	r->nr_young += op->is_young;
}

static void unmap(struct world *world, const struct mem_op *op)
{
	struct residence *r = residence_of(world, op->page);
	bool is_young = op->is_young && op->stamp >= r->cleared_at && r->nr_young;

	if (!is_present(world, r, op->mm, op->vpn, op->stamp) || !r->mapcount) {
		if (world->absent.nr)
			map64_remove(&world->absent, absent_key(op->mm, op->vpn));
		return;
	}
	r->nr_young -= is_young;
	if (is_young && r->kind != PAGE_ANON && world->policy && (op->why == WHY_ZAP || op->why == WHY_EXIT))
		world->policy->class->zapped_young(world->policy, op->page);
	uncharge(world, op, 1);
}

/* As posted, migration uncharges a page and charges it anew, entry by entry. */
static bool is_recharged(const struct world *world)
{
	return is_posted(world, D5_MIGRATE_PREPARE) || is_posted(world, D25_MIGRATE_DELETES);
}

/* As intended the owner stays; the entries come back old (models.md 2.1). */
static void migrate(struct world *world, const struct mem_op *op)
{
	struct residence *r = residence_of(world, op->page);

	if (op->kind == OP_UNMAP && op->is_young && op->stamp >= r->cleared_at && r->nr_young)
		r->nr_young--;
}

static void use(struct world *world, const struct mem_op *op)
{
	struct residence *r = residence_of(world, op->page);

	if (!op->mm) {
		/* read(2): the page is used, no entry is. */
		refault(world, r, op->container);
		if (world->policy)
			world->policy->class->accessed(world->policy, op->page);
		return;
	}
	if (!is_present(world, r, op->mm, op->vpn, op->stamp) || !r->mapcount) {
		fault_in(world, op, op->page, op->is_write);
		return;
	}
	if (!op->is_young || op->stamp < r->cleared_at)
		r->nr_young++;
	if (op->is_write && r->kind == PAGE_ANON)
		free_slot(world, r);
}

static void page_gone(struct world *world, const struct mem_op *op)
{
	struct residence *r = residence_of(world, op->page);

	/* Entries that this world did not see go: of tasks it ended. */
	if (r->mapcount)
		uncharge(world, op, r->mapcount);
	free_slot(world, r);
	world->config.model->commit(world->model, op);
}

/* --- reservations --- */

static void note_all(struct world *world, uint32_t container)
{
	for (uint32_t i = 0; i < world->nr_resources; i++)
		series_note(&world->series[i], container, counters(world, i, container)->held);
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

	set_void(world, op->mm, true);
	void_ranges_drop(&world->holes, op->mm);
	gone.kind = OP_MM_GONE;
	world->config.model->commit(world->model, &gone);
	note_all(world, op->container);
}

/* The call was granted in the facts and is refused here. */
static void deny(struct world *world, const struct mem_op *op, const struct refusal *refusal)
{
	const struct model_counters *c = counters(world, refusal->resource, refusal->container);
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
	outcome_of(world, refusal->container)->denied[refusal->resource]++;
	outcome_of(world, refusal->container)->incidents[INCIDENT_DENIED]++;
	world->last_denial = world->config.model->denial(op, refusal->resource);
	if (!world->diverged_ns)
		world->diverged_ns = op->time_ns;
	if (!world->status)
		world->status = incident_add(&world->incidents[refusal->resource], refusal->container,
					     INCIDENT_DENIED, &added, world->err);
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

	if (is_void(world, op->mm))
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

static void range(struct world *world, const struct mem_op *op)
{
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
		for (size_t i = world->holes.nr; i-- > 0;)
			if (world->holes.all[i].mm == op->mm && world->holes.all[i].is_lock &&
			    world->holes.all[i].begin >= op->vpn && world->holes.all[i].end <= op->vpn + op->pages)
				world->holes.all[i] = world->holes.all[--world->holes.nr];
}

static void mm_born(struct world *world, const struct mem_op *op)
{
	set_void(world, op->mm, is_void(world, op->from_mm));
	if (world->holes.nr && op->why == VMA_FORK) {
		void_ranges_drop(&world->holes, op->mm);
		void_ranges_copy(&world->holes, op->from_mm, op->mm);
	}
	if (!is_void(world, op->mm))
		world->config.model->commit(world->model, op);
}

static void mm_changed(struct world *world, const struct mem_op *op)
{
	if (is_void(world, op->mm))
		return;
	world->config.model->commit(world->model, op);
	note_all(world, op->container);
	if (op->kind == OP_MM_GONE && world->holes.nr)
		void_ranges_drop(&world->holes, op->mm);
}

/* The page cache, on behalf of a container. */
static void cache(struct world *world, const struct mem_op *op)
{
	const struct model_class *model = world->config.model;
	struct residence *r = residence_of(world, op->page);
	struct mem_op here = *op;

	r->kind = op->page_kind;
	here.mapcount = r->mapcount;
	if (op->kind == OP_CACHE_ADD && !prepare(world, &here))
		return;
	here.mapcount = r->mapcount;
	model->commit(world->model, &here);
}

static void note_anomaly(struct world *world)
{
	struct anomaly *anomaly = &world->model->anomaly;

	if (anomaly->text)
		incident(world, anomaly->container, INCIDENT_ANOMALY, anomaly->pages, world->op->mm, anomaly->text);
	anomaly->text = NULL;
}

enum status world_op(struct world *world, const struct mem_op *op, struct error *err)
{
	world->status = RC_OK;
	for (uint32_t i = 0; i < world->nr_resources && !world->status; i++)
		world->status = series_advance(&world->series[i], op->time_ns, err);
	world->op = op;
	world->seq = op->seq;
	world->err = err;
	if (op->kind == OP_MM_NEW) {
		mm_born(world, op);
	} else if (op->kind == OP_MM_MOVE || op->kind == OP_MM_GONE) {
		mm_changed(world, op);
	} else if (op->kind == OP_PAGE_GONE) {
		page_gone(world, op);
	} else if (op->mm && is_void(world, op->mm)) {
		outcome_of(world, op->container)->void_ops++;
	} else if (op->kind >= OP_VMA_MAP && op->kind <= OP_SHM_UNLOCK) {
		range(world, op);
	} else if (op->kind == OP_CACHE_ADD || op->kind == OP_CACHE_DEL) {
		cache(world, op);
	} else if (op->kind != OP_UNMAP && op->mm && world->holes.nr &&
		   void_range_at(&world->holes, op->mm, op->vpn, false)) {
		outcome_of(world, op->container)->void_ops++;
	} else if (op->why == WHY_MIGRATE && (op->kind == OP_MAP || op->kind == OP_UNMAP) && !is_recharged(world)) {
		migrate(world, op);
	} else if (op->kind == OP_MAP) {
		map(world, op);
	} else if (op->kind == OP_UNMAP) {
		unmap(world, op);
	} else if (op->kind == OP_USE) {
		use(world, op);
	}
	note_anomaly(world);
	return world->status;
}

/* --- life of a world --- */

struct world *world_create(const struct world_config *config)
{
	struct world *world = xcalloc(1, sizeof(*world));
	size_t offset = config->offset;

	world->config = *config;
	world->last_denial = -1;
	world->residence_offset = offset;
	offset += aligned(sizeof(struct residence));
	world->model = config->model->create(&(struct model_config){
		.pages = config->rows, .offset = offset, .rules = config->options->model_rules });
	offset += aligned(config->model->page_bytes);
	world->host = (struct reclaim_host){
		.host = world, .usage = host_usage, .limit = host_limit, .view = host_view,
		.test_and_clear_young = host_test_and_clear_young, .add_to_swap = host_add_to_swap,
		.unmap = host_unmap, .wrote = host_wrote, .freed = host_freed,
	};
	if (policy_of(config))
		world->policy = policy_of(config)->create(&(struct policy_config){
			.pages = config->rows, .offset = offset, .machine = &config->options->machine,
			.host = &world->host, .rules = config->options->model_rules });
	for (const char *const *resource = config->model->resources; *resource; resource++) {
		uint32_t i = world->nr_resources++;

		assert(i < MAX_RESOURCES);
		series_init(&world->series[i], config->sink, config->scenario, *resource, config->begin_ns,
			    config->interval_ns);
		incidents_init(&world->incidents[i], config->sink, config->scenario, *resource,
			       config->interval_ns);
	}
	return world;
}

void world_destroy(struct world *world)
{
	if (!world)
		return;
	world->config.model->destroy(world->model);
	if (world->policy)
		world->policy->class->destroy(world->policy);
	for (uint32_t i = 0; i < world->nr_resources; i++) {
		series_release(&world->series[i]);
		incidents_release(&world->incidents[i]);
	}
	map64_release(&world->absent);
	void_ranges_release(&world->holes);
	free(world->is_void);
	free(world->containers);
	free(world->written);
	free(world);
}

static void set_limits(struct world *world, uint32_t container)
{
	for (uint32_t i = 0; i < world->nr_resources; i++) {
		const struct resource_limit *limit = &outcome_of(world, container)->limits[i];

		if (limit->is_limited && world->is_armed)
			world->config.model->set_limit(world->model, i, container, limit->barrier, limit->limit);
	}
}

void world_containers(struct world *world, const struct containers *containers)
{
	const struct scenario_spec *spec = world->config.spec;

	for (uint32_t i = world->nr_containers; i < containers->nr; i++) {
		struct container_outcome *outcome = outcome_of(world, i);

		for (size_t l = 0; spec && l < spec->nr_limits; l++) {
			const struct scenario_limit *limit = &spec->limits[l];
			int resource = resource_of(world->config.model, limit->resource);

			if (resource >= 0 && container_matches(limit->pattern, i, containers->all[i].name,
							       containers->all[i].path))
				outcome->limits[resource] = (struct resource_limit){
					.barrier = limit->barrier_pages, .limit = limit->limit_pages,
					.is_limited = true };
		}
		set_limits(world, i);
	}
}

void world_arm(struct world *world)
{
	world->is_armed = true;
	for (uint32_t i = 0; i < world->nr_containers; i++)
		set_limits(world, i);
	world->config.model->reset_counters(world->model);
}

/* --- what a text by hand says --- */

static const struct { const char *name; size_t offset; } counter_figures[] = {
	{ "held", offsetof(struct model_counters, held) },
	{ "maxheld", offsetof(struct model_counters, maxheld) },
	{ "transient", offsetof(struct model_counters, transient) },
	{ "failcnt", offsetof(struct model_counters, failcnt) },
	{ "reclaim_successes", offsetof(struct model_counters, reclaims) },
	{ "barrier", offsetof(struct model_counters, barrier) },
	{ "limit", offsetof(struct model_counters, limit) },
};

static const struct { const char *name; size_t offset; } outcome_figures[] = {
	{ "reclaim_calls", offsetof(struct container_outcome, reclaim_calls) },
	{ "scanned", offsetof(struct container_outcome, scanned) },
	{ "uncharged", offsetof(struct container_outcome, uncharged) },
	{ "reclaimed", offsetof(struct container_outcome, reclaimed) },
	{ "swapped_out", offsetof(struct container_outcome, swapped_out) },
	{ "refaulted", offsetof(struct container_outcome, refaulted) },
	{ "oom_kills", offsetof(struct container_outcome, oom_kills) },
	{ "void_ops", offsetof(struct container_outcome, void_ops) },
};

static const struct { const char *name; size_t offset; } reclaim_figures[] = {
	{ "steps", offsetof(struct reclaim_result, steps) },
	{ "looks", offsetof(struct reclaim_result, looks) },
	{ "foreign_looks", offsetof(struct reclaim_result, foreign_looks) },
	{ "scanned", offsetof(struct reclaim_result, scanned) },
	{ "deactivated", offsetof(struct reclaim_result, deactivated) },
	{ "activated", offsetof(struct reclaim_result, activated) },
	{ "unmapped", offsetof(struct reclaim_result, unmapped) },
	{ "writes", offsetof(struct reclaim_result, writes) },
	{ "freed", offsetof(struct reclaim_result, freed) },
};

static uint64_t u64_at(const void *base, size_t offset)
{
	return *(const uint64_t *)((const char *)base + offset);
}

/* False: no such figure. */
static bool find_figure(struct world *world, uint32_t resource, const struct directive *directive, int64_t *value)
{
	const struct model_counters *c = counters(world, resource, directive->container);
	const struct reclaim_result *r = &world->last_reclaim;

	if (directive->about == EXPECT_RECLAIM) {
		for (size_t i = 0; i < sizeof(reclaim_figures) / sizeof(reclaim_figures[0]); i++)
			if (!strcmp(reclaim_figures[i].name, directive->figure))
				return *value = u64_at(r, reclaim_figures[i].offset), true;
		*value = !strcmp(directive->figure, "success") ? r->success :
			 !strcmp(directive->figure, "naps") ? (int64_t)r->naps : r->priority;
		return !strcmp(directive->figure, "success") || !strcmp(directive->figure, "naps") ||
		       !strcmp(directive->figure, "priority");
	}
	for (size_t i = 0; i < sizeof(counter_figures) / sizeof(counter_figures[0]); i++)
		if (!strcmp(counter_figures[i].name, directive->figure))
			return *value = u64_at(c, counter_figures[i].offset), true;
	if (!strcmp(directive->figure, "denied_calls"))
		return *value = outcome_of(world, directive->container)->denied[resource], true;
	for (size_t i = 0; i < sizeof(outcome_figures) / sizeof(outcome_figures[0]); i++)
		if (!strcmp(outcome_figures[i].name, directive->figure))
			return *value = u64_at(outcome_of(world, directive->container), outcome_figures[i].offset), true;
	return false;
}

static bool find_incidents(struct world *world, const struct directive *directive, int64_t *value)
{
	for (enum incident_kind kind = 0; kind < INCIDENT_NR; kind++)
		if (!strcmp(incident_name(kind), directive->figure))
			return *value = outcome_of(world, directive->container)->incidents[kind], true;
	return false;
}

static enum status expect(struct world *world, uint32_t resource, const struct directive *directive, struct error *err)
{
	bool is_known = true;
	int64_t found = 0;

	switch (directive->about) {
	case EXPECT_FIGURE:
	case EXPECT_RECLAIM:
		is_known = find_figure(world, resource, directive, &found);
		break;
	case EXPECT_INCIDENTS:
		is_known = find_incidents(world, directive, &found);
		break;
	case EXPECT_PAYER:
		found = world->config.model->payer(world->model, directive->page);
		break;
	case EXPECT_MAPPED:
		found = residence_of(world, directive->page)->mapcount;
		break;
	case EXPECT_KILLED:
		found = is_void(world, directive->mm);
		break;
	case EXPECT_DENIED:
		found = world->last_denial;
		break;
	}
	if (!is_known)
		return error_set(err, RC_INPUT, "there is no figure '%s' here",
				 directive->figure ? directive->figure : "denied");
	if (found == directive->value)
		return RC_OK;
	return error_set(err, RC_USAGE, "expected %" PRId64 ", found %" PRId64, directive->value, found);
}

enum status world_direct(struct world *world, const struct directive *directive, uint64_t now_ns, struct error *err)
{
	int resource = directive->resource ? resource_of(world->config.model, directive->resource) : 0;
	/* After the last operation and before the next. */
	struct mem_op op = { .time_ns = now_ns, .seq = world->seq + 1 };
	struct resource_limit *limit;
	struct reclaim_result result;

	if (directive->kind == DIRECTIVE_EXPECT)
		return expect(world, resource, directive, err);
	if (directive->kind == DIRECTIVE_LIMIT) {
		limit = &outcome_of(world, directive->container)->limits[resource];
		*limit = (struct resource_limit){ directive->barrier, directive->limit, true };
		set_limits(world, directive->container);
		return RC_OK;
	}
	world->op = &op;
	world->err = err;
	world->status = RC_OK;
	if (world->policy)
		reclaim(world, directive->container, &result);
	return world->status;
}

const char *world_check(struct world *world, bool is_full)
{
	uint64_t sum = 0;
	const char *broken;

	for (uint32_t i = 0; i < world->nr_containers; i++)
		sum += held(world, i);
	if (world->config.model->policy && sum != world->nr_mapped)
		return "R1: the sum of usage is not the number of mapped pages";
	if (!is_full)
		return NULL;
	broken = world->config.model->check(world->model, world->config.facts->class->nr_pages(world->config.facts));
	for (uint32_t i = 0; i < world->nr_containers && !broken && world->policy; i++)
		broken = world->policy->class->check(world->policy, i, held(world, i));
	return broken;
}

static int64_t pages_or_none(uint64_t pages)
{
	return pages == PAGES_UNLIMITED ? ROW_NONE : (int64_t)pages;
}

static enum status write_limit(struct world *world, uint32_t resource, uint32_t container, struct error *err)
{
	const struct resource_limit *limit = &outcome_of(world, container)->limits[resource];

	if (!limit->is_limited)
		return RC_OK;
	return world->config.sink->class->put(world->config.sink, &(struct row){
		.kind = ROW_LIMIT,
		.limit = {
			.scenario = world->config.scenario, .container = container,
			.resource = world->config.model->resources[resource],
			.barrier_pages = pages_or_none(limit->barrier), .limit_pages = pages_or_none(limit->limit),
		},
	}, err);
}

static enum status write_outcome(struct world *world, uint32_t resource, uint32_t container, struct error *err)
{
	const struct container_outcome *outcome = outcome_of(world, container);
	const struct resource_limit *limit = &outcome->limits[resource];
	const struct model_counters *c = counters(world, resource, container);

	return world->config.sink->class->put(world->config.sink, &(struct row){
		.kind = ROW_OUTCOME,
		.outcome = {
			.scenario = world->config.scenario, .container = container,
			.resource = world->config.model->resources[resource],
			.barrier_pages = pages_or_none(limit->barrier), .limit_pages = pages_or_none(limit->limit),
			.held_pages = c->held, .maxheld_pages = c->maxheld, .transient_pages = c->transient,
			.failcnt = c->failcnt, .reclaim_calls = outcome->reclaim_calls,
			.reclaim_successes = c->reclaims, .scanned_pages = outcome->scanned,
			.uncharged_pages = outcome->uncharged, .reclaimed_pages = outcome->reclaimed,
			.swapped_out_pages = outcome->swapped_out, .refaulted_pages = outcome->refaulted,
			.oom_kills = outcome->oom_kills, .denied_calls = outcome->denied[resource],
			.reclaimed_assumed = ROW_NONE,
			.swapped_out_assumed = ROW_NONE, .refaulted_assumed = ROW_NONE,
			.oom_kills_assumed = ROW_NONE, .denied_calls_assumed = ROW_NONE,
			.void_ops = outcome->void_ops,
			.diverged_ns = world->diverged_ns ? (int64_t)world->diverged_ns : ROW_NONE,
			/* Every charged page is mapped, and faults alone see no use of a present entry. */
			.evidence = 0.0,
		},
	}, err);
}

static enum status finish_resource(struct world *world, uint32_t resource, uint64_t end_ns, struct error *err)
{
	enum status status = series_finish(&world->series[resource], end_ns, err);

	if (!status)
		status = incidents_finish(&world->incidents[resource], err);
	for (uint32_t i = 0; i < world->nr_containers && !status; i++)
		status = write_limit(world, resource, i, err);
	for (uint32_t i = 0; i < world->nr_containers && !status; i++)
		status = write_outcome(world, resource, i, err);
	return status;
}

enum status world_finish(struct world *world, uint64_t end_ns, struct error *err)
{
	enum status status = RC_OK;

	for (uint32_t i = 0; i < world->nr_resources && !status; i++)
		status = finish_resource(world, i, end_ns, err);
	return status;
}
