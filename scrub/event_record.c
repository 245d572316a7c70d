// SPDX-License-Identifier: GPL-2.0-or-later
/* Which tracepoint an event is of, what its format says, and its fields in that order. */
#include "scrub/event_record.h"

#include "base/memory_stream.h"
#include "base/xalloc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ID 100
#define COMMON_BYTES 8		/* type, flags, preempt count, pid */
#define VALUE_BYTES 8

/* Kinds that several tracepoints make, by the number that tells them apart in an event. */
static const struct {
	uint8_t kind, variant;
	const char *system, *name;
} variants[] = {
	{ MM_FAULT, false, "exceptions", "page_fault_user" },
	{ MM_FAULT, true, "exceptions", "page_fault_kernel" },
	{ MM_RECLAIM_BEGIN, MM_RECLAIM_DIRECT, "vmscan", "mm_vmscan_direct_reclaim_begin" },
	{ MM_RECLAIM_BEGIN, MM_RECLAIM_MEMCG, "vmscan", "mm_vmscan_memcg_reclaim_begin" },
	{ MM_RECLAIM_BEGIN, MM_RECLAIM_SOFTLIMIT, "vmscan", "mm_vmscan_memcg_softlimit_reclaim_begin" },
	{ MM_RECLAIM_BEGIN, MM_RECLAIM_KSWAPD, "vmscan", "mm_vmscan_kswapd_wake" },
	{ MM_RECLAIM_END, MM_RECLAIM_KSWAPD, "vmscan", "mm_vmscan_kswapd_sleep" },
	{ MM_RECLAIM_END, MM_RECLAIM_DIRECT, "vmscan", "mm_vmscan_direct_reclaim_end" },
	{ MM_RECLAIM_END, MM_RECLAIM_MEMCG, "vmscan", "mm_vmscan_memcg_reclaim_end" },
	{ MM_RECLAIM_END, MM_RECLAIM_SOFTLIMIT, "vmscan", "mm_vmscan_memcg_softlimit_reclaim_end" },
	{ MM_MEMCG_STATE, false, "memcg", "mod_memcg_state" },
	{ MM_MEMCG_STATE, true, "memcg", "mod_memcg_lruvec_state" },
};

void event_records_init(struct event_records *records, const struct event_traits *traits)
{
	struct tracepoint_view view;

	records->traits = *traits;
	memset(records->by_kind, 0xff, sizeof(records->by_kind));
	memset(records->by_call, 0xff, sizeof(records->by_call));
	for (int i = 0; tracepoint_view(i, &view); i++) {
		if (view.kind == MM_CALL || view.kind == MM_CALL_DONE)
			records->by_call[view.call][view.kind == MM_CALL_DONE] = i;
		else if (records->by_kind[view.kind][0] < 0)
			records->by_kind[view.kind][0] = i;
	}
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		records->by_kind[variants[i].kind][variants[i].variant] =
			tracepoint_find(variants[i].system, variants[i].name, strlen(variants[i].name));
}

static int tracepoint_of(const struct event_records *records, const struct mm_event *event)
{
	switch ((int)event->kind) {
	case MM_CALL:
	case MM_CALL_DONE:
		return records->by_call[event->call][event->kind == MM_CALL_DONE];
	case MM_FAULT:
		return records->by_kind[MM_FAULT][event->fault.is_kernel];
	case MM_RECLAIM_BEGIN:
	case MM_RECLAIM_END:
		return records->by_kind[event->kind][event->reclaim.cause % MM_NR_CAUSES];
	case MM_MEMCG_STATE:
		return records->by_kind[MM_MEMCG_STATE][event->memcg.is_lruvec];
	default:
		return records->by_kind[event->kind][0];
	}
}

/* Whether the recording's events hold field i of the tracepoint. */
static bool has_field(const struct event_records *records, const struct tracepoint_view *view, int i)
{
	const struct event_traits *traits = &records->traits;

	if (!view->fields)		/* six arguments, or one result */
		return i < (view->kind == MM_CALL ? 6 : 1);
	if (!view->fields[i])
		return false;
	if (!strncmp(view->fields[i], "mm_id", 5) || !strncmp(view->fields[i], "curr", 4))
		return traits->has_mm_id;
	return strncmp(view->fields[i], "group_dead", 10) || traits->has_group_dead;
}

/* The name of field i: "pfn|page" has another where pages are told by pointers. */
static void name_field(const struct event_records *records, const struct tracepoint_view *view, int i,
		       char name[32])
{
	const char *names = view->fields ? view->fields[i] : NULL;

	if (!names) {
		snprintf(name, 32, view->kind == MM_CALL ? "arg%d" : "ret", i);
		return;
	}
	if (strchr(names, '|') && !records->traits.has_pfn)
		names = strchr(names, '|') + 1;
	snprintf(name, 32, "%.*s", (int)strcspn(names, "|?"), names);
}

