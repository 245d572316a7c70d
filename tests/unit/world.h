/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A little world that plays the host of a model and a policy: pages, the entries
 * that map them, their young bits, and the charge loop of a fault.
 *
 * Beside them it keeps its own slow books of who owns what, by the rules of
 * models.md 1.4 and nothing else, and world_check() compares.  Every mm maps page
 * n at address n, so an entry is a pair of mm and page.
 */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include "accounting/model.h"
#include "reclaim/policy.h"

#define WORLD_PAGES 64
#define WORLD_MMS 8
#define WORLD_CONTAINERS 4
#define WORLD_LOG 4096

/* What a patch does where it is wrong: all of it. */
#define WORLD_POSTED { .posted = UINT64_MAX, .chosen[SWITCH_RECLAIM07_END_RESULT] = RECLAIM_END_ZONE_ALIVE }

struct world_config {
	const struct policy_class *policy;	/* NULL = reclaim07 */
	struct machine machine;
	struct rules rules;
};

struct world_page {
	uint32_t mms[WORLD_MMS];	/* that map it, in rmap order */
	bool is_young[WORLD_MMS];
	uint32_t nr;			/* mapcount */
	int64_t owner;			/* slow book: container that pays, -1 = none */
	uint32_t zone;
	uint8_t kind;			/* enum page_kind */
	bool is_locked, is_dirty;
	bool has_slot, is_clean_in_swap;
};

enum world_end { FAULT_DONE, FAULT_OOM, FAULT_LIVELOCK };

struct world {
	struct world_config config;
	struct records records;
	struct reclaim_host host;
	struct model *model;
	struct policy *policy;
	struct world_page pages[WORLD_PAGES];
	uint32_t container_of[WORLD_MMS];
	bool is_alive[WORLD_MMS];
	uint64_t limit[WORLD_CONTAINERS];
	uint64_t tolerated[WORLD_CONTAINERS];	/* R5, slow book */
	struct reclaim_result result;		/* of the last reclaim call */
	uint32_t nr_calls, nr_kills, nr_livelocks;
	bool is_young_lost;			/* in this call a young entry became old */
	const char *broken;			/* V1..V4, seen while it happened */
	/*
	 * What the policy did, in order: 'y'oung taken, 's'wap slot asked for,
	 * 'u'nmapped, un'm'ap failed, 'w'rote, 'f'reed.
	 */
	struct { char what; uint8_t page; } log[WORLD_LOG];
	uint32_t nr_log;
};

void world_init(struct world *world, const struct world_config *config);
void world_release(struct world *world);

/* What a fault is about to map; the page is unmapped and unknown until now. */
void world_page_new(struct world *world, uint32_t page, enum page_kind kind, uint32_t zone);
void world_mm_new(struct world *world, uint32_t mm, uint32_t container);
void world_limit(struct world *world, uint32_t container, uint64_t limit);

enum world_end world_map(struct world *world, uint32_t mm, uint32_t page, enum op_why why,
			 bool is_write);
/* Copy on write: the entry for old becomes one for copy, a new page. */
enum world_end world_copy(struct world *world, uint32_t mm, uint32_t old, uint32_t copy);
/* A swap-in whose page cannot be read. */
enum world_end world_swap_bad(struct world *world, uint32_t mm, uint32_t page);
void world_unmap(struct world *world, uint32_t mm, uint32_t page, enum op_why why);
/* The page moves: as posted, unmapped and mapped again, newest first; else one charge ahead, the owner stays (D5). */
void world_migrate(struct world *world, uint32_t page);
void world_fork(struct world *world, uint32_t parent, uint32_t child);
void world_exit(struct world *world, uint32_t mm);
/* The page's entries were used: all young; a write dirties it. */
void world_use(struct world *world, uint32_t page, bool is_write);
void world_make_old(struct world *world, uint32_t page);

bool world_maps(const struct world *world, uint32_t mm, uint32_t page);
uint64_t world_held(const struct world *world, uint32_t container);
const struct model_counters *world_counters(const struct world *world, uint32_t container);
/* The reclaim call alone, with V1..V4 watched. */
void world_reclaim(struct world *world, uint32_t container);

/* NULL, or what is wrong: R1..R8, V1..V4 by model, policy and the slow books. */
const char *world_check(struct world *world);

#endif
