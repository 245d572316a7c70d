/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One small run, as rows: every kind of row and a hostile name. */
#ifndef TESTS_UNIT_ROWS_H
#define TESTS_UNIT_ROWS_H

#include "sink/sink.h"

#include <stddef.h>

#define OUTCOME(of_scenario, of_container, limit, held, maxheld, fails, kills, sure)		\
	{ .kind = ROW_OUTCOME, .outcome = {						\
		.scenario = (of_scenario), .container = (of_container), .resource = "rss",	\
		.barrier_pages = ROW_NONE, .limit_pages = (limit), .held_pages = (held),	\
		.maxheld_pages = (maxheld), .transient_pages = (maxheld), .failcnt = (fails),	\
		.reclaim_calls = (fails), .reclaim_successes = (fails), .scanned_pages = 2 * (fails),	\
		.uncharged_pages = (fails), .swapped_out_pages = (fails), .oom_kills = (kills),	\
		.reclaimed_assumed = ROW_NONE, .swapped_out_assumed = ROW_NONE,		\
		.refaulted_assumed = ROW_NONE, .oom_kills_assumed = ROW_NONE,			\
		.denied_calls_assumed = ROW_NONE,						\
		.diverged_ns = (kills) ? 2234000000 : ROW_NONE, .evidence = (sure),	\
		.held_low = (held), .held_high = (held), .maxheld_low = (maxheld),		\
		.maxheld_high = (maxheld) + 8 * !!(held), .verdict_stands = !(fails) || (kills) } }

static const struct row small_run[] = {
	{ .kind = ROW_CONTAINER, .container = { 0, "host", "/" } },
	{ .kind = ROW_CONTAINER, .container = { 1, "web", "/lab/web" } },
	{ .kind = ROW_CONTAINER, .container = { 2, "=cmd|'<script>\x1b[31m\"\n\xff", "/lab/evil" } },
	{ .kind = ROW_SCENARIO, .scenario = { 0, "as recorded" } },
	{ .kind = ROW_SCENARIO, .scenario = { 1, "rss=64M" } },
	{ .kind = ROW_SCENARIO, .scenario = { 2, "rss=4M" } },
	{ .kind = ROW_LIMIT, .limit = { 1, 1, "rss", ROW_NONE, 16384 } },
	{ .kind = ROW_LIMIT, .limit = { 1, 2, "rss", ROW_NONE, 16384 } },
	{ .kind = ROW_LIMIT, .limit = { 2, 1, "rss", ROW_NONE, 1024 } },
	{ .kind = ROW_LIMIT, .limit = { 2, 2, "rss", ROW_NONE, 1024 } },
	OUTCOME(0, 0, ROW_NONE, 0, 0, 0, 0, 0.0),
	OUTCOME(0, 1, ROW_NONE, 20000, 32768, 0, 0, 0.25),
	OUTCOME(0, 2, ROW_NONE, 10, 100, 0, 0, 1.0),
	OUTCOME(1, 0, ROW_NONE, 0, 0, 0, 0, 0.0),
	OUTCOME(1, 1, 16384, 16384, 16384, 16384, 0, 0.25),
	OUTCOME(1, 2, 16384, 10, 100, 0, 0, 1.0),
	OUTCOME(2, 0, ROW_NONE, 0, 0, 0, 0, 0.0),
	OUTCOME(2, 1, 1024, 0, 1024, 31744, 1, 0.25),
	OUTCOME(2, 2, 1024, 10, 100, 0, 0, 1.0),
	{ .kind = ROW_USAGE, .usage = { 0, 1, "rss", 1000000000, 5, 7 } },
	{ .kind = ROW_USAGE, .usage = { 0, 1, "rss", 1500000000, 6, 8 } },
	{ .kind = ROW_INCIDENT, .incident = { 2, 1, 2234000000, 2234000000, 1, "rss", "oom_kill",
					      "hog\x01", "limit reached", 4711, 1024 } },
	{ .kind = ROW_PROCESS, .process = { 4711, 4711, 1, "hog", ROW_NONE, 2234000000, 1, 2, 3, ROW_NONE } },
	{ .kind = ROW_LOSS, .loss = { "x.dat", "held may be too low", 1, 1000000000, ROW_NONE, 12 } },
	{ .kind = ROW_UNMATCHED, .unmatched = { "unmap_never_mapped", 3, 3 } },
	{ .kind = ROW_UNMATCHED, .unmatched = { "free_never_allocated", 0, 0 } },
	{ .kind = ROW_CHECK, .check = { "fault", 1000, 990, 999, 12, 30 } },
	{ .kind = ROW_BILL, .bill = { 1, "rss", 2000000000, 30000, 20000, 500, 9000, 700, 21700 } },
	{ .kind = ROW_SHARE, .share = { 1, 2, "rss", 9500, 600 } },
	{ .kind = ROW_PROOF, .proof = { 1, "rss", "cache", "events", "within", 1000.5, 0.25, 0.0, 9, 20000, 3, 32768, -2 } },
	{ .kind = ROW_SPREAD, .spread = { 1, 1, "rss", "refaulted_pages", 9, 0, 7 } },
	{ .kind = ROW_RUN, .run = { "version", "0" } },
	{ .kind = ROW_RUN, .run = { "page_size", "4096" } },
	{ .kind = ROW_RUN, .run = { "begin_ns", "1000000000" } },
	{ .kind = ROW_RUN, .run = { "end_ns", "3000000000" } },
	{ .kind = ROW_RUN, .run = { "inputs", "1" } },
	{ .kind = ROW_RUN, .run = { "input.0.name", "x.dat" } },
};

#define SMALL_RUN_ROWS (sizeof(small_run) / sizeof(*small_run))

static inline enum status put_small_run(struct sink *sink, struct error *err)
{
	enum status status = RC_OK;

	for (unsigned int i = 0; i < SMALL_RUN_ROWS && !status; i++)
		status = sink->class->put(sink, &small_run[i], err);
	return status;
}

/* The small run, committed to path. */
static inline enum status write_small_run(const struct sink_class *class, const char *path,
					  struct error *err)
{
	struct sink *sink = NULL;
	enum status status = class->open(&sink, path, err);

	if (status)
		return status;
	status = put_small_run(sink, err);
	if (!status)
		status = class->commit(sink, err);
	class->close(sink);
	return status;
}

#endif
