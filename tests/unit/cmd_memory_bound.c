// SPDX-License-Identifier: GPL-2.0-or-later
/* A replay that comes to take more than it may ends, in one line and without a result. */
#include "cmd/memory_bound.h"

#include "ops/op_sources.h"
#include "replay/replay.h"
#include "tests/unit/test.h"

#include <string.h>

/* Fails the call after nr_left others. */
struct countdown {
	int nr_left, nr_calls;
};

static enum status count_down(void *context, struct error *err)
{
	struct countdown *countdown = context;

	countdown->nr_calls++;
	return countdown->nr_left-- ? RC_OK : memory_bound_check(&(struct memory_bound){ .most_bytes = 1 }, err);
}

static enum status keep_nothing(struct sink *sink, const struct row *row, struct error *err)
{
	(void)sink, (void)row, (void)err;
	fail_msg("a row of a replay that ended");
	return RC_OK;
}

static enum status replay(struct countdown *countdown, size_t nr_threads, struct error *err)
{
	static const struct sink_class class = { .name = "nothing", .put = keep_nothing };
	const struct model_class *const used[] = { model_by_name("cgroup2"), NULL };
	const struct scenario_limit at[] = { { "*", "memory", PAGES_UNLIMITED, 4096 }, { "*", "memory", PAGES_UNLIMITED, 8192 } };
	const struct scenario_spec specs[] = { { "small", &at[0], 1 }, { "large", &at[1], 1 } };
	const char *path = TESTS_DATA "/forkcow.dat";
	struct replay_options options = {
		.models = used, .scenarios = specs, .nr_scenarios = 2, .end_ns = UINT64_MAX, .nr_threads = nr_threads,
		.check = count_down, .check_context = countdown };
	struct replay_summary summary;
	struct sink sink = { .class = &class };
	struct op_source *source;
	enum status status;

	machine_default(&options.machine, UINT64_C(4) << 18);
	rules_init(&options.model_rules, false);
	assert_int_equal(op_source_open(&source, &path, 1, err), RC_OK);
	status = replay_run(source, &options, &sink, &summary, err);
	op_source_close(source);
	return status;
}

static void bounds(void **state)
{
	struct error err = { "" };
	struct memory_bound bound = { 0 };
	uint64_t taken = memory_taken_bytes();

	(void)state;
	/* A program with a library or two takes a megabyte, and this one no terabyte. */
	assert_in_range(taken, 1 << 20, UINT64_C(1) << 40);
	assert_int_equal(memory_bound_check(&bound, &err), RC_OK);
	bound.most_bytes = taken * 2;
	assert_int_equal(memory_bound_check(&bound, &err), RC_OK);
	bound.most_bytes = 1 << 20;
	assert_int_equal(memory_bound_check(&bound, &err), RC_USAGE);
	assert_non_null(strstr(err.text, "--max-memory: takes SIZE: more is needed than was worked out"));
	assert_non_null(strstr(err.text, " and 1 given"));
}

/* Whoever else plays: nobody waits for ever. */
static void replay_ends(void **state)
{
	(void)state;
	for (size_t nr_threads = 1; nr_threads <= 2; nr_threads++) {
		struct countdown countdown = { .nr_left = 0 };
		struct error err = { "" };

		assert_int_equal(replay(&countdown, nr_threads, &err), RC_USAGE);
		assert_int_equal(countdown.nr_calls, 1);
		assert_non_null(strstr(err.text, "more is needed than was worked out"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds),
		cmocka_unit_test(replay_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
