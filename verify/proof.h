/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a replay is from the kernel's own counters.
 *
 *	proof = proof_create(&config);
 *	options.watch = proof_watch(proof);
 *	replay_run(source, &options, ...);
 *	rows = proof_finish(proof, summary.end_ns, &nr);
 *	proof_grade(&rows[i], &tolerances);
 *	proof_destroy(proof);
 *
 * It looks on while scenario 0 is played: what is charged there as what is compared,
 * at every change of either side, with memcg:* events (exact, timestamped), and at
 * every sample with counters sampled beside the recording.
 */
#ifndef VERIFY_PROOF_H
#define VERIFY_PROOF_H

#include "rebuild/op_source.h"
#include "replay/replay.h"
#include "verify/gauge.h"
#include "verify/samples.h"
#include "verify/tally.h"
#include "verify/truth.h"

struct proof_config {
	struct op_source *source;	/* opened with counter_kinds(); borrowed */
	const struct model_class *const *models;	/* as replayed; NULL ends; borrowed */
	const struct truth *truth;	/* NULL = none; borrowed */
};

/* COUNTERS: read by the recorder, within the recording; SAMPLES: read beside it. */
enum proof_against { AGAINST_EVENTS, AGAINST_COUNTERS, AGAINST_SAMPLES };

struct proof_row {
	const char *container;		/* borrowed from the source or the samples */
	const char *model, *figure;	/* constants */
	enum proof_against against;
	enum figure which;
	struct gauge gauge;
	const struct samples *samples;	/* each by itself; NULL against others; borrowed */
	bool is_compared;		/* else `why_not` says why */
	const char *why_not;
};

/* Percent, of the mean for the error over time, of the peak for final and peak. */
struct tolerances {
	double inexact, overall;	/* of rss_stat values: of one recording; of all of them together */
	double figures[FIGURE_NR];	/* against events */
	double sampled;
	/* What samples lag behind: charges a CPU keeps, and updates it has not flushed. */
	int64_t slack_pages;
};

/*
 * GRADE_LATE: past the tolerance, but within it but for walks (gauge.h).  Samples are not graded by
 * the last one, which often falls into the end of a task.
 */
enum grade { GRADE_EXACT, GRADE_WITHIN, GRADE_LATE, GRADE_PAST, GRADE_NONE };

void tolerances_default(struct tolerances *tolerances, uint32_t nr_cpus);

struct proof;

struct proof *proof_create(const struct proof_config *config);
/* Borrowed. */
const struct replay_watch *proof_watch(struct proof *proof);
/* The replay is over; rows are borrowed from the proof, by container. */
const struct proof_row *proof_finish(struct proof *proof, uint64_t end_ns, size_t *nr);
void proof_destroy(struct proof *proof);	/* NULL is fine */

enum grade proof_grade(const struct proof_row *row, const struct tolerances *tolerances);
/* Of rss_stat; tolerance: percent that need not be exact. */
enum grade judge_grade(const struct judge_count *all, double tolerance);
/* Adds all classes. */
void judge_add(struct judge_count *all, const struct judge *judge);
double proof_tolerance(const struct proof_row *row, const struct tolerances *tolerances);

const char *grade_name(enum grade grade);
const char *against_name(enum proof_against against);
#endif
