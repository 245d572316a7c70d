// SPDX-License-Identifier: GPL-2.0-or-later
/* Every kind of record of a ring-buffer page, written byte by byte. */
#include "traces/ring_page.h"

#include "traces_recording.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { END = -1, DAMAGE = -2 };

/* What the walk must give: time and length of each record, then END or DAMAGE. */
struct step {
	uint64_t time;
	int bytes;
};

static void walk(struct ring_page *page, const struct step *steps)
{
	struct ring_record record;

	for (;; steps++) {
		enum ring_step step = ring_page_next(page, &record);

		if (steps->bytes < 0) {
			assert_int_equal(step, steps->bytes == END ? RING_END : RING_DAMAGE);
			return;
		}
		assert_int_equal(step, RING_RECORD);
		assert_int_equal(record.bytes, steps->bytes);
		assert_int_equal(page->time, steps->time);
		assert_true(record.data >= page->start && record.data + record.bytes <= page->end);
	}
}

static const struct ring_format formats[] = {
	{ .page_bytes = PAGE, .header_bytes = 16, .big_endian = false },
	{ .page_bytes = PAGE, .header_bytes = 16, .big_endian = true },
	{ .page_bytes = PAGE, .header_bytes = 12, .big_endian = false },
	{ .page_bytes = PAGE, .header_bytes = 12, .big_endian = true },
};

typedef void page_filler(struct bytes *bytes);

static void check(page_filler *fill, uint64_t time, uint32_t flags, const struct step *steps)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct bytes bytes = { .big_endian = formats[i].big_endian };
		struct ring_page page;

		page_begin(&bytes, time, formats[i].header_bytes - 8);
		fill(&bytes);
		page_end(&bytes, formats[i].header_bytes - 8, flags, 77);
		put_zeros(&bytes, RING_PAGE_ROOM);
		assert_true(ring_page_open(&page, &formats[i], bytes.data));
		assert_int_equal(page.has_lost, flags >> 31);
		assert_int_equal(page.lost, flags == 0xc0000000 ? 77 : 0);
		walk(&page, steps);
		bytes_release(&bytes);
	}
}

static void fill_short(struct bytes *bytes)
{
	page_header(bytes, 1, 0);
	put_zeros(bytes, 4);
	page_header(bytes, 28, 5);
	put_zeros(bytes, 112);
	page_header(bytes, 2, 0x7ffffff);
	put_zeros(bytes, 8);
}

static void short_records(void **state)
{
	static const struct step steps[] = {
		{ 1000, 4 }, { 1005, 112 }, { 1005 + 0x7ffffff, 8 }, { 0, END },
	};

	(void)state;
	check(fill_short, 1000, 0, steps);
}

static void fill_long(struct bytes *bytes)
{
	page_header(bytes, 0, 1);
	put_u32(bytes, 4 + 117);	/* itself included; rounded up to 4 in the page */
	put_zeros(bytes, 120);
	page_header(bytes, 0, 1);
	put_u32(bytes, 4);
	page_header(bytes, 1, 1);
	put_zeros(bytes, 4);
}

static void long_records(void **state)
{
	static const struct step steps[] = { { 11, 117 }, { 12, 0 }, { 13, 4 }, { 0, END } };

	(void)state;
	check(fill_long, 10, 0, steps);
}

static void fill_padding(struct bytes *bytes)
{
	page_header(bytes, 29, 3);	/* a record that was taken back */
	put_u32(bytes, 8);
	put_zeros(bytes, 4);
	page_header(bytes, 1, 2);
	put_zeros(bytes, 4);
	page_header(bytes, 29, 0);	/* nothing more in this page */
}

static void padding(void **state)
{
	static const struct step steps[] = { { 105, 4 }, { 0, END } };

	(void)state;
	check(fill_padding, 100, 0, steps);
}

static void fill_times(struct bytes *bytes)
{
	page_header(bytes, 30, 7);
	put_u32(bytes, 2);		/* + 7 + (2 << 27) */
	page_header(bytes, 1, 1);
	put_zeros(bytes, 4);
	page_header(bytes, 31, 9);
	put_u32(bytes, 0x10);		/* = 9 + (0x10 << 27), below the page's top bits */
	page_header(bytes, 1, 1);
	put_zeros(bytes, 4);
}

