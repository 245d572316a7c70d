// SPDX-License-Identifier: GPL-2.0-or-later
/* The HTML report of a fleet: each service's worst case, where its recordings lie, and which of them stand out. */
#include "reports/html.h"

#include "base/xalloc.h"
#include "reports/chart.h"
#include "reports/fleet.h"
#include "reports/markup.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Tables of more recordings are folded. */
#define MAX_OPEN 60

/* Rows of the figure, bottom to top. */
#define PEAKS_AT 0.22
#define NEEDS_AT 0.68
#define TICK_HALF 0.14

struct fleet_page {
	FILE *out;
	struct run_db *all;
	uint64_t page_bytes;
};

/* What the parts of a service need of its row. */
struct service {
	char *name, *resource, *match_sql;	/* markup; the last: a condition for its rows */
	size_t number;		/* on the page */
	int64_t least_pages, most_pages, median_pages, recommended_pages;
	int64_t nr_runs;
};

static int64_t column_or(sqlite3_stmt *rows, int column, int64_t null)
{
	return sqlite3_column_type(rows, column) == SQLITE_NULL ? null : sqlite3_column_int64(rows, column);
}

/* Returns new: pages as a size, "none" where there are none. */
static char *size_of(const struct fleet_page *page, int64_t pages)
{
	return pages < 0 ? xstrdup("none") : markup_size(pages, page->page_bytes);
}

/* A figure and where it stands in the JSON of the same report. */
static void write_size(const struct fleet_page *page, int64_t pages, const char *source_format, ...) __attribute__((format(printf, 3, 4)));

static void write_size(const struct fleet_page *page, int64_t pages, const char *source_format, ...)
{
	char *size = size_of(page, pages), *source;
	va_list args;

	va_start(args, source_format);
	source = xvasprintf(source_format, args);
	va_end(args);
	if (pages < 0)
		fputs(size, page->out);
	else
		fprintf(page->out, "<data value=\"%" PRId64 "\" data-from=\"%s\">%s</data>", pages, source, size);
	free(size);
	free(source);
}

static void write_masthead(const struct fleet_page *page, int64_t nr_runs, const char *title)
{
	fprintf(page->out, "<header class=\"masthead\">\n<p class=\"kicker\">What would a memory limit have done, on all hosts?</p>\n"
		"<h1>%s</h1>\n<p class=\"lede\">Each service gets what does for the recording that needs most%s.</p>\n</header>\n",
		title, nr_runs >= 5 ? ", and who is not like the others is named" : "");
}

static void write_limit(const struct fleet_page *page, sqlite3_stmt *services, size_t row)
{
	int64_t barrier = column_or(services, RECOMMEND_BARRIER, -1), limit = column_or(services, RECOMMEND_LIMIT, -1);
	int64_t sure = column_or(services, RECOMMEND_SURE, -1);
	const char *basis = (const char *)sqlite3_column_text(services, RECOMMEND_BASIS);
	const char *status = (const char *)sqlite3_column_text(services, RECOMMEND_STATUS);

	if (barrier >= 0 && barrier != limit) {
		write_size(page, barrier, "recommendations/%zu/recommended_barrier_pages", row);
		fputs("<span class=\"to\"> barrier, </span>", page->out);
	}
	write_size(page, limit, "recommendations/%zu/recommended_limit_pages", row);
	if ((basis && !strcmp(basis, "seen")) || (status && !strcmp(status, "may not stand"))) {
		fputs(sure < 0 ? "<span class=\"to\"> or more</span>" : "<span class=\"to\"> to </span>", page->out);
		if (sure >= 0)
			write_size(page, sure, "recommendations/%zu/sure_limit_pages", row);
	}
}

