// SPDX-License-Identifier: GPL-2.0-or-later
/* Page numbers by frame, in leaves that are made when needed. */
#include "rebuild/frames.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

void frames_release(struct frames *frames)
{
	for (size_t i = 0; i < frames->nr; i++)
		free(frames->leaves[i]);
	free(frames->leaves);
	*frames = (struct frames){ 0 };
}

static void make_room(struct frames *frames, size_t leaf)
{
	size_t nr = leaf + 64;

	frames->leaves = xrealloc(frames->leaves, nr, sizeof(*frames->leaves));
	memset(frames->leaves + frames->nr, 0, (nr - frames->nr) * sizeof(*frames->leaves));
	frames->nr = nr;
}

void frames_set(struct frames *frames, uint64_t pfn, uint32_t page)
{
	size_t leaf = pfn >> FRAME_LEAF_BITS;

	if (pfn >= FRAMES_MAX)
		return;
	if (leaf >= frames->nr) {
		if (!page)
			return;
		make_room(frames, leaf);
	}
	if (!frames->leaves[leaf]) {
		if (!page)
			return;
		frames->leaves[leaf] = xcalloc((size_t)1 << FRAME_LEAF_BITS, sizeof(**frames->leaves));
	}
	frames->leaves[leaf][pfn & ((1u << FRAME_LEAF_BITS) - 1)] = page;
}
