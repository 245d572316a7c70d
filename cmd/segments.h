/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of one long recording: redis.001.dat, redis.002.dat, ...
 *
 *	segments_init(&segments, "redis.dat", is_split, keep);
 *	segments.part			the file in work; it gets its name by segments_end()
 *	segments_end(&segments, &err);
 *	segments_next(&segments);	another is begun; of those that ended, `keep` stay
 *	segments_pin(&segments);	those that ended stay for good
 *	segments_release(&segments);
 *
 * Standard output ("-") has no name and no part: it is not split.
 * A recording that is not split has one file, of the name that was asked for.
 */
#ifndef CMD_SEGMENTS_H
#define CMD_SEGMENTS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct segments {
	const char *output;	/* borrowed */
	bool is_split;
	uint32_t keep;		/* ended files that stay; 0 = all */
	uint32_t number;	/* of the file in work, from 1 */
	uint32_t oldest;	/* the first that may be removed */
	char *part;		/* NULL = standard output */
};

void segments_init(struct segments *segments, const char *output, bool is_split, uint32_t keep);
bool segments_are_stream(const struct segments *segments);
enum status segments_end(struct segments *segments, struct error *err);
void segments_next(struct segments *segments);
void segments_pin(struct segments *segments);
void segments_release(struct segments *segments);

#endif
