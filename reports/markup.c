// SPDX-License-Identifier: GPL-2.0-or-later
/* Escaping for documents. */
#include "reports/markup.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *entity(char character)
{
	switch (character) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

char *markup_text(const char *text)
{
	char *safe = text_printable(text), *out = xcalloc(strlen(safe) * 6 + 1, 1), *end = out;

	for (const char *at = safe; *at; at++) {
		const char *instead = entity(*at);

		if (instead)
			end = stpcpy(end, instead);
		else
			*end++ = *at;
	}
	free(safe);
	return out;
}

char *markup_cell(sqlite3_stmt *rows, int column)
{
	const char *text = (const char *)sqlite3_column_text(rows, column);

	return markup_text(text ? text : "");
}

char *markup_json(const char *text)
{
	char *safe = text_utf8(text), *out = xcalloc(strlen(safe) * 6 + 3, 1), *end = out;

	*end++ = '"';
	for (const char *at = safe; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if (byte < 0x20 || byte == 0x7f || strchr("\"\\<>&", byte))
			end += snprintf(end, 7, "\\u%04x", byte);
		else
			*end++ = *at;
	}
	*end = '"';
	free(safe);
	return out;
}

char *markup_size(int64_t pages, uint64_t page_bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double bytes = (double)pages * (double)page_bytes;
	int unit = 0;

	if (!pages)
		return xstrdup("0");
	while (bytes >= 1023.5 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	if (bytes >= 99.95 || bytes == (double)(int64_t)bytes)
		return xasprintf("%.0f %s", bytes, units[unit]);
	return xasprintf(bytes >= 9.995 ? "%.1f %s" : "%.2f %s", bytes, units[unit]);
}

char *markup_number(int64_t number)
{
	char *plain = xasprintf("%" PRId64, number), *out = xcalloc(strlen(plain) * 3 + 1, 1), *end = out;
	size_t length = strlen(plain);

	for (size_t i = 0; i < length; i++) {
		if (i && plain[i - 1] != '-' && !((length - i) % 3))
			end = stpcpy(end, ",");
		*end++ = plain[i];
	}
	free(plain);
	return out;
}
