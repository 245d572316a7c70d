/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long an event's records are, by its format: the kernel leaves no choice but for padding.
 *
 *	record_size_read(&size, RECORD_IN_RING, text, text_bytes);
 *	if (!record_size_fits(&size, record_bytes)) {
 *		const struct record_size own = record_size_of(&size, record, record_bytes, big_endian);
 *
 *		if (!record_size_fits(&own, record_bytes))
 *			what lies in the record is not what it says
 *	}
 *
 * Texts and arrays of varying length lie behind the fields, one behind the other, and words among the fields (__data_loc)
 * say where: such a record itself tells how long it is.
 */
#ifndef TRACES_RECORD_SIZE_H
#define TRACES_RECORD_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_SIZE_ANY (UINT32_MAX / 2)
#define RECORD_PARTS 6		/* most there are of an event whose records are asked */

/* What the kernel puts behind a record. */
enum record_place {
	RECORD_IN_RING,		/* in a ring buffer: whole words */
	RECORD_IN_SAMPLE,	/* in a sample of perf's: it ends, with the u32 before it, at a multiple of 8 */
};

struct record_size {
	uint32_t least;
	uint32_t nr_sizes;	/* that there are from there on; RECORD_SIZE_ANY: it varies, or nothing is known; 0: none fits */
	uint16_t fields_end;
	uint16_t parts[RECORD_PARTS];	/* offsets of the words that say where a part lies; then nr_sizes is 0 */
	uint8_t nr_parts;
	uint8_t relative;	/* bit i: parts[i] counts from behind itself */
	uint8_t room;		/* bytes that the compiler may have left behind the fields, and are behind the parts */
	uint8_t place;		/* enum record_place */
};

/*
 * From the content of the tracepoint's `format` file.  Where that is not as kernels write it,
 * field behind field, nothing is known: any size fits.
 */
void record_size_read(struct record_size *size, enum record_place place, const char *text, size_t bytes);

/* Its records may have more room than their parts need. */
void record_size_forget_parts(struct record_size *size);

static inline bool record_size_fits(const struct record_size *size, uint32_t bytes)
{
	return bytes - size->least < size->nr_sizes;
}

/*
 * Of this record alone, where its parts say what is right; at least `bytes` bytes can be read.
 * Where they do not lie one behind the other any size fits that holds them.
 */
struct record_size record_size_of(const struct record_size *size, const uint8_t *record, uint32_t bytes, bool big_endian);

/* Only of what is known. */
static inline uint32_t record_size_most(const struct record_size *size)
{
	return size->least + size->nr_sizes - 1;
}

#endif
