// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows as text: one a line, whatever is in them. */
#include "sink/sinks.h"

#include "tests/unit/rows.h"
#include "tests/unit/temporary.h"
#include "tests/unit/test.h"

static void test_lines(void **state)
{
	struct error err = { "" };
	struct folder folder;
	size_t nr, nr_lines = 0;
	char *text;

	(void)state;
	folder_make(&folder);
	assert_int_equal(write_small_run(&text_sink, folder_file(&folder, "run.txt"), &err), RC_OK);
	text = file_read(folder.file, &nr);
	for (size_t i = 0; i < nr; i++)
		nr_lines += text[i] == '\n';
	assert_int_equal(nr_lines, SMALL_RUN_ROWS);
	assert_non_null(strstr(text, "\nlimits scenario=1 container=1 resource=\"rss\" barrier_pages=- "
				     "limit_pages=16384\n"));
	assert_non_null(strstr(text, "\ncontainers container=2 name=\"=cmd|'<script>\\x1b[31m\\\"\\n\\xff\" "
				     "path=\"/lab/evil\"\n"));
	assert_non_null(strstr(text, " diverged_ns=2234000000 evidence=0.250000 "));
	free(text);
	folder_remove(&folder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
