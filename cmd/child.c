// SPDX-License-Identifier: GPL-2.0-or-later
/* Two pipes: one holds the child back, the other tells that exec failed. */
#include "cmd/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void run(char *const *argv, bool is_quiet, int go, int failed)
{
	sigset_t none;
	char byte;
	int error;

	/* What the recorder blocks or ignores is not the program's business. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (is_quiet)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	/* A byte: go on. An end: the recorder is gone. */
	if (read(go, &byte, 1) != 1)
		_exit(127);
	execvp(argv[0], argv);
	error = errno;
	if (write(failed, &error, sizeof(error)) != sizeof(error))
		_exit(126);
	_exit(127);
}

enum status child_start(struct child *child, char *const *argv, bool is_quiet, struct error *err)
{
	int go[2] = { -1, -1 }, failed[2] = { -1, -1 };

	*child = (struct child){ .go = -1, .failed = -1 };
	if (pipe2(go, O_CLOEXEC) || pipe2(failed, O_CLOEXEC) || (child->pid = fork()) < 0) {
		child->pid = 0;
		for (int i = 0; i < 2; i++) {
			if (go[i] >= 0)
				close(go[i]);
			if (failed[i] >= 0)
				close(failed[i]);
		}
		return error_set(err, RC_INPUT, "%s: cannot be started: %s", argv[0], strerror(errno));
	}
	if (!child->pid) {
		close(go[1]);
		run(argv, is_quiet, go[0], failed[1]);
	}
	close(go[0]);
	close(failed[1]);
	child->go = go[1];
	child->failed = failed[0];
	return RC_OK;
}

enum status child_release(struct child *child, struct error *err)
{
	ssize_t nr = write(child->go, "", 1);
	int error = nr == 1 ? 0 : errno;

	close(child->go);
	child->go = -1;
	/* An end without a word: the program runs. */
	if (!error && read(child->failed, &error, sizeof(error)) != sizeof(error))
		error = 0;
	return error ? error_set(err, RC_INPUT, "the program cannot be run: %s", strerror(error)) : RC_OK;
}

bool child_has_ended(struct child *child)
{
	if (!child->is_reaped)
		child->is_reaped = waitpid(child->pid, &child->status, WNOHANG) == child->pid;
	return child->is_reaped;
}

void child_close(struct child *child)
{
	if (child->go >= 0)
		close(child->go);
	if (child->failed >= 0)
		close(child->failed);
	if (child->pid && child->go >= 0 && !child->is_reaped)
		waitpid(child->pid, &child->status, 0);
	*child = (struct child){ .go = -1, .failed = -1 };
}
