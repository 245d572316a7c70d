// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMAs that exec makes and no event tells of: the segments of a program and its
 * loader, bss (reconstruct.md 4).  They are inferred from the faults in them; what
 * a program's file taught is used again when it is run again.
 */
#include "rebuild/state.h"

#include "base/xalloc.h"

#include <string.h>

#define STACK_PAGES_MAX 2048	/* 8 MiB: the default limit */
#define SEGMENT_GAP 4096	/* pages between faults that may still be one segment */

/* Borders of a file's segments, as indices; what many runs of a program agree on. */
struct layout {
	uint64_t begins[16], ends[16];
	uint32_t nr_begins, nr_ends;
	int header_shift;	/* pages the first segment lies lower than its data says */
};

static struct layout *layout_of(struct rebuild *rb, uint32_t file)
{
	if (!rb->pages.files[file].layout) {
		if (!rb->nr_layouts)
			rb->nr_layouts = 1;
		xgrow(&rb->layouts, rb->nr_layouts, &rb->layouts_capacity, sizeof(*rb->layouts));
		rb->layouts[rb->nr_layouts] = (struct layout){ .nr_begins = 0 };
		rb->pages.files[file].layout = rb->nr_layouts++;
	}
	return &rb->layouts[rb->pages.files[file].layout];
}

static void learn(uint64_t *list, uint32_t *nr, uint64_t index)
{
	for (uint32_t i = 0; i < *nr; i++)
		if (list[i] == index)
			return;
	if (*nr < 16)
		list[(*nr)++] = index;
}

/* The borders known for the segment that holds index: 0 and UINT64_MAX where none is. */
static void known_borders(struct rebuild *rb, uint32_t file, uint64_t index, uint64_t *begin, uint64_t *end)
{
	const struct layout *layout = layout_of(rb, file);

	*begin = 0;
	*end = UINT64_MAX;
	for (uint32_t i = 0; i < layout->nr_begins; i++) {
		if (layout->begins[i] <= index && layout->begins[i] > *begin)
			*begin = layout->begins[i];
		if (layout->begins[i] > index && layout->begins[i] < *end)
			*end = layout->begins[i];
	}
	for (uint32_t i = 0; i < layout->nr_ends; i++) {
		if (layout->ends[i] > index && layout->ends[i] < *end)
			*end = layout->ends[i];
		if (layout->ends[i] <= index && layout->ends[i] > *begin)
			*begin = layout->ends[i];
	}
}

/* Free room around vpn: [*low, *high) without another VMA. */
static void room_at(const struct vmas *vmas, uint64_t vpn, uint64_t *low, uint64_t *high)
{
	size_t i = vma_from(vmas, vpn);

	*low = i > 0 ? vmas->all[i - 1].end : 0;
	*high = i < vmas->nr ? vmas->all[i].begin : UINT64_MAX >> 12;
}

/* Inferred, of no file, and no stack. */
static bool is_data(const struct vma *vma)
{
	return vma->is_inferred && !vma->is_file && !vma->is_stack;
}

struct vma *segment_for_anon(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	struct mm *m = mm_at(rb, mm);
	struct vma added = { .begin = vpn, .end = vpn + 1, .fd = -1, .is_write = true, .is_inferred = true, .anon = ANON_GUESSED };
	size_t i = vma_from(&m->vmas, vpn);

	added.is_stack = vpn >= STACK_FIRST_VPN && vpn < ARG_TOP_UNKNOWN - PMD_PAGES;
	/* A stack grows down into the room below it. */
	if (i < m->vmas.nr && m->vmas.all[i].is_stack && m->vmas.all[i].end - vpn < STACK_PAGES_MAX) {
		stack_grown(rb, mm, vpn, m->vmas.all[i].begin - vpn, VMA_STACK);
		m = mm_at(rb, mm);
		vma_resize(&m->vmas, &m->vmas.all[i], vpn, m->vmas.all[i].end);
		return &m->vmas.all[i];
	}
	/* bss and the like: next to an inferred anonymous neighbour it is the same one. */
	if (i > 0 && is_data(&m->vmas.all[i - 1]) && vpn - m->vmas.all[i - 1].end < SEGMENT_GAP && !added.is_stack) {
		vma_resize(&m->vmas, &m->vmas.all[i - 1], m->vmas.all[i - 1].begin, vpn + 1);
		return &m->vmas.all[i - 1];
	}
	if (i < m->vmas.nr && is_data(&m->vmas.all[i]) && m->vmas.all[i].begin - vpn < SEGMENT_GAP) {
		vma_resize(&m->vmas, &m->vmas.all[i], vpn, m->vmas.all[i].end);
		return &m->vmas.all[i];
	}
	return vma_add(&m->vmas, &added);
}

