// SPDX-License-Identifier: GPL-2.0-or-later
/* recount info: what is in a recording, and what it is good for. */
#include "base/xalloc.h"
#include "cmd/command.h"
#include "cmd/findings.h"
#include "cmd/inputs.h"
#include "cmd/json.h"
#include "cmd/output.h"

#include <stdlib.h>
#include <string.h>

static void print_all(const struct findings *findings, size_t nr, bool is_json, FILE *out)
{
	struct json json = { .out = out };

	if (is_json && nr > 1)
		json_begin(&json, NULL, '[');
	for (size_t i = 0; i < nr; i++) {
		if (is_json)
			info_print_json(&findings[i], &json);
		else
			info_print_people(&findings[i], out);
		if (!is_json && i + 1 < nr)
			fputs("\n\n", out);
	}
	if (is_json && nr > 1)
		json_end(&json, ']');
}

static enum status inform(const struct invocation *call, struct findings *findings, size_t nr,
			  enum exit_code *damage, struct error *err)
{
	struct output output;
	enum status status = RC_OK;

	for (size_t i = 0; i < nr && !status; i++)
		status = findings_read(&findings[i], err);
	if (!status)
		status = output_open(&output, call->output, err);
	if (status)
		return status;
	print_all(findings, nr, !strcmp(call->format, "json"), output.stream);
	status = output_commit(&output, err);
	output_close(&output);
	*damage = EXIT_DONE;
	for (size_t i = 0; i < nr && !status; i++) {
		if (complain_damage(findings[i].call, findings[i].source) != EXIT_DONE)
			*damage = EXIT_DAMAGED;
	}
	return status;
}

static enum exit_code info_run(int argc, char **argv)
{
	struct invocation call, *recordings = NULL;
	struct findings *findings = NULL;
	struct error err = { "" };
	enum exit_code exit_code;
	enum status status;
	size_t nr = 0;

	if (!invocation_parse(&call, &info_command, NULL, argc, argv, &exit_code))
		return exit_code;
	status = group_inputs(&call, &recordings, &nr, &err);
	if (!status) {
		findings = xcalloc(nr, sizeof(*findings));
		for (size_t i = 0; i < nr; i++)
			findings[i].call = &recordings[i];
		status = inform(&call, findings, nr, &exit_code, &err);
	}
	if (status)
		exit_code = complain_status(status, &err);
	for (size_t i = 0; i < nr; i++) {
		findings_release(&findings[i]);
		free((void *)recordings[i].operands);
	}
	free(findings);
	free(recordings);
	invocation_release(&call);
	return exit_code;
}

static const struct option_spec options[] = { { NULL } };
static const char *const formats[] = { "table", "json", NULL };

const struct command info_command = {
	.name = "info",
	.operands = "FILE...",
	.summary = "what is in a recording: clock, span, events, containers, losses, models it can drive",
	.details = "Files of one clock and kernel whose times overlap or follow each other within a second, or that\n"
		   "have one trace id, are one recording. Of several recordings each is told of, in turn.",
	.options = options,
	.formats = formats,
	.takes = TAKES_RANGE,
	.max_operands = SIZE_MAX,
	.run = info_run,
};
