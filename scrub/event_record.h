/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as records of a ring buffer again: the other way round of traces/decode_plan.h.
 *
 *	event_records_init(&records, &traits);
 *	event_records_formats(&records, &section);		the section of event formats
 *	bytes = event_records_encode(&records, &event, text, record);
 *
 * Formats are made from the tracepoints that traces/ knows, with its names; nothing
 * but what an event holds is in them. All fields have 8 bytes.
 */
#ifndef SCRUB_EVENT_RECORD_H
#define SCRUB_EVENT_RECORD_H

#include "recorder/dat_file.h"
#include "traces/decode_plan.h"
#include "traces/mm_event.h"

#define EVENT_RECORD_BYTES 2048	/* more than any record takes */

/* What all events of a recording have in common: formats depend on it. */
struct event_traits {
	mm_kinds kinds;		/* whose formats the recording has */
	uint64_t calls;		/* likewise, bit 1 << mm_call */
	uint32_t page_size;
	bool has_pfn;		/* pages by their frame, not by a pointer */
	bool has_mm_id, has_group_dead;
};

struct event_records {
	struct event_traits traits;
	int by_kind[MM_NR_KINDS][MM_NR_CAUSES];	/* tracepoint by variant; -1 = none */
	int by_call[MM_NR_CALLS][2];	/* enter, exit */
};

void event_records_init(struct event_records *records, const struct event_traits *traits);
void event_records_formats(const struct event_records *records, struct dat_blob *section);

/*
 * text: the path or name that the event has as a string id, "" otherwise. Bytes of
 * the record; 0: events of this kind are no records.
 */
uint32_t event_records_encode(const struct event_records *records, const struct mm_event *event,
			      const char *text, uint8_t record[EVENT_RECORD_BYTES]);

#endif
