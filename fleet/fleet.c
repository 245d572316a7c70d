// SPDX-License-Identifier: GPL-2.0-or-later
/* Which runs there are is found first; then they are copied, one transaction each, in the order of their names. */
#include "fleet/fleet.h"

#include "base/xalloc.h"
#include "fleet/run_list.h"
#include "fleet/source_db.h"
#include "sink/database.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct fleet {
	struct database database;
	struct run_list runs;
	const char **paths;
	size_t nr_paths, paths_capacity;
	char **notes;
	size_t nr_notes, notes_capacity;
};

static const char schema[] =
#include "fleet/runs.sql.h"
#include "fleet/tables.sql.h"
"CREATE INDEX incidents_run ON incidents (run);"
"CREATE INDEX processes_run ON processes (run);"
"CREATE INDEX losses_run ON losses (run);"
"COMMIT";

enum status fleet_create(struct fleet **out, const char *path, struct error *err)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));
	enum status status = database_create(&fleet->database, path, schema, err);

	if (status) {
		free(fleet);
		return status;
	}
	sqlite3_db_config(fleet->database.db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	*out = fleet;
	return RC_OK;
}

enum status fleet_add(struct fleet *fleet, const char *path, struct error *err)
{
	struct source_db source;
	enum status status = source_db_attach(&source, fleet->database.db, path, "source", err);

	if (status)
		return status;
	status = run_list_add(&fleet->runs, &source, fleet->nr_paths, err);
	source_db_detach(&source);
	if (status)
		return status;
	xgrow(&fleet->paths, fleet->nr_paths, &fleet->paths_capacity, sizeof(*fleet->paths));
	fleet->paths[fleet->nr_paths++] = path;
	return RC_OK;
}

static const char *path_of(const struct fleet *fleet, const struct run_ref *ref)
{
	return fleet->paths[ref->database];
}

static enum status check_page_sizes(const struct fleet *fleet, struct error *err)
{
	const struct run_ref *first = fleet->runs.refs;

	for (size_t i = 1; i < fleet->runs.nr; i++) {
		const struct run_ref *ref = &fleet->runs.refs[i];

		if (strcmp(ref->page_size, first->page_size))
			return error_set(err, RC_INPUT, "%s: pages of %.20s bytes, but of %.20s in %s: merge them apart, figures are in pages",
					 path_of(fleet, ref), ref->page_size, first->page_size, path_of(fleet, first));
	}
	return RC_OK;
}

static bool is_same_cell(sqlite3_stmt *one, sqlite3_stmt *other, int column)
{
	/* Asked for before what follows makes a text of it. */
	bool is_same_type = sqlite3_column_type(one, column) == sqlite3_column_type(other, column);
	const void *text = sqlite3_column_text(one, column), *other_text = sqlite3_column_text(other, column);
	int bytes = sqlite3_column_bytes(one, column);

	return is_same_type && bytes == sqlite3_column_bytes(other, column) && !text == !other_text &&
	       (!text || !memcmp(text, other_text, (size_t)bytes));
}

/* As far as it can be read. */
static bool are_same_rows(struct source_db *sources, sqlite3_stmt *one, sqlite3_stmt *other)
{
	for (;;) {
		int rc = sqlite3_step(one), other_rc;

		if (rc != SQLITE_ROW && rc != SQLITE_DONE)
			source_db_note_failure(&sources[0]);
		other_rc = sqlite3_step(other);
		if (other_rc != SQLITE_ROW && other_rc != SQLITE_DONE)
			source_db_note_failure(&sources[1]);
		if (rc != SQLITE_ROW || other_rc != SQLITE_ROW)
			return rc == SQLITE_DONE && other_rc == SQLITE_DONE;
		for (int i = 0; i < sqlite3_column_count(one); i++) {
			if (!is_same_cell(one, other, i))
				return false;
		}
	}
}

static sqlite3_stmt *prepare(struct source_db *source, const char *sql)
{
	sqlite3_stmt *rows = NULL;

	if (sqlite3_prepare_v2(source->db, sql, -1, &rows, NULL))
		source_db_note_failure(source);
	return rows;
}

