// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows of the recommendation, kept. */
#include "reports/entries.h"

#include "base/xalloc.h"
#include "reports/cells.h"
#include "reports/markup.h"
#include "reports/recommend.h"

#include <stdlib.h>
#include <string.h>

static const struct { const char *resource, *summary; } summaries[] = {
	{ "rss", "mapped pages, charged to the container that touches them first (RSS controller, 2007)" },
	{ "privvmpages", "private memory, charged when it is reserved (beancounters, 2006)" },
	{ "lockedpages", "locked memory (beancounters, 2006)" },
	{ "memcg", "mapped and cached pages, charged to who brings them in (memory controller, 2008)" },
	{ "memory", "mapped and cached pages, as today's controller charges them (cgroup v2)" },
};

const char *resource_summary(const char *resource)
{
	for (size_t i = 0; i < sizeof(summaries) / sizeof(*summaries); i++) {
		if (!strcmp(summaries[i].resource, resource))
			return summaries[i].summary;
	}
	return "pages";
}

static int64_t pages(sqlite3_stmt *rows, int column)
{
	return cell_is_null(rows, column) ? ENTRY_NONE : sqlite3_column_int64(rows, column);
}

static void add(struct entries *entries, sqlite3_stmt *rows)
{
	const char *resource = (const char *)sqlite3_column_text(rows, RECOMMEND_RESOURCE);
	char *limit = recommend_limit_text(rows, entries->page_bytes), *saving = recommend_saving_text(rows);
	struct entry *entry;

	xgrow(&entries->all, entries->nr, &entries->capacity, sizeof(*entries->all));
	entry = &entries->all[entries->nr++];
	*entry = (struct entry){
		.container = sqlite3_column_int64(rows, RECOMMEND_CONTAINER),
		.name = markup_cell(rows, RECOMMEND_NAME), .path = markup_cell(rows, RECOMMEND_PATH),
		.resource = xstrdup(resource ? resource : ""), .resource_text = markup_cell(rows, RECOMMEND_RESOURCE),
		.status = markup_cell(rows, RECOMMEND_STATUS), .basis = markup_cell(rows, RECOMMEND_BASIS),
		.reason = markup_cell(rows, RECOMMEND_REASON),
		.limit_text = markup_text(limit), .saving_text = markup_text(saving),
		.barrier = pages(rows, RECOMMEND_BARRIER), .limit = pages(rows, RECOMMEND_LIMIT),
		.sure = pages(rows, RECOMMEND_SURE), .peak = pages(rows, RECOMMEND_PEAK),
		.saving = pages(rows, RECOMMEND_SAVING), .working_set = pages(rows, RECOMMEND_WORKING_SET),
		.allowed = pages(rows, RECOMMEND_ALLOWED), .candidates = pages(rows, RECOMMEND_CANDIDATES),
		.chosen_scenario = pages(rows, RECOMMEND_CHOSEN_SCENARIO),
		.chosen_barrier = pages(rows, RECOMMEND_CHOSEN_BARRIER),
		.chosen_limit = pages(rows, RECOMMEND_CHOSEN_LIMIT),
		.broken_scenario = pages(rows, RECOMMEND_BROKEN_SCENARIO),
		.broken_size = pages(rows, RECOMMEND_BROKEN_SIZE),
		.evidence = sqlite3_column_double(rows, RECOMMEND_EVIDENCE),
	};
	entry->is_tried = entry->candidates > 0;
	entries->nr_tried += entry->is_tried;
	free(limit);
	free(saving);
}

static int64_t run_number(struct run_db *run, const char *key)
{
	char *text = run_db_value(run, key);
	int64_t number = strtoll(text, NULL, 10);

	free(text);
	return number;
}

double entries_seconds(const struct entries *entries, int64_t time_ns)
{
	return ((double)time_ns - (double)entries->begin_ns) / 1e9;
}

void entries_read_window(struct entries *entries, struct run_db *run)
{
	entries->begin_ns = run_number(run, "begin_ns");
	if (entries->begin_ns < 0)
		entries->begin_ns = 0;
	entries->end_ns = run_number(run, "end_ns");
	if (entries->end_ns <= entries->begin_ns)
		entries->end_ns = entries->begin_ns + 1;
}

enum status entries_read(struct entries *entries, struct run_db *run, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, recommend_sql, err);

	*entries = (struct entries){ .page_bytes = run_db_page_bytes(run) };
	if (status)
		return status;
	entries_read_window(entries, run);
	while (!(status = run_db_step(run, rows, err)))
		add(entries, rows);
	sqlite3_finalize(rows);
	if (status == RC_END)
		return RC_OK;
	entries_release(entries);
	return status;
}

void entries_release(struct entries *entries)
{
	for (size_t i = 0; i < entries->nr; i++) {
		struct entry *entry = &entries->all[i];
		char *texts[] = { entry->name, entry->path, entry->resource, entry->resource_text, entry->status,
				  entry->basis, entry->reason, entry->limit_text, entry->saving_text };

		for (size_t j = 0; j < sizeof(texts) / sizeof(*texts); j++)
			free(texts[j]);
	}
	free(entries->all);
	*entries = (struct entries){ 0 };
}

bool entry_is_range(const struct entry *entry)
{
	return !strcmp(entry->basis, "seen") || !strcmp(entry->status, "may not stand");
}

enum status entry_prepare(const struct entry *entry, struct run_db *run, sqlite3_stmt **rows, const char *sql,
			  struct error *err)
{
	enum status status = run_db_prepare(run, rows, sql, err);

	if (status)
		return status;
	sqlite3_bind_int64(*rows, sqlite3_bind_parameter_index(*rows, ":container"), entry->container);
	sqlite3_bind_text(*rows, sqlite3_bind_parameter_index(*rows, ":resource"), entry->resource, -1, SQLITE_STATIC);
	return RC_OK;
}
