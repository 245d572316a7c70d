// SPDX-License-Identifier: GPL-2.0-or-later
/* Records to events, by their plans. */
#include "traces/decode_plan.h"

#include "traces/load.h"

#include <string.h>

static inline uint64_t value_of(const struct plan_field *field, const uint8_t *record, bool swap)
{
	uint64_t value = load_u64(record + field->offset, swap);

	if (swap)
		value >>= field->shift;
	return ((value & field->mask) ^ field->sign) - field->sign;
}

/* Where a text lies; what the record says of it is checked against the record. */
static size_t find_text(const struct decode_plan *plan, const uint8_t *record, uint32_t bytes,
			const char **text)
{
	uint32_t start = plan->text.offset, length = plan->text.bytes, where;

	if (plan->text.form == PLAN_TEXT_NONE)
		return 0;
	if (plan->text.form != PLAN_TEXT_ARRAY) {
		where = load_u32(record + start, plan->big_endian);
		start = (where & 0xffff) + (plan->text.form == PLAN_TEXT_REL_LOC ? start + 4 : 0);
		length = where >> 16;
	}
	if (start >= bytes)
		return 0;
	if (length > bytes - start)
		length = bytes - start;
	*text = (const char *)record + start;
	return strnlen(*text, length < PLAN_TEXT_BYTES ? length : PLAN_TEXT_BYTES);
}

static uint32_t text_id(const struct decode_plan *plan, const uint8_t *record, uint32_t bytes,
			struct strings *strings)
{
	const char *text = "";
	size_t length = find_text(plan, record, bytes, &text);

	return strings_add(strings, text, length);
}

static void copy_comm(const struct decode_plan *plan, const uint8_t *record, uint32_t bytes,
		      char comm[MM_COMM_BYTES])
{
	const char *text = "";
	size_t length = find_text(plan, record, bytes, &text);

	memcpy(comm, text, length < MM_COMM_BYTES ? length : MM_COMM_BYTES - 1);
}

#define VALUE(i) value_of(&plan->fields[i], record, swap)
#define PRESENT(i) (plan->present >> (i) & 1)

/*
 * What has a text is rare, and apart: so the others need no room for calls.
 */

static __attribute__((noinline)) void decode_program(const struct decode_plan *plan, const uint8_t *record,
						     uint32_t bytes, struct mm_event *event, struct strings *strings)
{
	const bool swap = plan->big_endian;

	event->task.pid = VALUE(0);
	event->task.parent = VALUE(1);
	event->task.name = text_id(plan, record, bytes, strings);
}

static __attribute__((noinline)) void decode_task(const struct decode_plan *plan, const uint8_t *record,
						  uint32_t bytes, struct mm_event *event)
{
	const bool swap = plan->big_endian;

	event->task.pid = VALUE(0);
	event->task.parent = VALUE(1);
	event->task.clone_flags = VALUE(2);
	event->task.group_dead = VALUE(3);
	event->task.has_group_dead = PRESENT(3);
	copy_comm(plan, record, bytes, event->task.comm);
}

static __attribute__((noinline)) void decode_cgroup(const struct decode_plan *plan, const uint8_t *record,
						    uint32_t bytes, struct mm_event *event, struct strings *strings)
{
	const bool swap = plan->big_endian;

	event->cgroup.id = VALUE(0);
	event->cgroup.pid = VALUE(1);
	event->cgroup.level = VALUE(2);
	event->cgroup.root = VALUE(3);
	event->cgroup.path = text_id(plan, record, bytes, strings);
}

