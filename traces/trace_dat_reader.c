// SPDX-License-Identifier: GPL-2.0-or-later
/* trace.dat as a source of events: one stream for each CPU of each ring buffer. */
#include "traces/event_reader.h"
#include "traces/snapshot_stream.h"

#include "base/xalloc.h"
#include "traces/cpu_stream.h"
#include "traces/trace_dat.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STREAMS 8192	/* as many CPUs as a kernel can be built for */
#define MAX_PAGE_BYTES (1 << 20)	/* what a page's own bookkeeping can count */

struct trace_dat_reader {
	struct event_reader base;
	struct trace_dat dat;
	struct cpu_stream_file shared;	/* with a codec of its own: sections are unpacked beside pages */
	size_t streams_capacity;
	struct unpack_ahead *unpacking;	/* NULL until a thread does it */
	struct snapshot_stream *snapshot;	/* the last of the streams; NULL = none */
	uint64_t bytes_claimed;	/* by the CPUs' data so far */
	bool has_cpu[UINT16_MAX + 1];
};

static struct cpu_losses lost_in_all(const struct trace_dat *dat, const char *buffer, uint32_t cpu)
{
	for (size_t i = 0; i < dat->nr_losses; i++) {
		if (dat->losses[i].cpu == cpu && !strcmp(dat->losses[i].buffer, buffer))
			return dat->losses[i].losses;
	}
	return (struct cpu_losses){ 0 };
}

static void add_span(struct trace_info *info, struct cpu_stream *stream)
{
	uint64_t begin_ns, end_ns;

	if (!cpu_stream_span(stream, &begin_ns, &end_ns))
		return;
	if (!info->end_ns || begin_ns < info->begin_ns)
		info->begin_ns = begin_ns;
	if (end_ns > info->end_ns)
		info->end_ns = end_ns;
}

/* Where the next data after this CPU's begin; UINT64_MAX = none do. */
static uint64_t next_data(const struct trace_dat *dat, const struct dat_cpu *cpu)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < dat->nr_buffers; i++) {
		for (size_t j = 0; j < dat->buffers[i].nr_cpus; j++) {
			uint64_t offset = dat->buffers[i].cpus[j].offset;

			if (offset > cpu->offset && offset < next)
				next = offset;
		}
	}
	return next;
}

/* How many bytes are this CPU's: not those of the next, whatever the table says. */
static uint64_t bytes_of(const struct trace_dat_reader *reader, const struct dat_buffer *buffer,
			 const struct dat_cpu *cpu)
{
	uint64_t room = next_data(&reader->dat, cpu) - cpu->offset;

	if (cpu->bytes <= room)
		return cpu->bytes;
	dat_note(&reader->dat, "buffer \"%s\": cpu %u: its %llu bytes reach into the data of another CPU, %llu are read",
		 buffer->name, cpu->cpu, (unsigned long long)cpu->bytes, (unsigned long long)room);
	return room - (buffer->is_packed ? CHUNK_COUNT_BYTES : 0);
}

static void add_stream(struct trace_dat_reader *reader, const struct dat_buffer *buffer,
		       const struct dat_cpu *cpu)
{
	struct event_reader *base = &reader->base;
	const struct page_place place = {
		.offset = cpu->offset,
		.bytes = bytes_of(reader, buffer, cpu),
		.page_bytes = buffer->page_bytes,
		.is_packed = buffer->is_packed,
		.big_endian = reader->dat.target.big_endian,
	};
	struct cpu_stream *stream;

	if (cpu->cpu > UINT16_MAX || base->nr_streams == MAX_STREAMS ||
	    reader->bytes_claimed > reader->dat.file.bytes) {
		dat_note(&reader->dat, "buffer \"%s\": cpu %u: %s, it is not read", buffer->name,
			 cpu->cpu, cpu->cpu > UINT16_MAX ? "impossible number" :
			 "more data than the file has");
		return;
	}
	reader->bytes_claimed += cpu->bytes < reader->dat.file.bytes ? cpu->bytes :
				 reader->dat.file.bytes;
	stream = xcalloc(1, sizeof(*stream));
	cpu_stream_open(stream, &reader->shared, &place, cpu->cpu,
			lost_in_all(&reader->dat, buffer->name, cpu->cpu));
	xgrow(&base->streams, base->nr_streams, &reader->streams_capacity,
	      sizeof(struct event_stream *));
	base->streams[base->nr_streams++] = &stream->base;
	add_span(&base->info, stream);
	base->info.nr_cpus += !reader->has_cpu[cpu->cpu];
	reader->has_cpu[cpu->cpu] = true;
}

