/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small table of texts, row by row, and the ways to show it.
 *
 *	sheet_init(&sheet, columns, NR_COLUMNS);
 *	sheet_add(&sheet, xasprintf(...));	once a cell
 *	sheet_print(&sheet, out);
 *	sheet_release(&sheet);
 */
#ifndef CMD_SHEET_H
#define CMD_SHEET_H

#include "cmd/json.h"

#include <stddef.h>

/* What is not text is a number: it stands right, and is one in JSON. */
struct sheet_column {
	const char *name;	/* for people */
	const char *key;	/* for programs */
	bool is_text;
};

struct sheet {
	const struct sheet_column *columns;	/* borrowed */
	size_t nr_columns;
	char **cells;		/* owned; NULL = nothing to say */
	size_t nr, capacity;
};

void sheet_init(struct sheet *sheet, const struct sheet_column *columns, size_t nr_columns);
void sheet_release(struct sheet *sheet);

/* Takes the text. */
void sheet_add(struct sheet *sheet, char *text);

size_t sheet_rows(const struct sheet *sheet);
const char *sheet_cell(const struct sheet *sheet, size_t row, size_t column);

/* For people, on a terminal and in a document. */
void sheet_print(const struct sheet *sheet, FILE *out);
void sheet_markdown(const struct sheet *sheet, FILE *out);
/* For programs: an array of objects; a line a row, without the line of names. */
void sheet_json(const struct sheet *sheet, struct json *json, const char *key);
void sheet_csv_cell(FILE *out, const char *cell);

/* Returns new: a number with so many digits, NULL where it is none. */
char *sheet_real(double number, int digits);

#endif
