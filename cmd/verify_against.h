/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `recount verify FREE --limit ... --against LIMITED`: what the replay of one recording
 * says a limit would do, beside what it did in another.
 */
#ifndef CMD_VERIFY_AGAINST_H
#define CMD_VERIFY_AGAINST_H

#include "cmd/conditions.h"

#include <stdint.h>

struct against_settings {
	const char **limits;		/* as typed; one scenario of all of them */
	size_t nr_limits, limits_capacity;
	const char **recordings;	/* the first is compared with, all are the spread */
	size_t nr_recordings, recordings_capacity;
	const char *const *truths;	/* of the recordings, then of runs that were not recorded */
	size_t nr_truths;
	const struct conditions *conditions;
	double tolerance;		/* percent */
	uint64_t nr_runs;		/* of the prediction */
};

/* *is_past: a row is past the tolerance; *damage: of any recording. */
enum status verify_against(const struct invocation *call, const struct against_settings *settings, FILE *out,
			   bool *is_past, enum exit_code *damage, struct error *err);

#endif
