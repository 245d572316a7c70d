// SPDX-License-Identifier: GPL-2.0-or-later
/* A zstd stream through a buffer of fixed size. */
#include "traces/perf_unpack.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* A record has at most 64 KiB: there is always room for the rest of one. */
#define MEMORY_BYTES (192 << 10)
#define LOOK_BYTES 8		/* behind a record, that may be looked at: decode_plan_apply() */

void perf_unpack_release(struct perf_unpack *unpack)
{
	ZSTD_freeDStream(unpack->stream);
	free(unpack->memory);
	*unpack = (struct perf_unpack){ 0 };
}

bool perf_unpack_feed(struct perf_unpack *unpack, const uint8_t *slice, size_t bytes)
{
	if (unpack->is_broken)
		return false;
	if (!unpack->stream) {
		unpack->stream = xneed(ZSTD_createDStream());
		unpack->memory = xcalloc(1, MEMORY_BYTES + LOOK_BYTES);
		unpack->at = unpack->end = unpack->memory;
	}
	unpack->packed = slice;
	unpack->packed_bytes = bytes;
	return true;
}

bool perf_unpack_more(struct perf_unpack *unpack)
{
	ZSTD_inBuffer from = { unpack->packed, unpack->packed_bytes, 0 };
	size_t left = unpack->end - unpack->at;
	ZSTD_outBuffer to = { unpack->memory, MEMORY_BYTES, left };
	size_t rest;

	if ((!unpack->packed_bytes && !unpack->is_full) || left == MEMORY_BYTES)
		return false;
	memmove(unpack->memory, unpack->at, left);
	unpack->at = unpack->memory;
	rest = ZSTD_decompressStream(unpack->stream, &to, &from);
	unpack->end = unpack->memory + to.pos;
	unpack->is_full = to.pos == MEMORY_BYTES;
	unpack->packed += from.pos;
	unpack->packed_bytes -= from.pos;
	if (ZSTD_isError(rest)) {
		unpack->is_broken = true;
		unpack->is_full = false;
		unpack->packed_bytes = 0;
	}
	return to.pos > left;
}
