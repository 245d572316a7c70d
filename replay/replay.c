// SPDX-License-Identifier: GPL-2.0-or-later
/* The one loop: events to facts, facts to worlds, worlds to rows. */
#include "replay/replay.h"

#include "base/xalloc.h"
#include "replay/rebuild.h"
#include "replay/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_STEPS 2000
#define PROGRESS_EVENTS 65536	/* between two calls of options->progress */
#define FULL_CHECK_OPS 4096	/* between two passes over all rows */

struct replay {
	const struct replay_options *options;
	struct event_source *source;
	struct sink *sink;
	struct error *err;
	struct rebuild *rebuild;
	struct records rows;
	struct world **worlds;
	size_t nr_worlds, nr_containers;
	uint32_t nr_rows;
	bool is_armed;
	uint64_t begin_ns, end_ns;
	uint64_t nr_ops, nr_gaps;
	enum status status;	/* first failure, from within callbacks */
};

static enum status put(struct replay *replay, const struct row *row)
{
	if (!replay->status)
		replay->status = replay->sink->class->put(replay->sink, row, replay->err);
	return replay->status;
}

static void check(struct replay *replay, const struct mem_op *op)
{
	bool is_full = !(++replay->nr_ops % FULL_CHECK_OPS);

	for (size_t i = 0; i < replay->nr_worlds; i++) {
		const char *broken = world_check(replay->worlds[i], is_full);

		if (broken)
			bug("world %zu, operation %" PRIu64 ": %s", i, op->seq, broken);
	}
}

static void on_op(void *context, const struct mem_op *op)
{
	struct replay *replay = context;
	struct containers *containers = rebuild_containers(replay->rebuild);

	if (replay->status)
		return;
	if (containers->nr != replay->nr_containers) {
		replay->nr_containers = containers->nr;
		for (size_t i = 0; i < replay->nr_worlds; i++)
			world_containers(replay->worlds[i], containers);
	}
	for (; op->page >= replay->nr_rows; replay->nr_rows++)
		records_reserve(&replay->rows, replay->nr_rows);
	for (size_t i = 0; i < replay->nr_worlds && !replay->status; i++)
		replay->status = world_op(replay->worlds[i], op, replay->err);
	if (op->kind == OP_PAGE_GONE)
		record_clear(&replay->rows, op->page);
	if (replay->options->check_invariants)
		check(replay, op);
}

static void on_process(void *context, const struct process_record *process)
{
	put(context, &(struct row){
		.kind = ROW_PROCESS,
		.process = {
			.pid = process->pid, .tgid = process->tgid, .container = process->container,
			.comm = process->comm,
			.begin_ns = process->begin_ns ? (int64_t)process->begin_ns : ROW_NONE,
			.end_ns = process->end_ns == UINT64_MAX ? ROW_NONE : (int64_t)process->end_ns,
			.peak_anon_pages = process->peak[MM_ANONPAGES], .peak_file_pages = process->peak[MM_FILEPAGES],
			.peak_shmem_pages = process->peak[MM_SHMEMPAGES],
		},
	});
}

