/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of one CPU of one ring buffer: pages from a feed, records from the
 * pages, events from the records, and MM_GAP where something is missing.
 */
#ifndef TRACES_CPU_STREAM_H
#define TRACES_CPU_STREAM_H

#include "traces/event_reader.h"
#include "traces/event_stream.h"
#include "traces/format_table.h"
#include "traces/page_feed.h"
#include "traces/ring_page.h"
#include "traces/unpack_ahead.h"

#define NR_GAP_REASONS (MM_GAP_FORMAT + 1)

/* From the stamps in the pages to nanoseconds: (stamp * mult >> shift) + offset_ns. */
struct stamp_scale {
	uint32_t mult;		/* 0 = stamps are nanoseconds */
	uint32_t shift;
	int64_t offset_ns;
};

/* Records that are missing of one CPU, as the recorder's statistics say. */
struct cpu_losses {
	uint64_t overwritten;	/* before pages that say so */
	uint64_t dropped;	/* anywhere */
};

/* What the streams of one file share; borrowed until the streams are closed. */
struct cpu_stream_file {
	const struct trace_file *file;
	struct codec *codec;
	const struct format_table *formats;
	uint8_t header_bytes;	/* of a page */
	struct stamp_scale scale;
	struct reader_context *context;
};

struct cpu_stream {
	struct event_stream base;
	const struct cpu_stream_file *shared;
	struct page_feed feed;
	struct ring_format ring;
	struct page_run run, next_run;
	struct ring_page page;
	size_t next_page;	/* in run */
	uint64_t last_stamp;
	bool has_last;		/* some record was seen */
	uint64_t zeros_offset, zero_bytes;	/* pages without anything since the last one with */
	struct unpack_ahead *unpacking;	/* NULL, or what gives the feed's runs now, as number `feed_number` */
	size_t feed_number;
	bool is_ahead;		/* next_run is filled, or says why not */
	enum feed_step ahead_step;
	uint64_t ahead_bytes;	/* of the file, for progress */
	bool is_over;
	uint16_t cpu;
	struct mm_gap pending[NR_GAP_REASONS];	/* not delivered yet */
	bool is_pending[NR_GAP_REASONS];
	bool is_uncounted[NR_GAP_REASONS];
	uint64_t lost;		/* records of which is known where they are missing, about */
	bool has_silent;	/* some page says so without a number */
	bool is_counted;	/* what such pages lost together is in `lost` */
	struct cpu_losses lost_in_all;
};

void cpu_stream_open(struct cpu_stream *stream, const struct cpu_stream_file *shared,
		     const struct page_place *place, uint16_t cpu, struct cpu_losses lost_in_all);
void cpu_stream_close(struct cpu_stream *stream);

/* From here on its pages come from there; borrowed until close. */
void cpu_stream_take_from(struct cpu_stream *stream, struct unpack_ahead *unpacking, size_t number);

/* Times of the first page and, about, the last one; false if there is no page. */
bool cpu_stream_span(struct cpu_stream *stream, uint64_t *begin_ns, uint64_t *end_ns);

#endif
