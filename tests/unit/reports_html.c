// SPDX-License-Identifier: GPL-2.0-or-later
/* Parts of the HTML report: escaping, scales, the knee. */
#include "reports/chart.h"
#include "reports/limit_curve.h"
#include "reports/markup.h"
#include "reports/usage_series.h"

#include "tests/unit/test.h"

#include <math.h>
#include <stdlib.h>

static void expect(char *text, const char *expected)
{
	assert_string_equal(text, expected);
	free(text);
}

static void test_markup(void **state)
{
	(void)state;
	expect(markup_text("<a href=\"x\">&'\n\xff</a>"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\\n\\xff&lt;/a&gt;");
	expect(markup_json("</script>\"\\\n&"), "\"\\u003c/script\\u003e\\u0022\\u005c\\u000a\\u0026\"");
	expect(markup_number(0), "0");
	expect(markup_number(-1234567), "-1,234,567");
	expect(markup_size(0, 4096), "0");
	expect(markup_size(1, 4096), "4 KiB");
	expect(markup_size(7475, 4096), "29.2 MiB");	/* 29900 KiB */
	expect(markup_size(1300, 4096), "5.08 MiB");	/* 5200 KiB */
	expect(markup_size(512 * 1024, 4096), "2 GiB");
}

static void test_scales(void **state)
{
	struct scale octaves = { SCALE_LOG, 1, 16 }, counts = { SCALE_COUNTS, 0, 99 }, line = { SCALE_LINEAR, 0, 4 };

	(void)state;
	assert_true(fabs(scale_place(&octaves, 4) - 0.5) < 1e-9);
	assert_true(fabs(scale_place(&counts, 9) - 0.5) < 1e-9);	/* log 10 of log 100 */
	assert_true(fabs(scale_place(&line, 1) - 0.25) < 1e-9);
	assert_true(fabs(scale_place(&line, 8) - 1) < 1e-9);	/* kept inside */
	assert_true(fabs(scale_place(&line, -8)) < 1e-9);
}

static const struct point *knee_of(const int64_t (*figures)[2], size_t nr, struct point *all)
{
	struct points points = { .all = all, .nr = nr };

	for (size_t i = 0; i < nr; i++)
		all[i] = (struct point){ .size = figures[i][0], .limit = figures[i][0], .refaults = figures[i][1], .uncharged = figures[i][1],
					 .refaults_assumed = ENTRY_NONE, .is_limited = true };
	return curve_knee(&points);
}

/*
 * Limits over two octaves, refaults up to 99.  From (1, 99) to (4, 0) the line at 2 is half way: there 0 refaults lie
 * half the height below it, at 1 and 4 nothing does.
 */
static void test_knee(void **state)
{
	static const int64_t bent[][2] = { { 8, 0 }, { 4, 0 }, { 2, 0 }, { 1, 99 } };
	static const int64_t straight[][2] = { { 8, 0 }, { 4, 3 }, { 2, 20 }, { 1, 99 } };
	static const int64_t quiet[][2] = { { 8, 0 }, { 4, 0 }, { 2, 0 }, { 1, 0 } };
	struct point all[4];

	(void)state;
	assert_ptr_equal(knee_of(bent, 4, all), &all[2]);
	assert_null(knee_of(straight, 4, all));	/* log 4, 21 of log 100: 0.30, 0.66 */
	assert_null(knee_of(quiet, 4, all));
	assert_null(knee_of(bent, 3, all));	/* too few */
}

/* Nothing is a space, the least of something the lowest mark, all the highest. */
static void test_spark(void **state)
{
	int64_t held[5] = { 0 }, maxheld[5] = { 0, 1, 400, 800, 900 };
	struct usage_series series = { 5, held, maxheld };

	(void)state;
	expect(usage_series_spark(&series, 800, false), " .=##");
	expect(usage_series_spark(&series, 800, true), " ▁▄██");
	expect(usage_series_spark(&series, 0, false), "     ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup),
		cmocka_unit_test(test_scales),
		cmocka_unit_test(test_knee),
		cmocka_unit_test(test_spark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
