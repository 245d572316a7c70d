// SPDX-License-Identifier: GPL-2.0-or-later
/* Options about rules and machine, and what they make. */
#include "cmd/conditions.h"

#include "base/controller.h"
#include "base/xalloc.h"
#include "cmd/machine_facts.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_READAHEAD 131072	/* bytes: read_ahead_kb of a block device that nobody set */

static const struct size default_ram = { UINT64_C(4) << 30, false };

int choose(const char *const *names, const char *value, struct error *err)
{
	for (int i = 0; names[i]; i++) {
		if (!strcmp(names[i], value))
			return i;
	}
	error_set(err, RC_USAGE, "not '%s'", value);
	return -1;
}

enum status set_rules(void *context, const char *value, struct error *err)
{
	static const char *const names[] = { "intended", "posted", NULL };
	int chosen = choose(names, value, err);

	if (chosen < 0)
		return RC_USAGE;
	((struct conditions *)context)->is_posted = chosen;
	return RC_OK;
}

/* Tried now, applied over --rules when that is known, in the order given. */
static void choose_later(struct conditions *conditions, const char *text, bool is_switch)
{
	xgrow(&conditions->choices, conditions->nr_choices, &conditions->choices_capacity, sizeof(*conditions->choices));
	conditions->choices[conditions->nr_choices++] = (struct condition_choice){ text, is_switch };
}

enum status set_rule(void *context, const char *value, struct error *err)
{
	struct rules scratch = { 0 };
	enum status status = rules_parse_rule(&scratch, value, err);

	if (!status)
		choose_later(context, value, false);
	return status;
}

enum status set_switch(void *context, const char *value, struct error *err)
{
	struct rules scratch = { 0 };
	enum status status = rules_parse_switch(&scratch, value, err);

	if (!status)
		choose_later(context, value, true);
	return status;
}

struct rules conditions_rules(const struct conditions *conditions, const struct trace_info *info)
{
	struct error err;
	struct rules rules;

	rules_init(&rules, conditions->is_posted);
	controller_by_release(info->uname, &rules.chosen[SWITCH_CGROUP2_KERNEL]);
	if (machine_has_generations(info))
		rules.chosen[SWITCH_CGROUP2_LRU] = CGROUP2_GENERATIONS;
	if (conditions->has_reclaim_end)
		rules.chosen[SWITCH_RECLAIM07_END_RESULT] = conditions->reclaim_end;
	for (size_t i = 0; i < conditions->nr_choices; i++) {
		if (conditions->choices[i].is_switch)
			rules_parse_switch(&rules, conditions->choices[i].text, &err);
		else
			rules_parse_rule(&rules, conditions->choices[i].text, &err);
	}
	return rules;
}

enum status set_swap(void *context, const char *value, struct error *err)
{
	struct conditions *conditions = context;

	conditions->is_swap_limited = strcmp(value, "unlimited");
	conditions->swap = (struct size){ 0 };
	if (!conditions->is_swap_limited || !strcmp(value, "none"))
		return RC_OK;
	return parse_size(value, &conditions->swap, err);
}

enum status set_swappiness(void *context, const char *value, struct error *err)
{
	((struct conditions *)context)->has_swappiness = true;
	return parse_number(value, 0, 200, &((struct conditions *)context)->swappiness, err);
}

enum status set_readahead(void *context, const char *value, struct error *err)
{
	struct conditions *conditions = context;

	conditions->has_readahead = true;
	conditions->readahead = (struct size){ 0 };
	if (!strcmp(value, "none"))
		return RC_OK;
	return parse_size(value, &conditions->readahead, err);
}

enum status set_flush(void *context, const char *value, struct error *err)
{
	((struct conditions *)context)->has_flush = true;
	return parse_duration(value, &((struct conditions *)context)->flush_ns, err);
}

enum status set_stats(void *context, const char *value, struct error *err)
{
	struct conditions *conditions = context;

	conditions->has_stats = true;
	conditions->stats_ns = 0;
	return strcmp(value, "exact") ? parse_duration(value, &conditions->stats_ns, err) : RC_OK;
}

static enum status set_undo(const char *value, bool *is_undone, struct error *err)
{
	static const char *const names[] = { "keep", "undo", NULL };
	int chosen = choose(names, value, err);

