// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows in a mapping of their own, which grows by remapping: nothing is copied, and what is not touched is not there. */
#include "base/records.h"

#include "base/xalloc.h"

#include <string.h>
#include <sys/mman.h>

#define FIRST_ROWS 1024
#define CACHE_LINE 64	/* bytes */

void records_init(struct records *records, size_t row_bytes)
{
	row_bytes = (row_bytes + 3) / 4 * 4;
	*records = (struct records){ .row_bytes = row_bytes, .straddles = row_bytes && CACHE_LINE % row_bytes };
}

void records_release(struct records *records)
{
	if (records->nr)
		munmap(records->rows, records->nr * records->row_bytes);
	*records = (struct records){ 0 };
}

static void grow(struct records *records, size_t nr)
{
	size_t bytes = nr * records->row_bytes;
	void *rows = records->nr ? mremap(records->rows, records->nr * records->row_bytes, bytes, MREMAP_MAYMOVE) :
		     mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	records->rows = xneed(rows == MAP_FAILED ? NULL : rows);
	records->nr = nr;
}

void records_copy(struct records *records, const struct records *from, uint32_t nr)
{
	records_init(records, from->row_bytes);
	if (!nr)
		return;
	records_reserve(records, nr - 1);
	memcpy(records->rows, from->rows, nr * from->row_bytes);
}

void records_reserve(struct records *records, uint32_t index)
{
	size_t nr = records->nr ? records->nr : FIRST_ROWS;

	if (index < records->nr || !records->row_bytes)
		return;
	while (nr <= index)
		nr *= 2;
	grow(records, nr);
}

void record_clear(struct records *records, uint32_t index)
{
	char *row = record_at(records, index, 0);

	/* Without a call where the size is known. */
	if (records->row_bytes == 32)
		memset(row, 0, 32);
	else
		memset(row, 0, records->row_bytes);
}
