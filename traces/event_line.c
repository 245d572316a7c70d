// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields of every kind, in the order they are printed. */
#include "traces/event_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct line {
	char *text;
	size_t bytes;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
	size_t room = EVENT_LINE_BYTES - line->bytes;
	va_list args;
	int bytes;

	va_start(args, format);
	bytes = vsnprintf(line->text + line->bytes, room, format, args);
	va_end(args);
	if (bytes > 0)
		line->bytes += (size_t)bytes < room ? (size_t)bytes : room - 1;
}

static void add_text(struct line *line, const char *key, const char *text, size_t bytes)
{
	bytes = strnlen(text, bytes);
	add(line, " %s=\"", key);
	for (size_t i = 0; i < bytes; i++) {
		unsigned char byte = text[i];

		if (byte == '"' || byte == '\\')
			add(line, "\\%c", byte);
		else if (byte < ' ' || byte == 0x7f)
			add(line, "\\x%02x", byte);
		else
			add(line, "%c", byte);
	}
	add(line, "\"");
}

static const char *gap_reason(uint32_t reason)
{
	static const char *const names[] = {
		[MM_GAP_OVERRUN] = "overrun",
		[MM_GAP_DAMAGE] = "damage",
		[MM_GAP_FORMAT] = "format",
	};

	return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "unknown";
}

static const char *reclaim_cause(uint32_t cause)
{
	static const char *const names[] = {
		[MM_RECLAIM_DIRECT] = "direct",
		[MM_RECLAIM_MEMCG] = "memcg",
		[MM_RECLAIM_SOFTLIMIT] = "softlimit",
		[MM_RECLAIM_KSWAPD] = "kswapd",
	};

	return cause < sizeof(names) / sizeof(names[0]) ? names[cause] : "unknown";
}

static void add_time(struct line *line, const char *before, uint64_t ns)
{
	add(line, "%s%" PRIu64 ".%09" PRIu64, before, ns / 1000000000, ns % 1000000000);
}

static void add_gap(struct line *line, const struct event_source *source, const struct mm_gap *gap)
{
	const char *path = event_source_input(source, gap->input);

	add(line, " reason=%s", gap_reason(gap->reason));
	add_time(line, " begin=", gap->begin_ns);
	add_time(line, " end=", gap->end_ns);
	add(line, " lost=%" PRIu64 " bytes=%" PRIu64 " offset=0x%" PRIx64, gap->lost, gap->bytes,
	    gap->offset);
	add_text(line, "file", path, strlen(path));
}

static void add_rss(struct line *line, const struct mm_event *event)
{
	if (event->rss.member < MM_NR_MEMBERS)
		add(line, " member=%s", mm_member_name(event->rss.member));
	else
		add(line, " member=%u", event->rss.member);
	add(line, " pages=%" PRId64, event->rss.pages);
	if (event->rss.has_mm_id)
		add(line, " mm_id=%u curr=%d", event->rss.mm_id, event->rss.curr);
}

static void add_cache(struct line *line, const struct mm_event *event)
{
	add(line, " dev=%u:%u ino=%" PRIu64 " index=%" PRIu64, event->cache.dev >> 20,
	    event->cache.dev & 0xfffff, event->cache.ino, event->cache.index);
	if (event->kind == MM_CACHE_MAP || event->kind == MM_CACHE_READ)
		add(line, " last=%" PRIu64, event->cache.last);
	if (event->kind == MM_CACHE_ADD || event->kind == MM_CACHE_DELETE)
		add(line, " pfn=0x%" PRIx64 " order=%u", event->cache.pfn, event->cache.order);
}

static void add_task(struct line *line, const struct event_source *source,
		     const struct mm_event *event)
{
	const char *name = event_source_string(source, event->task.name);

	add(line, " pid=%u", event->task.pid);
	if (event->kind == MM_TASK_FORK)
		add(line, " parent=%u", event->task.parent);
	if (event->kind == MM_TASK_NEW)
		add(line, " clone_flags=0x%" PRIx64, event->task.clone_flags);
	if (event->kind == MM_TASK_EXIT && event->task.has_group_dead)
		add(line, " group_dead=%d", event->task.group_dead);
	if (event->kind == MM_TASK_EXEC) {
		add(line, " old_pid=%u", event->task.parent);
		add_text(line, "filename", name, strlen(name));
	} else {
		add_text(line, "comm", event->task.comm, MM_COMM_BYTES);
	}
}

