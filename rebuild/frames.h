/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which page a frame holds: frames are small dense numbers, so they index.
 *
 * Two levels; a leaf of 2^15 frames (128 MiB of memory) is made when one of them
 * is first set.  Frames from FRAMES_MAX on (16 TiB) are not kept: nothing that
 * has so much memory is recorded, and damage may claim any.
 */
#ifndef REBUILD_FRAMES_H
#define REBUILD_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_LEAF_BITS 15
#define FRAMES_MAX (UINT64_C(1) << 32)

struct frames {			/* all zero is empty */
	uint32_t **leaves;
	size_t nr;
};

void frames_release(struct frames *frames);
/* page = 0: the frame holds none. */
void frames_set(struct frames *frames, uint64_t pfn, uint32_t page);

/* Where the page number of a frame is kept; NULL: of that frame and its neighbours none ever was. */
static inline uint32_t *frames_find(const struct frames *frames, uint64_t pfn)
{
	size_t leaf = pfn >> FRAME_LEAF_BITS;

	if (leaf >= frames->nr || !frames->leaves[leaf])
		return NULL;
	return &frames->leaves[leaf][pfn & ((1u << FRAME_LEAF_BITS) - 1)];
}

static inline uint32_t frames_get(const struct frames *frames, uint64_t pfn)
{
	const uint32_t *page = frames_find(frames, pfn);

	return page ? *page : 0;
}

/* The frame held that page, and holds it no more; what else it holds stays. */
static inline void frames_forget(struct frames *frames, uint64_t pfn, uint32_t page)
{
	uint32_t *held = frames_find(frames, pfn);

	if (held && *held == page)
		*held = 0;
}

/* It is going to be asked for. */
static inline __attribute__((always_inline)) void frames_prefetch(const struct frames *frames, uint64_t pfn)
{
	const uint32_t *page = frames_find(frames, pfn);

	if (page)
		__builtin_prefetch(page, 1);
}

#endif
