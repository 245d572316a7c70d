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
		assert_true(class->create && class->charged && class->uncharged && class->accessed);
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
		cmocka_unit_test(machine_is_plausible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
