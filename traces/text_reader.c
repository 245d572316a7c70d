// SPDX-License-Identifier: GPL-2.0-or-later
/* Text as a source of events: one stream in the order of the lines. */
#include "traces/event_reader.h"

#include "base/xalloc.h"
#include "traces/perf_tasks.h"
#include "traces/text_events.h"
#include "traces/text_survey.h"
#include "traces/text_told.h"
#include "traces/text_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_UNKNOWN 16		/* names of flags that are told of */
#define MOST_BACK 8		/* times that lie before others, and that part of all: more are no times */

struct text_gap {
	struct mm_gap gap;
	uint16_t cpu;
};

/* Lines one after the other that cannot be read. */
struct damaged_lines {
	uint64_t first, last;	/* their numbers */
	uint64_t nr;		/* 0 = none */
	uint64_t bytes, offset;
	char why[128];		/* of the first */
};

struct text_reader {
	struct event_reader base;
	struct event_stream stream;
	struct event_stream *streams[1];
	struct trace_file file;
	struct reader_context *context;
	struct text_walk walk;
	struct text_events events;
	struct damaged_lines damaged;
	struct text_gap *gaps;		/* not delivered yet: next_gap to nr_gaps */
	size_t nr_gaps, next_gap, gaps_capacity;
	struct mm_event held;		/* comes after the gaps */
	struct mm_event second;		/* of a line that tells of two; comes next */
	bool has_second;
	bool is_held, is_over;
	struct text_survey survey;
	bool is_surveyed;		/* of all lines, before they are read or by reading them */
	mm_kinds told;			/* by perf's own records, and by no tracepoint */
	struct perf_tasks tasks;	/* their names; with `told` */
	bool is_survey_cut;		/* it did not come to the end */
	uint64_t last_ns;		/* of the last event; 0 = none yet */
	uint64_t *cpu_last_ns;		/* the same by CPU */
	size_t nr_cpus, cpus_capacity;	/* of it */
	uint64_t bytes_counted;
	char *unknown[MAX_UNKNOWN];
	size_t nr_unknown;
};

enum reading { READ_HELD, READ_OTHER, READ_DAMAGE };

static struct text_reader *of_stream(struct event_stream *stream)
{
	return (struct text_reader *)((char *)stream - offsetof(struct text_reader, stream));
}

static struct mm_gap *add_gap(struct text_reader *reader, enum mm_gap_reason reason, uint16_t cpu)
{
	struct text_gap *gap;

	xgrow(&reader->gaps, reader->nr_gaps, &reader->gaps_capacity, sizeof(*reader->gaps));
	gap = &reader->gaps[reader->nr_gaps++];
	*gap = (struct text_gap){
		.gap = { .offset = reader->walk.at.offset, .input = reader->file.input, .reason = reason },
		.cpu = cpu,
	};
	return &gap->gap;
}

/* An event or a loss follows the damaged lines: they are told of, and become one gap. */
static void end_damage(struct text_reader *reader)
{
	struct damaged_lines *damaged = &reader->damaged;
	struct notes *notes = &reader->context->notes;
	struct mm_gap *gap;

	if (!damaged->nr)
		return;
	if (damaged->first == damaged->last)
		notes_add(notes, "%s: line %llu: %s, %llu bytes are not read", reader->file.path,
			  (unsigned long long)damaged->first, damaged->why, (unsigned long long)damaged->bytes);
	else
		notes_add(notes, "%s: lines %llu to %llu: %s, %llu bytes are not read", reader->file.path,
			  (unsigned long long)damaged->first, (unsigned long long)damaged->last, damaged->why,
			  (unsigned long long)damaged->bytes);
	gap = add_gap(reader, MM_GAP_DAMAGE, MM_ANY_CPU);
	gap->begin_ns = reader->last_ns;
	gap->offset = damaged->offset;
	gap->bytes = damaged->bytes;
	damaged->nr = 0;
}

static void add_damage(struct text_reader *reader, const char *what, const char *missing)
{
	struct damaged_lines *damaged = &reader->damaged;
	const struct text_walk *walk = &reader->walk;

	if (!damaged->nr++) {
		damaged->first = walk->line;
		damaged->offset = walk->at.offset;
		damaged->bytes = 0;
		snprintf(damaged->why, sizeof(damaged->why), "%s%s", what, missing);
	}
	damaged->last = walk->line;
	damaged->bytes += walk->at.bytes;
	reader->context->counts.read++;
	reader->context->counts.skipped++;
}

