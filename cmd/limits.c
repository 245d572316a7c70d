// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/limits.h"

#include "base/xalloc.h"
#include "rebuild/container.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fills text with the names, as far as they fit. */
static void join_resources(const struct limits *limits, char *text, size_t size)
{
	size_t used = 0;

	*text = 0;
	for (size_t i = 0; limits->resources[i] && used < size; i++) {
		int length = snprintf(text + used, size - used, "%s%s", i ? ", " : "",
				      limits->resources[i]);

		used += length > 0 ? (size_t)length : 0;
	}
}

static enum status find_resource(const struct limits *limits, const char *name,
				 const char **resource, struct error *err)
{
	char known[200];

	for (size_t i = 0; limits->resources[i]; i++) {
		if (!strcmp(limits->resources[i], name)) {
			*resource = limits->resources[i];
			return RC_OK;
		}
	}
	join_resources(limits, known, sizeof(known));
	if (model_of_resource(name))
		return error_set(err, RC_USAGE, "no model for resource %s is in use: there are %s", name, known);
	return error_set(err, RC_USAGE, "'%s' is no resource: there are %s", name, known);
}

static void option_release(struct limit_option *option)
{
	limit_values_release(&option->values);
	free(option->pattern);
	free(option->shown);
}

/* Takes pattern and shown. */
static enum status add_option(struct limits *limits, char *pattern, char *shown,
			      const char *resource, const char *values, struct error *err)
{
	struct limit_option option = { .pattern = pattern, .shown = shown, .resource = resource,
				       .values = { .resource = resource, .model = model_of_resource(resource) } };
	enum status status = limit_values_parse(&option.values, values, err);

	if (status) {
		option_release(&option);
		return status;
	}
	xgrow(&limits->options, limits->nr_options, &limits->options_capacity, sizeof(option));
	limits->options[limits->nr_options++] = option;
	return RC_OK;
}

void limits_init(struct limits *limits, const char *const *resources)
{
	*limits = (struct limits){ .resources = resources };
}

enum status limits_add(struct limits *limits, const char *text, struct error *err)
{
	/* A path may hold ':' and '=', a resource and its values hold no '='. */
	const char *equals = strrchr(text, '=');
	char *left, *colon;
	const char *name, *resource = NULL;
	enum status status;

	if (!equals)
		return error_set(err, RC_USAGE, "'%s' has no '='", text);
	left = xasprintf("%.*s", (int)(equals - text), text);
	colon = strrchr(left, ':');
	name = colon ? colon + 1 : left;
	status = find_resource(limits, name, &resource, err);
	if (!status && colon == left)
		status = error_set(err, RC_USAGE, "'%s': the container before ':' is empty", text);
	if (!status) {
		char *pattern = colon ? xasprintf("%.*s", (int)(colon - left), left) : xstrdup("*");

		status = add_option(limits, pattern, xstrdup(left), resource, equals + 1, err);
	}
	free(left);
	return status;
}

/* Returns new: a glob that means text and nothing else. */
static char *literal_pattern(const char *text)
{
	char *pattern = xcalloc(2 * strlen(text) + 1, 1), *end = pattern;

	for (; *text; text++) {
		if (strchr("*?[]\\", *text))
			*end++ = '\\';
		*end++ = *text;
	}
	return pattern;
}

enum status limits_add_named(struct limits *limits, const char *name, const char *resource,
			     const char *values, struct error *err)
{
	const char *known = NULL;
	enum status status = find_resource(limits, resource, &known, err);

	if (status)
		return status;
	return add_option(limits, literal_pattern(name), xasprintf("%s:%s", name, resource), known,
			  values, err);
}

static const struct limit_value *chosen(const struct limits *limits, struct limit_choice choice)
{
	return &limits->options[choice.option].values.values[choice.value];
}

