// SPDX-License-Identifier: GPL-2.0-or-later
/* Names for the results, and one job a recording. */
#include "cmd/replay_many.h"

#include "base/xalloc.h"
#include "cmd/jobs.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fleet {
	const struct invocation *call;
	char **outputs;
	uint64_t *bytes;
	bool has_made_folder;
	enum exit_code (*replay)(void *context, const struct invocation *one);
	void *context;
};

/* Returns new: the last `depth` parts of path in one word. */
static char *name_of(const char *path, size_t depth)
{
	const char *begin = path + strlen(path);
	char *name;

	while (begin > path && (begin[-1] != '/' || --depth))
		begin--;
	name = xstrdup(begin);
	for (char *slash = strchr(name, '/'); slash; slash = strchr(slash, '/'))
		*slash = '_';
	return name;
}

static void free_names(char **names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(names[i]);
	free(names);
}

static int compare_texts(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

/* One that is there twice, borrowed; or NULL. */
static const char *find_same(const char *const *names, size_t nr)
{
	const char **sorted = xcalloc(nr, sizeof(*sorted)), *same = NULL;

	memcpy(sorted, names, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), compare_texts);
	for (size_t i = 1; i < nr && !same; i++)
		same = strcmp(sorted[i - 1], sorted[i]) ? NULL : sorted[i];
	free(sorted);
	return same;
}

static size_t nr_parts(const struct invocation *call)
{
	size_t most = 1;

	for (size_t i = 0; i < call->nr_operands; i++) {
		size_t nr = 1;

		for (const char *at = call->operands[i]; *at; at++)
			nr += *at == '/';
		most = nr > most ? nr : most;
	}
	return most;
}

/* Returns new: as short as they can be, all of as many parts; or NULL: no number of parts tells all apart. */
static char **make_names(const struct invocation *call)
{
	size_t nr = call->nr_operands, most = nr_parts(call);

	for (size_t depth = 1; depth <= most; depth++) {
		char **names = xcalloc(nr, sizeof(*names));

		for (size_t i = 0; i < nr; i++)
			names[i] = name_of(call->operands[i], depth);
		if (!find_same((const char *const *)names, nr))
			return names;
		free_names(names, nr);
	}
	return NULL;
}

static enum status make_folder(const char *path, bool *is_new, struct error *err)
{
	struct stat st;

	if (!stat(path, &st) && !S_ISDIR(st.st_mode))
		return error_set(err, RC_OUTPUT, "%s: cannot write: a file, and --jobs makes a file for each recording in a folder", path);
	*is_new = !mkdir(path, 0777);
	if (!*is_new && errno != EEXIST)
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s", path, strerror(errno));
	return RC_OK;
}

static enum status make_outputs(struct fleet *fleet, const char *suffix, struct error *err)
{
	const struct invocation *call = fleet->call;
	const char *same = find_same(call->operands, call->nr_operands);
	char **names = NULL;
	enum status status;

	if (same)
		return error_set(err, RC_USAGE, "%s: is named twice", same);
	for (size_t i = 0; i < call->nr_operands; i++) {
		if (!strcmp(call->operands[i], "-"))
			return error_set(err, RC_USAGE, "replay: --jobs: takes N: the standard input has no name for its result");
	}
	fleet->outputs = xcalloc(call->nr_operands, sizeof(*fleet->outputs));
	if (!call->output)
		return RC_OK;
	names = make_names(call);
	if (!names)
		return error_set(err, RC_USAGE, "replay: --jobs: takes N: the names of the files with _ for / do not tell them apart");
	status = make_folder(call->output, &fleet->has_made_folder, err);
	for (size_t i = 0; i < call->nr_operands; i++)
		fleet->outputs[i] = xasprintf("%s/%s%s", call->output, names[i], suffix);
	free_names(names, call->nr_operands);
	return status;
}

static void read_sizes(struct fleet *fleet)
{
	struct stat st;

	fleet->bytes = xcalloc(fleet->call->nr_operands, sizeof(*fleet->bytes));
	for (size_t i = 0; i < fleet->call->nr_operands; i++)
		fleet->bytes[i] = stat(fleet->call->operands[i], &st) ? 0 : (uint64_t)st.st_size;
}

static enum exit_code replay_one(void *context, size_t i)
{
	struct fleet *fleet = context;
	struct invocation one = *fleet->call;
	const char *operands[] = { one.operands[i], NULL };

	one.operands = operands;
	one.nr_operands = 1;
	one.output = fleet->outputs[i];
	one.has_progress = false;
	return fleet->replay(fleet->context, &one);
}

enum exit_code replay_many(const struct invocation *call, const char *suffix, size_t nr_at_once,
			   enum exit_code (*replay)(void *context, const struct invocation *one), void *context)
{
	struct fleet fleet = { .call = call, .replay = replay, .context = context };
	struct jobs jobs = { .names = call->operands, .nr = call->nr_operands, .nr_at_once = nr_at_once,
			     .has_progress = call->has_progress && !call->is_quiet, .run = replay_one, .context = &fleet };
	struct error err = { "" };
	enum status status = make_outputs(&fleet, suffix, &err);
	enum exit_code worst;

	if (status) {
		worst = complain_status(status, &err);
	} else {
		read_sizes(&fleet);
		jobs.bytes = fleet.bytes;
		worst = jobs_run(&jobs);
		if (jobs.nr_failed)
			complain("replay: %zu of %zu recordings have no result", jobs.nr_failed, jobs.nr);
	}
	if (fleet.has_made_folder)
		rmdir(call->output);	/* if nothing came of it */
	if (fleet.outputs)
		free_names(fleet.outputs, call->nr_operands);
	free(fleet.bytes);
	return worst;
}
