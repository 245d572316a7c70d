// SPDX-License-Identifier: GPL-2.0-or-later
/* Records to events, with every hole marked. */
#include "traces/perf_stream.h"

#include "base/xalloc.h"
#include "traces/load.h"

#include <stdlib.h>

/* A time that is off by more than this is damage; smaller inversions are taken as equal times. */
#define TIME_SLACK UINT64_C(1000000000)
#define AHEAD_RECORDS 32		/* that are asked whether a sudden time is true */
#define ROUND_EVENTS (4u << 20)		/* a file without an end of rounds must not fill the memory */
#define ROUND_BYTES (UINT64_C(32) << 20)	/* beyond any buffer that is used */
#define FIRST_RECORDS 65536		/* that are asked for the first time */
#define SORTED_BYTES (UINT64_C(64) << 10)

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static struct perf_cpu *cpu_of(struct perf_stream *stream, uint32_t cpu)
{
	while (stream->nr_cpus <= cpu) {
		xgrow(&stream->cpus, stream->nr_cpus, &stream->cpus_capacity, sizeof(*stream->cpus));
		stream->cpus[stream->nr_cpus++] = (struct perf_cpu){ 0 };
	}
	return &stream->cpus[cpu];
}

static void put_gap(struct perf_stream *stream, const struct mm_gap *gap, uint16_t cpu)
{
	struct trace_counts *counts = &stream->shared->context->counts;
	struct mm_event *event = perf_rounds_slot(&stream->rounds);

	*event = (struct mm_event){
		.time_ns = gap->end_ns ? gap->end_ns : later(stream->last_ns, gap->begin_ns),
		.cpu = cpu,
		.kind = MM_GAP,
		.gap = *gap,
	};
	perf_rounds_add(&stream->rounds, 0);
	counts->gaps++;
	counts->kinds[MM_GAP]++;
}

/* Something is missing: the gap itself comes at the end of the round. */
static struct perf_gap *add_gap(struct perf_stream *stream, struct perf_gap *pending,
				enum mm_gap_reason reason, uint64_t offset, uint64_t begin_ns)
{
	if (!pending->is_pending)
		*pending = (struct perf_gap){
			.gap = { .begin_ns = begin_ns, .offset = offset, .input = stream->file->input,
				 .reason = reason },
			.cpu = MM_ANY_CPU,
			.is_pending = true,
		};
	return pending;
}

static void put_pending(struct perf_stream *stream, struct perf_gap *pending, bool is_last)
{
	struct mm_gap *gap = &pending->gap;

	if (!pending->is_pending)
		return;
	pending->is_pending = false;
	gap->end_ns = is_last ? 0 : later(stream->last_ns, gap->begin_ns);
	if (pending->is_uncounted)
		gap->lost = 0;
	put_gap(stream, gap, pending->cpu);
}

/* What is missing may be of any CPU, and of any time since the round before last. */
static void note_damage(struct perf_stream *stream)
{
	const struct perf_damage *damage = &stream->walk.damage;
	struct perf_gap *gap = add_gap(stream, &stream->damage, MM_GAP_DAMAGE, damage->offset,
				       stream->rounds.limit_ns);

	notes_add(&stream->shared->context->notes, "%s: offset 0x%llx: %s, %llu bytes are not read",
		  stream->file->path, (unsigned long long)damage->offset, damage->what,
		  (unsigned long long)damage->bytes);
	gap->gap.bytes += damage->bytes;
	gap->is_uncounted = true;
}

static void note_bad_record(struct perf_stream *stream, const struct perf_record *record, const char *what)
{
	struct perf_gap *gap = add_gap(stream, &stream->damage, MM_GAP_DAMAGE, record->offset,
				       stream->rounds.limit_ns);

	notes_add(&stream->shared->context->notes, "%s: offset 0x%llx: %s, it is not read",
		  stream->file->path, (unsigned long long)record->offset, what);
	gap->gap.bytes += record->bytes;
	gap->gap.lost++;
	stream->shared->context->counts.skipped++;
}

