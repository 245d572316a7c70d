/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state behind rebuild.h, shared by the files that interpret events, and what
 * each of them offers the others (ARCHITECTURE.md has the list).
 *
 * Tasks and mms are numbers from 1, and stay where they are in memory; what is a
 * number's now may be another's when it has ended.
 */
#ifndef REBUILD_STATE_H
#define REBUILD_STATE_H

#include "rebuild/doubt.h"
#include "rebuild/rebuild.h"
#include "rebuild/regions.h"
#include "rebuild/task.h"

#define HUGE_ORDER 9		/* of the largest page that a fault maps at once, 2 MiB */
#define PMD_PAGES 512		/* entries of one page table: zaps and copies go by it */
/* Where exec's argument pages stand until a fault shows the stack: above any user address. */
#define ARG_TOP_UNKNOWN (UINT64_C(1) << 45)
#define STACK_FIRST_VPN UINT64_C(0x7ffbff000)	/* 48-bit addresses: stacks lie above, mmap areas below */
#define STACK_PAGES 32		/* of the stack that exec adds below its argument pages: 128 KiB */
#define READ_AHEAD_PAGES 32	/* read_ahead_kb, 128 */
#define AROUND_PAGES 16		/* fault_around_bytes, 64 KiB */
#define LAST_CPUS 16		/* CPUs of which the last task is remembered; others share with them */

/* A process at the end, as the kernel had it and as the facts have. */
struct snapshot_ended {
	uint32_t tgid;
	bool is_raced;		/* it ran while it was read */
	struct entry_check frames[MM_NR_FRAMES];
};

struct rebuild {
	struct facts base;
	struct rebuild_config config;
	struct mem_op op, *place;	/* where operations are made, if the listener has no place */
	uint32_t page_shift;
	uint64_t seq;
	uint64_t now_ns;
	uint32_t now_tid;
	uint16_t now_cpu;
	uint8_t now_by;		/* enum reclaim_by: what is reclaimed now, for what */
	struct pages pages;
	struct leaf_pool pool;
	struct mm **mms;	/* [0]: none */
	size_t nr_mms, mms_capacity;
	uint32_t *free_mms;
	size_t nr_free_mms, free_mms_capacity;
	struct task **tasks;	/* [0]: none */
	size_t nr_tasks, tasks_capacity;
	uint32_t *free_tasks;
	size_t nr_free_tasks, free_tasks_capacity;
	struct map64 task_by_tid;
	struct map64 mm_by_id;
	struct { uint32_t tid, task; } last_of_cpu[LAST_CPUS];	/* task_find() */
	uint64_t nr_mms_ended;
	struct {
		uint32_t mm;		/* whose ranges and pages come; 0 = nobody's that are wanted */
		bool is_end;
		bool is_compared;	/* the pages that come are of a process at the end */
		struct snapshot_ended *ended;	/* processes at the end */
		size_t nr_ended, ended_capacity;
		struct snapshot_check check;
	} snapshot;
	struct containers containers;
	struct known_name *names;	/* of containers.known */
	size_t names_capacity;
	bool has_root;
	uint32_t cgroup_root;
	struct judge judge;
	struct unmatched_count unmatched[UNMATCHED_NR];
	struct frames kernel_by_pfn;	/* kernel_pages.c: container and order */
	struct frames kernel_sets;	/* of which 32 frames, by pfn / 32, that map has something: as sets of bits */
	uint64_t since_ns;	/* while a counter is read: the event of that task before it; 0 = now */
	struct dirty_queue *dirty;	/* dirtied.c: by container */
	size_t nr_dirty, dirty_capacity;
	struct frames cached_by_pfn;	/* pages of files: the first of each folio, as it entered */
	/*
	 * Whether counters are published late (above) or never: told by faults that
	 * allocated a page for themselves and no counter rose.
	 */
	bool is_late;
	bool has_counters;	/* rss_stat is there at all */
	bool has_windows;	/* mm_filemap_map_pages tells ranges */
	uint64_t nr_told, nr_silent;	/* such faults */
	struct sums sums, likely_sums;	/* of windows, as rss_stat told them; by their pages alone */
	struct map64 migrating;	/* vpn -> page, between the two events of an entry */
	/* What the faults of earlier address spaces taught of a program's segments. */
	struct layout *layouts;
	size_t nr_layouts, layouts_capacity;
	struct regions regions;
	struct doubts doubt;
	uint64_t doubt_seq;	/* the last operation that the doubt was worked out for */
};

