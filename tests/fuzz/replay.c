// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a recording, replayed: all models, without a limit and under tight ones. Those
 * that do not begin as a binary one are lines after a first one that makes them a text.
 * The readers have their own targets; this one is for what comes after them.
 */
#include "recording.h"

#include "ops/op_sources.h"
#include "replay/replay.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char first[] = "  sh-7 [000] d..1. 5.000001: mm_page_free: page=0x10 pfn=0x10 order=0\n";

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

static int is_binary(const uint8_t *data, size_t bytes)
{
	return bytes >= 8 && (!memcmp(data, "\x17\x08\x44", 3) || !memcmp(data, "PERFILE2", 8));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const size_t before = is_binary(data, bytes) ? 0 : sizeof(first) - 1;
	const struct piece pieces[] = { { first, before, 0 }, { data, bytes, before } };
	const char *path = recording_of(pieces, 2, before + bytes);
	struct op_source *source;
	struct error err;

	if (!op_source_open(&source, &path, 1, &err)) {
		replay(source);
		op_source_close(source);
	}
	return 0;
}