static void note_no_format(struct perf_stream *stream, const struct perf_record *record, uint16_t id,
			   const struct perf_sample *sample)
{
	const bool is_known = stream->format.is_pending;
	struct perf_gap *gap = add_gap(stream, &stream->format, MM_GAP_FORMAT, record->offset,
				       sample->time_ns);

	if (!is_known && stream->shared->data->has_formats)
		notes_add(&stream->shared->context->notes,
			  "%s: offset 0x%llx: a sample without its format (event id %u), it is not read",
			  stream->file->path, (unsigned long long)record->offset, id);
	if (sample->time_ns < gap->gap.begin_ns)
		gap->gap.begin_ns = sample->time_ns;
	gap->gap.bytes += record->bytes;
	gap->gap.lost++;
	stream->shared->context->counts.skipped++;
}

/* Whether records that follow, of the same CPU, are as late as this one. */
static bool is_confirmed(const struct perf_stream *stream, uint64_t time_ns, uint32_t cpu)
{
	const struct perf_layouts *layouts = &stream->shared->data->layouts;
	const uint8_t *at = NULL;
	struct perf_record record;

	for (int i = 0; i < AHEAD_RECORDS && perf_walk_ahead(&stream->walk, &at, &record); i++) {
		const struct perf_layout *layout;
		struct perf_sample next;

		if (record.type == PERF_FINISHED_ROUND)
			break;
		if (record.type != PERF_SAMPLE)
			continue;
		layout = perf_layouts_of_sample(layouts, &record);
		if (layout && perf_layout_sample(layout, record.data, record.bytes, &next) &&
		    next.cpu == cpu && next.time_ns)
			return next.time_ns >= time_ns || time_ns - next.time_ns <= TIME_SLACK;
	}
	return true;
}

/*
 * Whether a record can be of this time.  Nothing is older than what rounds allow; of a
 * sudden leap ahead the file itself, or the records that follow, must know.
 */
static bool is_plausible(const struct perf_stream *stream, uint64_t time_ns, uint32_t cpu)
{
	const struct perf_data *data = stream->shared->data;

	if (!time_ns || cpu >= MM_ANY_CPU || time_ns > INT64_MAX)
		return false;
	if (stream->rounds.limit_ns > TIME_SLACK && time_ns < stream->rounds.limit_ns - TIME_SLACK)
		return false;
	if (stream->last_ns && time_ns <= stream->last_ns + TIME_SLACK)
		return true;
	if (data->end_ns && time_ns > data->end_ns + TIME_SLACK)
		return false;
	return is_confirmed(stream, time_ns, cpu);
}

/* A whole record of this time and CPU. */
static inline void see(struct perf_stream *stream, uint64_t time_ns, uint32_t cpu)
{
	cpu_of(stream, cpu)->last_ns = time_ns;
	stream->cpu = cpu;
	if (time_ns > stream->last_ns)
		stream->last_ns = time_ns;
}

/* Without marks: a round ends where a CPU's turn comes again, or when it is as long as its buffer. */
static bool ends_round(struct perf_stream *stream, uint32_t cpu)
{
	struct perf_cpu *seen = cpu_of(stream, cpu);
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
	put_pending(stream, &stream->damage, false);
	put_pending(stream, &stream->format, false);
	perf_rounds_close(&stream->rounds);
	stream->taken_bytes = 0;
	stream->nr_rounds++;
}

