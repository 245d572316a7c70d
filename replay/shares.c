// SPDX-License-Identifier: GPL-2.0-or-later
/* A list, and its places by container and other while it grows. */
#include "replay/shares.h"

#include "base/xalloc.h"

#include <stdlib.h>

void shares_release(struct shares *shares)
{
	map64_release(&shares->places);
	free(shares->all);
	*shares = (struct shares){ 0 };
}

struct share *share_of(struct shares *shares, uint32_t container, uint32_t other)
{
	uint64_t key = (uint64_t)container << 32 | other;
	uint32_t place = map64_get(&shares->places, key);

	if (!place) {
		xgrow(&shares->all, shares->nr, &shares->capacity, sizeof(*shares->all));
		shares->all[shares->nr] = (struct share){ .container = container, .other = other };
		place = (uint32_t)++shares->nr;
		map64_set(&shares->places, key, place);
	}
	return &shares->all[place - 1];
}

void shares_take(struct shares *own, const struct shares *found, uint32_t container)
{
	own->nr = 0;
	for (size_t i = 0; i < found->nr; i++) {
		if (found->all[i].container != container)
			continue;
		xgrow(&own->all, own->nr, &own->capacity, sizeof(*own->all));
		own->all[own->nr++] = found->all[i];
	}
}

static int compare_others(const void *a, const void *b)
{
	const struct share *one = a, *other = b;

	return (one->other > other->other) - (one->other < other->other);
}

enum status shares_write(struct shares *shares, const char *resource, struct sink *sink, struct error *err)
{
	enum status status = RC_OK;

	if (shares->nr)
		qsort(shares->all, shares->nr, sizeof(*shares->all), compare_others);
	for (size_t i = 0; i < shares->nr && !status; i++) {
		const struct share *share = &shares->all[i];

		status = sink->class->put(sink, &(struct row){
			.kind = ROW_SHARE,
			.share = {
				.container = share->container, .resource = resource, .other = share->other,
				.paid_pages = (int64_t)share->paid, .unpaid_pages = (int64_t)share->unpaid,
			},
		}, err);
	}
	return status;
}
