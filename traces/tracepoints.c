// SPDX-License-Identifier: GPL-2.0-or-later
/* Tracepoints of interest; calls are made of their names. */
#include "traces/tracepoints.h"

#include "traces/mm_event.h"

#include <string.h>

/*
 * A field is named as in the kernel's format file: "new|old" where a kernel calls
 * it otherwise, "name?" where it may be absent.  The order is what the decoder of
 * the kind expects.
 */
struct tracepoint {
	const char *system, *name;
	uint8_t kind;		/* enum mm_kind */
	uint8_t variant;	/* for the decoder of the kind */
	const char *fields[PLAN_MAX_FIELDS];
	const char *text;
};

static const struct tracepoint tracepoints[] = {
	{ "exceptions", "page_fault_user", MM_FAULT, false, { "address", "error_code" } },
	{ "exceptions", "page_fault_kernel", MM_FAULT, true, { "address", "error_code" } },
	{ "kmem", "mm_page_alloc", MM_PAGE_ALLOC, 0, { "pfn|page", "order", "gfp_flags?" } },
	{ "kmem", "mm_page_free", MM_PAGE_FREE, 0, { "pfn|page", "order", "gfp_flags?" } },
	{ "kmem", "rss_stat", MM_RSS, 0, { "size", "member", "mm_id?", "curr?" } },
	{ "filemap", "mm_filemap_add_to_page_cache", MM_CACHE_ADD, 0,
	  { "i_ino", "s_dev", "index", NULL, "pfn|page", "order?" } },
	{ "filemap", "mm_filemap_delete_from_page_cache", MM_CACHE_DELETE, 0,
	  { "i_ino", "s_dev", "index", NULL, "pfn|page", "order?" } },
	{ "filemap", "mm_filemap_map_pages", MM_CACHE_MAP, 0,
	  { "i_ino", "s_dev", "index", "last_index" } },
	{ "filemap", "mm_filemap_fault", MM_CACHE_FAULT, 0, { "i_ino", "s_dev", "index" } },
	{ "filemap", "mm_filemap_get_pages", MM_CACHE_READ, 0,
	  { "i_ino", "s_dev", "index", "last_index" } },
	{ "pagemap", "mm_lru_insertion", MM_LRU_INSERT, 0, { "pfn", "lru?" } },
	{ "pagemap", "mm_lru_activate", MM_LRU_ACTIVATE, 0, { "pfn", "lru?" } },
	{ "mmap", "exit_mmap", MM_EXIT_MMAP, 0, { "mm" } },
	{ "mmap", "vma_store", MM_VMA_STORE, 0, { "mt", "vm_start", "vm_end", "vma?" } },
	{ "task", "task_newtask", MM_TASK_NEW, 0, { "pid", NULL, "clone_flags" }, "comm?" },
	{ "task", "task_rename", MM_TASK_RENAME, 0, { "pid?" }, "newcomm" },
	{ "sched", "sched_process_fork", MM_TASK_FORK, 0, { "child_pid", "parent_pid" },
	  "child_comm?" },
	{ "sched", "sched_process_exec", MM_TASK_EXEC, 0, { "pid", "old_pid?" }, "filename?" },
	{ "sched", "sched_process_exit", MM_TASK_EXIT, 0, { "pid", NULL, NULL, "group_dead?" },
	  "comm?" },
	{ "sched", "sched_process_free", MM_TASK_FREE, 0, { "pid" }, "comm?" },
	{ "cgroup", "cgroup_attach_task", MM_CGROUP_ATTACH, 0,
	  { "dst_id", "pid", "dst_level?", "dst_root?" }, "dst_path?" },
	{ "cgroup", "cgroup_mkdir", MM_CGROUP_MKDIR, 0, { "id", NULL, "level?", "root?" }, "path?" },
	{ "cgroup", "cgroup_rmdir", MM_CGROUP_RMDIR, 0, { "id", NULL, "level?", "root?" }, "path?" },
	{ "vmscan", "mm_vmscan_direct_reclaim_begin", MM_RECLAIM_BEGIN, MM_RECLAIM_DIRECT,
	  { NULL, "order?" } },
	{ "vmscan", "mm_vmscan_memcg_reclaim_begin", MM_RECLAIM_BEGIN, MM_RECLAIM_MEMCG,
	  { NULL, "order?" } },
	{ "vmscan", "mm_vmscan_memcg_softlimit_reclaim_begin", MM_RECLAIM_BEGIN,
	  MM_RECLAIM_SOFTLIMIT, { NULL, "order?" } },
	{ "vmscan", "mm_vmscan_direct_reclaim_end", MM_RECLAIM_END, MM_RECLAIM_DIRECT,
	  { "nr_reclaimed" } },
	{ "vmscan", "mm_vmscan_memcg_reclaim_end", MM_RECLAIM_END, MM_RECLAIM_MEMCG,
	  { "nr_reclaimed" } },
	{ "vmscan", "mm_vmscan_memcg_softlimit_reclaim_end", MM_RECLAIM_END, MM_RECLAIM_SOFTLIMIT,
	  { "nr_reclaimed" } },
	/* kswapd wakes often and sleeps once: no pairs. */
	{ "vmscan", "mm_vmscan_kswapd_wake", MM_RECLAIM_BEGIN, MM_RECLAIM_KSWAPD, { NULL, "order?" } },
	{ "vmscan", "mm_vmscan_kswapd_sleep", MM_RECLAIM_END, MM_RECLAIM_KSWAPD, { NULL } },
	{ "vmscan", "mm_vmscan_write_folio", MM_WRITE_FOLIO, 0, { "pfn", "reclaim_flags?" } },
	/* its name up to 5.17 */
	{ "vmscan", "mm_vmscan_writepage", MM_WRITE_FOLIO, 0, { "pfn", "reclaim_flags?" } },
	{ "migrate", "set_migration_pte", MM_MIGRATE_SET, 0, { "addr", "pte", "order?" } },
	{ "migrate", "remove_migration_pte", MM_MIGRATE_REMOVE, 0, { "addr", "pte", "order?" } },
	{ "oom", "mark_victim", MM_OOM_VICTIM, 0,
	  { "pid", "total_vm?", "anon_rss?", "file_rss?", "shmem_rss?" } },
	{ "memcg", "mod_memcg_lruvec_state", MM_MEMCG_STATE, true, { "id", "val", "item" } },
	{ "memcg", "mod_memcg_state", MM_MEMCG_STATE, false, { "id", "val", "item" } },
	{ "memcg", "count_memcg_events", MM_MEMCG_COUNT, false, { "id", "val", "item" } },
	{ "damon", "damon_aggregated", MM_REGION, 0,
	  { "target_id", "nr_regions", "start", "end", "nr_accesses", "age?" } },
};

