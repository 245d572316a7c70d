/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the recorded containers were set to beside their limits: memory.min, memory.low
 * and memory.swap.max, as a recording tells them in its facts ("memory.low /shop/web").
 *
 *	container_settings_read(&settings, info);
 *	setting = container_settings_of(&settings, path);
 *	container_settings_release(&settings);
 *
 * They are those of when the recording began; a later change is not told.  Only what
 * protects or bounds something is kept.
 */
#ifndef REBUILD_SETTINGS_H
#define REBUILD_SETTINGS_H

#include "traces/event_source.h"

/* Pages. */
struct container_setting {
	const char *path;	/* borrowed from the facts */
	uint64_t min, low;	/* 0 = not protected, UINT64_MAX = all of it */
	uint64_t swap_max;	/* UINT64_MAX = as much as there is */
};

struct container_settings {
	struct container_setting *all;	/* by path */
	size_t nr;
};

void container_settings_read(struct container_settings *settings, const struct trace_info *info);
/* NULL: it has none. */
const struct container_setting *container_settings_of(const struct container_settings *settings, const char *path);
void container_settings_release(struct container_settings *settings);

#endif
