// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes and formats, by attributes and byte order. */
#include "perf_heads.h"

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

const struct bytes *perf_head(uint8_t choice)
{
	static struct bytes heads[NR_PERF_HEADS];
	struct bytes *head = &heads[choice % NR_PERF_HEADS], none = { 0 };
	struct made_map map;

	if (!head->nr)
		made_perf(&(struct made_perf){ .is_pipe = true, .attrs = choice & 1 ? mixed : alike,
					       .big_endian = choice & 2, .records = &none }, head, &map);
	return head;
}