/* A range of a file that a fault showed to be mapped. */
struct sighting {
	uint32_t file;
	uint64_t begin, end;	/* vpns */
	uint64_t first;		/* index at begin */
	bool is_begin_exact, is_end_exact, is_exec;
};

static bool is_same(const struct vma *vma, const struct sighting *seen)
{
	return vma->is_inferred && vma->file == seen->file && vma->first_index - vma->begin == seen->first - seen->begin;
}

/* Whether a known border of the file lies between two of its indices. */
static bool border_between(struct rebuild *rb, uint32_t file, uint64_t low, uint64_t high)
{
	uint64_t begin, end;

	known_borders(rb, file, low, &begin, &end);
	return end <= high;
}

/* Takes a VMA of the same segment into `merged` and out of the address space. */
static void absorb(struct vmas *vmas, struct vma *merged, size_t i)
{
	const struct vma *vma = &vmas->all[i];

	if (vma->begin <= merged->begin) {
		merged->first_index -= merged->begin - vma->begin;
		merged->begin = vma->begin;
		merged->is_begin_exact = vma->is_begin_exact;
	}
	if (vma->end >= merged->end) {
		merged->end = vma->end;
		merged->is_end_exact = vma->is_end_exact;
	}
	merged->is_exec |= vma->is_exec;
	merged->is_write |= vma->is_write;
	merged->anon |= vma->anon;
	vma_wrote(merged, vma->write_begin, vma->write_end);
	vma_remove(vmas, vma->begin, vma->end);
}

/* Makes room for what was seen: the same segment is taken in, wrong guesses are cut. */
static bool clear_way(struct vmas *vmas, struct vma *merged, const struct sighting *seen)
{
	size_t i = vma_from(vmas, seen->begin);

	while (i < vmas->nr && vmas->all[i].begin < seen->end) {
		if (is_same(&vmas->all[i], seen))
			absorb(vmas, merged, i);
		else if (vmas->all[i].is_inferred)
			vma_remove(vmas, seen->begin, seen->end);
		else
			return false;
		i = vma_from(vmas, seen->begin);
	}
	return true;
}

/* After a split only the part that has anonymous pages had them all along. */
static void split_at(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	struct mm *m = mm_at(rb, mm);
	size_t i;

	vma_split(&m->vmas, vpn);
	i = vma_from(&m->vmas, vpn - 1);
	for (size_t last = i + 2; i < last && i < m->vmas.nr; i++) {
		uint64_t counts[MM_NR_MEMBERS];

		if (!m->vmas.all[i].is_inferred)
			continue;
		page_table_count(&m->table, m->vmas.all[i].begin, m->vmas.all[i].end, counts);
		m->vmas.all[i].anon = counts[MM_ANONPAGES] || counts[MM_SWAPENTS] ? ANON_GUESSED : 0;
		vma_change_begin(&m->vmas, &m->vmas.all[i]);
		m->vmas.all[i].is_write &= m->vmas.all[i].anon > 0;
		vma_change_end(&m->vmas, &m->vmas.all[i]);
	}
}

static struct vma *place(struct rebuild *rb, uint32_t mm, const struct sighting *seen)
{
	struct vmas *vmas = &mm_at(rb, mm)->vmas;
	struct layout *layout = layout_of(rb, seen->file);
	struct vma merged = {
		.begin = seen->begin, .end = seen->end, .file = seen->file, .first_index = seen->first, .fd = -1,
		.is_file = true, .is_exec = seen->is_exec, .is_inferred = true,
		.is_begin_exact = seen->is_begin_exact, .is_end_exact = seen->is_end_exact,
	};
	uint64_t known_begin, known_end, low, high;
	size_t i;

	if (seen->is_begin_exact)
		learn(layout->begins, &layout->nr_begins, seen->first);
	if (seen->is_end_exact)
		learn(layout->ends, &layout->nr_ends, seen->first + (seen->end - seen->begin));
	if (!clear_way(vmas, &merged, seen))
		return NULL;
	i = vma_from(vmas, merged.begin);
	if (i < vmas->nr && !merged.is_end_exact && is_same(&vmas->all[i], seen) && !vmas->all[i].is_begin_exact &&
	    vmas->all[i].begin - merged.end < SEGMENT_GAP &&
	    !border_between(rb, seen->file, merged.first_index + (merged.end - merged.begin) - 1, vmas->all[i].first_index))
		absorb(vmas, &merged, i);
	i = vma_from(vmas, merged.begin);
	if (i > 0 && !merged.is_begin_exact && is_same(&vmas->all[i - 1], seen) && !vmas->all[i - 1].is_end_exact &&
	    merged.begin - vmas->all[i - 1].end < SEGMENT_GAP &&
	    !border_between(rb, seen->file, vmas->all[i - 1].first_index +
			    (vmas->all[i - 1].end - vmas->all[i - 1].begin) - 1, merged.first_index))
		absorb(vmas, &merged, i - 1);
	room_at(vmas, merged.begin, &low, &high);
	known_borders(rb, seen->file, merged.first_index, &known_begin, &known_end);
	if (known_begin && merged.begin - low >= merged.first_index - known_begin) {
		merged.begin -= merged.first_index - known_begin;
		merged.first_index = known_begin;
		merged.is_begin_exact = true;
	}
	known_borders(rb, seen->file, merged.first_index + (merged.end - merged.begin) - 1, &known_begin, &known_end);
	if (known_end != UINT64_MAX && merged.begin + (known_end - merged.first_index) <= high) {
		merged.end = merged.begin + (known_end - merged.first_index);
		merged.is_end_exact = true;
	}
	vma_add(vmas, &merged);
	if (seen->is_begin_exact)
		split_at(rb, mm, seen->begin);
	if (seen->is_end_exact)
		split_at(rb, mm, seen->end);
	ranges_tell(rb, mm);
	vmas = &mm_at(rb, mm)->vmas;
	return vma_find(vmas, seen->begin);
}

