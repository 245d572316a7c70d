/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recorded run came to, out of its own events: scenario 0 watched, memcg events,
 * kills, and samples beside the recording.
 *
 *	measured = measured_create(source, model);
 *	options.watch = measured_watch(measured);
 *	replay_run(source, &options, ...);
 *	measured_finish(measured, &courses);
 *	measured_samples(&truth, &courses);	as often as there are samples
 *	measured_destroy(measured);
 */
#ifndef VERIFY_MEASURED_H
#define VERIFY_MEASURED_H

#include "rebuild/op_source.h"
#include "replay/replay.h"
#include "verify/course.h"
#include "verify/truth.h"

struct measured;

/* source was opened with counter_kinds(), options.models has one model; borrowed. */
struct measured *measured_create(struct op_source *source);
const struct replay_watch *measured_watch(struct measured *measured);
void measured_finish(struct measured *measured, struct courses *courses);
void measured_destroy(struct measured *measured);	/* NULL is fine */

/* What the last samples of each container say; where events said it already they stay. */
void measured_samples(const struct truth *truth, struct courses *courses);

#endif
