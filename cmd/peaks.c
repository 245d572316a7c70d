// SPDX-License-Identifier: GPL-2.0-or-later
/* Containers and their maxheld, out of a first replay. */
#include "cmd/peaks.h"

#include "base/xalloc.h"

#include <stdlib.h>

struct container {
	uint32_t number;
	char *name, *path;
};

struct peaks {
	struct sink base;
	uint32_t scenario;
	struct container *containers;
	size_t nr_containers, containers_capacity;
	struct limit_peak *list;	/* name and path are set by peaks_list() */
	size_t nr, capacity;
};

static enum status peaks_put(struct sink *sink, const struct row *row, struct error *err)
{
	struct peaks *peaks = (struct peaks *)sink;

	(void)err;
	if (row->kind == ROW_CONTAINER) {
		xgrow(&peaks->containers, peaks->nr_containers, &peaks->containers_capacity,
		      sizeof(*peaks->containers));
		peaks->containers[peaks->nr_containers++] = (struct container){
			row->container.container, xstrdup(row->container.name),
			xstrdup(row->container.path ? row->container.path : ""),
		};
	} else if (row->kind == ROW_OUTCOME && row->outcome.scenario == peaks->scenario) {
		xgrow(&peaks->list, peaks->nr, &peaks->capacity, sizeof(*peaks->list));
		peaks->list[peaks->nr++] = (struct limit_peak){
			.container = row->outcome.container, .name = "", .path = "",
			.resource = xstrdup(row->outcome.resource),
			.pages = (uint64_t)row->outcome.maxheld_pages,
		};
	}
	return RC_OK;
}

static enum status peaks_open(struct sink **sink, const char *path, struct error *err)
{
	(void)sink, (void)path;
	return error_set(err, RC_OUTPUT, "peaks are made by peaks_create()");
}

static enum status peaks_commit(struct sink *sink, struct error *err)
{
	(void)sink, (void)err;
	return RC_OK;
}

static void peaks_close(struct sink *sink)
{
	(void)sink;
}

static const struct sink_class peaks_class = {
	.name = "peaks",
	.open = peaks_open,
	.put = peaks_put,
	.commit = peaks_commit,
	.close = peaks_close,
};

struct peaks *peaks_create(uint32_t scenario)
{
	struct peaks *peaks = xcalloc(1, sizeof(*peaks));

	peaks->base.class = &peaks_class;
	peaks->scenario = scenario;
	return peaks;
}

struct sink *peaks_sink(struct peaks *peaks)
{
	return &peaks->base;
}

const struct limit_peak *peaks_list(struct peaks *peaks, size_t *nr)
{
	for (size_t i = 0; i < peaks->nr; i++) {
		for (size_t j = 0; j < peaks->nr_containers; j++) {
			if (peaks->containers[j].number != peaks->list[i].container)
				continue;
			peaks->list[i].name = peaks->containers[j].name;
			peaks->list[i].path = peaks->containers[j].path;
		}
	}
	*nr = peaks->nr;
	return peaks->list;
}

void peaks_destroy(struct peaks *peaks)
{
	if (!peaks)
		return;
	for (size_t i = 0; i < peaks->nr_containers; i++) {
		free(peaks->containers[i].name);
		free(peaks->containers[i].path);
	}
	for (size_t i = 0; i < peaks->nr; i++)
		free((void *)peaks->list[i].resource);
	free(peaks->containers);
	free(peaks->list);
	free(peaks);
}
