// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes after a line that makes them a text, as they are: plain, or what a packed text may hold. */
#include "recording.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char first[] = "  sh-7 [000] d..1. 5.000001: mm_page_free: page=0x10 pfn=0x10 order=0\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint8_t *text = malloc(sizeof(first) + bytes);

	if (!text)
		abort();
	memcpy(text, first, sizeof(first) - 1);
	memcpy(text + sizeof(first) - 1, data, bytes);
	read_recording(data, bytes);
	read_recording(text, sizeof(first) - 1 + bytes);
	free(text);
	return 0;
}
