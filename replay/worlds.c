// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is played, who follows, and who leaves when. */
#include "replay/worlds.h"

#include "base/xalloc.h"

#include <stdlib.h>

/*
 * More than an operation charges to one container, but for kernel memory and large folios, which say how
 * much: a page or two, slab for it, and stock charged ahead (64 pages, for each of them).
 */
#define MARGIN_PAGES 512
#define SOON_ROWS 256		/* so many rows stay in a cache until the operations come for which they were fetched */
#define FEW_ROWS 8		/* so few are all there then */
#define LARGE_PAGES 64		/* of these: from here on it is asked whether they fit */

/* One model in one scenario. */
struct member {
	struct world_config config;
	struct world *world, *assumed;	/* its own; NULL while it follows */
	struct leader *leader;		/* NULL = none */
	uint64_t *thresholds;		/* by container, while it follows */
};

/* Is played for all that follow. */
struct leader {
	struct world_config config;
	struct world *world;		/* NULL: it is the world as recorded */
	size_t nr_followers;
};

struct worlds {
	struct worlds_config config;
	const struct containers *containers;	/* NULL = there are none yet */
	size_t nr_thresholds;		/* containers that followers know */
	size_t nr_models, nr_members;
	struct member *members;		/* by scenario, then model */
	struct leader *limited, *unlimited;	/* by model */
	size_t nr_led;			/* leaders of the former that are played */
	struct world **played;
	size_t nr_played, played_capacity;
	struct world **paged;		/* of them: those that want operations on pages */
	size_t nr_paged, paged_capacity;
	const struct records **fetched;	/* rows of these, each line once */
	size_t nr_fetched, fetched_capacity;
	struct record_sharing sharing;
	bool is_as_recorded;		/* some leader still is the world as recorded, and may not stay it */
	bool is_armed;
};

static struct member *member_of(const struct worlds *worlds, size_t scenario, size_t model)
{
	return &worlds->members[scenario * worlds->nr_models + model];
}

static size_t model_of(const struct worlds *worlds, const struct member *member)
{
	return (size_t)(member - worlds->members) % worlds->nr_models;
}

static void fetch_rows_of(struct worlds *worlds, const struct world *world)
{
	const struct records *rows = world_rows(world);

	if (!rows)
		return;
	xgrow(&worlds->fetched, worlds->nr_fetched, &worlds->fetched_capacity, sizeof(struct records *));
	worlds->fetched[worlds->nr_fetched++] = rows;
}

static struct world *play(struct worlds *worlds, struct world *world)
{
	xgrow(&worlds->played, worlds->nr_played, &worlds->played_capacity, sizeof(struct world *));
	worlds->played[worlds->nr_played++] = world;
	if (world_wants_pages(world)) {
		xgrow(&worlds->paged, worlds->nr_paged, &worlds->paged_capacity, sizeof(struct world *));
		worlds->paged[worlds->nr_paged++] = world;
		fetch_rows_of(worlds, world);
	}
	return world;
}

/* --- leaving --- */

/* It follows nobody any more. */
static void part(struct member *member)
{
	member->leader = NULL;
	free(member->thresholds);
	member->thresholds = NULL;
}

/* One that cannot follow, or no longer. `from`: its leader's world, NULL = it begins now. */
static void leave(struct worlds *worlds, struct member *member, struct world *from)
{
	struct world_config assumed = member->config;
	bool is_last = from && !--member->leader->nr_followers;

	if (worlds->config.options->leaves && member->config.scenario) {
		worlds->config.options->leaves[member - worlds->members] = true;
		part(member);
		return;
	}
	assumed.is_assumed = true;
	assumed.sink = NULL;
	if (world_config_may_assume(&member->config)) {
		member->assumed = play(worlds, from ? world_fork(from, &assumed, worlds->containers) :
					       world_create(&assumed));
	}
	if (is_last) {
		member->leader->world = NULL;
		worlds->nr_led--;
		member->world = from;
		world_become(from, &member->config, worlds->containers);
	} else {
		member->world = play(worlds, from ? world_fork(from, &member->config, worlds->containers) :
					     world_create(&member->config));
	}
	if (member->assumed)
		world_set_assumed(member->world, member->assumed);
	part(member);
}

