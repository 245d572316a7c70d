// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/findings.h"

#include "base/xalloc.h"
#include "cmd/inputs.h"
#include "cmd/progress.h"

#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVENTS 4096
#define MAX_LOSSES 1000		/* kept for printing; all are counted */

static void see_attach(struct findings *findings, const struct mm_event *event)
{
	const char *path = event_source_string(findings->source, event->cgroup.path);
	size_t at = 0;

	while (at < findings->nr_containers && strcmp(findings->containers[at].path, path) < 0)
		at++;
	if (at == findings->nr_containers || strcmp(findings->containers[at].path, path)) {
		xgrow(&findings->containers, findings->nr_containers, &findings->containers_capacity,
		      sizeof(*findings->containers));
		memmove(findings->containers + at + 1, findings->containers + at,
			(findings->nr_containers - at) * sizeof(*findings->containers));
		findings->containers[at] = (struct found_container){ event->cgroup.id, xstrdup(path), 0 };
		findings->nr_containers++;
	}
	findings->containers[at].nr_tasks++;
}

static void see_gap(struct findings *findings, const struct mm_event *event)
{
	if (findings->all_losses++ >= MAX_LOSSES)
		return;
	xgrow(&findings->losses, findings->nr_losses, &findings->losses_capacity,
	      sizeof(*findings->losses));
	findings->losses[findings->nr_losses++] = (struct found_loss){ event->gap, event->cpu };
}

static void see(struct findings *findings, const struct mm_event *event)
{
	if (event->kind == MM_GAP) {
		see_gap(findings, event);
		return;
	}
	if (!findings->last_ns)
		findings->first_ns = event->time_ns;
	findings->last_ns = event->time_ns;
	findings->kinds[event->kind]++;
	if (event->kind == MM_CGROUP_ATTACH)
		see_attach(findings, event);
}

static enum status read_all(struct findings *findings, struct error *err)
{
	const struct mm_event *event;
	struct progress progress;
	enum status status;
	uint64_t nr = 0;

	progress_begin(&progress, event_source_info(findings->source)->bytes,
		       findings->call->has_progress && !findings->call->is_quiet);
	while (!(status = event_source_next(findings->source, &event, err))) {
		if (event->time_ns > findings->end_ns)
			break;
		if (event->time_ns >= findings->begin_ns)
			see(findings, event);
		if (!(++nr % PROGRESS_EVENTS))
			progress_update(&progress, event_source_counts(findings->source)->bytes);
	}
	progress_end(&progress);
	return status < 0 ? status : RC_OK;
}

enum status findings_read(struct findings *findings, struct error *err)
{
	const struct invocation *call = findings->call;
	enum status status = event_source_open_with(&findings->source, &(struct event_source_request){
		.paths = call->operands, .nr_paths = call->nr_operands, .wanted = MM_ALL_KINDS,
		.formats = call->formats }, err);

	if (!status)
		status = resolve_source_range(call, findings->source, &findings->begin_ns, &findings->end_ns, err);
	return status ? status : read_all(findings, err);
}

void findings_release(struct findings *findings)
{
	for (size_t i = 0; i < findings->nr_containers; i++)
		free(findings->containers[i].path);
	free(findings->containers);
	free(findings->losses);
	event_source_close(findings->source);
}