static void write_service_row(const struct fleet_page *page, sqlite3_stmt *services, size_t number, size_t row)
{
	char *name = markup_cell(services, RECOMMEND_NAME), *resource = markup_cell(services, RECOMMEND_RESOURCE);
	char *reason = markup_cell(services, RECOMMEND_REASON);
	bool has_barrier = sqlite3_column_type(services, RECOMMEND_BARRIER) != SQLITE_NULL;
	int64_t unlike = sqlite3_column_int64(services, FLEET_UNLIKE), least = column_or(services, FLEET_LEAST, -1);
	int64_t most = column_or(services, has_barrier ? RECOMMEND_BARRIER : RECOMMEND_LIMIT, -1);

	fprintf(page->out, "<tr class=\"first\"><th scope=\"row\"><a href=\"#s%zu\"><span class=\"who\">%s</span> <span class=\"what\">%s</span></a></th>\n"
		"<td class=\"limit\" data-head=\"Recommended\">", number, name, resource);
	write_limit(page, services, row);
	fputs("</td>\n<td class=\"peak\" data-head=\"Recordings need\">", page->out);
	if (least != most) {
		write_size(page, least, "recommendations/%zu/least_recommended_pages", row);
		fputs(" to ", page->out);
	}
	write_size(page, most, "recommendations/%zu/recommended_%s_pages", row,
		   has_barrier ? "barrier" : "limit");
	if (least != most) {
		fputs(", half at most ", page->out);
		write_size(page, column_or(services, FLEET_MEDIAN, -1), "recommendations/%zu/median_recommended_pages", row);
	}
	fprintf(page->out, "</td>\n<td class=\"effect\" data-head=\"Recordings\">%" PRId64 "%s", (int64_t)sqlite3_column_int64(services, FLEET_RUNS),
		unlike ? " " : "");
	if (unlike)
		fprintf(page->out, "<span class=\"risk\">%" PRId64 " stand%s out</span>", unlike, unlike == 1 ? "s" : "");
	fprintf(page->out, "</td>\n<td class=\"why\" data-head=\"Why\">%s</td></tr>\n", reason);
	free(name);
	free(resource);
	free(reason);
}

static bool is_tried(sqlite3_stmt *services)
{
	return strcmp(xneed((void *)(uintptr_t)sqlite3_column_text(services, RECOMMEND_STATUS)), "untried");
}

static enum status write_services(const struct fleet_page *page, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->all, &rows, fleet_services_sql, err);
	size_t number = 0, row = 0;

	fputs("<section id=\"recommended\" aria-labelledby=\"recommended-h\">\n<h2 id=\"recommended-h\">Recommended limits</h2>\n"
	      "<table class=\"first-screen\"><thead><tr><th scope=\"col\">Service</th><th scope=\"col\">Recommended</th>"
	      "<th scope=\"col\">Recordings need</th><th scope=\"col\">Recordings</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>\n", page->out);
	for (; !status && !(status = run_db_step(page->all, rows, err)); row++) {
		if (is_tried(rows))
			write_service_row(page, rows, number++, row);
	}
	sqlite3_finalize(rows);
	fputs("</tbody></table>\n", page->out);
	if (!number)
		fputs("<p>No limit was tried, so none can be recommended. <code>recount replay --limit RESOURCE=25%,50%,75%,100%</code> tries some.</p>\n",
		      page->out);
	fprintf(page->out, "<p class=\"rule\">The rule for one recording: the smallest limit tried from which on up nothing is killed, denied or stuck and at "
		"most %g&nbsp;%% of the working set comes back a minute after being taken away, and %g&nbsp;%% more. A recording stands out when it is "
		"further from the median of five or more than %g&nbsp;%%, and than 3.5 times what is usual; or when no limit will do for it, or it lost "
		"events.</p>\n</section>\n", run_db_parameter(page->all, ":slo", RECOMMEND_SLO),
		run_db_parameter(page->all, ":margin", RECOMMEND_MARGIN) / 100, run_db_parameter(page->all, ":margin", RECOMMEND_MARGIN) / 100);
	return status == RC_END ? RC_OK : status;
}

static void write_tick(const struct chart *chart, double pages, double at, const char *class, const char *name)
{
	fprintf(chart->out, "<path class=\"%s\" d=\"M%.1f %.1fV%.1f\"><title>%s</title></path>\n", class, chart_x(chart, pages),
		chart_y(chart, at + TICK_HALF), chart_y(chart, at - TICK_HALF), name);
}

static enum status write_ticks(const struct fleet_page *page, const struct chart *chart, const struct service *service, struct error *err)
{
	char *sql = xasprintf("SELECT n.name, coalesce(r.recommended_barrier_pages, r.recommended_limit_pages), r.peak_pages,"
			      " EXISTS (SELECT 1 FROM unlike AS u WHERE u.recording = r.nr AND u.match = r.match AND u.resource = r.resource)"
			      " FROM recommended AS r JOIN recording AS n ON n.nr = r.nr WHERE r.status <> 'unused' AND %s ORDER BY r.nr", service->match_sql);
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->all, &rows, sql, err);

	while (!status && !(status = run_db_step(page->all, rows, err))) {
		const char *class = sqlite3_column_int(rows, 3) ? "host unlike" : "host";
		char *name = markup_cell(rows, 0);

		if (sqlite3_column_type(rows, 1) != SQLITE_NULL)
			write_tick(chart, sqlite3_column_double(rows, 1), NEEDS_AT, class, name);
		write_tick(chart, sqlite3_column_double(rows, 2), PEAKS_AT, class, name);
		free(name);
	}
	sqlite3_finalize(rows);
	free(sql);
	return status == RC_END ? RC_OK : status;
}

