// SPDX-License-Identifier: GPL-2.0-or-later
/* A place where records follow each other is a place where one begins. */
#include "traces/ring_resync.h"

#define CHAIN 4			/* records that must follow each other to be believed, if the page has so many more */

static uint32_t align(uint32_t bytes, uint32_t to)
{
	return (bytes + to - 1) / to * to;
}

/* What `data`, somewhere in the page, would have to be as long as. */
static struct record_size size_here(const struct ring_page *page, const uint8_t *data, const struct format_table *formats)
{
	return record_size_of(&formats->sizes[load_u16(data, page->big_endian)], data, page->end - data, page->big_endian);
}

/* As long as its format says; some machines pad all records to 8 bytes, riscv64 for one. */
static bool fits_padded(const struct record_size *size, const struct ring_record *record)
{
	return record_size_fits(size, record->bytes) ||
	       (record->bytes > size->least && record->bytes <= align(record_size_most(size), 8));
}

/* Of an event that has a format, as long as that says, of a task that can be. */
static bool is_likely(const struct ring_page *page, const struct ring_record *record, const struct format_table *formats)
{
	const uint16_t id = load_u16(record->data, page->big_endian);
	const struct record_size size = size_here(page, record->data, formats);

	return formats->of_id[id] != FORMAT_NONE && fits_padded(&size, record) &&
	       ring_record_is_possible(record, page->big_endian);
}

/* Whether records follow each other from `at` on. */
static bool is_chain(const struct ring_page *page, const uint8_t *at, const struct format_table *formats)
{
	struct ring_page ahead = *page;
	struct ring_record record;

	if (at > page->end)
		return false;
	ahead.at = at;
	for (int i = 0; i < CHAIN; i++) {
		enum ring_step step = ring_page_next(&ahead, &record);

		if (step != RING_RECORD)
			return step == RING_END;
		if (!is_likely(&ahead, &record, formats))
			return false;
	}
	return true;
}

/* Makes it so long, if others follow then. */
static bool mend(struct ring_page *page, struct ring_record *record, uint32_t bytes, const struct format_table *formats)
{
	if (bytes > page->end - record->data || !is_chain(page, record->data + bytes, formats))
		return false;
	page->at = record->data + bytes;
	record->bytes = bytes;
	return true;
}

/* Of all lengths that it can have. */
static bool mend_any(struct ring_page *page, struct ring_record *record, const struct record_size *size,
		     const struct format_table *formats)
{
	if (size->nr_sizes < RECORD_SIZE_ANY)
		for (uint32_t bytes = record_size_most(size); bytes > size->least; bytes -= 4)
			if (mend(page, record, bytes, formats))
				return true;
	return mend(page, record, size->least, formats);
}

enum ring_resync ring_resync(struct ring_page *page, struct ring_record *record, const struct format_table *formats)
{
	const struct record_size size = size_here(page, record->data, formats);
	const bool is_long = record->bytes > size.least;
	bool is_followed;

	if (record_size_fits(&size, record->bytes))
		return RING_AS_SAID;
	is_followed = is_chain(page, page->at, formats);
	if (is_followed && fits_padded(&size, record))
		return RING_AS_SAID;
	/* A length that is too small, and still leads to a record: then it is the event's number that is wrong. */
	if ((is_long || !is_followed) && mend_any(page, record, &size, formats))
		return RING_MENDED;
	return RING_BROKEN;
}
