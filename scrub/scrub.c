// SPDX-License-Identifier: GPL-2.0-or-later
/* Two passes over a recording: what there is, then each event under other names. */
#include "scrub/scrub.h"

#include "base/snapshot_records.h"
#include "base/xalloc.h"
#include "recorder/dat_file.h"
#include "scrub/addresses.h"
#include "scrub/event_record.h"
#include "scrub/page_writer.h"
#include "scrub/snapshot_record.h"
#include "traces/event_source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_STEPS 65536	/* events between two calls of job->progress */

struct scrubber {
	struct scrub_job *job;
	struct event_source *source;
	struct event_traits traits;
	struct addresses addresses;
	uint32_t nr_cpus;
	uint64_t nr_read;	/* events, both times */
	struct event_records records;
	struct dat_file *file;
	struct page_writer *cpus;
	struct snapshot_records snapshots;
};

/* Arguments that are addresses, as bits, and whether the result is one. */
static const struct {
	uint8_t args;
	bool ret;
} addresses_of_call[MM_NR_CALLS] = {
	[MM_CALL_MMAP] = { 1 << 0, true },
	[MM_CALL_MUNMAP] = { 1 << 0, false },
	[MM_CALL_BRK] = { 1 << 0, true },
	[MM_CALL_MPROTECT] = { 1 << 0, false },
	[MM_CALL_MREMAP] = { 1 << 0 | 1 << 4, true },
	[MM_CALL_MADVISE] = { 1 << 0, false },
	[MM_CALL_MLOCK] = { 1 << 0, false },
	[MM_CALL_MLOCK2] = { 1 << 0, false },
	[MM_CALL_MUNLOCK] = { 1 << 0, false },
	[MM_CALL_SHMAT] = { 1 << 1, true },
	[MM_CALL_SHMDT] = { 1 << 0, false },
	[MM_CALL_REMAP_FILE_PAGES] = { 1 << 0, false },
};

/* Gives every address of an event to `change`, which may move it. */
static void each_address(struct mm_event *event, uint32_t page_size,
			 uint64_t (*change)(void *context, uint64_t address), void *context)
{
	switch ((int)event->kind) {
	case MM_FAULT:
		event->fault.address = change(context, event->fault.address);
		break;
	case MM_CALL:
		for (int i = 0; i < 6; i++) {
			if (addresses_of_call[event->call].args >> i & 1 && event->call_args.args[i])
				event->call_args.args[i] = change(context, event->call_args.args[i]);
		}
		break;
	case MM_CALL_DONE:
		if (addresses_of_call[event->call].ret && event->call_done.ret > 0)
			event->call_done.ret = (int64_t)change(context, (uint64_t)event->call_done.ret);
		break;
	case MM_MIGRATE_SET:
	case MM_MIGRATE_REMOVE:
		event->migrate.address = change(context, event->migrate.address);
		break;
	case MM_VMA_STORE: {
		const uint64_t bytes = event->vma.end - event->vma.begin;

		event->vma.begin = change(context, event->vma.begin);
		event->vma.end = event->vma.begin + bytes;
		break;
	}
	case MM_REGION: {
		const uint64_t bytes = event->region.end - event->region.begin;

		event->region.begin = change(context, event->region.begin);
		event->region.end = event->region.begin + bytes;
		break;
	}
	case MM_SNAPSHOT_RANGE: {
		const uint64_t pages = event->snapshot_range.end - event->snapshot_range.begin;

		event->snapshot_range.begin = change(context, event->snapshot_range.begin * page_size) / page_size;
		event->snapshot_range.end = event->snapshot_range.begin + pages;
		break;
	}
	case MM_SNAPSHOT_PAGES:
		event->snapshot_pages.vpn = change(context, event->snapshot_pages.vpn * page_size) / page_size;
		break;
	case MM_USED:
		event->used.vpn = change(context, event->used.vpn * page_size) / page_size;
		break;
	default:
		break;
	}
}

