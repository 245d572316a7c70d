// SPDX-License-Identifier: GPL-2.0-or-later
/* The victim of models.md 2.9, members only or as D38 has it. */
#include "reclaim/oom.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct oom_case {
	const char *says;
	struct oom_candidate candidates[4];	/* total_vm, mm, pid, parent_mm, container */
	int64_t victim, posted;	/* intended, and as D38 has it */
};

static const struct oom_case cases[] = {
	{ "nobody", { { 0 } }, -1, -1 },
	{ "no member, however large", { { 900, 1, 10, 0, 2 } }, -1, 0 },
	{ "... nor the first of all", { { 900, 1, 10, 0, 2 }, { 1, 2, 9, 0, 3 } }, -1, 1 },
	{ "the largest member", { { 5, 1, 10, 0, 1 }, { 7, 2, 11, 0, 1 }, { 9, 3, 12, 0, 2 } }, 1, 1 },
	{ "a tie goes to the lowest pid", { { 7, 1, 12, 0, 1 }, { 7, 2, 11, 0, 1 } }, 1, 1 },
	{ "... in either order", { { 7, 2, 11, 0, 1 }, { 7, 1, 12, 0, 1 } }, 0, 0 },
	{ "a member without memory", { { 0, 1, 10, 0, 1 } }, 0, 0 },
	{ "... is as good as any", { { 0, 1, 10, 0, 1 }, { 0, 2, 9, 0, 2 } }, 0, 1 },
	{ "the child first", { { 9, 1, 10, 0, 1 }, { 1, 2, 11, 1, 1 } }, 1, 1 },
	{ "the eldest child", { { 9, 1, 10, 0, 1 }, { 4, 2, 13, 1, 1 }, { 1, 3, 12, 1, 1 } }, 2, 2 },
	{ "not a child elsewhere", { { 9, 1, 10, 0, 1 }, { 1, 2, 11, 1, 2 } }, 0, 1 },
	{ "not a grandchild", { { 9, 1, 10, 0, 1 }, { 1, 2, 11, 1, 1 }, { 1, 3, 9, 2, 1 } }, 1, 1 },
	{ "not a child of another", { { 9, 1, 10, 0, 1 }, { 4, 2, 11, 0, 1 }, { 1, 3, 12, 2, 1 } }, 0, 0 },
	{ "a child without memory", { { 9, 1, 10, 0, 1 }, { 0, 2, 11, 1, 1 } }, 1, 1 },
	{ "itself is no child", { { 9, 1, 10, 1, 1 }, { 1, 2, 11, 1, 1 } }, 1, 1 },
};

static void selects(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct oom_case *c = &cases[i];
		size_t nr = 0;

		while (nr < 4 && c->candidates[nr].mm)
			nr++;
		if (oom_select(c->candidates, nr, 1, false) != c->victim)
			fail_msg("%s", c->says);
		if (oom_select(c->candidates, nr, 1, true) != c->posted)
			fail_msg("posted: %s", c->says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(selects) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
