/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reclaim policy: which page of a container goes first, in one scenario.
 *
 * It keeps its own lists of the pages charged to each container and decides;
 * what a page is, and taking it away, is the host's (replay/).  A policy reads
 * no clock and does no I/O: pages, in order, are all it knows.
 *
 * Per page it keeps class->page_bytes in a row of `pages` at `offset`, as
 * accounting/model.h says of models.
 *
 * The charge loop of a fault is the host's, with the numbers of this header:
 *
 *	for (rounds = 0; the model refuses; rounds++) {
 *		policy->class->reclaim(policy, container, &result);
 *		if (result.success) tell the model;
 *		if (reclaim_retry(rules, &result, usage < limit, rounds)) continue;
 *		kill whom oom_select() names and start again with rounds = 0, or give
 *		up: it names nobody, or the mm that faults;
 *	}
 *
 * reclaim27 goes with the loop of 2.6.27 instead:
 *
 *	for (rounds = 0; the model refuses;) {
 *		policy->class->reclaim(policy, container, &result);
 *		if (result.success || usage < limit) continue;
 *		if (rounds++ < RECLAIM_RETRIES) continue;	(2.6.25: nap RECLAIM_NAP_NS)
 *		kill whom oom_select() names, and give up: a fault kills the mm that
 *		faults as well, a read(2) fails, read-ahead ends;
 *	}
 *
 * and so does a write of memory.limit_in_bytes (before 2.6.27: stored, no more), and
 * of rss_limit where D37 is as intended:
 *
 *	for (rounds = 0; usage > the new limit;) {
 *		if (rounds == RECLAIM_RETRIES) give up: -EBUSY, the old limit holds;
 *		policy->class->reclaim(policy, container, &result);
 *		rounds += !(result.success && usage fell);
 *	}
 *	model->class->set_limit(...);
 *
 * lru618 goes with the loop of cgroup2.md 3.2, as replay/world_charge.c has it.
 *
 * D11 does not arise: a victim is gone before the next round,
 * so every kill leaves a member less and the loop ends.
 *
 * No trace tells these; they are assumed:
 *  - no page lock is held and no page has buffers, other references or a
 *    congested queue: nothing is kept for them;
 *  - I/O that a call starts is under way until the call returns and has ended
 *    when the host says written(), at once unless it models the device;
 *  - an anonymous page that was written out is freed then: mapped again, it has
 *    been read anew (on the active list, unreferenced).  Its slot is the host's:
 *    the 2007 kernel frees it at the next write, so a page swapped in and not
 *    written since is clean (page_view.in_swap_cache);
 *  - one node, its zones in the order of its zonelist, none all_unreclaimable;
 *    between calls the rest of the machine brings every zone back to the figures
 *    of struct machine and frees pages in it; within a call they follow what the
 *    call moves;
 *  - no page waits in a per-CPU batch, nobody holds the swap token, and a file
 *    page that is mlocked is mapped shared.
 */
#ifndef RECLAIM_POLICY_H
#define RECLAIM_POLICY_H

#include "base/records.h"
#include "base/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECLAIM_MAX_ZONES 4
#define RECLAIM_DEF_PRIORITY 12		/* of 12..0; lower looks at more */
#define RECLAIM_NAP_NS 100000000	/* HZ/10 */

/* D9 intended: retries of a fault before a kill, whatever reclaim said. */
#define RECLAIM_RETRIES 5
/*
 * Posted, a fault retries as long as reclaim says success; it is abandoned as a
 * livelock (models.md 2.10) after so many calls in a row that said so with the
 * usage as before and no progress.
 */
#define RECLAIM_LIVELOCK_CALLS 3

/* The machine as no trace tells it (models.md 2.1); every field is an option and stored with the run. */
struct machine {
	uint32_t swappiness;		/* vm.swappiness, 0..100; lru618: 0..200 */
	uint32_t mapped_ratio;		/* percent of RAM that is mapped, machine-wide */
	uint32_t nr_zones;
	struct { uint64_t nr_active, nr_inactive; } zones[RECLAIM_MAX_ZONES];	/* pages */
	uint64_t swap_pages;		/* UINT64_MAX = as much as needed, 0 = no swap */
	uint64_t readahead_pages;	/* largest window read ahead; 0 = none */
	uint64_t stats_ns;		/* how often memory.stat is brought up to date; 0 = always is */
	uint64_t flush_ns;		/* from waking the flushers until what was dirty is clean */
};

/* A plausible machine with so much RAM; the .c says why each figure. */
void machine_default(struct machine *machine, uint64_t ram_pages);

