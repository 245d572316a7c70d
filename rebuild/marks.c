// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Marks of read-aheads (PG_readahead): a page that carries one is left out of the range that
 * a fault maps around itself.  No event tells of a mark; where one was set follows from what a
 * fault read.
 */
#include "rebuild/state.h"

#define HEADER_PAGES 4		/* what a first read of one page at the begin of a file brings */

void marks_set(struct rebuild *rb, uint32_t file, uint64_t index)
{
	file_chunk(&rb->pages, file, index)->skipped |= vpn_bit(index);
}

void marks_faulted(struct rebuild *rb, uint32_t file, uint64_t index)
{
	cache_seen(rb, file, index);
	file_chunk(&rb->pages, file, index)->sure |= vpn_bit(index);
}

/* Whether a VMA of the file reaches beyond a page. */
static bool is_mapped_beyond(const struct mm *m, uint32_t file, uint64_t last)
{
	for (size_t i = 0; i < m->vmas.nr; i++)
		if (m->vmas.all[i].file == file &&
		    m->vmas.all[i].first_index + (m->vmas.all[i].end - m->vmas.all[i].begin) > last + 1)
			return true;
	return false;
}

bool marks_is_header(const struct rebuild *rb, uint32_t mm, const struct fault *f, uint32_t file)
{
	return !f->added_first && f->added_last == HEADER_PAGES - 1 &&
	       is_mapped_beyond(mm_at(rb, mm), file, HEADER_PAGES - 1);
}

bool marks_has_read(const struct rebuild *rb, uint32_t mm, const struct fault *f, uint32_t file)
{
	return f->added_file == file && !f->added_too_much && !marks_is_header(rb, mm, f, file);
}

bool marks_has_waited(const struct rebuild *rb, uint32_t mm, const struct fault *f, uint32_t file, uint64_t own)
{
	return marks_has_read(rb, mm, f, file) && own >= f->added_first && own <= f->added_last;
}

/*
 * Whether nothing is known of the file after a page: where a read ends early, it ends.  Of what is mapped only
 * where the fault was counts: a loader maps a library as long as it is in memory, and that is more.
 */
static bool is_end(struct rebuild *rb, const struct vma *vma, uint32_t file, uint64_t last)
{
	if (vma && vma->first_index + (vma->end - vma->begin) > last + 1)
		return false;
	for (uint64_t index = last + 1; index <= last + READ_AHEAD_PAGES; index++) {
		const struct file_chunk *chunk = file_find_chunk(&rb->pages, file, index);

		if (chunk && (chunk->present | chunk->absent | chunk->skipped) & vpn_bit(index))
			return false;
	}
	return true;
}

void marks_added(struct rebuild *rb, const struct fault *f, uint32_t file, uint64_t index)
{
	if (index == HEADER_PAGES - 1 && rb->pages.files[file].nr_added == HEADER_PAGES)
		marks_set(rb, file, 1);
	else if (index == HEADER_PAGES && f && f->added_file == file && !f->added_first)
		file_chunk(&rb->pages, file, 1)->skipped &= ~vpn_bit(1);
}

void marks_read_header(struct rebuild *rb, uint32_t mm, uint32_t file)
{
	if (mm)
		rb->pages.files[file].reading = (struct reading){
			.of = mm_at(rb, mm)->born, .size = HEADER_PAGES, .async_size = HEADER_PAGES - 1 };
}

static uint64_t next_size(uint64_t size)
{
	if (size < READ_AHEAD_PAGES / 16)
		return 4 * size;
	return size <= READ_AHEAD_PAGES / 2 ? 2 * size : READ_AHEAD_PAGES;
}

/* It found its page missing and reads as many before it as after it. */
static void read_around(struct rebuild *rb, const struct fault *f, uint32_t file, struct reading *reading, uint64_t own)
{
	reading->start = own > READ_AHEAD_PAGES / 2 ? own - READ_AHEAD_PAGES / 2 : 0;
	reading->size = READ_AHEAD_PAGES;
	reading->async_size = READ_AHEAD_PAGES / 4;
	for (uint64_t index = reading->start; index < f->added_first; index++) {
		rb->pages.files[file].nr_found++;
		file_chunk(&rb->pages, file, index)->present |= vpn_bit(index);
	}
}

/* It came upon a mark: what follows the last read is read, or what follows the page and is not there. */
static void read_on(const struct fault *f, struct reading *reading, uint64_t own)
{
	if (own == reading->start + reading->size - reading->async_size || own == reading->start + reading->size) {
		reading->start += reading->size;
		reading->size = next_size(reading->size);
	} else {
		reading->start = f->added_first < own + READ_AHEAD_PAGES ? f->added_first : own + READ_AHEAD_PAGES;
		reading->size = READ_AHEAD_PAGES;
	}
	reading->async_size = reading->size;
}

/*
 * One page of each read carries a mark, if it is new: async_size from the end of what is read,
 * which is the file's end at the latest; nowhere, if that is more than is left.
 */
void marks_learn(struct rebuild *rb, uint32_t mm, const struct fault *f, uint32_t file, uint64_t own)
{
	struct reading reading = { .of = mm_at(rb, mm)->born };
	uint64_t end;

	if (!marks_has_read(rb, mm, f, file))
		return;
	if (rb->pages.files[file].reading.of == reading.of)
		reading = rb->pages.files[file].reading;
	if (marks_has_waited(rb, mm, f, file, own))
		read_around(rb, f, file, &reading, own);
	else
		read_on(f, &reading, own);
	rb->pages.files[file].reading = reading;
	end = reading.start + reading.size;
	if (f->added_last + 1 < end && is_end(rb, fault_vma(rb, mm, f->vpn), file, f->added_last))
		end = f->added_last + 1;
	if (end >= reading.start + reading.async_size && end - reading.async_size >= f->added_first &&
	    end - reading.async_size <= f->added_last)
		marks_set(rb, file, end - reading.async_size);
}
