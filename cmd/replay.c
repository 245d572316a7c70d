// SPDX-License-Identifier: GPL-2.0-or-later
/* recount replay: the main job. */
#include "replay/replay.h"

#include "base/xalloc.h"
#include "cmd/command.h"
#include "cmd/conditions.h"
#include "cmd/config.h"
#include "cmd/drives.h"
#include "cmd/file_hash.h"
#include "cmd/finished.h"
#include "cmd/inputs.h"
#include "cmd/limits.h"
#include "cmd/memory_bound.h"
#include "cmd/peaks.h"
#include "cmd/progress.h"
#include "cmd/proof_rows.h"
#include "cmd/replay_many.h"
#include "cmd/replay_options.h"
#include "cmd/replay_settings.h"
#include "cmd/run_rows.h"
#include "ops/op_sources.h"
#include "replay/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MIB 1048576.0
#define SHARES_SCENARIO 1	/* of the first pass: nothing limited */

/* Everything a call needs, so that one place cleans up. */
struct job {
	const struct invocation *call;
	char *output;	/* the call's; a dry run without one has its rows where nobody looks, and none is left */
	struct replay_settings settings;
	struct limits limits;
	struct config config;
	struct scenario_list scenarios;
	struct scenario_spec *specs;	/* of scenarios, and that of a text */
	struct replay_options options;
	struct replay_summary summary;
	struct op_source *source;
	struct progress progress;
	struct memory_bound bound;
	struct file_sum *inputs;
	uint64_t config_hash;
	enum exit_code damage;
};

/* Limits of the config file first, then those of the command line. */
static enum status read_limits(struct job *job, struct error *err)
{
	struct replay_settings *settings = &job->settings;
	enum status status = RC_OK;
	size_t nr = 0;

	for (size_t i = 0; settings->models[i]; i++)
		for (size_t r = 0; settings->models[i]->resources[r] && nr < MAX_RESOURCES; r++)
			settings->resources[nr++] = settings->models[i]->resources[r];
	limits_init(&job->limits, settings->resources);
	if (settings->config_path) {
		struct file_sum config = { .path = settings->config_path };

		status = config_load(&job->config, settings->config_path, &job->limits, err);
		if (!status)
			status = file_hash(&config, err);
		job->config_hash = config.hash;
	}
	if (status)
		return status;
	for (size_t i = 0; i < settings->nr_limit_texts && !status; i++)
		status = limits_add(&job->limits, settings->limit_texts[i], err);
	if (status)
		return error_wrap(err, status, "replay: --limit: takes [CONTAINER:]RESOURCE=VALUES: ", "");
	status = limits_combine(&job->limits, settings->combine, err);
	return status ? error_wrap(err, status, "replay: --combine: takes each, zip or cross: ", "") : RC_OK;
}

static enum status open_source(struct job *job, struct error *err)
{
	op_source_close(job->source);
	job->source = NULL;
	return op_source_open_with(&job->source, &(struct op_source_request){
		.paths = job->call->operands, .nr_paths = job->call->nr_operands, .formats = job->call->formats,
		.counters = job->settings.is_verified ? counter_kinds() : 0 }, err);
}

static bool is_asked_for(const struct job *job, const struct model_class *model)
{
	for (size_t i = 0; i < job->limits.nr_options; i++) {
		if (model_has_resource(model, job->limits.options[i].resource))
			return true;
	}
	return job->settings.has_models;
}

/* Leaves out models the recording cannot drive; RC_INPUT if one of them is needed. */
static enum status check_drives(struct job *job, struct error *err)
{
	const struct trace_info *info = job->source->class->info(job->source);
	const struct model_class **used = job->settings.models;
	size_t nr = 0;

	for (size_t i = 0; used[i]; i++) {
		const struct drive_class *class = drive_class_of(used[i]->name);
		bool is_last = !nr && !used[i + 1];
		char *text;

		if (!class || strcmp(drive_grade(class, info), "no")) {
			used[nr++] = used[i];
			continue;
		}
		if (!is_last && !is_asked_for(job, used[i]))
			continue;
		text = drive_text(class, info);
		error_set(err, RC_INPUT, "%s: model %s can be driven: %s", job->call->operands[0],
			  used[i]->name, text);
		free(text);
		return RC_INPUT;
	}
	used[nr] = NULL;
	return RC_OK;
}

