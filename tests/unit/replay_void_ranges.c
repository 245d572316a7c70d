// SPDX-License-Identifier: GPL-2.0-or-later
/* Random holes, beside the same page by page. */
#include "replay/void_ranges.h"

#include "tests/unit/random.h"
#include "tests/unit/test.h"

#include <string.h>

#define NR_MMS 3
#define NR_PAGES 40
#define NR_STEPS 200000

/* The number of the operation that made each page void; 0: it is there. */
struct pages {
	uint64_t seq[NR_MMS][2][NR_PAGES];
};

static void set(struct pages *pages, uint32_t mm, int kind, uint64_t begin, uint64_t end, uint64_t seq)
{
	for (uint64_t page = begin; page < end; page++)
		pages->seq[mm][kind][page] = seq;
}

/* Locks that are missing there go, but for those of a range that reaches beyond. */
static void unlock(struct pages *pages, uint32_t mm, uint64_t begin, uint64_t end)
{
	uint64_t *seq = pages->seq[mm][1];

	while (begin && begin < end && seq[begin] && seq[begin] == seq[begin - 1])
		begin++;
	while (end < NR_PAGES && end > begin && seq[end - 1] && seq[end] == seq[end - 1])
		end--;
	set(pages, mm, 1, begin, end, 0);
}

static void check(const struct void_ranges *ranges, const struct pages *pages, uint64_t random)
{
	const uint32_t mm = random % NR_MMS;
	const bool is_lock = random >> 8 & 1;
	const uint64_t *seq = pages->seq[mm][is_lock], end = (random >> 32) % (NR_PAGES + 1);
	uint64_t begin = (random >> 16) % NR_PAGES, first = begin, last, found;

	for (uint64_t page = 0; page < NR_PAGES; page++) {
		const struct void_range *range = void_range_at(ranges, mm, page, is_lock);

		assert_int_equal(range ? range->seq : 0, seq[page]);
		assert_true(!range || (range->mm == mm && range->is_lock == is_lock));
	}
	if (begin >= end)
		return;
	while (first < end && seq[first])
		first++;
	for (last = first; last < end && !seq[last]; last++)
		;
	found = void_ranges_next(ranges, mm, &begin, end, is_lock);
	assert_int_equal(begin, first);
	if (first < end)
		assert_int_equal(found, last);
}

static void beside_pages(void **state)
{
	struct void_ranges ranges = { 0 };
	struct pages pages = { 0 };
	uint64_t random = 7;

	(void)state;
	for (uint64_t step = 1; step < NR_STEPS; step++) {
		const uint64_t dice = next_random(&random);
		const uint32_t mm = dice % NR_MMS, other = (mm + 1) % NR_MMS;
		const uint64_t begin = (dice >> 8) % NR_PAGES, end = begin + 1 + (dice >> 16) % (NR_PAGES - begin);

		switch ((dice >> 24) % 16) {
		case 0:
			void_ranges_drop(&ranges, mm);
			memset(pages.seq[mm], 0, sizeof(pages.seq[mm]));
			break;
		case 1:
			void_ranges_drop(&ranges, other);
			void_ranges_copy(&ranges, mm, other);
			memset(pages.seq[other], 0, sizeof(pages.seq[other]));
			memcpy(pages.seq[other][0], pages.seq[mm][0], sizeof(pages.seq[mm][0]));
			break;
		case 2 ... 5:
			void_ranges_cut(&ranges, mm, begin, end);
			set(&pages, mm, 0, begin, end, 0);
			set(&pages, mm, 1, begin, end, 0);
			break;
		case 6:
			void_ranges_unlock(&ranges, mm, begin, end);
			unlock(&pages, mm, begin, end);
			break;
		default:
			void_range_add(&ranges, &(struct void_range){
				.begin = begin, .end = end, .seq = step, .mm = mm, .is_lock = dice >> 32 & 1 });
			set(&pages, mm, dice >> 32 & 1, begin, end, step);
		}
		check(&ranges, &pages, next_random(&random));
	}
	void_ranges_release(&ranges);
	assert_int_equal(ranges.nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(beside_pages) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
