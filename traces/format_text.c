// SPDX-License-Identifier: GPL-2.0-or-later
/* A strict reading of field lines. */
#include "traces/format_text.h"

#include "base/xalloc.h"

#include <stdbool.h>
#include <string.h>

struct text {
	const char *at, *end;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(struct text *text, const char *what)
{
	size_t bytes = strlen(what);

	if ((size_t)(text->end - text->at) < bytes || memcmp(text->at, what, bytes))
		return false;
	text->at += bytes;
	return true;
}

static bool take_number(struct text *text)
{
	const char *start = text->at;

	while (text->at < text->end && is_digit(*text->at))
		text->at++;
	return text->at > start && text->at - start <= 6;
}

static bool take_word(struct text *text)
{
	const char *start = text->at;

	while (text->at < text->end &&
	       (is_letter(*text->at) || (text->at > start && is_digit(*text->at))))
		text->at++;
	return text->at > start;
}

/* "[16]", "[]", "[TASK_COMM_LEN]" */
static bool take_length(struct text *text)
{
	if (!take(text, "["))
		return false;
	while (text->at < text->end && (is_letter(*text->at) || is_digit(*text->at)))
		text->at++;
	return take(text, "]");
}

/* A type of at least one word, stars, and a name: "__data_loc char[] comm", "struct page * page". */
static bool take_declaration(struct text *text)
{
	bool is_name = false;
	int nr_words = 0, nr_lengths = 0;

	while (text->at < text->end && *text->at != ';') {
		if (take(text, " "))
			continue;
		if (nr_words && take(text, "*")) {
			is_name = false;
		} else if (is_name && *text->at == '[') {
			if (!take_length(text) || nr_lengths++)
				return false;
		} else if (take_word(text)) {
			is_name = true;
			nr_words++;
		} else {
			return false;
		}
	}
	return is_name && nr_words >= 2;
}

static bool is_field(struct text line)
{
	if (!take(&line, "\tfield:") || !take_declaration(&line) || !take(&line, ";\toffset:") ||
	    !take_number(&line) || !take(&line, ";\tsize:") || !take_number(&line))
		return false;
	if (take(&line, ";\tsigned:") && !take_number(&line))
		return false;
	return take(&line, ";") && line.at == line.end;
}

char *format_text_fields(const char *text, size_t bytes)
{
	struct text rest = { text, text + bytes };
	char *fields = xcalloc(1, bytes + 2);
	bool is_divided = false;
	size_t nr = 0;

	while (rest.at < rest.end) {
		const char *end = memchr(rest.at, '\n', rest.end - rest.at);
		struct text line = { rest.at, end ? end : rest.end };
		bool is_blank = line.at == line.end && nr && !is_divided;

		rest.at = end ? end + 1 : rest.end;
		if (!is_blank && !is_field(line))
			continue;
		is_divided |= is_blank;
		memcpy(fields + nr, line.at, line.end - line.at);
		nr += line.end - line.at;
		fields[nr++] = '\n';
	}
	return fields;
}
