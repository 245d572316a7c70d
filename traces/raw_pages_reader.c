// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One CPU's ring-buffer pages and nothing else: what trace-cmd writes while it records
 * (trace.dat.cpu0, ...) and leaves behind when it is killed before it puts them together.
 * No formats, no clock, no number of the CPU: formats come from elsewhere, the number is the one that
 * trace-cmd put into the file's name; files that have other names are CPUs in their order.
 */
#include "traces/event_reader.h"

#include "base/xalloc.h"
#include "traces/cpu_stream.h"
#include "traces/format_bank.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 4096		/* of x86-64; no page says it */
#define HEADER_BYTES 16
#define PROBED_PAGES 4		/* as far as there are so many */

static const struct ring_format ring = { .page_bytes = PAGE_BYTES, .header_bytes = HEADER_BYTES };

struct raw_pages_reader {
	struct event_reader base;
	struct trace_file file;
	struct format_table formats;
	struct cpu_stream_file shared;
	struct cpu_stream stream;
	struct event_stream *streams[1];
};

/* How many records a page has, if it is one, whole and with a time; -1 = it is none. */
static int count_records(const uint8_t *bytes, uint64_t *time)
{
	struct ring_record record;
	struct ring_page page;
	enum ring_step step;
	int nr = 0;

	/* Of the commit word only the bytes used and the two marks of lost events are ever set. */
	if (load_u64(bytes + 8, false) >> 32 || load_u32(bytes + 8, false) & UINT32_C(0x38000000) ||
	    !ring_page_open(&page, &ring, bytes) || page.time < *time)
		return -1;
	while ((step = ring_page_next(&page, &record)) == RING_RECORD)
		nr++;
	*time = page.time;
	return step == RING_END ? nr : -1;
}

/* Nothing marks such a file: its first pages must be without a fault, and in order. */
static bool raw_pages_probe(const uint8_t *head, size_t bytes)
{
	uint64_t time = 1;
	int nr = 0;

	for (size_t i = 0; i < PROBED_PAGES && (i + 1) * PAGE_BYTES <= bytes; i++) {
		int records = count_records(head + i * PAGE_BYTES, &time);

		if (records < 0)
			return false;
		nr += records;
	}
	return nr > 0;
}

static void raw_pages_close(struct event_reader *base)
{
	struct raw_pages_reader *reader = (struct raw_pages_reader *)base;

	cpu_stream_close(&reader->stream);
	trace_file_close(&reader->file);
	free(reader);
}

/* Of "trace.dat.cpu12" 12. */
static uint16_t cpu_of(const struct trace_file *file)
{
	static const char mark[] = ".cpu";
	const size_t bytes = strlen(file->path);
	size_t digits = 0, at = bytes;
	uint32_t cpu = 0;

	for (; at > 0 && file->path[at - 1] >= '0' && file->path[at - 1] <= '9'; at--)
		digits++;
	if (!digits || digits > 5 || at < sizeof(mark) - 1 || memcmp(file->path + at - (sizeof(mark) - 1), mark, sizeof(mark) - 1))
		return file->input;
	for (; at < bytes; at++)
		cpu = cpu * 10 + (uint32_t)(file->path[at] - '0');
	return cpu < MM_ANY_CPU ? cpu : file->input;
}

static void open_stream(struct raw_pages_reader *reader, struct reader_context *context)
{
	const struct page_place place = { .bytes = reader->file.bytes, .page_bytes = PAGE_BYTES };
	struct trace_info *info = &reader->base.info;

	reader->shared = (struct cpu_stream_file){
		.file = &reader->file, .formats = &reader->formats, .header_bytes = HEADER_BYTES, .context = context,
	};
	cpu_stream_open(&reader->stream, &reader->shared, &place, cpu_of(&reader->file), (struct cpu_losses){ 0 });
	cpu_stream_span(&reader->stream, &info->begin_ns, &info->end_ns);
	reader->streams[0] = &reader->stream.base;
	reader->base.streams = reader->streams;
	reader->base.nr_streams = 1;
}

static enum status raw_pages_open(struct event_reader **opened, const struct trace_file *file,
				  struct reader_context *context, struct error *err)
{
	struct raw_pages_reader *reader = xcalloc(1, sizeof(*reader));

	reader->base.class = &raw_pages_reader;
	reader->file = *file;
	reader->formats = (struct format_table){
		.wanted = context->wanted,
		.target = { .long_bytes = 8, .page_bytes = PAGE_BYTES },
		.path = file->path,
		.notes = &context->notes,
	};
	format_table_complete(&reader->formats, context->fallback, NULL);
	if (!reader->formats.nr_formats) {
		raw_pages_close(&reader->base);
		return error_set(err, RC_INPUT, "%s: is pages of a ring buffer without event formats: try --formats",
				 file->path);
	}
	reader->base.info = (struct trace_info){
		.format = "pages of a ring buffer", .clock = "", .uname = "", .compression = "none",
		.page_size = PAGE_BYTES, .nr_cpus = file->input + 1, .nr_buffers = 1, .bytes = file->bytes,
		.kinds = reader->formats.kinds, .calls = reader->formats.calls,
	};
	if (!file->bytes)
		notes_add(&context->notes, "%s: is empty: nothing was recorded on that CPU, or all of it is lost", file->path);
	open_stream(reader, context);
	*opened = &reader->base;
	return RC_OK;
}

const struct event_reader_class raw_pages_reader = {
	.name = "pages of a ring buffer",
	.probe = raw_pages_probe,
	.open = raw_pages_open,
	.close = raw_pages_close,
};