/* Without folders: the same file gives the same bytes wherever it lies. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void on_gap(struct replay *replay, const struct mm_event *event)
{
	static const char *const effects[] = {
		[MM_GAP_OVERRUN] = "usage may be too high (missed frees) or too low (missed faults) until the "
				   "next rss_stat, exec or exit of each process",
		[MM_GAP_DAMAGE] = "events in these bytes are missing: usage may be wrong until the next rss_stat, "
				  "exec or exit of each process",
		[MM_GAP_FORMAT] = "events of a kind whose format is not in the file are not counted",
	};

	replay->nr_gaps++;
	put(replay, &(struct row){
		.kind = ROW_LOSS,
		.loss = {
			.input = base_name(event_source_input(replay->source, event->gap.input)), .cpu = event->cpu,
			.begin_ns = event->gap.begin_ns ? (int64_t)event->gap.begin_ns : ROW_NONE,
			.end_ns = event->gap.end_ns ? (int64_t)event->gap.end_ns : ROW_NONE,
			.events = event->gap.lost ? (int64_t)event->gap.lost : ROW_NONE,
			.effect = event->gap.reason <= MM_GAP_FORMAT ? effects[event->gap.reason] : "",
		},
	});
}

static void arm(struct replay *replay)
{
	replay->is_armed = true;
	for (size_t i = 0; i < replay->nr_worlds; i++)
		world_arm(replay->worlds[i]);
}

static void create_worlds(struct replay *replay, uint64_t interval_ns)
{
	const struct replay_options *options = replay->options;
	size_t nr_models = 0, row_bytes = 0;
	struct world_config *configs;

	while (options->models[nr_models])
		nr_models++;
	replay->nr_worlds = nr_models * (options->nr_scenarios + 1);
	replay->worlds = xcalloc(replay->nr_worlds, sizeof(*replay->worlds));
	configs = xcalloc(replay->nr_worlds, sizeof(*configs));
	for (size_t i = 0; i < replay->nr_worlds; i++) {
		size_t scenario = i / nr_models;

		configs[i] = (struct world_config){
			.scenario = scenario, .spec = scenario ? &options->scenarios[scenario - 1] : NULL,
			.model = options->models[i % nr_models], .options = options,
			.facts = rebuild_facts(replay->rebuild), .rows = &replay->rows, .offset = row_bytes,
			.sink = replay->sink, .begin_ns = replay->begin_ns, .interval_ns = interval_ns,
		};
		row_bytes += world_row_bytes(&configs[i]);
	}
	records_init(&replay->rows, row_bytes);
	for (size_t i = 0; i < replay->nr_worlds; i++)
		replay->worlds[i] = world_create(&configs[i]);
	free(configs);
}

static enum status read_all(struct replay *replay)
{
	const struct replay_options *options = replay->options;
	const struct trace_counts *counts = event_source_counts(replay->source);
	uint64_t nr_events = 0;
	enum status status;
	const struct mm_event *event;

	while (!(status = event_source_next(replay->source, &event, replay->err))) {
		if (event->kind == MM_GAP)
			on_gap(replay, event);
		if (event->time_ns > options->end_ns)
			break;
		if (!replay->is_armed && event->time_ns >= options->begin_ns)
			arm(replay);
		replay->end_ns = event->time_ns;
		rebuild_event(replay->rebuild, event);
		if (replay->status)
			return replay->status;
		if (options->progress && !(++nr_events % PROGRESS_EVENTS))
			options->progress(options->progress_context, counts->bytes);
	}
	return status == RC_END ? RC_OK : status;
}

static void write_lists(struct replay *replay)
{
	const struct replay_options *options = replay->options;
	const struct containers *containers = rebuild_containers(replay->rebuild);
	const struct unmatched_count *unmatched = rebuild_unmatched(replay->rebuild);
	const struct judge *judge = rebuild_judge(replay->rebuild);

	for (uint32_t i = 0; i < containers->nr; i++)
		put(replay, &(struct row){ .kind = ROW_CONTAINER, .container = {
			.container = i, .name = containers->all[i].name, .path = containers->all[i].path } });
	put(replay, &(struct row){ .kind = ROW_SCENARIO, .scenario = { .scenario = 0, .label = "as recorded" } });
	for (size_t i = 0; i < options->nr_scenarios; i++)
		put(replay, &(struct row){ .kind = ROW_SCENARIO, .scenario = {
			.scenario = i + 1, .label = options->scenarios[i].label } });
	for (enum unmatched_kind kind = 0; kind < UNMATCHED_NR; kind++)
		put(replay, &(struct row){ .kind = ROW_UNMATCHED, .unmatched = {
			.unmatched = unmatched_name(kind), .count = unmatched[kind].count,
			.pages = unmatched[kind].pages } });
	for (enum judge_class class = 0; class < JUDGE_NR; class++)
		put(replay, &(struct row){ .kind = ROW_CHECK, .check = {
			.class = judge_class_name(class), .checked = judge->classes[class].checked,
			.exact = judge->classes[class].exact, .within_1 = judge->classes[class].within_1,
			.worst_pages = judge->classes[class].worst, .sum_abs_pages = judge->classes[class].sum_abs } });
}

static bool is_matched(const char *pattern, const struct containers *containers)
{
	for (uint32_t i = 0; i < containers->nr; i++)
		if (container_matches(pattern, i, containers->all[i].name, containers->all[i].path))
			return true;
	return !strcmp(pattern, "*");
}

/* A limit for a container that the recording does not have is a mistake of the user's. */
static enum status check_patterns(const struct replay *replay)
{
	const struct replay_options *options = replay->options;
	const struct containers *containers = rebuild_containers(replay->rebuild);
	char names[256] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < containers->nr && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
					 containers->all[i].name);
	for (size_t i = 0; i < options->nr_scenarios; i++)
		for (size_t l = 0; l < options->scenarios[i].nr_limits; l++)
			if (!is_matched(options->scenarios[i].limits[l].pattern, containers))
				return error_set(replay->err, RC_USAGE,
						 "no container '%s' in the recording: it has %s",
						 options->scenarios[i].limits[l].pattern, names);
	return RC_OK;
}

