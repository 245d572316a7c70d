// SPDX-License-Identifier: GPL-2.0-or-later
/* Lengths by type, as perf_event_open(2) has them. */
#include "traces/perf_body.h"

#include "traces/load.h"

#include <string.h>

enum form {
	UNKNOWN,
	FIXED,
	TEXT,		/* a text follows, padded to words */
	PAIRS,		/* the last word counts pairs that follow */
};

struct body {
	uint8_t form;		/* enum form */
	uint8_t bytes;		/* that all of them have, behind the header */
};

static const struct body bodies[PERF_USER_TYPES] = {
	[PERF_MMAP] = { TEXT, 32 },
	[PERF_LOST] = { FIXED, 16 },
	[PERF_COMM] = { TEXT, 8 },
	[PERF_EXIT] = { FIXED, 24 },
	[PERF_THROTTLE] = { FIXED, 24 },
	[PERF_UNTHROTTLE] = { FIXED, 24 },
	[PERF_FORK] = { FIXED, 24 },
	[PERF_MMAP2] = { TEXT, 64 },
	[PERF_AUX] = { FIXED, 24 },
	[PERF_ITRACE_START] = { FIXED, 8 },
	[PERF_LOST_SAMPLES] = { FIXED, 8 },
	[PERF_SWITCH] = { FIXED, 0 },
	[PERF_SWITCH_CPU_WIDE] = { FIXED, 8 },
	[PERF_NAMESPACES] = { PAIRS, 16 },
	[PERF_KSYMBOL] = { TEXT, 16 },
	[PERF_BPF_EVENT] = { FIXED, 16 },
	[PERF_CGROUP] = { TEXT, 8 },
	[PERF_AUX_OUTPUT_HW_ID] = { FIXED, 8 },
};

/* Of a text and its end. */
static uint64_t text_bytes(const uint8_t *at, uint32_t left)
{
	return (strnlen((const char *)at, left) + 1 + 7) & ~UINT64_C(7);
}

static uint64_t pair_bytes(uint64_t nr)
{
	return 16 * (nr < RECORD_MOST_BYTES ? nr : RECORD_MOST_BYTES);
}

bool perf_body_fits(const struct perf_record *record, uint32_t trailer_bytes, bool big_endian)
{
	const struct body body = record->type < PERF_USER_TYPES ? bodies[record->type] : bodies[0];
	const uint32_t front = PERF_HEADER_BYTES + body.bytes;
	uint64_t bytes = front;

	if (body.form == UNKNOWN)
		return true;
	if (record->bytes < front)
		return false;
	if (body.form == TEXT)
		bytes += text_bytes(record->data + front, record->bytes - front);
	else if (body.form == PAIRS)
		bytes += pair_bytes(load_u64(record->data + front - 8, big_endian));
	/* Some of those that perf makes itself have no trailer. */
	return record->bytes == bytes || record->bytes == bytes + trailer_bytes;
}