static void add_cgroup(struct line *line, const struct event_source *source,
		       const struct mm_event *event)
{
	const char *path = event_source_string(source, event->cgroup.path);

	add(line, " root=%u id=%" PRIu64 " level=%u", event->cgroup.root, event->cgroup.id,
	    event->cgroup.level);
	if (event->kind == MM_CGROUP_ATTACH)
		add(line, " pid=%u", event->cgroup.pid);
	add_text(line, "path", path, strlen(path));
}

static void add_snapshot(struct line *line, const struct event_source *source, const struct mm_event *event)
{
	static const char *const frames[MM_NR_FRAMES] = { "anon", "file", "shmem", "swap" };
	const char *text;

	switch (event->kind) {
	case MM_SNAPSHOT_TASK:
		add(line, " at=%s tgid=%u parent=%u root=%u id=%" PRIu64, event->snapshot_task.is_end ? "end" : event->snapshot_task.is_place ? "place" : "begin",
		    event->snapshot_task.tgid, event->snapshot_task.parent, event->snapshot_task.root,
		    event->snapshot_task.cgroup_id);
		text = event_source_string(source, event->snapshot_task.comm);
		add_text(line, "comm", text, strlen(text));
		text = event_source_string(source, event->snapshot_task.path);
		add_text(line, "path", text, strlen(text));
		break;
	case MM_SNAPSHOT_RANGE:
		add(line, " vpn=0x%" PRIx64 " end=0x%" PRIx64 " flags=0x%x dev=%u:%u ino=%" PRIu64 " index=%" PRIu64,
		    event->snapshot_range.begin, event->snapshot_range.end, event->snapshot_range.flags,
		    event->snapshot_range.dev >> 20, event->snapshot_range.dev & 0xfffff, event->snapshot_range.ino,
		    event->snapshot_range.first_index);
		break;
	default:
		add(line, " vpn=0x%" PRIx64 " nr=%u frame=%s pfn=0x%" PRIx64, event->snapshot_pages.vpn,
		    event->snapshot_pages.nr, frames[event->snapshot_pages.frame], event->snapshot_pages.pfn);
		break;
	}
}