/* In what both have of the table: one may have been written before there was more. */
static bool is_same_table(struct source_db *sources, const struct run_ref *const *refs, const struct row_table *table)
{
	char *columns[2] = { NULL }, *sql[2];
	sqlite3_stmt *rows[2] = { NULL };
	bool is_same = true;

	for (int i = 0; i < 2; i++) {
		sql[i] = source_db_select(&sources[i], refs[i]->number, table, "", &sources[!i], &columns[i]);
		rows[i] = sql[i] ? prepare(&sources[i], sql[i]) : NULL;
	}
	if (rows[0] && rows[1])
		is_same = are_same_rows(sources, rows[0], rows[1]);
	for (int i = 0; i < 2; i++) {
		sqlite3_finalize(rows[i]);
		free(columns[i]);
		free(sql[i]);
	}
	return is_same && !source_db_has_failed(&sources[0]) && !source_db_has_failed(&sources[1]);
}

/* Returns new: a key of table `run` that has not the same value in both; an option rather than what comes of it. */
static char *other_key(struct source_db *sources, const struct run_ref *const *refs)
{
	char *columns, *one = source_db_select(&sources[0], refs[0]->number, &row_tables[ROW_RUN], "", NULL, &columns), *other, *sql;
	sqlite3_stmt *rows = NULL;
	char *key = NULL;

	free(columns);
	other = source_db_select(&sources[1], refs[1]->number, &row_tables[ROW_RUN], "", NULL, &columns);
	free(columns);
	/* The command says all options at once. */
	sql = xasprintf("SELECT key FROM (SELECT * FROM (SELECT * FROM (%s) EXCEPT SELECT * FROM (%s))"
			" UNION ALL SELECT * FROM (SELECT * FROM (%s) EXCEPT SELECT * FROM (%s)))"
			" WHERE key <> 'command' ORDER BY key NOT GLOB 'option.*', key", one, other, other, one);
	if (!sqlite3_prepare_v2(sources[0].db, sql, -1, &rows, NULL) && sqlite3_step(rows) == SQLITE_ROW)
		key = xstrdup((const char *)sqlite3_column_text(rows, 0));
	sqlite3_finalize(rows);
	free(one);
	free(other);
	free(sql);
	return key;
}

/* Both are of one recording: RC_OK = the same run, else err says how they differ. */
static enum status compare_attached(struct source_db *sources, const struct run_ref *const *refs, struct error *err)
{
	enum status status = RC_OK;

	for (int kind = 0; kind < ROW_NR_KINDS && !status; kind++) {
		char *key;

		if (is_same_table(sources, refs, &row_tables[kind]))
			continue;
		if (source_db_has_failed(&sources[0]) || source_db_has_failed(&sources[1]))
			return source_db_fail(&sources[source_db_has_failed(&sources[1])], err);
		key = kind == ROW_RUN ? other_key(sources, refs) : NULL;
		status = error_set(err, RC_INPUT, "%s: another replay of the recording of %s (%.100s), which counts once: %.80s differs",
				   sources[1].path, sources[0].path, refs[1]->inputs, key ? key : row_tables[kind].name);
		free(key);
	}
	return status;
}

static enum status compare_runs(struct fleet *fleet, const struct run_ref *const *refs, struct error *err)
{
	static const char *const aliases[] = { "source", "other" };
	struct source_db sources[2];
	enum status status = RC_OK;
	int nr = 0;

	while (nr < 2 && !status) {
		status = source_db_attach(&sources[nr], fleet->database.db, path_of(fleet, refs[nr]), aliases[nr], err);
		nr += !status;
	}
	if (!status)
		status = compare_attached(sources, refs, err);
	while (nr--)
		source_db_detach(&sources[nr]);
	return status;
}

static void note_same(struct fleet *fleet, const struct run_ref *same, const struct run_ref *first)
{
	xgrow(&fleet->notes, fleet->nr_notes, &fleet->notes_capacity, sizeof(*fleet->notes));
	fleet->notes[fleet->nr_notes++] = xasprintf("%s: run %s is that of %s in %s again: counted once", path_of(fleet, same), same->name,
						    first->name, path_of(fleet, first));
}

