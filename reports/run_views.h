/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of a FLEET.db as if it were a RUN.db: temporary views in the place of its tables.
 *
 *	run_views_create(db);		run 0 is chosen
 *	run_views_choose(db, 3);
 */
#ifndef REPORTS_RUN_VIEWS_H
#define REPORTS_RUN_VIEWS_H

#include <sqlite3.h>
#include <stdint.h>

/* Both give back what SQLite does; db is that of a FLEET.db. */
int run_views_create(sqlite3 *db);
int run_views_choose(sqlite3 *db, int64_t run);

#endif
