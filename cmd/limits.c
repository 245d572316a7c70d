// SPDX-License-Identifier: GPL-2.0-or-later
/* Parsing of --limit, and the scenarios that come of it. */
#include "cmd/limits.h"

#include "base/xalloc.h"
#include "replay/container.h"
#include "cmd/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RANGE_VALUES 1000
#define RANGE_ROUND 4096	/* bytes: steps of a range are rounded down to this */

/* Resources of the contract: those that have no model yet are named as such. */
static const struct resource_class {
	const char *name;
	const char *pair;	/* what a pair is; NULL = takes one number */
	bool one_sets_both;
} resource_classes[] = {
	{ "rss", NULL, false },
	{ "privvmpages", "BARRIER:LIMIT", true },
	{ "lockedpages", "BARRIER:LIMIT", true },
	{ "memcg", NULL, false },
	{ "memory", "HIGH:MAX", false },
};

#define NR_RESOURCE_CLASSES (sizeof(resource_classes) / sizeof(*resource_classes))

static const struct resource_class *resource_class(const char *name)
{
	static const struct resource_class plain = { "", NULL, false };

	for (size_t i = 0; i < NR_RESOURCE_CLASSES; i++) {
		if (!strcmp(resource_classes[i].name, name))
			return &resource_classes[i];
	}
	return &plain;
}

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
	for (size_t i = 0; i < NR_RESOURCE_CLASSES; i++) {
		if (!strcmp(resource_classes[i].name, name))
			return error_set(err, RC_USAGE, "no model for resource %s is in use: there are %s",
					 name, known);
	}
	return error_set(err, RC_USAGE, "'%s' is no resource: there are %s", name, known);
}

/* "50%" in thousandths of a percent. */
static bool parse_share(const char *text, uint64_t *share)
{
	const char *at = text;

	return parse_decimal(&at, SHARE_WHOLE / 100, share) && !strcmp(at, "%") &&
	       *share <= 100 * SHARE_WHOLE;
}

static enum status parse_amount(const char *text, struct limit_amount *amount, struct error *err)
{
	struct size size;

	if (!strcmp(text, "unlimited")) {
		*amount = (struct limit_amount){ AMOUNT_UNLIMITED, 0 };
		return RC_OK;
	}
	if (strchr(text, '%')) {
		amount->unit = AMOUNT_SHARE;
		if (!parse_share(text, &amount->number))
			return error_set(err, RC_USAGE, "'%s' is not a share like 50%% (at most 10000%%)",
					 text);
		return RC_OK;
	}
	if (parse_size(text, &size, err))
		return error_wrap(err, RC_USAGE, "", ", nor a share like 50%, nor unlimited");
	*amount = (struct limit_amount){ size.is_pages ? AMOUNT_PAGES : AMOUNT_BYTES, size.number };
	return RC_OK;
}

/* Returns new. */
static char *amount_text(const struct limit_amount *amount)
{
	uint64_t whole = amount->number / (SHARE_WHOLE / 100);
	uint64_t rest = amount->number % (SHARE_WHOLE / 100);
	char *text;

	switch (amount->unit) {
	case AMOUNT_UNLIMITED:
		return xstrdup("unlimited");
	case AMOUNT_BYTES:
		return size_to_text((struct size){ amount->number, false });
	case AMOUNT_PAGES:
		return size_to_text((struct size){ amount->number, true });
	case AMOUNT_SHARE:
		break;
	}
	text = xasprintf("%" PRIu64 ".%03" PRIu64, whole, rest);
	for (char *end = text + strlen(text) - 1; *end == '0' || *end == '.'; end--) {
		bool is_point = *end == '.';

		*end = 0;
		if (is_point)
			break;
	}
	whole = strlen(text);
	text = xrealloc(text, whole + 2, 1);
	memcpy(text + whole, "%", 2);
	return text;
}

static bool is_more(const struct limit_amount *a, const struct limit_amount *b)
{
	if (a->unit == AMOUNT_UNLIMITED || b->unit == AMOUNT_UNLIMITED)
		return a->unit == AMOUNT_UNLIMITED && b->unit != AMOUNT_UNLIMITED;
	return a->unit == b->unit && a->number > b->number;
}

