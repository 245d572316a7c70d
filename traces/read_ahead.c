// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring of batches between one thread that decodes and those that replay. */
#include "traces/read_ahead.h"

#include "base/xalloc.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCH_EVENTS 1024	/* 64 KiB: what a core's second cache holds well */
#define BATCHES_OF_ONE 8
#define BATCHES_OF_SEVERAL 64	/* one that does not run for some ms is not to be waited for by the other */

struct batch {
	struct mm_event events[BATCH_EVENTS];
	size_t nr;
	bool is_last;
	struct trace_counts counts;	/* when it was full */
};

struct reader {
	size_t nr_taken;	/* batches, ever; under the lock */
	bool is_gone, is_waiting;	/* under the lock */
	bool is_at_end;		/* the reader's: its batch, nr_taken - 1, was the last */
};

struct read_ahead {
	struct merge *merge;
	const struct trace_counts *counts;
	pthread_t thread;
	pthread_mutex_t lock;		/* of what follows */
	pthread_cond_t changed;
	size_t nr_filled;		/* batches, ever */
	bool is_stopping;
	bool is_waiting;		/* the thread, for room */
	/* The thread's: batch nr_filled. */
	struct batch *batches;
	size_t nr_batches;
	bool is_running;
	struct reader *readers;
	size_t nr_readers;
};

static void fill(struct read_ahead *ahead, struct batch *batch)
{
	const struct mm_event *event = NULL;

	batch->nr = 0;
	while (batch->nr < BATCH_EVENTS && (event = merge_next(ahead->merge)))
		batch->events[batch->nr++] = *event;
	batch->is_last = !event;
	batch->counts = *ahead->counts;
}

/* Batches that the slowest reader has taken; nobody is waited for when all are gone. */
static size_t nr_taken_by_all(const struct read_ahead *ahead)
{
	size_t least = ahead->nr_filled;

	for (size_t i = 0; i < ahead->nr_readers; i++)
		if (!ahead->readers[i].is_gone && ahead->readers[i].nr_taken < least)
			least = ahead->readers[i].nr_taken;
	return least;
}

static size_t room(const struct read_ahead *ahead)
{
	return ahead->nr_batches - 1 - (ahead->nr_filled - nr_taken_by_all(ahead));
}

/* The batch to fill next, or NULL when the thread is to end. */
static struct batch *wait_for_room(struct read_ahead *ahead)
{
	struct batch *batch;

	pthread_mutex_lock(&ahead->lock);
	ahead->is_waiting = !room(ahead);
	while (ahead->is_waiting && !ahead->is_stopping)
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	batch = ahead->is_stopping ? NULL : &ahead->batches[ahead->nr_filled % ahead->nr_batches];
	pthread_mutex_unlock(&ahead->lock);
	return batch;
}

/* With the lock: a reader has gone on. Half of the room wakes the thread: being woken for each costs both a lot. */
static void wake_thread(struct read_ahead *ahead)
{
	if (!ahead->is_waiting || room(ahead) < ahead->nr_batches / 2)
		return;
	ahead->is_waiting = false;
	pthread_cond_broadcast(&ahead->changed);
}

/* With the lock: whether a reader waits for the batches there are now; any number will do when no more may come. */
static bool is_awaited(struct read_ahead *ahead, bool is_last)
{
	bool is_awaited = false;

	for (size_t i = 0; i < ahead->nr_readers; i++) {
		struct reader *reader = &ahead->readers[i];

		if (!reader->is_waiting || (!is_last && ahead->nr_filled - reader->nr_taken < ahead->nr_batches / 4))
			continue;
		reader->is_waiting = false;
		is_awaited = true;
	}
	return is_awaited;
}

static void *run(void *context)
{
	struct read_ahead *ahead = context;
	struct batch *batch;
	bool is_last = false, wakes;

	while (!is_last && (batch = wait_for_room(ahead))) {
		fill(ahead, batch);
		is_last = batch->is_last;
		pthread_mutex_lock(&ahead->lock);
		ahead->nr_filled++;
		wakes = is_awaited(ahead, is_last || ahead->is_stopping);
		pthread_mutex_unlock(&ahead->lock);
		/* Who is woken under the lock waits for it at once. */
		if (wakes)
			pthread_cond_broadcast(&ahead->changed);
	}
	return NULL;
}

struct read_ahead *read_ahead_start(struct merge *merge, const struct trace_counts *counts, size_t nr_readers)
{
	struct read_ahead *ahead = xcalloc(1, sizeof(*ahead));

	ahead->merge = merge;
	ahead->counts = counts;
	ahead->nr_batches = nr_readers > 1 ? BATCHES_OF_SEVERAL : BATCHES_OF_ONE;
	ahead->batches = xcalloc(ahead->nr_batches, sizeof(*ahead->batches));
	ahead->readers = xcalloc(nr_readers, sizeof(*ahead->readers));
	ahead->nr_readers = nr_readers;
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->changed, NULL);
	ahead->is_running = !pthread_create(&ahead->thread, NULL, run, ahead);
	if (ahead->is_running)
		return ahead;
	read_ahead_destroy(ahead);
	return NULL;
}

/* The next full batch, or NULL: the thread has stopped and none is left. */
static const struct batch *next_batch(struct read_ahead *ahead, struct reader *reader)
{
	const struct batch *batch = NULL;

	pthread_mutex_lock(&ahead->lock);
	while (ahead->is_running && reader->nr_taken == ahead->nr_filled) {
		reader->is_waiting = true;
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	}
	reader->is_waiting = false;
	if (reader->nr_taken < ahead->nr_filled)
		batch = &ahead->batches[reader->nr_taken++ % ahead->nr_batches];
	wake_thread(ahead);
	pthread_mutex_unlock(&ahead->lock);
	return batch;
}

const struct mm_event *read_ahead_take(struct read_ahead *ahead, size_t number, size_t *nr,
				       struct trace_counts *counts)
{
	struct reader *reader = &ahead->readers[number];

	*nr = 0;
	while (!*nr && !reader->is_at_end) {
		const struct batch *batch = next_batch(ahead, reader);

		if (!batch)
			return NULL;
		reader->is_at_end = batch->is_last;
		*counts = batch->counts;
		*nr = batch->nr;
		if (*nr)
			return batch->events;
	}
	return NULL;
}

void read_ahead_leave(struct read_ahead *ahead, size_t reader)
{
	pthread_mutex_lock(&ahead->lock);
	ahead->readers[reader].is_gone = true;
	wake_thread(ahead);
	pthread_mutex_unlock(&ahead->lock);
}

void read_ahead_stop(struct read_ahead *ahead)
{
	if (!ahead->is_running)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->is_stopping = true;
	pthread_cond_broadcast(&ahead->changed);
	pthread_mutex_unlock(&ahead->lock);
	pthread_join(ahead->thread, NULL);
	ahead->is_running = false;
}

bool read_ahead_is_empty(const struct read_ahead *ahead)
{
	const struct reader *first = &ahead->readers[0];

	return !ahead->is_running && first->nr_taken == ahead->nr_filled;
}

void read_ahead_destroy(struct read_ahead *ahead)
{
	if (!ahead)
		return;
	read_ahead_stop(ahead);
	pthread_mutex_destroy(&ahead->lock);
	pthread_cond_destroy(&ahead->changed);
	free(ahead->batches);
	free(ahead->readers);
	free(ahead);
}
