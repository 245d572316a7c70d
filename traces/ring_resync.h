/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a record really ends that is not as long as its format says: a length that is damaged
 * makes one record of two, or of a part of one.
 *
 *	if (!record_size_fits(&formats->sizes[id], record.bytes))
 *		switch (ring_resync(&page, &record, formats)) ...
 *
 * The neighbours tell: behind a record's true end others begin.
 */
#ifndef TRACES_RING_RESYNC_H
#define TRACES_RING_RESYNC_H

#include "traces/format_table.h"
#include "traces/ring_page.h"

/* No kernel has a larger number for a task (PID_MAX_LIMIT): bytes that say so are no record. */
#define TID_MOST (UINT32_C(1) << 22)
#define TID_OFFSET 4		/* of common_pid, where there is no format to say so */

/* Whether it can be one at all, whatever its event. */
static inline bool ring_record_is_possible(const struct ring_record *record, bool big_endian)
{
	return record->bytes >= TID_OFFSET + 4 && load_u32(record->data + TID_OFFSET, big_endian) <= TID_MOST;
}

enum ring_resync {
	RING_AS_SAID,		/* nothing is wrong with it */
	RING_MENDED,		/* record and page are now as the format says: read it, and on from there */
	RING_BROKEN,		/* nobody knows what it covers; the page goes on where it says that it ends */
};

/* The record is the page's last one, its event has a format. */
enum ring_resync ring_resync(struct ring_page *page, struct ring_record *record, const struct format_table *formats);

#endif
