// SPDX-License-Identifier: GPL-2.0-or-later
/* table.sql, entry by entry. */
#include "reports/points.h"

#include "base/xalloc.h"
#include "reports/cells.h"
#include "reports/markup.h"
#include "reports/table.h"

#include <stdlib.h>
#include <string.h>

enum status points_open(struct points *points, struct run_db *run, struct error *err)
{
	*points = (struct points){ .run = run };
	return run_db_prepare(run, &points->rows, table_sql, err);
}

static void forget(struct points *points)
{
	for (size_t i = 0; i < points->nr; i++) {
		free(points->all[i].label);
		free(points->all[i].verdict);
		free(points->all[i].limit_text);
	}
	points->nr = 0;
}

static int64_t number(sqlite3_stmt *rows, int column)
{
	return cell_is_null(rows, column) ? ENTRY_NONE : sqlite3_column_int64(rows, column);
}

/* Returns new. */
static char *limit_text(const struct point *point, uint64_t page_bytes)
{
	char *barrier, *limit, *both;

	if (point->size == ENTRY_NONE)
		return xstrdup(point->scenario ? "unlimited" : "as recorded");
	limit = point->limit == ENTRY_NONE ? xstrdup("unlimited") : markup_size(point->limit, page_bytes);
	if (point->barrier == ENTRY_NONE || point->barrier == point->limit)
		return limit;
	barrier = markup_size(point->barrier, page_bytes);
	both = xasprintf("%s, %s", barrier, limit);
	free(barrier);
	free(limit);
	return both;
}

static void add(struct points *points)
{
	sqlite3_stmt *rows = points->rows;
	struct point *point;

	xgrow(&points->all, points->nr, &points->capacity, sizeof(*points->all));
	point = &points->all[points->nr++];
	*point = (struct point){
		.scenario = number(rows, TABLE_SCENARIO),
		.label = markup_cell(rows, TABLE_LABEL), .verdict = markup_cell(rows, TABLE_VERDICT),
		.barrier = number(rows, TABLE_BARRIER), .limit = number(rows, TABLE_LIMIT),
		.maxheld = number(rows, TABLE_MAXHELD), .failcnt = number(rows, TABLE_FAILCNT),
		.calls = number(rows, TABLE_CALLS), .uncharged = number(rows, TABLE_UNCHARGED),
		.reclaimed = number(rows, TABLE_RECLAIMED), .swapped = number(rows, TABLE_SWAPPED),
		.refaults = number(rows, TABLE_REFAULTED), .refaults_assumed = number(rows, TABLE_REFAULTED_ASSUMED),
		.refaults_low = number(rows, TABLE_REFAULTED_LOW), .refaults_high = number(rows, TABLE_REFAULTED_HIGH),
		.nr_runs = number(rows, TABLE_RUNS),
		.kills = number(rows, TABLE_KILLS), .kills_assumed = number(rows, TABLE_KILLS_ASSUMED),
		.denied = number(rows, TABLE_DENIED), .denied_assumed = number(rows, TABLE_DENIED_ASSUMED),
		.diverged_ns = number(rows, TABLE_DIVERGED), .void_ops = number(rows, TABLE_VOID_OPS),
		.maxheld_low = number(rows, TABLE_MAXHELD_LOW), .maxheld_high = number(rows, TABLE_MAXHELD_HIGH),
		.may_flip = !sqlite3_column_int64(rows, TABLE_STANDS),
		.evidence = sqlite3_column_double(rows, TABLE_EVIDENCE),
		.is_limited = sqlite3_column_int64(rows, TABLE_IS_LIMITED),
	};
	point->size = point->barrier != ENTRY_NONE ? point->barrier : point->limit;
	point->limit_text = limit_text(point, run_db_page_bytes(points->run));
}

/* < 0: the row is of an entry before this one. */
static int compare_row(sqlite3_stmt *rows, const struct entry *entry)
{
	int64_t container = sqlite3_column_int64(rows, TABLE_CONTAINER);
	const char *resource = (const char *)sqlite3_column_text(rows, TABLE_RESOURCE);

	if (container != entry->container)
		return container < entry->container ? -1 : 1;
	return strcmp(resource ? resource : "", entry->resource);
}

static int compare_points(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->size != y->size)
		return x->size == ENTRY_NONE ? -1 : y->size == ENTRY_NONE ? 1 : x->size > y->size ? -1 : 1;
	return x->scenario < y->scenario ? -1 : x->scenario > y->scenario;
}

enum status points_read(struct points *points, const struct entry *entry, struct error *err)
{
	enum status status = RC_OK;

	forget(points);
	while (points->rows) {
		int order;

		if (!points->has_row)
			status = run_db_step(points->run, points->rows, err);
		if (status)
			break;
		order = compare_row(points->rows, entry);
		points->has_row = order > 0;
		if (order > 0)
			break;
		if (!order)
			add(points);
	}
	if (points->nr)
		qsort(points->all, points->nr, sizeof(*points->all), compare_points);
	if (status != RC_END)
		return status;
	sqlite3_finalize(points->rows);
	points->rows = NULL;
	return RC_OK;
}

void points_close(struct points *points)
{
	forget(points);
	free(points->all);
	sqlite3_finalize(points->rows);
	*points = (struct points){ 0 };
}

bool point_is_unsure(const struct point *point)
{
	return point->refaults_assumed == ENTRY_NONE && point->evidence < 1 && point->uncharged > 0;
}

int64_t point_refaults(const struct point *point)
{
	return point->refaults_assumed == ENTRY_NONE ? point->refaults : point->refaults_assumed;
}
