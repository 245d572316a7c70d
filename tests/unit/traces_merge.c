// SPDX-License-Identifier: GPL-2.0-or-later
/* Order of a merge: time, CPU, stream. */
#include "traces/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Gives its events a few at a time. */
struct list {
	struct event_stream base;
	const uint64_t *times;	/* 0 ends */
	uint16_t cpu;
	uint32_t tid;		/* marks the stream */
	size_t at_once;
};

static size_t list_fill(struct event_stream *base)
{
	struct list *list = (struct list *)base;
	size_t nr = 0;

	for (; *list->times && nr < list->at_once; list->times++, nr++)
		base->events[nr] = (struct mm_event){
			.time_ns = *list->times, .cpu = list->cpu, .tid = list->tid,
		};
	return nr;
}

#define MAX_STREAMS 8

/* "time:tid" of every event. */
static void join(struct list *lists, size_t nr, char *text, size_t bytes)
{
	struct event_stream *streams[MAX_STREAMS];
	const struct mm_event *event;
	struct merge merge;
	size_t at = 0;

	for (size_t i = 0; i < nr; i++) {
		lists[i].base.fill = list_fill;
		lists[i].tid = i;
		streams[i] = &lists[i].base;
	}
	text[0] = '\0';
	merge_init(&merge, streams, nr);
	while ((event = merge_next(&merge)))
		at += snprintf(text + at, bytes - at, "%llu:%u ",
			       (unsigned long long)event->time_ns, event->tid);
	assert_null(merge_next(&merge));
	merge_release(&merge);
}

struct merge_case {
	const uint64_t *times[MAX_STREAMS];
	uint16_t cpus[MAX_STREAMS];
	const char *expected;
};

#define TIMES(...) ((const uint64_t[]){ __VA_ARGS__, 0 })

static void orders(void **state)
{
	const struct merge_case cases[] = {
		{ { NULL }, { 0 }, "" },
		{ { TIMES(0) }, { 0 }, "" },
		{ { TIMES(1, 2, 3) }, { 0 }, "1:0 2:0 3:0 " },
		{ { TIMES(1, 4), TIMES(2, 3, 5) }, { 0, 1 }, "1:0 2:1 3:1 4:0 5:1 " },
		/* equal times: the lower CPU, then the stream given first, runs to its end */
		{ { TIMES(5, 5), TIMES(5) }, { 1, 0 }, "5:1 5:0 5:0 " },
		{ { TIMES(5, 5), TIMES(5) }, { 1, 1 }, "5:0 5:0 5:1 " },
		{ { TIMES(5), TIMES(5), TIMES(5), TIMES(4, 5) }, { 3, 2, 1, 0 }, "4:3 5:3 5:2 5:1 5:0 " },
		{ { TIMES(0), TIMES(9), TIMES(0), TIMES(7, 8) }, { 0, 1, 2, 3 }, "7:3 8:3 9:1 " },
		{ { TIMES(UINT64_MAX), TIMES(UINT64_MAX, UINT64_MAX) }, { 1, 0 },
		  "18446744073709551615:1 18446744073709551615:1 18446744073709551615:0 " },
	};

	(void)state;
	for (size_t at_once = 1; at_once <= 3; at_once++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct list lists[MAX_STREAMS] = { 0 };
			char text[512];
			size_t nr = 0;

			for (; nr < MAX_STREAMS && cases[i].times[nr]; nr++)
				lists[nr] = (struct list){
					.times = cases[i].times[nr], .cpu = cases[i].cpus[nr],
					.at_once = at_once,
				};
			join(lists, nr, text, sizeof(text));
			assert_string_equal(text, cases[i].expected);
		}
	}
}

/* Many events whose order is known: event n is in stream n * 7 % 5. */
static void long_run(void **state)
{
	static uint64_t times[5][1000];
	struct event_stream *streams[5];
	struct list lists[5];
	size_t nr[5] = { 0 };
	const struct mm_event *event;
	struct merge merge;
	uint64_t time = 1;

	(void)state;
	for (uint64_t n = 1; n < 2000; n++)
		times[n * 7 % 5][nr[n * 7 % 5]++] = n;
	for (size_t i = 0; i < 5; i++) {
		lists[i] = (struct list){
			.base = { .fill = list_fill }, .times = times[i], .at_once = STREAM_EVENTS,
		};
		streams[i] = &lists[i].base;
	}
	merge_init(&merge, streams, 5);
	while ((event = merge_next(&merge)))
		assert_int_equal(event->time_ns, time++);
	assert_int_equal(time, 2000);
	merge_release(&merge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders),
		cmocka_unit_test(long_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
