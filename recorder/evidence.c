// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds of evidence and the looks at processes. */
#include "recorder/evidence.h"

#include "base/snapshot_records.h"
#include "base/xalloc.h"
#include "recorder/file_line.h"
#include "recorder/guard.h"
#include "recorder/idle_pages.h"
#include "recorder/process_maps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_OF_TIME 20		/* a look takes at most one part in so many: else the next is later */
#define PAUSE_PAGES 8192
#define ENTRY_SOFT_DIRTY (UINT64_C(1) << 55)

struct evidence {
	struct evidence_settings settings;
	struct idle_pages *idle;
	struct evidence_counts counts;
	uint64_t due_ns, begin_ns, last_ns;	/* last: when the look before began; 0 = there was none */
	struct dat_blob found;
	/* the process in work, and a run of its pages that were used */
	pid_t pid;
	uint64_t now_ns, vpn;
	uint32_t nr;
};

static bool is_there(const char *root, const char *name)
{
	char *path = xasprintf("%s%s", root, name);
	const bool is_there = !access(path, F_OK);

	free(path);
	return is_there;
}

static const char *lack_of_idle(const char *root)
{
	return is_there(root, "/sys/kernel/mm/page_idle/bitmap") ? NULL :
	       "the kernel is built without CONFIG_IDLE_PAGE_TRACKING";
}

/* A page that was just written to is dirty, where the kernel keeps that. */
static const char *lack_of_soft_dirty(const char *root)
{
	const long bytes = sysconf(_SC_PAGESIZE);
	char *page = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	(void)root;
	if (page != MAP_FAILED && fd >= 0) {
		*(volatile char *)page = 1;
		if (pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)page / (uintptr_t)bytes * sizeof(entry))) < 0)
			entry = 0;
	}
	if (page != MAP_FAILED)
		munmap(page, (size_t)bytes);
	if (fd >= 0)
		close(fd);
	return entry & ENTRY_SOFT_DIRTY ? NULL : "the kernel is built without CONFIG_MEM_SOFT_DIRTY";
}

static const char *lack_of_numa(const char *root)
{
	char *path = xasprintf("%s/proc/sys/kernel/numa_balancing", root), text[16];
	const bool is_read = file_line(path, text, sizeof(text));

	free(path);
	if (!is_read)
		return "the kernel is built without CONFIG_NUMA_BALANCING";
	return strcmp(text, "0") ? NULL :
	       "it is off, and would be on for the whole host: sysctl kernel.numa_balancing=1 does that";
}

static const char *lack_of_damon(const char *root)
{
	return is_there(root, "/sys/kernel/mm/damon/admin") ? "recount does not start it: its regions are the whole host's"
							    : "the kernel is built without CONFIG_DAMON_SYSFS";
}

static void end_run(struct evidence *evidence)
{
	if (!evidence->nr)
		return;
	dat_blob_add_u8(&evidence->found, RECORD_USED);
	dat_blob_add_u64(&evidence->found, evidence->now_ns);
	dat_blob_add_u64(&evidence->found, evidence->last_ns);
	dat_blob_add_u32(&evidence->found, (uint32_t)evidence->pid);
	dat_blob_add_u64(&evidence->found, evidence->vpn);
	dat_blob_add_u32(&evidence->found, evidence->nr);
	evidence->nr = 0;
}

static void add_used(struct evidence *evidence, uint64_t vpn)
{
	evidence->counts.used++;
	if (evidence->nr && vpn != evidence->vpn + evidence->nr)
		end_run(evidence);
	if (!evidence->nr)
		evidence->vpn = vpn;
	evidence->nr++;
}

static void look_at_frames(void *context, uint64_t vpn, uint64_t pfn, uint32_t nr, enum frame_kind kind)
{
	struct evidence *evidence = context;

	if (!pfn || kind == FRAME_SWAP)
		return;
	for (uint32_t i = 0; i < nr; i++) {
		if (idle_pages_was_used(evidence->idle, pfn + i))
			add_used(evidence, vpn + i);
		if (++evidence->counts.pages % PAUSE_PAGES == 0)
			evidence->settings.pause(evidence->settings.context);
	}
}

static void look_for_idle(struct evidence *evidence, pid_t pid)
{
	struct process_range range;
	struct process_maps *maps;

	if (!process_maps_open(&maps, evidence->settings.root, pid))
		return;
	evidence->counts.processes++;
	while (process_maps_next(maps, &range)) {
		if (!(range.flags & RANGE_SPECIAL))
			process_maps_pages(maps, &range, look_at_frames, evidence);
	}
	end_run(evidence);
	process_maps_close(maps);
}

