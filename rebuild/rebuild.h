/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts: the address spaces of the recorded kernel, rebuilt event by event.
 *
 *	rebuild = rebuild_create(&config);
 *	for each event:
 *		rebuild_event(rebuild, event);
 *	rebuild_finish(rebuild);
 *
 * Who mapped what is inferred from stock tracepoints as reconstruct.md 3-4 says;
 * rss_stat tells how many pages an operation moved, and judges how many were
 * expected.  Each change of a fact is one operation (accounting/mem_op.h), given
 * to config.op when the facts already hold it.  Nothing a scenario does changes
 * a fact.
 */
#ifndef REBUILD_REBUILD_H
#define REBUILD_REBUILD_H

#include "accounting/mem_op.h"
#include "rebuild/container.h"
#include "rebuild/doubt.h"
#include "rebuild/facts.h"
#include "rebuild/judge.h"
#include "traces/event_source.h"


/* One task, for the processes table. */
struct process_record {
	uint32_t pid, tgid, container;
	const char *comm;
	uint64_t begin_ns, end_ns;	/* 0, UINT64_MAX = not in the recording */
	uint64_t killed_ns;		/* by the recorded kernel's OOM killer; 0 = not */
	uint64_t peak[4];		/* pages, by enum mm_member; the kernel's own counters */
};

struct rebuild_config {
	const struct event_source *source;	/* borrowed: for its strings */
	uint32_t page_size;
	const struct container_rule *rules;	/* borrowed; container.h */
	size_t nr_rules;
	/* Every operation, in order; the facts are readable meanwhile. */
	void (*op)(void *context, struct mem_op *op);
	struct mem_op *const *place;	/* op_source.h; NULL = nowhere */
	void (*soon)(void *context, uint32_t page);	/* op_source.h; NULL = nobody asks */
	/* A task ended, or the recording did. */
	void (*process)(void *context, const struct process_record *process);
	/* The entry at `from` stands at `to` now: no operation. NULL = nobody asks. */
	void (*shift)(void *context, uint32_t mm, uint64_t from, uint64_t to);
	void *context;
};

/* Operations on what was never seen, by kind: rows of `unmatched`. */
enum unmatched_kind {
	UNMATCHED_UNMAP,	/* pages unmapped that were never mapped */
	UNMATCHED_MAP,		/* a page mapped where one was already */
	UNMATCHED_SWAP_IN,	/* swap-in of a page never swapped out */
	UNMATCHED_RECLAIM,	/* a page reclaimed that could not be told: another was taken */
	UNMATCHED_MIGRATE,	/* a migrated entry that is not known */
	UNMATCHED_TASK,		/* an event of a task never seen born, once a task */
	UNMATCHED_LEFT,		/* pages still mapped when the kernel had none left */
	UNMATCHED_HIERARCHY,	/* a move in another cgroup hierarchy than the first seen */
	UNMATCHED_RACE,		/* events of a task while its snapshot was read */
	UNMATCHED_USE,		/* pages that were used at entries which are not known */
	UNMATCHED_REGION,	/* regions that were used, in pages, of a DAMON target that is no known process */
	UNMATCHED_END_MISSING,	/* the kernel's entries at the end that are not known */
	UNMATCHED_END_OTHER,	/* that are known with another page */
	UNMATCHED_END_EXTRA,	/* known entries that the kernel does not have at the end */
	UNMATCHED_NR
};

struct unmatched_count {
	uint64_t count, pages;
};

#define REBUILD_SOON 8

struct rebuild;

struct rebuild *rebuild_create(const struct rebuild_config *config);
void rebuild_event(struct rebuild *rebuild, const struct mm_event *event);
/* Of an event that comes REBUILD_SOON events later: what it will ask for is fetched meanwhile, in two steps. */
void rebuild_prefetch(const struct rebuild *rebuild, const struct mm_event *later, const struct mm_event *soon);
/* The recording is over: what was waiting for its next event is decided. */
void rebuild_finish(struct rebuild *rebuild);
void rebuild_destroy(struct rebuild *rebuild);

struct containers *rebuild_containers(struct rebuild *rebuild);
/* What gaps may have made wrong of the facts, as of now; borrowed until the next event. */
const struct doubts *rebuild_doubt(struct rebuild *rebuild);
const struct judge *rebuild_judge(const struct rebuild *rebuild);
const struct unmatched_count *rebuild_unmatched(const struct rebuild *rebuild);
const char *unmatched_name(enum unmatched_kind kind);

/* What worlds ask; borrowed. */
const struct facts *rebuild_facts(const struct rebuild *rebuild);

/* The snapshot of the end against the facts, in entries of page tables of one kind. */
struct entry_check {
	uint64_t kernel, facts;		/* what each has */
	uint64_t same;			/* in both, of the same page as far as frames tell */
	uint64_t other, missing;	/* of the kernel's: another page in the facts; none */
	uint64_t extra;			/* of the facts', those that the kernel does not have */
};

struct snapshot_check {
	uint64_t processes;
	struct entry_check frames[MM_NR_FRAMES];	/* by enum mm_frame */
	uint64_t nr_raced;		/* processes that ran while they were read */
	struct entry_check raced;	/* all their entries; of the others are those above */
};

/* All zero: the recording has none. */
const struct snapshot_check *rebuild_snapshot_check(const struct rebuild *rb);

/* Most pages that were alive at once. */
uint64_t rebuild_peak_pages(const struct rebuild *rebuild);

#endif
