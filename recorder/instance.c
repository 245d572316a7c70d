// SPDX-License-Identifier: GPL-2.0-or-later
/* The instance in the kernel: made, filled with events, started, removed. */
#include "recorder/instance.h"

#include "base/xalloc.h"
#include "recorder/wanted.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tracefs.h>
#include <unistd.h>

#define NAME_PREFIX "recount-"
#define NOBODY ((1 << 30) - 1)	/* the filter takes it since 5.16; there are fewer than 1 << 22 tasks */

/* When a process began, in clock ticks since boot: tells it from a later one of the same number. 0 = gone. */
static uint64_t start_of(pid_t pid)
{
	char path[64], text[1024];
	uint64_t start = 0;
	size_t nr;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "re");
	if (!in)
		return 0;
	nr = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[nr] = '\0';
	/* The name may hold blanks and brackets: fields are counted from behind it. Field 22 is the start. */
	if (strrchr(text, ')'))
		sscanf(strrchr(text, ')') + 1,
		       " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
		       &start);
	return start;
}

bool instance_follow(struct instance *instance, pid_t tid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)tid);
	return tracefs_instance_file_append(instance->tracefs, "set_event_pid", text) >= 0;
}

static enum status check_tracefs(struct error *err)
{
	const char *dir;

	if (tracefs_tracing_dir_is_mounted(false, &dir) <= 0)
		return error_set(err, RC_INPUT,
				 "tracefs is not mounted: mount -t tracefs none /sys/kernel/tracing; recordings made elsewhere can be replayed without it");
	if (!access(dir, W_OK | X_OK))
		return RC_OK;
	return error_set(err, RC_INPUT,
			 "%s: %s: recording needs root (CAP_SYS_ADMIN) and a kernel that is not locked down; recordings made elsewhere can be replayed without it",
			 dir, strerror(errno));
}

static void enable_events(struct instance *instance)
{
	for (const struct wanted_event *event = wanted_events; event->name; event++) {
		if (tracefs_event_file_exists(instance->tracefs, event->system, event->name, "enable") &&
		    !tracefs_event_enable(instance->tracefs, event->system, event->name)) {
			instance->nr_events++;
		} else if (event->without) {
			xgrow(&instance->missing, instance->nr_missing, &instance->missing_capacity,
			      sizeof(*instance->missing));
			instance->missing[instance->nr_missing++] = event;
		}
	}
}

static enum status set_up(struct instance *instance, const struct instance_settings *settings,
			  struct error *err)
{
	const size_t kilobytes = (size_t)(settings->buffer_bytes >> 10);

	tracefs_trace_off(instance->tracefs);
	if (tracefs_instance_file_write(instance->tracefs, "trace_clock", settings->clock) < 0)
		return error_set(err, RC_INPUT, "clock '%s': this kernel does not have it", settings->clock);
	if (tracefs_instance_set_buffer_size(instance->tracefs, kilobytes, -1) < 0)
		return error_set(err, RC_INPUT, "no memory for ring buffers of %zu KiB a CPU: a smaller --buffer may do",
				 kilobytes);
	/* An empty filter means everybody. */
	instance->is_nobodys = instance_follow(instance, NOBODY);
	/* Children are followed. */
	if (tracefs_option_enable(instance->tracefs, TRACEFS_OPTION_EVENT_FORK) < 0)
		return error_set(err, RC_INPUT, "option event-fork: this kernel cannot follow children");
	enable_events(instance);
	if (!instance->nr_events)
		return error_set(err, RC_INPUT, "none of the events that recount needs could be switched on");
	return RC_OK;
}

enum status instance_create(struct instance **result, const struct instance_settings *settings,
			    struct error *err)
{
	struct instance *instance;
	enum status status = check_tracefs(err);

