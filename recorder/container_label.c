// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the id in a path, asks the namers for it; else takes the unit of systemd. */
#include "recorder/container_label.h"

#include "base/xalloc.h"
#include "recorder/namers.h"

#include <ctype.h>
#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_CHARACTERS 64
#define UID_CHARACTERS 36
#define MAX_STATE_BYTES (4 << 20)	/* of a file of a runtime */
#define MAX_NAME_BYTES 300

/* Where in a path its container is named, and what lies below that. */
struct found {
	char id[ID_CHARACTERS + 1];
	const char *rest;	/* borrowed from the path: "" or "/..." */
};

/* As many hexadecimal digits as an id has, and not one more. */
static bool is_id(const char *at, const char *begin)
{
	size_t nr = 0;

	if (at > begin && isxdigit((unsigned char)at[-1]))
		return false;
	while (nr <= ID_CHARACTERS && isxdigit((unsigned char)at[nr]))
		nr++;
	return nr == ID_CHARACTERS;
}

/* "pod" and a number like 01234567-89ab-cdef-0123-456789abcdef; systemd's slices have '_' for '-'. */
static bool is_pod(const char *at)
{
	if (strncmp(at, "pod", 3))
		return false;
	for (int i = 0; i < UID_CHARACTERS; i++) {
		const char c = at[3 + i];

		if (i == 8 || i == 13 || i == 18 || i == 23 ? c != '-' && c != '_' : !isxdigit((unsigned char)c))
			return false;
	}
	return true;
}

/* The innermost container of the path, or else its pod. False: it names none. */
static bool find_id(const char *path, struct found *found)
{
	const char *last = NULL;
	size_t bytes = ID_CHARACTERS;

	for (const char *at = path; *at; at++) {
		if (is_id(at, path))
			last = at;
	}
	for (const char *at = path; !last && *at; at++) {
		if (is_pod(at)) {
			last = at + strlen("pod");
			bytes = UID_CHARACTERS;
			break;
		}
	}
	if (!last)
		return false;
	snprintf(found->id, sizeof(found->id), "%.*s", (int)bytes, last);
	for (char *c = found->id; *c; c++) {
		if (*c == '_')
			*c = '-';
	}
	found->rest = last + strcspn(last, "/");
	return true;
}

/* Returns new; NULL = it cannot be read, or is none of a runtime. */
static char *read_state(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = in ? xcalloc(1, MAX_STATE_BYTES + 1) : NULL;
	size_t nr = in ? fread(text, 1, MAX_STATE_BYTES + 1, in) : 0;

	if (in)
		fclose(in);
	if (nr && nr <= MAX_STATE_BYTES) {
		text[nr] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

/* Returns new; NULL = the column has no text. */
static char *column_text(sqlite3_stmt *rows, int column)
{
	const char *text = (const char *)sqlite3_column_text(rows, column);

	return text && *text ? xasprintf("%.*s", MAX_NAME_BYTES, text) : NULL;
}

/* SQLite reads JSON, and is there already. */
static bool ask(const char *sql, const char *state, const char *id, struct container_label *label)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *rows = NULL;

	if (!sqlite3_open(":memory:", &db) && !sqlite3_prepare_v2(db, sql, -1, &rows, NULL) &&
	    !sqlite3_bind_text(rows, 1, state, -1, SQLITE_STATIC) &&
	    (sqlite3_bind_parameter_count(rows) < 2 || !sqlite3_bind_text(rows, 2, id, -1, SQLITE_STATIC)) &&
	    sqlite3_step(rows) == SQLITE_ROW) {
		label->name = column_text(rows, 0);
		label->image = label->name ? column_text(rows, 1) : NULL;
	}
	sqlite3_finalize(rows);
	sqlite3_close(db);
	return label->name;
}

/* NAMESPACE_POD_UID as NAMESPACE/POD: neither may hold a '_'. */
static bool take_file_name(const char *path, struct container_label *label)
{
	const char *base = strrchr(path, '/') + 1, *end = strrchr(base, '_');

	label->name = xasprintf("%.*s", (int)(end - base), base);
	for (char *c = label->name; *c; c++) {
		if (*c == '_')
			*c = '/';
	}
	return true;
}

static bool try_file(const struct namer *namer, const char *path, const char *id, struct container_label *label)
{
	char *state;

	if (!namer->sql)
		return take_file_name(path, label);
	state = read_state(path);
	if (state)
		ask(namer->sql, state, id, label);
	free(state);
	return label->name;
}

static bool try_namer(const struct namer *namer, const char *root, const char *id, struct container_label *label)
{
	const char *hole = strstr(namer->files, "%s");
	char *pattern = hole ? xasprintf("%s%.*s%s%s", root, (int)(hole - namer->files), namer->files, id, hole + 2) :
			       xasprintf("%s%s", root, namer->files);
	glob_t files = { 0 };

	if (!glob(pattern, 0, NULL, &files)) {
		for (size_t i = 0; i < files.gl_pathc && !label->name; i++)
			try_file(namer, files.gl_pathv[i], id, label);
	}
	globfree(&files);
	free(pattern);
	return label->name;
}

/* The unit that a path lies in, with what lies below it: "redis.service", "user@1000.service/app". */
static bool take_unit(const char *path, struct container_label *label)
{
	static const char *const units[] = { ".service/", ".scope/" };
	const char *last = NULL;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		for (const char *at = path; (at = strstr(at, units[i])); at++)
			last = at > last ? at : last;
	}
	if (!last)	/* the path's own last part is the best name */
		return false;
	while (last > path && last[-1] != '/')
		last--;
	label->name = xasprintf("%.*s", MAX_NAME_BYTES, last);
	return true;
}

bool container_label_of(const char *root, const char *path, struct container_label *label)
{
	struct found found;
	char *whole;

	*label = (struct container_label){ 0 };
	if (!find_id(path, &found))
		return take_unit(path, label);
	for (const struct namer *namer = namers; namer->files && !label->name; namer++)
		try_namer(namer, root, found.id, label);
	if (!label->name)
		return take_unit(path, label);
	whole = xasprintf("%s%.*s", label->name, MAX_NAME_BYTES, found.rest);
	free(label->name);
	label->name = whole;
	return true;
}

void container_label_release(struct container_label *label)
{
	free(label->name);
	free(label->image);
	*label = (struct container_label){ 0 };
}
