// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples to events: one by one where something has to be asked, else in one loop. */
#include "traces/perf_stream.h"

/* A time that is off by more than this is damage; smaller inversions are taken as equal times. */
#define TIME_SLACK UINT64_C(1000000000)
#define AHEAD_RECORDS 32		/* that are asked whether a sudden time is true */

/* The next sample of this round that is of the same CPU; false if none of those at hand is. */
static bool find_next(const struct perf_stream *stream, uint32_t cpu, struct perf_sample *next)
{
	const struct perf_layouts *layouts = &stream->shared->data->layouts;
	const uint8_t *at = NULL;
	struct perf_record record;

	for (int i = 0; i < AHEAD_RECORDS && perf_walk_ahead(&stream->walk, &at, &record); i++) {
		const struct perf_layout *layout;

		if (record.type == PERF_FINISHED_ROUND)
			break;
		if (record.type != PERF_SAMPLE)
			continue;
		layout = perf_layouts_of_sample(layouts, &record);
		if (layout && perf_layout_sample(layout, record.data, record.bytes, next) &&
		    next->cpu == cpu && next->time_ns)
			return true;
	}
	return false;
}

/* Whether records that follow, of the same CPU, are as late as this one. */
static bool is_confirmed(const struct perf_stream *stream, uint64_t time_ns, uint32_t cpu)
{
	struct perf_sample next;

	return !find_next(stream, cpu, &next) || next.time_ns >= time_ns || time_ns - next.time_ns <= TIME_SLACK;
}

/* One that was plugged in since is seen again. */
static bool is_plausible_cpu(const struct perf_stream *stream, uint32_t cpu)
{
	const uint32_t most = stream->shared->data->most_cpus;
	struct perf_sample next;

	return cpu < MM_ANY_CPU && (!most || cpu < most || find_next(stream, cpu, &next));
}

static bool is_plausible_leap(const struct perf_stream *stream, uint64_t time_ns, uint32_t cpu)
{
	const struct perf_data *data = stream->shared->data;

	if (time_ns > INT64_MAX)
		return false;
	if (data->end_ns && time_ns > data->end_ns + TIME_SLACK)
		return false;
	return is_confirmed(stream, time_ns, cpu);
}

bool perf_stream_is_plausible(const struct perf_stream *stream, uint64_t time_ns, uint32_t cpu)
{
	if (!time_ns || !is_plausible_cpu(stream, cpu) || time_ns + TIME_SLACK < stream->rounds.limit_ns)
		return false;
	return (stream->last_ns && time_ns <= stream->last_ns + TIME_SLACK) ||
	       is_plausible_leap(stream, time_ns, cpu);
}

/* A sample of what its task read or wrote: the page was used then. Addresses of the kernel tell nothing. */
static void read_use(struct perf_stream *stream, const struct perf_record *record, const struct perf_layout *layout,
		     const struct perf_sample *sample)
{
	const uint64_t address = layout->tells_uses ? load_u64(record->data + layout->address, layout->big_endian) : 0;
	struct reader_context *context = stream->context;

	if (!address || address >> 63 || !(context->wanted & MM_KIND_BIT(MM_USED))) {
		context->counts.skipped++;
		return;
	}
	if (!perf_stream_is_plausible(stream, sample->time_ns, sample->cpu)) {
		perf_stream_note_bad(stream, record, "a sample whose time or CPU cannot be true");
		return;
	}
	perf_stream_see(stream, sample->time_ns, sample->cpu);
	*perf_rounds_slot(&stream->rounds) = (struct mm_event){
		.time_ns = sample->time_ns, .tid = sample->tid, .cpu = sample->cpu, .kind = MM_USED,
		.used = { .since_ns = sample->time_ns, .vpn = address / stream->formats->target.page_bytes, .nr = 1 },
	};
	perf_rounds_add(&stream->rounds, 0);
	context->counts.kinds[MM_USED]++;
	context->counts.used++;
}

