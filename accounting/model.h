/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A charging model: who pays for which page, in one scenario.
 *
 * A pure state machine.  It reads no clock, does no I/O and picks no victims.
 * Charging has the two stages of the 2007 patch:
 *
 *	while (class->prepare(model, &op, &refusal) == VERDICT_REFUSED)
 *		reclaim in refusal.container, or give up;	(failcnt was counted)
 *	class->commit(model, &op);
 *
 * prepare() reserves what op may need and can only refuse; commit() turns the
 * reservation into a charge, or gives it back, and always succeeds.  Nothing
 * else is prepared in between, but other operations may be committed (reclaim
 * unmaps; a copy on write unmaps the old page before its own commit), so
 * op.mapcount is filled in before prepare() and again before commit().
 * Operations a model does not care about pass through both.
 *
 * prepare() goes before every OP_MAP, OP_CACHE_ADD, OP_KERNEL_CHARGE and, of the first entry of a page
 * that migrates, OP_UNMAP with WHY_MIGRATE: memcg, and RSS07 as intended (D5), charge
 * the copy before the original is unmapped.  When that last is refused for good there is
 * no migration, the page stays where it is: replay/ commits the unmaps and maps all the
 * same, and what it pays does not change.  A model with charges_mapped that keeps the
 * owner is given these unmaps and no map: its page stays mapped.
 *
 * Any commit may begin or end the charge of op.page (memcg: OP_CACHE_ADD, and
 * OP_CACHE_DEL of a page that was unmapped long ago) and says so; OP_FORCE_EMPTY
 * that of many pages: there replay/ asks payer() before and after.  It tells the policy.
 *
 * Per page the model keeps class->page_bytes, a multiple of 4, in a row of `pages` at `offset`;
 * replay/ makes the row exist before the first operation on a page and clears it
 * after OP_PAGE_GONE, which it need not commit where all of these bytes are 0.
 */
#ifndef ACCOUNTING_MODEL_H
#define ACCOUNTING_MODEL_H

#include "accounting/mem_op.h"
#include "base/records.h"
#include "base/rules.h"

#include <stddef.h>

#define PAGES_UNLIMITED UINT64_MAX

enum verdict {
	VERDICT_APPLIED,
	VERDICT_REFUSED,	/* over a limit: *refusal is set, only failcnt changed */
};

/* Who refused, and what. */
struct refusal {
	uint32_t container;
	uint32_t resource;	/* index of class->resources */
	uint64_t pages;		/* that were asked for; 0 = one */
};

struct model_config {
	struct records *pages;	/* borrowed */
	size_t offset;		/* of this model's part of a row; a multiple of 4: it holds nothing wider */
	struct rules rules;	/* a model reads its own */
};

/* One container's counters; pages. */
struct model_counters {
	uint64_t barrier, limit;	/* PAGES_UNLIMITED = none, also where a model has no barrier */
	uint64_t held;			/* charged now; between prepare() and commit() also what is reserved */
	uint64_t pages;			/* of held, where charges_kernel: pages of memory and page cache */
	uint64_t maxheld;		/* most that was charged after any operation; beancounters: at any charge */
	uint64_t transient;		/* most that was charged or reserved at any moment */
	uint64_t minheld;		/* least since reset_counters(); beancounters only */
	uint64_t failcnt;		/* refused attempts */
	uint64_t reclaims;		/* reclaim calls that reported success */
};

/* What an operation did that the kernel would have logged, or died of. */
struct anomaly {
	const char *text;	/* NULL = nothing */
	uint32_t container, resource;
	uint64_t pages;
};

/*
 * The file memory.stat: what was charged as what; pages.  memcg: behind `held` by what
 * is not drained.  cgroup2: `held` is the sum of cache, rss, kernel and stock.
 */
struct model_stat {
	uint64_t cache, rss, pgpgin, pgpgout;
	uint64_t undrained;		/* memcg: uncharged, but in cache or rss still */
	uint64_t kernel, stock, swap;	/* cgroup2; stock: charged ahead, nobody's yet; swap is not of `held` */
};

/* Who paid for op.page before a commit and who pays now: container + 1; 0 = nobody. The same twice: nothing changed. */
struct payment {
	uint32_t before, after;
	const struct model_counters *counters;	/* of the one who began or ended to pay, if a model has them at hand; else NULL */
};

struct model {				/* base: first member of every model */
	const struct model_class *class;
	uint64_t counted;		/* cgroup2: pages charged on the counter of counted_for, not from its stock; whoever looks */
	uint32_t counted_for;		/* whether that or one above it is past its barrier sets it to 0 */
	uint64_t nr_drained;	/* cgroup2: times that a stock of one made room for another's, and was given back */
	struct anomaly anomaly;	/* of the last operation that had one; the host takes note and sets text to NULL */
	bool loses_count;	/* a rule as posted may make held another number than that of pages: noted, not broken (models.md 1.7) */
};

