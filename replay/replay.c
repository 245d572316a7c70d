// SPDX-License-Identifier: GPL-2.0-or-later
/* The one loop: events to facts, facts to worlds, worlds to rows. */
#include "replay/replay.h"

#include "base/xalloc.h"
#include "rebuild/op_source.h"
#include "replay/bills.h"
#include "replay/bounds.h"
#include "replay/handover.h"
#include "replay/helper.h"
#include "replay/runs.h"
#include "replay/stretch.h"
#include "replay/totals.h"
#include "replay/worlds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_STEPS 65536	/* between two calls of options->progress and check */
#define FULL_CHECK_OPS 4096	/* between two passes over all rows */
#define HAND_OVER_STEPS 16384	/* events: a short recording is replayed before a thread would pay */

struct replay {
	const struct replay_options *options;
	struct op_source *source;
	struct sink *sink;
	struct error *err;
	const struct doubts *doubt;		/* of the source, as containers are */
	const struct containers *containers;
	struct worlds *worlds;
	struct helper **helpers;
	struct worlds **parts;		/* worlds, and those of the helpers when they are joined */
	size_t nr_parts;
	struct world **recorded;	/* of them, scenario 0 of each model */
	struct bounds **bounds;		/* of each of these */
	struct bills *bills;		/* of all of them */
	struct handover *handover;	/* to the thread that plays; NULL until there is one */
	bool may_hand_over, is_handing;	/* what follows to nr_rows is that thread's, but while it rests */
	size_t nr_models, nr_containers;
	struct hierarchy hierarchy;
	struct container_settings settings;
	uint32_t nr_rows;
	uint64_t begin_ns;
	char apart[HANDOVER_APART];	/* what follows is written at each event */
	struct mem_op op, *place;	/* where operations are made: there, or in the ring */
	bool is_armed;
	struct op_pace pace;	/* its now_ns: where the clock is */
	uint64_t nr_ops, nr_gaps, nr_limit_reclaimed;
	uint64_t nr_steps;	/* events, those that pace has left included */
	enum status status;	/* first failure, from within callbacks */
};

static enum status put(struct replay *replay, const struct row *row)
{
	if (!replay->status)
		replay->status = replay->sink->class->put(replay->sink, row, replay->err);
	return replay->status;
}

static void make_rows(struct replay *replay, uint32_t nr_rows)
{
	if (nr_rows <= replay->nr_rows)
		return;
	replay->nr_rows = nr_rows;
	worlds_reserve(replay->worlds, nr_rows);
}

/* Every page of the facts has a row, also one that no operation named yet. */
static void make_all_rows(struct replay *replay)
{
	const struct facts *facts = replay->source->class->facts(replay->source);

	make_rows(replay, facts->class->nr_pages(facts));
}

/* The beginning is checked in full: a case by hand is no longer than that. */
static void check(struct replay *replay, const struct mem_op *op)
{
	bool is_full = ++replay->nr_ops < FULL_CHECK_OPS || !(replay->nr_ops % FULL_CHECK_OPS);
	const char *broken;

	make_all_rows(replay);
	broken = worlds_check(replay->worlds, is_full);
	if (broken)
		bug("operation %" PRIu64 ": %s", op->seq, broken);
}

/* Until the next step, worlds, bounds and bills are in this thread's hands. */
static void stop_handing(struct replay *replay)
{
	if (replay->is_handing)
		handover_rest(replay->handover);
	replay->is_handing = false;
	replay->place = &replay->op;
}

static void tell_containers(struct replay *replay)
{
	const struct containers *containers = replay->containers;

	stop_handing(replay);
	replay->nr_containers = containers->nr;
	hierarchy_update(&replay->hierarchy, containers);
	worlds_containers(replay->worlds, containers);
	bills_containers(replay->bills, containers->nr);
}

