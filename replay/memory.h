/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay will keep in memory, before it is begun.
 *
 * How many pages a recording has alive at once, in how many containers, only reading it tells: a survey, a replay
 * of the same source with nothing limited.  What that took is what facts take; beyond it there are the worlds,
 * each as if it had left its leader at the first operation, and their time series and incidents with a row a step.
 */
#ifndef REPLAY_MEMORY_H
#define REPLAY_MEMORY_H

#include "replay/replay.h"

struct replay_memory {
	uint64_t facts;		/* of all threads, decoding and output included */
	uint64_t rows, nr_worlds;	/* of the worlds that may come to be played besides scenario 0 */
	uint64_t histories;	/* time series and incidents */
	uint64_t total;
};

/* survey: summary of a replay with the same options and no scenarios, which took survey_bytes at its peak. */
void replay_memory(const struct replay_options *options, const struct replay_summary *survey, uint64_t survey_bytes,
		   struct replay_memory *memory);

#endif
