// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rule of recommend.sql on a run of one minute, worked out by hand.
 *
 * web holds 10000 pages for 30 s and 20000 for 30 s: a working set of 15000, of which 0.2 % a minute are 30.
 */
#include "reports/recommend.h"
#include "sink/sinks.h"

#include "tests/unit/temporary.h"
#include "tests/unit/test.h"

#define S UINT64_C(1000000000)
#define NONE ROW_NONE

struct outcome {
	uint32_t scenario, container;
	const char *resource;
	int64_t barrier, limit, peak, uncharged, refaulted, assumed, kills, denied, void_ops;
	double evidence;
	bool may_flip;		/* events were lost */
};

static const struct outcome outcomes[] = {
	{ 0, 1, "rss", NONE, NONE, 20000, 0, 0, NONE, 0, 0, 0, 0.5 },
	{ 1, 1, "rss", NONE, 20480, 20000, 0, 0, 0, 0, 0, 0, 0.5 },	/* 80M */
	{ 2, 1, "rss", NONE, 16384, 16384, 500, 2, 30, 0, 0, 0, 0.5 },	/* 64M: just what is allowed */
	{ 3, 1, "rss", NONE, 12288, 12288, 900, 2, 31, 0, 0, 0, 0.5 },	/* 48M: one too many */
	{ 4, 1, "rss", NONE, 8192, 8192, 900, 0, 0, 0, 0, 0, 0.5 },	/* 32M: well by chance */
	{ 5, 1, "rss", NONE, 4096, 4096, 900, 0, 0, 1, 0, 0, 0.5 },	/* 16M: a kill */
	/* The same limit again, in company: the worse one counts. */
	{ 6, 1, "rss", NONE, 16384, 16384, 500, 1, 1, 0, 0, 0, 0.5 },

	{ 0, 2, "privvmpages", NONE, NONE, 1000, 0, 0, 0, 0, 0, 0, 0 },
	{ 1, 2, "privvmpages", 1000, 1100, 1000, 0, 0, 0, 0, 0, 0, 0 },
	{ 2, 2, "privvmpages", 900, 900, 900, 0, 0, 0, 0, 2, 0, 0 },
	{ 0, 2, "lockedpages", NONE, NONE, 10, 0, 0, 0, 0, 0, 0, 0 },
	{ 1, 2, "lockedpages", 10, 10, 10, 0, 0, 0, 0, 0, 0, 0 },

	{ 0, 3, "rss", NONE, NONE, 4096, 0, 0, NONE, 0, 0, 0, 0.25 },
	{ 1, 3, "rss", NONE, 4096, 4096, 0, 0, NONE, 0, 0, 0, 0.25 },
	{ 2, 3, "rss", NONE, 2048, 2048, 700, 0, NONE, 0, 0, 0, 0.25 },	/* seen: nothing came back */
	{ 3, 3, "rss", NONE, 1024, 1024, 700, 0, NONE, 0, 0, 9, 0.25 },	/* cut short */

	{ 0, 4, "rss", NONE, NONE, 4096, 0, 0, NONE, 0, 0, 0, 1 },
	{ 4, 3, "rss", NONE, 8192, 4096, 0, 99, NONE, 0, 0, 0, 0.25 },	/* what another's limit took away */
	{ 1, 4, "rss", NONE, 2048, 2048, 0, 0, NONE, 1, 0, 0, 1 },

	{ 0, 5, "rss", NONE, NONE, 4096, 0, 0, NONE, 0, 0, 0, 1 },
	{ 0, 6, "rss", NONE, NONE, 0, 0, 0, NONE, 0, 0, 0, 1 },

	{ 0, 7, "rss", NONE, NONE, 4096, 0, 0, 0, 0, 0, 0, 1, true },
	{ 1, 7, "rss", NONE, 4096, 4096, 0, 0, 0, 0, 0, 0, 1, true },

	{ 0, 8, "rss", NONE, NONE, 4096, 0, 0, 0, 0, 0, 0, 1 },	/* the recorded kernel killed in it */
	{ 1, 8, "rss", NONE, 4096, 4096, 0, 0, 0, 0, 0, 0, 1 },
};

