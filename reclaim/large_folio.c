// SPDX-License-Identifier: GPL-2.0-or-later
/* Folios of more than one page, as arrays of their pages. */
#include "reclaim/large_folio.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

void large_folios_release(struct large_folios *folios)
{
	for (size_t i = 0; i < folios->nr; i++)
		free(folios->all[i].tails);
	free(folios->all);
	free(folios->unused);
	map64_release(&folios->numbers);
}

void large_folios_fork(struct large_folios *folios)
{
	folios->all = xcopy(folios->all, folios->nr, sizeof(*folios->all));
	folios->capacity = folios->nr;
	for (size_t i = 0; i < folios->nr; i++) {
		struct large_folio *folio = &folios->all[i];

		folio->tails = xcopy(folio->tails, folio->nr_tails, sizeof(*folio->tails));
		folio->capacity = folio->nr_tails;
	}
	folios->unused = xcopy(folios->unused, folios->nr_unused, sizeof(*folios->unused));
	folios->unused_capacity = folios->nr_unused;
	map64_fork(&folios->numbers);
}

uint32_t large_folio_begin(struct large_folios *folios, uint32_t head)
{
	uint32_t number;

	if (folios->nr_unused) {
		number = folios->unused[--folios->nr_unused];
	} else {
		xgrow(&folios->all, folios->nr, &folios->capacity, sizeof(*folios->all));
		number = (uint32_t)folios->nr++;
	}
	folios->all[number] = (struct large_folio){ .head = head };
	map64_set(&folios->numbers, head, number + 1);
	return number;
}

void large_folio_end(struct large_folios *folios, uint32_t number)
{
	map64_remove(&folios->numbers, folios->all[number].head);
	free(folios->all[number].tails);
	folios->all[number] = (struct large_folio){ 0 };
	xgrow(&folios->unused, folios->nr_unused, &folios->unused_capacity, sizeof(*folios->unused));
	folios->unused[folios->nr_unused++] = number;
}

uint32_t large_folio_of(const struct large_folios *folios, uint32_t head)
{
	return (uint32_t)map64_get(&folios->numbers, head) - 1;
}

void large_folio_join(struct large_folio *folio, uint32_t page)
{
	if (folio->nr_tails == folio->capacity) {
		folio->capacity = folio->capacity ? folio->capacity * 2 : 4;
		folio->tails = xrealloc(folio->tails, folio->capacity, sizeof(*folio->tails));
	}
	folio->tails[folio->nr_tails++] = page;
}

void large_folio_leave(struct large_folio *folio, uint32_t page)
{
	uint32_t i = 0;

	while (folio->tails[i] != page)
		i++;
	folio->nr_tails--;
	memmove(&folio->tails[i], &folio->tails[i + 1], (folio->nr_tails - i) * sizeof(*folio->tails));
}

uint32_t large_folio_behead(struct large_folios *folios, uint32_t number)
{
	struct large_folio *folio = &folios->all[number];

	map64_remove(&folios->numbers, folio->head);
	folio->head = folio->tails[--folio->nr_tails];
	map64_set(&folios->numbers, folio->head, number + 1);
	return folio->head;
}
