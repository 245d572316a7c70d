/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that is started and waits until it may run.
 *
 *	child_start(&child, argv, false, &err);	it is there, and has a number
 *	child_release(&child, &err);		now it is the program; fails when that cannot be run
 *	if (child_has_ended(&child))
 */
#ifndef CMD_CHILD_H
#define CMD_CHILD_H

#include "base/status.h"

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;	/* 0 = none */
	int go;		/* it waits for this to be closed */
	int failed;	/* tells errno when the program cannot be run */
	int status;	/* as waitpid() gives it, once it has ended */
	bool is_reaped;
};

/* argv: borrowed, NULL ends. is_quiet: what it prints goes to standard error. */
enum status child_start(struct child *child, char *const *argv, bool is_quiet, struct error *err);

enum status child_release(struct child *child, struct error *err);

bool child_has_ended(struct child *child);

/* Ends a child that was never released; forgets one that runs. */
void child_close(struct child *child);

#endif
