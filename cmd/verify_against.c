// SPDX-License-Identifier: GPL-2.0-or-later
/* One replay under a limit, and a watch over each recording that was made under it. */
#include "cmd/verify_against.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/inputs.h"
#include "cmd/limits.h"
#include "cmd/progress.h"
#include "cmd/sheet.h"
#include "ops/op_sources.h"
#include "verify/comparison.h"
#include "verify/measured.h"
#include "verify/predicted.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RESOURCES 64
#define MAX_RUNS 64
#define SCENARIO 1

struct against {
	const struct invocation *call;
	const struct against_settings *settings;
	const struct model_class *models[2];
	const char *resources[MAX_RESOURCES + 1];
	struct limits limits;
	struct scenario_list scenarios;
	struct courses predicted;
	struct courses runs[MAX_RUNS];
	size_t nr_runs;
	bool is_past;
	enum exit_code damage;
};

/* --- running --- */

static enum status replay(struct against *against, struct op_source *source, const struct replay_watch *watch,
			  struct sink *sink, const struct scenario_list *scenarios, struct error *err)
{
	const struct conditions *conditions = against->settings->conditions;
	const struct trace_info *info = source->class->info(source);
	struct replay_summary summary;
	struct progress progress;
	struct replay_options options = {
		.models = against->models, .nr_runs = against->settings->nr_runs, .watch = watch, .end_ns = UINT64_MAX,
		.interval_ns = stairs_step_ns(info->begin_ns, info->end_ns), .reuse_ns = conditions->reuse_ns,
		.keeps_reclaim = conditions->keeps_reclaim, .undoes_machine = conditions->undoes_machine,
		.progress = progress_update, .progress_context = &progress,
	};
	enum status status;

	if (scenarios) {
		options.scenarios = scenarios->specs;
		options.nr_scenarios = scenarios->nr;
	}
	options.machine = conditions_machine(conditions, info);
	options.model_rules = conditions_rules(conditions, info);
	options.reuse_ns = conditions->reuse_ns;
	options.keeps_reclaim = conditions->keeps_reclaim;
	options.undoes_machine = conditions->undoes_machine;
	progress_begin(&progress, info->bytes, against->call->has_progress && !against->call->is_quiet);
	status = replay_run(source, &options, sink, &summary, err);
	progress_end(&progress);
	return status;
}

static void note_damage(struct against *against, const struct op_source *source)
{
	const char *const *notes;
	uint64_t nr_more = 0;
	size_t nr = source->class->notes(source, &notes, &nr_more);

	if (complain_notes(against->call, source->class->counts(source), notes, nr, nr_more) != EXIT_DONE)
		against->damage = EXIT_DAMAGED;
}

static enum status predict(struct against *against, struct error *err)
{
	const char *path = against->call->operands[0];
	struct op_source *source = NULL;
	struct predicted *predicted;
	enum status status = op_source_open_with(&source, &(struct op_source_request){
		.paths = &path, .nr_paths = 1, .formats = against->call->formats }, err);

	if (status)
		return status;
	limits_resolve(&against->limits, source->class->info(source)->page_size, NULL, 0, &against->scenarios);
	predicted = predicted_create(SCENARIO, source);
	status = replay(against, source, predicted_watch(predicted), predicted_sink(predicted), &against->scenarios, err);
	if (!status) {
		predicted_finish(predicted, &against->predicted);
		note_damage(against, source);
	}
	predicted_destroy(predicted);
	op_source_close(source);
	return status;
}

static enum status keep_nothing(struct sink *sink, const struct row *row, struct error *err)
{
	(void)sink, (void)row, (void)err;
	return RC_OK;
}

static const struct sink_class nowhere_class = { .name = "nowhere", .put = keep_nothing };

static enum status measure(struct against *against, const char *path, struct courses *courses, uint32_t *page_bytes,
			   struct error *err)
{
	struct sink nowhere = { .class = &nowhere_class };
	struct op_source *source = NULL;
	struct measured *measured;
	enum status status = op_source_open_with(&source, &(struct op_source_request){
		.paths = &path, .nr_paths = 1, .counters = counter_kinds() }, err);

