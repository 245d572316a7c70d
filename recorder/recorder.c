// SPDX-License-Identifier: GPL-2.0-or-later
/* The rounds of a recording: take pages, look for new tasks, look whether to end. */
#include "recorder/recorder.h"

#include "base/xalloc.h"
#include "recorder/cgroups.h"
#include "recorder/container_label.h"
#include "recorder/counters.h"
#include "recorder/cpu_pages.h"
#include "recorder/machine.h"

#include <stdlib.h>
#include <time.h>

#define LOOK_NS 200000000	/* between looks at containers, disk and memory */
#define WRITE_NS 5000000000	/* between writes of counters: what a killed recorder loses of them */

struct recorder {
	struct recorder_settings settings;
	struct instance *instance;
	struct dat_file *file;
	struct cpu_pages **cpus;	/* NULL where there is no such CPU */
	uint64_t event_bytes, looked_ns, cpu_begin_ns;
	uint64_t ended_bytes;		/* of files before this one */
	struct evidence *evidence;	/* NULL = none */
	enum status evidence_status;	/* of the pages taken during a look */
	struct error *evidence_err;	/* of the turn */
	struct counters *counters;
	size_t nr_counted;		/* of the containers seen */
	uint64_t counters_written_ns;
	size_t nr_named;		/* of the containers seen: their names are in this file */
	size_t nr_snapped;		/* of the followed processes, the first are in the file */
	struct snapshot_counts counts;
};

static uint64_t own_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static enum status open_cpus(struct recorder *recorder, struct error *err)
{
	enum status status = RC_OK;

	recorder->cpus = xcalloc(recorder->instance->nr_cpus, sizeof(struct cpu_pages *));
	for (uint32_t cpu = 0; cpu < recorder->instance->nr_cpus && status >= 0; cpu++)
		status = cpu_pages_open(&recorder->cpus[cpu], recorder->instance, cpu, err);
	return status < 0 ? status : RC_OK;
}

static enum status open_file(struct recorder *recorder, const char *path, struct error *err)
{
	const struct dat_file_settings settings = {
		.path = path,
		.clock = recorder->settings.instance.clock,
		.nr_cpus = recorder->instance->nr_cpus,
		.page_bytes = recorder->instance->page_bytes,
		/* One CPU may write nearly all; the guard looks only now and then. */
		.max_bytes = recorder->settings.guard.max_bytes +
			     recorder->settings.instance.buffer_bytes * 2 + (16 << 20),
		/* Half of what ends a recording may be used for a moment to make its file small. */
		.min_free_bytes = recorder->settings.guard.min_disk_bytes / 2,
	};

	return dat_file_open(&recorder->file, &settings, err);
}

static enum status take_pages(struct recorder *recorder, struct error *err)
{
	enum status status = RC_OK;

	for (uint32_t cpu = 0; cpu < recorder->instance->nr_cpus && !status; cpu++) {
		if (recorder->cpus[cpu])
			status = cpu_pages_take(recorder->cpus[cpu], recorder->file, &recorder->event_bytes, err);
	}
	return status;
}

/* Like take_between(), of a look. */
static void take_meanwhile(void *context)
{
	struct recorder *recorder = context;

	if (!recorder->evidence_status)
		recorder->evidence_status = take_pages(recorder, recorder->evidence_err);
}

static enum status open_evidence(struct recorder *recorder, struct error *err)
{
	const struct evidence_settings settings = {
		.class = recorder->settings.evidence, .step_ns = recorder->settings.evidence_ns, .root = "",
		.pause = take_meanwhile, .context = recorder,
	};

	return evidence_open(&recorder->evidence, &settings, err);
}

static enum status look_for_uses(struct recorder *recorder, struct error *err)
{
	enum status status;

	if (!evidence_begin(recorder->evidence))
		return RC_OK;
	recorder->evidence_status = counters_write(recorder->counters, recorder->file, err);
	recorder->evidence_err = err;
	targets_each(recorder->instance, evidence_look, recorder->evidence);
	status = recorder->evidence_status;
	return status ? status : evidence_end(recorder->evidence, recorder->file, err);
}

enum status recorder_open(struct recorder **result, const struct recorder_settings *settings,
			  struct error *err)
{
	struct recorder *recorder = xcalloc(1, sizeof(*recorder));
	enum status status;

