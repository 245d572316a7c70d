// SPDX-License-Identifier: GPL-2.0-or-later
/* Two rounds and a heap of their runs. */
#include "traces/perf_rounds.h"

#include "base/xalloc.h"

#include <stdlib.h>

void perf_rounds_init(struct perf_rounds *rounds, bool has_extras)
{
	*rounds = (struct perf_rounds){ .has_extras = has_extras };
}

void perf_rounds_release(struct perf_rounds *rounds)
{
	for (int i = 0; i < 2; i++) {
		free(rounds->rounds[i].events);
		free(rounds->rounds[i].extras);
		free(rounds->rounds[i].runs);
	}
	free(rounds->heap);
	*rounds = (struct perf_rounds){ 0 };
}

static bool is_before(const struct perf_run *a, const struct perf_run *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	return a->cpu != b->cpu ? a->cpu < b->cpu : a->order < b->order;
}

static void sift_down(struct perf_rounds *rounds, size_t at)
{
	struct perf_run run = rounds->heap[at];

	for (size_t child; (child = 2 * at + 1) < rounds->nr_heap; at = child) {
		if (child + 1 < rounds->nr_heap &&
		    is_before(&rounds->heap[child + 1], &rounds->heap[child]))
			child++;
		if (!is_before(&rounds->heap[child], &run))
			break;
		rounds->heap[at] = rounds->heap[child];
	}
	rounds->heap[at] = run;
}

static void set_key(struct perf_run *run)
{
	const struct mm_event *event = &run->round->events[run->at];

	run->time_ns = event->time_ns;
	run->cpu = event->cpu;
}

struct mm_event *perf_rounds_slot(struct perf_rounds *rounds)
{
	struct perf_round *round = &rounds->rounds[rounds->filling];

	if (round->nr == round->capacity)
		xgrow(&round->events, round->nr, &round->capacity, sizeof(*round->events));
	return &round->events[round->nr];
}

void perf_rounds_add(struct perf_rounds *rounds, uint64_t extra)
{
	struct perf_round *round = &rounds->rounds[rounds->filling];
	const struct mm_event *event = &round->events[round->nr];

	if (!round->nr || event->time_ns < event[-1].time_ns ||
	    (event->time_ns == event[-1].time_ns && event->cpu < event[-1].cpu)) {
		xgrow(&round->runs, round->nr_runs, &round->runs_capacity, sizeof(*round->runs));
		round->runs[round->nr_runs++] = round->nr;
	}
	if (rounds->has_extras) {
		xgrow(&round->extras, round->nr, &round->extras_capacity, sizeof(*round->extras));
		round->extras[round->nr] = extra;
	}
	if (event->time_ns > rounds->last_ns)
		rounds->last_ns = event->time_ns;
	if (event->time_ns && (!rounds->first_ns || event->time_ns < rounds->first_ns))
		rounds->first_ns = event->time_ns;
	round->nr++;
}

size_t perf_rounds_nr(const struct perf_rounds *rounds)
{
	return rounds->rounds[rounds->filling].nr;
}

/* The runs of the round at hand join those that are left of the one before. */
static void add_runs(struct perf_rounds *rounds)
{
	struct perf_round *round = &rounds->rounds[rounds->filling];

	for (size_t i = 0; i < round->nr_runs; i++) {
		struct perf_run run = {
			.order = rounds->nr_ordered++,
			.round = round,
			.at = round->runs[i],
			.end = i + 1 < round->nr_runs ? round->runs[i + 1] : round->nr,
		};

		set_key(&run);
		xgrow(&rounds->heap, rounds->nr_heap, &rounds->heap_capacity, sizeof(*rounds->heap));
		rounds->heap[rounds->nr_heap++] = run;
	}
	for (size_t i = rounds->nr_heap / 2; i-- > 0;)
		sift_down(rounds, i);
}

void perf_rounds_close(struct perf_rounds *rounds)
{
	/* Without a time nothing says what comes first: the round goes on. */
	if (!rounds->last_ns)
		return;
	add_runs(rounds);
	rounds->limit_ns = rounds->closed_ns;
	rounds->closed_ns = rounds->last_ns;
	rounds->filling ^= 1;
	/* What the heap still has of it is not later than the limit: given before it is filled. */
	rounds->rounds[rounds->filling].nr = 0;
	rounds->rounds[rounds->filling].nr_runs = 0;
}

void perf_rounds_finish(struct perf_rounds *rounds)
{
	add_runs(rounds);
	rounds->limit_ns = UINT64_MAX;
}

static void advance_first(struct perf_rounds *rounds)
{
	struct perf_run *first = rounds->heap;

	if (++first->at < first->end)
		set_key(first);
	else
		*first = rounds->heap[--rounds->nr_heap];
	if (rounds->nr_heap > 1)
		sift_down(rounds, 0);
}

/* An event without a time, or with one that has passed already. */
static const struct mm_event *move(struct perf_rounds *rounds, const struct mm_event *event)
{
	const uint64_t begin_ns = rounds->first_ns ? rounds->first_ns : rounds->begin_ns;

	rounds->late = *event;
	if (event->time_ns)
		rounds->nr_late++;
	if (rounds->given_ns < begin_ns)
		rounds->given_ns = begin_ns;
	rounds->late.time_ns = rounds->given_ns;
	return &rounds->late;
}

const struct mm_event *perf_rounds_next(struct perf_rounds *rounds, uint64_t *extra)
{
	const struct perf_run *first = rounds->heap;
	const struct mm_event *event;

	if (!rounds->nr_heap || first->time_ns > rounds->limit_ns)
		return NULL;
	event = &first->round->events[first->at];
	*extra = rounds->has_extras ? first->round->extras[first->at] : 0;
	advance_first(rounds);
	if (event->time_ns < rounds->given_ns || !event->time_ns)
		return move(rounds, event);
	rounds->given_ns = event->time_ns;
	return event;
}
