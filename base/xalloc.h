/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is there or ends the program: "recount: out of memory", exit 2.
 *
 * For sizes that recount chose itself.  A size read from a file is checked
 * against the file first.  Results are freed with free().
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stdarg.h>
#include <stddef.h>

void *xcalloc(size_t nr, size_t bytes);
void *xrealloc(void *old, size_t nr, size_t bytes);	/* nr * bytes; new memory is not zeroed */
void *xcopy(const void *from, size_t nr, size_t bytes);	/* of nr elements; NULL for none */
char *xstrdup(const char *text);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* What a library made of its own memory: NULL is that there was none. */
void *xneed(void *made);

/*
 * Room for one more element in a growing array: doubles *array (elements of
 * `bytes` each) when *nr has reached *capacity.
 */
void xgrow(void *array, size_t nr, size_t *capacity, size_t bytes);

#endif
