// SPDX-License-Identifier: GPL-2.0-or-later
/* The table report in its three formats, and files that are no RUN.db. */
#include "reports/report.h"
#include "sink/sinks.h"

#include "tests/unit/rows.h"
#include "tests/unit/temporary.h"
#include "tests/unit/test.h"

#include <sqlite3.h>

/* web holds next to nothing of its peak over time: a point a step. */
static const char people[] =
	"x.dat, 2.000 s; figures are pages of 4K\n"
	"\n"
	"CONTAINER                     RESOURCE LIMIT  HELD MAXHELD FAILCNT RECLAIMS UNCHARGED RECLAIMED "
	"     REFAULTED   SWAPPED KILLS USAGE        VERDICT\n"
	"web                           rss          - 20000   32768       0        0         0         0 "
	"             0         0     0 ............ as recorded\n"
	"web                           rss        64M 16384   16384   16384    16384     16384     0 / ? "
	"0 / ? (0 to 7) 16384 / ? 0 / ?              reclaims, may flip\n"
	"web                           rss         4M     0    1024   31744    31744     31744     0 / ? "
	"         0 / ? 31744 / ? 1 / ?              killed at +1.234 s\n"
	"=cmd|'<script>\\x1b[31m\"\\n\\xff rss          -    10     100       0        0         0         0 "
	"             0         0     0              as recorded\n"
	"=cmd|'<script>\\x1b[31m\"\\n\\xff rss        64M    10     100       0        0         0         0 "
	"             0         0     0              fits\n"
	"=cmd|'<script>\\x1b[31m\"\\n\\xff rss         4M    10     100       0        0         0         0 "
	"             0         0     0              fits\n"
	"\n"
	"CONTAINER                     RESOURCE RECOMMENDED PEAK VS PEAK WHY\n"
	"web                           rss        74M..148M 128M   -42 % At 4 MiB, the next smaller limit tried, "
	"hog\\x01 (pid 4711) is killed at +1.234 s. This rests on the uses that the recording shows, 25 % of those that matter. "
	"Events were lost: with what they hid it may have held 128.0 MiB, so that this is no answer.\n"
	"=cmd|'<script>\\x1b[31m\"\\n\\xff rss               5M 400K +1180 % Nothing speaks against 4 MiB, the smallest limit "
	"that was tried.\n"
	"The smallest limit tried from which on up nothing is killed or denied and at most 0.2 % of the working set\n"
	"comes back a minute, and 15 % more. A..B: A rests on what the recording shows, at B no page is taken away.\n"
	"\n"
	"(a to b): over 9 runs of each scenario, a few pages apart; the row is that of the middle one.\n"
	"a / b: as seen / as assumed, ? = not computed. The trace shows 25 % or more of the uses of memory "
	"that matter;\n"
	"as seen counts only those: at least this happens.\n"
	"who pays: web rss: 9000 of its 30000 pages are used by others alone; others are charged for 600 that it uses; "
	"alone it would be charged 21700\n"
	"lost: x.dat: cpu 1: 12 events: held may be too low\n"
	"with what was lost: web rss: maxheld 32768 to 32776, held 20000 to 20000\n"
	"with what was lost: =cmd|'<script>\\x1b[31m\"\\n\\xff rss: maxheld 100 to 108, held 10 to 10\n"
	"unmatched: 3 unmap_never_mapped\n"
	"rss_stat: 99.00 % of 1000 values predicted exactly, 99.90 % within a page, worst 12 pages off\n"
	"verify: 1 figure beside the kernel's own, 0 past their tolerance; over time web rss cache is off most, 0.025 %\n";	/* 0.25 of 1000.5 */

/* Returns new. */
static char *render(const char *path, enum report_format format)
{
	struct error err = { "" };
	struct run_db *run;
	char *text = NULL;
	size_t nr;
	FILE *out = open_memstream(&text, &nr);

	assert_int_equal(run_db_open(&run, path, &err), RC_OK);
	assert_int_equal(report_render(reports[0], run, format, out, &err), RC_OK);
	run_db_close(run);
	fclose(out);
	return text;
}

static int make(void **state)
{
	static struct folder folder;
	struct error err = { "" };

	folder_make(&folder);
	*state = &folder;
	return write_small_run(&sqlite_sink, folder_file(&folder, "run.db"), &err);
}

static int unmake(void **state)
{
	folder_remove(*state);
	return 0;
}

static void test_people(void **state)
{
	struct folder *folder = *state;
	char *text = render(folder_file(folder, "run.db"), REPORT_TABLE);

	assert_string_equal(text, people);
	free(text);
}

