// SPDX-License-Identifier: GPL-2.0-or-later
/* RUN.db: the contract's columns, the same bytes twice, complete or absent. */
#include "sink/sinks.h"

#include "tests/unit/rows.h"
#include "tests/unit/temporary.h"
#include "tests/unit/test.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>

/* contract.md, "RUN.db". */
static const struct { const char *table, *columns; } contract[] = {
	{ "run", "key, value" },
	{ "containers", "container, name, path" },
	{ "scenarios", "scenario, label" },
	{ "limits", "scenario, container, resource, barrier_pages, limit_pages" },
	{ "outcomes", "scenario, container, resource, barrier_pages, limit_pages, held_pages, maxheld_pages, "
	  "failcnt, reclaim_calls, scanned_pages, uncharged_pages, reclaimed_pages, swapped_out_pages, "
	  "refaulted_pages, oom_kills, denied_calls, reclaimed_pages_assumed, swapped_out_pages_assumed, "
	  "refaulted_pages_assumed, oom_kills_assumed, denied_calls_assumed, diverged_ns, evidence" },
	{ "usage", "scenario, container, resource, time_ns, held_pages, maxheld_pages" },
	{ "incidents", "scenario, time_ns, container, resource, kind, pid, comm, pages, detail" },
	{ "processes", "pid, tgid, comm, container, begin_ns, end_ns, peak_anon_pages, peak_file_pages, "
	  "peak_shmem_pages" },
	{ "losses", "input, cpu, begin_ns, end_ns, events, effect" },
	{ "unmatched", "kind, count, pages" },
	{ "checks", "class, checked, exact, within_1, worst_pages, sum_abs_pages, open_values, open_exact, open_outside" },
};

static sqlite3 *open_db(const char *path)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	return db;
}

/* The first column of the first row; sql must give one. */
static void expect(sqlite3 *db, const char *sql, const char *value)
{
	sqlite3_stmt *rows = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(rows), SQLITE_ROW);
	if (value)
		assert_string_equal((const char *)sqlite3_column_text(rows, 0), value);
	else
		assert_int_equal(sqlite3_column_type(rows, 0), SQLITE_NULL);
	sqlite3_finalize(rows);
}

static void test_contract(void **state)
{
	struct error err = { "" };
	struct folder folder;
	sqlite3 *db;

	(void)state;
	folder_make(&folder);
	assert_int_equal(write_small_run(&sqlite_sink, folder_file(&folder, "run.db"), &err), RC_OK);
	assert_int_equal(folder_count(&folder), 1);
	db = open_db(folder.file);
	for (size_t i = 0; i < NR_OF(contract); i++) {
		char sql[1024];

		snprintf(sql, sizeof(sql), "SELECT %s FROM %s", contract[i].columns, contract[i].table);
		if (sqlite3_exec(db, sql, NULL, NULL, NULL))
			fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	}
	expect(db, "PRAGMA integrity_check", "ok");
	expect(db, "SELECT count(*) FROM pragma_foreign_key_check", "0");
	expect(db, "PRAGMA user_version", "1");
	expect(db, "PRAGMA application_id", "1919118964");
	expect(db, "PRAGMA encoding", "UTF-8");
	expect(db, "SELECT limit_pages FROM limits WHERE scenario = 2 AND container = 1", "1024");
	expect(db, "SELECT barrier_pages FROM limits", NULL);
	expect(db, "SELECT limit_pages FROM outcomes WHERE scenario = 0", NULL);
	expect(db, "SELECT diverged_ns FROM outcomes WHERE scenario = 0", NULL);
	expect(db, "SELECT refaulted_pages_assumed FROM outcomes", NULL);
	expect(db, "SELECT evidence FROM outcomes WHERE container = 1", "0.25");
	expect(db, "SELECT count(*) FROM unmatched", "2");
	expect(db, "SELECT end_ns FROM losses", NULL);
	/* Kept as it is, but for the byte that is no UTF-8. */
	expect(db, "SELECT name FROM containers WHERE container = 2", "=cmd|'<script>\x1b[31m\"\n\\xff");
	sqlite3_close(db);
	folder_remove(&folder);
}

static void test_same_bytes(void **state)
{
	struct error err = { "" };
	struct folder folder;
	char *first, *second;
	size_t nr_first, nr_second;

	(void)state;
	folder_make(&folder);
	assert_int_equal(write_small_run(&sqlite_sink, folder_file(&folder, "a.db"), &err), RC_OK);
	first = file_read(folder.file, &nr_first);
	assert_int_equal(write_small_run(&sqlite_sink, folder_file(&folder, "another.db"), &err), RC_OK);
	second = file_read(folder.file, &nr_second);
	assert_int_equal(nr_first, nr_second);
	assert_memory_equal(first, second, nr_first);
	/* Over an existing one too. */
	free(second);
	assert_int_equal(write_small_run(&sqlite_sink, folder_file(&folder, "a.db"), &err), RC_OK);
	second = file_read(folder.file, &nr_second);
	assert_int_equal(nr_first, nr_second);
	assert_memory_equal(first, second, nr_first);
	free(first);
	free(second);
	folder_remove(&folder);
}

