// SPDX-License-Identifier: GPL-2.0-or-later
/* Only the numbers of a format's field lines are looked at: this is done for every event there is. */
#include "traces/record_size.h"

#include "traces/load.h"

#include <string.h>

#define MOST_BYTES 65536

struct text {
	const char *at, *end;
};

/* What the fields come to, so far. */
struct fields {
	uint32_t end;
	bool is_wide;		/* one of 8 bytes is among them: the whole is a multiple of 8, or of 4 on machines of 32 bits */
	bool is_varying;	/* and nothing in a record says how long it is */
	uint16_t parts[RECORD_PARTS];
	uint8_t nr_parts, relative;
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

/* The word of a part, and whether it counts from behind itself. */
static void add_part(struct fields *fields, uint32_t offset, uint32_t size, bool is_relative)
{
	if (fields->nr_parts == RECORD_PARTS || size != 4) {
		fields->is_varying = true;
		return;
	}
	fields->relative |= is_relative << fields->nr_parts;
	fields->parts[fields->nr_parts++] = offset;
}

/* "field:DECLARATION;\toffset:N;\tsize:N;"; each begins where the one before it ends, or where its alignment lets it. */
static bool take_field(struct text line, struct fields *fields)
{
	const bool is_relative = begins(&line, "__rel_loc "), is_placed = is_relative || begins(&line, "__data_loc ");
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
	fields->is_varying |= !size;
	if (is_placed)
		add_part(fields, offset, size, is_relative);
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

/* The most that fields, and parts, up to `end` may make with what is put behind them. */
static uint32_t most_of(enum record_place place, uint32_t end)
{
	uint32_t most = align(end, 4);

	if (place == RECORD_IN_SAMPLE)
		return align(most + 4, 8) - 4;
	/* A record is never just larger than a time extend, so that one may take its place. */
	return most == 8 ? 12 : most;
}

void record_size_read(struct record_size *size, enum record_place place, const char *text, size_t bytes)
{
	struct fields fields = { 0 };
	uint32_t whole;

	*size = (struct record_size){ 0, RECORD_SIZE_ANY };
	if (!read_fields((struct text){ text, text + bytes }, &fields))
		return;
	size->least = place == RECORD_IN_RING ? align(fields.end, 4) : fields.end;
	if (fields.is_varying)
		return;
	whole = align(fields.end, fields.is_wide ? 8 : 4);
	if (!fields.nr_parts) {
		size->nr_sizes = most_of(place, whole) - size->least + 1;
		return;
	}
	*size = (struct record_size){ .least = size->least, .fields_end = fields.end, .nr_parts = fields.nr_parts,
				      .relative = fields.relative, .room = whole - fields.end, .place = place };
	memcpy(size->parts, fields.parts, sizeof(fields.parts));
}

void record_size_forget_parts(struct record_size *size)
{
	if (size->nr_parts)
		*size = (struct record_size){ size->least, RECORD_SIZE_ANY };
}

struct record_size record_size_of(const struct record_size *size, const uint8_t *record, uint32_t bytes, bool big_endian)
{
	uint32_t end = size->fields_end, behind = end;
	bool is_ordered = true;

	if (!size->nr_parts)
		return *size;
	if (bytes < size->least)
		return (struct record_size){ size->least, RECORD_SIZE_ANY };
	for (uint8_t i = 0; i < size->nr_parts; i++) {
		const uint32_t word = load_u32(record + size->parts[i], big_endian);
		const uint32_t begin = (word & 0xffff) + (size->relative >> i & 1 ? size->parts[i] + 4 : 0);

		is_ordered &= begin == behind;
		behind = begin + (word >> 16);
		end = behind > end ? behind : end;
	}
	if (size->place == RECORD_IN_RING)
		return (struct record_size){ align(end, 4), is_ordered ? most_of(RECORD_IN_RING, end + size->room) - align(end, 4) + 1 : RECORD_SIZE_ANY };
	return (struct record_size){ end, is_ordered ? most_of(RECORD_IN_SAMPLE, end + size->room) - end + 1 : RECORD_SIZE_ANY };
}