/* The next write to each page of the process is a fault, and recorded as such. */
static void clear_soft_dirty(struct evidence *evidence, pid_t pid)
{
	char *path = xasprintf("%s/proc/%d/clear_refs", evidence->settings.root, (int)pid);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	free(path);
	if (fd < 0)
		return;
	if (write(fd, "4", 1) == 1)
		evidence->counts.processes++;
	close(fd);
}

static const struct evidence_class idle_class = {
	.name = "idle",
	.sees = "each page that was read or written since the last look",
	.cost = "at each step the entries of every page of the recorded processes are walked and their accessed bits "
		"cleared: the first use afterwards is some cycles slower. Reclaim is not misled",
	.lack = lack_of_idle,
	.look = look_for_idle,
	.has_marks = true,
};

static const struct evidence_class soft_dirty_class = {
	.name = "soft-dirty",
	.sees = "the first write to each page after a look, as a fault; reads not",
	.cost = "at each step every page of the recorded processes is write-protected: one fault more for each that is "
		"written. Whoever else uses soft-dirty bits of them (CRIU, some databases' snapshots) is misled",
	.lack = lack_of_soft_dirty,
	.look = clear_soft_dirty,
};

static const struct evidence_class numa_class = {
	.name = "numa",
	.sees = "reads and writes, sampled: the hinting faults of NUMA balancing, which are recorded as faults",
	.cost = "nothing more than NUMA balancing costs anyway: recount neither switches it on nor changes its rate",
	.lack = lack_of_numa,
};

static const struct evidence_class damon_class = {
	.name = "damon",
	.sees = "how often regions of memory are used, sampled",
	.cost = "a kernel thread that samples the whole host, by sysfs that others may be using",
	.lack = lack_of_damon,
};

const struct evidence_class *const evidence_classes[] = {
	&idle_class, &soft_dirty_class, &numa_class, &damon_class, NULL,
};

const struct evidence_class *evidence_find(const char *name, size_t bytes)
{
	size_t i = 0;

	while (evidence_classes[i] && (strlen(evidence_classes[i]->name) != bytes ||
				       memcmp(evidence_classes[i]->name, name, bytes)))
		i++;
	return evidence_classes[i];
}

enum status evidence_open(struct evidence **result, const struct evidence_settings *settings, struct error *err)
{
	const struct evidence_class *class = settings->class;
	struct evidence *evidence;
	const char *lack;
	enum status status;

	*result = NULL;
	if (!class)
		return RC_OK;
	lack = class->lack(settings->root);
	if (lack)
		return error_set(err, RC_INPUT, "evidence %s: %s; without it the recording tells uses by faults alone",
				 class->name, lack);
	evidence = xcalloc(1, sizeof(*evidence));
	evidence->settings = *settings;
	status = class->has_marks ? idle_pages_open(&evidence->idle, settings->root, err) : RC_OK;
	if (status) {
		evidence_close(evidence);
		return status;
	}
	*result = evidence;
	return RC_OK;
}

bool evidence_begin(struct evidence *evidence)
{
	const uint64_t now_ns = guard_now_ns();

	if (!evidence || !evidence->settings.class->look || now_ns < evidence->due_ns)
		return false;
	evidence->begin_ns = now_ns;
	if (evidence->idle)
		idle_pages_begin(evidence->idle);
	return true;
}

void evidence_look(void *context, pid_t pid)
{
	struct evidence *evidence = context;

	evidence->pid = pid;
	evidence->now_ns = guard_now_ns();
	evidence->settings.class->look(evidence, pid);
	evidence->settings.pause(evidence->settings.context);
}

enum status evidence_end(struct evidence *evidence, struct dat_file *file, struct error *err)
{
	enum status status = RC_OK;
	uint64_t look_ns;

	if (evidence->idle)
		idle_pages_end(evidence->idle);
	if (evidence->found.nr)
		status = dat_file_add_section(file, DAT_SNAPSHOT, &evidence->found, err);
	evidence->found.nr = 0;
	look_ns = guard_now_ns() - evidence->begin_ns;
	evidence->counts.looks++;
	evidence->counts.look_ns += look_ns;
	evidence->last_ns = evidence->begin_ns;
	/* What it takes is bounded, however much there is to look at. */
	evidence->due_ns = evidence->begin_ns +
			   (look_ns * MOST_OF_TIME > evidence->settings.step_ns ? look_ns * MOST_OF_TIME :
			    evidence->settings.step_ns);
	return status;
}

struct evidence_counts evidence_counts(const struct evidence *evidence)
{
	return evidence ? evidence->counts : (struct evidence_counts){ 0 };
}

void evidence_close(struct evidence *evidence)
{
	if (!evidence)
		return;
	idle_pages_close(evidence->idle);
	dat_blob_release(&evidence->found);
	free(evidence);
}
