// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel keeps the mark; asking for it takes less than a microsecond. */
#include "cmd/memory_bound.h"

#include <sys/resource.h>

#define MIB 1048576.0

uint64_t memory_taken_bytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)usage.ru_maxrss * 1024;
}

enum status memory_bound_check(void *context, struct error *err)
{
	const struct memory_bound *bound = context;
	uint64_t taken = memory_taken_bytes();

	if (!bound->most_bytes || taken <= bound->most_bytes)
		return RC_OK;
	return error_set(err, RC_USAGE, "replay: --max-memory: takes SIZE: more is needed than was worked out: %.0f MiB are taken"
			 " and %.0f given, so it ends without a result: try fewer scenarios, or --threads 1",
			 (double)taken / MIB, (double)bound->most_bytes / MIB);
}
