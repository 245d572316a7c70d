/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page ("sub-buffer") of the kernel's ring buffer: walks its records.
 *
 *	if (ring_page_open(&page, &format, bytes))
 *		while ((step = ring_page_next(&page, &record)) == RING_RECORD)
 *			use(page.time, record);
 *
 * Borrows the bytes of the page until its last record.  Nothing outside the
 * page is read, except that up to 8 bytes after it may be looked at by those
 * who load fields: the owner keeps that room.
 */
#ifndef TRACES_RING_PAGE_H
#define TRACES_RING_PAGE_H

#include "traces/load.h"

#include <stddef.h>

#define RING_PAGE_ROOM 8

enum {
	RING_TYPE_DATA_MAX = 28,	/* 1..28: data of 4 * type bytes */
	RING_TYPE_PADDING = 29,
	RING_TYPE_TIME_EXTEND = 30,
	RING_TYPE_TIME_STAMP = 31,
};

struct ring_format {
	uint32_t page_bytes;
	uint8_t header_bytes;	/* time stamp and commit: 12 or 16 */
	bool big_endian;
};

struct ring_page {
	const uint8_t *start;	/* of the page */
	const uint8_t *at, *end;	/* the next record; the end of the used bytes */
	uint64_t time;		/* of the last record; first, of the page */
	uint64_t latest;	/* records after this are damage */
	uint64_t lost;		/* records lost before the page; 0 = unknown */
	bool has_lost;
	bool big_endian;
};

struct ring_record {
	const uint8_t *data;
	uint32_t bytes;
};

enum ring_step {
	RING_RECORD,
	RING_END,
	RING_DAMAGE,	/* what follows page->at cannot be read */
};

/* False: the page says that it uses more bytes than it has. */
bool ring_page_open(struct ring_page *page, const struct ring_format *format,
		    const uint8_t *bytes);

/* Steps over what is no plain record: extends, stamps, padding, long records. */
enum ring_step ring_page_next_slow(struct ring_page *page, struct ring_record *record);

/* Fewer bytes are left than a header has: records end at multiples of four. */
static inline enum ring_step ring_page_end(const struct ring_page *page)
{
	return page->at == page->end ? RING_END : RING_DAMAGE;
}

/* Next record; page->time is its time.  big_endian: the page's. */
static inline enum ring_step ring_page_next_of(struct ring_page *page, struct ring_record *record, const bool big_endian)
{
	const ptrdiff_t left = page->end - page->at;
	uint32_t header, type, bytes;
	uint64_t time;

	if (left < 4)
		return ring_page_end(page);
	header = load_u32(page->at, big_endian);
	type = big_endian ? header >> 27 : header & 31;
	bytes = type * 4;
	time = page->time + (big_endian ? header & 0x7ffffff : header >> 5);
	if (type - 1 >= RING_TYPE_DATA_MAX || 4 + bytes > left || time > page->latest)
		return ring_page_next_slow(page, record);
	record->data = page->at + 4;
	record->bytes = bytes;
	page->at += 4 + bytes;
	page->time = time;
	return RING_RECORD;
}

static inline enum ring_step ring_page_next(struct ring_page *page, struct ring_record *record)
{
	return ring_page_next_of(page, record, page->big_endian);
}

#endif
