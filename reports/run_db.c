// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening a RUN.db that may be anything. */
#include "reports/run_db.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "reports/run_views.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_APPLICATION_ID 0x72636e74	/* sink/schema.sql */
#define FLEET_APPLICATION_ID 0x72636e66	/* fleet/runs.sql */
#define RUN_SCHEMA_VERSION 1

/* Header of an SQLite file. */
#define HEADER_BYTES 100
#define HEADER_USER_VERSION 60
#define HEADER_APPLICATION_ID 68

#define MAX_PARAMETERS 6

/* What an earlier recount of the same schema version did not write yet is there and empty. */
static const struct { const char *table, *columns; } newer[] = {
	{ "bills", "container, resource, time_ns, held_pages, mapped_pages, shared_pages, others_pages, unpaid_pages, alone_pages" },
	{ "shares", "container, resource, other, paid_pages, unpaid_pages" },
	{ "spreads", "scenario, container, resource, figure, runs, low, high" },
	{ "proofs", "container, resource, figure, against, mean_pages, error_pages, lasting_pages, worst_pages, final_pages,"
		    " final_off_pages, peak_pages, peak_off_pages, verdict" },
};

/* The same of columns. */
static const struct { const char *table, *column, *values; } newer_columns[] = {
	{ "processes", "killed_ns", "NULL AS killed_ns" },
	{ "checks", "open_values", "0 AS open_values, 0 AS open_exact, 0 AS open_outside" },
};

struct run_db {
	char *path;
	sqlite3 *db;
	uint64_t page_bytes;
	bool is_fleet;
	size_t nr_runs;		/* of a fleet */
	int64_t chosen;		/* its number there */
	struct { const char *name; double value; } parameters[MAX_PARAMETERS];
	size_t nr_parameters;
	struct error failure;	/* the first of what could not be read; "" = none */
};

static uint32_t read_be32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static enum status check_header(const unsigned char *header, ssize_t bytes, const char *path, bool *is_fleet,
				struct error *err)
{
	uint32_t id, version;

	if (bytes < HEADER_BYTES || memcmp(header, "SQLite format 3", 16))
		return error_set(err, RC_INPUT, "%s: not a RUN.db: recount replay writes those", path);
	id = read_be32(header + HEADER_APPLICATION_ID);
	if (id != RUN_APPLICATION_ID && id != FLEET_APPLICATION_ID)
		return error_set(err, RC_INPUT, "%s: not a RUN.db: recount replay writes those", path);
	version = read_be32(header + HEADER_USER_VERSION);
	if (version != RUN_SCHEMA_VERSION)
		return error_set(err, RC_INPUT, "%s: a RUN.db of schema version %u: this recount reads %d",
				 path, version, RUN_SCHEMA_VERSION);
	*is_fleet = id == FLEET_APPLICATION_ID;
	return RC_OK;
}

