// SPDX-License-Identifier: GPL-2.0-or-later
/* recount ops: the operations of a recording, as a text that replay reads. */
#include "cmd/command.h"
#include "cmd/inputs.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "ops/op_sources.h"
#include "ops/op_writer.h"

#include <unistd.h>

static const struct option_spec options[] = {
	{ NULL }
};

static enum status write_text(const struct invocation *call, struct op_source *source, struct output *output,
			      struct error *err)
{
	const struct trace_info *info = source->class->info(source);
	struct progress progress;
	struct op_writer_options writing = { .progress = progress_update, .progress_context = &progress };
	enum status status = resolve_range(call, info, &writing.begin_ns, &writing.end_ns, err);

	if (status)
		return status;
	progress_begin(&progress, info->bytes,
		       call->has_progress && !call->is_quiet && !isatty(fileno(output->stream)));
	status = op_writer_write(source, &writing, output->stream, err);
	progress_end(&progress);
	/* A stream that takes no more says why when it is committed. */
	return status < 0 ? status : output_commit(output, err);
}

static enum status run(const struct invocation *call, enum exit_code *damage, struct error *err)
{
	struct op_source *source = NULL;
	const char *const *notes;
	struct output output;
	uint64_t nr_more = 0;
	enum status status;
	size_t nr;

	for (size_t i = 0; i < call->nr_operands; i++)
		if (is_op_text(call->operands[i]))
			return error_set(err, RC_USAGE, "%s: it is a text of operations already", call->operands[i]);
	status = recording_open(&source, &(struct op_source_request){
		.paths = call->operands, .nr_paths = call->nr_operands, .formats = call->formats }, err);
	if (status)
		return status;
	status = output_open(&output, call->output, err);
	if (!status) {
		status = write_text(call, source, &output, err);
		output_close(&output);
	}
	if (!status) {
		nr = source->class->notes(source, &notes, &nr_more);
		*damage = complain_notes(call, source->class->counts(source), notes, nr, nr_more);
	}
	op_source_close(source);
	return status;
}

static enum exit_code ops_run(int argc, char **argv)
{
	struct invocation call;
	struct error err = { "" };
	enum exit_code exit_code;
	enum status status;

	if (!invocation_parse(&call, &ops_command, NULL, argc, argv, &exit_code))
		return exit_code;
	sort_inputs(&call);
	status = run(&call, &exit_code, &err);
	if (status)
		exit_code = complain_status(status, &err);
	invocation_release(&call);
	return exit_code;
}

static const char *const formats[] = { "table", NULL };

const struct command ops_command = {
	.name = "ops",
	.operands = "FILE...",
	.summary = "the operations of a recording, in the language that replay reads back",
	.details = "Replaying the text gives the results of replaying the recording. docs/ops.md is the\n"
		   "language, which is also made to be written by hand.",
	.options = options,
	.formats = formats,
	.takes = TAKES_RANGE,
	.max_operands = SIZE_MAX,
	.run = ops_run,
};