static uint64_t see_address(void *context, uint64_t address)
{
	addresses_see(context, address);
	return address;
}

static uint64_t move_address(void *context, uint64_t address)
{
	return addresses_move(context, address);
}

static void see(struct scrubber *scrubber, struct mm_event event)
{
	struct event_traits *traits = &scrubber->traits;

	each_address(&event, traits->page_size, see_address, &scrubber->addresses);
	if (event.cpu >= scrubber->nr_cpus && event.cpu != MM_ANY_CPU)
		scrubber->nr_cpus = event.cpu + 1u;
	if (event.kind == MM_PAGE_ALLOC || event.kind == MM_PAGE_FREE)
		traits->has_pfn |= event.alloc.has_pfn;
	else if (event.kind == MM_RSS)
		traits->has_mm_id |= event.rss.has_mm_id;
	else if (event.kind == MM_TASK_EXIT)
		traits->has_group_dead |= event.task.has_group_dead;
}

/* Every so many events; bytes: of the input, already read once. */
static void tell_progress(struct scrubber *scrubber, uint64_t bytes)
{
	const struct scrub_job *job = scrubber->job;

	if (job->progress && !(++scrubber->nr_read % PROGRESS_STEPS))
		job->progress(job->progress_context, bytes + event_source_counts(scrubber->source)->bytes,
			      2 * event_source_info(scrubber->source)->bytes);
}

static enum status first_pass(struct scrubber *scrubber, struct error *err)
{
	const struct mm_event *event;
	enum status status = event_source_open(&scrubber->source, scrubber->job->inputs, scrubber->job->nr_inputs,
					       MM_ALL_KINDS, err);

	if (status)
		return status;
	scrubber->traits.page_size = event_source_info(scrubber->source)->page_size;
	while (!(status = event_source_next(scrubber->source, &event, err))) {
		see(scrubber, *event);
		tell_progress(scrubber, 0);
	}
	scrubber->traits.kinds = event_source_info(scrubber->source)->kinds;
	scrubber->traits.calls = event_source_info(scrubber->source)->calls;
	event_source_close(scrubber->source);
	scrubber->source = NULL;
	return status < 0 ? status : RC_OK;
}

static void scrub_comm(struct pseudonyms *names, struct mm_event *event)
{
	char comm[MM_COMM_BYTES + 1] = "";

	memcpy(comm, event->task.comm, MM_COMM_BYTES);
	memset(event->task.comm, 0, MM_COMM_BYTES);
	snprintf(event->task.comm, MM_COMM_BYTES, "%s", pseudonym(names, PSEUDONYM_TASK, comm));
}

