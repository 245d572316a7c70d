// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring of runs for each feed, filled by one thread where most is missing. */
#include "traces/unpack_ahead.h"

#include "base/xalloc.h"

#include <pthread.h>
#include <stdlib.h>

#define RUNS_MOST 16		/* ahead, of one feed */
#define RUNS_LEAST 2
#define RUNS_OF_ALL 128		/* if that many are enough for each */

struct unpacked {
	struct page_run run;
	enum feed_step step;
	uint64_t bytes;		/* of the file */
};

struct queue {
	struct page_feed *feed;
	struct unpacked *ring;
	size_t nr_filled, nr_taken;	/* ever; under the lock */
	bool is_ended;			/* the last that was filled is its end; under the lock */
};

struct unpack_ahead {
	struct queue *queues;
	size_t nr_queues, nr_runs;	/* of each ring */
	pthread_t thread;
	pthread_mutex_t lock;		/* of what follows */
	pthread_cond_t changed;
	bool is_stopping;
	bool is_full;			/* the thread waits for room */
	bool is_empty;			/* who takes waits for a run */
};

static size_t nr_ready(const struct queue *queue)
{
	return queue->nr_filled - queue->nr_taken;
}

/* The queue that has least; NULL = all are full or at their end. */
static struct queue *emptiest(const struct unpack_ahead *ahead)
{
	struct queue *found = NULL;

	for (size_t i = 0; i < ahead->nr_queues; i++) {
		struct queue *queue = &ahead->queues[i];

		if (!queue->is_ended && nr_ready(queue) < ahead->nr_runs && (!found || nr_ready(queue) < nr_ready(found)))
			found = queue;
	}
	return found;
}

/* With the lock. NULL: the thread is to end. */
static struct queue *wait_for_room(struct unpack_ahead *ahead)
{
	struct queue *queue;

	while (!ahead->is_stopping && !(queue = emptiest(ahead))) {
		ahead->is_full = true;
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	}
	return ahead->is_stopping ? NULL : queue;
}

static void *run(void *context)
{
	struct unpack_ahead *ahead = context;
	struct queue *queue;

	pthread_mutex_lock(&ahead->lock);
	while ((queue = wait_for_room(ahead))) {
		struct unpacked *unpacked = &queue->ring[queue->nr_filled % ahead->nr_runs];

		pthread_mutex_unlock(&ahead->lock);
		unpacked->step = page_feed_measure(queue->feed, &unpacked->run, &unpacked->bytes);
		pthread_mutex_lock(&ahead->lock);
		queue->nr_filled++;
		queue->is_ended = unpacked->step == FEED_END;
		if (ahead->is_empty)
			pthread_cond_broadcast(&ahead->changed);
		ahead->is_empty = false;
	}
	pthread_mutex_unlock(&ahead->lock);
	return NULL;
}

static void release(struct unpack_ahead *ahead)
{
	for (size_t i = 0; i < ahead->nr_queues; i++) {
		for (size_t j = 0; j < ahead->nr_runs; j++)
			page_run_release(&ahead->queues[i].ring[j].run);
		free(ahead->queues[i].ring);
	}
	pthread_mutex_destroy(&ahead->lock);
	pthread_cond_destroy(&ahead->changed);
	free(ahead->queues);
	free(ahead);
}

struct unpack_ahead *unpack_ahead_start(struct page_feed *const *feeds, size_t nr)
{
	struct unpack_ahead *ahead = xcalloc(1, sizeof(*ahead));

	ahead->queues = xcalloc(nr, sizeof(*ahead->queues));
	ahead->nr_queues = nr;
	ahead->nr_runs = nr * RUNS_MOST <= RUNS_OF_ALL ? RUNS_MOST : RUNS_OF_ALL / nr;
	if (ahead->nr_runs < RUNS_LEAST)
		ahead->nr_runs = RUNS_LEAST;
	for (size_t i = 0; i < nr; i++)
		ahead->queues[i] = (struct queue){ .feed = feeds[i],
						   .ring = xcalloc(ahead->nr_runs, sizeof(*ahead->queues[i].ring)) };
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->changed, NULL);
	if (!pthread_create(&ahead->thread, NULL, run, ahead))
		return ahead;
	release(ahead);
	return NULL;
}

void unpack_ahead_stop(struct unpack_ahead *ahead)
{
	if (!ahead)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->is_stopping = true;
	pthread_cond_broadcast(&ahead->changed);
	pthread_mutex_unlock(&ahead->lock);
	pthread_join(ahead->thread, NULL);
	release(ahead);
}

enum feed_step unpack_ahead_take(struct unpack_ahead *ahead, size_t number, struct page_run *taken, uint64_t *bytes)
{
	struct queue *queue = &ahead->queues[number];
	struct unpacked *unpacked;
	struct page_run own = *taken;
	enum feed_step step;

	pthread_mutex_lock(&ahead->lock);
	while (!nr_ready(queue)) {
		ahead->is_empty = true;
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	}
	unpacked = &queue->ring[queue->nr_taken % ahead->nr_runs];
	step = unpacked->step;
	*bytes = unpacked->bytes;
	*taken = unpacked->run;
	unpacked->run = own;
	unpacked->bytes = 0;
	/* The end stays where it is. */
	queue->nr_taken += step != FEED_END;
	/* Being woken for each run would cost both a lot. */
	if (ahead->is_full && nr_ready(queue) <= ahead->nr_runs / 2) {
		ahead->is_full = false;
		pthread_cond_broadcast(&ahead->changed);
	}
	pthread_mutex_unlock(&ahead->lock);
	return step;
}
