// SPDX-License-Identifier: GPL-2.0-or-later
/* getopt_long over the tables; help and messages from the same tables. */
#include "base/memory_stream.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 30
#define MAX_OPTIONS 64
#define FIRST_VALUE 1000	/* of getopt's val: above every letter */

void complain(const char *format, ...)
{
	char text[4096], *safe;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	safe = text_printable(text);
	fprintf(stderr, "recount: %s\n", safe);
	free(safe);
}

enum exit_code complain_status(enum status status, const struct error *err)
{
	if (*err->text)
		complain("%s", err->text);
	return status == RC_USAGE ? EXIT_USAGE : EXIT_IO;
}

static enum status set_quiet(void *context, const char *value, struct error *err)
{
	struct invocation *call = context;

	(void)value, (void)err;
	call->is_quiet = true;
	return RC_OK;
}

static enum status set_verbose(void *context, const char *value, struct error *err)
{
	struct invocation *call = context;

	(void)value, (void)err;
	call->is_verbose = true;
	return RC_OK;
}

/* Returns new: the formats as "table, csv or json". */
static char *formats_text(const struct command *command)
{
	char *text = xstrdup("");

	for (const char *const *format = command->formats; *format; format++) {
		char *longer = xasprintf("%s%s%s", text, !*text ? "" : format[1] ? ", " : " or ", *format);

		free(text);
		text = longer;
	}
	return text;
}

static enum status set_format(void *context, const char *value, struct error *err)
{
	struct invocation *call = context;
	char *formats;

	for (const char *const *format = call->command->formats; *format; format++) {
		if (!strcmp(*format, value)) {
			call->format = *format;
			return RC_OK;
		}
	}
	formats = formats_text(call->command);
	error_set(err, RC_USAGE, "%s writes %s, not '%s'", call->command->name, formats, value);
	free(formats);
	return RC_USAGE;
}

static enum status set_output(void *context, const char *value, struct error *err)
{
	struct invocation *call = context;

	if (!*value)
		return error_set(err, RC_USAGE, "the name is empty");
	call->output = value;
	return RC_OK;
}

static enum status set_begin(void *context, const char *value, struct error *err)
{
	return parse_time(value, &((struct invocation *)context)->begin, err);
}

static enum status set_end(void *context, const char *value, struct error *err)
{
	return parse_time(value, &((struct invocation *)context)->end, err);
}

static enum status set_formats(void *context, const char *value, struct error *err)
{
	(void)err;	/* read when the recording is opened */
	((struct invocation *)context)->formats = value;
	return RC_OK;
}

static enum status set_no_progress(void *context, const char *value, struct error *err)
{
	struct invocation *call = context;

	(void)value, (void)err;
	call->has_progress = false;
	return RC_OK;
}

enum {
	COMMON_HELP, COMMON_VERSION, COMMON_QUIET, COMMON_VERBOSE, COMMON_FORMAT, COMMON_OUTPUT,
	COMMON_BEGIN, COMMON_END, COMMON_FORMATS, COMMON_NO_PROGRESS
};

const struct option_spec common_options[] = {
	[COMMON_HELP] = { "help", 'h', NULL, "say this and end" },
	[COMMON_VERSION] = { "version", 0, NULL, "say the version and end" },
	[COMMON_QUIET] = { "quiet", 'q', NULL, "no progress and no notes: only errors", set_quiet },
	[COMMON_VERBOSE] = { "verbose", 'v', NULL, "say more on stderr", set_verbose },
	[COMMON_FORMAT] = { "format", 'O', "FORMAT", "how to write the result", set_format },
	[COMMON_OUTPUT] = { "output", 'o', "FILE", "write the result to FILE, complete or not at all",
			    set_output },
	[COMMON_BEGIN] = { "begin", 'b', "TIME", "from here: seconds as the trace prints them,\n"
			   "+10s after its begin, -5s before its end", set_begin },
	[COMMON_END] = { "end", 'e', "TIME", "up to here: as --begin", set_end },
	[COMMON_FORMATS] = { "formats", 0, "FILE|tracefs", "event formats for a damaged recording that lost its\n"
			     "own: those of another recording, of a folder like\n"
			     "tracefs' events, or of the running kernel (tracefs)", set_formats, .is_path = true },
	[COMMON_NO_PROGRESS] = { "no-progress", 0, NULL, "no progress line on a terminal",
				 set_no_progress },
	{ NULL }
};

static bool takes_common(const struct command *command, int common)
{
	switch (common) {
	case COMMON_BEGIN:
	case COMMON_END:
	case COMMON_FORMATS:
		return command->takes & TAKES_RANGE;
	default:
		return true;
	}
}

