/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sections of a trace.dat that only recount writes and reads, by their numbers, and the
 * kinds of records in them, the first byte of each: docs/recording.md.
 */
#ifndef BASE_SNAPSHOT_RECORDS_H
#define BASE_SNAPSHOT_RECORDS_H

enum own_section {
	OWN_SNAPSHOT = 0x5243,	/* snapshots, counters, facts: in the order of time */
	OWN_NAMES = 0x5244,	/* facts that were found out later and are of the whole recording */
};

enum snapshot_record {
	RECORD_TASK = 1, RECORD_RANGE = 2, RECORD_PAGES = 3,
	RECORD_FACT = 4,
	RECORD_COLUMNS = 5, RECORD_COUNTERS = 6,
	RECORD_USED = 7,
};

/* What a task's record says of it: all that follows it was there then; or, before anything is read, where it is. */
enum snapshot_moment { MOMENT_BEGIN, MOMENT_END, MOMENT_PLACE, MOMENT_NR };

/* Keys of facts of a container, before its path: what people call it, and the image it is made from. */
#define FACT_NAME "name "
#define FACT_IMAGE "image "

#endif