	recorder->settings = *settings;
	counters_open(&recorder->counters, settings->counters_ns);
	status = open_evidence(recorder, err);
	if (!status)
		status = instance_create(&recorder->instance, &settings->instance, err);
	if (!status)
		status = open_file(recorder, settings->path, err);
	if (!status)
		status = open_cpus(recorder, err);
	if (status) {
		recorder_close(recorder);
		return status;
	}
	*result = recorder;
	return RC_OK;
}

const struct instance *recorder_instance(const struct recorder *recorder)
{
	return recorder->instance;
}

/* A snapshot in the making. Large processes take longer to read than rings to fill: pages are taken in between. */
struct reading {
	struct recorder *recorder;
	struct snapshot *snapshot;
	uint64_t since_ns;		/* of places */
	enum status status;		/* of the pages taken */
	struct error *err;
};

static void take_between(void *context)
{
	struct reading *reading = context;

	if (!reading->status)
		reading->status = take_pages(reading->recorder, reading->err);
}

static void begin_reading(struct reading *reading, enum snapshot_moment moment)
{
	const struct snapshot_settings settings = {
		.cgroup_root = targets_cgroup_root(reading->recorder->settings.targets),
		.moment = moment, .pause = take_between, .context = reading,
	};

	snapshot_begin(&reading->snapshot, &settings);
}

static void read_process(void *context, pid_t pid)
{
	struct reading *reading = context;

	if (reading->status)
		return;
	snapshot_take(reading->snapshot, pid);
	take_between(reading);
}

static enum status end_reading(struct reading *reading)
{
	if (!reading->status)
		reading->status = snapshot_write(reading->snapshot, reading->recorder->file, reading->err);
	snapshot_end(reading->snapshot);
	return reading->status;
}

/* What no event tells, before everything else. */
static enum status write_facts(struct recorder *recorder, struct error *err)
{
	struct targets *targets = recorder->settings.targets;
	const char *root = targets_cgroup_root(targets);
	struct dat_blob facts = { 0 };
	enum status status;

	machine_add(&facts);
	if (recorder->settings.evidence)
		machine_add_fact(&facts, "evidence", recorder->settings.evidence->name);
	for (size_t i = 0; i < targets->nr_seen; i++)
		machine_add_limits(&facts, targets->seen[i], cgroup_path_of(root, targets->seen[i]));
	status = dat_file_add_section(recorder->file, DAT_SNAPSHOT, &facts, err);
	dat_blob_release(&facts);
	return status;
}

/* What people call the containers that were seen since the last time. */
static enum status write_names(struct recorder *recorder, struct error *err)
{
	struct targets *targets = recorder->settings.targets;
	struct dat_blob names = { 0 };
	enum status status = RC_OK;

	for (; recorder->nr_named < targets->nr_seen; recorder->nr_named++) {
		const char *path = cgroup_path_of(targets_cgroup_root(targets), targets->seen[recorder->nr_named]);
		struct container_label label;

		if (!container_label_of("", path, &label))
			continue;
		machine_add_container(&names, FACT_NAME, path, label.name);
		if (label.image)
			machine_add_container(&names, FACT_IMAGE, path, label.image);
		container_label_release(&label);
	}
	if (names.nr)
		status = dat_file_add_section(recorder->file, DAT_NAMES, &names, err);
	dat_blob_release(&names);
	return status;
}

static enum status take_counters(struct recorder *recorder, uint64_t now_ns, struct error *err)
{
	struct targets *targets = recorder->settings.targets;
	const char *root = targets_cgroup_root(targets);

	for (; recorder->nr_counted < targets->nr_seen; recorder->nr_counted++) {
		const char *folder = targets->seen[recorder->nr_counted];

		counters_add(recorder->counters, folder, cgroup_path_of(root, folder), cgroup_id_of(folder));
	}
	counters_sample(recorder->counters);
	if (now_ns - recorder->counters_written_ns < WRITE_NS)
		return RC_OK;
	recorder->counters_written_ns = now_ns;
	return counters_write(recorder->counters, recorder->file, err);
}

/* Processes that are followed from now on, as they are now. */
static enum status snap_new(struct recorder *recorder, struct error *err)
{
	const struct targets *targets = recorder->settings.targets;
	struct reading reading = { .recorder = recorder, .err = err };