static void print_option(FILE *out, const struct option_spec *option)
{
	char letter[] = { '-', option->letter, ',', ' ', 0 };
	char *head = xasprintf("  %s--%s%s%s", option->letter ? letter : "    ", option->name,
			       option->argument ? " " : "", option->argument ? option->argument : "");
	const char *help = option->help;
	int column = fprintf(out, "%s", head);

	if (column >= HELP_COLUMN - 1)
		column = !fputc('\n', out);
	while (help) {
		const char *line_end = strchr(help, '\n');
		int length = line_end ? (int)(line_end - help) : (int)strlen(help);

		fprintf(out, "%*s%.*s\n", HELP_COLUMN - column, "", length, help);
		help = line_end ? line_end + 1 : NULL;
		column = 0;
	}
	free(head);
}

void options_print(FILE *out, const struct option_spec *options)
{
	for (const struct option_spec *option = options; option->name; option++)
		print_option(out, option);
}

static void print_help(const struct command *command)
{
	char *formats = formats_text(command);

	/* What follows the name of a program is the program's. */
	if (command->takes & TAKES_COMMAND)
		printf("usage: recount %s [OPTION]... %s\n\n%s\n", command->name, command->operands, command->summary);
	else
		printf("usage: recount %s %s%s [OPTION]...\n\n%s\n", command->name, command->operands,
		       command->takes & NEEDS_OUTPUT ? " -o FILE" : "", command->summary);
	if (command->details)
		printf("\n%s\n", command->details);
	if (command->options->name) {
		printf("\nOptions:\n");
		options_print(stdout, command->options);
	}
	printf("\nCommon options:\n");
	for (int i = 0; common_options[i].name; i++) {
		if (takes_common(command, i))
			print_option(stdout, &common_options[i]);
	}
	printf("\nFormats: %s.\nSizes: 64M, 1.5G, 4096p (pages). Times: 500ms, 1.5 (seconds), 10m. Exit: 0 done, 1 usage, 2 input or output,"
	       " 3 done on a damaged input, 4 a bug.\n", formats);
	free(formats);
}

/* Everything the command takes, as getopt wants it; spec i has the val FIRST_VALUE + i. */
struct option_list {
	const struct option_spec *specs[MAX_OPTIONS];
	struct option longs[MAX_OPTIONS + 1];
	char shorts[2 * MAX_OPTIONS + 3];
	size_t nr, nr_own;	/* the command's own come first */
};

static void add_spec(struct option_list *list, const struct option_spec *spec)
{
	size_t length = strlen(list->shorts);

	if (list->nr == MAX_OPTIONS)
		abort();
	list->longs[list->nr] = (struct option){ spec->name,
		spec->argument ? required_argument : no_argument, NULL, FIRST_VALUE + (int)list->nr };
	list->specs[list->nr++] = spec;
	if (!spec->letter)
		return;
	list->shorts[length++] = spec->letter;
	if (spec->argument)
		list->shorts[length] = ':';
}

static void list_options(struct option_list *list, const struct command *command)
{
	/* The options of a program that is to be run are its own. */
	*list = (struct option_list){ .shorts = "+:" };
	if (!(command->takes & TAKES_COMMAND))
		memmove(list->shorts, list->shorts + 1, strlen(list->shorts));
	for (const struct option_spec *spec = command->options; spec->name; spec++)
		add_spec(list, spec);
	list->nr_own = list->nr;
	for (int i = 0; common_options[i].name; i++) {
		if (takes_common(command, i))
			add_spec(list, &common_options[i]);
	}
}

const struct option_spec *command_option(const struct command *command, size_t i)
{
	struct option_list list;

	list_options(&list, command);
	return i < list.nr ? list.specs[i] : NULL;
}

/* Index of what getopt found, or -1. */
static int found_option(const struct option_list *list, int value)
{
	if (value >= FIRST_VALUE)
		return value - FIRST_VALUE;
	for (size_t i = 0; i < list->nr; i++) {
		if (list->specs[i]->letter && list->specs[i]->letter == value)
			return (int)i;
	}
	return -1;
}

static void complain_option(const struct option_list *list, const struct command *command,
			    int value, char **argv)
{
	int index = found_option(list, optopt);

	if (value == ':' && index >= 0)
		complain("%s: --%s: takes %s, and nothing follows it", command->name,
			 list->specs[index]->name, list->specs[index]->argument);
	else if (optopt >= FIRST_VALUE && index >= 0)
		complain("%s: --%s: takes nothing", command->name, list->specs[index]->name);
	else if (optopt)
		complain("%s: -%c: no such option: see recount %s --help", command->name, optopt,
			 command->name);
	else
		complain("%s: %s: no such option, or short for more than one: see recount %s --help",
			 command->name, argv[optind - 1], command->name);
}