static enum status add_value(struct limit_option *option, const struct limit_amount *barrier,
			     const struct limit_amount *limit, struct error *err)
{
	const struct resource_class *class = resource_class(option->resource);
	struct limit_value value = { .limit = *limit };

	if (barrier) {
		char *first = amount_text(barrier), *second = amount_text(limit);

		value.barrier = *barrier;
		value.text = xasprintf("%s:%s", first, second);
		free(first);
		free(second);
		if (is_more(barrier, limit)) {
			error_set(err, RC_USAGE, "%s: the first of %s is above the second", value.text,
				  class->pair);
			free(value.text);
			return RC_USAGE;
		}
	} else {
		value.text = amount_text(limit);
		if (class->one_sets_both)
			value.barrier = *limit;
	}
	xgrow(&option->values, option->nr_values, &option->capacity, sizeof(*option->values));
	option->values[option->nr_values++] = value;
	return RC_OK;
}

/* The value of a range after `step`; exact is where the steps are before rounding. */
static void next_step(struct limit_amount *step, double *exact, double factor,
		      const struct limit_amount *last)
{
	do {
		*exact *= factor;
	} while (*exact < (double)step->number + 1);	/* small pages: less than one a step */
	if (*exact >= (double)last->number) {
		step->number = last->number;
		return;
	}
	step->number = (uint64_t)*exact;
	if (step->unit == AMOUNT_BYTES && step->number >= 2 * RANGE_ROUND)
		step->number -= step->number % RANGE_ROUND;
}

static enum status add_steps(struct limit_option *option, const char *whole,
			     const struct limit_amount *first, const struct limit_amount *last,
			     double factor, struct error *err)
{
	struct limit_amount step = *first;
	double exact = (double)first->number;
	enum status status = RC_OK;

	for (int nr = 1; step.number < last->number && !status; nr++) {
		if (nr == MAX_RANGE_VALUES)
			return error_set(err, RC_USAGE, "'%s': a range gives at most %d values", whole,
					 MAX_RANGE_VALUES);
		status = add_value(option, NULL, &step, err);
		next_step(&step, &exact, factor, last);
	}
	return status ? status : add_value(option, NULL, last, err);
}

/* "A..B/xF"; text is cut. */
static enum status add_range(struct limit_option *option, char *text, struct error *err)
{
	char *whole = xstrdup(text), *dots = strstr(text, ".."), *slash = strchr(text, '/');
	const char *at = slash && slash[1] == 'x' ? slash + 2 : "";
	struct limit_amount first, last;
	uint64_t factor = 0;
	enum status status = RC_OK;

	if (!slash || slash < dots || !parse_decimal(&at, 1000000, &factor) || *at) {
		status = error_set(err, RC_USAGE, "'%s' is not a range like 64M..1G/x1.25", whole);
		goto out;
	}
	*dots = *slash = 0;
	status = parse_amount(text, &first, err);
	if (!status)
		status = parse_amount(dots + 2, &last, err);
	if (status)
		goto out;
	if (first.unit == AMOUNT_UNLIMITED || first.unit != last.unit || !first.number ||
	    first.number > last.number)
		status = error_set(err, RC_USAGE, "'%s': a range goes up from a size above 0 to one of the same kind",
				   whole);
	else if (factor <= 1000000)
		status = error_set(err, RC_USAGE, "'%s': the factor of a range is above 1", whole);
	else
		status = add_steps(option, whole, &first, &last, (double)factor / 1000000, err);
out:
	free(whole);
	return status;
}

static enum status add_pair(struct limit_option *option, char *text, struct error *err)
{
	const struct resource_class *class = resource_class(option->resource);
	struct limit_amount barrier, limit;
	char *colon = strchr(text, ':');
	enum status status;

	if (!class->pair)
		return error_set(err, RC_USAGE, "'%s': %s takes one number, no pair", text,
				 option->resource);
	*colon = 0;
	status = parse_amount(text, &barrier, err);
	if (!status)
		status = parse_amount(colon + 1, &limit, err);
	return status ? status : add_value(option, &barrier, &limit, err);
}

static enum status add_text(struct limit_option *option, char *text, struct error *err)
{
	struct limit_amount amount;
	enum status status;

	if (strstr(text, ".."))
		return add_range(option, text, err);
	if (strchr(text, ':'))
		return add_pair(option, text, err);
	status = parse_amount(text, &amount, err);
	return status ? status : add_value(option, NULL, &amount, err);
}

