/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay says a run would have come to: a sink that keeps one scenario.
 *
 *	predicted = predicted_create(1);
 *	options.watch = predicted_watch(predicted, source);
 *	replay_run(source, &options, predicted_sink(predicted), ...);
 *	predicted_finish(predicted, &courses);
 *	predicted_destroy(predicted);
 *
 * Its series should have the steps of stairs.h. Scenario 0 is watched meanwhile: how much the workload had touched when it would have
 * been killed.
 */
#ifndef VERIFY_PREDICTED_H
#define VERIFY_PREDICTED_H

#include "rebuild/op_source.h"
#include "replay/replay.h"
#include "sink/sink.h"
#include "verify/course.h"

struct predicted;

struct predicted *predicted_create(uint32_t scenario, struct op_source *source);
/* Borrowed; nobody needs to commit or close the sink. */
struct sink *predicted_sink(struct predicted *predicted);
const struct replay_watch *predicted_watch(struct predicted *predicted);
/* Containers that the scenario limits. */
void predicted_finish(struct predicted *predicted, struct courses *courses);
void predicted_destroy(struct predicted *predicted);	/* NULL is fine */

#endif
