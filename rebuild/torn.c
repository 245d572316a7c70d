// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the end of an address space tells of guesses: its counters fall mapping by mapping, so
 * a sum that is right may turn out to be spread wrongly over them.  Which pages of a file are
 * taken for there is moved from one to the other; the next to run the program ends as it did.
 */
#include "rebuild/state.h"

static bool is_unsure(struct rebuild *rb, uint32_t file, uint64_t index)
{
	const struct file_chunk *chunk = file_find_chunk(&rb->pages, file, index);

	return chunk && !(chunk->sure & vpn_bit(index));
}

/* Whether a page of a file is mapped at vpn, and whether that is a guess. */
static bool is_mapped(struct rebuild *rb, uint32_t mm, uint64_t vpn, bool *is_guess)
{
	const struct vma *vma = vma_find(&mm_at(rb, mm)->vmas, vpn);
	uint32_t page;

	if (!entry_find(rb, mm, vpn, &page) || page_at(&rb->pages, page)->kind != PAGE_FILE)
		return false;
	*is_guess = page != PAGE_SPECIAL && vma && vma->file && is_unsure(rb, vma->file, page_at(&rb->pages, page)->index);
	return true;
}

bool torn_part(struct rebuild *rb, uint32_t mm, const struct walk *walk, uint64_t nr, enum op_why why)
{
	if (!rb->is_late || nr >= walk->left[MM_FILEPAGES])
		return false;
	for (int pass = 0; pass < 2; pass++) {
		for (uint64_t vpn = walk->chunk_begin; vpn < walk->chunk_end && nr; vpn++) {
			bool is_guess;

			if (!is_mapped(rb, mm, vpn, &is_guess) || is_guess != pass)
				continue;
			entry_unmap(rb, mm, vpn, why);
			nr--;
		}
	}
	return true;
}

/* Of the entries that are left of what was zapped so many were none. */
static void fewer(struct rebuild *rb, uint32_t mm, const struct walk *walk, uint64_t nr)
{
	for (uint64_t vpn = walk->chunk_begin; vpn < walk->chunk_end && nr; vpn++) {
		const struct vma *vma = vma_find(&mm_at(rb, mm)->vmas, vpn);
		bool is_guess;

		if (!is_mapped(rb, mm, vpn, &is_guess) || !is_guess)
			continue;
		marks_set(rb, vma->file, vma->first_index + (vpn - vma->begin));
		nr--;
	}
}

/* Whether a fault mapped pages there: something is mapped in the block. */
static bool is_window(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	uint64_t begin = vpn & ~(uint64_t)(AROUND_PAGES - 1);
	uint32_t page;

	for (uint64_t v = begin; v < begin + AROUND_PAGES; v++)
		if (entry_find(rb, mm, v, &page))
			return true;
	return false;
}

/* So many that were left out as a guess were mapped. */
static void more(struct rebuild *rb, uint32_t mm, const struct walk *walk, uint64_t nr)
{
	struct vmas *vmas = &mm_at(rb, mm)->vmas;

	for (uint64_t vpn = walk->chunk_begin; vpn < walk->chunk_end && nr; vpn++) {
		const struct vma *vma = vma_find(vmas, vpn);
		const struct file_chunk *chunk;
		uint64_t index;
		uint32_t page;

		if (!vma || !vma->file || entry_find(rb, mm, vpn, &page))
			continue;
		index = vma->first_index + (vpn - vma->begin);
		chunk = file_find_chunk(&rb->pages, vma->file, index);
		if (!chunk || !(chunk->skipped & vpn_bit(index)) || chunk->sure & vpn_bit(index) || !is_window(rb, mm, vpn))
			continue;
		cache_seen(rb, vma->file, index);
		nr--;
	}
}

void torn_value(struct rebuild *rb, uint32_t mm, const struct walk *walk, enum mm_member member, uint64_t nr)
{
	struct walk next = *walk;
	uint64_t left = walk->left[MM_FILEPAGES];

	if (!rb->is_late || !mm_at(rb, mm)->is_observed)
		return;
	/* It may go on where it stopped within a page table: then there is nothing to learn yet. */
	if (walk->is_partial && left && (member != MM_FILEPAGES || nr > left)) {
		fewer(rb, mm, walk, left);
		next.left[MM_FILEPAGES] = 0;
		if (member != MM_FILEPAGES || !walk_next(rb, mm, &next))
			return;
		left = next.left[MM_FILEPAGES];
	}
	if (member == MM_FILEPAGES && left && nr > left)
		more(rb, mm, &next, nr - left);
}
