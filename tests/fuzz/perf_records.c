// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The records of a perf.data, behind attributes and formats that are read once: an execution
 * takes microseconds.
 *
 *	u8	bits 0 and 1: the head (perf_heads.h); bits 2 and 3: how records are in order; bit 4: tasks and
 *		groups are told by tracepoints
 *	bytes	records
 *
 * So a seed of fuzz_perf_data that is records is one of this, too.
 */
#include "perf_heads.h"
#include "real_formats.h"
#include "recording.h"

#include "traces/merge.h"
#include "traces/perf_stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Read with the formats of a real recording, of which it says nothing itself. */
static const struct perf_data *data_of(uint8_t choice, struct reader_context *context)
{
	static struct perf_data all[NR_PERF_HEADS];
	struct perf_data *data = &all[choice % NR_PERF_HEADS];
	const struct bytes *head = perf_head(choice);
	struct trace_file file;
	const char *path;
	struct error err;

	if (data->file.path)
		return data;
	path = recording_of(&(struct piece){ head->data, head->nr, 0 }, 1, head->nr);
	must(!trace_file_open(&file, path, 0, &err));
	must(!perf_data_load(data, &file, context, &err));
	free(data->formats);
	data->formats = real_formats(data->big_endian, 8);
	return data;
}

static void drain(struct event_stream *stream, const struct trace_counts *counts)
{
	struct witness witness = { 0 };
	const struct mm_event *event;
	struct merge merge;

	merge_init(&merge, &stream, 1);
	while ((event = merge_next(&merge)))
		witness_see(&witness, event);
	merge_release(&merge);
	witness_end(&witness, counts);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t nr)
{
	static struct reader_context context;
	static struct perf_stream stream;
	struct perf_shared shared = { .context = &context };
	const struct trace_file *file;
	bool is_told;

	if (!nr)
		return 0;
	is_told = bytes[0] & 16;
	shared.data = data_of(bytes[0], &context);
	shared.has_tasks = shared.has_moves = !is_told;
	perf_tasks_init(&shared.tasks, is_told ? 0 : PERF_TASK_KINDS, &context.strings, shared.data->big_endian);
	file = file_of(bytes + 1, nr - 1);
	perf_stream_open(&stream, &shared, file, &(struct perf_range){ .bytes = nr - 1, .big_endian = shared.data->big_endian },
			 (bytes[0] >> 2 & 3) % (PERF_ORDER_SORTED + 1));
	perf_stream_set_begin(&stream, perf_stream_first_ns(&stream));
	drain(&stream.base, &context.counts);
	perf_stream_close(&stream);
	perf_shared_release(&shared);
	notes_release(&context.notes);
	strings_release(&context.strings);
	context = (struct reader_context){ 0 };
	return 0;
}