static const struct row others[] = {
	{ .kind = ROW_RUN, .run = { "page_size", "4096" } },
	{ .kind = ROW_RUN, .run = { "begin_ns", "5000000000" } },
	{ .kind = ROW_RUN, .run = { "end_ns", "65000000000" } },
	{ .kind = ROW_USAGE, .usage = { 0, 1, "rss", 5 * S, 10000, 10000 } },
	{ .kind = ROW_USAGE, .usage = { 0, 1, "rss", 35 * S, 20000, 20000 } },
	{ .kind = ROW_USAGE, .usage = { 1, 1, "rss", 35 * S, 1, 1 } },
	{ .kind = ROW_INCIDENT, .incident = { 5, 1, 7 * S, 7 * S, 1, "rss", "oom_kill", "late", "", 8, 1 } },
	{ .kind = ROW_INCIDENT, .incident = { 5, 1, 6 * S, 6 * S, 1, "rss", "oom_kill", "hog", "", 7, 1 } },
	{ .kind = ROW_INCIDENT, .incident = { 2, 2, 8 * S, 9 * S, 2, "privvmpages", "denied", "hog",
					      "mmap: ENOMEM", 7, 1 } },
	{ .kind = ROW_PROCESS, .process = { 9, 9, 8, "later", ROW_NONE, 8 * S, 1, 2, 3, 8 * S } },
	{ .kind = ROW_PROCESS, .process = { 7, 7, 8, "hog", ROW_NONE, 7 * S, 1, 2, 3, 7 * S } },
	{ .kind = ROW_PROCESS, .process = { 8, 8, 7, "hog", ROW_NONE, 7 * S, 1, 2, 3, ROW_NONE } },
};

struct expected {
	int64_t container;
	const char *resource, *status;
	int64_t barrier, limit, sure, saving, allowed;
	const char *reason;
};

static enum status put_all(struct sink *sink, struct error *err)
{
	enum status status = RC_OK;

	for (uint32_t i = 0; i <= 8 && !status; i++) {
		struct row container = { .kind = ROW_CONTAINER, .container = { i, i == 1 ? "web" : "other", "/" } };
		struct row scenario = { .kind = ROW_SCENARIO, .scenario = { i, "label" } };

		status = sink->class->put(sink, &container, err);
		if (!status)
			status = sink->class->put(sink, &scenario, err);
	}
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes) && !status; i++) {
		const struct outcome *o = &outcomes[i];
		struct row limit = { .kind = ROW_LIMIT, .limit = { o->scenario, o->container, o->resource, o->barrier,
								   o->limit } };
		struct row row = { .kind = ROW_OUTCOME, .outcome = {
			.scenario = o->scenario, .container = o->container, .resource = o->resource,
			.barrier_pages = o->barrier, .limit_pages = o->limit, .maxheld_pages = o->peak,
			.uncharged_pages = o->uncharged, .refaulted_pages = o->refaulted, .oom_kills = o->kills,
			.maxheld_low = o->peak, .maxheld_high = o->may_flip ? 2 * o->peak : o->peak,
			.denied_calls = o->denied, .void_ops = o->void_ops, .evidence = o->evidence, .verdict_stands = !o->may_flip,
			.reclaimed_assumed = NONE, .swapped_out_assumed = NONE, .refaulted_assumed = o->assumed,
			.oom_kills_assumed = NONE, .denied_calls_assumed = NONE, .diverged_ns = NONE } };

		status = sink->class->put(sink, &row, err);
		if (!status && o->scenario)
			status = sink->class->put(sink, &limit, err);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others) && !status; i++)
		status = sink->class->put(sink, &others[i], err);
	return status;
}

static int make(void **state)
{
	static struct folder folder;
	struct error err = { "" };
	struct run_db *run = NULL;
	struct sink *sink = NULL;
	enum status status;

	folder_make(&folder);
	status = sqlite_sink.open(&sink, folder_file(&folder, "run.db"), &err);
	if (!status)
		status = put_all(sink, &err);
	if (!status)
		status = sink->class->commit(sink, &err);
	sqlite_sink.close(sink);
	if (!status)
		status = run_db_open(&run, folder_file(&folder, "run.db"), &err);
	folder_remove(&folder);
	*state = run;
	return status;
}

static int unmake(void **state)
{
	run_db_close(*state);
	return 0;
}

static void assert_pages(sqlite3_stmt *rows, int column, int64_t pages)
{
	if (pages == NONE)
		assert_int_equal(sqlite3_column_type(rows, column), SQLITE_NULL);
	else
		assert_int_equal(sqlite3_column_int64(rows, column), pages);
}

