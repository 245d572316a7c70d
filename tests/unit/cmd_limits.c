// SPDX-License-Identifier: GPL-2.0-or-later
/* --limit: what is typed, and the scenarios that come of it. */
#include "cmd/limits.h"

#include "rebuild/container.h"
#include "tests/unit/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const resources[] = { "rss", "privvmpages", "memory", NULL };

/* All labels of the scenarios that the options make, one a line, or the error. */
static void labels(char *text, size_t size, const char *const *options, enum combine combine)
{
	struct error err = { "" };
	struct limits limits;
	enum status status = RC_OK;
	size_t used = 0;

	limits_init(&limits, resources);
	for (; *options && !status; options++)
		status = limits_add(&limits, *options, &err);
	if (!status)
		status = limits_combine(&limits, combine, &err);
	*text = 0;
	if (status)
		snprintf(text, size, "! %s", err.text);
	for (size_t i = 0; i < limits.nr_scenarios && !status && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "\n" : "",
					 limits.scenarios[i].label);
	limits_release(&limits);
}

static const struct { const char *options[5]; enum combine combine; const char *labels; } cases[] = {
	{ { NULL }, COMBINE_EACH, "" },
	{ { "rss=64M" }, COMBINE_EACH, "rss=64M" },
	{ { "rss=64M,128M,unlimited" }, COMBINE_EACH, "rss=64M\nrss=128M\nunlimited" },
	{ { "rss= 64M , 128M" }, COMBINE_EACH, "rss=64M\nrss=128M" },
	{ { "rss=1024K,1M,1048576" }, COMBINE_EACH, "rss=1M" },
	{ { "web:rss=64M" }, COMBINE_EACH, "web:rss=64M" },
	{ { "/a:b/c=d:rss=64M" }, COMBINE_EACH, "/a:b/c=d:rss=64M" },
	{ { "rss=64M..128M/x1.25" }, COMBINE_EACH, "rss=64M\nrss=80M\nrss=100M\nrss=125M\nrss=128M" },
	{ { "rss=64M..256M/x2" }, COMBINE_EACH, "rss=64M\nrss=128M\nrss=256M" },
	{ { "rss=64M..64M/x2" }, COMBINE_EACH, "rss=64M" },
	{ { "rss=1p..4p/x1.1" }, COMBINE_EACH, "rss=1p\nrss=2p\nrss=3p\nrss=4p" },
	{ { "rss=25%..100%/x2" }, COMBINE_EACH, "rss=25%\nrss=50%\nrss=100%" },
	{ { "rss=50%,75.5%,100%" }, COMBINE_EACH, "rss=50%\nrss=75.5%\nrss=100%" },
	{ { "privvmpages=800M:1G,512M" }, COMBINE_EACH, "privvmpages=800M:1G\nprivvmpages=512M" },
	{ { "memory=unlimited:1G" }, COMBINE_EACH, "! unlimited:1G: the first of HIGH:MAX is above the second" },
	{ { "memory=1G:unlimited" }, COMBINE_EACH, "memory=1G:unlimited" },
	{ { "a:rss=1M,2M", "b:rss=3M" }, COMBINE_EACH, "a:rss=1M\na:rss=2M\nb:rss=3M" },
	{ { "a:rss=1M,2M", "b:rss=3M,4M" }, COMBINE_ZIP, "a:rss=1M b:rss=3M\na:rss=2M b:rss=4M" },
	{ { "a:rss=1M,2M", "b:rss=3M" }, COMBINE_ZIP,
	  "! zip pairs values in order, but a:rss has 2 and b:rss has 1" },
	{ { "a:rss=1M,2M", "b:rss=3M,4M" }, COMBINE_CROSS,
	  "a:rss=1M b:rss=3M\na:rss=1M b:rss=4M\na:rss=2M b:rss=3M\na:rss=2M b:rss=4M" },
	{ { "rss=unlimited", "memory=unlimited" }, COMBINE_EACH, "unlimited" },
	{ { "rss" }, COMBINE_EACH, "! 'rss' has no '='" },
	{ { "rss=" }, COMBINE_EACH, "! '': a value is empty" },
	{ { "rss=1M,,2M" }, COMBINE_EACH, "! '1M,,2M': a value is empty" },
	{ { "=1M" }, COMBINE_EACH, "! '' is no resource: there are rss, privvmpages, memory" },
	{ { ":rss=1M" }, COMBINE_EACH, "! ':rss=1M': the container before ':' is empty" },
	{ { "cpu=1M" }, COMBINE_EACH, "! 'cpu' is no resource: there are rss, privvmpages, memory" },
	{ { "memcg=1M" }, COMBINE_EACH,
	  "! no model for resource memcg is in use: there are rss, privvmpages, memory" },
	{ { "rss=12x" }, COMBINE_EACH,
	  "! '12x' is not a size like 64M, 1.5G or 4096p, nor a share like 50%, nor unlimited" },
	{ { "rss=-5%" }, COMBINE_EACH, "! '-5%' is not a share like 50% (at most 10000%)" },
	{ { "rss=20000%" }, COMBINE_EACH, "! '20000%' is not a share like 50% (at most 10000%)" },
	{ { "rss=1M:2M" }, COMBINE_EACH, "! '1M:2M': rss takes one number, no pair" },
	{ { "privvmpages=2M:1M" }, COMBINE_EACH, "! 2M:1M: the first of BARRIER:LIMIT is above the second" },
	{ { "rss=64M..1G" }, COMBINE_EACH, "! '64M..1G' is not a range like 64M..1G/x1.25" },
	{ { "rss=64M..1G/1.25" }, COMBINE_EACH, "! '64M..1G/1.25' is not a range like 64M..1G/x1.25" },
	{ { "rss=64M..1G/x" }, COMBINE_EACH, "! '64M..1G/x' is not a range like 64M..1G/x1.25" },
	{ { "rss=64M..1G/x1" }, COMBINE_EACH, "! '64M..1G/x1': the factor of a range is above 1" },
	{ { "rss=64M..1G/x0.5" }, COMBINE_EACH, "! '64M..1G/x0.5': the factor of a range is above 1" },
	{ { "rss=1G..64M/x2" }, COMBINE_EACH,
	  "! '1G..64M/x2': a range goes up from a size above 0 to one of the same kind" },
	{ { "rss=0..64M/x2" }, COMBINE_EACH,
	  "! '0..64M/x2': a range goes up from a size above 0 to one of the same kind" },
	{ { "rss=1p..64M/x2" }, COMBINE_EACH,
	  "! '1p..64M/x2': a range goes up from a size above 0 to one of the same kind" },
	{ { "rss=..1G/x2" }, COMBINE_EACH,
	  "! '' is not a size like 64M, 1.5G or 4096p, nor a share like 50%, nor unlimited" },
	{ { "rss=1M..1T/x1.000001" }, COMBINE_EACH, "! '1M..1T/x1.000001': a range gives at most 1000 values" },
};