	if (chosen < 0)
		return RC_USAGE;
	*is_undone = chosen;
	return RC_OK;
}

enum status set_recorded_reclaim(void *context, const char *value, struct error *err)
{
	bool is_undone = true;
	enum status status = set_undo(value, &is_undone, err);

	((struct conditions *)context)->keeps_reclaim = !is_undone;
	return status;
}

enum status set_global_reclaim(void *context, const char *value, struct error *err)
{
	return set_undo(value, &((struct conditions *)context)->undoes_machine, err);
}

enum status set_reuse(void *context, const char *value, struct error *err)
{
	return parse_duration(value, &((struct conditions *)context)->reuse_ns, err);
}

enum status set_ram(void *context, const char *value, struct error *err)
{
	((struct conditions *)context)->has_ram = true;
	return parse_size(value, &((struct conditions *)context)->ram, err);
}

enum status set_mapped_ratio(void *context, const char *value, struct error *err)
{
	((struct conditions *)context)->has_mapped_ratio = true;
	return parse_number(value, 0, 100, &((struct conditions *)context)->mapped_ratio, err);
}

enum status set_active(void *context, const char *value, struct error *err)
{
	struct conditions *conditions = context;

	conditions->has_active = true;
	return parse_size(value, &conditions->active, err);
}

enum status set_inactive(void *context, const char *value, struct error *err)
{
	struct conditions *conditions = context;

	conditions->has_inactive = true;
	return parse_size(value, &conditions->inactive, err);
}

/* The older name of a switch. */
enum status set_reclaim_end(void *context, const char *value, struct error *err)
{
	struct conditions *conditions = context;
	int chosen = choose(switch_classes[SWITCH_RECLAIM07_END_RESULT].values, value, err);

	if (chosen < 0)
		return RC_USAGE;
	conditions->has_reclaim_end = true;
	conditions->reclaim_end = (uint8_t)chosen;
	return RC_OK;
}

/* Fills what was not given. */
static void take_facts(struct conditions *conditions, const struct trace_info *info)
{
	uint64_t number;

	if (!conditions->has_ram && machine_fact(info, "ram_bytes", &number)) {
		conditions->has_ram = true;
		conditions->ram = (struct size){ number, false };
	}
	if (!conditions->has_swappiness && machine_fact(info, "swappiness", &number) && number <= 200) {
		conditions->has_swappiness = true;
		conditions->swappiness = number;
	}
	if (!conditions->has_readahead && machine_read_ahead(info, &number)) {
		conditions->has_readahead = true;
		conditions->readahead = (struct size){ number, false };
	}
}

uint64_t conditions_ram_pages(const struct conditions *given, const struct trace_info *info)
{
	struct conditions conditions = *given;

	take_facts(&conditions, info);
	return size_pages(conditions.has_ram ? conditions.ram : default_ram, info->page_size);
}

struct machine conditions_machine(const struct conditions *given, const struct trace_info *info)
{
	const uint32_t page_bytes = info->page_size;
	struct conditions all = *given, *conditions = &all;
	struct machine machine;

	take_facts(conditions, info);
	machine_default(&machine, conditions_ram_pages(conditions, info));
	if (conditions->has_swappiness)
		machine.swappiness = (uint32_t)conditions->swappiness;
	if (conditions->has_mapped_ratio)
		machine.mapped_ratio = (uint32_t)conditions->mapped_ratio;
	if (conditions->has_readahead)
		machine.readahead_pages = size_pages(conditions->readahead, page_bytes);
	else
		machine.readahead_pages = DEFAULT_READAHEAD / page_bytes;
	if (conditions->has_flush)
		machine.flush_ns = conditions->flush_ns;
	if (conditions->has_stats)
		machine.stats_ns = conditions->stats_ns;
	if (conditions->has_active)
		machine.zones[0].nr_active = size_pages(conditions->active, page_bytes);
	if (conditions->has_inactive)
		machine.zones[0].nr_inactive = size_pages(conditions->inactive, page_bytes);
	if (conditions->is_swap_limited)
		machine.swap_pages = size_pages(conditions->swap, page_bytes);
	return machine;
}

void conditions_release(struct conditions *conditions)
{
	free(conditions->choices);
}
