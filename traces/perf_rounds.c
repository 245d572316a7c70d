// SPDX-License-Identifier: GPL-2.0-or-later
/* Two rounds and a heap of their runs. */
#include "traces/perf_rounds.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SMALL_BYTES ((size_t)256 << 10)
#define LARGE_BYTES ((size_t)8 << 20)
#define LARGE_PAGE ((size_t)2 << 20)
#define SPAN_EVENTS 128		/* what the nearest cache holds until those who asked have looked at all */

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

/* To write a page of memory first costs as much as 50 events: large rounds ask for large pages, of which only those written count. */
void perf_rounds_grow(struct perf_round *round)
{
	const size_t bytes = round->capacity * sizeof(*round->events);
	const size_t more_bytes = 2 * bytes < LARGE_BYTES ? LARGE_BYTES : 2 * bytes;
	struct mm_event *events;

	if (bytes < SMALL_BYTES) {
		xgrow(&round->events, round->nr, &round->capacity, sizeof(*round->events));
		return;
	}
	events = xneed(aligned_alloc(LARGE_PAGE, more_bytes));
	madvise(events, more_bytes, MADV_HUGEPAGE);	/* where there are none it costs what it did */
	memcpy(events, round->events, bytes);
	free(round->events);
	round->events = events;
	round->capacity = more_bytes / sizeof(*events);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
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

void perf_rounds_add_slow(struct perf_rounds *rounds, uint64_t extra)
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
	round->nr++;
}

/* The end of run `i` of a round. */
static size_t end_of_run(const struct perf_round *round, size_t i)
{
	return i + 1 < round->nr_runs ? round->runs[i + 1] : round->nr;
}

/* The round's first and last times; runs are in order, but may begin without a time. */
static void note_times(struct perf_rounds *rounds, const struct perf_round *round)
{
	for (size_t i = 0; i < round->nr_runs; i++) {
		size_t at = round->runs[i], end = end_of_run(round, i);

		rounds->last_ns = later(rounds->last_ns, round->events[end - 1].time_ns);
		while (at < end && !round->events[at].time_ns)
			at++;
		if (at < end && (!rounds->first_ns || round->events[at].time_ns < rounds->first_ns))
			rounds->first_ns = round->events[at].time_ns;
	}
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
			.end = end_of_run(round, i),
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
	note_times(rounds, &rounds->rounds[rounds->filling]);
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
	note_times(rounds, &rounds->rounds[rounds->filling]);
	add_runs(rounds);
	rounds->limit_ns = UINT64_MAX;
}

/* Brings the first run's place in the heap up to date; a run that has ended leaves it. */
static void settle(struct perf_rounds *rounds)
{
	struct perf_run *first = rounds->heap;

	if (!rounds->at)
		return;
	if (rounds->at > first->round->events)
		rounds->given_ns = later(rounds->given_ns, rounds->at[-1].time_ns);
	first->at = rounds->at - first->round->events;
	rounds->at = rounds->end = NULL;
	if (first->at < first->end)
		set_key(first);
	else
		*first = rounds->heap[--rounds->nr_heap];
	if (rounds->nr_heap > 1)
		sift_down(rounds, 0);
}

/* The first run's next event, which is given now, and how far it may be followed. */
static const struct mm_event *take_first(struct perf_rounds *rounds, uint64_t *extra)
{
	const struct perf_run *heap = rounds->heap;
	const struct mm_event *event = &heap->round->events[heap->at];

	rounds->at = event + 1;
	rounds->end = &heap->round->events[heap->end];
	rounds->before_ns = rounds->limit_ns == UINT64_MAX ? UINT64_MAX : rounds->limit_ns + 1;
	for (size_t i = 1; i < 3 && i < rounds->nr_heap; i++) {
		if (heap[i].time_ns < rounds->before_ns)
			rounds->before_ns = heap[i].time_ns;
	}
	if (rounds->has_extras) {
		*extra = heap->round->extras[heap->at];
		rounds->extra = &heap->round->extras[heap->at + 1];
	}
	return event;
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

const struct mm_event *perf_rounds_next_slow(struct perf_rounds *rounds, uint64_t *extra)
{
	const struct mm_event *event;

	settle(rounds);
	if (!rounds->nr_heap || rounds->heap->time_ns > rounds->limit_ns)
		return NULL;
	event = take_first(rounds, extra);
	if (event->time_ns >= rounds->given_ns && event->time_ns) {
		rounds->given_ns = event->time_ns;
		return event;
	}
	rounds->before_ns = 0;		/* those after it have to be looked at, too */
	return move(rounds, event);
}

size_t perf_rounds_span(struct perf_rounds *rounds, struct mm_event **events)
{
	uint64_t extra;
	const struct mm_event *first = perf_rounds_next_slow(rounds, &extra), *end;

	if (!first)
		return 0;
	*events = (struct mm_event *)first;
	if (first == &rounds->late)
		return 1;
	end = rounds->end - first < SPAN_EVENTS ? rounds->end : first + SPAN_EVENTS;
	while (rounds->at < end && rounds->at->time_ns < rounds->before_ns)
		rounds->at++;
	return rounds->at - first;
}
