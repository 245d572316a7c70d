/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The points of a limit curve: what became of one container's resource under every limit that was tried.
 *
 *	points_open(&points, run, err);
 *	while (each entry, in the order of entries_read())
 *		points_read(&points, entry, err);	points.all, by size
 *	points_close(&points);
 *
 * One question for the whole page, read along with the entries.
 */
#ifndef REPORTS_POINTS_H
#define REPORTS_POINTS_H

#include "reports/entries.h"

struct point {
	int64_t scenario;
	char *label, *verdict, *limit_text;	/* markup */
	int64_t size;		/* barrier, or limit where there is none; ENTRY_NONE = as recorded, or unlimited */
	int64_t barrier, limit;
	int64_t maxheld, failcnt, calls, uncharged, reclaimed, swapped;
	int64_t refaults, refaults_assumed;		/* ENTRY_NONE = not computed */
	int64_t refaults_low, refaults_high, nr_runs;	/* over several runs: as seen at least, as assumed at most; ENTRY_NONE = one run */
	int64_t kills, kills_assumed, denied, denied_assumed;
	int64_t diverged_ns, void_ops;
	int64_t maxheld_low, maxheld_high;		/* with what was lost; ENTRY_NONE = nothing bounds it */
	double evidence;
	bool is_limited;
	bool may_flip;		/* the verdict, with what was lost */
};

struct points {
	struct run_db *run;	/* borrowed */
	sqlite3_stmt *rows;
	bool has_row;		/* one is read, and is not of an entry that was asked for yet */
	struct point *all;	/* of the last entry */
	size_t nr, capacity;
};

enum status points_open(struct points *points, struct run_db *run, struct error *err);

/* Those of entry, largest first; as recorded, and what has no size, before them. */
enum status points_read(struct points *points, const struct entry *entry, struct error *err);

void points_close(struct points *points);

/* Where the recording cannot say how many pages come back: assumed uses are not computed, and pages were taken away. */
bool point_is_unsure(const struct point *point);

/* Refaults by which a point is judged: as assumed where they are computed. */
int64_t point_refaults(const struct point *point);

#endif
