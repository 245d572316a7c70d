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

void incidents_init(struct incidents *incidents, struct sink *sink, uint32_t scenario,
		    const char *resource, uint64_t interval_ns)
{
	*incidents = (struct incidents){
		.sink = sink, .scenario = scenario, .resource = resource, .interval_ns = interval_ns,
	};
}

void incidents_release(struct incidents *incidents)
{
	free(incidents->open);
}

static enum status write(struct incidents *incidents, uint32_t container, enum incident_kind kind,
			 const struct incident *incident, struct error *err)
{
	struct row row = {
		.kind = ROW_INCIDENT,
		.incident = {
			.scenario = incidents->scenario, .container = container,
			.time_ns = incident->begin_ns, .end_ns = incident->end_ns, .count = incident->count,
			.resource = incidents->resource, .incident = incident_name(kind),
			.comm = incident->comm, .detail = incident->detail,
			.pid = incident->pid, .pages = incident->pages,
		},
	};

	return incidents->sink->class->put(incidents->sink, &row, err);
}

enum status incident_add(struct incidents *incidents, uint32_t container, enum incident_kind kind,
			 const struct incident *incident, struct error *err)
{
	struct incident *open;
	enum status status = RC_OK;

	while (incidents->nr <= container) {
		xgrow(&incidents->open, incidents->nr, &incidents->capacity, sizeof(*incidents->open));
		memset(&incidents->open[incidents->nr++], 0, sizeof(*incidents->open));
	}
	open = &incidents->open[container][kind];
	if (open->count && (kind == INCIDENT_OOM_KILL ||
			    incident->begin_ns - open->end_ns > incidents->interval_ns ||
			    strcmp(open->detail, incident->detail))) {
		status = write(incidents, container, kind, open, err);
		open->count = 0;
	}
	if (!open->count) {
		*open = *incident;
		open->end_ns = open->begin_ns;
		open->count = 1;
		return status;
	}
	open->end_ns = incident->begin_ns;
	open->pages += incident->pages;
	open->count++;
	if (open->pid != incident->pid) {
		open->pid = ROW_NONE;
		open->comm[0] = '\0';
	}
	return status;
}

enum status incidents_finish(struct incidents *incidents, struct error *err)
{
	enum status status = RC_OK;

	for (size_t i = 0; i < incidents->nr; i++)
		for (enum incident_kind kind = 0; kind < INCIDENT_NR && !status; kind++)
			if (incidents->open[i][kind].count)
				status = write(incidents, i, kind, &incidents->open[i][kind], err);
	return status;
}
