// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes that begin as a perf.data does, as they are. All others are the records of one that
 * came through a pipe, after a byte that says with which attributes: these and the formats
 * are whole then, and what is tried is all in the records.
 */
#include "recording.h"

#include "../unit/perf_recording.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct made_attr alike[] = {	/* as perf record opens them */
	{ .type = 2, .config = ID_ALLOC, .id = 11, .is_inherited = true,
	  .sample_type = S_IP | S_TID | S_TIME | S_ID | S_CPU | S_PERIOD | S_RAW | S_CGROUP },
	{ 0 }
};

static const struct made_attr mixed[] = {
	{ .type = 2, .config = ID_ALLOC, .id = 11,
	  .sample_type = S_IDENTIFIER | S_TID | S_TIME | S_CPU | S_RAW },
	{ .type = 2, .config = ID_RSS, .id = 12, .read_format = 8,
	  .sample_type = S_IDENTIFIER | S_TID | S_TIME | S_CPU | S_READ | S_CALLCHAIN | S_RAW },
	{ 0 }
};

/* All that comes before the records; by attributes and byte order. */
static const struct bytes *head_of(uint8_t choice)
{
	static struct bytes heads[4];
	struct bytes *head = &heads[choice & 3], none = { 0 };
	struct made_map map;

	if (!head->nr)
		made_perf(&(struct made_perf){ .is_pipe = true, .attrs = choice & 1 ? mixed : alike,
					       .big_endian = choice & 2, .records = &none }, head, &map);
	return head;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const struct bytes *head;

	if (bytes >= 8 && (!memcmp(data, "PERFILE2", 8) || !memcmp(data, "2ELIFREP", 8))) {
		read_recording(recording_of(&(struct piece){ data, bytes, 0 }, 1, bytes));
	} else if (bytes) {
		head = head_of(data[0]);
		read_recording(recording_of((struct piece[]){ { head->data, head->nr, 0 },
							      { data + 1, bytes - 1, head->nr } }, 2,
					    head->nr + bytes - 1));
	}
	return 0;
}
