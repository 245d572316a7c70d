// SPDX-License-Identifier: GPL-2.0-or-later
/* Tracepoints of interest, their fields by name, and loads by offset. */
#include "traces/decode_plan.h"

#include "base/xalloc.h"
#include "traces/format_text.h"
#include "traces/load.h"

#include <stdlib.h>
#include <string.h>
#include <traceevent/event-parse.h>

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
						  known->fields, known->text };
	} else {
		*view = (struct tracepoint_view){ "syscalls", call % 2 ? "sys_exit_" : "sys_enter_",
						  mm_call_name(call / 2 + 1), call % 2 ? MM_CALL_DONE : MM_CALL,
						  call / 2 + 1, NULL, NULL };
	}
	return true;
}

uint32_t header_page_commit_bytes(const struct format_target *target, const char *text,
				  size_t bytes)
{
	struct tep_handle *tep = xneed(tep_alloc());
	char *fields = format_text_fields(text, bytes);
	size_t nr = strlen(fields);
	int size = 0;

	tep_set_loglevel(TEP_LOG_NONE);
	if (nr && !tep_parse_header_page(tep, fields, nr, target->long_bytes))
		size = tep_get_header_page_size(tep);
	tep_free(tep);
	free(fields);
	return size == 4 || size == 8 ? size : 0;
}

static bool set_field(struct plan_field *field, const struct format_target *target,
		      const struct tep_format_field *format)
{
	uint32_t bits = (uint32_t)format->size * 8;

	if (format->offset < 0 || format->offset > UINT16_MAX - 8 ||
	    (format->size != 1 && format->size != 2 && format->size != 4 && format->size != 8))
		return false;
	field->offset = format->offset;
	field->mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	field->sign = format->flags & TEP_FIELD_IS_SIGNED ? UINT64_C(1) << (bits - 1) : 0;
	field->shift = target->big_endian ? 64 - bits : 0;
	return true;
}

static void need_bytes(struct decode_plan *plan, uint32_t bytes)
{
	if (plan->min_bytes < bytes)
		plan->min_bytes = bytes;
}

static const struct tep_format_field *find_field(const struct tep_format_field *fields,
						 const char *name, size_t bytes)
{
	for (; fields; fields = fields->next) {
		if (!strncmp(fields->name, name, bytes) && !fields->name[bytes])
			return fields;
	}
	return NULL;
}

/* Finds "new|old?"; *second: it was found by its old name. */
static const struct tep_format_field *find_named(const struct tep_event *event, const char *names,
						 bool *second)
{
	size_t bytes = strcspn(names, "|?");
	const struct tep_format_field *field = find_field(event->format.fields, names, bytes);

	*second = !field && names[bytes] == '|';
	if (*second) {
		names += bytes + 1;
		field = find_field(event->format.fields, names, strcspn(names, "?"));
	}
	return field;
}

static bool is_optional(const char *names)
{
	return strchr(names, '?');
}

static bool plan_text(struct decode_plan *plan, const struct tep_event *event, const char *names)
{
	bool second;
	const struct tep_format_field *field = find_named(event, names, &second);

	if (!field || field->offset < 0 || field->size < 1 ||
	    field->offset > UINT16_MAX - 8 || field->size > UINT16_MAX - 8 - field->offset)
		return is_optional(names);
	plan->text.offset = field->offset;
	plan->text.bytes = field->size;
	plan->text.form = !(field->flags & TEP_FIELD_IS_DYNAMIC) ? PLAN_TEXT_ARRAY :
			  field->flags & TEP_FIELD_IS_RELATIVE ? PLAN_TEXT_REL_LOC :
			  PLAN_TEXT_DATA_LOC;
	if (plan->text.form != PLAN_TEXT_ARRAY && field->size != 4)
		plan->text.form = PLAN_TEXT_NONE;
	else
		need_bytes(plan, plan->text.offset + plan->text.bytes);
	return true;
}

static bool plan_tracepoint(struct decode_plan *plan, const struct format_target *target,
			    const struct tracepoint *tracepoint, const struct tep_event *event,
			    const char **missing)
{
	plan->kind = tracepoint->kind;
	plan->variant = tracepoint->variant;
	for (int i = 0; i < PLAN_MAX_FIELDS; i++) {
		const struct tep_format_field *field;
		bool second;

		if (!tracepoint->fields[i])
			continue;
		field = find_named(event, tracepoint->fields[i], &second);
		if (field && set_field(&plan->fields[i], target, field)) {
			plan->present |= 1u << i;
			plan->second_name |= (unsigned int)second << i;
			need_bytes(plan, field->offset + field->size);
		} else if (!is_optional(tracepoint->fields[i])) {
			*missing = tracepoint->fields[i];
			return false;
		}
	}
	if (tracepoint->text && !plan_text(plan, event, tracepoint->text)) {
		*missing = tracepoint->text;
		return false;
	}
	return true;
}

