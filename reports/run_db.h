/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A RUN.db, or one run of a FLEET.db, opened for reading: what every report is made from.
 *
 *	run_db_open(&run, path, err);
 *	run_db_prepare(run, &rows, sql, err);
 *	while (!(status = run_db_step(run, rows, err)))
 *		sqlite3_column_...(rows, ...);
 *	sqlite3_finalize(rows);
 *	run_db_close(run);
 *
 * The file may come from anywhere: nothing in it is run or trusted, and whatever
 * is wrong with it is RC_INPUT.
 */
#ifndef REPORTS_RUN_DB_H
#define REPORTS_RUN_DB_H

#include "base/status.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_db;

/* RC_INPUT when path is no RUN.db or FLEET.db of a schema version this recount reads. */
enum status run_db_open(struct run_db **run, const char *path, struct error *err);

/*
 * Returns new: an empty one in memory, in which answers of several runs are asked together:
 *
 *	run_db_gather(both, "outcome", 0, a, sql, err);
 *	run_db_gather(both, "outcome", 1, b, sql, err);
 *	run_db_prepare(both, &rows, "SELECT ... FROM outcome WHERE nr = 0", err);
 */
struct run_db *run_db_create(uint64_t page_bytes);

/*
 * Returns new: sql, which has columns name and path of containers, with a column `match` more: what the container goes by
 * in other runs too.  That is its name, as paths often name the run; its path where two have one name.
 */
char *run_db_match_sql(const char *sql);

/* Copies what `from` answers to sql into `table`, with a column nr before its own; makes the table if need be. */
enum status run_db_gather(struct run_db *into, const char *table, int64_t nr, struct run_db *from, const char *sql,
			  struct error *err);

/* A FLEET.db has any number of runs, one of which is looked at: the first, unless another is chosen. */
bool run_db_is_fleet(const struct run_db *run);
size_t run_db_nr_runs(const struct run_db *run);
enum status run_db_choose(struct run_db *run, size_t i, struct error *err);

/* Returns new: what the run is called: in its fleet, or as its file without folders and .db. */
char *run_db_name(struct run_db *run);

/* Changes one from run_db_create(). */
enum status run_db_execute(struct run_db *run, const char *sql, struct error *err);

/* Path as given to open. */
const char *run_db_path(const struct run_db *run);

/* run.page_size; 4096 when it is missing or makes no sense. */
uint64_t run_db_page_bytes(const struct run_db *run);

/* Returns new: the value of a key of table `run`; "" = no such key, or it cannot be read: run_db_check() tells. */
char *run_db_value(struct run_db *run, const char *key);

/* RC_INPUT when something could not be read, and was taken for absent: to be asked when a report is done. */
enum status run_db_check(const struct run_db *run, struct error *err);

/* A value for `name` (":slo", borrowed) in every question that has it; unset ones are NULL there. */
void run_db_set(struct run_db *run, const char *name, double value);

/* The value that was set, or `unset`. */
double run_db_parameter(const struct run_db *run, const char *name, double unset);

/* Sets :scenario, which reports on one scenario show: 0 unless it is set.  RC_END: the run has no such. */
enum status run_db_set_scenario(struct run_db *run, uint64_t scenario, struct error *err);

/* With the parameters that are set. */
enum status run_db_prepare(struct run_db *run, sqlite3_stmt **rows, const char *sql,
			   struct error *err);

/* RC_OK = a row is there; RC_END; or < 0. */
enum status run_db_step(struct run_db *run, sqlite3_stmt *rows, struct error *err);

void run_db_close(struct run_db *run);	/* NULL is fine */

#endif
