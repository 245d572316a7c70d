// SPDX-License-Identifier: GPL-2.0-or-later
/* Who pays: each container's charge as a bar of its parts, under every model, and what it would be alone. */
#include "reports/bills.h"
#include "reports/html.h"
#include "reports/markup.h"

#include "base/xalloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Containers in which a hundredth or more is between them and others; the rest is in RUN.db. */
static const char listed_sql[] =
	"WITH bill AS (%s), noticeable AS ("
	"  SELECT container, max(max(others_pages, unpaid_by_others_pages)) AS pages FROM bill WHERE container > 0"
	"   GROUP BY container HAVING max(max(others_pages, unpaid_by_others_pages) * 100.0 / max(held_pages, alone_pages, 1)) >= 1"
	"   ORDER BY pages DESC, container LIMIT 20)"
	"SELECT bill.*, max(held_pages + unpaid_pages) OVER (PARTITION BY container) AS widest, pages"
	"  FROM bill JOIN noticeable USING (container) ORDER BY pages DESC, container, resource";

enum { COL_WIDEST = BILL_UNPAID_BY_OTHERS + 1 };

/* The parts of a bar, from the left. */
static const struct { const char *class, *words; int column; } parts[] = {
	{ "bill-own", "its own", BILL_OWN },
	{ "bill-shared", "others use them too", BILL_SHARED },
	{ "bill-others", "only others use them", BILL_OTHERS },
	{ "bill-rest", "page cache that nobody maps, kernel memory", BILL_UNMAPPED },
	{ "bill-unpaid", "used, and not charged for", BILL_UNPAID },
};

#define NR_PARTS (sizeof(parts) / sizeof(*parts))

static void put_bar(FILE *out, sqlite3_stmt *rows, uint64_t page_bytes)
{
	double widest = (double)sqlite3_column_int64(rows, COL_WIDEST), at = 0;

	fputs("<svg class=\"bill\" viewBox=\"-.5 -1 101 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\">", out);
	for (size_t i = 0; i < NR_PARTS; i++) {
		int64_t pages = sqlite3_column_int64(rows, parts[i].column);
		double end = at + (double)pages * 100 / (widest > 0 ? widest : 1);
		char *size = markup_size(pages, page_bytes);

		if (pages > 0)
			fprintf(out, "<path class=\"%s\" d=\"M%.2f 0H%.2fV10H%.2fZ\"><title>%s: %s</title></path>", parts[i].class, at, end,
				at, parts[i].words, size);
		free(size);
		at = end;
	}
	fputs("</svg>", out);
}

static void put_pages(struct page *page, sqlite3_stmt *rows, int64_t container, const char *resource, int column, const char *name)
{
	fprintf(page->out, "<td class=\"num%s\">", sqlite3_column_int64(rows, column) ? "" : " zero");
	html_pages(page, sqlite3_column_int64(rows, column), "bills/%" PRId64 "/%s/%s", container, resource, name);
	fputs("</td>", page->out);
}

static void put_row(struct page *page, sqlite3_stmt *rows, bool is_first)
{
	int64_t container = sqlite3_column_int64(rows, BILL_CONTAINER);
	char *name = markup_cell(rows, BILL_NAME), *resource = markup_cell(rows, BILL_RESOURCE);

	fprintf(page->out, "<tr%s><th scope=\"row\" class=\"who\"><span%s>%s</span></th><td>%s</td><td>", is_first ? " class=\"first\"" : "",
		is_first ? "" : " class=\"unseen\"", name, resource);
	put_bar(page->out, rows, page->entries.page_bytes);
	fputs("</td>", page->out);
	put_pages(page, rows, container, resource, BILL_HELD, "held_pages");
	put_pages(page, rows, container, resource, BILL_OTHERS, "others_pages");
	put_pages(page, rows, container, resource, BILL_UNPAID, "unpaid_pages");
	put_pages(page, rows, container, resource, BILL_ALONE, "alone_pages");
	fprintf(page->out, "<td class=\"num soft\">+%.3f s</td></tr>\n",
		entries_seconds(&page->entries, sqlite3_column_int64(rows, BILL_TIME)));
	free(name);
	free(resource);
}

static void put_legend(FILE *out)
{
	fputs("<ul class=\"legend\">", out);
	for (size_t i = 0; i < NR_PARTS; i++)
		fprintf(out, "<li><svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"%s\" d=\"M.5 .5H25.5V9.5H.5Z\"/></svg>%s</li>",
			parts[i].class, parts[i].words);
	fputs("</ul>\n", out);
}