/* Changes the event in place; the text that it names is given in text. */
static void scrub_event(struct scrubber *scrubber, struct mm_event *event, char text[PSEUDONYM_PATH_BYTES])
{
	struct pseudonyms *names = &scrubber->job->names;
	const struct event_source *source = scrubber->source;

	text[0] = '\0';
	each_address(event, scrubber->traits.page_size, move_address, &scrubber->addresses);
	switch ((int)event->kind) {
	case MM_RSS:
		event->rss.mm_id = (uint32_t)pseudonym_number(names, NUMBER_MM_ID, event->rss.mm_id);
		break;
	case MM_CACHE_ADD:
	case MM_CACHE_DELETE:
	case MM_CACHE_MAP:
	case MM_CACHE_FAULT:
	case MM_CACHE_READ:
		event->cache.ino = pseudonym_number(names, NUMBER_INODE, event->cache.ino);
		break;
	case MM_EXIT_MMAP:
		event->exit_mmap.mm = pseudonym_number(names, NUMBER_MM, event->exit_mmap.mm);
		break;
	case MM_VMA_STORE:
		event->vma.mm = pseudonym_number(names, NUMBER_MM, event->vma.mm);
		event->vma.vma = pseudonym_number(names, NUMBER_MM, event->vma.vma);
		break;
	case MM_TASK_NEW:
	case MM_TASK_RENAME:
	case MM_TASK_FORK:
	case MM_TASK_EXIT:
	case MM_TASK_FREE:
		scrub_comm(names, event);
		break;
	case MM_TASK_EXEC:
		snprintf(text, PSEUDONYM_PATH_BYTES, "%s",
			 pseudonym(names, PSEUDONYM_PROGRAM, event_source_string(source, event->task.name)));
		break;
	case MM_CGROUP_ATTACH:
	case MM_CGROUP_MKDIR:
	case MM_CGROUP_RMDIR:
		event->cgroup.id = pseudonym_number(names, NUMBER_CGROUP, event->cgroup.id);
		pseudonym_path(names, event_source_string(source, event->cgroup.path), text);
		break;
	case MM_MEMCG_STATE:
	case MM_MEMCG_COUNT:
		event->memcg.id = pseudonym_number(names, NUMBER_CGROUP, event->memcg.id);
		break;
	case MM_REGION:
		event->region.target = pseudonym_number(names, NUMBER_MM, event->region.target);
		break;
	case MM_SNAPSHOT_TASK:
		event->snapshot_task.cgroup_id = pseudonym_number(names, NUMBER_CGROUP,
								  event->snapshot_task.cgroup_id);
		pseudonym_path(names, event_source_string(source, event->snapshot_task.path), text);
		break;
	case MM_SNAPSHOT_RANGE:
		event->snapshot_range.ino = pseudonym_number(names, NUMBER_INODE, event->snapshot_range.ino);
		break;
	case MM_COUNTER:
		event->counter.cgroup_id = pseudonym_number(names, NUMBER_CGROUP, event->counter.cgroup_id);
		pseudonym_path(names, event_source_string(source, event->counter.path), text);
		break;
	default:
		break;
	}
}

static enum status write_event(struct scrubber *scrubber, struct mm_event event, struct error *err)
{
	uint8_t record[EVENT_RECORD_BYTES];
	char text[PSEUDONYM_PATH_BYTES];
	uint32_t bytes;

	if (event.kind == MM_GAP) {
		scrubber->job->gaps++;
		/* A ring buffer is one CPU's: what may be of any is told in the first. */
		return page_writer_lost(&scrubber->cpus[event.cpu == MM_ANY_CPU ? 0 : event.cpu], event.time_ns,
					event.gap.lost, err);
	}
	scrub_event(scrubber, &event, text);
	scrubber->job->events++;
	switch ((int)event.kind) {
	case MM_SNAPSHOT_TASK:
		return snapshot_records_task(&scrubber->snapshots, &event, text,
					     pseudonym(&scrubber->job->names, PSEUDONYM_TASK,
						       event_source_string(scrubber->source, event.snapshot_task.comm)),
					     err);
	case MM_SNAPSHOT_RANGE:
	case MM_SNAPSHOT_PAGES:
		return snapshot_records_add(&scrubber->snapshots, &event);
	case MM_USED:
		return snapshot_records_used(&scrubber->snapshots, &event, err);
	case MM_COUNTER:
		return snapshot_records_counter(&scrubber->snapshots, &event, text,
						event_source_string(scrubber->source, event.counter.name), err);
	default:
		break;
	}
	bytes = event_records_encode(&scrubber->records, &event, text, record);
	return bytes ? page_writer_add(&scrubber->cpus[event.cpu], event.time_ns, record, bytes, err) : RC_OK;
}

static enum status write_headers(struct scrubber *scrubber, struct error *err)
{
	static const enum dat_section symbols[] = { DAT_KALLSYMS, DAT_PRINTK };
	struct dat_blob none = { 0 }, formats = { 0 };
	enum status status = dat_file_add_headers(scrubber->file, err);

