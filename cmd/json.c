// SPDX-License-Identifier: GPL-2.0-or-later
/* Commas, quotes and indents. */
#include "cmd/json.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>

void json_string(FILE *out, const char *text)
{
	char *safe = text_utf8(text);

	fputc('"', out);
	for (const char *at = safe; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else if (byte < 0x20 || byte == 0x7f)
			fprintf(out, "\\u%04x", byte);
		else
			fputc(byte, out);
	}
	fputc('"', out);
	free(safe);
}

static void next(struct json *json, const char *key)
{
	if (json->has_value)
		fputc(',', json->out);
	if (json->depth)
		fprintf(json->out, "\n%*s", 2 * json->depth, "");
	if (key) {
		json_string(json->out, key);
		fputs(": ", json->out);
	}
	json->has_value = true;
}

void json_begin(struct json *json, const char *key, char bracket)
{
	next(json, key);
	fputc(bracket, json->out);
	json->depth++;
	json->has_value = false;
}

void json_end(struct json *json, char bracket)
{
	json->depth--;
	if (json->has_value)
		fprintf(json->out, "\n%*s", 2 * json->depth, "");
	fputc(bracket, json->out);
	if (!json->depth)
		fputc('\n', json->out);
	json->has_value = true;
}

void json_text(struct json *json, const char *key, const char *text)
{
	next(json, key);
	json_string(json->out, text);
}

void json_number(struct json *json, const char *key, uint64_t number)
{
	next(json, key);
	fprintf(json->out, "%" PRIu64, number);
}

void json_literal(struct json *json, const char *key, const char *number)
{
	next(json, key);
	fputs(number, json->out);
}

void json_null(struct json *json, const char *key)
{
	next(json, key);
	fputs("null", json->out);
}
