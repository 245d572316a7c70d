// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pages that a read fault maps around itself: of which range an event tells
 * (mm_filemap_map_pages) or, where kernels have none, the kernel's rule; how many
 * rss_stat tells; which is a guess when they are fewer than the range.
 */
#include "rebuild/state.h"

#include <string.h>

/* The pages one fault-around may map, in address order. */
struct window {
	struct { uint64_t vpn, index; uint8_t doubt; } pages[2 * PMD_PAGES];
	size_t nr;
	uint64_t low, high;	/* indices that its folios may reach to */
	uint64_t first, last;	/* indices that it was filled with; large folios reach further */
};

#define MOST_SKIPPED 4		/* pages of a widened window that may have been passed over */

static enum doubt doubt_of(struct rebuild *rb, uint32_t file, uint64_t index)
{
	const struct file_chunk *chunk = file_find_chunk(&rb->pages, file, index);
	const uint64_t bit = vpn_bit(index);
	const enum doubt unseen = rb->pages.files[file].is_born ? DOUBT_ABSENT : DOUBT_UNKNOWN;

	if (!chunk)
		return unseen;
	if (chunk->absent & bit)
		return DOUBT_ABSENT;
	if (chunk->skipped & bit)
		return DOUBT_SKIPPED;
	return chunk->present & bit ? DOUBT_NONE : unseen;
}

static void window_add(struct rebuild *rb, struct window *w, uint32_t mm, const struct vma *vma, uint64_t index)
{
	uint64_t vpn = vma->begin + (index - vma->first_index);
	struct leaf *leaf = page_table_find(&mm_at(rb, mm)->table, vpn);

	if ((leaf && (leaf->present | leaf->swap) & vpn_bit(vpn)) || w->nr == 2 * PMD_PAGES)
		return;
	w->pages[w->nr].vpn = vpn;
	w->pages[w->nr].index = index;
	w->pages[w->nr].doubt = doubt_of(rb, vma->file, index);
	w->nr++;
}

/* The range around index that one folio maps whole, if it is known to be large. */
static bool folio_range(struct rebuild *rb, const struct window *w, const struct vma *vma, uint64_t index,
			uint64_t *first, uint64_t *end)
{
	const struct file_chunk *chunk = file_find_chunk(&rb->pages, vma->file, index);
	uint64_t nr, vpn;

	if (!chunk || !(chunk->large & vpn_bit(index)))
		return false;
	nr = UINT64_C(1) << chunk->order[index & 63];
	*first = index & ~(nr - 1);
	*end = *first + nr;
	if (*first < w->low || *end - 1 > w->high)
		return false;
	vpn = vma->begin + (*first - vma->first_index);
	return vpn / PMD_PAGES == (vpn + nr - 1) / PMD_PAGES;
}

/* A damaged recording can say anything: up to the last number there is, or nearly all of them. */
static bool is_window(uint64_t first, uint64_t last)
{
	return last >= first && last - first < 2 * PMD_PAGES && last != UINT64_MAX;
}

static void window_fill(struct rebuild *rb, struct window *w, uint32_t mm, const struct vma *vma,
			uint64_t first, uint64_t last)
{
	uint64_t index = first, done = 0, folio_first, folio_end;

	w->nr = 0;
	w->first = first;
	w->last = last;
	if (!is_window(first, last))
		return;
	while (index <= last) {
		if (folio_range(rb, w, vma, index, &folio_first, &folio_end) && folio_end > index) {
			/* Folios that overlap cannot be, but a recording can say so. */
			for (uint64_t i = folio_first > done ? folio_first : done; i < folio_end; i++)
				window_add(rb, w, mm, vma, i);
			index = folio_end;
		} else {
			window_add(rb, w, mm, vma, index++);
		}
		done = index;
	}
}

static int64_t window_count(const struct window *w, enum doubt most)
{
	int64_t nr = 0;

	for (size_t i = 0; i < w->nr; i++)
		nr += w->pages[i].doubt <= most;
	return nr;
}

