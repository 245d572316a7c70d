/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much memory this process may take: kept while a replay runs, should more be needed than was worked out.
 *
 *	struct memory_bound bound = { .most_bytes = ... };
 *	options.check = memory_bound_check, options.check_context = &bound;
 */
#ifndef CMD_MEMORY_BOUND_H
#define CMD_MEMORY_BOUND_H

#include "base/status.h"

#include <stdint.h>

struct memory_bound {
	uint64_t most_bytes;	/* 0 = whatever it takes */
};

/* Most that this process ever had in memory. */
uint64_t memory_taken_bytes(void);

/* bound: a struct memory_bound. RC_USAGE: more than that is taken. */
enum status memory_bound_check(void *bound, struct error *err);

#endif
