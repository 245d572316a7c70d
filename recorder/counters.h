/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own counters of containers, read at a fixed step: what a replay is
 * compared with where no event tells them.
 *
 *	counters_open(&counters, step_ns);
 *	counters_add(counters, folder, path);	one for each container
 *	counters_sample(counters);		often: does nothing before the next step
 *	counters_write(counters, file, &err);	now and then, and before a snapshot: the order of time
 *	counters_close(counters);
 *
 * Bytes and counts as the kernel prints them: memory.current or memory.usage_in_bytes
 * and the like by their file's name, the lines of memory.stat and memory.events by theirs.
 */
#ifndef RECORDER_COUNTERS_H
#define RECORDER_COUNTERS_H

#include "base/status.h"
#include "recorder/dat_file.h"

#include <stdint.h>

struct counters;

/* step_ns 0: nothing is ever sampled. */
void counters_open(struct counters **counters, uint64_t step_ns);

/* A container that is known already is not added again. */
void counters_add(struct counters *counters, const char *folder, const char *path, uint64_t id);
void counters_sample(struct counters *counters);
enum status counters_write(struct counters *counters, struct dat_file *file, struct error *err);
/* Kills for want of memory in all containers since each was added; as of the last sample. */
uint64_t counters_kills(const struct counters *counters);
void counters_close(struct counters *counters);	/* accepts NULL */

#endif
