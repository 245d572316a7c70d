// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples beside a recording, good and bad. */
#include "verify/truth.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum status load(struct truth *truth, const char *text, struct error *err)
{
	char path[] = "/tmp/recount-truth-XXXXXX";
	int fd = mkstemp(path);
	enum status status;
	FILE *file;

	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	fputs(text, file);
	fclose(file);
	status = truth_load(truth, path, 4096, err);
	unlink(path);
	return status;
}

static void columns_go_by_name(void **state)
{
	struct truth truth;
	struct error err;

	(void)state;
	assert_int_equal(load(&truth, "container,rss,mono_s,nonsense,failcnt,cache\n"
			      "db,8192,12.000000001,what,3,4095\r\n"
			      "\n"
			      "web,4096,12.5,,0,4096\n", &err), RC_OK);
	assert_int_equal(truth.nr, 2);
	assert_int_equal(truth.samples[0].time_ns, 12000000001);
	assert_string_equal(truth.names[truth.samples[0].name], "db");
	assert_int_equal(truth.samples[0].values[TRUTH_RSS], 2);
	assert_int_equal(truth.samples[0].values[TRUTH_CACHE], 0);	/* not a whole page */
	assert_int_equal(truth.samples[0].values[TRUTH_FAILCNT], 3);
	assert_int_equal(truth.samples[0].values[TRUTH_MAPPED], TRUTH_NONE);
	assert_int_equal(truth.samples[1].time_ns, 12500000000);
	assert_string_equal(truth.names[truth.samples[1].name], "web");
	truth_release(&truth);
}

static void both_hierarchies_have_names(void **state)
{
	struct truth truth;
	struct error err;

	(void)state;
	assert_int_equal(load(&truth, "mono_s,container,anon,file,file_mapped,current,ev_max\n1,a,4096,8192,12288,16384,5\n",
			      &err), RC_OK);
	assert_int_equal(truth.samples[0].values[TRUTH_RSS], 1);
	assert_int_equal(truth.samples[0].values[TRUTH_CACHE], 2);
	assert_int_equal(truth.samples[0].values[TRUTH_MAPPED], 3);
	assert_int_equal(truth.samples[0].values[TRUTH_USAGE], 4);
	assert_int_equal(truth.samples[0].values[TRUTH_FAILCNT], 5);
	truth_release(&truth);
}

static void what_is_wrong_is_named(void **state)
{
	static const struct { const char *text, *message; } cases[] = {
		{ "", "no samples" },
		{ "mono_s,container,rss\n", "no samples" },
		{ "container,rss\ndb,1\n", ":1: no column 'mono_s'" },
		{ "mono_s,rss\n1,1\n", ":1: no column 'container'" },
		{ "mono_s,container,rss\n1,db\n", ":2: fewer cells than columns" },
		{ "mono_s,container,rss\n1,db,1,2\n", ":2: more cells than columns, at '2'" },
		{ "mono_s,container,rss\n1,db,x\n", ":2: no count: 'x'" },
		{ "mono_s,container,rss\n1,db,-1\n", ":2: no count: '-1'" },
		{ "mono_s,container,rss\n1,db,99999999999999999999\n", ":2: no count:" },
		{ "mono_s,container,rss\n-1,db,1\n", ":2: no time: '-1'" },
		{ "mono_s,container,rss\n1.5s,db,1\n", ":2: no time: '1.5s'" },
		{ "mono_s,container,rss\n99999999999999,db,1\n", ":2: no time:" },
		{ "mono_s,container,rss\n2,db,1\n\n1,db,1\n", ":4: time goes back" },
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		struct truth truth;
		struct error err = { "" };

		assert_int_equal(load(&truth, cases[i].text, &err), RC_INPUT);
		if (!strstr(err.text, cases[i].message))
			fail_msg("'%s', not '%s'", err.text, cases[i].message);
		assert_int_equal(truth.nr, 0);
	}
}

static void a_file_that_is_not_there_is_named(void **state)
{
	struct truth truth;
	struct error err;

	(void)state;
	assert_int_equal(truth_load(&truth, "/nonexistent/x.csv", 4096, &err), RC_INPUT);
	assert_non_null(strstr(err.text, "/nonexistent/x.csv: cannot read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_go_by_name),
		cmocka_unit_test(both_hierarchies_have_names),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
