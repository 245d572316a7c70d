// SPDX-License-Identifier: GPL-2.0-or-later
/* Hostile text made safe. */
#include "base/text.h"

#include "tests/unit/test.h"

#include <stdlib.h>

static const struct { const char *text, *utf8, *printable; } cases[] = {
	{ "", "", "" },
	{ "plain", "plain", "plain" },
	{ "<script>alert(1)</script>", "<script>alert(1)</script>", "<script>alert(1)</script>" },
	{ "a\nb\tc\rd", "a\nb\tc\rd", "a\\nb\\tc\\rd" },
	{ "\x1b[31mred", "\x1b[31mred", "\\x1b[31mred" },
	{ "\x7f", "\x7f", "\\x7f" },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ "\xc2\x85", "\xc2\x85", "\\x85" },			/* a C1 control */
	{ "a\xe2\x80\xae b", "a\xe2\x80\xae b", "a\\u202e b" },	/* turns the direction */
	{ "\xff\xfe", "\\xff\\xfe", "\\xff\\xfe" },
	{ "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf" },		/* overlong */
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" },	/* a surrogate */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80" },	/* too large */
	{ "cut \xe2\x82", "cut \\xe2\\x82", "cut \\xe2\\x82" },
};

static void test_escapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		char *utf8 = text_utf8(cases[i].text), *printable = text_printable(cases[i].text);

		assert_string_equal(utf8, cases[i].utf8);
		assert_string_equal(printable, cases[i].printable);
		free(utf8);
		free(printable);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_escapes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