/* A model that ignores pages has nothing to show. */
static void show(const struct replay *replay, const struct mem_op *op, uint32_t page)
{
	const struct replay_watch *watch = replay->options->watch;
	struct watched_page view;

	for (size_t i = 0; i < replay->nr_models; i++) {
		if (!world_wants_pages(replay->recorded[i]))
			continue;
		world_view(replay->recorded[i], page, &view);
		watch->page(watch->context, i, op, page, &view);
	}
}

static void show_pages(const struct replay *replay, const struct mem_op *op)
{
	if (op->page)
		show(replay, op, op->page);
	if (op->old_page)
		show(replay, op, op->old_page);
}

static void on_counter(void *context, const struct mm_event *event)
{
	const struct replay *replay = context;

	replay->options->watch->counter(replay->options->watch->context, event);
}

static bool is_for_recorded_limit(const struct mem_op *op)
{
	return op->why == WHY_RECLAIM && op->by == BY_LIMIT && !op->is_out &&
	       (op->kind == OP_CACHE_DEL || (op->kind == OP_UNMAP && op->page_kind == PAGE_ANON));
}

static void play_soon(void *context, uint32_t page)
{
	const struct replay *replay = context;

	worlds_soon(replay->worlds, page);
}

static void on_soon(void *context, uint32_t page)
{
	const struct replay *replay = context;

	if (!replay->is_handing)
		worlds_soon(replay->worlds, page);
}

static void play(void *context, struct mem_op *op)
{
	struct replay *replay = context;

	if (op->page >= replay->nr_rows)
		make_rows(replay, op->page + 1);
	bills_op(replay->bills, op, replay->nr_rows);
	worlds_op(replay->worlds, op);
	if (replay->options->watch)
		show_pages(replay, op);
	if (op->kind == OP_PAGE_GONE)
		worlds_forget(replay->worlds, op->page);
}

/* A batch of operations is full. */
static void turn(struct replay *replay)
{
	handover_turn(replay->handover);
	replay->place = handover_place(replay->handover);
}

static void hand(struct replay *replay, struct mem_op *op)
{
	bool is_full = handover_op(replay->handover, op);

	replay->place = handover_place(replay->handover);
	if (is_full)
		turn(replay);
}

/* Apart, for nearly all operations are handed over and nothing else, and what is not called needs no room. */
__attribute__((noinline)) static void take_op(struct replay *replay, struct mem_op *op)
{
	if (replay->status)
		return;
	if (replay->containers->nr != replay->nr_containers)
		tell_containers(replay);
	replay->nr_limit_reclaimed += is_for_recorded_limit(op);
	if (op->kind == OP_FORCE_EMPTY) {
		stop_handing(replay);
		make_all_rows(replay);
	}
	if (replay->is_handing) {
		hand(replay, op);
		return;
	}
	play(replay, op);
	if (replay->options->check_invariants)
		check(replay, op);
}

static void on_op(void *context, struct mem_op *op)
{
	struct replay *replay = context;

	/* After a failure it does no harm: nothing of it is kept. */
	if (!replay->is_handing || replay->containers->nr != replay->nr_containers || op->by == BY_LIMIT ||
	    op->kind == OP_FORCE_EMPTY)
		take_op(replay, op);
	else
		hand(replay, op);
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
			.killed_ns = process->killed_ns ? (int64_t)process->killed_ns : ROW_NONE,
			.peak_anon_pages = process->peak[MM_ANONPAGES], .peak_file_pages = process->peak[MM_FILEPAGES],
			.peak_shmem_pages = process->peak[MM_SHMEMPAGES],
		},
	});
}

/* The source is to tell of the next event. */
static void listen(struct replay *replay)
{
	replay->nr_steps -= replay->pace.nr_quiet;
	replay->pace.nr_quiet = 0;
}