/* Whether `more` pages might bring some container within the margin. */
static bool is_near(const struct worlds *worlds, const struct member *member, uint64_t more)
{
	for (uint32_t i = 0; i < worlds->nr_thresholds; i++) {
		uint64_t room = member->thresholds[i];

		if (room == PAGES_UNLIMITED)
			continue;
		room -= room < MARGIN_PAGES ? room : MARGIN_PAGES;
		if (room < more || world_usage(member->leader->world, 0, i) >= room - more)
			return true;
	}
	return false;
}

/* The leader is marked by the first operation after which somebody might have to leave. */
static void watch(struct worlds *worlds, struct leader *leader)
{
	size_t model = (size_t)(leader - worlds->limited);

	for (uint32_t i = 0; i < worlds->nr_thresholds && leader->world; i++) {
		uint64_t least = PAGES_UNLIMITED;

		for (size_t m = model; m < worlds->nr_members; m += worlds->nr_models) {
			const struct member *member = &worlds->members[m];

			if (member->leader == leader && member->thresholds[i] < least)
				least = member->thresholds[i];
		}
		if (least != PAGES_UNLIMITED)
			least -= least < MARGIN_PAGES + 1 ? least : MARGIN_PAGES + 1;
		world_watch_usage(leader->world, i, least);
	}
}

static void let_go(struct worlds *worlds, struct leader *leader, uint64_t more)
{
	size_t model = (size_t)(leader - worlds->limited), nr = leader->nr_followers;

	for (size_t m = model; m < worlds->nr_members; m += worlds->nr_models) {
		struct member *member = &worlds->members[m];

		if (member->leader == leader && is_near(worlds, member, more))
			leave(worlds, member, leader->world);
	}
	if (leader->nr_followers != nr)
		watch(worlds, leader);
}

/* An operation comes that the world as recorded and its followers do not both play. */
static void part_from_recorded(struct worlds *worlds)
{
	worlds->is_as_recorded = false;
	for (size_t i = 0; i < worlds->nr_models; i++) {
		struct leader *leader = &worlds->unlimited[i];

		if (leader->nr_followers && !leader->world)
			leader->world = play(worlds, world_fork(worlds->members[i].world, &leader->config,
								worlds->containers));
	}
}

/* --- life --- */

/*
 * Follows if it can: what refuses without a policy denies calls of any size, what a text limits is not known
 * yet, and where invariants are checked each world is played, which shows that following changes nothing.
 */
static void settle(struct worlds *worlds, struct member *member)
{
	size_t model = model_of(worlds, member);
	bool is_limited = world_config_limits(&member->config);
	struct leader *leader = is_limited ? &worlds->limited[model] : &worlds->unlimited[model];

	if (!member->config.scenario || (is_limited && !member->config.has_policy) ||
	    member->config.options->check_invariants || (member->config.spec && member->config.spec->is_written)) {
		leave(worlds, member, NULL);
		return;
	}
	member->leader = leader;
	if (leader->nr_followers++)
		return;
	leader->config = member->config;
	leader->config.spec = NULL;
	leader->config.is_assumed = world_config_may_assume(&member->config);
	worlds->nr_led += is_limited;
	if (is_limited || worlds->config.first)
		leader->world = play(worlds, world_create(&leader->config));
	else
		worlds->is_as_recorded = !member->config.options->keeps_reclaim;
}

struct worlds *worlds_create(const struct worlds_config *config)
{
	const struct replay_options *options = config->options;
	struct worlds *worlds = xcalloc(1, sizeof(*worlds));

