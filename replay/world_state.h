/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state behind world.h, shared by the files that play operations to it:
 * world_life.c (begin and end), world.c (operations, limits, results), world_entries.c (entries), world_fresh.c (the
 * short way of most of them), world_pages.c (who pays, page cache), world_reclaim.c (room: reclaim, kills), world_host.c
 * (what reclaim asks), world_ranges.c (reservations) and world_told.c (what a text by hand says and expects).
 */
#ifndef REPLAY_WORLD_STATE_H
#define REPLAY_WORLD_STATE_H

#include "base/map64.h"
#include "replay/touched.h"
#include "replay/void_ranges.h"
#include "replay/world.h"

#define MAX_RESOURCES 2	/* of one model */

enum residence_flags {
	RES_EVICTED = 1,	/* reclaimed here; not used since */
	RES_SLOT = 2,		/* holds a swap slot */
	RES_CLEAN = 4,		/* anonymous, as it is in its slot */
	RES_UNCACHED = 8,	/* left the page cache here, not in the facts */
	RES_KEPT = 32,		/* the recorded kernel reclaimed it, and this world did not */
	RES_TAKEN = 64,		/* it did, and this world with it: not cached until it comes back there */
	RES_MOVING = 16,	/* between the first unmap and the first map of its migration */
};

/*
 * A page in this world.  Packed: there is one a page and world, and with the parts of a model and a policy, of today or of
 * 2007, a row is 32 bytes, two a line of the cache.  Operations have numbers of RES_SEQ_BITS bits: two days of replaying, where
 * world_come_due() stops.  What few pages have is elsewhere, and a bit here says so: world->dirtied, folios, unmaps.
 * Words have names for who changes several of their parts: what is written in parts and then read is waited for.
 */
#define RES_SEQ_BITS 40
#define RES_COUNT_BITS 24	/* of a page's entries: more than Linux has processes */
#define RES_MOST ((1 << RES_COUNT_BITS) - 1)
#define RES_UNMAPS_BITS 8
#define RES_UNMAPS_MOST ((1 << RES_UNMAPS_BITS) - 1)

struct __attribute__((packed, aligned(4))) residence {
	union {
		struct {
			uint64_t unmapped_at : RES_SEQ_BITS;	/* seq of the operation whose reclaim unmapped it */
			uint64_t mapcount : RES_COUNT_BITS;	/* entries present here */
		};
		uint64_t unmapped;	/* unmapped_at, and no entry */
	};
	union {
		struct {
			uint64_t cleared_at : RES_SEQ_BITS;	/* seq at which its entries were last made old */
			uint64_t nr_young : RES_COUNT_BITS;	/* of them, used since cleared_at */
		};
		uint64_t cleared;	/* cleared_at, and none used */
	};
	union {
		struct {
			uint32_t kind : 2;	/* enum page_kind */
			uint32_t flags : 7;	/* set of enum residence_flags */
			/* Under a policy of today: */
			uint32_t is_exec : 1;	/* some entry that maps it may be executed */
			uint32_t is_marked : 1;	/* read, it begins the next window of read-ahead */
			uint32_t is_reading : 1;	/* a window that is being read put it in: it is locked */
			uint32_t is_dirtied : 1;	/* world->dirtied has it */
			uint32_t is_tail : 1;	/* of a file: it is in one folio with another, which world->folios has */
			uint32_t nr_unmaps : RES_UNMAPS_BITS;	/* by reclaim here, where uses are assumed: world_nr_unmaps() */
			uint32_t has_come_round : 1;	/* they have: world->unmaps says how often */
			uint32_t was_revived : 1;	/* an entry of it was: world->revived may have it */
		};
		uint32_t word;
	};
};

enum write_state { WRITE_CLEAN, WRITE_DIRTY, WRITE_UNDER_WAY };

struct wake;

/* struct file_ra_state. */
struct readahead {
	uint64_t start, size, async_size;
	uint64_t prev;		/* where the last read ended: the page after it, as reads mostly end with one */
	uint64_t at, left;	/* of the read in work: its next page, how many are left of it from there */
	unsigned order, nr_mmap_misses;
};

struct reuse;

struct resource_limit {
	uint64_t barrier, limit;
	bool is_limited;
};

