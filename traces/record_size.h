/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long an event's records are, by its format: the kernel leaves no choice but for padding.
 *
 *	record_size_read(&size, RECORD_IN_RING, text, text_bytes);
 *	if (!record_size_fits(&size, record_bytes))
 *		what lies in the record is not what it says
 *
 * Of an event with fields of varying length only the least is known.
 */
#ifndef TRACES_RECORD_SIZE_H
#define TRACES_RECORD_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_SIZE_ANY (UINT32_MAX / 2)

/* What the kernel puts behind a record. */
enum record_place {
	RECORD_IN_RING,		/* in a ring buffer: whole words */
	RECORD_IN_SAMPLE,	/* in a sample of perf's: it ends, with the u32 before it, at a multiple of 8 */
};

struct record_size {
	uint32_t least;
	uint32_t nr_sizes;	/* that there are from there on; RECORD_SIZE_ANY: it varies, or nothing is known; 0: none fits */
};

/*
 * From the content of the tracepoint's `format` file.  Where that is not as kernels write it,
 * field behind field, nothing is known: any size fits.
 */
void record_size_read(struct record_size *size, enum record_place place, const char *text, size_t bytes);

static inline bool record_size_fits(const struct record_size *size, uint32_t bytes)
{
	return bytes - size->least < size->nr_sizes;
}

/* Only of what is known. */
static inline uint32_t record_size_most(const struct record_size *size)
{
	return size->least + size->nr_sizes - 1;
}

#endif
