// SPDX-License-Identifier: GPL-2.0-or-later
/* A CSV of counters, columns by name. */
#include "verify/truth.h"

#include "base/xalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 256
#define NS_DIGITS 9

enum { COLUMN_IGNORED = -1, COLUMN_TIME = -2, COLUMN_CONTAINER = -3 };

/* Bytes become pages. */
static const struct column_name {
	const char *name;
	int column;	/* enum truth_value, or one of the above */
	bool is_bytes;
} column_names[] = {
	{ "mono_s", COLUMN_TIME, false },
	{ "container", COLUMN_CONTAINER, false },
	{ "rss", TRUTH_RSS, true },
	{ "anon", TRUTH_RSS, true },
	{ "cache", TRUTH_CACHE, true },
	{ "file", TRUTH_CACHE, true },
	{ "mapped_file", TRUTH_MAPPED, true },
	{ "file_mapped", TRUTH_MAPPED, true },
	{ "usage_in_bytes", TRUTH_USAGE, true },
	{ "current", TRUTH_USAGE, true },
	{ "max_usage_in_bytes", TRUTH_PEAK, true },
	{ "peak", TRUTH_PEAK, true },
	{ "kmem_usage", TRUTH_KERNEL, true },
	{ "kernel", TRUTH_KERNEL, true },
	{ "swap", TRUTH_SWAP, true },
	{ "swap.current", TRUTH_SWAP, true },
	{ "failcnt", TRUTH_FAILCNT, false },
	{ "ev_max", TRUTH_FAILCNT, false },
	{ "pgscan", TRUTH_SCANNED, false },
	{ "pgsteal", TRUTH_STOLEN, false },
	{ "workingset_refault_anon", TRUTH_REFAULT_ANON, false },
	{ "workingset_refault_file", TRUTH_REFAULT_FILE, false },
	{ "ev_oom_kill", TRUTH_KILLS, false },
	{ "oom_kill", TRUTH_KILLS, false },
};

#define NR_COLUMN_NAMES (sizeof(column_names) / sizeof(*column_names))

struct reader {
	struct truth *truth;
	const char *path;
	uint64_t line;
	uint32_t page_bytes;
	const struct column_name *columns[MAX_COLUMNS];	/* NULL = ignored */
	size_t nr_columns;
	struct error *err;
};

static enum status complain(const struct reader *reader, const char *what, const char *text)
{
	return error_set(reader->err, RC_INPUT, "%s:%" PRIu64 ": %s '%.40s': the samples are not used", reader->path,
			 reader->line, what, text);
}

/* A decimal number of at most 9 digits behind the point, as nanoseconds. */
static bool parse_seconds(const char *text, uint64_t *ns)
{
	char *rest;
	uint64_t value;
	int digits = 0;

	errno = 0;
	value = strtoull(text, &rest, 10);
	if (errno || rest == text || *text < '0' || *text > '9' || value > UINT64_MAX / 2000000000)
		return false;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9' && digits < NS_DIGITS; rest++, digits++)
			value = value * 10 + (uint64_t)(*rest - '0');
	for (; digits < NS_DIGITS; digits++)
		value *= 10;
	*ns = value;
	return !*rest;
}

static bool parse_count(const char *text, int64_t *count)
{
	char *rest;

	errno = 0;
	*count = strtoll(text, &rest, 10);
	return !errno && rest != text && !*rest && *count >= 0;
}

static uint32_t name_of(struct truth *truth, const char *text)
{
	for (size_t i = 0; i < truth->nr_names; i++)
		if (!strcmp(truth->names[i], text))
			return (uint32_t)i;
	xgrow(&truth->names, truth->nr_names, &truth->names_capacity, sizeof(*truth->names));
	truth->names[truth->nr_names] = xstrdup(text);
	return (uint32_t)truth->nr_names++;
}

static const struct column_name *find_column(const char *name)
{
	for (size_t i = 0; i < NR_COLUMN_NAMES; i++)
		if (!strcmp(column_names[i].name, name))
			return &column_names[i];
	return NULL;
}

