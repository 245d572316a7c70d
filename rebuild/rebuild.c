// SPDX-License-Identifier: GPL-2.0-or-later
/* One event: who it concerns, and which file interprets it. */
#include "rebuild/rebuild.h"

#include "base/snapshot_records.h"
#include "base/xalloc.h"
#include "rebuild/page_facts.h"
#include "rebuild/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void rebuild_destroy(struct rebuild *rb)
{
	if (!rb)
		return;
	for (size_t i = 1; i < rb->nr_mms; i++) {
		page_table_drop(&rb->mms[i]->table);
		vmas_release(&rb->mms[i]->vmas);
	}
	for (size_t i = 1; i < rb->nr_tasks; i++)
		if (rb->tasks[i]->is_used)
			late_forget(rb, i);
	for (size_t i = 0; i < rb->nr_mms; i++)
		free(rb->mms[i]);
	for (size_t i = 0; i < rb->nr_tasks; i++)
		free(rb->tasks[i]);
	free(rb->mms);
	free(rb->free_mms);
	free(rb->tasks);
	free(rb->free_tasks);
	free(rb->layouts);
	map64_release(&rb->task_by_tid);
	map64_release(&rb->mm_by_id);
	map64_release(&rb->migrating);
	frames_release(&rb->kernel_by_pfn);
	frames_release(&rb->kernel_sets);
	frames_release(&rb->cached_by_pfn);
	dirtied_release(rb);
	sums_release(&rb->sums);
	sums_release(&rb->likely_sums);
	regions_release(&rb->regions);
	pages_release(&rb->pages);
	leaf_pool_release(&rb->pool);
	doubt_release(&rb->doubt);
	containers_release(&rb->containers);
	free(rb->names);
	free(rb->snapshot.ended);
	free(rb);
}

static void page_freed(struct rebuild *rb, uint64_t pfn)
{
	uint32_t page = page_by_pfn(&rb->pages, pfn);

	/* The frame goes; an anonymous page in swap or still counted as mapped lives on. */
	if (page)
		page_set_pfn(&rb->pages, page, 0);
}

void rebuild_prefetch(const struct rebuild *rb, const struct mm_event *later, const struct mm_event *soon)
{
	if (later->kind == MM_PAGE_FREE || later->kind == MM_PAGE_ALLOC)
		frames_prefetch(&rb->pages.by_pfn, later->alloc.pfn);
	if (soon->kind == MM_PAGE_FREE)
		page_prefetch(&rb->pages, page_by_pfn(&rb->pages, soon->alloc.pfn));
}

/* Whether the task that it tells of cannot be in the fault any more that it was in. */
static bool ends_fault(const struct mm_event *event)
{
	static const mm_kinds kinds = MM_KIND_BIT(MM_FAULT) | MM_KIND_BIT(MM_CALL) | MM_KIND_BIT(MM_CALL_DONE) |
				      MM_KIND_BIT(MM_TASK_NEW) | MM_KIND_BIT(MM_TASK_RENAME) |
				      MM_KIND_BIT(MM_TASK_EXEC) | MM_KIND_BIT(MM_TASK_EXIT) |
				      MM_KIND_BIT(MM_EXIT_MMAP) | MM_KIND_BIT(MM_VMA_STORE);

	return kinds & MM_KIND_BIT(event->kind);
}

/* A frame is free; maybe in an interrupt: it says nothing of the task. */
static void freed_event(struct rebuild *rb, const struct mm_event *event)
{
	kernel_free(rb, event);
	if (event->tid && event->alloc.has_pfn && event->alloc.order == 0) {
		if (rb->is_late)
			late_freed(rb, event->tid, event->alloc.pfn);
		page_freed(rb, event->alloc.pfn);
	}
}

