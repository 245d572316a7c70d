/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters sampled beside a recording: a CSV with a line for each container and
 * moment.
 *
 *	status = truth_load(&truth, path, page_bytes, err);
 *	for (i = 0; i < truth.nr; i++)
 *		truth.samples[i].values[TRUTH_RSS]
 *	truth_release(&truth);
 *
 * The first line names the columns, in any order: mono_s (seconds on the trace's
 * clock) and container are needed; of the others those that memory.stat and the
 * files beside it have, of cgroup v1 or v2, are taken (truth.c has the names).
 */
#ifndef VERIFY_TRUTH_H
#define VERIFY_TRUTH_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum truth_value {
	TRUTH_RSS, TRUTH_CACHE, TRUTH_MAPPED,	/* in the order of enum figure; pages */
	TRUTH_USAGE, TRUTH_PEAK, TRUTH_KERNEL,	/* pages; kernel memory is part of usage */
	TRUTH_SWAP, TRUTH_FAILCNT, TRUTH_SCANNED, TRUTH_STOLEN, TRUTH_REFAULT_ANON, TRUTH_REFAULT_FILE,
	TRUTH_KILLS,
	TRUTH_NR
};

#define TRUTH_NONE INT64_MIN	/* no such column */

struct truth_sample {
	uint64_t time_ns;
	uint32_t name;			/* of truth.names */
	int64_t values[TRUTH_NR];
};

struct truth {
	struct truth_sample *samples;	/* in the order of time */
	size_t nr, capacity;
	char **names;			/* containers */
	size_t nr_names, names_capacity;
};

enum status truth_load(struct truth *truth, const char *path, uint32_t page_bytes, struct error *err);
/* What a counter of that name is, "memory." before it or not; TRUTH_NR = nothing that is compared. */
enum truth_value truth_value_of(const char *name, bool *is_bytes);
void truth_release(struct truth *truth);

#endif
