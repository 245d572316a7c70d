// SPDX-License-Identifier: GPL-2.0-or-later
/* recount scrub: a recording fit to leave its host. */
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "base/text.h"
#include "scrub/scrub.h"
#include "sink/output_file.h"

#include <inttypes.h>
#include <stdlib.h>

struct settings {
	const char *map;	/* NULL = not wanted */
};

static enum status set_map(void *context, const char *value, struct error *err)
{
	(void)err;
	((struct settings *)context)->map = value;
	return RC_OK;
}

static const struct option_spec options[] = {
	{ "map", 'm', "FILE", "write which name stands for which, for the owner of the recording", set_map, .is_path = true },
	{ NULL }
};

static void print_map(const struct pseudonyms *names, FILE *out)
{
	for (int kind = 0; kind < PSEUDONYM_KINDS; kind++) {
		for (size_t i = 0; i < names->nr[kind]; i++) {
			char *original = text_printable(names->all[kind][i].original);

			fprintf(out, "%s\t%s\n", names->all[kind][i].text, original);
			free(original);
		}
	}
}

static enum status write_map(const struct settings *settings, const struct scrub_job *job, struct error *err)
{
	struct output output;
	enum status status;

	if (!settings->map)
		return RC_OK;
	status = output_open(&output, settings->map, err);
	if (status)
		return status;
	print_map(&job->names, output.stream);
	status = output_commit(&output, err);
	output_close(&output);
	return status;
}

/* The line of progress, which begins when it is known how long it will be. */
static void show(void *context, uint64_t bytes, uint64_t total)
{
	struct progress *progress = context;

	if (!progress->begin_ns)
		progress_begin(progress, total, true);
	progress_update(progress, bytes);
}

static enum status run(const struct invocation *call, const struct settings *settings, struct scrub_job *job,
		       struct error *err)
{
	struct progress progress = { 0 };
	struct output_file file;
	enum status status = output_file_open(&file, call->output, err);

	if (status)
		return status;
	job->progress = call->has_progress && !call->is_quiet ? show : NULL;
	job->progress_context = &progress;
	job->inputs = call->operands;
	job->nr_inputs = call->nr_operands;
	job->output = file.temporary;
	status = scrub(job, err);
	progress_end(&progress);
	if (!status)
		status = write_map(settings, job, err);
	if (!status)
		status = output_file_commit(&file, err);
	output_file_close(&file);
	if (!status && !call->is_quiet)
		complain("scrub: %" PRIu64 " events under other names; frames, process numbers and times are as recorded",
			 job->events);
	return status;
}

static enum exit_code scrub_run(int argc, char **argv)
{
	struct settings settings = { 0 };
	struct scrub_job job = { 0 };
	struct invocation call;
	struct error err = { "" };
	enum exit_code exit_code;
	enum status status;

	if (!invocation_parse(&call, &scrub_command, &settings, argc, argv, &exit_code))
		return exit_code;
	status = run(&call, &settings, &job, &err);
	if (status)
		exit_code = complain_status(status, &err);
	else
		exit_code = job.gaps ? EXIT_DAMAGED : EXIT_DONE;
	pseudonyms_release(&job.names);
	invocation_release(&call);
	return exit_code;
}

static const char *const formats[] = { "trace.dat", NULL };

const struct command scrub_command = {
	.name = "scrub",
	.operands = "FILE...",
	.summary = "the same recording without what names its host, fit to be given away",
	.details = "Names of tasks, programs and containers become task1, program1, c1; addresses move, inodes and\n"
		   "control groups are numbered anew. Nothing is copied: the output is made from events alone, and\n"
		   "replay gives the same numbers.",
	.options = options,
	.formats = formats,
	.takes = NEEDS_OUTPUT,
	.max_operands = SIZE_MAX,
	.run = scrub_run,
};
