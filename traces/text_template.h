/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the fields of one event are printed, learnt from a line and used for the next ones.
 *
 *	if (text_template_learn(&template, tracepoint, page_bytes, body, end))
 *		text_template_apply(&template, body, end, tid, event, strings, &unknown);
 *
 * A line is learnt as literals with values between them; whether keys are those of `trace`,
 * `trace-cmd report`, `trace-cmd report -R` or `perf script`, and in which order they come, is
 * found out once. A line with other literals is not this template's.
 */
#ifndef TRACES_TEXT_TEMPLATE_H
#define TRACES_TEXT_TEMPLATE_H

#include "traces/decode_plan.h"
#include "traces/text_value.h"

#define TEMPLATE_STEPS 24
#define TEMPLATE_LITERAL_BYTES 512
#define TEMPLATE_NAMES 4		/* values by names that are remembered */
#define TEMPLATE_NAMES_BYTES 112

#define TEXT_FIRST_BYTES sizeof(uint64_t)

/* One value, and what stands before it. */
struct text_step_of_line {
	uint64_t first, first_mask;	/* of the literal, as far as 8 bytes go */
	uint16_t literal;	/* where in `literals` */
	uint8_t literal_bytes;
	uint8_t form;		/* enum text_form */
	int8_t slot;		/* field of the tracepoint; -1 = nobody wants the value */
};

/* Flags by their names, as they were last printed: most are printed again and again. */
struct text_names_memo {
	uint64_t value;
	uint8_t form, bytes;
	char text[TEMPLATE_NAMES_BYTES];
};

struct text_template {
	struct decode_plan plan;
	size_t nr_steps, nr_literals;
	struct text_step_of_line steps[TEMPLATE_STEPS];
	char literals[TEMPLATE_LITERAL_BYTES];
	struct text_names_memo memos[TEMPLATE_NAMES];
	uint8_t next_memo;
};

/* False, and *missing says what, if the line does not hold what the tracepoint needs. */
bool text_template_learn(struct text_template *template, int tracepoint, uint32_t page_bytes,
			 const char *body, const char *end, const char **missing);

/* False if the line is another's; else all of *event is filled but its time and cpu. */
bool text_template_apply(struct text_template *template, const char *body, const char *end,
			 uint32_t tid, struct mm_event *event, struct strings *strings,
			 struct text_unknown *unknown);

/*
 * For the files of the template only.
 */

/* Leaves out of a line's fields what stands around them. */
void text_template_trim(uint8_t kind, const char **body, const char **end);

#endif