/* Drops pages until nr are left: the most doubtful first, of those the farthest from the fault. */
static void window_cut(struct window *w, int64_t nr, uint64_t vpn)
{
	while ((int64_t)w->nr > nr) {
		size_t worst = 0;
		uint64_t worst_distance = 0;
		int worst_doubt = -1;

		for (size_t i = 0; i < w->nr; i++) {
			uint64_t v = w->pages[i].vpn;
			uint64_t distance = v > vpn ? v - vpn : vpn - v;

			if (w->pages[i].doubt > worst_doubt ||
			    (w->pages[i].doubt == worst_doubt && distance > worst_distance)) {
				worst = i;
				worst_doubt = w->pages[i].doubt;
				worst_distance = distance;
			}
		}
		memmove(&w->pages[worst], &w->pages[worst + 1], (w->nr - worst - 1) * sizeof(w->pages[0]));
		w->nr--;
	}
}

/* From now on the pages from first on are those of one folio; what an event said of some of them stands. */
static void learn_folio(struct rebuild *rb, uint32_t file, uint64_t first, int order)
{
	for (uint64_t i = first; i < first + (UINT64_C(1) << order); i++) {
		struct file_chunk *chunk = file_chunk(&rb->pages, file, i);

		if (chunk->large & vpn_bit(i))
			continue;
		chunk->large |= vpn_bit(i);
		chunk->order[i & 63] = order;
	}
}

/* Whether blocks of these orders at either end make it nr pages; they are remembered. */
static bool try_blocks(struct rebuild *rb, struct window *w, uint32_t mm, const struct vma *vma,
		       uint64_t first, uint64_t last, int left, int right, int64_t nr)
{
	const uint64_t low = first & ~((UINT64_C(1) << left) - 1), high = last | ((UINT64_C(1) << right) - 1);

	if (low < w->low || high > w->high || high - low >= PMD_PAGES)
		return false;
	window_fill(rb, w, mm, vma, low, high);
	if ((int64_t)w->nr != nr)
		return false;
	if (low < first)
		learn_folio(rb, vma->file, low, left);
	if (high > last)
		learn_folio(rb, vma->file, last & ~((UINT64_C(1) << right) - 1), right);
	return true;
}

/*
 * More pages than the window has: a large folio reaches outside.  The smallest
 * aligned block on either side that makes up for the difference is taken for it,
 * here and whenever the file is mapped there again.  A page or so of it may have
 * been passed over, as one that carries the mark of a read-ahead is.
 */
static void window_widen(struct rebuild *rb, struct window *w, uint32_t mm, const struct vma *vma,
			 uint64_t first, uint64_t last, int64_t nr)
{
	for (int64_t skipped = 0; skipped <= MOST_SKIPPED; skipped++)
		for (int left = 0; left <= 9; left++)
			for (int right = 0; right <= 9; right++)
				if (try_blocks(rb, w, mm, vma, first, last, left, right, nr + skipped))
					return;
	window_fill(rb, w, mm, vma, first, last);
}

static void window_learn(struct rebuild *rb, uint32_t file, uint64_t first, uint64_t last)
{
	if (!is_window(first, last))
		return;
	for (uint64_t i = first; i <= last; i++) {
		struct file_chunk *chunk = file_chunk(&rb->pages, file, i);

		if (!(chunk->present & vpn_bit(i)))
			chunk->skipped |= vpn_bit(i);
	}
}

/* Its pages are of the segment, though nothing was seen there until now. */
static void window_stretch(struct rebuild *rb, const struct window *w, uint32_t mm, const struct vma *vma)
{
	const uint32_t file = vma->file;
	const uint64_t begin = vma->begin, end = vma->end;

	if (!w->nr)
		return;
	if (w->pages[0].vpn < begin)
		segment_for_page(rb, mm, w->pages[0].vpn, file, w->pages[0].index);
	if (w->pages[w->nr - 1].vpn >= end)
		segment_for_page(rb, mm, w->pages[w->nr - 1].vpn, file, w->pages[w->nr - 1].index);
}