static uint64_t last_of_cpu(const struct text_reader *reader, uint16_t cpu)
{
	return cpu < reader->nr_cpus ? reader->cpu_last_ns[cpu] : 0;
}

static void add_loss(struct text_reader *reader)
{
	struct mm_gap *gap = add_gap(reader, MM_GAP_OVERRUN, reader->walk.cpu);

	gap->begin_ns = last_of_cpu(reader, reader->walk.cpu);
	gap->lost = reader->walk.lost;
	reader->context->counts.lost += gap->lost;
}

/* Says once of a flag's name that it is not known: its bit is missing in the events. */
static void note_unknown(struct text_reader *reader, const struct text_unknown *unknown)
{
	for (size_t i = 0; i < reader->nr_unknown; i++) {
		if (!strncmp(reader->unknown[i], unknown->name, unknown->bytes) &&
		    !reader->unknown[i][unknown->bytes])
			return;
	}
	if (reader->nr_unknown == MAX_UNKNOWN)
		return;
	reader->unknown[reader->nr_unknown] = xasprintf("%.*s", (int)unknown->bytes, unknown->name);
	notes_add(&reader->context->notes, "%s: line %llu: no flag is known as %s, it is left out here and later",
		  reader->file.path, (unsigned long long)reader->walk.line, reader->unknown[reader->nr_unknown]);
	reader->nr_unknown++;
}

static enum reading count_other(struct text_reader *reader)
{
	reader->context->counts.read++;
	reader->context->counts.skipped++;
	return READ_OTHER;
}

static enum reading count_event(struct text_reader *reader, const struct mm_event *event)
{
	reader->context->counts.read++;
	reader->context->counts.used++;
	reader->context->counts.kinds[event->kind]++;
	return READ_HELD;
}

static inline void see_line(struct text_reader *reader, const struct text_walk *walk, int tracepoint)
{
	const struct told_record *record;

	text_survey_see(&reader->survey, walk, tracepoint);
	if (walk->head.body_form != BODY_RECORD)
		return;
	record = text_told_find(&walk->head);
	reader->survey.told |= record ? text_told_kinds(record) : 0;
}

static void tell_survey(struct text_reader *reader, const struct text_walk *walk)
{
	struct trace_info *info = &reader->base.info;

	text_survey_tell(&reader->survey, walk, &reader->events, info);
	if (!reader->is_surveyed)
		info->end_ns = TRACE_END_UNKNOWN;
	reader->told = reader->survey.told & reader->context->wanted &
		       ~text_survey_kinds(&reader->survey, &reader->events);
	if (reader->told && !reader->tasks.strings)
		perf_tasks_init(&reader->tasks, reader->told, &reader->context->strings, false);
}

/* Up to the line that says what they are, or to the end. */
static void survey_lines(struct text_reader *reader, struct text_walk *walk, bool is_whole)
{
	enum text_item item = ITEM_END;

	while ((is_whole || !reader->survey.has_layout) && (item = text_walk_next(walk)) != ITEM_END) {
		if (item == ITEM_EVENT)
			see_line(reader, walk, text_events_find(&reader->events, &walk->head));
	}
	reader->is_surveyed = item == ITEM_END;
	reader->is_survey_cut = reader->is_surveyed && text_input_damage(walk->input);
	tell_survey(reader, walk);
}

/* All lines, beside those that are being read. */
static void take_survey(struct text_reader *reader)
{
	struct text_walk walk;

	text_walk_open(&walk, &reader->file);
	survey_lines(reader, &walk, true);
	text_walk_close(&walk);
}

/* They may bear no time: theirs is that of the line above, or of the first event below. */
static enum reading read_told(struct text_reader *reader, struct mm_event *event)
{
	const struct text_head *head = &reader->walk.head;
	const struct told_record *record = text_told_find(head);
	uint64_t time_ns = reader->walk.has_last ? reader->walk.last_ns : reader->base.info.begin_ns;
	struct mm_event events[TOLD_EVENTS];
	size_t nr;

