// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages to events, with every hole marked. */
#include "traces/cpu_stream.h"

#include "traces/lost_pages.h"
#include "traces/ring_resync.h"

#include <string.h>

/*
 * Stamps of a CPU never go back, so a page is later than what precedes it and not
 * later than the page after it.  A stamp that is off by more than this is damage;
 * smaller inversions are taken as equal times.
 */
#define STAMP_SLACK UINT64_C(1000000000)

/* Never decreases with the stamp, whatever the file says: what does not fit stays at the end. */
static uint64_t to_ns_slow(const struct stamp_scale *scale, uint64_t stamp)
{
	unsigned __int128 scaled = stamp;
	__int128 ns;

	if (scale->mult)
		scaled = scaled * scale->mult >> scale->shift;
	ns = (__int128)scaled + scale->offset_ns;
	return ns < 0 ? 0 : ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

static inline uint64_t to_ns(const struct stamp_scale *scale, uint64_t stamp)
{
	return scale->mult || scale->offset_ns ? to_ns_slow(scale, stamp) : stamp;
}

static uint64_t last_ns(const struct cpu_stream *stream)
{
	return stream->has_last ? to_ns(&stream->shared->scale, stream->last_stamp) : 0;
}

/*
 * Something is missing: the gap itself comes before the next whole record.  A gap of
 * several parts, the records of one of which are not counted, has no count.
 */
static void add_gap(struct cpu_stream *stream, enum mm_gap_reason reason, uint64_t offset,
		    uint64_t bytes, uint64_t lost)
{
	struct mm_gap *gap = &stream->pending[reason];

	if (!stream->is_pending[reason]) {
		*gap = (struct mm_gap){
			.begin_ns = last_ns(stream),
			.offset = offset,
			.input = stream->shared->file->input,
			.reason = reason,
		};
		stream->is_pending[reason] = true;
		stream->is_uncounted[reason] = false;
	}
	gap->bytes += bytes;
	gap->lost += lost;
	stream->is_uncounted[reason] |= !lost;
	if (reason == MM_GAP_OVERRUN)
		stream->shared->context->counts.lost += lost;
}

static void add_damage(struct cpu_stream *stream, uint64_t offset, uint64_t bytes, const char *what)
{
	notes_add(&stream->shared->context->notes,
		  "%s: cpu %u: offset 0x%llx: %s, %llu bytes are not read",
		  stream->shared->file->path, stream->cpu, (unsigned long long)offset, what,
		  (unsigned long long)bytes);
	add_gap(stream, MM_GAP_DAMAGE, offset, bytes, 0);
}

/* Where in the file a page lies; the piece it was packed in, if it was. */
static uint64_t page_offset(const struct cpu_stream *stream, const uint8_t *page)
{
	return stream->run.offset + (stream->feed.place.is_packed ? 0 : page - stream->run.pages);
}

/* Delivers what is pending; end_ns: the first whole record after it, or 0. */
static struct mm_event *put_gaps(struct cpu_stream *stream, struct mm_event *event, uint64_t end_ns)
{
	for (int reason = 0; reason < NR_GAP_REASONS; reason++) {
		struct mm_gap *gap = &stream->pending[reason];

		if (!stream->is_pending[reason])
			continue;
		stream->is_pending[reason] = false;
		gap->end_ns = end_ns;
		if (stream->is_uncounted[reason])
			gap->lost = 0;
		*event++ = (struct mm_event){
			.time_ns = end_ns ? end_ns : last_ns(stream),
			.cpu = stream->cpu,
			.kind = MM_GAP,
			.gap = *gap,
		};
		stream->shared->context->counts.gaps++;
		stream->shared->context->counts.kinds[MM_GAP]++;
	}
	return event;
}

static void look_ahead(struct cpu_stream *stream)
{
	if (stream->is_ahead)
		return;
	if (stream->unpacking)
		stream->ahead_step = unpack_ahead_take(stream->unpacking, stream->feed_number, &stream->next_run,
						       &stream->ahead_bytes);
	else
		stream->ahead_step = page_feed_measure(&stream->feed, &stream->next_run, &stream->ahead_bytes);
	stream->is_ahead = true;
}

/* Makes the run that was looked at the current one; false at the end. */
static bool next_run(struct cpu_stream *stream)
{
	struct page_run run;

	for (;;) {
		look_ahead(stream);
		stream->is_ahead = false;
		stream->shared->context->counts.bytes += stream->ahead_bytes;
		if (stream->ahead_step == FEED_END)
			return false;
		if (stream->ahead_step == FEED_PAGES)
			break;
		add_damage(stream, stream->next_run.offset, stream->next_run.bytes,
			   stream->next_run.damage);
	}
	run = stream->run;
	stream->run = stream->next_run;
	stream->next_run = run;
	stream->next_page = 0;
	if (stream->run.damage)
		notes_add(&stream->shared->context->notes, "%s: cpu %u: offset 0x%llx: %s, it is read",
			  stream->shared->file->path, stream->cpu,
			  (unsigned long long)stream->run.offset, stream->run.damage);
	return true;
}

static uint64_t stamp_of(const struct cpu_stream *stream, const uint8_t *page)
{
	return load_u64(page, stream->ring.big_endian);
}

/* The page `ahead` pages after the next one; NULL if there is none or it is not known. */
static const uint8_t *peek_page(struct cpu_stream *stream, size_t ahead)
{
	size_t page = stream->next_page + ahead;

	if (page < stream->run.nr_pages)
		return stream->run.pages + page * stream->ring.page_bytes;
	look_ahead(stream);
	page -= stream->run.nr_pages;
	if (stream->ahead_step != FEED_PAGES || page >= stream->next_run.nr_pages)
		return NULL;
	return stream->next_run.pages + page * stream->ring.page_bytes;
}

/* Its stamp; false if it is not known.  An empty page's stamp may be anything. */
static bool peek_stamp(struct cpu_stream *stream, size_t ahead, uint64_t *stamp)
{
	const uint8_t *bytes = peek_page(stream, ahead);
	struct ring_page page;

	if (!bytes || !ring_page_open(&page, &stream->ring, bytes) || page.at == page.end)
		return false;
	*stamp = page.time;
	return true;
}

/*
 * Whether the stamp of a page that starts at `stamp` can be true, and *latest, what
 * its records may not exceed.  Of two pages in the wrong order the page after them
 * tells which one lies.
 */
static bool is_plausible(struct cpu_stream *stream, uint64_t stamp, uint64_t *latest)
{
	uint64_t floor = stream->has_last ? stream->last_stamp : 0;
	uint64_t next, after;

	*latest = UINT64_MAX;
	if (floor > STAMP_SLACK && stamp < floor - STAMP_SLACK)
		return false;
	if (!peek_stamp(stream, 0, &next) || next > UINT64_MAX - STAMP_SLACK)
		return true;
	if (stamp <= next + STAMP_SLACK) {
		*latest = stamp <= next ? next : next + STAMP_SLACK;
		return true;
	}
	if (floor > STAMP_SLACK && next < floor - STAMP_SLACK)
		return true;	/* the next one lies */
	return peek_stamp(stream, 1, &after) && stamp <= after;
}

/* The kernel stamps every page: one without a time was never written to the disk. */
static void note_empty(struct cpu_stream *stream, const uint8_t *bytes)
{
	if (stream->page.time)
		return;
	if (!stream->zero_bytes)
		stream->zeros_offset = page_offset(stream, bytes);
	stream->zero_bytes += stream->ring.page_bytes;
}

/* The kernel gives no page away without records: one that has bytes where they would be has lost its header. */
static bool has_bytes(const struct cpu_stream *stream)
{
	const uint8_t *first = stream->page.at, *end = stream->page.start + stream->ring.page_bytes;

	return *first || memcmp(first, first + 1, end - first - 1);
}

/* After the last records nothing is missing, between them there is. */
static void note_zeros(struct cpu_stream *stream)
{
	if (stream->zero_bytes)
		add_damage(stream, stream->zeros_offset, stream->zero_bytes, "pages of zeros");
	stream->zero_bytes = 0;
}

/* Opens the next page that can be read; false at the end of the CPU's data. */
static bool open_page(struct cpu_stream *stream)
{
	for (;;) {
		const char *damage = "a page that says it holds more than a page";
		const uint8_t *bytes;
		uint64_t latest;

		if (stream->next_page == stream->run.nr_pages && !next_run(stream))
			return false;
		bytes = stream->run.pages + stream->next_page++ * stream->ring.page_bytes;
		if (ring_page_open(&stream->page, &stream->ring, bytes)) {
			const bool is_empty = stream->page.at == stream->page.end;

			if (is_empty && !has_bytes(stream)) {
				note_empty(stream, bytes);
				return true;
			}
			note_zeros(stream);
			damage = is_empty ? "a page that says it holds nothing, and has records" :
				 "a page whose time does not fit between its neighbours";
			if (!is_empty && is_plausible(stream, stream->page.time, &latest)) {
				stream->page.latest = latest;
				return true;
			}
		}
		add_damage(stream, page_offset(stream, bytes), stream->ring.page_bytes, damage);
		stream->page.at = stream->page.end;
	}
}

/* What pages lost that do not say how many is the rest of the sum: known of one, of several only together. */
static uint64_t lost_of_silent(struct cpu_stream *stream)
{
	const uint64_t sum = stream->lost_in_all.overwritten;
	struct lost_pages lost;

	if (stream->has_silent || !sum)
		return 0;
	stream->is_counted = lost_pages_count(&stream->feed.place, stream->shared->file,
					      stream->shared->codec, &stream->ring, &lost) &&
			     sum >= lost.said && sum - lost.said >= lost.nr_silent;
	if (!stream->is_counted)
		return 0;
	if (lost.nr_silent == 1)
		return sum - lost.said;
	stream->lost += sum - lost.said;
	stream->shared->context->counts.lost += sum - lost.said;
	return 0;
}

static void note_lost(struct cpu_stream *stream)
{
	uint64_t lost = stream->page.lost;

	if (!stream->page.has_lost)
		return;
	if (!lost) {
		lost = lost_of_silent(stream);
		stream->has_silent = true;
	}
	add_gap(stream, MM_GAP_OVERRUN, page_offset(stream, stream->page.start), 0, lost);
	stream->lost += lost;
}

/* What the recorder's statistics say was lost and no page header did. */
static void note_lost_in_all(struct cpu_stream *stream)
{
	const uint64_t sum = stream->lost_in_all.overwritten + stream->lost_in_all.dropped;

	if ((stream->has_silent && !stream->is_counted) || sum <= stream->lost)
		return;
	add_gap(stream, MM_GAP_OVERRUN, stream->feed.cursor.limit, 0, sum - stream->lost);
	stream->pending[MM_GAP_OVERRUN].begin_ns = 0;	/* anywhere */
}

static void note_page_damage(struct cpu_stream *stream)
{
	uint64_t bytes = stream->page.end - stream->page.at;

	add_damage(stream, page_offset(stream, stream->page.start), bytes,
		   "a record that does not fit into its page");
	stream->page.at = stream->page.end;
}

/* Steps to the next page with records; gaps that lie before it are delivered. */
static struct mm_event *turn_page(struct cpu_stream *stream, struct mm_event *event)
{
	struct ring_page ahead;
	struct ring_record record;
	enum ring_step step;
	uint64_t stamp;

	do {
		if (!open_page(stream)) {
			note_lost_in_all(stream);
			stream->is_over = true;
			return put_gaps(stream, event, 0);
		}
		note_lost(stream);
		ahead = stream->page;
		step = ring_page_next(&ahead, &record);
		if (step == RING_DAMAGE)
			note_page_damage(stream);
	} while (step != RING_RECORD);
	stamp = ahead.time > stream->last_stamp ? ahead.time : stream->last_stamp;
	return put_gaps(stream, event, to_ns(&stream->shared->scale, stamp));
}

static void note_bad_record(struct cpu_stream *stream, uint16_t id, const struct ring_record *record)
{
	const struct format_table *formats = stream->shared->formats;
	const bool has_format = formats->of_id[id] != FORMAT_NONE;
	const struct record_size size = record_size_of(&formats->sizes[id], record->data, record->bytes, stream->ring.big_endian);
	const bool is_long = has_format && record->bytes > size.least;
	enum mm_gap_reason reason = has_format ? MM_GAP_DAMAGE : MM_GAP_FORMAT;

	if (has_format || !stream->is_pending[MM_GAP_FORMAT])
		notes_add(&stream->shared->context->notes, "%s: cpu %u: offset 0x%llx: %s (event id %u), it is not read",
			  stream->shared->file->path, stream->cpu,
			  (unsigned long long)page_offset(stream, stream->page.start),
			  !has_format ? "a record without its format" : is_long ? "a record longer than its format" :
			  "a record shorter than its format", id);
	/* One that is too long may be several. */
	add_gap(stream, reason, page_offset(stream, stream->page.start), record->bytes, !is_long);
}

static void note_mended(struct cpu_stream *stream, uint16_t id)
{
	notes_add(&stream->shared->context->notes,
		  "%s: cpu %u: offset 0x%llx: a record whose length is damaged (event id %u), it is read as its format says",
		  stream->shared->file->path, stream->cpu,
		  (unsigned long long)page_offset(stream, stream->page.start), id);
}

/* What follows it in the page is no better. */
static void note_garbage(struct cpu_stream *stream, const struct ring_record *record)
{
	add_damage(stream, page_offset(stream, stream->page.start), stream->page.end - record->data,
		   "a record of an impossible task");
	stream->page.at = stream->page.end;
}

/* Without a format, or not as long as that says: false if it is not to be read, and all is said. */
static __attribute__((noinline)) bool take_odd(struct cpu_stream *stream, uint16_t id, struct ring_record *record)
{
	const struct format_table *formats = stream->shared->formats;

	if (formats->of_id[id] == FORMAT_NONE && !ring_record_is_possible(record, stream->ring.big_endian)) {
		note_garbage(stream, record);
		return false;
	}
	switch (formats->of_id[id] == FORMAT_NONE ? RING_BROKEN : ring_resync(&stream->page, record, formats)) {
	case RING_AS_SAID:
		return true;
	case RING_MENDED:
		note_mended(stream, id);
		return true;
	case RING_BROKEN:
		break;
	}
	note_bad_record(stream, id, record);
	return false;
}

/* Made twice, for each byte order. */
static inline __attribute__((always_inline)) size_t fill(struct cpu_stream *stream, const bool big_endian)
{
	struct event_stream *base = &stream->base;
	const struct format_table *formats = stream->shared->formats;
	struct reader_context *context = stream->shared->context;
	struct mm_event *event = base->events;
	struct mm_event *const full = event + STREAM_EVENTS - NR_GAP_REASONS;
	const struct stamp_scale scale = stream->shared->scale;
	const bool is_ns = !scale.mult && !scale.offset_ns;
	uint64_t read = 0, skipped = 0, used = 0;

	while (event < full) {
		const struct decode_plan *plan;
		struct ring_record record;
		enum ring_step step = ring_page_next_of(&stream->page, &record, big_endian);
		uint16_t id;
		uint8_t of_id;

		if (step != RING_RECORD) {
			if (step == RING_DAMAGE)
				note_page_damage(stream);
			if (stream->is_over)
				break;
			event = turn_page(stream, event);
			continue;
		}
		read++;
		if (stream->page.time > stream->last_stamp)
			stream->last_stamp = stream->page.time;
		stream->has_last = true;
		id = load_u16(record.data, big_endian);
		if (!record_size_fits(&formats->sizes[id], record.bytes) && !take_odd(stream, id, &record)) {
			skipped++;
			continue;
		}
		of_id = formats->of_id[id];
		if (of_id == FORMAT_SKIP) {
			if (!ring_record_is_possible(&record, big_endian))
				note_garbage(stream, &record);
			skipped++;
			continue;
		}
		plan = format_table_plan(formats, of_id);
		decode_plan_apply(plan, record.data, record.bytes, event, &context->strings);
		if (event->tid > TID_MOST) {
			note_garbage(stream, &record);
			skipped++;
			continue;
		}
		event->time_ns = is_ns ? stream->last_stamp : to_ns_slow(&scale, stream->last_stamp);
		event->cpu = stream->cpu;
		context->counts.kinds[event->kind]++;
		event++;
		used++;
	}
	context->counts.read += read;
	context->counts.skipped += skipped;
	context->counts.used += used;
	return event - base->events;
}

static size_t cpu_stream_fill(struct event_stream *base)
{
	struct cpu_stream *stream = (struct cpu_stream *)base;

	return stream->ring.big_endian ? fill(stream, true) : fill(stream, false);
}

void cpu_stream_open(struct cpu_stream *stream, const struct cpu_stream_file *shared,
		     const struct page_place *place, uint16_t cpu, struct cpu_losses lost_in_all)
{
	*stream = (struct cpu_stream){
		.base = { .fill = cpu_stream_fill },
		.shared = shared,
		.ring = {
			.page_bytes = place->page_bytes,
			.header_bytes = shared->header_bytes,
			.big_endian = place->big_endian,
		},
		.cpu = cpu,
		.lost_in_all = lost_in_all,
	};
	page_feed_open(&stream->feed, place, shared->file, shared->codec);
}

void cpu_stream_take_from(struct cpu_stream *stream, struct unpack_ahead *unpacking, size_t number)
{
	stream->unpacking = unpacking;
	stream->feed_number = number;
}

void cpu_stream_close(struct cpu_stream *stream)
{
	page_feed_close(&stream->feed);
	page_run_release(&stream->run);
	page_run_release(&stream->next_run);
}

static bool last_stamp(const struct cpu_stream *stream, uint64_t *stamp)
{
	struct page_run run = { 0 };
	struct page_feed feed;
	bool found;

	page_feed_open(&feed, &stream->feed.place, stream->shared->file, stream->shared->codec);
	found = page_feed_seek_last(&feed) && page_feed_next(&feed, &run) == FEED_PAGES;
	if (found)
		*stamp = stamp_of(stream, run.pages + (run.nr_pages - 1) * stream->ring.page_bytes);
	page_run_release(&run);
	page_feed_close(&feed);
	return found;
}

bool cpu_stream_span(struct cpu_stream *stream, uint64_t *begin_ns, uint64_t *end_ns)
{
	uint64_t first, last;

	if (!peek_stamp(stream, 0, &first))
		return false;
	if (!last_stamp(stream, &last) || last < first)
		last = first;
	*begin_ns = to_ns(&stream->shared->scale, first);
	*end_ns = to_ns(&stream->shared->scale, last);
	return true;
}
