// SPDX-License-Identifier: GPL-2.0-or-later
/* recount verify: how far the replay is from the kernel's own counters. */
#include "base/xalloc.h"
#include "cmd/command.h"
#include "cmd/conditions.h"
#include "cmd/inputs.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/verify_against.h"
#include "cmd/verify_print.h"
#include "ops/op_sources.h"
#include "replay/runs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_MODELS 4
#define DEFAULT_PREDICTION 5	/* percent */
#define DEFAULT_RUNS 15		/* of a prediction */

/* Models that answer to counters which a kernel has. */
static const char *const model_names[] = { "memcg", "cgroup2", NULL };

struct settings {
	struct conditions conditions;	/* first: options are given its address */
	const char **truths;
	size_t nr_truths, truths_capacity;
	bool is_beside;
	struct against_settings against;
	struct { bool is_set; double percent; } inexact, overall, figures[FIGURE_NR], sampled, prediction;
};

static enum status set_truth(void *context, const char *value, struct error *err)
{
	struct settings *settings = context;

	if (settings->is_beside || (settings->nr_truths && !strcmp(value, "beside")))
		return error_set(err, RC_USAGE, "beside is for all of them");
	if (!strcmp(value, "beside")) {
		settings->is_beside = true;
		return RC_OK;
	}
	xgrow(&settings->truths, settings->nr_truths, &settings->truths_capacity, sizeof(*settings->truths));
	settings->truths[settings->nr_truths++] = value;
	return RC_OK;
}

static enum status set_limit(void *context, const char *value, struct error *err)
{
	struct against_settings *against = &((struct settings *)context)->against;

	(void)err;	/* parsed with the others */
	xgrow(&against->limits, against->nr_limits, &against->limits_capacity, sizeof(*against->limits));
	against->limits[against->nr_limits++] = value;
	return RC_OK;
}

static enum status set_against(void *context, const char *value, struct error *err)
{
	struct against_settings *against = &((struct settings *)context)->against;

	(void)err;
	xgrow(&against->recordings, against->nr_recordings, &against->recordings_capacity,
	      sizeof(*against->recordings));
	against->recordings[against->nr_recordings++] = value;
	return RC_OK;
}

static enum status set_runs(void *context, const char *value, struct error *err)
{
	return parse_number(value, 1, RUNS_MAX, &((struct settings *)context)->against.nr_runs, err);
}

static bool parse_percent(const char *text, double *percent)
{
	uint64_t thousandths;

	if (!parse_decimal(&text, 1000000, &thousandths))
		return false;
	*percent = (double)thousandths / 1000000;
	return !*text || !strcmp(text, "%");
}

static enum status set_tolerance(void *context, const char *value, struct error *err)
{
	struct settings *settings = context;
	const char *equals = strchr(value, '='), *number = equals ? equals + 1 : value;
	size_t bytes = equals ? (size_t)(equals - value) : 0;
	bool is_any = false;
	double percent;

	if (!parse_percent(number, &percent))
		return error_set(err, RC_USAGE, "'%s' is no share in percent", number);
#define TAKE(place, name) do { \
		if (!equals || (strlen(name) == bytes && !memcmp(name, value, bytes))) { \
			(place).is_set = is_any = true; \
			(place).percent = percent; \
		} \
	} while (0)
	TAKE(settings->inexact, "rss_stat");
	TAKE(settings->overall, "overall");
	TAKE(settings->sampled, "samples");
	TAKE(settings->prediction, "prediction");
	for (enum figure figure = 0; figure < FIGURE_NR; figure++)
		TAKE(settings->figures[figure], figure_name(figure));
#undef TAKE
	return is_any ? RC_OK : error_set(err, RC_USAGE, "'%.*s' is none of rss_stat, overall, samples, prediction, rss, cache, mapped_file",
					  (int)bytes, value);
}

static const struct option_spec options[] = {
	{ "truth", 't', "CSV|beside", "counters sampled beside the recording, columns by name; the\n"
	  "first for the first FILE and so on; beside: NAME.truth.csv next\n"
	  "to each NAME.dat that has one", set_truth, .is_path = true },
	{ "tolerance", 0, "[FIGURE=]PERCENT", "how far a row may be off: rss_stat (default 1), overall\n"
	  "(rss_stat of all FILEs together, 0.2), rss, cache (0.1),\n"
	  "mapped_file (1), samples (1), prediction (5); without FIGURE all", set_tolerance },
	{ "limit", 'l', "[CONTAINER:]RESOURCE=VALUE", "with --against: what FILE is replayed with, as replay takes it", set_limit },
	{ "against", 'a', "LIMITED", "a recording of the same workload under that limit: FILE,\n"
	  "replayed, is compared with what happened in it; more of them,\n"
	  "and more --truth than recordings, are the spread of such runs", set_against, .is_path = true },
	{ "runs", 0, "N", "with --against: play FILE N times under the limit, a few pages\n"
	  "apart once it reclaims: the middle one is compared, beside it\n"
	  "stand lowest and highest (default: 15)", set_runs },
	CONDITION_OPTIONS,	/* with --limit */
	{ NULL }
};

