/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address space of a running process as /proc tells it: ranges, and the frame
 * of each page (/proc/PID/maps, /proc/PID/pagemap; proc(5)).
 *
 *	process_maps_open(&maps, "", pid);
 *	while (process_maps_next(maps, &range))
 *		process_maps_pages(maps, &range, each, context);
 *	process_maps_close(maps);
 */
#ifndef RECORDER_PROCESS_MAPS_H
#define RECORDER_PROCESS_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum range_flags {
	RANGE_READ = 1, RANGE_WRITE = 2, RANGE_EXEC = 4, RANGE_SHARED = 8,
	RANGE_STACK = 16, RANGE_HEAP = 32, RANGE_SPECIAL = 64,	/* the kernel's own: vdso and the like */
};

struct process_range {
	uint64_t begin, end;	/* pages */
	uint64_t first_index;	/* of the file, in pages */
	uint64_t ino;		/* 0 = no file */
	uint32_t dev;		/* as the kernel numbers it: major << 20 | minor */
	uint8_t flags;
};

/* What an entry of the page table holds. */
enum frame_kind { FRAME_ANON, FRAME_FILE, FRAME_SHMEM, FRAME_SWAP, FRAME_NR };

/* nr entries from vpn on hold frames from pfn on (of swap: slots, unknown where several). */
typedef void frame_visitor(void *context, uint64_t vpn, uint64_t pfn, uint32_t nr, enum frame_kind kind);

struct process_maps;

/*
 * root: before the names of the kernel's files, "" for this host. False: there is no such process, or
 * it has no memory of its own, or may not be read.
 */
bool process_maps_open(struct process_maps **maps, const char *root, pid_t pid);
bool process_maps_next(struct process_maps *maps, struct process_range *range);
void process_maps_pages(struct process_maps *maps, const struct process_range *range, frame_visitor *each,
			void *context);
/* Whether frames were zeros: the kernel hides them from those without CAP_SYS_ADMIN. */
bool process_maps_hidden(const struct process_maps *maps);
void process_maps_close(struct process_maps *maps);	/* accepts NULL */

#endif
