/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of records in the sections that only recount writes: docs/recording.md.
 */
#ifndef RECORDER_RECORDS_H
#define RECORDER_RECORDS_H

#include "recorder/dat_file.h"

enum record_kind {
	RECORD_TASK = 1, RECORD_RANGE = 2, RECORD_PAGES = 3,	/* snapshot.h */
	RECORD_FACT = 4,					/* machine.h */
	RECORD_COLUMNS = 5, RECORD_COUNTERS = 6,		/* counters.h */
};

static inline void record_add_u8(struct dat_blob *blob, uint8_t value)
{
	dat_blob_add(blob, &value, 1);
}

#endif
