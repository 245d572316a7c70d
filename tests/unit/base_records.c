// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows that lie beside others: each has its own, whoever makes room and whoever goes first. */
#include "base/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NR 5		/* of 32 bytes: two blocks are full, one is not */
#define MANY 5000	/* rows: more than there is room for at first */

static void fill(const struct records *records, uint32_t row, unsigned char with)
{
	memset(record_at(records, row, 0), with, 32);
}

static bool holds(const struct records *records, uint32_t row, unsigned char what)
{
	const unsigned char *bytes = record_at(records, row, 0);

	for (size_t i = 0; i < 32; i++)
		if (bytes[i] != what)
			return false;
	return true;
}

static void each_has_its_own(void **state)
{
	struct record_sharing sharing = { 0 };
	struct records records[NR], copy;

	(void)state;
	for (size_t i = 0; i < NR; i++) {
		records_init_beside(&records[i], 32, &sharing);
		assert_int_equal(records[i].follows, i % 2);
		records_reserve(&records[i], 10);
		assert_true(holds(&records[i], 10, 0));
		fill(&records[i], 10, (unsigned char)(i + 1));
	}
	/* Two on a line. */
	assert_ptr_equal((char *)record_at(&records[0], 10, 0) + 32, record_at(&records[1], 10, 0));
	/* The first makes room for the second, and what is there goes along. */
	records_reserve(&records[0], MANY);
	assert_true(records[1].nr > MANY && records[2].nr <= MANY);
	fill(&records[1], MANY, 9);
	assert_true(holds(&records[0], MANY, 0));
	for (size_t i = 0; i < NR; i++)
		assert_true(holds(&records[i], 10, (unsigned char)(i + 1)));
	/* A copy is a member of the block that has room. */
	records_init_beside(&copy, 32, &sharing);
	records_copy(&copy, &records[1], MANY + 1);
	assert_true(copy.follows && holds(&copy, MANY, 9) && holds(&copy, 10, 2) && holds(&records[4], 10, 5));
	record_clear(&copy, 10);
	assert_true(holds(&copy, 10, 0) && holds(&records[4], 10, 5));
	/* The first of a block goes, the other grows. */
	records_release(&records[0]);
	records_reserve(&records[1], 4 * MANY);
	assert_true(holds(&records[1], 10, 2) && holds(&records[1], MANY, 9));
	for (size_t i = 1; i < NR; i++)
		records_release(&records[i]);
	records_release(&copy);
}

static void who_has_gone_has_no_neighbour(void **state)
{
	struct record_sharing sharing = { 0 };
	struct records records;

	(void)state;
	records_init_beside(&records, 16, &sharing);
	records_reserve(&records, 0);
	records_release(&records);
	records_init_beside(&records, 16, &sharing);
	assert_false(records.follows);
	records_release(&records);
}

static void others_lie_alone(void **state)
{
	static const size_t sizes[] = { 0, 12, 24, 36, 64, 128 };
	struct record_sharing sharing = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct records records;

		assert_int_equal(records_spare_bytes(sizes[i]), 0);
		records_init_beside(&records, sizes[i], &sharing);
		assert_null(records.block);
		assert_int_equal(records.row_bytes, sizes[i]);
		records_release(&records);
	}
	assert_int_equal(records_spare_bytes(32), 32);
	assert_int_equal(records_spare_bytes(16), 48);
}

/* Any byte of it that is set is seen, whatever the size is, and none of the row before or behind it. */
static void is_clear_while_nothing_is_written(void **state)
{
	static const size_t sizes[] = { 4, 20, 24, 32, 40 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct records records;

		records_init(&records, sizes[i]);
		records_reserve(&records, 2);
		memset(record_at(&records, 0, 0), 1, sizes[i]);
		memset(record_at(&records, 2, 0), 1, sizes[i]);
		assert_true(record_is_clear(&records, 1));
		for (size_t at = 0; at < sizes[i]; at++) {
			*(unsigned char *)record_at(&records, 1, at) = 0x80;
			assert_false(record_is_clear(&records, 1));
			record_clear(&records, 1);
			assert_true(record_is_clear(&records, 1));
		}
		records_release(&records);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_own),
		cmocka_unit_test(who_has_gone_has_no_neighbour),
		cmocka_unit_test(others_lie_alone),
		cmocka_unit_test(is_clear_while_nothing_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
