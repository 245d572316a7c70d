// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading files again that were evicted here: windows of read-ahead and of
 * read-around, as of mm/readahead.c and mm/filemap.c of 6.17 and later (cgroup2.md 5):
 * the order of folios is the state's, and a window ends at a multiple of it.
 *
 * Approximations: a read ends with a page; a file has one state, where the kernel has one for each open
 * file; what the recording never showed in the page cache is not read; I/O is done
 * when the window is in, and until then its folios are locked.
 */
#include "replay/world_state.h"

#include "base/controller.h"
#include "base/xalloc.h"

#define MMAP_LOTSAMISS 100	/* mm/filemap.c */
#define MAX_ORDER 9		/* of a folio: a huge page */

static struct readahead *state_of(struct world *world, uint32_t file)
{
	while (world->nr_readaheads <= file) {
		xgrow(&world->readaheads, world->nr_readaheads, &world->readaheads_capacity,
		      sizeof(*world->readaheads));
		world->readaheads[world->nr_readaheads++] = (struct readahead){ .prev = UINT64_MAX, .at = UINT64_MAX };
	}
	return &world->readaheads[file];
}

/* Of a page that the facts have in the page cache: it, if this world does not; else 0. */
static uint32_t missing_at(const struct world *world, uint32_t file, uint64_t index)
{
	uint32_t page = world->config.facts->class->page_at(world->config.facts, file, index);

	return page && (world_residence(world, page)->flags & (RES_UNCACHED | RES_TAKEN)) == RES_UNCACHED ? page : 0;
}

static bool is_cached(const struct world *world, uint32_t file, uint64_t index)
{
	uint32_t page = world->config.facts->class->page_at(world->config.facts, file, index);

	return page && !(world_residence(world, page)->flags & (RES_UNCACHED | RES_TAKEN));
}

static unsigned order_of(uint64_t value)
{
	return 63 - (unsigned)__builtin_clzll(value);
}

/* --- one window --- */

/* Where a window's first page after the request is: read it, and the next is begun. */
struct window {
	uint32_t file;
	uint64_t start, end, mark;
};

/* How many of its pages are to be read. */
static uint64_t nr_missing(const struct world *world, const struct window *w, uint64_t index, unsigned order)
{
	uint64_t nr = 0;

	for (uint64_t i = index; i < index + (UINT64_C(1) << order) && i < w->end; i++)
		nr += missing_at(world, w->file, i) != 0;
	return nr;
}

/* One folio of it; false: there was no room. */
static bool insert_folio(struct world *world, const struct window *w, uint64_t index, unsigned order)
{
	uint64_t nr = order ? nr_missing(world, w, index, order) : 1;
	uint32_t head = 0;

	for (uint64_t i = index; i < index + (UINT64_C(1) << order) && i < w->end; i++) {
		uint32_t page = missing_at(world, w->file, i);

		if (!page)
			continue;
		if (!head)
			head = page;
		if (!world_recache(world, page, head, page == head ? nr : 0, true))
			return false;
		world_residence(world, page)->is_reading = true;
		if (w->mark >= index && w->mark < index + (UINT64_C(1) << order))
			world_residence(world, head)->is_marked = true;
	}
	return true;
}

static bool folio_fits(const struct world *world, const struct window *w, uint64_t index, unsigned order)
{
	for (uint64_t i = index; i < index + (UINT64_C(1) << order); i++)
		if (is_cached(world, w->file, i))
			return false;
	return true;
}

/* What went in up to here is unlocked. */
static void end_reading(struct world *world, const struct window *w, uint64_t end)
{
	for (uint64_t i = w->start; i < end; i++) {
		uint32_t page = world->config.facts->class->page_at(world->config.facts, w->file, i);

		if (page)
			world_residence(world, page)->is_reading = false;
	}
}

/* page_cache_ra_order(): as large as the state says, aligned, not past the window. */
static void insert(struct world *world, const struct window *w, unsigned window_order)
{
	uint64_t index = w->start;
	bool has_gap = false;

	while (index < w->end) {
		unsigned order = has_gap ? 0 : window_order;

		if (index & ((UINT64_C(1) << order) - 1))
			order = (unsigned)__builtin_ctzll(index);
		while (order && index + (UINT64_C(1) << order) > w->end)
			order--;
		/* A page is there already: the rest is read page by page. */
		if (!has_gap && !folio_fits(world, w, index, order)) {
			has_gap = true;
			continue;
		}
		if (!insert_folio(world, w, index, order)) {
			/* So it is where a large folio finds no room. */
			if (!order)
				break;
			has_gap = true;
			continue;
		}
		index += UINT64_C(1) << order;
	}
	end_reading(world, w, index);
}

static void read_window(struct world *world, uint32_t file, struct readahead *ra)
{
	struct window w = { .file = file, .start = ra->start, .end = ra->start + ra->size,
			    .mark = ra->async_size ? ra->start + ra->size - ra->async_size : UINT64_MAX };

	if (!controller_of(&world->config.options->model_rules)->reads_large)
		ra->order = 0;
	if (ra->order > MAX_ORDER)
		ra->order = MAX_ORDER;
	if (ra->size && ra->order > order_of(ra->size))
		ra->order = order_of(ra->size);
	insert(world, &w, ra->order);
}

