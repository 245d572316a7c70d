/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lost records may have made wrong of the facts, in pages.
 *
 * From a gap on, each address space that lived in it is in doubt, counter by
 * counter, until the kernel's own count of it is seen again (rss_stat): then what the
 * facts hold and what the kernel counted may still differ, but by how much is known.
 * The doubt ends with the address space.  A child of one in doubt is in doubt; what
 * exec builds afterwards is not.  Tasks and address spaces that turn up
 * after a gap and were never seen born are strays: their container is not known.
 *
 * Not covered: a task that was moved to another container in a gap, and one that
 * was born in a gap and is never seen afterwards.
 */
#ifndef REBUILD_DOUBT_H
#define REBUILD_DOUBT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rebuild;
struct mm_event;

/* What one address space adds to the sums; all zero of one that is in no doubt. */
struct doubt_share {
	uint64_t up, down;
	uint32_t container, first_container;
	bool is_counted;
	bool is_stray, is_unsure;	/* is_unsure: a stray that may share most_pages besides */
	bool is_touched, is_recent;	/* it is in the list of that name */
};

struct doubts {
	bool is_any;		/* there was a gap */
	bool is_endless;	/* one that goes on: no count settles anything */
	bool is_changed;	/* what follows is to be worked out anew */
	uint64_t up;		/* pages that may be mapped and are not in the facts */
	uint64_t down;		/* pages of the facts that may be mapped no longer */
	uint32_t *nr_open;	/* by container: shares of it; of those beyond, none */
	size_t nr;
	bool is_open_rest;	/* there are strays: they may be of any container */
	uint32_t *turned;	/* containers that may have been opened or closed, one after the other... */
	size_t nr_turned, turned_capacity;
	uint64_t nr_turned_before;	/* ...but for the first so many */
	uint64_t most_pages;	/* of one address space at a gap: what a stray may share with its parent */
	struct doubt_share *shares;	/* by address space */
	size_t nr_shares;
	uint64_t up_of_mms, down_of_mms;
	size_t nr_stray_mms, nr_unsure_mms;
	uint32_t *touched;	/* whose shares are to be worked out anew */
	size_t nr_touched, touched_capacity;
	uint32_t *recent;	/* that may have changed since the last gap */
	size_t nr_recent, recent_capacity;
	size_t nr_strays;	/* tasks without a known address space */
	uint64_t up_of_strays;
};

/* Whether pages of the container may be other than the facts say. */
static inline bool doubt_is_open(const struct doubts *doubt, uint32_t container)
{
	return doubt->is_open_rest || (container < doubt->nr && doubt->nr_open[container]);
}

/* After a gap: something of the address space changes (0 = of none). */
void doubt_touch(struct rebuild *rb, uint32_t mm);
/* Records are missing up to now, or from now on: everything alive is in doubt. */
void doubt_gap(struct rebuild *rb, bool is_endless);
/* An address space was made: a child of `parent` (0 = none); a stray if whoever made it is one. */
void doubt_mm_made(struct rebuild *rb, uint32_t mm, uint32_t parent, bool is_stray);
void doubt_mm_ended(struct rebuild *rb, uint32_t mm);
/* A task that was never seen born. */
void doubt_task_found(struct rebuild *rb, uint32_t task);
/* Its address space becomes known, its container does, or it ends. */
void doubt_task_known(struct rebuild *rb, uint32_t task);
/* A stray allocated 2^order pages: they may be mapped by it. */
void doubt_stray_allocated(struct rebuild *rb, uint32_t task, uint32_t order);
/* Sums up, if anything changed since. */
void doubt_update(struct rebuild *rb);
void doubt_release(struct doubts *doubt);

#endif