/* Kinds for which it does not matter in which task's midst they came; task_event() is for the others. */
static const mm_kinds of_no_task = MM_KIND_BIT(MM_GAP) | MM_KIND_BIT(MM_MEMCG_STATE) | MM_KIND_BIT(MM_LRU_ACTIVATE) |
	MM_KIND_BIT(MM_LRU_INSERT) | MM_KIND_BIT(MM_MEMCG_COUNT) | MM_KIND_BIT(MM_CGROUP_MKDIR) |
	MM_KIND_BIT(MM_CGROUP_RMDIR) | MM_KIND_BIT(MM_COUNTER) | MM_KIND_BIT(MM_OOM_VICTIM) |
	MM_KIND_BIT(MM_CGROUP_ATTACH) | MM_KIND_BIT(MM_SNAPSHOT_TASK) | MM_KIND_BIT(MM_SNAPSHOT_RANGE) |
	MM_KIND_BIT(MM_SNAPSHOT_PAGES) | MM_KIND_BIT(MM_USED) | MM_KIND_BIT(MM_REGION) | MM_KIND_BIT(MM_MIGRATE_SET) |
	MM_KIND_BIT(MM_MIGRATE_REMOVE);

static void taskless_event(struct rebuild *rb, const struct mm_event *event)
{
	uint32_t task;

	if (event->kind == MM_MEMCG_STATE) {
		dirtied_event(rb, event);
	} else if (event->kind == MM_GAP) {
		dirtied_gap(rb);
		doubt_gap(rb, !event->gap.end_ns);
	}
	if (!event->tid)
		return;
	switch (event->kind) {
	case MM_LRU_ACTIVATE:
		cache_activated(rb, task_by_tid(rb, event->tid), event->lru.pfn);
		break;
	case MM_OOM_VICTIM:
		task = task_find(rb, event->victim.pid);
		if (task)
			task_at(rb, task)->killed_ns = event->time_ns;
		break;
	case MM_CGROUP_ATTACH:
		cgroup_event(rb, event);
		break;
	case MM_SNAPSHOT_TASK:
	case MM_SNAPSHOT_RANGE:
	case MM_SNAPSHOT_PAGES:
		snapshot_event(rb, event);
		break;
	case MM_USED:
		used_event(rb, event);
		break;
	case MM_REGION:
		region_event(rb, event);
		break;
	case MM_MIGRATE_SET:
	case MM_MIGRATE_REMOVE:
		migrate_event(rb, event);
		break;
	default:
		break;
	}
}

static void reclaim_begins(struct task *t, uint32_t cause)
{
	if (!t->reclaim_depth)
		t->reclaim_by = cause == MM_RECLAIM_MEMCG ? BY_LIMIT : BY_MACHINE;
	/* kswapd wakes again and again before it sleeps. */
	t->reclaim_depth = cause == MM_RECLAIM_KSWAPD ? 1 : t->reclaim_depth + 1;
}

static void reclaim_ends(struct task *t, uint32_t cause)
{
	if (cause == MM_RECLAIM_KSWAPD)
		t->reclaim_depth = 0;
	else if (t->reclaim_depth)
		t->reclaim_depth--;
	if (!t->reclaim_depth)
		t->reclaim_by = BY_REQUEST;
}

