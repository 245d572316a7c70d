// SPDX-License-Identifier: GPL-2.0-or-later
/* Rounds: whatever is written as a recorder writes it comes out in order, and early enough. */
#include "traces/perf_rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

static void add(struct perf_rounds *rounds, uint64_t time_ns, uint16_t cpu, uint32_t tid)
{
	*perf_rounds_slot(rounds) = (struct mm_event){ .time_ns = time_ns, .cpu = cpu, .tid = tid, .kind = MM_FAULT };
	perf_rounds_add(rounds, tid + 1000);
}

/* All that may be given now, as times; the last one given before is *time. */
static size_t take(struct perf_rounds *rounds, uint64_t *times, uint32_t *tids)
{
	const struct mm_event *event;
	uint64_t extra;
	size_t nr = 0;

	while ((event = perf_rounds_next(rounds, &extra))) {
		if (rounds->has_extras)
			assert_int_equal(extra, event->tid + 1000);
		times[nr] = event->time_ns;
		tids[nr++] = event->tid;
	}
	return nr;
}

static void two_cpus(void **state)
{
	struct perf_rounds rounds;
	uint64_t times[16];
	uint32_t tids[16];

	(void)state;
	perf_rounds_init(&rounds, true);
	/* Round 1: CPU 0 up to 20, CPU 1 up to 35, it was emptied later. */
	add(&rounds, 10, 0, 1);
	add(&rounds, 20, 0, 2);
	add(&rounds, 5, 1, 3);
	add(&rounds, 35, 1, 4);
	perf_rounds_close(&rounds);
	/* CPU 0 may still have something between 20 and 35. */
	assert_int_equal(take(&rounds, times, tids), 0);
	add(&rounds, 30, 0, 5);
	add(&rounds, 50, 0, 6);
	add(&rounds, 40, 1, 7);
	perf_rounds_close(&rounds);
	assert_int_equal(take(&rounds, times, tids), 5);
	assert_memory_equal(times, ((uint64_t[]){ 5, 10, 20, 30, 35 }), 5 * sizeof(times[0]));
	/* An empty round: all of the one before may go. */
	perf_rounds_close(&rounds);
	assert_int_equal(take(&rounds, times, tids), 2);
	assert_memory_equal(tids, ((uint32_t[]){ 7, 6 }), 2 * sizeof(tids[0]));
	/* Equal times: by CPU, then as written. */
	add(&rounds, 60, 1, 8);
	add(&rounds, 60, 1, 9);
	add(&rounds, 60, 0, 10);
	perf_rounds_finish(&rounds);
	assert_int_equal(take(&rounds, times, tids), 3);
	assert_memory_equal(tids, ((uint32_t[]){ 10, 8, 9 }), 3 * sizeof(tids[0]));
	assert_int_equal(rounds.nr_late, 0);
	perf_rounds_release(&rounds);
}

static void without_a_time(void **state)
{
	struct perf_rounds rounds;
	uint64_t times[16];
	uint32_t tids[16];

	(void)state;
	perf_rounds_init(&rounds, false);
	add(&rounds, 0, 0, 1);
	add(&rounds, 0, 0, 2);
	/* Of when is not known before something has a time. */
	perf_rounds_close(&rounds);
	assert_int_equal(take(&rounds, times, tids), 0);
	add(&rounds, 9, 0, 3);
	add(&rounds, 7, 1, 4);
	perf_rounds_close(&rounds);
	assert_int_equal(take(&rounds, times, tids), 2);
	assert_memory_equal(times, ((uint64_t[]){ 7, 7 }), 2 * sizeof(times[0]));
	add(&rounds, 0, 0, 5);		/* in the middle: where it stands */
	perf_rounds_finish(&rounds);
	assert_int_equal(take(&rounds, times, tids), 3);
	assert_memory_equal(times, ((uint64_t[]){ 7, 7, 9 }), 3 * sizeof(times[0]));
	assert_memory_equal(tids, ((uint32_t[]){ 5, 4, 3 }), 3 * sizeof(tids[0]));
	assert_int_equal(rounds.nr_late, 0);
	perf_rounds_release(&rounds);
	/* Nothing has a time at all. */
	perf_rounds_init(&rounds, false);
	rounds.begin_ns = 4;
	add(&rounds, 0, 0, 1);
	perf_rounds_finish(&rounds);
	assert_int_equal(take(&rounds, times, tids), 1);
	assert_int_equal(times[0], 4);
	perf_rounds_release(&rounds);
}

