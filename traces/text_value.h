/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as tracepoints print them: numbers, names of flags, offsets, devices.
 *
 * Each reader takes a value that begins at *at and moves *at behind it; false, and *at
 * anywhere, if there is none of its form before `end`.
 */
#ifndef TRACES_TEXT_VALUE_H
#define TRACES_TEXT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Digits of a base; 0x before them makes it 16. Minus is kept: -1 is all ones. */
bool text_value_decimal(const char **at, const char *end, uint64_t *value);
bool text_value_hex(const char **at, const char *end, uint64_t *value);

/*
 * "ARRAY[63, c3, 00]", all of [at, end): how libtraceevent prints a string that is not ASCII and, of the same
 * field, all later ones.  The bytes before the zero that ends it; false if it is anything else.
 */
bool text_value_array(const char *at, const char *end, char *bytes, size_t max, size_t *nr);

/* A table of names; its last one is NULL. */
struct text_name {
	const char *name;
	size_t bytes;
	uint64_t value;
};

extern const struct text_name text_gfp_names[];		/* GFP_KERNEL|__GFP_ZERO */
extern const struct text_name text_member_names[];	/* MM_ANONPAGES */
extern const struct text_name text_writeback_names[];	/* RECLAIM_WB_ANON|RECLAIM_WB_ASYNC */
extern const struct text_name text_truth_names[];	/* true, false */

/*
 * Names joined by |, or a number in place of any; *unknown, a name that is not in the
 * table, adds nothing; unknown bytes 0 = there was none.
 */
struct text_unknown {
	const char *name;
	size_t bytes;
};
bool text_value_names(const char **at, const char *end, const struct text_name *names, uint64_t *value,
		      struct text_unknown *unknown);

#endif
