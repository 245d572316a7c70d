// SPDX-License-Identifier: GPL-2.0-or-later
/* recount report: what a RUN.db means. */
#include "base/memory_stream.h"
#include "base/xalloc.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "reports/report.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

struct settings {
	const struct report *report;
	const char *run;	/* of a fleet; NULL = all */
	uint64_t scenario;
	double slo, margin;	/* as run_db_set() takes them; < 0 = not given */
};

static enum status set_report(void *context, const char *value, struct error *err)
{
	struct settings *settings = context;
	const struct report *report = report_by_name(value);
	char names[200] = "";
	size_t used = 0;

	if (report) {
		settings->report = report;
		return RC_OK;
	}
	for (const struct report *const *known = reports; *known && used < sizeof(names); known++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
					 (*known)->name);
	return error_set(err, RC_USAGE, "'%s' is no report: there are %s", value, names);
}

static enum status set_run(void *context, const char *value, struct error *err)
{
	(void)err;	/* looked for when the fleet is open */
	((struct settings *)context)->run = value;
	return RC_OK;
}

static enum status set_scenario(void *context, const char *value, struct error *err)
{
	return parse_number(value, 0, UINT32_MAX, &((struct settings *)context)->scenario, err);
}

/* "0.2" or "0.2%", in millionths of a percent. */
static enum status parse_percent(const char *value, uint64_t *number, struct error *err)
{
	const char *text = value;

	if (!parse_decimal(&text, 1000000, number) || *number > UINT64_C(1000) * 1000000 || strcmp(text + (*text == '%'), ""))
		return error_set(err, RC_USAGE, "'%s' is not a share of 0%% to 1000%%", value);
	return RC_OK;
}

static enum status set_slo(void *context, const char *value, struct error *err)
{
	uint64_t number;
	enum status status = parse_percent(value, &number, err);

	if (!status)
		((struct settings *)context)->slo = (double)number / 1e6;
	return status;
}

static enum status set_margin(void *context, const char *value, struct error *err)
{
	uint64_t number;
	enum status status = parse_percent(value, &number, err);

	if (!status)
		((struct settings *)context)->margin = (double)(number / 10000);
	return status;
}

static const struct option_spec options[] = {
	{ "report", 'r', "NAME", "which report; table (the default): every container under\n"
	  "every limit, what failed, and whether it fits; recommend: the\n"
	  "limit that each container can be given; hosts: the same of\n"
	  "each recording of several; bills: who pays for what others\n"
	  "use; the others: see -O", set_report },
	{ "run", 0, "NAME|NUMBER", "of a FLEET.db: one run, as if it were a RUN.db (default: all\n"
	  "together)", set_run },
	{ "slo", 0, "PERCENT", "recommend no limit at which more of the working set than this\n"
	  "comes back from being reclaimed in a minute (default: 0.2%)", set_slo },
	{ "margin", 0, "PERCENT", "recommend so much more than the smallest limit that will do\n"
	  "(default: 15%)", set_margin },
	{ "scenario", 's', "NUMBER", "which scenario, for reports on one: ubc (default: 0, as recorded)",
	  set_scenario },
	{ NULL }
};

static const char *const formats[] = { "table", "json", "csv", "html", "ubc", "openmetrics", "trace", NULL };

static enum report_format format_of(const struct invocation *call)
{
	if (!strcmp(call->format, "json"))
		return REPORT_JSON;
	return strcmp(call->format, "csv") ? REPORT_TABLE : REPORT_CSV;
}

/* Block characters where the locale and the terminal have them. */
static bool has_unicode(void)
{
	const char *term = getenv("TERM");

	return !strcmp(nl_langinfo(CODESET), "UTF-8") && !(term && !strcmp(term, "dumb"));
}

static void set_rule(const struct settings *settings, struct run_db *run)
{
	if (settings->slo >= 0)
		run_db_set(run, ":slo", settings->slo);
	if (settings->margin >= 0)
		run_db_set(run, ":margin", settings->margin);
	run_db_set(run, ":unicode", has_unicode());
}

/* A format of its own is a report. */
static const struct report *report_of(const struct settings *settings, const struct invocation *call)
{
	const struct report *by_format = strcmp(call->format, formats[0]) ? report_by_name(call->format) : NULL;

	return by_format ? by_format : settings->report;
}

static enum status render_one(const struct settings *settings, const struct invocation *call, struct run_db *run,
			      FILE *out, struct error *err)
{
	enum status status = settings->scenario ? run_db_set_scenario(run, settings->scenario, err) : RC_OK;

	if (status == RC_END)
		return error_set(err, RC_USAGE, "report: --scenario: takes NUMBER: the run has no scenario %" PRIu64,
				 settings->scenario);
	return status ? status : report_render(report_of(settings, call), run, format_of(call), out, err);
}

