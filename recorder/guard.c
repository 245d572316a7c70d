// SPDX-License-Identifier: GPL-2.0-or-later
/* Looks at the clock, the disk and the host's memory. */
#include "recorder/guard.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <time.h>

uint64_t guard_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void guard_begin(struct guard *guard, const char *path)
{
	guard->path = path;
	guard->begin_ns = guard_now_ns();
}

static bool is_disk_short(const struct guard *guard)
{
	struct statvfs disk;

	return guard->path && !statvfs(guard->path, &disk) &&
	       (uint64_t)disk.f_bavail * disk.f_frsize < guard->min_disk_bytes;
}

static bool is_memory_short(const struct guard *guard)
{
	FILE *in = fopen("/proc/meminfo", "re");
	uint64_t kilobytes = UINT64_MAX >> 10;
	char line[128];

	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "MemAvailable: %" SCNu64, &kilobytes) == 1)
			break;
	}
	if (in)
		fclose(in);
	return kilobytes << 10 < guard->min_memory_bytes;
}

const char *guard_check(const struct guard *guard, uint64_t file_bytes)
{
	if (guard->duration_ns && guard_now_ns() - guard->begin_ns >= guard->duration_ns)
		return "the time is over";
	if (file_bytes >= guard->max_bytes)
		return "the file has its largest size";
	if (is_disk_short(guard))
		return "the disk is nearly full";
	if (is_memory_short(guard))
		return "the host is short of memory";
	return NULL;
}