	if (status)
		return status;
	*page_bytes = source->class->info(source)->page_size;
	measured = measured_create(source);
	status = replay(against, source, measured_watch(measured), &nowhere, NULL, err);
	if (!status) {
		measured_finish(measured, courses);
		note_damage(against, source);
	}
	measured_destroy(measured);
	op_source_close(source);
	return status;
}

/* Recordings first, each with its samples; samples that are left are runs of their own. */
static enum status measure_all(struct against *against, struct error *err)
{
	const struct against_settings *settings = against->settings;
	enum status status = RC_OK;
	uint32_t page_bytes = 0;

	for (size_t i = 0; i < settings->nr_recordings || i < settings->nr_truths; i++) {
		struct courses *run = &against->runs[i];
		struct truth truth;

		if (i == MAX_RUNS)
			return error_set(err, RC_USAGE, "verify: --against: takes FILE: more than %d runs", MAX_RUNS);
		against->nr_runs = i + 1;
		if (i < settings->nr_recordings)
			status = measure(against, settings->recordings[i], run, &page_bytes, err);
		if (!status && i < settings->nr_truths) {
			status = truth_load(&truth, settings->truths[i], page_bytes, err);
			if (!status) {
				measured_samples(&truth, run);
				truth_release(&truth);
			}
		}
		if (status)
			return status;
	}
	return RC_OK;
}

/* --- showing --- */

enum {
	COLUMN_CONTAINER, COLUMN_FIGURE, COLUMN_PREDICTED, COLUMN_ASSUMED, COLUMN_LOW, COLUMN_HIGH, COLUMN_MEASURED, COLUMN_SOURCE, COLUMN_LEAST,
	COLUMN_MOST, COLUMN_RUNS, COLUMN_OFF, COLUMN_PERCENT, COLUMN_GRADE, COLUMN_NR
};

static const struct sheet_column figure_columns[COLUMN_NR] = {
	[COLUMN_CONTAINER] = { "CONTAINER", "container", true },
	[COLUMN_FIGURE] = { "FIGURE", "figure", true },
	[COLUMN_PREDICTED] = { "PREDICTED", "predicted", false },
	[COLUMN_ASSUMED] = { "ASSUMED", "assumed", false },
	[COLUMN_LOW] = { "LOW", "low", false },
	[COLUMN_HIGH] = { "HIGH", "high", false },
	[COLUMN_MEASURED] = { "MEASURED", "measured", false },
	[COLUMN_SOURCE] = { "BY", "source", true },
	[COLUMN_LEAST] = { "LEAST", "least", false },
	[COLUMN_MOST] = { "MOST", "most", false },
	[COLUMN_RUNS] = { "RUNS", "runs", false },
	[COLUMN_OFF] = { "OFF", "off", false },
	[COLUMN_PERCENT] = { "OFF%", "off_percent", false },
	[COLUMN_GRADE] = { "VERDICT", "verdict", true },
};

static const struct sheet_column moment_columns[] = {
	{ "CONTAINER", "container", true }, { "OF", "of", true }, { "SHARE%", "share_percent", false }, { "PREDICTED", "predicted", false },
	{ "MEASURED", "measured", false }, { "OFF", "off", false }, { "OFF%", "off_percent", false },
};

static char *known(int64_t value)
{
	return value == COURSE_NONE ? NULL : xasprintf("%" PRId64, value);
}

static void add_figure(struct against *against, struct sheet *sheet, const struct comparison *comparison,
		       enum course_figure figure)
{
	const struct compared *compared = &comparison->figures[figure];
	enum grade grade = compared_grade(compared, against->settings->tolerance);