void perf_stream_read_sample(struct perf_stream *stream, const struct perf_record *record)
{
	const struct perf_layout *layout = perf_layouts_of_sample(stream->layouts, record);
	const struct format_table *formats = stream->formats;
	struct reader_context *context = stream->context;
	const struct decode_plan *plan;
	struct record_size size;
	struct perf_sample sample;
	struct mm_event *event;
	uint16_t id;
	uint8_t of_id;

	context->counts.read++;
	if (!layout) {
		perf_stream_note_bad(stream, record, "a sample of no event of this recording");
		return;
	}
	if (!perf_layout_sample(layout, record->data, record->bytes, &sample)) {
		perf_stream_reject(stream, record, "a sample that is not as long as its parts");
		return;
	}
	if (layout->attr.type != PERF_TRACEPOINT) {
		read_use(stream, record, layout, &sample);
		return;
	}
	if (!layout->time || sample.raw_bytes < 2) {
		context->counts.skipped++;
		return;
	}
	if (!perf_stream_is_plausible(stream, sample.time_ns, sample.cpu)) {
		perf_stream_note_bad(stream, record, "a sample whose time or CPU cannot be true");
		return;
	}
	perf_stream_see(stream, sample.time_ns, sample.cpu);
	id = load_u16(sample.raw, layout->big_endian);
	of_id = formats->of_id[id];
	if (of_id == FORMAT_NONE) {
		perf_stream_note_no_format(stream, record, id, &sample);
		return;
	}
	size = record_size_of(&formats->sizes[id], sample.raw, sample.raw_bytes, layout->big_endian);
	if (!record_size_fits(&size, sample.raw_bytes)) {
		perf_stream_reject(stream, record, sample.raw_bytes < size.least ?
				   "a sample shorter than its format" : "a sample longer than its format");
		return;
	}
	if (of_id == FORMAT_SKIP) {
		context->counts.skipped++;
		return;
	}
	plan = format_table_plan(formats, of_id);
	event = perf_rounds_slot(&stream->rounds);
	decode_plan_apply(plan, sample.raw, sample.raw_bytes, event, &context->strings);
	event->time_ns = sample.time_ns;
	event->cpu = sample.cpu;
	perf_rounds_add(&stream->rounds, stream->shared->has_moves ?
			perf_layout_cgroup(layout, record->data, record->bytes) : 0);
	context->counts.kinds[event->kind]++;
	context->counts.used++;
}

/* What its parts say. */
static __attribute__((noinline)) bool is_as_long(const struct record_size *size, const uint8_t *raw, uint32_t bytes, bool swap)
{
	const struct record_size own = record_size_of(size, raw, bytes, swap);

	return record_size_fits(&own, bytes);
}

/* The samples that follow each other in memory, as long as nothing has to be asked about them. */
static inline __attribute__((always_inline)) void read_quick(struct perf_stream *stream, const bool swap)
{
	const struct perf_layout *layout = stream->layouts->all;
	const uint32_t time_at = layout->time, cpu_at = layout->cpu, raw_at = layout->raw, nr_cpus = stream->nr_cpus;
	const uint32_t other_bytes = layout->min_bytes;
	const uint64_t oldest_ns = perf_later(stream->rounds.limit_ns, TIME_SLACK + 1) - TIME_SLACK;
	const struct format_table *formats = stream->formats;
	struct trace_counts *counts = &stream->context->counts;
	const uint8_t *at = *stream->walk.at, *const end = *stream->walk.end;
	uint64_t last_ns = stream->last_ns, nr = 0, nr_used = 0;

	while (end - at >= PERF_HEADER_BYTES) {
		const struct decode_plan *plan;
		struct perf_record record;
		struct mm_event *event;
		uint32_t raw_bytes, cpu;
		uint64_t time_ns;
		uint16_t id;
		uint8_t of_id;

		perf_record_read(&record, at, swap);
		if (record.type == PERF_FINISHED_ROUND && record.bytes == PERF_HEADER_BYTES && perf_stream_goes_on(stream)) {
			at += PERF_HEADER_BYTES;
			continue;
		}
		if (record.type != PERF_SAMPLE || record.bytes > end - at || record.bytes < other_bytes + 2)
			break;
		raw_bytes = load_u32(at + raw_at - 4, swap);
		time_ns = load_u64(at + time_at, swap);
		cpu = load_u32(at + cpu_at, swap);
		/* No leap in time, no CPU that is new. */
		if (raw_bytes != record.bytes - other_bytes || cpu >= nr_cpus || !last_ns ||
		    time_ns < oldest_ns || time_ns > last_ns + TIME_SLACK)
			break;
		id = load_u16(at + raw_at, swap);
		if (!record_size_fits(&formats->sizes[id], raw_bytes) && !is_as_long(&formats->sizes[id], at + raw_at, raw_bytes, swap))
			break;
		of_id = formats->of_id[id];
		plan = of_id >= FORMAT_PLAN ? format_table_plan(formats, of_id) : NULL;
		last_ns = perf_later(last_ns, time_ns);
		stream->last_ns = last_ns;
		stream->cpus[cpu].last_ns = time_ns;
		stream->cpu = cpu;
		if (plan) {
			event = perf_rounds_slot(&stream->rounds);
			decode_plan_apply(plan, at + raw_at, raw_bytes, event, &stream->context->strings);
			event->time_ns = time_ns;
			event->cpu = cpu;
			perf_rounds_add(&stream->rounds, 0);
			counts->kinds[event->kind]++;
			nr_used++;
		}
		nr++;
		at += record.bytes;
	}
	*stream->walk.at = at;
	counts->read += nr;
	counts->used += nr_used;
	counts->skipped += nr - nr_used;
}

void perf_stream_read_samples(struct perf_stream *stream)
{
	if (stream->layouts->all->big_endian)
		read_quick(stream, true);
	else
		read_quick(stream, false);
}
