// SPDX-License-Identifier: GPL-2.0-or-later
/* Digits and names. */
#include "traces/text_value.h"

#include "traces/mm_event.h"

#include <endian.h>
#include <string.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Of each byte its highest bit, if it is no hexadecimal digit. */
static inline uint64_t mark_others(uint64_t text)
{
	uint64_t digits = (text ^ EACH_BYTE * '0') + EACH_BYTE * (0x80 - 10);
	uint64_t letters = (text | EACH_BYTE * 0x20) ^ EACH_BYTE * 0x60;	/* a to f: 1 to 6 */

	letters = (letters + EACH_BYTE * (0x80 - 7)) | ~(letters + EACH_BYTE * 0x7f);
	return ((digits & letters) | text) & EACH_BYTE * 0x80;
}

/* The digits of bytes that are all of them, the first one's is the most significant. */
static inline uint64_t join_digits(uint64_t text)
{
	uint64_t value = (text & EACH_BYTE * 0x0f) + (text >> 6 & EACH_BYTE) * 9;

	value = (value << 4 | value >> 8) & UINT64_C(0x00ff00ff00ff00ff);
	value = (value << 8 | value >> 16) & UINT64_C(0x0000ffff0000ffff);
	return (value << 16 | value >> 32) & UINT32_MAX;
}

/* Eight at a time as long as there are so many bytes. */
static bool take_hex(const char **at, const char *end, uint64_t *value)
{
	const char *begin = *at;
	uint64_t number = 0, text, others = 0;
	int digit;

	while (!others && end - *at >= 8) {
		int nr;

		memcpy(&text, *at, sizeof(text));
		text = le64toh(text);
		/* A carry may reach the bytes behind one that is none; nothing is asked of those. */
		others = mark_others(text);
		nr = others ? __builtin_ctzll(others) / 8 : 8;
		if (nr)
			number = number << 4 * nr | join_digits(text << 8 * (8 - nr));
		*at += nr;
	}
	for (; !others && *at < end && (digit = digit_of(**at)) < 16; ++*at)
		number = number << 4 | (uint64_t)digit;
	*value = number;
	return *at > begin && *at - begin <= 16;
}

#define SURE_DIGITS 19		/* of a number that fits */

static bool take_decimal(const char **at, const char *end, uint64_t *value)
{
	const char *begin = *at, *sure = end - begin > SURE_DIGITS ? begin + SURE_DIGITS : end;
	uint64_t number = 0;

	for (; *at < sure && (uint8_t)(**at - '0') < 10; ++*at)
		number = number * 10 + (uint64_t)(**at - '0');
	for (; *at == sure && sure < end && (uint8_t)(*sure - '0') < 10; sure = ++*at) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*sure - '0'), &number))
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

bool text_value_array(const char *at, const char *end, char *bytes, size_t max, size_t *nr)
{
	static const char begin[] = "ARRAY[";
	bool has_ended = false;
	size_t count = 0;

	if ((size_t)(end - at) < sizeof(begin) || memcmp(at, begin, sizeof(begin) - 1) || end[-1] != ']')
		return false;
	for (at += sizeof(begin) - 1; end - at > 2; at += at[2] == ',' ? 4 : 3) {
		int high = digit_of(at[0]), low = digit_of(at[1]);

		if (high > 15 || low > 15 || (at[2] == ',' ? end - at < 6 || at[3] != ' ' : at + 3 != end))
			return false;
		has_ended |= !(high | low);
		if (!has_ended && count == max)
			return false;
		if (!has_ended)
			bytes[count++] = high << 4 | low;
	}
	if (!has_ended || at != end)
		return false;
	*nr = count;
	return true;
}

