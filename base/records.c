// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows in a mapping of their own, which grows by remapping: nothing is copied, and what is not touched is not there. */
#include "base/records.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FIRST_ROWS 1024
#define CACHE_LINE 64	/* bytes */

struct record_block {
	char *rows;
	size_t nr;			/* lines */
	struct records *members[CACHE_LINE / 4];	/* NULL = released */
	size_t nr_members, nr_left;
	struct record_block **open;	/* where it is found as long as it has room */
};

void records_init(struct records *records, size_t row_bytes)
{
	row_bytes = (row_bytes + 3) / 4 * 4;
	*records = (struct records){ .row_bytes = row_bytes, .own_bytes = row_bytes,
				     .straddles = row_bytes && CACHE_LINE % row_bytes };
}

static bool may_lie_beside(size_t row_bytes)
{
	return row_bytes && row_bytes < CACHE_LINE && CACHE_LINE % row_bytes == 0;
}

size_t records_spare_bytes(size_t row_bytes)
{
	return may_lie_beside(row_bytes) ? CACHE_LINE - row_bytes : 0;
}

/* The mapping is another, or has become larger: where a member's rows are. */
static void place(const struct record_block *block, size_t member)
{
	struct records *records = block->members[member];

	records->rows = block->rows ? block->rows + member * records->own_bytes : NULL;
	records->nr = block->nr;
}

static struct record_block *open_block(struct record_block **open)
{
	if (!*open)
		*open = xcopy(&(struct record_block){ .open = open }, 1, sizeof(**open));
	return *open;
}

void records_init_beside(struct records *records, size_t row_bytes, struct record_sharing *sharing)
{
	struct record_block *block;

	records_init(records, row_bytes);
	if (!may_lie_beside(records->own_bytes))
		return;
	block = open_block(&sharing->open[__builtin_ctzl(records->own_bytes)]);
	records->row_bytes = CACHE_LINE;
	records->block = block;
	records->follows = block->nr_members;
	block->members[block->nr_members++] = records;
	block->nr_left++;
	place(block, block->nr_members - 1);
	if (block->nr_members * records->own_bytes == CACHE_LINE)
		*block->open = NULL;
}

/* With the last of its members goes what their rows lie in. */
static void leave(struct record_block *block, const struct records *records)
{
	for (size_t i = 0; i < block->nr_members; i++)
		if (block->members[i] == records)
			block->members[i] = NULL;
	if (--block->nr_left)
		return;
	if (block->nr)
		munmap(block->rows, block->nr * CACHE_LINE);
	if (*block->open == block)
		*block->open = NULL;
	free(block);
}

void records_release(struct records *records)
{
	if (records->block)
		leave(records->block, records);
	else if (records->nr)
		munmap(records->rows, records->nr * records->row_bytes);
	*records = (struct records){ 0 };
}

static char *grown(char *rows, size_t bytes, size_t more)
{
	void *at = bytes ? mremap(rows, bytes, more, MREMAP_MAYMOVE) :
		   mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return xneed(at == MAP_FAILED ? NULL : at);
}

static void grow(struct records *records, size_t nr)
{
	struct record_block *block = records->block;
	char *rows = block ? block->rows : records->rows;

	rows = grown(rows, records->nr * records->row_bytes, nr * records->row_bytes);
	if (!block) {
		records->rows = rows;
		records->nr = nr;
		return;
	}
	block->rows = rows;
	block->nr = nr;
	for (size_t i = 0; i < block->nr_members; i++)
		if (block->members[i])
			place(block, i);
}

void records_copy(struct records *records, const struct records *from, uint32_t nr)
{
	if (!nr)
		return;
	records_reserve(records, nr - 1);
	for (uint32_t i = 0; i < nr; i++)
		memcpy(record_at(records, i, 0), record_at(from, i, 0), from->own_bytes);
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

/* Of any size. */
bool record_is_clear_of(const struct records *records, uint32_t index)
{
	const char *row = record_at(records, index, 0);

	for (size_t i = 0; i < records->own_bytes; i++)
		if (row[i])
			return false;
	return true;
}

void record_clear(struct records *records, uint32_t index)
{
	char *row = record_at(records, index, 0);

	/* Without a call where the size is known. */
	if (records->own_bytes == 32)
		memset(row, 0, 32);
	else
		memset(row, 0, records->own_bytes);
}
