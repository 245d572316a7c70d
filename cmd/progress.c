// SPDX-License-Identifier: GPL-2.0-or-later
/* The only place that reads the clock. */
#include "cmd/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MIN_GAP_NS 100000000	/* 10 Hz */
#define LINE_BYTES 80

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, uint64_t total, bool is_wanted)
{
	const char *terminal = getenv("TERM");

	*progress = (struct progress){ .total = total, .begin_ns = now_ns() };
	progress->shown_ns = progress->begin_ns;
	progress->is_on = is_wanted && isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb");
}

/* "1.2 GB": three digits are enough for people. */
static void bytes_text(char *text, size_t size, double bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	size_t unit = 0;

	while (bytes >= 1000 && unit < 4) {
		bytes /= 1000;
		unit++;
	}
	snprintf(text, size, bytes < 10 && unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

void progress_update(void *context, uint64_t bytes)
{
	struct progress *progress = context;
	char line[LINE_BYTES], done[16], total[16], rate[16];
	double seconds, per_second;
	unsigned long long left;
	uint64_t now;
	int width;

	if (!progress->is_on)
		return;
	now = now_ns();
	if (now - progress->shown_ns < MIN_GAP_NS || !bytes)
		return;
	progress->shown_ns = now;
	seconds = (double)(now - progress->begin_ns) / 1e9;
	per_second = (double)bytes / seconds;
	left = bytes < progress->total ?
	       (unsigned long long)((double)(progress->total - bytes) / per_second) : 0;
	bytes_text(done, sizeof(done), (double)bytes);
	bytes_text(total, sizeof(total), (double)progress->total);
	bytes_text(rate, sizeof(rate), per_second);
	width = snprintf(line, sizeof(line), "%3.0f %%  %s of %s  %s/s  %llu:%02llu left",
			 progress->total ? 100.0 * (double)bytes / (double)progress->total : 0.0,
			 done, total, rate, left / 60, left % 60);
	fprintf(stderr, "\r%-*s", progress->width, line);
	fflush(stderr);
	progress->width = width;
}

void progress_end(struct progress *progress)
{
	if (progress->width)
		fprintf(stderr, "\r%*s\r", progress->width, "");
	progress->width = 0;
	progress->is_on = false;
}