/* Keeps what bears on the result: begin, end and the command's own options. */
static void record(struct invocation *call, const struct option_list *list, size_t index)
{
	const struct option_spec *spec = list->specs[index];
	size_t at = call->nr_given;

	if (spec->is_how || (index >= list->nr_own && spec != &common_options[COMMON_BEGIN] &&
			     spec != &common_options[COMMON_END] && spec != &common_options[COMMON_FORMATS]))
		return;
	xgrow(&call->given, call->nr_given, &call->given_capacity, sizeof(*call->given));
	/* Own options and common ones lie in one table each: keep that order, stable. */
	while (at) {
		size_t before = 0;

		while (list->specs[before] != call->given[at - 1].spec)
			before++;
		if (before <= index)
			break;
		call->given[at] = call->given[at - 1];
		at--;
	}
	call->given[at] = (struct given_option){ spec, spec->argument ? optarg : NULL };
	call->nr_given++;
}

/* False: the call is over. */
static bool take_option(struct invocation *call, const struct option_list *list, size_t index,
			enum exit_code *exit_code)
{
	const struct option_spec *spec = list->specs[index];
	void *context = index < list->nr_own ? call->context : call;
	struct error err = { "" };
	enum status status;

	*exit_code = EXIT_DONE;
	if (spec == &common_options[COMMON_HELP]) {
		print_help(call->command);
		return false;
	}
	if (spec == &common_options[COMMON_VERSION]) {
		puts("recount " RECOUNT_VERSION);
		return false;
	}
	status = spec->set(context, optarg, &err);
	if (status == RC_END)
		return false;
	if (status) {
		complain("%s: --%s: takes %s: %s", call->command->name, spec->name, spec->argument,
			 err.text);
		*exit_code = EXIT_USAGE;
		return false;
	}
	call->writes_nothing |= spec->writes_nothing;
	record(call, list, index);
	return true;
}

static bool take_operands(struct invocation *call, int argc, char **argv)
{
	const struct command *command = call->command;

	call->operands = (const char *const *)(argv + optind);
	call->nr_operands = (size_t)(argc - optind);
	if (!call->nr_operands && !(command->takes & TAKES_COMMAND)) {
		complain("%s: takes %s, and none is given", command->name, command->operands);
		return false;
	}
	if (call->nr_operands > command->max_operands) {
		complain("%s: takes %s, not also '%s'", command->name, command->operands,
			 call->operands[command->max_operands]);
		return false;
	}
	if ((command->takes & NEEDS_OUTPUT) && !call->output && !call->writes_nothing) {
		complain("%s: --output: takes FILE, and must be given", command->name);
		return false;
	}
	/* Written whole or not at all: that is a file. */
	if ((command->takes & NEEDS_OUTPUT) && call->output && !strcmp(call->output, "-")) {
		complain("%s: --output: takes FILE, not standard output", command->name);
		return false;
	}
	return true;
}

bool invocation_parse(struct invocation *call, const struct command *command, void *context,
		      int argc, char **argv, enum exit_code *exit_code)
{
	struct option_list list;
	int value;

	*call = (struct invocation){ .command = command, .format = command->formats[0],
				     .has_progress = true, .context = context };
	list_options(&list, command);
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, list.shorts, list.longs, NULL)) != -1) {
		int index = value == '?' || value == ':' ? -1 : found_option(&list, value);

		if (index < 0) {
			complain_option(&list, command, value, argv);
			*exit_code = EXIT_USAGE;
			invocation_release(call);
			return false;
		}
		if (!take_option(call, &list, (size_t)index, exit_code)) {
			invocation_release(call);
			return false;
		}
	}
	if (!take_operands(call, argc, argv)) {
		*exit_code = EXIT_USAGE;
		invocation_release(call);
		return false;
	}
	return true;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void print_quoted(FILE *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=:,./%@";

	if (*text && !text[strspn(text, plain)]) {
		fputs(text, out);
		return;
	}
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
	fputc('\'', out);
}

char *invocation_text(const struct invocation *call)
{
	struct memory_stream stream;
	FILE *out = memory_stream_open(&stream);

	fprintf(out, "recount %s", call->command->name);
	for (size_t i = 0; i < call->nr_given; i++) {
		const struct given_option *given = &call->given[i];

		fprintf(out, " --%s", given->spec->name);
		if (!given->value)
			continue;
		fputc(' ', out);
		print_quoted(out, given->spec->is_path ? last_part(given->value) : given->value);
	}
	for (size_t i = 0; i < call->nr_operands; i++) {
		fputc(' ', out);
		print_quoted(out, last_part(call->operands[i]));
	}
	return memory_stream_close(&stream);
}

void invocation_release(struct invocation *call)
{
	free(call->given);
	free(call->sorted);
	call->given = NULL;
	call->nr_given = call->given_capacity = 0;
}
