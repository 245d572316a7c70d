/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened: one memory-management event of the recorded kernel.
 *
 * The only vocabulary between traces/ and the rest.  Plain data, no pointers:
 * copy it, sort it, print it.  Nothing here tells which format it came from.
 * Names are those of the kernel's tracepoints.  Times are nanoseconds on the
 * trace's clock, addresses and lengths are bytes, sizes of rss are pages.
 *
 * Text longer than a comm (cgroup paths, file names) is a string id of the
 * event source: event_source_string() gives the text.
 */
#ifndef TRACES_MM_EVENT_H
#define TRACES_MM_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#define MM_COMM_BYTES 16	/* TASK_COMM_LEN, NUL included */
#define MM_ANY_CPU UINT16_MAX	/* of a gap: what is missing may be of any CPU */

enum mm_kind {
	MM_GAP,			/* records are missing on this CPU: see struct mm_gap */
	MM_FAULT,		/* exceptions:page_fault_user, page_fault_kernel */
	MM_PAGE_ALLOC,		/* kmem:mm_page_alloc */
	MM_PAGE_FREE,		/* kmem:mm_page_free */
	MM_RSS,			/* kmem:rss_stat */
	MM_CACHE_ADD,		/* filemap:mm_filemap_add_to_page_cache */
	MM_CACHE_DELETE,	/* filemap:mm_filemap_delete_from_page_cache */
	MM_CACHE_MAP,		/* filemap:mm_filemap_map_pages: a fault-around mapped a range */
	MM_CACHE_FAULT,		/* filemap:mm_filemap_fault: the page of a fault, exactly */
	MM_CACHE_READ,		/* filemap:mm_filemap_get_pages: read(2) went through a range */
	MM_LRU_INSERT,		/* pagemap:mm_lru_insertion */
	MM_LRU_ACTIVATE,	/* pagemap:mm_lru_activate */
	MM_EXIT_MMAP,		/* mmap:exit_mmap */
	MM_VMA_STORE,		/* mmap:vma_store: a mapping was entered or resized (6.1 only) */
	MM_CALL,		/* syscalls:sys_enter_*: `call` says which */
	MM_CALL_DONE,		/* syscalls:sys_exit_* */
	MM_TASK_NEW,		/* task:task_newtask */
	MM_TASK_RENAME,		/* task:task_rename */
	MM_TASK_FORK,		/* sched:sched_process_fork */
	MM_TASK_EXEC,		/* sched:sched_process_exec */
	MM_TASK_EXIT,		/* sched:sched_process_exit */
	MM_TASK_FREE,		/* sched:sched_process_free */
	MM_CGROUP_ATTACH,	/* cgroup:cgroup_attach_task */
	MM_CGROUP_MKDIR,	/* cgroup:cgroup_mkdir */
	MM_CGROUP_RMDIR,	/* cgroup:cgroup_rmdir */
	MM_RECLAIM_BEGIN,	/* vmscan:mm_vmscan_{direct,memcg,memcg_softlimit}_reclaim_begin, mm_vmscan_kswapd_wake */
	MM_RECLAIM_END,		/* vmscan:mm_vmscan_*_reclaim_end, mm_vmscan_kswapd_sleep */
	MM_WRITE_FOLIO,		/* vmscan:mm_vmscan_write_folio, mm_vmscan_writepage */
	MM_MIGRATE_SET,		/* migrate:set_migration_pte: an entry became a migration entry */
	MM_MIGRATE_REMOVE,	/* migrate:remove_migration_pte: and maps a page again */
	MM_OOM_VICTIM,		/* oom:mark_victim */
	MM_MEMCG_STATE,		/* memcg:mod_memcg_lruvec_state, mod_memcg_state */
	MM_MEMCG_COUNT,		/* memcg:count_memcg_events */
	MM_REGION,		/* damon:damon_aggregated: how often samples of a region met a page that had been used */
	MM_SNAPSHOT_TASK,	/* recount record: a task that was there; its ranges and pages follow */
	MM_SNAPSHOT_RANGE,	/* a range of its address space */
	MM_SNAPSHOT_PAGES,	/* entries of its page table */
	MM_COUNTER,		/* recount record: a container's counter as the kernel had it then */
	MM_USED,		/* pages of a task that were used: since recount record --evidence looked last, or as perf sampled data addresses */
	MM_NR_KINDS
};

/* System calls that change an address space or end a task. */
enum mm_call {
	MM_CALL_NONE,
	MM_CALL_MMAP, MM_CALL_MUNMAP, MM_CALL_BRK, MM_CALL_MPROTECT, MM_CALL_MREMAP,
	MM_CALL_MADVISE, MM_CALL_MLOCK, MM_CALL_MLOCK2, MM_CALL_MUNLOCK, MM_CALL_MLOCKALL,
	MM_CALL_MUNLOCKALL, MM_CALL_SHMAT, MM_CALL_SHMDT, MM_CALL_REMAP_FILE_PAGES,
	MM_CALL_EXIT_GROUP,
	MM_NR_CALLS
};

/* The kernel's rss counters (include/linux/mm_types_task.h). */
enum mm_member { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, MM_NR_MEMBERS };

enum mm_gap_reason {
	MM_GAP_OVERRUN,		/* the recorder could not keep up */
	MM_GAP_DAMAGE,		/* bytes of the file cannot be read */
	MM_GAP_FORMAT,		/* an event without its format */
};

enum mm_reclaim_cause { MM_RECLAIM_DIRECT, MM_RECLAIM_MEMCG, MM_RECLAIM_SOFTLIMIT, MM_RECLAIM_KSWAPD, MM_NR_CAUSES };

