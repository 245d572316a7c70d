/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --config FILE: containers and their limits, for traces without cgroup events.
 *
 *	[container web]
 *	match.cgroup = /system.slice/web-*	; all that are given must match
 *	match.comm = nginx
 *	match.pid = 1234
 *	rss = 64M,128M				; as --limit web:rss=64M,128M
 */
#ifndef CMD_CONFIG_H
#define CMD_CONFIG_H

#include "base/status.h"
#include "cmd/limits.h"
#include "rebuild/container.h"

struct config {
	struct container_rule *rules;	/* in the file's order; texts are owned */
	size_t nr_rules, capacity;
};

/* RC_INPUT or RC_USAGE: err names the file and the line. */
enum status config_load(struct config *config, const char *path, struct limits *limits,
			struct error *err);
void config_release(struct config *config);

#endif