static void on_loss(void *context, const struct loss_record *loss)
{
	static const char *const effects[] = {
		[MM_GAP_OVERRUN] = "pages came and went unseen: outcomes are between their low and high bounds, "
				   "narrow again for a process when rss_stat counts it or it ends; a move to "
				   "another container in it would be missed",
		[MM_GAP_DAMAGE] = "events in these bytes are missing: outcomes are between their low and high bounds, "
				  "narrow again for a process when rss_stat counts it or it ends; a move to "
				  "another container in it would be missed",
		[MM_GAP_FORMAT] = "events whose format is not in the file are not counted: see the low and high bounds",
	};
	struct replay *replay = context;

	replay->nr_gaps++;
	listen(replay);
	stop_handing(replay);
	for (size_t i = 0; i < replay->nr_models; i++)
		bounds_gap(replay->bounds[i], loss, replay->pace.now_ns, replay->source->class->doubt(replay->source));
	put(replay, &(struct row){
		.kind = ROW_LOSS,
		.loss = {
			.input = loss->input, .cpu = loss->cpu == MM_ANY_CPU ? ROW_NONE : (int64_t)loss->cpu,
			.begin_ns = loss->begin_ns ? (int64_t)loss->begin_ns : ROW_NONE,
			.end_ns = loss->end_ns ? (int64_t)loss->end_ns : ROW_NONE,
			.events = loss->events ? (int64_t)loss->events : ROW_NONE,
			.effect = loss->reason <= MM_GAP_FORMAT ? effects[loss->reason] : "",
		},
	});
}

static void arm(struct replay *replay)
{
	stop_handing(replay);
	replay->is_armed = true;
	worlds_arm(replay->worlds);
	for (size_t i = 0; i < replay->nr_models; i++)
		bounds_restart(replay->bounds[i], replay->begin_ns);
	bills_restart(replay->bills);
}

size_t replay_members(const struct replay_options *options)
{
	size_t nr_models = 0;

	while (options->models[nr_models])
		nr_models++;
	return nr_models * (options->nr_scenarios * replay_runs(options) + 1);
}

/* Each rebuilds the facts, which pays from two scenarios each on. */
size_t replay_threads(const struct replay_options *options)
{
	size_t nr = options->nr_threads, most = options->nr_scenarios * replay_runs(options);

	if (!nr) {
		nr = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
		most /= 2;
	}
	nr = nr < most ? nr : most;
	return nr ? nr : 1;
}

/* The worlds as recorded ask the facts nothing, but where a text changes limits or somebody looks on. */
static bool may_hand_over(const struct replay *replay)
{
	const struct replay_options *options = replay->options;
	bool has_thread = options->nr_threads ? options->nr_threads > 1 : sysconf(_SC_NPROCESSORS_ONLN) > 1;

	return has_thread && replay->source->class->share && !options->nr_scenarios && !options->watch &&
	       !options->check_invariants;
}

/* One thread where no more can be had. */
static void share_source(struct replay *replay, struct op_source ***shares)
{
	replay->nr_parts = replay->source->class->share ? replay_threads(replay->options) : 1;
	*shares = xcalloc(replay->nr_parts, sizeof(struct op_source *));
	if (replay->nr_parts > 1 && !replay->source->class->share(replay->source, *shares, replay->nr_parts - 1))
		replay->nr_parts = 1;
	replay->helpers = xcalloc(replay->nr_parts, sizeof(struct helper *));
	replay->parts = xcalloc(replay->nr_parts, sizeof(struct worlds *));
}

/* Scenarios dealt out to threads: the first plays scenario 0. */
static enum status start_helpers(struct replay *replay, struct op_source **shares, struct worlds_config *config)
{
	enum status status = RC_OK;

	for (size_t i = 0; i + 1 < replay->nr_parts; i++) {
		config->first = i + 1;
		replay->helpers[i] = helper_start(shares[i], config);
		if (!replay->helpers[i])
			status = error_set(replay->err, RC_INPUT, "no thread can be had for scenarios: --threads 1 needs none");
	}
	config->first = 0;
	return status;
}

/* For bills: what the facts are ahead by. */
static void hold(void *context, const struct mem_op *op, op_visitor *visit, void *visiting)
{
	const struct replay *replay = context;

	if (replay->is_handing)
		handover_hold(replay->handover, visit, visiting);
	else
		visit(visiting, op);
}

