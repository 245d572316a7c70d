// SPDX-License-Identifier: GPL-2.0-or-later
/* Against going through all values. */
#include "replay/since.h"

#include "tests/unit/test.h"

#define NR 300

static void most_since_any_moment(void **state)
{
	/* Rising, falling, the same again, and by chance. */
	static const char *const ways[] = { "rises", "falls", "stays", "leaps" };
	uint64_t seed = 1;

	(void)state;
	for (size_t way = 0; way < NR_OF(ways); way++) {
		struct since since = { 0 };
		uint64_t values[NR];

		assert_int_equal(since_most(&since, 0), 0);
		for (uint64_t i = 0; i < NR; i++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			values[i] = (uint64_t[]){ i, NR - i, 7, seed >> 60 }[way];
			since_add(&since, 10 * i, values[i]);
			for (uint64_t from = 0; from <= i + 1; from++) {
				uint64_t most = 0;

				for (uint64_t j = from; j <= i; j++)
					most = values[j] > most ? values[j] : most;
				if (since_most(&since, 10 * from) != most || (from && since_most(&since, 10 * from - 9) != most))
					fail_msg("%s: %llu, from %llu on", ways[way], (unsigned long long)i, (unsigned long long)from);
			}
		}
		since_clear(&since);
		assert_int_equal(since_most(&since, 0), 0);
		since_release(&since);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(most_since_any_moment) };

	return cmocka_run_group_tests_name("replay_since", tests, NULL, NULL);
}