	/* Whether a tracepoint tells the same, only all lines say. */
	if (record && !reader->is_surveyed)
		take_survey(reader);
	if (!record || !time_ns || !(reader->told & text_told_kinds(record)))
		return count_other(reader);
	if (!text_told_read(record, head, reader->told, &reader->context->strings, events, &nr)) {
		add_damage(reader, "no line of a trace", "");
		return READ_DAMAGE;
	}
	for (size_t i = 0; i < nr; i++) {
		events[i].time_ns = time_ns;
		events[i].cpu = head->cpu;
		perf_tasks_complete(&reader->tasks, &events[i]);
		count_event(reader, &events[i]);
	}
	*event = events[0];
	reader->second = events[nr - 1];
	reader->has_second = nr > 1;
	return READ_HELD;
}

/* A line with an event. */
static enum reading read_event(struct text_reader *reader, struct mm_event *event)
{
	const struct text_head *head = &reader->walk.head;
	int tracepoint = text_events_find(&reader->events, head);
	struct text_trouble trouble;

	if (!reader->is_surveyed)
		see_line(reader, &reader->walk, tracepoint);
	if (head->body_form == BODY_RECORD)
		return read_told(reader, event);
	if (tracepoint < 0 || !(reader->context->wanted & MM_KIND_BIT(reader->events.events[tracepoint].kind)))
		return count_other(reader);
	if (!text_events_read(&reader->events, tracepoint, head, event, &reader->context->strings, &trouble)) {
		add_damage(reader, "an event that lacks ", trouble.missing);
		return READ_DAMAGE;
	}
	if (trouble.unknown.bytes)
		note_unknown(reader, &trouble.unknown);
	event->time_ns = head->time_ns;
	event->cpu = head->cpu;
	if (reader->told && MM_KIND_BIT(event->kind) & PERF_TASK_KINDS)
		perf_tasks_complete(&reader->tasks, event);
	return count_event(reader, event);
}

/* The text is over; it may end before its file does. */
static void end_text(struct text_reader *reader)
{
	const char *damage = text_input_damage(reader->walk.input);
	struct mm_gap *gap;

	reader->is_over = true;
	end_damage(reader);
	if (!reader->is_surveyed) {
		reader->is_surveyed = true;
		tell_survey(reader, &reader->walk);
	}
	if (reader->walk.nr_back > MOST_BACK && reader->walk.nr_back > reader->walk.nr_times / MOST_BACK)
		notes_add(&reader->context->notes, "%s: %llu of %llu times lie before that of the line above: they seem to be differences (perf script --deltatime), when events happened is not known",
			  reader->file.path, (unsigned long long)reader->walk.nr_back, (unsigned long long)reader->walk.nr_times);
	if (!damage && reader->is_survey_cut)
		notes_add(&reader->context->notes, "%s: could not be read to its end at first: which events it has, and when it ends, is not all told",
			  reader->file.path);
	if (!damage)
		return;
	notes_add(&reader->context->notes, "%s: byte %llu: %s, the text ends with line %llu", reader->file.path,
		  (unsigned long long)text_input_offset(reader->walk.input), damage,
		  (unsigned long long)reader->walk.line);
	gap = add_gap(reader, MM_GAP_DAMAGE, MM_ANY_CPU);
	gap->begin_ns = reader->last_ns;
	gap->bytes = reader->file.bytes - text_input_offset(reader->walk.input);
}

static void set_last(struct text_reader *reader, uint16_t cpu, uint64_t time_ns)
{
	while (cpu >= reader->nr_cpus) {
		xgrow(&reader->cpu_last_ns, reader->nr_cpus, &reader->cpus_capacity, sizeof(*reader->cpu_last_ns));
		reader->cpu_last_ns[reader->nr_cpus++] = 0;
	}
	reader->cpu_last_ns[cpu] = reader->last_ns = time_ns;
}

static enum reading read_line(struct text_reader *reader, struct mm_event *event)
{
	enum reading reading = read_event(reader, event);

	if (reading == READ_DAMAGE)
		return reading;
	end_damage(reader);
	if (reading == READ_OTHER)
		set_last(reader, reader->walk.head.cpu, reader->walk.last_ns);
	return reading;
}