/* Names of tasks have a fixed place; paths stand behind all fields. */
static bool is_comm(const struct tracepoint_view *view)
{
	return strstr(view->text, "comm");
}

static bool is_signed(const struct tracepoint_view *view, const char *name)
{
	return view->kind == MM_CALL_DONE || !strcmp(name, "size") || !strcmp(name, "val");
}

static void add_field(FILE *out, const char *type, const char *name, const char *array, uint32_t offset, int size,
		      bool is_negative)
{
	fprintf(out, "\tfield:%s %s%s;\toffset:%u;\tsize:%d;\tsigned:%d;\n", type, name, array, offset, size,
		is_negative);
}

/* Returns new: what the kernel's file `format` would say. */
static char *format_text(const struct event_records *records, int tracepoint, const struct tracepoint_view *view)
{
	char *printed = xstrdup("");
	uint32_t offset = COMMON_BYTES;
	struct memory_stream stream;
	FILE *out = memory_stream_open(&stream);

	fprintf(out, "name: %s%s\nID: %d\nformat:\n", view->prefix, view->name, FIRST_ID + tracepoint);
	add_field(out, "unsigned short", "common_type", "", 0, 2, false);
	add_field(out, "unsigned char", "common_flags", "", 2, 1, false);
	add_field(out, "unsigned char", "common_preempt_count", "", 3, 1, false);
	add_field(out, "int", "common_pid", "", 4, 4, true);
	fputc('\n', out);
	if (!view->fields) {
		add_field(out, "u64", "__syscall_nr", "", offset, VALUE_BYTES, false);
		offset += VALUE_BYTES;
	}
	for (int i = 0; i < PLAN_MAX_FIELDS; i++) {
		char name[32], *longer;

		if (!has_field(records, view, i))
			continue;
		name_field(records, view, i, name);
		add_field(out, is_signed(view, name) ? "s64" : "u64", name, "", offset, VALUE_BYTES,
			  is_signed(view, name));
		offset += VALUE_BYTES;
		longer = xasprintf("%s, REC->%s", printed, name);
		free(printed);
		printed = longer;
	}
	if (view->text && is_comm(view))
		fprintf(out, "\tfield:char %.*s[16];\toffset:%u;\tsize:16;\tsigned:0;\n",
			(int)strcspn(view->text, "|?"), view->text, offset);
	else if (view->text)
		fprintf(out, "\tfield:__data_loc char[] %.*s;\toffset:%u;\tsize:4;\tsigned:0;\n",
			(int)strcspn(view->text, "|?"), view->text, offset);
	fprintf(out, "\nprint fmt: \"");
	for (const char *at = printed; (at = strchr(at, '>')); at++)
		fprintf(out, "%.*s=0x%%llx ", (int)strcspn(at + 1, ","), at + 1);
	fprintf(out, "\"%s\n", printed);
	free(printed);
	return memory_stream_close(&stream);
}

static bool is_wanted(const struct event_records *records, const struct tracepoint_view *view)
{
	if (!(records->traits.kinds & MM_KIND_BIT(view->kind)))
		return false;
	return (view->kind != MM_CALL && view->kind != MM_CALL_DONE) || records->traits.calls >> view->call & 1;
}

void event_records_formats(const struct event_records *records, struct dat_blob *section)
{
	struct tracepoint_view view;
	uint32_t nr_systems = 0;

	dat_blob_add_u32(section, 0);
	for (int i = 0; tracepoint_view(i, &view); i++) {
		char *text;

		if (!is_wanted(records, &view))
			continue;
		/* A system may come more than once: each time with one event. */
		text = format_text(records, i, &view);
		dat_blob_add_text(section, view.system);
		dat_blob_add_u32(section, 1);
		dat_blob_add_counted(section, text);
		free(text);
		nr_systems++;
	}
	memcpy(section->bytes, &nr_systems, sizeof(nr_systems));
}

