/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What would have happened: one recording, any number of scenarios, one pass.
 *
 *	replay_run(source, &options, sink, &summary, err);
 *
 * Facts are rebuilt (or told) once; every scenario is given the same operations in the
 * same order (scenarios.md 7).  Scenario 0 is always there: as recorded, no
 * limit.  The sink is filled but not committed: that is the caller's.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "accounting/model.h"
#include "base/status.h"
#include "reclaim/policy.h"
#include "sink/sink.h"
#include "traces/mm_event.h"

struct container_rule;
struct op_source;

/* One limit of one scenario; what matches last wins. */
struct scenario_limit {
	const char *pattern;	/* glob on container name or path; borrowed */
	const char *resource;	/* of a model; borrowed */
	uint64_t barrier_pages, limit_pages;	/* PAGES_UNLIMITED = none */
};

struct scenario_spec {
	const char *label;	/* "rss=64M"; borrowed */
	const struct scenario_limit *limits;
	size_t nr_limits;
	bool is_written;	/* beside these: what a text of operations says itself */
};

/* What a page is to a model in scenario 0. */
struct watched_page {
	int64_t payer;		/* a container; -1 = nobody pays */
	uint32_t mapcount;	/* entries present */
	uint8_t kind;		/* enum page_kind */
};

/* Somebody who looks on while scenario 0 is played: all that is told is borrowed, nothing is changed. */
struct replay_watch {
	void *context;
	/* After op, for every page it is on, as the nth of options->models has it; its time may go back a little. */
	void (*page)(void *context, size_t model, const struct mem_op *op, uint32_t page, const struct watched_page *view);
	/* An event of counter_kinds(), if the source was opened for it; NULL = not wanted. */
	void (*counter)(void *context, const struct mm_event *event);
};

struct replay_options {
	const struct model_class *const *models;	/* NULL ends */
	const struct scenario_spec *scenarios;		/* scenario 1.. ; 0 is implied */
	size_t nr_scenarios;
	size_t nr_runs;			/* of each scenario, runs.h; 0 = 1; limits that a text writes are played once */
	const struct container_rule *rules;
	size_t nr_rules;
	struct machine machine;
	struct rules model_rules;	/* of models and policies */
	uint64_t interval_ns;	/* 0 = about 2,000 steps over the trace */
	uint64_t begin_ns;	/* limits hold and counters count from here; 0 = from the start */
	uint64_t end_ns;	/* nothing after this; UINT64_MAX = to the end */
	uint64_t reuse_ns;	/* uses are assumed so often; 0 = once, before the end */
	bool keeps_reclaim;	/* what the recorded limits made the kernel reclaim stands in every scenario */
	bool undoes_machine;	/* and what it reclaimed because the machine was short of memory is undone */
	size_t nr_threads;	/* that play scenarios; 0 = as many as there are CPUs and a use for; no result depends on it */
	bool check_invariants;	/* after every operation: slow */
	const struct replay_watch *watch;	/* NULL = nobody looks on */
	/* Called now and then with the bytes consumed; NULL = never. */
	void (*progress)(void *context, uint64_t bytes);
	void *progress_context;
	/* Called as often: what is not RC_OK ends the run; NULL = never. */
	enum status (*check)(void *context, struct error *err);
	void *check_context;
	/*
	 * A survey, in one thread: limits refuse nothing, and none has a result. Set for each of replay_members() that would
	 * not share a world to the end (worlds.h): by scenario and run, then model.  Borrowed; NULL = a replay.
	 */
	bool *leaves;
};

/* What the caller may want to say when it is done; the rest is in the sink. */
struct replay_summary {
	uint64_t nr_gaps;	/* losses and damage: exit code 3 */
	uint64_t checked, exact;	/* rss_stat predictions */
	uint64_t unchecked;	/* of address spaces older than the recording */
	uint64_t unexplained;	/* pages whose arrival or departure nothing explains */
	uint64_t begin_ns, end_ns;	/* of what counted */
	uint64_t peak_pages;	/* most pages alive at once */
	uint64_t nr_pages;	/* numbers that pages had: rows of every world */
	uint64_t nr_containers;
	uint64_t row_bytes;	/* kept per page, all scenarios together */
	uint64_t beside_bytes;	/* and beside the rows by the world that kept most there */
	uint64_t unmatched;	/* operations on what was never seen */
	uint64_t limit_reclaimed;	/* pages that the recorded kernel took away for a limit of its own */
};

#define REPLAY_STEPS 2000	/* of the time series, about */

/* Of each scenario. */
static inline size_t replay_runs(const struct replay_options *options)
{
	return options->nr_runs ? options->nr_runs : 1;
}

/* Each model in scenario 0 and in each run of the others. */
size_t replay_members(const struct replay_options *options);

/* How many threads rebuild the facts, each for a part of the scenarios; one where the source cannot be shared. */
size_t replay_threads(const struct replay_options *options, const struct op_source *source);

/* Whether one more plays what the only one of these rebuilds (handover.h), if the recording is not short. */
bool replay_may_hand_over(const struct replay_options *options, const struct op_source *source);

enum status replay_run(struct op_source *source, const struct replay_options *options,
		       struct sink *sink, struct replay_summary *summary, struct error *err);

#endif
