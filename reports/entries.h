/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the HTML page is about: an entry for each container and resource, with its recommendation.
 *
 * Texts are markup already (reports/markup.h), but for resource, which asks the database.
 */
#ifndef REPORTS_ENTRIES_H
#define REPORTS_ENTRIES_H

#include "reports/run_db.h"

#include <stdbool.h>
#include <stddef.h>

/* Of a page count: there is none. */
#define ENTRY_NONE INT64_MIN

struct entry {
	int64_t container;
	char *name, *path;
	char *resource, *resource_text;
	char *status, *basis, *reason, *limit_text, *saving_text;
	int64_t barrier, limit, sure;
	int64_t peak, saving, working_set, allowed, candidates;
	int64_t chosen_scenario, chosen_barrier, chosen_limit, broken_scenario, broken_size;
	double evidence;
	bool is_tried;		/* some limit was */
};

struct entries {
	struct entry *all;
	size_t nr, capacity, nr_tried;
	uint64_t page_bytes;
	int64_t begin_ns, end_ns;
};

/* From the begin; as a number that no time in a RUN.db is too large for. */
double entries_seconds(const struct entries *entries, int64_t time_ns);

/* The part of the recording that was counted; end_ns is after begin_ns. */
void entries_read_window(struct entries *entries, struct run_db *run);

enum status entries_read(struct entries *entries, struct run_db *run, struct error *err);
void entries_release(struct entries *entries);

/* The answer is a range, or has no upper end: uses were not seen, or events were lost. */
bool entry_is_range(const struct entry *entry);

/* What a resource counts, for people: "resident pages, first toucher pays (2007)". */
const char *resource_summary(const char *resource);

/* A question about one entry: :container and :resource are its own. */
enum status entry_prepare(const struct entry *entry, struct run_db *run, sqlite3_stmt **rows, const char *sql,
			  struct error *err);

#endif