/* The values that decode_plan_apply() reads, each at its number. */
static void fill_values(const struct event_records *records, const struct mm_event *event,
			uint64_t values[PLAN_MAX_FIELDS])
{
	switch ((enum mm_kind)event->kind) {
	case MM_FAULT:
		values[0] = event->fault.address;
		values[1] = event->fault.error_code;
		break;
	case MM_PAGE_ALLOC:
	case MM_PAGE_FREE:
		/* In a format with frames, all ones: there was no page. */
		values[0] = records->traits.has_pfn && !event->alloc.has_pfn ? UINT64_MAX : event->alloc.pfn;
		values[1] = event->alloc.order;
		values[2] = event->alloc.gfp_flags;
		break;
	case MM_RSS:
		values[0] = (uint64_t)(event->rss.pages * (int64_t)records->traits.page_size);
		values[1] = event->rss.member;
		values[2] = event->rss.mm_id;
		values[3] = event->rss.curr;
		break;
	case MM_CACHE_ADD:
	case MM_CACHE_DELETE:
	case MM_CACHE_MAP:
	case MM_CACHE_FAULT:
	case MM_CACHE_READ:
		values[0] = event->cache.ino;
		values[1] = event->cache.dev;
		values[2] = event->cache.index;
		values[3] = event->cache.last;
		values[4] = event->cache.pfn;
		values[5] = event->cache.order;
		break;
	case MM_LRU_INSERT:
	case MM_LRU_ACTIVATE:
		values[0] = event->lru.pfn;
		values[1] = event->lru.lru;
		break;
	case MM_EXIT_MMAP:
		values[0] = event->exit_mmap.mm;
		break;
	case MM_VMA_STORE:
		values[0] = event->vma.mm;
		values[1] = event->vma.begin;
		values[2] = event->vma.end - 1;		/* the kernel prints the last byte */
		values[3] = event->vma.vma;
		break;
	case MM_CALL:
		memcpy(values, event->call_args.args, sizeof(event->call_args.args));
		break;
	case MM_CALL_DONE:
		values[0] = (uint64_t)event->call_done.ret;
		break;
	case MM_TASK_NEW:
	case MM_TASK_RENAME:
	case MM_TASK_FORK:
	case MM_TASK_EXEC:
	case MM_TASK_EXIT:
	case MM_TASK_FREE:
		values[0] = event->task.pid;
		values[1] = event->task.parent;
		values[2] = event->task.clone_flags;
		values[3] = event->task.group_dead;
		break;
	case MM_CGROUP_ATTACH:
	case MM_CGROUP_MKDIR:
	case MM_CGROUP_RMDIR:
		values[0] = event->cgroup.id;
		values[1] = event->cgroup.pid;
		values[2] = event->cgroup.level;
		values[3] = event->cgroup.root;
		break;
	case MM_RECLAIM_BEGIN:
	case MM_RECLAIM_END:
		values[0] = event->reclaim.nr_reclaimed;
		values[1] = event->reclaim.order;
		break;
	case MM_WRITE_FOLIO:
		values[0] = event->write_folio.pfn;
		values[1] = event->write_folio.flags;
		break;
	case MM_MIGRATE_SET:
	case MM_MIGRATE_REMOVE:
		values[0] = event->migrate.address;
		values[1] = event->migrate.pte;
		values[2] = event->migrate.order;
		break;
	case MM_OOM_VICTIM:
		values[0] = event->victim.pid;
		values[1] = event->victim.total_vm;
		values[2] = event->victim.anon_rss;
		values[3] = event->victim.file_rss;
		values[4] = event->victim.shmem_rss;
		break;
	case MM_MEMCG_STATE:
	case MM_MEMCG_COUNT:
		values[0] = event->memcg.id;
		values[1] = (uint64_t)event->memcg.value;
		values[2] = event->memcg.item;
		break;
	case MM_REGION:
		values[0] = event->region.target;
		values[1] = event->region.nr;
		values[2] = event->region.begin;
		values[3] = event->region.end;
		values[4] = event->region.accesses;
		values[5] = event->region.age;
		break;
	case MM_SNAPSHOT_TASK:
	case MM_SNAPSHOT_RANGE:
	case MM_SNAPSHOT_PAGES:
	case MM_COUNTER:
	case MM_USED:
	case MM_GAP:
	case MM_NR_KINDS:
		break;
	}
}

uint32_t event_records_encode(const struct event_records *records, const struct mm_event *event,
			      const char *text, uint8_t record[EVENT_RECORD_BYTES])
{
	const int tracepoint = tracepoint_of(records, event);
	uint64_t values[PLAN_MAX_FIELDS] = { 0 };
	uint32_t at = COMMON_BYTES, length;
	struct tracepoint_view view;

	if (!tracepoint_view(tracepoint, &view))
		return 0;
	memset(record, 0, COMMON_BYTES + VALUE_BYTES);
	memcpy(record, &(uint16_t){ (uint16_t)(FIRST_ID + tracepoint) }, 2);
	memcpy(record + 4, &event->tid, 4);
	at += view.fields ? 0 : VALUE_BYTES;	/* the number of the call, which nobody reads */
	fill_values(records, event, values);
	for (int i = 0; i < PLAN_MAX_FIELDS; i++) {
		if (!has_field(records, &view, i))
			continue;
		memcpy(record + at, &values[i], VALUE_BYTES);
		at += VALUE_BYTES;
	}
	if (!view.text)
		return at;
	if (is_comm(&view)) {
		memcpy(record + at, event->task.comm, MM_COMM_BYTES);
		return at + MM_COMM_BYTES;
	}
	length = (uint32_t)strlen(text) + 1;
	assert(at + 4 + length <= EVENT_RECORD_BYTES);
	memcpy(record + at, &(uint32_t){ length << 16 | (at + 4) }, 4);
	memcpy(record + at + 4, text, length);
	return at + 4 + length;
}
