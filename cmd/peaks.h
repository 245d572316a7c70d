/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sink that keeps only what each container held at most with no limit: for
 * limits that are shares of it.
 *
 *	replay_run(source, &options, peaks_sink(peaks), &summary, err);
 *	limits_resolve(..., peaks_list(peaks, &nr), nr, ...);
 */
#ifndef CMD_PEAKS_H
#define CMD_PEAKS_H

#include "cmd/limits.h"
#include "sink/sink.h"

struct peaks;

/* Of this scenario; its outcomes must have no limits. */
struct peaks *peaks_create(uint32_t scenario);
void peaks_destroy(struct peaks *peaks);	/* NULL is fine */

/* Borrowed; nobody needs to commit or close it. */
struct sink *peaks_sink(struct peaks *peaks);

/* Borrowed until peaks_destroy(). */
const struct limit_peak *peaks_list(struct peaks *peaks, size_t *nr);

#endif
