// SPDX-License-Identifier: GPL-2.0-or-later
/* What a text of operations says to a world besides operations: limits, reclaim, expectations. */
#include "replay/world_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* --- what a text by hand says --- */

static const struct { const char *name; size_t offset; } counter_figures[] = {
	{ "held", offsetof(struct model_counters, held) },
	{ "maxheld", offsetof(struct model_counters, maxheld) },
	{ "minheld", offsetof(struct model_counters, minheld) },
	{ "transient", offsetof(struct model_counters, transient) },
	{ "failcnt", offsetof(struct model_counters, failcnt) },
	{ "reclaim_successes", offsetof(struct model_counters, reclaims) },
	{ "barrier", offsetof(struct model_counters, barrier) },
	{ "limit", offsetof(struct model_counters, limit) },
};

static const struct { const char *name; size_t offset; } outcome_figures[] = {
	{ "reclaim_calls", offsetof(struct container_outcome, reclaim_calls) },
	{ "scanned", offsetof(struct container_outcome, scanned) },
	{ "uncharged", offsetof(struct container_outcome, uncharged) },
	{ "reclaimed", offsetof(struct container_outcome, reclaimed) },
	{ "swapped_out", offsetof(struct container_outcome, swapped_out) },
	{ "refaulted", offsetof(struct container_outcome, refaulted) },
	{ "oom_kills", offsetof(struct container_outcome, oom_kills) },
	{ "events_max", offsetof(struct container_outcome, events_max) },
	{ "events_high", offsetof(struct container_outcome, events_high) },
	{ "events_oom", offsetof(struct container_outcome, events_oom) },
	{ "activated", offsetof(struct container_outcome, activated) },
	{ "deactivated", offsetof(struct container_outcome, deactivated) },
	{ "scanned_anon", offsetof(struct container_outcome, scanned_anon) },
	{ "refaulted_anon", offsetof(struct container_outcome, refaulted_anon) },
	{ "high_ns", offsetof(struct container_outcome, high_ns) },
	{ "void_ops", offsetof(struct container_outcome, void_ops) },
};

static const struct { const char *name; size_t offset; } stat_figures[] = {
	{ "cache", offsetof(struct model_stat, cache) },
	{ "rss", offsetof(struct model_stat, rss) },
	{ "pgpgin", offsetof(struct model_stat, pgpgin) },
	{ "pgpgout", offsetof(struct model_stat, pgpgout) },
	{ "undrained", offsetof(struct model_stat, undrained) },
	{ "kernel", offsetof(struct model_stat, kernel) },
	{ "stock", offsetof(struct model_stat, stock) },
	{ "swap", offsetof(struct model_stat, swap) },
};

static const struct { const char *name; size_t offset; } reclaim_figures[] = {
	{ "steps", offsetof(struct reclaim_result, steps) },
	{ "looks", offsetof(struct reclaim_result, looks) },
	{ "foreign_looks", offsetof(struct reclaim_result, foreign_looks) },
	{ "scanned", offsetof(struct reclaim_result, scanned) },
	{ "deactivated", offsetof(struct reclaim_result, deactivated) },
	{ "activated", offsetof(struct reclaim_result, activated) },
	{ "unmapped", offsetof(struct reclaim_result, unmapped) },
	{ "writes", offsetof(struct reclaim_result, writes) },
	{ "freed", offsetof(struct reclaim_result, freed) },
	{ "rotated", offsetof(struct reclaim_result, rotated) },
	{ "scanned_anon", offsetof(struct reclaim_result, scanned_anon) },
	{ "freed_anon", offsetof(struct reclaim_result, freed_anon) },
};

static uint64_t u64_at(const void *base, size_t offset)
{
	return *(const uint64_t *)((const char *)base + offset);
}

/* False: no such figure, or none of this model. */
static bool find_stat(const struct world *world, const struct directive *directive, int64_t *value)
{
	const struct model_class *model = world->config.model;
	struct model_stat stat;

	if (!model->stat)
		return false;
	stat = model->stat(world->model, directive->container);
	for (size_t i = 0; i < sizeof(stat_figures) / sizeof(stat_figures[0]); i++)
		if (!strcmp(stat_figures[i].name, directive->figure))
			return *value = u64_at(&stat, stat_figures[i].offset), true;
	return false;
}