/* A tick a recording: what it needs above, its peak below. */
static enum status write_figure(const struct fleet_page *page, const struct service *service, struct error *err)
{
	struct chart chart = { .out = page->out, .page_bytes = page->page_bytes, .nr_rows = 2, .y = { SCALE_LINEAR, 0, 1 },
			       .x = { SCALE_LOG, (double)service->least_pages / 1.1, (double)service->most_pages * 1.1 } };
	char *id = xasprintf("figure-%zu", service->number), *median = size_of(page, service->median_pages);
	char *most = size_of(page, service->recommended_pages);
	char *title = xasprintf("What the recordings of %s need, %s", service->name, service->resource);
	char *words = xasprintf("%" PRId64 " recordings, a tick each; half need %s or less, recommended is %s.", service->nr_runs, median, most);
	enum status status;

	fprintf(page->out, "<figure class=\"hosts\"><figcaption>What each recording needs, and its peak</figcaption><div class=\"plot\">");
	chart_begin(&chart, id, title, words);
	chart_axis_sizes_x(&chart);
	fprintf(page->out, "<text class=\"end\" x=\"%d\" y=\"%.1f\">needs</text><text class=\"end\" x=\"%d\" y=\"%.1f\">peak</text>\n", CHART_LEFT - 8,
		chart_y(&chart, NEEDS_AT) + 4, CHART_LEFT - 8, chart_y(&chart, PEAKS_AT) + 4);
	status = write_ticks(page, &chart, service, err);
	if (service->median_pages >= 0)
		chart_mark_x(&chart, (double)service->median_pages, "knee", "median of what they need", 1);
	if (service->recommended_pages >= 0)
		chart_mark_x(&chart, (double)service->recommended_pages, "chosen", "recommended", 0);
	chart_end(&chart);
	fputs("</div></figure>\n", page->out);
	free(id);
	free(median);
	free(most);
	free(title);
	free(words);
	return status;
}

static void write_host(const struct fleet_page *page, sqlite3_stmt *rows)
{
	char *name = markup_cell(rows, 0), *how = markup_cell(rows, 4), *reason = markup_cell(rows, 5), *resource = markup_cell(rows, 7);
	char *row = xasprintf("each/%" PRId64 "/%" PRId64 "/%s", (int64_t)sqlite3_column_int64(rows, 3) + 1, (int64_t)sqlite3_column_int64(rows, 6),
			      resource);

	fprintf(page->out, "<tr%s><th scope=\"row\">%s</th><td class=\"num\">", *how ? " class=\"broken\"" : "", name);
	write_size(page, column_or(rows, 1, -1), "%s/recommended_%s_pages", row, sqlite3_column_int(rows, 8) ? "barrier" : "limit");
	fputs("</td><td class=\"num\">", page->out);
	write_size(page, column_or(rows, 2, -1), "%s/peak_pages", row);
	fprintf(page->out, "</td><td>%s</td><td class=\"why\">%s</td></tr>\n", how, reason);
	free(name);
	free(how);
	free(reason);
	free(resource);
	free(row);
}

static enum status write_hosts(const struct fleet_page *page, const struct service *service, struct error *err)
{
	char *sql = xasprintf("SELECT n.name, coalesce(r.recommended_barrier_pages, r.recommended_limit_pages), r.peak_pages, r.nr,"
			      " coalesce((SELECT group_concat(how, ', ') FROM unlike AS u WHERE u.recording = r.nr AND u.match = r.match"
			      " AND u.resource = r.resource), '') AS how, r.reason, r.container, r.resource,"
			      " r.recommended_barrier_pages IS NOT NULL FROM recommended AS r JOIN recording AS n ON n.nr = r.nr"
			      " WHERE r.status <> 'unused' AND %s ORDER BY how = '', r.nr", service->match_sql);
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->all, &rows, sql, err);

	fprintf(page->out, "<details%s><summary>Each recording</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Recordings of %s, %s\">"
		"<table><thead><tr><th scope=\"col\">Recording</th><th scope=\"col\" class=\"num\">Needs</th><th scope=\"col\" class=\"num\">Peak</th>"
		"<th scope=\"col\">Stands out</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>\n", service->nr_runs <= MAX_OPEN ? " open" : "",
		service->name, service->resource);
	while (!status && !(status = run_db_step(page->all, rows, err)))
		write_host(page, rows);
	sqlite3_finalize(rows);
	free(sql);
	fputs("</tbody></table></div></details>\n", page->out);
	return status == RC_END ? RC_OK : status;
}

static enum status write_service(const struct fleet_page *page, const struct service *service, struct error *err)
{
	enum status status;