static bool plan_call(struct decode_plan *plan, const struct format_target *target, int number,
		      const struct tep_event *event, const char **missing)
{
	const struct tep_format_field *field = event->format.fields;
	int i = 0;

	plan->kind = number % 2 ? MM_CALL_DONE : MM_CALL;
	plan->call = number / 2 + 1;
	if (field && (!strcmp(field->name, "__syscall_nr") || !strcmp(field->name, "nr")))
		field = field->next;
	for (; field && i < 6; field = field->next, i++) {
		if (!set_field(&plan->fields[i], target, field)) {
			*missing = "an argument";
			return false;
		}
		need_bytes(plan, field->offset + field->size);
	}
	*missing = "ret";
	return plan->kind == MM_CALL || i;
}

static bool plan_event(struct decode_plan *plan, const struct format_target *target,
		       int tracepoint, const struct tep_event *event, const char **missing)
{
	const struct tep_format_field *common = event->format.common_fields;
	const struct tep_format_field *type = find_field(common, "common_type", 11);
	const struct tep_format_field *tid = find_field(common, "common_pid", 10);

	*missing = "common_type";
	if (!type || type->offset || type->size != 2)
		return false;
	*missing = "common_pid";
	if (!tid || !set_field(&plan->tid, target, tid))
		return false;
	need_bytes(plan, tid->offset + tid->size);
	if (tracepoint >= NR_TRACEPOINTS)
		return plan_call(plan, target, tracepoint - NR_TRACEPOINTS, event, missing);
	return plan_tracepoint(plan, target, &tracepoints[tracepoint], event, missing);
}

bool decode_plan_compile(struct decode_plan *plan, const struct format_target *target,
			 int tracepoint, const char *text, size_t bytes, const char **missing)
{
	struct tep_handle *tep;
	char *fields, *format;
	bool done = false;

	*plan = (struct decode_plan){
		.big_endian = target->big_endian,
		.page_shift = __builtin_ctz(target->page_bytes),
	};
	*missing = "its fields";
	if (bytes > 1 << 20)
		return false;
	tep = xneed(tep_alloc());
	/* Print formats, most of what there is to parse, are not needed; some is insisted on. */
	fields = format_text_fields(text, bytes);
	format = xasprintf("name: event\nID: 1\nformat:\n%s\nprint fmt: \"\"\n", fields);
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_file_bigendian(tep, target->big_endian ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	tep_set_long_size(tep, target->long_bytes);
	if (!tep_parse_event(tep, format, strlen(format), "recount") && tep_get_first_event(tep))
		done = plan_event(plan, target, tracepoint, tep_get_first_event(tep), missing);
	tep_free(tep);
	free(format);
	free(fields);
	return done;
}

void decode_plan_of_values(struct decode_plan *plan, uint32_t page_bytes, int tracepoint)
{
	struct tracepoint_view view;

	tracepoint_view(tracepoint, &view);
	*plan = (struct decode_plan){
		.kind = view.kind,
		.call = view.call,
		.variant = tracepoint < NR_TRACEPOINTS ? tracepoints[tracepoint].variant : 0,
		.page_shift = __builtin_ctz(page_bytes),
		.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		.min_bytes = offsetof(struct plan_values, text),
		.tid = { .mask = UINT64_MAX, .offset = offsetof(struct plan_values, tid) },
		.text = { .offset = offsetof(struct plan_values, text), .bytes = PLAN_TEXT_BYTES,
			  .form = view.text ? PLAN_TEXT_ARRAY : PLAN_TEXT_NONE },
	};
	for (int i = 0; i < PLAN_MAX_FIELDS; i++)
		plan->fields[i] = (struct plan_field){
			.mask = UINT64_MAX, .offset = offsetof(struct plan_values, fields) + i * sizeof(uint64_t) };
}

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

void decode_plan_apply(const struct decode_plan *plan, const uint8_t *record, uint32_t bytes,
		       struct mm_event *event, struct strings *strings)
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
