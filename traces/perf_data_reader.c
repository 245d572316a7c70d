// SPDX-License-Identifier: GPL-2.0-or-later
/* perf.data as a source of events: one stream for each of its files. */
#include "traces/event_reader.h"

#include "base/xalloc.h"
#include "traces/perf_data.h"
#include "traces/perf_folder.h"
#include "traces/perf_stream.h"

#include <stdlib.h>
#include <unistd.h>

#define MAX_FILES 8192		/* as many CPUs as a kernel can be built for */

/* A file of records beside the main one. */
struct perf_part {
	struct trace_file file;
	char *path;
};

struct perf_data_reader {
	struct event_reader base;
	struct perf_data data;
	struct perf_shared shared;
	struct perf_part *parts;
	size_t nr_parts, parts_capacity;
	struct event_stream **streams;	/* of each file */
	size_t nr_streams;
	struct perf_folder *folder;	/* NULL: they are given as they are */
	char *uname;
};

static void add_stream(struct perf_data_reader *reader, const struct trace_file *file,
		       const struct perf_range *range, enum perf_order order)
{
	struct perf_stream *stream = xcalloc(1, sizeof(*stream));

	perf_stream_open(stream, &reader->shared, file, range, order);
	reader->streams[reader->nr_streams++] = &stream->base;
}

/* Opens the files that lie beside the main one: data.0, data.1 and so on. */
static void open_parts(struct perf_data_reader *reader)
{
	const struct perf_data *data = &reader->data;

	for (unsigned int i = 0; i < MAX_FILES; i++) {
		struct perf_part part = { .path = xasprintf("%s/data.%u", data->file.path, i) };
		struct error err;

		if (trace_file_open(&part.file, part.path, data->file.input, &err)) {
			free(part.path);
			break;
		}
		xgrow(&reader->parts, reader->nr_parts, &reader->parts_capacity, sizeof(*reader->parts));
		reader->parts[reader->nr_parts++] = part;
	}
}

/* parts[] must not move any more: streams borrow its files. */
static void add_streams(struct perf_data_reader *reader)
{
	const struct perf_data *data = &reader->data;
	const enum perf_order order = data->nr_cpus && reader->nr_parts >= data->nr_cpus ?
				      PERF_ORDER_SORTED : PERF_ORDER_TURNS;

	reader->streams = xcalloc(reader->nr_parts + 1, sizeof(struct event_stream *));
	add_stream(reader, &data->file, &data->records, PERF_ORDER_MARKED);
	for (size_t i = 0; i < reader->nr_parts; i++) {
		const struct trace_file *file = &reader->parts[i].file;

		reader->base.info.bytes += file->bytes;
		if (file->bytes)
			add_stream(reader, file, &(struct perf_range){ .bytes = file->bytes, .big_endian = data->big_endian }, order);
	}
	reader->base.streams = xcalloc(reader->nr_streams, sizeof(struct event_stream *));
	if (reader->nr_streams > 1 && reader->shared.has_tasks) {
		reader->shared.is_joined = true;
		reader->folder = perf_folder_open(reader->streams, reader->nr_streams, &reader->shared.tasks);
		reader->base.streams[reader->base.nr_streams++] = perf_folder_base(reader->folder);
		return;
	}
	for (size_t i = 0; i < reader->nr_streams; i++)
		reader->base.streams[reader->base.nr_streams++] = reader->streams[i];
}

/* Those that perf's own records tell and no tracepoint does. */
static void plan_tasks(struct perf_data_reader *reader, mm_kinds wanted)
{
	const mm_kinds gone = MM_KIND_BIT(MM_TASK_FREE), moved = MM_KIND_BIT(MM_CGROUP_ATTACH);
	const struct perf_data *data = &reader->data;
	mm_kinds absent = PERF_TASK_KINDS & ~data->kinds & ~gone;
	bool has_groups = false, is_of_tasks = false;

	for (size_t i = 0; i < data->layouts.nr; i++) {
		has_groups |= data->layouts.all[i].has_cgroup;
		is_of_tasks |= data->layouts.all[i].attr.is_inherited;
	}
	/* The tracepoint fires where another task runs, which is not recorded. */
	if (is_of_tasks)
		absent |= gone;
	perf_tasks_init(&reader->shared.tasks, absent & wanted, &reader->shared.context->strings, data->big_endian);
	reader->shared.has_moves = has_groups && !(data->kinds & moved) && wanted & moved;
	reader->shared.has_tasks = absent || reader->shared.has_moves;
	reader->base.info.kinds = data->kinds | absent | (has_groups ? moved : 0);
}