static void expect_old(struct folder *folder)
{
	size_t nr;
	char *bytes = file_read(folder->file, &nr);

	assert_string_equal(bytes, "old");
	assert_int_equal(folder_count(folder), 1);
	free(bytes);
}

/* No commit, or a row that cannot be: what was there stays. */
static void test_undone(void **state)
{
	struct row bad = { .kind = ROW_SCENARIO, .scenario = { 1, "again" } };
	struct error err = { "" };
	struct folder folder;
	struct sink *sink;

	(void)state;
	folder_make(&folder);
	file_write(folder_file(&folder, "run.db"), "old", 3);
	assert_int_equal(sqlite_sink.open(&sink, folder.file, &err), RC_OK);
	assert_int_equal(put_small_run(sink, &err), RC_OK);
	assert_int_equal(folder_count(&folder), 2);
	assert_int_equal(sqlite_sink.put(sink, &bad, &err), RC_OUTPUT);
	assert_non_null(strstr(err.text, "UNIQUE constraint failed: scenarios.scenario"));
	sqlite_sink.close(sink);
	expect_old(&folder);
	folder_remove(&folder);
}

/* Rows until the sink gives up, or 1 if it never does. */
static enum status fill(const char *path, struct error *err)
{
	struct sink *sink;
	enum status status = sqlite_sink.open(&sink, path, err);

	if (status)
		return status;
	for (int64_t i = 0; i < 2000000 && !status; i++) {
		struct row row = { .kind = ROW_USAGE, .usage = { 0, 1, "rss", i, 1, 1 } };

		status = sqlite_sink.put(sink, &row, err);
	}
	if (!status)
		status = sqlite_sink.commit(sink, err);
	sqlite_sink.close(sink);
	return status ? status : RC_END;
}

static void test_file_size_limit(void **state)
{
	struct rlimit old, small;
	struct error err = { "" };
	struct folder folder;

	(void)state;
	folder_make(&folder);
	file_write(folder_file(&folder, "run.db"), "old", 3);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ 200000, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(write_small_run(&sqlite_sink, folder.file, &err), RC_OK);
	file_write(folder.file, "old", 3);
	assert_int_equal(fill(folder.file, &err), RC_OUTPUT);
	setrlimit(RLIMIT_FSIZE, &old);
	if (!strstr(err.text, "the file may not grow that large") && !strstr(err.text, "File too large"))
		fail_msg("%s", err.text);
	expect_old(&folder);
	folder_remove(&folder);
}

static void test_full_disk(void **state)
{
	struct error err = { "" };
	struct folder folder;

	(void)state;
	folder_make(&folder);
	if (mount("tmpfs", folder.path, "tmpfs", 0, "size=1m")) {
		folder_remove(&folder);
		skip();
	}
	file_write(folder_file(&folder, "run.db"), "old", 3);
	assert_int_equal(fill(folder.file, &err), RC_OUTPUT);
	assert_non_null(strstr(err.text, "run.db: cannot write: No space left on device"));
	expect_old(&folder);
	umount(folder.path);
	rmdir(folder.path);
}

static void test_unwritable(void **state)
{
	static const struct { const char *path, *problem; } cases[] = {
		{ "", "cannot write: the name of the output is empty" },
		{ "/nonexistent/run.db", "/nonexistent/run.db: cannot write: No such file or directory" },
		{ "/tmp", "/tmp: cannot write: a folder, not a file" },
		{ "/tmp/new/", "/tmp/new/: cannot write: a folder, not a file" },
		{ "/dev/null", "/dev/null: cannot write: not a regular file" },
		{ "/proc/run.db", "/proc/run.db: cannot write: No such file or directory" },
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		struct error err = { "" };
		struct sink *sink;

		assert_int_equal(sqlite_sink.open(&sink, cases[i].path, &err), RC_OUTPUT);
		assert_string_equal(err.text, cases[i].problem);
	}
}

static void test_table_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; sinks[i]; i++) {
		assert_true(sinks[i]->name && *sinks[i]->name);
		assert_true(sinks[i]->open && sinks[i]->put && sinks[i]->commit && sinks[i]->close);
		sinks[i]->close(NULL);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contract),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_undone),
		cmocka_unit_test(test_file_size_limit),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_unwritable),
		cmocka_unit_test(test_table_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
