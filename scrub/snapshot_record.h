/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots, counters and facts as sections again (docs/recording.md): the other way
 * round of traces/snapshot_stream.h.
 */
#ifndef SCRUB_SNAPSHOT_RECORD_H
#define SCRUB_SNAPSHOT_RECORD_H

#include "recorder/dat_file.h"
#include "traces/mm_event.h"

struct snapshot_records {
	struct dat_file *file;		/* borrowed */
	struct dat_blob section;
	struct mm_event sample;		/* the counters that wait; time_ns 0 = none */
	char *sample_path;
	struct dat_blob values;		/* name, value, ... of it */
	uint32_t nr_values;
};

void snapshot_records_init(struct snapshot_records *records, struct dat_file *file);
void snapshot_records_fact(struct snapshot_records *records, const char *key, const char *value);
enum status snapshot_records_task(struct snapshot_records *records, const struct mm_event *event, const char *path,
				  const char *comm, struct error *err);
/* A range or pages of the last task. */
enum status snapshot_records_add(struct snapshot_records *records, const struct mm_event *event);
enum status snapshot_records_used(struct snapshot_records *records, const struct mm_event *event, struct error *err);
/* Counters of one container at one time are one sample. */
enum status snapshot_records_counter(struct snapshot_records *records, const struct mm_event *event,
				     const char *path, const char *name, struct error *err);
enum status snapshot_records_write(struct snapshot_records *records, struct error *err);
void snapshot_records_release(struct snapshot_records *records);

#endif
