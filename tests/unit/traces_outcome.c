// SPDX-License-Identifier: GPL-2.0-or-later
/* Recordings read to their end. */
#include "traces_outcome.h"

#include "base/xalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct event_source *open_paths(const char *const *paths, size_t nr, mm_kinds wanted)
{
	struct event_source *source;
	struct error err = { "" };

	if (event_source_open(&source, paths, nr, wanted, &err))
		fail_msg("%s", err.text);
	return source;
}

void assert_no_notes(struct event_source *source)
{
	const char *const *notes;
	uint64_t nr_more;

	if (event_source_notes(source, &notes, &nr_more))
		fail_msg("%s", notes[0]);
}

void assert_note(struct event_source *source, const char *part)
{
	const char *const *notes;
	uint64_t nr_more;
	size_t nr = event_source_notes(source, &notes, &nr_more);

	for (size_t i = 0; i < nr; i++)
		if (strstr(notes[i], part))
			return;
	fail_msg("no note says \"%s\", the first of %zu: %s", part, nr, nr ? notes[0] : "");
}

void assert_no_recording(const struct no_recording *no_recording)
{
	const struct bytes file = { (uint8_t *)no_recording->data, no_recording->bytes, 0, false };
	const char *path = bytes_to_file(&file);
	struct event_source *source;
	struct error err;

	assert_int_equal(event_source_open(&source, &path, 1, MM_ALL_KINDS, &err), RC_INPUT);
	if (!strstr(err.text, no_recording->says) || !strstr(err.text, path))
		fail_msg("not \"%s\": %s", no_recording->says, err.text);
	unlink(path);
}

void outcome_release(struct outcome *outcome)
{
	free(outcome->notes);
	free(outcome->events);
	free(outcome->texts);
	*outcome = (struct outcome){ 0 };
}

/* String ids depend on what was read before, so their texts are compared. */
static uint64_t take_text(const struct event_source *source, struct mm_event *event)
{
	const char *text = "";
	uint64_t hash = 5381;

	if (event->kind == MM_TASK_EXEC) {
		text = event_source_string(source, event->task.name);
		event->task.name = 0;
	} else if (event->kind == MM_CGROUP_ATTACH || event->kind == MM_CGROUP_MKDIR ||
		   event->kind == MM_CGROUP_RMDIR) {
		text = event_source_string(source, event->cgroup.path);
		event->cgroup.path = 0;
	}
	while (*text)
		hash = hash * 33 + (uint8_t)*text++;
	return hash;
}

static void check_gap(const struct mm_event *gap)
{
	assert_true(!gap->gap.end_ns || gap->gap.begin_ns <= gap->gap.end_ns);
	assert_true(gap->gap.reason <= MM_GAP_FORMAT);
	assert_int_equal(gap->gap.input, 0);
}

static void drain(struct event_source *source, struct outcome *outcome)
{
	const struct mm_event *event;
	struct error err;
	uint64_t time = 0;

	while (!event_source_next(source, &event, &err)) {
		assert_true(event->time_ns >= time);
		time = event->time_ns;
		if (event->kind == MM_GAP) {
			check_gap(event);
			if (outcome->nr_gaps < 64)
				outcome->gaps[outcome->nr_gaps++] = *event;
			continue;
		}
		xgrow(&outcome->events, outcome->nr_events, &outcome->events_capacity,
		      sizeof(*outcome->events));
		xgrow(&outcome->texts, outcome->nr_events, &outcome->texts_capacity,
		      sizeof(*outcome->texts));
		outcome->events[outcome->nr_events] = *event;
		outcome->texts[outcome->nr_events] =
			take_text(source, &outcome->events[outcome->nr_events]);
		outcome->nr_events++;
	}
	outcome->counts = *event_source_counts(source);
	assert_int_equal(outcome->counts.used, outcome->nr_events);
	assert_int_equal(outcome->counts.read, outcome->counts.used + outcome->counts.skipped);
}

void outcome_run_path(const char *path, struct outcome *outcome)
{
	struct event_source *source;
	struct error err = { { 0 } };
	const char *const *notes;
	uint64_t nr_more;
	size_t nr_notes;

	*outcome = (struct outcome){ .notes = xstrdup("") };
	outcome->status = event_source_open(&source, &path, 1, MM_ALL_KINDS, &err);
	if (outcome->status) {
		snprintf(outcome->error, sizeof(outcome->error), "%s", err.text);
		assert_int_equal(outcome->status, RC_INPUT);
		assert_true(err.text[0]);
	} else {
		drain(source, outcome);
		nr_notes = event_source_notes(source, &notes, &nr_more);
		for (size_t i = 0; i < nr_notes; i++) {
			char *longer = xasprintf("%s%s\n", outcome->notes, notes[i]);

			free(outcome->notes);
			outcome->notes = longer;
		}
		event_source_close(source);
	}
}

void outcome_run(const struct bytes *file, struct outcome *outcome)
{
	const char *path = bytes_to_file(file);

	outcome_run_path(path, outcome);
	unlink(path);
}

bool outcome_is_silent(const struct outcome *outcome)
{
	return !outcome->status && !outcome->nr_gaps && !outcome->notes[0];
}

bool outcome_is_part_of(const struct outcome *part, const struct outcome *whole)
{
	size_t at = 0;

	for (size_t i = 0; i < part->nr_events; i++, at++) {
		while (at < whole->nr_events &&
		       (memcmp(&part->events[i], &whole->events[at], sizeof(part->events[i])) ||
			part->texts[i] != whole->texts[at]))
			at++;
		if (at == whole->nr_events)
			return false;
	}
	return true;
}

void outcome_fail(const struct outcome *outcome, const char *damage)
{
	fail_msg("%s: %zu events, %zu gaps, notes: %s%s", damage, outcome->nr_events, outcome->nr_gaps,
		 outcome->notes, outcome->error);
}

void assert_is_damaged(const struct outcome *damaged, const struct outcome *whole, const char *note, const char *damage)
{
	if (!strstr(damaged->notes, note) && !strstr(damaged->error, note))
		outcome_fail(damaged, damage);
	if (!outcome_is_part_of(damaged, whole))
		fail_msg("%s: other events", damage);
}

/* The same numbers on every machine. */
static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

void outcome_mutate(const struct bytes *file, size_t nr_times, size_t nr_bytes)
{
	uint64_t seed = 42;

	for (size_t i = 0; i < nr_times; i++) {
		struct bytes copy = { 0 };
		struct outcome outcome;

		put(&copy, file->data, file->nr);
		for (size_t j = 0; j < nr_bytes; j++)
			copy.data[next_random(&seed) % copy.nr] = next_random(&seed);
		outcome_run(&copy, &outcome);
		outcome_release(&outcome);
		bytes_release(&copy);
	}
}
