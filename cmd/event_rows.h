/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as rows for programs, from the lines that event_line_format() makes.
 *
 *	event_rows_begin(out, class);
 *	event_rows_put(out, class, line, is_first);
 *	event_rows_end(out, class);
 *
 * JSON: an array, one object a line, with the keys of the line. CSV: a column for each key
 * that any kind of event has, empty where an event has not. Both begin with time_ns, cpu, tid
 * and event; what a line has in hexadecimal is text.
 */
#ifndef CMD_EVENT_ROWS_H
#define CMD_EVENT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum event_rows_form { EVENT_ROWS_JSON, EVENT_ROWS_CSV };

/* One key of a line and its value, as it stands there; borrow the line. */
struct event_word {
	const char *key, *value;
	size_t key_bytes, value_bytes;	/* of value without its quotes */
	bool is_quoted;
};

void event_rows_begin(FILE *out, enum event_rows_form form);
void event_rows_put(FILE *out, enum event_rows_form form, const char *line, bool is_first);
void event_rows_end(FILE *out, enum event_rows_form form);

/* Takes the next word off the line; false at its end. Before the first: its time, which has no key. */
bool event_word_next(const char **line, struct event_word *word);

/* Columns of CSV, in their order; NULL ends. */
extern const char *const event_columns[];

#endif
