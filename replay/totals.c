// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/totals.h"

#include <stdio.h>
#include <string.h>

struct target {
	struct sink *sink;
	struct error *err;
	enum status status;	/* first failure */
};

static void put(struct target *to, const struct row *row)
{
	if (!to->status)
		to->status = to->sink->class->put(to->sink, row, to->err);
}

enum status totals_write(struct op_source *source, const struct replay_options *options, struct sink *sink, struct error *err)
{
	const struct containers *containers = source->class->containers(source);
	const struct unmatched_count *unmatched = source->class->unmatched(source);
	const struct judge *judge = source->class->judge(source);
	struct target to = { .sink = sink, .err = err };

	for (uint32_t i = 0; i < containers->nr; i++)
		put(&to, &(struct row){ .kind = ROW_CONTAINER, .container = {
			.container = i, .name = containers->all[i].name, .path = containers->all[i].path } });
	put(&to, &(struct row){ .kind = ROW_SCENARIO, .scenario = { .scenario = 0, .label = "as recorded" } });
	for (size_t i = 0; i < options->nr_scenarios; i++)
		put(&to, &(struct row){ .kind = ROW_SCENARIO, .scenario = {
			.scenario = i + 1, .label = options->scenarios[i].label } });
	for (enum unmatched_kind kind = 0; kind < UNMATCHED_NR; kind++)
		put(&to, &(struct row){ .kind = ROW_UNMATCHED, .unmatched = {
			.unmatched = unmatched_name(kind), .count = unmatched[kind].count,
			.pages = unmatched[kind].pages } });
	for (enum judge_class class = 0; class < JUDGE_NR; class++)
		put(&to, &(struct row){ .kind = ROW_CHECK, .check = {
			.class = judge_class_name(class), .checked = judge->classes[class].checked,
			.exact = judge->classes[class].exact, .within_1 = judge->classes[class].within_1,
			.worst_pages = judge->classes[class].worst, .sum_abs_pages = judge->classes[class].sum_abs,
			.open_values = judge->classes[class].open, .open_exact = judge->classes[class].open_exact,
			.open_outside = judge->classes[class].outside } });
	return to.status;
}

static bool is_matched(const char *pattern, const struct containers *containers)
{
	for (uint32_t i = 0; i < containers->nr; i++)
		if (container_matches(pattern, i, containers->all[i].name, containers->all[i].path))
			return true;
	return !strcmp(pattern, "*");
}

enum status totals_check_patterns(const struct replay_options *options, const struct containers *containers, struct error *err)
{
	char names[256] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < containers->nr && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
					 containers->all[i].name);
	for (size_t i = 0; i < options->nr_scenarios; i++)
		for (size_t l = 0; l < options->scenarios[i].nr_limits; l++)
			if (!is_matched(options->scenarios[i].limits[l].pattern, containers))
				return error_set(err, RC_USAGE, "no container '%s' in the recording: it has %s",
						 options->scenarios[i].limits[l].pattern, names);
	return RC_OK;
}

struct replay_summary totals_of(const struct op_source *source)
{
	const struct judge *judge = source->class->judge(source);
	const struct unmatched_count *unmatched = source->class->unmatched(source);
	const struct facts *facts = source->class->facts(source);
	struct replay_summary summary = {
		.peak_pages = source->class->peak_pages(source), .nr_pages = facts->class->nr_pages(facts),
		.unchecked = judge->unchecked, .unexplained = judge->unexplained,
	};

	for (enum judge_class class = 0; class < JUDGE_NR; class++) {
		summary.checked += judge->classes[class].checked;
		summary.exact += judge->classes[class].exact;
	}
	for (enum unmatched_kind kind = 0; kind < UNMATCHED_NR; kind++)
		summary.unmatched += unmatched[kind].count;
	return summary;
}