static void window_map(struct rebuild *rb, const struct window *w, uint32_t mm, uint32_t file, uint64_t vpn)
{
	for (size_t i = 0; i < w->nr; i++) {
		uint32_t page = file_page(&rb->pages, file, w->pages[i].index);
		bool is_own = w->pages[i].vpn == vpn;

		cache_seen(rb, file, w->pages[i].index);
		entry_map(rb, mm, w->pages[i].vpn, page, is_own ? WHY_FILE : WHY_AROUND, is_own ? ENTRY_YOUNG : 0);
	}
}

/* The file of a VMA, now that an event names its inode. */
static void learn_file(struct rebuild *rb, struct vma *vma, uint32_t dev, uint64_t ino, bool is_shmem)
{
	uint32_t file = file_find(&rb->pages, dev, ino);

	if (!file && vma->file && !rb->pages.files[vma->file].ino) {
		file_name(&rb->pages, vma->file, dev, ino);
		return;
	}
	if (!file) {
		file = file_by_ino(&rb->pages, dev, ino);
		rb->pages.files[file].is_shmem = is_shmem;
	}
	vma->file = file;
}

void fault_window(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	struct task *t = task_at(rb, task);
	struct held held = t->held;
	struct fault f = t->fault;
	uint32_t mm = held.is_held ? held.mm : t->mm, file;
	uint64_t first = event->cache.index, last = event->cache.last;
	int64_t nr = held.is_held ? held.pages : -1;
	struct window w;
	struct vma *vma;

	rb->has_windows = true;
	t->held.is_held = false;
	if (!mm || !f.is_active || last < first || last - first >= PMD_PAGES)
		return;
	if (f.is_populate)
		f.vpn = populate_place(rb, task, mm, file_find(&rb->pages, event->cache.dev, event->cache.ino), first);
	vma = fault_vma(rb, mm, f.vpn);
	if (vma && !vma->is_inferred && vma->is_file) {
		if (held.is_held && held.member == MM_SHMEMPAGES && !vma->file)
			fault_object(rb, mm, vma);
		learn_file(rb, vma, event->cache.dev, event->cache.ino, held.is_held && held.member == MM_SHMEMPAGES);
	} else {
		file = file_by_ino(&rb->pages, event->cache.dev, event->cache.ino);
		vma = segment_for_window(rb, mm, f.vpn, f.error_code & MM_FAULT_EXEC, file, first, last);
		if (!vma)
			return;
	}
	file = vma->file;
	if (first < vma->first_index)
		first = vma->first_index;
	if (last >= vma->first_index + (vma->end - vma->begin))
		last = vma->first_index + (vma->end - vma->begin) - 1;
	segment_reach(rb, mm, vma, &w.low, &w.high);
	window_fill(rb, &w, mm, vma, first, last);
	if (held.is_held)
		rss_judge(rb, mm, f.is_populate ? JUDGE_POPULATE :
			  held.member == MM_SHMEMPAGES ? JUDGE_SHMEM : JUDGE_AROUND, held.member,
			  window_count(&w, DOUBT_UNKNOWN), held.total);
	else
		nr = window_count(&w, DOUBT_UNKNOWN);
	if ((int64_t)w.nr < nr)
		window_widen(rb, &w, mm, vma, first, last, nr);
	window_cut(&w, nr, f.vpn);
	window_stretch(rb, &w, mm, vma);
	window_map(rb, &w, mm, file, f.vpn);
	window_learn(rb, file, w.first, w.last);
	if ((int64_t)w.nr < nr)
		rb->judge.unexplained += nr - w.nr;
	/* What a call reads into is there: what it counts next is of another page. */
	if (f.is_populate && !(f.error_code & MM_FAULT_WRITE) && nr > 0)
		task_at(rb, task)->fault.is_active = false;
}