/* What records that are lost may have moved, and what shows it afterwards: doubt.h of replay/. */
enum lost_reach {
	LOST_REACH_CACHED,	/* the page cache too, which nothing counts */
	LOST_REACH_MAPPED,	/* mapped pages: the kernel's counters tell how many there are */
	LOST_REACH_RESERVED,	/* address space: one call reserves any size, nothing counts it */
};

struct model_class {
	const char *name;		/* as typed after --model */
	const char *const *resources;	/* as typed after --limit and printed; NULL ends; the index is `resource` below */
	const char *pair;		/* what two numbers of a limit are, for people; NULL = one number */
	bool one_sets_both;		/* one number is both of the pair; else it is the second, and the first is none */
	const char *policy;		/* reclaim/: who makes room; NULL = a refusal denies the operation */
	const char *(*other_policy)(const struct rules *rules);	/* who does by these rules; NULL = it is always that one */
	const char *summary;		/* one line for people, with the section of models.md */
	enum lost_reach lost_reach;
	bool charges_mapped;		/* held is the number of mapped pages, over all containers: R1 */
	bool keeps_migrated;		/* a migrated page keeps its charge and its place: nothing happens */
	bool charges_kernel;		/* held is more than pages: kernel memory, stock */
	size_t page_bytes;		/* per page and scenario */
	struct model *(*create)(const struct model_config *config);
	/* A copy that shares nothing; the rows of config hold what the model's do. */
	struct model *(*fork)(const struct model *model, const struct model_config *config);
	/* Whether operations on pages mean anything under these rules; NULL = always. */
	bool (*wants_pages)(const struct rules *rules);
	/* Whether a new limit has to fit: room is made before set_limit(), or it is refused (D37); NULL = stored. */
	bool (*resizes)(const struct rules *rules);
	/* Takes effect at once; nothing is reclaimed. */
	void (*set_limit)(struct model *model, uint32_t resource, uint32_t container, uint64_t barrier, uint64_t limit);
	enum verdict (*prepare)(struct model *model, const struct mem_op *op, struct refusal *refusal);
	struct payment (*commit)(struct model *model, const struct mem_op *op);
	/* Gives back what prepare() reserved: the operation did not happen. */
	void (*cancel)(struct model *model, const struct mem_op *op);
	/*
	 * The short way of most pages: what prepare() and commit() of an OP_MAP with WHY_ANON come to where nothing is set
	 * in the model's part of the page's row. Counters of op->container, which pays now; NULL: it is not that simple,
	 * there may be no room, and nothing has changed. No such function: the model has no short way.
	 */
	const struct model_counters *(*charge_fresh)(struct model *model, const struct mem_op *op);
	/* Likewise commit() of the OP_UNMAP of its only entry, of a page that is anonymous; *container paid for it. */
	const struct model_counters *(*uncharge_fresh)(struct model *model, const struct mem_op *op, uint32_t *container);
	/* A reclaim call for this container reported success. */
	void (*reclaimed)(struct model *model, uint32_t container);
	/* What was charged ahead is given back; how much. NULL where nothing is. */
	uint64_t (*drain)(struct model *model, uint32_t container);
	/* Who pays for page: a container, or -1. */
	int64_t (*payer)(const struct model *model, uint32_t page);
	/* What a caller would have seen of a refused operation: an errno, 0 = killed or nothing. NULL if policy is not. */
	int (*denial)(const struct mem_op *op, uint32_t resource);
	/* Counters of any container, also one never seen; borrowed until the next call of the model. */
	const struct model_counters *(*counters)(const struct model *model, uint32_t resource, uint32_t container);
	/* NULL where a model has no such figures. Any container, also one never seen. */
	struct model_stat (*stat)(const struct model *model, uint32_t container);
	/* The part that counts begins: maxheld and transient := held, failcnt and reclaims := 0. */
	void (*reset_counters)(struct model *model);
	/*
	 * NULL, or a text naming the first broken invariant (models.md 1.7); borrowed.
	 * Costs a full pass over nr_pages rows, all of which exist.
	 */
	const char *(*check)(struct model *model, uint32_t nr_pages);
	void (*destroy)(struct model *model);	/* NULL is fine */
};

/* All models; NULL ends. Add yours. */
extern const struct model_class *const models[];

/* The model of that name, or NULL. */
const struct model_class *model_by_name(const char *name);

/* The model that limits a resource of that name, or NULL. */
const struct model_class *model_of_resource(const char *resource);

/* Whether it is this model. */
bool model_has_resource(const struct model_class *model, const char *resource);

#endif
