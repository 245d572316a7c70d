// SPDX-License-Identifier: GPL-2.0-or-later
/* One record to events, or to the hole it leaves. */
#include "traces/perf_stream.h"

#include "base/xalloc.h"
#include "traces/load.h"
#include "traces/perf_body.h"

static void put_gap(struct perf_stream *stream, const struct mm_gap *gap, uint16_t cpu)
{
	struct trace_counts *counts = &stream->context->counts;
	struct mm_event *event = perf_rounds_slot(&stream->rounds);

	*event = (struct mm_event){
		.time_ns = gap->end_ns ? gap->end_ns : perf_later(stream->last_ns, gap->begin_ns),
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
	gap->end_ns = is_last ? 0 : perf_later(stream->last_ns, gap->begin_ns);
	if (pending->is_uncounted)
		gap->lost = 0;
	put_gap(stream, gap, pending->cpu);
}

/* What is missing may be of any CPU, and of any time since the round before last. */
void perf_stream_note_damage(struct perf_stream *stream)
{
	const struct perf_damage *damage = &stream->walk.damage;
	struct perf_gap *gap = add_gap(stream, &stream->damage, MM_GAP_DAMAGE, damage->offset,
				       stream->rounds.limit_ns);

	notes_add(&stream->context->notes, "%s: offset 0x%llx: %s, %llu bytes are not read",
		  stream->file->path, (unsigned long long)damage->offset, damage->what,
		  (unsigned long long)damage->bytes);
	gap->gap.bytes += damage->bytes;
	gap->is_uncounted = true;
}

void perf_stream_note_bad(struct perf_stream *stream, const struct perf_record *record, const char *what)
{
	struct perf_gap *gap = add_gap(stream, &stream->damage, MM_GAP_DAMAGE, record->offset,
				       stream->rounds.limit_ns);

	notes_add(&stream->context->notes, "%s: offset 0x%llx: %s, it is not read",
		  stream->file->path, (unsigned long long)record->offset, what);
	gap->gap.bytes += record->bytes;
	gap->gap.lost++;
	stream->context->counts.skipped++;
}

void perf_stream_reject(struct perf_stream *stream, const struct perf_record *record, const char *what)
{
	if (!perf_walk_reject(&stream->walk, record, what)) {
		perf_stream_note_bad(stream, record, what);
		return;
	}
	perf_stream_note_damage(stream);
	stream->context->counts.skipped++;
}

void perf_stream_note_no_format(struct perf_stream *stream, const struct perf_record *record, uint16_t id,
				const struct perf_sample *sample)
{
	const bool is_known = stream->format.is_pending;
	struct perf_gap *gap = add_gap(stream, &stream->format, MM_GAP_FORMAT, record->offset,
				       sample->time_ns);

	if (!is_known && stream->formats->nr_formats)
		notes_add(&stream->context->notes,
			  "%s: offset 0x%llx: a sample without its format (event id %u), it is not read",
			  stream->file->path, (unsigned long long)record->offset, id);
	if (sample->time_ns < gap->gap.begin_ns)
		gap->gap.begin_ns = sample->time_ns;
	gap->gap.bytes += record->bytes;
	gap->gap.lost++;
	stream->context->counts.skipped++;
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
		trailer->time_ns = perf_stream_cpu(stream, trailer->cpu)->last_ns;
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
		stream->context->counts.read++;
		perf_stream_note_bad(stream, record, "a record of losses that is too short");
		return;
	}
	read_trailer(stream, record, &trailer);
	cpu = perf_stream_cpu(stream, trailer.cpu);
	gap = (struct mm_gap){
		.begin_ns = cpu->last_ns,
		.end_ns = trailer.time_ns && perf_stream_is_plausible(stream, trailer.time_ns, trailer.cpu) ?
			  perf_later(trailer.time_ns, cpu->last_ns) : cpu->last_ns,
		.lost = load_u64(record->data + 16, big_endian),
		.offset = record->offset,
		.input = stream->file->input,
		.reason = MM_GAP_OVERRUN,
	};
	loss_of(stream->shared, trailer.cpu)->told += gap.lost;
	stream->context->counts.lost += gap.lost;
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
	cpu = perf_stream_cpu(stream, trailer.cpu);
	if (record->type == PERF_THROTTLE) {
		cpu->throttled_ns = perf_later(trailer.time_ns, cpu->last_ns);
	} else if (cpu->throttled_ns) {
		put_gap(stream, &(struct mm_gap){
			.begin_ns = cpu->throttled_ns, .end_ns = perf_later(trailer.time_ns, cpu->throttled_ns),
			.offset = record->offset, .input = stream->file->input, .reason = MM_GAP_OVERRUN,
		}, trailer.cpu);
		cpu->throttled_ns = 0;
	}
}

/* FORK, COMM, EXIT, CGROUP. */
static void read_task(struct perf_stream *stream, const struct perf_record *record)
{
	struct perf_shared *shared = stream->shared;
	struct trace_counts *counts = &stream->context->counts;
	struct mm_event events[PERF_TASK_EVENTS];
	struct perf_trailer trailer;
	size_t nr;

	counts->read++;
	read_trailer(stream, record, &trailer);
	if (!perf_tasks_read(&shared->tasks, record, &trailer,
			     perf_layouts_of_trailer(&shared->data->layouts, record)->trailer_bytes,
			     events, &nr)) {
		perf_stream_note_bad(stream, record, "a record of a task that is too short");
		return;
	}
	if (nr && events[0].time_ns && !perf_stream_is_plausible(stream, events[0].time_ns, trailer.cpu)) {
		perf_stream_note_bad(stream, record, "a record of a task whose time cannot be true");
		return;
	}
	for (size_t i = 0; i < nr; i++) {
		if (events[i].time_ns)
			perf_stream_see(stream, events[i].time_ns, trailer.cpu);
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

/* Whether a record that is no sample is as long as its type's are; where layouts differ nobody knows whose it is. */
static bool is_whole(const struct perf_stream *stream, const struct perf_record *record)
{
	const struct perf_layouts *layouts = stream->layouts;

	return !layouts->has_uniform_trailer ||
	       perf_body_fits(record, layouts->all->trailer_bytes, layouts->all->big_endian);
}

void perf_stream_read(struct perf_stream *stream, const struct perf_record *record)
{
	if (record->type != PERF_SAMPLE && !is_whole(stream, record)) {
		stream->context->counts.read++;
		perf_stream_reject(stream, record, "a record that is not as long as its type's are");
		return;
	}
	switch (record->type) {
	case PERF_SAMPLE:
		perf_stream_read_sample(stream, record);
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
			stream->context->counts.read++;
			stream->context->counts.skipped++;
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
		stream->context->counts.lost += loss->in_all - loss->told;
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

void perf_stream_put_gaps(struct perf_stream *stream, bool is_last)
{
	if (is_last) {
		if (!--stream->shared->nr_open)
			put_lost_in_all(stream);
		put_throttled(stream);
	}
	put_pending(stream, &stream->damage, is_last);
	put_pending(stream, &stream->format, false);
}