enum truth_value truth_value_of(const char *name, bool *is_bytes)
{
	static const char prefix[] = "memory.";
	const struct column_name *column = find_column(strncmp(name, prefix, sizeof(prefix) - 1) ? name : name + sizeof(prefix) - 1);

	if (!column || column->column < 0)
		return TRUTH_NR;
	*is_bytes = column->is_bytes;
	return (enum truth_value)column->column;
}

static enum status read_head(struct reader *reader, char *line)
{
	bool has_time = false, has_container = false;
	char *name;

	while ((name = strsep(&line, ","))) {
		const struct column_name *column = find_column(name);

		if (reader->nr_columns == MAX_COLUMNS)
			return complain(reader, "more columns than can be, at", name);
		has_time |= column && column->column == COLUMN_TIME;
		has_container |= column && column->column == COLUMN_CONTAINER;
		reader->columns[reader->nr_columns++] = column;
	}
	if (!has_time)
		return complain(reader, "no column", "mono_s");
	return has_container ? RC_OK : complain(reader, "no column", "container");
}

static enum status read_cell(struct reader *reader, const struct column_name *column, const char *cell,
			     struct truth_sample *sample)
{
	int64_t count;

	if (column->column == COLUMN_CONTAINER) {
		sample->name = name_of(reader->truth, cell);
		return RC_OK;
	}
	if (column->column == COLUMN_TIME)
		return parse_seconds(cell, &sample->time_ns) ? RC_OK : complain(reader, "no time:", cell);
	if (!parse_count(cell, &count))
		return complain(reader, "no count:", cell);
	sample->values[column->column] = column->is_bytes ? count / reader->page_bytes : count;
	return RC_OK;
}

static enum status read_line(struct reader *reader, char *line)
{
	struct truth *truth = reader->truth;
	struct truth_sample sample = { 0 };
	enum status status = RC_OK;
	size_t i = 0;
	char *cell;

	for (int value = 0; value < TRUTH_NR; value++)
		sample.values[value] = TRUTH_NONE;
	while (!status && (cell = strsep(&line, ","))) {
		if (i == reader->nr_columns)
			return complain(reader, "more cells than columns, at", cell);
		if (reader->columns[i])
			status = read_cell(reader, reader->columns[i], cell, &sample);
		i++;
	}
	if (status)
		return status;
	if (i < reader->nr_columns)
		return complain(reader, "fewer cells than columns, behind", i ? "the last" : "nothing");
	if (truth->nr && sample.time_ns < truth->samples[truth->nr - 1].time_ns)
		return complain(reader, "time goes back", "mono_s");
	xgrow(&truth->samples, truth->nr, &truth->capacity, sizeof(*truth->samples));
	truth->samples[truth->nr++] = sample;
	return RC_OK;
}

enum status truth_load(struct truth *truth, const char *path, uint32_t page_bytes, struct error *err)
{
	struct reader reader = { .truth = truth, .path = path, .page_bytes = page_bytes, .err = err };
	enum status status = RC_OK;
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t capacity = 0;

	*truth = (struct truth){ 0 };
	if (!file)
		return error_set(err, RC_INPUT, "%s: cannot read: %s", path, strerror(errno));
	while (!status && getline(&line, &capacity, file) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (++reader.line == 1)
			status = read_head(&reader, line);
		else if (*line)
			status = read_line(&reader, line);
	}
	if (!status && ferror(file))
		status = error_set(err, RC_INPUT, "%s: cannot read: %s", path, strerror(errno));
	if (!status && !truth->nr)
		status = error_set(err, RC_INPUT, "%s: no samples: nothing to compare with", path);
	fclose(file);
	free(line);
	if (status)
		truth_release(truth);
	return status;
}

void truth_release(struct truth *truth)
{
	for (size_t i = 0; i < truth->nr_names; i++)
		free(truth->names[i]);
	free(truth->names);
	free(truth->samples);
	*truth = (struct truth){ 0 };
}
