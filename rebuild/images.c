// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which file is mapped where, on kernels whose events do not say.
 *
 * Segments of a program come from vma_store (6.1), or from faults.  Their file is
 * the program that was executed, by its name; that of a loader, by its size; that
 * of an mmap, by the length that was asked for, which is a file's size in bytes or
 * a library's and hardly ever that of two.  Pages that enter the page cache in a
 * fault name the inode.
 */
#include "rebuild/state.h"

#include <string.h>

#define IMAGE_GAP 4096		/* pages: further apart, it is another program */
#define FIRST_TOUCHED (UINT64_C(1) << 20)	/* index that stands for it, where none is known */
#define SMALL_PROGRAM 256	/* pages: below, two programs may look the same */
#define STACK_TOPS_VPN(vpn) ((vpn) == UINT64_C(0x7ffffffff) || (vpn) == UINT64_C(0xfffffffffffff))

/* Files without an inode have keys that no inode has. */
static uint32_t file_by_key(struct rebuild *rb, uint64_t kind, uint64_t value)
{
	uint64_t key = UINT64_C(3) << 62 | kind << 58 | (value & ((UINT64_C(1) << 58) - 1));
	uint32_t file = map64_get(&rb->pages.file_by_ino, key);

	if (!file) {
		file = file_new(&rb->pages, false);
		map64_set(&rb->pages.file_by_ino, key, file);
	}
	return rb->pages.files[file].real ? rb->pages.files[file].real : file;
}

enum { KEY_PROGRAM, KEY_SHAPE, KEY_BYTES, KEY_LENGTH };

/* While exec builds an address space: first a stack of one page at the very top. */
static bool is_new_stack(struct rebuild *rb, const struct task *t, const struct mm_event *event)
{
	return !t->exec_mm && !t->has_execed && STACK_TOPS_VPN(event->vma.end >> rb->page_shift) &&
	       event->vma.end - event->vma.begin == UINT64_C(1) << rb->page_shift;
}

/*
 * A program that may lie anywhere is first mapped as long as all its segments, then what follows the
 * first is unmapped: the piece that is to go is stored as well.
 */
static bool is_doomed(struct mm *m, uint64_t begin, uint64_t end)
{
	const struct vma *vma = vma_find(&m->vmas, begin);

	return vma && vma->begin < begin && vma->end == end;
}

static void store_segment(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end)
{
	struct mm *m = mm_at(rb, mm);
	size_t i = vma_from(&m->vmas, begin);
	bool is_special = m->stack_end && begin >= m->stack_end, is_gone = is_doomed(m, begin, end);

	vma_remove(&m->vmas, begin, end);
	if (is_gone)
		return;
	vma_add(&m->vmas, &(struct vma){
		.begin = begin, .end = end, .fd = -1, .is_file = true, .is_inferred = true,
		.is_begin_exact = true, .is_end_exact = true, .is_special = is_special,
		/* Of the two, the vdso comes first and counts; vvar, below it, does not. */
		.is_none = is_special && i < m->vmas.nr && m->vmas.all[i].is_special });
}

void image_stored(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	struct task *t = task_at(rb, task);
	uint64_t begin = event->vma.begin >> rb->page_shift, end = event->vma.end >> rb->page_shift;

	if (is_new_stack(rb, t, event)) {
		t->exec_address = event->vma.mm;
		t->exec_stack = event->vma.vma;
		return;
	}
	/* Other calls are told by their own events. */
	if (!t->has_execed || !t->mm || event->vma.mm != t->exec_address || begin >= end || end > UINT64_C(1) << 36)
		return;
	if (event->vma.vma == t->exec_stack)
		stack_placed(rb, t->mm, begin, end);
	else
		store_segment(rb, t->mm, begin, end);
}

/* Segments [first, end) of one program: their places and lengths, as one number. */
static uint64_t shape_of(const struct vmas *vmas, size_t first, size_t end)
{
	uint64_t shape = 0;

	for (size_t i = first; i < end; i++) {
		shape = (shape ^ (vmas->all[i].begin - vmas->all[first].begin)) * UINT64_C(0x9e3779b97f4a7c15);
		shape = (shape ^ (vmas->all[i].end - vmas->all[i].begin)) * UINT64_C(0x9e3779b97f4a7c15);
	}
	return shape >> 6;
}

static bool is_segment(const struct vma *vma)
{
	return vma->is_inferred && vma->is_file && !vma->is_special && !vma->file;
}

