/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording in the making.
 *
 *	recorder_open(&recorder, &settings, &err);	an instance, ready and silent; a file without events
 *	recorder_start(recorder, &err);			from here on events are kept
 *	while (!reason)
 *		recorder_turn(recorder, &reason, &err);	some times a second
 *	recorder_stop(recorder, &cost, &err);		the rest of the events; the file is whole
 *	recorder_close(recorder);			the instance is gone
 *
 * Killed at any moment, the file holds what was written until then; the instance
 * stays and is found by instance_remove_stale().
 */
#ifndef RECORDER_RECORDER_H
#define RECORDER_RECORDER_H

#include "base/status.h"
#include "recorder/evidence.h"
#include "recorder/guard.h"
#include "recorder/instance.h"
#include "recorder/snapshot.h"
#include "recorder/targets.h"

#include <stdbool.h>
#include <stdint.h>

struct recorder_settings {
	const char *path;		/* of the file, borrowed until a split or close; what is there is replaced.
					   NULL = a stream to standard output (base/pieces.h) */
	struct instance_settings instance;
	struct guard guard;
	struct targets *targets;	/* borrowed until close */
	bool has_snapshot;		/* of what is there at the begin and at the end */
	const struct evidence_class *evidence;	/* NULL = none */
	uint64_t evidence_ns;		/* its step */
	uint64_t counters_ns;		/* step at which the containers' counters are read; 0 = never */
};

/* What a recording gave and what it cost. */
struct recorder_cost {
	uint64_t events, lost;
	uint64_t event_bytes;		/* as the kernel wrote them */
	uint64_t file_bytes;
	bool is_sparse;			/* there was no room to move the CPUs' data together */
	uint64_t cpu_ns;		/* of the recorder itself */
	uint64_t wall_ns;
	struct snapshot_counts snapshot;	/* of the begin */
	struct evidence_counts evidence;
};

struct recorder;

enum status recorder_open(struct recorder **recorder, const struct recorder_settings *settings,
			  struct error *err);

/* Borrowed until close; for what is missing, and counts by CPU. */
const struct instance *recorder_instance(const struct recorder *recorder);

enum status recorder_start(struct recorder *recorder, struct error *err);

/* Takes what is there. *reason says why the recording should end, when it should. */
enum status recorder_turn(struct recorder *recorder, const char **reason, struct error *err);

/*
 * Ends the file, whole but for the end's snapshot, and goes on in another: what is
 * there now stands at its begin, so each can be replayed alone, and all as one.
 */
enum status recorder_split(struct recorder *recorder, const char *path, struct error *err);

/* Of the file in work. */
uint64_t recorder_file_bytes(const struct recorder *recorder);

/* Processes of the recorded containers that were killed for want of memory since the start. */
uint64_t recorder_kills(const struct recorder *recorder);

/* Also after a failure of turn: keeps what can be kept. */
enum status recorder_stop(struct recorder *recorder, struct recorder_cost *cost, struct error *err);

void recorder_close(struct recorder *recorder);	/* accepts NULL */

#endif