	if (compared->predicted == COURSE_NONE && compared->measured == COURSE_NONE)
		return;
	against->is_past |= grade == GRADE_PAST;
	sheet_add(sheet, text_printable(comparison->container));
	sheet_add(sheet, xstrdup(course_figure_name(figure)));
	sheet_add(sheet, known(compared->predicted));
	sheet_add(sheet, known(compared->assumed));
	sheet_add(sheet, known(compared->low));
	sheet_add(sheet, known(compared->high));
	sheet_add(sheet, known(compared->measured));
	sheet_add(sheet, compared->source ? xstrdup(compared->source) : NULL);
	sheet_add(sheet, compared->nr_runs ? known(compared->least) : NULL);
	sheet_add(sheet, compared->nr_runs ? known(compared->most) : NULL);
	sheet_add(sheet, xasprintf("%zu", compared->nr_runs));
	sheet_add(sheet, grade == GRADE_NONE ? NULL : xasprintf("%+" PRId64, compared_off(compared)));
	sheet_add(sheet, grade == GRADE_NONE ? NULL : sheet_real(compared_percent(compared), 2));
	sheet_add(sheet, xstrdup(grade_name(grade)));
}

static void add_moments(struct sheet *sheet, const struct comparison *comparison)
{
	for (int i = 0; comparison->has_moments && i < COMPARISON_MOMENTS; i++) {
		int64_t measured = comparison->moments[i].measured, predicted = comparison->moments[i].predicted;

		sheet_add(sheet, text_printable(comparison->container));
		sheet_add(sheet, xstrdup(comparison->is_by_work ? "work" : "time"));
		sheet_add(sheet, xasprintf("%d", (i + 1) * 100 / COMPARISON_MOMENTS));
		sheet_add(sheet, known(predicted));
		sheet_add(sheet, known(measured));
		sheet_add(sheet, xasprintf("%+" PRId64, predicted - measured));
		sheet_add(sheet, measured ? sheet_real((double)(predicted - measured) * 100 / (double)measured, 2) : NULL);
	}
}