static inline struct mm *mm_at(const struct rebuild *rb, uint32_t mm)
{
	return rb->mms[mm];
}

/* What it was copied from, while that lives; 0 = nothing. */
static inline uint32_t mm_parent(const struct rebuild *rb, uint32_t mm)
{
	const struct mm *m = mm_at(rb, mm), *parent = mm_at(rb, m->parent_mm);

	return m->parent_mm && parent->is_used && parent->born == m->parent_born ? m->parent_mm : 0;
}

static inline struct task *task_at(const struct rebuild *rb, uint32_t task)
{
	return rb->tasks[task];
}

/* Pages that one operation can bring at most; a counter that rises by more cannot be. */
static inline int64_t plausible(struct rebuild *rb, int64_t delta)
{
	if (delta <= PMD_PAGES)
		return delta;
	rb->judge.unexplained += delta - PMD_PAGES;
	return PMD_PAGES;
}

static inline void unmatched(struct rebuild *rb, enum unmatched_kind kind, uint64_t pages)
{
	rb->unmatched[kind].count++;
	rb->unmatched[kind].pages += pages;
}

/* entries.c: change one entry, keep the counts and tell the scenarios. */
/* TAIL: of the folio of the entry before, BACK: it was in swap. */
enum entry_flags { ENTRY_YOUNG = 1, ENTRY_WRITE = 2, ENTRY_TAIL = 4, ENTRY_BACK = 8 };
/* The page is freed when nothing holds it any more. Entry must be empty. */
void entry_map(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t page, enum op_why why, unsigned flags);
void entry_unmap(struct rebuild *rb, uint32_t mm, uint64_t vpn, enum op_why why);
/* The entry maps `page` instead of what it mapped (copy on write). */
void entry_replace(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t page, unsigned flags);
void entry_use(struct rebuild *rb, uint32_t mm, uint64_t vpn, bool is_write);
/* It or another was used: nothing that the facts know changes. */
void entry_perhaps_use(struct rebuild *rb, uint32_t mm, uint64_t vpn);
void entry_swap_out(struct rebuild *rb, uint32_t mm, uint64_t vpn);
void entry_drop_swap(struct rebuild *rb, uint32_t mm, uint64_t vpn);
/* The empty entry holds the page's swap slot. */
void entry_set_swap(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t page);
/* The entry of `from` stands at `to` now, nothing else changes. */
void entry_move(struct rebuild *rb, uint32_t mm, uint64_t from, uint64_t to);
/* What fork does: an entry like that of the leaf in another mm. */
void entry_copy(struct rebuild *rb, uint32_t to, struct leaf *leaf, uint64_t vpn);
/* Removes whatever is at [begin, end): entries and swap slots. Number of entries. */
uint64_t entries_zap(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end, enum op_why why);
/* Removes the first `nr` entries of one member in [begin, end); how many there were. */
uint64_t entries_zap_member(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end,
			    enum mm_member member, uint64_t nr, enum op_why why);
void op_emit(struct rebuild *rb, struct mem_op *op);
/* An anonymous page of that frame (0 = not known). */
uint32_t anon_new(struct rebuild *rb, uint64_t pfn);
/* Ends the page if nothing holds it. */
void page_put(struct rebuild *rb, uint32_t page);

/* Whether an entry maps a page at vpn; *page is it. */
static inline bool entry_find(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t *page)
{
	const struct leaf *leaf = page_table_find(&mm_at(rb, mm)->table, vpn);

	if (!leaf || !(leaf->present & vpn_bit(vpn)))
		return false;
	*page = leaf->pte[vpn & 63].page;
	return true;
}

static inline bool entry_is_swap(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	const struct leaf *leaf = page_table_find(&mm_at(rb, mm)->table, vpn);

	return leaf && leaf->swap & vpn_bit(vpn);
}

/* walk.c: what a zap or copy counts next. */
void walk_begin(struct walk *walk, uint64_t begin, uint64_t end, bool is_copy);
/* Fills left[] of the next chunk that has any; false = nothing more. */
bool walk_next(struct rebuild *rb, uint32_t mm, struct walk *walk);
/* The member that would be counted next, or MM_NR_MEMBERS. */
enum mm_member walk_member(const struct walk *walk);

