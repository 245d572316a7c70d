/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What compressed records hold: together they are one zstd stream, in which records
 * follow each other, split anywhere.
 *
 *	perf_unpack_feed(&unpack, slice, bytes);
 *	while (perf_unpack_more(&unpack))
 *		take records from unpack.at, as long as they are whole before unpack.end;
 *
 * A piece of a record that is left at `at` is kept for the next call.
 */
#ifndef TRACES_PERF_UNPACK_H
#define TRACES_PERF_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct perf_unpack {		/* all zero is empty */
	void *stream;			/* zstd's; NULL = nothing was compressed so far */
	uint8_t *memory;
	const uint8_t *at, *end;	/* unpacked and not taken yet */
	const uint8_t *packed;		/* what is left of the slice, borrowed until it is used up */
	size_t packed_bytes;
	bool is_full;			/* the stream may hold more than there was room for */
	bool is_broken;			/* nothing more can be unpacked: each slice needs those before it */
};

void perf_unpack_release(struct perf_unpack *unpack);

/* The next slice; false if the stream is broken. */
bool perf_unpack_feed(struct perf_unpack *unpack, const uint8_t *slice, size_t bytes);

/* Whether more was unpacked: false if the slice is used up, or if the stream broke. */
bool perf_unpack_more(struct perf_unpack *unpack);

#endif
