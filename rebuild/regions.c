// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of regions, whose they are, and the uses that they tell. */
#include "rebuild/regions.h"

#include "base/xalloc.h"
#include "rebuild/state.h"

#include <stdlib.h>

/* In pages. */
struct region {
	uint64_t begin, end;
	uint32_t accesses;
};

struct damon_target {
	uint64_t id;
	uint32_t tid;		/* of its DAMON thread: numbers are each thread's own */
	uint32_t pid;		/* of its process; 0 = not known */
	uint64_t process_begin_ns;	/* of the task: another one may get its number */
	bool has_before;	/* a set came before the one in work */
	uint64_t before_seq;	/* operations when it had been told: the interval began */
	uint64_t last_seq;	/* operations when its last event had been told */
	uint64_t failed_seq, failed_shape;	/* operations, and the set's borders, when no process was found for it */
	struct region *set;	/* what came of the set in work */
	size_t nr_set, capacity;
};

void regions_release(struct regions *regions)
{
	for (size_t i = 1; i < regions->nr_targets; i++)
		free(regions->targets[i].set);
	free(regions->targets);
	map64_release(&regions->by_name);
}

/* NULL: another has its place, which two of one kernel cannot have. */
static struct damon_target *target_of(struct regions *regions, uint32_t tid, uint64_t id)
{
	const uint64_t name = (id ^ (uint64_t)tid << 40) + 1;
	uint32_t number = map64_get(&regions->by_name, name);

	if (!number) {
		if (!regions->nr_targets)
			regions->nr_targets = 1;
		xgrow(&regions->targets, regions->nr_targets, &regions->capacity, sizeof(*regions->targets));
		number = (uint32_t)regions->nr_targets++;
		regions->targets[number] = (struct damon_target){ .id = id, .tid = tid, .failed_seq = UINT64_MAX };
		map64_set(&regions->by_name, name, number);
	}
	if (regions->targets[number].tid != tid || regions->targets[number].id != id)
		return NULL;
	return &regions->targets[number];
}

/* --- whose they are --- */

static uint64_t entries_in(const struct mm *m, uint64_t begin, uint64_t end)
{
	uint64_t counts[MM_NR_MEMBERS] = { 0 };

	page_table_count(&m->table, begin, end, counts);
	return counts[MM_FILEPAGES] + counts[MM_ANONPAGES] + counts[MM_SHMEMPAGES];
}

/* All its pages lie in the set, some in each stretch of regions that touch. */
static bool fits(const struct damon_target *target, const struct mm *m)
{
	uint64_t within = 0;

	if (!m->is_used || m->is_dying || !m->table.nr || m->table.bases[0] + 64 <= target->set[0].begin ||
	    m->table.bases[m->table.nr - 1] >= target->set[target->nr_set - 1].end)
		return false;
	for (size_t i = 0, first = 0; i < target->nr_set; i++) {
		uint64_t nr;

		if (i + 1 < target->nr_set && target->set[i + 1].begin == target->set[i].end)
			continue;
		nr = entries_in(m, target->set[first].begin, target->set[i].end);
		if (!nr)
			return false;
		within += nr;
		first = i + 1;
	}
	return within == entries_in(m, 0, UINT64_MAX);
}

/* A number that another set's borders hardly come to. */
static uint64_t shape_of(const struct damon_target *target)
{
	uint64_t shape = target->nr_set;

	for (size_t i = 0; i < target->nr_set; i++)
		shape = (shape * 31 + target->set[i].begin) * 31 + target->set[i].end;
	return shape;
}

/* The only process that the set fits. */
static void find_process(struct rebuild *rb, struct damon_target *target)
{
	const uint64_t shape = shape_of(target);
	uint32_t found = 0, task;

	if (target->failed_seq == rb->seq && target->failed_shape == shape)
		return;		/* nothing has changed since */
	target->failed_seq = rb->seq;
	target->failed_shape = shape;
	for (uint32_t mm = 1; mm < rb->nr_mms; mm++) {
		if (!fits(target, mm_at(rb, mm)))
			continue;
		if (found)
			return;
		found = mm;
	}
	task = found ? task_find(rb, mm_at(rb, found)->pid) : 0;
	if (!task || task_at(rb, task)->mm != found)
		return;
	target->pid = mm_at(rb, found)->pid;
	target->process_begin_ns = task_at(rb, task)->begin_ns;
}

/* The address space that its process has now, 0 = it has ended or is not known. */
static uint32_t mm_of(struct rebuild *rb, const struct damon_target *target)
{
	uint32_t task = target->pid ? task_find(rb, target->pid) : 0;

	if (!task || task_at(rb, task)->is_exited || task_at(rb, task)->begin_ns != target->process_begin_ns)
		return 0;
	return task_at(rb, task)->mm;
}