static void make_tolerances(const struct settings *settings, uint32_t nr_cpus, struct tolerances *tolerances)
{
	tolerances_default(tolerances, nr_cpus);
	if (settings->inexact.is_set)
		tolerances->inexact = settings->inexact.percent;
	if (settings->overall.is_set)
		tolerances->overall = settings->overall.percent;
	if (settings->sampled.is_set)
		tolerances->sampled = settings->sampled.percent;
	for (enum figure figure = 0; figure < FIGURE_NR; figure++)
		if (settings->figures[figure].is_set)
			tolerances->figures[figure] = settings->figures[figure].percent;
}

/* A sink that keeps nothing: what is compared is seen by who looks on. */
static enum status keep_nothing(struct sink *sink, const struct row *row, struct error *err)
{
	(void)sink, (void)row, (void)err;
	return RC_OK;
}

static const struct sink_class nowhere_class = { .name = "nowhere", .put = keep_nothing };

/* One call. */
struct job {
	const struct invocation *call;
	struct settings settings;
	const struct model_class *models[MAX_MODELS + 1];
	struct verify_print print;
	bool is_past;
	enum exit_code damage;
};

/* One recording of it. */
struct subject {
	const char *path;
	struct op_source *source;
	struct truth truth;
	bool has_truth;
	struct replay_summary summary;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Returns new: NAME.truth.csv beside NAME.dat, or NULL. */
static char *truth_beside(const char *path)
{
	const char *name = base_name(path), *dot = strrchr(name, '.');
	size_t bytes = dot ? (size_t)(dot - path) : strlen(path);
	char *beside = xasprintf("%.*s.truth.csv", (int)bytes, path);

	if (!access(beside, R_OK))
		return beside;
	free(beside);
	return NULL;
}

static enum status load_truth(const struct job *job, struct subject *subject, size_t number, struct error *err)
{
	char *path = job->settings.is_beside ? truth_beside(subject->path) :
		     number < job->settings.nr_truths ? xstrdup(job->settings.truths[number]) : NULL;
	enum status status = RC_OK;

	if (path)
		status = truth_load(&subject->truth, path, subject->source->class->info(subject->source)->page_size, err);
	subject->has_truth = path && !status;
	free(path);
	return status;
}

static enum status run_replay(const struct job *job, struct subject *subject, struct proof *proof, struct error *err)
{
	struct sink nowhere = { .class = &nowhere_class };
	struct progress progress;
	struct replay_options replaying = {
		.models = job->models, .watch = proof_watch(proof), .progress = progress_update,
		.progress_context = &progress,
	};
	const struct trace_info *info = subject->source->class->info(subject->source);
	enum status status = resolve_range(job->call, info, &replaying.begin_ns, &replaying.end_ns, err);

	if (status)
		return status;
	replaying.machine = conditions_machine(&job->settings.conditions, info);
	replaying.model_rules = conditions_rules(&job->settings.conditions, info);
	progress_begin(&progress, info->bytes, job->call->has_progress && !job->call->is_quiet);
	status = replay_run(subject->source, &replaying, &nowhere, &subject->summary, err);
	progress_end(&progress);
	return status;
}

static void show(struct job *job, const struct subject *subject, struct proof *proof)
{
	const struct op_source_class *class = subject->source->class;
	struct judge_count all = { 0 };
	struct tolerances tolerances;
	struct verified verified = {
		.name = base_name(subject->path), .info = class->info(subject->source),
		.begin_ns = subject->summary.begin_ns, .end_ns = subject->summary.end_ns,
		.nr_gaps = subject->summary.nr_gaps, .judge = class->judge(subject->source),
		.check = class->snapshot_check(subject->source), .tolerances = &tolerances,
	};

	make_tolerances(&job->settings, verified.info->nr_cpus, &tolerances);
	verified.rows = proof_finish(proof, subject->summary.end_ns, &verified.nr_rows);
	verify_print(&job->print, &verified);
	judge_add(&all, verified.judge);
	job->is_past |= judge_grade(&all, tolerances.inexact) == GRADE_PAST;
	job->is_past |= verified_end_grade(&verified) == GRADE_PAST;
	for (size_t i = 0; i < verified.nr_rows; i++)
		job->is_past |= proof_grade(&verified.rows[i], &tolerances) == GRADE_PAST;
}

static void complain_of(struct job *job, const struct subject *subject)
{
	const char *const *notes;
	uint64_t nr_more = 0;
	size_t nr = subject->source->class->notes(subject->source, &notes, &nr_more);

	if (complain_notes(job->call, subject->source->class->counts(subject->source), notes, nr, nr_more) != EXIT_DONE)
		job->damage = EXIT_DAMAGED;
}

static enum status verify_one(struct job *job, size_t number, struct error *err)
{
	struct subject subject = { .path = job->call->operands[number] };
	struct proof *proof = NULL;
	enum status status;

