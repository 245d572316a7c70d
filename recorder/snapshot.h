/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is already there: address spaces of processes that were running before.
 *
 *	snapshot_begin(&snapshot, &settings);
 *	snapshot_take(snapshot, pid);		for each process; while tracing is on
 *	snapshot_write(snapshot, file, &err);	as sections of the file, docs/recording.md
 *	snapshot_end(snapshot);
 *
 * A process is read while it runs. When that began and ended is kept with it, so
 * that replay can put it between the events of the process and count those that
 * fell into the reading.
 */
#ifndef RECORDER_SNAPSHOT_H
#define RECORDER_SNAPSHOT_H

#include "base/status.h"
#include "recorder/dat_file.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct snapshot;

struct snapshot_settings {
	const char *cgroup_root;	/* borrowed until the end */
	enum snapshot_moment moment;	/* END: to compare with what replay has by then, not to begin with */
	void (*pause)(void *context);	/* called every few milliseconds of reading: rings fill meanwhile */
	void *context;
};

void snapshot_begin(struct snapshot **snapshot, const struct snapshot_settings *settings);

/* False: the process is gone, or its memory cannot be read. */
bool snapshot_take(struct snapshot *snapshot, pid_t pid);
/* Where it is, and its threads, from a time on; nothing of its memory: PLACE. */
void snapshot_place(struct snapshot *snapshot, pid_t pid, uint64_t since_ns);

/* How much was taken. */
struct snapshot_counts {
	uint64_t processes, vmas, pages;
	uint64_t hidden;	/* processes whose frames the kernel did not tell */
};

struct snapshot_counts snapshot_counts(const struct snapshot *snapshot);

enum status snapshot_write(const struct snapshot *snapshot, struct dat_file *file, struct error *err);

void snapshot_end(struct snapshot *snapshot);	/* accepts NULL */

#endif