/* tasks.c */
/* What task_find() does when it is not the one that was looked for last on that CPU. */
uint32_t task_search(struct rebuild *rb, uint32_t tid);
uint32_t task_make(struct rebuild *rb, uint32_t tid);	/* there must be none */
uint32_t task_turns_up(struct rebuild *rb, uint32_t tid);	/* likewise: it was never seen born */

static inline uint32_t task_find(struct rebuild *rb, uint32_t tid)	/* 0 = none */
{
	const size_t cpu = rb->now_cpu % LAST_CPUS;

	if (rb->last_of_cpu[cpu].tid == tid && rb->last_of_cpu[cpu].task)
		return rb->last_of_cpu[cpu].task;
	return task_search(rb, tid);
}

static inline uint32_t task_by_tid(struct rebuild *rb, uint32_t tid)	/* made when new */
{
	uint32_t task = task_find(rb, tid);

	return task ? task : task_turns_up(rb, tid);
}

/* After birth, exec, rename or a move: a rule may put the task elsewhere. */
void task_apply_rules(struct rebuild *rb, uint32_t task);
/* The task lives in it. */
void task_enter(struct rebuild *rb, uint32_t task, uint32_t mm);
/* In a damaged recording another task may have ended the address space: the task has none any more. */
void task_leave_ended(struct rebuild *rb, struct task *t);
static inline void task_leave_dead(struct rebuild *rb, struct task *t)
{
	if (t->nr_mms_ended != rb->nr_mms_ended)
		task_leave_ended(rb, t);
}
/* The task's exec builds it. */
void task_builds(struct rebuild *rb, uint32_t task, uint32_t mm);
void task_event(struct rebuild *rb, uint32_t task, const struct mm_event *event);
void cgroup_event(struct rebuild *rb, const struct mm_event *event);
void tasks_finish(struct rebuild *rb);

/* mm.c */
/* pid: of the task that it is made for; parent_mm: of the one that makes it, 0 = none; is_observed: all its pages will be known. */
uint32_t mm_new(struct rebuild *rb, uint32_t container, uint32_t pid, uint32_t parent_mm, bool is_observed);
/* It begins: by fork (VMA_FORK) or exec. */
void mm_tell(struct rebuild *rb, uint32_t mm, enum vma_why why);
/* A child's, told, with what it has of its parent's: ranges, entries, what the kernel counted. */
uint32_t mm_fork(struct rebuild *rb, uint32_t parent_task, uint32_t child_task);
void mm_set_container(struct rebuild *rb, uint32_t mm, uint32_t container);
/* The kernel's number for it, which another had before, maybe. */
void mm_bind(struct rebuild *rb, uint32_t mm, uint32_t mm_id);
/* One user less; an address space without users is torn down by the events that follow. */
void mm_leave(struct rebuild *rb, uint32_t mm);
/* Whatever it still maps goes. */
void mm_end(struct rebuild *rb, uint32_t mm);

/* snapshot.c, snapshot_end.c */
void used_event(struct rebuild *rb, const struct mm_event *event);
void snapshot_event(struct rebuild *rb, const struct mm_event *event);

/* regions.c */
void region_event(struct rebuild *rb, const struct mm_event *event);
void regions_finish(struct rebuild *rb);

void snapshot_end_task(struct rebuild *rb, const struct mm_event *event);
void snapshot_end_range(struct rebuild *rb, const struct mm_event *event);
void snapshot_end_pages(struct rebuild *rb, const struct mm_event *event);
/* The task did something while it was read. */
void snapshot_raced(struct rebuild *rb, uint32_t task);
void snapshot_finish(struct rebuild *rb);

/* faults.c */
void fault_begin(struct rebuild *rb, uint32_t task, const struct mm_event *event);
void fault_alloc(struct rebuild *rb, uint32_t task, const struct mm_event *event);
void fault_cache(struct rebuild *rb, uint32_t task, const struct mm_event *event);
/* The next event of the task says nothing of what was held: it was a single page. */
void fault_flush(struct rebuild *rb, uint32_t task);
/* A counter rose (or FILE fell) while a fault is on its way. True: it is explained. */
bool fault_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta, int64_t total);

