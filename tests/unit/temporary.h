/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of a test's own, and files in it. */
#ifndef TESTS_UNIT_TEMPORARY_H
#define TESTS_UNIT_TEMPORARY_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct folder {
	char path[32];
	char file[128];		/* path/name of the last folder_file() */
};

static inline void folder_make(struct folder *folder)
{
	snprintf(folder->path, sizeof(folder->path), "/tmp/recount-test-XXXXXX");
	if (!mkdtemp(folder->path))
		abort();
}

static inline const char *folder_file(struct folder *folder, const char *name)
{
	snprintf(folder->file, sizeof(folder->file), "%s/%s", folder->path, name);
	return folder->file;
}

/* Names in it, but . and .. */
static inline unsigned int folder_count(const struct folder *folder)
{
	DIR *dir = opendir(folder->path);
	const struct dirent *entry;
	unsigned int nr = 0;

	while (dir && (entry = readdir(dir)))
		nr += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	if (dir)
		closedir(dir);
	return nr;
}

static inline void folder_remove(struct folder *folder)
{
	DIR *dir = opendir(folder->path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(folder->path);
}

static inline void file_write(const char *path, const void *bytes, size_t nr)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(bytes, 1, nr, file) != nr || fclose(file))
		abort();
}

/* Returns new: the whole file and a NUL. */
static inline char *file_read(const char *path, size_t *nr)
{
	FILE *file = fopen(path, "r");
	char *bytes = NULL;
	size_t size = 0;

	if (!file || getdelim(&bytes, &size, EOF, file) < 0 || fseek(file, 0, SEEK_END))
		abort();
	*nr = (size_t)ftell(file);
	rewind(file);
	bytes = realloc(bytes, *nr + 1);
	if (!bytes || fread(bytes, 1, *nr, file) != *nr)
		abort();
	bytes[*nr] = 0;
	fclose(file);
	return bytes;
}

#endif
