// SPDX-License-Identifier: GPL-2.0-or-later
/* A world: its operations, its limits, what comes of it. */
#include "replay/world.h"

#include "base/status.h"
#include "base/xalloc.h"
#include "replay/world_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int world_resource(const struct model_class *model, const char *name)
{
	for (int i = 0; model->resources[i]; i++)
		if (!strcmp(model->resources[i], name))
			return i;
	return -1;
}

bool world_config_limits(const struct world_config *config)
{
	if (config->spec && config->spec->is_written)
		return true;
	for (size_t i = 0; config->spec && i < config->spec->nr_limits; i++)
		if (world_resource(config->model, config->spec->limits[i].resource) >= 0)
			return true;
	return false;
}

void world_make_outcomes(struct world *world, uint32_t last)
{
	while (world->nr_containers <= last) {
		xgrow(&world->containers, world->nr_containers, &world->containers_capacity,
		      sizeof(*world->containers));
		world->containers[world->nr_containers] = (struct container_outcome){ .watched = UINT64_MAX };
		for (int i = 0; i < MAX_RESOURCES; i++)
			world->containers[world->nr_containers].limits[i] = (struct resource_limit){
				.barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED };
		world->nr_containers++;
	}
}

uint32_t world_nr_resources(const struct world *world)
{
	return world->nr_resources;
}

uint32_t world_nr_containers(const struct world *world)
{
	return (uint32_t)world->nr_containers;
}

bool world_is_limited(const struct world *world, uint32_t resource, uint32_t container)
{
	return container < world->nr_containers && world->containers[container].limits[resource].is_limited;
}

/* What it holds with all that lies below it: what its limit is for. */
uint64_t world_usage(const struct world *world, uint32_t resource, uint32_t container)
{
	uint64_t below = container < world->nr_containers ? world->containers[container].below[resource] : 0;

	return world_counters(world, resource, container)->held + below;
}

void world_watch_usage(struct world *world, uint32_t container, uint64_t pages)
{
	world_outcome(world, container)->watched = pages;
}

void world_tell_touched(struct world *world, struct touched *touched)
{
	world->touched = touched;
}

bool world_take_mark(struct world *world)
{
	bool is_marked = world->is_marked;

	world->is_marked = false;
	return is_marked;
}

void world_note_above(struct world *world, uint32_t resource, uint32_t above, uint64_t change)
{
	for (; above; above = hierarchy_parent(world->config.hierarchy, above)) {
		struct container_outcome *outcome = world_outcome(world, above);

		outcome->below[resource] += change;	/* modulo 2^64 where it falls */
		world_note_usage(world, outcome, resource, above, world_counters(world, resource, above)->held);
	}
}

void world_note(struct world *world, uint32_t resource, uint32_t container)
{
	world_note_held(world, world_outcome(world, container), resource, container,
			world_counters(world, resource, container)->held);
}

/* A container was seen between others: what lies below each is summed up anew. */
static void sum_below(struct world *world)
{
	if (world->touched)
		world->touched->is_rest = true;
	for (uint32_t i = 0; i < world->nr_containers; i++)
		memset(world->containers[i].below, 0, sizeof(world->containers[i].below));
	for (uint32_t i = 1; i < world->nr_containers; i++) {
		uint32_t above = i;

		while ((above = hierarchy_parent(world->config.hierarchy, above)))
			for (uint32_t r = 0; r < world->nr_resources; r++)
				world_outcome(world, above)->below[r] += world_outcome(world, i)->noted[r];
	}
}

void world_set_void(struct world *world, uint32_t mm, bool value)
{
	if (mm >= world->nr_mms) {
		size_t nr = mm * 2 + 64;

		world->is_void = xrealloc(world->is_void, nr, sizeof(*world->is_void));
		memset(world->is_void + world->nr_mms, 0, nr - world->nr_mms);
		world->nr_mms = nr;
	}
	world->is_void[mm] = value;
	world->has_void |= value;
}

void world_note_anomaly(struct world *world)
{
	struct anomaly *anomaly = &world->model->anomaly;

	world_incident(world, anomaly->container, INCIDENT_ANOMALY, anomaly->pages, world->op->mm, anomaly->text);
	anomaly->text = NULL;
}

void world_reserve(struct world *world, uint32_t nr_pages)
{
	if (!world->wants_pages || nr_pages <= world->nr_rows)
		return;
	records_reserve(&world->rows, nr_pages - 1);
	world->nr_rows = nr_pages;
}