static void read_sample(struct perf_stream *stream, const struct perf_record *record)
{
	const struct perf_data *data = stream->shared->data;
	struct reader_context *context = stream->shared->context;
	const struct perf_layout *layout = perf_layouts_of_sample(&data->layouts, record);
	const struct decode_plan *plan;
	struct perf_sample sample;
	struct mm_event *event;
	uint16_t id;
	uint8_t of_id;

	context->counts.read++;
	if (!layout) {
		note_bad_record(stream, record, "a sample of no event of this recording");
		return;
	}
	if (!perf_layout_sample(layout, record->data, record->bytes, &sample)) {
		note_bad_record(stream, record, "a sample whose parts do not fit into it");
		return;
	}
	if (layout->attr.type != PERF_TRACEPOINT || !layout->time || sample.raw_bytes < 2) {
		context->counts.skipped++;
		return;
	}
	if (!is_plausible(stream, sample.time_ns, sample.cpu)) {
		note_bad_record(stream, record, "a sample whose time or CPU cannot be true");
		return;
	}
	see(stream, sample.time_ns, sample.cpu);
	id = load_u16(sample.raw, data->big_endian);
	of_id = data->formats->of_id[id];
	if (of_id == FORMAT_SKIP) {
		context->counts.skipped++;
		return;
	}
	if (of_id == FORMAT_NONE) {
		note_no_format(stream, record, id, &sample);
		return;
	}
	plan = format_table_plan(data->formats, of_id);
	if (sample.raw_bytes < plan->min_bytes) {
		note_bad_record(stream, record, "a sample shorter than its format");
		return;
	}
	event = perf_rounds_slot(&stream->rounds);
	decode_plan_apply(plan, sample.raw, sample.raw_bytes, event, &context->strings);
	event->time_ns = sample.time_ns;
	event->cpu = sample.cpu;
	perf_rounds_add(&stream->rounds, stream->shared->has_moves ?
			perf_layout_cgroup(layout, record->data, record->bytes) : 0);
	context->counts.kinds[event->kind]++;
	context->counts.used++;
}

/* Time and CPU of a record that is no sample; what it does not say is that of its neighbour. */
static void read_trailer(struct perf_stream *stream, const struct perf_record *record,
			 struct perf_trailer *trailer)
{
	const struct perf_layout *layout = perf_layouts_of_trailer(&stream->shared->data->layouts, record);

	perf_layout_trailer(layout, record->data, record->bytes, trailer);
	if (!trailer->has_cpu || trailer->cpu >= MM_ANY_CPU)
		trailer->cpu = stream->cpu;
	if (!layout->end_time)
		trailer->time_ns = cpu_of(stream, trailer->cpu)->last_ns;
}

/* Totals of all CPUs; those of one file may be told in another. */
static struct perf_loss *loss_of(struct perf_shared *shared, uint32_t cpu)
{
	while (shared->nr_losses <= cpu) {
		xgrow(&shared->losses, shared->nr_losses, &shared->losses_capacity, sizeof(*shared->losses));
		shared->losses[shared->nr_losses++] = (struct perf_loss){ 0 };
	}
	return &shared->losses[cpu];
}

/* u64 id, u64 lost: what did not fit into a CPU's buffer since its last record. */
static void read_lost(struct perf_stream *stream, const struct perf_record *record)
{
	const bool big_endian = stream->shared->data->big_endian;
	struct perf_trailer trailer;
	struct perf_cpu *cpu;
	struct mm_gap gap;

	if (record->bytes < PERF_HEADER_BYTES + 16) {
		note_bad_record(stream, record, "a record of losses that is too short");
		return;
	}
	read_trailer(stream, record, &trailer);
	cpu = cpu_of(stream, trailer.cpu);
	gap = (struct mm_gap){
		.begin_ns = cpu->last_ns,
		.end_ns = trailer.time_ns && is_plausible(stream, trailer.time_ns, trailer.cpu) ?
			  later(trailer.time_ns, cpu->last_ns) : cpu->last_ns,
		.lost = load_u64(record->data + 16, big_endian),
		.offset = record->offset,
		.input = stream->file->input,
		.reason = MM_GAP_OVERRUN,
	};
	loss_of(stream->shared, trailer.cpu)->told += gap.lost;
	stream->shared->context->counts.lost += gap.lost;
	put_gap(stream, &gap, trailer.cpu);
}

/* u64 lost: what an event lost on a CPU in all, counted when recording ended. */
static void read_lost_samples(struct perf_stream *stream, const struct perf_record *record)
{
	const uint16_t dropped_on_purpose = 1 << 15;	/* by a filter */
	struct perf_shared *shared = stream->shared;
	struct perf_trailer trailer;
	uint32_t cpu;

	if (record->bytes < PERF_HEADER_BYTES + 8 || record->misc & dropped_on_purpose)
		return;
	read_trailer(stream, record, &trailer);
	/* perf 6.1 leaves the CPU of these records 0: the event's id knows better. */
	cpu = map64_get(&shared->cpu_by_id, trailer.id);
	loss_of(shared, cpu ? cpu - 1 : trailer.cpu)->in_all += load_u64(record->data + 8, shared->data->big_endian);
}