static void check(struct run_db *run, const struct expected *expected, size_t nr)
{
	struct error err = { "" };
	sqlite3_stmt *rows = NULL;

	assert_int_equal(run_db_prepare(run, &rows, recommend_sql, &err), RC_OK);
	assert_int_equal(sqlite3_column_count(rows), RECOMMEND_NR);
	for (size_t i = 0; i < nr; i++) {
		assert_int_equal(run_db_step(run, rows, &err), RC_OK);
		assert_int_equal(sqlite3_column_int64(rows, RECOMMEND_CONTAINER), expected[i].container);
		assert_string_equal(sqlite3_column_text(rows, RECOMMEND_RESOURCE), expected[i].resource);
		assert_string_equal(sqlite3_column_text(rows, RECOMMEND_STATUS), expected[i].status);
		assert_pages(rows, RECOMMEND_BARRIER, expected[i].barrier);
		assert_pages(rows, RECOMMEND_LIMIT, expected[i].limit);
		assert_pages(rows, RECOMMEND_SURE, expected[i].sure);
		assert_pages(rows, RECOMMEND_SAVING, expected[i].saving);
		assert_pages(rows, RECOMMEND_ALLOWED, expected[i].allowed);
		assert_string_equal(sqlite3_column_text(rows, RECOMMEND_REASON), expected[i].reason);
	}
	sqlite3_finalize(rows);
}

/* With a margin of 15 %, up to a whole MiB of 256 pages; what is less than one, to a page. */
static void test_rule(void **state)
{
	static const struct expected expected[] = {
		/* 16384 * 1.15 = 18841.6: 73.6 MiB; 20480 * 1.15 = 23552: 92 MiB */
		{ 1, "rss", "supported", NONE, 74 * 256, 92 * 256, 20000 - 74 * 256, 30,
		  "At 48 MiB, the next smaller limit tried, 31 pages come back (2 seen, the others if each is used once more) where 30 may." },
		{ 2, "lockedpages", "supported", 12, 14, 12, -2, 0,	/* 11.5, 13.8 */
		  "Nothing speaks against 40 KiB, the smallest limit that was tried." },
		/* 1150: 4.5 MiB; 1280 * 1.15 = 1472, more than 1100 * 1.15: 5.75 MiB */
		{ 2, "privvmpages", "supported", 1280, 1536, 1280, -280, 2,
		  "At 3.5 MiB, the next smaller limit tried, mmap of hog (pid 7) is denied at +3.000 s." },
		{ 3, "rss", "at least", NONE, 10 * 256, 19 * 256, 4096 - 2560, 8,	/* 9.2 MiB; 18.4 MiB */
		  "At 4 MiB, the next smaller limit tried, a kill or denial elsewhere cuts it short, so the recording cannot "
		  "tell. This rests on the uses that the recording shows, 25 % of those that matter; from 16 MiB up no page "
		  "is taken away." },
		{ 4, "rss", "too small", NONE, NONE, NONE, NONE, 8,
		  "Even at 8 MiB, the largest limit that was tried, a process is killed." },
		{ 5, "rss", "untried", NONE, NONE, NONE, NONE, 8,
		  "No limit was tried: replay with --limit rss=25%,50%,75%,100%." },
		{ 6, "rss", "unused", NONE, NONE, NONE, NONE, 0, "It held nothing." },
		{ 7, "rss", "may not stand", NONE, 19 * 256, 37 * 256, 4096 - 19 * 256, 8,	/* 8192 * 1.15: 36.8 MiB */
		  "Nothing speaks against 16 MiB, the smallest limit that was tried. Events were lost: with what they hid it may have held "
		  "32.0 MiB, so that this is no answer." },
		{ 8, "rss", "cut short", NONE, NONE, NONE, NONE, 8,
		  "The recorded kernel killed hog (pid 7) at +2.000 s: what it needed after that is not in the recording. "
		  "Record it without a limit." },
	};

	check(*state, expected, sizeof(expected) / sizeof(*expected));
}

/* 0.25 % of 15000 a minute are 37: now 48M and the lucky 32M will do, and the kill is next. */
static void test_slo(void **state)
{
	static const struct expected expected[] = {
		{ 1, "rss", "supported", NONE, 37 * 256, 92 * 256, 20000 - 37 * 256, 37,	/* 8192 * 1.15: 36.8 MiB */
		  "At 16 MiB, the next smaller limit tried, hog (pid 7) is killed at +1.000 s." },
	};

	run_db_set(*state, ":slo", 0.25);
	check(*state, expected, 1);
}

static void test_margin(void **state)
{
	static const struct expected expected[] = {
		{ 1, "rss", "supported", NONE, 16384, 20480, 20000 - 16384, 30,
		  "At 48 MiB, the next smaller limit tried, 31 pages come back (2 seen, the others if each is used once more) where 30 may." },
	};

	run_db_set(*state, ":margin", 0);
	run_db_set(*state, ":slo", RECOMMEND_SLO);
	check(*state, expected, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_slo),
		cmocka_unit_test(test_margin),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
