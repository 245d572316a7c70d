// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes after a line that makes them a text; as they are if they may be a packed one. */
#include "recording.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char first[] = "  sh-7 [000] d..1. 5.000001: mm_page_free: page=0x10 pfn=0x10 order=0\n";

static int is_packed(const uint8_t *data, size_t bytes)
{
	return bytes >= 4 && (!memcmp(data, "\x1f\x8b", 2) || !memcmp(data, "\x28\xb5\x2f\xfd", 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const size_t before = is_packed(data, bytes) ? 0 : sizeof(first) - 1;
	const struct piece pieces[] = { { first, before, 0 }, { data, bytes, before } };

	read_recording(recording_of(pieces, 2, before + bytes));
	return 0;
}
