// SPDX-License-Identifier: GPL-2.0-or-later
/* A replay: what it takes, made and shared among threads; what came of it, written. */
#include "replay/replay.h"

#include "base/xalloc.h"
#include "replay/loop.h"
#include "replay/runs.h"
#include "replay/totals.h"

#include <stdlib.h>
#include <unistd.h>

size_t replay_members(const struct replay_options *options)
{
	size_t nr_models = 0;

	while (options->models[nr_models])
		nr_models++;
	return nr_models * (options->nr_scenarios * replay_runs(options) + 1);
}

/* Each rebuilds the facts, which pays from two scenarios each on. */
size_t replay_threads(const struct replay_options *options, const struct op_source *source)
{
	size_t nr = options->nr_threads, most = source->class->share ? options->nr_scenarios * replay_runs(options) : 1;

	if (!nr) {
		nr = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
		most /= 2;
	}
	nr = nr < most ? nr : most;
	return nr ? nr : 1;
}

/* The worlds as recorded ask the facts nothing, but where a text changes limits or somebody looks on. */
bool replay_may_hand_over(const struct replay_options *options, const struct op_source *source)
{
	bool has_thread = options->nr_threads ? options->nr_threads > 1 : sysconf(_SC_NPROCESSORS_ONLN) > 1;

	return has_thread && source->class->share && !options->nr_scenarios && !options->watch &&
	       !options->check_invariants;
}

/* One thread where no more can be had. */
static void share_source(struct replay *replay, struct op_source ***shares)
{
	replay->nr_parts = replay_threads(replay->options, replay->source);
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
		.hierarchy = &replay->hierarchy, .hold = loop_hold, .resume = loop_resume, .context = replay });
	replay->may_hand_over = replay_may_hand_over(replay->options, replay->source);
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
		size_t nth = replay_played(replay, scenario, i);

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

static void release(struct replay *replay)
{
	for (size_t i = 0; i + 1 < replay->nr_parts; i++)
		helper_destroy(replay->helpers[i]);
	handover_end(replay->handover);
	free(replay->helpers);
	free(replay->parts);
	worlds_destroy(replay->worlds);
	for (size_t i = 0; i < replay->nr_models; i++)
		bounds_destroy(replay->bounds[i]);
	bills_destroy(replay->bills);
	free(replay->bounds);
	free(replay->recorded);
	hierarchy_release(&replay->hierarchy);
	container_settings_release(&replay->settings);
}

enum status replay_run(struct op_source *source, const struct replay_options *options,
		       struct sink *sink, struct replay_summary *summary, struct error *err)
{
	const struct trace_info *info = source->class->info(source);
	struct replay replay = { .options = options, .source = source, .sink = sink, .err = err };
	const struct op_listener listener = loop_listener(&replay);
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
	if (status) {
		free(shares);
		free(replay.helpers);
		free(replay.parts);
		return status;
	}
	replay.doubt = source->class->doubt(source);
	replay.containers = source->class->containers(source);
	if (options->model_rules.chosen[SWITCH_CGROUP2_SETTINGS] == CGROUP2_SETTINGS_RECORDED)
		container_settings_read(&replay.settings, info);
	create_worlds(&replay, shares, interval_ns);
	free(shares);
	if (!options->begin_ns)
		loop_arm(&replay);
	status = source->class->run(source, err);
	loop_end(&replay);
	if (!replay.status)
		replay.status = status;
	if (!replay.status)
		replay.status = totals_check_patterns(options, replay.containers, err);
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
	release(&replay);
	return replay.status;
}
