// SPDX-License-Identifier: GPL-2.0-or-later
/* A list of what was refused, when, whose, asked for what. */
#include "base/xalloc.h"
#include "reports/cells.h"
#include "reports/html.h"
#include "reports/markup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* More would be a log, which RUN.db is. */
enum { MAX_SHOWN = 100 };

enum { COL_LABEL, COL_KIND, COL_FIRST, COL_LAST, COL_TIMES, COL_PID, COL_COMM, COL_PAGES, COL_DETAIL };

static const char incidents_sql[] =
#include "reports/html_incidents.sql.h"
;

static const struct { const char *kind, *words; } kinds[] = {
	{ "oom_kill", "killed" },
	{ "denied", "call denied" },
	{ "livelock", "stuck" },
	{ "charge_failed", "charge failed: reclaim did not help" },
	{ "anomaly", "anomaly" },
};

static const char *kind_words(sqlite3_stmt *rows)
{
	const char *kind = (const char *)sqlite3_column_text(rows, COL_KIND);

	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].words;
	}
	return "other";
}

static void write_when(const struct page *page, sqlite3_stmt *rows)
{
	double first = entries_seconds(&page->entries, sqlite3_column_int64(rows, COL_FIRST));
	double last = entries_seconds(&page->entries, sqlite3_column_int64(rows, COL_LAST));

	fprintf(page->out, "<td class=\"num\">+%.3f", first);
	if (last - first >= 0.0005)
		fprintf(page->out, " to +%.3f", last);
	fputs(" s</td>", page->out);
}

static void write_row(const struct page *page, sqlite3_stmt *rows)
{
	char *label = markup_cell(rows, COL_LABEL), *comm = markup_cell(rows, COL_COMM), *detail = markup_cell(rows, COL_DETAIL);
	int64_t times = sqlite3_column_int64(rows, COL_TIMES);

	fprintf(page->out, "<tr><th scope=\"row\">%s</th>", label);
	write_when(page, rows);
	fprintf(page->out, "<td>%s", kind_words(rows));
	if (times > 1)
		fprintf(page->out, ", %" PRId64 " times", times);
	fprintf(page->out, "</td><td>%s", *comm ? comm : "unknown");
	if (!cell_is_null(rows, COL_PID))
		fprintf(page->out, " <small>pid %" PRId64 "</small>", (int64_t)sqlite3_column_int64(rows, COL_PID));
	fputs("</td><td class=\"num\">", page->out);
	if (!cell_is_null(rows, COL_PAGES)) {
		char *pages = markup_number(sqlite3_column_int64(rows, COL_PAGES));

		fputs(pages, page->out);
		free(pages);
	}
	fprintf(page->out, "</td><td>%s</td></tr>\n", detail);
	free(label);
	free(comm);
	free(detail);
}

enum status html_incidents(struct page *page, const struct entry *entry, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = entry_prepare(entry, page->run, &rows, incidents_sql, err);
	int64_t nr = 0;

	if (status)
		return status;
	while (!(status = run_db_step(page->run, rows, err))) {
		if (!nr++)
			fprintf(page->out, "<details class=\"incidents\"><summary>What was refused or killed</summary>\n<div class=\"scroll\" "
				"tabindex=\"0\" role=\"region\" aria-label=\"What was refused or killed in %s, %s\"><table><thead><tr>"
				"<th scope=\"col\">Scenario</th><th scope=\"col\">When</th><th scope=\"col\">What</th><th scope=\"col\">Whose</th>"
				"<th scope=\"col\">Pages</th><th scope=\"col\">Detail</th></tr></thead>\n<tbody>\n", entry->name,
				entry->resource_text);
		if (nr <= MAX_SHOWN)
			write_row(page, rows);
	}
	sqlite3_finalize(rows);
	if (nr)
		fputs("</tbody></table></div>", page->out);
	if (nr > MAX_SHOWN)
		fprintf(page->out, "<p>%" PRId64 " more are in the table <code>incidents</code> of RUN.db.</p>", nr - MAX_SHOWN);
	fputs(nr ? "</details>\n" : "<p class=\"quiet\">Under no limit that was tried was anything refused for good or killed.</p>\n",
	      page->out);
	return status == RC_END ? RC_OK : status;
}
