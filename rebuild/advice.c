// SPDX-License-Identifier: GPL-2.0-or-later
/* What madvise() leaves with a range: madvise_vma_behavior() in mm/madvise.c. */
#include "rebuild/state.h"

/* uapi/asm-generic/mman-common.h: what each sets and takes back. */
static const struct { uint8_t set, clear; } kept[] = {
	[0] = { 0, ADVICE_RANDOM | ADVICE_SEQUENTIAL },		/* MADV_NORMAL */
	[1] = { ADVICE_RANDOM, ADVICE_SEQUENTIAL },
	[2] = { ADVICE_SEQUENTIAL, ADVICE_RANDOM },
	[10] = { ADVICE_NOT_FORKED, 0 },			/* MADV_DONTFORK */
	[11] = { 0, ADVICE_NOT_FORKED },
	[12] = { ADVICE_MERGEABLE, 0 },
	[13] = { 0, ADVICE_MERGEABLE },
	[14] = { ADVICE_HUGE, ADVICE_NOT_HUGE },
	[15] = { ADVICE_NOT_HUGE, ADVICE_HUGE },
	[16] = { ADVICE_NOT_DUMPED, 0 },			/* MADV_DONTDUMP */
	[17] = { 0, ADVICE_NOT_DUMPED },
	[18] = { ADVICE_FORKED_EMPTY, 0 },			/* MADV_WIPEONFORK */
	[19] = { 0, ADVICE_FORKED_EMPTY },
};

static void set_advice(struct vma *vma, const void *how)
{
	const uint64_t advice = *(const uint64_t *)how;

	vma->advice = (vma->advice & ~kept[advice].clear) | kept[advice].set;
}

void advice_taken(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end, uint64_t advice)
{
	if (advice < sizeof(kept) / sizeof(kept[0]) && (kept[advice].set || kept[advice].clear))
		range_change(rb, mm, begin, end, set_advice, &advice);
}
