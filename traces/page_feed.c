// SPDX-License-Identifier: GPL-2.0-or-later
/* Chunks (u32 packed size, u32 unpacked size, bytes) and plain pages. */
#include "traces/page_feed.h"

#include "base/xalloc.h"
#include "traces/load.h"
#include "traces/ring_page.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_HEADER_BYTES 8
#define CHUNK_MAX_PAGES 64		/* trace-cmd writes ten */
#define PLAIN_RUN_BYTES (64 << 10)
#define MAX_RESUMED 1000		/* a file made to be searched is searched only so long */

void page_run_release(struct page_run *run)
{
	free(run->pages);
	*run = (struct page_run){ 0 };
}

static void reserve_pages(struct page_run *run, size_t bytes)
{
	if (run->capacity_bytes < bytes + RING_PAGE_ROOM) {
		free(run->pages);
		run->capacity_bytes = bytes + RING_PAGE_ROOM;
		run->pages = xcalloc(1, run->capacity_bytes);
	}
	memset(run->pages + bytes, 0, RING_PAGE_ROOM);
}

void page_feed_open(struct page_feed *feed, const struct page_place *place,
		    const struct trace_file *file, struct codec *codec)
{
	uint64_t bytes = place->bytes + (place->is_packed ? CHUNK_COUNT_BYTES : 0);
	uint64_t offset = place->offset < file->bytes ? place->offset : file->bytes;

	*feed = (struct page_feed){ .place = *place, .file = file, .codec = codec };
	if (bytes > file->bytes - offset) {
		feed->missing = bytes - (file->bytes - offset);
		bytes = file->bytes - offset;
	}
	byte_cursor_init_file(&feed->cursor, file, offset, offset + bytes, place->big_endian);
	if (place->is_packed)
		feed->nr_chunks = byte_cursor_u32(&feed->cursor);
}

void page_feed_close(struct page_feed *feed)
{
	byte_cursor_release(&feed->cursor);
}

static enum feed_step damage(struct page_run *run, const char *what)
{
	run->nr_pages = 0;
	run->damage = what;
	return FEED_DAMAGE;
}

/* After this nothing more can be found. */
static enum feed_step damage_to_end(struct page_feed *feed, struct page_run *run, const char *what)
{
	run->bytes = feed->cursor.limit - run->offset + feed->missing;
	feed->missing = 0;
	feed->nr_chunks = 0;
	feed->cursor.failed = false;
	byte_cursor_skip(&feed->cursor, byte_cursor_left(&feed->cursor));
	return damage(run, what);
}

static enum feed_step end_of_chunks(struct page_feed *feed, struct page_run *run)
{
	if (feed->missing)
		return damage_to_end(feed, run, "the file is cut short here");
	if (feed->nr_chunks && !feed->nr_resumed)
		return damage_to_end(feed, run, "fewer chunks than the file says");
	return FEED_END;
}

/* Whether these bytes can be the header of a chunk that `left` bytes follow. */
static bool is_chunk(const struct page_feed *feed, const uint8_t *header, uint64_t left)
{
	uint32_t packed = load_u32(header, feed->place.big_endian);
	uint32_t unpacked = load_u32(header + 4, feed->place.big_endian);
	uint32_t most = feed->place.page_bytes * CHUNK_MAX_PAGES;

	return packed && packed <= left && packed <= most + PLAIN_RUN_BYTES && unpacked &&
	       unpacked <= most && !(unpacked % feed->place.page_bytes);
}

/* Whether at `offset` the data ends or another chunk can begin. */
static bool is_between_chunks(const struct page_feed *feed, uint64_t offset)
{
	const uint64_t limit = feed->cursor.limit;
	uint8_t header[CHUNK_HEADER_BYTES];

	if (offset == limit)
		return true;
	return limit - offset > sizeof(header) &&
	       trace_file_read(feed->file, offset, header, sizeof(header)) == sizeof(header) &&
	       is_chunk(feed, header, limit - offset - sizeof(header));
}

/* The first place from `offset` on where a chunk seems to begin: one whose size leads to another. */
static uint64_t find_chunk(const struct page_feed *feed, uint64_t offset)
{
	const uint64_t limit = feed->cursor.limit;
	uint8_t block[4096];
	size_t bytes;

	for (; limit - offset > CHUNK_HEADER_BYTES; offset += bytes - CHUNK_HEADER_BYTES) {
		bytes = limit - offset < sizeof(block) ? limit - offset : sizeof(block);
		bytes = trace_file_read(feed->file, offset, block, bytes);
		if (bytes <= CHUNK_HEADER_BYTES)
			break;
		for (size_t i = 0; i < bytes - CHUNK_HEADER_BYTES; i++) {
			uint64_t start = offset + i + CHUNK_HEADER_BYTES;

			if (is_chunk(feed, block + i, limit - start) &&
			    is_between_chunks(feed, start + load_u32(block + i, feed->place.big_endian)))
				return offset + i;
		}
	}
	return limit;
}

/* The sizes are wrong: goes on with the next chunk that can be found after this one's header. */
static enum feed_step resume(struct page_feed *feed, struct page_run *run, const char *what)
{
	uint64_t limit = feed->cursor.limit, found;

