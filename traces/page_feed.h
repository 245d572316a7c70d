/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages of one CPU in a recording, a few at a time, unpacked.
 *
 *	page_feed_open(&feed, &place, file, codec);
 *	while ((step = page_feed_next(&feed, &run)) != FEED_END)
 *		step == FEED_PAGES ? walk(run.pages, run.nr_pages) : note(run.damage);
 *	page_feed_close(&feed);
 *
 * Memory: a window of the file that holds at least one packed piece, and the run.
 */
#ifndef TRACES_PAGE_FEED_H
#define TRACES_PAGE_FEED_H

#include "traces/codec.h"
#include "traces/trace_file.h"

#define CHUNK_COUNT_BYTES 4	/* before the first chunk */

/* Where a CPU's data lies, as the file says. */
struct page_place {
	uint64_t offset, bytes;	/* packed: the count of chunks comes first and is not counted */
	uint32_t page_bytes;
	bool is_packed;
	bool big_endian;
};

struct page_feed {
	struct page_place place;
	const struct trace_file *file;
	struct codec *codec;	/* borrowed until close */
	struct byte_cursor cursor;
	uint32_t nr_chunks;	/* still to come, as the file says */
	uint32_t nr_resumed;	/* how often sizes were wrong; then nr_chunks means nothing */
	uint64_t missing;	/* bytes that the file should have had after its end */
};

struct page_run {
	uint8_t *pages;		/* and room to look at a few bytes more */
	size_t nr_pages;
	size_t capacity_bytes;
	uint64_t offset;	/* in the file: of the piece, or of the damage */
	uint64_t bytes;		/* in the file: of the piece, or unreadable */
	const char *damage;	/* what is wrong; with FEED_PAGES: although it can be read */
};

enum feed_step { FEED_PAGES, FEED_DAMAGE, FEED_END };

void page_feed_open(struct page_feed *feed, const struct page_place *place,
		    const struct trace_file *file, struct codec *codec);
void page_feed_close(struct page_feed *feed);

enum feed_step page_feed_next(struct page_feed *feed, struct page_run *run);
/* And how many bytes of the file that took. */
enum feed_step page_feed_measure(struct page_feed *feed, struct page_run *run, uint64_t *bytes);

/* Moves on to the last piece; false if it cannot be told where that is. */
bool page_feed_seek_last(struct page_feed *feed);

void page_run_release(struct page_run *run);

#endif
