// SPDX-License-Identifier: GPL-2.0-or-later
/* Chunked rows: allocated when first touched, never moved. */
#include "base/records.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 64	/* of a cache: a row of so many bytes lies in one */

/* All zero. */
static char *make_chunk(size_t row_bytes)
{
	size_t bytes = row_bytes << RECORDS_CHUNK_BITS;
	char *chunk = xneed(aligned_alloc(LINE_BYTES, bytes));

	return memset(chunk, 0, bytes);
}

void records_init(struct records *records, size_t row_bytes)
{
	*records = (struct records){ .row_bytes = (row_bytes + 7) / 8 * 8 };
}

void records_release(struct records *records)
{
	for (size_t i = 0; i < records->nr_chunks; i++)
		free(records->chunks[i]);
	free(records->chunks);
	*records = (struct records){ 0 };
}

void records_copy(struct records *records, const struct records *from, uint32_t nr)
{
	records_init(records, from->row_bytes);
	for (uint32_t row = 0; row < nr; row += 1u << RECORDS_CHUNK_BITS) {
		records_reserve(records, row);
		memcpy(records->chunks[row >> RECORDS_CHUNK_BITS], from->chunks[row >> RECORDS_CHUNK_BITS],
		       records->row_bytes << RECORDS_CHUNK_BITS);
	}
}

void records_reserve(struct records *records, uint32_t index)
{
	size_t chunk = index >> RECORDS_CHUNK_BITS;

	if (chunk >= records->nr_chunks) {
		size_t nr = records->nr_chunks ? records->nr_chunks : 16;

		while (nr <= chunk)
			nr *= 2;
		records->chunks = xrealloc(records->chunks, nr, sizeof(*records->chunks));
		memset(records->chunks + records->nr_chunks, 0,
		       (nr - records->nr_chunks) * sizeof(*records->chunks));
		records->nr_chunks = nr;
	}
	if (!records->chunks[chunk])
		records->chunks[chunk] = make_chunk(records->row_bytes);
}

void record_clear(struct records *records, uint32_t index)
{
	memset(record_at(records, index, 0), 0, records->row_bytes);
}
