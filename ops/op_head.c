// SPDX-License-Identifier: GPL-2.0-or-later
/* The header of a text: machine, rules and what a recording says of itself. */
#include "ops/op_text.h"

#include "base/rules.h"
#include "base/xalloc.h"

#include <string.h>

#define MAX_PAGE_SIZE (1u << 24)

static bool keep_text(struct op_text *text, const char **setting)
{
	char *word;

	if (!text_word(text, "a text", &word))
		return false;
	if (text->nr_strings == sizeof(text->strings) / sizeof(text->strings[0]))
		return text_fail(text, "it is said twice");
	*setting = text->strings[text->nr_strings++] = xstrdup(word);
	return true;
}

static bool head_trace_format(struct op_text *text)
{
	return keep_text(text, &text->info.format);
}

static bool head_clock(struct op_text *text)
{
	return keep_text(text, &text->info.clock);
}

static bool head_fidelity(struct op_text *text)
{
	return keep_text(text, &text->info.fidelity);
}

static bool head_kernel(struct op_text *text)
{
	return keep_text(text, &text->info.uname);
}

/* What a recorder wrote down of its machine. */
static bool head_fact(struct op_text *text)
{
	char *key, *value;

	if (!text_word(text, "a key", &key) || !text_word(text, "a text", &value))
		return false;
	xgrow(&text->facts, text->info.nr_facts, &text->facts_capacity, sizeof(*text->facts));
	text->facts[text->info.nr_facts++] = (struct trace_fact){ xstrdup(key), xstrdup(value) };
	text->info.facts = text->facts;
	return true;
}

static bool head_page_size(struct op_text *text)
{
	uint32_t bytes;

	if (!text_number_below(text, "a page size", MAX_PAGE_SIZE, &bytes))
		return false;
	if (bytes < 512 || bytes & (bytes - 1))
		return text_fail(text, "a page size is a power of two from 512 on");
	text->info.page_size = bytes;
	return true;
}

static bool head_cpus(struct op_text *text)
{
	return text_number_below(text, "a number of CPUs", UINT32_MAX, &text->info.nr_cpus);
}

static bool head_span(struct op_text *text)
{
	return text_number(text, "the first time", &text->info.begin_ns) &&
	       text_number(text, "the last time", &text->info.end_ns);
}

static bool head_recorded(struct op_text *text)
{
	return text_number(text, "a set of kinds", &text->info.kinds) &&
	       text_number(text, "a set of calls", &text->info.calls);
}

static bool head_count_from(struct op_text *text)
{
	return text_number(text, "a time", &text->settings.begin_ns);
}

static bool set_zone(struct op_text *text)
{
	struct op_settings *settings = &text->settings;
	uint32_t i = settings->machine.nr_zones;

	if (i == RECLAIM_MAX_ZONES)
		return text_fail(text, "there are at most %d zones", RECLAIM_MAX_ZONES);
	settings->has_zones = true;
	settings->machine.nr_zones++;
	return text_number(text, "active pages", &settings->machine.zones[i].nr_active) &&
	       text_number(text, "inactive pages", &settings->machine.zones[i].nr_inactive);
}

static bool set_swap(struct op_text *text)
{
	struct op_settings *settings = &text->settings;

	settings->has_swap = true;
	settings->machine.swap_pages = op_line_take(&text->line, "none") ? 0 : UINT64_MAX;
	if (!settings->machine.swap_pages || op_line_take(&text->line, "unlimited"))
		return true;
	return text_number(text, "pages of swap", &settings->machine.swap_pages);
}

static bool head_set(struct op_text *text)
{
	struct op_settings *settings = &text->settings;
	char *word;

	if (!text_word(text, "a setting", &word))
		return false;
	if (!strcmp(word, "zone"))
		return set_zone(text);
	if (!strcmp(word, "swap"))
		return set_swap(text);
	if (!strcmp(word, "swappiness")) {
		settings->has_swappiness = true;
		return text_number_below(text, "swappiness", 201, &settings->machine.swappiness);
	}
	if (!strcmp(word, "mapped-ratio")) {
		settings->has_mapped_ratio = true;
		return text_number_below(text, "a percentage", 101, &settings->machine.mapped_ratio);
	}
	if (!strcmp(word, "readahead")) {
		settings->has_readahead = true;
		return text_number(text, "pages", &settings->machine.readahead_pages);
	}
	if (!strcmp(word, "flush")) {
		settings->has_flush = true;
		return text_number(text, "nanoseconds", &settings->machine.flush_ns);
	}
	if (!strcmp(word, "stats")) {
		settings->has_stats = true;
		return text_number(text, "nanoseconds", &settings->machine.stats_ns);
	}
	if (!strcmp(word, "reuse")) {
		settings->has_reuse = true;
		return text_number(text, "nanoseconds", &settings->reuse_ns);
	}
	return text_fail(text, "'%s' is no setting: there are flush, mapped-ratio, readahead, reuse, stats, swap, swappiness, zone",
			 word);
}

static bool head_rules(struct op_text *text)
{
	text->settings.is_posted = op_line_take(&text->line, "posted");
	return text->settings.is_posted || op_line_take(&text->line, "intended") ||
	       text_fail(text, "rules are posted or intended");
}

/* rule D36 posted, switch bc.rss on: the same as --rule D36=posted, --switch bc.rss=on. */
static bool choice(struct op_text *text, bool is_switch)
{
	struct op_settings *settings = &text->settings;
	struct rules scratch = { 0 };
	struct error err;
	char *name, *value, *chosen;

	if (!text_word(text, "a name", &name) || !text_word(text, "a value", &value))
		return false;
	if (settings->nr_choices == sizeof(settings->choices) / sizeof(settings->choices[0]))
		return text_fail(text, "there are more choices than a replay can need");
	chosen = settings->choices[settings->nr_choices].text;
	snprintf(chosen, sizeof(settings->choices[0].text), "%s=%s", name, value);
	if (is_switch ? rules_parse_switch(&scratch, chosen, &err) : rules_parse_rule(&scratch, chosen, &err))
		return text_fail(text, "%s", err.text);
	settings->choices[settings->nr_choices++].is_switch = is_switch;
	return true;
}

static bool head_rule(struct op_text *text)
{
	return choice(text, false);
}

static bool head_switch(struct op_text *text)
{
	return choice(text, true);
}

const struct text_verb text_head_verbs[] = {
	{ "clock", head_clock },
	{ "count-from", head_count_from },
	{ "cpus", head_cpus },
	{ "fact", head_fact },
	{ "fidelity", head_fidelity },
	{ "kernel", head_kernel },
	{ "page_size", head_page_size },
	{ "recorded", head_recorded },
	{ "rule", head_rule },
	{ "rules", head_rules },
	{ "set", head_set },
	{ "span", head_span },
	{ "switch", head_switch },
	{ "trace_format", head_trace_format },
	{ NULL }
};
