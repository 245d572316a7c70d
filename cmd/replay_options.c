// SPDX-License-Identifier: GPL-2.0-or-later
/* Options first; a text of operations overrules them: its cases were worked out with what it says. */
#include "cmd/replay_options.h"

#include "cmd/inputs.h"

#include <string.h>

static void apply_text_machine(struct machine *machine, const struct op_settings *text)
{
	if (text->has_swappiness)
		machine->swappiness = text->machine.swappiness;
	if (text->has_mapped_ratio)
		machine->mapped_ratio = text->machine.mapped_ratio;
	if (text->has_swap)
		machine->swap_pages = text->machine.swap_pages;
	if (text->has_readahead)
		machine->readahead_pages = text->machine.readahead_pages;
	if (text->has_flush)
		machine->flush_ns = text->machine.flush_ns;
	if (text->has_stats)
		machine->stats_ns = text->machine.stats_ns;
	if (text->has_zones) {
		machine->nr_zones = text->machine.nr_zones;
		memcpy(machine->zones, text->machine.zones, sizeof(machine->zones));
	}
}

static void apply_text(struct replay_options *options, const struct invocation *call, struct replay_settings *settings,
		       const struct op_source *source)
{
	const struct op_settings *text = source->class->settings(source);
	struct error ignored;	/* each was tried */

	apply_text_machine(&options->machine, text);
	if (text->has_reuse)
		options->reuse_ns = text->reuse_ns;
	if (text->is_posted) {
		settings->conditions.is_posted = true;
		options->model_rules = conditions_rules(&settings->conditions, source->class->info(source));
	}
	for (size_t i = 0; i < text->nr_choices; i++) {
		if (text->choices[i].is_switch)
			rules_parse_switch(&options->model_rules, text->choices[i].text, &ignored);
		else
			rules_parse_rule(&options->model_rules, text->choices[i].text, &ignored);
	}
	if (text->begin_ns && call->begin.base == TIME_NONE)
		options->begin_ns = text->begin_ns;
}

enum status replay_options_make(struct replay_options *options, const struct invocation *call, struct replay_settings *settings,
				const struct op_source *source, struct error *err)
{
	const struct trace_info *info = source->class->info(source);
	enum status status;

	*options = (struct replay_options){
		.models = settings->models,
		.machine = conditions_machine(&settings->conditions, info),
		.model_rules = conditions_rules(&settings->conditions, info),
		.interval_ns = settings->interval_ns,
		.nr_runs = settings->nr_runs,
		.reuse_ns = settings->conditions.reuse_ns,
		.keeps_reclaim = settings->conditions.keeps_reclaim,
		.undoes_machine = settings->conditions.undoes_machine,
		.nr_threads = !settings->nr_threads && settings->nr_jobs ? 1 : settings->nr_threads,
		.check_invariants = settings->has_check,
	};
	status = resolve_range(call, info, &options->begin_ns, &options->end_ns, err);
	if (!status)
		apply_text(options, call, settings, source);
	return status;
}