	worlds->config = *config;
	while (options->models[worlds->nr_models])
		worlds->nr_models++;
	worlds->nr_members = replay_members(options);
	worlds->members = xcalloc(worlds->nr_members, sizeof(*worlds->members));
	worlds->limited = xcalloc(worlds->nr_models, sizeof(*worlds->limited));
	worlds->unlimited = xcalloc(worlds->nr_models, sizeof(*worlds->unlimited));
	for (size_t i = 0; i < worlds->nr_members; i++) {
		struct world_config *member = &worlds->members[i].config;
		size_t played = i / worlds->nr_models, of_all = played ? (played - 1) / replay_runs(options) : 0;

		*member = (struct world_config){
			.scenario = played ? (uint32_t)of_all + 1 : 0, .spec = played ? &options->scenarios[of_all] : NULL,
			.run = played ? (uint32_t)((played - 1) % replay_runs(options)) : 0,
			.model = options->models[i % worlds->nr_models], .options = options,
			.facts = config->facts, .hierarchy = config->hierarchy, .settings = config->settings, .sink = config->sink,
			.begin_ns = config->begin_ns, .interval_ns = config->interval_ns, .sharing = &worlds->sharing,
			.bounds = &config->bounds[i % worlds->nr_models],
		};
		member->has_policy = member->model->policy && world_config_limits(member);
		if (played % worlds->config.nr_parts == worlds->config.first)
			settle(worlds, &worlds->members[i]);
	}
	return worlds;
}

void worlds_destroy(struct worlds *worlds)
{
	if (!worlds)
		return;
	for (size_t i = 0; i < worlds->nr_played; i++)
		world_destroy(worlds->played[i]);
	for (size_t i = 0; i < worlds->nr_members; i++)
		free(worlds->members[i].thresholds);
	free(worlds->members);
	free(worlds->limited);
	free(worlds->unlimited);
	free(worlds->played);
	free(worlds->paged);
	free(worlds->fetched);
	free(worlds);
}

static void let_all_go(struct worlds *worlds, uint64_t more)
{
	for (size_t i = 0; i < worlds->nr_models; i++)
		if (worlds->limited[i].world)
			let_go(worlds, &worlds->limited[i], more);
}

static void watch_all(struct worlds *worlds)
{
	for (size_t i = 0; i < worlds->nr_models; i++)
		watch(worlds, &worlds->limited[i]);
	let_all_go(worlds, 0);
}

void worlds_containers(struct worlds *worlds, const struct containers *containers)
{
	worlds->containers = containers;
	for (size_t i = 0; i < worlds->nr_played; i++)
		world_containers(worlds->played[i], containers);
	for (size_t i = 0; i < worlds->nr_members; i++) {
		struct member *member = &worlds->members[i];

		if (!member->leader || !member->config.has_policy)
			continue;
		member->thresholds = xrealloc(member->thresholds, containers->nr, sizeof(*member->thresholds));
		for (size_t c = worlds->nr_thresholds; c < containers->nr; c++)
			member->thresholds[c] = world_config_threshold(&member->config, containers, (uint32_t)c);
	}
	worlds->nr_thresholds = containers->nr;
	if (worlds->is_armed)
		watch_all(worlds);
}

void worlds_arm(struct worlds *worlds)
{
	worlds->is_armed = true;
	for (size_t i = 0; i < worlds->nr_played; i++)
		world_arm(worlds->played[i]);
	watch_all(worlds);
}

void worlds_reserve(struct worlds *worlds, uint32_t nr_pages)
{
	for (size_t i = 0; i < worlds->nr_played; i++)
		world_reserve(worlds->played[i], nr_pages);
}

/* What an operation says it charges; slab of a folio that is written: far less than it. */
static uint64_t said_pages(const struct mem_op *op)
{
	uint64_t slab = op->kind == OP_KERNEL_CHARGE ? op->slab / 4096 : op->pages;

	if (op->kind != OP_KERNEL_CHARGE && op->kind != OP_CACHE_ADD)
		return 0;
	return op->pages + slab < op->pages ? UINT64_MAX : op->pages + slab;
}

