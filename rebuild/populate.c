// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that fill a range with pages and cause no fault event: mlock, mlockall, MADV_POPULATE, MAP_POPULATE.
 * They go through the range in order (populate_vma_page_range() in mm/gup.c), so the next page is the first
 * that is missing; where it is of a file, a window tells which.
 */
#include "rebuild/state.h"

#include <string.h>

/* What is never filled: no access, nothing to charge; what is only read of anonymous memory is the zero page. */
static bool is_passed_over(const struct vma *vma)
{
	return vma->is_none || vma->is_special || (!vma->is_file && !vma->is_inferred && !vma->is_write);
}

enum { ADVISE_POPULATE_READ = 22, ADVISE_POPULATE_WRITE = 23 };

/* Private memory that can be written is filled as by writing to it, all else as by reading. */
static bool is_written(const struct task *t, const struct vma *vma)
{
	if (t->call == MM_CALL_MADVISE)
		return t->args[2] == ADVISE_POPULATE_WRITE;
	return vma && vma->is_write && !vma->is_shared;
}

/* Nothing is there, or a file's page of which the task is to have a copy. */
static bool is_missing(struct rebuild *rb, const struct task *t, uint32_t mm, const struct vma *vma)
{
	uint32_t page;

	if (!entry_find(rb, mm, t->populate_at, &page))
		return true;
	return page_at(&rb->pages, page)->kind != PAGE_ANON && !vma->is_shared && is_written(t, vma);
}

/* Moves on to the next page that is missing. False: none is left. */
static bool seek_missing(struct rebuild *rb, struct task *t, uint32_t mm)
{
	const struct vmas *vmas = &mm_at(rb, mm)->vmas;
	uint32_t page;

	while (t->populate_at < t->populate_end) {
		size_t i = vma_from(vmas, t->populate_at);

		/* Address space of which nothing is known. */
		if (i == vmas->nr || vmas->all[i].begin >= t->populate_end)
			return !entry_find(rb, mm, t->populate_at, &page);
		if (t->populate_at < vmas->all[i].begin)
			t->populate_at = vmas->all[i].begin;
		else if (is_passed_over(&vmas->all[i]))
			t->populate_at = vmas->all[i].end;
		else if (is_missing(rb, t, mm, &vmas->all[i]))
			return true;
		else
			t->populate_at++;
	}
	return false;
}

bool populate_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta, int64_t total)
{
	struct task *t = task_at(rb, task);
	bool is_write;

	/* One page of a file less: a copy follows. */
	if (delta < -1 || (delta < 0 && member == MM_ANONPAGES) || member == MM_SWAPENTS)
		return false;
	if (t->call == MM_CALL_MMAP && !t->populate_end) {
		if (delta < 0)
			return false;
		/* Of shared memory a page is looked for before one is made. */
		rss_judge(rb, mm, JUDGE_POPULATE, member, member != MM_SHMEMPAGES || t->has_fresh_alloc, total);
		t->has_fresh_alloc = false;
		t->nr_early[member] += plausible(rb, delta);
		return true;
	}
	if (!seek_missing(rb, t, mm))
		return false;
	is_write = is_written(t, vma_find(&mm_at(rb, mm)->vmas, t->populate_at));
	t->fault = (struct fault){
		.is_active = true, .is_populate = true, .vpn = t->populate_at,
		.error_code = MM_FAULT_USER | (is_write ? MM_FAULT_WRITE : 0),
		.pfn = t->has_fresh_alloc ? t->fresh_pfn : 0, .nr_allocs = t->has_fresh_alloc,
	};
	return fault_rss(rb, task, mm, member, delta, total);
}

uint64_t populate_place(struct rebuild *rb, uint32_t task, uint32_t mm, uint32_t file, uint64_t index)
{
	struct task *t = task_at(rb, task);
	const struct vmas *vmas = &mm_at(rb, mm)->vmas;
	const struct vma *nameless = NULL;
	uint64_t first, last;

	for (size_t i = vma_from(vmas, t->populate_at); i < vmas->nr && vmas->all[i].begin < t->populate_end; i++) {
		const struct vma *vma = &vmas->all[i];
		const bool has_name = vma->file && rb->pages.files[vma->file].ino;

		if (!vma->is_file || is_passed_over(vma) || (has_name && vma->file != file))
			continue;
		segment_reach(rb, mm, vma, &first, &last);
		if (index < first || index > last)
			continue;
		if (has_name)
			return t->populate_at = vma->begin + (index - vma->first_index);
		if (!nameless)
			nameless = vma;
	}
	if (nameless)
		t->populate_at = nameless->begin + (index - nameless->first_index);
	return t->populate_at;
}
