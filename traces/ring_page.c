// SPDX-License-Identifier: GPL-2.0-or-later
/* The rare records of a ring-buffer page, and its header. */
#include "traces/ring_page.h"

#define COMMIT_BYTES UINT32_C(0x07ffffff)
#define COMMIT_LOST (UINT32_C(1) << 31)
#define COMMIT_LOST_STORED (UINT32_C(1) << 30)
#define TIME_TOP_BITS (UINT64_C(0xf8) << 56)

static uint64_t load_long(const uint8_t *bytes, uint8_t long_bytes, bool big_endian)
{
	return long_bytes == 8 ? load_u64(bytes, big_endian) : load_u32(bytes, big_endian);
}

bool ring_page_open(struct ring_page *page, const struct ring_format *format,
		    const uint8_t *bytes)
{
	uint8_t long_bytes = format->header_bytes - 8;
	uint32_t commit = load_long(bytes + 8, long_bytes, format->big_endian);
	uint32_t room = format->page_bytes - format->header_bytes;
	uint32_t used = commit & COMMIT_BYTES;

	*page = (struct ring_page){
		.start = bytes,
		.at = bytes + format->header_bytes,
		.end = bytes + format->header_bytes,
		.time = load_u64(bytes, format->big_endian),
		.latest = UINT64_MAX,
		.has_lost = commit & COMMIT_LOST,
		.big_endian = format->big_endian,
	};
	if (used > room)
		return false;
	page->end += used;
	if (page->has_lost && commit & COMMIT_LOST_STORED && room - used >= long_bytes)
		page->lost = load_long(page->end, long_bytes, format->big_endian);
	return true;
}

enum ring_step ring_page_next_slow(struct ring_page *page, struct ring_record *record)
{
	while (page->end - page->at >= 4) {
		uint32_t header = load_u32(page->at, page->big_endian);
		uint32_t type = page->big_endian ? header >> 27 : header & 31;
		uint64_t delta = page->big_endian ? header & 0x7ffffff : header >> 5;
		uint64_t left = page->end - page->at - 4;
		uint64_t time = page->time + delta;
		uint32_t word = 0, bytes;

		/* The kernel pads so where no record can begin: with no more than the header. */
		if (type == RING_TYPE_PADDING && !delta)
			return left < 4 ? RING_END : RING_DAMAGE;
		if (type == 0 || type >= RING_TYPE_PADDING) {
			if (left < 4)
				return RING_DAMAGE;
			word = load_u32(page->at + 4, page->big_endian);
		}
		if (type == RING_TYPE_TIME_EXTEND)
			time += (uint64_t)word << 27;
		else if (type == RING_TYPE_TIME_STAMP)
			time = ((delta + ((uint64_t)word << 27)) & ~TIME_TOP_BITS) |
			       (page->time & TIME_TOP_BITS);
		if (time < page->time || time > page->latest)
			return RING_DAMAGE;

		switch (type) {
		case 0:		/* a long record: its size, itself included, comes first */
			/* Zeros too: some 4.19 kernels leave them, but what the disk lost looks the same. */
			if (word < 4 || word > left)
				return RING_DAMAGE;
			record->data = page->at + 8;
			record->bytes = word - 4;
			bytes = (word + 3) & ~UINT32_C(3);
			if (bytes > left)
				bytes = left;
			break;
		case RING_TYPE_PADDING:		/* a record that was taken back */
			if (word > left)
				return RING_DAMAGE;
			bytes = word;
			break;
		case RING_TYPE_TIME_EXTEND:
		case RING_TYPE_TIME_STAMP:
			bytes = 4;
			break;
		default:
			bytes = type * 4;
			if (bytes > left)
				return RING_DAMAGE;
			record->data = page->at + 4;
			record->bytes = bytes;
			break;
		}
		page->at += 4 + bytes;
		page->time = time;
		if (type <= RING_TYPE_DATA_MAX)
			return RING_RECORD;
	}
	return ring_page_end(page);
}