#define NR_TRACEPOINTS ((int)(sizeof(tracepoints) / sizeof(tracepoints[0])))
_Static_assert(NR_TRACEPOINTS + 2 * (MM_NR_CALLS - 1) <= NR_TRACEPOINTS_MAX, "a number fits");

/* The text comes from the file: it may hold anything, NULs too. */
static bool is_named(const char *name, const char *text, size_t bytes)
{
	return strlen(name) == bytes && !memcmp(name, text, bytes);
}

/* After the table's come the calls: enter of call 1, exit of call 1, enter of call 2... */
static int find_call(const char *name, size_t bytes)
{
	static const char *const ways[] = { "sys_enter_", "sys_exit_" };

	for (int way = 0; way < 2; way++) {
		size_t prefix = strlen(ways[way]);

		if (bytes <= prefix || memcmp(name, ways[way], prefix))
			continue;
		for (int call = MM_CALL_NONE + 1; call < MM_NR_CALLS; call++) {
			if (is_named(mm_call_name(call), name + prefix, bytes - prefix))
				return NR_TRACEPOINTS + (call - 1) * 2 + way;
		}
	}
	return -1;
}

int tracepoint_find(const char *system, const char *name, size_t name_bytes)
{
	if (!strcmp(system, "syscalls"))
		return find_call(name, name_bytes);
	for (int i = 0; i < NR_TRACEPOINTS; i++) {
		if (!strcmp(tracepoints[i].system, system) &&
		    is_named(tracepoints[i].name, name, name_bytes))
			return i;
	}
	return -1;
}

bool tracepoint_view(int tracepoint, struct tracepoint_view *view)
{
	const struct tracepoint *known = tracepoints;
	int call = tracepoint - NR_TRACEPOINTS;

	if (tracepoint < 0 || call >= 2 * (MM_NR_CALLS - 1))
		return false;
	if (call < 0) {
		known += tracepoint;
		*view = (struct tracepoint_view){ known->system, "", known->name, known->kind, MM_CALL_NONE,
						  known->variant, known->fields, known->text };
	} else {
		*view = (struct tracepoint_view){ "syscalls", call % 2 ? "sys_exit_" : "sys_enter_",
						  mm_call_name(call / 2 + 1), call % 2 ? MM_CALL_DONE : MM_CALL,
						  call / 2 + 1, 0, NULL, NULL };
	}
	return true;
}
