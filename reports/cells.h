/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns of a row as people read them: escaped names, sizes, figures. */
#ifndef REPORTS_CELLS_H
#define REPORTS_CELLS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

bool cell_is_null(sqlite3_stmt *rows, int column);

/* Returns new: the column as text that prints (base/text.h); "" for NULL. */
char *cell_text(sqlite3_stmt *rows, int column);

/* Returns new: a column in pages as a size, 64M; `null` for NULL. */
char *cell_size(sqlite3_stmt *rows, int column, uint64_t page_bytes, const char *null);

/* Returns new: LIMIT, or BARRIER:LIMIT where they differ; `null` when there is neither. */
char *cell_limit(sqlite3_stmt *rows, int barrier, int limit, uint64_t page_bytes, const char *null);

/* Returns new: a bar of up to `width` characters, as long as value is to most; something shows as something. */
char *bar_text(double value, double most, int width, bool is_unicode);

/* Returns new: pages in the largest unit that says it exactly. */
char *size_text(uint64_t pages, uint64_t page_bytes);

#endif