static void resume(void *context)
{
	const struct replay *replay = context;

	if (replay->is_handing)
		handover_resume(replay->handover);
}

static void create_worlds(struct replay *replay, struct op_source **shares, uint64_t interval_ns)
{
	const struct facts *facts = replay->source->class->facts(replay->source);
	struct worlds_config config = {
		.options = replay->options, .facts = facts, .hierarchy = &replay->hierarchy, .settings = &replay->settings,
		.sink = replay->sink,
		.begin_ns = replay->begin_ns, .interval_ns = interval_ns, .nr_parts = replay->nr_parts,
	};

	while (replay->options->models[replay->nr_models])
		replay->nr_models++;
	replay->bounds = xcalloc(replay->nr_models, sizeof(*replay->bounds));
	config.bounds = (const struct bounds *const *)replay->bounds;
	replay->recorded = xcalloc(replay->nr_models, sizeof(*replay->recorded));
	replay->status = start_helpers(replay, shares, &config);
	replay->worlds = replay->parts[0] = worlds_create(&config);
	for (size_t i = 0; i < replay->nr_models; i++) {
		replay->recorded[i] = worlds_own(replay->worlds, 0, i);
		replay->bounds[i] = bounds_create(replay->recorded[i], replay->begin_ns);
	}
	replay->bills = bills_create(&(struct bills_config){
		.worlds = replay->recorded, .nr_worlds = replay->nr_models, .facts = facts,
		.hierarchy = &replay->hierarchy, .hold = hold, .resume = resume, .context = replay });
	replay->may_hand_over = may_hand_over(replay);
}

/* All parts of the whole are in this thread's hands again. */
static void join_helpers(struct replay *replay)
{
	if (replay->nr_parts > 1)
		replay->source->class->leave(replay->source);
	for (size_t i = 0; i + 1 < replay->nr_parts; i++)
		if (replay->helpers[i])
			replay->parts[i + 1] = helper_join(replay->helpers[i]);
}

static void step(void *context, uint64_t now_ns)
{
	const struct replay *replay = context;

	for (size_t i = 0; i < replay->nr_models; i++)
		bounds_step(replay->bounds[i], now_ns);
}

/* Until bounds are noted again, nothing hangs on the clock. */
static void listen_no_more(struct replay *replay)
{
	replay->pace.nr_quiet = -replay->nr_steps % STRETCH_EVENTS;
	replay->nr_steps += replay->pace.nr_quiet;
}

/* What the event before came to; every so many events, and where there is doubt at each. */
static void note_bounds(struct replay *replay)
{
	const struct doubts *doubt = replay->source->class->doubt(replay->source);
	bool is_step = !(replay->nr_steps % STRETCH_EVENTS);

	if (doubt->is_any)
		stop_handing(replay);
	if (is_step && replay->is_handing) {
		handover_step(replay->handover, replay->pace.now_ns);
		replay->place = handover_place(replay->handover);
	} else if (is_step) {
		step(replay, replay->pace.now_ns);
	}
	for (size_t i = 0; i < replay->nr_models && doubt->is_any; i++)
		bounds_note(replay->bounds[i], replay->pace.now_ns, doubt);
}

/* Operations go to another thread from here on, if one can be had. */
static void start_handing(struct replay *replay)
{
	if (!replay->handover)
		replay->handover = handover_start(&(struct player){
			.context = replay, .op = play, .soon = play_soon, .step = step });
	replay->may_hand_over = replay->is_handing = replay->handover;
	if (replay->handover)
		replay->place = handover_place(replay->handover);
}

static enum status pause_for_others(struct replay *replay)
{
	const struct replay_options *options = replay->options;

	if (options->progress)
		options->progress(options->progress_context, replay->source->class->counts(replay->source)->bytes);
	if (options->check)
		replay->status = options->check(options->check_context, replay->err);
	return replay->status;
}

/* Every so many events, and while there is doubt or nothing counts yet. */
static enum status on_advance(void *context, uint64_t now_ns)
{
	struct replay *replay = context;
	const struct replay_options *options = replay->options;

	bool is_pause;

