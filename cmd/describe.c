// SPDX-License-Identifier: GPL-2.0-or-later
/* Completion scripts and man pages, made from the table of commands. */
#include "cmd/describe.h"

#include <ctype.h>
#include <string.h>

/* The first line of a help text, without what a shell's quotes or brackets would end. */
static void print_first_line(const char *help, const char *banned)
{
	for (; *help && *help != '\n'; help++) {
		if (!strchr(banned, *help))
			putchar(*help);
	}
}

static void print_formats(const struct command *command)
{
	for (const char *const *format = command->formats; *format; format++)
		printf("%s%s", format == command->formats ? "" : " ", *format);
}

static void complete_bash(void)
{
	const struct option_spec *spec;

	puts("# bash completion for recount\n_recount() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options formats\n"
	     "\tCOMPREPLY=()");
	printf("\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\tCOMPREPLY=($(compgen -W '");
	for (const struct command *const *command = commands; *command; command++)
		printf("%s ", (*command)->name);
	puts("--help --version --completion' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in");
	for (const struct command *const *command = commands; *command; command++) {
		printf("\t%s)\n\t\toptions='", (*command)->name);
		for (size_t i = 0; (spec = command_option(*command, i)); i++)
			printf("%s--%s", i ? " " : "", spec->name);
		printf("'\n\t\tformats='");
		print_formats(*command);
		puts("' ;;");
	}
	puts("\t--completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$cur\")); return ;;\n\tesac\n"
	     "\tcase $prev in\n\t-O | --format) COMPREPLY=($(compgen -W \"$formats\" -- \"$cur\")); return ;;\n\tesac\n"
	     "\tcase $cur in\n\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n\tesac\n}\n"
	     "complete -o default -F _recount recount");
}

static void complete_zsh(void)
{
	const struct option_spec *spec;

	puts("#compdef recount\n_recount() {\n\tlocal -a commands\n\tcommands=(");
	for (const struct command *const *command = commands; *command; command++) {
		printf("\t\t'%s:", (*command)->name);
		print_first_line((*command)->summary, "':");
		puts("'");
	}
	puts("\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tcase $words[2] in");
	for (const struct command *const *command = commands; *command; command++) {
		printf("\t%s) _arguments \\\n", (*command)->name);
		for (size_t i = 0; (spec = command_option(*command, i)); i++) {
			printf("\t\t'*--%s[", spec->name);
			print_first_line(spec->help, "'[]:");
			fputs("]", stdout);
			if (!strcmp(spec->name, "format")) {
				fputs(":format:(", stdout);
				print_formats(*command);
				fputs(")", stdout);
			} else if (spec->argument) {
				fputs(":", stdout);
				print_first_line(spec->argument, "'[]:");
				fputs(":_files", stdout);
			}
			puts("' \\");
		}
		puts("\t\t'*:file:_files' ;;");
	}
	puts("\tesac\n}\n_recount \"$@\"");
}

static void complete_fish(void)
{
	const struct option_spec *spec;

	puts("# fish completion for recount");
	for (const struct command *const *command = commands; *command; command++) {
		printf("complete -c recount -n __fish_use_subcommand -f -a %s -d '", (*command)->name);
		print_first_line((*command)->summary, "'\\");
		puts("'");
		for (size_t i = 0; (spec = command_option(*command, i)); i++) {
			printf("complete -c recount -n '__fish_seen_subcommand_from %s' -l %s", (*command)->name, spec->name);
			if (spec->letter)
				printf(" -s %c", spec->letter);
			if (!strcmp(spec->name, "format")) {
				fputs(" -x -a '", stdout);
				print_formats(*command);
				fputs("'", stdout);
			} else if (spec->argument) {
				fputs(" -r", stdout);
			}
			fputs(" -d '", stdout);
			print_first_line(spec->help, "'\\");
			puts("'");
		}
	}
}

static const struct { const char *name; void (*print)(void); } shells[] = {
	{ "bash", complete_bash },
	{ "zsh", complete_zsh },
	{ "fish", complete_fish },
};

enum exit_code describe_completion(const char *shell)
{
	for (size_t i = 0; shell && i < sizeof(shells) / sizeof(*shells); i++) {
		if (!strcmp(shells[i].name, shell)) {
			shells[i].print();
			return EXIT_DONE;
		}
	}
	complain("--completion: takes bash|zsh|fish");
	return EXIT_USAGE;
}

