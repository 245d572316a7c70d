// SPDX-License-Identifier: GPL-2.0-or-later
/* A recording as a source of operations: its events, rebuilt. */
#include "rebuild/op_source.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

struct recording {
	struct op_source base;
	struct event_source *events;
	struct rebuild *rebuild;	/* from start() on */
	struct op_listener listener;
	mm_kinds counters;	/* that the listener is given */
};

static const struct recording *of(const struct op_source *source)
{
	return (const struct recording *)source;
}

mm_kinds op_source_kinds(void)
{
	return MM_ALL_KINDS & ~(MM_KIND_BIT(MM_LRU_INSERT) | MM_KIND_BIT(MM_MEMCG_COUNT));
}

mm_kinds counter_kinds(void)
{
	return MM_KIND_BIT(MM_MEMCG_STATE) | MM_KIND_BIT(MM_MEMCG_COUNT) | MM_KIND_BIT(MM_OOM_VICTIM) |
	       MM_KIND_BIT(MM_RECLAIM_END) | MM_KIND_BIT(MM_COUNTER);
}

static enum status start(struct op_source *base, const struct op_listener *listener, struct error *err)
{
	struct recording *recording = (struct recording *)base;

	(void)err;
	recording->listener = *listener;
	if (!listener->counter)
		recording->counters = 0;
	recording->rebuild = rebuild_create(&(struct rebuild_config){
		.source = recording->events, .page_size = event_source_info(recording->events)->page_size,
		.rules = listener->rules, .nr_rules = listener->nr_rules, .op = listener->op, .place = listener->place,
		.soon = listener->soon, .process = listener->process, .shift = listener->shift, .context = listener->context });
	return RC_OK;
}

/* Without folders: the same file gives the same bytes wherever it lies. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void tell_loss(const struct recording *recording, const struct mm_event *event)
{
	recording->listener.loss(recording->listener.context, &(struct loss_record){
		.input = base_name(event_source_input(recording->events, event->gap.input)), .cpu = event->cpu,
		.begin_ns = event->gap.begin_ns, .end_ns = event->gap.end_ns, .events = event->gap.lost,
		.reason = event->gap.reason,
	});
}

static enum status interpret(const struct recording *recording, const struct mm_event *event, const struct mm_event *end)
{
	const struct op_listener *listener = &recording->listener;
	const mm_kinds counters = recording->counters;
	enum status status = RC_OK;

	for (; event < end && !status; event++) {
		if (end - event > 2 * REBUILD_SOON)
			rebuild_prefetch(recording->rebuild, event + 2 * REBUILD_SOON, event + REBUILD_SOON);
		status = op_listener_advance(listener, event->time_ns);
		if (!status && counters & MM_KIND_BIT(event->kind))
			listener->counter(listener->context, event);
		if (!status)
			rebuild_event(recording->rebuild, event);
		/* Its doubts are in the facts by now; one that reaches past the end is told too. */
		if (event->kind == MM_GAP)
			tell_loss(recording, event);
	}
	return status;
}

static enum status run(struct op_source *base, struct error *err)
{
	const struct recording *recording = of(base);
	const struct mm_event *event, *end;
	enum status status;

	while (!(status = event_source_take(recording->events, &event, &end, err))) {
		status = interpret(recording, event, end);
		if (status)
			break;
	}
	if (status < 0)
		return status;
	rebuild_finish(recording->rebuild);
	return RC_OK;
}

static const struct trace_info *info(const struct op_source *source)
{
	return event_source_info(of(source)->events);
}

static const struct trace_counts *counts(const struct op_source *source)
{
	return event_source_counts(of(source)->events);
}

static size_t notes(const struct op_source *source, const char *const **list, uint64_t *nr_more)
{
	return event_source_notes(of(source)->events, list, nr_more);
}

static const struct op_settings *settings(const struct op_source *source)
{
	static const struct op_settings none;

	(void)source;
	return &none;
}

static const struct facts *facts(const struct op_source *source)
{
	return rebuild_facts(of(source)->rebuild);
}

static struct containers *containers(const struct op_source *source)
{
	return rebuild_containers(of(source)->rebuild);
}

static const struct unmatched_count *unmatched_counts(const struct op_source *source)
{
	return rebuild_unmatched(of(source)->rebuild);
}

static const struct judge *judge(const struct op_source *source)
{
	return rebuild_judge(of(source)->rebuild);
}

static const struct doubts *doubt(const struct op_source *source)
{
	return rebuild_doubt(of(source)->rebuild);
}

static uint64_t peak_pages(const struct op_source *source)
{
	return rebuild_peak_pages(of(source)->rebuild);
}

static const struct snapshot_check *snapshot_check(const struct op_source *source)
{
	return rebuild_snapshot_check(of(source)->rebuild);
}

static void close_recording(struct op_source *base)
{
	struct recording *recording = (struct recording *)base;

	rebuild_destroy(recording->rebuild);
	event_source_close(recording->events);
	free(recording);
}

static const struct op_source_class recording_class;

static bool share(struct op_source *base, struct op_source **shares, size_t nr)
{
	struct event_source **events = xcalloc(nr, sizeof(struct event_source *));
	bool is_shared = event_source_share(of(base)->events, events, nr);

	for (size_t i = 0; i < nr && is_shared; i++) {
		struct recording *recording = xcalloc(1, sizeof(*recording));

		recording->base.class = &recording_class;
		recording->events = events[i];
		shares[i] = &recording->base;
	}
	free(events);
	return is_shared;
}

static void leave(struct op_source *base)
{
	event_source_leave(of(base)->events);
}

static const char *string(const struct op_source *source, uint32_t id)
{
	return event_source_string(of(source)->events, id);
}

static const struct op_source_class recording_class = {
	.name = "recording",
	.start = start,
	.run = run,
	.info = info,
	.counts = counts,
	.notes = notes,
	.settings = settings,
	.facts = facts,
	.containers = containers,
	.unmatched = unmatched_counts,
	.judge = judge,
	.doubt = doubt,
	.peak_pages = peak_pages,
	.snapshot_check = snapshot_check,
	.string = string,
	.share = share,
	.leave = leave,
	.close = close_recording,
};

enum status recording_open(struct op_source **source, const struct op_source_request *request, struct error *err)
{
	struct recording *recording = xcalloc(1, sizeof(*recording));
	enum status status = event_source_open_with(&recording->events, &(struct event_source_request){
		.paths = request->paths, .nr_paths = request->nr_paths, .formats = request->formats,
		.wanted = op_source_kinds() | request->counters }, err);

	recording->base.class = &recording_class;
	recording->counters = request->counters;
	if (status) {
		free(recording);
		return status;
	}
	/* What is rebuilt depends on which events there are. */
	event_source_survey(recording->events);
	*source = &recording->base;
	return RC_OK;
}

void op_source_close(struct op_source *source)
{
	if (source)
		source->class->close(source);
}
