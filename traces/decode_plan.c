// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields by name, and loads by offset. */
#include "traces/decode_plan.h"

#include "base/xalloc.h"
#include "traces/format_text.h"
#include "traces/load.h"

#include <stdlib.h>
#include <string.h>
#include <traceevent/event-parse.h>

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
			    const struct tracepoint_view *tracepoint, const struct tep_event *event,
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

static bool plan_call(struct decode_plan *plan, const struct format_target *target,
		      const struct tracepoint_view *call, const struct tep_event *event, const char **missing)
{
	const struct tep_format_field *field = event->format.fields;
	int i = 0;

	plan->kind = call->kind;
	plan->call = call->call;
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
	struct tracepoint_view view;

	*missing = "common_type";
	if (!type || type->offset || type->size != 2)
		return false;
	*missing = "common_pid";
	if (!tid || !set_field(&plan->tid, target, tid))
		return false;
	need_bytes(plan, tid->offset + tid->size);
	tracepoint_view(tracepoint, &view);
	if (!view.fields)
		return plan_call(plan, target, &view, event, missing);
	return plan_tracepoint(plan, target, &view, event, missing);
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
		.variant = view.variant,
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