/* What the host says of a page in this scenario. */
struct page_view {
	uint32_t mapcount;
	uint32_t zone;		/* index of machine.zones; never changes */
	bool is_anon;		/* anonymous; shmem is not (it has a mapping); never changes */
	bool is_shmem;
	bool is_locked;		/* an mlocked VMA maps it */
	bool is_dirty;		/* file or shmem page whose content is newer than its backing */
	bool in_swap_cache;	/* anonymous with a slot and clean there */
	bool is_file_mapped;	/* some VMA maps the file of this page (models.md 2.7, row 4) */
};

/* The same for a policy of today, which looks at some pages many times: a set. */
enum page_look {
	LOOK_ANON = 1,		/* anonymous or shared memory: it goes to swap */
	LOOK_MAPPED = 2,
	LOOK_LOCKED = 4,	/* an mlocked VMA maps it */
	LOOK_DIRTY = 8,		/* its content is newer than its backing */
	LOOK_WRITEBACK = 16,	/* its write is under way */
	LOOK_READING = 32,	/* its read is: it is locked */
	LOOK_EXEC = 64,		/* a mapping that maps it may be executed */
	/* Of examine() alone: */
	LOOK_CLOSER = 128,	/* it is locked, dirty, written or read, perhaps: nothing was done, ask one by one */
	LOOK_YOUNG = 256,	/* times the young entries, of which 2 stand for any more: the last bits */
};

/* And of one that is charged now. */
struct arrival {
	uint32_t folio;		/* first page of the folio it belongs to, or itself */
	bool is_anon;		/* as LOOK_ANON */
	bool is_fault;		/* a fault of this scenario brings it in */
	bool is_written_to;	/* it enters to be written: what was in it before does not matter */
};

/* Of a page_view what never changes. */
struct page_nature {
	uint32_t zone;
	bool is_anon, is_shmem;
};

/* A container with all below it: pages that it holds, and of them those that memory.min and memory.low spare. */
struct protection {
	uint64_t usage, min, low;
};

struct reclaim_host {
	void *host;
	/* Pages the container is charged now, and its limit. */
	uint64_t (*usage)(void *host, uint32_t container);
	uint64_t (*limit)(void *host, uint32_t container);
	void (*view)(void *host, uint32_t page, struct page_view *view);
	/* reclaim07, reclaim27: all they want of a page that comes. */
	struct page_nature (*nature)(void *host, uint32_t page);
	/* Number of young entries; all are old afterwards. */
	uint32_t (*test_and_clear_young)(void *host, uint32_t page);
	/* A slot for an anonymous or shmem page, also one that has it; false = swap is full or absent. */
	bool (*add_to_swap)(void *host, uint32_t page);
	/*
	 * Unmaps every entry.  The host tells the model; the container's charge
	 * ends there, if that is what it hangs on, and policy->class->uncharged()
	 * is called from within.
	 * False: an mlocked entry stopped the walk, the page stays mapped.
	 */
	bool (*unmap)(void *host, uint32_t page);
	/*
	 * The unmapped page is being written out (to swap or its file), or was freed.
	 * It leaves the page cache in wrote() if it is shmem, in freed() if it is not
	 * anonymous: the host tells the model, and a charge that hangs on the page
	 * cache ends, with uncharged(), from within.
	 * lru618 calls freed() alone: what goes to swap was written there before.
	 */
	void (*wrote)(void *host, uint32_t page);
	void (*freed)(void *host, uint32_t page);
	/* Of usage: model_class.stat().rss; NULL if no policy in use asks (reclaim27 does). */
	uint64_t (*rss)(void *host, uint32_t container);
	/* lru618 asks these instead of view(): set of enum page_look; what comes. */
	unsigned (*look)(void *host, uint32_t page);
	struct arrival (*arrival)(void *host, uint32_t page);
	/*
	 * The short way for what most pages are, or NULL.  Of many pages at once look(), and test_and_clear_young() of
	 * those that are mapped; and of one of them whose look was not LOOK_CLOSER add_to_swap(), unmap() and freed(), as far as
	 * they apply: false, and nothing done, if it needs a slot and there is none.
	 */
	void (*examine)(void *host, const uint32_t *pages, uint32_t nr, uint16_t *seen);
	bool (*evict)(void *host, uint32_t page);
	/* lru618: free swap slots that the container may have; write back all that is dirty. */
	uint64_t (*swap_left)(void *host, uint32_t container);
	void (*wake_flushers)(void *host);
	/* Where the page of a file stands among those that are written: by file, then by index. */
	uint64_t (*place)(void *host, uint32_t page);
	/* Its settings; NULL = nobody has any. */
	void (*protection)(void *host, uint32_t container, struct protection *answer);
	/* How often one came to hold less that was not reclaimed from: its stock was given back. Where there is protection. */
	uint64_t (*nr_drained)(void *host);
	/* The container above, 0 = none; and how many containers there are: none lies elsewhere before they are more. */
	uint32_t (*parent)(void *host, uint32_t container);
	uint32_t (*nr_containers)(void *host);
};