	fprintf(page->out, "<section class=\"container\" aria-labelledby=\"s%zu\">\n<h2 id=\"s%zu\">%s <small>%s</small></h2>\n", service->number,
		service->number, service->name, service->resource);
	status = write_figure(page, service, err);
	if (!status)
		status = write_hosts(page, service, err);
	fputs("</section>\n", page->out);
	return status;
}

static void read_service(struct service *service, sqlite3_stmt *services, size_t number)
{
	int64_t barrier = column_or(services, RECOMMEND_BARRIER, -1), peak = sqlite3_column_int64(services, RECOMMEND_PEAK);
	int64_t limit = column_or(services, RECOMMEND_LIMIT, -1);
	char *match = xneed(sqlite3_mprintf("r.match = %Q AND r.resource = %Q", sqlite3_column_text(services, FLEET_MATCH),
				      sqlite3_column_text(services, RECOMMEND_RESOURCE)));

	*service = (struct service){
		.name = markup_cell(services, RECOMMEND_NAME), .resource = markup_cell(services, RECOMMEND_RESOURCE), .match_sql = xstrdup(match),
		.number = number, .median_pages = column_or(services, FLEET_MEDIAN, -1), .recommended_pages = barrier >= 0 ? barrier : limit,
		.nr_runs = sqlite3_column_int64(services, FLEET_RUNS),
	};
	service->least_pages = sqlite3_column_int64(services, FLEET_LEAST_PEAK);
	if (service->recommended_pages > 0 && sqlite3_column_int64(services, FLEET_LEAST) < service->least_pages)
		service->least_pages = sqlite3_column_int64(services, FLEET_LEAST);
	if (service->least_pages < 1)
		service->least_pages = 1;
	service->most_pages = service->recommended_pages > peak ? service->recommended_pages : peak;
	sqlite3_free(match);
}

static void release_service(struct service *service)
{
	free(service->name);
	free(service->resource);
	free(service->match_sql);
}

static enum status write_each(const struct fleet_page *page, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->all, &rows, fleet_services_sql, err);
	size_t number = 0;

	while (!status && !(status = run_db_step(page->all, rows, err))) {
		struct service service;

		if (!is_tried(rows))
			continue;
		read_service(&service, rows, number++);
		status = write_service(page, &service, err);
		release_service(&service);
	}
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

/* Part of a spread may be what was asked. */
static enum status write_settings(const struct fleet_page *page, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(page->all, &rows, fleet_settings_sql, err);
	bool is_any = false;

	while (!status && !(status = run_db_step(page->all, rows, err))) {
		char *key = markup_cell(rows, 0), *value = markup_cell(rows, 1), *nr = markup_number(sqlite3_column_int64(rows, 2));

		if (!is_any)
			fputs("<section aria-labelledby=\"settings-h\"><h2 id=\"settings-h\">Not asked alike</h2>\n<p class=\"rule\">Where recordings were replayed "
			      "unlike each other, part of the spread is what was asked.</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Settings\">"
			      "<table><thead><tr><th scope=\"col\">Setting</th><th scope=\"col\">Value</th><th scope=\"col\" class=\"num\">Recordings</th></tr></thead>\n<tbody>\n",
			      page->out);
		is_any = true;
		fprintf(page->out, "<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"num\">%s</td></tr>\n", key, value, nr);
		free(key);
		free(value);
		free(nr);
	}
	sqlite3_finalize(rows);
	if (is_any)
		fputs("</tbody></table></div></section>\n", page->out);
	return status == RC_END ? RC_OK : status;
}

static int64_t count_recordings(struct run_db *all)
{
	sqlite3_stmt *rows = NULL;
	struct error none;
	int64_t nr = 0;

	if (!run_db_prepare(all, &rows, "SELECT count(*) FROM recording", &none) && !run_db_step(all, rows, &none))
		nr = sqlite3_column_int64(rows, 0);
	sqlite3_finalize(rows);
	return nr;
}

enum status html_fleet(struct run_db *const *runs, size_t nr, enum report_format format, FILE *out, struct error *err)
{
	struct fleet_page page = { .out = out, .page_bytes = run_db_page_bytes(runs[0]) };
	enum status status = fleet_gather(&page.all, runs, nr, err);
	int64_t nr_runs;
	char *title;

	(void)format;
	if (status)
		return status;
	nr_runs = count_recordings(page.all);
	title = xasprintf("%" PRId64 " recording%s", nr_runs, nr_runs == 1 ? "" : "s");
	html_begin(out, title);
	write_masthead(&page, nr_runs, title);
	fputs("<main>\n", out);
	status = write_services(&page, err);
	if (!status)
		status = write_each(&page, err);
	if (!status)
		status = write_settings(&page, err);
	fputs("</main>\n</body>\n</html>\n", out);
	free(title);
	run_db_close(page.all);
	return status;
}