static void too_late(void **state)
{
	struct perf_rounds rounds;
	uint64_t times[16];
	uint32_t tids[16];

	(void)state;
	perf_rounds_init(&rounds, false);
	add(&rounds, 10, 0, 1);
	add(&rounds, 20, 0, 2);
	perf_rounds_close(&rounds);
	perf_rounds_close(&rounds);
	assert_int_equal(take(&rounds, times, tids), 2);
	add(&rounds, 15, 0, 3);
	perf_rounds_finish(&rounds);
	assert_int_equal(take(&rounds, times, tids), 1);
	assert_int_equal(times[0], 20);
	assert_int_equal(rounds.nr_late, 1);
	perf_rounds_release(&rounds);
}

#define NR_CPUS 7
#define NR_EVENTS 5000

struct made {
	uint64_t time;
	uint32_t cpu, tid;
};

static int by_time(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

/*
 * A recorder: events happen on CPUs, each into its CPU's buffer; the recorder empties one
 * buffer after the other while more happens.  Sorting all of it is the answer.
 */
static void as_a_recorder_writes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		static struct made all[NR_EVENTS], buffers[NR_CPUS][NR_EVENTS];
		static uint64_t times[NR_EVENTS];
		static uint32_t tids[NR_EVENTS];
		size_t nr_in[NR_CPUS] = { 0 }, nr = 0, given = 0, most = 0;
		uint64_t random = seed, now = 1;
		struct perf_rounds rounds;
		uint32_t turn = 0;

		perf_rounds_init(&rounds, true);
		while (nr < NR_EVENTS) {
			uint32_t cpu = next_random(&random) % NR_CPUS;

			if (next_random(&random) % 40) {
				now += next_random(&random) % 3;
				all[nr] = (struct made){ now, cpu, nr };
				buffers[cpu][nr_in[cpu]++] = all[nr++];
				continue;
			}
			/* The recorder empties one buffer; after the last one a round has ended. */
			for (size_t i = 0; i < nr_in[turn]; i++)
				add(&rounds, buffers[turn][i].time, turn, buffers[turn][i].tid);
			nr_in[turn] = 0;
			turn = (turn + 1) % NR_CPUS;
			now++;
			if (turn)
				continue;
			if (perf_rounds_nr(&rounds) > most)
				most = perf_rounds_nr(&rounds);
			perf_rounds_close(&rounds);
			given += take(&rounds, times + given, tids + given);
			/* What is held back is at most this round: the one before is out. */
			assert_true(rounds.nr_heap <= NR_CPUS);
		}
		for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++)
			for (size_t i = 0; i < nr_in[(turn + cpu) % NR_CPUS]; i++)
				add(&rounds, buffers[(turn + cpu) % NR_CPUS][i].time, (turn + cpu) % NR_CPUS,
				    buffers[(turn + cpu) % NR_CPUS][i].tid);
		perf_rounds_finish(&rounds);
		given += take(&rounds, times + given, tids + given);
		assert_int_equal(given, NR_EVENTS);
		qsort(all, NR_EVENTS, sizeof(all[0]), by_time);
		for (size_t i = 0; i < NR_EVENTS; i++) {
			assert_int_equal(times[i], all[i].time);
			assert_int_equal(tids[i], all[i].tid);
		}
		assert_int_equal(rounds.nr_late, 0);
		assert_true(most < NR_EVENTS / 2);
		perf_rounds_release(&rounds);
	}
}

/* One round of more events than the first, second and third memory for it hold: CPU 0 has the even times, CPU 1 the odd ones. */
static void a_large_round(void **state)
{
	const uint64_t nr = 300000;
	struct perf_rounds rounds;
	struct mm_event *events;
	uint64_t time_ns = 1;
	size_t span;

	(void)state;
	perf_rounds_init(&rounds, false);
	for (uint32_t cpu = 0; cpu < 2; cpu++)
		for (uint64_t i = 2 + cpu; i < nr; i += 2)
			add(&rounds, i, cpu, i);
	perf_rounds_finish(&rounds);
	while ((span = perf_rounds_span(&rounds, &events)))
		for (size_t i = 0; i < span; i++) {
			assert_int_equal(events[i].time_ns, ++time_ns);
			assert_int_equal(events[i].tid, time_ns);
		}
	assert_int_equal(time_ns, nr - 1);
	perf_rounds_release(&rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_cpus),
		cmocka_unit_test(without_a_time),
		cmocka_unit_test(too_late),
		cmocka_unit_test(as_a_recorder_writes),
		cmocka_unit_test(a_large_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
