/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of all hosts together: the runs of a FLEET.db, of several RUN.db, or of both.
 *
 * The answers of recommend.sql are gathered from each run, and one question is asked of all: for each service the worst
 * case, the spread, and which recordings stand out.  A service is what has one name; where any run has that name twice, one path.
 */
#ifndef REPORTS_FLEET_H
#define REPORTS_FLEET_H

#include "reports/recommend.h"

/* What was gathered: a run_db_create() with the tables that fleet.sql names; returns new.  All have pages of one size. */
enum status fleet_gather(struct run_db **all, struct run_db *const *runs, size_t nr, struct error *err);

/* The questions to it. */
extern const char fleet_services_sql[], fleet_unlike_sql[], fleet_settings_sql[];

/* Columns of fleet_services_sql after those of recommend.sql. */
enum { FLEET_RUNS = RECOMMEND_NR, FLEET_WORST, FLEET_LEAST, FLEET_LEAST_PEAK, FLEET_WORST_NAME, FLEET_MEDIAN, FLEET_MEDIAN_PEAK, FLEET_UNLIKE,
       FLEET_MATCH };

/* Returns new: from the recording that needs least to the one that needs most. */
char *fleet_spread_text(sqlite3_stmt *services, uint64_t page_bytes);

/* Of each service, or of each recording of each service. */
enum status fleet_services(struct run_db *const *runs, size_t nr, enum report_format format, FILE *out, struct error *err);
enum status fleet_hosts(struct run_db *const *runs, size_t nr, enum report_format format, FILE *out, struct error *err);

#endif