/* Leaves each recording's first run by name. */
static enum status drop_same(struct fleet *fleet, struct error *err)
{
	struct run_list *runs = &fleet->runs;
	enum status status = RC_OK;

	run_list_sort_by_recording(runs);
	for (size_t i = 1; i < runs->nr && !status;) {
		const struct run_ref *refs[] = { &runs->refs[i - 1], &runs->refs[i] };

		if (strcmp(refs[0]->recording, refs[1]->recording)) {
			i++;
			continue;
		}
		status = compare_runs(fleet, refs, err);
		if (!status) {
			note_same(fleet, refs[1], refs[0]);
			run_list_remove(runs, i);
		}
	}
	return status;
}

/* Whose fault it is that a row could not be copied. */
static enum status copy_fail(struct fleet *fleet, const struct source_db *source, struct error *err)
{
	int extended = sqlite3_extended_errcode(fleet->database.db), primary = extended & 0xff;

	if (source_db_has_failed(source))
		return source_db_fail(source, err);
	if (primary == SQLITE_FULL || primary == SQLITE_READONLY ||
	    (primary == SQLITE_IOERR && extended != SQLITE_IOERR_READ && extended != SQLITE_IOERR_SHORT_READ))
		return database_fail(&fleet->database, "a run", err);
	return source_db_fail(source, err);
}

static int copy_table(struct fleet *fleet, struct source_db *source, const struct run_ref *ref, size_t number,
		      const struct row_table *table)
{
	char *first = xasprintf("%zu, ", number), *columns, *sql;
	char *select = source_db_select(source, ref->number, table, first, NULL, &columns);
	int rc;

	free(first);
	if (!select)	/* of a version that did not have it yet */
		return source_db_has_failed(source) ? SQLITE_ERROR : SQLITE_OK;
	sql = xasprintf("INSERT INTO main.%s (run, %s) %s", table->name, columns, select);
	rc = source_db_has_failed(source) ? SQLITE_ERROR : sqlite3_exec(fleet->database.db, sql, NULL, NULL, NULL);
	free(columns);
	free(select);
	free(sql);
	return rc;
}

static int copy_ref(struct fleet *fleet, const struct run_ref *ref, size_t number)
{
	char *sql = xneed(sqlite3_mprintf("BEGIN; INSERT INTO main.runs VALUES (%llu, %Q, %Q, %Q)", (unsigned long long)number, ref->name,
				    ref->inputs, ref->recording));
	int rc = sqlite3_exec(fleet->database.db, sql, NULL, NULL, NULL);

	sqlite3_free(sql);
	return rc;
}

static enum status copy_run(struct fleet *fleet, const struct run_ref *ref, size_t number, struct error *err)
{
	struct source_db source;
	enum status status = source_db_attach(&source, fleet->database.db, path_of(fleet, ref), "source", err);
	int rc;

	if (status)
		return status;
	rc = copy_ref(fleet, ref, number);
	for (int kind = 0; kind < ROW_NR_KINDS && !rc; kind++)
		rc = copy_table(fleet, &source, ref, number, &row_tables[kind]);
	if (!rc)
		rc = sqlite3_exec(fleet->database.db, "COMMIT", NULL, NULL, NULL);
	if (rc)
		return copy_fail(fleet, &source, err);
	source_db_detach(&source);
	return RC_OK;
}

enum status fleet_commit(struct fleet *fleet, struct error *err)
{
	enum status status = drop_same(fleet, err);

	run_list_sort_by_name(&fleet->runs);
	if (!status)
		status = check_page_sizes(fleet, err);
	for (size_t i = 0; i < fleet->runs.nr && !status; i++)
		status = copy_run(fleet, &fleet->runs.refs[i], i, err);
	return status ? status : database_commit(&fleet->database, err);
}

const char *const *fleet_notes(const struct fleet *fleet, size_t *nr)
{
	*nr = fleet->nr_notes;
	return (const char *const *)fleet->notes;
}

void fleet_close(struct fleet *fleet)
{
	if (!fleet)
		return;
	database_close(&fleet->database);
	run_list_release(&fleet->runs);
	for (size_t i = 0; i < fleet->nr_notes; i++)
		free(fleet->notes[i]);
	free(fleet->notes);
	free(fleet->paths);
	free(fleet);
}
