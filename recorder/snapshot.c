// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes as records of a section: docs/recording.md is the format. */
#include "recorder/snapshot.h"

#include "base/snapshot_records.h"
#include "base/xalloc.h"
#include "recorder/cgroups.h"
#include "recorder/file_line.h"
#include "recorder/guard.h"
#include "recorder/process_maps.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_PAGES 16384		/* some 10 ms: the kernel is asked for the flags of each */
#define SECTION_BYTES (16 << 20)	/* about; readers unpack one in memory */

struct snapshot {
	struct snapshot_settings settings;
	uint64_t paused_at;		/* pages */
	struct dat_blob *sections;
	size_t nr_sections, capacity;
	struct dat_blob process;	/* the one in work */
	struct snapshot_counts counts;
};

void snapshot_begin(struct snapshot **result, const struct snapshot_settings *settings)
{
	struct snapshot *snapshot = xcalloc(1, sizeof(*snapshot));

	snapshot->settings = *settings;
	*result = snapshot;
}

static void add_frames(void *context, uint64_t vpn, uint64_t pfn, uint32_t nr, enum frame_kind kind)
{
	struct snapshot *snapshot = context;

	dat_blob_add_u8(&snapshot->process, RECORD_PAGES);
	dat_blob_add_u64(&snapshot->process, vpn);
	dat_blob_add_u64(&snapshot->process, pfn);
	dat_blob_add_u32(&snapshot->process, nr);
	dat_blob_add_u8(&snapshot->process, (uint8_t)kind);
	snapshot->counts.pages += nr;
	if (snapshot->counts.pages - snapshot->paused_at < PAUSE_PAGES)
		return;
	snapshot->paused_at = snapshot->counts.pages;
	snapshot->settings.pause(snapshot->settings.context);
}

static void add_range(struct snapshot *snapshot, const struct process_range *range)
{
	dat_blob_add_u8(&snapshot->process, RECORD_RANGE);
	dat_blob_add_u64(&snapshot->process, range->begin);
	dat_blob_add_u64(&snapshot->process, range->end);
	dat_blob_add_u64(&snapshot->process, range->first_index);
	dat_blob_add_u64(&snapshot->process, range->ino);
	dat_blob_add_u32(&snapshot->process, range->dev);
	dat_blob_add_u8(&snapshot->process, range->flags);
	snapshot->counts.vmas++;
}

/* The first line of a file of a task; "" when there is none. */
static void task_line(pid_t pid, pid_t tid, const char *name, char *text, size_t bytes)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
	file_line(path, text, bytes);
}

/* Number of the parent: the second field behind the name, which may hold anything. */
static uint32_t parent_of(pid_t pid)
{
	char text[512];
	unsigned int parent = 0;

	task_line(pid, pid, "stat", text, sizeof(text));
	if (strrchr(text, ')'))
		sscanf(strrchr(text, ')') + 1, " %*c %u", &parent);
	return parent;
}

/* One process or thread, read from begin_ns to end_ns. */
struct reading {
	pid_t pid, tid;
	uint64_t begin_ns, end_ns;
};

/* What is ending is where its parent is, if nobody says where: init may have got the orphans of others. */
static bool find_place(const char *root, pid_t pid, struct cgroup_place *place)
{
	pid_t parent;

	if (cgroup_place_of(root, pid, place))
		return true;
	parent = (pid_t)parent_of(pid);
	if (parent <= 1)
		return false;
	cgroup_place_release(place);
	return cgroup_place_of(root, parent, place);
}