/* One reclaim call, in the words of models.md 2.10. */
struct reclaim_result {
	uint64_t asked;		/* given: pages to free, 0 = as many as a call of that policy frees; lru618 */
	bool success;		/* what the charge loop is told */
	/*
	 * Any page was unmapped, sign of use taken or prev_priority changed.  Not: a
	 * page changed lists.  Pages that cannot go (no swap, mlocked) do that for
	 * ever, and one that can goes within two calls.
	 */
	bool progress;
	int priority;		/* reached: 12..0, -1 when the loop ran out */
	uint64_t steps;			/* active and inactive, also on empty lists */
	uint64_t looks, foreign_looks;	/* pages looked at; of them in another zone */
	uint64_t scanned;		/* the kernel's count: a mapped page on the inactive list is two */
	uint64_t deactivated, activated;	/* moves, a page may make many */
	uint64_t unmapped;
	uint64_t uncharged;	/* unmapped or not */
	uint64_t writes;	/* swap or file writes started */
	uint64_t freed;
	uint64_t rotated;	/* kept at their list's head */
	uint64_t scanned_anon, freed_anon;	/* of scanned and freed; lru618 */
	uint32_t naps;
};

/*
 * Whether a refused charge tries again after this call (D9, D10): posted as long
 * as reclaim says success, intended also when there is room now, and a bounded
 * number of times.
 */
bool reclaim_retry(const struct rules *rules, const struct reclaim_result *result, bool is_room,
		   uint32_t rounds);

struct policy_config {
	struct records *pages;	/* borrowed */
	size_t offset;
	const struct machine *machine;		/* borrowed */
	const struct reclaim_host *host;	/* borrowed */
	struct rules rules;			/* a policy reads its own */
};

struct policy {				/* base: first member of every policy */
	const struct policy_class *class;
};

struct policy_class {
	const char *name;
	const char *summary;		/* one line for people, with the section of models.md */
	bool gives_up;			/* after a kill the charge fails as well, as in 2.6.27 */
	bool is_modern;			/* faults are seen by young entries alone, those mapped around are young,
					 * a slot ends when it is read: cgroup2.md 2, 5 */
	size_t page_bytes;
	size_t list_bytes;		/* and beside its row at most; a page is on one list */
	struct policy *(*create)(const struct policy_config *config);
	/* A copy that shares nothing; the rows of config hold what the policy's do. */
	struct policy *(*fork)(const struct policy *policy, const struct policy_config *config);
	/* The page is charged to container now; not from within reclaim(). */
	void (*charged)(struct policy *policy, uint32_t page, uint32_t container);
	/* Likewise, of an anonymous page that is new and a folio of its own: its row holds nothing yet. */
	void (*charged_fresh)(struct policy *policy, uint32_t page, uint32_t container);
	/* It is charged no longer. */
	void (*uncharged)(struct policy *policy, uint32_t page);
	/* mark_page_accessed(): read, file fault before mapping, swap-in, shmem; charged or not. */
	void (*accessed)(struct policy *policy, uint32_t page);
	/* SetPageReferenced(): a young entry of a file or shmem page was zapped. */
	void (*zapped_young)(struct policy *policy, uint32_t page);
	/* The I/O that wrote() spoke of ended; not from within reclaim(). */
	void (*written)(struct policy *policy, uint32_t page);
	/* memory.stat is brought up to date: machine.stats_ns. NULL = of no matter. */
	void (*flush_stats)(struct policy *policy);
	/* try_to_free_pages_in_container(). */
	void (*reclaim)(struct policy *policy, uint32_t container, struct reclaim_result *result);
	/* NULL, or the first broken invariant; for container `container` with `usage` pages. */
	const char *(*check)(struct policy *policy, uint32_t container, uint64_t usage);
	void (*destroy)(struct policy *policy);	/* NULL is fine */
};

/* All policies; NULL ends. */
extern const struct policy_class *const policies[];

const struct policy_class *policy_by_name(const char *name);

#endif
