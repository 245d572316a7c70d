// SPDX-License-Identifier: GPL-2.0-or-later
/* Records in rounds, and the events of rounds as they are given. */
#include "traces/perf_stream.h"

#include <stdlib.h>

#define ROUND_EVENTS (4u << 20)		/* a file without an end of rounds must not fill the memory */
#define ROUND_BYTES (UINT64_C(32) << 20)	/* beyond any buffer that is used */
#define FIRST_RECORDS 65536		/* that are asked for the first time */
#define SORTED_BYTES (UINT64_C(64) << 10)

/* Without marks: a round ends where a CPU's turn comes again, or when it is as long as its buffer. */
static bool ends_round(struct perf_stream *stream, uint32_t cpu)
{
	struct perf_cpu *seen = perf_stream_cpu(stream, cpu);
	bool is_over = false;

	if (stream->order == PERF_ORDER_TURNS && stream->turn != cpu)
		is_over = seen->round == stream->nr_rounds;
	stream->turn = cpu;
	is_over |= stream->taken_bytes > stream->round_bytes;
	seen->round = stream->nr_rounds + is_over;
	return is_over;
}

static void close_round(struct perf_stream *stream)
{
	perf_stream_put_gaps(stream, false);
	perf_rounds_close(&stream->rounds);
	stream->taken_bytes = 0;
	stream->nr_rounds++;
}

static void finish(struct perf_stream *stream)
{
	perf_stream_put_gaps(stream, true);
	perf_rounds_finish(&stream->rounds);
	stream->is_over = true;
}

/* The CPU of a sample, before it is read; the last one's if it does not say. */
static uint32_t cpu_of_record(const struct perf_stream *stream, const struct perf_record *record)
{
	const struct perf_layout *layout;
	struct perf_sample sample;

	if (record->type != PERF_SAMPLE)
		return stream->cpu;
	layout = perf_layouts_of_sample(&stream->shared->data->layouts, record);
	if (!layout || !perf_layout_sample(layout, record->data, record->bytes, &sample) ||
	    sample.cpu >= MM_ANY_CPU)
		return stream->cpu;
	return sample.cpu;
}

/* Reads on to the end of a round. */
static void read_round(struct perf_stream *stream)
{
	struct perf_record record;
	enum perf_step step;

	if (stream->is_held) {
		stream->is_held = false;
		stream->taken_bytes += stream->held.bytes;
		perf_stream_read(stream, &stream->held);
	}
	for (;;) {
		if (stream->is_plain)
			perf_stream_read_samples(stream);
		step = perf_walk_next(&stream->walk, &record);
		if (step == PERF_END)
			break;
		if (step == PERF_DAMAGE) {
			perf_stream_note_damage(stream);
			continue;
		}
		if (record.type == PERF_FINISHED_ROUND) {
			if (perf_stream_goes_on(stream))
				continue;
			close_round(stream);
			return;
		}
		if (stream->order != PERF_ORDER_MARKED && ends_round(stream, cpu_of_record(stream, &record))) {
			close_round(stream);
			stream->held = record;
			stream->is_held = true;
			return;
		}
		stream->taken_bytes += record.bytes;
		perf_stream_read(stream, &record);
		if (perf_rounds_nr(&stream->rounds) >= ROUND_EVENTS) {
			close_round(stream);
			return;
		}
	}
	finish(stream);
}

/* An event as it is given; before it, where its task has moved, that. */
static size_t give(struct perf_stream *stream, const struct mm_event *event, uint64_t group, struct mm_event *to)
{
	struct perf_shared *shared = stream->shared;
	struct trace_counts *counts = &shared->context->counts;
	size_t nr = 0;

	if (event->kind != MM_GAP && perf_tasks_moved(&shared->tasks, event->tid, group, to)) {
		to->time_ns = event->time_ns;
		to->cpu = event->cpu;
		counts->kinds[MM_CGROUP_ATTACH]++;
		counts->read++;
		counts->used++;
		nr++;
	}
	to[nr] = *event;
	if (event->kind == MM_TASK_NEW)
		perf_tasks_inherit(&shared->tasks, event);
	if (MM_KIND_BIT(event->kind) & PERF_TASK_KINDS && !shared->is_joined)
		perf_tasks_complete(&shared->tasks, &to[nr]);
	return nr + 1;
}

/* Events with the moves of their tasks between them. */
static size_t give_with_moves(struct perf_stream *stream)
{
	const struct mm_event *event;
	uint64_t group = 0;
	size_t nr = 0;

	stream->base.filled = stream->base.events;
	while (nr < STREAM_EVENTS - 1 && (event = perf_rounds_next(&stream->rounds, &group)))
		nr += give(stream, event, group, &stream->base.events[nr]);
	return nr;
}

