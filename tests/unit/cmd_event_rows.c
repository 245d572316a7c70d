// SPDX-License-Identifier: GPL-2.0-or-later
/* Events as JSON and CSV: every key of every kind has its column, no value is changed. */
#include "cmd/event_rows.h"

#include "traces/event_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Inlined at -O3, gcc 12 takes what it returns for a pointer to its local. */
static __attribute__((noinline)) char *rows_of(enum event_rows_form form, const char *const *lines)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	event_rows_begin(out, form);
	for (size_t i = 0; lines[i]; i++)
		event_rows_put(out, form, lines[i], !i);
	event_rows_end(out, form);
	fclose(out);
	return text;
}

static void test_json(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const lines[] = {
		"5.000000001 cpu=0 tid=7 mm_page_free pfn=0x10 order=0",
		"0.000000002 cpu=1 tid=0 sched_process_exec pid=7 old_pid=-7 filename=\"a \\\"b=c\\\" \\\\ \\x01\"",
		"6.000000000 cpu=0 tid=0 gap reason=damage begin=0.000000000 end=6.000000000 dev=254:0 x=007", NULL };
	char *text = rows_of(EVENT_ROWS_JSON, lines);

	(void)state;
	assert_string_equal(text, "[\n"
		"{\"time_ns\": 5000000001, \"cpu\": 0, \"tid\": 7, \"event\": \"mm_page_free\", \"pfn\": \"0x10\", \"order\": 0},\n"
		"{\"time_ns\": 2, \"cpu\": 1, \"tid\": 0, \"event\": \"sched_process_exec\", \"pid\": 7, \"old_pid\": -7, "
		"\"filename\": \"a \\\"b=c\\\" \\\\ \\\\x01\"},\n"
		"{\"time_ns\": 6000000000, \"cpu\": 0, \"tid\": 0, \"event\": \"gap\", \"reason\": \"damage\", "
		"\"begin\": 0.000000000, \"end\": 6.000000000, \"dev\": \"254:0\", \"x\": \"007\"}\n]\n");
	free(text);
	text = rows_of(EVENT_ROWS_JSON, none);
	assert_string_equal(text, "[\n]\n");
	free(text);
}

static void test_csv(void **state)
{
	static const char *const lines[] = {
		"5.000000001 cpu=0 tid=7 mm_page_free pfn=0x10 order=0",
		"5.000000002 cpu=1 tid=0 task_rename pid=7 comm=\"a, \\\"b\\\"\"", NULL };
	char *text = rows_of(EVENT_ROWS_CSV, lines), *line = strchr(text, '\n');

	(void)state;
	assert_memory_equal(text, "time_ns,cpu,tid,event,address,error_code,mode,pfn,page,order,", 60);
	assert_memory_equal(line + 1, "5000000001,0,7,mm_page_free,,,,0x10,,0,", 39);
	line = strchr(line + 1, '\n');
	assert_memory_equal(line + 1, "5000000002,1,0,task_rename,,,", 29);
	assert_non_null(strstr(line, ",\"a, \"\"b\"\"\","));
	free(text);
}

static void check_columns(const struct mm_event *event, struct event_source *source)
{
	static char line[EVENT_LINE_BYTES];
	const char *at = line;
	struct event_word word;

	event_line_format(source, event, line);
	while (event_word_next(&at, &word)) {
		size_t i = 0;

		if (!word.key_bytes)
			continue;
		while (event_columns[i] && (strncmp(event_columns[i], word.key, word.key_bytes) ||
					    event_columns[i][word.key_bytes]))
			i++;
		if (!event_columns[i])
			fail_msg("no column for %.*s of: %s", (int)word.key_bytes, word.key, line);
	}
}

/* Whatever a kind has: all its flags clear, all set. */
static void test_columns(void **state)
{
	const char *path = TESTS_DATA "/ftrace.txt";
	struct event_source *source;
	struct error err;

	(void)state;
	assert_int_equal(event_source_open(&source, &path, 1, MM_ALL_KINDS, &err), RC_OK);
	for (int fill = 0; fill < 2; fill++) {
		for (unsigned int kind = 0; kind < MM_NR_KINDS; kind++) {
			struct mm_event event;

			memset(&event, fill, sizeof(event));
			event.kind = kind;
			event.call = MM_CALL_MMAP;
			if (kind == MM_GAP)
				event.gap.input = 0;
			check_columns(&event, source);
		}
	}
	event_source_close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
