/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text on its way into HTML, SVG and JSON: whatever it holds, it stays text.
 *
 * Everything that comes from a RUN.db goes through one of these.
 */
#ifndef REPORTS_MARKUP_H
#define REPORTS_MARKUP_H

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>

/* Returns new: text that prints (base/text.h), with & < > " ' as entities: for elements and attributes. */
char *markup_text(const char *text);

/* Returns new: markup_text() of a column; "" for NULL. */
char *markup_cell(sqlite3_stmt *rows, int column);

/* Returns new: a JSON string with its quotes, which does not end a <script> either. */
char *markup_json(const char *text);

/* Returns new: pages as people read them in a sentence, to three digits: "29.2 MiB". */
char *markup_size(int64_t pages, uint64_t page_bytes);

/* Returns new: a number with commas between thousands. */
char *markup_number(int64_t number);

#endif
