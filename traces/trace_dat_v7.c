// SPDX-License-Identifier: GPL-2.0-or-later
/* Version 7: sections anywhere in the file, found through chained options. */
#include "traces/trace_dat.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define SECTION_HEADER_BYTES 16
#define SECTION_MAX_BYTES (256 << 20)	/* unpacked: 2 MB are usual */

enum {
	SECTION_OPTIONS = 0,
	SECTION_BUFFER = 3,
	SECTION_HEADER_INFO = 16,
	SECTION_FTRACE_FORMATS = 17,
	SECTION_EVENT_FORMATS = 18,
	SECTION_LAST = 31,
};

struct section {
	uint16_t id;
	bool is_packed;
	uint64_t offset;	/* of its payload */
	uint64_t bytes;		/* as it says */
};

static bool read_section_header(const struct trace_dat *dat, uint64_t offset,
				struct section *section)
{
	uint8_t header[SECTION_HEADER_BYTES];

	if (trace_file_read(&dat->file, offset, header, sizeof(header)) != sizeof(header))
		return false;
	section->id = load_u16(header, dat->target.big_endian);
	section->is_packed = load_u16(header + 2, dat->target.big_endian) & 1;
	section->bytes = load_u64(header + 8, dat->target.big_endian);
	section->offset = offset + sizeof(header);
	return true;
}

/* The section's payload, unpacked; returns new, NULL after a note. */
static uint8_t *load_section(struct trace_dat *dat, uint64_t offset, uint16_t id, size_t *bytes,
			     const char *what)
{
	struct section section;
	uint8_t *packed = NULL, *unpacked = NULL;
	const char *why = "it lies beyond the end of the file";
	uint32_t to, from;

	if (!read_section_header(dat, offset, &section))
		goto fail;
	why = "there is another section";
	if (section.id != id)
		goto fail;
	why = "its size is impossible";
	if (section.bytes > dat->file.bytes - section.offset ||
	    section.bytes > SECTION_MAX_BYTES || (section.is_packed && section.bytes < 8))
		goto fail;
	why = "it cannot be read from the disk";
	packed = xcalloc(1, section.bytes + 1);
	if (trace_file_read(&dat->file, section.offset, packed, section.bytes) != section.bytes)
		goto fail;
	if (!section.is_packed) {
		*bytes = section.bytes;
		return packed;
	}
	why = "its packed size is impossible";
	from = load_u32(packed, dat->target.big_endian);
	to = load_u32(packed + 4, dat->target.big_endian);
	if (from > section.bytes - 8 || to > SECTION_MAX_BYTES)
		goto fail;
	why = "it does not unpack";
	unpacked = xcalloc(1, (size_t)to + 1);
	if (!codec_unpack(dat->codec, unpacked, to, packed + 8, from))
		goto fail;
	free(packed);
	*bytes = to;
	return unpacked;
fail:
	free(packed);
	free(unpacked);
	dat_note(dat, "section %s at offset 0x%llx: %s, it is not read", what,
		 (unsigned long long)offset, why);
	return NULL;
}

static bool was_seen(struct trace_dat *dat, uint64_t offset)
{
	for (size_t i = 0; i < dat->nr_seen_options; i++) {
		if (dat->seen_options[i] == offset)
			return true;
	}
	xgrow(&dat->seen_options, dat->nr_seen_options, &dat->seen_options_capacity,
	      sizeof(*dat->seen_options));
	dat->seen_options[dat->nr_seen_options++] = offset;
	return false;
}

/* Follows the chain of options sections from the first one. */
static void read_options_chain(struct trace_dat *dat, uint64_t offset)
{
	while (offset) {
		struct byte_cursor cursor;
		uint8_t *payload;
		size_t bytes;

		if (was_seen(dat, offset)) {
			dat_note(dat, "options: their chain leads back to offset 0x%llx, it is left there",
				 (unsigned long long)offset);
			return;
		}
		payload = load_section(dat, offset, SECTION_OPTIONS, &bytes, "options");
		if (!payload)
			return;
		byte_cursor_init_memory(&cursor, payload, bytes, dat->target.big_endian);
		offset = dat_read_options(dat, &cursor);
		free(payload);
	}
}

static uint64_t align_up(uint64_t offset, uint32_t page_bytes)
{
	return (offset + page_bytes - 1) & ~(uint64_t)(page_bytes - 1);
}