/* False: no such figure. */
static bool find_figure(struct world *world, uint32_t resource, const struct directive *directive, int64_t *value)
{
	const struct model_counters *c = world_counters(world, resource, directive->container);
	const struct reclaim_result *r = &world->last_reclaim;

	if (directive->about == EXPECT_RECLAIM) {
		for (size_t i = 0; i < sizeof(reclaim_figures) / sizeof(reclaim_figures[0]); i++)
			if (!strcmp(reclaim_figures[i].name, directive->figure))
				return *value = u64_at(r, reclaim_figures[i].offset), true;
		*value = !strcmp(directive->figure, "success") ? r->success :
			 !strcmp(directive->figure, "naps") ? (int64_t)r->naps : r->priority;
		return !strcmp(directive->figure, "success") || !strcmp(directive->figure, "naps") ||
		       !strcmp(directive->figure, "priority");
	}
	for (size_t i = 0; i < sizeof(counter_figures) / sizeof(counter_figures[0]); i++)
		if (!strcmp(counter_figures[i].name, directive->figure))
			return *value = u64_at(c, counter_figures[i].offset), true;
	if (!strcmp(directive->figure, "denied_calls"))
		return *value = world_outcome(world, directive->container)->denied[resource], true;
	for (size_t i = 0; i < sizeof(outcome_figures) / sizeof(outcome_figures[0]); i++)
		if (!strcmp(outcome_figures[i].name, directive->figure))
			return *value = u64_at(world_outcome(world, directive->container), outcome_figures[i].offset), true;
	return find_stat(world, directive, value);
}

static bool find_incidents(struct world *world, const struct directive *directive, int64_t *value)
{
	for (enum incident_kind kind = 0; kind < INCIDENT_NR; kind++)
		if (!strcmp(incident_name(kind), directive->figure))
			return *value = world_outcome(world, directive->container)->incidents[kind], true;
	return false;
}

static enum status expect(struct world *world, uint32_t resource, const struct directive *directive, struct error *err)
{
	bool is_known = true;
	int64_t found = 0;

	switch (directive->about) {
	case EXPECT_FIGURE:
	case EXPECT_RECLAIM:
		is_known = find_figure(world, resource, directive, &found);
		break;
	case EXPECT_INCIDENTS:
		is_known = find_incidents(world, directive, &found);
		break;
	case EXPECT_PAYER:
		found = world->config.model->payer(world->model, directive->page);
		break;
	case EXPECT_MAPPED:
		found = world_residence(world, directive->page)->mapcount;
		break;
	case EXPECT_KILLED:
		found = world_is_void(world, directive->mm);
		break;
	case EXPECT_DENIED:
		found = world->last_denial;
		break;
	}
	if (!is_known)
		return error_set(err, RC_INPUT, "there is no figure '%s' here",
				 directive->figure ? directive->figure : "denied");
	if (found == directive->value)
		return RC_OK;
	return error_set(err, RC_USAGE, "expected %" PRId64 ", found %" PRId64, directive->value, found);
}

/* A limit that came with the scenario was there before; one that a text writes is written now. */
static void write_limit(struct world *world, uint32_t resource, const struct directive *directive)
{
	struct container_outcome *outcome;
	struct incident denied = { .begin_ns = world->op->time_ns, .pages = directive->limit, .pid = ROW_NONE };

	if (world_make_fit(world, directive->container, directive->limit)) {
		/* Making room may have moved the outcomes. */
		world_outcome(world, directive->container)->limits[resource] =
			(struct resource_limit){ directive->barrier, directive->limit, true };
		world_set_limits(world, directive->container);
		return;
	}
	outcome = world_outcome(world, directive->container);
	outcome->denied[resource]++;
	outcome->incidents[INCIDENT_DENIED]++;
	world->last_denial = EBUSY;
	snprintf(denied.detail, sizeof(denied.detail), "limit: EBUSY, held %" PRIu64,
		 world_usage(world, resource, directive->container));
	if (world->config.sink)
		incident_add(&world->incidents[resource], directive->container, INCIDENT_DENIED, &denied);
}

enum status world_direct(struct world *world, const struct directive *directive, uint64_t now_ns, struct error *err)
{
	int resource = directive->resource ? world_resource(world->config.model, directive->resource) : 0;
	/* After the last operation and before the next, which leaves this number free. */
	struct mem_op op = { .time_ns = now_ns, .seq = world->seq + 1 };
	struct reclaim_result result = { 0 };

	if (directive->kind == DIRECTIVE_EXPECT)
		return expect(world, resource, directive, err);
	world->op = &op;
	if (directive->kind == DIRECTIVE_LIMIT)
		write_limit(world, resource, directive);
	else if (world->policy)
		world_reclaim(world, directive->container, &result);
	world->op = NULL;
	return RC_OK;
}