static bool is_border(const struct layout *layout, uint64_t index)
{
	for (uint32_t i = 0; i < layout->nr_begins; i++)
		if (layout->begins[i] == index)
			return true;
	for (uint32_t i = 0; i < layout->nr_ends; i++)
		if (layout->ends[i] == index)
			return true;
	return false;
}

/*
 * The first segment was placed by what its data said, a page too high: what
 * follows it in the file says so now.
 */
static void settle_header(struct rebuild *rb, uint32_t mm, const struct sighting *seen)
{
	struct vmas *vmas = &mm_at(rb, mm)->vmas;
	size_t i = vma_from(vmas, seen->begin);
	struct vma *header;
	uint64_t low, high;

	if (i < vmas->nr && vmas->all[i].begin <= seen->begin && vmas->all[i].file == seen->file &&
	    !vmas->all[i].first_index)
		header = &vmas->all[i];
	else if (i > 0)
		header = &vmas->all[i - 1];
	else
		return;
	if (!header->is_inferred || header->file != seen->file || header->first_index ||
	    header->begin != seen->begin - seen->first + 1)
		return;
	room_at(vmas, header->begin - 1, &low, &high);
	if (low > header->begin - 1 || high != header->begin)
		return;
	for (uint64_t vpn = header->begin; vpn < header->end; vpn++)
		entry_move(rb, mm, vpn, vpn - 1);
	vma_change_begin(vmas, header);
	header->begin--;	/* the index stays */
	header->end--;
	vma_change_end(vmas, header);
	layout_of(rb, seen->file)->header_shift = -1;
}

/* What a fault at vpn mapped around itself: [first, last] of a file. */
struct window {
	uint64_t vpn;
	uint32_t file;
	uint64_t first, last;
	uint64_t low, high;	/* vpns its first page may be at */
	uint64_t aligned;
};

static bool fits(const struct window *window, uint64_t begin, bool must_align)
{
	return begin >= window->low && begin <= window->high && (!must_align || begin == window->aligned);
}

static bool is_of(const struct window *window, const struct vma *vma)
{
	return vma->is_inferred && vma->file == window->file;
}

/* Where the window begins, if the file lies there as it does in vma. */
static uint64_t begin_by(const struct window *window, const struct vma *vma)
{
	return vma->begin + (window->first - vma->first_index);
}

/* A page of the window whose place is known already settles it. */
static bool settled_by_page(const struct vmas *vmas, const struct window *window, uint64_t *begin)
{
	for (size_t i = vma_from(vmas, window->low); i < vmas->nr; i++) {
		const struct vma *vma = &vmas->all[i];

		if (vma->begin > window->high + (window->last - window->first))
			return false;
		*begin = begin_by(window, vma);
		if (is_of(window, vma) && vma->first_index <= window->last &&
		    window->first < vma->first_index + (vma->end - vma->begin) && fits(window, *begin, false))
			return true;
	}
	return false;
}

/* Text follows the header and read-only data the text, in the file as in memory. */
static bool settled_by_neighbour(const struct vmas *vmas, const struct layout *layout, const struct window *window,
				 uint64_t *begin)
{
	const size_t i = vma_from(vmas, window->vpn);
	const struct vma *below = i > 0 ? &vmas->all[i - 1] : NULL, *above = i < vmas->nr ? &vmas->all[i] : NULL;

	if (below && is_border(layout, window->first) && is_of(window, below) && (below->is_exec || !below->first_index)) {
		*begin = begin_by(window, below);
		if (fits(window, *begin, false))
			return true;
	}
	if (!above || window->first || !layout->header_shift || above->file != window->file)
		return false;
	*begin = begin_by(window, above) + layout->header_shift;
	return fits(window, *begin, false);
}