struct container_outcome {
	/* What every charge touches: of containers below it, and its most with them. */
	uint64_t below[MAX_RESOURCES], noted[MAX_RESOURCES], most[MAX_RESOURCES];
	uint64_t watched;	/* usage above which the world is marked */
	uint64_t nr_seen;	/* pages charged to it whose every use is seen: cached, never mapped now */
	uint64_t noted_ns, page_time, seen_time;	/* in units of 1,024 ns and a page, up to noted_ns */
	uint32_t parent;	/* as hierarchy_parent() */
	struct resource_limit limits[MAX_RESOURCES];
	uint64_t denied[MAX_RESOURCES];
	uint64_t failcnt_below;	/* refused for one below */
	/* Of today's controller: its memory.events, what it looked at, what tasks slept for memory.high. */
	uint64_t events_max, events_high, events_oom, scanned_anon, refaulted_anon, activated, deactivated, high_ns;
	uint64_t reclaim_calls, scanned, uncharged, reclaimed, swapped_out, refaulted, oom_kills, void_ops;
	uint64_t incidents[INCIDENT_NR];	/* how often */
	uint64_t written_ns;	/* + 1: what became dirty until then was written back for the program */
	bool is_v1;		/* of control groups v1, as recorded */
	bool is_tightened;	/* world_tighten() */
	bool has_swap_max;
	uint64_t min, low, swap_max;	/* memory.min, low, swap.max, if has_swap_max; pages */
};

struct world {
	/* Of many worlds none stays in the cache: first what each operation asks for. */
	struct records rows;		/* a row a page: residence, model's, policy's */
	struct model *model;
	struct policy *policy;		/* NULL: nothing is limited */
	const struct mem_op *op;	/* in work */
	uint64_t seq;			/* of the last one */
	uint64_t due_ns;		/* when a step of the series ends or memory.stat is brought up to date: the first of these */
	bool is_modern;			/* the policy is of today */
	bool has_short_ways;		/* nobody checks: world_fresh.c */
	struct touched *touched;	/* borrowed: whose counters change; NULL = nobody asks */
	bool is_armed, is_marked;
	bool has_evicted;		/* reclaim took an entry or a page: not all that the facts hold is here */
	bool undoes_limit, undoes_machine;	/* what the recorded kernel reclaimed for a limit, or for itself */
	bool has_undone;	/* some of it: from then on this is not what was recorded */
	bool wants_pages;		/* operations on pages, besides those on ranges */
	bool has_swap_max;		/* of some container */
	bool is_old_back;		/* op copies a page that op itself faulted in here */
	bool has_void;			/* of some mm: */
	bool *is_void;			/* by mm: ended here, or born of one that was */
	size_t nr_mms;
	struct container_outcome *containers;
	size_t nr_containers, containers_capacity;
	size_t model_offset, policy_offset, reuse_offset;	/* in a row, after the residence */
	uint64_t swap_used, nr_mapped;
	uint64_t nr_cache_dels;		/* pages that left the page cache */
	struct void_ranges holes;
	struct map64 absent;		/* mm and vpn of entries whose charge was abandoned */
	struct world_config config;
	struct series series[MAX_RESOURCES];
	uint32_t nr_rows, nr_resources;
	const struct world *assumed;	/* NULL = nobody assumed anything */
	struct reclaim_host host;
	struct incidents incidents[MAX_RESOURCES];
	uint64_t diverged_ns;		/* 0 = never */
	uint32_t reclaiming;		/* container */
	struct mem_op taking;		/* of the call in work: a page's entries go, of which it is the last one's operation */
	struct reclaim_result last_reclaim;
	int last_denial;		/* errno; 0 = SIGSEGV, -1 = none yet */
	uint64_t stats_due_ns;		/* when memory.stat is brought up to date next; UINT64_MAX = nobody reads it */
	uint64_t slept_ns;		/* that this world is behind: reclaim waited for write-back */
	bool is_waiting;		/* the reclaim call in work does */
	struct wake *wakes;		/* when flushers were woken, growing */
	size_t nr_wakes, wakes_capacity;
	struct readahead *readaheads;	/* by file */
	size_t nr_readaheads, readaheads_capacity;
	uint32_t folio;			/* head of the folio whose pages enter */
	uint32_t joined;		/* the page that the one that is being charged is in one folio with: its first, or itself */
	/* Of few pages, by page. */
	struct map64 dirtied;		/* when it was last made dirty, ns */
	struct map64 folios;		/* of a page of a file: the one that it is in one folio with, its first */
	struct map64 unmaps;		/* times that residence.nr_unmaps came round */
	bool is_no_retry;		/* what is charged is read-ahead: it may fail */
	struct map64 revived;		/* entries that came back by a use that is assumed: nr_unmaps + 1 */
	uint32_t *nr_revived;		/* of them, by mm */
	size_t nr_revived_mms;
	struct reuse *reuses;		/* uses to assume, by time: from next_reuse on */
	size_t next_reuse, nr_reuses, reuses_capacity;
	bool *is_ending;		/* by mm: its last uses were assumed */
	size_t nr_ending;
	uint32_t *written;		/* pages whose write ends when the reclaim call does */
	size_t nr_written, written_capacity;
};

