// SPDX-License-Identifier: GPL-2.0-or-later
/* What each model wants of a recording, and what it means when that is missing. */
#include "cmd/drives.h"

#include "base/xalloc.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CALL_BIT(call) (UINT64_C(1) << (call))

enum { RSS = 1, UBC = 2, MEMCG = 4, CGROUP2 = 8, PAGES = RSS | MEMCG | CGROUP2, CACHE = MEMCG | CGROUP2, ALL = PAGES | UBC };

/* What one model takes harder than the others has a row of its own. */
static const struct drive_need needs[] = {
	{ PAGES, true, MM_KIND_BIT(MM_FAULT) | MM_KIND_BIT(MM_PAGE_ALLOC) | MM_KIND_BIT(MM_RSS), 0,
	  "page_fault_user, mm_page_alloc or rss_stat", "nothing says what came to be mapped" },
	{ UBC, true, MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MMAP) | CALL_BIT(MM_CALL_BRK),
	  "sys_enter/exit_mmap, brk", "nothing says what is reserved" },
	{ CACHE, false, MM_KIND_BIT(MM_CACHE_ADD), 0,
	  "mm_filemap_add_to_page_cache", "page cache is charged to nobody" },
	{ CACHE, false, MM_KIND_BIT(MM_CACHE_DELETE), 0,
	  "mm_filemap_delete_from_page_cache", "page cache stays charged to the end" },
	{ MEMCG, false, MM_KIND_BIT(MM_CACHE_READ), 0,
	  "mm_filemap_get_pages", "reads of cached files are not seen: refaults of page cache are missed" },
	{ CGROUP2, false, MM_KIND_BIT(MM_CACHE_READ), 0,
	  "mm_filemap_get_pages", "reads of cached files are not seen: nearly all refaults of page cache are missed" },
	{ CGROUP2, false, MM_KIND_BIT(MM_PAGE_ALLOC), 0,
	  "mm_page_alloc", "kernel memory is not charged, and what is written is taken for what is read" },
	{ CGROUP2, false, MM_KIND_BIT(MM_PAGE_FREE), 0,
	  "mm_page_free", "kernel memory stays charged to the end" },
	{ PAGES, false, MM_KIND_BIT(MM_FAULT), 0,
	  "page_fault_user, page_fault_kernel",
	  "which page was mapped where is a guess from allocations and counters" },
	{ CGROUP2, false, MM_KIND_BIT(MM_CACHE_MAP), 0,
	  "mm_filemap_map_pages", "file pages mapped around a fault are missing" },
	{ PAGES, false, MM_KIND_BIT(MM_RSS), 0,
	  "rss_stat", "the replay cannot check itself against the kernel's counters, nor correct itself" },
	{ RSS, false, MM_KIND_BIT(MM_PAGE_ALLOC), 0,
	  "mm_page_alloc", "new pages are told from old ones by their address only" },
	{ RSS, false, MM_KIND_BIT(MM_PAGE_FREE), 0,
	  "mm_page_free", "pages freed behind the scenes are held too long" },
	{ RSS, false, MM_KIND_BIT(MM_CACHE_MAP), 0,
	  "mm_filemap_map_pages",
	  "which pages a fault mapped around itself is the kernel's rule, how many is what counters tell later" },
	{ RSS, false, MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MMAP) | CALL_BIT(MM_CALL_MUNMAP) | CALL_BIT(MM_CALL_BRK),
	  "sys_enter/exit_mmap, munmap, brk",
	  "what was unmapped is known only when counters fall or the task ends" },
	{ RSS, false, MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MADVISE) | CALL_BIT(MM_CALL_MREMAP),
	  "sys_enter/exit_madvise, mremap", "memory given back or moved by these calls is missed" },
	{ UBC, false, MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MUNMAP),
	  "sys_enter/exit_munmap", "what is given back is known only when the task ends" },
	{ UBC, false, MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MPROTECT),
	  "sys_enter/exit_mprotect", "memory made writable or read-only later is counted as it was mapped" },
	{ UBC, false, MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MREMAP),
	  "sys_enter/exit_mremap", "mappings that grow, shrink or move are counted as they were" },
	{ UBC, false, MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MLOCK) | CALL_BIT(MM_CALL_MLOCK2) |
	  CALL_BIT(MM_CALL_MUNLOCK) | CALL_BIT(MM_CALL_MLOCKALL) | CALL_BIT(MM_CALL_MUNLOCKALL),
	  "sys_enter/exit_mlock*, munlock*", "lockedpages knows only what is mapped locked" },
	{ UBC, false, MM_KIND_BIT(MM_TASK_NEW), 0,
	  "task_newtask", "what a child reserves is missing" },
	{ PAGES, false, MM_KIND_BIT(MM_TASK_NEW), 0,
	  "task_newtask", "forked children share their parent's pages unseen" },
	{ ALL, false, MM_KIND_BIT(MM_TASK_EXEC), 0,
	  "sched_process_exec", "a program that replaced another seems to keep its memory" },
	{ ALL, false, MM_KIND_BIT(MM_TASK_EXIT), 0,
	  "sched_process_exit", "tasks that ended seem to hold their memory to the end" },
	{ ALL, false, MM_KIND_BIT(MM_CGROUP_ATTACH), 0,
	  "cgroup_attach_task", "all tasks are in the host, unless --config names containers" },
	{ RSS | CGROUP2, false, MM_KIND_BIT(MM_RECLAIM_BEGIN), 0,
	  "mm_vmscan_*_reclaim_begin",
	  "reclaim by the recorded limits cannot be told from the program's own unmapping" },
	{ RSS, false, MM_KIND_BIT(MM_OOM_VICTIM), 0,
	  "mark_victim", "kills by the recorded limits look like ordinary ends" },
	{ 0 }
};

const struct drive_class drive_classes[] = {
	{ "rss", RSS },
	{ "ubc", UBC },
	{ "memcg", MEMCG },
	{ "cgroup2", CGROUP2 },
	{ NULL }
};

const struct drive_class *drive_class_of(const char *resource)
{
	for (const struct drive_class *class = drive_classes; class->resource; class++) {
		if (!strcmp(class->resource, resource))
			return class;
	}
	return NULL;
}

static bool is_met(const struct drive_need *need, const struct trace_info *info)
{
	return (info->kinds & need->kinds) && (info->calls & need->calls) == need->calls;
}

const struct drive_need *drive_unmet(const struct drive_class *class, const struct trace_info *info,
				     const struct drive_need *after)
{
	for (const struct drive_need *need = after ? after + 1 : needs; need->names; need++) {
		if (need->models & class->bit && !is_met(need, info))
			return need;
	}
	return NULL;
}

const char *drive_grade(const struct drive_class *class, const struct trace_info *info)
{
	const char *grade = "well";

	for (const struct drive_need *need = NULL; (need = drive_unmet(class, info, need)); grade = "partly") {
		if (need->is_required)
			return "no";
	}
	return grade;
}

char *drive_text(const struct drive_class *class, const struct trace_info *info)
{
	char *text = xstrdup(drive_grade(class, info));
	const char *between = ": ";

	for (const struct drive_need *need = NULL; (need = drive_unmet(class, info, need)); between = "; ") {
		char *longer = xasprintf("%s%swithout %s", text, between, need->names);

		free(text);
		text = longer;
	}
	return text;
}