/* The nearest segment of the file by which the window fits; those so far off that none can are not asked. */
static bool settled_by_segment(const struct vmas *vmas, const struct window *window, int shift, bool must_align, uint64_t *begin)
{
	size_t above = vma_from(vmas, window->vpn), below = above - 1;

	for (;; above++, below--) {
		const bool is_above = above < vmas->nr &&
			vmas->all[above].begin + window->first <= window->high + 1 + vmas->last_index;
		const bool is_below = below < vmas->nr && vmas->all[below].begin + window->first + 1 >= window->low;

		if (!is_above && !is_below)
			return false;
		for (int side = !is_above; side <= is_below; side++) {
			const struct vma *vma = &vmas->all[side ? below : above];

			*begin = begin_by(window, vma) + shift;
			if (is_of(window, vma) && fits(window, *begin, must_align))
				return true;
		}
	}
}

/*
 * The vpn of a window's first page.  Fault-around begins at a multiple of 16 pages
 * or at the VMA's first; a program's segments differ by at most a page in the
 * distance between address and index.
 */
static uint64_t window_begin(const struct vmas *vmas, const struct layout *layout, const struct window *window)
{
	static const struct { int shift; bool must_align; } tries[] = {
		{ 0, true }, { -1, true }, { 1, true }, { 0, false }, { -1, false }, { 1, false },
	};
	uint64_t begin;

	if (settled_by_page(vmas, window, &begin) || settled_by_neighbour(vmas, layout, window, &begin))
		return begin;
	for (size_t t = 0; t < sizeof(tries) / sizeof(tries[0]); t++)
		if (settled_by_segment(vmas, window, tries[t].shift, tries[t].must_align, &begin))
			return begin;
	if (window->first && fits(window, window->aligned, true))
		return window->aligned;
	/* A file's first page is mapped where its first segment begins, mostly touched there. */
	return window->first ? window->low : window->high;
}

struct vma *segment_for_window(struct rebuild *rb, uint32_t mm, uint64_t vpn, bool is_exec,
			       uint32_t file, uint64_t first, uint64_t last)
{
	uint64_t aligned = vpn & ~(uint64_t)(AROUND_PAGES - 1), length = last - first + 1, full;
	struct window window = { .vpn = vpn, .file = file, .first = first, .last = last, .aligned = aligned, .high = vpn };
	struct sighting seen = { .file = file, .first = first, .is_exec = is_exec };

	window.low = vpn - aligned < length ? aligned : vpn - (length - 1);
	seen.begin = window_begin(&mm_at(rb, mm)->vmas, layout_of(rb, file), &window);
	seen.end = seen.begin + length;
	full = seen.begin + AROUND_PAGES;
	if (full > (seen.begin | (PMD_PAGES - 1)) + 1)
		full = (seen.begin | (PMD_PAGES - 1)) + 1;
	seen.is_begin_exact = seen.begin > aligned;
	seen.is_end_exact = seen.end < full;
	if (seen.begin == aligned)
		settle_header(rb, mm, &seen);
	return place(rb, mm, &seen);
}

void segment_reach(struct rebuild *rb, uint32_t mm, const struct vma *vma, uint64_t *first, uint64_t *last)
{
	const struct vmas *vmas = &mm_at(rb, mm)->vmas;
	const size_t i = (size_t)(vma - vmas->all);
	const uint64_t below = i > 0 ? vmas->all[i - 1].end : 0, above = i + 1 < vmas->nr ? vmas->all[i + 1].begin : STACK_FIRST_VPN;
	uint64_t begin, end, room;

	*first = vma->first_index;
	*last = vma->first_index + (vma->end - vma->begin) - 1;
	if (!vma->is_inferred || !vma->file)
		return;
	known_borders(rb, vma->file, *last, &begin, &end);
	room = above > vma->end ? above - vma->end : 0;
	if (!vma->is_end_exact)
		*last = end - *last > room ? *last + room : end - 1;
	known_borders(rb, vma->file, *first, &begin, &end);
	room = vma->begin - below;
	if (!vma->is_begin_exact)
		*first = *first - begin > room ? *first - room : begin;
}

struct vma *segment_for_page(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t file, uint64_t index)
{
	struct vma *vma = vma_find(&mm_at(rb, mm)->vmas, vpn);

	if (vma && vma->file == file && vma->first_index + (vpn - vma->begin) == index)
		return vma;
	return place(rb, mm, &(struct sighting){ .file = file, .begin = vpn, .end = vpn + 1, .first = index });
}

struct vma *segment_around(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t file, uint64_t first)
{
	uint64_t begin = vpn & ~(uint64_t)(AROUND_PAGES - 1);

	return place(rb, mm, &(struct sighting){
		.file = file, .begin = begin, .end = begin + AROUND_PAGES, .first = first });
}
