// SPDX-License-Identifier: GPL-2.0-or-later
/* What is remembered of lines before does not change what a line says. */
#include "traces/text_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MAX_LINES 4

/* All lines of a text have their times in the same columns. */
static const struct text {
	const char *lines[MAX_LINES];
	size_t nr_remembered;	/* of them, with those before in mind */
} texts[] = {
	{ { "    bash-139 [000] d..1.  1066.102014: mm_page_free: pfn=1",
	    "    bash-139 [000] d..1.  1066.102015: mm_page_free: pfn=2",
	    "    bash-139 [001] d..1.  1066.102016: mm_page_free: pfn=3",
	    "    bash-139 [001] d..1.  1066.102017: mm_page_free: pfn=4" }, 2 },
	{ { "    bash-139 [000] d..1.  1795328215.102014: mm_page_free: pfn=1",
	    "    bash-139 [000] d..1.  1795328216.102015: mm_page_free: pfn=2" }, 1 },
	/* A name that ends in "-1", and perf's -1 of no task. */
	{ { "       a-1 [000] d..1.  1066.102014: mm_page_free: pfn=1",
	    "        -1 [000] d..1.  1066.102015: mm_page_free: pfn=2",
	    "       a-1 [000] d..1.  1066.102016: mm_page_free: pfn=3",
	    "        -1 [000] d..1.  1066.102017: mm_page_free: pfn=4" }, 0 },
	{ { "      a -1 [000]  1066.102014: kmem:mm_page_free: pfn=1",
	    "      b -1 [000]  1066.102015: kmem:mm_page_free: pfn=2" }, 1 },
	/* Process and thread, and a name with a slash. */
	{ { "  sh 12/123 [000]  1066.102014: kmem:mm_page_free: pfn=1",
	    "   sh x/123 [000]  1066.102015: kmem:mm_page_free: pfn=2",
	    "  ls 12/123 [000]  1066.102015: kmem:mm_page_free: pfn=2" }, 1 },
	/* A task without a CPU, and what looks like it, and has a CPU. */
	{ { "  sh: 106 5154.619649: kmem:mm_page_free: pfn=1",
	    "[000] 106 5154.619650: kmem:mm_page_free: pfn=2" }, 0 },
	/* Only perf prints a period. */
	{ { "   sh 139 [000] 1066.102014:  1 mm_page_free: pfn=1",
	    "   sh-139 [000] 1066.102015:    mm_page_free: pfn=2",
	    "   sh-139 [000] 1066.102016:  1 mm_page_free: pfn=3" }, 0 },
	/* The end of a call, and a line that ends there. */
	{ { "   sh 139 [000] 1066.102014: sys_munmap -> 0x0",
	    "   sh 139 [000] 1066.102015: sys_munmap ->    " }, 0 },
	{ { "   sh 139 [000] 1066.102014: mm_page_free: pfn=1",
	    "   sh 139 [000] 1066.102015: mm_page_free:      " }, 0 },
};

static void expect_same(const struct text_head *a, const struct text_head *b)
{
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->tid, b->tid);
	assert_int_equal(a->cpu, b->cpu);
	assert_int_equal(a->layout, b->layout);
	assert_int_equal(a->clock, b->clock);
	assert_int_equal(a->body_form, b->body_form);
	assert_ptr_equal(a->system, b->system);
	assert_int_equal(a->system_bytes, b->system_bytes);
	assert_ptr_equal(a->name, b->name);
	assert_int_equal(a->name_bytes, b->name_bytes);
	assert_ptr_equal(a->body, b->body);
	assert_ptr_equal(a->end, b->end);
	assert_ptr_equal(a->task, b->task);
	assert_ptr_equal(a->time, b->time);
}

static void test_memo(void **state)
{
	(void)state;
	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
		const struct text *text = &texts[t];
		struct text_head_memo memo = { 0 };
		size_t nr_remembered = 0;

		for (size_t i = 0; i < MAX_LINES && text->lines[i]; i++) {
			const char *line = text->lines[i];
			struct text_head plain, recalled;
			bool is_event = text_head_parse(&plain, line, strlen(line));

			assert_int_equal(text_head_recall(&memo, &recalled, line, strlen(line)), is_event);
			if (is_event)
				expect_same(&plain, &recalled);
			nr_remembered += is_event && recalled.event;
		}
		assert_int_equal(nr_remembered, text->nr_remembered);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_memo) };

	return cmocka_run_group_tests_name("traces_text_head", tests, NULL, NULL);
}
