// SPDX-License-Identifier: GPL-2.0-or-later
/* recount merge: many runs in one database. */
#include "cmd/command.h"
#include "fleet/fleet.h"

#include <stdint.h>

static const struct option_spec options[] = { { NULL } };

static const char *const formats[] = { "sqlite", NULL };

static enum status merge(const struct invocation *call, struct fleet *fleet, struct error *err)
{
	enum status status = RC_OK;
	const char *const *notes;
	size_t nr;

	for (size_t i = 0; i < call->nr_operands && !status; i++)
		status = fleet_add(fleet, call->operands[i], err);
	if (!status)
		status = fleet_commit(fleet, err);
	if (status)
		return status;
	notes = fleet_notes(fleet, &nr);
	for (size_t i = 0; i < nr && !call->is_quiet; i++)
		complain("%s", notes[i]);
	return RC_OK;
}

static enum exit_code merge_run(int argc, char **argv)
{
	struct error err = { "" };
	struct invocation call;
	struct fleet *fleet = NULL;
	enum exit_code exit_code;
	enum status status;

	if (!invocation_parse(&call, &merge_command, NULL, argc, argv, &exit_code))
		return exit_code;
	status = fleet_create(&fleet, call.output, &err);
	if (!status)
		status = merge(&call, fleet, &err);
	fleet_close(fleet);
	invocation_release(&call);
	return status ? complain_status(status, &err) : EXIT_DONE;
}

const struct command merge_command = {
	.name = "merge",
	.operands = "RUN.db...",
	.summary = "runs of many recordings, or fleets, in one FLEET.db",
	.details = "Which run a row is of, table runs says; report shows each service across all of them.\n"
		   "A recording counts once: the same run given twice is said and left out, another run of the same recording\n"
		   "is refused. The order of the files does not matter.",
	.options = options,
	.formats = formats,
	.takes = NEEDS_OUTPUT,
	.max_operands = SIZE_MAX,
	.run = merge_run,
};