/* u64 count, then of each event: u64 id, index, CPU, task. */
static void read_id_index(struct perf_stream *stream, const struct perf_record *record)
{
	struct byte_cursor cursor;
	uint64_t nr;

	byte_cursor_init_memory(&cursor, record->data + PERF_HEADER_BYTES, record->bytes - PERF_HEADER_BYTES,
				stream->shared->data->big_endian);
	nr = byte_cursor_u64(&cursor);
	while (nr-- && !cursor.failed) {
		uint64_t id = byte_cursor_u64(&cursor), cpu;

		byte_cursor_skip(&cursor, 8);
		cpu = byte_cursor_u64(&cursor);
		byte_cursor_skip(&cursor, 8);
		if (!cursor.failed && cpu < MM_ANY_CPU)
			map64_set(&stream->shared->cpu_by_id, id, cpu + 1);
	}
}

/* The kernel did not record for a while: events came too fast for it. */
static void read_throttle(struct perf_stream *stream, const struct perf_record *record)
{
	struct perf_trailer trailer;
	struct perf_cpu *cpu;

	read_trailer(stream, record, &trailer);
	cpu = cpu_of(stream, trailer.cpu);
	if (record->type == PERF_THROTTLE) {
		cpu->throttled_ns = later(trailer.time_ns, cpu->last_ns);
	} else if (cpu->throttled_ns) {
		put_gap(stream, &(struct mm_gap){
			.begin_ns = cpu->throttled_ns, .end_ns = later(trailer.time_ns, cpu->throttled_ns),
			.offset = record->offset, .input = stream->file->input, .reason = MM_GAP_OVERRUN,
		}, trailer.cpu);
		cpu->throttled_ns = 0;
	}
}

/* FORK, COMM, EXIT, CGROUP. */
static void read_task(struct perf_stream *stream, const struct perf_record *record)
{
	struct perf_shared *shared = stream->shared;
	struct trace_counts *counts = &shared->context->counts;
	struct mm_event events[PERF_TASK_EVENTS];
	struct perf_trailer trailer;
	size_t nr;

	counts->read++;
	read_trailer(stream, record, &trailer);
	if (!perf_tasks_read(&shared->tasks, record, &trailer,
			     perf_layouts_of_trailer(&shared->data->layouts, record)->trailer_bytes,
			     events, &nr)) {
		note_bad_record(stream, record, "a record of a task that is too short");
		return;
	}
	for (size_t i = 0; i < nr; i++) {
		if (events[i].time_ns && !is_plausible(stream, events[i].time_ns, trailer.cpu)) {
			note_bad_record(stream, record, "a record of a task whose time cannot be true");
			counts->skipped -= i > 0;
			return;
		}
		if (events[i].time_ns)
			see(stream, events[i].time_ns, trailer.cpu);
		events[i].cpu = trailer.cpu;
		*perf_rounds_slot(&stream->rounds) = events[i];
		perf_rounds_add(&stream->rounds, 0);
		counts->kinds[events[i].kind]++;
	}
	/* One record may tell of two events. */
	counts->used += nr;
	counts->read += nr ? nr - 1 : 0;
	counts->skipped += !nr;
}

static void read_record(struct perf_stream *stream, const struct perf_record *record)
{
	switch (record->type) {
	case PERF_SAMPLE:
		read_sample(stream, record);
		break;
	case PERF_FORK:
	case PERF_COMM:
	case PERF_EXIT:
	case PERF_CGROUP:
		read_task(stream, record);
		break;
	case PERF_LOST:
		read_lost(stream, record);
		break;
	case PERF_LOST_SAMPLES:
		read_lost_samples(stream, record);
		break;
	case PERF_ID_INDEX:
		read_id_index(stream, record);
		break;
	case PERF_THROTTLE:
	case PERF_UNTHROTTLE:
		read_throttle(stream, record);
		break;
	default:
		/* Of the rest nothing is an event: mappings, symbols, perf's own bookkeeping. */
		if (record->type < PERF_USER_TYPES) {
			stream->shared->context->counts.read++;
			stream->shared->context->counts.skipped++;
		}
		break;
	}
}