/* x86 page fault error code, and whether the kernel itself touched the address. */
enum { MM_FAULT_PRESENT = 1, MM_FAULT_WRITE = 2, MM_FAULT_USER = 4, MM_FAULT_EXEC = 16 };

/* Bits of MM_TASK_NEW.clone_flags that decide who shares what (uapi/linux/sched.h). */
enum { MM_CLONE_VM = 0x100, MM_CLONE_VFORK = 0x4000, MM_CLONE_THREAD = 0x10000 };

/* Of a range of a snapshot (/proc/PID/maps). */
enum { MM_RANGE_READ = 1, MM_RANGE_WRITE = 2, MM_RANGE_EXEC = 4, MM_RANGE_SHARED = 8, MM_RANGE_STACK = 16,
       MM_RANGE_HEAP = 32, MM_RANGE_SPECIAL = 64 };

/* What entries of a snapshot hold (/proc/PID/pagemap). */
enum mm_frame { MM_FRAME_ANON, MM_FRAME_FILE, MM_FRAME_SHMEM, MM_FRAME_SWAP, MM_NR_FRAMES };

struct mm_event {
	uint64_t time_ns;
	uint32_t tid;		/* the task that ran, 0 = idle */
	uint16_t cpu;
	uint8_t kind;		/* enum mm_kind */
	uint8_t call;		/* enum mm_call, for MM_CALL and MM_CALL_DONE */
	union {
		struct mm_gap {
			uint64_t begin_ns;	/* last whole record before; 0 = none */
			uint64_t end_ns;	/* first whole record after; 0 = none */
			uint64_t lost;		/* records; 0 = unknown */
			uint64_t offset;	/* bytes from the start of the file */
			uint32_t input;		/* which file of the source */
			uint32_t reason;	/* enum mm_gap_reason */
			uint64_t bytes;		/* unreadable bytes; 0 for MM_GAP_OVERRUN */
		} gap;
		struct { uint64_t address; uint32_t error_code; bool is_kernel; } fault;
		struct { uint64_t pfn; uint32_t order; uint32_t gfp_flags; bool has_pfn; } alloc; /* also free */
		/* pages: absolute; bytes divided by page size, may be below zero on old kernels */
		struct { int64_t pages; uint32_t mm_id; uint8_t member; bool curr; bool has_mm_id; } rss;
		/* last is inclusive; equals index for ADD/DELETE/FAULT (there: pages = 1 << order) */
		struct { uint64_t pfn, ino, index, last; uint32_t dev; uint8_t order; } cache;
		struct { uint64_t pfn; uint32_t lru; } lru;
		struct { uint64_t mm; } exit_mmap;	/* a pointer: joins with vma.mm only */
		struct { uint64_t mm, vma, begin, end; } vma;	/* pointers; [begin, end) in bytes */
		struct { uint64_t args[6]; } call_args;
		struct { int64_t ret; } call_done;
		/*
		 * NEW and FORK: pid is the child; FORK: parent forked it; RENAME: comm is the
		 * new name; EXEC: parent is the pid before it, name the program's path.
		 */
		struct {
			uint64_t clone_flags;
			uint32_t pid, parent;
			uint32_t name;
			bool group_dead, has_group_dead;	/* EXIT: older kernels do not tell */
			char comm[MM_COMM_BYTES];
		} task;
		struct { uint64_t id; uint32_t path, pid, level, root; } cgroup;
		struct { uint64_t nr_reclaimed; uint32_t cause; uint32_t order; } reclaim;
		struct { uint64_t pfn; uint32_t flags; } write_folio;
		/* pte: the raw entry as printed */
		struct { uint64_t address, pte; uint32_t order; } migrate;
		struct { uint64_t total_vm, anon_rss, file_rss, shmem_rss; uint32_t pid; } victim;
		struct { uint64_t id; int64_t value; uint32_t item; bool is_lruvec; } memcg;
		/*
		 * [begin, end) in bytes, one of nr of that target of the DAMON thread event.tid; which process
		 * the target is, nothing tells.  Before 5.17 target is a pointer, later a number from 0.
		 */
		struct { uint64_t target, begin, end; uint32_t nr, accesses, age; } region;
		/*
		 * Snapshots: event.tid is the task's, event.time_ns when reading it began; that ended
		 * at end_ns. The last task's ranges and pages follow it; vpn, begin, end, index are
		 * pages. is_end: taken when the recording ended, to compare with. is_place: nothing
		 * follows; says only who the task is and where, before its snapshot is taken.
		 */
		struct {
			uint64_t end_ns, cgroup_id;
			uint32_t path, root, tgid, parent, comm;	/* path, comm: strings */
			bool is_end, is_place;
		} snapshot_task;
		struct { uint64_t begin, end, first_index, ino; uint32_t dev; uint8_t flags; } snapshot_range;
		/* name: of the cgroup's file, or of a line of memory.stat; both texts are strings */
		struct { uint64_t cgroup_id, value; uint32_t path, name; } counter;
		struct { uint64_t vpn, pfn; uint32_t nr; uint8_t frame; } snapshot_pages; /* pfn 0 = unknown */
		/* of the process event.tid, some time after since_ns (0 = not known); pages */
		struct { uint64_t since_ns, vpn; uint32_t nr; } used;
	};
};
_Static_assert(sizeof(struct mm_event) == 64, "one event, one cache line");

/* A set of kinds: bit 1 << kind. */
typedef uint64_t mm_kinds;
#define MM_KIND_BIT(kind) (UINT64_C(1) << (kind))
#define MM_ALL_KINDS (MM_KIND_BIT(MM_NR_KINDS) - 1)

/* Names as `recount events` prints them; never NULL for a valid value. */
const char *mm_kind_name(enum mm_kind kind);
const char *mm_call_name(enum mm_call call);
const char *mm_member_name(enum mm_member member);

#endif
