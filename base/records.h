/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of one fixed size, found by index: what every scenario knows of a page.
 *
 * Rows lie one behind the other, on a border of a cache's lines: a pointer to one
 * stays good until the next records_reserve().
 * Parts of a row belong to different owners (residence, model, policy): each is told its offset.
 *
 * What many scenarios know of a page is asked for in one after the other.  Where rows are half a line of a cache, or
 * less, those of several records may lie on one, page by page: then what the first waited for is there for the others.
 *
 *	records_init_beside(&records, 32, &sharing);
 *	records_reserve(&records, page);	for all whose rows lie beside these
 */
#ifndef BASE_RECORDS_H
#define BASE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct record_block;

struct records {
	char *rows;
	size_t row_bytes;	/* from one to the next */
	size_t own_bytes;	/* of these: what is left is others' */
	size_t nr;		/* rows that there is room for: they exist */
	bool straddles;		/* some row lies on two lines of a cache */
	bool follows;		/* rows lie on the lines of others, which are asked for before */
	struct record_block *block;	/* those others with these; NULL = these lie alone */
};

/* Blocks that have room for one more, by the binary logarithm of own_bytes; NULL = there is none, as it begins. */
struct record_sharing {
	struct record_block *open[6];
};

/* Rows start at a multiple of 4 bytes, row_bytes is rounded up; of 8 where row_bytes is. */
void records_init(struct records *records, size_t row_bytes);
/*
 * Likewise, but beside others if rows are small enough: then `records` stay where they are until they are released,
 * and `sharing` until all are.
 */
void records_init_beside(struct records *records, size_t row_bytes, struct record_sharing *sharing);
void records_release(struct records *records);
/* Bytes a page that those beside leave empty at most, while few of that size have begun. */
size_t records_spare_bytes(size_t row_bytes);

/* The first nr rows of others, into records whose rows are as large and not written yet. */
void records_copy(struct records *records, const struct records *from, uint32_t nr);

/* Makes all rows up to `index` exist; a new row is all zero, and takes no memory until it is written. */
void records_reserve(struct records *records, uint32_t index);

/* Row `index`, which must exist, at `offset` within it. */
static inline void *record_at(const struct records *records, uint32_t index, size_t offset)
{
	return records->rows + index * records->row_bytes + offset;
}

/* Whose row begins there. */
static inline uint32_t record_index(const struct records *records, const void *row)
{
	return (uint32_t)((size_t)((const char *)row - records->rows) / records->row_bytes);
}

/* The same will be asked for soon. */
static inline __attribute__((always_inline)) void record_prefetch(const struct records *records, uint32_t index)
{
	const char *row = record_at(records, index, 0);

	__builtin_prefetch(row, 1);
	if (records->straddles)
		__builtin_prefetch(row + records->row_bytes - 1, 1);
}

bool record_is_clear_of(const struct records *records, uint32_t index);

/* Whether row `index`, which must exist, is all zero. */
static inline bool record_is_clear(const struct records *records, uint32_t index)
{
	uint64_t words[4] = { 0 };

	/* Without a loop where the size is known, as record_clear(). */
	if (records->own_bytes == 32)
		memcpy(words, record_at(records, index, 0), 32);
	else if (records->own_bytes == 24)
		memcpy(words, record_at(records, index, 0), 24);
	else
		return record_is_clear_of(records, index);
	return !(words[0] | words[1] | words[2] | words[3]);
}

/* Row `index`, which must exist, becomes all zero again. */
void record_clear(struct records *records, uint32_t index);

#endif
