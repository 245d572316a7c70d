// SPDX-License-Identifier: GPL-2.0-or-later
/* --config files, good and bad. */
#include "cmd/config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const resources[] = { "rss", NULL };

struct loaded {
	struct config config;
	struct limits limits;
	struct error err;
	char path[32];
};

static enum status load(struct loaded *loaded, const char *text)
{
	enum status status;
	FILE *file;
	int fd;

	*loaded = (struct loaded){ .path = "/tmp/recount-config-XXXXXX" };
	fd = mkstemp(loaded->path);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	fputs(text, file);
	fclose(file);
	limits_init(&loaded->limits, resources);
	status = config_load(&loaded->config, loaded->path, &loaded->limits, &loaded->err);
	unlink(loaded->path);
	return status;
}

static void unload(struct loaded *loaded)
{
	config_release(&loaded->config);
	limits_release(&loaded->limits);
}

static void test_good(void **state)
{
	struct loaded loaded;

	(void)state;
	assert_int_equal(load(&loaded,
		"; a comment\n"
		"[container web]\n"
		"match.cgroup = /system.slice/web-*\n"
		"match.comm = nginx ; the server\n"
		"rss = 64M,128M\n"
		"\n"
		"[container web]\n"
		"match.pid = 42\n"
		"[container d*b]\n"
		"rss = unlimited"), RC_OK);
	assert_int_equal(loaded.config.nr_rules, 2);
	assert_string_equal(loaded.config.rules[0].name, "web");
	assert_string_equal(loaded.config.rules[0].cgroup, "/system.slice/web-*");
	assert_string_equal(loaded.config.rules[0].comm, "nginx");
	assert_int_equal(loaded.config.rules[0].pid, -1);
	assert_null(loaded.config.rules[1].cgroup);
	assert_int_equal(loaded.config.rules[1].pid, 42);
	assert_int_equal(loaded.limits.nr_options, 2);
	assert_string_equal(loaded.limits.options[0].pattern, "web");
	assert_int_equal(loaded.limits.options[0].values.nr, 2);
	assert_string_equal(loaded.limits.options[1].pattern, "d\\*b");
	assert_string_equal(loaded.limits.options[1].shown, "d*b:rss");
	unload(&loaded);
}

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

static const struct { const char *text, *problem; } bad[] = {
	{ "rss = 64M\n", ":1: a key stands in a section [container NAME]" },
	{ "[machine]\nrss = 64M\n", ":2: a key stands in a section [container NAME]" },
	{ "[container ]\nrss = 64M\n", ":2: a key stands in a section [container NAME]" },
	{ "[container web]\nrss = 64X\n",
	  ":2: '64X' is not a size like 64M, 1.5G or 4096p, nor a share like 50%, nor unlimited" },
	{ "[container web]\n\ncpu = 64M\n", ":3: 'cpu' is no resource: there are rss" },
	{ "[container web]\nmatch.pid = x\n", ":2: 'x' is not a whole number from 1 to 2147483647" },
	{ "[container web]\nmatch.cmd = x\n",
	  ":2: unknown key: there are match.cgroup, match.comm, match.pid" },
	{ "[container web]\nmatch.comm =\n", ":2: the value is empty" },
	{ "[container web]\nmatch.comm = a\nmatch.comm = b\n", ":3: the key is given twice: use a second section" },
	{ "[container web\nrss = 64M\n", ":1: neither [container NAME], KEY = VALUE nor a comment" },
	{ "[container web]\nnonsense\n", ":2: neither [container NAME], KEY = VALUE nor a comment" },
	{ "[container " FIFTY "]\nrss = 64M\n", ":1: the name of the section is too long" },
	{ "[container web]\nmatch.cgroup = " FIFTY FIFTY FIFTY FIFTY "\n", ":2: the line is too long" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(bad); i++) {
		struct loaded loaded;

		assert_true(load(&loaded, bad[i].text) < 0);
		assert_memory_equal(loaded.err.text, loaded.path, strlen(loaded.path));
		assert_string_equal(loaded.err.text + strlen(loaded.path), bad[i].problem);
		unload(&loaded);
	}
}

static void test_missing(void **state)
{
	struct error err = { "" };
	struct config config = { 0 };
	struct limits limits;

	(void)state;
	limits_init(&limits, resources);
	assert_int_equal(config_load(&config, "/nonexistent/x.ini", &limits, &err), RC_INPUT);
	assert_string_equal(err.text, "/nonexistent/x.ini: cannot read: No such file or directory");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
