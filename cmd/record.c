// SPDX-License-Identifier: GPL-2.0-or-later
/* recount record: a recording of this host, with everything that replay can use. */
#include "base/xalloc.h"
#include "cmd/child.h"
#include "cmd/command.h"
#include "cmd/record_settings.h"
#include "cmd/segments.h"
#include "cmd/stream.h"
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

/* One call at work. */
struct session {
	const struct invocation *call;
	struct record_settings *settings;
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
	const struct record_settings *settings = session->settings;

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
	struct record_settings *settings = session->settings;
	uint32_t nr_removed, nr_left;
	struct error ignored;
	enum status status = RC_OK;

	if (session->call->nr_operands) {
		status = child_start(&session->child, (char *const *)session->call->operands,
				     segments_are_stream(&session->segments), err);
		if (!status)
			status = targets_add_pid(&settings->targets, session->child.pid, err);
	}
	if (status)
		return status;
	/* What killed recorders left: their rings hold memory. */
	instance_remove_stale(&nr_removed, &nr_left, &ignored);
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
		say(session, "%" PRIu64 " process%s there before: %" PRIu64 " mappings, %" PRIu64 " pages%s",
		    cost->snapshot.processes, cost->snapshot.processes == 1 ? " was" : "es were", cost->snapshot.vmas, cost->snapshot.pages,
		    cost->snapshot.hidden ? ", whose frames the kernel hides" : "");
	say(session, "%" PRIu64 " events in %.1f s, %.0f a second; %.1f MiB, %.1f MiB in the file", cost->events,
	    seconds, (double)cost->events / seconds, (double)cost->event_bytes / (1 << 20),
	    (double)cost->file_bytes / (1 << 20));
	if (cost->evidence.looks)
		say(session, "evidence: %" PRIu64 " looks of %.1f ms at %" PRIu64 " processes; %" PRIu64 " pages looked at, %" PRIu64
		    " were used", cost->evidence.looks,
		    (double)cost->evidence.look_ns / 1e6 / (double)cost->evidence.looks, cost->evidence.processes,
		    cost->evidence.pages, cost->evidence.used);
	if (cost->is_sparse)
		say(session, "no room was left to move its parts together: the file is whole, and sparse (copy it with cp --sparse=always)");
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
	const struct record_settings *settings = session->settings;
	enum status status, stopped;
	struct error later;

	segments_init(&session->segments, output, settings->split_ns || settings->split_bytes,
		      settings->last_ns ? LAST_FILES : 0);
	session->signals = catch_signals(settings->last_ns);
	status = start(session, err);
	if (status) {
		if (session->recorder && session->segments.part)
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

static enum status receive(const struct session *session, enum exit_code *exit_code, struct error *err)
{
	const char *output = session->call->output ? session->call->output : DEFAULT_OUTPUT;
	bool is_whole;
	enum status status = stream_receive(output, &is_whole, err);

	if (status)
		return status;
	*exit_code = is_whole ? EXIT_DONE : EXIT_DAMAGED;
	if (!is_whole)
		say(session, "the stream ended before the recording: %s holds what came until then", output);
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

static enum exit_code record_run(int argc, char **argv)
{
	struct record_settings settings;
	struct session session = { .settings = &settings, .child = { .go = -1, .failed = -1 }, .signals = -1 };
	struct invocation call;
	struct error err = { "" };
	enum exit_code exit_code;
	enum status status;

	record_settings_init(&settings);
	if (!invocation_parse(&call, &record_command, &settings, argc, argv, &exit_code)) {
		targets_release(&settings.targets);
		return exit_code;
	}
	session.call = &call;
	status = record_settings_check(&settings, &call, &err);
	if (!status && settings.is_list)
		list_evidence();
	else if (!status && settings.is_receive)
		status = receive(&session, &exit_code, &err);
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
		   "when it ends. The file is a trace.dat, recount.dat unless -o names it; while it grows it is FILE.part, readable\n"
		   "at any moment. -o - writes a stream that any command of recount reads.",
	.options = record_options,
	.formats = formats,
	.takes = TAKES_COMMAND,
	.max_operands = SIZE_MAX,
	.run = record_run,
};