static enum status check_file(const char *path, bool *is_fleet, struct error *err)
{
	unsigned char header[HEADER_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t bytes;

	if (fd < 0)
		return error_set(err, RC_INPUT, "%s: cannot read: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return error_set(err, RC_INPUT, "%s: cannot read: not a regular file", path);
	}
	bytes = read(fd, header, sizeof(header));
	close(fd);
	if (bytes < 0)
		return error_set(err, RC_INPUT, "%s: cannot read: %s", path, strerror(errno));
	return check_header(header, bytes, path, is_fleet, err);
}

/* Reports read and nothing else, whatever the file defines. */
static int allow_reads(void *context, int action, const char *a, const char *b, const char *c,
		       const char *view)
{
	(void)context, (void)a, (void)b, (void)c, (void)view;
	return action == SQLITE_READ || action == SQLITE_SELECT || action == SQLITE_FUNCTION ?
	       SQLITE_OK : SQLITE_DENY;
}

/* What is asked may not be there (SQLITE_ERROR), and the caller do without; all else is kept for run_db_check(). */
static enum status fail(struct run_db *run, struct error *err)
{
	error_set(err, RC_INPUT, "%s: damaged or not a RUN.db: %s", run->path, sqlite3_errmsg(run->db));
	if (!run->failure.text[0] && (sqlite3_errcode(run->db) & 0xff) != SQLITE_ERROR)
		run->failure = *err;
	return RC_INPUT;
}

char *run_db_value(struct run_db *run, const char *key)
{
	sqlite3_stmt *rows = NULL;
	char *value = NULL;
	struct error err;
	int code = sqlite3_prepare_v2(run->db, "SELECT value FROM run WHERE key = ?", -1, &rows, NULL);

	if (!code)
		code = sqlite3_bind_text(rows, 1, key, -1, SQLITE_STATIC);
	if (!code)
		code = sqlite3_step(rows);
	if (code == SQLITE_ROW && sqlite3_column_text(rows, 0))
		value = xstrdup((const char *)sqlite3_column_text(rows, 0));
	else if (code != SQLITE_ROW && code != SQLITE_DONE)
		fail(run, &err);
	sqlite3_finalize(rows);
	return value ? value : xstrdup("");
}

enum status run_db_check(const struct run_db *run, struct error *err)
{
	return run->failure.text[0] ? error_set(err, RC_INPUT, "%s", run->failure.text) : RC_OK;
}

static uint64_t read_page_bytes(struct run_db *run)
{
	char *text = run_db_value(run, "page_size");
	uint64_t bytes = strtoull(text, NULL, 10);

	free(text);
	return bytes >= 512 && bytes <= (1u << 30) ? bytes : 4096;
}

/* The first run is chosen. */
static int open_fleet(struct run_db *run)
{
	sqlite3_stmt *rows = NULL;
	int rc = run_views_create(run->db);

	if (!rc)
		rc = sqlite3_prepare_v2(run->db, "SELECT count(*) FROM main.runs", -1, &rows, NULL);
	if (!rc && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		run->nr_runs = (size_t)sqlite3_column_int64(rows, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(rows);
	return rc;
}

/* Beside the file, in memory.  A fleet is merged from runs that have it. */
static bool make_newer(sqlite3 *db, bool is_fleet)
{
	bool is_well = true;

	for (size_t i = 0; i < sizeof(newer) / sizeof(*newer); i++) {
		char *sql = xasprintf("CREATE TEMP TABLE %s (%s)", newer[i].table, newer[i].columns);

		if (sqlite3_table_column_metadata(db, "main", newer[i].table, NULL, NULL, NULL, NULL, NULL, NULL))
			is_well &= !sqlite3_exec(db, sql, NULL, NULL, NULL);
		free(sql);
	}
	for (size_t i = 0; i < sizeof(newer_columns) / sizeof(*newer_columns) && !is_fleet; i++) {
		const char *table = newer_columns[i].table;
		char *sql = xasprintf("CREATE TEMP TABLE %s AS SELECT *, %s FROM main.%s", table, newer_columns[i].values, table);

		if (sqlite3_table_column_metadata(db, "main", table, newer_columns[i].column, NULL, NULL, NULL, NULL, NULL))
			is_well &= !sqlite3_exec(db, sql, NULL, NULL, NULL);
		free(sql);
	}
	return is_well;
}

enum status run_db_open(struct run_db **out, const char *path, struct error *err)
{
	bool is_fleet = false;
	enum status status = check_file(path, &is_fleet, err);
	struct run_db *run;

	if (status)
		return status;
	run = xcalloc(1, sizeof(*run));
	run->path = xstrdup(path);
	run->is_fleet = is_fleet;
	if (sqlite3_open_v2(path, &run->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite3_db_config(run->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) ||
	    sqlite3_db_config(run->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) ||
	    sqlite3_exec(run->db, "SELECT count(*) FROM outcomes", NULL, NULL, NULL) || (is_fleet && open_fleet(run)) ||
	    !make_newer(run->db, is_fleet)) {
		status = fail(run, err);
		run_db_close(run);
		return status;
	}
	sqlite3_set_authorizer(run->db, allow_reads, NULL);
	run->page_bytes = read_page_bytes(run);
	run_db_set(run, ":scenario", 0);
	*out = run;
	return RC_OK;
}

size_t run_db_nr_runs(const struct run_db *run)
{
	return run->is_fleet ? run->nr_runs : 1;
}

bool run_db_is_fleet(const struct run_db *run)
{
	return run->is_fleet;
}

enum status run_db_choose(struct run_db *run, size_t i, struct error *err)
{
	int rc;

	if (!run->is_fleet)
		return RC_OK;
	sqlite3_set_authorizer(run->db, NULL, NULL);
	rc = run_views_choose(run->db, (int64_t)i);
	sqlite3_set_authorizer(run->db, allow_reads, NULL);
	run->chosen = (int64_t)i;
	run->page_bytes = read_page_bytes(run);
	return rc ? fail(run, err) : RC_OK;
}

char *run_db_name(struct run_db *run)
{
	sqlite3_stmt *rows = NULL;
	char *name = NULL;

	if (!run->is_fleet)
		return text_stem(run->path, ".db");
	if (!sqlite3_prepare_v2(run->db, "SELECT name FROM main.runs WHERE run = ?", -1, &rows, NULL) &&
	    !sqlite3_bind_int64(rows, 1, run->chosen) && sqlite3_step(rows) == SQLITE_ROW && sqlite3_column_text(rows, 0))
		name = xstrdup((const char *)sqlite3_column_text(rows, 0));
	sqlite3_finalize(rows);
	return name ? name : xstrdup("");
}

const char *run_db_path(const struct run_db *run)
{
	return run->path;
}

uint64_t run_db_page_bytes(const struct run_db *run)
{
	return run->page_bytes;
}

void run_db_set(struct run_db *run, const char *name, double value)
{
	size_t i = 0;

	while (i < run->nr_parameters && strcmp(run->parameters[i].name, name))
		i++;
	assert(i < MAX_PARAMETERS);
	run->parameters[i].name = name;
	run->parameters[i].value = value;
	if (i == run->nr_parameters)
		run->nr_parameters++;
}

double run_db_parameter(const struct run_db *run, const char *name, double unset)
{
	for (size_t i = 0; i < run->nr_parameters; i++) {
		if (!strcmp(run->parameters[i].name, name))
			return run->parameters[i].value;
	}
	return unset;
}

/* Whole numbers as integers: SQL divides those without a rest. */
static void bind(sqlite3_stmt *rows, const char *name, double value)
{
	int index = sqlite3_bind_parameter_index(rows, name);

	if (index && value == (double)(int64_t)value)
		sqlite3_bind_int64(rows, index, (int64_t)value);
	else if (index)
		sqlite3_bind_double(rows, index, value);
}

enum status run_db_prepare(struct run_db *run, sqlite3_stmt **rows, const char *sql,
			   struct error *err)
{
	if (sqlite3_prepare_v2(run->db, sql, -1, rows, NULL))
		return fail(run, err);
	for (size_t i = 0; i < run->nr_parameters; i++)
		bind(*rows, run->parameters[i].name, run->parameters[i].value);
	return RC_OK;
}

enum status run_db_set_scenario(struct run_db *run, uint64_t scenario, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status;

	run_db_set(run, ":scenario", (double)scenario);
	status = run_db_prepare(run, &rows, "SELECT 1 FROM scenarios WHERE scenario = :scenario", err);
	if (!status)
		status = run_db_step(run, rows, err);
	sqlite3_finalize(rows);
	return status;
}

struct run_db *run_db_create(uint64_t page_bytes)
{
	struct run_db *run = xcalloc(1, sizeof(*run));

	run->path = xstrdup("memory");
	run->page_bytes = page_bytes;
	if (sqlite3_open_v2(":memory:", &run->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_MEMORY, NULL))
		xneed(NULL);
	return run;
}

char *run_db_match_sql(const char *sql)
{
	return xasprintf("SELECT *, CASE (SELECT count(*) FROM containers AS c WHERE c.name = answers.name)"
			 " WHEN 1 THEN name ELSE path END AS match FROM (%s) AS answers", sql);
}

enum status run_db_execute(struct run_db *run, const char *sql, struct error *err)
{
	return sqlite3_exec(run->db, sql, NULL, NULL, NULL) ? fail(run, err) : RC_OK;
}

/* Returns new: "CREATE TABLE ..." or "INSERT ..." for the columns of rows. */
static char *gather_sql(const char *table, sqlite3_stmt *rows, bool is_insert)
{
	char *sql = is_insert ? xasprintf("INSERT INTO %s VALUES (?", table) :
				xasprintf("CREATE TABLE IF NOT EXISTS %s (nr", table);
	char *whole;

	for (int i = 0; i < sqlite3_column_count(rows); i++) {
		char *longer = is_insert ? xasprintf("%s, ?", sql) : xasprintf("%s, \"%s\"", sql, sqlite3_column_name(rows, i));

		free(sql);
		sql = longer;
	}
	whole = xasprintf("%s)", sql);
	free(sql);
	return whole;
}

static enum status gather_row(struct run_db *into, sqlite3_stmt *insert, int64_t nr, sqlite3_stmt *rows, struct error *err)
{
	sqlite3_bind_int64(insert, 1, nr);
	for (int i = 0; i < sqlite3_column_count(rows); i++)
		sqlite3_bind_value(insert, i + 2, sqlite3_column_value(rows, i));
	if (sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert))
		return fail(into, err);
	return RC_OK;
}

enum status run_db_gather(struct run_db *into, const char *table, int64_t nr, struct run_db *from, const char *sql,
			  struct error *err)
{
	sqlite3_stmt *rows = NULL, *insert = NULL;
	enum status status = run_db_prepare(from, &rows, sql, err);
	char *create, *put;

	if (status)
		return status;
	create = gather_sql(table, rows, false);
	put = gather_sql(table, rows, true);
	if (sqlite3_exec(into->db, create, NULL, NULL, NULL) || sqlite3_prepare_v2(into->db, put, -1, &insert, NULL))
		status = fail(into, err);
	while (!status && !(status = run_db_step(from, rows, err)))
		status = gather_row(into, insert, nr, rows, err);
	sqlite3_finalize(rows);
	sqlite3_finalize(insert);
	free(create);
	free(put);
	return status == RC_END ? RC_OK : status;
}

enum status run_db_step(struct run_db *run, sqlite3_stmt *rows, struct error *err)
{
	switch (sqlite3_step(rows)) {
	case SQLITE_ROW:
		return RC_OK;
	case SQLITE_DONE:
		return RC_END;
	default:
		return fail(run, err);
	}
}

void run_db_close(struct run_db *run)
{
	if (!run)
		return;
	sqlite3_close(run->db);
	free(run->path);
	free(run);
}
