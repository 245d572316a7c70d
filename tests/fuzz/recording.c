// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens, drains and closes. */
#include "recording.h"

#include "traces/event_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void check(int is_true)
{
	if (!is_true)
		abort();
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

void read_recording(const uint8_t *data, size_t bytes)
{
	int fd = memfd_create("trace.dat", MFD_CLOEXEC);
	struct event_source *source;
	struct error err;
	const char *path;
	char name[64];

	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
		abort();
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	path = name;
	if (!event_source_open(&source, &path, 1, MM_ALL_KINDS, &err)) {
		drain(source);
		event_source_close(source);
	}
	close(fd);
}