	if (is_op_text(subject.path))
		return error_set(err, RC_USAGE, "%s: a text of operations holds no counters of a kernel", subject.path);
	status = op_source_open_with(&subject.source, &(struct op_source_request){
		.paths = &subject.path, .nr_paths = 1, .counters = counter_kinds(), .formats = job->call->formats }, err);
	if (!status)
		status = load_truth(job, &subject, number, err);
	if (!status) {
		proof = proof_create(&(struct proof_config){
			.source = subject.source, .models = job->models,
			.truth = subject.has_truth ? &subject.truth : NULL });
		status = run_replay(job, &subject, proof, err);
	}
	if (!status) {
		show(job, &subject, proof);
		complain_of(job, &subject);
	}
	proof_destroy(proof);
	truth_release(&subject.truth);
	op_source_close(subject.source);
	return status;
}

/* FILE replayed under a limit, against a recording made under it. */
static enum status verify_pair(struct job *job, struct error *err)
{
	struct against_settings against = job->settings.against;
	struct output output;
	enum status status;

	if (!against.nr_limits || !against.nr_recordings)
		return error_set(err, RC_USAGE, "verify: --against: takes LIMITED: goes with --limit, and --limit with it");
	if (job->call->nr_operands != 1)
		return error_set(err, RC_USAGE, "verify: --against: takes LIMITED: it is one FILE that is compared with it");
	if (job->settings.is_beside)
		return error_set(err, RC_USAGE, "verify: --truth: takes CSV: those of --against are named");
	if (!against.nr_runs)
		against.nr_runs = DEFAULT_RUNS;
	against.conditions = &job->settings.conditions;
	against.truths = job->settings.truths;
	against.nr_truths = job->settings.nr_truths;
	against.tolerance = job->settings.prediction.is_set ? job->settings.prediction.percent : DEFAULT_PREDICTION;
	status = output_open(&output, job->call->output, err);
	if (status)
		return status;
	status = verify_against(job->call, &against, output.stream, &job->is_past, &job->damage, err);
	if (!status)
		status = output_commit(&output, err);
	output_close(&output);
	return status;
}

static enum status verify_all(struct job *job, struct error *err)
{
	const struct settings *settings = &job->settings;
	struct output output;
	enum status status;

	if (settings->against.nr_limits || settings->against.nr_recordings)
		return verify_pair(job, err);
	if (job->settings.nr_truths > job->call->nr_operands)
		return error_set(err, RC_USAGE, "verify: --truth: takes CSV: there are more of them than recordings");
	for (size_t i = 0, nr = 0; model_names[i]; i++)
		if (model_by_name(model_names[i]))
			job->models[nr++] = model_by_name(model_names[i]);
	status = output_open(&output, job->call->output, err);
	if (status)
		return status;
	verify_print_begin(&job->print, job->call->format, output.stream);
	for (size_t i = 0; i < job->call->nr_operands && !status; i++)
		status = verify_one(job, i, err);
	job->is_past |= judge_grade(&job->print.all, job->print.overall) == GRADE_PAST && job->print.nr > 1;
	verify_print_end(&job->print);
	if (!status)
		status = output_commit(&output, err);
	output_close(&output);
	return status;
}

static enum exit_code verify_run(int argc, char **argv)
{
	struct job job = { .damage = EXIT_DONE };
	struct invocation call;
	struct error err = { "" };
	enum exit_code exit_code;
	enum status status;

	if (invocation_parse(&call, &verify_command, &job.settings, argc, argv, &exit_code)) {
		job.call = &call;
		status = verify_all(&job, &err);
		exit_code = status ? complain_status(status, &err) : job.is_past ? EXIT_DAMAGED : job.damage;
		invocation_release(&call);
	}
	free(job.settings.truths);
	conditions_release(&job.settings.conditions);
	free(job.settings.against.limits);
	free(job.settings.against.recordings);
	return exit_code;
}

const struct command verify_command = {
	.name = "verify",
	.operands = "FILE...",
	.summary = "how far the replay is from the kernel's own counters",
	.details = "Each FILE is a recording. Its rss_stat values are compared with what was predicted before they were\n"
		   "seen; what its containers hold with memcg events, where it has them, and with --truth. Exit code 3\n"
		   "says that a row is past its tolerance.\n"
		   "With --limit and --against, FILE is replayed under the limit, and what is predicted stands beside what\n"
		   "happened in LIMITED.",
	.options = options,
	.formats = verify_formats,
	.takes = TAKES_RANGE,
	.max_operands = SIZE_MAX,
	.run = verify_run,
};
