/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A RUN.db or FLEET.db, attached to the connection of a FLEET.db for reading.
 *
 *	source_db_attach(&source, db, path, "source", err);
 *	sql = source_db_select(&source, run, table, "", &columns);
 *	source_db_detach(&source);
 *
 * The file may come from anywhere: only tables are read, nothing else that it defines, and what is wrong with it is RC_INPUT.
 */
#ifndef FLEET_SOURCE_DB_H
#define FLEET_SOURCE_DB_H

#include "base/status.h"
#include "sink/row.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct source_db {
	sqlite3 *db;		/* borrowed */
	const char *path;	/* borrowed */
	const char *alias;	/* borrowed: its name in SQL */
	bool is_fleet;
	char failure[200];	/* of the first question below that could not be answered; "" = none */
};

/* The run that a RUN.db is of. */
#define SOURCE_DB_ONLY_RUN INT64_C(-1)

enum status source_db_attach(struct source_db *source, sqlite3 *db, const char *path, const char *alias, struct error *err);
void source_db_detach(struct source_db *source);	/* of no transaction */

/* Says what SQLite does not like of it. */
enum status source_db_fail(const struct source_db *source, struct error *err);

/* What SQLite does not like of it now is what source_db_fail() says, unless there was something before. */
void source_db_note_failure(struct source_db *source);

/* Something that was asked below is not known: what was answered is not to be used. */
bool source_db_has_failed(const struct source_db *source);

/* Returns new: the value of a key of table `run`, or NULL. */
char *source_db_value(struct source_db *source, int64_t run, const char *key);

/*
 * Returns new: SELECT of `first` and the columns that it has of a table, of one run, in an order that is the same in
 * any database that has these rows; only those that `also` has too, unless that is NULL.  *columns, returns new: "a, b, c".
 * NULL: it has nothing of the table.
 */
char *source_db_select(struct source_db *source, int64_t run, const struct row_table *table, const char *first,
		       struct source_db *also, char **columns);

#endif
