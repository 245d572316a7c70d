// SPDX-License-Identifier: GPL-2.0-or-later
/* Beancounters in the layout of /proc/user_beancounters, for people and scripts that know that file. */
#include "base/xalloc.h"
#include "reports/reports.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <stdlib.h>

static const char ubc_sql[] =
#include "reports/ubc.sql.h"
;

static const struct rows_section sections[] = {
	{ "beancounters", ubc_sql },
	{ NULL }
};

static enum status render_file(struct run_db *run, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, ubc_sql, err);
	int64_t last = -1;

	if (status)
		return status;
	fprintf(out, "Version: 2.5\n%10s  %-12s %20s %20s %20s %20s %20s\n", "uid", "resource", "held", "maxheld",
		"barrier", "limit", "failcnt");
	while (!(status = run_db_step(run, rows, err))) {
		int64_t uid = sqlite3_column_int64(rows, 0);
		char *text = uid == last ? xstrdup("") : xasprintf("%" PRId64 ":", uid);

		fprintf(out, "%10s  %-12s", text, (const char *)sqlite3_column_text(rows, 1));
		for (int i = 2; i <= 6; i++)
			fprintf(out, " %20" PRId64, (int64_t)sqlite3_column_int64(rows, i));
		fputc('\n', out);
		free(text);
		last = uid;
	}
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

const struct report ubc_report = {
	.name = "ubc",
	.summary = "one scenario's beancounters, as /proc/user_beancounters has them",
	.print = render_file,
	.sections = sections,
	.sql = ubc_sql,
};
