/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways in which lines print values: which one a key has is learnt once, then taken by it.
 *
 *	if (text_form_take(FORM_DEVICE, &at, end, values, &unknown))
 *		use(values[0]);
 */
#ifndef TRACES_TEXT_FORM_H
#define TRACES_TEXT_FORM_H

#include "traces/text_value.h"

#include <string.h>

#define TEXT_COMM_BYTES 15	/* of a task's name */

enum text_form {
	FORM_DECIMAL,
	FORM_HEX,
	FORM_ADDRESS,		/* hexadecimal, or the name of a place in the kernel */
	FORM_DEVICE,		/* 254:0 */
	FORM_OFFSET,		/* bytes into a file: 4096 or 4096-8191 */
	FORM_GFP,
	FORM_MEMBER,
	FORM_WRITEBACK,
	FORM_TRUTH,
	FORM_COMM,		/* text, up to the next literal */
	FORM_PATH,
	FORM_SKIP,		/* anything without a blank */
	FORM_REST,		/* anything */
};

/*
 * Takes a value that begins at *at, and perhaps a second one, and moves *at behind it. False: there is none of
 * this form before `end`. Not for texts, whose end only what follows them tells.
 */
bool text_form_take(uint8_t form, const char **at, const char *end, uint64_t values[2], struct text_unknown *unknown);

static inline const char *text_skip_blanks(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	return at;
}

static inline const char *text_skip_value(const char *at, const char *end)
{
	const char *blank = memchr(at, ' ', end - at);

	return blank ? blank : end;
}

/* Units after a number: size=8192B, anon-rss:123kB. */
static inline const char *text_skip_unit(const char *at, const char *end)
{
	if (end - at > 1 && at[0] == 'k' && at[1] == 'B')
		return at + 2;
	return at < end && *at == 'B' ? at + 1 : at;
}

#endif
