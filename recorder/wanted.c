// SPDX-License-Identifier: GPL-2.0-or-later
/* The tracepoints that replay can use. */
#include "recorder/wanted.h"

#include <stddef.h>

#define CALL(name, without) { "syscalls", "sys_enter_" name, without }, { "syscalls", "sys_exit_" name, NULL }

const struct wanted_event wanted_events[] = {
	{ "exceptions", "page_fault_user", "which address was touched" },
	{ "exceptions", "page_fault_kernel", "what system calls touched" },
	{ "kmem", "mm_page_alloc", "which page a fault got" },
	{ "kmem", "mm_page_free", "when a page was given back" },
	{ "kmem", "rss_stat", "the kernel's own counters, by which the replay is checked and corrected" },
	{ "filemap", "mm_filemap_add_to_page_cache", "the page cache" },
	{ "filemap", "mm_filemap_delete_from_page_cache", "the page cache" },
	{ "filemap", "mm_filemap_map_pages", NULL },
	{ "filemap", "mm_filemap_fault", NULL },
	{ "filemap", "mm_filemap_get_pages", NULL },
	{ "pagemap", "mm_lru_insertion", "when a page joined the lists of reclaim" },
	{ "pagemap", "mm_lru_activate", "the second use of a page of a file" },
	{ "migrate", "set_migration_pte", "pages that were moved" },
	{ "migrate", "remove_migration_pte", "pages that were moved" },
	{ "mmap", "exit_mmap", "the end of an address space" },
	{ "mmap", "vma_store", NULL },
	{ "oom", "mark_victim", "kills for want of memory" },
	{ "vmscan", "mm_vmscan_direct_reclaim_begin", "reclaim of the whole machine" },
	{ "vmscan", "mm_vmscan_direct_reclaim_end", NULL },
	{ "vmscan", "mm_vmscan_memcg_reclaim_begin", "reclaim under a container's limit" },
	{ "vmscan", "mm_vmscan_memcg_reclaim_end", NULL },
	{ "vmscan", "mm_vmscan_memcg_softlimit_reclaim_begin", NULL },
	{ "vmscan", "mm_vmscan_memcg_softlimit_reclaim_end", NULL },
	{ "vmscan", "mm_vmscan_write_folio", "which page was written to swap" },
	{ "cgroup", "cgroup_attach_task", "tasks that move between containers" },
	{ "cgroup", "cgroup_mkdir", NULL },
	{ "cgroup", "cgroup_rmdir", NULL },
	{ "task", "task_newtask", "new tasks, and what they share with their parents" },
	{ "task", "task_rename", "names of tasks" },
	{ "sched", "sched_process_fork", "new tasks" },
	{ "sched", "sched_process_exec", "new programs" },
	{ "sched", "sched_process_exit", "ends of tasks" },
	{ "sched", "sched_process_free", NULL },
	CALL("mmap", "reservations"),
	CALL("munmap", "reservations"),
	CALL("brk", "the heap"),
	CALL("mprotect", "what became writable"),
	CALL("mremap", "mappings that moved"),
	CALL("madvise", "what was given back"),
	CALL("mlock", "locked pages"),
	CALL("mlock2", "locked pages"),
	CALL("munlock", "locked pages"),
	CALL("mlockall", "locked pages"),
	CALL("munlockall", "locked pages"),
	CALL("shmat", "shared memory"),
	CALL("shmdt", "shared memory"),
	CALL("remap_file_pages", NULL),
	CALL("exit_group", NULL),
	{ NULL }
};
