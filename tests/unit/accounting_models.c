// SPDX-License-Identifier: GPL-2.0-or-later
/* Every model is complete and found by its name. */
#include "accounting/model.h"
#include "reclaim/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void is_complete(void **state)
{
	(void)state;
	assert_non_null(models[0]);
	for (size_t i = 0; models[i]; i++) {
		const struct model_class *class = models[i];

		assert_true(class->name && *class->name);
		assert_true(class->resources && class->resources[0]);
		/* Either a policy makes room, or a refusal has a meaning for the caller. */
		assert_true(class->policy ? policy_by_name(class->policy) != NULL : class->denial != NULL);
		assert_true(class->summary && *class->summary);
		assert_true(class->page_bytes);
		assert_true(class->create && class->set_limit && class->prepare && class->commit);
		assert_true(class->cancel && class->reclaimed && class->payer && class->counters);
		assert_true(!class->charge_fresh == !class->uncharge_fresh);
		assert_true(class->reset_counters && class->check && class->destroy);
		class->destroy(NULL);
	}
}

static void is_found(void **state)
{
	(void)state;
	for (size_t i = 0; models[i]; i++)
		assert_ptr_equal(model_by_name(models[i]->name), models[i]);
	assert_null(model_by_name(""));
	assert_null(model_by_name("rss07"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_complete),
		cmocka_unit_test(is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