	event_records_formats(&scrubber->records, &formats);
	dat_blob_add_u32(&none, 0);
	if (!status)
		status = dat_file_add_section(scrubber->file, DAT_FTRACE_FORMATS, &none, err);
	if (!status)
		status = dat_file_add_section(scrubber->file, DAT_EVENT_FORMATS, &formats, err);
	for (size_t i = 0; i < 2 && !status; i++)
		status = dat_file_add_section(scrubber->file, symbols[i], &none, err);
	dat_blob_add_u32(&none, 0);	/* of 64 bits here */
	if (!status)
		status = dat_file_add_section(scrubber->file, DAT_CMDLINES, &none, err);
	dat_blob_release(&none);
	dat_blob_release(&formats);
	return status;
}

/* Of "Linux 6.18.44-fc-v769 x86_64" what a model asks for: the numbers. */
static char *plain_release(const char *uname)
{
	unsigned int major, minor, patch;
	const char *machine = strrchr(uname, ' ');

	for (const char *at = uname; *at; at++) {
		if ((at == uname || at[-1] == ' ') && sscanf(at, "%u.%u.%u", &major, &minor, &patch) == 3)
			return xasprintf("Linux %u.%u.%u%s", major, minor, patch,
					 machine && strlen(machine) < 12 ? machine : "");
	}
	return xstrdup("Linux");
}

static void add_options(struct scrubber *scrubber)
{
	const struct trace_info *info = event_source_info(scrubber->source);
	char *uname = plain_release(info->uname), *clock = xasprintf("[%s]", info->clock);

	dat_file_add_option(scrubber->file, DAT_UNAME, uname, strlen(uname) + 1);
	if (*info->clock)
		dat_file_add_option(scrubber->file, DAT_TRACECLOCK, clock, strlen(clock) + 1);
	dat_file_add_option(scrubber->file, DAT_VERSION, "recount", sizeof("recount"));
	dat_file_add_option(scrubber->file, DAT_CPUCOUNT, &scrubber->nr_cpus, sizeof(scrubber->nr_cpus));
	free(uname);
	free(clock);
}

/* Facts that say nothing of the host but numbers and the kernel's own words; those of others are left out. */
static bool is_known_fact(const char *key)
{
	static const char *const known[] = {
		"ram_bytes", "swap_bytes", "active_anon_bytes", "inactive_anon_bytes", "active_file_bytes",
		"inactive_file_bytes", "mapped_bytes", "zone_pages", "swap", "swappiness", "page_cluster",
		"dirty_ratio", "dirty_background_ratio", "dirty_bytes", "min_free_kbytes", "overcommit_memory",
		"numa_balancing", "evidence", "lru_gen", "thp_enabled", "thp_defrag", "thp_shmem", "read_ahead_kb", "memory.max", "memory.high",
		"memory.low", "memory.min", "memory.swap.max", "memory.oom.group", "memory.limit_in_bytes",
		"memory.soft_limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness", "name", "image",
	};
	const size_t bytes = strcspn(key, " ");

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i]) == bytes && !memcmp(known[i], key, bytes))
			return true;
	}
	return false;
}

/* Returns new. Of a container: what people call it is a name too, and its image is one. */
static char *scrub_value(struct pseudonyms *names, const struct trace_fact *fact)
{
	if (strncmp(fact->key, FACT_NAME, strlen(FACT_NAME)) && strncmp(fact->key, FACT_IMAGE, strlen(FACT_IMAGE)))
		return xstrdup(fact->value);
	return xstrdup(pseudonym(names, PSEUDONYM_CONTAINER, fact->value));
}

/* Returns new. "memory.max /shop/web" with another path, "read_ahead_kb vda" with another disk. */
static char *scrub_key(struct pseudonyms *names, const struct trace_fact *fact)
{
	static const char disk[] = "read_ahead_kb ";
	const char *path = strchr(fact->key, '/');
	char text[PSEUDONYM_PATH_BYTES];

	if (!strncmp(fact->key, disk, strlen(disk)))
		return xasprintf("%s%s", disk, pseudonym(names, PSEUDONYM_DISK, fact->key + strlen(disk)));
	if (!path)
		return xstrdup(fact->key);
	pseudonym_path(names, path, text);
	return xasprintf("%.*s%s", (int)(path - fact->key), fact->key, text);
}

