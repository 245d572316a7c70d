// SPDX-License-Identifier: GPL-2.0-or-later
/* What a text of operations says to one scenario: its limits, and what is expected of it. */
#include "replay/loop.h"

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

enum status loop_direct(void *context, const struct directive *directive, struct error *err)
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
		loop_tell_containers(replay);
	loop_make_all_rows(replay);
	scenario = scenario_of(replay, directive);
	model = model_of(replay, directive);
	if (model < replay->nr_models) {
		world = worlds_own(replay->worlds, replay_played(replay, scenario, 0), model);
		assumed = worlds_assumed(replay->worlds, replay_played(replay, scenario, 0), model);
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
