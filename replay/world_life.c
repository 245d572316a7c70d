// SPDX-License-Identifier: GPL-2.0-or-later
/* A world begins: anew, or with the past of another. */
#include "replay/world.h"

#include "base/xalloc.h"
#include "replay/world_state.h"

#include <assert.h>
#include <stdlib.h>

static size_t aligned(size_t bytes, size_t to)
{
	return (bytes + to - 1) / to * to;
}

static const struct policy_class *policy_of(const struct world_config *config)
{
	const struct model_class *model = config->model;

	if (!model->policy || !config->has_policy)
		return NULL;
	return policy_by_name(model->other_policy ? model->other_policy(&config->options->model_rules) : model->policy);
}

bool world_config_may_assume(const struct world_config *config)
{
	return policy_of(config) && policy_of(config)->is_modern;
}

void world_set_assumed(struct world *world, const struct world *assumed)
{
	world->assumed = assumed;
}

/* A model of reservations alone needs no row a page. */
static bool wants_pages(const struct world_config *config)
{
	return !config->model->wants_pages || config->model->wants_pages(&config->options->model_rules) ||
	       (config->spec && config->spec->is_written);
}

/* Where the parts of a row are. */
struct layout {
	size_t model, policy, reuse, bytes;
};

static struct layout layout_of(const struct world_config *config)
{
	const struct policy_class *policy = policy_of(config);
	bool is_modern = policy && policy->is_modern;
	struct layout layout = { .model = sizeof(struct residence) };

	layout.policy = aligned(layout.model + config->model->page_bytes, 4);
	layout.reuse = layout.bytes = aligned(layout.policy + (policy ? policy->page_bytes : 0), 4);
	if (is_modern && config->options->reuse_ns) {
		layout.reuse = aligned(layout.bytes, 8);
		layout.bytes = layout.reuse + sizeof(uint64_t);
	}
	return layout;
}

size_t world_config_row_bytes(const struct world_config *config)
{
	return wants_pages(config) ? layout_of(config).bytes : 0;
}

size_t world_config_list_bytes(const struct world_config *config)
{
	const struct policy_class *policy = policy_of(config);

	return policy ? policy->list_bytes : 0;
}

size_t world_beside_bytes(const struct world *world)
{
	return (world->dirtied.nr_slots + world->folios.nr_slots) * sizeof(struct map64_slot);
}

/* Few worlds are played of those without limits. */
static void init_rows(struct world *world)
{
	size_t row_bytes = world_config_row_bytes(&world->config);

	if (world->config.sharing && world->config.has_policy)
		records_init_beside(&world->rows, row_bytes, world->config.sharing);
	else
		records_init(&world->rows, row_bytes);
}

static void lay_out(struct world *world)
{
	const struct world_config *config = &world->config;
	struct layout layout = layout_of(config);

	world->wants_pages = wants_pages(config);
	world->is_modern = world_config_may_assume(config);
	world->has_short_ways = config->model->charge_fresh && !config->options->check_invariants && !config->options->reuse_ns;
	world->model_offset = layout.model;
	world->policy_offset = layout.policy;
	world->reuse_offset = layout.reuse;
	init_rows(world);
}

static struct model_config model_config_of(struct world *world)
{
	return (struct model_config){ .pages = &world->rows, .offset = world->model_offset,
				      .rules = world->config.options->model_rules };
}

static struct policy_config policy_config_of(struct world *world)
{
	return (struct policy_config){ .pages = &world->rows, .offset = world->policy_offset, .host = &world->host,
				       .machine = &world->config.options->machine,
				       .rules = world->config.options->model_rules };
}

static void set_undoes(struct world *world)
{
	world->undoes_limit = world->config.scenario && !world->config.options->keeps_reclaim;
	world->undoes_machine = world->undoes_limit && world->config.options->undoes_machine;
}

struct world *world_create(const struct world_config *config)
{
	struct world *world = xcalloc(1, sizeof(*world));
	const struct policy_class *policy = policy_of(config);
	struct model_config model_config;
	struct policy_config policy_config;

