// SPDX-License-Identifier: GPL-2.0-or-later
/* What reports for people share. */
#include "reports/cells.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool cell_is_null(sqlite3_stmt *rows, int column)
{
	return sqlite3_column_type(rows, column) == SQLITE_NULL;
}

char *cell_text(sqlite3_stmt *rows, int column)
{
	const char *text = (const char *)sqlite3_column_text(rows, column);

	return text_printable(text ? text : "");
}

char *bar_text(double value, double most, int width, bool is_unicode)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	double share = most > 0 && value > 0 ? fmin(1, value / most) : 0;
	int parts = is_unicode ? 8 : 1, length = (int)ceil(share * width * parts);
	char *text = xcalloc((size_t)width * strlen("█") + 1, 1), *end = text;

	for (int i = 0; i < length / parts; i++)
		end = stpcpy(end, is_unicode ? "█" : "#");
	if (is_unicode)
		stpcpy(end, eighths[length % parts]);
	return text;
}

char *size_text(uint64_t pages, uint64_t page_bytes)
{
	static const char units[] = "KMGT";
	uint64_t bytes = pages * page_bytes;
	int unit = -1;

	if (pages > INT64_MAX / page_bytes)
		return xasprintf("%" PRIu64 "p", pages);
	while (bytes && !(bytes % 1024) && unit < 3) {
		bytes /= 1024;
		unit++;
	}
	return unit < 0 ? xasprintf("%" PRIu64, bytes) : xasprintf("%" PRIu64 "%c", bytes, units[unit]);
}

char *cell_size(sqlite3_stmt *rows, int column, uint64_t page_bytes, const char *null)
{
	if (cell_is_null(rows, column))
		return xstrdup(null);
	return size_text((uint64_t)sqlite3_column_int64(rows, column), page_bytes);
}

char *cell_limit(sqlite3_stmt *rows, int barrier, int limit, uint64_t page_bytes, const char *null)
{
	char *low, *high, *both;

	if (cell_is_null(rows, barrier) && cell_is_null(rows, limit))
		return xstrdup(null);
	high = cell_size(rows, limit, page_bytes, "unlimited");
	if (cell_is_null(rows, barrier) ||
	    (!cell_is_null(rows, limit) && sqlite3_column_int64(rows, barrier) == sqlite3_column_int64(rows, limit)))
		return high;
	low = cell_size(rows, barrier, page_bytes, "unlimited");
	both = xasprintf("%s:%s", low, high);
	free(low);
	free(high);
	return both;
}