static enum status make_options(struct job *job, struct error *err)
{
	enum status status = replay_options_make(&job->options, job->call, &job->settings, job->source, err);

	job->options.rules = job->config.rules;
	job->options.nr_rules = job->config.nr_rules;
	job->options.progress = progress_update;
	job->options.progress_context = &job->progress;
	job->options.check = memory_bound_check;
	job->options.check_context = &job->bound;
	return status;
}

static enum status run_once(struct job *job, const struct replay_options *run_options,
			    struct sink *sink, struct error *err)
{
	enum status status;

	job->summary = (struct replay_summary){ 0 };
	progress_begin(&job->progress, job->source->class->info(job->source)->bytes,
		       job->call->has_progress && !job->call->is_quiet);
	status = replay_run(job->source, run_options, sink, &job->summary, err);
	progress_end(&job->progress);
	return status;
}

/*
 * Shares need each container's unlimited peak: replay first with one scenario
 * that limits nothing, so that a limit in the recording does not count either.
 */
static enum status make_scenarios(struct job *job, struct error *err)
{
	static const struct scenario_spec nothing_limited = { .label = "unlimited" };
	struct replay_options first = job->options;
	uint32_t page_bytes = job->source->class->info(job->source)->page_size;
	struct peaks *peaks;
	enum status status;
	size_t nr;

	if (!limits_have_shares(&job->limits)) {
		limits_resolve(&job->limits, page_bytes, NULL, 0, &job->scenarios);
		return RC_OK;
	}
	first.scenarios = &nothing_limited;
	first.nr_scenarios = first.nr_runs = 1;
	peaks = peaks_create(SHARES_SCENARIO);
	status = run_once(job, &first, peaks_sink(peaks), err);
	if (!status) {
		const struct limit_peak *list = peaks_list(peaks, &nr);

		limits_resolve(&job->limits, page_bytes, list, nr, &job->scenarios);
		status = open_source(job, err);
	}
	peaks_destroy(peaks);
	return status;
}

static const struct sink_class *sink_of(const struct invocation *call)
{
	for (const struct sink_class *const *sink = sinks; *sink; sink++) {
		if (!strcmp((*sink)->name, call->format))
			return *sink;
	}
	return sinks[0];
}

static enum status put_run_rows(struct job *job, struct sink *sink, struct error *err)
{
	char *command = invocation_text(job->call);
	const struct run_facts facts = {
		.command = command,
		.inputs = job->inputs,
		.nr_inputs = job->call->nr_operands,
		.source = job->source,
		.options = &job->options,
		.summary = &job->summary,
		.combine = job->settings.combine == COMBINE_EACH ? "each" :
			   job->settings.combine == COMBINE_ZIP ? "zip" : "cross",
		.is_posted = job->settings.conditions.is_posted,
		.ram_pages = conditions_ram_pages(&job->settings.conditions, job->source->class->info(job->source)),
		.limits = &job->limits,
		.config_hash = job->settings.config_path ? &job->config_hash : NULL,
	};
	enum status status = run_rows_put(&facts, sink, err);

	free(command);
	return status;
}

/* Scenario 1 of a text by hand has the limits that the text sets; those of options follow. */
static void add_written_scenario(struct job *job)
{
	bool is_written = job->source->class->settings(job->source)->is_written;
	size_t nr = job->scenarios.nr + is_written;

	job->specs = xcalloc(nr, sizeof(*job->specs));
	if (is_written)
		job->specs[0] = (struct scenario_spec){ .label = "as written", .is_written = true };
	for (size_t i = 0; i < job->scenarios.nr; i++)
		job->specs[i + is_written] = job->scenarios.specs[i];
	job->options.scenarios = job->specs;
	job->options.nr_scenarios = nr;
}

static enum status run_verified(struct job *job, struct sink *sink, struct error *err)
{
	struct proof *proof = proof_create(&(struct proof_config){ .source = job->source, .models = job->settings.models });
	struct replay_options watched = job->options;
	enum status status;
	size_t nr;

	watched.watch = proof_watch(proof);
	status = run_once(job, &watched, sink, err);
	if (!status) {
		const struct proof_row *rows = proof_finish(proof, job->summary.end_ns, &nr);

		status = proof_rows_put(rows, nr, job->source, sink, err);
	}
	proof_destroy(proof);
	return status;
}

