// SPDX-License-Identifier: GPL-2.0-or-later
/* Formats from the folders of tracefs, one file an event. */
#include "traces/format_bank.h"

#include "base/xalloc.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TEXT_BYTES (64 << 10)	/* one page of tracefs is usual */

static char *copy_of(const char *text, size_t bytes)
{
	char *copy = xcalloc(1, bytes + 1);

	memcpy(copy, text, bytes);
	return copy;
}

void format_bank_add(struct format_bank *bank, const char *system, const char *text, size_t bytes)
{
	if (!bank)
		return;
	xgrow(&bank->all, bank->nr, &bank->capacity, sizeof(*bank->all));
	bank->all[bank->nr++] = (struct banked_format){ xstrdup(system), copy_of(text, bytes), bytes };
}

void format_bank_set_header_page(struct format_bank *bank, const char *text, size_t bytes)
{
	if (!bank || bank->header_page)
		return;
	bank->header_page = copy_of(text, bytes);
	bank->header_page_bytes = bytes;
}

/* Returns new, or NULL: files of tracefs say no size. */
static char *read_text(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "re");
	char *text;

	if (!file)
		return NULL;
	text = xcalloc(1, MAX_TEXT_BYTES);
	*bytes = fread(text, 1, MAX_TEXT_BYTES - 1, file);
	fclose(file);
	return text;
}

/* Names in order, so that the same kernel gives the same bank. */
static int list_folder(const char *path, struct dirent ***names)
{
	int nr = scandir(path, names, NULL, alphasort);

	return nr < 0 ? 0 : nr;
}

static void read_system(struct format_bank *bank, const char *folder, const char *system)
{
	char *path = xasprintf("%s/%s", folder, system);
	struct dirent **names = NULL;
	int nr = list_folder(path, &names);

	for (int i = 0; i < nr; i++) {
		char *format = xasprintf("%s/%s/format", path, names[i]->d_name);
		size_t bytes = 0;
		char *text = names[i]->d_name[0] == '.' ? NULL : read_text(format, &bytes);

		if (text)
			format_bank_add(bank, system, text, bytes);
		free(text);
		free(format);
		free(names[i]);
	}
	free(names);
	free(path);
}

static void read_folder(struct format_bank *bank, const char *folder)
{
	char *header_page = xasprintf("%s/header_page", folder);
	struct dirent **names = NULL;
	int nr = list_folder(folder, &names);
	size_t bytes = 0;
	char *text = read_text(header_page, &bytes);

	if (text)
		format_bank_set_header_page(bank, text, bytes);
	for (int i = 0; i < nr; i++) {
		if (names[i]->d_name[0] != '.')
			read_system(bank, folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	free(text);
	free(header_page);
}

static bool is_folder(const char *path)
{
	struct stat about;

	return !stat(path, &about) && S_ISDIR(about.st_mode);
}

enum status format_bank_load(struct format_bank *bank, const char *path, struct error *err)
{
	static const char *const places[] = { "/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events" };
	bool is_running = !strcmp(path, "tracefs");
	char *data = xasprintf("%s/data", path);
	bool is_perf_folder = !is_running && !is_folder(data) && is_folder(path) && !access(data, R_OK);

	free(data);
	bank->path = path;
	if (is_running) {
		for (size_t i = 0; i < 2 && !bank->nr; i++)
			read_folder(bank, places[i]);
		if (!bank->nr)
			return error_set(err, RC_INPUT, "tracefs: no event format can be read in %s (it needs root)",
					 places[0]);
		return RC_OK;
	}
	if (!is_folder(path) || is_perf_folder)
		return format_bank_read_recording(bank, path, err);
	read_folder(bank, path);
	return bank->nr ? RC_OK : error_set(err, RC_INPUT, "%s: has no event formats: SYSTEM/EVENT/format", path);
}

void format_bank_release(struct format_bank *bank)
{
	for (size_t i = 0; i < bank->nr; i++) {
		free(bank->all[i].system);
		free(bank->all[i].text);
	}
	free(bank->all);
	free(bank->header_page);
}
