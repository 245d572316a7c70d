// SPDX-License-Identifier: GPL-2.0-or-later
/* What each model wants of a recording, and what it means when that is missing. */
#include "cmd/drives.h"

#include "base/xalloc.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CALL_BIT(call) (UINT64_C(1) << (call))

static const struct drive_need rss_needs[] = {
	{ MM_KIND_BIT(MM_FAULT) | MM_KIND_BIT(MM_PAGE_ALLOC) | MM_KIND_BIT(MM_RSS), 0, true,
	  "page_fault_user, mm_page_alloc or rss_stat", "nothing says what came to be mapped" },
	{ MM_KIND_BIT(MM_FAULT), 0, false, "page_fault_user, page_fault_kernel",
	  "which page was mapped where is a guess from allocations and counters" },
	{ MM_KIND_BIT(MM_RSS), 0, false, "rss_stat",
	  "the replay cannot check itself against the kernel's counters, nor correct itself" },
	{ MM_KIND_BIT(MM_PAGE_ALLOC), 0, false, "mm_page_alloc",
	  "new pages are told from old ones by their address only" },
	{ MM_KIND_BIT(MM_PAGE_FREE), 0, false, "mm_page_free",
	  "pages freed behind the scenes are held too long" },
	{ MM_KIND_BIT(MM_CACHE_MAP), 0, false, "mm_filemap_map_pages",
	  "which pages a fault mapped around itself is the kernel's rule, how many is what counters tell later" },
	{ MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MMAP) | CALL_BIT(MM_CALL_MUNMAP) | CALL_BIT(MM_CALL_BRK),
	  false, "sys_enter/exit_mmap, munmap, brk",
	  "what was unmapped is known only when counters fall or the task ends" },
	{ MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MADVISE) | CALL_BIT(MM_CALL_MREMAP), false,
	  "sys_enter/exit_madvise, mremap", "memory given back or moved by these calls is missed" },
	{ MM_KIND_BIT(MM_TASK_NEW), 0, false, "task_newtask",
	  "forked children share their parent's pages unseen" },
	{ MM_KIND_BIT(MM_TASK_EXEC), 0, false, "sched_process_exec",
	  "a program that replaced another seems to keep its memory" },
	{ MM_KIND_BIT(MM_TASK_EXIT), 0, false, "sched_process_exit",
	  "tasks that ended seem to hold their memory to the end" },
	{ MM_KIND_BIT(MM_CGROUP_ATTACH), 0, false, "cgroup_attach_task",
	  "all tasks are in the host, unless --config names containers" },
	{ MM_KIND_BIT(MM_RECLAIM_BEGIN), 0, false, "mm_vmscan_*_reclaim_begin",
	  "reclaim by the recorded limits cannot be told from the program's own unmapping" },
	{ MM_KIND_BIT(MM_OOM_VICTIM), 0, false, "mark_victim",
	  "kills by the recorded limits look like ordinary ends" },
	{ 0 }
};

static const struct drive_need memcg_needs[] = {
	{ MM_KIND_BIT(MM_FAULT) | MM_KIND_BIT(MM_PAGE_ALLOC) | MM_KIND_BIT(MM_RSS), 0, true,
	  "page_fault_user, mm_page_alloc or rss_stat", "nothing says what came to be mapped" },
	{ MM_KIND_BIT(MM_CACHE_ADD), 0, false, "mm_filemap_add_to_page_cache",
	  "page cache is charged to nobody" },
	{ MM_KIND_BIT(MM_CACHE_DELETE), 0, false, "mm_filemap_delete_from_page_cache",
	  "page cache stays charged to the end" },
	{ MM_KIND_BIT(MM_CACHE_READ), 0, false, "mm_filemap_get_pages",
	  "reads of cached files are not seen: refaults of page cache are missed" },
	{ MM_KIND_BIT(MM_FAULT), 0, false, "page_fault_user, page_fault_kernel",
	  "which page was mapped where is a guess from allocations and counters" },
	{ MM_KIND_BIT(MM_RSS), 0, false, "rss_stat",
	  "the replay cannot check itself against the kernel's counters, nor correct itself" },
	{ MM_KIND_BIT(MM_TASK_NEW), 0, false, "task_newtask",
	  "forked children share their parent's pages unseen" },
	{ MM_KIND_BIT(MM_TASK_EXEC), 0, false, "sched_process_exec",
	  "a program that replaced another seems to keep its memory" },
	{ MM_KIND_BIT(MM_TASK_EXIT), 0, false, "sched_process_exit",
	  "tasks that ended seem to hold their memory to the end" },
	{ MM_KIND_BIT(MM_CGROUP_ATTACH), 0, false, "cgroup_attach_task",
	  "all tasks are in the host, unless --config names containers" },
	{ 0 }
};

