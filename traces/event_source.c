// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the reader of each file and merges what they give. */
#include "traces/event_source.h"

#include "base/xalloc.h"
#include "traces/event_reader.h"
#include "traces/merge.h"
#include "traces/read_ahead.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AHEAD_AFTER 8192	/* events: a short recording is read before a thread would pay */

const struct event_reader_class *const event_readers[] = {
	&trace_dat_reader,
	&perf_data_reader,
	&text_reader,	/* last: it looks at what nobody else knows */
	NULL,
};

struct event_source {
	struct reader_context context;
	struct trace_info info;
	struct merge merge;
	struct read_ahead *ahead;	/* NULL: not yet, or not at all */
	struct trace_counts counts;	/* of what was given, while a thread reads ahead */
	uint64_t nr_given;
	const char **paths;
	struct event_reader **readers;
	size_t nr_readers;
};

static const struct event_reader_class *find_reader(const struct trace_file *file)
{
	uint8_t head[PROBE_BYTES];
	size_t bytes = trace_file_read(file, 0, head, sizeof(head));

	for (size_t i = 0; event_readers[i]; i++) {
		if (event_readers[i]->probe(head, bytes))
			return event_readers[i];
	}
	return NULL;
}

static enum status open_reader(struct event_source *source, uint32_t input, struct error *err)
{
	const struct event_reader_class *class;
	struct trace_file file;
	enum status status = trace_file_open(&file, source->paths[input], input, err);

	if (status)
		return status;
	class = find_reader(&file);
	if (!class) {
		trace_file_close(&file);
		return error_set(err, RC_INPUT, "%s: is not a recording of a known format%s",
				 file.path, file.bytes ? "" : " (it is empty)");
	}
	status = class->open(&source->readers[input], &file, &source->context, err);
	if (!status)
		source->nr_readers++;
	return status;
}

/* Formats, CPUs and times of all files together. */
static void join_infos(struct event_source *source)
{
	struct trace_info *info = &source->info;

	for (size_t i = 0; i < source->nr_readers; i++) {
		const struct trace_info *next = &source->readers[i]->info;

		if (!i) {
			*info = *next;
			continue;
		}
		if (strcmp(info->clock, next->clock))
			notes_add(&source->context.notes,
				  "%s: clock \"%s\", but %s has clock \"%s\": their times may not compare",
				  source->paths[i], next->clock, source->paths[0], info->clock);
		if (next->end_ns && (!info->end_ns || next->begin_ns < info->begin_ns))
			info->begin_ns = next->begin_ns;
		if (next->end_ns > info->end_ns)
			info->end_ns = next->end_ns;
		if (next->nr_cpus > info->nr_cpus)
			info->nr_cpus = next->nr_cpus;
		info->nr_buffers += next->nr_buffers;
		info->bytes += next->bytes;
		if (!info->fidelity)
			info->fidelity = next->fidelity;
		if (!info->nr_facts) {
			info->facts = next->facts;
			info->nr_facts = next->nr_facts;
		}
		info->kinds |= next->kinds;
		info->calls |= next->calls;
	}
}

static void start_merge(struct event_source *source)
{
	struct event_stream **streams;
	size_t nr_streams = 0, nr = 0;

	for (size_t i = 0; i < source->nr_readers; i++)
		nr_streams += source->readers[i]->nr_streams;
	streams = xcalloc(nr_streams, sizeof(struct event_stream *));
	for (size_t i = 0; i < source->nr_readers; i++) {
		for (size_t j = 0; j < source->readers[i]->nr_streams; j++)
			streams[nr++] = source->readers[i]->streams[j];
	}
	merge_init(&source->merge, streams, nr_streams);
	free(streams);
}

enum status event_source_open(struct event_source **source, const char *const *paths,
			      size_t nr_paths, mm_kinds wanted, struct error *err)
{
	struct event_source *opened = xcalloc(1, sizeof(*opened));
	enum status status = RC_OK;

	opened->context.wanted = wanted;
	opened->paths = xcalloc(nr_paths, sizeof(*opened->paths));
	opened->readers = xcalloc(nr_paths, sizeof(struct event_reader *));
	if (!nr_paths)
		status = error_set(err, RC_USAGE, "no recording is named");
	for (size_t i = 0; i < nr_paths && !status; i++) {
		opened->paths[i] = paths[i];
		status = open_reader(opened, i, err);
	}
	if (status) {
		event_source_close(opened);
		return status;
	}
	join_infos(opened);
	start_merge(opened);
	*source = opened;
	return RC_OK;
}

enum status event_source_next(struct event_source *source, const struct mm_event **event,
			      struct error *err)
{
	const struct mm_event *next;

	(void)err;	/* once open, whatever cannot be read is a gap */
	if (++source->nr_given == AHEAD_AFTER && sysconf(_SC_NPROCESSORS_ONLN) > 1) {
		source->counts = source->context.counts;
		source->ahead = read_ahead_start(&source->merge, &source->context.counts);
	}
	if (source->ahead && !read_ahead_is_empty(source->ahead))
		next = read_ahead_next(source->ahead, &source->counts);
	else
		next = merge_next(&source->merge);
	if (!next)
		return RC_END;
	*event = next;
	return RC_OK;
}

const struct trace_info *event_source_info(const struct event_source *source)
{
	return &source->info;
}

const struct trace_counts *event_source_counts(const struct event_source *source)
{
	return source->ahead && !read_ahead_is_empty(source->ahead) ? &source->counts : &source->context.counts;
}

const char *event_source_string(const struct event_source *source, uint32_t string)
{
	return strings_get(&source->context.strings, string);
}

const char *event_source_input(const struct event_source *source, uint32_t input)
{
	return source->paths[input];
}

size_t event_source_notes(struct event_source *source, const char *const **notes,
			  uint64_t *nr_more)
{
	/* The thread may add some: it ends here, what follows is read without it. */
	if (source->ahead)
		read_ahead_stop(source->ahead);
	*notes = source->context.notes.lines;
	*nr_more = source->context.notes.nr_more;
	return source->context.notes.nr_lines;
}

void event_source_close(struct event_source *source)
{
	if (!source)
		return;
	read_ahead_destroy(source->ahead);
	merge_release(&source->merge);
	for (size_t i = 0; i < source->nr_readers; i++)
		source->readers[i]->class->close(source->readers[i]);
	notes_release(&source->context.notes);
	strings_release(&source->context.strings);
	free(source->readers);
	free(source->paths);
	free(source);
}