void rebuild_event(struct rebuild *rb, const struct mm_event *event)
{
	struct task *t;
	uint32_t task;

	rb->now_ns = event->time_ns;
	rb->now_tid = event->tid;
	rb->now_cpu = event->cpu;
	if (event->kind == MM_PAGE_FREE) {
		freed_event(rb, event);
		return;
	}
	if (of_no_task & MM_KIND_BIT(event->kind)) {
		taskless_event(rb, event);
		return;
	}
	if (event->tid == 0) {
		if (event->kind == MM_CACHE_ADD || event->kind == MM_CACHE_DELETE)
			cache_event(rb, 0, event);
		return;
	}
	task = task_by_tid(rb, event->tid);
	t = task_at(rb, task);
	task_leave_dead(rb, t);
	rb->now_by = t->reclaim_by;
	if (event->time_ns < t->snapshot_end_ns)
		snapshot_raced(rb, task);
	if (event->kind == MM_CACHE_MAP) {
		fault_window(rb, task, event);
		return;
	}
	if (event->kind == MM_PAGE_ALLOC) {
		/* No window will be told: what was held is not waiting for one. */
		if (t->held.is_held && !rb->has_windows)
			fault_flush(rb, task);
		kernel_alloc(rb, task, event);
		fault_alloc(rb, task, event);
		return;
	}
	if (t->held.is_held)
		fault_flush(rb, task);
	if (ends_fault(event))
		late_settle(rb, task);
	switch (event->kind) {
	case MM_FAULT:
		fault_begin(rb, task, event);
		break;
	case MM_RSS:
		rb->since_ns = t->last_ns;
		rss_event(rb, task, event);
		rb->since_ns = 0;
		break;
	case MM_CACHE_FAULT:
		fault_cache(rb, task, event);
		break;
	case MM_CACHE_ADD:
	case MM_CACHE_DELETE:
	case MM_CACHE_READ:
		cache_event(rb, task, event);
		break;
	case MM_CALL:
		call_begin(rb, task, event);
		break;
	case MM_CALL_DONE:
		call_end(rb, task, event);
		break;
	case MM_RECLAIM_BEGIN:
		reclaim_begins(t, event->reclaim.cause);
		break;
	case MM_RECLAIM_END:
		reclaim_flush(rb, task);
		reclaim_ends(t, event->reclaim.cause);
		break;
	case MM_WRITE_FOLIO:
		reclaim_written(rb, task, event->write_folio.pfn);
		break;
	case MM_VMA_STORE:
		image_stored(rb, task, event);
		break;
	default:
		task_event(rb, task, event);
		break;
	}
	t->last_ns = event->time_ns;
}

const struct snapshot_check *rebuild_snapshot_check(const struct rebuild *rb)
{
	return &rb->snapshot.check;
}

void rebuild_finish(struct rebuild *rb)
{
	regions_finish(rb);
	tasks_finish(rb);
	snapshot_finish(rb);
}

struct containers *rebuild_containers(struct rebuild *rb)
{
	return &rb->containers;
}

const struct judge *rebuild_judge(const struct rebuild *rb)
{
	return &rb->judge;
}

const struct doubts *rebuild_doubt(struct rebuild *rb)
{
	rb->doubt.is_changed |= rb->doubt.is_any && rb->doubt_seq != rb->seq;
	rb->doubt_seq = rb->seq;
	doubt_update(rb);
	return &rb->doubt;
}

const struct unmatched_count *rebuild_unmatched(const struct rebuild *rb)
{
	return rb->unmatched;
}

const char *unmatched_name(enum unmatched_kind kind)
{
	static const char *const names[UNMATCHED_NR] = {
		[UNMATCHED_UNMAP] = "unmap_never_mapped",
		[UNMATCHED_MAP] = "map_already_mapped",
		[UNMATCHED_SWAP_IN] = "swap_in_never_swapped_out",
		[UNMATCHED_RECLAIM] = "reclaim_of_unknown_page",
		[UNMATCHED_MIGRATE] = "migration_of_unknown_page",
		[UNMATCHED_TASK] = "task_never_born",
		[UNMATCHED_LEFT] = "left_mapped_at_end",
		[UNMATCHED_HIERARCHY] = "move_in_other_hierarchy",
		[UNMATCHED_RACE] = "event_during_snapshot",
		[UNMATCHED_USE] = "use_of_unknown_entry",
		[UNMATCHED_REGION] = "region_of_unknown_process",
		[UNMATCHED_END_MISSING] = "end_snapshot_not_known",
		[UNMATCHED_END_OTHER] = "end_snapshot_other_page",
		[UNMATCHED_END_EXTRA] = "end_snapshot_not_there",
	};

	assert(kind < UNMATCHED_NR);
	return names[kind];
}

uint64_t rebuild_peak_pages(const struct rebuild *rb)
{
	return rb->pages.peak_alive;
}

/* --- what worlds ask --- */

static const struct rebuild *of(const struct facts *facts)
{
	return (const struct rebuild *)facts;
}

