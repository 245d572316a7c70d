// SPDX-License-Identifier: GPL-2.0-or-later
#include "rebuild/sums.h"

#include "base/xalloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SUMS 128

void sums_release(struct sums *sums)
{
	for (size_t i = 0; i < sums->nr; i++)
		free(sums->all[i].ids);
	free(sums->all);
}

static int by_id(const void *a, const void *b)
{
	const struct open_window *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Whether a holds all of b, both ascending; what is left of a, if `rest` is not NULL. */
static bool holds(const uint64_t *a, size_t nr_a, const uint64_t *b, size_t nr_b, uint64_t *rest)
{
	size_t j = 0, nr_rest = 0;

	for (size_t i = 0; i < nr_a; i++) {
		if (j < nr_b && a[i] == b[j])
			j++;
		else if (rest)
			rest[nr_rest++] = a[i];
	}
	return j == nr_b;
}

/* What windows are left when those of a sum are taken away. */
static size_t take_away(struct open_window *windows, size_t nr, const struct told_sum *sum)
{
	size_t j = 0, left = 0;

	for (size_t i = 0; i < nr; i++) {
		if (j < sum->nr && windows[i].id == sum->ids[j])
			j++;
		else
			windows[left++] = windows[i];
	}
	return left;
}

static size_t ids_of(const struct open_window *windows, size_t nr, uint64_t ids[SUM_WINDOWS])
{
	for (size_t i = 0; i < nr; i++)
		ids[i] = windows[i].id;
	return nr;
}

/* The sum of most windows, all of them among these; the newest of several; NULL = none. */
static const struct told_sum *largest_in(const struct sums *sums, const struct open_window *windows, size_t nr)
{
	const struct told_sum *best = NULL;
	uint64_t ids[SUM_WINDOWS];

	ids_of(windows, nr, ids);
	for (size_t i = 0; i < sums->nr; i++) {
		const struct told_sum *sum = &sums->all[i];

		if (sum->nr <= nr && (!best || sum->nr >= best->nr) && holds(ids, nr, sum->ids, sum->nr, NULL))
			best = sum;
	}
	return best;
}

/* No more is missing of windows than of a sum that holds them. */
static int64_t most_missing(const struct sums *sums, const struct open_window *windows, size_t nr, int64_t most)
{
	uint64_t ids[SUM_WINDOWS];

	ids_of(windows, nr, ids);
	for (size_t i = 0; i < sums->nr; i++)
		if (sums->all[i].nr > nr && sums->all[i].missing < most && holds(sums->all[i].ids, sums->all[i].nr, ids, nr, NULL))
			most = sums->all[i].missing;
	return most;
}

void sums_bound(const struct sums *sums, struct open_window *windows, size_t nr, struct sum_bounds *bounds)
{
	struct open_window left[SUM_WINDOWS];
	const struct told_sum *sum;
	int64_t low = 0, high = 0;

	qsort(windows, nr, sizeof(*windows), by_id);
	memcpy(left, windows, nr * sizeof(*windows));
	*bounds = (struct sum_bounds){ 0 };
	while (nr && (sum = largest_in(sums, left, nr))) {
		bounds->low += sum->pages;
		bounds->high += sum->pages;
		nr = take_away(left, nr, sum);
	}
	for (size_t i = 0; i < nr; i++) {
		low += left[i].low;
		high += left[i].high;
	}
	if (nr)
		low = high - most_missing(sums, left, nr, high - low);
	bounds->low += low;
	bounds->high += high;
}

/* Takes ids. */
static void add(struct sums *sums, uint64_t *ids, size_t nr, int64_t pages, int64_t missing)
{
	struct told_sum sum = { .ids = ids, .nr = nr, .pages = pages, .missing = missing };

	for (size_t i = 0; i < sums->nr; i++) {
		if (sums->all[i].nr != nr || memcmp(sums->all[i].ids, ids, nr * sizeof(*ids)))
			continue;
		free(sums->all[i].ids);
		sums->all[i] = sum;
		return;
	}
	if (sums->nr == MAX_SUMS) {
		free(sums->all[sums->oldest].ids);
		sums->all[sums->oldest] = sum;
		sums->oldest = (sums->oldest + 1) % MAX_SUMS;
		return;
	}
	xgrow(&sums->all, sums->nr, &sums->capacity, sizeof(*sums->all));
	sums->all[sums->nr++] = sum;
}

/* Of two sums, one of which holds the other, the rest is known too. */
static void add_rest(struct sums *sums, const struct told_sum *whole, const struct told_sum *part)
{
	int64_t pages = whole->pages - part->pages, missing = whole->missing - part->missing;
	uint64_t *rest;

	/* They contradict each other: something changed between them that nobody saw. */
	if (whole->nr <= part->nr || pages < 0 || missing < 0)
		return;
	rest = xcalloc(whole->nr, sizeof(*rest));
	if (holds(whole->ids, whole->nr, part->ids, part->nr, rest))
		add(sums, rest, whole->nr - part->nr, pages, missing);
	else
		free(rest);
}

void sums_learn(struct sums *sums, const struct open_window *windows, size_t nr, int64_t pages)
{
	struct told_sum sum = { .nr = nr, .pages = pages, .missing = -pages };
	size_t nr_before = sums->nr;

	if (!nr)
		return;
	sum.ids = xcalloc(nr, sizeof(*sum.ids));
	ids_of(windows, nr, sum.ids);
	for (size_t i = 0; i < nr; i++)
		sum.missing += windows[i].high;
	for (size_t i = 0; i < nr_before; i++) {
		struct told_sum other = sums->all[i];

		add_rest(sums, &sum, &other);
		other = sums->all[i];
		add_rest(sums, &other, &sum);
	}
	add(sums, sum.ids, nr, pages, sum.missing);
}
