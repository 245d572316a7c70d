// SPDX-License-Identifier: GPL-2.0-or-later
/* Headers are looked at before SQLite is let near the file. */
#include "fleet/source_db.h"

#include "base/memory_stream.h"
#include "base/xalloc.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of both schemas: sink/schema.sql, fleet/runs.sql. */
#define RUN_APPLICATION_ID 0x72636e74
#define FLEET_APPLICATION_ID 0x72636e66
#define SCHEMA_VERSION 1

/* Header of an SQLite file. */
#define HEADER_BYTES 100
#define HEADER_USER_VERSION 60
#define HEADER_APPLICATION_ID 68

static uint32_t read_be32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static enum status check_header(struct source_db *source, const unsigned char *header, ssize_t bytes, struct error *err)
{
	uint32_t id, version;

	if (bytes < HEADER_BYTES || memcmp(header, "SQLite format 3", 16))
		return error_set(err, RC_INPUT, "%s: not a RUN.db: recount replay writes those", source->path);
	id = read_be32(header + HEADER_APPLICATION_ID);
	version = read_be32(header + HEADER_USER_VERSION);
	if (id != RUN_APPLICATION_ID && id != FLEET_APPLICATION_ID)
		return error_set(err, RC_INPUT, "%s: not a RUN.db: recount replay writes those", source->path);
	if (version != SCHEMA_VERSION)
		return error_set(err, RC_INPUT, "%s: a database of schema version %u: this recount merges %d; replay its recording again",
				 source->path, version, SCHEMA_VERSION);
	source->is_fleet = id == FLEET_APPLICATION_ID;
	return RC_OK;
}

static enum status check_file(struct source_db *source, struct error *err)
{
	unsigned char header[HEADER_BYTES];
	int fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t bytes;

	if (fd < 0)
		return error_set(err, RC_INPUT, "%s: cannot read: %s", source->path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return error_set(err, RC_INPUT, "%s: cannot read: not a regular file", source->path);
	}
	bytes = read(fd, header, sizeof(header));
	close(fd);
	return check_header(source, header, bytes, err);
}

enum status source_db_fail(const struct source_db *source, struct error *err)
{
	return error_set(err, RC_INPUT, "%s: damaged or not a RUN.db: %s", source->path,
			 *source->failure ? source->failure : sqlite3_errmsg(source->db));
}

bool source_db_has_failed(const struct source_db *source)
{
	return *source->failure;
}

void source_db_note_failure(struct source_db *source)
{
	if (!*source->failure)
		snprintf(source->failure, sizeof(source->failure), "%s", sqlite3_errmsg(source->db));
}

/* Returns new: path as a URI that opens it for reading only. */
static char *uri_of(const char *path)
{
	char *whole = realpath(path, NULL);
	struct memory_stream stream;
	FILE *out = memory_stream_open(&stream);

	fputs("file:", out);
	for (const char *at = whole ? whole : path; *at; at++)
		fprintf(out, isalnum((unsigned char)*at) || strchr("/._-", *at) ? "%c" : "%%%02X", (unsigned char)*at);
	fputs("?mode=ro", out);
	free(whole);
	return memory_stream_close(&stream);
}

/* One statement that answers with a number; takes sql, of sqlite3_mprintf(). */
static int64_t number_of(struct source_db *source, char *sql)
{
	sqlite3_stmt *rows = NULL;
	int64_t number = -1;

	if (!sqlite3_prepare_v2(source->db, xneed(sql), -1, &rows, NULL) && sqlite3_step(rows) == SQLITE_ROW)
		number = sqlite3_column_int64(rows, 0);
	else
		source_db_note_failure(source);
	sqlite3_finalize(rows);
	sqlite3_free(sql);
	return number;
}

/* A view in the place of a table could compute for ever. */
static bool has_table(struct source_db *source, const char *table)
{
	return number_of(source, sqlite3_mprintf("SELECT count(*) FROM pragma_table_list WHERE schema = %Q AND name = %Q AND type = 'table'",
						 source->alias, table)) == 1;
}

static enum status check_tables(struct source_db *source, struct error *err)
{
	static const char *const needed[] = { "run", "containers", "scenarios", "outcomes" };
	const char *missing = NULL;

