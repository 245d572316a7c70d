// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/memcg_books.h"

#include "base/xalloc.h"

#include <string.h>

#define THRESHOLD 16

bool mw_has_references(const struct mw *mw)
{
	uint8_t kernel = mw->config.rules.chosen[SWITCH_MEMCG_KERNEL];

	return kernel == MEMCG_K25 || kernel == MEMCG_K26;
}

/* Seed 004, and whether it is as posted. */
static bool is_lockless(const struct mw *mw)
{
	const uint8_t *chosen = mw->config.rules.chosen;

	return chosen[SWITCH_MEMCG_KERNEL] == MEMCG_K27 && chosen[SWITCH_MEMCG_LOCKLESS] == SWITCH_ON;
}

bool mw_is_posted(const struct mw *mw, enum rule rule)
{
	return is_lockless(mw) && rules_posted(&mw->config.rules, rule);
}

uint64_t mw_book_usage(const struct mw *mw, uint32_t container)
{
	uint64_t usage = 0;

	for (uint32_t i = 0; i < MW_PAGES; i++)
		usage += mw->pages[i].owner == container;
	return usage;
}

static void book_charge(struct mw *mw, const struct mem_op *op, bool is_cache)
{
	struct mw_page *p = &mw->pages[op->page];

	/* Only a migration may find no room and go on. */
	if (op->why == WHY_MIGRATE && mw_book_usage(mw, op->container) >= mw->limit[op->container])
		return;
	p->owner = op->container;
	p->is_owned_as_cache = is_cache;
	mw->pgpgin[op->container]++;
}

void mw_book_gone(struct mw *mw, int64_t container, bool is_cache)
{
	uint32_t cpu = mw->cpu;

	xgrow(&mw->gone[cpu], mw->nr_gone[cpu], &mw->capacity[cpu], sizeof(*mw->gone[cpu]));
	mw->gone[cpu][mw->nr_gone[cpu]].container = (int8_t)container;
	mw->gone[cpu][mw->nr_gone[cpu]++].is_cache = is_cache;
	if (!is_lockless(mw) ||
	    (!mw->is_stuck[cpu] && mw->nr_gone[cpu] - mw->drained[cpu] >= THRESHOLD))
		mw->drained[cpu] = mw->nr_gone[cpu];
}

void mw_book_uncharge(struct mw *mw, struct mw_page *p)
{
	mw_book_gone(mw, p->owner, p->is_owned_as_cache);
	p->owner = -1;
}

void mw_book(struct mw *mw, const struct mem_op *op)
{
	struct mw_page *p = &mw->pages[op->page];
	bool is_last = op->kind == OP_UNMAP && p->nr == 1 && op->why != WHY_MIGRATE;

	if (op->kind == OP_MAP && op->why != WHY_FORK && p->owner < 0 &&
	    (mw_has_references(mw) || (p->kind == PAGE_ANON && !p->nr)))
		book_charge(mw, op, false);
	else if (op->kind == OP_CACHE_ADD && p->owner < 0)
		book_charge(mw, op, true);
	else if (op->kind == OP_CACHE_ADD && mw_is_posted(mw, D34_DOUBLE_CHARGE))
		book_charge(mw, op, true);
	else if (is_last && p->owner >= 0 && (mw_has_references(mw) ? !p->is_cached || p->is_dropped : !p->is_owned_as_cache))
		mw_book_uncharge(mw, p);
	else if (op->kind == OP_CACHE_DEL && p->owner >= 0 && (mw_has_references(mw) ? !p->nr : p->is_owned_as_cache))
		mw_book_uncharge(mw, p);
	if (op->kind == OP_CACHE_ADD && p->kind == PAGE_SHMEM && mw_is_posted(mw, D29_RCU_LEFT_LOCKED))
		mw->is_stuck[mw->cpu] = true;
	if (op->kind == OP_CACHE_ADD || op->kind == OP_CACHE_DEL)
		p->is_dropped = false;
}

void mw_book_migration(struct mw *mw, const struct mw_page *p)
{
	mw->pgpgin[p->owner]++;
	mw_book_gone(mw, p->owner, p->is_owned_as_cache);
}

static const char *check_page(const struct mw *mw, const struct mw_page *p, uint32_t page)
{
	if (mw->model->class->payer(mw->model, page) != p->owner)
		return "the payer is another than by the table of 4.2";
	if (mw_has_references(mw))
		return NULL;
	if (p->owner >= 0 && !p->is_owned_as_cache && !p->nr)
		return "M2: charged as mapped, not mapped";
	if (p->is_cached && p->kind != PAGE_ANON && !p->is_dropped && p->owner < 0)
		return "M3: cached, not charged";
	if (p->owner >= 0 && p->is_owned_as_cache && !p->is_cached)
		return "M3: charged as cache, not cached";
	return NULL;
}

static const char *check_stat(const struct mw *mw, uint32_t container)
{
	struct model_stat stat = mw_stat(mw, container), slow = { .pgpgin = mw->pgpgin[container] };

	for (uint32_t page = 0; page < MW_PAGES; page++) {
		if (mw->pages[page].owner != container)
			continue;
		slow.cache += mw->pages[page].is_owned_as_cache;
		slow.rss += !mw->pages[page].is_owned_as_cache;
	}
	for (uint32_t cpu = 0; cpu < MW_CPUS; cpu++) {
		for (size_t i = 0; i < mw->nr_gone[cpu]; i++) {
			if (mw->gone[cpu][i].container != (int)container)
				continue;
			if (i < mw->drained[cpu]) {
				slow.pgpgout++;
				continue;
			}
			slow.undrained++;
			slow.cache += mw->gone[cpu][i].is_cache;
			slow.rss += !mw->gone[cpu][i].is_cache;
		}
	}
	if (slow.undrained > 15 * MW_CPUS && !mw->is_stuck[0] && !mw->is_stuck[1])
		return "stat lags by more than 15 a CPU";
	return memcmp(&stat, &slow, sizeof(stat)) ? "M4: memory.stat is not what was charged and drained" : NULL;
}

static const char *check_container(struct mw *mw, uint32_t container)
{
	uint64_t usage = mw_book_usage(mw, container), limit = mw->limit[container];
	const char *broken = check_stat(mw, container);

	if (mw_held(mw, container) != usage)
		return "M1: usage is not the number of pages owned";
	if (usage > mw->tolerated[container])
		return "M7: usage rose above the limit";
	if (usage < mw->tolerated[container])
		mw->tolerated[container] = usage > limit ? usage : limit;
	return broken ? broken : mw->policy->class->check(mw->policy, container, usage);
}

const char *mw_check(struct mw *mw)
{
	const char *broken = mw->broken;

	if (!broken)
		broken = mw->model->class->check(mw->model, MW_PAGES);
	for (uint32_t i = 0; i < MW_PAGES && !broken; i++)
		broken = check_page(mw, &mw->pages[i], i);
	for (uint32_t i = 0; i < MW_CONTAINERS && !broken; i++)
		broken = check_container(mw, i);
	return broken;
}
