// SPDX-License-Identifier: GPL-2.0-or-later
/* The one loop: events to facts, facts to worlds. */
#include "replay/loop.h"

#include "replay/stretch.h"

#include <inttypes.h>

#define PROGRESS_STEPS 65536	/* between two calls of options->progress and check */
#define FULL_CHECK_OPS 4096	/* between two passes over all rows */
#define HAND_OVER_STEPS 16384	/* events: a short recording is replayed before a thread would pay */

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

void loop_make_all_rows(struct replay *replay)
{
	const struct facts *facts = replay->source->class->facts(replay->source);

	make_rows(replay, facts->class->nr_pages(facts));
}

/* The beginning is checked in full: a case by hand is no longer than that. */
static void check(struct replay *replay, const struct mem_op *op)
{
	bool is_full = ++replay->nr_ops < FULL_CHECK_OPS || !(replay->nr_ops % FULL_CHECK_OPS);
	const char *broken;

	loop_make_all_rows(replay);
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

void loop_tell_containers(struct replay *replay)
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
		loop_tell_containers(replay);
	replay->nr_limit_reclaimed += is_for_recorded_limit(op);
	if (op->kind == OP_FORCE_EMPTY) {
		stop_handing(replay);
		loop_make_all_rows(replay);
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

void loop_arm(struct replay *replay)
{
	stop_handing(replay);
	replay->is_armed = true;
	worlds_arm(replay->worlds);
	for (size_t i = 0; i < replay->nr_models; i++)
		bounds_restart(replay->bounds[i], replay->begin_ns);
	bills_restart(replay->bills);
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
		loop_arm(replay);
	replay->pace.now_ns = now_ns;
	if (replay->may_hand_over && !replay->is_handing && !replay->doubt->is_any && replay->nr_steps >= HAND_OVER_STEPS)
		start_handing(replay);
	replay->nr_steps++;
	if (replay->is_armed && !replay->doubt->is_any)
		listen_no_more(replay);
	return is_pause ? pause_for_others(replay) : RC_OK;
}

void loop_hold(void *context, const struct mem_op *op, op_visitor *visit, void *visiting)
{
	const struct replay *replay = context;

	if (replay->is_handing)
		handover_hold(replay->handover, visit, visiting);
	else
		visit(visiting, op);
}

void loop_resume(void *context)
{
	const struct replay *replay = context;

	if (replay->is_handing)
		handover_resume(replay->handover);
}

void loop_end(struct replay *replay)
{
	loop_tell_containers(replay);
	listen(replay);
	note_bounds(replay);
}

struct op_listener loop_listener(struct replay *replay)
{
	const struct replay_options *options = replay->options;

	return (struct op_listener){
		.context = replay, .rules = options->rules, .nr_rules = options->nr_rules, .op = on_op,
		.place = &replay->place, .pace = &replay->pace,
		.soon = on_soon, .process = on_process, .loss = on_loss, .advance = on_advance, .directive = loop_direct,
		.counter = options->watch && options->watch->counter ? on_counter : NULL,
	};
}
