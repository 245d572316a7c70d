/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory controller of 2008 at work: behind memcg_model (accounting/model.h), shared by memcg.c (pages, the
 * stages and the class), memcg_obsolete.c (the lockless page_cgroup's way out of memory.stat) and memcg_check.c.
 * Amounts are pages, containers numbers; what is charged for is reserved first, and paid from that.
 */
#ifndef ACCOUNTING_MEMCG_H
#define ACCOUNTING_MEMCG_H

#include "accounting/model.h"

#define MAX_OBSOLETE 16	/* a CPU's, then it drains */
enum pc_flag {
	PC_CACHE = 1 << 0,	/* charged as page cache */
	PC_CACHED = 1 << 1,	/* the page is in the page cache */
	PC_MAPPED = 1 << 2,	/* the page is mapped */
	PC_MOVING = 1 << 3,	/* between its migration's unmaps and maps */
	PC_DROPPED = 1 << 4,	/* force_empty left it in the page cache, paid by nobody */
};

#define MAX_PAYER 0xffffff	/* of a page: 24 bits */

struct memcg_page {
	uint32_t flags : 8;	/* set of enum pc_flag */
	uint32_t payer : 24;	/* container + 1; 0 = no page_cgroup, or an obsolete one */
};

struct memcg_container {
	struct model_counters counters;
	struct model_stat stat;
	uint64_t tolerated;	/* M7: the most that may be held, as it was when the limit came */
};

struct obsolete {
	uint32_t container;
	bool is_cache;
};

/* Of one CPU. */
struct obsolete_queue {
	struct obsolete entries[MAX_OBSOLETE];
	uint32_t nr;
	bool is_stuck;		/* D29: grace periods no longer end */
};

struct memcg {
	struct model base;
	struct model_config config;
	bool is_lockless, has_references;	/* what the rules come to */
	struct memcg_container *containers;
	size_t nr, capacity;
	struct obsolete_queue *queues;
	size_t nr_queues, queues_capacity;
	uint32_t nr_pages;	/* bound of page numbers charged so far */
	uint32_t reserved;	/* container + 1 of what prepare() took; 0 = nothing */
	const char *broken;	/* first invariant an operation was seen to break */
};

static inline struct memcg_page *memcg_page_of(const struct memcg *memcg, uint32_t page)
{
	return record_at(memcg->config.pages, page, memcg->config.offset);
}

/* Nothing holds the page any more that its charge stood for. */
static inline bool memcg_is_ended(const struct memcg *memcg, const struct memcg_page *pc)
{
	uint32_t keeps = PC_MAPPED | PC_MOVING;

	/* What force_empty dropped has lost the reference of the page cache. */
	if (memcg->has_references)
		keeps |= pc->flags & PC_DROPPED ? 0 : PC_CACHED;
	else if (pc->flags & PC_CACHE)
		keeps = PC_CACHED;
	return !(pc->flags & keeps);
}

/* --- memcg_obsolete.c --- */

/* Of a CPU; it stays where it is until another is asked for. */
struct obsolete_queue *memcg_queue_of(struct memcg *memcg, uint32_t cpu);
/* An uncharged page leaves stat when its CPU has gathered enough of them; lockless only. */
void memcg_put_off(struct memcg *memcg, uint32_t container, bool is_cache, uint32_t cpu);
/* What all CPUs gathered leaves stat, but where they are stuck. */
void memcg_drain(struct memcg *memcg);

static inline void memcg_leave_stat(struct memcg *memcg, uint32_t container, bool is_cache)
{
	struct model_stat *stat = &memcg->containers[container].stat;

	if (is_cache)
		stat->cache--;
	else
		stat->rss--;
	stat->pgpgout++;
}

/* free_obsolete_page_cgroup(): what is uncharged leaves stat, now or later. */
static inline void memcg_obsolete(struct memcg *memcg, uint32_t container, bool is_cache, uint32_t cpu)
{
	if (memcg->is_lockless)
		memcg_put_off(memcg, container, is_cache, cpu);
	else
		memcg_leave_stat(memcg, container, is_cache);
}

/* --- memcg_check.c --- */

/* model_class.check */
const char *memcg_check(struct model *model, uint32_t nr_pages);

#endif
