/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of text, taken apart: words with blanks between, "text in quotes" with
 * \" \\ and \xNN, and # for the rest of the line.
 */
#ifndef OPS_OP_LINE_H
#define OPS_OP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OP_LINE_WORDS 48

struct op_line {
	char *words[OP_LINE_WORDS];
	size_t nr, at;		/* at: next to be taken */
};

/* Takes text apart in place. NULL, or what is wrong with it. */
const char *op_line_split(struct op_line *line, char *text);

/* The next word, or NULL. */
static inline char *op_line_peek(const struct op_line *line)
{
	return line->at < line->nr ? line->words[line->at] : NULL;
}

/* Takes the next word if it is this one. */
bool op_line_take(struct op_line *line, const char *word);

/* Decimal, or hexadecimal after 0x; the whole of text. */
bool op_number(const char *text, uint64_t *value);

#endif
