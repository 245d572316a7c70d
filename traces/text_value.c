// SPDX-License-Identifier: GPL-2.0-or-later
/* Digits and names. */
#include "traces/text_value.h"

#include "traces/mm_event.h"

#include <string.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool take_hex(const char **at, const char *end, uint64_t *value)
{
	const char *begin = *at;
	uint64_t number = 0;
	int digit;

	for (; *at < end && (digit = digit_of(**at)) < 16; ++*at)
		number = number << 4 | (uint64_t)digit;
	*value = number;
	return *at > begin && *at - begin <= 16;
}

static bool take_decimal(const char **at, const char *end, uint64_t *value)
{
	const char *begin = *at;
	uint64_t number = 0;

	for (; *at < end && (uint8_t)(**at - '0') < 10; ++*at) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(**at - '0'), &number))
			return false;
	}
	*value = number;
	return *at > begin;
}

static bool take_prefix(const char **at, const char *end)
{
	if (end - *at < 2 || (*at)[0] != '0' || (*at)[1] != 'x')
		return false;
	*at += 2;
	return true;
}

bool text_value_hex(const char **at, const char *end, uint64_t *value)
{
	take_prefix(at, end);
	return take_hex(at, end, value);
}

bool text_value_decimal(const char **at, const char *end, uint64_t *value)
{
	bool is_negative = *at < end && **at == '-';

	if (take_prefix(at, end))
		return take_hex(at, end, value);
	*at += is_negative;
	if (!take_decimal(at, end, value))
		return false;
	if (is_negative)
		*value = -*value;
	return true;
}

/* Bits of include/linux/gfp_types.h. Those below 0x200 were the same from 4.18 to 6.18. */
enum {
	DMA = 0x1, HIGHMEM = 0x2, DMA32 = 0x4, MOVABLE = 0x8, RECLAIMABLE = 0x10, HIGH = 0x20, IO = 0x40, FS = 0x80,
	ZERO = 0x100, ATOMIC = 0x200, DIRECT = 0x400, KSWAPD = 0x800, WRITE = 0x1000, NOWARN = 0x2000,
	RETRY_MAYFAIL = 0x4000, NOFAIL = 0x8000, NORETRY = 0x10000, MEMALLOC = 0x20000, COMP = 0x40000,
	NOMEMALLOC = 0x80000, HARDWALL = 0x100000, THISNODE = 0x200000, ACCOUNT = 0x400000, ZEROTAGS = 0x800000,
	RECLAIM = DIRECT | KSWAPD, KERNEL = RECLAIM | IO | FS, USER = KERNEL | HARDWALL,
	HUGE = IO | FS | HARDWALL | HIGHMEM | MOVABLE | COMP | NOMEMALLOC | NOWARN,
};

/*
 * Names for several bits mean what is common to the kernels that print them: since 6.6
 * GFP_NOWAIT has __GFP_NOWARN too, before 6.3 GFP_ATOMIC had a bit of its own.
 */
