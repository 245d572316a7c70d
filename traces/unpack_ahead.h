/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks the pages of all CPUs of a recording ahead, in a thread of its own: with libzstd
 * that takes longer than decoding them.
 *
 *	ahead = unpack_ahead_start(feeds, nr);
 *	step = unpack_ahead_take(ahead, number, &run, &bytes);	(in the place of page_feed_next)
 *	unpack_ahead_stop(ahead);
 *
 * Each feed's runs come in order, so no result depends on the thread.  While it runs the feeds
 * and their codec belong to it.  One other thread takes.
 */
#ifndef TRACES_UNPACK_AHEAD_H
#define TRACES_UNPACK_AHEAD_H

#include "traces/page_feed.h"

struct unpack_ahead;

/* Borrows the feeds until it is stopped; NULL where no thread can be had. */
struct unpack_ahead *unpack_ahead_start(struct page_feed *const *feeds, size_t nr);
void unpack_ahead_stop(struct unpack_ahead *ahead);	/* NULL is fine */

/* The next run of feeds[number], in exchange for the memory of *run; bytes of the file that it took. */
enum feed_step unpack_ahead_take(struct unpack_ahead *ahead, size_t number, struct page_run *run, uint64_t *bytes);

#endif
