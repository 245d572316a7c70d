/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first half of a line: who, where, when, and which event.
 *
 *	    bash-13909   (13909) [000] d..1.  1066.102014: mm_page_alloc: page=...	ftrace
 *	    bash-13909   0d..1.  1066.102014: mm_page_alloc:      page=...		trace-cmd report -l
 *	    bash 21926 [001]  1921.249907:     kmem:mm_page_alloc: page=...		perf script
 *
 * It is read from its time to the left, so a name may hold blanks, dashes and brackets, and
 * the column of flags may have any width.
 */
#ifndef TRACES_TEXT_HEAD_H
#define TRACES_TEXT_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMO_BYTES 80
#define MEMO_COLUMNS 1000	/* a time further to the right is not remembered */
#define EVENT_UNKNOWN INT16_MIN
#define MEMO_LEFTS 8
#define MEMO_RIGHTS 12
#define MEMO_GUESSES 32		/* a power of two */

enum text_layout { LAYOUT_FTRACE, LAYOUT_LATENCY, LAYOUT_PERF, NR_LAYOUTS };

/* How the time is written; a text has one form. */
enum text_clock {
	CLOCK_MICROSECONDS,	/* 1066.102014 */
	CLOCK_NANOSECONDS,	/* 1066.102014073 */
	CLOCK_RELATIVE,		/* 26133us, from the first event */
	CLOCK_COUNT,		/* 84756238476: of a clock that does not count time */
};

/* What follows the name of the event. */
enum text_body {
	BODY_FIELDS,		/* rss_stat: mm_id=... */
	BODY_CALL,		/* sys_mmap(addr: 0, len: ... */
	BODY_CALL_DONE,		/* sys_mmap -> 0x7f... */
	BODY_RECORD,		/* perf script --show-lost-events: PERF_RECORD_LOST lost 7 */
	BODY_OTHER,		/* of a tracer that records no events: do_fork <-... */
};

struct text_head {
	uint64_t time_ns;
	uint32_t tid;		/* 0 also where the text does not know it */
	uint16_t cpu;		/* 0 also where the text does not say it */
	uint8_t layout;		/* enum text_layout */
	uint8_t clock;		/* enum text_clock */
	uint8_t body_form;	/* enum text_body */
	const char *system;	/* "kmem"; NULL = not said */
	size_t system_bytes;
	const char *name;
	size_t name_bytes;
	const char *body, *end;	/* the rest of the line, without blanks around it */
	int16_t *event;		/* of the memo, for the caller to set; NULL = not remembered yet */
	const char *task, *time;	/* where the task's number and the time stand */
};

/* False, and *head may hold anything, if this is no line of an event. */
bool text_head_parse(struct text_head *head, const char *line, size_t bytes);

/*
 * The same, by what was found in lines before: those that have their time in the same columns,
 * and there the same task and CPU before it or the same event after it. All zero is empty.
 */
struct text_head_memo {
	uint16_t begin, dot, end;	/* of the time, in the line */
	uint8_t clock, layout;
	struct text_left {
		uint16_t at, bytes;	/* what tells the task, and all up to the time */
		uint16_t task;		/* where its number stands, in the line */
		uint32_t tid;
		uint16_t cpu;
		char text[MEMO_BYTES];
	} lefts[MEMO_LEFTS];
	struct text_right {
		uint16_t bytes;		/* from the time to the fields */
		uint16_t system, system_bytes, name, name_bytes;	/* system_bytes 0: not said */
		uint8_t body_form;
		int16_t event;		/* what the caller knows the name as; EVENT_UNKNOWN at first */
		uint64_t last;		/* the last 8 bytes of text */
		char text[MEMO_BYTES];
	} rights[MEMO_RIGHTS];
	uint8_t next_left, next_right, last_left;
	uint8_t guesses[MEMO_GUESSES];	/* which of rights[], by what stands where the last one ended */
	uint16_t guess_bytes;
};

bool text_head_recall(struct text_head_memo *memo, struct text_head *head, const char *line, size_t bytes);

const char *text_layout_name(enum text_layout layout);

#endif
