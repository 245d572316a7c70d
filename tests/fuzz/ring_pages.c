// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pages of two CPUs, behind formats that are known: nothing is tried but the pages, so an
 * execution takes microseconds.
 *
 *	u8	what they are: enum choice
 *	u16	how many bytes are the first CPU's
 *	bytes	pages of 512 bytes, or chunks of them; the rest of a last page is zeros
 *
 * seeds.py makes such.
 */
#include "real_formats.h"
#include "recording.h"

#include "traces/cpu_stream.h"
#include "traces/merge.h"

#include <string.h>

#define HEAD_BYTES 3
#define PAGE_BYTES 512
#define MOST_BYTES (64 * PAGE_BYTES)

enum choice {
	BIG_ENDIAN_PAGES = 1, SHORT_LONGS = 2, ZLIB_CHUNKS = 4, ZSTD_CHUNKS = 8, SCALED = 16, SHIFTED = 32,
	FEWER_WANTED = 64, LOSSES_TOLD = 128,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct codec *codec_of(uint8_t choice)
{
	static struct codec *zlib, *zstd;

	if (!zlib) {
		zlib = codec_create("zlib");
		zstd = codec_create("zstd");
	}
	return choice & ZLIB_CHUNKS ? zlib : choice & ZSTD_CHUNKS ? zstd : NULL;
}

/* Some kinds are passed over. */
static const struct format_table *fewer_of(const struct format_table *formats)
{
	static struct format_table fewer[2][2];
	struct format_table *table = &fewer[formats->target.big_endian][formats->target.long_bytes == 8];

	if (table->nr_formats)
		return table;
	*table = *formats;
	for (int i = 0; i < NR_TRACEPOINTS_MAX; i += 2) {
		if (table->plans[i].min_bytes)
			table->of_id[table->ids[i]] = FORMAT_SKIP;
	}
	return table;
}

static void drain(struct event_stream *const *streams, const struct trace_counts *counts)
{
	struct witness witness = { 0 };
	const struct mm_event *event;
	struct merge merge;

	merge_init(&merge, streams, 2);
	while ((event = merge_next(&merge)))
		witness_see(&witness, event);
	merge_release(&merge);
	witness_end(&witness, counts);
}

static void read_pages(uint8_t choice, const struct trace_file *file, size_t first)
{
	static struct reader_context context;
	static struct cpu_stream streams[2];
	const bool big_endian = choice & BIG_ENDIAN_PAGES;
	const uint8_t long_bytes = choice & SHORT_LONGS ? 4 : 8;
	const struct format_table *formats = real_formats(big_endian, long_bytes);
	const struct cpu_stream_file shared = {
		.file = file, .codec = codec_of(choice), .header_bytes = 8 + long_bytes, .context = &context,
		.formats = choice & FEWER_WANTED ? fewer_of(formats) : formats,
		.scale = { choice & SCALED ? 3435973837 : 0, 34, choice & SHIFTED ? -1000000000 : 0 },
	};
	const struct cpu_losses losses = { choice & LOSSES_TOLD ? 7 : 0, choice & LOSSES_TOLD ? 3 : 0 };
	const size_t begins[3] = { 0, first, file->bytes };
	uint64_t begin_ns, end_ns;

	for (int i = 0; i < 2; i++) {
		struct page_place place = {
			begins[i], begins[i + 1] - begins[i], PAGE_BYTES, shared.codec, big_endian,
		};

		if (place.is_packed && place.bytes >= CHUNK_COUNT_BYTES)
			place.bytes -= CHUNK_COUNT_BYTES;
		cpu_stream_open(&streams[i], &shared, &place, i, losses);
		if (cpu_stream_span(&streams[i], &begin_ns, &end_ns))
			must(begin_ns <= end_ns);
	}
	drain((struct event_stream *[]){ &streams[0].base, &streams[1].base }, &context.counts);
	cpu_stream_close(&streams[0]);
	cpu_stream_close(&streams[1]);
	notes_release(&context.notes);
	strings_release(&context.strings);
	context = (struct reader_context){ 0 };
}

/* As many zeros as make whole pages of it. */
static size_t add(uint8_t *to, const uint8_t *data, size_t bytes, bool is_plain)
{
	size_t all = is_plain ? (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES : bytes;

	memcpy(to, data, bytes);
	memset(to + bytes, 0, all - bytes);
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t pages[MOST_BYTES + 2 * PAGE_BYTES];
	size_t first, second, said;
	bool is_plain;

	if (bytes <= HEAD_BYTES || bytes > MOST_BYTES)
		return 0;
	is_plain = !codec_of(data[0]);
	said = (data[1] | data[2] << 8) % (bytes - HEAD_BYTES + 1);
	first = add(pages, data + HEAD_BYTES, said, is_plain);
	second = add(pages + first, data + HEAD_BYTES + said, bytes - HEAD_BYTES - said, is_plain);
	read_pages(data[0], file_of(pages, first + second), first);
	return 0;
}
