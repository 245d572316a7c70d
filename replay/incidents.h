/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened to containers in one world: rows of `incidents`.
 *
 * The same kind in the same container, no more than one interval apart, is one
 * row with a count and the time of the last; a kill always has its own.  They go to
 * the sink at the end: those that were over first come first.
 */
#ifndef REPLAY_INCIDENTS_H
#define REPLAY_INCIDENTS_H

#include "sink/sink.h"
#include "traces/mm_event.h"

#include <stddef.h>

enum incident_kind {
	INCIDENT_RECLAIM,	/* pages: uncharged */
	INCIDENT_CHARGE_FAILED,	/* pages: asked for */
	INCIDENT_LIVELOCK,
	INCIDENT_DENIED,	/* a call; pages: asked for */
	INCIDENT_OOM_KILL,	/* pages: what the victim gave back */
	INCIDENT_ANOMALY,	/* pages: lost or miscounted by a posted rule; detail says which */
	INCIDENT_NR
};

struct incident {
	uint64_t begin_ns, end_ns, count, pages;
	int64_t pid;		/* ROW_NONE = unknown */
	char comm[MM_COMM_BYTES];
	char detail[96];
};

struct closed_incident {
	struct incident incident;
	uint32_t container;
	enum incident_kind kind;
};

struct incidents {
	uint64_t interval_ns;
	struct incident (*open)[INCIDENT_NR];	/* by container; count 0 = none */
	size_t nr, capacity;
	struct closed_incident *closed;		/* nothing is added to these any more */
	size_t nr_closed, closed_capacity;
};

/* As it stands in RUN.db. */
const char *incident_name(enum incident_kind kind);

void incidents_init(struct incidents *incidents, uint64_t interval_ns);
/* A copy that shares nothing. */
void incidents_copy(struct incidents *incidents, const struct incidents *from);
void incidents_release(struct incidents *incidents);

/* Adds one; its begin_ns is now. */
void incident_add(struct incidents *incidents, uint32_t container, enum incident_kind kind,
		  const struct incident *incident);

enum status incidents_finish(struct incidents *incidents, struct sink *sink, uint32_t scenario, const char *resource,
			     struct error *err);

#endif
