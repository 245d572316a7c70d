// SPDX-License-Identifier: GPL-2.0-or-later
/* Records by their headers, and how to find them again. */
#include "traces/perf_walk.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define CHAIN 4			/* headers that must follow each other to be believed */
#define SEARCH_BYTES (8 * RECORD_MOST_BYTES)
#define MAX_RESUMED 1000	/* a file made to be searched is searched only so long */
#define LAST_TYPE 127		/* beyond any that perf has */

void perf_walk_open(struct perf_walk *walk, const struct trace_file *file,
		    const struct perf_range *range)
{
	uint64_t offset = range->offset < file->bytes ? range->offset : file->bytes;
	uint64_t bytes = range->bytes;

	*walk = (struct perf_walk){ .file = file, .head_end = range->head_end, .formats_end = range->formats_end };
	if (bytes > file->bytes - offset) {
		walk->missing = bytes - (file->bytes - offset);
		bytes = file->bytes - offset;
	}
	byte_cursor_init_file(&walk->cursor, file, offset, offset + bytes, range->big_endian);
	walk->at = &walk->cursor.at;
	walk->end = &walk->cursor.end;
}

void perf_walk_close(struct perf_walk *walk)
{
	byte_cursor_release(&walk->cursor);
	perf_unpack_release(&walk->unpack);
}

/* In those of perf's own `misc` says nothing, but where it is of the kernel or where nobody cleared it. */
static bool is_own_record(const struct perf_record *record)
{
	switch (record->type) {
	case PERF_BUILD_ID:
	case PERF_COMPRESSED:
	case PERF_COMPRESSED2:
		return true;
	case PERF_FINISHED_ROUND:
	case PERF_FINISHED_INIT:
		return !record->misc && record->bytes == PERF_HEADER_BYTES;
	default:
		return !record->misc;
	}
}

/* The kernel's records are whole words; perf's own, compressed ones, need not be. */
static bool is_record(const struct perf_record *record)
{
	if (record->bytes < PERF_HEADER_BYTES || !record->type || record->type > LAST_TYPE)
		return false;
	return record->type >= PERF_USER_TYPES ? is_own_record(record) : !(record->bytes % 8);
}

/* Of the head, in the midst of samples. */
static bool is_late(const struct perf_walk *walk, const struct perf_record *record, uint64_t offset)
{
	return offset >= walk->head_end &&
	       (record->type == PERF_HEADER_ATTR || record->type == PERF_EVENT_TYPE ||
		record->type == PERF_TRACING_DATA || record->type == PERF_HEADER_FEATURE);
}

/* More than is_record() asks, where nothing says that one begins. */
static bool is_likely(const struct perf_record *record)
{
	if (record->type >= PERF_USER_TYPES)
		return is_record(record) && !record->misc;
	return is_record(record) && record->bytes >= 2 * PERF_HEADER_BYTES && !(record->bytes % 8) &&
	       !(record->misc & 0x0ff8);
}

/* Whether headers follow each other from `at` on, up to the end or long enough. */
static bool is_chain(const uint8_t *at, const uint8_t *end, bool is_all, bool big_endian)
{
	struct perf_record record;

	for (int i = 0; i < CHAIN; i++) {
		if (at == end && i)
			return is_all;
		if (end - at < PERF_HEADER_BYTES)
			return false;
		perf_record_read(&record, at, big_endian);
		if (!is_likely(&record) || record.bytes > end - at)
			return false;
		at += record.bytes;
	}
	return true;
}

/* The first place after `at` where records seem to begin again; NULL if there is none. */
static const uint8_t *find_chain(const uint8_t *at, const uint8_t *end, bool is_all, bool big_endian)
{
	while (++at < end) {
		if (is_chain(at, end, is_all, big_endian))
			return at;
	}
	return NULL;
}

static enum perf_step damage(struct perf_walk *walk, uint64_t offset, uint64_t bytes, const char *what)
{
	walk->damage = (struct perf_damage){ offset, bytes, what };
	return PERF_DAMAGE;
}

/* After this nothing more can be found. */
static enum perf_step damage_to_end(struct perf_walk *walk, uint64_t offset, const char *what)
{
	uint64_t bytes = walk->cursor.limit - offset + walk->missing;

	walk->missing = 0;
	walk->cursor.failed = false;
	byte_cursor_skip(&walk->cursor, byte_cursor_left(&walk->cursor));
	return damage(walk, offset, bytes, what);
}

