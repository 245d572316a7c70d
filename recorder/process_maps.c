// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads maps line by line and pagemap in blocks. */
#include "recorder/process_maps.h"

#include "base/xalloc.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BLOCK_ENTRIES 65536	/* of pagemap at once: 256 MiB of address space */

/* Documentation/admin-guide/mm/pagemap.rst */
#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_SWAPPED (UINT64_C(1) << 62)
#define ENTRY_FILE (UINT64_C(1) << 61)	/* or shared anonymous */
#define ENTRY_PFN ((UINT64_C(1) << 55) - 1)

/* The same page, since 6.7: which pages are there, without an entry for each that is not. */
struct scan_request {
	uint64_t bytes, flags, begin, end, walk_end, regions, nr_regions, max_pages;
	uint64_t inverted, all_of, any_of, told;
};

struct scan_region {
	uint64_t begin, end, categories;
};

#define SCAN_PAGES _IOWR('f', 16, struct scan_request)
#define SCAN_PRESENT (1 << 3)
#define SCAN_SWAPPED (1 << 4)

#define KPF_ANON (UINT64_C(1) << 12)
#define KPF_SWAPBACKED (UINT64_C(1) << 14)
#define KPF_ZERO_PAGE (UINT64_C(1) << 24)

struct process_maps {
	FILE *maps;
	int pagemap, kpageflags;
	char *line;
	size_t line_capacity;
	uint64_t page_bytes;
	bool is_hidden;
	uint64_t *entries;
};

