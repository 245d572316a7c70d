// SPDX-License-Identifier: GPL-2.0-or-later
/* recount record: a recording of this host, with everything that replay can use. */
#include "base/xalloc.h"
#include "cmd/child.h"
#include "cmd/command.h"
#include "cmd/segments.h"
#include "recorder/recorder.h"
#include "recorder/wanted.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURN_MS 20		/* a ring of 8 MiB fills in 0.5 s at 400,000 events a second */
#define NICENESS 5
#define DEFAULT_OUTPUT "recount.dat"

struct settings {
	struct targets targets;
	struct recorder_settings recorder;
	uint64_t split_ns, split_bytes;	/* a file of its own for each; 0 = one for all */
	uint64_t last_ns;		/* only what is no older stays; 0 = everything */
	bool is_cleanup, is_list;
};

#define LAST_FILES 4		/* into so many files goes what --last keeps, and one that is being written */

static enum status set_cgroup(void *context, const char *value, struct error *err)
{
	return targets_add_cgroup(&((struct settings *)context)->targets, value, err);
}

static enum status set_pid(void *context, const char *value, struct error *err)
{
	uint64_t pid;
	enum status status = parse_number(value, 1, INT32_MAX, &pid, err);

	return status ? status : targets_add_pid(&((struct settings *)context)->targets, (pid_t)pid, err);
}

static enum status set_duration(void *context, const char *value, struct error *err)
{
	return parse_duration(value, &((struct settings *)context)->recorder.guard.duration_ns, err);
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
	struct settings *settings = context;
	const char *end = value + strlen(value);

	if (end > value && strchr("smhn", end[-1]))
		return parse_duration(value, &settings->split_ns, err);
	return set_bytes(&settings->split_bytes, 1 << 20, value, err);
}

static enum status set_last(void *context, const char *value, struct error *err)
{
	struct settings *settings = context;
	enum status status = parse_duration(value, &settings->last_ns, err);

	if (!status && settings->last_ns < 1000000000)
		return error_set(err, RC_USAGE, "at least 1s");
	settings->split_ns = settings->last_ns / LAST_FILES;
	return status;
}

static enum status set_max_size(void *context, const char *value, struct error *err)
{
	return set_bytes(&((struct settings *)context)->recorder.guard.max_bytes, 1 << 20, value, err);
}

static enum status set_min_disk(void *context, const char *value, struct error *err)
{
	return set_bytes(&((struct settings *)context)->recorder.guard.min_disk_bytes, 0, value, err);
}

static enum status set_min_memory(void *context, const char *value, struct error *err)
{
	return set_bytes(&((struct settings *)context)->recorder.guard.min_memory_bytes, 0, value, err);
}

static enum status set_buffer(void *context, const char *value, struct error *err)
{
	return set_bytes(&((struct settings *)context)->recorder.instance.buffer_bytes, 64 << 10, value, err);
}

static enum status set_counters(void *context, const char *value, struct error *err)
{
	return parse_duration(value, &((struct settings *)context)->recorder.counters_ns, err);
}

/* "idle", "idle=500ms" */
static enum status set_evidence(void *context, const char *value, struct error *err)
{
	struct recorder_settings *recorder = &((struct settings *)context)->recorder;
	const size_t bytes = strcspn(value, "=");

	((struct settings *)context)->is_list = !strcmp(value, "list");
	if (((struct settings *)context)->is_list)
		return RC_OK;
	recorder->evidence = evidence_find(value, bytes);
	if (!recorder->evidence && strcmp(value, "none"))
		return error_set(err, RC_USAGE, "'%.*s' is none of none, idle, soft-dirty, numa, damon", (int)bytes, value);
	return value[bytes] ? parse_duration(value + bytes + 1, &recorder->evidence_ns, err) : RC_OK;
}

static enum status set_no_snapshot(void *context, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct settings *)context)->recorder.has_snapshot = false;
	return RC_OK;
}

static enum status set_cleanup(void *context, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct settings *)context)->is_cleanup = true;
	return RC_OK;
}

static const struct option_spec options[] = {
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
	{ "cleanup", 0, NULL, "remove what killed recorders left behind, and end", set_cleanup },
	{ NULL }
};

/* One call at work. */
struct session {
	const struct invocation *call;
	struct settings *settings;
	struct segments segments;
	uint64_t split_at_ns;	/* when the next file is begun, if time says so */
	struct recorder *recorder;
	struct child child;
	int signals;
	const char *reason;	/* why it ended */
	struct recorder_cost cost;
};

