// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the reader of each file and merges what they give. */
#include "traces/event_source.h"

#include "base/xalloc.h"
#include "traces/event_reader.h"
#include "traces/format_bank.h"
#include "traces/merge.h"
#include "traces/read_ahead.h"
#include "traces/recording_parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AHEAD_AFTER 8192	/* events: a short recording is read before a thread would pay */

const struct event_reader_class *const event_readers[] = {
	&trace_dat_reader,
	&perf_data_reader,
	&raw_pages_reader,
	&text_reader,	/* last: it looks at what nobody else knows */
	NULL,
};

struct source {
	struct event_source base;
	struct reader_context context;
	struct trace_info info;
	struct merge merge;
	struct read_ahead *ahead;	/* NULL: not yet, or not at all */
	struct trace_counts counts;	/* of what was given, while a thread reads ahead */
	uint64_t nr_given;
	struct source *shared;	/* NULL, or whose events these are: reader `number` of its `ahead` */
	size_t number;
	const char **paths;
	struct format_bank fallback;
	struct event_reader **readers;
	size_t nr_readers;
	struct trace_fact *facts;	/* of all readers, whose texts they borrow */
	size_t nr_facts, facts_capacity;
};

/*
 * Of which CPU nothing was recorded, trace-cmd leaves an empty file: who gives formats to read such
 * pages with gives it too.
 */
static const struct event_reader_class *find_reader(const struct source *source, const struct trace_file *file)
{
	uint8_t head[PROBE_BYTES];
	size_t bytes = trace_file_read(file, 0, head, sizeof(head));

	if (!file->bytes && source->context.fallback)
		return &raw_pages_reader;
	for (size_t i = 0; event_readers[i]; i++) {
		if (event_readers[i]->probe(head, bytes))
			return event_readers[i];
	}
	return NULL;
}

static enum status open_reader(struct source *source, uint32_t input, struct error *err)
{
	const struct event_reader_class *class;
	struct trace_file file;
	enum status status = trace_file_open(&file, source->paths[input], input, err);

	if (status)
		return status;
	class = find_reader(source, &file);
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

static void survey(struct source *source)
{
	for (size_t i = 0; i < source->nr_readers; i++) {
		if (source->readers[i]->class->survey)
			source->readers[i]->class->survey(source->readers[i]);
	}
}

/* The first file that is another recording than the first one, and how; nr_readers = none is. */
static enum status check_parts(const struct source *source, const struct trace_info *const *infos,
			       struct error *err)
{
	const struct trace_info *first = infos[0], *other;
	size_t *numbers = xcalloc(source->nr_readers, sizeof(*numbers)), i = 1;
	const char *what;

	parts_group(infos, source->nr_readers, numbers);
	while (i < source->nr_readers && !numbers[i])
		i++;
	free(numbers);
	if (i == source->nr_readers)
		return RC_OK;
	other = infos[i];
	what = parts_differ(first, other);
	if (!strcmp(what, "time"))
		return error_set(err, RC_INPUT, "%s: is another recording than %s: its times, %.3f to %.3f s, are apart from %.3f to %.3f s; give one recording at a time",
				 source->paths[i], source->paths[0], (double)other->begin_ns / 1e9,
				 (double)other->end_ns / 1e9, (double)first->begin_ns / 1e9, (double)first->end_ns / 1e9);
	return error_set(err, RC_INPUT, "%s: is another recording than %s: its %s differs (%.80s, not %.80s); give one recording at a time",
			 source->paths[i], source->paths[0], what,
			 !strcmp(what, "clock") ? other->clock : !strcmp(what, "kernel") ? other->uname : "another",
			 !strcmp(what, "clock") ? first->clock : !strcmp(what, "kernel") ? first->uname : "the same");
}

static bool has_fact(const struct source *source, size_t nr, const char *key)
{
	for (size_t i = 0; i < nr; i++) {
		if (!strcmp(source->facts[i].key, key))
			return true;
	}
	return false;
}

/* A file that was begun later knows containers that the first did not. */
static void join_facts(struct source *source)
{
	for (size_t i = 0; i < source->nr_readers; i++) {
		const struct trace_info *info = &source->readers[i]->info;
		const size_t nr_before = source->nr_facts;

		for (size_t j = 0; j < info->nr_facts; j++) {
			if (has_fact(source, nr_before, info->facts[j].key))
				continue;
			xgrow(&source->facts, source->nr_facts, &source->facts_capacity, sizeof(*source->facts));
			source->facts[source->nr_facts++] = info->facts[j];
		}
	}
	source->info.facts = source->facts;
	source->info.nr_facts = source->nr_facts;
}

/* Formats, CPUs and times of all files together. */
static enum status join_infos(struct source *source, struct error *err)
{
	const struct trace_info **infos = xcalloc(source->nr_readers, sizeof(struct trace_info *));
	enum status status;