/* What the recorder counted as lost and no LOST record told: somewhere in the recording. */
static void put_lost_in_all(struct perf_stream *stream)
{
	struct perf_shared *shared = stream->shared;

	for (size_t i = 0; i < shared->nr_losses; i++) {
		const struct perf_loss *loss = &shared->losses[i];

		if (loss->in_all <= loss->told)
			continue;
		shared->context->counts.lost += loss->in_all - loss->told;
		put_gap(stream, &(struct mm_gap){
			.lost = loss->in_all - loss->told, .offset = stream->walk.cursor.limit,
			.input = stream->file->input, .reason = MM_GAP_OVERRUN,
		}, i);
	}
}

static void put_throttled(struct perf_stream *stream)
{
	for (size_t i = 0; i < stream->nr_cpus; i++) {
		if (stream->cpus[i].throttled_ns)
			put_gap(stream, &(struct mm_gap){
				.begin_ns = stream->cpus[i].throttled_ns, .offset = stream->walk.cursor.limit,
				.input = stream->file->input, .reason = MM_GAP_OVERRUN,
			}, i);
	}
}

static void finish(struct perf_stream *stream)
{
	if (!--stream->shared->nr_open)
		put_lost_in_all(stream);
	put_throttled(stream);
	put_pending(stream, &stream->damage, true);
	put_pending(stream, &stream->format, false);
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
		read_record(stream, &stream->held);
	}
	while ((step = perf_walk_next(&stream->walk, &record)) != PERF_END) {
		if (step == PERF_DAMAGE) {
			note_damage(stream);
			continue;
		}
		if (record.type == PERF_FINISHED_ROUND) {
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
		read_record(stream, &record);
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

	if (shared->has_moves && event->kind != MM_GAP &&
	    perf_tasks_moved(&shared->tasks, event->tid, group, to)) {
		to->time_ns = event->time_ns;
		to->cpu = event->cpu;
		counts->kinds[MM_CGROUP_ATTACH]++;
		counts->read++;
		counts->used++;
		nr++;
	}
	to[nr] = *event;
	perf_tasks_complete(&shared->tasks, &to[nr]);
	return nr + 1;
}

static void count_bytes(struct perf_stream *stream)
{
	uint64_t offset = perf_walk_offset(&stream->walk);

	stream->shared->context->counts.bytes += offset - stream->told_offset;
	stream->told_offset = offset;
}

/* Once, when all has been given. */
static void note_late(struct perf_stream *stream)
{
	if (stream->rounds.nr_late)
		notes_add(&stream->shared->context->notes,
			  "%s: %llu events were written later than their round allows, they are taken as of their neighbours' time",
			  stream->file->path, (unsigned long long)stream->rounds.nr_late);
	stream->rounds.nr_late = 0;
}

static size_t perf_stream_fill(struct event_stream *base)
{
	struct perf_stream *stream = (struct perf_stream *)base;
	const bool has_tasks = stream->shared->has_tasks;
	size_t nr = 0;

	while (nr < STREAM_EVENTS - 1) {
		uint64_t group;
		const struct mm_event *event = perf_rounds_next(&stream->rounds, &group);

		if (event && has_tasks) {
			nr += give(stream, event, group, &base->events[nr]);
		} else if (event) {
			base->events[nr++] = *event;
		} else if (stream->is_over) {
			note_late(stream);
			break;
		} else {
			read_round(stream);
			count_bytes(stream);
		}
	}
	return nr;
}

void perf_stream_open(struct perf_stream *stream, struct perf_shared *shared, const struct trace_file *file,
		      const struct perf_range *range, enum perf_order order)
{
	const uint32_t buffer_bytes = shared->data->buffer_bytes;

	*stream = (struct perf_stream){
		.base = { .fill = perf_stream_fill },
		.shared = shared,
		.file = file,
		.order = order,
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
