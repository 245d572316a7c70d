// SPDX-License-Identifier: GPL-2.0-or-later
/* Every page in at most one figure of each kind. */
#include "verify/tally.h"

#include "accounting/mem_op.h"
#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What a page was counted as. */
struct tally_page {
	uint32_t payer;		/* container + 1; 0 = counted nowhere */
	uint32_t figures;	/* set of 1 << enum figure */
};

const char *figure_name(enum figure figure)
{
	static const char *const names[FIGURE_NR] = {
		[FIGURE_RSS] = "rss",
		[FIGURE_CACHE] = "cache",
		[FIGURE_MAPPED] = "mapped_file",
	};

	assert(figure < FIGURE_NR);
	return names[figure];
}

static struct tally_container *container_of(struct tally *tally, uint32_t container)
{
	while (tally->nr_containers <= container) {
		xgrow(&tally->containers, tally->nr_containers, &tally->containers_capacity,
		      sizeof(*tally->containers));
		tally->containers[tally->nr_containers++] = (struct tally_container){ { 0 } };
	}
	return &tally->containers[container];
}

static struct tally_page *page_of(struct tally *tally, uint32_t page)
{
	if (page >= tally->nr_pages) {
		size_t nr = (size_t)page * 2 + 1024;

		tally->pages = xrealloc(tally->pages, nr, sizeof(*tally->pages));
		memset(tally->pages + tally->nr_pages, 0, (nr - tally->nr_pages) * sizeof(*tally->pages));
		tally->nr_pages = nr;
	}
	return &tally->pages[page];
}

static uint32_t figures_of(const struct watched_page *view)
{
	bool is_mapped = view->mapcount > 0;

	if (view->payer < 0)
		return 0;
	if (view->kind == PAGE_ANON)
		return is_mapped << FIGURE_RSS;
	return 1u << FIGURE_CACHE | is_mapped << FIGURE_MAPPED;
}

static void count(struct tally *tally, const struct tally_page *counted, int by)
{
	for (enum figure figure = 0; counted->payer && figure < FIGURE_NR; figure++)
		if (counted->figures & 1u << figure)
			container_of(tally, counted->payer - 1)->pages[figure] += by;
}

size_t tally_page(struct tally *tally, uint32_t page, const struct watched_page *view, uint32_t changed[2])
{
	struct tally_page *counted = page_of(tally, page);
	const struct tally_page before = *counted;
	size_t nr = 0;

	*counted = (struct tally_page){ .payer = (uint32_t)(view->payer + 1), .figures = figures_of(view) };
	if (before.payer == counted->payer && before.figures == counted->figures)
		return 0;
	count(tally, &before, -1);
	count(tally, counted, 1);
	if (before.payer)
		changed[nr++] = before.payer - 1;
	if (counted->payer && counted->payer != before.payer)
		changed[nr++] = counted->payer - 1;
	return nr;
}

const struct tally_container *tally_of(struct tally *tally, uint32_t container)
{
	return container_of(tally, container);
}

void tally_release(struct tally *tally)
{
	free(tally->containers);
	free(tally->pages);
}