/* The recording says when its samples end, or only reading all of it would tell. */
static void find_span(struct perf_data_reader *reader)
{
	struct trace_info *info = &reader->base.info;
	const struct perf_data *data = &reader->data;

	for (size_t i = 0; i < reader->nr_streams; i++) {
		uint64_t first_ns = perf_stream_first_ns((struct perf_stream *)reader->streams[i]);

		if (first_ns && (!info->begin_ns || first_ns < info->begin_ns))
			info->begin_ns = first_ns;
	}
	if (info->begin_ns)
		info->end_ns = data->end_ns > info->begin_ns ? data->end_ns : TRACE_END_UNKNOWN;
	for (size_t i = 0; i < reader->nr_streams; i++)
		perf_stream_set_begin((struct perf_stream *)reader->streams[i], info->begin_ns);
}

static void perf_data_close(struct event_reader *base)
{
	struct perf_data_reader *reader = (struct perf_data_reader *)base;

	perf_folder_close(reader->folder);
	for (size_t i = 0; i < reader->nr_streams; i++) {
		perf_stream_close((struct perf_stream *)reader->streams[i]);
		free(reader->streams[i]);
	}
	free(reader->streams);
	free(base->streams);
	for (size_t i = 0; i < reader->nr_parts; i++) {
		trace_file_close(&reader->parts[i].file);
		free(reader->parts[i].path);
	}
	free(reader->parts);
	free(reader->uname);
	perf_shared_release(&reader->shared);
	perf_data_release(&reader->data);
	free(reader);
}

static char *uname_of(const struct perf_data *data)
{
	if (!data->release[0])
		return xstrdup("");
	return xasprintf("Linux %s %s %s", data->host[0] ? data->host : "(none)", data->release, data->arch);
}

static const char *form_of(const struct perf_data *data)
{
	return data->is_pipe ? "perf.data, pipe" : data->file.is_folder ? "perf.data, directory" : "perf.data";
}

static enum status perf_data_open(struct event_reader **opened, const struct trace_file *file,
				  struct reader_context *context, struct error *err)
{
	struct perf_data_reader *reader = xcalloc(1, sizeof(*reader));
	struct perf_data *data = &reader->data;
	enum status status = perf_data_load(data, file, context, err);

	if (status) {
		perf_data_close(&reader->base);
		return status;
	}
	reader->uname = uname_of(data);
	reader->shared.data = data;
	reader->shared.context = context;
	reader->base.class = &perf_data_reader;
	reader->base.info = (struct trace_info){
		.format = form_of(data),
		.clock = data->clock,
		.uname = reader->uname,
		.compression = data->has_compression ? "zstd" : "none",
		.page_size = data->formats->target.page_bytes,
		.nr_cpus = data->nr_cpus,
		.nr_buffers = 1,
		.bytes = data->file.bytes,
		.calls = data->calls,
	};
	plan_tasks(reader, context->wanted);
	if (data->file.is_folder)
		open_parts(reader);
	add_streams(reader);
	find_span(reader);
	*opened = &reader->base;
	return RC_OK;
}

/* Reads all of it as another reader would, to see how late it gets; what is wrong in it will be told in its turn. */
static uint64_t read_to_end(const struct perf_data_reader *reader)
{
	struct reader_context context = { .fallback = reader->shared.context->fallback };
	struct trace_file file = reader->data.file;
	struct event_reader *other;
	struct error err;
	uint64_t end_ns = 0;

	file.fd = dup(file.fd);
	if (file.fd < 0)
		return 0;
	if (!perf_data_open(&other, &file, &context, &err)) {
		const struct perf_data_reader *read = (const struct perf_data_reader *)other;

		for (size_t i = 0; i < other->nr_streams; i++)
			while (other->streams[i]->fill(other->streams[i]))
				;
		for (size_t i = 0; i < read->nr_streams; i++)
			end_ns = perf_later(end_ns, ((const struct perf_stream *)read->streams[i])->last_ns);
		perf_data_close(other);
	}
	notes_release(&context.notes);
	strings_release(&context.strings);
	return end_ns;
}

/* What was compressed, came through a pipe or was killed does not say when it ends. */
static void perf_data_survey(struct event_reader *base)
{
	uint64_t end_ns;

	if (base->info.end_ns != TRACE_END_UNKNOWN)
		return;
	end_ns = read_to_end((struct perf_data_reader *)base);
	if (end_ns >= base->info.begin_ns)
		base->info.end_ns = end_ns;
}

const struct event_reader_class perf_data_reader = {
	.name = "perf.data",
	.probe = perf_data_probe,
	.open = perf_data_open,
	.survey = perf_data_survey,
	.close = perf_data_close,
};