/* --- sizes --- */

static uint64_t initial_size(uint64_t request, uint64_t max)
{
	uint64_t size = request > 1 ? UINT64_C(1) << (order_of(request - 1) + 1) : 1;

	if (size <= max / 32)
		return size * 4;
	return size <= max / 4 ? size * 2 : max;
}

static uint64_t next_size(uint64_t size, uint64_t max)
{
	if (size < max / 16)
		return size * 4;
	return size <= max / 2 ? size * 2 : max;
}

/* --- a page is missed, or a marked one is met --- */

/* page_cache_sync_ra(). */
static void read_sync(struct world *world, uint32_t file, uint64_t index, uint64_t request)
{
	uint64_t max = world->config.options->machine.readahead_pages, nr_before = 0;
	struct readahead *ra = state_of(world, file);

	if (!index || request > max || index - ra->prev <= 1) {
		ra->start = index;
		ra->size = initial_size(request, max);
		ra->async_size = ra->size > request ? ra->size - request : ra->size / 2;
	} else {
		while (nr_before < max && nr_before < index && is_cached(world, file, index - 1 - nr_before))
			nr_before++;
		if (nr_before <= request) {
			insert(world, &(struct window){ file, index, index + request, UINT64_MAX }, 0);
			return;
		}
		ra->start = index;
		ra->size = (nr_before == index ? nr_before * 2 : nr_before) + request;
		ra->size = ra->size < max ? ra->size : max;
		ra->async_size = 1;
	}
	ra->order = 0;
	read_window(world, file, ra);
}

/* page_cache_async_ra(): the window's mark is reached. */
static void read_async(struct world *world, uint32_t file, uint32_t head, uint64_t index, uint64_t request)
{
	uint64_t max = world->config.options->machine.readahead_pages, start, end, aligned;
	struct readahead *ra = state_of(world, file);
	uint32_t expected = world->config.facts->class->page_at(world->config.facts, file,
								ra->start + ra->size - ra->async_size);

	/* The mark may be inside of the folio whose first page is at index. */
	if (expected && world_folio(world, expected) == head) {
		ra->start += ra->size;
		ra->size = next_size(ra->size, max);
	} else {
		for (start = index + 1; start - index <= max && is_cached(world, file, start); start++)
			;
		if (start - index > max)
			return;
		ra->start = start;
		ra->size = next_size(start - index + request, max);
	}
	ra->order += 2;
	end = ra->start + ra->size;
	aligned = end & ~((UINT64_C(1) << (ra->order < order_of(max) ? ra->order : order_of(max))) - 1);
	if (aligned > ra->start)
		ra->size -= end - aligned;
	ra->async_size = ra->size;
	read_window(world, file, ra);
}

/* do_sync_mmap_readahead(): half of the window before the page, half behind it. */
static void read_around(struct world *world, uint32_t file, uint64_t index)
{
	uint64_t max = world->config.options->machine.readahead_pages;
	struct readahead *ra = state_of(world, file);

	if (ra->nr_mmap_misses < MMAP_LOTSAMISS * 10)
		ra->nr_mmap_misses++;
	if (ra->nr_mmap_misses > MMAP_LOTSAMISS)
		return;
	ra->start = index > max / 2 ? index - max / 2 : 0;
	ra->size = max;
	ra->async_size = max / 4;
	ra->order = 0;
	read_window(world, file, ra);
}

void world_read(struct world *world, uint32_t page, uint64_t request)
{
	bool is_missed = world_residence(world, page)->flags & RES_UNCACHED;
	uint32_t file, head = world_folio(world, page);
	uint64_t index, first;
	struct readahead *ra;

	if (!world->config.facts->class->place(world->config.facts, page, &file, &index))
		return;
	ra = state_of(world, file);
	/* Another read: where the one before ended is known when it has. */
	if (index != ra->at || request != ra->left)
		ra->prev = ra->at;
	if (world->config.options->machine.readahead_pages && is_missed) {
		read_sync(world, file, index, request);
	} else if (world_residence(world, head)->is_marked &&
		   world->config.facts->class->place(world->config.facts, head, &file, &first)) {
		world_residence(world, head)->is_marked = false;
		read_async(world, file, head, first, request + (index - first));
	}
	ra = state_of(world, file);
	ra->at = index + 1;
	ra->left = request - 1;
}

void world_fault_read(struct world *world, uint32_t page)
{
	bool is_missed = world_residence(world, page)->flags & RES_UNCACHED;
	struct readahead *ra;
	uint64_t index;
	uint32_t file;

	if (!world->config.options->machine.readahead_pages ||
	    !world->config.facts->class->place(world->config.facts, page, &file, &index))
		return;
	ra = state_of(world, file);
	if (is_missed)
		read_around(world, file, index);
	else if (ra->nr_mmap_misses)
		ra->nr_mmap_misses--;
}