static void test_labels(void **state)
{
	char text[4096];

	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		labels(text, sizeof(text), cases[i].options, cases[i].combine);
		assert_string_equal(text, cases[i].labels);
	}
}

static void test_too_many(void **state)
{
	static const char *const options[] = { "a:rss=1M..1G/x1.01", "b:rss=1M..1G/x1.01", NULL };
	char text[4096];

	(void)state;
	labels(text, sizeof(text), options, COMBINE_CROSS);
	assert_string_equal(text, "! the limits make more than 10000 scenarios");
}

/* 2^80 ways that all say the same are not gone through. */
static void test_repeated(void **state)
{
	const char *options[81] = { NULL };
	char text[4096];

	(void)state;
	for (size_t i = 0; i < 80; i++)
		options[i] = "a:rss=1M,1M";
	labels(text, sizeof(text), options, COMBINE_CROSS);
	assert_string_equal(text, "! the limits make more than 10000 scenarios");
	options[2] = NULL;
	labels(text, sizeof(text), options, COMBINE_CROSS);
	assert_string_equal(text, "a:rss=1M a:rss=1M");
}

static const struct limit_peak peaks[] = {
	{ 0, "host", "/", "rss", 1000000 },
	{ 1, "web", "/lab/web[1]", "rss", 1001 },
	{ 1, "web", "/lab/web[1]", "memory", 7 },
	{ 2, "db", "", "rss", 400 },
};

