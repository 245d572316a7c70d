/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An SQLite file that is complete or absent, with the same bytes whichever SQLite wrote it.
 *
 *	database_create(&database, path, schema, err);
 *	sqlite3_...(database.db, ...)		on failure database_fail(&database, "what", err)
 *	database_commit(&database, err);	now, and only now, it is there
 *	database_close(&database);
 */
#ifndef SINK_DATABASE_H
#define SINK_DATABASE_H

#include "sink/output_file.h"

#include <sqlite3.h>

struct database {
	struct output_file file;
	sqlite3 *db;		/* of file.temporary */
};

/* Runs schema, SQL.  On failure *database needs no close. */
enum status database_create(struct database *database, const char *path, const char *schema, struct error *err);

/* Says what the last call of SQLite failed of; `what`: the table, or as much as there is. */
enum status database_fail(const struct database *database, const char *what, struct error *err);

/* No transaction is open, and no statement. */
enum status database_commit(struct database *database, struct error *err);

void database_close(struct database *database);

#endif