/* --- world.c --- */

/* Index of a resource of the model, or -1. */
int world_resource(const struct model_class *model, const char *name);
void world_make_outcomes(struct world *world, uint32_t last);

/* Of any container; good until that of a new one is asked for. */
static inline struct container_outcome *world_outcome(struct world *world, uint32_t container)
{
	if (container >= world->nr_containers)
		world_make_outcomes(world, container);
	return &world->containers[container];
}

void world_set_limits(struct world *world, uint32_t container);
/* Of its scenario, for one container; those of before are forgotten. */
void world_find_limits(struct world *world, const struct containers *containers, uint32_t container);

static inline struct residence *world_residence(const struct world *world, uint32_t page)
{
	return record_at(&world->rows, page, 0);
}

/* Entries of it that are young are one more, if `is_young`. */
static inline void residence_add_young(struct residence *r, bool is_young)
{
	r->nr_young += is_young && r->nr_young < RES_MOST;
}

/* The page that it is in one folio with: its first. */
static inline uint32_t world_folio(const struct world *world, uint32_t page)
{
	return world_residence(world, page)->is_tail ? (uint32_t)map64_get(&world->folios, page) : page;
}

/* How often reclaim unmapped it here; where uses are assumed. */
static inline uint32_t world_nr_unmaps(const struct world *world, const struct residence *r)
{
	uint64_t rounds = r->has_come_round ? map64_get(&world->unmaps, record_index(&world->rows, r)) : 0;

	return r->nr_unmaps + (uint32_t)(rounds << RES_UNMAPS_BITS);
}

/* When its entries came, or were last made old; if uses are assumed every so often. */
static inline uint64_t *world_cleared_ns(const struct world *world, uint32_t page)
{
	return record_at(&world->rows, page, world->reuse_offset);
}

static inline const struct model_counters *world_counters(const struct world *world, uint32_t resource,
							  uint32_t container)
{
	return world->config.model->counters(world->model, resource, container);
}

/* Of the first resource: the one that pages are charged to. */
static inline uint64_t world_held(const struct world *world, uint32_t container)
{
	return world_counters(world, 0, container)->held;
}

static inline uint64_t world_limit(const struct world *world, uint32_t container)
{
	return world_counters(world, 0, container)->limit;
}

/* The pages it pays for: those that are on lists of reclaim. */
static inline uint64_t world_pages(const struct world *world, uint32_t container)
{
	const struct model_counters *counters = world_counters(world, 0, container);

	return world->config.model->charges_kernel ? counters->pages : counters->held;
}

static inline bool world_is_posted(const struct world *world, enum rule rule)
{
	return rules_posted(&world->config.options->model_rules, rule);
}

static inline bool world_is_void(const struct world *world, uint32_t mm)
{
	return world->has_void && mm < world->nr_mms && world->is_void[mm];
}

/* Steps of the series that have ended; memory.stat. */
void world_come_due(struct world *world, uint64_t now_ns);

/* Its charge changed: the series, and those of every container above. */
void world_note(struct world *world, uint32_t resource, uint32_t container);
/* The containers above one that holds so much more. */
void world_note_above(struct world *world, uint32_t resource, uint32_t above, uint64_t change);

/* `outcome` is the container's. */
static inline void world_note_usage(struct world *world, struct container_outcome *outcome, uint32_t resource,
				    uint32_t container, uint64_t held)
{
	uint64_t usage = held + outcome->below[resource];

	if (usage > outcome->most[resource])
		outcome->most[resource] = usage;
	if (usage > outcome->watched)
		world->is_marked = true;
	if (world->touched)
		touched_add(world->touched, container);
	if (world->config.sink)
		series_note(&world->series[resource], container, usage);
}

/* As world_note(), where what it holds is known. */
static inline void world_note_held(struct world *world, struct container_outcome *outcome, uint32_t resource,
				   uint32_t container, uint64_t held)
{
	uint64_t change = held - outcome->noted[resource];

	outcome->noted[resource] = held;
	world_note_usage(world, outcome, resource, container, held);
	if (outcome->parent)
		world_note_above(world, resource, outcome->parent, change);
}

