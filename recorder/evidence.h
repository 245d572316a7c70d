/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to see uses of pages that cause no fault, as far as this kernel has them. Each
 * costs those who are recorded something: none is on unless it was asked for.
 *
 *	evidence_open(&evidence, &settings, err);	settings.class: evidence_find("idle", 4)
 *	if (evidence_begin(evidence)) {			a step has passed
 *		evidence_look(evidence, pid);		each process
 *		evidence_end(evidence, file, err);	what was seen, as a section
 *	}
 *	evidence_close(evidence);
 *
 * What a look finds is "used between the last look and this one". A kind that makes
 * the uses fault needs no rows: faults are recorded anyway.
 */
#ifndef RECORDER_EVIDENCE_H
#define RECORDER_EVIDENCE_H

#include "base/status.h"
#include "recorder/dat_file.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct evidence;

struct evidence_class {
	const char *name;
	const char *sees;	/* what, in words */
	const char *cost;	/* what it does to the host, likewise */
	/* NULL = it can be had here; else why not, and what would change that. */
	const char *(*lack)(const char *root);
	/* NULL = the kernel does all by itself. */
	void (*look)(struct evidence *evidence, pid_t pid);
	bool has_marks;		/* looks at frames by recorder/idle_pages.h */
};

extern const struct evidence_class *const evidence_classes[];	/* NULL ends */

/* NULL: there is none of that name. */
const struct evidence_class *evidence_find(const char *name, size_t bytes);

struct evidence_settings {
	const struct evidence_class *class;	/* NULL = none */
	uint64_t step_ns;
	const char *root;	/* before the names of the kernel's files, "" for this host */
	void (*pause)(void *context);	/* called every few milliseconds of looking: rings fill meanwhile */
	void *context;
};

/* Class NULL: *evidence is NULL, which all others accept. */
enum status evidence_open(struct evidence **evidence, const struct evidence_settings *settings, struct error *err);

/* Whether a look is due; begins it. */
bool evidence_begin(struct evidence *evidence);
void evidence_look(void *evidence, pid_t pid);
/* Ends the look, and writes what it found. */
enum status evidence_end(struct evidence *evidence, struct dat_file *file, struct error *err);

struct evidence_counts {
	uint64_t looks, processes;	/* how often, and at how many in all */
	uint64_t pages, used;		/* that were looked at, and those of them that were used */
	uint64_t look_ns;		/* time of all looks */
};

struct evidence_counts evidence_counts(const struct evidence *evidence);
void evidence_close(struct evidence *evidence);

#endif