const struct text_name text_gfp_names[] = {
	{ "GFP_HIGHUSER_MOVABLE", USER | HIGHMEM | MOVABLE },
	{ "__GFP_ZERO", ZERO },
	{ "__GFP_COMP", COMP },
	{ "__GFP_HIGHMEM", HIGHMEM },
	{ "__GFP_MOVABLE", MOVABLE },
	{ "__GFP_NOWARN", NOWARN },
	{ "__GFP_NORETRY", NORETRY },
	{ "__GFP_HARDWALL", HARDWALL },
	{ "__GFP_WRITE", WRITE },
	{ "__GFP_ACCOUNT", ACCOUNT },
	{ "__GFP_RECLAIMABLE", RECLAIMABLE },
	{ "__GFP_NOFAIL", NOFAIL },
	{ "__GFP_RETRY_MAYFAIL", RETRY_MAYFAIL },
	{ "__GFP_REPEAT", RETRY_MAYFAIL },
	{ "__GFP_THISNODE", THISNODE },
	{ "__GFP_NOMEMALLOC", NOMEMALLOC },
	{ "__GFP_MEMALLOC", MEMALLOC },
	{ "__GFP_IO", IO },
	{ "__GFP_FS", FS },
	{ "__GFP_HIGH", HIGH },
	{ "__GFP_ATOMIC", ATOMIC },
	{ "__GFP_DMA", DMA },
	{ "__GFP_DMA32", DMA32 },
	{ "__GFP_RECLAIM", RECLAIM },
	{ "__GFP_DIRECT_RECLAIM", DIRECT },
	{ "__GFP_KSWAPD_RECLAIM", KSWAPD },
	{ "__GFP_ZEROTAGS", ZEROTAGS },
	{ "__GFP_SKIP_ZERO", 0 },	/* these bits were moved about */
	{ "__GFP_SKIP_KASAN", 0 },
	{ "__GFP_SKIP_KASAN_POISON", 0 },
	{ "__GFP_SKIP_KASAN_UNPOISON", 0 },
	{ "__GFP_NOLOCKDEP", 0 },
	{ "__GFP_NO_OBJ_EXT", 0 },
	{ "__GFP_NOTRACK", 0 },
	{ "__GFP_COLD", 0 },
	{ "__GFP_OTHER_NODE", 0 },
	{ "GFP_TRANSHUGE", HUGE | DIRECT },
	{ "GFP_TRANSHUGE_LIGHT", HUGE },
	{ "GFP_HIGHUSER", USER | HIGHMEM },
	{ "GFP_USER", USER },
	{ "GFP_KERNEL_ACCOUNT", KERNEL | ACCOUNT },
	{ "GFP_KERNEL", KERNEL },
	{ "GFP_NOFS", RECLAIM | IO },
	{ "GFP_NOIO", RECLAIM },
	{ "GFP_ATOMIC", HIGH | KSWAPD },
	{ "GFP_NOWAIT", KSWAPD },
	{ "GFP_DMA", DMA },
	{ "GFP_DMA32", DMA32 },
	{ "GFP_TEMPORARY", KERNEL | RECLAIMABLE },
	{ "none", 0 },
	{ NULL }
};

const struct text_name text_member_names[] = {
	{ "MM_FILEPAGES", MM_FILEPAGES },
	{ "MM_ANONPAGES", MM_ANONPAGES },
	{ "MM_SWAPENTS", MM_SWAPENTS },
	{ "MM_SHMEMPAGES", MM_SHMEMPAGES },
	{ NULL }
};

/* Of mm/vmscan.c, as include/trace/events/vmscan.h prints them. */
const struct text_name text_writeback_names[] = {
	{ "RECLAIM_WB_ANON", 0x1 },
	{ "RECLAIM_WB_FILE", 0x2 },
	{ "RECLAIM_WB_SYNC", 0x4 },
	{ "RECLAIM_WB_ASYNC", 0x8 },
	{ "RECLAIM_WB_MIXED", 0x10 },
	{ "RECLAIM_WB_NONE", 0 },
	{ NULL }
};

const struct text_name text_truth_names[] = {
	{ "true", true },
	{ "false", false },
	{ NULL }
};

static bool is_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static const struct text_name *find_name(const struct text_name *names, const char *at, size_t bytes)
{
	for (; names->name; names++) {
		if (!strncmp(names->name, at, bytes) && !names->name[bytes])
			return names;
	}
	return NULL;
}

bool text_value_names(const char **at, const char *end, const struct text_name *names, uint64_t *value,
		      struct text_unknown *unknown)
{
	*value = 0;
	unknown->bytes = 0;
	for (;;) {
		const char *begin = *at;
		const struct text_name *name;
		uint64_t number;

		if (begin < end && digit_of(*begin) < 10) {
			if (!text_value_decimal(at, end, &number))
				return false;
			*value |= number;
		} else {
			while (*at < end && is_name(**at))
				++*at;
			if (*at == begin)
				return false;
			name = find_name(names, begin, *at - begin);
			if (name)
				*value |= name->value;
			else
				*unknown = (struct text_unknown){ begin, *at - begin };
		}
		if (*at == end || **at != '|')
			return true;
		++*at;
	}
}
