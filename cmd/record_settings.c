// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of recount record, one by one. */
#include "cmd/record_settings.h"

#include "cmd/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum status set_cgroup(void *context, const char *value, struct error *err)
{
	return targets_add_cgroup(&((struct record_settings *)context)->targets, value, err);
}

static enum status set_pid(void *context, const char *value, struct error *err)
{
	uint64_t pid;
	enum status status = parse_number(value, 1, INT32_MAX, &pid, err);

	return status ? status : targets_add_pid(&((struct record_settings *)context)->targets, (pid_t)pid, err);
}

static enum status set_duration(void *context, const char *value, struct error *err)
{
	return parse_duration(value, &((struct record_settings *)context)->recorder.guard.duration_ns, err);
}

static enum status set_bytes(uint64_t *bytes, uint64_t least, const char *value, struct error *err)
{
	struct size size;
	enum status status = parse_size(value, &size, err);

	if (status)
		return status;
	if (size.is_pages)
		size.number *= (uint64_t)getpagesize();
	if (size.number < least)
		return error_set(err, RC_USAGE, "at least %" PRIu64 " KiB", least >> 10);
	*bytes = size.number;
	return RC_OK;
}

static enum status set_split(void *context, const char *value, struct error *err)
{
	struct record_settings *settings = context;
	const char *end = value + strlen(value);

	if (end > value && strchr("smhn", end[-1]))
		return parse_duration(value, &settings->split_ns, err);
	return set_bytes(&settings->split_bytes, 1 << 20, value, err);
}

static enum status set_last(void *context, const char *value, struct error *err)
{
	struct record_settings *settings = context;
	enum status status = parse_duration(value, &settings->last_ns, err);

	if (!status && settings->last_ns < 1000000000)
		return error_set(err, RC_USAGE, "at least 1s");
	settings->split_ns = settings->last_ns / LAST_FILES;
	return status;
}

static enum status set_max_size(void *context, const char *value, struct error *err)
{
	return set_bytes(&((struct record_settings *)context)->recorder.guard.max_bytes, 1 << 20, value, err);
}

static enum status set_min_disk(void *context, const char *value, struct error *err)
{
	return set_bytes(&((struct record_settings *)context)->recorder.guard.min_disk_bytes, 0, value, err);
}

static enum status set_min_memory(void *context, const char *value, struct error *err)
{
	return set_bytes(&((struct record_settings *)context)->recorder.guard.min_memory_bytes, 0, value, err);
}

static enum status set_buffer(void *context, const char *value, struct error *err)
{
	return set_bytes(&((struct record_settings *)context)->recorder.instance.buffer_bytes, 64 << 10, value, err);
}

static enum status set_counters(void *context, const char *value, struct error *err)
{
	return parse_duration(value, &((struct record_settings *)context)->recorder.counters_ns, err);
}

/* "idle", "idle=500ms" */
static enum status set_evidence(void *context, const char *value, struct error *err)
{
	struct recorder_settings *recorder = &((struct record_settings *)context)->recorder;
	const size_t bytes = strcspn(value, "=");

	((struct record_settings *)context)->is_list = !strcmp(value, "list");
	if (((struct record_settings *)context)->is_list)
		return RC_OK;
	recorder->evidence = evidence_find(value, bytes);
	if (!recorder->evidence && strcmp(value, "none"))
		return error_set(err, RC_USAGE, "'%.*s' is none of none, idle, soft-dirty, numa, damon", (int)bytes, value);
	return value[bytes] ? parse_duration(value + bytes + 1, &recorder->evidence_ns, err) : RC_OK;
}

static enum status set_no_snapshot(void *context, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct record_settings *)context)->recorder.has_snapshot = false;
	return RC_OK;
}

static enum status set_receive(void *context, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct record_settings *)context)->is_receive = true;
	return RC_OK;
}

static enum status set_cleanup(void *context, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct record_settings *)context)->is_cleanup = true;
	return RC_OK;
}

const struct option_spec record_options[] = {
	{ "cgroup", 'g', "PATH", "all tasks of this container, and of those below it", set_cgroup },
	{ "pid", 'p', "PID", "this process, and those it starts from now on", set_pid },
	{ "duration", 'd', "TIME", "stop after this time; default: when the command ends, or at Ctrl-C",
	  set_duration },
	{ "max-size", 0, "SIZE", "stop when the file has this size; default 4G", set_max_size },
	{ "split", 0, "TIME|SIZE", "begin another file after 10m or 512M: FILE.001.dat, FILE.002.dat; each can be\n"
	  "replayed alone, and all together as one", set_split },
	{ "last", 0, "TIME", "a flight recorder: keep only what is no older. It ends when a container is\n"
	  "killed for want of memory; SIGUSR1 keeps what there is and goes on", set_last },
	{ "min-disk", 0, "SIZE", "stop when less than this is free where the file is; default 256M",
	  set_min_disk },
	{ "min-memory", 0, "SIZE", "stop when the host has less memory available; default 64M",
	  set_min_memory },
	{ "buffer", 0, "SIZE", "ring buffer of each CPU; default 16M: larger ones lose no bursts", set_buffer },
	{ "counters", 0, "TIME", "read the containers' own counters at this step; default 100ms, 0 = never",
	  set_counters },
	{ "evidence", 0, "none|list|KIND[=TIME]", "see uses that cause no fault, at this step (1s): idle, soft-dirty, numa. Each costs\n"
	  "those who are recorded something: list says what, and what this kernel has", set_evidence },
	{ "no-snapshot", 0, NULL, "not what is there when it begins and ends: less to write, less to know",
	  set_no_snapshot },
	{ "receive", 0, NULL, "make the file of what comes through standard input from another record -o -", set_receive },
	{ "cleanup", 0, NULL, "remove what killed recorders left behind, and end", set_cleanup },
	{ NULL }
};

void record_settings_init(struct record_settings *settings)
{
	*settings = (struct record_settings){
		.recorder = {
			.has_snapshot = true,
			.counters_ns = 100000000, .evidence_ns = 1000000000,
			.instance = { .clock = "mono", .buffer_bytes = 16 << 20 },
			.guard = {
				.max_bytes = UINT64_C(4) << 30,
				.min_disk_bytes = 256 << 20,
				.min_memory_bytes = 64 << 20,
			},
		},
	};
}

enum status record_settings_check(const struct record_settings *settings, const struct invocation *call,
				  struct error *err)
{
	if (call->output && !strcmp(call->output, "-")) {
		if (settings->split_ns || settings->split_bytes || settings->is_receive)
			return error_set(err, RC_USAGE, "record: --output: takes FILE: a stream is neither split nor received");
		if (stream_check_output(err))
			return RC_USAGE;
	}
	if (settings->is_cleanup || settings->is_list || settings->is_receive || call->nr_operands || settings->targets.nr_cgroups || settings->targets.nr_pids)
		return RC_OK;
	return error_set(err, RC_USAGE, "record: whom? takes --cgroup PATH, --pid PID, or -- COMMAND...");
}
