// SPDX-License-Identifier: GPL-2.0-or-later
/* The names of kinds, calls and members. */
#include "traces/mm_event.h"

#include <assert.h>
#include <stddef.h>

static const char *const kind_names[MM_NR_KINDS] = {
	[MM_GAP] = "gap",
	[MM_FAULT] = "page_fault",
	[MM_PAGE_ALLOC] = "mm_page_alloc",
	[MM_PAGE_FREE] = "mm_page_free",
	[MM_RSS] = "rss_stat",
	[MM_CACHE_ADD] = "mm_filemap_add_to_page_cache",
	[MM_CACHE_DELETE] = "mm_filemap_delete_from_page_cache",
	[MM_CACHE_MAP] = "mm_filemap_map_pages",
	[MM_CACHE_FAULT] = "mm_filemap_fault",
	[MM_CACHE_READ] = "mm_filemap_get_pages",
	[MM_LRU_INSERT] = "mm_lru_insertion",
	[MM_LRU_ACTIVATE] = "mm_lru_activate",
	[MM_EXIT_MMAP] = "exit_mmap",
	[MM_VMA_STORE] = "vma_store",
	[MM_CALL] = "sys_enter",
	[MM_CALL_DONE] = "sys_exit",
	[MM_TASK_NEW] = "task_newtask",
	[MM_TASK_RENAME] = "task_rename",
	[MM_TASK_FORK] = "sched_process_fork",
	[MM_TASK_EXEC] = "sched_process_exec",
	[MM_TASK_EXIT] = "sched_process_exit",
	[MM_TASK_FREE] = "sched_process_free",
	[MM_CGROUP_ATTACH] = "cgroup_attach_task",
	[MM_CGROUP_MKDIR] = "cgroup_mkdir",
	[MM_CGROUP_RMDIR] = "cgroup_rmdir",
	[MM_RECLAIM_BEGIN] = "reclaim_begin",
	[MM_RECLAIM_END] = "reclaim_end",
	[MM_WRITE_FOLIO] = "mm_vmscan_write_folio",
	[MM_MIGRATE_SET] = "set_migration_pte",
	[MM_MIGRATE_REMOVE] = "remove_migration_pte",
	[MM_OOM_VICTIM] = "mark_victim",
	[MM_MEMCG_STATE] = "mod_memcg_state",
	[MM_MEMCG_COUNT] = "count_memcg_events",
	[MM_REGION] = "damon_aggregated",
	[MM_SNAPSHOT_TASK] = "snapshot_task",
	[MM_SNAPSHOT_RANGE] = "snapshot_range",
	[MM_SNAPSHOT_PAGES] = "snapshot_pages",
	[MM_COUNTER] = "counter",
	[MM_USED] = "used",
};

static const char *const call_names[MM_NR_CALLS] = {
	[MM_CALL_NONE] = "none",
	[MM_CALL_MMAP] = "mmap",
	[MM_CALL_MUNMAP] = "munmap",
	[MM_CALL_BRK] = "brk",
	[MM_CALL_MPROTECT] = "mprotect",
	[MM_CALL_MREMAP] = "mremap",
	[MM_CALL_MADVISE] = "madvise",
	[MM_CALL_MLOCK] = "mlock",
	[MM_CALL_MLOCK2] = "mlock2",
	[MM_CALL_MUNLOCK] = "munlock",
	[MM_CALL_MLOCKALL] = "mlockall",
	[MM_CALL_MUNLOCKALL] = "munlockall",
	[MM_CALL_SHMAT] = "shmat",
	[MM_CALL_SHMDT] = "shmdt",
	[MM_CALL_REMAP_FILE_PAGES] = "remap_file_pages",
	[MM_CALL_EXIT_GROUP] = "exit_group",
};

static const char *const member_names[MM_NR_MEMBERS] = {
	[MM_FILEPAGES] = "file",
	[MM_ANONPAGES] = "anon",
	[MM_SWAPENTS] = "swap",
	[MM_SHMEMPAGES] = "shmem",
};

const char *mm_kind_name(enum mm_kind kind)
{
	assert(kind < MM_NR_KINDS);
	return kind_names[kind];
}

const char *mm_call_name(enum mm_call call)
{
	assert(call < MM_NR_CALLS);
	return call_names[call];
}

const char *mm_member_name(enum mm_member member)
{
	assert(member < MM_NR_MEMBERS);
	return member_names[member];
}
