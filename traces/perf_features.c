// SPDX-License-Identifier: GPL-2.0-or-later
/* The features of a perf.data: small facts, and the event formats. */
#include "traces/perf_data.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

enum {
	FEATURE_TRACING_DATA = 1,
	FEATURE_HOSTNAME = 3,
	FEATURE_OSRELEASE = 4,
	FEATURE_ARCH = 6,
	FEATURE_NRCPUS = 7,
	FEATURE_SAMPLE_TIME = 21,
	FEATURE_COMPRESSED = 27,
};

/* "u32 bytes, text", padded with NULs; the text found replaces *text. */
static void read_text(struct byte_cursor *cursor, char **text)
{
	uint32_t bytes = byte_cursor_u32(cursor);
	const uint8_t *block = byte_cursor_block(cursor, bytes < 256 ? bytes : 256);

	if (!block)
		return;
	free(*text);
	*text = xasprintf("%.*s", (int)(bytes < 256 ? bytes : 256), (const char *)block);
}

void perf_data_read_feature(struct perf_data *data, uint32_t feature, struct byte_cursor *cursor)
{
	switch (feature) {
	case FEATURE_TRACING_DATA:
		perf_data_read_formats(data, cursor);
		break;
	case FEATURE_HOSTNAME:
		read_text(cursor, &data->host);
		break;
	case FEATURE_OSRELEASE:
		read_text(cursor, &data->release);
		break;
	case FEATURE_ARCH:
		read_text(cursor, &data->arch);
		break;
	case FEATURE_NRCPUS:
		data->most_cpus = byte_cursor_u32(cursor);
		data->nr_cpus = byte_cursor_u32(cursor);
		break;
	case FEATURE_SAMPLE_TIME:
		data->begin_ns = byte_cursor_u64(cursor);
		data->end_ns = byte_cursor_u64(cursor);
		break;
	case FEATURE_COMPRESSED:
		byte_cursor_skip(cursor, 16);	/* version, type, level, ratio */
		data->buffer_bytes = byte_cursor_u32(cursor);
		data->has_compression = true;
		break;
	default:
		break;
	}
	if (cursor->failed)
		perf_note(data, "feature %u: is cut short or damaged", feature);
}

static const uint8_t magic[] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' };

/* Magic number, version, byte order, bytes of a long, page size. */
static bool read_formats_head(struct byte_cursor *cursor, struct format_target *result, bool *has_names)
{
	const uint8_t *mark = byte_cursor_block(cursor, sizeof(magic));
	struct format_target target;
	const char *version;

	if (!mark || memcmp(mark, magic, sizeof(magic)))
		return false;
	version = byte_cursor_text(cursor);
	if (!version)
		return false;
	*has_names = strcmp(version, "0.6") >= 0;
	cursor->big_endian = target.big_endian = byte_cursor_u8(cursor) == 1;
	target.long_bytes = byte_cursor_u8(cursor);
	target.page_bytes = byte_cursor_u32(cursor);
	if (cursor->failed || (target.long_bytes != 4 && target.long_bytes != 8) || target.page_bytes < 1024 ||
	    target.page_bytes > 1 << 20 || target.page_bytes & (target.page_bytes - 1))
		return false;
	*result = target;
	return true;
}

/* "header_page", u64, text, "header_event", u64, text: of pages that perf does not use. */
static void skip_headers(struct byte_cursor *cursor)
{
	for (int i = 0; i < 2; i++) {
		byte_cursor_text(cursor);
		byte_cursor_skip(cursor, byte_cursor_u64(cursor));
	}
}

/* Symbols, texts of printk, names of tasks: a size each, and so many bytes. */
static void skip_rest(struct byte_cursor *cursor, bool has_names)
{
	byte_cursor_skip(cursor, byte_cursor_u32(cursor));
	byte_cursor_skip(cursor, byte_cursor_u32(cursor));
	if (has_names)
		byte_cursor_skip(cursor, byte_cursor_u64(cursor));
}

bool perf_data_read_formats(struct perf_data *data, struct byte_cursor *cursor)
{
	struct format_table *formats = data->formats;
	bool has_names, is_whole;

	if (formats->nr_formats)
		return false;
	formats->collect = data->context->collect;
	if (!read_formats_head(cursor, &formats->target, &has_names)) {
		perf_note(data, "event formats: their head is damaged");
		return false;
	}
	skip_headers(cursor);
	format_table_read_internal(formats, cursor);
	format_table_read_events(formats, cursor);
	skip_rest(cursor, has_names);
	is_whole = !cursor->failed;
	cursor->failed = false;		/* it has been told */
	return is_whole;
}
