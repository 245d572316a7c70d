/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recommendation: which limit each container can be given, and why.
 *
 * The rule is recommend.sql, and nowhere else; docs/recommendation.md explains it.
 * Whoever shows a recommendation reads the rows of that question:
 *
 *	run_db_prepare(run, &rows, recommend_sql, err);
 *	while (!(status = run_db_step(run, rows, err)))
 *		sqlite3_column_int64(rows, RECOMMEND_PEAK);
 *
 * run_db_set(run, ":slo", ...) and ":margin" change its numbers.
 */
#ifndef REPORTS_RECOMMEND_H
#define REPORTS_RECOMMEND_H

#include "reports/report.h"

#include <libsmartcols/libsmartcols.h>
#include <stdbool.h>
#include <stdio.h>

extern const char recommend_sql[];

/* What recommend.sql takes when nothing is set: percent of the working set a minute; hundredths of a percent. */
#define RECOMMEND_SLO 0.2
#define RECOMMEND_MARGIN 1500

/* Columns of recommend.sql. */
enum recommend_column {
	RECOMMEND_CONTAINER, RECOMMEND_NAME, RECOMMEND_PATH, RECOMMEND_RESOURCE,
	RECOMMEND_STATUS,	/* "supported", "may not stand", "at least", "cut short", "too small", "untried", "unused" */
	RECOMMEND_BARRIER, RECOMMEND_LIMIT,	/* NULL = none can be recommended */
	RECOMMEND_SURE,		/* the limit at which no page is taken away */
	RECOMMEND_PEAK, RECOMMEND_SAVING, RECOMMEND_WORKING_SET, RECOMMEND_HELD_NS, RECOMMEND_ALLOWED,
	RECOMMEND_CANDIDATES,
	RECOMMEND_CHOSEN_SCENARIO, RECOMMEND_CHOSEN_BARRIER, RECOMMEND_CHOSEN_LIMIT, RECOMMEND_REFAULTS,
	RECOMMEND_BASIS,	/* what the refaults rest on: "assumed", "all seen", "seen" */
	RECOMMEND_EVIDENCE, RECOMMEND_UNTOUCHED,
	RECOMMEND_BROKEN_SCENARIO, RECOMMEND_BROKEN_SIZE,	/* the next smaller candidate */
	RECOMMEND_REASON,	/* why, in a sentence or two */
	RECOMMEND_NR
};

/* Returns new: the recommended limit as people read it: "64M", "64M:72M", "2M..8M", "-". */
char *recommend_limit_text(sqlite3_stmt *rows, uint64_t page_bytes);

/* Returns new: what that saves of the peak, "-12 %", or what it is above it. */
char *recommend_saving_text(sqlite3_stmt *rows);

/* Every recommendation that there is, a line each, and the rule. */
enum status recommend_print(struct run_db *run, FILE *out, struct error *err);

/* Lines of recommendations, or that there are none; whether there are. */
bool recommend_print_lines(struct libscols_table *lines, FILE *out);

/* What the rule is, with its numbers. */
void recommend_print_rule(struct run_db *run, FILE *out);

#endif
