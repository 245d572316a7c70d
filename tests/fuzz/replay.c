// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a recording, replayed: all models, without a limit and under tight ones.
 * The readers have their own targets; this one is for what comes after them.
 */
#include "replay/replay.h"

#include "replay/op_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
const char *__lsan_default_suppressions(void);

/* libtraceevent forgets some memory when a format text is damaged. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent\n";
}

static enum status forget(struct sink *sink, const struct row *row, struct error *err)
{
	(void)sink, (void)row, (void)err;
	return RC_OK;
}

static const struct sink_class forgetful = { .name = "forgetful", .put = forget };

static void replay(struct op_source *source)
{
	static const struct scenario_limit limits[] = {
		{ "*", "rss", PAGES_UNLIMITED, 8 }, { "*", "memcg", PAGES_UNLIMITED, 8 },
		{ "*", "memory", PAGES_UNLIMITED, 80 }, { "*", "privvmpages", 20, 30 }, { "*", "lockedpages", 1, 2 },
	};
	static const struct scenario_spec tight = { "tight", limits, sizeof(limits) / sizeof(limits[0]), false };
	struct replay_options options = {
		.models = models, .scenarios = &tight, .nr_scenarios = 1, .end_ns = UINT64_MAX,
	};
	struct sink sink = { .class = &forgetful };
	struct replay_summary summary;
	struct error err;

	machine_default(&options.machine, 1 << 18);
	options.machine.swap_pages = 64;
	replay_run(source, &options, &sink, &summary, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	struct op_source *source;
	struct error err;
	const char *path;
	char name[64];

	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
		abort();
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	path = name;
	if (!is_op_text(path) && !op_source_open(&source, &path, 1, &err)) {
		replay(source);
		op_source_close(source);
	}
	close(fd);
	return 0;
}
