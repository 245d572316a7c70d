/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any SELECT as CSV, JSON or lines of text: what all reports share. */
#ifndef REPORTS_ROWS_H
#define REPORTS_ROWS_H

#include "reports/run_db.h"

#include <stdio.h>

/* One part of a JSON document. */
struct rows_section {
	const char *name;
	const char *sql;	/* one SELECT, no semicolon; every column has a name of its own */
};

/* A header line and a line a row. */
enum status rows_csv(struct run_db *run, const char *sql, FILE *out, struct error *err);

/* A line a row, of the first column, which is a text. */
enum status rows_lines(struct run_db *run, const char *sql, FILE *out, struct error *err);

/* {"report": name, "run": {key: value...}, section: [{column: value...}...]...}; name NULL ends. */
enum status rows_json(struct run_db *run, const char *name, const struct rows_section *sections,
		      FILE *out, struct error *err);

#endif
