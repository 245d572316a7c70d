// SPDX-License-Identifier: GPL-2.0-or-later
/* Parsing without floating point: what is typed is what is meant. */
#include "cmd/values.h"

#include "base/xalloc.h"

#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define MAX_FRACTION_DIGITS 9

__extension__ typedef unsigned __int128 wide;

bool parse_decimal(const char **text, uint64_t scale, uint64_t *number)
{
	const char *at = *text;
	wide value = 0, unit = 1;

	if (!isdigit((unsigned char)*at))
		return false;
	while (isdigit((unsigned char)*at)) {
		value = value * 10 + (wide)(*at++ - '0');
		if (value > UINT64_MAX)
			return false;
	}
	if (*at == '.') {
		at++;
		if (!isdigit((unsigned char)*at))
			return false;
		for (int digits = 0; isdigit((unsigned char)*at); digits++) {
			if (digits == MAX_FRACTION_DIGITS)
				return false;
			value = value * 10 + (wide)(*at++ - '0');
			unit *= 10;
		}
	}
	/* value < 2^64 * 10^9 < 2^94 and scale < 2^33 for a fraction, < 2^42 without. */
	value = value * scale / unit;
	if (value > UINT64_MAX)
		return false;
	*number = (uint64_t)value;
	*text = at;
	return true;
}

/* The unit behind a number that ends at `at`: K, KiB... and its factor; NULL = no such unit. */
static const char *size_unit(const char *at, uint64_t *factor)
{
	static const char units[] = "KMGT";
	const char *unit = *at ? strchr(units, toupper((unsigned char)*at)) : NULL;

	*factor = 1;
	if (unit) {
		*factor = UINT64_C(1) << (10 * (unit - units + 1));
		at++;
		if (!strcmp(at, "iB") || !strcmp(at, "B"))
			at += strlen(at);
	}
	return *at ? NULL : at;
}

enum status parse_size(const char *text, struct size *size, struct error *err)
{
	const char *at = text + strspn(text, "0123456789.");
	bool is_pages = at != text && (!strcmp(at, "p") || !strcmp(at, "pages"));
	uint64_t factor = 1, number;

	if (!is_pages && (at == text || !size_unit(at, &factor)))
		return error_set(err, RC_USAGE, "'%s' is not a size like 64M, 1.5G or 4096p", text);
	at = text;
	if (!parse_decimal(&at, factor, &number) || (is_pages && strchr(text, '.')) ||
	    number > INT64_MAX)
		return error_set(err, RC_USAGE, "'%s' is not a size that can be", text);
	/* The whole text was looked at only if the number ended where the unit began. */
	if (isdigit((unsigned char)*at) || *at == '.')
		return error_set(err, RC_USAGE, "'%s' is not a size like 64M, 1.5G or 4096p", text);
	*size = (struct size){ number, is_pages };
	return RC_OK;
}

uint64_t size_pages(struct size size, uint32_t page_bytes)
{
	return size.is_pages ? size.number : size.number / page_bytes;
}

char *size_to_text(struct size size)
{
	static const char units[] = "KMGT";
	uint64_t number = size.number;
	int unit = -1;

	if (size.is_pages)
		return xasprintf("%" PRIu64 "p", number);
	while (number && !(number % 1024) && unit < 3) {
		number /= 1024;
		unit++;
	}
	return unit < 0 ? xasprintf("%" PRIu64, number) : xasprintf("%" PRIu64 "%c", number, units[unit]);
}

/* A number of time units at the whole of text; scale for a bare number is a second. */
static bool duration(const char *text, uint64_t *ns)
{
	static const struct { const char *name; uint64_t ns; } units[] = {
		{ "", 1000000000 }, { "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 },
		{ "ns", 1 }, { "m", UINT64_C(60000000000) }, { "h", UINT64_C(3600000000000) },
	};
	const char *unit = text + strspn(text, "0123456789.");

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		const char *at = text;

		if (!strcmp(unit, units[i].name))
			return parse_decimal(&at, units[i].ns, ns) && at == unit && *ns <= INT64_MAX;
	}
	return false;
}

enum status parse_duration(const char *text, uint64_t *ns, struct error *err)
{
	if (!duration(text, ns))
		return error_set(err, RC_USAGE, "'%s' is not a time like 10s, 1.5 or 500ms", text);
	return RC_OK;
}

enum status parse_time(const char *text, struct time_point *time, struct error *err)
{
	struct time_point point = { .base = TIME_ABSOLUTE };

	if (*text == '+')
		point.base = TIME_AFTER_BEGIN;
	else if (*text == '-')
		point.base = TIME_BEFORE_END;
	if (!duration(text + (point.base != TIME_ABSOLUTE), &point.ns))
		return error_set(err, RC_USAGE, "'%s' is not a time like 1234.567890, +10s or -5s", text);
	*time = point;
	return RC_OK;
}

uint64_t time_resolve(const struct time_point *time, uint64_t begin_ns, uint64_t end_ns)
{
	switch (time->base) {
	case TIME_NONE:
		break;
	case TIME_ABSOLUTE:
		return time->ns;
	case TIME_AFTER_BEGIN:
		return begin_ns + time->ns < begin_ns ? UINT64_MAX : begin_ns + time->ns;
	case TIME_BEFORE_END:
		return time->ns > end_ns ? 0 : end_ns - time->ns;
	}
	return 0;
}

enum status parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number,
			 struct error *err)
{
	const char *at = text;
	uint64_t value;

	if (strchr(text, '.') || !parse_decimal(&at, 1, &value) || *at || value < min || value > max)
		return error_set(err, RC_USAGE, "'%s' is not a whole number from %" PRIu64 " to %" PRIu64,
				 text, min, max);
	*number = value;
	return RC_OK;
}
