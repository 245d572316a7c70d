// SPDX-License-Identifier: GPL-2.0-or-later
/* Written beside and renamed over when it is complete. */
#include "sink/database.h"

#include "base/xalloc.h"
#include "sink/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Nobody else can see the temporary file and a failed run deletes it: no journal
 * is needed, and the flush at the end is that of output_file.
 */
#define QUOTED(text) #text
#define CACHE_SIZE(kib) "PRAGMA cache_size = -" QUOTED(kib) ";"

static const char setup[] =
	"PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA auto_vacuum = NONE;"
	"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
	CACHE_SIZE(SINK_CACHE_KIB) "PRAGMA temp_store = MEMORY; BEGIN EXCLUSIVE;";

/* The library's version in the header of the file, bytes 96..99: the only ones that tell who wrote it. */
#define WRITER_VERSION_OFFSET 96
static const unsigned char writer_version[4] = { 0x00, 0x2e, 0x63, 0x00 };	/* 3.40.0 */

enum status database_fail(const struct database *database, const char *what, struct error *err)
{
	int primary = sqlite3_errcode(database->db) & 0xff;
	int last = errno, number = sqlite3_system_errno(database->db);

	if (!number && primary == SQLITE_IOERR)	/* COMMIT does not note it */
		number = last;
	if (primary == SQLITE_CONSTRAINT)
		return error_set(err, RC_OUTPUT, "%s: a row for %s is not possible (a bug in recount): %s",
				 database->file.path, what, sqlite3_errmsg(database->db));
	/* A write cut short looks the same for both. */
	if (primary == SQLITE_FULL)
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s, or the file may not grow that large",
				 database->file.path, strerror(ENOSPC));
	return error_set(err, RC_OUTPUT, "%s: cannot write: %s", database->file.path,
			 number ? strerror(number) : sqlite3_errmsg(database->db));
}

/* A name that is none of SQLite's URIs; others are attached by those. */
static int open_temporary(struct database *database)
{
	const char *temporary = database->file.temporary;
	char *name = xasprintf("%s%s", *temporary == '/' ? "" : "./", temporary);
	int rc = sqlite3_open_v2(name, &database->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);

	free(name);
	return rc;
}

enum status database_create(struct database *database, const char *path, const char *schema, struct error *err)
{
	enum status status = output_file_open(&database->file, path, err);

	database->db = NULL;
	if (status)
		return status;
	if (!open_temporary(database) && !sqlite3_exec(database->db, setup, NULL, NULL, NULL) && !sqlite3_exec(database->db, schema, NULL, NULL, NULL))
		return RC_OK;
	status = database_fail(database, "the schema", err);
	database_close(database);
	return status;
}

enum status database_commit(struct database *database, struct error *err)
{
	sqlite3_close(database->db);
	database->db = NULL;
	if (pwrite(database->file.fd, writer_version, sizeof(writer_version), WRITER_VERSION_OFFSET) !=
	    (ssize_t)sizeof(writer_version))
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s", database->file.path, strerror(errno));
	return output_file_commit(&database->file, err);
}

void database_close(struct database *database)
{
	sqlite3_close(database->db);
	database->db = NULL;
	output_file_close(&database->file);
}