	world->config = *config;
	world->last_denial = -1;
	lay_out(world);
	set_undoes(world);
	model_config = model_config_of(world);
	world->model = config->model->create(&model_config);
	world_host_init(world);
	policy_config = policy_config_of(world);
	world->policy = policy ? policy->create(&policy_config) : NULL;
	world->stats_due_ns = UINT64_MAX;
	if (policy && policy->flush_stats && config->options->machine.stats_ns)
		world->stats_due_ns = config->begin_ns;
	for (const char *const *resource = config->model->resources; *resource; resource++) {
		uint32_t i = world->nr_resources++;

		assert(i < MAX_RESOURCES);
		series_init(&world->series[i], config->begin_ns, config->interval_ns);
		incidents_init(&world->incidents[i], config->interval_ns);
	}
	return world;
}

void world_become(struct world *world, const struct world_config *config, const struct containers *containers)
{
	world->config = *config;
	set_undoes(world);
	world->is_marked = false;
	world->due_ns = 0;
	for (uint32_t i = 0; i < world->nr_containers && i < containers->nr; i++) {
		world->containers[i].watched = UINT64_MAX;
		world_find_limits(world, containers, i);
	}
	for (uint32_t i = 0; i < world->nr_resources && !config->sink; i++) {
		series_release(&world->series[i]);
		incidents_release(&world->incidents[i]);
		series_init(&world->series[i], config->begin_ns, config->interval_ns);
		incidents_init(&world->incidents[i], config->interval_ns);
	}
}

/* What may hold something in a world that has refused nothing. */
static void copy_state(struct world *world, const struct world *from)
{
	for (uint32_t i = 0; i < world->nr_resources; i++) {
		series_copy(&world->series[i], &from->series[i]);
		incidents_copy(&world->incidents[i], &from->incidents[i]);
	}
	world->is_void = xcopy(from->is_void, from->nr_mms, sizeof(*from->is_void));
	world->is_ending = xcopy(from->is_ending, from->nr_ending, sizeof(*from->is_ending));
	world->containers = xcopy(from->containers, from->nr_containers, sizeof(*from->containers));
	world->containers_capacity = from->nr_containers;
	world->readaheads = xcopy(from->readaheads, from->nr_readaheads, sizeof(*from->readaheads));
	world->readaheads_capacity = from->nr_readaheads;
}

struct world *world_fork(const struct world *from, const struct world_config *config, const struct containers *containers)
{
	struct world *world = xcopy(from, 1, sizeof(*from));
	struct model_config model_config;
	struct policy_config policy_config;

	assert(!from->has_evicted && !from->holes.nr && !from->absent.nr && !from->nr_wakes && !from->diverged_ns);
	assert(config->model == from->config.model && config->has_policy == from->config.has_policy);
	world->absent = world->revived = world->unmaps = (struct map64){ 0 };
	map64_fork(&world->dirtied);
	map64_fork(&world->folios);
	world->touched = NULL;
	world->holes = (struct void_ranges){ 0 };
	world->nr_revived = NULL;
	world->nr_revived_mms = 0;
	world->reuses = NULL;
	world->next_reuse = world->nr_reuses = world->reuses_capacity = 0;
	world->written = NULL;
	world->wakes = NULL;
	world->written_capacity = world->wakes_capacity = 0;
	init_rows(world);
	records_copy(&world->rows, &from->rows, from->nr_rows);
	model_config = model_config_of(world);
	world->model = config->model->fork(from->model, &model_config);
	world_host_init(world);
	policy_config = policy_config_of(world);
	world->policy = from->policy ? from->policy->class->fork(from->policy, &policy_config) : NULL;
	copy_state(world, from);
	world_become(world, config, containers);
	return world;
}

void world_destroy(struct world *world)
{
	if (!world)
		return;
	world->config.model->destroy(world->model);
	if (world->policy)
		world->policy->class->destroy(world->policy);
	for (uint32_t i = 0; i < world->nr_resources; i++) {
		series_release(&world->series[i]);
		incidents_release(&world->incidents[i]);
	}
	records_release(&world->rows);
	map64_release(&world->absent);
	void_ranges_release(&world->holes);
	free(world->is_void);
	free(world->containers);
	free(world->written);
	map64_release(&world->revived);
	map64_release(&world->dirtied);
	map64_release(&world->folios);
	map64_release(&world->unmaps);
	free(world->nr_revived);
	free(world->is_ending);
	free(world->reuses);
	free(world->wakes);
	free(world->readaheads);
	free(world);
}