	if (limit - run->offset <= CHUNK_HEADER_BYTES || feed->nr_resumed == MAX_RESUMED)
		return damage_to_end(feed, run, what);
	found = find_chunk(feed, run->offset + CHUNK_HEADER_BYTES);
	if (found == limit)
		return damage_to_end(feed, run, what);
	feed->nr_resumed++;
	byte_cursor_release(&feed->cursor);
	byte_cursor_init_file(&feed->cursor, feed->file, found, limit, feed->place.big_endian);
	run->bytes = found - run->offset;
	return damage(run, what);
}

/* One chunk less to come. */
static void count_chunk(struct page_feed *feed, struct page_run *run)
{
	if (feed->nr_chunks)
		feed->nr_chunks--;
	else if (!feed->nr_resumed)
		run->damage = "more chunks than the file says";
}

static enum feed_step next_chunk(struct page_feed *feed, struct page_run *run)
{
	struct byte_cursor *cursor = &feed->cursor;
	const uint8_t *header, *packed;
	uint32_t packed_bytes, bytes;

	if (!byte_cursor_left(cursor))
		return end_of_chunks(feed, run);
	header = byte_cursor_block(cursor, CHUNK_HEADER_BYTES);
	if (!header)
		return damage_to_end(feed, run, feed->missing ? "the file is cut short here" :
				     "bytes that are no chunk");
	packed_bytes = load_u32(header, cursor->big_endian);
	bytes = load_u32(header + 4, cursor->big_endian);
	if (feed->missing && packed_bytes > byte_cursor_left(cursor) &&
	    is_chunk(feed, header, UINT64_MAX))
		return damage_to_end(feed, run, "the file is cut short here");
	if (!is_chunk(feed, header, byte_cursor_left(cursor)))
		return resume(feed, run, "a chunk of an impossible size");
	count_chunk(feed, run);
	reserve_pages(run, bytes);
	packed = byte_cursor_block(cursor, packed_bytes);
	if (!packed)
		return damage_to_end(feed, run, "bytes that cannot be read from the disk");
	run->bytes = CHUNK_HEADER_BYTES + (uint64_t)packed_bytes;
	if (codec_unpack(feed->codec, run->pages, bytes, packed, packed_bytes)) {
		run->nr_pages = bytes / feed->place.page_bytes;
		return FEED_PAGES;
	}
	if (feed->missing || is_between_chunks(feed, byte_cursor_offset(cursor)))
		return damage(run, "a chunk that does not unpack");
	return resume(feed, run, "a chunk that does not unpack");
}

static enum feed_step next_plain(struct page_feed *feed, struct page_run *run)
{
	uint64_t left = byte_cursor_left(&feed->cursor);
	uint32_t page_bytes = feed->place.page_bytes;
	size_t bytes;

	if (!left)
		return feed->missing ? damage_to_end(feed, run, "the file is cut short here") :
				       FEED_END;
	if (left < page_bytes)
		return damage_to_end(feed, run, feed->missing ? "the file is cut short here" :
				     "an incomplete page");
	bytes = page_bytes >= PLAIN_RUN_BYTES ? page_bytes :
		PLAIN_RUN_BYTES / page_bytes * page_bytes;
	if (bytes > left)
		bytes = left / page_bytes * page_bytes;
	reserve_pages(run, bytes);
	if (trace_file_read(feed->file, run->offset, run->pages, bytes) != bytes)
		return damage_to_end(feed, run, "bytes that cannot be read from the disk");
	byte_cursor_skip(&feed->cursor, bytes);
	run->bytes = bytes;
	run->nr_pages = bytes / page_bytes;
	return FEED_PAGES;
}

enum feed_step page_feed_next(struct page_feed *feed, struct page_run *run)
{
	run->nr_pages = 0;
	run->damage = NULL;
	run->offset = byte_cursor_offset(&feed->cursor);
	run->bytes = 0;
	return feed->place.is_packed ? next_chunk(feed, run) : next_plain(feed, run);
}

enum feed_step page_feed_measure(struct page_feed *feed, struct page_run *run, uint64_t *bytes)
{
	uint64_t offset = byte_cursor_offset(&feed->cursor);
	enum feed_step step = page_feed_next(feed, run);

	*bytes = byte_cursor_offset(&feed->cursor) - offset;
	return step;
}

/* A chunk is recognised at the end by its packed size, which leads exactly there. */
static bool seek_last_chunk(struct page_feed *feed)
{
	struct byte_cursor *cursor = &feed->cursor;
	uint64_t left = byte_cursor_left(cursor);
	uint64_t tail = 2 * PLAIN_RUN_BYTES;
	const uint8_t *block;

	if (tail > left)
		tail = left;
	byte_cursor_skip(cursor, left - tail);
	block = byte_cursor_block(cursor, tail);
	for (uint64_t bytes = CHUNK_HEADER_BYTES + 1; block && bytes <= tail; bytes++) {
		const uint8_t *chunk = block + tail - bytes;
		uint32_t unpacked = load_u32(chunk + 4, cursor->big_endian);

		if (load_u32(chunk, cursor->big_endian) == bytes - CHUNK_HEADER_BYTES &&
		    unpacked && !(unpacked % feed->place.page_bytes)) {
			cursor->at = chunk;
			return true;
		}
	}
	return false;
}

bool page_feed_seek_last(struct page_feed *feed)
{
	uint64_t left = byte_cursor_left(&feed->cursor);
	uint32_t page_bytes = feed->place.page_bytes;

	if (feed->place.is_packed)
		return seek_last_chunk(feed);
	if (left < page_bytes)
		return false;
	byte_cursor_skip(&feed->cursor, (left / page_bytes - 1) * page_bytes);
	return true;
}
