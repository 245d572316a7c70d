// SPDX-License-Identifier: GPL-2.0-or-later
/* What is typed after --limit, a line each, after a byte that says how they are combined; or any --config file. */
#include "recording.h"

#include "cmd/config.h"
#include "cmd/limits.h"
#include "rebuild/container.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *const resources[] = { "rss", "privvmpages", "memory", NULL };

static void resolve(struct limits *limits)
{
	static const struct limit_peak peaks[] = {
		{ 1, "web", "/system.slice/web", "rss", 1000 }, { 2, "db", "/db", "memory", UINT64_MAX },
	};
	struct scenario_list list;

	limits_resolve(limits, 4096, peaks, 2, &list);
	must(list.nr == limits->nr_scenarios);
	scenario_list_release(&list);
}

static void read_lines(struct limits *limits, const char *at, const char *end)
{
	struct error err;

	while (at < end) {
		const char *next = memchr(at, '\n', end - at);
		size_t bytes = (next ? next : end) - at;
		char line[LINE_BYTES];

		bytes = bytes < LINE_BYTES ? bytes : LINE_BYTES - 1;
		memcpy(line, at, bytes);
		line[bytes] = '\0';
		if (limits_add(limits, line, &err))
			return;
		at = next ? next + 1 : end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct config config = { 0 };
	struct limits limits;
	struct error err;

	if (!bytes)
		return 0;
	limits_init(&limits, resources);
	if (data[0] <= COMBINE_CROSS)
		read_lines(&limits, (const char *)data + 1, (const char *)data + bytes);
	else
		config_load(&config, recording_of(&(struct piece){ data, bytes, 0 }, 1, bytes), &limits, &err);
	if (!limits_combine(&limits, data[0] <= COMBINE_CROSS ? data[0] : COMBINE_EACH, &err))
		resolve(&limits);
	config_release(&config);
	limits_release(&limits);
	return 0;
}