void world_set_void(struct world *world, uint32_t mm, bool value);
/* The model came upon something that the kernel would have logged. */
void world_note_anomaly(struct world *world);

/* --- world_pages.c --- */

/* Of absent and revived. */
static inline uint64_t world_entry_key(uint32_t mm, uint64_t vpn)
{
	return (uint64_t)mm << 46 ^ vpn;
}

/* The entry's charge was abandoned: it is not there; no longer so. */
void world_set_absent(struct world *world, uint32_t mm, uint64_t vpn);
void world_forget_absent(struct world *world, uint32_t mm, uint64_t vpn);
/* A hole may hide the entry, or its charge was abandoned. */
bool world_is_hidden(const struct world *world, uint32_t mm, uint64_t vpn, uint64_t stamp);
bool world_is_revived(const struct world *world, const struct residence *r, uint32_t mm, uint64_t vpn);
/* Nothing is known of the page that is not in its row. */
void world_forget_beside(struct world *world, uint32_t page);

/* The fact entry of mm at vpn, set or used at stamp, is there in this world: since then... */
static inline bool world_stands(const struct world *world, const struct residence *r, uint32_t mm, uint64_t vpn,
				uint64_t stamp)
{
	return stamp >= r->unmapped_at &&
	       !((world->holes.nr || world->absent.nr) && world_is_hidden(world, mm, vpn, stamp));
}

/* ...or again. */
static inline bool world_is_present(const struct world *world, const struct residence *r, uint32_t mm,
				    uint64_t vpn, uint64_t stamp)
{
	if (stamp >= r->unmapped_at || !world->revived.nr)
		return world_stands(world, r, mm, vpn, stamp);
	return world_is_revived(world, r, mm, vpn) && !world_is_hidden(world, mm, vpn, stamp);
}

/* `nr` entries of op->page go, whose mapcount it fills in; the last may end its charge. op->kind is OP_UNMAP. */
void world_unmap(struct world *world, struct mem_op *op, uint32_t nr);
/* The page leaves the page cache in this world, though not in the facts. */
void world_uncache(struct world *world, uint32_t page);
/* Entries that mremap moved are as absent as they were, or as much back. */
void world_move_entries(struct world *world, const struct mem_op *op);
/* Page-time of a container up to now, in which it held so much. */
static inline void world_note_time(struct container_outcome *outcome, uint64_t held, uint64_t now_ns)
{
	uint64_t units = (now_ns - outcome->noted_ns) >> 10;

	/* What goes in one call goes at one time. */
	if (outcome->noted_ns == now_ns)
		return;
	if (!outcome->noted_ns || now_ns < outcome->noted_ns)
		units = 0;
	outcome->page_time += units * held;
	outcome->seen_time += units * outcome->nr_seen;
	outcome->noted_ns = now_ns;
}

/* The page comes back to the page cache, in one folio with `folio`; false: there was no room. */
bool world_recache(struct world *world, uint32_t page, uint32_t folio, uint64_t nr, bool is_readahead);

/* The entry of op's mm at op's vpn, where page is to be, is absent and used: a fault of this world. */
bool world_fault_in(struct world *world, const struct mem_op *op, uint32_t page, bool is_write);
/* Likewise, by an operation that is the caller's own and becomes that fault: one that is copied is waited for. */
bool world_fault_in_by(struct world *world, struct mem_op *op, uint32_t page, bool is_write);

/* What the recorded kernel took of the page is undone here. */
static inline bool world_keeps(const struct world *world, uint32_t page)
{
	return world_residence(world, page)->flags & RES_KEPT;
}

/* --- world_assume.c --- */

/* world_is_revived(): the entry came back by a use that is assumed, and its page was not evicted since. */

/* Before an operation, in a world that assumes uses. */
void world_assume(struct world *world, const struct mem_op *op);
/* A use that may have been, of an entry. */
void world_assume_use(struct world *world, const struct mem_op *op);
/* The page was evicted here: it is used again when the time has come. */
void world_assume_reuse(struct world *world, uint32_t page);
/* Entries of the page that an assumed use has made young since they were made old; they are old now. */
uint32_t world_assume_young(struct world *world, uint32_t page);
/* It is, and others of the page may not be. */
void world_note_revived(struct world *world, uint32_t mm, uint64_t vpn, struct residence *r);
void world_forget_revived_entry(struct world *world, uint32_t mm, uint64_t vpn);