	if (!recorder->settings.has_snapshot || recorder->nr_snapped == targets->nr_followed)
		return RC_OK;
	reading.status = counters_write(recorder->counters, recorder->file, err);
	begin_reading(&reading, MOMENT_BEGIN);
	while (recorder->nr_snapped < targets->nr_followed)
		read_process(&reading, targets->followed[recorder->nr_snapped++]);
	if (!recorder->counts.processes)
		recorder->counts = snapshot_counts(reading.snapshot);
	return end_reading(&reading);
}

/* Everybody who is followed and alive: to begin a file with, or at the end to compare with what replay has by then. */
static enum status snap_all(struct recorder *recorder, enum snapshot_moment moment, struct error *err)
{
	struct reading reading = { .recorder = recorder, .err = err };

	reading.status = counters_write(recorder->counters, recorder->file, err);
	if (!recorder->settings.has_snapshot || reading.status)
		return reading.status;
	begin_reading(&reading, moment);
	targets_each(recorder->instance, read_process, &reading);
	return end_reading(&reading);
}

static void place_process(void *context, pid_t pid)
{
	const struct reading *reading = context;

	snapshot_place(reading->snapshot, pid, reading->since_ns);
}

/*
 * Where everybody is who is followed now, before their first event: a child that is born while its parent is
 * read, or one that ends at once, would else be in nobody's container.
 */
static enum status follow_new(struct recorder *recorder, uint64_t since_ns, struct error *err)
{
	struct reading reading = { .recorder = recorder, .since_ns = since_ns, .err = err };

	begin_reading(&reading, MOMENT_PLACE);
	targets_follow(recorder->settings.targets, recorder->instance, place_process, &reading);
	return end_reading(&reading);
}

/* The same of everybody who is followed already. */
static enum status write_places(struct recorder *recorder, uint64_t since_ns, struct error *err)
{
	struct reading reading = { .recorder = recorder, .since_ns = since_ns, .err = err };

	begin_reading(&reading, MOMENT_PLACE);
	targets_each(recorder->instance, place_process, &reading);
	return end_reading(&reading);
}

static enum status begin_file(struct recorder *recorder, struct error *err)
{
	enum status status = instance_write_formats(recorder->instance, &recorder->settings.targets->names,
						    recorder->file, err);

	if (!status)
		status = dat_file_begin_cpus(recorder->file, err);
	if (!status)
		status = write_facts(recorder, err);
	recorder->nr_named = 0;
	return status ? status : write_names(recorder, err);
}

/* What is in the rings goes into the file that ends. */
static enum status cut_pages(struct recorder *recorder, struct dat_file *file, struct error *err)
{
	enum status status = RC_OK;

	for (uint32_t cpu = 0; cpu < recorder->instance->nr_cpus && !status; cpu++) {
		if (recorder->cpus[cpu])
			status = cpu_pages_cut(recorder->cpus[cpu], file, &recorder->event_bytes, err);
	}
	return status;
}

/* All that takes long is done before the cut or after the snapshot: between them nobody is placed yet. */
enum status recorder_split(struct recorder *recorder, const char *path, struct error *err)
{
	struct dat_file *old = recorder->file;
	uint64_t cut_ns;
	enum status status = counters_write(recorder->counters, old, err), closed;
	struct error later;

	recorder->file = NULL;
	recorder->settings.guard.path = recorder->settings.path = path;	/* the old one's name is over */
	if (!status)
		status = open_file(recorder, path, err);
	if (!status)
		status = begin_file(recorder, err);
	cut_ns = guard_now_ns();
	if (!status)
		status = cut_pages(recorder, old, err);
	if (!status)
		status = write_places(recorder, cut_ns, err);
	instance_write_statistics(recorder->instance, old);
	if (!status)
		status = snap_all(recorder, MOMENT_BEGIN, err);
	recorder->ended_bytes += dat_file_bytes(old);
	closed = dat_file_close(old, status ? &later : err);
	return status ? status : closed;
}

uint64_t recorder_file_bytes(const struct recorder *recorder)
{
	return dat_file_bytes(recorder->file);
}

uint64_t recorder_kills(const struct recorder *recorder)
{
	return counters_kills(recorder->counters);
}

/*
 * Births among those who are followed are recorded from the first on, if tracing begins before anybody is. Who was
 * being born when his parent was followed is followed too, though his birth is not recorded: he is asked for afterwards.
 */
