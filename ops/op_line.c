// SPDX-License-Identifier: GPL-2.0-or-later
/* Splitting and numbers. */
#include "ops/op_line.h"

#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Text after its opening quote, unescaped in place; the byte after the closing one, or NULL. */
static char *unquote(char *at)
{
	char *to = at;

	for (; *at != '"'; at++) {
		if (!*at)
			return NULL;
		if (*at == '\\' && at[1] == 'x' && hex_digit(at[2]) >= 0 && hex_digit(at[3]) >= 0) {
			*to++ = (char)(hex_digit(at[2]) << 4 | hex_digit(at[3]));
			at += 3;
		} else if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) {
			*to++ = *++at;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
	return at + 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const char *op_line_split(struct op_line *line, char *text)
{
	line->nr = line->at = 0;
	for (;;) {
		while (is_blank(*text))
			text++;
		if (!*text || *text == '#')
			return NULL;
		if (line->nr == OP_LINE_WORDS)
			return "the line has too many words";
		if (*text == '"') {
			line->words[line->nr++] = ++text;
			text = unquote(text);
			if (!text)
				return "a quote is not closed";
			if (*text && !is_blank(*text))
				return "a quote is followed by no blank";
			continue;
		}
		line->words[line->nr++] = text;
		while (*text && !is_blank(*text))
			text++;
		if (*text)
			*text++ = '\0';
	}
}

bool op_line_take(struct op_line *line, const char *word)
{
	const char *next = op_line_peek(line);

	if (!next || strcmp(next, word))
		return false;
	line->at++;
	return true;
}

bool op_number(const char *text, uint64_t *value)
{
	uint64_t base = 10, sum = 0;

	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		int digit = hex_digit(*text);

		if (digit < 0 || (uint64_t)digit >= base || sum > (UINT64_MAX - (uint64_t)digit) / base)
			return false;
		sum = sum * base + (uint64_t)digit;
	}
	*value = sum;
	return true;
}
