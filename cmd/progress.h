/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line on stderr while long work runs: share, bytes, rate, time left.
 *
 *	progress_begin(&progress, total_bytes, is_wanted);
 *	progress_update(&progress, bytes);	as often as you like
 *	progress_end(&progress);		before anything else is said
 *
 * Only on a terminal that can go back in a line (not TERM=dumb), at most ten
 * times a second, and without colours or other escapes (so NO_COLOR holds).
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	uint64_t total;
	uint64_t begin_ns, shown_ns;	/* of the machine's clock */
	int width;			/* of what stands on the line now */
	bool is_on;
};

void progress_begin(struct progress *progress, uint64_t total, bool is_wanted);

/* context is the struct progress, as replay_options.progress wants it. */
void progress_update(void *context, uint64_t bytes);

void progress_end(struct progress *progress);

#endif