/* Text as scdoc wants it: its own marks escaped, every line begun with `line`. */
static void print_text(const char *text, const char *line)
{
	bool is_line_begin = true;

	for (; *text; text++) {
		if (*text == '\n') {
			fputs(line, stdout);
			is_line_begin = true;
			continue;
		}
		if (is_line_begin && *text == ' ')
			continue;
		if (strchr("\\_*#`~<>|[]", *text) || (*text == '-' && is_line_begin))
			putchar('\\');
		putchar(*text);
		is_line_begin = false;
	}
}

static void print_option(const struct option_spec *spec)
{
	if (spec->letter)
		printf("*-%c*, ", spec->letter);
	printf("*--%s*", spec->name);
	if (spec->argument) {
		fputs(" ", stdout);
		print_text(spec->argument, "\n");
	}
	fputs("\n\t", stdout);
	print_text(spec->help, "\n\t");
	puts("\n");
}

static void print_head(const char *page, const char *summary)
{
	printf("%s(1)\n\n# NAME\n\n%s - ", page, page);
	print_text(summary, "\n");
	puts("\n");
}

static void print_tail(void)
{
	puts("# EXIT STATUS\n\n*0*\n\tdone\n\n*1*\n\twrong usage: one line names the option and what it takes\n\n*2*\n\tcannot read the input or write "
	     "the output; nothing is left half written, an existing output is untouched\n\n*3*\n\tdone, but the input was damaged or lost events: "
	     "the result says what is missing and what that can change\n\n*4*\n\ta bug in recount\n\n# SEE ALSO\n");
	fputs("*recount*(1), ", stdout);
	for (const struct command *const *command = commands; *command; command++)
		printf("*recount-%s*(1), ", (*command)->name);
	puts("*recount-db*(5), *recount-formats*(5)");
}

static void print_command(const struct command *command)
{
	const struct option_spec *spec;
	char page[64];

	snprintf(page, sizeof(page), "recount-%s", command->name);
	print_head(page, command->summary);
	printf("# SYNOPSIS\n\n*recount %s* ", command->name);
	fputs(command->takes & TAKES_COMMAND ? "[OPTION]... " : "", stdout);
	print_text(command->operands, "\n");
	puts(command->takes & TAKES_COMMAND ? "\n" : command->takes & NEEDS_OUTPUT ? " -o FILE [OPTION]...\n" : " [OPTION]...\n");
	if (command->details) {
		puts("# DESCRIPTION\n");
		print_text(command->details, "\n");
		puts("\n");
	}
	puts("# OPTIONS\n");
	for (size_t i = 0; (spec = command_option(command, i)); i++)
		print_option(spec);
	fputs("Formats (*-O*): ", stdout);
	print_formats(command);
	puts(".\n\nSizes: 64M, 1.5G (powers of 1024), 4096p (pages).\n\nTimes: 500ms, 1.5 (seconds), 10m, 2h.\n");
	print_tail();
}

static void print_program(void)
{
	print_head("recount", "replay recordings of Linux memory management against candidate limits");
	puts("# SYNOPSIS\n\n*recount* COMMAND [OPTION]... FILE...\n\n# DESCRIPTION\n\n"
	     "What would a memory limit have done? recount replays a recording of Linux memory\\-management events against candidate limits: "
	     "who is charged for which page, when the limit is hit, what is reclaimed, what comes back, who is killed.\n\n# COMMANDS\n");
	for (const struct command *const *command = commands; *command; command++) {
		printf("*recount-%s*(1)\n\t", (*command)->name);
		print_text((*command)->summary, "\n");
		puts("\n");
	}
	puts("# EXAMPLES\n\n```\nrecount replay trace.dat -o RUN.db --limit memory=64M..1G/x1.25\nrecount report RUN.db\n"
	     "recount report RUN.db -O html -o report.html\n```\n");
	print_tail();
}

enum exit_code describe_page(const char *name)
{
	for (const struct command *const *command = commands; name && *command; command++) {
		if (!strcmp((*command)->name, name)) {
			print_command(*command);
			return EXIT_DONE;
		}
	}
	if (!name || strcmp(name, "recount")) {
		complain("--man-page: takes a command, or recount");
		return EXIT_USAGE;
	}
	print_program();
	return EXIT_DONE;
}