static enum status add_values(struct limit_option *option, const char *values, struct error *err)
{
	char *copy = xstrdup(values), *rest = copy, *text;
	enum status status = RC_OK;

	while (!status && (text = strsep(&rest, ","))) {
		size_t length;

		text += strspn(text, " \t");
		for (length = strlen(text); length && strchr(" \t", text[length - 1]); length--)
			text[length - 1] = 0;
		if (*text)
			status = add_text(option, text, err);
		else
			status = error_set(err, RC_USAGE, "'%s': a value is empty", values);
	}
	free(copy);
	return status;
}

static void option_release(struct limit_option *option)
{
	for (size_t i = 0; i < option->nr_values; i++)
		free(option->values[i].text);
	free(option->values);
	free(option->pattern);
	free(option->shown);
}

/* Takes pattern and shown. */
static enum status add_option(struct limits *limits, char *pattern, char *shown,
			      const char *resource, const char *values, struct error *err)
{
	struct limit_option option = { .pattern = pattern, .shown = shown, .resource = resource };
	enum status status = add_values(&option, values, err);

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
	return &limits->options[choice.option].values[choice.value];
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

static enum status add_scenario(struct limits *limits, const struct limit_choice *choices, size_t nr,
				struct error *err)
{
	struct limit_scenario scenario = { .nr_choices = nr, .label = label_text(limits, choices, nr) };

	for (size_t i = 0; i < limits->nr_scenarios; i++) {
		if (!strcmp(limits->scenarios[i].label, scenario.label)) {
			free(scenario.label);
			return RC_OK;
		}
	}
	if (limits->nr_scenarios == LIMITS_MAX_SCENARIOS) {
		free(scenario.label);
		return error_set(err, RC_USAGE, "the limits make more than %d scenarios",
				 LIMITS_MAX_SCENARIOS);
	}
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
		for (uint32_t value = 0; value < limits->options[option].nr_values && !status; value++)
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

		if (option->nr_values != first->nr_values)
			return error_set(err, RC_USAGE, "zip pairs values in order, but %s has %zu and %s has %zu",
					 first->shown, first->nr_values, option->shown, option->nr_values);
	}
	for (uint32_t value = 0; value < first->nr_values && !status; value++) {
		for (uint32_t option = 0; option < limits->nr_options; option++)
			choices[option] = (struct limit_choice){ option, value };
		status = add_scenario(limits, choices, limits->nr_options, err);
	}
	return status;
}

/* The last option turns fastest. */
static enum status combine_cross(struct limits *limits, struct limit_choice *choices,
				 struct error *err)
{
	size_t turning;
	enum status status;

	for (uint32_t option = 0; option < limits->nr_options; option++)
		choices[option] = (struct limit_choice){ option, 0 };
	do {
		status = add_scenario(limits, choices, limits->nr_options, err);
		for (turning = limits->nr_options; turning; turning--) {
			struct limit_choice *choice = &choices[turning - 1];

			if (++choice->value < limits->options[choice->option].nr_values)
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

		for (size_t j = 0; j < option->nr_values; j++) {
			if (option->values[j].limit.unit == AMOUNT_SHARE ||
			    option->values[j].barrier.unit == AMOUNT_SHARE)
				return true;
		}
	}
	return false;
}

static uint64_t amount_pages(const struct limit_amount *amount, uint32_t page_bytes, uint64_t peak)
{
	switch (amount->unit) {
	case AMOUNT_UNLIMITED:
		break;
	case AMOUNT_BYTES:
		return amount->number / page_bytes;
	case AMOUNT_PAGES:
		return amount->number;
	case AMOUNT_SHARE:
		/* peak < 2^52 pages, so no part overflows. */
		return peak / SHARE_WHOLE * amount->number + peak % SHARE_WHOLE * amount->number / SHARE_WHOLE;
	}
	return PAGES_UNLIMITED;
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
		.barrier_pages = amount_pages(&value->barrier, page_bytes, peak),
		.limit_pages = amount_pages(&value->limit, page_bytes, peak),
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
	for (size_t i = 0; i < limits->nr_scenarios; i++) {
		free(limits->scenarios[i].choices);
		free(limits->scenarios[i].label);
	}
	free(limits->options);
	free(limits->scenarios);
	*limits = (struct limits){ 0 };
}
