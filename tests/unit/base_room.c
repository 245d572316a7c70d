// SPDX-License-Identifier: GPL-2.0-or-later
/* An array with room at both ends is any other array: the same as one that is shifted by hand. */
#include "base/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MOST 300

struct pair {
	uint32_t *all;
	size_t nr;
	struct room room;
	uint32_t plain[MOST];
};

static void add(struct pair *pair, size_t i, uint32_t value)
{
	room_open(&pair->all, pair->nr, &pair->room, i, sizeof(*pair->all));
	pair->all[i] = value;
	memmove(pair->plain + i + 1, pair->plain + i, (pair->nr - i) * sizeof(*pair->plain));
	pair->plain[i] = value;
	pair->nr++;
}

static void cut(struct pair *pair, size_t i, size_t nr)
{
	room_close(&pair->all, pair->nr, &pair->room, i, nr, sizeof(*pair->all));
	memmove(pair->plain + i, pair->plain + i + nr, (pair->nr - i - nr) * sizeof(*pair->plain));
	pair->nr -= nr;
}

static void check(const struct pair *pair)
{
	assert_true(pair->room.before + pair->nr <= pair->room.capacity);
	if (pair->nr)
		assert_memory_equal(pair->all, pair->plain, pair->nr * sizeof(*pair->all));
}

static void anywhere(void **state)
{
	struct pair pair = { .nr = 0 };
	uint32_t seed = 1;

	(void)state;
	for (uint32_t step = 0; step < 20000; step++) {
		seed = seed * 1664525 + 1013904223;
		if (pair.nr < MOST && (seed >> 16 & 7) < (step / 2000 % 2 ? 3u : 5u)) {
			add(&pair, (seed >> 8) % (pair.nr + 1), step);
		} else if (pair.nr) {
			size_t i = (seed >> 8) % pair.nr, left = pair.nr - i;

			cut(&pair, i, 1 + (seed >> 24) % (left < 3 ? left : 3));
		}
		check(&pair);
	}
	room_release(pair.all, &pair.room, sizeof(*pair.all));
}

/* Each at the front, each at the end: memory stays within twice what is there, and some. */
static void at_one_end(void **state)
{
	(void)state;
	for (int is_end = 0; is_end < 2; is_end++) {
		struct pair pair = { .nr = 0 };

		for (uint32_t i = 0; i < MOST; i++)
			add(&pair, is_end ? pair.nr : 0, i);
		check(&pair);
		assert_true(pair.room.capacity <= 2 * MOST + 16);
		for (uint32_t i = 0; i < 10 * MOST; i++) {
			cut(&pair, is_end ? 0 : pair.nr - 1, 1);
			add(&pair, is_end ? pair.nr : 0, i);
			check(&pair);
		}
		assert_true(pair.room.capacity <= 2 * MOST + 16);
		cut(&pair, 0, pair.nr);
		room_release(pair.all, &pair.room, sizeof(*pair.all));
	}
}

static void none(void **state)
{
	(void)state;
	room_release(NULL, &(struct room){ 0 }, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anywhere),
		cmocka_unit_test(at_one_end),
		cmocka_unit_test(none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
