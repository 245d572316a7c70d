// SPDX-License-Identifier: GPL-2.0-or-later
/* Version 6: everything in one fixed order, never compressed. */
#include "traces/trace_dat.h"

#include <string.h>

#define TAG_BYTES 10
#define MAX_CPUS 8192
#define OPTIONS_BYTES (64 << 10)	/* more than all options take */

/* A table of CPUs: u64 offset, u64 size each. */
static void read_cpus(struct trace_dat *dat, struct byte_cursor *cursor, struct dat_buffer *buffer)
{
	if (dat->nr_cpus > MAX_CPUS) {
		dat_note(dat, "buffer \"%s\": %llu CPUs are impossible, it is not read",
			 buffer->name, (unsigned long long)dat->nr_cpus);
		return;
	}
	for (uint32_t cpu = 0; cpu < dat->nr_cpus && !cursor->failed; cpu++) {
		uint64_t offset = byte_cursor_u64(cursor);
		uint64_t bytes = byte_cursor_u64(cursor);

		if (!cursor->failed && bytes)
			dat_add_cpu(buffer, cpu, offset, bytes);
	}
	if (cursor->failed)
		dat_note(dat, "buffer \"%s\": its table of CPUs is cut short, CPUs after it are not read",
			 buffer->name);
}

/* Looks for the tag that follows damaged options, which began at `offset`. */
static const uint8_t *find_data_tag(struct trace_dat *dat, struct byte_cursor *cursor,
				    uint64_t offset)
{
	const uint8_t *block, *tag;
	uint64_t bytes;

	byte_cursor_release(cursor);
	byte_cursor_init_file(cursor, &dat->file, offset, UINT64_MAX, dat->target.big_endian);
	bytes = byte_cursor_left(cursor) < OPTIONS_BYTES ? byte_cursor_left(cursor) : OPTIONS_BYTES;
	block = byte_cursor_block(cursor, bytes);
	tag = block ? memmem(block, bytes, "flyrecord", TAG_BYTES) : NULL;
	if (tag)
		cursor->at = tag + TAG_BYTES;
	return tag;
}

/*
 * "options  " and what follows it, "flyrecord" and a table of CPUs, or "latency  ".
 * The buffer is named by its number: options may add others.
 */
static void read_tagged(struct trace_dat *dat, struct byte_cursor *cursor, size_t nr)
{
	const uint8_t *tag = byte_cursor_block(cursor, TAG_BYTES);
	uint64_t offset = byte_cursor_offset(cursor);

	if (tag && !memcmp(tag, "options  ", TAG_BYTES)) {
		dat_read_options(dat, cursor);
		tag = byte_cursor_block(cursor, TAG_BYTES);
		if (!tag)
			tag = find_data_tag(dat, cursor, offset);
	}
	if (tag && !memcmp(tag, "flyrecord", TAG_BYTES))
		read_cpus(dat, cursor, &dat->buffers[nr]);
	else if (tag && !memcmp(tag, "latency  ", TAG_BYTES))
		dat_note(dat, "buffer \"%s\": holds a latency tracer's text, it is not read",
			 dat->buffers[nr].name);
	else
		dat_note(dat, "buffer \"%s\": no data is found at offset 0x%llx",
			 dat->buffers[nr].name, (unsigned long long)byte_cursor_offset(cursor));
}

/* The buffers that the top one's options name. */
static void read_buffers(struct trace_dat *dat)
{
	size_t nr_buffers = dat->nr_buffers;
	struct byte_cursor cursor;

	for (size_t i = 1; i < nr_buffers; i++) {
		byte_cursor_init_file(&cursor, &dat->file, dat->buffers[i].place, UINT64_MAX,
				      dat->target.big_endian);
		read_tagged(dat, &cursor, i);
		byte_cursor_release(&cursor);
	}
	/* Buffers within those would let a file name one without end. */
	if (dat->nr_buffers > nr_buffers)
		dat_note(dat, "buffer \"%s\": named within another buffer, it is not read",
			 dat->buffers[nr_buffers].name);
}

void dat_read_v6(struct trace_dat *dat, struct byte_cursor *cursor)
{
	const uint8_t *clock;
	uint64_t bytes;

	dat->codec = codec_create("none");
	dat_read_headers(dat, cursor);
	format_table_read_internal(dat->formats, cursor);
	format_table_read_events(dat->formats, cursor);
	byte_cursor_skip(cursor, byte_cursor_u32(cursor));	/* symbols */
	byte_cursor_skip(cursor, byte_cursor_u32(cursor));	/* printk texts */
	byte_cursor_skip(cursor, byte_cursor_u64(cursor));	/* names of tasks */
	dat->nr_cpus = byte_cursor_u32(cursor);
	if (cursor->failed) {
		dat_note(dat, "damaged at offset 0x%llx, before its data",
			 (unsigned long long)byte_cursor_offset(cursor));
		return;
	}
	dat_add_buffer(dat, "");
	read_tagged(dat, cursor, 0);
	/* Then the text of trace_clock, in most files. */
	bytes = byte_cursor_u64(cursor);
	clock = bytes < 1024 ? byte_cursor_block(cursor, bytes) : NULL;
	if (clock)
		dat_read_clock(dat, (const char *)clock, bytes);
	read_buffers(dat);
}
