// SPDX-License-Identifier: GPL-2.0-or-later
/* What a database says of its runs. */
#include "fleet/run_list.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define MAX_INPUTS 100000

/* Returns new: what people call the run of a RUN.db at path. */
static char *name_of(const char *path)
{
	char *stem = text_stem(path, ".db"), *name = text_utf8(stem);

	free(stem);
	return name;
}

static void append(char **list, const char *separator, const char *part)
{
	char *longer = xasprintf("%s%s%s", *list, **list ? separator : "", part);

	free(*list);
	*list = longer;
}

/* Adds what it says of input i; false: it says nothing. */
static bool read_input(struct run_ref *ref, struct source_db *source, unsigned long i)
{
	static const char *const keys[] = { "name", "fnv1a64", "bytes" };
	char *values[3];
	bool is_there = true;

	for (int k = 0; k < 3; k++) {
		char *key = xasprintf("input.%lu.%s", i, keys[k]);

		values[k] = source_db_value(source, ref->number, key);
		is_there = is_there && values[k];
		free(key);
	}
	if (is_there) {
		append(&ref->inputs, ", ", values[0]);
		append(&ref->recording, ",", values[1]);
		append(&ref->recording, ":", values[2]);
	}
	for (int k = 0; k < 3; k++)
		free(values[k]);
	return is_there;
}

static void release_ref(struct run_ref *ref)
{
	free(ref->name);
	free(ref->inputs);
	free(ref->recording);
	free(ref->page_size);
}

/* Takes name. */
static enum status add_run(struct run_list *list, struct source_db *source, size_t database, int64_t number, char *name,
			   struct error *err)
{
	struct run_ref ref = { .name = name, .inputs = xstrdup(""), .recording = xstrdup(""), .database = database, .number = number };
	char *text = source_db_value(source, number, "inputs");
	unsigned long nr = text ? strtoul(text, NULL, 10) : 0;
	bool is_whole = nr > 0 && nr <= MAX_INPUTS;

	free(text);
	ref.page_size = source_db_value(source, number, "page_size");
	for (unsigned long i = 0; i < nr && is_whole; i++)
		is_whole = read_input(&ref, source, i);
	if (!is_whole || !ref.page_size || source_db_has_failed(source)) {
		release_ref(&ref);
		return source_db_has_failed(source) ? source_db_fail(source, err) :
			error_set(err, RC_INPUT, "%s: damaged: does not say of which recording it is", source->path);
	}
	xgrow(&list->refs, list->nr, &list->capacity, sizeof(*list->refs));
	list->refs[list->nr++] = ref;
	return RC_OK;
}

static enum status add_runs(struct run_list *list, struct source_db *source, size_t database, struct error *err)
{
	char *sql = xasprintf("SELECT run, name FROM %s.runs ORDER BY run", source->alias);
	sqlite3_stmt *rows = NULL;
	enum status status = RC_OK;
	int rc = sqlite3_prepare_v2(source->db, sql, -1, &rows, NULL);

	while (!rc && !status && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(rows, 1);

		status = add_run(list, source, database, sqlite3_column_int64(rows, 0), text_utf8(name ? name : ""), err);
		rc = SQLITE_OK;
	}
	if (!status && rc != SQLITE_DONE)
		status = source_db_fail(source, err);
	sqlite3_finalize(rows);
	free(sql);
	return status;
}

enum status run_list_add(struct run_list *list, struct source_db *source, size_t database, struct error *err)
{
	size_t nr_before = list->nr;
	enum status status = source->is_fleet ? add_runs(list, source, database, err) :
				add_run(list, source, database, SOURCE_DB_ONLY_RUN, name_of(source->path), err);

	while (status && list->nr > nr_before)
		release_ref(&list->refs[--list->nr]);
	return status;
}

static int by_name(const void *one, const void *other)
{
	const struct run_ref *a = one, *b = other;
	int order = strverscmp(a->name, b->name);

	return order ? order : strcmp(a->recording, b->recording);
}

static int by_recording(const void *one, const void *other)
{
	const struct run_ref *a = one, *b = other;
	int order = strcmp(a->recording, b->recording);

	if (!order)
		order = strverscmp(a->name, b->name);
	return order ? order : (a->database > b->database) - (a->database < b->database);
}

void run_list_sort_by_name(struct run_list *list)
{
	qsort(list->refs, list->nr, sizeof(*list->refs), by_name);
}

void run_list_sort_by_recording(struct run_list *list)
{
	qsort(list->refs, list->nr, sizeof(*list->refs), by_recording);
}

void run_list_remove(struct run_list *list, size_t i)
{
	release_ref(&list->refs[i]);
	memmove(&list->refs[i], &list->refs[i + 1], (--list->nr - i) * sizeof(*list->refs));
}

void run_list_release(struct run_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		release_ref(&list->refs[i]);
	free(list->refs);
	*list = (struct run_list){ 0 };
}