/* False: it has ended meanwhile, and is nowhere, not in the outermost. */
static bool add_task(const struct snapshot *snapshot, struct dat_blob *blob, const struct reading *reading)
{
	struct cgroup_place place;
	char comm[64];

	if (!find_place(snapshot->settings.cgroup_root, reading->pid, &place)) {
		cgroup_place_release(&place);
		return false;
	}
	task_line(reading->pid, reading->tid, "comm", comm, sizeof(comm));
	dat_blob_add_u8(blob, RECORD_TASK);
	dat_blob_add_u64(blob, reading->begin_ns);
	dat_blob_add_u64(blob, reading->end_ns);
	dat_blob_add_u32(blob, (uint32_t)reading->tid);
	dat_blob_add_u32(blob, (uint32_t)reading->pid);
	dat_blob_add_u32(blob, parent_of(reading->pid));
	dat_blob_add_u32(blob, place.root);
	dat_blob_add_u64(blob, place.id);
	dat_blob_add_u8(blob, (uint8_t)snapshot->settings.moment);
	dat_blob_add_text(blob, comm);
	dat_blob_add_text(blob, place.path);
	cgroup_place_release(&place);
	return true;
}

static struct dat_blob *section_in_work(struct snapshot *snapshot)
{
	if (!snapshot->nr_sections || snapshot->sections[snapshot->nr_sections - 1].nr > SECTION_BYTES) {
		xgrow(&snapshot->sections, snapshot->nr_sections, &snapshot->capacity,
		      sizeof(*snapshot->sections));
		snapshot->sections[snapshot->nr_sections++] = (struct dat_blob){ 0 };
	}
	return &snapshot->sections[snapshot->nr_sections - 1];
}

static void add_threads(const struct snapshot *snapshot, struct dat_blob *section, const struct reading *process)
{
	char path[32];
	DIR *folder;
	struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)process->pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		struct reading thread = *process;

		thread.tid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (thread.tid && thread.tid != thread.pid)
			add_task(snapshot, section, &thread);
	}
	if (folder)
		closedir(folder);
}

bool snapshot_take(struct snapshot *snapshot, pid_t pid)
{
	struct reading reading = { .pid = pid, .tid = pid, .begin_ns = guard_now_ns() };
	struct process_range range;
	struct process_maps *maps;
	struct dat_blob *section;
	const struct snapshot_counts before = snapshot->counts;
	bool is_hidden;

	if (!process_maps_open(&maps, "", pid))
		return false;
	snapshot->process.nr = 0;
	while (process_maps_next(maps, &range)) {
		add_range(snapshot, &range);
		process_maps_pages(maps, &range, add_frames, snapshot);
	}
	reading.end_ns = guard_now_ns();
	is_hidden = process_maps_hidden(maps);
	process_maps_close(maps);
	section = section_in_work(snapshot);
	if (!add_task(snapshot, section, &reading)) {
		/* Its ranges would be those of whoever was read before. */
		snapshot->counts = before;
		snapshot->paused_at = before.pages;
		return false;
	}
	snapshot->counts.processes++;
	snapshot->counts.hidden += is_hidden;
	dat_blob_add(section, snapshot->process.bytes, snapshot->process.nr);
	add_threads(snapshot, section, &reading);
	return true;
}

void snapshot_place(struct snapshot *snapshot, pid_t pid, uint64_t since_ns)
{
	const struct reading reading = { .pid = pid, .tid = pid, .begin_ns = since_ns, .end_ns = since_ns };
	struct dat_blob *section = section_in_work(snapshot);

	add_task(snapshot, section, &reading);
	add_threads(snapshot, section, &reading);
}

struct snapshot_counts snapshot_counts(const struct snapshot *snapshot)
{
	return snapshot->counts;
}

enum status snapshot_write(const struct snapshot *snapshot, struct dat_file *file, struct error *err)
{
	enum status status = RC_OK;

	for (size_t i = 0; i < snapshot->nr_sections && !status; i++)
		status = dat_file_add_section(file, DAT_SNAPSHOT, &snapshot->sections[i], err);
	return status;
}

void snapshot_end(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->nr_sections; i++)
		dat_blob_release(&snapshot->sections[i]);
	free(snapshot->sections);
	dat_blob_release(&snapshot->process);
	free(snapshot);
}
