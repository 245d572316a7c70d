/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables for people: columns as wide as what is in them, never cut to a terminal's width, and the characters as they are.
 *
 *	lines = lines_create();
 *	lines_column(lines, "PEAK", SCOLS_FL_RIGHT);
 *	lines_add(lines, (char *[]){ text }, 1);
 *	lines_print(lines, out);
 *	scols_unref_table(lines);
 *
 * Where there is no memory the program ends, as with base/xalloc.h.
 */
#ifndef REPORTS_LINES_H
#define REPORTS_LINES_H

#include <libsmartcols/libsmartcols.h>
#include <stddef.h>
#include <stdio.h>

struct libscols_table *lines_create(void);
/* flags: SCOLS_FL_...; borrowed from lines. */
struct libscols_column *lines_column(struct libscols_table *lines, const char *name, int flags);
/* A line of the first nr columns; takes the cells, of which some may be NULL. */
void lines_add(struct libscols_table *lines, char *const *cells, size_t nr);
void lines_print(struct libscols_table *lines, FILE *out);

#endif