	if (status)
		return status;
	instance = xcalloc(1, sizeof(*instance));
	instance->name = xasprintf(NAME_PREFIX "%d-%" PRIu64, (int)getpid(), start_of(getpid()));
	instance->nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	instance->page_bytes = (uint32_t)getpagesize();
	instance->tracefs = tracefs_instance_create(instance->name);
	if (!instance->tracefs)
		status = error_set(err, RC_INPUT, "a tracing instance cannot be made: %s", strerror(errno));
	else
		status = set_up(instance, settings, err);
	if (status) {
		instance_destroy(instance);
		return status;
	}
	*result = instance;
	return RC_OK;
}

enum status instance_start(struct instance *instance, struct error *err)
{
	if (tracefs_trace_on(instance->tracefs))
		return error_set(err, RC_INPUT, "tracing cannot be switched on: %s", strerror(errno));
	return RC_OK;
}

void instance_stop(struct instance *instance)
{
	tracefs_trace_off(instance->tracefs);
}

static char *read_statistics(const struct instance *instance, uint32_t cpu)
{
	char name[64];

	snprintf(name, sizeof(name), "per_cpu/cpu%" PRIu32 "/stats", cpu);
	return tracefs_instance_file_read(instance->tracefs, name, NULL);
}

static uint64_t statistic(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

struct instance_counts instance_counts(const struct instance *instance, uint32_t cpu)
{
	struct instance_counts counts = { 0 };
	char *text = read_statistics(instance, cpu);

	if (!text)	/* no such CPU */
		return counts;
	counts.entries = statistic(text, "entries: ") + statistic(text, "read events: ");
	counts.lost = statistic(text, "\noverrun: ") + statistic(text, "commit overrun: ") +
		      statistic(text, "dropped events: ");
	free(text);
	return counts;
}

void instance_write_statistics(const struct instance *instance, struct dat_file *file)
{
	for (uint32_t cpu = 0; cpu < instance->nr_cpus; cpu++) {
		char *text = read_statistics(instance, cpu), *option;

		if (!text)
			continue;
		option = xasprintf("CPU: %" PRIu32 "\n%s", cpu, text);
		dat_file_add_option(file, DAT_CPUSTAT, option, strlen(option) + 1);
		free(option);
		free(text);
	}
}

void instance_destroy(struct instance *instance)
{
	if (!instance)
		return;
	if (instance->tracefs) {
		tracefs_trace_off(instance->tracefs);
		tracefs_instance_destroy(instance->tracefs);
		tracefs_instance_free(instance->tracefs);
	}
	free(instance->missing);
	free(instance->name);
	free(instance);
}

static bool is_stale(const char *name)
{
	uint64_t start;
	int pid;

	return sscanf(name, NAME_PREFIX "%d-%" SCNu64, &pid, &start) == 2 && start_of(pid) != start;
}

enum removal { REMOVED, WAS_GONE, IS_LEFT };

/* Another recorder that removes it now has its files open for a moment, and may come first. */
static enum removal remove_instance(const char *name)
{
	const struct timespec moment = { .tv_nsec = 20000000 };

	for (int attempt = 0; attempt < 10; attempt++) {
		struct tracefs_instance *instance = tracefs_instance_alloc(NULL, name);
		bool is_removed;

		if (attempt)
			nanosleep(&moment, NULL);
		is_removed = instance && (tracefs_trace_off(instance), !tracefs_instance_destroy(instance));
		tracefs_instance_free(instance);
		if (is_removed)
			return REMOVED;
		if (!tracefs_instance_exists(name))
			return WAS_GONE;
	}
	return IS_LEFT;
}

enum status instance_remove_stale(uint32_t *nr_removed, uint32_t *nr_left, struct error *err)
{
	enum status status = check_tracefs(err);
	char **names;

	*nr_removed = *nr_left = 0;
	if (status)
		return status;
	names = tracefs_instances(NULL);
	for (size_t i = 0; names && names[i]; i++) {
		enum removal removal = is_stale(names[i]) ? remove_instance(names[i]) : WAS_GONE;

		*nr_removed += removal == REMOVED;
		*nr_left += removal == IS_LEFT;
	}
	tracefs_list_free(names);
	return RC_OK;
}