static void add_snapshot(struct trace_dat_reader *reader)
{
	struct event_reader *base = &reader->base;
	struct trace_dat *dat = &reader->dat;

	if (!dat->is_own || !dat->data_section || base->nr_streams == MAX_STREAMS)
		return;
	reader->snapshot = snapshot_stream_open(dat, dat->data_section + DAT_SECTION_HEADER_BYTES);
	if (!reader->snapshot)
		return;
	xgrow(&base->streams, base->nr_streams, &reader->streams_capacity, sizeof(struct event_stream *));
	base->streams[base->nr_streams++] = snapshot_stream_base(reader->snapshot);
	if (snapshot_stream_begin_ns(reader->snapshot) < base->info.begin_ns)
		base->info.begin_ns = snapshot_stream_begin_ns(reader->snapshot);
	base->info.nr_facts = snapshot_stream_facts(reader->snapshot, &base->info.facts);
	base->info.kinds |= MM_KIND_BIT(MM_COUNTER) | MM_KIND_BIT(MM_SNAPSHOT_TASK) | MM_KIND_BIT(MM_SNAPSHOT_RANGE) |
			    MM_KIND_BIT(MM_SNAPSHOT_PAGES) | MM_KIND_BIT(MM_USED);
}

static bool is_page_size(uint32_t bytes)
{
	return bytes >= 1024 && bytes <= MAX_PAGE_BYTES && !(bytes & (bytes - 1));
}

static void add_buffer(struct trace_dat_reader *reader, struct dat_buffer *buffer)
{
	if (!is_page_size(buffer->page_bytes)) {
		dat_note(&reader->dat, "buffer \"%s\": page size %u is impossible, %u is assumed",
			 buffer->name, buffer->page_bytes, reader->dat.target.page_bytes);
		buffer->page_bytes = reader->dat.target.page_bytes;
	}
	reader->base.info.nr_buffers += buffer->nr_cpus > 0;
	for (size_t i = 0; i < buffer->nr_cpus; i++)
		add_stream(reader, buffer, &buffer->cpus[i]);
}

static void trace_dat_read_ahead(struct event_reader *base)
{
	struct trace_dat_reader *reader = (struct trace_dat_reader *)base;
	struct page_feed **feeds = xcalloc(base->nr_streams, sizeof(struct page_feed *));
	size_t nr_cpus = base->nr_streams - (reader->snapshot != NULL), nr = 0;

	for (size_t i = 0; i < nr_cpus; i++) {
		struct cpu_stream *stream = (struct cpu_stream *)base->streams[i];

		if (stream->feed.place.is_packed)
			feeds[nr++] = &stream->feed;
	}
	/* Buffers are packed all or none. */
	if (nr && nr == nr_cpus)
		reader->unpacking = unpack_ahead_start(feeds, nr);
	for (size_t i = 0; i < nr && reader->unpacking; i++)
		cpu_stream_take_from((struct cpu_stream *)base->streams[i], reader->unpacking, i);
	free(feeds);
}

static void trace_dat_close(struct event_reader *base)
{
	struct trace_dat_reader *reader = (struct trace_dat_reader *)base;

	unpack_ahead_stop(reader->unpacking);
	base->nr_streams -= reader->snapshot != NULL;
	snapshot_stream_close(reader->snapshot);
	for (size_t i = 0; i < base->nr_streams; i++) {
		cpu_stream_close((struct cpu_stream *)base->streams[i]);
		free(base->streams[i]);
	}
	free(base->streams);
	codec_destroy(reader->shared.codec);
	trace_dat_release(&reader->dat);
	free(reader);
}

/* The kernel's clocks that count cycles, ticks or events; of its others nanoseconds are recorded. */
static const char *fidelity_of(const struct trace_dat *dat)
{
	static const char *const counting[] = { "counter", "uptime", "x86-tsc", "ppc-tb" };

	for (size_t i = 0; i < sizeof(counting) / sizeof(counting[0]) && !dat->scale.mult; i++)
		if (!strcmp(dat->clock, counting[i]))
			return "times in units of the clock, which are no nanoseconds";
	return NULL;
}

static enum status trace_dat_open(struct event_reader **opened, const struct trace_file *file,
				  struct reader_context *context, struct error *err)
{
	struct trace_dat_reader *reader = xcalloc(1, sizeof(*reader));
	struct trace_dat *dat = &reader->dat;
	enum status status = trace_dat_load(dat, file, context, err);

	if (status) {
		trace_dat_close(&reader->base);
		return status;
	}
	reader->base.class = &trace_dat_reader;
	reader->base.info = (struct trace_info){
		.format = dat->version == 6 ? "trace.dat 6" : "trace.dat 7",
		.clock = dat->clock,
		.fidelity = fidelity_of(dat),
		.uname = dat->uname,
		.compression = codec_name(dat->codec),
		.page_size = dat->target.page_bytes,
		.bytes = dat->file.bytes,
		.trace_id = dat->trace_id,
		.kinds = dat->formats->kinds,
		.calls = dat->formats->calls,
	};
	reader->shared = (struct cpu_stream_file){
		.file = &dat->file,
		.codec = codec_create(codec_name(dat->codec)),
		.formats = dat->formats,
		.header_bytes = 8 + dat->commit_bytes,
		.scale = dat->scale,
		.context = context,
	};
	for (size_t i = 0; i < dat->nr_buffers; i++)
		add_buffer(reader, &dat->buffers[i]);
	add_snapshot(reader);
	*opened = &reader->base;
	return RC_OK;
}

const struct event_reader_class trace_dat_reader = {
	.name = "trace.dat",
	.probe = trace_dat_probe,
	.open = trace_dat_open,
	.read_ahead = trace_dat_read_ahead,
	.close = trace_dat_close,
};