struct vma *fault_vma_grown(struct rebuild *rb, uint32_t mm, uint64_t vpn);
/* The VMA at vpn; one whose size no event told grows to hold it. */
static inline struct vma *fault_vma(struct rebuild *rb, uint32_t mm, uint64_t vpn)
{
	struct vma *vma = vma_find(&mm_at(rb, mm)->vmas, vpn);

	return vma ? vma : fault_vma_grown(rb, mm, vpn);
}

/* One shared memory object for all mappings of one descriptor. */
void fault_object(struct rebuild *rb, uint32_t mm, struct vma *vma);
/* An anonymous page comes to vpn: new, from swap, or in place of a file's. is_tail: of a huge page, not its first. */
void fault_anon(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint64_t pfn, bool is_tail);
/* `nr` pages of a file or object come to the fault's own place. */
void fault_single(struct rebuild *rb, uint32_t task, uint32_t mm, int64_t nr);

/* around.c */
void fault_window(struct rebuild *rb, uint32_t task, const struct mm_event *event);
/*
 * No event tells the range: the kernel's rule does.  nr: how many pages came to be
 * mapped; < 0 = as many as expected.  How many were.
 */
int64_t around_by_rule(struct rebuild *rb, uint32_t task, uint32_t mm, int64_t nr);
/* What a fault that maps nothing around itself read from its file. */
void around_learn(struct rebuild *rb, uint32_t mm, const struct fault *f);
/* How well it is known that a page of a file is there for a fault to map around itself. */
enum doubt { DOUBT_NONE, DOUBT_UNKNOWN, DOUBT_SKIPPED, DOUBT_ABSENT, DOUBT_NR };
/* One page of member more, or less, one in that doubt. */
struct correction {
	enum mm_member member;
	bool is_more;
	bool is_sure;		/* pages are taken about which there is no guess */
	enum doubt doubt;
};
/* False: there is none in the window. */
bool around_correct(struct rebuild *rb, uint32_t mm, const struct late_window *window,
		    const struct correction *correction);

/* marks.c: pages that a fault leaves out because a read-ahead marked them. */

void marks_set(struct rebuild *rb, uint32_t file, uint64_t index);
/* A fault wanted the page: it is there, and carries no mark any more. */
void marks_faulted(struct rebuild *rb, uint32_t file, uint64_t index);
/* What entered the page cache is what read(2) of a header brings: a fault does that only to a file of so few pages. */
bool marks_is_header(const struct rebuild *rb, uint32_t mm, const struct fault *f, uint32_t file);
/* The fault read pages of the file; it waited for its own to be read. */
bool marks_has_read(const struct rebuild *rb, uint32_t mm, const struct fault *f, uint32_t file);
bool marks_has_waited(const struct rebuild *rb, uint32_t mm, const struct fault *f, uint32_t file, uint64_t own);
/* From what the fault at index `own` read. */
void marks_learn(struct rebuild *rb, uint32_t mm, const struct fault *f, uint32_t file, uint64_t own);
/* A page entered the page cache: the second of a header that is read is marked; if more is read at once, it is not. */
void marks_added(struct rebuild *rb, const struct fault *f, uint32_t file, uint64_t index);
/* A file is read from its begin for the first time, by read(2) or exec. */
void marks_read_header(struct rebuild *rb, uint32_t mm, uint32_t file);

/* torn.c: a counter falls by nr as an address space ends; walk: where the walk stood before. */
/* Zaps nr entries of files of the chunk, fewer than it holds: those that are guesses last. False: not of a late kernel. */
bool torn_part(struct rebuild *rb, uint32_t mm, const struct walk *walk, uint64_t nr, enum op_why why);
void torn_value(struct rebuild *rb, uint32_t mm, const struct walk *walk, enum mm_member member, uint64_t nr);

/* guess.c: windows whose pages nobody saw; of all of them together, how many are expected. */
struct guess {
	struct open_window windows[SUM_WINDOWS];
	size_t nr;
	int64_t pages;
	struct sum_bounds bounds;
	struct open_window alike[SUM_WINDOWS];	/* by their pages alone, whatever was known of these */
	size_t nr_alike;
	int64_t pages_alike;
	bool is_likely;		/* what was told of the same pages is expected again */
	bool is_raced;		/* what is told of these windows is not true of others */
};
/* Whether another was mapping pages of the block while the task's fault was going on; noted for the next. */
bool guess_is_raced(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index);
void guess_take(struct rebuild *rb, const struct late *late, struct guess *guess);
/* By how many pages more than were mapped are expected of what was told before. */
int64_t guess_expect(struct rebuild *rb, struct guess *guess);
/* What is pending is as sure as the guess in it. */
void guess_judge(struct rebuild *rb, uint32_t mm, const struct guess *guess, int64_t pending, int64_t total);
/* error: by how many pages more the counter rose. */
void guess_learn(struct rebuild *rb, const struct guess *guess, int64_t error);

