// SPDX-License-Identifier: GPL-2.0-or-later
/* recount compare: what changed between two runs, or two fleets. */
#include "base/memory_stream.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "reports/compare.h"

#include <stdlib.h>
#include <string.h>

static const struct option_spec options[] = { { NULL } };

static const char *const formats[] = {
	[COMPARE_TABLE] = "table", [COMPARE_JSON] = "json", [COMPARE_CSV] = "csv", [COMPARE_HTML] = "html", NULL
};

static enum compare_format format_of(const struct invocation *call)
{
	enum compare_format format = COMPARE_TABLE;

	while (strcmp(formats[format], call->format))
		format++;
	return format;
}

/* In memory first: a RUN.db that turns out damaged prints nothing. */
static enum status render(const struct invocation *call, FILE *out, struct error *err)
{
	struct run_db *a = NULL, *b = NULL;
	enum status status = run_db_open(&a, call->operands[0], err);
	struct memory_stream stream;
	FILE *memory = memory_stream_open(&stream);
	char *text;

	if (!status)
		status = run_db_open(&b, call->operands[1], err);
	if (!status)
		status = compare_render(a, b, format_of(call), memory, err);
	if (!status)
		status = run_db_check(a, err);
	if (!status)
		status = run_db_check(b, err);
	text = memory_stream_close(&stream);
	if (!status)
		fwrite(text, 1, stream.bytes, out);
	free(text);
	run_db_close(a);
	run_db_close(b);
	return status;
}

static enum exit_code compare_run(int argc, char **argv)
{
	struct error err = { "" };
	struct invocation call;
	struct output output;
	enum exit_code exit_code;
	enum status status;

	if (!invocation_parse(&call, &compare_command, NULL, argc, argv, &exit_code))
		return exit_code;
	if (call.nr_operands < 2) {
		complain("compare: takes %s, and only one is given", compare_command.operands);
		invocation_release(&call);
		return EXIT_USAGE;
	}
	status = output_open(&output, call.output, &err);
	if (!status) {
		status = render(&call, output.stream, &err);
		if (!status)
			status = output_commit(&output, &err);
		output_close(&output);
	}
	invocation_release(&call);
	return status ? complain_status(status, &err) : EXIT_DONE;
}

const struct command compare_command = {
	.name = "compare",
	.operands = "A.db B.db",
	.summary = "what changed between two runs, or fleets, and whether it is more than the error",
	.details = "Containers are matched by name (by path where two have one name), limits by their scenario's label. The error of a peak is what the\n"
		   "worst prediction of the kernel's counter was off in both runs; figures that depend on uses are known from as\n"
		   "seen to as assumed, and differ where these do not overlap. Of a FLEET.db each service is compared: the limit\n"
		   "that does for the recording that needs most, which that is, the median, and how many stand out.",
	.options = options,
	.formats = formats,
	.max_operands = 2,
	.run = compare_run,
};
