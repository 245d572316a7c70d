/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report: one question to a RUN.db and the answer, for people or for programs.
 *
 * One .sql, the question, and one formatter each; nothing but the schema is
 * known here.  Names from the recording are shown escaped (base/text.h).  In CSV
 * a text that a spreadsheet would take for a formula (it starts with = + - @)
 * gets an apostrophe in front.
 */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include "reports/rows.h"
#include "reports/run_db.h"

#include <stdio.h>

enum report_format { REPORT_TABLE, REPORT_JSON, REPORT_CSV };

struct report {
	const char *name;	/* as typed */
	const char *summary;	/* one line for people */
	/* For people; NULL = as of several runs.  Errors of writing are left to the caller: ferror(out). */
	enum status (*print)(struct run_db *run, FILE *out, struct error *err);
	const struct rows_section *sections;	/* for programs, as JSON */
	const char *sql;			/* and as CSV; NULL = it has one form, whatever the format */
	/* The same of several runs together; NULL = it is for one. */
	enum status (*render_all)(struct run_db *const *runs, size_t nr, enum report_format format, FILE *out, struct error *err);
};

extern const struct report *const reports[];	/* NULL ends; the first is the default */

enum status report_render(const struct report *report, struct run_db *run, enum report_format format, FILE *out, struct error *err);

/* The report of that name, or NULL. */
const struct report *report_by_name(const char *name);

#endif