/* late.c: kernels that publish counters late, or have none. */

/* The fault going on is over: what it did is decided. */
void late_decide(struct rebuild *rb, uint32_t task);
/* Where counters told what it did, nothing is left to decide. */
static inline void late_settle(struct rebuild *rb, uint32_t task)
{
	if (rb->is_late || task_at(rb, task)->fault.is_fresh || rb->nr_silent > rb->nr_told)
		late_decide(rb, task);
}
/* A page was allocated in the fault; it is mapped if that says all. */
void late_alloc(struct rebuild *rb, uint32_t task);
/* A zeroed page was allocated outside of a fault: a call may be filling its range. */
void late_populate(struct rebuild *rb, uint32_t task);
void late_freed(struct rebuild *rb, uint32_t tid, uint64_t pfn);
/* A fault mapped around itself. */
void late_note(struct rebuild *rb, uint32_t task, const struct late_window *window);
/* Nothing more is published this time. */
void late_published(struct rebuild *rb, uint32_t task);
/* A value of current's address space: true if it publishes what was pending. */
bool late_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t total);
/* What is pending was published, though nothing was printed: a zap follows. */
void late_flushed(struct rebuild *rb, uint32_t task);
void late_forget(struct rebuild *rb, uint32_t task);

/* images.c: which file is mapped where, on kernels whose events do not say. */
void image_stored(struct rebuild *rb, uint32_t task, const struct mm_event *event);
void image_named(struct rebuild *rb, uint32_t task, uint32_t name);
/* The file of an mmap of `bytes` of a descriptor. */
uint32_t image_mapped(struct rebuild *rb, uint32_t task, const struct vma *vma, uint64_t bytes);
/* The VMA of a read fault that no event places. NULL: not of a file. */
struct vma *image_guess(struct rebuild *rb, uint32_t task, uint32_t mm);
/* Pages that entered the page cache in the fault say which file the VMA is of. */
void image_learn(struct rebuild *rb, uint32_t mm, const struct fault *f);

/* populate.c */

/* A counter rose while a system call fills a range without faults. True: it is explained. */
bool populate_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta, int64_t total);
/* Where it is, now that a window tells the file (0: none that was heard of) and the index; it goes on there. */
uint64_t populate_place(struct rebuild *rb, uint32_t task, uint32_t mm, uint32_t file, uint64_t index);

/* --- dirtied.c --- */

/* MM_MEMCG_STATE: the memory controller counts. */
void dirtied_event(struct rebuild *rb, const struct mm_event *event);
/* Events were lost: what is dirty is not known. */
void dirtied_gap(struct rebuild *rb);
void dirtied_release(struct rebuild *rb);

/* --- page_cache.c --- */

/* The page at index was seen to be cached. */
void cache_seen(struct rebuild *rb, uint32_t file, uint64_t index);
/* TAIL: of the folio of the page before, BACK: was reclaimed; above them the order of its first page's folio. */
enum cache_flags { CACHED_TO_WRITE = 1, CACHED_TAIL = 2, CACHED_BACK = 4, CACHED_ORDER_SHIFT = 3 };
/* The page at index enters the page cache, by the task. */
void cache_page(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index, unsigned flags);
/* A folio of this frame went to the active list. */
void cache_activated(struct rebuild *rb, uint32_t task, uint64_t pfn);
void cache_event(struct rebuild *rb, uint32_t task, const struct mm_event *event);

/* advice.c */

/* madvise() was told something of [begin, end) that stays with it; or nothing that does. */
void advice_taken(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end, uint64_t advice);

/* calls.c */
void call_begin(struct rebuild *rb, uint32_t task, const struct mm_event *event);
void call_end(struct rebuild *rb, uint32_t task, const struct mm_event *event);
void zap_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta,
	     enum judge_class class, enum op_why why);

