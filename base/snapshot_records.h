/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of records in the sections that only recount writes and reads (docs/recording.md):
 * the first byte of each.
 */
#ifndef BASE_SNAPSHOT_RECORDS_H
#define BASE_SNAPSHOT_RECORDS_H

enum snapshot_record {
	RECORD_TASK = 1, RECORD_RANGE = 2, RECORD_PAGES = 3,
	RECORD_FACT = 4,
	RECORD_COLUMNS = 5, RECORD_COUNTERS = 6,
};

#endif