static void add_facts(struct scrubber *scrubber)
{
	const struct trace_info *info = event_source_info(scrubber->source);

	for (size_t i = 0; i < info->nr_facts; i++) {
		char *key, *value;

		if (!is_known_fact(info->facts[i].key))
			continue;
		key = scrub_key(&scrubber->job->names, &info->facts[i]);
		value = scrub_value(&scrubber->job->names, &info->facts[i]);
		snapshot_records_fact(&scrubber->snapshots, key, value);
		free(value);
		free(key);
	}
}

static enum status open_output(struct scrubber *scrubber, struct error *err)
{
	const struct trace_info *info = event_source_info(scrubber->source);
	const struct dat_file_settings settings = {
		.path = scrubber->job->output, .clock = info->clock, .nr_cpus = scrubber->nr_cpus,
		.page_bytes = scrubber->traits.page_size,
		/* Our records may be twice as long as the kernel's, and pack better or worse. */
		.max_bytes = info->bytes * 16 + (UINT64_C(64) << 20),
	};
	enum status status = dat_file_open(&scrubber->file, &settings, err);

	if (status)
		return status;
	event_records_init(&scrubber->records, &scrubber->traits);
	status = write_headers(scrubber, err);
	if (status)
		return status;
	add_options(scrubber);
	scrubber->cpus = xcalloc(scrubber->nr_cpus, sizeof(*scrubber->cpus));
	for (uint32_t cpu = 0; cpu < scrubber->nr_cpus; cpu++)
		page_writer_init(&scrubber->cpus[cpu], scrubber->file, cpu, scrubber->traits.page_size);
	snapshot_records_init(&scrubber->snapshots, scrubber->file);
	add_facts(scrubber);
	return dat_file_begin_cpus(scrubber->file, err);
}

static enum status second_pass(struct scrubber *scrubber, struct error *err)
{
	const struct mm_event *event;
	enum status status = event_source_open(&scrubber->source, scrubber->job->inputs, scrubber->job->nr_inputs,
					       MM_ALL_KINDS, err);

	if (!status)
		status = open_output(scrubber, err);
	while (!status && !(status = event_source_next(scrubber->source, &event, err))) {
		status = write_event(scrubber, *event, err);
		tell_progress(scrubber, event_source_info(scrubber->source)->bytes);
	}
	for (uint32_t cpu = 0; status == RC_END && cpu < scrubber->nr_cpus; cpu++) {
		enum status ended = page_writer_end(&scrubber->cpus[cpu], err);

		status = ended ? ended : status;
	}
	if (status == RC_END)
		status = snapshot_records_write(&scrubber->snapshots, err);
	return status;
}

enum status scrub(struct scrub_job *job, struct error *err)
{
	struct scrubber scrubber = { .job = job };
	enum status status = first_pass(&scrubber, err), closed;
	struct error later;

	if (!scrubber.nr_cpus)
		scrubber.nr_cpus = 1;
	if (!status)
		status = second_pass(&scrubber, err);
	if (scrubber.file)	/* by these a reader knows that it is whole */
		dat_file_add_option(scrubber.file, DAT_CPUSTAT, "", 1);
	closed = dat_file_close(scrubber.file, status ? &later : err);
	for (uint32_t cpu = 0; scrubber.cpus && cpu < scrubber.nr_cpus; cpu++)
		page_writer_release(&scrubber.cpus[cpu]);
	free(scrubber.cpus);
	snapshot_records_release(&scrubber.snapshots);
	event_source_close(scrubber.source);
	return status ? status : closed;
}