static void resolve(struct limits *limits, struct scenario_list *list, const char *option)
{
	struct error err = { "" };

	limits_init(limits, resources);
	assert_int_equal(limits_add(limits, option, &err), RC_OK);
	assert_int_equal(limits_combine(limits, COMBINE_EACH, &err), RC_OK);
	limits_resolve(limits, 4096, peaks, NR_OF(peaks), list);
}

static void test_resolve_sizes(void **state)
{
	struct scenario_list list;
	struct limits limits;

	(void)state;
	resolve(&limits, &list, "web:privvmpages=4097,16p:8M,unlimited");
	assert_int_equal(list.nr, 2 + 1);
	assert_string_equal(list.specs[0].limits[0].pattern, "web");
	assert_string_equal(list.specs[0].limits[0].resource, "privvmpages");
	assert_int_equal(list.specs[0].limits[0].barrier_pages, 1);
	assert_int_equal(list.specs[0].limits[0].limit_pages, 1);
	assert_int_equal(list.specs[1].limits[0].barrier_pages, 16);
	assert_int_equal(list.specs[1].limits[0].limit_pages, 2048);
	assert_true(list.specs[2].limits[0].limit_pages == PAGES_UNLIMITED);
	assert_false(limits_have_shares(&limits));
	scenario_list_release(&list);
	limits_release(&limits);
}

/* A share is another size in every container, and the host has none unless it is named. */
static void test_resolve_shares(void **state)
{
	struct scenario_list list;
	struct limits limits;

	(void)state;
	resolve(&limits, &list, "rss=50%,100%");
	assert_true(limits_have_shares(&limits));
	assert_int_equal(list.nr, 2);
	assert_int_equal(list.specs[0].nr_limits, 2);
	assert_string_equal(list.specs[0].limits[0].pattern, "/lab/web\\[1\\]");
	assert_int_equal(list.specs[0].limits[0].limit_pages, 500);
	assert_true(list.specs[0].limits[0].barrier_pages == PAGES_UNLIMITED);
	assert_string_equal(list.specs[0].limits[1].pattern, "db");
	assert_int_equal(list.specs[0].limits[1].limit_pages, 200);
	assert_int_equal(list.specs[1].limits[0].limit_pages, 1001);
	scenario_list_release(&list);
	limits_release(&limits);

	resolve(&limits, &list, "host:rss=10%");
	assert_int_equal(list.specs[0].nr_limits, 1);
	assert_int_equal(list.specs[0].limits[0].limit_pages, 100000);
	scenario_list_release(&list);
	limits_release(&limits);
}

static void test_matches(void **state)
{
	(void)state;
	assert_true(container_matches("*", 1, "web", "/lab/web"));
	assert_true(container_matches("/lab/*", 1, "web", "/lab/web"));
	assert_true(container_matches("w?b", 1, "web", "/lab/web"));
	assert_false(container_matches("db", 1, "web", "/lab/web"));
	assert_false(container_matches("*", 0, "host", "/"));
	assert_true(container_matches("host", 0, "host", "/"));
	assert_true(container_matches("/", 0, "host", "/"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_resolve_sizes),
		cmocka_unit_test(test_resolve_shares),
		cmocka_unit_test(test_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
