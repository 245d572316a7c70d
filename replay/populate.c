// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that fill a range with pages and cause no fault event: mlock, mlockall, MADV_POPULATE, MAP_POPULATE.
 * They go through the range in order (populate_vma_page_range() in mm/gup.c), so the next page is the first
 * that is missing; where it is of a file, a window tells which.
 */
#include "replay/state.h"

#include <string.h>

/* What is never filled: no access, nothing to charge; what is only read of anonymous memory is the zero page. */
static bool is_passed_over(const struct vma *vma)
{
	return vma->is_none || vma->is_special || (!vma->is_file && !vma->is_inferred && !vma->is_write);
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
		else if (entry_find(rb, mm, t->populate_at, &page))
			t->populate_at++;
		else
			return true;
	}
	return false;
}

/* Private memory that can be written is filled as by writing to it, all else as by reading. */
static uint32_t error_code_of(const struct vma *vma)
{
	return MM_FAULT_USER | (vma && vma->is_write && !vma->is_shared ? MM_FAULT_WRITE : 0);
}

bool populate_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta, int64_t total)
{
	struct task *t = task_at(rb, task);

	if (delta < 0 || member == MM_SWAPENTS)
		return false;
	if (t->call == MM_CALL_MMAP && !t->populate_end) {
		rss_judge(rb, mm, JUDGE_POPULATE, member, 1, total);
		t->nr_early[member] += plausible(rb, delta);
		return true;
	}
	if (!seek_missing(rb, t, mm))
		return false;
	t->fault = (struct fault){
		.is_active = true, .is_populate = true, .vpn = t->populate_at,
		.error_code = error_code_of(vma_find(&mm_at(rb, mm)->vmas, t->populate_at)),
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
