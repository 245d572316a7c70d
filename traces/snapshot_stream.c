// SPDX-License-Identifier: GPL-2.0-or-later
/* Walks the sections behind the CPUs' header and reads records out of them. */
#include "traces/snapshot_stream.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

enum record { RECORD_TASK = 1, RECORD_RANGE = 2, RECORD_PAGES = 3 };

struct snapshot_stream {
	struct event_stream base;
	struct trace_dat *dat;
	uint64_t next;		/* where the next section may stand; 0 = no more */
	uint8_t *payload;	/* of the section in work; NULL = none */
	struct byte_cursor cursor;
	uint64_t time_ns;	/* of the last task */
	uint32_t tid;
};

/* The next snapshot's payload. False: there is none. */
static bool load_next(struct snapshot_stream *stream)
{
	size_t bytes;

	free(stream->payload);
	stream->payload = NULL;
	while (stream->next && !stream->payload)
		stream->next = dat_load_snapshot(stream->dat, stream->next, &stream->payload, &bytes);
	if (!stream->payload)
		return false;
	byte_cursor_init_memory(&stream->cursor, stream->payload, bytes, stream->dat->target.big_endian);
	return true;
}

static uint32_t read_string(struct snapshot_stream *stream)
{
	const char *text = byte_cursor_text(&stream->cursor);

	return text ? strings_add(&stream->dat->context->strings, text, strlen(text)) : 0;
}

static void read_task(struct snapshot_stream *stream, struct mm_event *event)
{
	struct byte_cursor *cursor = &stream->cursor;
	const uint64_t begin_ns = byte_cursor_u64(cursor);

	event->kind = MM_SNAPSHOT_TASK;
	if (begin_ns > stream->time_ns)	/* a stream is in the order of time, whatever the file says */
		stream->time_ns = begin_ns;
	event->snapshot_task.end_ns = byte_cursor_u64(cursor);
	stream->tid = byte_cursor_u32(cursor);
	event->snapshot_task.tgid = byte_cursor_u32(cursor);
	event->snapshot_task.parent = byte_cursor_u32(cursor);
	event->snapshot_task.root = byte_cursor_u32(cursor);
	event->snapshot_task.cgroup_id = byte_cursor_u64(cursor);
	event->snapshot_task.is_end = byte_cursor_u8(cursor);
	event->snapshot_task.comm = read_string(stream);
	event->snapshot_task.path = read_string(stream);
}

static void read_range(struct byte_cursor *cursor, struct mm_event *event)
{
	event->kind = MM_SNAPSHOT_RANGE;
	event->snapshot_range.begin = byte_cursor_u64(cursor);
	event->snapshot_range.end = byte_cursor_u64(cursor);
	event->snapshot_range.first_index = byte_cursor_u64(cursor);
	event->snapshot_range.ino = byte_cursor_u64(cursor);
	event->snapshot_range.dev = byte_cursor_u32(cursor);
	event->snapshot_range.flags = byte_cursor_u8(cursor);
}

static void read_pages(struct byte_cursor *cursor, struct mm_event *event)
{
	event->kind = MM_SNAPSHOT_PAGES;
	event->snapshot_pages.vpn = byte_cursor_u64(cursor);
	event->snapshot_pages.pfn = byte_cursor_u64(cursor);
	event->snapshot_pages.nr = byte_cursor_u32(cursor);
	event->snapshot_pages.frame = byte_cursor_u8(cursor);
	if (event->snapshot_pages.frame >= MM_NR_FRAMES)
		cursor->failed = true;
}

/* One record; false after a note: the rest of the section cannot be read. */
static bool read_record(struct snapshot_stream *stream, struct mm_event *event)
{
	struct byte_cursor *cursor = &stream->cursor;
	const uint64_t offset = byte_cursor_offset(cursor);

	*event = (struct mm_event){ 0 };
	switch (byte_cursor_u8(cursor)) {
	case RECORD_TASK:
		read_task(stream, event);
		break;
	case RECORD_RANGE:
		read_range(cursor, event);
		break;
	case RECORD_PAGES:
		read_pages(cursor, event);
		break;
	default:
		cursor->failed = true;
		break;
	}
	event->time_ns = stream->time_ns;
	event->tid = stream->tid;
	if (!cursor->failed)
		return true;
	notes_add(&stream->dat->context->notes, "%s: snapshot: damaged at byte %llu of its section, the rest of it is not read",
		  stream->dat->file.path, (unsigned long long)offset);
	return false;
}

static size_t snapshot_fill(struct event_stream *base)
{
	struct snapshot_stream *stream = (struct snapshot_stream *)base;
	struct reader_context *context = stream->dat->context;
	size_t nr = 0;

	while (nr < STREAM_EVENTS) {
		struct mm_event *event = &base->events[nr];

		if (!stream->payload || !byte_cursor_left(&stream->cursor)) {
			if (!load_next(stream))
				break;
			continue;
		}
		if (!read_record(stream, event)) {
			free(stream->payload);
			stream->payload = NULL;
			continue;
		}
		if (context->wanted & MM_KIND_BIT(event->kind)) {
			context->counts.read++;
			context->counts.used++;
			nr++;
		}
	}
	return nr;
}

struct snapshot_stream *snapshot_stream_open(struct trace_dat *dat, uint64_t at)
{
	struct snapshot_stream *stream = xcalloc(1, sizeof(*stream));

	stream->base.fill = snapshot_fill;
	stream->dat = dat;
	stream->next = at;
	if (!load_next(stream)) {
		snapshot_stream_close(stream);
		return NULL;
	}
	return stream;
}

uint64_t snapshot_stream_begin_ns(const struct snapshot_stream *stream)
{
	struct byte_cursor cursor = stream->cursor;

	/* Sections begin with a task: its kind, then the time. */
	return byte_cursor_u8(&cursor) == RECORD_TASK ? byte_cursor_u64(&cursor) : UINT64_MAX;
}

struct event_stream *snapshot_stream_base(struct snapshot_stream *stream)
{
	return &stream->base;
}

void snapshot_stream_close(struct snapshot_stream *stream)
{
	if (!stream)
		return;
	free(stream->payload);
	free(stream);
}