/* A page of a file that was seen to be read page by page is not there before it is read. */
static bool is_cold(const struct file *file)
{
	return file->nr_added > file->nr_found;
}

/*
 * What is not known is there, unless the file is cold.  What a fault reads without
 * waiting comes too late for its window.  Its own page comes in any case.
 */
static void window_doubt(struct rebuild *rb, struct window *w, uint32_t mm, const struct fault *f, uint32_t file,
			 uint64_t own)
{
	bool is_early = marks_has_read(rb, mm, f, file) && !marks_has_waited(rb, mm, f, file, own);

	for (size_t i = 0; i < w->nr; i++) {
		uint64_t index = w->pages[i].index;

		if (index == own)
			w->pages[i].doubt = DOUBT_NONE;
		else if (w->pages[i].doubt == DOUBT_UNKNOWN && is_cold(&rb->pages.files[file]))
			w->pages[i].doubt = DOUBT_ABSENT;
		else if (is_early && index >= f->added_first && index <= f->added_last)
			w->pages[i].doubt = DOUBT_ABSENT;
	}
}

/* Whether a window since the last sum left the page out, or mapped it: as a guess, it counts there. */
static bool is_counted(const struct late *late, uint64_t vpn)
{
	for (uint32_t i = 0; late && i < late->nr_windows; i++)
		if (vpn >= late->windows[i].begin && vpn < late->windows[i].end)
			return true;
	return false;
}

/*
 * Between what bounds the pages are that a fault maps, where some of them are a guess.  As many are mapped by
 * another, if the same pages are to be mapped and the same is known of them afterwards: the
 * fault's own is there in any case then.
 */
static void window_open(struct rebuild *rb, const struct window *w, const struct late *late, uint32_t file,
			struct late_window *noted)
{
	struct open_window open = { .id = file };

	noted->alike = file;
	for (size_t i = 0; i < w->nr; i++) {
		uint64_t index = w->pages[i].index;
		bool is_sure = file_chunk(&rb->pages, file, index)->sure & vpn_bit(index);

		if (!is_sure && is_counted(late, w->pages[i].vpn))
			continue;
		open.low += is_sure && w->pages[i].doubt == DOUBT_NONE;
		open.high += !is_sure || w->pages[i].doubt == DOUBT_NONE;
		open.id = (open.id ^ (index << 2 | is_sure << 1 | 1)) * UINT64_C(0x9e3779b97f4a7c15);
		noted->alike = (noted->alike ^ index) * UINT64_C(0x9e3779b97f4a7c15);
	}
	if (open.low < open.high && !is_cold(&rb->pages.files[file]))
		noted->open = open;
}

/* How often windows there were part of a sum, this time included. */
static uint32_t count_sum(struct rebuild *rb, uint32_t file, uint64_t index)
{
	uint8_t *nr = &file_chunk(&rb->pages, file, index)->nr_sums[(index & 63) / AROUND_PAGES];

	if (*nr < UINT8_MAX)
		++*nr;
	return *nr;
}

void around_learn(struct rebuild *rb, uint32_t mm, const struct fault *f)
{
	const struct vma *vma;

	image_learn(rb, mm, f);
	vma = fault_vma(rb, mm, f->vpn);
	if (vma && vma->file)
		marks_learn(rb, mm, f, vma->file, vma->first_index + (f->vpn - vma->begin));
}

