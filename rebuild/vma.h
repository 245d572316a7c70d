/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mapped ranges of one recorded address space, sorted and disjoint.
 *
 * Those of system calls are exact.  Those that exec makes have no event in most
 * kernels: they are inferred from the faults that fall into them, grow as more
 * is learned, and say so (is_inferred).  vpn = address / page size; [begin, end).
 */
#ifndef REBUILD_VMA_H
#define REBUILD_VMA_H

#include "base/room.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What madvise() leaves with a range: ranges that differ in it are not one. */
enum vma_advice {
	ADVICE_RANDOM = 1, ADVICE_SEQUENTIAL = 2,
	ADVICE_NOT_FORKED = 4,		/* a child has no such range */
	ADVICE_FORKED_EMPTY = 8,	/* a child has it, without its pages */
	ADVICE_MERGEABLE = 16, ADVICE_HUGE = 32, ADVICE_NOT_HUGE = 64, ADVICE_NOT_DUMPED = 128,
};

#define ANON_GUESSED 1		/* vma.anon of inferred ones */

struct vma {
	uint64_t begin, end;
	uint64_t first_index;	/* of its file, at begin; when the file is known */
	uint32_t file;		/* page.h; 0 = anonymous or not known yet */
	int32_t fd;		/* as given to mmap; -1 = none */
	bool is_file;		/* of a file, known or not */
	bool is_shared;
	bool is_write, is_exec, is_none;	/* protection; is_none: no access at all */
	bool is_locked;
	bool is_accounted;	/* private, and written to while it was writable: never merged with what was not */
	bool is_stack, is_heap;
	bool is_inferred;
	bool is_begin_exact, is_end_exact;	/* of an inferred one: the border was seen */
	uint64_t write_begin, write_end;	/* of an inferred one: where writes were seen; 0, 0 = nowhere */
	bool is_growing;	/* its end is unknown: faults move it (shmat) */
	uint32_t anon;		/* its anon_vma, a number of its own: ranges that got one each stay apart; 0 = no anonymous page was ever in it */
	bool is_inherited;	/* by a child: apart for good */
	uint8_t advice;		/* a set of enum vma_advice */
	bool is_special;	/* vdso and the like: never charged */
};

struct vmas {
	struct vma *all;
	size_t nr;
	struct room room;	/* of all: what is mapped next lies below what is there */
	uint64_t pages;		/* total_vm */
	uint64_t inferred_pages;	/* vma_inferred_pages() of all */
	uint64_t last_index;	/* the highest first_index that an inferred one has had */
	uint32_t last_anon;	/* number given last */
	size_t last;		/* where the last look-up ended */
};

void vmas_release(struct vmas *vmas);

/* What vma_find() does when it is not the one that the last look-up found. */
struct vma *vma_search(struct vmas *vmas, uint64_t vpn);

/* The VMA that holds vpn, or NULL; good until the next change. */
static inline struct vma *vma_find(struct vmas *vmas, uint64_t vpn)
{
	const size_t i = vmas->last;

	if (i < vmas->nr && vmas->all[i].begin <= vpn && vpn < vmas->all[i].end)
		return &vmas->all[i];
	return vma_search(vmas, vpn);
}

/* Writable pages of an inferred one, as far as they are known; none of a stack, nor of one that is not inferred. */
uint64_t vma_writable_pages(const struct vma *vma);

static inline uint64_t vma_inferred_pages(const struct vma *vma)
{
	return vma->is_inferred && !vma->is_stack && vma->is_write ? vma_writable_pages(vma) : 0;
}

/* Before and after something that this depends on is changed of one by hand. */
static inline void vma_change_begin(struct vmas *vmas, const struct vma *vma)
{
	vmas->inferred_pages -= vma_inferred_pages(vma);
}

static inline void vma_change_end(struct vmas *vmas, const struct vma *vma)
{
	vmas->inferred_pages += vma_inferred_pages(vma);
	if (vma->is_inferred && vma->first_index > vmas->last_index)
		vmas->last_index = vma->first_index;
}

/* Index of the first VMA that ends after vpn. */
size_t vma_from(const struct vmas *vmas, uint64_t vpn);

/* Whether the kernel would hold a and b, which touch, as one. */
bool vma_can_merge(const struct vma *a, const struct vma *b);
/* Adds one, which must not overlap; merged with a neighbour where the kernel would. */
struct vma *vma_add(struct vmas *vmas, const struct vma *vma);
/* Removes what lies in [begin, end), splitting at the borders. */
void vma_remove(struct vmas *vmas, uint64_t begin, uint64_t end);
/* Splits so that a VMA border lies at vpn, if it is inside one. */
void vma_split(struct vmas *vmas, uint64_t vpn);
/* Merges neighbours in and around [begin, end) that the kernel would hold as one. */
void vma_merge(struct vmas *vmas, uint64_t begin, uint64_t end);
/* What operations say of it: a set of enum vma_flags. */
uint8_t vma_flags(const struct vma *vma);
/* Moves the borders of one VMA; the new range must be free of others. */
void vma_resize(struct vmas *vmas, struct vma *vma, uint64_t begin, uint64_t end);
/* Notes that [begin, end) of an inferred VMA is writable. */
void vma_wrote(struct vma *vma, uint64_t begin, uint64_t end);
/* Whether fork copies its entries: where no anonymous page ever was, faults bring them back. */
static inline bool vma_is_copied(const struct vma *vma)
{
	return vma->anon && !(vma->advice & (ADVICE_NOT_FORKED | ADVICE_FORKED_EMPTY));
}
/* An anonymous page comes to it: it gets the anon_vma of a neighbour that differs in protection alone, or its own. */
void vma_make_anon(struct vmas *vmas, struct vma *vma);
/* What a child has of its parent's ranges: not those it was advised not to have, and none locked. */
void vmas_fork(struct vmas *child, const struct vmas *parent);

#endif