static void summarise(const struct replay *replay, struct replay_summary *summary)
{
	const struct judge *judge = rebuild_judge(replay->rebuild);
	const struct unmatched_count *unmatched = rebuild_unmatched(replay->rebuild);

	*summary = (struct replay_summary){
		.nr_gaps = replay->nr_gaps, .begin_ns = replay->begin_ns, .end_ns = replay->end_ns,
		.peak_pages = rebuild_peak_pages(replay->rebuild), .row_bytes = replay->rows.row_bytes,
		.unchecked = judge->unchecked, .unexplained = judge->unexplained,
	};
	for (enum judge_class class = 0; class < JUDGE_NR; class++) {
		summary->checked += judge->classes[class].checked;
		summary->exact += judge->classes[class].exact;
	}
	for (enum unmatched_kind kind = 0; kind < UNMATCHED_NR; kind++)
		summary->unmatched += unmatched[kind].count;
}

mm_kinds replay_kinds(void)
{
	return MM_ALL_KINDS & ~(MM_KIND_BIT(MM_LRU_INSERT) | MM_KIND_BIT(MM_LRU_ACTIVATE) |
				MM_KIND_BIT(MM_MEMCG_STATE) | MM_KIND_BIT(MM_MEMCG_COUNT));
}

enum status replay_run(struct event_source *source, const struct replay_options *options,
		       struct sink *sink, struct replay_summary *summary, struct error *err)
{
	const struct trace_info *info = event_source_info(source);
	struct replay replay = { .options = options, .source = source, .sink = sink, .err = err };
	uint64_t interval_ns = options->interval_ns, begin_ns = info->begin_ns;

	if (options->begin_ns > begin_ns)
		begin_ns = options->begin_ns;
	if (!interval_ns)
		interval_ns = info->end_ns > begin_ns ? (info->end_ns - begin_ns) / DEFAULT_STEPS + 1 : 1000000;
	replay.begin_ns = begin_ns;
	replay.rebuild = rebuild_create(&(struct rebuild_config){
		.source = source, .page_size = info->page_size, .rules = options->rules,
		.nr_rules = options->nr_rules, .op = on_op, .process = on_process, .context = &replay });
	create_worlds(&replay, interval_ns);
	if (!options->begin_ns)
		arm(&replay);
	replay.status = read_all(&replay);
	if (!replay.status)
		rebuild_finish(replay.rebuild);
	if (!replay.status)
		replay.status = check_patterns(&replay);
	for (size_t i = 0; i < replay.nr_worlds; i++)
		world_containers(replay.worlds[i], rebuild_containers(replay.rebuild));
	for (size_t i = 0; i < replay.nr_worlds && !replay.status; i++)
		replay.status = world_finish(replay.worlds[i], replay.end_ns, err);
	if (!replay.status)
		write_lists(&replay);
	summarise(&replay, summary);
	for (size_t i = 0; i < replay.nr_worlds; i++)
		world_destroy(replay.worlds[i]);
	free(replay.worlds);
	records_release(&replay.rows);
	rebuild_destroy(replay.rebuild);
	return replay.status;
}
