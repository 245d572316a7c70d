/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text, line by line, from a file that is plain, gzip or zstd: told by its first bytes.
 *
 *	text_input_open(&input, &file);
 *	while ((step = text_input_next(input, &line)) != TEXT_END)
 *		read(step, line.text, line.bytes);
 *	if (text_input_damage(input))
 *		complain();
 *	text_input_close(input);
 *
 * Memory does not grow with the text.  Of compressed data that is damaged or cut off, what
 * comes before the damage is given.
 */
#ifndef TRACES_TEXT_INPUT_H
#define TRACES_TEXT_INPUT_H

#include "traces/trace_file.h"

#define TEXT_LINE_BYTES 16384	/* no line of a trace is longer: paths have 4096 at most */

struct text_input;

struct text_line {
	const char *text;	/* without its newline; borrowed until the next call */
	size_t bytes;
	uint64_t offset;	/* from the start of the text, when unpacked */
	bool may_have_nul;	/* there are NUL bytes in it or not far from it */
};

enum text_step {
	TEXT_LINE,
	TEXT_OVERLONG,		/* longer than TEXT_LINE_BYTES: `bytes` of it are left out */
	TEXT_UNENDED,		/* the last bytes, without a newline: maybe half a line */
	TEXT_END,
};

/* Borrows the file until close. */
struct text_input *text_input_open(const struct trace_file *file);
void text_input_close(struct text_input *input);	/* NULL is fine */

/* Back to the first line, if nothing has gone from memory yet; false: it must be opened again. */
bool text_input_rewind(struct text_input *input);

enum text_step text_input_next(struct text_input *input, struct text_line *line);

/* The line that text_input_next() will give next, if it is whole; the last one stays where it is. */
bool text_input_peek(const struct text_input *input, struct text_line *line);

/* "none", "gzip" or "zstd". */
const char *text_input_packing(const struct text_input *input);

/* Bytes of the file that were read. */
uint64_t text_input_offset(const struct text_input *input);

/* Why the text ends before the file does, after TEXT_END; NULL = it does not. */
const char *text_input_damage(const struct text_input *input);

/*
 * Unpacks the first bytes of a file of which `head` is the beginning, as far as that goes;
 * how many of `room` bytes there are.
 */
size_t text_unpack_head(const uint8_t *head, size_t bytes, char *text, size_t room);

#endif
