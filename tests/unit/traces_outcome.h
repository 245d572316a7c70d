/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes out of a recording, whole or damaged, for tests that compare the two. */
#ifndef TESTS_UNIT_TRACES_OUTCOME_H
#define TESTS_UNIT_TRACES_OUTCOME_H

#include "traces/event_source.h"
#include "traces_recording.h"

/* Opens recordings that can be opened. */
struct event_source *open_paths(const char *const *paths, size_t nr, mm_kinds wanted);
void assert_no_notes(struct event_source *source);
/* Of what was told so far, something holds `part`. */
void assert_note(struct event_source *source, const char *part);

/* Bytes that no reader takes, and what is said of them. */
struct no_recording {
	const char *data;
	size_t bytes;
	const char *says;
};

void assert_no_recording(const struct no_recording *no_recording);

struct outcome {
	enum status status;
	char error[512];
	char *notes;			/* one a line */
	struct mm_event *events;	/* gaps not among them */
	uint64_t *texts;		/* hash of each event's strings */
	size_t nr_events, events_capacity, texts_capacity;
	struct mm_event gaps[64];
	size_t nr_gaps;
	struct trace_counts counts;
};

/* Reads a recording to its end; checks on the way what always holds. */
void outcome_run(const struct bytes *file, struct outcome *outcome);
/* The same of one that lies somewhere already. */
void outcome_run_path(const char *path, struct outcome *outcome);
void outcome_release(struct outcome *outcome);

bool outcome_is_silent(const struct outcome *outcome);
/* Whether what came out is what came out undamaged, with holes. */
bool outcome_is_part_of(const struct outcome *part, const struct outcome *whole);

/* Fails, and says what came out of the damage. */
void outcome_fail(const struct outcome *outcome, const char *damage);
/* What came out is part of the whole, and something was said that holds `note`. */
void assert_is_damaged(const struct outcome *damaged, const struct outcome *whole, const char *note, const char *damage);

/* Runs the recording nr_times, each time with other bytes of it changed. */
void outcome_mutate(const struct bytes *file, size_t nr_times, size_t nr_bytes);

#endif
