// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys and values of table `run`. */
#include "cmd/run_rows.h"

#include "base/xalloc.h"
#include "cmd/drives.h"
#include "rebuild/op_source.h"
#include "rebuild/settings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where rows go; after the first failure nothing more is put. */
struct writer {
	struct sink *sink;
	struct error *err;
	enum status status;
};

static void put(struct writer *writer, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void put(struct writer *writer, const char *key, const char *format, ...)
{
	struct row row = { .kind = ROW_RUN };
	va_list args;
	char *value;

	if (writer->status)
		return;
	va_start(args, format);
	value = xvasprintf(format, args);
	va_end(args);
	row.run.key = key;
	row.run.value = value;
	writer->status = writer->sink->class->put(writer->sink, &row, writer->err);
	free(value);
}

static void put_numbered(struct writer *writer, const char *group, size_t number, const char *name,
			 const char *value)
{
	char *key = xasprintf(name ? "%s.%zu.%s" : "%s.%zu", group, number, name);

	put(writer, key, "%s", value);
	free(key);
}

static void put_pages(struct writer *writer, const char *key, uint64_t pages)
{
	if (pages == UINT64_MAX)
		put(writer, key, "unlimited");
	else
		put(writer, key, "%" PRIu64, pages);
}

static void put_inputs(struct writer *writer, const struct run_facts *facts)
{
	put(writer, "inputs", "%zu", facts->nr_inputs);
	for (size_t i = 0; i < facts->nr_inputs; i++) {
		const struct file_sum *input = &facts->inputs[i];
		const char *slash = strrchr(input->path, '/');
		char *bytes = xasprintf("%" PRIu64, input->bytes);
		char *hash = xasprintf("%016" PRIx64, input->hash);

		put_numbered(writer, "input", i, "name", slash ? slash + 1 : input->path);
		put_numbered(writer, "input", i, "bytes", bytes);
		put_numbered(writer, "input", i, "fnv1a64", hash);
		free(bytes);
		free(hash);
	}
}

/* What the kernel had at the end, and how much of it the facts have in its place. */
static void put_snapshot(struct writer *writer, const struct op_source *source)
{
	const struct snapshot_check *check = source->class->snapshot_check ? source->class->snapshot_check(source) : NULL;
	uint64_t kernel = check ? check->raced.kernel : 0, same = check ? check->raced.same : 0;

	for (int frame = 0; check && frame < MM_NR_FRAMES; frame++) {
		kernel += check->frames[frame].kernel;
		same += check->frames[frame].same;
	}
	if (!kernel)
		return;
	put(writer, "snapshot.end_entries", "%" PRIu64, kernel);
	put(writer, "snapshot.end_same", "%" PRIu64, same);
}

static void put_trace(struct writer *writer, const struct op_source *source,
		      const struct replay_summary *summary)
{
	const struct trace_info *info = source->class->info(source);
	const struct trace_counts *counts = source->class->counts(source);

	put(writer, "trace_format", "%s", info->format);
	put(writer, "fidelity", "%s", info->fidelity ? info->fidelity : "full");
	put(writer, "clock", "%s", info->clock);
	put(writer, "kernel", "%s", info->uname);
	put(writer, "page_size", "%" PRIu32, info->page_size);
	put(writer, "cpus", "%" PRIu32, info->nr_cpus);
	put(writer, "begin_ns", "%" PRIu64, summary->begin_ns);
	put(writer, "end_ns", "%" PRIu64, summary->end_ns);
	put(writer, "events_read", "%" PRIu64, counts->read);
	put(writer, "events_used", "%" PRIu64, counts->used);
	put(writer, "events_skipped", "%" PRIu64, counts->skipped);
	put(writer, "events_lost", "%" PRIu64, counts->lost);
	put(writer, "gaps", "%" PRIu64, counts->gaps);
	put(writer, "peak_pages", "%" PRIu64, summary->peak_pages);
	put(writer, "limit_reclaimed_pages", "%" PRIu64, summary->limit_reclaimed);
	put(writer, "page_row_bytes", "%" PRIu64, summary->row_bytes);
	put_snapshot(writer, source);
}

static void put_models(struct writer *writer, const struct model_class *const *used)
{
	char *names = xstrdup("");

	for (; *used; used++) {
		char *longer = xasprintf("%s%s%s", names, *names ? "," : "", (*used)->name);

		free(names);
		names = longer;
	}
	put(writer, "models", "%s", names);
	free(names);
}

static void put_drives(struct writer *writer, const struct model_class *const *used,
		       const struct trace_info *info)
{
	for (; *used; used++) {
		const struct drive_class *class = drive_class_of((*used)->name);
		char *key, *text;

		if (!class)
			continue;
		key = xasprintf("driven.%s", class->resource);
		text = drive_text(class, info);
		put(writer, key, "%s", text);
		free(key);
		free(text);
	}
}

/* What could not be read, as source says it, but without the folders of the inputs. */
static void put_notes(struct writer *writer, const struct run_facts *facts)
{
	const char *const *notes;
	uint64_t nr_more;
	size_t nr = facts->source->class->notes(facts->source, &notes, &nr_more);

	for (size_t i = 0; i < nr; i++) {
		const char *note = notes[i];

		for (size_t j = 0; j < facts->nr_inputs; j++) {
			const char *path = facts->inputs[j].path, *slash = strrchr(path, '/');
			size_t length = strlen(path);

			if (slash && !strncmp(notes[i], path, length) && notes[i][length] == ':')
				note = notes[i] + (slash + 1 - path);
		}
		put_numbered(writer, "note", i, NULL, note);
	}
	if (nr_more)
		put(writer, "notes_more", "%" PRIu64, nr_more);
}

static void put_setting(struct writer *writer, const char *name, const char *path, uint64_t pages, uint64_t unset)
{
	char *key = xasprintf("container.%s %s", name, path);

	if (pages != unset)
		put_pages(writer, key, pages);
	free(key);
}

/* What recorded containers were set to beside their limits; the switch says whether it holds. */
static void put_settings(struct writer *writer, const struct trace_info *info)
{
	struct container_settings settings;

	container_settings_read(&settings, info);
	for (size_t i = 0; i < settings.nr; i++) {
		const struct container_setting *setting = &settings.all[i];

		put_setting(writer, "memory.min", setting->path, setting->min, 0);
		put_setting(writer, "memory.low", setting->path, setting->low, 0);
		put_setting(writer, "memory.swap.max", setting->path, setting->swap_max, UINT64_MAX);
	}
	container_settings_release(&settings);
}

static void put_limits(struct writer *writer, const struct limits *limits)
{
	for (size_t i = 0; i < limits->nr_options; i++) {
		const struct limit_option *option = &limits->options[i];
		char *text = xasprintf("%s=", option->shown);

		for (size_t j = 0; j < option->values.nr; j++) {
			char *longer = xasprintf("%s%s%s", text, j ? "," : "", option->values.values[j].text);

			free(text);
			text = longer;
		}
		put_numbered(writer, "option.limit", i, NULL, text);
		free(text);
	}
}

static void put_rules(struct writer *writer, const struct replay_options *options)
{
	for (size_t i = 0; i < options->nr_rules; i++) {
		const struct container_rule *rule = &options->rules[i];
		char *pid = xasprintf("%" PRId64, rule->pid);

		put_numbered(writer, "option.container", i, "name", rule->name);
		if (rule->cgroup)
			put_numbered(writer, "option.container", i, "match.cgroup", rule->cgroup);
		if (rule->comm)
			put_numbered(writer, "option.container", i, "match.comm", rule->comm);
		if (rule->pid >= 0)
			put_numbered(writer, "option.container", i, "match.pid", pid);
		free(pid);
	}
}

static void put_options(struct writer *writer, const struct run_facts *facts)
{
	const struct replay_options *options = facts->options;

	put_limits(writer, facts->limits);
	put_rules(writer, options);
	if (facts->config_hash)
		put(writer, "option.config.fnv1a64", "%016" PRIx64, *facts->config_hash);
	put(writer, "option.begin_ns", "%" PRIu64, options->begin_ns);
	if (options->end_ns == UINT64_MAX)
		put(writer, "option.end_ns", "end");
	else
		put(writer, "option.end_ns", "%" PRIu64, options->end_ns);
	put(writer, "option.check", "%s", options->check_invariants ? "yes" : "no");
	put(writer, "option.combine", "%s", facts->combine);
	put(writer, "option.interval_ns", "%" PRIu64, options->interval_ns);
	put(writer, "option.mapped_ratio", "%" PRIu32, options->machine.mapped_ratio);
	put_pages(writer, "option.ram_pages", facts->ram_pages);
	put_pages(writer, "option.swap_pages", options->machine.swap_pages);
	put(writer, "option.recorded_reclaim", "%s", options->keeps_reclaim ? "keep" : "undo");
	put(writer, "option.global_reclaim", "%s", options->undoes_machine ? "undo" : "keep");
	put(writer, "option.runs", "%zu", replay_runs(options));
	put(writer, "option.reuse_ns", "%" PRIu64, options->reuse_ns);
	put_pages(writer, "option.readahead_pages", options->machine.readahead_pages);
	put(writer, "option.flush_ns", "%" PRIu64, options->machine.flush_ns);
	put(writer, "option.stats_ns", "%" PRIu64, options->machine.stats_ns);
	put(writer, "option.swappiness", "%" PRIu32, options->machine.swappiness);
	for (uint32_t i = 0; i < options->machine.nr_zones; i++) {
		char *active = xasprintf("%" PRIu64, options->machine.zones[i].nr_active);
		char *inactive = xasprintf("%" PRIu64, options->machine.zones[i].nr_inactive);

		put_numbered(writer, "option.zone", i, "active_pages", active);
		put_numbered(writer, "option.zone", i, "inactive_pages", inactive);
		free(active);
		free(inactive);
	}
}

/* "intended" or "posted", what is chosen otherwise, every switch. */
static void put_model_rules(struct writer *writer, const struct run_facts *facts)
{
	const struct rules *rules = &facts->options->model_rules;
	struct rules base;

	rules_init(&base, facts->is_posted);
	put(writer, "rules", "%s", facts->is_posted ? "posted" : "intended");
	for (enum rule rule = 1; rule < RULE_NR; rule++) {
		char *key = xasprintf("rule.%s", rule_classes[rule].id);

		if (rules_posted(rules, rule) != rules_posted(&base, rule))
			put(writer, key, "%s", rules_posted(rules, rule) ? "posted" : "intended");
		free(key);
	}
	for (enum switch_name name = 0; name < SWITCH_NR; name++) {
		char *key = xasprintf("switch.%s", switch_classes[name].name);

		put(writer, key, "%s", rules_value(rules, name));
		free(key);
	}
	put(writer, "option.reclaim_end", "%s", rules_value(rules, SWITCH_RECLAIM07_END_RESULT));
}

enum status run_rows_put(const struct run_facts *facts, struct sink *sink, struct error *err)
{
	struct writer writer = { sink, err, RC_OK };

	put(&writer, "version", "%s", RECOUNT_VERSION);
	put(&writer, "command", "%s", facts->command);
	put_inputs(&writer, facts);
	put_trace(&writer, facts->source, facts->summary);
	put_models(&writer, facts->options->models);
	put_drives(&writer, facts->options->models, facts->source->class->info(facts->source));
	put_notes(&writer, facts);
	put_settings(&writer, facts->source->class->info(facts->source));
	put_model_rules(&writer, facts);
	put(&writer, "seed", "0");	/* nothing is drawn by chance */
	put_options(&writer, facts);
	return writer.status;
}