/* Events where they are. */
static size_t give_in_place(struct perf_stream *stream)
{
	struct mm_event *events;
	size_t nr = perf_rounds_span(&stream->rounds, &events);

	stream->base.filled = events;
	for (size_t i = 0; i < nr && stream->shared->has_tasks && !stream->shared->is_joined; i++)
		if (MM_KIND_BIT(events[i].kind) & PERF_TASK_KINDS)
			perf_tasks_complete(&stream->shared->tasks, &events[i]);
	return nr;
}

static void count_bytes(struct perf_stream *stream)
{
	uint64_t offset = perf_walk_offset(&stream->walk);

	stream->context->counts.bytes += offset - stream->told_offset;
	stream->told_offset = offset;
}

/* Once, when all has been given. */
static void note_late(struct perf_stream *stream)
{
	if (stream->rounds.nr_late)
		notes_add(&stream->context->notes,
			  "%s: %llu events were written later than their round allows, they are taken as of their neighbours' time",
			  stream->file->path, (unsigned long long)stream->rounds.nr_late);
	stream->rounds.nr_late = 0;
}

static size_t perf_stream_fill(struct event_stream *base)
{
	struct perf_stream *stream = (struct perf_stream *)base;

	for (;;) {
		size_t nr = stream->shared->has_moves ? give_with_moves(stream) : give_in_place(stream);

		if (nr)
			return nr;
		if (stream->is_over)
			break;
		read_round(stream);
		count_bytes(stream);
	}
	note_late(stream);
	return 0;
}

void perf_stream_open(struct perf_stream *stream, struct perf_shared *shared, const struct trace_file *file,
		      const struct perf_range *range, enum perf_order order)
{
	const uint32_t buffer_bytes = shared->data->buffer_bytes;

	*stream = (struct perf_stream){
		.base = { .fill = perf_stream_fill },
		.shared = shared,
		.context = shared->context,
		.layouts = &shared->data->layouts,
		.formats = shared->data->formats,
		.file = file,
		.order = order,
		.is_plain = order == PERF_ORDER_MARKED && shared->data->layouts.is_uniform &&
			    shared->data->layouts.all->is_quick && !shared->has_moves,
		.nr_rounds = 1,
		.round_bytes = order == PERF_ORDER_SORTED ? SORTED_BYTES : buffer_bytes ? buffer_bytes : ROUND_BYTES,
	};
	perf_walk_open(&stream->walk, file, range);
	stream->told_offset = perf_walk_offset(&stream->walk);
	perf_rounds_init(&stream->rounds, shared->has_moves);
	shared->nr_open++;
}

void perf_shared_release(struct perf_shared *shared)
{
	perf_tasks_release(&shared->tasks);
	map64_release(&shared->cpu_by_id);
	free(shared->losses);
}

void perf_stream_set_begin(struct perf_stream *stream, uint64_t begin_ns)
{
	stream->rounds.begin_ns = begin_ns;
}

void perf_stream_close(struct perf_stream *stream)
{
	perf_walk_close(&stream->walk);
	perf_rounds_release(&stream->rounds);
	free(stream->cpus);
}

uint64_t perf_stream_first_ns(const struct perf_stream *stream)
{
	const struct perf_layouts *layouts = &stream->shared->data->layouts;
	const struct perf_range range = {
		.offset = perf_walk_offset(&stream->walk),
		.bytes = byte_cursor_left(&stream->walk.cursor),
		.big_endian = stream->walk.cursor.big_endian,
		.head_end = stream->walk.head_end,
	};
	struct perf_record record;
	struct perf_walk walk;
	uint64_t time_ns = 0;

	perf_walk_open(&walk, stream->file, &range);
	for (int i = 0; i < FIRST_RECORDS && !time_ns; i++) {
		const struct perf_layout *layout;
		struct perf_trailer trailer = { 0 };
		struct perf_sample sample;

		if (perf_walk_next(&walk, &record) != PERF_RECORD)
			break;
		layout = record.type == PERF_SAMPLE ? perf_layouts_of_sample(layouts, &record) :
			 record.type < PERF_USER_TYPES ? perf_layouts_of_trailer(layouts, &record) : NULL;
		if (!layout)
			continue;
		if (record.type != PERF_SAMPLE)
			perf_layout_trailer(layout, record.data, record.bytes, &trailer);
		else if (perf_layout_sample(layout, record.data, record.bytes, &sample))
			trailer.time_ns = sample.time_ns;
		time_ns = trailer.time_ns;
	}
	perf_walk_close(&walk);
	return time_ns;
}
