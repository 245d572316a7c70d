// SPDX-License-Identifier: GPL-2.0-or-later
/* Only the numbers of a format's field lines are looked at: this is done for every event there is. */
#include "traces/record_size.h"

#include <string.h>

#define MOST_BYTES 65536

struct text {
	const char *at, *end;
};

/* What the fields come to, so far. */
struct fields {
	uint32_t end;
	bool is_wide;		/* one of 8 bytes is among them: the whole is a multiple of 8, or of 4 on machines of 32 bits */
	bool is_varying;
};

static bool begins(const struct text *text, const char *with)
{
	const size_t bytes = strlen(with);

	return (size_t)(text->end - text->at) >= bytes && !memcmp(text->at, with, bytes);
}

static bool take(struct text *text, const char *what)
{
	if (!begins(text, what))
		return false;
	text->at += strlen(what);
	return true;
}

static bool take_number(struct text *text, uint32_t *number)
{
	const char *start = text->at;

	*number = 0;
	for (; text->at < text->end && *text->at >= '0' && *text->at <= '9' && *number < MOST_BYTES; text->at++)
		*number = *number * 10 + (*text->at - '0');
	return text->at > start && *number < MOST_BYTES;
}

/* "field:DECLARATION;\toffset:N;\tsize:N;"; each begins where the one before it ends, or where its alignment lets it. */
static bool take_field(struct text line, struct fields *fields)
{
	const bool is_placed = begins(&line, "__data_loc ") || begins(&line, "__rel_loc ");
	const char *end = memchr(line.at, ';', line.end - line.at);
	uint32_t offset, size;

	if (!end)
		return false;
	line.at = end;
	if (!take(&line, ";\toffset:") || !take_number(&line, &offset) ||
	    !take(&line, ";\tsize:") || !take_number(&line, &size) || !take(&line, ";"))
		return false;
	if (offset < fields->end || offset - fields->end >= 8)
		return false;
	fields->end = offset + size;
	fields->is_wide |= size >= 8;
	fields->is_varying |= is_placed || !size;
	return true;
}

static bool read_fields(struct text text, struct fields *fields)
{
	while (text.at < text.end && !begins(&text, "print fmt:")) {
		const char *end = memchr(text.at, '\n', text.end - text.at);
		struct text line = { text.at, end ? end : text.end };

		text.at = end ? end + 1 : text.end;
		if (take(&line, "\tfield:") ? !take_field(line, fields) :
		    line.at < line.end && !begins(&line, "name:") && !begins(&line, "ID:") && !begins(&line, "format:"))
			return false;
	}
	return fields->end > 0;
}

static uint32_t align(uint32_t bytes, uint32_t to)
{
	return (bytes + to - 1) / to * to;
}

void record_size_read(struct record_size *size, enum record_place place, const char *text, size_t bytes)
{
	struct fields fields = { 0 };
	uint32_t most;

	*size = (struct record_size){ 0, RECORD_SIZE_ANY };
	if (!read_fields((struct text){ text, text + bytes }, &fields))
		return;
	size->least = place == RECORD_IN_RING ? align(fields.end, 4) : fields.end;
	if (fields.is_varying)
		return;
	most = align(fields.end, fields.is_wide ? 8 : 4);
	if (place == RECORD_IN_SAMPLE)
		most = align(most + 4, 8) - 4;
	else if (most == 8)	/* a record is never just larger than a time extend, so that one may take its place */
		most = 12;
	size->nr_sizes = most - size->least + 1;
}