static void extends_and_stamps(void **state)
{
	const uint64_t top = UINT64_C(0x18) << 56;
	const struct step steps[] = {
		{ top + 8 + (2 << 27), 4 }, { top + 10 + (UINT64_C(0x10) << 27), 4 }, { 0, END },
	};

	(void)state;
	check(fill_times, top, 0, steps);
}

static void fill_back(struct bytes *bytes)
{
	page_header(bytes, 1, 1);
	put_zeros(bytes, 4);
	page_header(bytes, 31, 0);
	put_u32(bytes, 0);
	page_header(bytes, 1, 1);
	put_zeros(bytes, 4);
}

static void a_stamp_that_goes_back(void **state)
{
	static const struct step steps[] = { { 1001, 4 }, { 0, DAMAGE } };

	(void)state;
	check(fill_back, 1000, 0, steps);
}

static void fill_one(struct bytes *bytes)
{
	page_header(bytes, 1, 0);
	put_zeros(bytes, 4);
}

static void lost_records(void **state)
{
	static const struct step steps[] = { { 1, 4 }, { 0, END } };

	(void)state;
	check(fill_one, 1, 0x80000000, steps);
	check(fill_one, 1, 0xc0000000, steps);
	check(fill_one, 1, 0, steps);
}

static void fill_overlong(struct bytes *bytes)
{
	fill_one(bytes);
	page_header(bytes, 3, 0);
	put_zeros(bytes, 8);
}

static void fill_huge(struct bytes *bytes)
{
	fill_one(bytes);
	page_header(bytes, 0, 0);
	put_u32(bytes, 64 << 20);
	put_zeros(bytes, 100);
}

static void fill_tiny(struct bytes *bytes)
{
	fill_one(bytes);
	page_header(bytes, 0, 0);
	put_u32(bytes, 3);
	put_zeros(bytes, 100);
}

static void fill_cut_word(struct bytes *bytes)
{
	fill_one(bytes);
	page_header(bytes, 30, 0);
}

static void fill_huge_padding(struct bytes *bytes)
{
	fill_one(bytes);
	page_header(bytes, 29, 1);
	put_u32(bytes, 0xfffffff0);
}

/* What a disk makes of bytes that it lost. */
static void fill_zeros(struct bytes *bytes)
{
	fill_one(bytes);
	put_zeros(bytes, 12);
}

/* The kernel leaves no more room empty than a header has. */
static void fill_early_end(struct bytes *bytes)
{
	fill_one(bytes);
	page_header(bytes, 29, 0);
	put_u32(bytes, 0xffffffff);
}

static void fill_odd_end(struct bytes *bytes)
{
	fill_one(bytes);
	put_zeros(bytes, 2);
}

static void what_cannot_be_a_record(void **state)
{
	static page_filler *const fillers[] = {
		fill_overlong, fill_huge, fill_tiny, fill_cut_word, fill_huge_padding, fill_zeros, fill_early_end, fill_odd_end,
	};
	static const struct step steps[] = { { 1, 4 }, { 0, DAMAGE } };

	(void)state;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++)
		check(fillers[i], 1, 0, steps);
}

static void a_page_that_holds_more_than_a_page(void **state)
{
	struct bytes bytes = { 0 };
	struct ring_page page;

	(void)state;
	page_begin(&bytes, 1, 8);
	put_zeros(&bytes, 8);
	page_end(&bytes, 8, 0, 0);
	set_u32(&bytes, 8, PAGE - 16);
	assert_true(ring_page_open(&page, &formats[0], bytes.data));
	set_u32(&bytes, 8, PAGE - 15);
	assert_false(ring_page_open(&page, &formats[0], bytes.data));
	set_u32(&bytes, 8, 0x7ffffff);
	assert_false(ring_page_open(&page, &formats[0], bytes.data));
	/* A count of the lost that has no room is not read. */
	set_u32(&bytes, 8, 0xc0000000 | (PAGE - 16));
	assert_true(ring_page_open(&page, &formats[0], bytes.data));
	assert_true(page.has_lost);
	assert_int_equal(page.lost, 0);
	bytes_release(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_records),
		cmocka_unit_test(long_records),
		cmocka_unit_test(padding),
		cmocka_unit_test(extends_and_stamps),
		cmocka_unit_test(a_stamp_that_goes_back),
		cmocka_unit_test(lost_records),
		cmocka_unit_test(what_cannot_be_a_record),
		cmocka_unit_test(a_page_that_holds_more_than_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