const struct records *world_rows(const struct world *world)
{
	return world->rows.follows ? NULL : &world->rows;
}

void world_forget(struct world *world, uint32_t page)
{
	const struct residence *r;

	if (!world->wants_pages)
		return;
	r = world_residence(world, page);
	if (r->is_dirtied | r->is_tail | r->has_come_round)
		world_forget_beside(world, page);
	record_clear(&world->rows, page);
}

static void flush_stats(struct world *world, uint64_t now_ns)
{
	uint64_t every_ns = world->config.options->machine.stats_ns;

	world->policy->class->flush_stats(world->policy);
	world->stats_due_ns = now_ns - (now_ns - world->config.begin_ns) % every_ns + every_ns;
}

void world_come_due(struct world *world, uint64_t now_ns)
{
	uint64_t due_ns;

	if (world->seq >> RES_SEQ_BITS)
		bug("more than 2^%d operations: a page has no room for their numbers", RES_SEQ_BITS);
	for (uint32_t i = 0; i < world->nr_resources && world->config.sink; i++)
		series_advance(&world->series[i], now_ns);
	if (now_ns >= world->stats_due_ns)
		flush_stats(world, now_ns);
	due_ns = world->stats_due_ns;
	for (uint32_t i = 0; i < world->nr_resources && world->config.sink; i++)
		if (world->series[i].step_end_ns < due_ns)
			due_ns = world->series[i].step_end_ns;
	world->due_ns = due_ns;
}

void world_call_op(struct world *world, struct mem_op *op)
{
	world_begin_op(world, op);
	if (op->kind >= OP_MM_NEW && op->kind <= OP_MM_GONE)
		world_mm_op(world, op);
	else if (op->mm && world_is_void(world, op->mm))
		world_outcome(world, op->container)->void_ops++;
	else
		world_range_op(world, op);
	if (world->model->anomaly.text)
		world_note_anomaly(world);
}

bool world_wants_pages(const struct world *world)
{
	return world->wants_pages;
}

static bool is_meant(const struct scenario_limit *limit, const struct containers *containers, uint32_t container)
{
	const struct container *c = &containers->all[container];

	return container_matches(limit->pattern, container, c->name, c->path);
}

uint64_t world_config_threshold(const struct world_config *config, const struct containers *containers, uint32_t container)
{
	const struct scenario_spec *spec = config->spec;
	uint64_t threshold = PAGES_UNLIMITED;

	for (size_t i = 0; spec && i < spec->nr_limits; i++) {
		const struct scenario_limit *limit = &spec->limits[i];

		if (world_resource(config->model, limit->resource) >= 0 && is_meant(limit, containers, container))
			threshold = limit->barrier_pages < limit->limit_pages ? limit->barrier_pages : limit->limit_pages;
	}
	return threshold;
}

void world_set_limits(struct world *world, uint32_t container)
{
	for (uint32_t i = 0; i < world->nr_resources; i++) {
		const struct resource_limit *limit = &world_outcome(world, container)->limits[i];

		if (limit->is_limited && world->is_armed)
			world->config.model->set_limit(world->model, i, container, limit->barrier, limit->limit);
	}
}

/* What the container was set to beside its limits, in worlds whose policy knows of that. */
static void find_settings(struct world *world, const struct container *container, struct container_outcome *outcome)
{
	const struct container_setting *setting =
		world->is_modern ? container_settings_of(world->config.settings, container->path) : NULL;

	if (!setting)
		return;
	outcome->min = setting->min;
	outcome->low = setting->low;
	outcome->swap_max = setting->swap_max;
	outcome->has_swap_max = setting->swap_max != UINT64_MAX;
	world->has_swap_max |= outcome->has_swap_max;
	if (setting->min || setting->low)
		world_host_protect(world);
}

void world_find_limits(struct world *world, const struct containers *containers, uint32_t container)
{
	struct container_outcome *outcome = world_outcome(world, container);
	const struct scenario_spec *spec = world->config.spec;

	outcome->is_v1 = containers->all[container].is_v1;
	for (uint32_t i = 0; i < world->nr_resources; i++)
		outcome->limits[i] = (struct resource_limit){ .barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED };
	for (size_t i = 0; spec && i < spec->nr_limits; i++) {
		const struct scenario_limit *limit = &spec->limits[i];
		int resource = world_resource(world->config.model, limit->resource);

		if (resource >= 0 && is_meant(limit, containers, container))
			outcome->limits[resource] = (struct resource_limit){
				.barrier = limit->barrier_pages, .limit = limit->limit_pages, .is_limited = true };
	}
	find_settings(world, &containers->all[container], outcome);
	world_set_limits(world, container);
}

