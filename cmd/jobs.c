// SPDX-License-Identifier: GPL-2.0-or-later
/* fork, a file without a name for what a child says, and waiting. */
#include "cmd/jobs.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/progress.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_UNTOLD 256	/* files kept open for those that wait for their turn to speak */

static const char own_prefix[] = "recount: ";

struct one {
	pid_t pid;		/* 0 = not started, or ended */
	int said, printed;	/* its stderr and stdout; -1 = none */
	bool has_ended;
	enum exit_code exit_code;
};

struct pool {
	struct jobs *jobs;
	struct one *all;
	size_t nr_started, nr_running, nr_told;	/* told: of the first ones, in order */
	uint64_t bytes_done;
	struct progress progress;
	enum exit_code worst;
};

static const int badness[] = { [EXIT_DONE] = 0, [EXIT_DAMAGED] = 1, [EXIT_USAGE] = 2, [EXIT_IO] = 3, [EXIT_BUG] = 4 };

static bool has_no_result(enum exit_code exit_code)
{
	return exit_code != EXIT_DONE && exit_code != EXIT_DAMAGED;
}

static _Noreturn void be_child(const struct jobs *jobs, size_t i, const struct one *one, pid_t parent)
{
	enum exit_code exit_code;

	/* Who ends the whole ends its parts. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent || dup2(one->said, STDERR_FILENO) < 0 ||
	    dup2(one->printed, STDOUT_FILENO) < 0)
		_exit(EXIT_IO);
	exit_code = jobs->run(jobs->context, i);
	fflush(NULL);
	_exit((int)exit_code);
}

static void end_one(struct pool *pool, struct one *one, enum exit_code exit_code)
{
	one->pid = 0;
	one->has_ended = true;
	one->exit_code = exit_code;
	if (badness[exit_code] > badness[pool->worst])
		pool->worst = exit_code;
	pool->jobs->nr_failed += has_no_result(exit_code);
	pool->bytes_done += pool->jobs->bytes[one - pool->all];
}

static void start_one(struct pool *pool)
{
	size_t i = pool->nr_started++;
	struct one *one = &pool->all[i];
	pid_t self = getpid();

	one->said = memfd_create("said", MFD_CLOEXEC);
	one->printed = memfd_create("printed", MFD_CLOEXEC);
	fflush(NULL);	/* or a child would say it again */
	one->pid = one->said < 0 || one->printed < 0 ? -1 : fork();
	if (!one->pid)
		be_child(pool->jobs, i, one, self);
	if (one->pid > 0) {
		pool->nr_running++;
		return;
	}
	if (one->said >= 0)
		dprintf(one->said, "%scannot be started: %s\n", own_prefix, strerror(errno));
	end_one(pool, one, EXIT_IO);
}

static enum exit_code code_of(struct one *one, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) <= EXIT_BUG)
		return (enum exit_code)WEXITSTATUS(status);
	if (WIFEXITED(status))	/* a sanitizer */
		return EXIT_BUG;
	dprintf(one->said, "%sended by signal %d (%s): there is no result\n", own_prefix, WTERMSIG(status), strsignal(WTERMSIG(status)));
	return EXIT_IO;
}

static void wait_one(struct pool *pool)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	if (pid < 0 && errno != EINTR)
		bug("jobs: %zu processes have gone unseen", pool->nr_running);
	for (size_t i = pool->nr_told; i < pool->nr_started && pid > 0; i++) {
		if (pool->all[i].pid != pid)
			continue;
		pool->nr_running--;
		end_one(pool, &pool->all[i], code_of(&pool->all[i], status));
	}
}

/* One line of what was said, with the name of what it is about. */
static void tell_line(const char *name, const char *line)
{
	size_t length = strncmp(line, own_prefix, strlen(own_prefix)) ? 0 : strlen(own_prefix);
	size_t name_length = strlen(name);
	bool is_named = !strncmp(line + length, name, name_length) && line[length + name_length] == ':';

	if (is_named)
		fprintf(stderr, "%s", line);
	else
		complain("%s: %.*s", name, (int)strcspn(line + length, "\n"), line + length);
}

static void print_line(const char *name, const char *line)
{
	char *safe = text_printable(name);

	printf("%s: %s", safe, line);
	free(safe);
}

static void tell_file(int fd, const char *name, void (*tell)(const char *name, const char *line))
{
	FILE *file = fd < 0 ? NULL : xneed(fdopen(fd, "r"));
	char *line = NULL;
	size_t bytes = 0;

	if (!file)
		return;
	rewind(file);
	while (getline(&line, &bytes, file) > 0)
		tell(name, line);
	free(line);
	fclose(file);
}

static void tell_one(const struct one *one, const char *name)
{
	tell_file(one->said, name, tell_line);
	tell_file(one->printed, name, print_line);
}

/* What those have said that are next in order. */
static void tell_ended(struct pool *pool)
{
	while (pool->nr_told < pool->nr_started && pool->all[pool->nr_told].has_ended) {
		struct one *one = &pool->all[pool->nr_told];
		bool was_on = pool->progress.is_on;

		progress_end(&pool->progress);
		pool->progress.is_on = was_on;
		tell_one(one, pool->jobs->names[pool->nr_told++]);
	}
	progress_update(&pool->progress, pool->bytes_done);
}

enum exit_code jobs_run(struct jobs *jobs)
{
	struct pool pool = { .jobs = jobs, .all = xcalloc(jobs->nr, sizeof(*pool.all)) };
	uint64_t total = 0;

	jobs->nr_failed = 0;
	for (size_t i = 0; i < jobs->nr; i++)
		total += jobs->bytes[i];
	progress_begin(&pool.progress, total, jobs->has_progress);
	while (pool.nr_told < jobs->nr) {
		while (pool.nr_started < jobs->nr && pool.nr_running < jobs->nr_at_once &&
		       pool.nr_started - pool.nr_told < MAX_UNTOLD)
			start_one(&pool);
		if (pool.nr_running)
			wait_one(&pool);
		tell_ended(&pool);
	}
	progress_end(&pool.progress);
	free(pool.all);
	return pool.worst;
}
