// SPDX-License-Identifier: GPL-2.0-or-later
/* Chunks (u32 packed size, u32 unpacked size, bytes) and plain pages. */
#include "traces/page_feed.h"

#include "base/xalloc.h"
#include "traces/load.h"
#include "traces/ring_page.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_COUNT_BYTES 4
#define CHUNK_HEADER_BYTES 8
#define CHUNK_MAX_PAGES 64		/* trace-cmd writes ten */
#define PLAIN_RUN_BYTES (64 << 10)

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
	if (feed->nr_chunks)
		return damage_to_end(feed, run, "fewer chunks than the file says");
	return FEED_END;
}

static enum feed_step next_chunk(struct page_feed *feed, struct page_run *run)
{
	struct byte_cursor *cursor = &feed->cursor;
	const uint32_t most = feed->place.page_bytes * CHUNK_MAX_PAGES;
	const uint8_t *block;
	uint32_t packed, unpacked;

	if (!byte_cursor_left(cursor))
		return end_of_chunks(feed, run);
	packed = byte_cursor_u32(cursor);
	unpacked = byte_cursor_u32(cursor);
	if (cursor->failed || packed > byte_cursor_left(cursor))
		return damage_to_end(feed, run, feed->missing ? "the file is cut short here" :
				     "a chunk with an impossible size");
	if (!packed)
		return damage_to_end(feed, run, "a chunk with an impossible size");
	run->bytes = CHUNK_HEADER_BYTES + (uint64_t)packed;
	if (feed->nr_chunks)
		feed->nr_chunks--;
	else
		run->damage = "more chunks than the file says";
	if (!unpacked || unpacked % feed->place.page_bytes || unpacked > most ||
	    packed > most + PLAIN_RUN_BYTES) {
		byte_cursor_skip(cursor, packed);
		return damage(run, "a chunk with an impossible unpacked size");
	}
	reserve_pages(run, unpacked);
	block = byte_cursor_block(cursor, packed);
	if (!block)
		return damage_to_end(feed, run, "bytes that cannot be read from the disk");
	if (!codec_unpack(feed->codec, run->pages, unpacked, block, packed))
		return damage(run, "a chunk that does not unpack");
	run->nr_pages = unpacked / feed->place.page_bytes;
	return FEED_PAGES;
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
