// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as they are, and as the records of a perf.data that came through a pipe: its
 * attributes and formats are whole then, and what is tried is all in the records.
 */
#include "recording.h"

#include "../unit/perf_recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* As in the recordings that the records of tests/fuzz/perf_data are from. */
static const struct made_attr alike[] = {
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

static void read_records(const struct made_attr *attrs, const uint8_t *data, size_t bytes)
{
	struct bytes records = { (uint8_t *)data, bytes, bytes, false }, file;
	struct made_map map;

	made_perf(&(struct made_perf){ .is_pipe = true, .attrs = attrs, .records = &records }, &file, &map);
	read_recording(file.data, file.nr);
	bytes_release(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	read_recording(data, bytes);
	read_records(alike, data, bytes);
	read_records(mixed, data, bytes);
	return 0;
}
