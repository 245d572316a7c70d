// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes that begin as a perf.data does, as they are. All others are the records of one that
 * came through a pipe, after a byte that says with which head (perf_heads.h): it is whole, and what is tried
 * is all in the records.
 */
#include "perf_heads.h"
#include "recording.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const struct bytes *head;

	if (bytes >= 8 && (!memcmp(data, "PERFILE2", 8) || !memcmp(data, "2ELIFREP", 8))) {
		read_recording(recording_of(&(struct piece){ data, bytes, 0 }, 1, bytes));
	} else if (bytes) {
		head = perf_head(data[0]);
		read_recording(recording_of((struct piece[]){ { head->data, head->nr, 0 },
							      { data + 1, bytes - 1, head->nr } }, 2,
					    head->nr + bytes - 1));
	}
	return 0;
}