static uint32_t nr_mms(const struct facts *facts)
{
	return of(facts)->nr_mms;
}

static void mm_answer(const struct facts *facts, uint32_t mm, struct mm_facts *answer)
{
	const struct mm *m = mm_at(of(facts), mm);

	*answer = (struct mm_facts){
		.is_alive = m->is_used, .container = m->container, .pid = m->pid,
		.parent_mm = mm_parent(of(facts), mm), .total_vm = m->vmas.pages,
	};
}

static const char *comm(const struct facts *facts, uint32_t mm)
{
	uint32_t task = map64_get(&of(facts)->task_by_tid, mm_at(of(facts), mm)->pid);

	return task ? task_at(of(facts), task)->comm : "";
}

static bool is_locked(const struct facts *facts, uint32_t page)
{
	const struct rebuild *rb = of(facts);

	for (uint32_t ref = page_at(&rb->pages, page)->rmap; ref; ref = ref_pte(&rb->pool, ref)->next) {
		struct mm *m = mm_at(rb, ref_leaf(&rb->pool, ref)->mm);
		const struct vma *vma = vma_find(&m->vmas, ref_vpn(&rb->pool, ref));

		if (vma && vma->is_locked)
			return true;
	}
	return false;
}

static void visit_entries(const struct facts *facts, uint32_t mm, entry_visitor *visit, void *context)
{
	page_table_visit(&mm_at(of(facts), mm)->table, visit, context);
}

static const struct facts_class rebuild_facts_class = {
	.nr_pages = facts_nr_pages,
	.nr_mms = nr_mms,
	.mm = mm_answer,
	.comm = comm,
	.is_dirty = facts_is_dirty,
	.place = facts_place,
	.page_at = facts_cached_at,
	.entry = facts_first_entry,
	.nr_entries = facts_nr_entries,
	.is_locked = is_locked,
	.visit = visit_entries,
};

const struct facts *rebuild_facts(const struct rebuild *rb)
{
	return &rb->base;
}

/* "name /system.slice/docker-1234.scope": what the recorder was told that it is called. */
static void know_names(struct rebuild *rb)
{
	const struct trace_info *info = event_source_info(rb->config.source);
	const size_t nr_key = strlen(FACT_NAME);

	for (size_t i = 0; i < info->nr_facts; i++) {
		if (strncmp(info->facts[i].key, FACT_NAME, nr_key) || !*info->facts[i].value)
			continue;
		xgrow(&rb->names, rb->containers.nr_known, &rb->names_capacity, sizeof(*rb->names));
		rb->names[rb->containers.nr_known++] =
			(struct known_name){ info->facts[i].key + nr_key, info->facts[i].value };
	}
	rb->containers.known = rb->names;
}

struct rebuild *rebuild_create(const struct rebuild_config *config)
{
	struct rebuild *rb = xcalloc(1, sizeof(*rb));

	rb->base = (struct facts){ .class = &rebuild_facts_class, .pages = &rb->pages, .pool = &rb->pool };
	rb->config = *config;
	rb->place = &rb->op;
	if (!config->place)
		rb->config.place = &rb->place;
	rb->page_shift = __builtin_ctz(config->page_size);
	rb->has_windows = event_source_info(config->source)->kinds & MM_KIND_BIT(MM_CACHE_MAP);
	rb->has_counters = event_source_info(config->source)->kinds & MM_KIND_BIT(MM_RSS);
	rb->is_late = !rb->has_counters;
	pages_init(&rb->pages);
	leaf_pool_init(&rb->pool);
	xgrow(&rb->mms, 0, &rb->mms_capacity, sizeof(*rb->mms));
	rb->mms[0] = xcalloc(1, sizeof(struct mm));
	rb->nr_mms = 1;
	xgrow(&rb->tasks, 0, &rb->tasks_capacity, sizeof(*rb->tasks));
	rb->tasks[0] = xcalloc(1, sizeof(struct task));
	rb->nr_tasks = 1;
	containers_init(&rb->containers);
	know_names(rb);
	return rb;
}