void world_containers(struct world *world, const struct containers *containers)
{
	for (uint32_t i = world->nr_containers; i < containers->nr; i++)
		world_find_limits(world, containers, i);
	/* Also of those there were: a parent may be seen after what lies in it. */
	for (uint32_t i = 0; i < world->nr_containers; i++)
		world->containers[i].parent = hierarchy_parent(world->config.hierarchy, i);
	sum_below(world);
}

void world_arm(struct world *world)
{
	world->is_armed = true;
	for (uint32_t i = 0; i < world->nr_containers; i++)
		world_set_limits(world, i);
	world->config.model->reset_counters(world->model);
	for (uint32_t i = 0; i < world->nr_containers; i++)
		for (uint32_t r = 0; r < world->nr_resources; r++)
			world_outcome(world, i)->most[r] = world_usage(world, r, i);
}

const char *world_check(struct world *world, bool is_full)
{
	uint64_t sum = 0;
	const char *broken;

	for (uint32_t i = 0; i < world->nr_containers; i++)
		sum += world_held(world, i);
	if (world->config.model->charges_mapped && !world->model->loses_count && sum != world->nr_mapped)
		return "R1: the sum of usage is not the number of mapped pages";
	if (!is_full)
		return NULL;
	broken = world->config.model->check(world->model, world->config.facts->class->nr_pages(world->config.facts));
	for (uint32_t i = 0; i < world->nr_containers && !broken && world->policy && !world->model->loses_count; i++)
		broken = world->policy->class->check(world->policy, i, world_pages(world, i));
	return broken;
}

static int64_t pages_or_none(uint64_t pages)
{
	return pages == PAGES_UNLIMITED ? ROW_NONE : (int64_t)pages;
}

static enum status write_limit(struct world *world, uint32_t resource, uint32_t container, struct error *err)
{
	const struct resource_limit *limit = &world_outcome(world, container)->limits[resource];

	if (!limit->is_limited)
		return RC_OK;
	return world->config.sink->class->put(world->config.sink, &(struct row){
		.kind = ROW_LIMIT,
		.limit = {
			.scenario = world->config.scenario, .container = container,
			.resource = world->config.model->resources[resource],
			.barrier_pages = pages_or_none(limit->barrier), .limit_pages = pages_or_none(limit->limit),
		},
	}, err);
}

/* NULL: nothing was lost. */
static const struct bounds *bounds_at(const struct world *world)
{
	const struct bounds *bounds = world->config.bounds ? *world->config.bounds : NULL;

	return bounds && bounds_first_gap(bounds) != UINT64_MAX ? bounds : NULL;
}

/* Whether it is as recorded here, with or without the lost records: no limit is reached, and no reclaim undone. */
static bool is_as_recorded(const struct world *world)
{
	return world->config.scenario == 0 || (!world->has_undone && bounds_fit(bounds_at(world), world));
}

/* Whether refusals, kills and denied calls are what they would be with the lost records. */
static bool is_verdict_sure(const struct world *world)
{
	const struct bounds *bounds = bounds_at(world);

	return !bounds || (world->diverged_ns && world->diverged_ns < bounds_first_gap(bounds)) ||
	       (!world->has_undone && bounds_fit(bounds, world));
}

/* What the undamaged recording would have brought out here. */
static struct bound bound_of(struct world *world, uint32_t resource, uint32_t container, uint64_t maxheld)
{
	uint64_t held = world_usage(world, resource, container);
	uint64_t limit = world_outcome(world, container)->limits[resource].limit;

	if (!bounds_at(world))
		return (struct bound){ held, held, maxheld, maxheld };
	if (is_as_recorded(world))
		return bounds_of(bounds_at(world), resource, container);
	/* A limit may have been reached or not: reclaim and kills hide the rest. So does reclaim whose record was lost. */
	return (struct bound){ 0, limit, 0, limit };
}

/* Of a container that is known there. */
static int64_t failures(const struct world *world, uint32_t resource, uint32_t container)
{
	return (int64_t)(world_counters(world, resource, container)->failcnt +
			 world->containers[container].failcnt_below);
}

