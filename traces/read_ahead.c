// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring of batches between one thread that decodes and those that replay. */
#include "traces/read_ahead.h"

#include "base/xalloc.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCH_EVENTS 1024	/* 64 KiB: what a core's second cache holds well */
#define NR_BATCHES 8

struct batch {
	struct mm_event events[BATCH_EVENTS];
	size_t nr;
	bool is_last;
	struct trace_counts counts;	/* when it was full */
};

struct reader {
	size_t nr_taken;	/* batches, ever; under the lock */
	bool is_gone;		/* under the lock */
	const struct batch *batch;	/* nr_taken - 1: the reader's */
	size_t at;
};

struct read_ahead {
	struct merge *merge;
	const struct trace_counts *counts;
	pthread_t thread;
	pthread_mutex_t lock;		/* of what follows */
	pthread_cond_t changed;
	size_t nr_filled;		/* batches, ever */
	bool is_stopping;
	/* The thread's: batch nr_filled. */
	struct batch *batches;
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

/* The batch to fill next, or NULL when the thread is to end. */
static struct batch *wait_for_room(struct read_ahead *ahead)
{
	struct batch *batch;

	pthread_mutex_lock(&ahead->lock);
	while (ahead->nr_filled - nr_taken_by_all(ahead) >= NR_BATCHES - 1 && !ahead->is_stopping)
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	batch = ahead->is_stopping ? NULL : &ahead->batches[ahead->nr_filled % NR_BATCHES];
	pthread_mutex_unlock(&ahead->lock);
	return batch;
}

static void *run(void *context)
{
	struct read_ahead *ahead = context;
	struct batch *batch;

	while ((batch = wait_for_room(ahead))) {
		bool is_last;

		fill(ahead, batch);
		is_last = batch->is_last;
		pthread_mutex_lock(&ahead->lock);
		ahead->nr_filled++;
		pthread_cond_broadcast(&ahead->changed);
		pthread_mutex_unlock(&ahead->lock);
		if (is_last)
			break;
	}
	return NULL;
}

struct read_ahead *read_ahead_start(struct merge *merge, const struct trace_counts *counts, size_t nr_readers)
{
	struct read_ahead *ahead = xcalloc(1, sizeof(*ahead));

	ahead->merge = merge;
	ahead->counts = counts;
	ahead->batches = xcalloc(NR_BATCHES, sizeof(*ahead->batches));
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
static const struct batch *take(struct read_ahead *ahead, struct reader *reader)
{
	const struct batch *batch = NULL;

	pthread_mutex_lock(&ahead->lock);
	while (ahead->is_running && reader->nr_taken == ahead->nr_filled)
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	if (reader->nr_taken < ahead->nr_filled)
		batch = &ahead->batches[reader->nr_taken++ % NR_BATCHES];
	pthread_cond_broadcast(&ahead->changed);
	pthread_mutex_unlock(&ahead->lock);
	return batch;
}

const struct mm_event *read_ahead_next(struct read_ahead *ahead, size_t number, struct trace_counts *counts)
{
	struct reader *reader = &ahead->readers[number];

	while (!reader->batch || reader->at == reader->batch->nr) {
		if (reader->batch && reader->batch->is_last)
			return NULL;
		reader->batch = take(ahead, reader);
		reader->at = 0;
		if (!reader->batch)
			return NULL;
		*counts = reader->batch->counts;
	}
	return &reader->batch->events[reader->at++];
}

void read_ahead_leave(struct read_ahead *ahead, size_t reader)
{
	pthread_mutex_lock(&ahead->lock);
	ahead->readers[reader].is_gone = true;
	pthread_cond_broadcast(&ahead->changed);
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

	return !ahead->is_running && first->nr_taken == ahead->nr_filled &&
	       (!first->batch || first->at == first->batch->nr);
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