	for (size_t i = 0; i < source->nr_readers; i++)
		infos[i] = &source->readers[i]->info;
	source->info = *infos[0];
	for (size_t i = 1; i < source->nr_readers; i++)
		parts_join(&source->info, infos[i]);
	join_facts(source);
	status = check_parts(source, infos, err);
	free(infos);
	return status;
}

static void start_merge(struct source *source)
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

/* Named twice, a file would tell everything twice. */
static enum status check_once(const struct source *source, uint32_t input, struct error *err)
{
	struct stat one, other;

	for (uint32_t i = 0; i < input; i++) {
		if (!stat(source->paths[i], &one) && !stat(source->paths[input], &other) &&
		    one.st_dev == other.st_dev && one.st_ino == other.st_ino)
			return error_set(err, RC_USAGE, "%s: is the same file as %s", source->paths[input], source->paths[i]);
	}
	return RC_OK;
}

static enum status open_all(struct source *source, const struct event_source_request *request,
			    struct error *err)
{
	enum status status = RC_OK;

	if (!request->nr_paths)
		return error_set(err, RC_USAGE, "no recording is named");
	if (request->formats) {
		status = format_bank_load(&source->fallback, request->formats, err);
		source->context.fallback = &source->fallback;
	}
	for (size_t i = 0; i < request->nr_paths && !status; i++) {
		source->paths[i] = request->paths[i];
		status = open_reader(source, i, err);
		if (!status)
			status = check_once(source, i, err);
	}
	if (status)
		return status;
	/* Whether files are one recording, their times say. */
	if (source->nr_readers > 1)
		survey(source);
	return join_infos(source, err);
}

enum status event_source_open_with(struct event_source **source, const struct event_source_request *request,
				   struct error *err)
{
	struct source *opened = xcalloc(1, sizeof(*opened));
	enum status status;

	opened->context.wanted = request->wanted;
	opened->paths = xcalloc(request->nr_paths, sizeof(*opened->paths));
	opened->readers = xcalloc(request->nr_paths, sizeof(struct event_reader *));
	status = open_all(opened, request, err);
	if (status) {
		event_source_close(&opened->base);
		return status;
	}
	start_merge(opened);
	*source = &opened->base;
	return RC_OK;
}

enum status event_source_open(struct event_source **source, const char *const *paths,
			      size_t nr_paths, mm_kinds wanted, struct error *err)
{
	return event_source_open_with(source, &(struct event_source_request){
		.paths = paths, .nr_paths = nr_paths, .wanted = wanted }, err);
}

/* A recording whose formats alone are of interest. */
enum status format_bank_read_recording(struct format_bank *bank, const char *path, struct error *err)
{
	struct source *source = xcalloc(1, sizeof(*source));
	enum status status;

