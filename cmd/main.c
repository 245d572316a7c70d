// SPDX-License-Identifier: GPL-2.0-or-later
/* recount: finds the subcommand, and what holds for all of them. */
#include "cmd/command.h"
#include "cmd/describe.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

const struct command *const commands[] = {
	&record_command,
	&info_command,
	&events_command,
	&ops_command,
	&replay_command,
	&merge_command,
	&report_command,
	&compare_command,
	&verify_command,
	&scrub_command,
	NULL
};

static void print_commands(void)
{
	printf("usage: recount COMMAND [OPTION]... FILE...\n\n"
	       "What would a memory limit have done? Replays a recording of Linux memory-management\n"
	       "events against candidate limits.\n\nCommands:\n");
	for (const struct command *const *command = commands; *command; command++)
		printf("  %-10s %s\n", (*command)->name, (*command)->summary);
	printf("\nrecount COMMAND --help says more.  recount --completion bash|zsh|fish writes what completes it all.\n");
}

static void complain_command(const char *name)
{
	char names[256] = "";
	size_t used = 0;

	for (const struct command *const *command = commands; *command; command++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
					 (*command)->name);
	if (name)
		complain("'%s' is no command: there are %s", name, names);
	else
		complain("a command is needed: %s", names);
}

/* A sanitizer says more of a bad access than on_bug(). */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#define HAS_SANITIZER __has_feature(address_sanitizer)
#else
#define HAS_SANITIZER 0
#endif

static void on_bug(int signal_number)
{
	static const char line[] = "recount: bug in recount: please report what was run\n";

	(void)signal_number;
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(EXIT_BUG);
	_exit(EXIT_BUG);
}

static void catch_bugs(void)
{
	struct sigaction action = { .sa_handler = on_bug, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGABRT, &action, NULL);
#if !HAS_SANITIZER
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
#endif
}

/*
 * A closed standard descriptor would be given to the next file opened.  Opened
 * for reading only, so that writing there still fails.
 */
static void hold_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) != fd)
			_exit(EXIT_IO);
	}
}

/* Nothing that was printed may be lost unseen. */
static enum exit_code flush_stdout(enum exit_code exit_code)
{
	bool had_failed = ferror(stdout);

	if (had_failed && !errno)
		errno = EIO;
	if (!fflush(stdout) && !had_failed)
		return exit_code;
	if (errno != EPIPE && exit_code != EXIT_IO)	/* the reader has seen enough: nothing to say */
		complain("standard output: cannot write: %s", strerror(errno));
	return EXIT_IO;
}

static enum exit_code run(int argc, char **argv)
{
	if (argc < 2) {
		complain_command(NULL);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		print_commands();
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--completion"))
		return describe_completion(argv[2]);
	if (!strcmp(argv[1], "--man-page"))
		return describe_page(argv[2]);
	if (!strcmp(argv[1], "--version")) {
		puts("recount " RECOUNT_VERSION);
		return EXIT_DONE;
	}
	for (const struct command *const *command = commands; *command; command++) {
		if (!strcmp((*command)->name, argv[1]))
			return (*command)->run(argc - 1, argv + 1);
	}
	complain_command(argv[1]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	hold_standard_descriptors();
	catch_bugs();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* writing fails with EFBIG instead */
	setlocale(LC_CTYPE, "");
	return (int)flush_stdout(run(argc, argv));
}
