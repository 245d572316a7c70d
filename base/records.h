/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of one fixed size, found by index: what every scenario knows of a page.
 *
 * Rows never move, so a pointer to one stays good until records_release().
 * Parts of a row belong to different owners (residence, model, policy of one
 * scenario, then those of the next): each is told its offset.
 */
#ifndef BASE_RECORDS_H
#define BASE_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#define RECORDS_CHUNK_BITS 10

struct records {
	size_t row_bytes;
	char **chunks;		/* rows [i << RECORDS_CHUNK_BITS ...), NULL = none yet */
	size_t nr_chunks;
};

/* Rows start at a multiple of 8 bytes: row_bytes is rounded up. */
void records_init(struct records *records, size_t row_bytes);
void records_release(struct records *records);

/* A copy of the first nr rows; of the same row_bytes. */
void records_copy(struct records *records, const struct records *from, uint32_t nr);

/* Makes row `index` exist; a new row is all zero. */
void records_reserve(struct records *records, uint32_t index);

/* Row `index`, which must exist, at `offset` within it. */
static inline void *record_at(const struct records *records, uint32_t index, size_t offset)
{
	return records->chunks[index >> RECORDS_CHUNK_BITS] +
	       (index & ((1u << RECORDS_CHUNK_BITS) - 1)) * records->row_bytes + offset;
}

/* Row `index`, which must exist, becomes all zero again. */
void record_clear(struct records *records, uint32_t index);

#endif