	listen(replay);
	is_pause = replay->nr_steps && !(replay->nr_steps % PROGRESS_STEPS);
	if (replay->status)
		return replay->status;
	if (replay->doubt->is_any || !(replay->nr_steps % STRETCH_EVENTS))
		note_bounds(replay);
	if (now_ns > options->end_ns)
		return RC_END;
	if (!replay->is_armed && now_ns >= options->begin_ns)
		arm(replay);
	replay->pace.now_ns = now_ns;
	if (replay->may_hand_over && !replay->is_handing && !replay->doubt->is_any && replay->nr_steps >= HAND_OVER_STEPS)
		start_handing(replay);
	replay->nr_steps++;
	if (replay->is_armed && !replay->doubt->is_any)
		listen_no_more(replay);
	return is_pause ? pause_for_others(replay) : RC_OK;
}

/* Where a run of a scenario is among all that are played. */
static size_t played(const struct replay *replay, size_t scenario, size_t run)
{
	return scenario ? 1 + (scenario - 1) * replay_runs(replay->options) + run : 0;
}

/* The scenario that a directive speaks of: the one that a text writes, or the recorded one. */
static size_t scenario_of(const struct replay *replay, const struct directive *directive)
{
	const struct replay_options *options = replay->options;
	size_t scenario = 0;

	while (!directive->is_recorded && scenario < options->nr_scenarios &&
	       !options->scenarios[scenario++].is_written)
		;
	return scenario;
}

/* The model, or nr_models. */
static size_t model_of(const struct replay *replay, const struct directive *directive)
{
	size_t i = 0;

	while (i < replay->nr_models && directive->resource &&
	       !model_has_resource(replay->options->models[i], directive->resource))
		i++;
	return i;
}

static enum status on_directive(void *context, const struct directive *directive, struct error *err)
{
	struct replay *replay = context;
	struct world *world = NULL, *assumed = NULL;
	enum status status;
	bool is_written = false;
	size_t scenario, model;

	for (size_t i = 0; i < replay->options->nr_scenarios; i++)
		is_written |= replay->options->scenarios[i].is_written;
	if (!is_written || replay->status || replay->options->leaves)
		return replay->status;
	if (replay->containers->nr != replay->nr_containers)
		tell_containers(replay);
	make_all_rows(replay);
	scenario = scenario_of(replay, directive);
	model = model_of(replay, directive);
	if (model < replay->nr_models) {
		world = worlds_own(replay->worlds, played(replay, scenario, 0), model);
		assumed = worlds_assumed(replay->worlds, played(replay, scenario, 0), model);
	}
	if (directive->kind == DIRECTIVE_EXPECT && directive->is_assumed)
		world = assumed;
	if (world) {
		status = world_direct(world, directive, replay->pace.now_ns, err);
		if (!status && assumed && directive->kind != DIRECTIVE_EXPECT)
			status = world_direct(assumed, directive, replay->pace.now_ns, err);
		return status;
	}
	if (directive->kind != DIRECTIVE_EXPECT)
		return RC_OK;
	if (directive->is_assumed)
		return error_set(err, RC_USAGE, "no use is assumed under that model");
	return error_set(err, RC_USAGE, "no model that limits %s is replayed", directive->resource);
}

static void summarise(const struct replay *replay, struct replay_summary *summary)
{
	*summary = totals_of(replay->source);
	summary->nr_gaps = replay->nr_gaps;
	summary->begin_ns = replay->begin_ns;
	summary->end_ns = replay->pace.now_ns;
	summary->limit_reclaimed = replay->nr_limit_reclaimed;
	summary->nr_containers = replay->nr_containers;
	summary->row_bytes = worlds_row_bytes(replay->worlds);
	summary->beside_bytes = worlds_beside_bytes(replay->worlds);
}

/* The runs of a scenario, of which one stands for all. */
static enum status finish_scenario(struct replay *replay, size_t scenario, size_t model)
{
	bool is_one = !scenario || replay->options->scenarios[scenario - 1].is_written;
	size_t nr = is_one ? 1 : replay_runs(replay->options);
	struct world **worlds = xcalloc(nr, sizeof(struct world *));
	enum status status;

