// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the interactive figures draw, as JSON beside the still ones:
 *
 *	{"page": bytes, "steps": n, "span": seconds, "peak": pages, "low": pages, "high": pages|null, "limit": pages, "allowed": pages, "chosen": scenario,
 *	 "broken": scenario, "points": [[scenario, size, taken, failcnt, denied, refaults, assumed|null, kills, unsure]...],
 *	 "marks": [[scenario, seconds]...],	kills and denied calls
 *	 "series": [{"scenario", "label", "barrier", "limit", "diverged": seconds|null, "held": [...], "max": [...]}...]}
 *
 * A series is the differences from step to step, a run of zeros as its length in a string.
 */
#include "reports/html.h"
#include "reports/usage_series.h"

#include "base/xalloc.h"

#include <inttypes.h>
#include <stdlib.h>

static void put_number(FILE *out, const char *key, int64_t number)
{
	if (number == ENTRY_NONE)
		fprintf(out, "\"%s\":null,", key);
	else
		fprintf(out, "\"%s\":%" PRId64 ",", key, number);
}

static void put_zeros(FILE *out, size_t nr, const char **comma)
{
	if (nr == 1)
		fprintf(out, "%s0", *comma);
	else if (nr)
		fprintf(out, "%s\"%zu\"", *comma, nr);
	if (nr)
		*comma = ",";
}

static void put_differences(FILE *out, const char *key, const int64_t *values, size_t nr)
{
	const char *comma = "";
	int64_t last = 0;
	size_t zeros = 0;

	fprintf(out, "\"%s\":[", key);
	for (size_t i = 0; i < nr; i++) {
		int64_t difference = values[i] - last;

		last = values[i];
		if (!difference) {
			zeros++;
			continue;
		}
		put_zeros(out, zeros, &comma);
		zeros = 0;
		fprintf(out, "%s%" PRId64, comma, difference);
		comma = ",";
	}
	put_zeros(out, zeros, &comma);
	fputc(']', out);
}

static void put_points(FILE *out, const struct points *points)
{
	const char *comma = "";

	fputs("\"points\":[", out);
	for (size_t i = points->nr; i--;) {
		const struct point *point = &points->all[i];

		if (!point->is_limited || point->size <= 0)
			continue;
		fprintf(out, "%s[%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",", comma, point->scenario,
			point->size, point->uncharged, point->failcnt, point->denied, point->uncharged ? point->refaults : 0);
		if (point->refaults_assumed == ENTRY_NONE)
			fputs("null", out);
		else
			fprintf(out, "%" PRId64, point->uncharged ? point->refaults_assumed : 0);
		fprintf(out, ",%" PRId64 ",%d]", point->kills, point_is_unsure(point));
		comma = ",";
	}
	fputs("],", out);
}

static const char marks_sql[] =
	"SELECT scenario, time_ns FROM incidents WHERE container = :container AND resource = :resource"
	" AND kind IN ('oom_kill', 'denied', 'livelock') ORDER BY scenario, time_ns LIMIT 2000";

static enum status put_marks(struct page *page, const struct entry *entry, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = entry_prepare(entry, page->run, &rows, marks_sql, err);
	const char *comma = "";

	if (status)
		return status;
	fputs("\"marks\":[", page->out);
	while (!(status = run_db_step(page->run, rows, err))) {
		fprintf(page->out, "%s[%" PRId64 ",%.6f]", comma, (int64_t)sqlite3_column_int64(rows, 0),
			entries_seconds(&page->entries, sqlite3_column_int64(rows, 1)));
		comma = ",";
	}
	fputs("],", page->out);
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

static enum status put_series(struct page *page, const struct entry *entry, const struct point *point, struct error *err)
{
	struct usage_series series;
	enum status status = usage_series_read(&series, &page->entries, entry, point->scenario, page->nr_steps, page->run, err);

	if (status)
		return status;
	fprintf(page->out, "{\"label\":\"%s\",", point->scenario ? point->limit_text : "as recorded");
	put_number(page->out, "scenario", point->scenario);
	put_number(page->out, "barrier", point->barrier);
	put_number(page->out, "limit", point->limit);
	if (point->diverged_ns == ENTRY_NONE)
		fputs("\"diverged\":null,", page->out);
	else
		fprintf(page->out, "\"diverged\":%.6f,", entries_seconds(&page->entries, point->diverged_ns));
	put_differences(page->out, "held", series.held, series.nr);
	fputc(',', page->out);
	put_differences(page->out, "max", series.maxheld, series.nr);
	fputc('}', page->out);
	usage_series_release(&series);
	return RC_OK;
}

enum status html_data(struct page *page, const struct entry *entry, const struct points *points, struct error *err)
{
	FILE *out = page->out;
	enum status status = RC_OK;
	const char *comma = "";

	fprintf(out, "<script type=\"application/json\">{\"page\":%" PRIu64 ",\"steps\":%zu,\"span\":%.6f,", page->entries.page_bytes,
		page->nr_steps, (double)(page->entries.end_ns - page->entries.begin_ns) / 1e9);
	put_number(out, "peak", entry->peak);
	for (size_t i = 0; i < points->nr; i++) {
		if (points->all[i].scenario)
			continue;
		put_number(out, "low", points->all[i].maxheld_low);
		put_number(out, "high", points->all[i].maxheld_high);
	}
	put_number(out, "limit", entry->barrier != ENTRY_NONE ? entry->barrier : entry->limit);
	put_number(out, "allowed", entry->allowed);
	put_number(out, "chosen", entry->chosen_scenario);
	put_number(out, "broken", entry->broken_scenario);
	put_points(out, points);
	status = put_marks(page, entry, err);
	fputs("\"series\":[", out);
	for (size_t i = 0; i < points->nr && !status; i++) {
		if (points->all[i].scenario && !points->all[i].is_limited)
			continue;
		fputs(comma, out);
		status = put_series(page, entry, &points->all[i], err);
		comma = ",\n";
	}
	fputs("]}</script>\n", out);
	return status;
}