	number_of(source, sqlite3_mprintf("SELECT count(*) FROM %s.sqlite_schema", source->alias));
	if (source->is_fleet && !has_table(source, "runs"))
		missing = "runs";
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed) && !missing; i++)
		missing = has_table(source, needed[i]) ? NULL : needed[i];
	if (*source->failure)
		return source_db_fail(source, err);
	return missing ? error_set(err, RC_INPUT, "%s: damaged: has no table %s", source->path, missing) : RC_OK;
}

enum status source_db_attach(struct source_db *source, sqlite3 *db, const char *path, const char *alias, struct error *err)
{
	char *sql, *uri;
	enum status status;
	int rc;

	*source = (struct source_db){ .db = db, .path = path, .alias = alias };
	status = check_file(source, err);
	if (status)
		return status;
	uri = uri_of(path);
	sql = xneed(sqlite3_mprintf("ATTACH %Q AS %s", uri, alias));
	rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_free(sql);
	free(uri);
	if (rc)
		return source_db_fail(source, err);
	status = check_tables(source, err);
	if (status)
		source_db_detach(source);
	return status;
}

void source_db_detach(struct source_db *source)
{
	char *sql = xasprintf("DETACH %s", source->alias);

	sqlite3_exec(source->db, sql, NULL, NULL, NULL);
	free(sql);
}

char *source_db_value(struct source_db *source, int64_t run, const char *key)
{
	char *sql = xasprintf("SELECT value FROM %s.run WHERE key = ?1%s", source->alias, source->is_fleet ? " AND run = ?2" : "");
	sqlite3_stmt *rows = NULL;
	char *value = NULL;
	int rc = sqlite3_prepare_v2(source->db, sql, -1, &rows, NULL);

	if (!rc)
		rc = sqlite3_bind_text(rows, 1, key, -1, SQLITE_STATIC);
	if (!rc && source->is_fleet)
		rc = sqlite3_bind_int64(rows, 2, run);
	if (!rc)
		rc = sqlite3_step(rows);
	if (rc == SQLITE_ROW && sqlite3_column_text(rows, 0))
		value = xstrdup((const char *)sqlite3_column_text(rows, 0));
	else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		source_db_note_failure(source);
	sqlite3_finalize(rows);
	free(sql);
	return value;
}

/* What a list gets before its next part. */
static void append(char **list, const char *part)
{
	char *longer = xasprintf("%s%s%s", *list, **list ? ", " : "", part);

	free(*list);
	*list = longer;
}

static bool has_column(struct source_db *source, const char *table, const char *column)
{
	return number_of(source, sqlite3_mprintf("SELECT count(*) FROM pragma_table_info(%Q, %Q) WHERE name = %Q",
						 table, source->alias, column)) == 1;
}

/* Returns new: the key of a table of FLEET.db, without the run; of a table without a key the order in which rows were put. */
static char *order_of(struct source_db *source, const char *table)
{
	char *sql = xneed(sqlite3_mprintf("SELECT name FROM pragma_table_info(%Q, 'main') WHERE pk > 1 ORDER BY pk", table));
	sqlite3_stmt *rows = NULL;
	char *order = xstrdup("");
	int rc = sqlite3_prepare_v2(source->db, sql, -1, &rows, NULL);

	while (!rc && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		append(&order, xneed((void *)(uintptr_t)sqlite3_column_text(rows, 0)));
		rc = SQLITE_OK;
	}
	if (rc != SQLITE_DONE)
		source_db_note_failure(source);
	sqlite3_finalize(rows);
	sqlite3_free(sql);
	if (!*order)
		append(&order, "rowid");
	return order;
}

char *source_db_select(struct source_db *source, int64_t run, const struct row_table *table, const char *first,
		       struct source_db *also, char **columns)
{
	char *list = xstrdup(""), *where, *order, *sql;

	for (const struct row_column *column = table->columns; column->name && has_table(source, table->name); column++) {
		if (has_column(source, table->name, column->name) && (!also || has_column(also, table->name, column->name)))
			append(&list, column->name);
	}
	if (!*list) {
		free(list);
		return NULL;
	}
	where = source->is_fleet ? xasprintf(" WHERE run = %" PRId64, run) : xstrdup("");
	order = order_of(source, table->name);
	sql = xasprintf("SELECT %s%s FROM %s.%s%s ORDER BY %s", first, list, source->alias, table->name, where, order);
	free(where);
	free(order);
	*columns = list;
	return sql;
}