	for (size_t i = 0; i < nr; i++) {
		size_t nth = played(replay, scenario, i);

		worlds[i] = worlds_ended(replay->parts[nth % replay->nr_parts], nth, model);
	}
	status = world_finish(worlds[nr > 1 ? runs_middle(worlds, nr) : 0], replay->pace.now_ns, replay->err);
	if (!status)
		status = runs_write_spread(worlds, nr, replay->sink, replay->err);
	free(worlds);
	return status;
}

static void finish_worlds(struct replay *replay)
{
	size_t nr = replay->options->leaves ? 0 : replay->options->nr_scenarios;

	for (size_t s = 0; s <= nr; s++)
		for (size_t m = 0; m < replay->nr_models && !replay->status; m++)
			replay->status = finish_scenario(replay, s, m);
}

enum status replay_run(struct op_source *source, const struct replay_options *options,
		       struct sink *sink, struct replay_summary *summary, struct error *err)
{
	const struct trace_info *info = source->class->info(source);
	struct replay replay = { .options = options, .source = source, .sink = sink, .err = err };
	const struct op_listener listener = {
		.context = &replay, .rules = options->rules, .nr_rules = options->nr_rules, .op = on_op,
		.place = &replay.place, .pace = &replay.pace,
		.soon = on_soon, .process = on_process, .loss = on_loss, .advance = on_advance, .directive = on_directive,
		.counter = options->watch && options->watch->counter ? on_counter : NULL,
	};
	uint64_t interval_ns = options->interval_ns, begin_ns = info->begin_ns;
	struct op_source **shares;
	enum status status;

	if (options->begin_ns > begin_ns)
		begin_ns = options->begin_ns;
	if (!interval_ns)
		interval_ns = info->end_ns > begin_ns ? (info->end_ns - begin_ns) / REPLAY_STEPS + 1 : 1000000;
	replay.begin_ns = begin_ns;
	replay.place = &replay.op;
	replay.pace.until_ns = options->end_ns;
	share_source(&replay, &shares);
	status = source->class->start(source, &listener, err);
	if (status)
		return status;
	replay.doubt = source->class->doubt(source);
	replay.containers = source->class->containers(source);
	if (options->model_rules.chosen[SWITCH_CGROUP2_SETTINGS] == CGROUP2_SETTINGS_RECORDED)
		container_settings_read(&replay.settings, info);
	create_worlds(&replay, shares, interval_ns);
	free(shares);
	if (!options->begin_ns)
		arm(&replay);
	status = source->class->run(source, err);
	if (!replay.status)
		replay.status = status;
	stop_handing(&replay);
	if (!replay.status)
		replay.status = totals_check_patterns(options, replay.containers, err);
	tell_containers(&replay);
	listen(&replay);
	note_bounds(&replay);
	for (size_t i = 0; i < replay.nr_models; i++)
		bounds_finish(replay.bounds[i], replay.pace.now_ns);
	worlds_end(replay.worlds, replay.pace.now_ns);
	join_helpers(&replay);
	finish_worlds(&replay);
	if (!replay.status)
		replay.status = bills_write(replay.bills, replay.pace.now_ns, replay.nr_rows, sink, err);
	if (!replay.status)
		replay.status = totals_write(source, options, sink, err);
	summarise(&replay, summary);
	for (size_t i = 0; i + 1 < replay.nr_parts; i++)
		helper_destroy(replay.helpers[i]);
	handover_end(replay.handover);
	free(replay.helpers);
	free(replay.parts);
	worlds_destroy(replay.worlds);
	for (size_t i = 0; i < replay.nr_models; i++)
		bounds_destroy(replay.bounds[i]);
	bills_destroy(replay.bills);
	free(replay.bounds);
	free(replay.recorded);
	hierarchy_release(&replay.hierarchy);
	container_settings_release(&replay.settings);
	return replay.status;
}
