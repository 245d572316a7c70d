/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream whose output is kept in memory, as open_memstream() has it; but running out of memory
 * ends the program (xalloc.h), where that one may lose what was written and say nothing.
 *
 *	struct memory_stream memory;
 *	FILE *out = memory_stream_open(&memory);
 *	fprintf(out, ...);
 *	use(memory_stream_close(&memory), memory.bytes);	and free() the text
 */
#ifndef BASE_MEMORY_STREAM_H
#define BASE_MEMORY_STREAM_H

#include <stddef.h>
#include <stdio.h>

struct memory_stream {
	FILE *stream;
	char *text;
	size_t bytes, capacity;
};

/* The stream, until close. */
FILE *memory_stream_open(struct memory_stream *memory);
/* Returns new: what was written, with a NUL behind it that bytes does not count. */
char *memory_stream_close(struct memory_stream *memory);

#endif
