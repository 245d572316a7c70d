/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A little world for memcg and its policy: pages, who maps and caches them, the
 * charge loop of 2.6.27 and its limit writes.
 *
 * As tests/unit/world.h, but page cache is there, so that pages may be charged
 * while nothing maps them.  Its slow books follow the table of models.md 4.2 and
 * nothing else (memcg_books.h); mw_check() compares.  Every mm maps page n at address n.
 */
#ifndef TESTS_UNIT_MEMCG_WORLD_H
#define TESTS_UNIT_MEMCG_WORLD_H

#include "accounting/model.h"
#include "reclaim/policy.h"

#define MW_PAGES 200
#define MW_MMS 8
#define MW_CONTAINERS 4
#define MW_CPUS 2
#define MW_LOG 4096

struct mw_config {
	const struct policy_class *policy;	/* NULL = reclaim27 */
	struct machine machine;
	struct rules rules;
	bool is_slow_device;		/* writes end when mw_written() says so, not with the call */
};

struct mw_page {
	uint32_t mms[MW_MMS];		/* that map it, in rmap order */
	bool is_young[MW_MMS];
	uint32_t nr;			/* mapcount */
	uint32_t zone;
	uint8_t kind;			/* enum page_kind */
	bool is_cached, is_locked, is_dirty, is_file_mapped;
	bool has_slot, is_clean_in_swap;
	bool is_writing;
	/* The slow book. */
	int64_t owner;			/* container that pays, -1 = none */
	bool is_owned_as_cache;
	bool is_dropped;		/* by force_empty */
};

enum mw_end { MW_DONE, MW_OOM };

struct mw {
	struct mw_config config;
	struct records records;
	struct reclaim_host host;
	struct model *model;
	struct policy *policy;
	struct mw_page pages[MW_PAGES];
	uint32_t container_of[MW_MMS];
	bool is_alive[MW_MMS];
	uint64_t limit[MW_CONTAINERS], tolerated[MW_CONTAINERS];
	uint32_t cpu;			/* that the operations run on */
	/* Slow book of memory.stat: what each CPU uncharged, in order. */
	struct { int8_t container; bool is_cache; } *gone[MW_CPUS];
	size_t nr_gone[MW_CPUS], capacity[MW_CPUS];
	size_t drained[MW_CPUS];	/* of them */
	bool is_stuck[MW_CPUS];		/* D29 */
	uint64_t pgpgin[MW_CONTAINERS], pgpgout[MW_CONTAINERS];

	struct reclaim_result result;	/* of the last reclaim call */
	uint32_t nr_calls, nr_naps, nr_victims, nr_current;	/* killed as victim, with -ENOMEM */
	const char *broken;		/* seen while it happened */
	struct anomaly anomaly;		/* last that the model spoke of */
	/* What the policy did, as in world.h: y s u m w f. */
	struct { char what; uint8_t page; } log[MW_LOG];
	uint32_t nr_log;
};

void mw_init(struct mw *mw, const struct mw_config *config);
void mw_release(struct mw *mw);

/* A page number begins (again); it must be unmapped, is not cached, and nobody pays. */
void mw_page_new(struct mw *mw, uint32_t page, enum page_kind kind, uint32_t zone);
void mw_mm_new(struct mw *mw, uint32_t mm, uint32_t container);
/* memory.limit_in_bytes: false = -EBUSY, the old one holds. */
bool mw_limit(struct mw *mw, uint32_t container, uint64_t limit);

/* A fault; of a page that is not cached it adds it first. On MW_OOM mm is dead. */
enum mw_end mw_map(struct mw *mw, uint32_t mm, uint32_t page, enum op_why why, bool is_write);
/* read(2) by mm, cached or not; a refusal fails the call only. */
enum mw_end mw_read(struct mw *mw, uint32_t mm, uint32_t page);
enum mw_end mw_copy(struct mw *mw, uint32_t mm, uint32_t old, uint32_t copy);
enum mw_end mw_swap_bad(struct mw *mw, uint32_t mm, uint32_t page);
void mw_unmap(struct mw *mw, uint32_t mm, uint32_t page, enum op_why why);
void mw_truncate(struct mw *mw, uint32_t page);
void mw_migrate(struct mw *mw, uint32_t page);
void mw_fork(struct mw *mw, uint32_t parent, uint32_t child);
void mw_exit(struct mw *mw, uint32_t mm);
void mw_force_empty(struct mw *mw, uint32_t container);
void mw_use(struct mw *mw, uint32_t page, bool is_write);
void mw_make_old(struct mw *mw, uint32_t page);
void mw_written(struct mw *mw, uint32_t page);
/* The reclaim call alone, watched. */
void mw_reclaim(struct mw *mw, uint32_t container);

bool mw_maps(const struct mw *mw, uint32_t mm, uint32_t page);
uint64_t mw_held(const struct mw *mw, uint32_t container);
const struct model_counters *mw_counters(const struct mw *mw, uint32_t container);
struct model_stat mw_stat(const struct mw *mw, uint32_t container);

/* NULL, or what is wrong: M1..M7 by model, policy and the slow books. */
const char *mw_check(struct mw *mw);

#endif