/* Where a CPU's chain of chunks ends, which begins at `offset`; 0 = it is none. */
static uint64_t end_of_chunks(const struct trace_dat *dat, uint64_t offset, uint64_t limit)
{
	uint8_t word[8];
	uint32_t nr_chunks;

	if (limit - offset < 12 || trace_file_read(&dat->file, offset, word, 4) != 4)
		return 0;
	nr_chunks = load_u32(word, dat->target.big_endian);
	offset += 4;
	if (!nr_chunks)
		return 0;
	while (nr_chunks--) {
		uint32_t packed, unpacked;

		if (trace_file_read(&dat->file, offset, word, 8) != 8)
			return UINT64_MAX;	/* cut short: all the rest is this CPU's */
		packed = load_u32(word, dat->target.big_endian);
		unpacked = load_u32(word + 4, dat->target.big_endian);
		if (!packed || !unpacked || unpacked % dat->target.page_bytes)
			return 0;
		offset += 8 + packed;
		if (offset > limit)
			return UINT64_MAX;
	}
	return offset;
}

/* The CPUs of a data section that no option describes: they follow each other. */
static void find_cpus(struct trace_dat *dat, const struct section *section)
{
	uint64_t limit = section->offset + section->bytes;
	uint64_t offset = align_up(section->offset, dat->target.page_bytes);
	struct dat_buffer *buffer = dat_add_buffer(dat, "");
	uint32_t cpu = 0;

	if (section->bytes > dat->file.bytes - section->offset)
		limit = dat->file.bytes;
	buffer->is_packed = section->is_packed;
	if (!section->is_packed) {
		dat_add_cpu(buffer, 0, offset, limit > offset ? limit - offset : 0);
		dat_note(dat, "data at offset 0x%llx: its table of CPUs is lost, all is read as cpu 0",
			 (unsigned long long)offset);
		return;
	}
	while (offset < limit) {
		uint64_t end = end_of_chunks(dat, offset, limit);

		if (!end)
			break;
		dat_add_cpu(buffer, cpu++, offset,
			    (end == UINT64_MAX ? limit : end) - offset - 4);
		offset = end == UINT64_MAX ? limit : align_up(end, dat->target.page_bytes);
	}
	dat_note(dat, "data at offset 0x%llx: its table of CPUs is lost, %u CPUs are found by their chunks and numbered from 0",
		 (unsigned long long)section->offset, cpu);
}

/*
 * Sections one after the other, as they were written: for files whose options are
 * damaged or cut off.
 */
static void scan_sections(struct trace_dat *dat, uint64_t offset)
{
	struct section section;
	bool has_buffers = dat->nr_buffers;

	while (read_section_header(dat, offset, &section) && section.id <= SECTION_LAST) {
		if (section.id == SECTION_BUFFER && !has_buffers)
			find_cpus(dat, &section);
		else if (!dat->sections[section.id])
			dat->sections[section.id] = offset;
		if (section.bytes > dat->file.bytes - section.offset)
			return;
		offset = section.offset + section.bytes;
	}
}

static void read_one(struct trace_dat *dat, uint16_t id, const char *what,
		     void (*read)(struct trace_dat *dat, struct byte_cursor *cursor))
{
	struct byte_cursor cursor;
	uint8_t *payload;
	size_t bytes;

	if (!dat->sections[id])
		return;
	payload = load_section(dat, dat->sections[id], id, &bytes, what);
	if (!payload)
		return;
	byte_cursor_init_memory(&cursor, payload, bytes, dat->target.big_endian);
	read(dat, &cursor);
	free(payload);
}

static void read_event_formats(struct trace_dat *dat, struct byte_cursor *cursor)
{
	format_table_read_events(dat->formats, cursor);
}

static void read_ftrace_formats(struct trace_dat *dat, struct byte_cursor *cursor)
{
	format_table_read_internal(dat->formats, cursor);
}

enum status dat_read_v7(struct trace_dat *dat, struct byte_cursor *cursor, struct error *err)
{
	const char *name = byte_cursor_text(cursor);
	uint64_t options, first_section;

	dat->codec = name ? codec_create(name[0] ? name : "none") : NULL;
	if (!dat->codec)
		return error_set(err, RC_INPUT, "%s: compression \"%.16s\" is not known",
				 dat->file.path, name ? name : "");
	byte_cursor_text(cursor);	/* of which version does not matter */
	options = byte_cursor_u64(cursor);
	first_section = byte_cursor_offset(cursor);
	if (cursor->failed)
		return error_set(err, RC_INPUT, "%s: ends within its first %llu bytes",
				 dat->file.path, (unsigned long long)dat->file.bytes);
	read_options_chain(dat, options);
	if (!dat->nr_buffers || !dat->sections[SECTION_EVENT_FORMATS] ||
	    !dat->sections[SECTION_HEADER_INFO])
		scan_sections(dat, first_section);
	read_one(dat, SECTION_HEADER_INFO, "headers", dat_read_headers);
	read_one(dat, SECTION_EVENT_FORMATS, "event formats", read_event_formats);
	read_one(dat, SECTION_FTRACE_FORMATS, "ftrace formats", read_ftrace_formats);
	return RC_OK;
}
