// SPDX-License-Identifier: GPL-2.0-or-later
/* Counting right and wrong predictions. */
#include "rebuild/judge.h"

#include <assert.h>
#include <stdlib.h>

void judge_check(struct judge *judge, enum judge_class class, int64_t predicted, int64_t actual)
{
	struct judge_count *count = &judge->classes[class];
	uint64_t error = llabs(predicted - actual);

	count->checked++;
	count->exact += error == 0;
	count->within_1 += error <= 1;
	count->sum_abs += error;
	if (error > count->worst)
		count->worst = error;
}

void judge_open(struct judge *judge, enum judge_class class, const struct judge_bounds *bounds, int64_t actual)
{
	judge->classes[class].open++;
	judge->classes[class].open_exact += actual == bounds->predicted;
	judge->classes[class].outside += actual < bounds->low || actual > bounds->high;
}

const char *judge_class_name(enum judge_class class)
{
	static const char *const names[JUDGE_NR] = {
		[JUDGE_ANON] = "anon_fault",
		[JUDGE_FILE] = "file_fault",
		[JUDGE_AROUND] = "fault_around",
		[JUDGE_SHMEM] = "shmem_fault",
		[JUDGE_SWAP_IN] = "swap_in",
		[JUDGE_POPULATE] = "populate",
		[JUDGE_ZAP] = "zap",
		[JUDGE_TEARDOWN] = "teardown",
		[JUDGE_FORK] = "fork",
		[JUDGE_EXEC] = "exec",
		[JUDGE_RECLAIM] = "reclaim",
		[JUDGE_SYNC_FILE] = "sync_file",
		[JUDGE_SYNC_ANON] = "sync_anon",
		[JUDGE_SYNC_SWAP] = "sync_swap",
		[JUDGE_SYNC_SHMEM] = "sync_shmem",
		[JUDGE_OTHER] = "unexplained",
	};

	assert(class < JUDGE_NR);
	return names[class];
}