/* Returns new: "web:rss=64M db:rss=1G"; "unlimited" when nothing is limited. */
static char *label_text(const struct limits *limits, const struct limit_choice *choices, size_t nr)
{
	char *label = xstrdup("");
	bool is_limited = false;

	for (size_t i = 0; i < nr; i++) {
		const struct limit_value *value = chosen(limits, choices[i]);
		char *longer = xasprintf("%s%s%s=%s", label, i ? " " : "",
					 limits->options[choices[i].option].shown, value->text);

		free(label);
		label = longer;
		is_limited |= value->limit.unit != AMOUNT_UNLIMITED ||
			      value->barrier.unit != AMOUNT_UNLIMITED;
	}
	if (is_limited)
		return label;
	free(label);
	return xstrdup("unlimited");
}

static enum status too_many(struct error *err)
{
	return error_set(err, RC_USAGE, "the limits make more than %d scenarios", LIMITS_MAX_SCENARIOS);
}

static enum status add_scenario(struct limits *limits, const struct limit_choice *choices, size_t nr,
				struct error *err)
{
	struct limit_scenario scenario = { .nr_choices = nr };
	char *label = label_text(limits, choices, nr);
	uint32_t number = strings_add(&limits->labels, label, strlen(label));

	free(label);
	if (number <= limits->nr_scenarios)
		return RC_OK;
	if (limits->nr_scenarios == LIMITS_MAX_SCENARIOS)
		return too_many(err);
	scenario.label = strings_get(&limits->labels, number);
	scenario.choices = xcalloc(nr, sizeof(*choices));
	memcpy(scenario.choices, choices, nr * sizeof(*choices));
	xgrow(&limits->scenarios, limits->nr_scenarios, &limits->scenarios_capacity, sizeof(scenario));
	limits->scenarios[limits->nr_scenarios++] = scenario;
	return RC_OK;
}

static enum status combine_each(struct limits *limits, struct error *err)
{
	enum status status = RC_OK;

	for (uint32_t option = 0; option < limits->nr_options && !status; option++) {
		for (uint32_t value = 0; value < limits->options[option].values.nr && !status; value++)
			status = add_scenario(limits, &(struct limit_choice){ option, value }, 1, err);
	}
	return status;
}

static enum status combine_zip(struct limits *limits, struct limit_choice *choices, struct error *err)
{
	const struct limit_option *first = &limits->options[0];
	enum status status = RC_OK;

	for (size_t i = 1; i < limits->nr_options; i++) {
		const struct limit_option *option = &limits->options[i];

		if (option->values.nr != first->values.nr)
			return error_set(err, RC_USAGE, "zip pairs values in order, but %s has %zu and %s has %zu",
					 first->shown, first->values.nr, option->shown, option->values.nr);
	}
	for (uint32_t value = 0; value < first->values.nr && !status; value++) {
		for (uint32_t option = 0; option < limits->nr_options; option++)
			choices[option] = (struct limit_choice){ option, value };
		status = add_scenario(limits, choices, limits->nr_options, err);
	}
	return status;
}

/* The last option turns fastest. What is written twice counts twice: however few scenarios it comes to, all would be gone through. */
static enum status combine_cross(struct limits *limits, struct limit_choice *choices,
				 struct error *err)
{
	size_t turning, nr = 1;
	enum status status;

	for (uint32_t option = 0; option < limits->nr_options; option++) {
		choices[option] = (struct limit_choice){ option, 0 };
		if (__builtin_mul_overflow(nr, limits->options[option].values.nr, &nr) || nr > LIMITS_MAX_SCENARIOS)
			return too_many(err);
	}
	do {
		status = add_scenario(limits, choices, limits->nr_options, err);
		for (turning = limits->nr_options; turning; turning--) {
			struct limit_choice *choice = &choices[turning - 1];

			if (++choice->value < limits->options[choice->option].values.nr)
				break;
			choice->value = 0;
		}
	} while (turning && !status);
	return status;
}

enum status limits_combine(struct limits *limits, enum combine combine, struct error *err)
{
	struct limit_choice *choices;
	enum status status = RC_OK;