static enum status render_all(const struct settings *settings, const struct invocation *call, struct run_db *const *runs,
			      FILE *out, struct error *err)
{
	const struct report *report = report_of(settings, call);

	if (!report->render_all)
		return error_set(err, RC_USAGE, "report: %s shows one run: %s", report->name,
				 call->nr_operands > 1 ? "give one RUN.db" : "choose it with --run, or try -r recommend or -r hosts");
	return report->render_all(runs, call->nr_operands, format_of(call), out, err);
}

/* By its name in the fleet, or by its number from 1 on, as reports show it. */
static enum status choose_run(const struct settings *settings, struct run_db *fleet, struct error *err)
{
	uint64_t number;
	struct error none;

	for (size_t i = 0; i < run_db_nr_runs(fleet); i++) {
		enum status status = run_db_choose(fleet, i, err);
		char *name = run_db_name(fleet);
		bool is_it = !strcmp(name, settings->run);

		free(name);
		if (status || is_it)
			return status;
	}
	if (!parse_number(settings->run, 1, run_db_nr_runs(fleet), &number, &none))
		return run_db_choose(fleet, (size_t)number - 1, err);
	return error_set(err, RC_USAGE, "report: --run: takes NAME|NUMBER: %s has no run '%s': -r hosts names them, 1 to %zu",
			 run_db_path(fleet), settings->run, run_db_nr_runs(fleet));
}

static enum status open_all(const struct settings *settings, const struct invocation *call, struct run_db **runs, struct error *err)
{
	enum status status = RC_OK;

	if (settings->run && call->nr_operands > 1)
		return error_set(err, RC_USAGE, "report: --run: takes NAME|NUMBER: of one FLEET.db, not of %zu files", call->nr_operands);
	for (size_t i = 0; i < call->nr_operands && !status; i++) {
		status = run_db_open(&runs[i], call->operands[i], err);
		if (!status)
			set_rule(settings, runs[i]);
	}
	return status || !settings->run ? status : choose_run(settings, runs[0], err);
}

/* Rendered in memory first: a RUN.db that turns out damaged prints nothing. */
static enum status render(const struct settings *settings, const struct invocation *call,
			  FILE *out, struct error *err)
{
	size_t nr = call->nr_operands;
	struct run_db **runs = xcalloc(nr, sizeof(*runs));
	enum status status = open_all(settings, call, runs, err);
	struct memory_stream stream;
	FILE *memory = memory_stream_open(&stream);
	char *text;

	if (!status)
		status = nr > 1 || (run_db_is_fleet(runs[0]) && !settings->run) ?
			 render_all(settings, call, runs, memory, err) : render_one(settings, call, runs[0], memory, err);
	for (size_t i = 0; i < nr && !status; i++)
		status = run_db_check(runs[i], err);
	text = memory_stream_close(&stream);
	if (!status)
		fwrite(text, 1, stream.bytes, out);
	free(text);
	for (size_t i = 0; i < nr; i++)
		run_db_close(runs[i]);
	free(runs);
	return status;
}

static enum exit_code report_run(int argc, char **argv)
{
	struct settings settings = { .report = reports[0], .slo = -1, .margin = -1 };
	struct error err = { "" };
	struct invocation call;
	struct output output;
	enum exit_code exit_code;
	enum status status;

	if (!invocation_parse(&call, &report_command, &settings, argc, argv, &exit_code))
		return exit_code;
	status = output_open(&output, call.output, &err);
	if (!status) {
		status = render(&settings, &call, output.stream, &err);
		if (!status)
			status = output_commit(&output, &err);
		output_close(&output);
	}
	invocation_release(&call);
	return status ? complain_status(status, &err) : EXIT_DONE;
}

const struct command report_command = {
	.name = "report",
	.operands = "RUN.db...",
	.summary = "what a replay found means, for people or programs",
	.details = "A FLEET.db, or several RUN.db, are reported together: the worst case of each service, the spread, and which\n"
		   "recordings stand out (docs/fleet.md).\n"
		   "-O html is all of it as one self-contained page: recommendation, limit curves, usage, incidents, trust; of several runs\n"
		   "the services, what each recording needs, and which stand out.\n"
		   "-O openmetrics is usage over time and counters at the recording's times; -O trace is JSON with counter\n"
		   "tracks and incidents, for the Perfetto UI.\n"
		   "-O ubc is report ubc: beancounters of one scenario in the layout of /proc/user_beancounters,\n"
		   "uid = container, in pages; rows that recount does not model are 0 and unlimited.\n"
		   "In CSV a text that a spreadsheet would take for a formula (it starts with = + - @)\n"
		   "gets an apostrophe in front.",
	.options = options,
	.formats = formats,
	.max_operands = SIZE_MAX,
	.run = report_run,
};