static inline void decode(const struct decode_plan *plan, const uint8_t *record, uint32_t bytes,
			  struct mm_event *event, struct strings *strings, const bool swap)
{
	switch ((enum mm_kind)plan->kind) {
	case MM_FAULT:
		event->fault.address = VALUE(0);
		event->fault.error_code = VALUE(1);
		event->fault.is_kernel = plan->variant;
		break;
	case MM_PAGE_ALLOC:
	case MM_PAGE_FREE:
		event->alloc.pfn = VALUE(0);
		event->alloc.order = VALUE(1);
		event->alloc.gfp_flags = VALUE(2);
		/* All ones: the allocation failed. By its second name it is a pointer. */
		event->alloc.has_pfn = !(plan->second_name & 1) &&
				       event->alloc.pfn != plan->fields[0].mask;
		break;
	case MM_RSS:
		event->rss.pages = (int64_t)VALUE(0) >> plan->page_shift;
		event->rss.member = VALUE(1);
		event->rss.mm_id = VALUE(2);
		event->rss.has_mm_id = PRESENT(2);
		event->rss.curr = VALUE(3);
		break;
	case MM_CACHE_ADD:
	case MM_CACHE_DELETE:
	case MM_CACHE_MAP:
	case MM_CACHE_FAULT:
	case MM_CACHE_READ:
		event->cache.ino = VALUE(0);
		event->cache.dev = VALUE(1);
		event->cache.index = VALUE(2);
		event->cache.last = VALUE(PRESENT(3) ? 3 : 2);
		event->cache.pfn = VALUE(4);
		event->cache.order = VALUE(5);
		break;
	case MM_LRU_INSERT:
	case MM_LRU_ACTIVATE:
		event->lru.pfn = VALUE(0);
		event->lru.lru = VALUE(1);
		break;
	case MM_EXIT_MMAP:
		event->exit_mmap.mm = VALUE(0);
		break;
	case MM_VMA_STORE:
		event->vma.mm = VALUE(0);
		event->vma.begin = VALUE(1);
		event->vma.end = VALUE(2) + 1;	/* the kernel prints the last byte */
		event->vma.vma = VALUE(3);
		break;
	case MM_CALL:
		for (int i = 0; i < 6; i++)
			event->call_args.args[i] = VALUE(i);
		break;
	case MM_CALL_DONE:
		event->call_done.ret = VALUE(0);
		break;
	case MM_TASK_EXEC:
		decode_program(plan, record, bytes, event, strings);
		break;
	case MM_TASK_NEW:
	case MM_TASK_RENAME:
	case MM_TASK_FORK:
	case MM_TASK_EXIT:
	case MM_TASK_FREE:
		decode_task(plan, record, bytes, event);
		break;
	case MM_CGROUP_ATTACH:
	case MM_CGROUP_MKDIR:
	case MM_CGROUP_RMDIR:
		decode_cgroup(plan, record, bytes, event, strings);
		break;
	case MM_RECLAIM_BEGIN:
	case MM_RECLAIM_END:
		event->reclaim.nr_reclaimed = VALUE(0);
		event->reclaim.order = VALUE(1);
		event->reclaim.cause = plan->variant;
		break;
	case MM_WRITE_FOLIO:
		event->write_folio.pfn = VALUE(0);
		event->write_folio.flags = VALUE(1);
		break;
	case MM_MIGRATE_SET:
	case MM_MIGRATE_REMOVE:
		event->migrate.address = VALUE(0);
		event->migrate.pte = VALUE(1);
		event->migrate.order = VALUE(2);
		break;
	case MM_OOM_VICTIM:
		event->victim.pid = VALUE(0);
		event->victim.total_vm = VALUE(1);
		event->victim.anon_rss = VALUE(2);
		event->victim.file_rss = VALUE(3);
		event->victim.shmem_rss = VALUE(4);
		break;
	case MM_MEMCG_STATE:
	case MM_MEMCG_COUNT:
		event->memcg.id = VALUE(0);
		event->memcg.value = VALUE(1);
		event->memcg.item = VALUE(2);
		event->memcg.is_lruvec = plan->variant;
		break;
	case MM_REGION:
		event->region.target = VALUE(0);
		event->region.nr = VALUE(1);
		event->region.begin = VALUE(2);
		event->region.end = VALUE(3);
		event->region.accesses = VALUE(4);
		event->region.age = VALUE(5);
		break;
	case MM_SNAPSHOT_TASK:	/* of no tracepoint */
	case MM_SNAPSHOT_RANGE:
	case MM_SNAPSHOT_PAGES:
	case MM_COUNTER:
	case MM_USED:
	case MM_GAP:
	case MM_NR_KINDS:
		break;
	}
}

#undef VALUE
#undef PRESENT

void decode_any(const struct decode_plan *plan, const uint8_t *record, uint32_t bytes, struct mm_event *event,
		struct strings *strings)
{
	*event = (struct mm_event){
		.tid = value_of(&plan->tid, record, plan->big_endian),
		.kind = plan->kind,
		.call = plan->call,
	};
	if (plan->big_endian)
		decode(plan, record, bytes, event, strings, true);
	else
		decode(plan, record, bytes, event, strings, false);
}