static enum status put_bills(struct page *page, bool *is_any, struct error *err)
{
	char *sql = xasprintf(listed_sql, bills_sql);
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->run, &rows, sql, err);
	int64_t last = -1;

	free(sql);
	if (status)
		return status;
	while (!(status = run_db_step(page->run, rows, err))) {
		int64_t container = sqlite3_column_int64(rows, BILL_CONTAINER);

		if (last < 0)
			fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Who pays, by container and model\"><table class=\"bills\"><thead><tr>"
			      "<th scope=\"col\">Container</th><th scope=\"col\">Model</th><th scope=\"col\">What it is charged for, and uses</th><th scope=\"col\" class=\"num\">Charged</th>"
			      "<th scope=\"col\" class=\"num\">of it used by<br>others alone</th><th scope=\"col\" class=\"num\">Used, not<br>charged for</th>"
			      "<th scope=\"col\" class=\"num\">Alone it would<br>be charged</th><th scope=\"col\" class=\"num\">When</th></tr></thead>\n<tbody>\n",
			      page->out);
		put_row(page, rows, container != last);
		last = container;
	}
	sqlite3_finalize(rows);
	*is_any = last >= 0;
	if (*is_any) {
		fputs("</tbody></table></div>\n", page->out);
		put_legend(page->out);
	}
	return status == RC_END ? RC_OK : status;
}

/* The largest, in words. */
static enum status put_sentence(struct page *page, struct error *err)
{
	static const char sql[] =
		"SELECT c.name, n.name, s.resource, s.unpaid_pages FROM shares AS s JOIN containers AS c USING (container)"
		" JOIN containers AS n ON n.container = s.other JOIN bills AS b USING (container, resource)"
		" WHERE s.container > 0 AND s.other > 0 AND s.unpaid_pages * 100 >= max(b.held_pages, b.alone_pages, 1)"
		" ORDER BY s.resource = 'memory' DESC, s.unpaid_pages DESC, s.container, s.other LIMIT 1";
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->run, &rows, sql, err);

	if (!status)
		status = run_db_step(page->run, rows, err);
	if (!status) {
		char *user = markup_cell(rows, 0), *payer = markup_cell(rows, 1), *resource = markup_cell(rows, 2);
		char *size = markup_size(sqlite3_column_int64(rows, 3), page->entries.page_bytes);

		fprintf(page->out, "<p class=\"lede\"><b>%s</b> is charged for %s that <b>%s</b> uses (%s).</p>\n", payer, size, user, resource);
		free(user);
		free(payer);
		free(resource);
		free(size);
	}
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

/* Between whom; more would be a log, which RUN.db is. */
static enum status put_shares(struct page *page, struct error *err)
{
	static const char sql[] =
		"SELECT c.name, s.resource, n.name, s.paid_pages, s.unpaid_pages FROM shares AS s JOIN containers AS c USING (container)"
		" JOIN containers AS n ON n.container = s.other WHERE s.container > 0 AND s.paid_pages + s.unpaid_pages > 0"
		" ORDER BY s.paid_pages + s.unpaid_pages DESC, s.container, s.resource, s.other LIMIT 60";
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->run, &rows, sql, err);

	if (status)
		return status;
	fputs("<details><summary>Between whom</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Who pays, between whom\"><table>"
	      "<thead><tr><th scope=\"col\">Container</th><th scope=\"col\">Model</th><th scope=\"col\">and</th>"
	      "<th scope=\"col\" class=\"num\">is charged for<br>what that one uses</th><th scope=\"col\" class=\"num\">uses what that<br>one is charged for</th>"
	      "</tr></thead>\n<tbody>\n", page->out);
	while (!(status = run_db_step(page->run, rows, err))) {
		char *cells[] = { markup_cell(rows, 0), markup_cell(rows, 1), markup_cell(rows, 2),
				  markup_size(sqlite3_column_int64(rows, 3), page->entries.page_bytes),
				  markup_size(sqlite3_column_int64(rows, 4), page->entries.page_bytes) };

		fprintf(page->out, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td class=\"num%s\">%s</td><td class=\"num%s\">%s</td></tr>\n",
			cells[0], cells[1], cells[2], sqlite3_column_int64(rows, 3) ? "" : " zero", cells[3],
			sqlite3_column_int64(rows, 4) ? "" : " zero", cells[4]);
		for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
			free(cells[i]);
	}
	sqlite3_finalize(rows);
	fputs("</tbody></table></div></details>\n", page->out);
	return status == RC_END ? RC_OK : status;
}

enum status html_bills(struct page *page, struct error *err)
{
	enum status status;
	bool is_any = false;

	fputs("<section id=\"bills\" aria-labelledby=\"bills-h\">\n<h2 id=\"bills-h\">Who pays</h2>\n", page->out);
	status = put_sentence(page, err);
	if (!status)
		status = put_bills(page, &is_any, err);
	if (is_any && !status)
		status = put_shares(page, err);
	fputs(is_any ? "<p class=\"quiet\">As recorded, at the moment at which a container was charged for most or used most. Used means mapped: "
		       "who only reads a page of the page cache does not show. Alone, a container would not be charged for what only others "
		       "use, and would be for all that it uses.</p>\n"
		     : "<p>No container uses, but for less than a hundredth, what another is charged for.</p>\n", page->out);
	fputs("</section>\n", page->out);
	return status;
}