static void print_csv(const struct sheet *sheet, const char *name, FILE *out)
{
	fprintf(out, "table");
	for (size_t i = 0; i < sheet->nr_columns; i++)
		fprintf(out, ",%s", sheet->columns[i].key);
	fputc('\n', out);
	for (size_t row = 0; row < sheet_rows(sheet); row++) {
		fputs(name, out);
		for (size_t i = 0; i < sheet->nr_columns; i++) {
			fputc(',', out);
			sheet_csv_cell(out, sheet_cell(sheet, row, i));
		}
		fputc('\n', out);
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void print_people(const struct against *against, const struct sheet *figures, const struct sheet *moments,
			 void (*print)(const struct sheet *, FILE *), FILE *out)
{
	char *free_name = text_printable(base_name(against->call->operands[0]));
	char *limited_name = text_printable(base_name(against->settings->recordings[0]));
	char *label = text_printable(against->scenarios.specs[0].label);

	fprintf(out, "%s replayed with %s, against %s\n\n", free_name, label, limited_name);
	print(figures, out);
	if (moments->nr) {
		fputs("\nPages held, at shares of the work (pages first touched, pages read) or of each run's own time:\n\n", out);
		print(moments, out);
	}
	free(free_name);
	free(limited_name);
	free(label);
}

static void print_json(const struct against *against, const struct sheet *figures, const struct sheet *moments,
		       FILE *out)
{
	struct json json = { .out = out };

	json_begin(&json, NULL, '{');
	json_text(&json, "recording", base_name(against->call->operands[0]));
	json_text(&json, "scenario", against->scenarios.specs[0].label);
	json_text(&json, "against", base_name(against->settings->recordings[0]));
	sheet_json(figures, &json, "figures");
	sheet_json(moments, &json, "held");
	json_end(&json, '}');
}

static void show(const struct against *against, const struct sheet *figures, const struct sheet *moments, FILE *out)
{
	const char *format = against->call->format;

	if (!strcmp(format, "json")) {
		print_json(against, figures, moments, out);
	} else if (!strcmp(format, "csv")) {
		print_csv(figures, "figures", out);
		print_csv(moments, "held", out);
	} else {
		print_people(against, figures, moments, strcmp(format, "markdown") ? sheet_print : sheet_markdown, out);
	}
}

static enum status compare(struct against *against, FILE *out, struct error *err)
{
	struct sheet figures, moments;

	sheet_init(&figures, figure_columns, COLUMN_NR);
	sheet_init(&moments, moment_columns, sizeof(moment_columns) / sizeof(*moment_columns));
	for (size_t i = 0; i < against->predicted.nr; i++) {
		const struct course *predicted = against->predicted.all[i], *runs[MAX_RUNS];
		struct comparison comparison;
		size_t nr = 0;

		for (size_t r = 0; r < against->nr_runs; r++) {
			runs[nr] = courses_find(&against->runs[r], predicted->container);
			nr += runs[nr] != NULL;
		}
		if (!nr)
			continue;
		comparison_make(&comparison, predicted, runs, nr);
		for (int figure = 0; figure < COURSE_NR; figure++)
			add_figure(against, &figures, &comparison, figure);
		add_moments(&moments, &comparison);
	}
	if (figures.nr)
		show(against, &figures, &moments, out);
	else
		error_set(err, RC_USAGE, "verify: --against: takes FILE: no container that is limited in one recording is in the other");
	sheet_release(&moments);
	sheet_release(&figures);
	return *err->text ? RC_USAGE : RC_OK;
}

/* --- what was asked --- */

/* One limit of one model: what is compared is what that model says. */
static enum status choose_model(struct against *against, struct error *err)
{
	const char *resource = against->limits.options[0].resource;

	against->models[0] = model_of_resource(resource);
	for (size_t i = 1; i < against->limits.nr_options; i++)
		if (!model_has_resource(against->models[0], against->limits.options[i].resource))
			return error_set(err, RC_USAGE, "verify: --limit: takes [CONTAINER:]RESOURCE=VALUE: %s and %s are of "
					 "different models", resource, against->limits.options[i].resource);
	return RC_OK;
}

static enum status parse_limits(struct against *against, struct error *err)
{
	const struct against_settings *settings = against->settings;
	enum status status = RC_OK;
	size_t nr = 0;

	for (size_t i = 0; models[i]; i++)
		for (size_t r = 0; models[i]->resources[r] && nr < MAX_RESOURCES; r++)
			against->resources[nr++] = models[i]->resources[r];
	limits_init(&against->limits, against->resources);
	for (size_t i = 0; i < settings->nr_limits && !status; i++)
		status = limits_add(&against->limits, settings->limits[i], err);
	if (!status)
		status = limits_combine(&against->limits, COMBINE_ZIP, err);
	if (status)
		return error_wrap(err, status, "verify: --limit: takes [CONTAINER:]RESOURCE=VALUE: ", "");
	if (against->limits.nr_scenarios != 1 || limits_have_shares(&against->limits))
		return error_set(err, RC_USAGE, "verify: --limit: takes [CONTAINER:]RESOURCE=VALUE: one value, the one that the "
				 "other recording was made under");
	return choose_model(against, err);
}

enum status verify_against(const struct invocation *call, const struct against_settings *settings, FILE *out,
			   bool *is_past, enum exit_code *damage, struct error *err)
{
	struct against against = { .call = call, .settings = settings, .damage = EXIT_DONE };
	enum status status = parse_limits(&against, err);

	if (!status)
		status = predict(&against, err);
	if (!status)
		status = measure_all(&against, err);
	if (!status)
		status = compare(&against, out, err);
	*is_past = against.is_past;
	*damage = against.damage;
	for (size_t i = 0; i < against.nr_runs; i++)
		courses_release(&against.runs[i]);
	courses_release(&against.predicted);
	scenario_list_release(&against.scenarios);
	limits_release(&against.limits);
	return status;
}