/* reclaimed.c */
void reclaim_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta);
void reclaim_written(struct rebuild *rb, uint32_t task, uint64_t pfn);
void reclaim_deleted(struct rebuild *rb, uint32_t task, const struct mm_event *event);
void reclaim_flush(struct rebuild *rb, uint32_t task);
void migrate_event(struct rebuild *rb, const struct mm_event *event);

/* ranges.c: changes of VMAs, with their operations. */
uint8_t vma_flags_at(struct mm *m, uint64_t vpn);	/* set of enum vma_flags; 0 = no VMA known */
void range_map(struct rebuild *rb, uint32_t mm, const struct vma *vma, enum vma_why why);
void range_unmap(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end);
/* Applies change to every VMA in the range, split at its borders. */
void range_change(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end,
		  void (*change)(struct vma *vma, const void *how), const void *how);
/* old_pages at `from` have become `moved`: mremap. Tells only; the VMAs are the caller's. */
void range_move(struct rebuild *rb, uint32_t mm, uint64_t from, uint64_t old_pages, const struct vma *moved);
/* Every VMA of a child that was just born. */
void ranges_fork(struct rebuild *rb, uint32_t mm);
/* After inferred VMAs changed: by how much their writable pages differ from what was told. */
void ranges_tell(struct rebuild *rb, uint32_t mm);
void stack_grown(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint64_t pages, enum vma_why why);

/* segments.c: VMAs that no event tells of.  NULL: a known VMA contradicts. */
struct vma *segment_for_anon(struct rebuild *rb, uint32_t mm, uint64_t vpn);
struct vma *segment_for_window(struct rebuild *rb, uint32_t mm, uint64_t vpn, bool is_exec,
			       uint32_t file, uint64_t first, uint64_t last);
/* The indices that the segment may reach to: its own, and where no border was seen as far as there is room. */
void segment_reach(struct rebuild *rb, uint32_t mm, const struct vma *vma, uint64_t *first, uint64_t *last);
struct vma *segment_for_page(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t file, uint64_t index);
/* The 16 pages around vpn, from a multiple of 16, are of a file, from index `first`. */
struct vma *segment_around(struct rebuild *rb, uint32_t mm, uint64_t vpn, uint32_t file, uint64_t first);

/* stack.c */
/* exec is done: its stack is there, though nobody knows where yet. */
void stack_made(struct rebuild *rb, uint32_t mm);
/* A fault at vpn may be the first of a stack: exec's argument pages lie right above. */
void stack_found(struct rebuild *rb, uint32_t mm, uint64_t vpn);
/* vma_store told where the stack is. */
void stack_placed(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end);
/*
 * The kernel says where the stack ends: arch_align_stack() leaves up to 8 KiB below the arguments,
 * so that after its first fault they can lie on either of two pages; stack_found() took the nearer.
 */
void stack_ended(struct rebuild *rb, uint32_t mm, uint64_t end);

/* kernel_pages.c */
void kernel_alloc(struct rebuild *rb, uint32_t task, const struct mm_event *event);
void kernel_freed(struct rebuild *rb, uint64_t pfn);
/* Any page's end; of the kernel's that somebody pays for few are alive, and which they are fits into a core's cache. */
static inline void kernel_free(struct rebuild *rb, const struct mm_event *event)
{
	const uint64_t pfn = event->alloc.pfn;

	if (event->alloc.has_pfn && frames_get(&rb->kernel_sets, pfn / 32) >> pfn % 32 & 1)
		kernel_freed(rb, pfn);
}
void kernel_stack_born(struct rebuild *rb, uint32_t task, uint32_t container);
void kernel_stack_gone(struct rebuild *rb, uint32_t task);
/* The node of 64 indices of a file: with the first of them that is cached, and after the last. */
void kernel_node_born(struct rebuild *rb, struct file_chunk *chunk, uint32_t container);
void kernel_node_gone(struct rebuild *rb, struct file_chunk *chunk);

/* rss.c */
void rss_event(struct rebuild *rb, uint32_t task, const struct mm_event *event);
/* Judges a prediction for mm and notes what the kernel said. */
void rss_judge(struct rebuild *rb, uint32_t mm, enum judge_class class, enum mm_member member,
	       int64_t predicted_delta, int64_t total);

#endif
