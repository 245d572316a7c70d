/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a full pass over a recording finds; nothing is rebuilt.
 *
 *	struct findings findings = { .call = call };
 *	if (!findings_read(&findings, err))
 *		info_print_people(&findings, out);
 *	findings_release(&findings);
 */
#ifndef CMD_FINDINGS_H
#define CMD_FINDINGS_H

#include "base/status.h"
#include "cmd/command.h"
#include "cmd/json.h"
#include "traces/event_source.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A cgroup that tasks were moved to. */
struct found_container {
	uint64_t id;
	char *path;
	uint64_t nr_tasks;	/* attached, one counted each time */
};

struct found_loss {
	struct mm_gap gap;
	uint16_t cpu;
};

struct findings {
	const struct invocation *call;	/* borrowed: the files, and what was asked of them */
	struct event_source *source;	/* read to its end */
	uint64_t begin_ns, end_ns;	/* asked for */
	uint64_t first_ns, last_ns;	/* seen; last 0 = nothing was */
	uint64_t kinds[MM_NR_KINDS];
	struct found_container *containers;	/* by path */
	size_t nr_containers, containers_capacity;
	struct found_loss *losses;
	size_t nr_losses, losses_capacity;
	uint64_t all_losses;	/* those that are not kept too */
};

enum status findings_read(struct findings *findings, struct error *err);
void findings_release(struct findings *findings);

/* Prints: for people, or as an object of JSON. */
void info_print_people(const struct findings *findings, FILE *out);
void info_print_json(const struct findings *findings, struct json *json);

#endif