#define NAME(text, bits) { text, sizeof(text) - 1, bits }

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
	NAME("GFP_HIGHUSER_MOVABLE", USER | HIGHMEM | MOVABLE),
	NAME("__GFP_ZERO", ZERO),
	NAME("__GFP_COMP", COMP),
	NAME("__GFP_HIGHMEM", HIGHMEM),
	NAME("__GFP_MOVABLE", MOVABLE),
	NAME("__GFP_NOWARN", NOWARN),
	NAME("__GFP_NORETRY", NORETRY),
	NAME("__GFP_HARDWALL", HARDWALL),
	NAME("__GFP_WRITE", WRITE),
	NAME("__GFP_ACCOUNT", ACCOUNT),
	NAME("__GFP_RECLAIMABLE", RECLAIMABLE),
	NAME("__GFP_NOFAIL", NOFAIL),
	NAME("__GFP_RETRY_MAYFAIL", RETRY_MAYFAIL),
	NAME("__GFP_REPEAT", RETRY_MAYFAIL),
	NAME("__GFP_THISNODE", THISNODE),
	NAME("__GFP_NOMEMALLOC", NOMEMALLOC),
	NAME("__GFP_MEMALLOC", MEMALLOC),
	NAME("__GFP_IO", IO),
	NAME("__GFP_FS", FS),
	NAME("__GFP_HIGH", HIGH),
	NAME("__GFP_ATOMIC", ATOMIC),
	NAME("__GFP_DMA", DMA),
	NAME("__GFP_DMA32", DMA32),
	NAME("__GFP_RECLAIM", RECLAIM),
	NAME("__GFP_DIRECT_RECLAIM", DIRECT),
	NAME("__GFP_KSWAPD_RECLAIM", KSWAPD),
	NAME("__GFP_ZEROTAGS", ZEROTAGS),
	NAME("__GFP_SKIP_ZERO", 0),	/* these bits were moved about */
	NAME("__GFP_SKIP_KASAN", 0),
	NAME("__GFP_SKIP_KASAN_POISON", 0),
	NAME("__GFP_SKIP_KASAN_UNPOISON", 0),
	NAME("__GFP_NOLOCKDEP", 0),
	NAME("__GFP_NO_OBJ_EXT", 0),
	NAME("__GFP_NOTRACK", 0),
	NAME("__GFP_COLD", 0),
	NAME("__GFP_OTHER_NODE", 0),
	NAME("GFP_TRANSHUGE", HUGE | DIRECT),
	NAME("GFP_TRANSHUGE_LIGHT", HUGE),
	NAME("GFP_HIGHUSER", USER | HIGHMEM),
	NAME("GFP_USER", USER),
	NAME("GFP_KERNEL_ACCOUNT", KERNEL | ACCOUNT),
	NAME("GFP_KERNEL", KERNEL),
	NAME("GFP_NOFS", RECLAIM | IO),
	NAME("GFP_NOIO", RECLAIM),
	NAME("GFP_ATOMIC", HIGH | KSWAPD),
	NAME("GFP_NOWAIT", KSWAPD),
	NAME("GFP_DMA", DMA),
	NAME("GFP_DMA32", DMA32),
	NAME("GFP_TEMPORARY", KERNEL | RECLAIMABLE),
	NAME("none", 0),
	{ NULL }
};

const struct text_name text_member_names[] = {
	NAME("MM_FILEPAGES", MM_FILEPAGES),
	NAME("MM_ANONPAGES", MM_ANONPAGES),
	NAME("MM_SWAPENTS", MM_SWAPENTS),
	NAME("MM_SHMEMPAGES", MM_SHMEMPAGES),
	{ NULL }
};

/* Of mm/vmscan.c, as include/trace/events/vmscan.h prints them. */
const struct text_name text_writeback_names[] = {
	NAME("RECLAIM_WB_ANON", 0x1),
	NAME("RECLAIM_WB_FILE", 0x2),
	NAME("RECLAIM_WB_SYNC", 0x4),
	NAME("RECLAIM_WB_ASYNC", 0x8),
	NAME("RECLAIM_WB_MIXED", 0x10),
	NAME("RECLAIM_WB_NONE", 0),
	{ NULL }
};

const struct text_name text_truth_names[] = {
	NAME("true", true),
	NAME("false", false),
	{ NULL }
};

static bool is_name(char c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26 || c == '_' || (uint8_t)(c - '0') < 10;
}

static const struct text_name *find_name(const struct text_name *names, const char *at, size_t bytes)
{
	for (; names->name; names++) {
		if (names->bytes == bytes && !memcmp(names->name, at, bytes))
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
