// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes, times and numbers, well typed and not. */
#include "cmd/values.h"

#include "tests/unit/test.h"

#include <stdlib.h>

static const struct { const char *text; uint64_t number; bool is_pages; const char *back; } sizes[] = {
	{ "0", 0, false, "0" },
	{ "4096", 4096, false, "4K" },
	{ "1000", 1000, false, "1000" },
	{ "64M", UINT64_C(64) << 20, false, "64M" },
	{ "64m", UINT64_C(64) << 20, false, "64M" },
	{ "64MiB", UINT64_C(64) << 20, false, "64M" },
	{ "1.5G", UINT64_C(1536) << 20, false, "1536M" },
	{ "0.5K", 512, false, "512" },
	{ "4T", UINT64_C(4) << 40, false, "4T" },
	{ "4096p", 4096, true, "4096p" },
	{ "7pages", 7, true, "7p" },
	{ "9223372036854775807", INT64_MAX, false, "9223372036854775807" },
};

static const char *const no_sizes[] = {
	"", " ", "M", "x", "64X", "-1", "+1", "64 M", "64MM", "64Mi", "1..5G", ".5G", "5.", "1.5p", "0x10",
	"9223372036854775808", "18446744073709551616", "99999999999999999999999999999999999999T",
	"1.0000000001K", "64M,", "1e3", "\xff", "64p4",
};

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(sizes); i++) {
		struct error err = { "" };
		struct size size;
		char *back;

		assert_int_equal(parse_size(sizes[i].text, &size, &err), RC_OK);
		assert_true(size.number == sizes[i].number && size.is_pages == sizes[i].is_pages);
		back = size_to_text(size);
		assert_string_equal(back, sizes[i].back);
		free(back);
	}
}

static void test_no_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(no_sizes); i++) {
		struct size size = { 1, true };
		struct error err = { "" };

		if (parse_size(no_sizes[i], &size, &err) != RC_USAGE)
			fail_msg("'%s' was taken", no_sizes[i]);
		assert_true(*err.text && size.number == 1);
	}
}

static void test_pages(void **state)
{
	(void)state;
	assert_int_equal(size_pages((struct size){ 4095, false }, 4096), 0);
	assert_int_equal(size_pages((struct size){ 8193, false }, 4096), 2);
	assert_int_equal(size_pages((struct size){ 5, true }, 65536), 5);
}

static const struct { const char *text; int base; uint64_t ns, resolved; } times[] = {
	/* resolved in a recording from 100 s to 200 s */
	{ "1234.567890", TIME_ABSOLUTE, UINT64_C(1234567890000), UINT64_C(1234567890000) },
	{ "0", TIME_ABSOLUTE, 0, 0 },
	{ "+10s", TIME_AFTER_BEGIN, UINT64_C(10000000000), UINT64_C(110000000000) },
	{ "+1.5", TIME_AFTER_BEGIN, 1500000000, UINT64_C(101500000000) },
	{ "+500ms", TIME_AFTER_BEGIN, 500000000, UINT64_C(100500000000) },
	{ "+2m", TIME_AFTER_BEGIN, UINT64_C(120000000000), UINT64_C(220000000000) },
	{ "-5s", TIME_BEFORE_END, UINT64_C(5000000000), UINT64_C(195000000000) },
	{ "-1h", TIME_BEFORE_END, UINT64_C(3600000000000), 0 },
	{ "+7ns", TIME_AFTER_BEGIN, 7, UINT64_C(100000000007) },
	{ "1.000000001", TIME_ABSOLUTE, 1000000001, 1000000001 },
};

static const char *const no_times[] = {
	"", "+", "-", "s", "10x", "1.0000000001", "--5", "+-5", "5s ", " 5", "1:30", "99999999999999999h",
};

static void test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(times); i++) {
		struct time_point time = { .base = TIME_NONE };
		struct error err = { "" };

		assert_int_equal(parse_time(times[i].text, &time, &err), RC_OK);
		assert_int_equal(time.base, times[i].base);
		assert_true(time.ns == times[i].ns);
		assert_true(time_resolve(&time, UINT64_C(100000000000), UINT64_C(200000000000)) ==
			    times[i].resolved);
	}
	for (size_t i = 0; i < NR_OF(no_times); i++) {
		struct time_point time = { .base = TIME_NONE };
		struct error err = { "" };

		if (parse_time(no_times[i], &time, &err) != RC_USAGE)
			fail_msg("'%s' was taken", no_times[i]);
		assert_true(*err.text);
	}
}

static void test_numbers(void **state)
{
	static const char *const no_numbers[] = { "", "101", "-1", "1.0", "x", "6 0", "99999999999999999999" };
	struct error err = { "" };
	uint64_t number = 0;

	(void)state;
	assert_int_equal(parse_number("0", 0, 100, &number, &err), RC_OK);
	assert_int_equal(parse_number("100", 0, 100, &number, &err), RC_OK);
	assert_int_equal(number, 100);
	for (size_t i = 0; i < NR_OF(no_numbers); i++)
		assert_int_equal(parse_number(no_numbers[i], 0, 100, &number, &err), RC_USAGE);
	assert_int_equal(number, 100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_no_sizes),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
