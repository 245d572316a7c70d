/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recording says of its machine, for options that were not given.
 */
#ifndef CMD_MACHINE_FACTS_H
#define CMD_MACHINE_FACTS_H

#include "traces/event_source.h"

#include <stdbool.h>

/* The number that stands under key; false = the recording does not tell. */
bool machine_fact(const struct trace_info *info, const char *key, uint64_t *number);

/* Whether the kernel kept pages in generations (lru_gen). */
bool machine_has_generations(const struct trace_info *info);

/* The largest read-ahead of its disks, in bytes; those of swap in memory do not count. */
bool machine_read_ahead(const struct trace_info *info, uint64_t *bytes);

#endif
