/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conditions that models are played under, as options say them: rules and
 * switches, and what no recording holds of the machine.
 *
 *	struct settings { struct conditions conditions; ... };	first: options are given its address
 *	static const struct option_spec options[] = { ..., CONDITION_OPTIONS, { NULL } };
 *
 *	options.model_rules = conditions_rules(&settings.conditions, info);
 *	options.machine = conditions_machine(&settings.conditions, info);
 *	conditions_release(&settings.conditions);
 */
#ifndef CMD_CONDITIONS_H
#define CMD_CONDITIONS_H

#include "base/rules.h"
#include "cmd/command.h"
#include "reclaim/policy.h"
#include "traces/event_source.h"

/* One --rule or --switch; text is borrowed. */
struct condition_choice {
	const char *text;
	bool is_switch;
};

/* All zero: nothing was said. Sizes become pages when the trace has said how large those are. */
struct conditions {
	bool has_ram, has_active, has_inactive, has_swappiness, has_mapped_ratio, has_readahead, has_flush, has_stats;
	bool is_swap_limited;
	bool keeps_reclaim, undoes_machine;	/* --recorded-reclaim keep, --global-reclaim undo */
	struct size swap, ram, active, inactive, readahead;
	uint64_t swappiness, mapped_ratio, flush_ns, stats_ns, reuse_ns;
	bool has_reclaim_end;
	uint8_t reclaim_end;
	bool is_posted;		/* --rules */
	struct condition_choice *choices;
	size_t nr_choices, choices_capacity;
};

enum status set_rules(void *context, const char *value, struct error *err);
enum status set_rule(void *context, const char *value, struct error *err);
enum status set_switch(void *context, const char *value, struct error *err);
enum status set_swap(void *context, const char *value, struct error *err);
enum status set_swappiness(void *context, const char *value, struct error *err);
enum status set_readahead(void *context, const char *value, struct error *err);
enum status set_flush(void *context, const char *value, struct error *err);
enum status set_stats(void *context, const char *value, struct error *err);
enum status set_recorded_reclaim(void *context, const char *value, struct error *err);
enum status set_global_reclaim(void *context, const char *value, struct error *err);
enum status set_reuse(void *context, const char *value, struct error *err);
enum status set_ram(void *context, const char *value, struct error *err);
enum status set_mapped_ratio(void *context, const char *value, struct error *err);
enum status set_active(void *context, const char *value, struct error *err);
enum status set_inactive(void *context, const char *value, struct error *err);
enum status set_reclaim_end(void *context, const char *value, struct error *err);

#define CONDITION_OPTIONS \
	{ "rules", 0, "intended|posted", "what the models do where the original was wrong\n" \
	  "(default: intended)", set_rules }, \
	{ "rule", 0, "RULE=intended|posted", "one defect apart from --rules, like D17=posted; any\n" \
	  "number of times", set_rule }, \
	{ "switch", 0, "NAME=VALUE", "an open question or a variant of a model, like bc.rss=on;\n" \
	  "any number of times", set_switch }, \
	{ "swap", 0, "SIZE|none|unlimited", "swap there is (default: unlimited)", set_swap }, \
	{ "swappiness", 0, "0..200", "vm.swappiness (default: as recorded, or 60); above 100 for memory alone", set_swappiness }, \
	{ "readahead", 0, "SIZE|none", "largest window read ahead of a file, read_ahead_kb of its\n" \
	  "device: decides what memory=... refaults (default: as recorded, or 128K)", set_readahead }, \
	{ "flush", 0, "TIME", "to write back what is dirty when reclaim asks (default: 4ms)", set_flush }, \
	{ "stats", 0, "TIME|exact", "memory.stat, which reclaim of Linux 6.16 and later goes by, is\n" \
	  "brought up to date so often (default: exact, always is)", set_stats }, \
	{ "recorded-reclaim", 0, "undo|keep", "what the recorded limits made the kernel reclaim: in every\n" \
	  "scenario but the recorded one it did not happen (default), or it did", set_recorded_reclaim }, \
	{ "global-reclaim", 0, "keep|undo", "the same of what it reclaimed because the machine was short of\n" \
	  "memory (default: keep)", set_global_reclaim }, \
	{ "reuse", 0, "TIME", "the figures as assumed: each page that is mapped is used every TIME\n" \
	  "(default: once more, before its end)", set_reuse }, \
	{ "ram", 0, "SIZE", "memory of the machine (default: as recorded, or 4G)", set_ram }, \
	{ "mapped-ratio", 0, "PERCENT", "of that is mapped (default: 40)", set_mapped_ratio }, \
	{ "zone-active", 0, "SIZE", "on the machine's active lists (default: half of --ram)", set_active }, \
	{ "zone-inactive", 0, "SIZE", "on its inactive lists (default: a quarter of --ram)", set_inactive }, \
	{ "reclaim-end", 0, "under_limit|zone_alive|freed_only", "what reclaim that freed nothing tells\n" \
	  "the charge: as --switch reclaim07.end_result", set_reclaim_end }

/* What was not chosen, and the recording tells of its kernel, is as recorded. */
struct rules conditions_rules(const struct conditions *conditions, const struct trace_info *info);
/* What was not given, and the recording tells of its machine, is as recorded. */
struct machine conditions_machine(const struct conditions *conditions, const struct trace_info *info);
uint64_t conditions_ram_pages(const struct conditions *conditions, const struct trace_info *info);
void conditions_release(struct conditions *conditions);

/* Index of value among names (NULL ends), or -1 and err. */
int choose(const char *const *names, const char *value, struct error *err);

#endif
