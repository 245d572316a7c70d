/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts events in order that were written buffer by buffer.
 *
 *	while (next record)
 *		is a round's end ? perf_rounds_close(&rounds) : fill and perf_rounds_add(&rounds, ...)
 *		while ((event = perf_rounds_next(&rounds, &extra)))
 *			give(event);
 *	perf_rounds_finish(&rounds), and the rest as above
 *
 * perf empties the buffers of all CPUs in turn: that is a round.  What was written before a
 * round's end may be followed, in the next round, by what happened meanwhile on another CPU, but
 * not by anything older than the round before.  So two rounds are held, never the whole file.
 * A round consists of a few runs in time order, which are merged.
 */
#ifndef TRACES_PERF_ROUNDS_H
#define TRACES_PERF_ROUNDS_H

#include "base/xalloc.h"
#include "traces/mm_event.h"

#include <stddef.h>

/* The events of one round, as they were written. */
struct perf_round {
	struct mm_event *events;
	uint64_t *extras;	/* one for each event, if they are kept */
	size_t *runs;		/* where each run begins */
	size_t nr, capacity, extras_capacity, nr_runs, runs_capacity;
};

struct perf_run {		/* what is left of a run */
	uint64_t time_ns;
	uint32_t cpu, order;
	const struct perf_round *round;
	size_t at, end;
};

struct perf_rounds {
	struct perf_round rounds[2];
	size_t filling;		/* which of them */
	/* The first run, which its place in the heap lags behind: next event, end, extra. */
	const struct mm_event *at, *end;
	const uint64_t *extra;
	uint64_t before_ns;	/* before this no other run's turn comes */
	struct perf_run *heap;	/* the earliest run first */
	size_t nr_heap, heap_capacity;
	uint32_t nr_ordered;	/* runs so far: ties go to the earlier one */
	uint64_t last_ns;	/* latest time in closed rounds */
	uint64_t first_ns;	/* earliest time in them that is not 0 */
	uint64_t begin_ns;	/* what takes its place where there is none */
	uint64_t closed_ns;	/* last_ns when the last round was closed */
	uint64_t limit_ns;	/* events up to here may be given: nothing earlier will come */
	uint64_t given_ns;
	uint64_t nr_late;	/* events that came too late for their place */
	struct mm_event late;	/* one of them, in its new place */
	bool has_extras;
};

void perf_rounds_init(struct perf_rounds *rounds, bool has_extras);
void perf_rounds_release(struct perf_rounds *rounds);

void perf_rounds_grow(struct perf_round *round);

/* Room for the next event; it belongs to the round once perf_rounds_add() is called. */
static inline struct mm_event *perf_rounds_slot(struct perf_rounds *rounds)
{
	struct perf_round *round = &rounds->rounds[rounds->filling];

	if (round->nr == round->capacity)
		perf_rounds_grow(round);
	return &round->events[round->nr];
}

/* What perf_rounds_add() does where a run begins, or extras are kept. */
void perf_rounds_add_slow(struct perf_rounds *rounds, uint64_t extra);

/* Time 0: from before the first event. */
static inline void perf_rounds_add(struct perf_rounds *rounds, uint64_t extra)
{
	struct perf_round *round = &rounds->rounds[rounds->filling];
	const struct mm_event *event = &round->events[round->nr];

	if (rounds->has_extras || !round->nr || event->time_ns <= event[-1].time_ns)
		perf_rounds_add_slow(rounds, extra);
	else
		round->nr++;
}

/* How many events the round at hand has. */
static inline size_t perf_rounds_nr(const struct perf_rounds *rounds)
{
	return rounds->rounds[rounds->filling].nr;
}

void perf_rounds_close(struct perf_rounds *rounds);
/* No more will be added. */
void perf_rounds_finish(struct perf_rounds *rounds);

/* What perf_rounds_next() does when another run's turn may have come. */
const struct mm_event *perf_rounds_next_slow(struct perf_rounds *rounds, uint64_t *extra);

/* The next event in order, borrowed until the next round is filled; NULL: none may be given yet. */
static inline const struct mm_event *perf_rounds_next(struct perf_rounds *rounds, uint64_t *extra)
{
	if (rounds->at == rounds->end || rounds->at->time_ns >= rounds->before_ns)
		return perf_rounds_next_slow(rounds, extra);
	if (rounds->has_extras)
		*extra = *rounds->extra++;
	return rounds->at++;
}

/*
 * As many events in order as stand beside each other; how many, 0: none may be given yet.
 * They may be changed, but for time and CPU, and stay until the next call.
 */
size_t perf_rounds_span(struct perf_rounds *rounds, struct mm_event **events);

#endif
