// SPDX-License-Identifier: GPL-2.0-or-later
/* Every policy is complete and found by its name; the default machine is one. */
#include "reclaim/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void is_complete(void **state)
{
	(void)state;
	assert_non_null(policies[0]);
	for (size_t i = 0; policies[i]; i++) {
		const struct policy_class *class = policies[i];

		assert_true(class->name && *class->name);
		assert_true(class->summary && *class->summary);
		assert_true(class->page_bytes);
		assert_true(class->create && class->charged && class->charged_fresh && class->uncharged && class->accessed);
		assert_true(class->zapped_young && class->written && class->reclaim);
		assert_true(class->check && class->destroy);
		class->destroy(NULL);
	}
}

static void is_found(void **state)
{
	(void)state;
	for (size_t i = 0; policies[i]; i++)
		assert_ptr_equal(policy_by_name(policies[i]->name), policies[i]);
	assert_null(policy_by_name(""));
}

/*
 * D9 posted: success retries for ever, failure only with room.  D10 posted: failure
 * never retries.  Intended: room retries, and so do the first five rounds.
 */
static void retries(void **state)
{
	static const struct {
		uint64_t posted;
		bool is_success, is_room;
		uint32_t rounds;
		bool is_retried;
	} cases[] = {
		{ 0, true, true, 9, true },	{ 0, true, false, 4, true },	{ 0, true, false, 5, false },
		{ 0, false, true, 9, true },	{ 0, false, false, 4, true },	{ 0, false, false, 5, false },
		{ RULE_BIT(D9_ENDLESS_RETRY), true, false, 9, true },
		{ RULE_BIT(D9_ENDLESS_RETRY), false, true, 9, true },
		{ RULE_BIT(D9_ENDLESS_RETRY), false, false, 0, false },
		{ RULE_BIT(D10_NO_SECOND_LOOK), true, false, 4, true },
		{ RULE_BIT(D10_NO_SECOND_LOOK), true, false, 5, false },
		{ RULE_BIT(D10_NO_SECOND_LOOK), false, true, 0, false },
		{ RULE_BIT(D9_ENDLESS_RETRY) | RULE_BIT(D10_NO_SECOND_LOOK), true, false, 9, true },
		{ RULE_BIT(D9_ENDLESS_RETRY) | RULE_BIT(D10_NO_SECOND_LOOK), false, true, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rules rules = { .posted = cases[i].posted };
		struct reclaim_result result = { .success = cases[i].is_success };

		assert_int_equal(reclaim_retry(&rules, &result, cases[i].is_room, cases[i].rounds),
				 cases[i].is_retried);
	}
}

/* 4 GiB: 1,048,576 pages, a half active, a quarter inactive. */
static void machine_is_plausible(void **state)
{
	struct machine machine;

	(void)state;
	memset(&machine, 0xff, sizeof(machine));
	machine_default(&machine, 1048576);
	assert_int_equal(machine.swappiness, 60);
	assert_int_equal(machine.mapped_ratio, 40);
	assert_int_equal(machine.nr_zones, 1);
	assert_int_equal(machine.zones[0].nr_active, 524288);
	assert_int_equal(machine.zones[0].nr_inactive, 262144);
	assert_true(machine.swap_pages == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_complete),
		cmocka_unit_test(is_found),
		cmocka_unit_test(retries),
		cmocka_unit_test(machine_is_plausible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
