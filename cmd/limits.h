/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Candidate limits: from what people type to the scenarios of a replay.
 *
 *	limits_init(&limits, resources);
 *	limits_add(&limits, "web:rss=64M,50%", err);
 *	limits_combine(&limits, COMBINE_EACH, err);
 *	limits_resolve(&limits, page_bytes, peaks, nr_peaks, &list);
 *	scenario_list_release(&list);
 *	limits_release(&limits);
 *
 * [CONTAINER:]RESOURCE=VALUE[,VALUE]...
 *
 * CONTAINER is a name, a cgroup path or a glob, `*` when it is left out.  The host
 * (what is in no container: name "host", path "/") is meant only by its very name
 * or path, never by a glob.  What a VALUE may be is in limit_values.h.
 */
#ifndef CMD_LIMITS_H
#define CMD_LIMITS_H

#include "base/status.h"
#include "cmd/limit_values.h"
#include "replay/replay.h"
#include "traces/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMITS_MAX_SCENARIOS 10000

/* One --limit: what is limited, and the candidates. */
struct limit_option {
	char *pattern;		/* glob */
	char *shown;		/* "web:rss" or "rss" */
	const char *resource;	/* of limits.resources */
	struct limit_values values;
};

/* Which value of which option a scenario takes. */
struct limit_choice { uint32_t option, value; };

struct limit_scenario {
	struct limit_choice *choices;
	size_t nr_choices;
	const char *label;	/* "rss=64M", "web:rss=64M db:rss=1G", "unlimited" */
};

struct limits {
	const char *const *resources;	/* that have a model; NULL ends; borrowed */
	struct limit_option *options;
	size_t nr_options, options_capacity;
	struct limit_scenario *scenarios;
	size_t nr_scenarios, scenarios_capacity;
	struct strings labels;	/* of scenarios, in their order */
};

enum combine { COMBINE_EACH, COMBINE_ZIP, COMBINE_CROSS };

void limits_init(struct limits *limits, const char *const *resources);
void limits_release(struct limits *limits);

/* RC_USAGE: err says what is wrong with the value. */
enum status limits_add(struct limits *limits, const char *text, struct error *err);

/* As limits_add() with the container's exact name, whatever characters it holds. */
enum status limits_add_named(struct limits *limits, const char *name, const char *resource,
			     const char *values, struct error *err);

/* Makes the scenarios from all options; those with the same label are one. */
enum status limits_combine(struct limits *limits, enum combine combine, struct error *err);

/* Some value is a share, so limits_resolve() needs peaks. */
bool limits_have_shares(const struct limits *limits);

/* What a container held at most with no limit. */
struct limit_peak {
	uint32_t container;
	const char *name, *path, *resource;
	uint64_t pages;
};

/* Scenarios as replay takes them; owns all their memory but labels and resources. */
struct scenario_list {
	struct scenario_spec *specs;
	size_t nr;
	char **patterns;	/* made for shares */
	size_t nr_patterns, patterns_capacity;
};

/* limits must outlive list. */
void limits_resolve(const struct limits *limits, uint32_t page_bytes, const struct limit_peak *peaks,
		    size_t nr_peaks, struct scenario_list *list);
void scenario_list_release(struct scenario_list *list);

#endif
