// SPDX-License-Identifier: GPL-2.0-or-later
/* Walks the sections behind the CPUs' header and reads records out of them. */
#include "traces/snapshot_stream.h"

#include "base/snapshot_records.h"
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FACTS 10000
#define MAX_COLUMNS 256

struct snapshot_stream {
	struct event_stream base;
	struct trace_dat *dat;
	uint64_t next;		/* where the next section may stand; 0 = no more */
	uint8_t *payload;	/* of the section in work; NULL = none */
	struct byte_cursor cursor;
	uint64_t time_ns;	/* of the last task or sample */
	uint32_t tid;
	struct trace_fact *facts;
	size_t nr_facts, facts_capacity;
	bool is_too_much;	/* more facts than are kept: that was said */
	uint32_t columns[MAX_COLUMNS], nr_columns;	/* names of counters, strings */
	uint32_t column;	/* the next of the sample in work; nr_columns = none is */
	struct mm_event sample;
};

/* The next snapshot's payload. False: there is none. */
static bool load_next(struct snapshot_stream *stream)
{
	size_t bytes;

	free(stream->payload);
	stream->payload = NULL;
	while (stream->next && !stream->payload)
		stream->next = dat_load_own(stream->dat, stream->next, OWN_SNAPSHOT, &stream->payload, &bytes);
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
	uint8_t moment;

	event->kind = MM_SNAPSHOT_TASK;
	if (begin_ns > stream->time_ns)	/* a stream is in the order of time, whatever the file says */
		stream->time_ns = begin_ns;
	event->snapshot_task.end_ns = byte_cursor_u64(cursor);
	stream->tid = byte_cursor_u32(cursor);
	event->snapshot_task.tgid = byte_cursor_u32(cursor);
	event->snapshot_task.parent = byte_cursor_u32(cursor);
	event->snapshot_task.root = byte_cursor_u32(cursor);
	event->snapshot_task.cgroup_id = byte_cursor_u64(cursor);
	moment = byte_cursor_u8(cursor);
	if (moment >= MOMENT_NR)
		cursor->failed = true;
	event->snapshot_task.is_end = moment == MOMENT_END;
	event->snapshot_task.is_place = moment == MOMENT_PLACE;
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

static void read_used(struct snapshot_stream *stream, struct mm_event *event)
{
	struct byte_cursor *cursor = &stream->cursor;
	const uint64_t time_ns = byte_cursor_u64(cursor);

	event->kind = MM_USED;
	if (time_ns > stream->time_ns)
		stream->time_ns = time_ns;
	event->used.since_ns = byte_cursor_u64(cursor);
	stream->tid = byte_cursor_u32(cursor);
	event->used.vpn = byte_cursor_u64(cursor);
	event->used.nr = byte_cursor_u32(cursor);
}

static void keep_fact(struct snapshot_stream *stream)
{
	const char *text = byte_cursor_text(&stream->cursor);
	char *key = xstrdup(text ? text : "");

	text = byte_cursor_text(&stream->cursor);
	if (text && stream->nr_facts == MAX_FACTS && !stream->is_too_much) {
		stream->is_too_much = true;
		notes_add(&stream->dat->context->notes, "%s: facts of the machine: only the first %d are kept, '%s' and those behind it are not",
			  stream->dat->file.path, MAX_FACTS, key);
	}
	if (!text || stream->nr_facts == MAX_FACTS) {
		free(key);
		return;
	}
	xgrow(&stream->facts, stream->nr_facts, &stream->facts_capacity, sizeof(*stream->facts));
	stream->facts[stream->nr_facts++] = (struct trace_fact){ key, xstrdup(text) };
}

static void read_columns(struct snapshot_stream *stream)
{
	stream->nr_columns = byte_cursor_u32(&stream->cursor);
	if (stream->nr_columns > MAX_COLUMNS) {
		stream->nr_columns = 0;
		stream->cursor.failed = true;
	}
	for (uint32_t i = 0; i < stream->nr_columns && !stream->cursor.failed; i++)
		stream->columns[i] = read_string(stream);
	stream->column = stream->nr_columns;
}

/* A sample of all counters of a container: its values follow, one event each. */
static void begin_sample(struct snapshot_stream *stream)
{
	struct byte_cursor *cursor = &stream->cursor;
	const uint64_t time_ns = byte_cursor_u64(cursor);

	if (time_ns > stream->time_ns)
		stream->time_ns = time_ns;
	stream->sample = (struct mm_event){ .kind = MM_COUNTER, .time_ns = stream->time_ns };
	stream->sample.counter.cgroup_id = byte_cursor_u64(cursor);
	stream->sample.counter.path = read_string(stream);
	stream->column = 0;
}

/* The next counter that the kernel told; false: there is none in this sample. */
static bool next_counter(struct snapshot_stream *stream, struct mm_event *event)
{
	while (stream->column < stream->nr_columns && !stream->cursor.failed) {
		const uint64_t value = byte_cursor_u64(&stream->cursor);

		stream->sample.counter.name = stream->columns[stream->column++];
		stream->sample.counter.value = value;
		*event = stream->sample;
		if (value != UINT64_MAX && !stream->cursor.failed)
			return true;
	}
	return false;
}

/* Nothing left of the section in work. */
static bool is_at_end(const struct snapshot_stream *stream)
{
	return !stream->payload || !byte_cursor_left(&stream->cursor);
}

enum found { FOUND_EVENT, FOUND_NOTHING, FOUND_DAMAGE };

/* One record; FOUND_DAMAGE after a note: the rest of the section cannot be read. */
static enum found read_record(struct snapshot_stream *stream, struct mm_event *event)
{
	struct byte_cursor *cursor = &stream->cursor;
	const uint64_t offset = byte_cursor_offset(cursor);
	bool is_event = true;

	if (next_counter(stream, event))
		return FOUND_EVENT;
	if (is_at_end(stream) && !cursor->failed)	/* the last counters of it were not told */
		return FOUND_NOTHING;
	*event = (struct mm_event){ 0 };
	switch (byte_cursor_u8(cursor)) {
	case RECORD_FACT:
		keep_fact(stream);
		is_event = false;
		break;
	case RECORD_COLUMNS:
		read_columns(stream);
		is_event = false;
		break;
	case RECORD_COUNTERS:
		begin_sample(stream);
		is_event = false;
		break;
	case RECORD_TASK:
		read_task(stream, event);
		break;
	case RECORD_RANGE:
		read_range(cursor, event);
		break;
	case RECORD_USED:
		read_used(stream, event);
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
		return is_event ? FOUND_EVENT : FOUND_NOTHING;
	notes_add(&stream->dat->context->notes, "%s: snapshot: damaged at byte %llu of its section, the rest of it is not read",
		  stream->dat->file.path, (unsigned long long)offset);
	return FOUND_DAMAGE;
}

static size_t snapshot_fill(struct event_stream *base)
{
	struct snapshot_stream *stream = (struct snapshot_stream *)base;
	struct reader_context *context = stream->dat->context;
	size_t nr = 0;

	while (nr < STREAM_EVENTS && (!is_at_end(stream) || load_next(stream))) {
		struct mm_event *event = &base->events[nr];
		const enum found found = read_record(stream, event);

		if (found == FOUND_DAMAGE) {
			free(stream->payload);
			stream->payload = NULL;
		}
		if (found != FOUND_EVENT || !(context->wanted & MM_KIND_BIT(event->kind)))
			continue;
		context->counts.read++;
		context->counts.used++;
		nr++;
	}
	return nr;
}

/* Facts that the recorder found out later, wherever they stand. */
static void read_names(struct snapshot_stream *stream, uint64_t at)
{
	const struct byte_cursor in_work = stream->cursor;

	while (at) {
		uint8_t *payload = NULL;
		size_t bytes;

		at = dat_load_own(stream->dat, at, OWN_NAMES, &payload, &bytes);
		if (!payload)
			continue;
		byte_cursor_init_memory(&stream->cursor, payload, bytes, stream->dat->target.big_endian);
		while (byte_cursor_left(&stream->cursor) && byte_cursor_u8(&stream->cursor) == RECORD_FACT)
			keep_fact(stream);
		if (stream->cursor.failed || byte_cursor_left(&stream->cursor))
			notes_add(&stream->dat->context->notes, "%s: names: a section is damaged, what is left of it is not read",
				  stream->dat->file.path);
		free(payload);
	}
	stream->cursor = in_work;
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
	while (!is_at_end(stream) && *stream->cursor.at == RECORD_FACT)
		read_record(stream, &stream->sample);
	if (is_at_end(stream))
		load_next(stream);
	read_names(stream, at);
	return stream;
}

uint64_t snapshot_stream_begin_ns(const struct snapshot_stream *stream)
{
	struct byte_cursor cursor = stream->cursor;

	if (!stream->payload)
		return UINT64_MAX;
	/* Sections begin with a task: its kind, then the time. */
	return byte_cursor_u8(&cursor) == RECORD_TASK ? byte_cursor_u64(&cursor) : UINT64_MAX;
}

struct event_stream *snapshot_stream_base(struct snapshot_stream *stream)
{
	return &stream->base;
}

size_t snapshot_stream_facts(const struct snapshot_stream *stream, const struct trace_fact **facts)
{
	*facts = stream->facts;
	return stream->nr_facts;
}

void snapshot_stream_close(struct snapshot_stream *stream)
{
	if (!stream)
		return;
	for (size_t i = 0; i < stream->nr_facts; i++) {
		free((char *)stream->facts[i].key);
		free((char *)stream->facts[i].value);
	}
	free(stream->facts);
	free(stream->payload);
	free(stream);
}
