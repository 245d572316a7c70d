/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same work on many things at once, each in a process of its own.
 *
 *	exit_code = jobs_run(&(struct jobs){ .names = names, .nr = nr, .nr_at_once = 4, .run = replay, .context = &all });
 *
 * One that fails, or dies, leaves the others alone.  What each says and prints is held back until all before it have
 * said theirs, so lines do not mix and always come in the same order; a line that does not name its thing gets the name in front.
 */
#ifndef CMD_JOBS_H
#define CMD_JOBS_H

#include "cmd/command.h"

#include <stdint.h>

struct jobs {
	const char *const *names;	/* borrowed: of the things, for messages */
	const uint64_t *bytes;		/* borrowed: how much work each is, for the progress line */
	size_t nr, nr_at_once;
	bool has_progress;
	/* In a child: does the i-th.  What it changes in memory is gone with it. */
	enum exit_code (*run)(void *context, size_t i);
	void *context;
	size_t nr_failed;		/* out: how many have no result */
};

/* The worst of all: a bug, no result, wrong usage, damage, done. */
enum exit_code jobs_run(struct jobs *jobs);

#endif
