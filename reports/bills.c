// SPDX-License-Identifier: GPL-2.0-or-later
/* Each container's charge, taken apart: a line each, and what stands out in words. */
#include "reports/bills.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "reports/cells.h"
#include "reports/lines.h"
#include "reports/reports.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char bills_sql[] =
#include "reports/bills.sql.h"
;

const char shares_sql[] =
#include "reports/shares.sql.h"
;

static const struct rows_section sections[] = {
	{ "bills", bills_sql },
	{ "shares", shares_sql },
	{ NULL }
};

/* For the table: beside the columns of bills.sql, the widest bar of the container. */
enum { COL_WIDEST = BILL_UNPAID_BY_OTHERS + 1, BAR_WIDTH = 16 };

static const char table_of_bills_sql[] =
	"SELECT *, max(held_pages * 1.0 + unpaid_pages) OVER (PARTITION BY container) FROM (%s) ORDER BY container, resource";

/* Of the bar, from the left. */
static const struct { int column; const char *block, *mark; } parts[] = {
	{ BILL_OWN, "█", "#" }, { BILL_SHARED, "▓", "=" }, { BILL_OTHERS, "▒", "%" }, { BILL_UNMAPPED, "░", "-" }, { BILL_UNPAID, "·", "." },
};

static const struct { const char *name; int column, flags; } shown[] = {
	{ "CONTAINER", BILL_NAME, 0 },
	{ "RESOURCE", BILL_RESOURCE, 0 },
	{ "CHARGED", BILL_HELD, SCOLS_FL_RIGHT },
	{ "OWN", BILL_OWN, SCOLS_FL_RIGHT },
	{ "SHARED", BILL_SHARED, SCOLS_FL_RIGHT },
	{ "OTHERS", BILL_OTHERS, SCOLS_FL_RIGHT },
	{ "UNMAPPED", BILL_UNMAPPED, SCOLS_FL_RIGHT },
	{ "UNPAID", BILL_UNPAID, SCOLS_FL_RIGHT },
	{ "ALONE", BILL_ALONE, SCOLS_FL_RIGHT },
	{ "PARTS", COL_WIDEST, 0 },
};

#define SHOW_NR (sizeof(shown) / sizeof(*shown))
#define SHOW_OWN 3	/* the parts stand in one order, here and in the bar */

/* Of a container, where a hundredth or more is between it and others; of what was limited, if anything was. */
static const char noticeable_sql[] =
	"SELECT c.name, b.resource, b.others_pages, b.held_pages, (SELECT sum(s.unpaid_pages) FROM shares AS s"
	" WHERE s.container = b.container AND s.resource = b.resource) AS unpaid, b.alone_pages FROM bills AS b"
	" JOIN containers AS c USING (container) WHERE c.container > 0"
	" AND (b.resource IN (SELECT resource FROM limits) OR NOT EXISTS (SELECT 1 FROM limits))"
	" AND max(b.others_pages, coalesce(unpaid, 0)) * 100 >= max(b.held_pages, b.alone_pages, 1)"
	" ORDER BY max(b.others_pages, coalesce(unpaid, 0)) DESC, b.container, b.resource";

enum status bills_print(struct run_db *run, FILE *out, struct error *err)
{
	enum { MAX_SHOWN = 5 };
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, noticeable_sql, err);
	int64_t nr = 0;

	if (status)
		return status;
	while (!(status = run_db_step(run, rows, err))) {
		int64_t others = sqlite3_column_int64(rows, 2), unpaid = sqlite3_column_int64(rows, 4);
		char *name, *resource;

		if (++nr > MAX_SHOWN)
			continue;
		name = cell_text(rows, 0);
		resource = cell_text(rows, 1);
		fprintf(out, "who pays: %s %s:", name, resource);
		if (others)
			fprintf(out, " %" PRId64 " of its %" PRId64 " pages are used by others alone%s", others,
				(int64_t)sqlite3_column_int64(rows, 3), unpaid ? ";" : "");
		if (unpaid)
			fprintf(out, " others are charged for %" PRId64 " that it uses", unpaid);
		fprintf(out, "; alone it would be charged %" PRId64 "\n", (int64_t)sqlite3_column_int64(rows, 5));
		free(name);
		free(resource);
	}
	sqlite3_finalize(rows);
	if (nr > MAX_SHOWN)
		fprintf(out, "who pays: %" PRId64 " more, see report bills\n", nr - MAX_SHOWN);
	return status == RC_END ? RC_OK : status;
}

/* Returns new: what it is charged for and uses as a bar of its parts, beside the other models' of that container. */
static char *parts_text(sqlite3_stmt *rows, bool is_unicode)
{
	double widest = sqlite3_column_double(rows, COL_WIDEST), sum = 0;
	char *text = xcalloc(BAR_WIDTH * strlen("█") + 1, 1), *end = text;
	int at = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && widest > 0; i++) {
		sum += sqlite3_column_double(rows, parts[i].column);
		for (; at < BAR_WIDTH && at + 0.5 < sum / widest * BAR_WIDTH; at++)
			end = stpcpy(end, is_unicode ? parts[i].block : parts[i].mark);
	}
	return text;
}

static void add_line(struct libscols_table *lines, sqlite3_stmt *rows, bool is_unicode)
{
	char *cells[SHOW_NR];

	for (size_t i = 0; i < SHOW_NR; i++)
		cells[i] = shown[i].column == COL_WIDEST ? parts_text(rows, is_unicode) : cell_text(rows, shown[i].column);
	lines_add(lines, cells, SHOW_NR);
}

static enum status print_all(struct run_db *run, FILE *out, struct error *err)
{
	struct libscols_table *lines = lines_create();
	char *sql = xasprintf(table_of_bills_sql, bills_sql);
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, sql, err);
	bool is_unicode = run_db_parameter(run, ":unicode", 0) != 0;

	free(sql);
	for (size_t i = 0; i < SHOW_NR; i++)
		lines_column(lines, shown[i].name, shown[i].flags);
	while (!status && !(status = run_db_step(run, rows, err)))
		add_line(lines, rows, is_unicode);
	sqlite3_finalize(rows);
	if (status == RC_END && scols_table_is_empty(lines)) {
		fputs("No charge was taken apart: none of the models charges for pages, or an earlier recount wrote this.\n", out);
	} else if (status == RC_END) {
		lines_print(lines, out);
		fputs("Pages, as recorded, when the container was charged for most or used most. CHARGED is OWN, mapped by nobody\n"
		      "else, SHARED, mapped by others as well, OTHERS, mapped by others alone, and UNMAPPED: page cache, kernel memory.\n"
		      "UNPAID it maps and is not charged for. ALONE is what it would be charged for if there were no others.\nPARTS:", out);
		for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
			fprintf(out, "%s %s %s", i ? "," : "", is_unicode ? parts[i].block : parts[i].mark, shown[SHOW_OWN + i].name);
		fputc('\n', out);
	}
	scols_unref_table(lines);
	return status == RC_END ? RC_OK : status;
}

const struct report bills_report = {
	.name = "bills",
	.summary = "who pays for what others use: each container's charge, taken apart",
	.print = print_all,
	.sections = sections,
	.sql = bills_sql,
};
