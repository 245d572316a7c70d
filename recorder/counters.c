// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of control groups, kept open and read from their start each time. */
#include "recorder/counters.h"

#include "base/snapshot_records.h"
#include "base/xalloc.h"
#include "recorder/guard.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CONTAINERS 1000
#define FILE_BYTES 8192		/* memory.stat is 1 to 3 KiB */

/* Files of one number; version 1 and 2. */
static const char *const number_files[] = {
	"memory.current", "memory.peak", "memory.swap.current",
	"memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.failcnt", "memory.kmem.usage_in_bytes",
};

/* Files of lines "name value", and which of the lines are kept. */
static const char *const line_files[] = { "memory.stat", "memory.events", "memory.oom_control" };

static const char *const lines[] = {
	"anon", "file", "kernel", "file_mapped", "file_dirty", "shmem", "swapcached", "inactive_anon", "active_anon",
	"inactive_file", "active_file", "pgfault", "pgmajfault", "workingset_refault_anon", "workingset_refault_file",
	"workingset_activate_anon", "workingset_activate_file", "pgscan", "pgsteal", "pswpin", "pswpout",
	"cache", "rss", "mapped_file", "dirty", "swap", "pgpgin", "pgpgout",
	"low", "high", "max", "oom", "oom_kill",	/* the last is COLUMN_KILLS */
};

enum { NR_NUMBER_FILES = sizeof(number_files) / sizeof(number_files[0]),
       NR_LINE_FILES = sizeof(line_files) / sizeof(line_files[0]), NR_LINES = sizeof(lines) / sizeof(lines[0]),
       NR_COLUMNS = NR_NUMBER_FILES + NR_LINES, COLUMN_KILLS = NR_COLUMNS - 1 };

struct watched {
	char *path;
	uint64_t id;
	bool has_kills;
	uint64_t first_kills, kills;
	int numbers[NR_NUMBER_FILES], texts[NR_LINE_FILES];	/* -1 = this kernel has none */
};

struct counters {
	uint64_t step_ns, next_ns;
	struct watched *all;
	size_t nr, capacity;
	struct dat_blob section;
};

void counters_open(struct counters **result, uint64_t step_ns)
{
	struct counters *counters = xcalloc(1, sizeof(*counters));

	counters->step_ns = step_ns;
	*result = counters;
}

static int open_in(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s", folder, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	free(path);
	return fd;
}

void counters_add(struct counters *counters, const char *folder, const char *path, uint64_t id)
{
	struct watched *watched;

	for (size_t i = 0; i < counters->nr; i++) {
		if (!strcmp(counters->all[i].path, path))
			return;
	}
	if (!counters->step_ns || counters->nr == MAX_CONTAINERS)
		return;
	xgrow(&counters->all, counters->nr, &counters->capacity, sizeof(*counters->all));
	watched = &counters->all[counters->nr++];
	*watched = (struct watched){ .path = xstrdup(path), .id = id };
	for (int i = 0; i < NR_NUMBER_FILES; i++)
		watched->numbers[i] = open_in(folder, number_files[i]);
	for (int i = 0; i < NR_LINE_FILES; i++)
		watched->texts[i] = open_in(folder, line_files[i]);
}

/* The whole file from its start; false = it is gone, or was never there. */
static bool read_whole(int fd, char text[FILE_BYTES])
{
	ssize_t nr = fd < 0 ? -1 : pread(fd, text, FILE_BYTES - 1, 0);

	text[nr > 0 ? nr : 0] = '\0';
	return nr > 0;
}

/* Values by column; those that nobody tells stay UINT64_MAX. */
static void read_lines(char *text, uint64_t values[NR_COLUMNS])
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		char *name = strsep(&line, " ");

		for (int i = 0; line && i < NR_LINES; i++) {
			if (!strcmp(name, lines[i]))
				values[NR_NUMBER_FILES + i] = strtoull(line, NULL, 10);
		}
	}
}

static void sample_one(struct counters *counters, struct watched *watched)
{
	const uint64_t now_ns = guard_now_ns();
	uint64_t values[NR_COLUMNS];
	char text[FILE_BYTES];
	bool is_there = false;

	memset(values, 0xff, sizeof(values));
	for (int i = 0; i < NR_NUMBER_FILES; i++) {
		if (!read_whole(watched->numbers[i], text))
			continue;
		values[i] = strtoull(text, NULL, 10);
		is_there = true;
	}
	for (int i = 0; i < NR_LINE_FILES; i++) {
		if (read_whole(watched->texts[i], text))
			read_lines(text, values);
	}
	if (!is_there)		/* the container is gone */
		return;
	if (values[COLUMN_KILLS] != UINT64_MAX) {
		if (!watched->has_kills)
			watched->first_kills = values[COLUMN_KILLS];
		watched->has_kills = true;
		watched->kills = values[COLUMN_KILLS] - watched->first_kills;
	}
	dat_blob_add_u8(&counters->section, RECORD_COUNTERS);
	dat_blob_add_u64(&counters->section, now_ns);
	dat_blob_add_u64(&counters->section, watched->id);
	dat_blob_add_text(&counters->section, watched->path);
	dat_blob_add(&counters->section, values, sizeof(values));
}

/* Every section says its columns: each can be read alone. */
static void begin_section(struct dat_blob *section)
{
	dat_blob_add_u8(section, RECORD_COLUMNS);
	dat_blob_add_u32(section, NR_COLUMNS);
	for (int i = 0; i < NR_NUMBER_FILES; i++)
		dat_blob_add_text(section, number_files[i]);
	for (int i = 0; i < NR_LINES; i++)
		dat_blob_add_text(section, lines[i]);
}

void counters_sample(struct counters *counters)
{
	const uint64_t now_ns = guard_now_ns();

	if (!counters->nr || now_ns < counters->next_ns)
		return;
	counters->next_ns = now_ns + counters->step_ns;
	if (!counters->section.nr)
		begin_section(&counters->section);
	for (size_t i = 0; i < counters->nr; i++)
		sample_one(counters, &counters->all[i]);
}

enum status counters_write(struct counters *counters, struct dat_file *file, struct error *err)
{
	enum status status;

	if (!counters->section.nr)
		return RC_OK;
	status = dat_file_add_section(file, DAT_SNAPSHOT, &counters->section, err);
	counters->section.nr = 0;
	return status;
}

uint64_t counters_kills(const struct counters *counters)
{
	uint64_t kills = 0;

	for (size_t i = 0; i < counters->nr; i++)
		kills += counters->all[i].kills;
	return kills;
}

void counters_close(struct counters *counters)
{
	if (!counters)
		return;
	for (size_t i = 0; i < counters->nr; i++) {
		for (int j = 0; j < NR_NUMBER_FILES; j++)
			if (counters->all[i].numbers[j] >= 0)
				close(counters->all[i].numbers[j]);
		for (int j = 0; j < NR_LINE_FILES; j++)
			if (counters->all[i].texts[j] >= 0)
				close(counters->all[i].texts[j]);
		free(counters->all[i].path);
	}
	free(counters->all);
	dat_blob_release(&counters->section);
	free(counters);
}
