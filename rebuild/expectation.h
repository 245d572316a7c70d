/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a text by hand says to its scenario beside operations: a limit changes,
 * a container is reclaimed, a figure is expected.  Plain data.
 */
#ifndef REBUILD_EXPECTATION_H
#define REBUILD_EXPECTATION_H

#include <stdbool.h>
#include <stdint.h>

enum directive_kind { DIRECTIVE_LIMIT, DIRECTIVE_RECLAIM, DIRECTIVE_EXPECT };

/* What an `expect` is about. */
enum expect_about {
	EXPECT_FIGURE,		/* of container and resource: `figure` says which */
	EXPECT_PAYER,		/* of a page: value is a container, or -1 */
	EXPECT_MAPPED,		/* entries that map a page in the scenario */
	EXPECT_KILLED,		/* an mm is void: value 0 or 1 */
	EXPECT_INCIDENTS,	/* of a kind, in container, so far */
	EXPECT_RECLAIM,		/* of the last reclaim call: `figure` says which */
	EXPECT_DENIED,		/* the last call that was denied: value is an errno */
};

struct directive {
	enum directive_kind kind;
	bool is_recorded;	/* expect: of scenario 0, not of the text's own */
	bool is_assumed;	/* expect: of what comes of it when uses are assumed */
	uint32_t container;
	const char *resource;	/* borrowed; NULL = that of the only model, or rss */
	uint64_t barrier, limit;	/* DIRECTIVE_LIMIT; PAGES_UNLIMITED = none */
	enum expect_about about;
	const char *figure;	/* borrowed: EXPECT_FIGURE, _INCIDENTS, _RECLAIM */
	uint32_t page, mm;
	int64_t value;
};

#endif
