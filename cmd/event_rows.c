// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of key=value taken apart. */
#include "cmd/event_rows.h"

#include "base/status.h"
#include "base/xalloc.h"
#include "cmd/json.h"
#include "cmd/sheet.h"

#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 96

const char *const event_columns[] = {
	"time_ns", "cpu", "tid", "event", "address", "error_code", "mode", "pfn", "page", "order", "gfp_flags", "member",
	"pages", "mm_id", "curr", "dev", "ino", "index", "last", "lru", "mm", "vma", "begin", "end", "call", "args", "ret",
	"pid", "tgid", "parent", "old_pid", "clone_flags", "group_dead", "comm", "filename", "root", "id", "level", "path",
	"cause", "nr_reclaimed", "flags", "pte", "total_vm_kb", "anon_rss_kb", "file_rss_kb", "shmem_rss_kb", "item",
	"value", "lruvec", "at", "vpn", "nr", "frame", "since", "name", "reason", "lost", "bytes", "offset", "file",
	"target", "accesses", "age", NULL
};

bool event_word_next(const char **line, struct event_word *word)
{
	const char *at = *line + strspn(*line, " ");
	size_t bytes = strcspn(at, " =");

	*word = (struct event_word){ .key = at, .key_bytes = bytes };
	if (!*at)
		return false;
	if (at[bytes] != '=') {		/* the time, or the name of the event */
		word->value = at;
		word->value_bytes = bytes;
		word->key_bytes = 0;
		*line = at + bytes;
		return true;
	}
	at += bytes + 1;
	word->is_quoted = *at == '"';
	word->value = at + word->is_quoted;
	if (word->is_quoted) {
		for (at = word->value; *at && *at != '"'; at++)
			at += *at == '\\' && at[1];
	} else {
		at += strcspn(at, " ");
	}
	word->value_bytes = at - word->value;
	*line = at + (word->is_quoted && *at == '"');
	return true;
}

/* "5154.615202292" in nanoseconds: without its dot. Returns new. */
static char *time_text(const struct event_word *word)
{
	const char *dot = memchr(word->value, '.', word->value_bytes);
	int seconds = dot ? (int)(dot - word->value) : (int)word->value_bytes;
	char *text = xasprintf("%.*s%.*s", seconds, word->value, dot ? (int)word->value_bytes - seconds - 1 : 0,
			       dot ? dot + 1 : "");
	size_t zeros = strspn(text, "0");

	if (zeros && !text[zeros])
		zeros--;
	memmove(text, text + zeros, strlen(text) - zeros + 1);
	return text;
}

/* The value without the escapes of quotes and backslashes. Returns new. */
static char *value_text(const struct event_word *word)
{
	char *text = xcalloc(1, word->value_bytes + 1), *to = text;

	for (size_t i = 0; i < word->value_bytes; i++) {
		const char *at = word->value + i;

		if (word->is_quoted && *at == '\\' && i + 1 < word->value_bytes && (at[1] == '"' || at[1] == '\\'))
			at = word->value + ++i;
		*to++ = *at;
	}
	return text;
}

/* Whether JSON takes it for a number: no 0x12, no 254:0, no 007. */
static bool is_number(const struct event_word *word)
{
	const char *at = word->value, *end = at + word->value_bytes;
	size_t whole = 0, fraction = 0;

	if (word->is_quoted)
		return false;
	at += at < end && *at == '-';
	for (; at + whole < end && at[whole] >= '0' && at[whole] <= '9'; whole++)
		;
	if (!whole || (whole > 1 && *at == '0'))
		return false;
	at += whole;
	if (at == end)
		return true;
	for (fraction = 0; at + 1 + fraction < end && at[1 + fraction] >= '0' && at[1 + fraction] <= '9'; fraction++)
		;
	return *at == '.' && fraction && at + 1 + fraction == end;
}

/* What the words without a key are: the time, then the name of the event. */
static void name_word(struct event_word *word, bool is_first)
{
	if (word->key_bytes)
		return;
	word->key = is_first ? "time_ns" : "event";
	word->key_bytes = strlen(word->key);
}

static void put_json(FILE *out, const char *line)
{
	struct event_word word;
	bool is_first = true;

	while (event_word_next(&line, &word)) {
		char *text = is_first ? time_text(&word) : value_text(&word);
		bool is_plain = is_first || is_number(&word);

		name_word(&word, is_first);
		fprintf(out, "%s\"%.*s\": ", is_first ? "{" : ", ", (int)word.key_bytes, word.key);
		if (is_plain)
			fputs(text, out);
		else
			json_string(out, text);
		is_first = false;
		free(text);
	}
	fputc('}', out);
}

static size_t find_column(const struct event_word *word)
{
	size_t i = 0;

	while (event_columns[i] && (strncmp(event_columns[i], word->key, word->key_bytes) ||
				    event_columns[i][word->key_bytes]))
		i++;
	if (!event_columns[i] || i >= MAX_COLUMNS)
		bug("no column for %.*s of an event", (int)word->key_bytes, word->key);
	return i;
}

static void put_csv(FILE *out, const char *line)
{
	char *cells[MAX_COLUMNS] = { NULL };
	struct event_word word;
	bool is_first = true;

	while (event_word_next(&line, &word)) {
		char *text = is_first ? time_text(&word) : value_text(&word);
		size_t column;

		name_word(&word, is_first);
		column = find_column(&word);
		free(cells[column]);
		cells[column] = text;
		is_first = false;
	}
	for (size_t i = 0; event_columns[i]; i++) {
		if (i)
			fputc(',', out);
		sheet_csv_cell(out, cells[i]);
		free(cells[i]);
	}
	fputc('\n', out);
}

void event_rows_begin(FILE *out, enum event_rows_form form)
{
	if (form == EVENT_ROWS_JSON) {
		fputc('[', out);
		return;
	}
	for (size_t i = 0; event_columns[i]; i++)
		fprintf(out, "%s%s", i ? "," : "", event_columns[i]);
	fputc('\n', out);
}

void event_rows_put(FILE *out, enum event_rows_form form, const char *line, bool is_first)
{
	if (form == EVENT_ROWS_JSON) {
		fputs(is_first ? "\n" : ",\n", out);
		put_json(out, line);
	} else {
		put_csv(out, line);
	}
}

void event_rows_end(FILE *out, enum event_rows_form form)
{
	if (form == EVENT_ROWS_JSON)
		fputs("\n]\n", out);
}
