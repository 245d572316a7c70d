// SPDX-License-Identifier: GPL-2.0-or-later
/* Headers of records and pages, in this machine's byte order. */
#include "scrub/page_writer.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 16		/* time stamp and commit, of a kernel with longs of 8 bytes */
#define CHUNK_BYTES (256 << 10)
#define DELTA_BITS 27
#define WORDS_MAX 28		/* of a record whose length stands in its header */
#define TYPE_TIME_EXTEND 30
#define COMMIT_LOST (UINT64_C(1) << 31)
#define COMMIT_LOST_STORED (UINT64_C(1) << 30)

static bool is_big_endian(void)
{
	const uint16_t one = 1;

	return !*(const uint8_t *)&one;
}

void page_writer_init(struct page_writer *writer, struct dat_file *file, uint32_t cpu, uint32_t page_bytes)
{
	*writer = (struct page_writer){ .file = file, .cpu = cpu, .page_bytes = page_bytes };
	writer->page = xcalloc(1, page_bytes);
}

static enum status write_chunk(struct page_writer *writer, struct error *err)
{
	enum status status = RC_OK;

	if (writer->chunk.nr)
		status = dat_file_append(writer->file, writer->cpu, writer->chunk.bytes, writer->chunk.nr, err);
	writer->chunk.nr = 0;
	return status;
}

static void put_u64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put_u32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void begin_page(struct page_writer *writer, uint64_t time_ns)
{
	memset(writer->page, 0, writer->page_bytes);
	put_u64(writer->page, time_ns);
	writer->time_ns = time_ns;
	writer->used = HEADER_BYTES;
}

static enum status end_page(struct page_writer *writer, struct error *err)
{
	uint64_t commit = writer->used - HEADER_BYTES;

	if (!writer->used)
		return RC_OK;
	if (writer->has_lost)
		commit |= COMMIT_LOST | (writer->lost ? COMMIT_LOST_STORED : 0);
	if (writer->lost)
		put_u64(writer->page + writer->used, writer->lost);
	put_u64(writer->page + 8, commit);
	dat_blob_add(&writer->chunk, writer->page, writer->page_bytes);
	writer->used = 0;
	writer->has_lost = false;
	writer->lost = 0;
	return writer->chunk.nr >= CHUNK_BYTES ? write_chunk(writer, err) : RC_OK;
}

static void put_header(struct page_writer *writer, uint32_t type, uint32_t delta)
{
	put_u32(writer->page + writer->used, is_big_endian() ? type << DELTA_BITS | delta : delta << 5 | type);
	writer->used += 4;
}

/* The time since the last record, if a record's header has no room for it. */
static uint32_t put_time(struct page_writer *writer, uint64_t time_ns)
{
	const uint64_t delta = time_ns > writer->time_ns ? time_ns - writer->time_ns : 0;

	writer->time_ns += delta;
	if (delta < UINT64_C(1) << DELTA_BITS)
		return (uint32_t)delta;
	put_header(writer, TYPE_TIME_EXTEND, delta & ((1u << DELTA_BITS) - 1));
	put_u32(writer->page + writer->used, (uint32_t)(delta >> DELTA_BITS));
	writer->used += 4;
	return 0;
}

enum status page_writer_add(struct page_writer *writer, uint64_t time_ns, const void *record, uint32_t bytes,
			    struct error *err)
{
	const uint32_t padded = (bytes + 3) / 4 * 4;
	const uint32_t room = 8 + 8 + padded + 8;	/* an extend, both headers, what was lost */
	enum status status = RC_OK;
	uint32_t delta;

	assert(room + HEADER_BYTES <= writer->page_bytes);
	/* An extend reaches 2^59 ns; from further on a page begins with its own time. */
	if (writer->used && (writer->used + room > writer->page_bytes || (time_ns - writer->time_ns) >> 58))
		status = end_page(writer, err);
	if (status)
		return status;
	if (!writer->used)
		begin_page(writer, time_ns);
	delta = put_time(writer, time_ns);
	put_header(writer, padded <= WORDS_MAX * 4 ? padded / 4 : 0, delta);
	if (padded > WORDS_MAX * 4) {
		put_u32(writer->page + writer->used, padded + 4);
		writer->used += 4;
	}
	memcpy(writer->page + writer->used, record, bytes);
	writer->used += padded;
	return RC_OK;
}

enum status page_writer_lost(struct page_writer *writer, uint64_t time_ns, uint64_t nr, struct error *err)
{
	enum status status = end_page(writer, err);

	/* It stands in the header of the page after it. */
	if (!status)
		begin_page(writer, time_ns > writer->time_ns ? time_ns : writer->time_ns);
	writer->has_lost = true;
	writer->lost += nr;
	return status;
}

enum status page_writer_end(struct page_writer *writer, struct error *err)
{
	enum status status = end_page(writer, err);

	return status ? status : write_chunk(writer, err);
}

void page_writer_release(struct page_writer *writer)
{
	dat_blob_release(&writer->chunk);
	free(writer->page);
}
