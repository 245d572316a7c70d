// SPDX-License-Identifier: GPL-2.0-or-later
/* Report ubc, to the byte. */
#include "reports/report.h"
#include "sink/sinks.h"

#include "tests/unit/temporary.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define BEANS(of_scenario, of_container, of_resource, barrier, limit, held, maxheld, fails)		\
	{ .kind = ROW_OUTCOME, .outcome = {								\
		.scenario = (of_scenario), .container = (of_container), .resource = (of_resource),	\
		.barrier_pages = (barrier), .limit_pages = (limit), .held_pages = (held),		\
		.maxheld_pages = (maxheld), .transient_pages = (maxheld), .failcnt = (fails),		\
		.reclaimed_assumed = ROW_NONE, .swapped_out_assumed = ROW_NONE,				\
		.refaulted_assumed = ROW_NONE, .oom_kills_assumed = ROW_NONE,				\
		.denied_calls_assumed = ROW_NONE, .diverged_ns = ROW_NONE } }

static const struct row rows[] = {
	{ .kind = ROW_CONTAINER, .container = { 0, "host", "/" } },
	{ .kind = ROW_CONTAINER, .container = { 101, "web", "/lab/web" } },
	{ .kind = ROW_SCENARIO, .scenario = { 0, "as recorded" } },
	{ .kind = ROW_SCENARIO, .scenario = { 1, "privvmpages=192M:209M" } },
	BEANS(0, 101, "privvmpages", ROW_NONE, ROW_NONE, 4587, 7289, 0),
	BEANS(1, 101, "privvmpages", 49152, 53575, 4000, 49152, 3),
	BEANS(1, 101, "lockedpages", 32, 32, 1, 2, 0),
	BEANS(1, 101, "rss", 7, 7, 7, 7, 7),
	{ .kind = ROW_RUN, .run = { "page_size", "4096" } },
};

#define UNMODELLED "                    0                    0  9223372036854775807  9223372036854775807                    0\n"
#define DUMMY \
	"            dummy                           0                    0                    0                    0                    0\n"
#define PHYSPAGES \
	"            physpages                       0                    0                    0  9223372036854775807                    0\n"
#define HEAD "Version: 2.5\n" \
	"       uid  resource                     held              maxheld              barrier                limit              failcnt\n"

/* From shmpages on. */
#define REST \
	"            shmpages    " UNMODELLED DUMMY "            numproc     " UNMODELLED PHYSPAGES \
	"            vmguarpages " UNMODELLED "            oomguarpages" UNMODELLED "            numtcpsock  " UNMODELLED \
	"            numflock    " UNMODELLED "            numpty      " UNMODELLED "            numsiginfo  " UNMODELLED \
	"            tcpsndbuf   " UNMODELLED "            tcprcvbuf   " UNMODELLED "            othersockbuf" UNMODELLED \
	"            dgramrcvbuf " UNMODELLED "            numothersock" UNMODELLED "            dcachesize  " UNMODELLED \
	"            numfile     " UNMODELLED DUMMY DUMMY DUMMY "            numiptent   " UNMODELLED

#define HOST "        0:  kmemsize    " UNMODELLED "            lockedpages " UNMODELLED "            privvmpages " UNMODELLED REST

static const char as_recorded[] = HEAD HOST
	"      101:  kmemsize    " UNMODELLED
	"            lockedpages " UNMODELLED
	"            privvmpages                  4587                 7289  9223372036854775807  9223372036854775807                    0\n"
	REST;

static const char limited[] = HEAD HOST
	"      101:  kmemsize    " UNMODELLED
	"            lockedpages                     1                    2                   32                   32                    0\n"
	"            privvmpages                  4000                49152                49152                53575                    3\n"
	REST;

static int make(void **state)
{
	static struct folder folder;
	struct sink *sink = NULL;
	struct error err = { "" };
	enum status status;

	folder_make(&folder);
	*state = &folder;
	status = sqlite_sink.open(&sink, folder_file(&folder, "run.db"), &err);
	for (size_t i = 0; i < NR_OF(rows) && !status; i++)
		status = sqlite_sink.put(sink, &rows[i], &err);
	if (!status)
		status = sqlite_sink.commit(sink, &err);
	sqlite_sink.close(sink);
	return status;
}

static int unmake(void **state)
{
	folder_remove(*state);
	return 0;
}

/* Returns new. */
static char *render(struct folder *folder, uint64_t scenario, enum report_format format)
{
	struct error err = { "" };
	struct run_db *run;
	char *text = NULL;
	size_t nr;
	FILE *out = open_memstream(&text, &nr);

	assert_int_equal(run_db_open(&run, folder_file(folder, "run.db"), &err), RC_OK);
	if (scenario)
		assert_int_equal(run_db_set_scenario(run, scenario, &err), RC_OK);
	assert_int_equal(report_render(report_by_name("ubc"), run, format, out, &err), RC_OK);
	run_db_close(run);
	fclose(out);
	return text;
}

static void file(void **state)
{
	char *text = render(*state, 0, REPORT_TABLE);

	assert_string_equal(text, as_recorded);
	free(text);
	text = render(*state, 1, REPORT_TABLE);
	assert_string_equal(text, limited);
	free(text);
}

static void programs(void **state)
{
	char *text = render(*state, 1, REPORT_CSV);

	assert_ptr_equal(strstr(text, "uid,resource,held,maxheld,barrier,limit,failcnt\n0,kmemsize,0,0,"), text);
	assert_non_null(strstr(text, "\n101,privvmpages,4000,49152,49152,53575,3\n"));
	free(text);
	text = render(*state, 1, REPORT_JSON);
	assert_non_null(strstr(text, "{\"uid\":101,\"resource\":\"privvmpages\",\"held\":4000,\"maxheld\":49152,"
			       "\"barrier\":49152,\"limit\":53575,\"failcnt\":3}"));
	free(text);
}

static void no_such_scenario(void **state)
{
	struct error err = { "" };
	struct run_db *run;

	assert_int_equal(run_db_open(&run, folder_file(*state, "run.db"), &err), RC_OK);
	assert_int_equal(run_db_set_scenario(run, 2, &err), RC_END);
	assert_int_equal(run_db_set_scenario(run, 1, &err), RC_OK);
	run_db_close(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file),
		cmocka_unit_test(programs),
		cmocka_unit_test(no_such_scenario),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
