// SPDX-License-Identifier: GPL-2.0-or-later
/* A stack of falling values. */
#include "replay/since.h"

#include "base/xalloc.h"

#include <stdlib.h>

void since_add(struct since *since, uint64_t moment, uint64_t value)
{
	while (since->nr && since->values[since->nr - 1].value <= value)
		since->nr--;
	xgrow(&since->values, since->nr, &since->capacity, sizeof(*since->values));
	since->values[since->nr++] = (struct since_value){ moment, value };
}

uint64_t since_most(const struct since *since, uint64_t moment)
{
	size_t first = 0, end = since->nr;

	while (first < end) {
		const size_t middle = first + (end - first) / 2;

		if (since->values[middle].moment < moment)
			first = middle + 1;
		else
			end = middle;
	}
	return first < since->nr ? since->values[first].value : 0;
}

void since_clear(struct since *since)
{
	since->nr = 0;
}

void since_release(struct since *since)
{
	free(since->values);
	*since = (struct since){ 0 };
}
