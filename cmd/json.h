/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON, one value after the other.
 *
 *	struct json json = { .out = stdout };
 *
 *	json_begin(&json, NULL, '{');
 *	json_text(&json, "name", name);
 *	json_end(&json, '}');
 *
 * key is NULL outside of objects.  Text that is no UTF-8 is written with \xNN for
 * the bytes that are not.
 */
#ifndef CMD_JSON_H
#define CMD_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	int depth;
	bool has_value;		/* the one at hand is not the first of its group */
};

/* Text in quotes, alone. */
void json_string(FILE *out, const char *text);

void json_begin(struct json *json, const char *key, char bracket);
void json_end(struct json *json, char bracket);	/* the outermost one ends the line too */
void json_text(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, uint64_t number);
/* A number as it is written, with sign and fraction. */
void json_literal(struct json *json, const char *key, const char *number);
void json_null(struct json *json, const char *key);

#endif
