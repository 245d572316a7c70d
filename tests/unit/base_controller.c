// SPDX-License-Identifier: GPL-2.0-or-later
/* Which rules of today's controller a recording's kernel goes by. */
#include "base/controller.h"

#include "tests/unit/test.h"

static void releases(void **state)
{
	static const struct {
		const char *release;
		int chosen;		/* -1: it says none */
	} cases[] = {
		{ "Linux host 6.18.44 #1 SMP x86_64", CGROUP2_K618 },
		{ "6.19.0-rc1", CGROUP2_K618 },
		{ "7.0", CGROUP2_K618 },
		{ "6.17.9", CGROUP2_K616 },
		{ "Linux box2.6-old 6.1.0-18-amd64 #1", CGROUP2_K515 },
		{ "5.15.0", CGROUP2_K515 },
		{ "5.14.21", CGROUP2_K510 },
		{ "4.19.1", CGROUP2_K510 },	/* older than all: the oldest */
		{ "", -1 },
		{ "Linux", -1 },
		{ "6", -1 },
	};
	struct rules rules;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t chosen = 77;
		bool is_found = controller_by_release(cases[i].release, &chosen);

		assert_int_equal(is_found, cases[i].chosen >= 0);
		assert_int_equal(chosen, is_found ? cases[i].chosen : 77);
	}
	assert_false(controller_by_release(NULL, &rules.chosen[0]));
	rules_init(&rules, false);
	assert_int_equal(controller_of(&rules)->major, 6);
	assert_int_equal(controller_of(&rules)->minor, 18);
}

/* Every row is filled, and older than the one before. */
static void rows(void **state)
{
	unsigned before = UINT32_MAX;
	struct rules rules;

	(void)state;
	rules_init(&rules, false);
	for (uint8_t i = 0; switch_classes[SWITCH_CGROUP2_KERNEL].values[i]; i++) {
		const struct controller *row;

		rules.chosen[SWITCH_CGROUP2_KERNEL] = i;
		row = controller_of(&rules);
		assert_true(row->stock_slots && row->stock_slots <= CONTROLLER_MAX_SLOTS);
		assert_true(row->major * 1000 + row->minor < before);
		before = row->major * 1000 + row->minor;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(releases),
		cmocka_unit_test(rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