void world_outcome_row(struct world *world, uint32_t resource, uint32_t container, struct row *row)
{
	const struct container_outcome *outcome = world_outcome(world, container);
	const struct container_outcome *assumed =
		world->assumed && container < world->assumed->nr_containers ? &world->assumed->containers[container] : NULL;
	const struct resource_limit *limit = &outcome->limits[resource];
	const struct model_counters *c = world_counters(world, resource, container);
	/* maxheld counts what an operation held in between; with others below, what was seen after each. */
	uint64_t maxheld = outcome->most[resource] > c->maxheld ? outcome->most[resource] : c->maxheld;
	struct bound bound = bound_of(world, resource, container, maxheld);

	*row = (struct row){
		.kind = ROW_OUTCOME,
		.outcome = {
			.scenario = world->config.scenario, .container = container,
			.resource = world->config.model->resources[resource],
			.barrier_pages = pages_or_none(limit->barrier), .limit_pages = pages_or_none(limit->limit),
			.held_pages = world_usage(world, resource, container), .maxheld_pages = maxheld, .transient_pages = c->transient,
			.failcnt = c->failcnt + outcome->failcnt_below, .reclaim_calls = outcome->reclaim_calls,
			.reclaim_successes = c->reclaims, .scanned_pages = outcome->scanned,
			.uncharged_pages = outcome->uncharged, .reclaimed_pages = outcome->reclaimed,
			.swapped_out_pages = outcome->swapped_out, .refaulted_pages = outcome->refaulted,
			.oom_kills = outcome->oom_kills, .denied_calls = outcome->denied[resource],
			.reclaimed_assumed = assumed ? (int64_t)assumed->reclaimed : ROW_NONE,
			.swapped_out_assumed = assumed ? (int64_t)assumed->swapped_out : ROW_NONE,
			.refaulted_assumed = assumed ? (int64_t)assumed->refaulted : ROW_NONE,
			.oom_kills_assumed = assumed ? (int64_t)assumed->oom_kills : ROW_NONE,
			.denied_calls_assumed = assumed ? (int64_t)assumed->denied[resource] : ROW_NONE,
			.refaulted_anon = outcome->refaulted_anon,
			.refaulted_anon_assumed = assumed ? (int64_t)assumed->refaulted_anon : ROW_NONE,
			.failcnt_assumed = assumed ? failures(world->assumed, resource, container) : ROW_NONE,
			.scanned_assumed = assumed ? (int64_t)assumed->scanned : ROW_NONE,
			.void_ops = outcome->void_ops,
			.held_low = (int64_t)bound.held_low, .held_high = pages_or_none(bound.held_high),
			.maxheld_low = (int64_t)bound.maxheld_low, .maxheld_high = pages_or_none(bound.maxheld_high),
			.verdict_stands = is_verdict_sure(world),
			.diverged_ns = world->diverged_ns ? (int64_t)world->diverged_ns : ROW_NONE,
			.evidence = outcome->page_time ? (double)outcome->seen_time / (double)outcome->page_time : 0.0,
		},
	};
}

static enum status write_outcome(struct world *world, uint32_t resource, uint32_t container, struct error *err)
{
	struct row row;

	world_outcome_row(world, resource, container, &row);
	return world->config.sink->class->put(world->config.sink, &row, err);
}

static enum status finish_resource(struct world *world, uint32_t resource, uint64_t end_ns, struct error *err)
{
	const struct world_config *config = &world->config;
	const char *name = config->model->resources[resource];
	enum status status = series_finish(&world->series[resource], end_ns, config->sink, config->scenario, name, err);

	if (!status)
		status = incidents_finish(&world->incidents[resource], config->sink, config->scenario, name, err);
	for (uint32_t i = 0; i < world->nr_containers && !status; i++)
		status = write_limit(world, resource, i, err);
	for (uint32_t i = 0; i < world->nr_containers && !status; i++)
		status = write_outcome(world, resource, i, err);
	return status;
}

enum status world_finish(struct world *world, uint64_t end_ns, struct error *err)
{
	enum status status = RC_OK;

	for (uint32_t i = 0; i < world->nr_containers; i++)
		world_note_time(&world->containers[i], world_pages(world, i), end_ns);
	for (uint32_t i = 0; i < world->nr_resources && !status; i++)
		status = finish_resource(world, i, end_ns, err);
	return status;
}
