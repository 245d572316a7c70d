// SPDX-License-Identifier: GPL-2.0-or-later
/* Version 7: sections anywhere in the file, found through chained options. */
#include "traces/trace_dat.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define SECTION_MAX_BYTES (64 << 20)	/* unpacked: 2 MB are usual */
#define MAX_SECTIONS 1000		/* trace-cmd writes a dozen and one for each buffer */
#define MAX_CPUS 8192

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
	uint8_t header[DAT_SECTION_HEADER_BYTES];

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

uint64_t dat_load_own(struct trace_dat *dat, uint64_t at, enum own_section wanted, uint8_t **payload, size_t *bytes)
{
	struct section section;

	if (!read_section_header(dat, at, &section) || !section.bytes ||
	    (section.id != OWN_SNAPSHOT && section.id != OWN_NAMES && section.id != SECTION_OPTIONS))
		return 0;
	if (section.id == wanted)
		*payload = load_section(dat, at, wanted, bytes, wanted == OWN_NAMES ? "names" : "snapshot");
	return section.bytes < INT64_MAX ? section.offset + section.bytes : 0;
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

/* Follows the chain of options sections that begins at `offset`, unless it is known. */
static void read_options_chain(struct trace_dat *dat, uint64_t offset)
{
	for (bool is_chained = false; offset; is_chained = true) {
		struct byte_cursor cursor;
		uint8_t *payload;
		size_t bytes;

		if (was_seen(dat, offset)) {
			if (is_chained)
				dat_note(dat, "options: their chain leads back to offset 0x%llx, it is left there",
					 (unsigned long long)offset);
			return;
		}
		if (dat->nr_seen_options > MAX_SECTIONS) {
			dat_note(dat, "options: more than %d sections, later ones are not read",
				 MAX_SECTIONS);
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

/* Plain pages of several CPUs, one after the other: a new CPU begins where time goes back. */
static uint32_t find_plain_cpus(struct trace_dat *dat, struct dat_buffer *buffer, uint64_t offset,
				uint64_t end)
{
	const uint32_t most = dat->nr_cpus && dat->nr_cpus < MAX_CPUS ? dat->nr_cpus : MAX_CPUS;
	uint64_t start = offset, before = 0;
	uint32_t cpu = 0;

	for (; end - offset >= buffer->page_bytes; offset += buffer->page_bytes) {
		uint8_t word[8];
		uint64_t stamp;

		if (trace_file_read(&dat->file, offset, word, sizeof(word)) != sizeof(word))
			break;
		stamp = load_u64(word, dat->target.big_endian);
		if (stamp < before && cpu + 1 < most) {
			dat_add_cpu(buffer, cpu++, start, offset - start);
			start = offset;
		}
		before = stamp;
	}
	if (end > start)
		dat_add_cpu(buffer, cpu++, start, end - start);
	return cpu;
}

/* Chains of chunks, each from the start of a page on. */
static uint32_t find_packed_cpus(struct trace_dat *dat, struct dat_buffer *buffer, uint64_t offset,
				 uint64_t end)
{
	const uint64_t limit = end < dat->file.bytes ? end : dat->file.bytes;
	uint32_t cpu = 0;

	while (offset < limit && cpu < MAX_CPUS) {
		uint64_t next = end_of_chunks(dat, offset, limit);

		if (!next)
			break;
		if (next == UINT64_MAX)
			next = end;
		dat_add_cpu(buffer, cpu++, offset, next - offset - 4);
		offset = align_up(next, dat->target.page_bytes);
	}
	return cpu;
}

/* The CPUs of a data section that no option describes: they follow each other. */
static void find_cpus(struct trace_dat *dat, const struct section *section)
{
	uint64_t offset = align_up(section->offset, dat->target.page_bytes);
	uint64_t bytes = section->bytes < INT64_MAX ? section->bytes : INT64_MAX;
	uint64_t end = section->offset + bytes;		/* beyond that of the file if it is cut */
	struct dat_buffer *buffer = dat_add_buffer(dat, "");
	uint32_t nr_cpus = 0;

	buffer->is_packed = section->is_packed;
	if (offset < end)
		nr_cpus = section->is_packed ? find_packed_cpus(dat, buffer, offset, end) :
					       find_plain_cpus(dat, buffer, offset, end);
	dat_note(dat, "data at offset 0x%llx: its table of CPUs is lost, %u CPUs are found in it and numbered from 0",
		 (unsigned long long)section->offset, nr_cpus);
}

/*
 * Sections one after the other, as they were written: for files whose options are
 * damaged or cut off.  First options that no chain led to; then, if they tell of
 * no data, the data itself.
 */
static void scan_sections(struct trace_dat *dat, uint64_t first, bool is_for_data)
{
	struct section section;
	uint64_t offset = first;

	for (int i = 0; i < MAX_SECTIONS && read_section_header(dat, offset, &section) &&
	     section.id <= SECTION_LAST; i++, offset = section.offset + section.bytes) {
		if (is_for_data && section.id == SECTION_BUFFER)
			find_cpus(dat, &section);
		else if (section.id == SECTION_OPTIONS)
			read_options_chain(dat, offset);
		else if (!dat->sections[section.id])
			dat->sections[section.id] = offset;
		if (section.bytes > dat->file.bytes - section.offset)
			break;
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
		scan_sections(dat, first_section, false);
	if (!dat->nr_buffers)
		scan_sections(dat, first_section, true);
	read_one(dat, SECTION_HEADER_INFO, "headers", dat_read_headers);
	read_one(dat, SECTION_EVENT_FORMATS, "event formats", read_event_formats);
	read_one(dat, SECTION_FTRACE_FORMATS, "ftrace formats", read_ftrace_formats);
	return RC_OK;
}