/* Reads on to the next event; false: to the end. */
static bool read_on(struct text_reader *reader, struct mm_event *event)
{
	while (!reader->is_over) {
		switch (text_walk_next(&reader->walk)) {
		case ITEM_EVENT:
			if (read_line(reader, event) == READ_HELD)
				return true;
			break;
		case ITEM_LOSS:
			end_damage(reader);
			add_loss(reader);
			break;
		case ITEM_DAMAGE:
			add_damage(reader, reader->walk.damage, "");
			break;
		case ITEM_END:
			end_text(reader);
			break;
		}
	}
	return false;
}

static void put_gap(struct text_reader *reader, struct mm_event *event)
{
	const struct text_gap *gap = &reader->gaps[reader->next_gap++];
	uint64_t end_ns = reader->is_held ? reader->held.time_ns : 0;

	*event = (struct mm_event){
		.time_ns = end_ns ? end_ns : reader->last_ns,
		.cpu = gap->cpu,
		.kind = MM_GAP,
		.gap = gap->gap,
	};
	event->gap.end_ns = end_ns;
	reader->context->counts.gaps++;
	reader->context->counts.kinds[MM_GAP]++;
	if (reader->next_gap == reader->nr_gaps)
		reader->next_gap = reader->nr_gaps = 0;
}

static void count_bytes(struct text_reader *reader)
{
	uint64_t offset = text_input_offset(reader->walk.input);

	reader->context->counts.bytes += offset - reader->bytes_counted;
	reader->bytes_counted = offset;
}

/* The next event, into its place; after gaps if there are some before it. */
static bool put_next(struct text_reader *reader, struct mm_event *event)
{
	if (!reader->is_held && reader->has_second) {
		*event = reader->second;
		reader->has_second = false;
		return true;
	}
	if (!reader->is_held && read_on(reader, event)) {
		set_last(reader, event->cpu, event->time_ns);
		if (!reader->nr_gaps)
			return true;
		reader->held = *event;
		reader->is_held = true;
	}
	if (reader->nr_gaps) {
		put_gap(reader, event);
		return true;
	}
	if (!reader->is_held)
		return false;
	*event = reader->held;
	reader->is_held = false;
	return true;
}

static size_t text_fill(struct event_stream *stream)
{
	struct text_reader *reader = of_stream(stream);
	struct mm_event *event = stream->events;

	while (event < stream->events + STREAM_EVENTS && put_next(reader, event))
		event++;
	count_bytes(reader);
	return event - stream->events;
}

static void text_survey_all(struct event_reader *base)
{
	struct text_reader *reader = (struct text_reader *)base;

	if (!reader->is_surveyed)
		take_survey(reader);
}

static void text_close(struct event_reader *base)
{
	struct text_reader *reader = (struct text_reader *)base;

	for (size_t i = 0; i < reader->nr_unknown; i++)
		free(reader->unknown[i]);
	text_events_release(&reader->events);
	perf_tasks_release(&reader->tasks);
	text_walk_close(&reader->walk);
	trace_file_close(&reader->file);
	free(reader->gaps);
	free(reader->cpu_last_ns);
	free(reader);
}

static enum status text_open(struct event_reader **opened, const struct trace_file *file,
			     struct reader_context *context, struct error *err)
{
	struct text_reader *reader = xcalloc(1, sizeof(*reader));

	(void)err;	/* what cannot be read is a gap */
	reader->base.class = &text_reader;
	reader->file = *file;
	reader->context = context;
	text_events_init(&reader->events, TEXT_PAGE_BYTES);
	reader->base.info = (struct trace_info){
		.clock = "", .page_size = TEXT_PAGE_BYTES, .bytes = file->bytes,
	};
	text_walk_open(&reader->walk, &reader->file);
	survey_lines(reader, &reader->walk, false);
	text_walk_restart(&reader->walk, &reader->file);
	reader->base.info.compression = text_input_packing(reader->walk.input);
	reader->stream.fill = text_fill;
	reader->streams[0] = &reader->stream;
	reader->base.streams = reader->streams;
	reader->base.nr_streams = 1;
	*opened = &reader->base;
	return RC_OK;
}

static bool text_probe(const uint8_t *head, size_t bytes)
{
	char *text = xcalloc(1, PROBE_BYTES);
	bool is_text = text_walk_probe(text, text_unpack_head(head, bytes, text, PROBE_BYTES));

	free(text);
	return is_text;
}

const struct event_reader_class text_reader = {
	.name = "text",
	.probe = text_probe,
	.open = text_open,
	.survey = text_survey_all,
	.close = text_close,
};