static inline __attribute__((always_inline)) void fetch(const struct worlds *worlds, uint32_t page)
{
	for (size_t i = 0; i < worlds->nr_fetched; i++)
		if (page < worlds->fetched[i]->nr)
			record_prefetch(worlds->fetched[i], page);
}

void worlds_soon(const struct worlds *worlds, uint32_t page)
{
	if (worlds->nr_fetched <= SOON_ROWS)
		fetch(worlds, page);
}

/* Whom the operation, or the one before, might bring near to a limit. */
static void let_near_go(struct worlds *worlds, const struct mem_op *op)
{
	if (said_pages(op) > LARGE_PAGES && worlds->is_armed)
		let_all_go(worlds, said_pages(op));
	for (size_t i = 0; i < worlds->nr_models; i++)
		if (worlds->limited[i].world && world_take_mark(worlds->limited[i].world))
			let_go(worlds, &worlds->limited[i], 0);
}

static void play_on_pages(const struct worlds *worlds, struct mem_op *op)
{
	world_short_way *go_short_way = world_short_way_of(op);

	for (size_t i = 0; i < worlds->nr_paged; i++)
		if (!go_short_way || !go_short_way(worlds->paged[i], op))
			world_page_op(worlds->paged[i], op);
}

void worlds_op(struct worlds *worlds, struct mem_op *op)
{
	if (worlds->is_as_recorded && (op->by || op->is_out))
		part_from_recorded(worlds);
	if (worlds->nr_led)
		let_near_go(worlds, op);
	if (!mem_op_is_of_pages(op)) {
		for (size_t i = 0; i < worlds->nr_played; i++)
			world_call_op(worlds->played[i], op);
		return;
	}
	/* Their rows lie far apart: waiting for the first, all are on their way. Of few worlds they are there already. */
	if (op->page && worlds->nr_fetched > FEW_ROWS)
		fetch(worlds, op->page);
	play_on_pages(worlds, op);
}

void worlds_forget(struct worlds *worlds, uint32_t page)
{
	for (size_t i = 0; i < worlds->nr_paged; i++)
		world_forget(worlds->paged[i], page);
}

const char *worlds_check(struct worlds *worlds, bool is_full)
{
	const char *broken = NULL;

	for (size_t i = 0; i < worlds->nr_played && !broken; i++)
		broken = world_check(worlds->played[i], is_full);
	return broken;
}

struct world *worlds_own(const struct worlds *worlds, size_t scenario, size_t model)
{
	return member_of(worlds, scenario, model)->world;
}

struct world *worlds_assumed(const struct worlds *worlds, size_t scenario, size_t model)
{
	return member_of(worlds, scenario, model)->assumed;
}

/* --- the end --- */

void worlds_end(struct worlds *worlds, uint64_t end_ns)
{
	for (size_t i = 0; i < worlds->nr_members; i++)
		if (worlds->members[i].assumed)
			world_assume_end(worlds->members[i].assumed, end_ns);
}

/* Who follows to the end has the leader's figures under its own number and limits; assumed uses evicted nothing. */
struct world *worlds_ended(struct worlds *worlds, size_t scenario, size_t model)
{
	const struct member *member = member_of(worlds, scenario, model);
	struct world *world = member->world;

	if (!world) {
		world = member->leader->world ? member->leader->world : worlds->members[model].world;
		world_become(world, &member->config, worlds->containers);
		world_set_assumed(world, world_config_may_assume(&member->config) ? world : NULL);
	}
	return world;
}

uint64_t worlds_row_bytes(const struct worlds *worlds)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < worlds->nr_members; i++) {
		const struct world_config *config = &worlds->members[i].config;

		bytes += world_config_row_bytes(config) * (1 + world_config_may_assume(config));
	}
	return bytes;
}

uint64_t worlds_beside_bytes(const struct worlds *worlds)
{
	uint64_t most = 0;

	for (size_t i = 0; i < worlds->nr_played; i++) {
		uint64_t bytes = world_beside_bytes(worlds->played[i]);

		most = most > bytes ? most : bytes;
	}
	return most;
}