static void say(const struct session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(const struct session *session, const char *format, ...)
{
	char text[512];
	va_list args;

	if (session->call->is_quiet)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	complain("record: %s", text);
}

/* Signals end a recording in peace; they are read between the turns. */
static int catch_signals(bool is_flight)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (is_flight)
		sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The number of a signal that came; 0 = none did in that time. */
static uint32_t wait_for_signal(const struct session *session, int timeout_ms)
{
	struct pollfd wait = { .fd = session->signals, .events = POLLIN };
	struct signalfd_siginfo signal;

	if (poll(&wait, 1, timeout_ms) != 1 ||
	    read(session->signals, &signal, sizeof(signal)) != sizeof(signal))
		return 0;
	return signal.ssi_signo;
}

static void tell_missing(const struct session *session)
{
	const struct instance *instance = recorder_instance(session->recorder);

	for (size_t i = 0; i < instance->nr_missing; i++) {
		const struct wanted_event *event = instance->missing[i];

		say(session, "this kernel has no %s:%s: the recording does not tell %s", event->system, event->name,
		    event->without);
	}
}

static enum status begin_next_file(struct session *session, struct error *err)
{
	char *part = session->segments.part;
	struct segments *segments = &session->segments;
	struct segments ended = *segments;
	enum status status;

	/* The recorder leaves the old file before it gets its name. */
	segments->part = NULL;
	segments_next(segments);
	status = recorder_split(session->recorder, segments->part, err);
	if (!status)
		status = segments_end(&ended, err);
	free(part);
	session->split_at_ns = guard_now_ns() + session->settings->split_ns;
	return status;
}

static bool is_file_full(const struct session *session)
{
	const struct settings *settings = session->settings;

	return (settings->split_ns && guard_now_ns() >= session->split_at_ns) ||
	       (settings->split_bytes && recorder_file_bytes(session->recorder) >= settings->split_bytes);
}

static enum status keep_files(struct session *session, struct error *err)
{
	enum status status = begin_next_file(session, err);

	segments_pin(&session->segments);
	if (!status)
		say(session, "what was recorded until now is kept");
	return status;
}

/* Between the turns: signals, kills, full files. */
static enum status look(struct session *session, struct error *err)
{
	const uint32_t signal = wait_for_signal(session, TURN_MS);

	if (signal == SIGUSR1)
		return keep_files(session, err);
	if (signal)
		session->reason = "a signal";
	else if (session->settings->last_ns && recorder_kills(session->recorder))
		session->reason = "a process was killed for want of memory";
	else if (is_file_full(session))
		return begin_next_file(session, err);
	return RC_OK;
}

static enum status record(struct session *session, struct error *err)
{
	enum status status = RC_OK;

	while (!status && !session->reason) {
		bool is_last = session->child.pid && child_has_ended(&session->child);

		status = recorder_turn(session->recorder, &session->reason, err);
		if (is_last)
			session->reason = "the command has ended";
		else if (!status && !session->reason)
			status = look(session, err);
	}
	return status;
}

static enum status start(struct session *session, struct error *err)
{
	struct settings *settings = session->settings;
	enum status status = RC_OK;

	if (session->call->nr_operands) {
		status = child_start(&session->child, (char *const *)session->call->operands, err);
		if (!status)
			status = targets_add_pid(&settings->targets, session->child.pid, err);
	}
	if (status)
		return status;
	/* After the child was made: it keeps its priority. */
	setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICENESS);
	settings->recorder.targets = &settings->targets;
	settings->recorder.path = session->segments.part;
	status = recorder_open(&session->recorder, &settings->recorder, err);
	if (status)
		return status;
	tell_missing(session);
	if (settings->recorder.evidence)
		say(session, "evidence %s: %s", settings->recorder.evidence->name, settings->recorder.evidence->cost);
	status = recorder_start(session->recorder, err);
	if (!status && session->child.pid)
		status = child_release(&session->child, err);
	return status;
}

static void tell_cost(const struct session *session)
{
	const struct recorder_cost *cost = &session->cost;
	const double seconds = (double)cost->wall_ns / 1e9;
	const struct instance *instance = recorder_instance(session->recorder);

	say(session, "ended because: %s", session->reason ? session->reason : "of a failure");
	if (cost->snapshot.processes)
		say(session, "%" PRIu64 " processes were there before: %" PRIu64 " mappings, %" PRIu64 " pages%s",
		    cost->snapshot.processes, cost->snapshot.vmas, cost->snapshot.pages,
		    cost->snapshot.hidden ? ", whose frames the kernel hides" : "");
	say(session, "%" PRIu64 " events in %.1f s, %.0f a second; %.1f MiB, %.1f MiB in the file", cost->events,
	    seconds, (double)cost->events / seconds, (double)cost->event_bytes / (1 << 20),
	    (double)cost->file_bytes / (1 << 20));
	if (cost->evidence.looks)
		say(session, "evidence: %" PRIu64 " looks of %.1f ms at %" PRIu64 " processes; %" PRIu64 " pages looked at, %" PRIu64
		    " were used", cost->evidence.looks,
		    (double)cost->evidence.look_ns / 1e6 / (double)cost->evidence.looks, cost->evidence.processes,
		    cost->evidence.pages, cost->evidence.used);
	say(session, "recording took %.2f s of CPU time, %.1f %% of one CPU", (double)cost->cpu_ns / 1e9,
	    100 * (double)cost->cpu_ns / (double)cost->wall_ns);
	for (uint32_t cpu = 0; cost->lost && cpu < instance->nr_cpus; cpu++) {
		struct instance_counts counts = instance_counts(instance, cpu);

		if (counts.lost)
			complain("record: CPU %" PRIu32 ": %" PRIu64 " events were lost: a larger --buffer may keep them",
				 cpu, counts.lost);
	}
}

