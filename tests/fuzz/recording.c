// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens, drains and closes. */
#include "recording.h"

#include "traces/event_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

const char *__asan_default_options(void);

/* A small quarantine and no stacks of allocations: half of the time otherwise. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4:malloc_context_size=1";
}

static void check(int is_true)
{
	if (!is_true)
		abort();
}

const char *recording_of(const struct piece *pieces, size_t nr_pieces, size_t bytes)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("recording", MFD_CLOEXEC);
		check(fd >= 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	check(!ftruncate(fd, 0) && !ftruncate(fd, bytes));
	for (size_t i = 0; i < nr_pieces; i++)
		check(pwrite(fd, pieces[i].bytes, pieces[i].nr, pieces[i].offset) == (ssize_t)pieces[i].nr);
	return path;
}

static void drain(struct event_source *source)
{
	static char line[EVENT_LINE_BYTES];
	const struct trace_counts *counts;
	const struct mm_event *event;
	uint64_t time = 0, nr = 0;
	struct error err;

	while (!event_source_next(source, &event, &err)) {
		check(event->time_ns >= time);
		check(event->kind < MM_NR_KINDS);
		time = event->time_ns;
		nr++;
		check(event_line_format(source, event, line) < EVENT_LINE_BYTES);
	}
	counts = event_source_counts(source);
	check(counts->used + counts->gaps == nr);
	check(counts->used + counts->skipped == counts->read);
}

void read_recording(const char *path)
{
	struct event_source *source;
	struct error err;

	if (event_source_open(&source, &path, 1, MM_ALL_KINDS, &err))
		return;
	drain(source);
	event_source_close(source);
}