/* Where in the file records seem to begin again after `offset`; the limit if nowhere. */
static uint64_t search(const struct perf_walk *walk, uint64_t offset)
{
	const uint64_t limit = walk->cursor.limit;
	uint8_t *block = xcalloc(1, limit - offset < SEARCH_BYTES ? limit - offset : SEARCH_BYTES);
	uint64_t found = limit;

	while (found == limit && offset < limit) {
		size_t bytes = limit - offset < SEARCH_BYTES ? limit - offset : SEARCH_BYTES;
		bool is_all = bytes == limit - offset;
		const uint8_t *at;

		bytes = trace_file_read(walk->file, offset, block, bytes);
		at = find_chain(block, block + bytes, is_all, walk->cursor.big_endian);
		if (at)
			found = offset + (at - block);
		if (is_all || bytes < SEARCH_BYTES)
			break;
		offset += SEARCH_BYTES - CHAIN * RECORD_MOST_BYTES;
	}
	free(block);
	return found;
}

/* The header at the cursor cannot be true. */
static enum perf_step resume(struct perf_walk *walk, const char *what)
{
	struct byte_cursor *cursor = &walk->cursor;
	const uint64_t offset = byte_cursor_offset(cursor);
	uint64_t found = cursor->limit;

	if (walk->nr_resumed++ < MAX_RESUMED)
		found = search(walk, offset);
	if (found == cursor->limit)
		return damage_to_end(walk, offset, what);
	byte_cursor_skip(cursor, found - offset);
	return damage(walk, offset, found - offset, what);
}

/* What follows some records outside of them; they say how much. */
static void skip_payload(struct perf_walk *walk, const struct perf_record *record)
{
	uint64_t bytes = 0;

	if (record->type == PERF_TRACING_DATA && walk->formats_end > record->offset + record->bytes)
		bytes = walk->formats_end - (record->offset + record->bytes);
	else if (record->type == PERF_TRACING_DATA && record->bytes >= 12)
		bytes = load_u32(record->data + 8, walk->cursor.big_endian);
	else if (record->type == PERF_AUXTRACE && record->bytes >= 16)
		bytes = load_u64(record->data + 8, walk->cursor.big_endian);
	/* What cannot be true is not believed: records are looked for right here. */
	if (bytes > byte_cursor_left(&walk->cursor))
		return;
	byte_cursor_skip(&walk->cursor, bytes);
}

static enum perf_step end_of_file(struct perf_walk *walk)
{
	const struct perf_unpack *unpack = &walk->unpack;
	const uint64_t unread = walk->unread, left = unpack->end - unpack->at;

	if (walk->missing)
		return damage_to_end(walk, walk->cursor.limit, "the file is cut short here");
	walk->unread = 0;
	if (unread)
		return damage(walk, walk->packed_offset, unread, "compressed records after damaged ones");
	walk->unpack.at = walk->unpack.end;
	if (left)
		return damage(walk, walk->packed_offset, left, "compressed records end within one");
	return PERF_END;
}

/* The next record of the file itself, where its window does not hold it. */
static enum perf_step next_slow(struct perf_walk *walk, struct perf_record *record)
{
	struct byte_cursor *cursor = &walk->cursor;
	const uint8_t *header;
	uint64_t left = byte_cursor_left(cursor);

	if (!left)
		return end_of_file(walk);
	record->offset = byte_cursor_offset(cursor);
	if (left < PERF_HEADER_BYTES)
		return damage_to_end(walk, record->offset, walk->missing ? "the file is cut short here" :
				     "an incomplete record");
	header = byte_cursor_block(cursor, PERF_HEADER_BYTES);
	if (!header)
		return damage_to_end(walk, record->offset, "bytes that cannot be read from the disk");
	perf_record_read(record, header, cursor->big_endian);
	cursor->at = header;
	if (!is_record(record))
		return resume(walk, "a record of an impossible size or type");
	if (is_late(walk, record, record->offset))
		return resume(walk, "a record of the head among samples");
	if (record->bytes > left && walk->missing)
		return damage_to_end(walk, record->offset, "the file is cut short here");
	if (record->bytes > left)
		return resume(walk, "a record beyond the end");
	record->data = byte_cursor_block(cursor, record->bytes);
	if (!record->data)
		return damage_to_end(walk, record->offset, "bytes that cannot be read from the disk");
	return PERF_RECORD;
}

static enum perf_step next_of_file(struct perf_walk *walk, struct perf_record *record)
{
	struct byte_cursor *cursor = &walk->cursor;
	const size_t left = cursor->end - cursor->at;

