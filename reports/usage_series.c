// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of usage, folded into steps of equal length. */
#include "reports/usage_series.h"

#include "base/xalloc.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char usage_sql[] =
	"SELECT time_ns, held_pages, maxheld_pages FROM usage"
	" WHERE scenario = :of AND container = :container AND resource = :resource ORDER BY time_ns";

/* Steps without a row are like the last one that has one. */
struct folding {
	struct usage_series *series;
	size_t at;		/* the step being filled */
	int64_t held, max;	/* so far in it */
};

static void fold_to(struct folding *folding, size_t step)
{
	struct usage_series *series = folding->series;

	for (; folding->at < step && folding->at < series->nr; folding->at++) {
		series->held[folding->at] = folding->held;
		series->maxheld[folding->at] = folding->max;
		folding->max = folding->held;
	}
}

enum status usage_series_read(struct usage_series *series, const struct entries *entries, const struct entry *entry,
			      int64_t scenario, size_t nr, struct run_db *run, struct error *err)
{
	struct folding folding = { .series = series };
	sqlite3_stmt *rows = NULL;
	enum status status = entry_prepare(entry, run, &rows, usage_sql, err);
	double span = (double)(entries->end_ns - entries->begin_ns);

	*series = (struct usage_series){ 0 };
	if (status)
		return status;
	*series = (struct usage_series){ nr, xcalloc(nr, sizeof(int64_t)), xcalloc(nr, sizeof(int64_t)) };
	sqlite3_bind_int64(rows, sqlite3_bind_parameter_index(rows, ":of"), scenario);
	while (!(status = run_db_step(run, rows, err))) {
		/* A row is of the step that ends at its time. */
		double ns = (double)sqlite3_column_int64(rows, 0) - (double)entries->begin_ns - 1, place = ns / span * (double)nr;
		int64_t max = sqlite3_column_int64(rows, 2);

		fold_to(&folding, place < 0 ? 0 : place >= (double)nr ? nr - 1 : (size_t)place);
		folding.held = sqlite3_column_int64(rows, 1);
		folding.max = max > folding.max ? max : folding.max;
	}
	sqlite3_finalize(rows);
	fold_to(&folding, nr);
	if (status == RC_END)
		return RC_OK;
	usage_series_release(series);
	return status;
}

void usage_series_release(struct usage_series *series)
{
	free(series->held);
	free(series->maxheld);
	*series = (struct usage_series){ 0 };
}

char *usage_series_spark(const struct usage_series *series, int64_t most, bool is_unicode)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const marks[] = { " ", ".", ":", "-", "=", "+", "*", "%", "#" };
	char *text = xcalloc(series->nr * strlen(blocks[1]) + 1, 1), *end = text;

	for (size_t i = 0; i < series->nr; i++) {
		double share = most > 0 ? (double)series->maxheld[i] / (double)most : 0;
		int level = share <= 0 ? 0 : share >= 1 ? 8 : (int)ceil(share * 8);	/* something shows as something */

		end = stpcpy(end, is_unicode ? blocks[level] : marks[level]);
	}
	return text;
}
