/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay will keep in memory, before it is begun.
 *
 * How many pages a recording has alive at once, in how many containers, only reading it tells: a survey, a replay
 * of the same source in which nobody leaves (replay_options.leaves), into the same kind of sink.  What that took is what facts take, with
 * decoding and all that libraries keep, the leaders among it, which the survey plays; beyond it there are the worlds of
 * those that leave them, their time series and incidents with a row a step, and these rows once more in the sink.
 */
#ifndef REPLAY_MEMORY_H
#define REPLAY_MEMORY_H

#include "replay/replay.h"

struct replay_memory {
	uint64_t facts;		/* of all threads, decoding and output of scenario 0 included */
	uint64_t rows, nr_worlds;	/* of the worlds that may come to be played besides scenario 0 */
	uint64_t histories;	/* time series and incidents */
	uint64_t output;	/* their rows, as far as the sink keeps them */
	uint64_t heaps;		/* what the allocator keeps unused, more in one run than in another */
	uint64_t total;
};

/*
 * options: of the replay, nr_threads what replay_threads() makes of them.  survey: summary of a replay with them in one
 * thread, which took survey_bytes at its peak; leaves: what it set.
 */
void replay_memory(const struct replay_options *options, const struct replay_summary *survey, uint64_t survey_bytes,
		   const bool *leaves, struct replay_memory *memory);

#endif