	if (left < PERF_HEADER_BYTES)
		return next_slow(walk, record);
	perf_record_read(record, cursor->at, cursor->big_endian);
	record->offset = byte_cursor_offset(cursor);
	if (!is_record(record) || record->bytes > left || is_late(walk, record, record->offset))
		return next_slow(walk, record);
	cursor->at += record->bytes;
	return PERF_RECORD;
}

/* As resume(), of records that were packed together. */
static enum perf_step resume_unpacked(struct perf_walk *walk, const uint8_t *start, const char *what)
{
	struct perf_unpack *unpack = &walk->unpack;
	const uint8_t *found = find_chain(start, unpack->end, false, walk->cursor.big_endian);

	unpack->at = found ? found : unpack->end;
	return damage(walk, walk->packed_offset, unpack->at - start, what);
}

/* The next record of those unpacked; PERF_END if more must be unpacked first. */
static enum perf_step next_unpacked(struct perf_walk *walk, struct perf_record *record)
{
	struct perf_unpack *unpack = &walk->unpack;
	const size_t left = unpack->end - unpack->at;

	if (left < PERF_HEADER_BYTES)
		return PERF_END;
	perf_record_read(record, unpack->at, walk->cursor.big_endian);
	if (!is_record(record) || is_late(walk, record, walk->packed_offset))
		return resume_unpacked(walk, unpack->at, "a compressed record of an impossible size or type");
	if (record->bytes > left)
		return PERF_END;
	record->offset = walk->packed_offset;
	unpack->at += record->bytes;
	return PERF_RECORD;
}

bool perf_walk_reject(struct perf_walk *walk, const struct perf_record *record, const char *what)
{
	const struct perf_unpack *unpack = &walk->unpack;

	if (walk->nr_resumed >= MAX_RESUMED)
		return false;
	if (unpack->memory && record->data >= unpack->memory && record->data < unpack->end) {
		walk->nr_resumed++;
		resume_unpacked(walk, record->data, what);
		return true;
	}
	walk->cursor.at = record->data;
	resume(walk, what);
	return true;
}

/* Hands a compressed record on, if it can be unpacked. */
static void feed(struct perf_walk *walk, const struct perf_record *record)
{
	uint64_t bytes = record->bytes - PERF_HEADER_BYTES;
	const uint8_t *slice = record->data + PERF_HEADER_BYTES;

	if (record->type == PERF_COMPRESSED2) {
		uint64_t said = bytes >= 8 ? load_u64(slice, walk->cursor.big_endian) : 0;

		slice += 8;
		bytes = bytes >= 8 && said < bytes - 8 ? said : bytes >= 8 ? bytes - 8 : 0;
	}
	walk->has_compressed = true;
	walk->at = &walk->unpack.at;
	walk->end = &walk->unpack.end;
	if (!perf_unpack_feed(&walk->unpack, slice, bytes)) {
		walk->unread += record->bytes;
		return;
	}
	walk->is_told = false;
	walk->packed_offset = record->offset;
}

/* More of the compressed record at hand; PERF_END if it is used up. */
static enum perf_step unpack_more(struct perf_walk *walk)
{
	struct perf_unpack *unpack = &walk->unpack;
	const uint64_t end = byte_cursor_offset(&walk->cursor);

	if (perf_unpack_more(unpack))
		return PERF_RECORD;
	unpack->packed_bytes = 0;
	if (!unpack->is_broken || walk->is_told)
		return PERF_END;
	walk->is_told = true;
	unpack->at = unpack->end;
	return damage(walk, walk->packed_offset, end - walk->packed_offset,
		      "a compressed record that does not unpack");
}

enum perf_step perf_walk_next_slow(struct perf_walk *walk, struct perf_record *record)
{
	for (;;) {
		enum perf_step step = next_unpacked(walk, record);

		if (step != PERF_END)
			return step;
		step = unpack_more(walk);
		if (step == PERF_DAMAGE)
			return step;
		if (step == PERF_RECORD)
			continue;
		step = next_of_file(walk, record);
		if (step != PERF_RECORD)
			return step;
		if (record->type == PERF_COMPRESSED || record->type == PERF_COMPRESSED2) {
			feed(walk, record);
			continue;
		}
		skip_payload(walk, record);
		return PERF_RECORD;
	}
}

bool perf_walk_ahead(const struct perf_walk *walk, const uint8_t **at, struct perf_record *record)
{
	const uint8_t *end = *walk->end;

	if (!*at)
		*at = *walk->at;
	if (end - *at < PERF_HEADER_BYTES)
		return false;
	perf_record_read(record, *at, walk->cursor.big_endian);
	if (!is_record(record) || record->bytes > end - *at)
		return false;
	record->offset = 0;
	*at += record->bytes;
	return true;
}
