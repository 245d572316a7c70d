// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens, drains and closes. */
#include "recording.h"

#include "traces/event_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/* A small quarantine, no stacks of allocations and no filling of them: half of the time otherwise. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4:malloc_context_size=1:max_malloc_fill_size=0";
}

/* Undefined behaviour is a finding, not a line among others. */
const char *__ubsan_default_options(void)
{
	return "halt_on_error=1:print_stacktrace=1";
}

void must(bool is_true)
{
	if (!is_true)
		abort();
}

static int memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	must(fd >= 0);
	return fd;
}

static void write_at(int fd, const void *bytes, size_t nr, size_t offset)
{
	must(pwrite(fd, bytes, nr, offset) == (ssize_t)nr);
}

static void zero_at(int fd, size_t begin, size_t end)
{
	static const char zeros[4096];

	for (; begin < end; begin += sizeof(zeros))
		write_at(fd, zeros, end - begin < sizeof(zeros) ? end - begin : sizeof(zeros), begin);
}

/* Pages of the file stay: to give them back and take them again would cost more than to write them. */
const char *recording_of(const struct piece *pieces, size_t nr_pieces, size_t bytes)
{
	static char path[64];
	static int fd = -1;
	size_t end = 0;

	if (fd < 0) {
		fd = memory_file("recording");
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	for (size_t i = 0; i < nr_pieces; i++) {
		zero_at(fd, end, pieces[i].offset);
		write_at(fd, pieces[i].bytes, pieces[i].nr, pieces[i].offset);
		end = pieces[i].offset + pieces[i].nr;
	}
	zero_at(fd, end, bytes);
	must(!ftruncate(fd, bytes));
	return path;
}

const struct trace_file *file_of(const void *bytes, size_t nr)
{
	static struct trace_file file = { .path = "recording", .fd = -1 };

	if (file.fd < 0)
		file.fd = memory_file("file");
	write_at(file.fd, bytes, nr, 0);
	file.bytes = nr;
	return &file;
}

void witness_see(struct witness *witness, const struct mm_event *event)
{
	must(event->time_ns >= witness->time_ns);
	must(event->kind < MM_NR_KINDS);
	witness->time_ns = event->time_ns;
	witness->nr++;
}

void witness_end(const struct witness *witness, const struct trace_counts *counts)
{
	must(counts->used + counts->gaps == witness->nr);
	must(counts->used + counts->skipped == counts->read);
}

static void drain(struct event_source *source)
{
	static char line[EVENT_LINE_BYTES];
	const struct mm_event *event;
	struct witness witness = { 0 };
	struct error err;

	while (!event_source_next(source, &event, &err)) {
		witness_see(&witness, event);
		must(event_line_format(source, event, line) < EVENT_LINE_BYTES);
	}
	witness_end(&witness, event_source_counts(source));
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