static void test_csv(void **state)
{
	struct folder *folder = *state;
	char *text = render(folder_file(folder, "run.db"), REPORT_CSV);

	assert_non_null(strstr(text, "container,name,path,resource,scenario,label,"));
	assert_non_null(strstr(text, "\n1,web,/lab/web,rss,1,rss=64M,,16384,16384,16384,16384,"));
	/* Not a formula, one line, quoted. */
	assert_non_null(strstr(text, "\n2,\"'=cmd|'<script>\\x1b[31m\"\"\\n\\xff\",/lab/evil,rss,0,"));
	free(text);
}

/* SQLite itself reads it back. */
static void test_json(void **state)
{
	struct folder *folder = *state;
	char *text = render(folder_file(folder, "run.db"), REPORT_JSON);
	sqlite3_stmt *rows;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
		"SELECT json_valid(?1), json_extract(?1, '$.outcomes[2].name'), "
		"json_extract(?1, '$.outcomes[6].name'), json_array_length(?1, '$.outcomes'), "
		"json_extract(?1, '$.losses[0].events'), json_extract(?1, '$.run.page_size')",
		-1, &rows, NULL), SQLITE_OK);
	sqlite3_bind_text(rows, 1, text, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(rows), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(rows, 0), 1);
	assert_string_equal((const char *)sqlite3_column_text(rows, 2),
			    "=cmd|'<script>\x1b[31m\"\n\\xff");
	assert_int_equal(sqlite3_column_int(rows, 3), 9);
	assert_int_equal(sqlite3_column_int(rows, 4), 12);
	assert_string_equal((const char *)sqlite3_column_text(rows, 5), "4096");
	sqlite3_finalize(rows);
	sqlite3_close(db);
	free(text);
}

static void expect_refused(const char *path, const char *problem)
{
	struct error err = { "" };
	struct run_db *run = NULL;
	char expected[256];

	snprintf(expected, sizeof(expected), "%s: %s", path, problem);
	assert_int_equal(run_db_open(&run, path, &err), RC_INPUT);
	assert_null(run);
	assert_string_equal(err.text, expected);
}

static void test_not_a_run(void **state)
{
	struct folder *folder = *state;
	size_t nr;
	char *bytes = file_read(folder_file(folder, "run.db"), &nr);

	expect_refused("/nonexistent", "cannot read: No such file or directory");
	expect_refused("/tmp", "cannot read: not a regular file");
	expect_refused("/dev/null", "cannot read: not a regular file");
	file_write(folder_file(folder, "x"), "", 0);
	expect_refused(folder->file, "not a RUN.db: recount replay writes those");
	file_write(folder_file(folder, "x"), bytes, 99);
	expect_refused(folder->file, "not a RUN.db: recount replay writes those");
	bytes[63] = 7;
	file_write(folder_file(folder, "x"), bytes, nr);
	expect_refused(folder->file, "a RUN.db of schema version 7: this recount reads 1");
	bytes[63] = 1;
	bytes[70] ^= 1;
	file_write(folder_file(folder, "x"), bytes, nr);
	expect_refused(folder->file, "not a RUN.db: recount replay writes those");
	free(bytes);
}

/* Any damage is one error or a report, never a crash. */
static void test_damaged(void **state)
{
	struct folder *folder = *state;
	size_t nr;
	char *bytes = file_read(folder_file(folder, "run.db"), &nr);

	for (size_t at = 100; at < nr; at += 97) {
		struct error err = { "" };
		struct run_db *run = NULL;
		char *text = NULL, old = bytes[at];
		size_t length;
		FILE *out = open_memstream(&text, &length);

		bytes[at] = (char)(old ^ 0x55);
		file_write(folder_file(folder, "x"), bytes, nr);
		bytes[at] = old;
		if (run_db_open(&run, folder->file, &err) ||
		    report_render(reports[0], run, REPORT_TABLE, out, &err))
			assert_true(*err.text);
		run_db_close(run);
		fclose(out);
		free(text);
	}
	free(bytes);
}

static void test_table_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; reports[i]; i++) {
		assert_true(reports[i]->name && reports[i]->summary && (reports[i]->print || reports[i]->render_all) && !reports[i]->sql == !reports[i]->sections);
		assert_ptr_equal(report_by_name(reports[i]->name), reports[i]);
	}
	assert_null(report_by_name("nothing"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_people, make, unmake),
		cmocka_unit_test_setup_teardown(test_csv, make, unmake),
		cmocka_unit_test_setup_teardown(test_json, make, unmake),
		cmocka_unit_test_setup_teardown(test_not_a_run, make, unmake),
		cmocka_unit_test_setup_teardown(test_damaged, make, unmake),
		cmocka_unit_test(test_table_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