/* Whatever stood there. */
static inline void world_forget_revived(struct world *world, uint32_t mm, uint64_t vpn)
{
	if (mm < world->nr_revived_mms && world->nr_revived[mm])
		world_forget_revived_entry(world, mm, vpn);
}

/* The entry that maps the page of r: of most there is nothing to be forgotten. */
static inline void world_forget_revived_of(struct world *world, const struct residence *r, uint32_t mm, uint64_t vpn)
{
	if (r->was_revived)
		world_forget_revived(world, mm, vpn);
}

/* Before anything else is made of an operation. */
static inline void world_begin_op(struct world *world, struct mem_op *op)
{
	world->op = op;
	world->seq = op->seq;
	op->mapcount = 0;
	if (op->time_ns >= world->due_ns)
		world_come_due(world, op->time_ns);
	if (world->config.is_assumed && (op->kind == OP_UNMAP || op->kind == OP_MM_NEW || world->config.options->reuse_ns))
		world_assume(world, op);
}

/* --- world_writeback.c --- */

/* The operation in work makes the page dirty; it is clean. */
void world_dirtied(struct world *world, uint32_t page);
void world_cleaned(struct world *world, uint32_t page);
enum write_state world_write_state(struct world *world, uint32_t page);
void world_wake_flushers(void *host);
/* What a container's programs had written back themselves. */
void world_written(struct world *world, const struct mem_op *op);
/* The reclaim call ends: what it waited for is over. */
void world_end_wait(struct world *world);

/* --- world_readahead.c --- */

/* read(2) wants `request` pages of a file from this one on: what is read with it. */
void world_read(struct world *world, uint32_t page, uint64_t request);
/* A fault wants it. */
void world_fault_read(struct world *world, uint32_t page);

/* No container is above it, and nothing is held below: by far the most. */
static inline bool outcome_stands_alone(const struct container_outcome *outcome)
{
	return !(outcome->below[0] | outcome->parent);
}

static inline bool world_stands_alone(struct world *world, uint32_t container)
{
	return outcome_stands_alone(world_outcome(world, container));
}

/* --- world_charge.c --- */

/* The charge loop of today (cgroup2.md 3.2), from its first refusal on; as world_prepare(). */
bool world_charge(struct world *world, const struct mem_op *op, struct refusal *refusal);
/* What the task that charged owes memory.high, on its way back to user mode. */
void world_pay_high(struct world *world, uint32_t container);

/* --- world_host.c --- */

void world_host_init(struct world *world);
/* Some container is protected: the policy is to ask. */
void world_host_protect(struct world *world);

/* --- world_reclaim.c --- */

/* Makes room for op, which was refused: reclaims, kills. False: op does not happen here. */
bool world_make_room(struct world *world, const struct mem_op *op, struct refusal *refusal, bool is_above);
/* None that this one lies in, nor it with what lies below it, is at its limit. */
bool world_has_room_above(struct world *world, uint32_t container);
/* As world_prepare(), where containers lie in others. */
bool world_prepare_within(struct world *world, const struct mem_op *op);

/* Reserves what op needs; reclaims, kills. False: op does not happen here. */
static inline bool world_prepare(struct world *world, const struct mem_op *op)
{
	struct refusal refusal = { 0 };

	if (world->policy && !world_stands_alone(world, op->container))
		return world_prepare_within(world, op);
	return world->config.model->prepare(world->model, op, &refusal) == VERDICT_APPLIED ||
	       world_make_room(world, op, &refusal, false);
}

/* The model, or the limit of a container above, has no room for op. */
bool world_is_refused(struct world *world, const struct mem_op *op, struct refusal *refusal, bool *is_above);
/* Ends an mm here; what was charged for it is not. */
void world_kill(struct world *world, uint32_t container, uint32_t mm);
/* The limits of a container are refused for the first time: by how much this run is another, runs.h. */
void world_tighten(struct world *world, uint32_t container);
/* result->asked is read, the rest written. */
bool world_reclaim(struct world *world, uint32_t container, struct reclaim_result *result);
/* Makes room for a new limit, where the model's limits have to fit. False: EBUSY. */
bool world_make_fit(struct world *world, uint32_t container, uint64_t limit);
/* mm = 0: no process is named. */
void world_incident(struct world *world, uint32_t container, enum incident_kind kind, uint64_t pages,
		    uint32_t mm, const char *detail);

/* --- world_ranges.c --- */

void world_range_op(struct world *world, const struct mem_op *op);
void world_mm_op(struct world *world, const struct mem_op *op);

#endif
