// SPDX-License-Identifier: GPL-2.0-or-later
/* Table `run` of what is there, beside what the call would put there. */
#include "cmd/finished.h"

#include "base/xalloc.h"
#include "cmd/file_hash.h"
#include "reports/run_db.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has(struct run_db *run, const char *key, const char *expected)
{
	char *value = run_db_value(run, key);
	bool is_same = !strcmp(value, expected);

	free(value);
	return is_same;
}

/* The file's contents are those that the run has under key. */
static bool has_hash(struct run_db *run, const char *key, const char *path)
{
	struct file_sum file = { .path = path };
	struct error unreadable;	/* is said by the replay that follows */
	char *text;
	bool is_same;

	if (file_hash(&file, &unreadable))
		return false;
	text = xasprintf("%016" PRIx64, file.hash);
	is_same = has(run, key, text);
	free(text);
	return is_same;
}

/* Their names are part of the command. */
static bool has_inputs(struct run_db *run, const struct invocation *call)
{
	char *nr = xasprintf("%zu", call->nr_operands);
	bool is_same = has(run, "inputs", nr);

	free(nr);
	for (size_t i = 0; i < call->nr_operands && is_same; i++) {
		char *key = xasprintf("input.%zu.fnv1a64", i);

		is_same = has_hash(run, key, call->operands[i]);
		free(key);
	}
	return is_same;
}

static enum exit_code exit_code_of(struct run_db *run)
{
	sqlite3_stmt *rows = NULL;
	struct error err;
	enum exit_code exit_code = EXIT_DONE;

	if (!run_db_prepare(run, &rows, "SELECT 1 FROM losses UNION ALL SELECT 1 FROM run WHERE key GLOB 'note*'", &err) &&
	    run_db_step(run, rows, &err) == RC_OK)
		exit_code = EXIT_DAMAGED;
	sqlite3_finalize(rows);
	return exit_code;
}

bool is_finished(const struct invocation *call, const char *config_path, enum exit_code *exit_code)
{
	struct error none;
	struct run_db *run;
	char *command;
	bool is_same;

	if (call->formats || run_db_open(&run, call->output, &none))
		return false;
	command = invocation_text(call);
	is_same = !run_db_is_fleet(run) && has(run, "version", RECOUNT_VERSION) && has(run, "command", command) &&
		  (config_path ? has_hash(run, "option.config.fnv1a64", config_path) : has(run, "option.config.fnv1a64", "")) &&
		  has_inputs(run, call);
	if (is_same)
		*exit_code = exit_code_of(run);
	free(command);
	run_db_close(run);
	return is_same;
}
