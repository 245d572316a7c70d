/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subcommand, its options, and one call of it.
 *
 *	static const struct option_spec options[] = { { "swap", 0, "SIZE|none", "...", set_swap }, { NULL } };
 *
 *	if (invocation_parse(&call, &replay_command, &settings, argc, argv, &exit_code))
 *		return exit_code;
 *	...
 *	invocation_release(&call);
 *
 * The tables are all that is known of an option: parsing, messages and --help
 * are made from them.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include "base/status.h"
#include "cmd/values.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum exit_code { EXIT_DONE = 0, EXIT_USAGE = 1, EXIT_IO = 2, EXIT_DAMAGED = 3, EXIT_BUG = 4 };

struct option_spec {
	const char *name;	/* without dashes; NULL ends a table */
	char letter;		/* 0 = none */
	const char *argument;	/* what it takes, for people; NULL = nothing */
	const char *help;	/* what it does and its default; lines are broken at \n */
	/*
	 * Takes note of the option.  On RC_USAGE err says what is wrong with the
	 * value; which option it was, and what it takes, is added by the caller.
	 * RC_END: all that was asked is done.
	 */
	enum status (*set)(void *context, const char *value, struct error *err);
	bool is_path;		/* only the last part of the value tells runs apart */
	bool is_how;		/* how it is done, not what comes out: tells no runs apart */
	bool writes_nothing;	/* with it no -o is needed */
};

/* Options that commands have in common: those a command does not take are refused. */
enum {
	TAKES_RANGE = 1 << 0, NEEDS_OUTPUT = 1 << 1,
	TAKES_COMMAND = 1 << 2,		/* operands are a program and what it takes, or none */
};

struct command {
	const char *name;
	const char *operands;		/* "FILE..." */
	const char *summary;		/* one line */
	const char *details;		/* more lines for --help, or NULL */
	const struct option_spec *options;	/* of its own; name NULL ends */
	const char *const *formats;	/* for -O; NULL ends, the first is the default */
	unsigned int takes;		/* TAKES_... */
	size_t max_operands;		/* at least one is needed, unless TAKES_COMMAND */
	enum exit_code (*run)(int argc, char **argv);
};

extern const struct command *const commands[];	/* NULL ends */

extern const struct command compare_command;
extern const struct command events_command;
extern const struct command info_command;
extern const struct command merge_command;
extern const struct command ops_command;
extern const struct command record_command;
extern const struct command replay_command;
extern const struct command report_command;
extern const struct command scrub_command;
extern const struct command verify_command;

/* An option as it was given, for the record. */
struct given_option {
	const struct option_spec *spec;
	const char *value;	/* borrowed from argv; NULL = takes none */
};

/* What the common options and operands say. */
struct invocation {
	const struct command *command;
	const char *format;
	const char *output;	/* NULL = stdout */
	const char *formats;	/* whose event formats stand in for lost ones; NULL = nobody's */
	struct time_point begin, end;
	bool is_quiet, is_verbose, has_progress;
	bool writes_nothing;	/* an option of such a kind was given: output may be NULL in spite of NEEDS_OUTPUT */
	const char *const *operands;	/* NULL ends */
	size_t nr_operands;
	const char **sorted;	/* what operands point to once they were sorted; NULL = argv */
	struct given_option *given;	/* those that bear on the result, in the tables' order */
	size_t nr_given, given_capacity;
	void *context;		/* of the command's own options */
};

/* False: the call is over (--help, or wrong usage) and *exit_code says how. */
bool invocation_parse(struct invocation *call, const struct command *command, void *context,
		      int argc, char **argv, enum exit_code *exit_code);

/* Returns new: the call as it bears on the result: no output, no paths, options in the tables' order. */
char *invocation_text(const struct invocation *call);

void invocation_release(struct invocation *call);

/* The options of a table, aligned, as --help prints them. */
void options_print(FILE *out, const struct option_spec *options);

/* The i-th option that the command takes, its own before the common ones; NULL after the last. */
const struct option_spec *command_option(const struct command *command, size_t i);

/* Options that every command takes. */
extern const struct option_spec common_options[];

/* One line on stderr: "recount: ...", whatever the text holds. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints err, if it says anything, and gives the exit code for status, which is below zero. */
enum exit_code complain_status(enum status status, const struct error *err);

#endif
