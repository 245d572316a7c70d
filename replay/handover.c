// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring of batches between the thread that rebuilds and one that plays. */
#include "replay/handover.h"

#include "base/xalloc.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCH_OPS 256		/* 32 KiB: what a core's first cache holds */
#define NR_BATCHES 16
#define WAKE_BATCHES (NR_BATCHES / 2)	/* so many to play, or room for so many, wakes: being woken for each costs both a lot */
#define SOON_OPS 6
#define AHEAD_OPS 12
#define STEP OP_NR_KINDS	/* no operation: time_ns is when */

struct batch {
	struct mem_op ops[BATCH_OPS];
	size_t nr;
};

struct handover {
	struct player player;
	pthread_t thread;
	pthread_mutex_t lock;		/* of what follows */
	pthread_cond_t changed;
	size_t nr_given, nr_played;	/* batches, ever */
	size_t awaited;			/* the giver goes on when so many are played; while it rests */
	bool is_resting;		/* the giver */
	bool is_idle;			/* the player */
	bool is_held, is_ending;
	/* The giver's: batch nr_given. The player's: batch nr_played, from `next` on. Each written at every operation: */
	struct batch *batches;
	char apart[HANDOVER_APART];
	struct mem_op *place, *end;	/* the next operation's; where the batch ends */
	char apart_too[HANDOVER_APART];
	size_t next;
};

static struct batch *batch_at(const struct handover *handover, size_t number)
{
	return &handover->batches[number % NR_BATCHES];
}

/* --- the giver --- */

/* With the lock: until so many batches are played and nobody holds it. */
static void rest_until(struct handover *handover, size_t nr_played)
{
	handover->awaited = nr_played;
	handover->is_resting = true;
	if (handover->is_held || handover->is_idle)
		pthread_cond_broadcast(&handover->changed);
	while (handover->is_held || handover->nr_played < handover->awaited)
		pthread_cond_wait(&handover->changed, &handover->lock);
	handover->is_resting = false;
}

static void begin_batch(struct handover *handover)
{
	struct batch *batch = batch_at(handover, handover->nr_given);

	handover->place = batch->ops;
	handover->end = batch->ops + BATCH_OPS;
}

/* With the lock: what is filled may be played. */
static void give(struct handover *handover)
{
	struct batch *batch = batch_at(handover, handover->nr_given);

	batch->nr = handover->place - batch->ops;
	handover->nr_given += batch->nr > 0;
	begin_batch(handover);
}

/* The one just filled in is in the facts: with it, and no earlier, they may be held. */
void handover_turn(struct handover *handover)
{
	pthread_mutex_lock(&handover->lock);
	give(handover);
	if (handover->is_idle && handover->nr_given - handover->nr_played >= WAKE_BATCHES)
		pthread_cond_broadcast(&handover->changed);
	if (handover->nr_given - handover->nr_played == NR_BATCHES)
		rest_until(handover, handover->nr_given - NR_BATCHES + WAKE_BATCHES);
	else if (handover->is_held)
		rest_until(handover, 0);
	pthread_mutex_unlock(&handover->lock);
}

struct mem_op *handover_place(const struct handover *handover)
{
	return handover->place;
}

bool handover_op(struct handover *handover, const struct mem_op *op)
{
	struct mem_op *place = handover->place++;

	__builtin_prefetch(place + AHEAD_OPS, 1);
	__builtin_prefetch((char *)(place + AHEAD_OPS) + 64, 1);
	if (place != op)
		*place = *op;
	return handover->place == handover->end;
}

void handover_step(struct handover *handover, uint64_t now_ns)
{
	struct mem_op *op = handover->place++;

	op->kind = STEP;
	op->page = 0;
	op->time_ns = now_ns;
	if (handover->place == handover->end)
		handover_turn(handover);
}

void handover_rest(struct handover *handover)
{
	pthread_mutex_lock(&handover->lock);
	give(handover);
	rest_until(handover, handover->nr_given);
	pthread_mutex_unlock(&handover->lock);
}

/* --- the player --- */

/* The next batch, or NULL: there will be none. */
static struct batch *wait_for_batch(struct handover *handover)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&handover->lock);
	handover->is_idle = handover->nr_played == handover->nr_given;
	while (handover->is_idle && !handover->is_ending) {
		pthread_cond_wait(&handover->changed, &handover->lock);
		handover->is_idle = handover->nr_given - handover->nr_played < (handover->is_resting ? 1 : WAKE_BATCHES);
	}
	if (handover->nr_played < handover->nr_given)
		batch = batch_at(handover, handover->nr_played);
	pthread_mutex_unlock(&handover->lock);
	return batch;
}

static void play(struct handover *handover, struct batch *batch)
{
	const struct player *player = &handover->player;

	for (size_t i = 0; i < batch->nr; i++) {
		struct mem_op *op = &batch->ops[i];

		handover->next = i;
		__builtin_prefetch(op + AHEAD_OPS);
		__builtin_prefetch((char *)(op + AHEAD_OPS) + 64);
		if (i + SOON_OPS < batch->nr && batch->ops[i + SOON_OPS].page)
			player->soon(player->context, batch->ops[i + SOON_OPS].page);
		if (op->kind == STEP)
			player->step(player->context, op->time_ns);
		else
			player->op(player->context, op);
	}
}

static void *run(void *context)
{
	struct handover *handover = context;
	struct batch *batch;

	while ((batch = wait_for_batch(handover))) {
		play(handover, batch);
		pthread_mutex_lock(&handover->lock);
		handover->nr_played++;
		if (handover->is_resting && handover->nr_played == handover->awaited)
			pthread_cond_broadcast(&handover->changed);
		pthread_mutex_unlock(&handover->lock);
	}
	return NULL;
}

void handover_hold(struct handover *handover, op_visitor *visit, void *context)
{
	pthread_mutex_lock(&handover->lock);
	handover->is_held = true;
	while (!handover->is_resting)
		pthread_cond_wait(&handover->changed, &handover->lock);
	pthread_mutex_unlock(&handover->lock);
	for (size_t i = handover->nr_played; i < handover->nr_given; i++) {
		const struct batch *batch = batch_at(handover, i);

		for (size_t j = i == handover->nr_played ? handover->next : 0; j < batch->nr; j++)
			if (batch->ops[j].kind != STEP)
				visit(context, &batch->ops[j]);
	}
}

void handover_resume(struct handover *handover)
{
	pthread_mutex_lock(&handover->lock);
	handover->is_held = false;
	pthread_cond_broadcast(&handover->changed);
	pthread_mutex_unlock(&handover->lock);
}

/* --- life --- */

static void release(struct handover *handover)
{
	pthread_mutex_destroy(&handover->lock);
	pthread_cond_destroy(&handover->changed);
	free(handover->batches);
	free(handover);
}

struct handover *handover_start(const struct player *player)
{
	struct handover *handover = xcalloc(1, sizeof(*handover));

	handover->player = *player;
	handover->batches = xcalloc(NR_BATCHES, sizeof(*handover->batches));
	begin_batch(handover);
	pthread_mutex_init(&handover->lock, NULL);
	pthread_cond_init(&handover->changed, NULL);
	if (!pthread_create(&handover->thread, NULL, run, handover))
		return handover;
	release(handover);
	return NULL;
}

void handover_end(struct handover *handover)
{
	if (!handover)
		return;
	handover_rest(handover);
	pthread_mutex_lock(&handover->lock);
	handover->is_ending = true;
	pthread_cond_broadcast(&handover->changed);
	pthread_mutex_unlock(&handover->lock);
	pthread_join(handover->thread, NULL);
	release(handover);
}