static int open_proc(const char *root, const char *of, const char *name)
{
	char *path = xasprintf("%s/proc/%s%s", root, of, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	free(path);
	return fd;
}

bool process_maps_open(struct process_maps **result, const char *root, pid_t pid)
{
	struct process_maps *maps = xcalloc(1, sizeof(*maps));
	char of[16];
	int fd;

	snprintf(of, sizeof(of), "%d/", (int)pid);
	fd = open_proc(root, of, "maps");

	maps->page_bytes = (uint64_t)getpagesize();
	maps->pagemap = open_proc(root, of, "pagemap");
	maps->kpageflags = open_proc(root, "", "kpageflags");
	maps->maps = fd >= 0 ? fdopen(fd, "re") : NULL;
	maps->entries = xcalloc(BLOCK_ENTRIES, sizeof(*maps->entries));
	if (!maps->maps || maps->pagemap < 0) {
		process_maps_close(maps);
		return false;
	}
	*result = maps;
	return true;
}

/* "[stack]", "[heap]", "[vdso]", "[vvar]": what the kernel calls a range that is no file. */
static uint8_t flags_of_name(const char *name)
{
	if (!strncmp(name, "[stack", 6))
		return RANGE_STACK;
	if (!strncmp(name, "[heap]", 6))
		return RANGE_HEAP;
	if (!strncmp(name, "[v", 2) || !strncmp(name, "[uprobes]", 9))
		return RANGE_SPECIAL;
	return 0;
}

bool process_maps_next(struct process_maps *maps, struct process_range *range)
{
	unsigned int major, minor;
	uint64_t begin, end, offset;
	int name = 0;
	char mode[5];

	if (getline(&maps->line, &maps->line_capacity, maps->maps) < 0 ||
	    sscanf(maps->line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &begin, &end, mode,
		   &offset, &major, &minor, &range->ino, &name) < 7)
		return false;
	range->begin = begin / maps->page_bytes;
	range->end = end / maps->page_bytes;
	range->first_index = offset / maps->page_bytes;
	range->dev = major << 20 | minor;
	range->flags = (mode[0] == 'r' ? RANGE_READ : 0) | (mode[1] == 'w' ? RANGE_WRITE : 0) |
		       (mode[2] == 'x' ? RANGE_EXEC : 0) | (mode[3] == 's' ? RANGE_SHARED : 0);
	if (!range->ino)
		range->flags |= flags_of_name(maps->line + name);
	/* Above the addresses of user space: vsyscall, which is nobody's. */
	return begin >> 63 ? process_maps_next(maps, range) : true;
}

static uint64_t flags_of_frame(const struct process_maps *maps, uint64_t pfn)
{
	uint64_t flags = 0;

	if (maps->kpageflags < 0 || pread(maps->kpageflags, &flags, sizeof(flags), (off_t)(pfn * 8)) != sizeof(flags))
		return 0;
	return flags;
}

/* A run of entries that are told as one. */
struct run {
	uint64_t vpn, pfn;
	uint32_t nr;
	enum frame_kind kind;
};

static void end_run(struct run *run, frame_visitor *each, void *context)
{
	if (run->nr)
		each(context, run->vpn, run->pfn, run->nr, run->kind);
	run->nr = 0;
}

/* One kind for all pages of a range's file: a file, or shared memory. */
static enum frame_kind kind_of_file(const struct process_maps *maps, uint64_t pfn)
{
	const uint64_t flags = flags_of_frame(maps, pfn);

	return flags & KPF_SWAPBACKED && !(flags & KPF_ANON) ? FRAME_SHMEM : FRAME_FILE;
}

/* The kind of an entry; FRAME_NR = nothing that counts. *file_kind is asked once a range. */
static enum frame_kind kind_of(struct process_maps *maps, uint64_t entry, enum frame_kind *file_kind)
{
	const uint64_t pfn = entry & ENTRY_PFN;

	if (entry & ENTRY_SWAPPED)
		return FRAME_SWAP;
	if (!(entry & ENTRY_PRESENT))
		return FRAME_NR;
	if (!pfn) {
		maps->is_hidden = true;
		return entry & ENTRY_FILE ? FRAME_FILE : FRAME_ANON;
	}
	if (!(entry & ENTRY_FILE))	/* the page of zeros is counted nowhere */
		return flags_of_frame(maps, pfn) & KPF_ZERO_PAGE ? FRAME_NR : FRAME_ANON;
	if (*file_kind == FRAME_NR)
		*file_kind = kind_of_file(maps, pfn);
	return *file_kind;
}

static void add_entry(struct process_maps *maps, struct run *run, uint64_t vpn, uint64_t entry,
		      enum frame_kind *file_kind, frame_visitor *each, void *context)
{
	const enum frame_kind kind = kind_of(maps, entry, file_kind);
	const uint64_t pfn = kind == FRAME_SWAP ? 0 : entry & ENTRY_PFN;

	if (run->nr && kind == run->kind && vpn == run->vpn + run->nr && run->nr < UINT32_MAX &&
	    (pfn ? pfn == run->pfn + run->nr : !run->pfn)) {
		run->nr++;
		return;
	}
	end_run(run, each, context);
	if (kind != FRAME_NR)
		*run = (struct run){ vpn, pfn, 1, kind };
}

/*
 * The next page from vpn on that is there or in swap; end = none. A range of terabytes with
 * little in it (sanitizers, garbage collectors) would take a minute to read entry by entry.
 */
static uint64_t skip_hole(const struct process_maps *maps, uint64_t vpn, uint64_t end)
{
	struct scan_region region;
	struct scan_request request = {
		.bytes = sizeof(request), .begin = vpn * maps->page_bytes, .end = end * maps->page_bytes,
		.regions = (uintptr_t)&region, .nr_regions = 1, .max_pages = 1,
		.any_of = SCAN_PRESENT | SCAN_SWAPPED, .told = SCAN_PRESENT,
	};
	const int nr = ioctl(maps->pagemap, SCAN_PAGES, &request);

	if (nr < 0)		/* an older kernel */
		return vpn;
	return nr ? region.begin / maps->page_bytes : end;
}

void process_maps_pages(struct process_maps *maps, const struct process_range *range, frame_visitor *each,
			void *context)
{
	enum frame_kind file_kind = FRAME_NR;
	struct run run = { 0 };

	for (uint64_t vpn = range->begin; (vpn = skip_hole(maps, vpn, range->end)) < range->end;) {
		uint64_t want = range->end - vpn < BLOCK_ENTRIES ? range->end - vpn : BLOCK_ENTRIES;
		ssize_t bytes = pread(maps->pagemap, maps->entries, want * 8, (off_t)(vpn * 8));

		if (bytes < 8)		/* the process is gone */
			break;
		for (uint64_t i = 0; i < (uint64_t)bytes / 8; i++)
			add_entry(maps, &run, vpn + i, maps->entries[i], &file_kind, each, context);
		vpn += (uint64_t)bytes / 8;
	}
	end_run(&run, each, context);
}

bool process_maps_hidden(const struct process_maps *maps)
{
	return maps->is_hidden;
}

void process_maps_close(struct process_maps *maps)
{
	if (!maps)
		return;
	if (maps->maps)
		fclose(maps->maps);
	if (maps->pagemap >= 0)
		close(maps->pagemap);
	if (maps->kpageflags >= 0)
		close(maps->kpageflags);
	free(maps->entries);
	free(maps->line);
	free(maps);
}
