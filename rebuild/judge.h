/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often rss_stat was predicted exactly before its value was looked at.
 *
 * The kernel prints an absolute count; a prediction is the count printed before
 * plus what the operation at hand should have moved.  A value that was seen is
 * then taken as evidence: the next prediction starts from it.  Counts are kept
 * per class of operation (reconstruct.md 6 and 7).
 */
#ifndef REBUILD_JUDGE_H
#define REBUILD_JUDGE_H

#include <stdint.h>

enum judge_class {
	JUDGE_ANON,		/* anonymous fault: new page, copy, huge page */
	JUDGE_FILE,		/* file fault that mapped its own page */
	JUDGE_AROUND,		/* file fault that mapped a window */
	JUDGE_SHMEM,
	JUDGE_SWAP_IN,
	JUDGE_POPULATE,		/* mlock, MAP_POPULATE, MADV_POPULATE */
	JUDGE_ZAP,		/* munmap, madvise, brk, mremap, shmdt, MAP_FIXED */
	JUDGE_TEARDOWN,		/* exit, exec */
	JUDGE_FORK,
	JUDGE_EXEC,		/* argument pages, acct_arg_size */
	JUDGE_RECLAIM,		/* swap-out, file reclaim, MADV_PAGEOUT */
	JUDGE_SYNC_FILE,	/* kernels before 6.2: what faults since the last time added up to */
	JUDGE_SYNC_ANON,
	JUDGE_SYNC_SWAP,
	JUDGE_SYNC_SHMEM,
	JUDGE_OTHER,		/* nothing that was going on explains it */
	JUDGE_NR
};

struct judge_count {
	uint64_t checked, exact, within_1;
	uint64_t worst, sum_abs;	/* pages */
	uint64_t open;		/* of those checked: the recording says only between what bounds they are */
	uint64_t open_exact, outside;	/* of those open: exact all the same; not between them */
};

struct judge {
	struct judge_count classes[JUDGE_NR];
	uint64_t unchecked;	/* of address spaces older than the recording */
	uint64_t unexplained;	/* pages whose arrival or departure nothing explains */
};

void judge_check(struct judge *judge, enum judge_class class, int64_t predicted, int64_t actual);
/* The value, checked already, was not told by the recording but for its bounds. */
struct judge_bounds {
	int64_t low, high, predicted;
};

void judge_open(struct judge *judge, enum judge_class class, const struct judge_bounds *bounds, int64_t actual);
const char *judge_class_name(enum judge_class class);

#endif