static void tell_child(const struct session *session)
{
	const int status = session->child.status;

	if (!session->child.is_reaped || !status)
		return;
	if (WIFEXITED(status))
		say(session, "the command ended with exit code %d", WEXITSTATUS(status));
	else
		say(session, "the command was killed by signal %d", WTERMSIG(status));
}

static enum status run(struct session *session, enum exit_code *exit_code, struct error *err)
{
	const char *output = session->call->output ? session->call->output : DEFAULT_OUTPUT;
	const struct settings *settings = session->settings;
	enum status status, stopped;
	struct error later;

	segments_init(&session->segments, output, settings->split_ns || settings->split_bytes,
		      settings->last_ns ? LAST_FILES : 0);
	session->signals = catch_signals(settings->last_ns);
	status = start(session, err);
	if (status) {
		if (session->recorder)
			unlink(session->segments.part);
		return status;
	}
	session->split_at_ns = guard_now_ns() + settings->split_ns;
	status = record(session, err);
	stopped = recorder_stop(session->recorder, &session->cost, status ? &later : err);
	if (!stopped)
		stopped = segments_end(&session->segments, status ? &later : err);
	tell_child(session);
	tell_cost(session);
	*exit_code = session->cost.lost ? EXIT_DAMAGED : EXIT_DONE;
	return status ? status : stopped;
}

static enum status clean_up(const struct session *session, struct error *err)
{
	uint32_t nr_removed, nr_left;
	enum status status = instance_remove_stale(&nr_removed, &nr_left, err);

	if (status)
		return status;
	say(session, "%" PRIu32 " instances of killed recorders removed", nr_removed);
	if (nr_left)
		return error_set(err, RC_INPUT, "%" PRIu32 " instances of killed recorders are in use and stay", nr_left);
	return RC_OK;
}

static void list_evidence(void)
{
	for (size_t i = 0; evidence_classes[i]; i++) {
		const struct evidence_class *class = evidence_classes[i];
		const char *lack = class->lack("");

		printf("%-10s %s%s\n    sees: %s\n    costs: %s\n", class->name, lack ? "not here: " : "available",
		       lack ? lack : "", class->sees, class->cost);
	}
}

static enum status check_targets(const struct invocation *call, const struct settings *settings, struct error *err)
{
	if (settings->is_cleanup || settings->is_list || call->nr_operands || settings->targets.nr_cgroups || settings->targets.nr_pids)
		return RC_OK;
	return error_set(err, RC_USAGE, "record: whom? takes --cgroup PATH, --pid PID, or -- COMMAND...");
}

static enum exit_code record_run(int argc, char **argv)
{
	struct settings settings = {
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
	struct session session = { .settings = &settings, .child = { .go = -1, .failed = -1 }, .signals = -1 };
	struct invocation call;
	struct error err = { "" };
	enum exit_code exit_code;
	enum status status;

	if (!invocation_parse(&call, &record_command, &settings, argc, argv, &exit_code)) {
		targets_release(&settings.targets);
		return exit_code;
	}
	session.call = &call;
	status = check_targets(&call, &settings, &err);
	if (!status && settings.is_list)
		list_evidence();
	else if (!status)
		status = settings.is_cleanup ? clean_up(&session, &err) : run(&session, &exit_code, &err);
	if (status)
		exit_code = complain_status(status, &err);
	else if (settings.is_cleanup || settings.is_list)
		exit_code = EXIT_DONE;
	recorder_close(session.recorder);
	child_close(&session.child);
	if (session.signals >= 0)
		close(session.signals);
	segments_release(&session.segments);
	targets_release(&settings.targets);
	invocation_release(&call);
	return exit_code;
}

static const char *const formats[] = { "trace.dat", NULL };

const struct command record_command = {
	.name = "record",
	.operands = "[-- COMMAND...]",
	.summary = "record this host: exactly the events that replay can use",
	.details = "Records containers, processes or a command in a tracing instance of its own, which is gone\n"
		   "when it ends. The file is a trace.dat; while it grows it is FILE.part, readable at any moment.",
	.options = options,
	.formats = formats,
	.takes = TAKES_COMMAND,
	.max_operands = SIZE_MAX,
	.run = record_run,
};