static size_t group_end(const struct vmas *vmas, size_t i)
{
	while (++i < vmas->nr && is_segment(&vmas->all[i]) && vmas->all[i].begin - vmas->all[i - 1].end < IMAGE_GAP)
		;
	return i;
}

/* The file whose first page exec had to read, if it may be that of the image. */
static uint32_t read_by_exec(struct rebuild *rb, const struct task *t, uint32_t image, bool is_program)
{
	uint32_t file = t->exec_files[is_program ? 0 : 1];

	if (rb->pages.files[image].ino || !file)
		return image;
	rb->pages.files[image].real = file;
	return file;
}

/* Data follow in memory a page further than in the file, where linkers made it so: a fault told. */
static void shift_data(const struct file *file, struct vma *vma)
{
	if (file->data_shift && vma->first_index >= file->data_first)
		vma->first_index += file->data_shift;
}

/* Large programs are known by their shape, whatever the name (busybox); small ones by their name. */
void image_named(struct rebuild *rb, uint32_t task, uint32_t name)
{
	uint32_t mm = task_at(rb, task)->mm;
	struct vmas *vmas = &mm_at(rb, mm)->vmas;
	bool is_program = true;

	if (rb->has_windows)
		return;
	mm_at(rb, mm)->program = name;
	for (size_t i = 0, end; i < vmas->nr; i = end, is_program = false) {
		uint64_t base = vmas->all[i].begin;
		uint32_t file;

		end = i + 1;
		if (!is_segment(&vmas->all[i]))
			continue;
		end = group_end(vmas, i);
		file = is_program && vmas->all[end - 1].end - base < SMALL_PROGRAM ?
			file_by_key(rb, KEY_PROGRAM, (uint64_t)name << 8) : file_by_key(rb, KEY_SHAPE, shape_of(vmas, i, end));
		file = read_by_exec(rb, task_at(rb, task), file, is_program);
		for (; i < end; i++) {
			vma_change_begin(vmas, &vmas->all[i]);
			vmas->all[i].file = file;
			vmas->all[i].first_index = vmas->all[i].begin - base;
			shift_data(&rb->pages.files[file], &vmas->all[i]);
			vma_change_end(vmas, &vmas->all[i]);
		}
	}
	for (int i = 0; i < 2; i++)
		if (task_at(rb, task)->exec_faults[i].added_file)
			around_learn(rb, mm, &task_at(rb, task)->exec_faults[i]);
	memset(task_at(rb, task)->exec_faults, 0, sizeof(task_at(rb, task)->exec_faults));
	memset(task_at(rb, task)->exec_files, 0, sizeof(task_at(rb, task)->exec_files));
	ranges_tell(rb, mm);
}

uint32_t image_mapped(struct rebuild *rb, uint32_t task, const struct vma *vma, uint64_t bytes)
{
	uint32_t mm = task_at(rb, task)->mm;
	struct vmas *vmas = &mm_at(rb, mm)->vmas;
	const struct vma *old = vma_find(vmas, vma->begin);
	uint64_t page_mask = (UINT64_C(1) << rb->page_shift) - 1;

	/* A loader maps a library whole, then its segments over that. */
	if (old && old->file && old->fd == vma->fd)
		return old->file;
	for (size_t i = vmas->nr; vma->first_index && i-- > 0;)
		if (vmas->all[i].file && vmas->all[i].fd == vma->fd)
			return vmas->all[i].file;
	if (bytes & page_mask)
		return file_by_key(rb, KEY_BYTES, bytes ^ vma->first_index << 40);
	/* A round length says little: the same program, and the same descriptor. */
	return file_by_key(rb, KEY_LENGTH, (bytes >> rb->page_shift) ^ (uint64_t)mm_at(rb, mm)->program << 36 ^
			   (uint64_t)(vma->fd & 63) << 30 ^ vma->first_index << 20);
}

/* A segment that was guessed before, near enough to be of the same program. */
static const struct vma *near_segment(const struct vmas *vmas, uint64_t vpn)
{
	size_t i = vma_from(vmas, vpn);

	if (i > 0 && vmas->all[i - 1].is_inferred && vmas->all[i - 1].is_file && vpn - vmas->all[i - 1].end < IMAGE_GAP)
		return &vmas->all[i - 1];
	if (i < vmas->nr && vmas->all[i].is_inferred && vmas->all[i].is_file && vmas->all[i].begin - vpn < IMAGE_GAP)
		return &vmas->all[i];
	return NULL;
}

