/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a recording ends by itself: time, size, and what the host has left.
 *
 *	struct guard guard = { .max_bytes = ..., .min_disk_bytes = ... };
 *	guard_begin(&guard, path);
 *	while (!(reason = guard_check(&guard, bytes)))
 *		...
 */
#ifndef RECORDER_GUARD_H
#define RECORDER_GUARD_H

#include <stdint.h>

struct guard {
	uint64_t duration_ns;		/* 0 = no end */
	uint64_t max_bytes;		/* of the file */
	uint64_t min_disk_bytes;	/* that must stay free where the file is */
	uint64_t min_memory_bytes;	/* that must stay available to the host */
	const char *path;		/* borrowed; NULL = none, a stream */
	uint64_t begin_ns;
};

void guard_begin(struct guard *guard, const char *path);

/* Why to stop now, in words; NULL = go on. */
const char *guard_check(const struct guard *guard, uint64_t file_bytes);

/* Monotonic time. */
uint64_t guard_now_ns(void);

#endif