/* What the scenarios may take: what is known only after the recording was read once. The sink is empty again then. */
static enum status survey(struct job *job, struct sink **sink, struct replay_memory *memory, struct error *err)
{
	const struct sink_class *class = (*sink)->class;
	struct replay_options first = job->options, planned = job->options;
	bool *leaves = xcalloc(replay_members(&first), sizeof(*leaves));
	enum status status;

	/* Without scenarios the survey is the replay. */
	if (first.nr_scenarios) {
		first.nr_threads = 1;
		first.leaves = leaves;
	}
	status = run_once(job, &first, *sink, err);
	planned.nr_threads = replay_threads(&job->options, job->source);
	if (!status)
		replay_memory(&planned, &job->summary, memory_taken_bytes(), leaves, memory);
	free(leaves);
	if (status)
		return status;
	class->close(*sink);
	*sink = NULL;
	status = class->open(sink, job->output, err);
	return status ? status : open_source(job, err);
}

/* A bound is not rounded down. */
static uint64_t mib_up(uint64_t bytes)
{
	return (bytes + (1 << 20) - 1) >> 20;
}

/* Returns new. Who proves looks on, so nothing is handed over. */
static char *memory_text(const struct job *job, const struct replay_memory *memory)
{
	size_t nr = job->options.nr_scenarios, nr_threads = replay_threads(&job->options, job->source);

	nr_threads += !job->settings.is_verified && replay_may_hand_over(&job->options, job->source);
	return xasprintf("%zu scenario%s in %zu thread%s may take %" PRIu64 " MiB", nr, nr == 1 ? "" : "s",
			 nr_threads, nr_threads == 1 ? "" : "s", mib_up(memory->total));
}

static void print_memory(const struct job *job, const struct replay_memory *memory)
{
	char *text = memory_text(job, memory);

	printf("%s: %.1f for the facts, %.1f for %" PRIu64 " worlds of %" PRIu64
	       " pages, %.1f for time series and incidents, %.1f for their rows in the output, %.1f for what heaps keep unused\n",
	       text,
	       (double)memory->facts / MIB, (double)memory->rows / MIB, memory->nr_worlds, job->summary.nr_pages,
	       (double)memory->histories / MIB, (double)memory->output / MIB, (double)memory->heaps / MIB);
	free(text);
}

static enum status refuse(const struct job *job, const struct replay_memory *memory, uint64_t most_bytes, struct error *err)
{
	char *text = memory_text(job, memory);

	error_set(err, RC_USAGE, "replay: --max-memory: takes SIZE: %s, and %.0f are given: try fewer, or --threads 1",
		  text, (double)most_bytes / MIB);
	free(text);
	return RC_USAGE;
}

/* RC_END: that was all that was asked for. */
static enum status check_memory(struct job *job, struct sink **sink, struct error *err)
{
	const struct replay_settings *settings = &job->settings;
	uint64_t most = settings->max_memory.number;
	struct replay_memory memory;
	enum status status;

	if (!settings->is_dry && !most)
		return RC_OK;
	if (settings->max_memory.is_pages)
		most *= job->source->class->info(job->source)->page_size;
	status = survey(job, sink, &memory, err);
	if (!status && settings->is_dry)
		print_memory(job, &memory);
	if (!status && most && memory.total > most)
		return refuse(job, &memory, most, err);
	job->bound.most_bytes = most;
	return status ? status : settings->is_dry ? RC_END : RC_OK;
}

static struct hashing *hash_inputs(struct job *job)
{
	job->inputs = xcalloc(job->call->nr_operands, sizeof(*job->inputs));
	for (size_t i = 0; i < job->call->nr_operands; i++)
		job->inputs[i].path = job->call->operands[i];
	return hashing_start(job->inputs, job->call->nr_operands);
}

static enum status replay_into(struct job *job, struct sink **sink, struct error *err)
{
	enum status status = make_scenarios(job, err);
	struct hashing *hashing;

	if (status)
		return status;
	add_written_scenario(job);
	hashing = hash_inputs(job);
	status = check_memory(job, sink, err);
	if (!status)
		status = job->settings.is_verified ? run_verified(job, *sink, err) : run_once(job, &job->options, *sink, err);
	if (status) {
		hashing_abandon(hashing);
		return status;
	}
	status = hashing_join(hashing, err);
	if (!status)
		status = put_run_rows(job, *sink, err);
	return status ? status : (*sink)->class->commit(*sink, err);
}

