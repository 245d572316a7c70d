/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording fit to leave its host: the same events without what names it.
 *
 *	scrub(&job, &err);
 *
 * The input is read twice: to see what there is, and to write it anew. Nothing is
 * copied: every byte of the output is made from events, so it holds nothing that
 * recount does not know. Replay gives the same numbers.
 */
#ifndef SCRUB_SCRUB_H
#define SCRUB_SCRUB_H

#include "base/status.h"
#include "scrub/pseudonyms.h"

#include <stdint.h>

struct scrub_job {
	const char *const *inputs;	/* one recording */
	size_t nr_inputs;
	const char *output;		/* made, or replaced */
	struct pseudonyms names;	/* filled: for the owner's list; release when done */
	uint64_t events, gaps;		/* written */
	/* Called now and then with the bytes read, of both times together; NULL = never. */
	void (*progress)(void *context, uint64_t bytes, uint64_t total);
	void *progress_context;
};

enum status scrub(struct scrub_job *job, struct error *err);

#endif
