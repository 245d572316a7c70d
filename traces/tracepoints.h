/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracepoints that recount reads, and what the fields it wants are called: the only list of them.
 *
 *	tracepoint = tracepoint_find("kmem", "mm_page_alloc", 13);
 *	if (tracepoint_view(tracepoint, &view))
 *		use(view.kind, view.fields);
 */
#ifndef TRACES_TRACEPOINTS_H
#define TRACES_TRACEPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_MAX_FIELDS 7
#define NR_TRACEPOINTS_MAX 128

/*
 * The tracepoint's number among the known ones, or -1.  Cheap: called for every
 * format in a file, compile only for those that are known.
 */
int tracepoint_find(const char *system, const char *name, size_t name_bytes);

/* A known tracepoint. */
struct tracepoint_view {
	const char *system;
	const char *prefix, *name;	/* its name is both, one after the other */
	uint8_t kind, call;		/* enum mm_kind, enum mm_call */
	uint8_t variant;		/* which tracepoint of those that make one kind */
	const char *const *fields;	/* PLAN_MAX_FIELDS, "new|old?"; NULL = arguments of a call, by position */
	const char *text;		/* likewise, or NULL */
};

/* False when there are no more: 0, 1, ... are all. */
bool tracepoint_view(int tracepoint, struct tracepoint_view *view);

#endif
