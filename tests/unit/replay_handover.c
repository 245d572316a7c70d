// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations handed to another thread: all of them, in order, and while that one holds the giver, which it is ahead by. */
#include "replay/handover.h"

#include "tests/unit/test.h"

#define NR_OPS 100000
#define STEP_OPS 70		/* between two steps */
#define HOLD_OPS 997		/* and between two times that it is held */

/* Facts: how far the giver is. The player asks of them while they stand still. */
struct play {
	struct handover *handover;
	uint64_t given;		/* the giver's, but while it is held */
	uint64_t played, visited;
	uint64_t nr_steps, nr_holds, nr_ahead, nr_wrong;
	bool is_slow;
};

static void visit(void *context, const struct mem_op *op)
{
	struct play *play = context;

	play->nr_wrong += op->seq != play->visited + 1;
	play->visited = op->seq;
}

static void on_op(void *context, struct mem_op *op)
{
	struct play *play = context;

	play->nr_wrong += op->seq != play->played + 1;
	if (!(op->seq % HOLD_OPS)) {
		play->visited = play->played;
		handover_hold(play->handover, visit, play);
		/* From the one in work to the last that was given, each once. */
		play->nr_wrong += play->visited != play->given;
		play->nr_ahead += play->given - play->played;
		play->nr_holds++;
		handover_resume(play->handover);
	}
	play->played = op->seq;
	for (volatile int i = 0; i < 300 && play->is_slow; i++)
		;
}

static void on_soon(void *context, uint32_t page)
{
	(void)context, (void)page;
}

static void on_step(void *context, uint64_t now_ns)
{
	struct play *play = context;

	play->nr_wrong += now_ns != play->played;
	play->nr_steps++;
}

/* As facts do, `given` holds an operation before it is handed over. */
static void give(struct play *play, uint64_t seq)
{
	struct mem_op elsewhere, *op = seq % 3 ? handover_place(play->handover) : &elsewhere;

	play->given = seq;
	*op = (struct mem_op){ .kind = OP_MAP, .page = 1, .seq = seq };
	if (handover_op(play->handover, op))
		handover_turn(play->handover);
	if (!(seq % STEP_OPS))
		handover_step(play->handover, seq);
}

static void give_all(struct play *play)
{
	play->handover = handover_start(&(struct player){ play, on_op, on_soon, on_step });
	assert_non_null(play->handover);
	for (uint64_t seq = 1; seq <= NR_OPS; seq++) {
		give(play, seq);
		if (seq % 7919)
			continue;
		handover_rest(play->handover);
		play->nr_wrong += play->played != seq;
	}
	handover_end(play->handover);
	assert_int_equal(play->played, NR_OPS);
	assert_int_equal(play->nr_steps, NR_OPS / STEP_OPS);
	assert_int_equal(play->nr_holds, NR_OPS / HOLD_OPS);
	assert_int_equal(play->nr_wrong, 0);
	/* A player that is held up is behind by more than the operation in work, somewhere. */
	assert_true(play->nr_ahead > play->nr_holds);
}

static void fast_player(void **state)
{
	(void)state;
	give_all(&(struct play){ .is_slow = false });
}

/* The ring is full: the giver rests in the middle. */
static void slow_player(void **state)
{
	(void)state;
	give_all(&(struct play){ .is_slow = true });
}

static void nothing_given(void **state)
{
	struct play play = { 0 };

	(void)state;
	handover_end(NULL);
	play.handover = handover_start(&(struct player){ &play, on_op, on_soon, on_step });
	assert_non_null(play.handover);
	handover_rest(play.handover);
	handover_end(play.handover);
	assert_int_equal(play.played, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fast_player), cmocka_unit_test(slow_player), cmocka_unit_test(nothing_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