	source->context.collect = bank;
	source->paths = xcalloc(1, sizeof(*source->paths));
	source->readers = xcalloc(1, sizeof(struct event_reader *));
	status = open_all(source, &(struct event_source_request){ .paths = &path, .nr_paths = 1 }, err);
	event_source_close(&source->base);
	if (!status && !bank->nr)
		return error_set(err, RC_INPUT, "%s: has no event formats", path);
	return status;
}

static struct source *of(struct event_source *source)
{
	return (struct source *)source;
}

static const struct source *owner_of(const struct event_source *base)
{
	const struct source *source = (const struct source *)base;

	return source->shared ? source->shared : source;
}

static void start_reading(struct source *source, size_t nr_readers)
{
	source->counts = source->context.counts;
	for (size_t i = 0; i < source->nr_readers; i++)
		if (source->readers[i]->class->read_ahead && sysconf(_SC_NPROCESSORS_ONLN) > 1)
			source->readers[i]->class->read_ahead(source->readers[i]);
	source->ahead = read_ahead_start(&source->merge, &source->context.counts, nr_readers);
}

bool event_source_share(struct event_source *base, struct event_source **shares, size_t nr)
{
	struct source *source = of(base);

	start_reading(source, nr + 1);
	for (size_t i = 0; i < nr && source->ahead; i++) {
		struct source *share = xcalloc(1, sizeof(*share));

		*share = (struct source){ .shared = source, .number = i + 1, .counts = source->counts };
		shares[i] = &share->base;
	}
	return source->ahead;
}

void event_source_leave(struct event_source *base)
{
	struct source *source = of(base), *owner = source->shared ? source->shared : source;

	if (owner->ahead)
		read_ahead_leave(owner->ahead, source->number);
}

/* Of one file; those of several were whole when they were joined. */
static void take_info(struct source *source)
{
	if (source->shared || source->nr_readers > 1)
		return;
	source->info = source->readers[0]->info;
	source->info.facts = source->facts;
	source->info.nr_facts = source->nr_facts;
}

void event_source_survey(struct event_source *base)
{
	survey(of(base));
	take_info(of(base));
}

/* A batch that a thread has read, or one event of the merge. */
enum status event_source_next_slow(struct event_source *base, const struct mm_event **event)
{
	struct source *source = of(base);
	struct read_ahead *ahead;
	size_t nr = 0;

	if (!source->shared && !source->ahead && ++source->nr_given == AHEAD_AFTER && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		start_reading(source, 1);
	ahead = source->shared ? source->shared->ahead : source->ahead;
	if (ahead)
		base->event = read_ahead_take(ahead, source->number, &nr, &source->counts);
	if (!nr && !source->shared) {
		base->event = merge_next(&source->merge);
		nr = base->event ? 1 : 0;
	}
	base->end = nr ? base->event + nr : NULL;
	if (!nr) {
		take_info(source);
		return RC_END;
	}
	*event = base->event;
	return RC_OK;
}

const struct trace_info *event_source_info(const struct event_source *source)
{
	return &owner_of(source)->info;
}

const struct trace_counts *event_source_counts(const struct event_source *base)
{
	const struct source *source = (const struct source *)base;

	if (source->shared)
		return &source->counts;
	return source->ahead && !read_ahead_is_empty(source->ahead) ? &source->counts : &source->context.counts;
}

const char *event_source_string(const struct event_source *source, uint32_t string)
{
	return strings_get(&owner_of(source)->context.strings, string);
}

const char *event_source_input(const struct event_source *source, uint32_t input)
{
	return owner_of(source)->paths[input];
}

size_t event_source_notes(struct event_source *base, const char *const **notes,
			  uint64_t *nr_more)
{
	struct source *source = of(base);

	/* The thread may add some: it ends here, what follows is read without it. */
	if (source->ahead)
		read_ahead_stop(source->ahead);
	*notes = source->context.notes.lines;
	*nr_more = source->context.notes.nr_more;
	return source->context.notes.nr_lines;
}

void event_source_close(struct event_source *base)
{
	struct source *source = of(base);

	if (!source)
		return;
	if (source->shared) {
		event_source_leave(base);
		free(source);
		return;
	}
	read_ahead_destroy(source->ahead);
	merge_release(&source->merge);
	for (size_t i = 0; i < source->nr_readers; i++)
		source->readers[i]->class->close(source->readers[i]);
	notes_release(&source->context.notes);
	strings_release(&source->context.strings);
	format_bank_release(&source->fallback);
	free(source->facts);
	free(source->readers);
	free(source->paths);
	free(source);
}