int64_t around_by_rule(struct rebuild *rb, uint32_t task, uint32_t mm, int64_t nr)
{
	const struct fault f = task_at(rb, task)->fault;
	uint64_t begin = f.vpn & ~(uint64_t)(AROUND_PAGES - 1), end;
	struct window w = { .nr = 0 };
	struct late_window noted = { 0 };
	struct vma *vma;
	int64_t predicted;
	uint32_t file;
	uint64_t own;

	image_learn(rb, mm, &f);
	vma = image_guess(rb, task, mm);
	if (!vma)
		return 0;
	file = vma->file;
	own = vma->first_index + (f.vpn - vma->begin);
	w.low = vma->first_index;
	w.high = vma->first_index + (vma->end - vma->begin) - 1;
	marks_learn(rb, mm, &f, file, own);
	if (begin < vma->begin)
		begin = vma->begin;
	end = begin + AROUND_PAGES;
	if (end > vma->end)
		end = vma->end;
	if (end > (begin | (PMD_PAGES - 1)) + 1)
		end = (begin | (PMD_PAGES - 1)) + 1;
	window_fill(rb, &w, mm, vma, vma->first_index + (begin - vma->begin), vma->first_index + (end - vma->begin) - 1);
	window_doubt(rb, &w, mm, &f, file, own);
	marks_faulted(rb, file, own);
	window_open(rb, &w, task_at(rb, task)->late, file, &noted);
	predicted = window_count(&w, DOUBT_UNKNOWN);
	window_cut(&w, nr < 0 ? predicted : nr, f.vpn);
	noted.begin = begin;
	noted.end = end;
	noted.file = file;
	noted.first = vma->first_index + (begin - vma->begin);
	noted.last = noted.first + (end - begin) - 1;
	noted.nr = w.nr;
	noted.nr_sums = count_sum(rb, file, own);
	if (rb->is_late)
		late_note(rb, task, &noted);
	window_map(rb, &w, mm, file, f.vpn);
	if ((int64_t)w.nr < nr)
		rb->judge.unexplained += nr - w.nr;
	return predicted;
}

/* Whether there may be one page more, or less, at vpn, and it is in that doubt. */
static bool can_correct(struct rebuild *rb, uint32_t mm, uint64_t vpn, const struct correction *correction)
{
	const struct vma *vma = vma_find(&mm_at(rb, mm)->vmas, vpn);
	const struct leaf *leaf = page_table_find(&mm_at(rb, mm)->table, vpn);
	const struct file_chunk *chunk;

	if (!vma || !vma->file || rb->pages.files[vma->file].is_shmem != (correction->member == MM_SHMEMPAGES) ||
	    doubt_of(rb, vma->file, vma->first_index + (vpn - vma->begin)) != correction->doubt)
		return false;
	chunk = file_find_chunk(&rb->pages, vma->file, vma->first_index + (vpn - vma->begin));
	if (chunk && chunk->sure & vpn_bit(vma->first_index + (vpn - vma->begin)) && !correction->is_sure)
		return false;
	if (correction->is_more)
		return !leaf || !((leaf->present | leaf->swap) & vpn_bit(vpn));
	return leaf && leaf_member(leaf, correction->member) & vpn_bit(vpn) && leaf->pte[vpn & 63].is_old &&
	       leaf->pte[vpn & 63].page != PAGE_SPECIAL;
}

bool around_correct(struct rebuild *rb, uint32_t mm, const struct late_window *window,
		    const struct correction *correction)
{
	for (uint64_t vpn = window->begin; vpn < window->end; vpn++) {
		const struct vma *vma;
		uint64_t index;

		if (!can_correct(rb, mm, vpn, correction))
			continue;
		vma = vma_find(&mm_at(rb, mm)->vmas, vpn);
		index = vma->first_index + (vpn - vma->begin);
		if (correction->is_more) {
			cache_seen(rb, vma->file, index);
			entry_map(rb, mm, vpn, file_page(&rb->pages, vma->file, index), WHY_CORRECT, 0);
		} else {
			if (!is_cold(&rb->pages.files[vma->file]))
				marks_set(rb, vma->file, index);
			entry_unmap(rb, mm, vpn, WHY_CORRECT);
		}
		return true;
	}
	return false;
}