/* Returns new. */
static char *output_of(const struct invocation *call)
{
	const char *folder = getenv("TMPDIR");

	return call->output ? xstrdup(call->output) : xasprintf("%s/recount-dry-run", folder && *folder ? folder : "/var/tmp");
}

static void say_more(const struct job *job)
{
	const struct trace_counts *counts = job->source->class->counts(job->source);

	complain("%" PRIu64 " events read, %" PRIu64 " used; %zu scenarios beside the recorded one; %" PRIu64
		 " of %" PRIu64 " rss_stat values predicted exactly", counts->read, counts->used,
		 job->scenarios.nr, job->summary.exact, job->summary.checked);
}

static enum status replay_job(struct job *job, struct error *err)
{
	const char *const *notes;
	uint64_t nr_more = 0;
	size_t nr_notes;
	struct sink *sink = NULL;
	enum status status;

	replay_settings_default_models(&job->settings);
	status = read_limits(job, err);
	if (!status && job->settings.is_verified && is_op_text(job->call->operands[0]))
		status = error_set(err, RC_USAGE, "replay: --verify: %s is a text of operations: it holds no counters of a kernel",
				   job->call->operands[0]);
	if (!status)
		status = open_source(job, err);
	if (!status)
		status = check_drives(job, err);
	if (!status)
		status = make_options(job, err);
	if (!status)
		status = sink_of(job->call)->open(&sink, job->output, err);
	if (status)
		return status;
	status = replay_into(job, &sink, err);
	if (sink)
		sink->class->close(sink);
	if (status)
		return status == RC_END ? RC_OK : status;
	nr_notes = job->source->class->notes(job->source, &notes, &nr_more);
	job->damage = complain_notes(job->call, job->source->class->counts(job->source), notes, nr_notes, nr_more);
	if (job->summary.nr_gaps)
		job->damage = EXIT_DAMAGED;
	if (job->call->is_verbose)
		say_more(job);
	return RC_OK;
}

static enum exit_code replay_one(void *context, const struct invocation *call)
{
	struct job job = { .call = call, .output = output_of(call), .settings = *(const struct replay_settings *)context };
	struct error err = { "" };
	enum exit_code exit_code;
	enum status status;

	if (job.settings.is_resumed && call->output && is_finished(call, job.settings.config_path, &exit_code)) {
		if (call->is_verbose)
			complain("%s: is there already", call->output);
		free(job.output);
		return exit_code;
	}
	status = replay_job(&job, &err);
	exit_code = status ? complain_status(status, &err) : job.damage;
	op_source_close(job.source);
	scenario_list_release(&job.scenarios);
	limits_release(&job.limits);
	config_release(&job.config);
	free(job.inputs);
	free(job.output);
	free(job.specs);
	return exit_code;
}

static enum exit_code replay_command_run(int argc, char **argv)
{
	struct replay_settings settings = REPLAY_SETTINGS_INIT;
	struct invocation call;
	enum exit_code exit_code;

	if (invocation_parse(&call, &replay_command, &settings, argc, argv, &exit_code)) {
		sort_inputs(&call);
		exit_code = settings.nr_jobs ? replay_many(&call, sink_of(&call) == sinks[0] ? ".db" : ".txt", settings.nr_jobs,
							   replay_one, &settings) :
					       replay_one(&settings, &call);
		invocation_release(&call);
	}
	replay_settings_release(&settings);
	return exit_code;
}

static const char *const formats[] = { "sqlite", "text", NULL };

const struct command replay_command = {
	.name = "replay",
	.operands = "FILE...",
	.summary = "replay a recording under candidate limits into a RUN.db",
	.details = "The files are one recording (docs/inputs.md says which are), or one text of operations (recount ops, docs/ops.md).\n"
		   "Scenario 0, as recorded, is always there; limits add more.\n"
		   "-O text writes the rows one a line, for tests.",
	.options = replay_options,
	.formats = formats,
	.takes = TAKES_RANGE | NEEDS_OUTPUT,
	.max_operands = SIZE_MAX,
	.run = replay_command_run,
};
