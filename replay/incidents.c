// SPDX-License-Identifier: GPL-2.0-or-later
/* Folds repeated incidents into intervals. */
#include "replay/incidents.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

const char *incident_name(enum incident_kind kind)
{
	static const char *const names[INCIDENT_NR] = {
		[INCIDENT_RECLAIM] = "reclaim",
		[INCIDENT_CHARGE_FAILED] = "charge_failed",
		[INCIDENT_LIVELOCK] = "livelock",
		[INCIDENT_DENIED] = "denied",
		[INCIDENT_ANOMALY] = "anomaly",
		[INCIDENT_OOM_KILL] = "oom_kill",
	};

	return names[kind];
}

void incidents_init(struct incidents *incidents, uint64_t interval_ns)
{
	*incidents = (struct incidents){ .interval_ns = interval_ns };
}

void incidents_copy(struct incidents *incidents, const struct incidents *from)
{
	*incidents = *from;
	incidents->open = xcopy(from->open, from->nr, sizeof(*from->open));
	incidents->capacity = from->nr;
	incidents->closed = xcopy(from->closed, from->nr_closed, sizeof(*from->closed));
	incidents->closed_capacity = from->nr_closed;
}

void incidents_release(struct incidents *incidents)
{
	free(incidents->open);
	free(incidents->closed);
}

static void close_incident(struct incidents *incidents, uint32_t container, enum incident_kind kind)
{
	struct incident *open = &incidents->open[container][kind];

	xgrow(&incidents->closed, incidents->nr_closed, &incidents->closed_capacity, sizeof(*incidents->closed));
	incidents->closed[incidents->nr_closed++] = (struct closed_incident){ *open, container, kind };
	open->count = 0;
}

void incident_add(struct incidents *incidents, uint32_t container, enum incident_kind kind,
		  const struct incident *incident)
{
	struct incident *open;

	while (incidents->nr <= container) {
		xgrow(&incidents->open, incidents->nr, &incidents->capacity, sizeof(*incidents->open));
		memset(&incidents->open[incidents->nr++], 0, sizeof(*incidents->open));
	}
	open = &incidents->open[container][kind];
	if (open->count && (kind == INCIDENT_OOM_KILL ||
			    incident->begin_ns - open->end_ns > incidents->interval_ns ||
			    strcmp(open->detail, incident->detail)))
		close_incident(incidents, container, kind);
	if (!open->count) {
		*open = *incident;
		open->end_ns = open->begin_ns;
		open->count = 1;
		return;
	}
	open->end_ns = incident->begin_ns;
	open->pages += incident->pages;
	open->count++;
	if (open->pid != incident->pid) {
		open->pid = ROW_NONE;
		open->comm[0] = '\0';
	}
}

enum status incidents_finish(struct incidents *incidents, struct sink *sink, uint32_t scenario, const char *resource,
			     struct error *err)
{
	enum status status = RC_OK;

	for (uint32_t i = 0; i < incidents->nr; i++)
		for (enum incident_kind kind = 0; kind < INCIDENT_NR; kind++)
			if (incidents->open[i][kind].count)
				close_incident(incidents, i, kind);
	for (size_t i = 0; i < incidents->nr_closed && !status; i++) {
		const struct closed_incident *closed = &incidents->closed[i];
		const struct incident *incident = &closed->incident;

		status = sink->class->put(sink, &(struct row){
			.kind = ROW_INCIDENT,
			.incident = {
				.scenario = scenario, .container = closed->container,
				.time_ns = incident->begin_ns, .end_ns = incident->end_ns, .count = incident->count,
				.resource = resource, .incident = incident_name(closed->kind),
				.comm = incident->comm, .detail = incident->detail,
				.pid = incident->pid, .pages = incident->pages,
			},
		}, err);
	}
	return status;
}
