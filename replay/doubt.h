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
#ifndef REPLAY_DOUBT_H
#define REPLAY_DOUBT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rebuild;
struct mm_event;

struct doubts {
	bool is_any;		/* there was a gap */
	bool is_endless;	/* one that goes on: no count settles anything */
	bool is_changed;	/* what follows is to be worked out anew */
	uint64_t up;		/* pages that may be mapped and are not in the facts */
	uint64_t down;		/* pages of the facts that may be mapped no longer */
	bool *is_open;		/* by container: an address space of it is in doubt */
	size_t nr;		/* containers; after those, all are as is_open_rest says */
	bool is_open_rest;	/* there are strays: they may be of any container */
	uint64_t most_pages;	/* of one address space at a gap: what a stray may share with its parent */
	uint32_t *mms;		/* those in doubt */
	size_t nr_mms, mms_capacity;
	uint32_t *strays;	/* tasks without a known address space */
	size_t nr_strays, strays_capacity;
};

/* Whether pages of the container may be other than the facts say. */
static inline bool doubt_is_open(const struct doubts *doubt, uint32_t container)
{
	return container < doubt->nr ? doubt->is_open[container] : doubt->is_open_rest;
}

/* Records are missing up to now, or from now on: everything alive is in doubt. */
void doubt_gap(struct rebuild *rb, bool is_endless);
/* An address space was made: a child of `parent` (0 = none); a stray if whoever made it is one. */
void doubt_mm_made(struct rebuild *rb, uint32_t mm, uint32_t parent, bool is_stray);
void doubt_mm_ended(struct rebuild *rb, uint32_t mm);
/* A task that was never seen born. */
void doubt_task_found(struct rebuild *rb, uint32_t task);
/* A stray allocated 2^order pages: they may be mapped by it. */
void doubt_stray_allocated(struct rebuild *rb, uint32_t task, uint32_t order);
/* Sums up, if anything changed since. */
void doubt_update(struct rebuild *rb);
void doubt_release(struct doubts *doubt);

#endif