struct vma *image_guess(struct rebuild *rb, uint32_t task, uint32_t mm)
{
	uint64_t vpn = task_at(rb, task)->fault.vpn, begin = vpn & ~(uint64_t)(AROUND_PAGES - 1);
	struct vma *vma = fault_vma(rb, mm, vpn);
	struct mm *m = mm_at(rb, mm);
	const struct vma *near;
	uint32_t file;

	if (vma && vma->file && rb->pages.files[vma->file].real)
		vma->file = rb->pages.files[vma->file].real;
	if (vma)
		return vma->file ? vma : NULL;
	/* Where vma_store told all files, and above every mapping area, what is read is the zero page. */
	if (m->stack_end || vpn >= STACK_FIRST_VPN)
		return NULL;
	near = near_segment(&m->vmas, vpn);
	if (near)
		return segment_around(rb, mm, vpn, near->file, near->first_index + (begin - near->begin));
	/* Wherever it was loaded: a program begins at the same place each time it is run, and so does its loader. */
	file = m->program ? file_by_key(rb, KEY_PROGRAM, (uint64_t)m->program << 8 ^ ++m->nr_regions) :
		file_new(&rb->pages, false);
	return segment_around(rb, mm, vpn, file, FIRST_TOUCHED);
}

/* The index that a fault which read ahead wanted: in the middle of what it read. */
static bool wanted_index(const struct fault *f, uint64_t guess, bool is_exact, uint64_t *index)
{
	static const int shifts[] = { 0, -1, 1 };
	uint64_t first = f->added_first, last = f->added_last;

	for (int i = 0; i < (is_exact ? 1 : 3); i++) {
		*index = guess + shifts[i];
		if (last - first == 31 ? *index == first + 16 : *index >= first && *index <= last)
			return true;
	}
	*index = guess;
	/* It did not wait: what it read follows. */
	return guess < first && first - guess <= 64;
}

/* What is known of the pages of a file under another name; those of the VMA lie `shift` further. */
static void file_tell(struct rebuild *rb, const struct vma *vma, uint32_t to, int64_t shift)
{
	uint64_t begin = vma->first_index, end = begin + (vma->end - vma->begin);

	for (uint32_t i = rb->pages.files[vma->file].chunks; i; i = rb->pages.chunks[i]->next_of_file) {
		const struct file_chunk *chunk = rb->pages.chunks[i];

		for (uint64_t bits = chunk->present | chunk->skipped; bits; bits &= bits - 1) {
			uint64_t from = chunk->base + __builtin_ctzll(bits);
			uint64_t index = from >= begin && from < end ? from + shift : from;

			if (chunk->skipped & vpn_bit(from))
				marks_set(rb, to, index);
			else
				cache_seen(rb, to, index);
		}
	}
}

/* The VMA and what follows it of its file lie `shift` pages further in the file than was thought. */
static void learn_shift(struct rebuild *rb, struct mm *m, const struct vma *vma, int64_t shift)
{
	uint32_t file = vma->file;
	uint64_t first = vma->first_index;

	if (!shift || rb->pages.files[file].data_shift)
		return;
	rb->pages.files[file].data_shift = shift;
	rb->pages.files[file].data_first = first;
	for (size_t i = 0; i < m->vmas.nr; i++)
		if (m->vmas.all[i].file == file)
			shift_data(&rb->pages.files[file], &m->vmas.all[i]);
}

void image_learn(struct rebuild *rb, uint32_t mm, const struct fault *f)
{
	struct mm *m = mm_at(rb, mm);
	struct vma *vma = fault_vma(rb, mm, f->vpn);
	uint64_t index, guess;
	uint32_t virtual;

	if (!f->added_file || f->added_too_much || !vma || !vma->file || marks_is_header(rb, mm, f, vma->file) ||
	    (rb->pages.files[vma->file].ino && vma->file != f->added_file))
		return;
	guess = vma->first_index + (f->vpn - vma->begin);
	virtual = vma->file;
	if (!wanted_index(f, guess, !vma->is_inferred, &index) || (virtual == f->added_file && index > guess))
		return;
	if (virtual != f->added_file) {
		file_tell(rb, vma, f->added_file, index - guess);
		rb->pages.files[virtual].real = f->added_file;
		for (size_t i = 0; i < m->vmas.nr; i++)
			if (m->vmas.all[i].file == virtual)
				m->vmas.all[i].file = f->added_file;
	}
	learn_shift(rb, m, vma, index - guess);
}