	if (!limits->nr_options)
		return RC_OK;
	choices = xcalloc(limits->nr_options, sizeof(*choices));
	switch (combine) {
	case COMBINE_EACH:
		status = combine_each(limits, err);
		break;
	case COMBINE_ZIP:
		status = combine_zip(limits, choices, err);
		break;
	case COMBINE_CROSS:
		status = combine_cross(limits, choices, err);
		break;
	}
	free(choices);
	return status;
}

bool limits_have_shares(const struct limits *limits)
{
	for (size_t i = 0; i < limits->nr_options; i++) {
		const struct limit_option *option = &limits->options[i];

		for (size_t j = 0; j < option->values.nr; j++) {
			if (option->values.values[j].limit.unit == AMOUNT_SHARE ||
			    option->values.values[j].barrier.unit == AMOUNT_SHARE)
				return true;
		}
	}
	return false;
}

/* Takes pattern. */
static const char *keep_pattern(struct scenario_list *list, char *pattern)
{
	xgrow(&list->patterns, list->nr_patterns, &list->patterns_capacity, sizeof(*list->patterns));
	list->patterns[list->nr_patterns++] = pattern;
	return pattern;
}

struct limit_list { struct scenario_limit *limits; size_t nr, capacity; };

static void add_limit(struct limit_list *list, const struct limit_option *option, const char *pattern,
		      const struct limit_value *value, uint32_t page_bytes, uint64_t peak)
{
	xgrow(&list->limits, list->nr, &list->capacity, sizeof(*list->limits));
	list->limits[list->nr++] = (struct scenario_limit){
		.pattern = pattern,
		.resource = option->resource,
		.barrier_pages = limit_amount_pages(&value->barrier, page_bytes, peak),
		.limit_pages = limit_amount_pages(&value->limit, page_bytes, peak),
	};
}

void limits_resolve(const struct limits *limits, uint32_t page_bytes, const struct limit_peak *peaks,
		    size_t nr_peaks, struct scenario_list *list)
{
	*list = (struct scenario_list){ .nr = limits->nr_scenarios };
	list->specs = xcalloc(list->nr, sizeof(*list->specs));
	for (size_t i = 0; i < list->nr; i++) {
		const struct limit_scenario *scenario = &limits->scenarios[i];
		struct limit_list made = { 0 };

		for (size_t j = 0; j < scenario->nr_choices; j++) {
			const struct limit_value *value = chosen(limits, scenario->choices[j]);
			const struct limit_option *option =
				&limits->options[scenario->choices[j].option];

			if (value->limit.unit != AMOUNT_SHARE && value->barrier.unit != AMOUNT_SHARE) {
				add_limit(&made, option, option->pattern, value, page_bytes, 0);
				continue;
			}
			for (const struct limit_peak *peak = peaks; peak < peaks + nr_peaks; peak++) {
				if (strcmp(peak->resource, option->resource) ||
				    !container_matches(option->pattern, peak->container, peak->name,
						       peak->path))
					continue;
				add_limit(&made, option, keep_pattern(list,
					  literal_pattern(*peak->path ? peak->path : peak->name)), value,
					  page_bytes, peak->pages);
			}
		}
		list->specs[i] = (struct scenario_spec){ scenario->label, made.limits, made.nr };
	}
}

void scenario_list_release(struct scenario_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		free((void *)list->specs[i].limits);
	for (size_t i = 0; i < list->nr_patterns; i++)
		free(list->patterns[i]);
	free(list->specs);
	free(list->patterns);
	*list = (struct scenario_list){ 0 };
}

void limits_release(struct limits *limits)
{
	for (size_t i = 0; i < limits->nr_options; i++)
		option_release(&limits->options[i]);
	for (size_t i = 0; i < limits->nr_scenarios; i++)
		free(limits->scenarios[i].choices);
	strings_release(&limits->labels);
	free(limits->options);
	free(limits->scenarios);
	*limits = (struct limits){ 0 };
}