static const struct drive_need cgroup2_needs[] = {
	{ MM_KIND_BIT(MM_FAULT) | MM_KIND_BIT(MM_PAGE_ALLOC) | MM_KIND_BIT(MM_RSS), 0, true,
	  "page_fault_user, mm_page_alloc or rss_stat", "nothing says what came to be mapped" },
	{ MM_KIND_BIT(MM_CACHE_ADD), 0, false, "mm_filemap_add_to_page_cache",
	  "page cache is charged to nobody" },
	{ MM_KIND_BIT(MM_CACHE_DELETE), 0, false, "mm_filemap_delete_from_page_cache",
	  "page cache stays charged to the end" },
	{ MM_KIND_BIT(MM_CACHE_READ), 0, false, "mm_filemap_get_pages",
	  "reads of cached files are not seen: nearly all refaults of page cache are missed" },
	{ MM_KIND_BIT(MM_PAGE_ALLOC), 0, false, "mm_page_alloc",
	  "kernel memory is not charged, and what is written is taken for what is read" },
	{ MM_KIND_BIT(MM_PAGE_FREE), 0, false, "mm_page_free",
	  "kernel memory stays charged to the end" },
	{ MM_KIND_BIT(MM_FAULT), 0, false, "page_fault_user, page_fault_kernel",
	  "which page was mapped where is a guess from allocations and counters" },
	{ MM_KIND_BIT(MM_CACHE_MAP), 0, false, "mm_filemap_map_pages",
	  "file pages mapped around a fault are missing" },
	{ MM_KIND_BIT(MM_RSS), 0, false, "rss_stat",
	  "the replay cannot check itself against the kernel's counters, nor correct itself" },
	{ MM_KIND_BIT(MM_TASK_NEW), 0, false, "task_newtask",
	  "forked children share their parent's pages unseen" },
	{ MM_KIND_BIT(MM_TASK_EXEC), 0, false, "sched_process_exec",
	  "a program that replaced another seems to keep its memory" },
	{ MM_KIND_BIT(MM_TASK_EXIT), 0, false, "sched_process_exit",
	  "tasks that ended seem to hold their memory to the end" },
	{ MM_KIND_BIT(MM_CGROUP_ATTACH), 0, false, "cgroup_attach_task",
	  "all tasks are in the host, unless --config names containers" },
	{ MM_KIND_BIT(MM_RECLAIM_BEGIN), 0, false, "mm_vmscan_*_reclaim_begin",
	  "reclaim by the recorded limits cannot be told from the program's own unmapping" },
	{ 0 }
};

static const struct drive_need ubc_needs[] = {
	{ MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MMAP) | CALL_BIT(MM_CALL_BRK), true, "sys_enter/exit_mmap, brk",
	  "nothing says what is reserved" },
	{ MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MUNMAP), false, "sys_enter/exit_munmap",
	  "what is given back is known only when the task ends" },
	{ MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MPROTECT), false, "sys_enter/exit_mprotect",
	  "memory made writable or read-only later is counted as it was mapped" },
	{ MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MREMAP), false, "sys_enter/exit_mremap",
	  "mappings that grow, shrink or move are counted as they were" },
	{ MM_KIND_BIT(MM_CALL), CALL_BIT(MM_CALL_MLOCK) | CALL_BIT(MM_CALL_MLOCK2) | CALL_BIT(MM_CALL_MUNLOCK) |
	  CALL_BIT(MM_CALL_MLOCKALL) | CALL_BIT(MM_CALL_MUNLOCKALL), false, "sys_enter/exit_mlock*, munlock*",
	  "lockedpages knows only what is mapped locked" },
	{ MM_KIND_BIT(MM_TASK_NEW), 0, false, "task_newtask", "what a child reserves is missing" },
	{ MM_KIND_BIT(MM_TASK_EXEC), 0, false, "sched_process_exec",
	  "a program that replaced another seems to keep its memory" },
	{ MM_KIND_BIT(MM_TASK_EXIT), 0, false, "sched_process_exit",
	  "tasks that ended seem to hold their memory to the end" },
	{ MM_KIND_BIT(MM_CGROUP_ATTACH), 0, false, "cgroup_attach_task",
	  "all tasks are in the host, unless --config names containers" },
	{ 0 }
};

const struct drive_class drive_classes[] = {
	{ "rss", rss_needs },
	{ "ubc", ubc_needs },
	{ "memcg", memcg_needs },
	{ "cgroup2", cgroup2_needs },
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

bool drive_has(const struct drive_need *need, const struct trace_info *info)
{
	return (info->kinds & need->kinds) && (info->calls & need->calls) == need->calls;
}

const char *drive_grade(const struct drive_class *class, const struct trace_info *info)
{
	const char *grade = "well";

	for (const struct drive_need *need = class->needs; need->names; need++) {
		if (drive_has(need, info))
			continue;
		if (need->is_required)
			return "no";
		grade = "partly";
	}
	return grade;
}

char *drive_text(const struct drive_class *class, const struct trace_info *info)
{
	char *text = xstrdup(drive_grade(class, info));
	const char *between = ": ";

	for (const struct drive_need *need = class->needs; need->names; need++) {
		char *longer;

		if (drive_has(need, info))
			continue;
		longer = xasprintf("%s%swithout %s", text, between, need->names);
		free(text);
		text = longer;
		between = "; ";
	}
	return text;
}