/* --- what was used --- */

struct uses {
	uint64_t nr_known, nr_told;	/* entries; of them, those that an event of the interval tells used */
	bool has_swap;
};

static bool is_told(const struct damon_target *target, const struct pte *pte)
{
	return pte->stamp > target->before_seq;
}

/* Counts what the region holds, or tells it used: a page for certain, or each perhaps. */
static void walk(struct rebuild *rb, const struct damon_target *target, uint32_t mm, const struct region *region,
		 struct uses *uses, bool is_count)
{
	const struct page_table *table = &mm_at(rb, mm)->table;

	for (size_t i = page_table_from(table, region->begin); i < table->nr; i++) {
		const struct leaf *leaf = table->leaves[i];
		const uint64_t range = leaf_range(leaf, region->begin, region->end);

		if (leaf->base >= region->end)
			break;
		uses->has_swap |= (leaf->swap & range) != 0;
		for (uint64_t bits = leaf->present & range; bits; bits &= bits - 1) {
			const struct pte *pte = &leaf->pte[__builtin_ctzll(bits)];
			const uint64_t vpn = leaf->base + (uint64_t)__builtin_ctzll(bits);

			if (pte->page == PAGE_SPECIAL)
				continue;
			if (is_count) {
				uses->nr_known++;
				uses->nr_told += is_told(target, pte);
			} else if (uses->nr_known == 1) {
				entry_use(rb, mm, vpn, false);
			} else if (!is_told(target, pte)) {
				entry_perhaps_use(rb, mm, vpn);
			}
		}
	}
}

static void tell_region(struct rebuild *rb, const struct damon_target *target, uint32_t mm, const struct region *region)
{
	struct uses uses = { 0 };

	if (!region->accesses || !target->has_before)
		return;
	walk(rb, target, mm, region, &uses, true);
	if (!uses.nr_known && !uses.has_swap)
		unmatched(rb, UNMATCHED_USE, 1);
	else if (uses.nr_told < uses.nr_known)
		walk(rb, target, mm, region, &uses, false);
}

static void count_unknown(struct rebuild *rb, const struct damon_target *target)
{
	for (size_t i = 0; i < target->nr_set; i++)
		if (target->set[i].accesses)
			unmatched(rb, UNMATCHED_REGION, target->set[i].end - target->set[i].begin);
}

/* Another set begins: that of the next interval. */
static void begin_set(struct rebuild *rb, struct damon_target *target, bool is_first)
{
	if (!mm_of(rb, target))
		count_unknown(rb, target);
	target->nr_set = 0;
	target->has_before = !is_first;
	target->before_seq = target->last_seq;
}

/* The next region of the set in work: tells what was used, if it is known of whom. */
static void add_region(struct rebuild *rb, struct damon_target *target, const struct region *region, uint32_t nr_all)
{
	xgrow(&target->set, target->nr_set, &target->capacity, sizeof(*target->set));
	target->set[target->nr_set++] = *region;
	if (mm_of(rb, target)) {
		tell_region(rb, target, mm_of(rb, target), region);
		return;
	}
	if (target->pid || target->nr_set != nr_all)
		return;
	find_process(rb, target);
	for (size_t i = 0; i < target->nr_set && mm_of(rb, target); i++)
		tell_region(rb, target, mm_of(rb, target), &target->set[i]);
}

void region_event(struct rebuild *rb, const struct mm_event *event)
{
	const uint64_t page = UINT64_C(1) << rb->page_shift;
	struct damon_target *target = target_of(&rb->regions, event->tid, event->region.target);
	struct region region = { event->region.begin >> rb->page_shift,
				 (event->region.end >> rb->page_shift) + (event->region.end % page != 0),
				 event->region.accesses };
	bool is_first;

	if (!target || region.end <= region.begin) {
		unmatched(rb, UNMATCHED_REGION, region.end > region.begin ? region.end - region.begin : 0);
		return;
	}
	is_first = !target->nr_set;
	if (is_first || region.begin < target->set[target->nr_set - 1].end)
		begin_set(rb, target, is_first);
	add_region(rb, target, &region, event->region.nr);
	target->last_seq = rb->seq;
}

/* The recording is over: what the last sets told of nobody. */
void regions_finish(struct rebuild *rb)
{
	for (size_t i = 1; i < rb->regions.nr_targets; i++)
		if (!mm_of(rb, &rb->regions.targets[i]))
			count_unknown(rb, &rb->regions.targets[i]);
}
