/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a call ends, and what it says when it failed.
 *
 * A function that can fail returns `enum status` and takes a `struct error *`
 * as its last argument.  On a status below zero the error holds one line that
 * names the file, the place in it and what that means; other outputs are
 * untouched.  A gap in the data is neither: it is an event (MM_GAP) and a row.
 * A bug in recount asserts, or calls bug() where it can say more.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdarg.h>

enum status {
	RC_OK = 0,
	RC_END = 1,		/* nothing more: not a failure */
	RC_USAGE = -1,		/* the caller asked for what cannot be: exit 1 */
	RC_INPUT = -2,		/* the input cannot be read: exit 2 */
	RC_OUTPUT = -3,		/* the output cannot be written: exit 2 */
};

struct error {
	char text[512];		/* one line, no newline; "" = no error yet */
};

/* Fills err->text (cut to fit) and returns status, so `return error_set(...)` reads well. */
enum status error_set(struct error *err, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The text becomes before + text + after (cut to fit); gives status back. */
enum status error_wrap(struct error *err, enum status status, const char *before, const char *after);

/* Prints what is broken, one line, and aborts. */
_Noreturn void bug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