static void add_fields(struct line *line, const struct event_source *source,
		       const struct mm_event *event)
{
	const char *text;

	switch ((enum mm_kind)event->kind) {
	case MM_GAP:
		add_gap(line, source, &event->gap);
		break;
	case MM_FAULT:
		add(line, " address=0x%" PRIx64 " error_code=0x%x mode=%s", event->fault.address,
		    event->fault.error_code, event->fault.is_kernel ? "kernel" : "user");
		break;
	case MM_PAGE_ALLOC:
	case MM_PAGE_FREE:
		add(line, " %s=0x%" PRIx64 " order=%u", event->alloc.has_pfn ? "pfn" : "page",
		    event->alloc.pfn, event->alloc.order);
		if (event->kind == MM_PAGE_ALLOC)
			add(line, " gfp_flags=0x%x", event->alloc.gfp_flags);
		break;
	case MM_RSS:
		add_rss(line, event);
		break;
	case MM_CACHE_ADD:
	case MM_CACHE_DELETE:
	case MM_CACHE_MAP:
	case MM_CACHE_FAULT:
	case MM_CACHE_READ:
		add_cache(line, event);
		break;
	case MM_LRU_INSERT:
	case MM_LRU_ACTIVATE:
		add(line, " pfn=0x%" PRIx64, event->lru.pfn);
		if (event->kind == MM_LRU_INSERT)
			add(line, " lru=%u", event->lru.lru);
		break;
	case MM_EXIT_MMAP:
		add(line, " mm=0x%" PRIx64, event->exit_mmap.mm);
		break;
	case MM_VMA_STORE:
		add(line, " mm=0x%" PRIx64 " begin=0x%" PRIx64 " end=0x%" PRIx64, event->vma.mm,
		    event->vma.begin, event->vma.end);
		break;
	case MM_CALL:
		add(line, " call=%s args=", mm_call_name(event->call));
		for (int i = 0; i < 6; i++)
			add(line, "%s0x%" PRIx64, i ? "," : "", event->call_args.args[i]);
		break;
	case MM_CALL_DONE:
		add(line, " call=%s ret=0x%" PRIx64, mm_call_name(event->call),
		    (uint64_t)event->call_done.ret);
		break;
	case MM_TASK_NEW:
	case MM_TASK_RENAME:
	case MM_TASK_FORK:
	case MM_TASK_EXEC:
	case MM_TASK_EXIT:
	case MM_TASK_FREE:
		add_task(line, source, event);
		break;
	case MM_CGROUP_ATTACH:
	case MM_CGROUP_MKDIR:
	case MM_CGROUP_RMDIR:
		add_cgroup(line, source, event);
		break;
	case MM_RECLAIM_BEGIN:
		add(line, " cause=%s order=%u", reclaim_cause(event->reclaim.cause),
		    event->reclaim.order);
		break;
	case MM_RECLAIM_END:
		add(line, " cause=%s nr_reclaimed=%" PRIu64, reclaim_cause(event->reclaim.cause),
		    event->reclaim.nr_reclaimed);
		break;
	case MM_WRITE_FOLIO:
		add(line, " pfn=0x%" PRIx64 " flags=0x%x", event->write_folio.pfn,
		    event->write_folio.flags);
		break;
	case MM_MIGRATE_SET:
	case MM_MIGRATE_REMOVE:
		add(line, " address=0x%" PRIx64 " pte=0x%" PRIx64 " order=%u",
		    event->migrate.address, event->migrate.pte, event->migrate.order);
		break;
	case MM_OOM_VICTIM:
		add(line, " pid=%u total_vm_kb=%" PRIu64 " anon_rss_kb=%" PRIu64
		    " file_rss_kb=%" PRIu64 " shmem_rss_kb=%" PRIu64, event->victim.pid,
		    event->victim.total_vm, event->victim.anon_rss, event->victim.file_rss,
		    event->victim.shmem_rss);
		break;
	case MM_MEMCG_STATE:
	case MM_MEMCG_COUNT:
		add(line, " id=%" PRIu64 " item=%u value=%" PRId64, event->memcg.id,
		    event->memcg.item, event->memcg.value);
		if (event->kind == MM_MEMCG_STATE)
			add(line, " lruvec=%d", event->memcg.is_lruvec);
		break;
	case MM_REGION:
		add(line, " target=%" PRIu64 " nr=%u begin=0x%" PRIx64 " end=0x%" PRIx64 " accesses=%u age=%u",
		    event->region.target, event->region.nr, event->region.begin, event->region.end,
		    event->region.accesses, event->region.age);
		break;
	case MM_SNAPSHOT_TASK:
	case MM_SNAPSHOT_RANGE:
	case MM_SNAPSHOT_PAGES:
		add_snapshot(line, source, event);
		break;
	case MM_COUNTER:
		text = event_source_string(source, event->counter.path);
		add_text(line, "path", text, strlen(text));
		add(line, " id=%" PRIu64, event->counter.cgroup_id);
		text = event_source_string(source, event->counter.name);
		add_text(line, "name", text, strlen(text));
		add(line, " value=%" PRIu64, event->counter.value);
		break;
	case MM_USED:
		add(line, " vpn=0x%" PRIx64 " nr=%u", event->used.vpn, event->used.nr);
		add_time(line, " since=", event->used.since_ns);
		break;
	case MM_NR_KINDS:
		break;
	}
}

size_t event_line_format(const struct event_source *source, const struct mm_event *event,
			 char line[EVENT_LINE_BYTES])
{
	struct line text = { .text = line };

	add_time(&text, "", event->time_ns);
	if (event->kind == MM_GAP && event->cpu == MM_ANY_CPU)
		add(&text, " cpu=any tid=%u %s", event->tid, mm_kind_name(event->kind));
	else
		add(&text, " cpu=%u tid=%u %s", event->cpu, event->tid, mm_kind_name(event->kind));
	add_fields(&text, source, event);
	return text.bytes;
}
