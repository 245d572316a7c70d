/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tracing instance of our own: ring buffers, events and filters that are nobody
 * else's, and are gone with it.
 *
 *	instance_create(&instance, &settings, &err);
 *	instance_follow(instance, tid);			and its children from then on
 *	instance_start(instance, &err);
 *	...						read its CPUs: recorder/cpu_pages.h
 *	instance_stop(instance);
 *	instance_destroy(instance);			removes it from the kernel
 *
 * Nothing outside the instance is changed. Its name tells who made it, so that
 * instance_remove_stale() finds what a killed recorder left behind.
 */
#ifndef RECORDER_INSTANCE_H
#define RECORDER_INSTANCE_H

#include "base/status.h"
#include "recorder/dat_file.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tracefs_instance;

struct instance_settings {
	const char *clock;		/* "mono" */
	uint64_t buffer_bytes;		/* of each CPU */
};

struct instance {
	struct tracefs_instance *tracefs;
	char *name;
	uint32_t nr_cpus;		/* numbered 0 to nr_cpus - 1 */
	uint32_t page_bytes;		/* of the ring buffer */
	/* Events of the table that this kernel lacks and whose lack matters; borrowed from it. */
	const struct wanted_event **missing;
	size_t nr_missing, missing_capacity;
	uint32_t nr_events;		/* that are switched on */
	bool is_nobodys;		/* until somebody is followed nothing is recorded; else all of the host would be */
};

/* RC_INPUT with what is needed, and what would still work, where recording is not possible. */
enum status instance_create(struct instance **instance, const struct instance_settings *settings,
			    struct error *err);

/* Events of this thread, and of those it starts from now on. False: it is gone. */
bool instance_follow(struct instance *instance, pid_t tid);

enum status instance_start(struct instance *instance, struct error *err);
void instance_stop(struct instance *instance);

/* Counts of one CPU since the start. */
struct instance_counts {
	uint64_t entries;	/* written and still there, or read */
	uint64_t lost;		/* overwritten or dropped before they were read */
};

struct instance_counts instance_counts(const struct instance *instance, uint32_t cpu);

/* The formats of the events that are on, and what trace.dat wants besides; names: "TID COMM\n" ... */
enum status instance_write_formats(const struct instance *instance, const struct dat_blob *names,
				   struct dat_file *file, struct error *err);

/* The kernel's statistics of each CPU, as options of the file. */
void instance_write_statistics(const struct instance *instance, struct dat_file *file);

void instance_destroy(struct instance *instance);	/* accepts NULL */

/* Removes instances whose recorder is gone; gives how many, and how many could not be. */
enum status instance_remove_stale(uint32_t *nr_removed, uint32_t *nr_left, struct error *err);

#endif
