// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as they are, and as the records of a perf.data that came through a pipe: its
 * attributes and formats are whole then, and what is tried is all in the records.
 */
#include "recording.h"

#include "../unit/perf_recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct made_attr attrs[] = {
	{ .type = 2, .config = ID_ALLOC, .id = 11,
	  .sample_type = S_IDENTIFIER | S_TID | S_TIME | S_CPU | S_RAW | S_CGROUP },
	{ .type = 2, .config = ID_RSS, .id = 12, .read_format = 8,
	  .sample_type = S_IDENTIFIER | S_TID | S_TIME | S_CPU | S_READ | S_CALLCHAIN | S_RAW | S_REGS_USER | S_CGROUP },
	{ 0 }
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct bytes records = { (uint8_t *)data, bytes, bytes, false }, file;
	struct made_map map;

	read_recording(data, bytes);
	made_perf(&(struct made_perf){ .is_pipe = true, .attrs = attrs, .records = &records }, &file, &map);
	read_recording(file.data, file.nr);
	bytes_release(&file);
	return 0;
}
