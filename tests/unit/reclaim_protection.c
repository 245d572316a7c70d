// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shares of memory.min and memory.low, in thousands of pages where the comment above the
 * kernel's effective_protection() has GiB; quotients are rounded down.
 */
#include "reclaim/protection.h"

#include "tests/unit/test.h"

struct share_case {
	uint64_t usage, setting, parent_usage, parent_safe, claimed, expected;
};

static void shares(void **state)
{
	static const struct share_case cases[] = {
		/* A has 2 safe and holds 6; B claims 3 and holds 2, C 1 and 2, D 0 and 2, E 10 and 0: 2 + 1 are claimed. */
		{ 2000, 3000, 6000, 2000, 3000, 1333 },
		{ 2000, 1000, 6000, 2000, 3000, 666 },
		{ 2000, 0, 6000, 2000, 3000, 0 },
		{ 0, 10000, 6000, 2000, 3000, 0 },
		/* A has 2 and holds 4: B claims 1 of its 2, C none of its 2: the other 1 goes by what is not claimed, 1 and 2. */
		{ 2000, 1000, 4000, 2000, 1000, 1333 },
		{ 2000, 0, 4000, 2000, 1000, 666 },
		/* All is claimed, and there is enough; it holds no more than it claims. */
		{ 2000, 1000, 4000, 1000, 1000, 1000 },
		{ 1000, 4000, 4000, 2000, 1000, 1000 },
		/* Above it all is safe, whatever that is: so is all that it holds. */
		{ 2000, 0, 4000, UINT64_MAX, 0, 2000 },
		/* Nothing is. */
		{ 2000, 1000, 4000, 0, 1000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct share_case *c = &cases[i];

		assert_int_equal(protection_share(c->usage, c->setting, c->parent_usage, c->parent_safe, c->claimed), c->expected);
	}
}

/* cgroup2.md 4: size - size * protection / (usage + 1), 32 at least. */
static void reach(void **state)
{
	(void)state;
	assert_int_equal(protection_leaves(1000, 1000, 0), 1000);
	assert_int_equal(protection_leaves(1000, 1000, 500), 501);	/* 499.5 are safe */
	assert_int_equal(protection_leaves(1000, 3999, 1000), 750);
	assert_int_equal(protection_leaves(1000, 1000, 990), 32);
	assert_int_equal(protection_leaves(0, 1000, 990), 32);
	/* More than is held: as if it were held. */
	assert_int_equal(protection_leaves(1000, 1000, 1999), 32);
	assert_int_equal(protection_leaves(400000, 1000, 1999), 200);	/* 400,000 * 1999 / 2000 = 399,800 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares),
		cmocka_unit_test(reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