static enum status start_following(struct recorder *recorder, struct error *err)
{
	const uint64_t begin_ns = guard_now_ns();
	const bool is_nobodys = recorder->instance->is_nobodys;
	enum status status = is_nobodys ? instance_start(recorder->instance, err) : RC_OK;

	if (!status)
		status = follow_new(recorder, begin_ns, err);
	if (!status && !is_nobodys)
		status = instance_start(recorder->instance, err);
	return status ? status : write_places(recorder, begin_ns, err);
}

enum status recorder_start(struct recorder *recorder, struct error *err)
{
	struct targets *targets = recorder->settings.targets;
	enum status status;

	targets_look(targets);
	status = begin_file(recorder, err);
	targets->names.nr = 0;		/* they are noted again as they are followed */
	/* A kill is one more than there were before. */
	if (!status)
		status = take_counters(recorder, guard_now_ns(), err);
	if (!status)
		status = start_following(recorder, err);
	/* After tracing began: what happens while a process is read is at least seen. */
	if (!status)
		status = snap_new(recorder, err);
	guard_begin(&recorder->settings.guard, recorder->settings.path);
	recorder->looked_ns = recorder->settings.guard.begin_ns;
	recorder->cpu_begin_ns = own_cpu_ns();
	return status;
}

enum status recorder_turn(struct recorder *recorder, const char **reason, struct error *err)
{
	const uint64_t now_ns = guard_now_ns();
	enum status status = take_pages(recorder, err);

	if (!status)
		status = take_counters(recorder, now_ns, err);
	if (!status)
		status = look_for_uses(recorder, err);
	if (status || now_ns - recorder->looked_ns < LOOK_NS)
		return status;
	recorder->looked_ns = now_ns;
	if (recorder->settings.targets->nr_cgroups)
		status = follow_new(recorder, now_ns, err);
	if (!status)
		status = snap_new(recorder, err);
	if (!status)
		status = write_names(recorder, err);
	*reason = guard_check(&recorder->settings.guard, recorder->ended_bytes + dat_file_bytes(recorder->file));
	if (!*reason && !targets_live(recorder->settings.targets))
		*reason = "all processes have ended";
	return status;
}

static void add_counts(const struct recorder *recorder, struct recorder_cost *cost)
{
	for (uint32_t cpu = 0; cpu < recorder->instance->nr_cpus; cpu++) {
		struct instance_counts counts = instance_counts(recorder->instance, cpu);

		cost->events += counts.entries;
		cost->lost += counts.lost;
	}
}

enum status recorder_stop(struct recorder *recorder, struct recorder_cost *cost, struct error *err)
{
	enum status status, ended, closed;
	struct error later;

	*cost = (struct recorder_cost){ 0 };
	if (!recorder->file)	/* a split failed: the file before it is whole */
		return RC_OK;
	status = snap_all(recorder, MOMENT_END, err);

	instance_stop(recorder->instance);
	for (uint32_t cpu = 0; cpu < recorder->instance->nr_cpus && !status; cpu++) {
		if (recorder->cpus[cpu])
			status = cpu_pages_finish(recorder->cpus[cpu], recorder->file, err);
	}
	*cost = (struct recorder_cost){ .event_bytes = recorder->event_bytes, .snapshot = recorder->counts,
					.evidence = evidence_counts(recorder->evidence) };
	add_counts(recorder, cost);
	instance_write_statistics(recorder->instance, recorder->file);
	cost->file_bytes = recorder->ended_bytes + dat_file_bytes(recorder->file);
	ended = dat_file_end(recorder->file, &cost->is_sparse, status ? &later : err);
	closed = dat_file_close(recorder->file, status || ended ? &later : err);
	recorder->file = NULL;
	cost->cpu_ns = own_cpu_ns() - recorder->cpu_begin_ns;
	cost->wall_ns = guard_now_ns() - recorder->settings.guard.begin_ns;
	return status ? status : ended ? ended : closed;
}

void recorder_close(struct recorder *recorder)
{
	struct error ignored;

	if (!recorder)
		return;
	evidence_close(recorder->evidence);
	for (uint32_t cpu = 0; recorder->cpus && cpu < recorder->instance->nr_cpus; cpu++)
		cpu_pages_close(recorder->cpus[cpu]);
	free(recorder->cpus);
	counters_close(recorder->counters);
	dat_file_close(recorder->file, &ignored);
	instance_destroy(recorder->instance);
	free(recorder);
}
