// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The events of older kernels, and what can be driven by them.
 *
 * A recording is made for each: the format of every event, from its fields in
 * include/trace/events/ of that release laid out as the kernel does, and one record.
 * What comes out is compared with the values that went in, in the words of
 * `recount events`.  Real recordings are compared elsewhere (6.1 and 6.18).
 */
#include "base/xalloc.h"
#include "cmd/drives.h"
#include "tests/unit/test.h"
#include "tests/unit/traces_recording.h"
#include "traces/event_line.h"
#include "traces/event_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_EVENTS 24
#define FIRST_ID 300
#define TID 77

struct event_case {
	const char *system, *name;
	const char *fields;	/* "type name; type name": C's, as in TP_STRUCT__entry */
	const char *values;	/* one a field, in order; a text for a char */
	const char *line;	/* after time, CPU and task */
};

struct kernel_case {
	const char *name;
	struct event_case events[MAX_EVENTS];
	const char *rss, *ubc, *memcg;	/* how well it drives them; ubc wants system calls, not made here */
};

/* --- the same in all of them --- */

#define FAULT \
	{ "exceptions", "page_fault_user", "unsigned long address; unsigned long ip; unsigned long error_code", \
	  "0x7f5fc9210000 0x401000 0x6", "page_fault address=0x7f5fc9210000 error_code=0x6 mode=user" }
#define PAGE_FREE \
	{ "kmem", "mm_page_free", "unsigned long pfn; unsigned int order", "0x2975 0", \
	  "mm_page_free pfn=0x2975 order=0" }
#define NEWTASK \
	{ "task", "task_newtask", "pid_t pid; char comm[16]; unsigned long clone_flags; short oom_score_adj", \
	  "121 sh 0x1200000 0", "task_newtask pid=121 clone_flags=0x1200000 comm=\"sh\"" }
#define RENAME \
	{ "task", "task_rename", "pid_t pid; char oldcomm[16]; char newcomm[16]; short oom_score_adj", \
	  "121 sh forkcow 0", "task_rename pid=121 comm=\"forkcow\"" }
#define FORK \
	{ "sched", "sched_process_fork", "char parent_comm[16]; pid_t parent_pid; char child_comm[16]; pid_t child_pid", \
	  "sh 120 sh 121", "sched_process_fork pid=121 parent=120 comm=\"sh\"" }
#define EXEC \
	{ "sched", "sched_process_exec", "__data_loc char[] filename; pid_t pid; pid_t old_pid", \
	  "/bin/forkcow 121 121", "sched_process_exec pid=121 old_pid=121 filename=\"/bin/forkcow\"" }
#define EXIT \
	{ "sched", "sched_process_exit", "char comm[16]; pid_t pid; int prio", "forkcow 121 120", \
	  "sched_process_exit pid=121 comm=\"forkcow\"" }

/* --- what changed, by the release that changed it --- */

/* gfp_flags became a long in 6.0 */
#define ALLOC_54 \
	{ "kmem", "mm_page_alloc", "unsigned long pfn; unsigned int order; gfp_t gfp_flags; int migratetype", \
	  "0x2931 0 0x140cca 1", "mm_page_alloc pfn=0x2931 order=0 gfp_flags=0x140cca" }
#define ALLOC_60 \
	{ "kmem", "mm_page_alloc", "unsigned long pfn; unsigned int order; unsigned long gfp_flags; int migratetype", \
	  "0x2931 0 0x140cca 1", "mm_page_alloc pfn=0x2931 order=0 gfp_flags=0x140cca" }
/* rss_stat came in 5.5 */
#define RSS_55 \
	{ "kmem", "rss_stat", "unsigned int mm_id; unsigned int curr; int member; long size", \
	  "3038973203 1 1 61440", "rss_stat member=anon pages=15 mm_id=3038973203 curr=1" }
#define RSS_NEGATIVE \
	{ "kmem", "rss_stat", "unsigned int mm_id; unsigned int curr; int member; long size", \
	  "3038973203 1 0 -634880", "rss_stat member=file pages=-155 mm_id=3038973203 curr=1" }
/* order came in 5.18 */
#define CACHE_54 \
	{ "filemap", "mm_filemap_add_to_page_cache", \
	  "unsigned long pfn; unsigned long i_ino; unsigned long index; dev_t s_dev", \
	  "0x292d 53 0x4e 266338304", \
	  "mm_filemap_add_to_page_cache dev=254:0 ino=53 index=78 pfn=0x292d order=0" }
#define CACHE_518 \
	{ "filemap", "mm_filemap_add_to_page_cache", \
	  "unsigned long pfn; unsigned long i_ino; unsigned long index; dev_t s_dev; unsigned char order", \
	  "0x292d 53 0x40 266338304 3", \
	  "mm_filemap_add_to_page_cache dev=254:0 ino=53 index=64 pfn=0x292d order=3" }
#define CACHE_DELETE_54 \
	{ "filemap", "mm_filemap_delete_from_page_cache", \
	  "unsigned long pfn; unsigned long i_ino; unsigned long index; dev_t s_dev", \
	  "0x292d 53 0x4e 266338304", \
	  "mm_filemap_delete_from_page_cache dev=254:0 ino=53 index=78 pfn=0x292d order=0" }
/* a page became a folio in 5.16, the list an enum in 5.12 */
#define LRU_54 \
	{ "pagemap", "mm_lru_insertion", "struct page * page; unsigned long pfn; int lru; unsigned long flags", \
	  "0xffffea0000a4c400 0x2931 1 9", "mm_lru_insertion pfn=0x2931 lru=1" }
#define LRU_516 \
	{ "pagemap", "mm_lru_insertion", "struct folio * folio; unsigned long pfn; enum lru_list lru; unsigned long flags", \
	  "0xffffea0000a4c400 0x2931 1 9", "mm_lru_insertion pfn=0x2931 lru=1" }
/* the number of a cgroup grew to 64 bits in 5.5 */
#define ATTACH_54 \
	{ "cgroup", "cgroup_attach_task", \
	  "int dst_root; int dst_id; int dst_level; int pid; __data_loc char[] dst_path; __data_loc char[] comm", \
	  "1 56 2 121 /lab/web sh", "cgroup_attach_task root=1 id=56 level=2 pid=121 path=\"/lab/web\"" }
#define ATTACH_55 \
	{ "cgroup", "cgroup_attach_task", \
	  "int dst_root; int dst_level; u64 dst_id; int pid; __data_loc char[] dst_path; __data_loc char[] comm", \
	  "0 2 0x500000038 121 /lab/web sh", \
	  "cgroup_attach_task root=0 id=21474836536 level=2 pid=121 path=\"/lab/web\"" }
#define RECLAIM_54 \
	{ "vmscan", "mm_vmscan_memcg_reclaim_begin", "int order; gfp_t gfp_flags", "0 0x140cca", \
	  "reclaim_begin cause=memcg order=0" }
#define RECLAIM_60 \
	{ "vmscan", "mm_vmscan_memcg_reclaim_begin", "int order; unsigned long gfp_flags", "0 0x140cca", \
	  "reclaim_begin cause=memcg order=0" }
/* mm_vmscan_writepage until 5.17 */
#define WRITE_54 \
	{ "vmscan", "mm_vmscan_writepage", "unsigned long pfn; int reclaim_flags", "0xbfe48 17", \
	  "mm_vmscan_write_folio pfn=0xbfe48 flags=0x11" }
#define WRITE_518 \
	{ "vmscan", "mm_vmscan_write_folio", "unsigned long pfn; int reclaim_flags", "0xbfe48 17", \
	  "mm_vmscan_write_folio pfn=0xbfe48 flags=0x11" }
/* the victim's memory came in 6.9, and to some stable releases */
#define VICTIM_54 \
	{ "oom", "mark_victim", "int pid", "121", \
	  "mark_victim pid=121 total_vm_kb=0 anon_rss_kb=0 file_rss_kb=0 shmem_rss_kb=0" }
#define VICTIM_69 \
	{ "oom", "mark_victim", \
	  "int pid; __data_loc char[] comm; unsigned long total_vm; unsigned long anon_rss; unsigned long file_rss; " \
	  "unsigned long shmem_rss; uid_t uid; unsigned long pgtables; short oom_score_adj", \
	  "121 hog 33144 16004 640 0 0 96 0", \
	  "mark_victim pid=121 total_vm_kb=33144 anon_rss_kb=16004 file_rss_kb=640 shmem_rss_kb=0" }
/* 5.18 */
#define MIGRATE_518 \
	{ "migrate", "set_migration_pte", "unsigned long addr; unsigned long pte; int order", \
	  "0x7f26a8400000 0x8000000011600847 0", \
	  "set_migration_pte address=0x7f26a8400000 pte=0x8000000011600847 order=0" }
/* 6.1 */
#define EXIT_MMAP_61 \
	{ "mmap", "exit_mmap", "struct mm_struct * mm; struct maple_tree * mt", \
	  "0xffff888003c57600 0xffff888003c57600", "exit_mmap mm=0xffff888003c57600" }
#define STORE_61 \
	{ "mmap", "vma_store", \
	  "struct maple_tree * mt; struct vm_area_struct * vma; unsigned long vm_start; unsigned long vm_end", \
	  "0xffff888003c57600 0xffff888005661b48 4194304 4198399", \
	  "vma_store mm=0xffff888003c57600 begin=0x400000 end=0x401000" }
/* 6.12 */
#define MAP_PAGES_612 \
	{ "filemap", "mm_filemap_map_pages", "unsigned long i_ino; dev_t s_dev; unsigned long index; unsigned long last_index", \
	  "53 266338304 0x43 0x52", "mm_filemap_map_pages dev=254:0 ino=53 index=67 last=82" }
#define GET_PAGES_612 \
	{ "filemap", "mm_filemap_get_pages", "unsigned long i_ino; dev_t s_dev; unsigned long index; unsigned long last_index", \
	  "53 266338304 0 31", "mm_filemap_get_pages dev=254:0 ino=53 index=0 last=31" }
#define CACHE_FAULT_612 \
	{ "filemap", "mm_filemap_fault", "unsigned long i_ino; dev_t s_dev; unsigned long index", \
	  "53 266338304 0x47", "mm_filemap_fault dev=254:0 ino=53 index=71" }

#define REGION_515 \
	{ "damon", "damon_aggregated", \
	  "unsigned long target_id; unsigned int nr_regions; unsigned long start; unsigned long end; unsigned int nr_accesses", \
	  "0xffff888101234500 12 0x400000 0x539000 3", \
	  "damon_aggregated target=18446612686384088320 nr=12 begin=0x400000 end=0x539000 accesses=3 age=0" }
#define REGION_517 \
	{ "damon", "damon_aggregated", "unsigned long target_id; unsigned int nr_regions; unsigned long start; " \
	  "unsigned long end; unsigned int nr_accesses; unsigned int age", "1 12 0x400000 0x539000 3 20", \
	  "damon_aggregated target=1 nr=12 begin=0x400000 end=0x539000 accesses=3 age=20" }

#define NO_CALLS "; without sys_enter/exit_mmap, munmap, brk; without sys_enter/exit_madvise, mremap"
#define NO_WINDOWS "; without mm_filemap_map_pages"
#define NO_READS "partly: without mm_filemap_get_pages"

static const struct kernel_case kernels[] = {
	/* Before 4.1 pages are pointers; and rss_stat as some vendors had it before 5.5. */
	{ "3.16 of a vendor", {
		FAULT, NEWTASK, EXEC, EXIT, PAGE_FREE,
		{ "kmem", "mm_page_alloc", "struct page * page; unsigned int order; gfp_t gfp_flags; int migratetype",
		  "0xffffea0000a4c400 0 0x280da 2", "mm_page_alloc page=0xffffea0000a4c400 order=0 gfp_flags=0x280da" },
		{ "kmem", "rss_stat", "int member; long size", "1 61440", "rss_stat member=anon pages=15" },
		{ "filemap", "mm_filemap_add_to_page_cache",
		  "struct page * page; unsigned long i_ino; unsigned long index; dev_t s_dev",
		  "0xffffea0000a4c440 53 0x4e 266338304",
		  "mm_filemap_add_to_page_cache dev=254:0 ino=53 index=78 pfn=0xffffea0000a4c440 order=0" } },
	  "partly: without mm_filemap_map_pages", "no", NULL },
	{ "5.4", {
		FAULT, ALLOC_54, PAGE_FREE, CACHE_54, CACHE_DELETE_54, LRU_54, NEWTASK, RENAME, FORK, EXEC, EXIT,
		ATTACH_54, RECLAIM_54, WRITE_54, VICTIM_54 },
	  "partly: without rss_stat" NO_WINDOWS NO_CALLS, "no", NO_READS "; without rss_stat" },
	{ "5.10", {
		FAULT, ALLOC_54, PAGE_FREE, RSS_55, CACHE_54, CACHE_DELETE_54, LRU_54, NEWTASK, RENAME, FORK, EXEC, EXIT,
		ATTACH_55, RECLAIM_54, WRITE_54, VICTIM_54 },
	  "partly: without mm_filemap_map_pages" NO_CALLS, "no", NO_READS },
	{ "5.15", {
		FAULT, ALLOC_54, PAGE_FREE, RSS_NEGATIVE, CACHE_54, CACHE_DELETE_54,
		{ "pagemap", "mm_lru_insertion",
		  "struct page * page; unsigned long pfn; enum lru_list lru; unsigned long flags",
		  "0xffffea0000a4c400 0x2931 1 9", "mm_lru_insertion pfn=0x2931 lru=1" },
		NEWTASK, RENAME, FORK, EXEC, EXIT, ATTACH_55, RECLAIM_54, WRITE_54, VICTIM_54, REGION_515 },
	  "partly: without mm_filemap_map_pages" NO_CALLS, "no", NO_READS },
	{ "6.1", {
		FAULT, ALLOC_60, PAGE_FREE, RSS_NEGATIVE, CACHE_518, CACHE_DELETE_54, LRU_516, EXIT_MMAP_61,
		STORE_61, NEWTASK, RENAME, FORK, EXEC, EXIT, ATTACH_55, RECLAIM_60, WRITE_518, MIGRATE_518, VICTIM_54, REGION_517 },
	  "partly: without mm_filemap_map_pages" NO_CALLS, "no", NO_READS },
	{ "6.6", {
		FAULT, ALLOC_60, PAGE_FREE, RSS_55, CACHE_518, CACHE_DELETE_54, LRU_516, EXIT_MMAP_61, NEWTASK, RENAME,
		FORK, EXEC, EXIT, ATTACH_55, RECLAIM_60, WRITE_518, MIGRATE_518, VICTIM_54 },
	  "partly: without mm_filemap_map_pages" NO_CALLS, "no", NO_READS },
	{ "6.12", {
		FAULT, ALLOC_60, PAGE_FREE, RSS_55, CACHE_518, CACHE_DELETE_54, MAP_PAGES_612, GET_PAGES_612,
		CACHE_FAULT_612, LRU_516, EXIT_MMAP_61, NEWTASK, RENAME, FORK, EXEC, EXIT, ATTACH_55, RECLAIM_60,
		WRITE_518, MIGRATE_518, VICTIM_69, REGION_517 },
	  "partly: without sys_enter/exit_mmap, munmap, brk; without sys_enter/exit_madvise, mremap", "no", "well" },
};

/* --- a format and a record from them --- */

/* Sizes on x86-64; a name that is not here is 4 bytes and unsigned. */
static const struct type { const char *name; uint32_t bytes; bool is_signed; } types[] = {
	{ "unsigned long", 8, false }, { "long", 8, true }, { "u64", 8, false }, { "unsigned int", 4, false },
	{ "int", 4, true }, { "pid_t", 4, true }, { "short", 2, true }, { "unsigned char", 1, false },
};

static struct type type_of(const char *text, size_t bytes)
{
	if (bytes && text[bytes - 1] == '*')
		return (struct type){ text, 8, false };
	for (size_t i = 0; i < NR_OF(types); i++)
		if (strlen(types[i].name) == bytes && !memcmp(types[i].name, text, bytes))
			return types[i];
	return (struct type){ text, 4, false };
}

/* One event being written: its format text, and the record beside it. */
struct making {
	char text[4096];
	size_t text_bytes;
	uint8_t record[512];
	uint32_t bytes;		/* of the record: fixed fields so far */
	char strings[256];	/* what __data_loc fields point to */
	uint32_t strings_bytes;
	struct { uint32_t offset, at; } places[8];
	uint32_t nr_places;
};

static void put_field(struct making *making, const char *type, int type_bytes, const char *name, int name_bytes,
		      struct type size, uint32_t count, const char *value)
{
	uint32_t offset = (making->bytes + size.bytes - 1) / size.bytes * size.bytes;
	uint64_t number = strtoull(value, NULL, 0);
	char array[16] = "";

	if (count > 1)
		snprintf(array, sizeof(array), "[%u]", count);
	making->text_bytes += snprintf(making->text + making->text_bytes, sizeof(making->text) - making->text_bytes,
				       "\tfield:%.*s %.*s%s;\toffset:%u;\tsize:%u;\tsigned:%d;\n", type_bytes, type,
				       name_bytes, name, array, offset, size.bytes * count, size.is_signed);
	making->bytes = offset + size.bytes * count;
	if (count > 1) {
		snprintf((char *)making->record + offset, count, "%s", value);
	} else if (!strncmp(type, "__data_loc", 10)) {
		making->places[making->nr_places].offset = offset;
		making->places[making->nr_places++].at = making->strings_bytes;
		making->strings_bytes += snprintf(making->strings + making->strings_bytes,
						  sizeof(making->strings) - making->strings_bytes, "%s", value) + 1;
	} else {
		memcpy(making->record + offset, &number, size.bytes);	/* little endian here as in the recording */
	}
}

/* One "type name" or "char name[16]". */
static void put_declaration(struct making *making, const char *text, size_t bytes, const char *value)
{
	const char *name = text + bytes, *bracket;
	size_t type_bytes, name_bytes;

	while (name[-1] != ' ')
		name--;
	type_bytes = name - text - 1;
	name_bytes = text + bytes - name;
	bracket = memchr(name, '[', name_bytes);
	if (bracket)
		put_field(making, text, type_bytes, name, bracket - name, (struct type){ "char", 1, false },
			  strtoul(bracket + 1, NULL, 10), value);
	else
		put_field(making, text, type_bytes, name, name_bytes, type_of(text, type_bytes), 1, value);
}

static void make_event(const struct event_case *event, uint16_t id, struct making *making)
{
	char values[256], *rest = values;
	const char *field = event->fields;

	*making = (struct making){ .bytes = 8 };
	making->text_bytes = snprintf(making->text, sizeof(making->text),
		"name: %s\nID: %u\nformat:\n"
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n", event->name, id);
	making->record[0] = id & 0xff;
	making->record[1] = id >> 8;
	making->record[4] = TID;
	snprintf(values, sizeof(values), "%s", event->values);
	while (*field) {
		size_t bytes = strcspn(field, ";");

		put_declaration(making, field, bytes, strsep(&rest, " "));
		field += bytes;
		field += strspn(field, "; ");
	}
	snprintf(making->text + making->text_bytes, sizeof(making->text) - making->text_bytes,
		 "\nprint fmt: \"\"\n");
	for (uint32_t i = 0; i < making->nr_places; i++) {
		uint32_t end = i + 1 < making->nr_places ? making->places[i + 1].at : making->strings_bytes;
		uint32_t place = (making->bytes + making->places[i].at) | (end - making->places[i].at) << 16;

		memcpy(making->record + making->places[i].offset, &place, 4);
	}
	memcpy(making->record + making->bytes, making->strings, making->strings_bytes);
	making->bytes = (making->bytes + making->strings_bytes + 3) & ~3u;
}

static struct event_source *open_kernel(const struct kernel_case *kernel)
{
	struct recording_format formats[MAX_EVENTS + 1] = { { NULL, NULL } };
	struct making *makings = xcalloc(MAX_EVENTS, sizeof(*makings));
	struct bytes pages = { .data = NULL }, file;
	struct event_source *source;
	struct recording_map map;
	struct error err;
	const char *path;
	size_t nr = 0;

	page_begin(&pages, 1000, 8);
	for (; nr < MAX_EVENTS && kernel->events[nr].name; nr++) {
		make_event(&kernel->events[nr], FIRST_ID + nr, &makings[nr]);
		formats[nr] = (struct recording_format){ kernel->events[nr].system, makings[nr].text };
		if (makings[nr].bytes / 4 <= 28) {
			page_header(&pages, makings[nr].bytes / 4, 10);
		} else {
			page_header(&pages, 0, 10);
			put_u32(&pages, makings[nr].bytes + 4);
		}
		put(&pages, makings[nr].record, makings[nr].bytes);
	}
	page_end(&pages, 8, 0, 0);
	recording_make(&(struct recording){ .formats = formats, .version = 7, .compression = "none", .long_bytes = 8,
					    .cpus = { { "", 0, &pages } } }, &file, &map);
	path = bytes_to_file(&file);
	if (event_source_open(&source, &path, 1, MM_ALL_KINDS, &err))
		fail_msg("%s: %s", kernel->name, err.text);
	unlink(path);
	bytes_release(&file);
	bytes_release(&pages);
	free(makings);
	return source;
}

static void events_are_what_was_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(kernels); i++) {
		struct event_source *source = open_kernel(&kernels[i]);
		const struct mm_event *event;
		const char *const *notes;
		struct error err;
		uint64_t nr_more;
		size_t nr = 0;

		for (; !event_source_next(source, &event, &err); nr++) {
			char line[EVENT_LINE_BYTES], expected[EVENT_LINE_BYTES];

			event_line_format(source, event, line);
			snprintf(expected, sizeof(expected), "0.%09zu cpu=0 tid=%d %s", 1010 + 10 * nr, TID,
				 kernels[i].events[nr].line);
			if (strcmp(line, expected))
				fail_msg("%s: %s, expected %s", kernels[i].name, line, expected);
		}
		if (event_source_notes(source, &notes, &nr_more))
			fail_msg("%s: %s", kernels[i].name, notes[0]);
		assert_true(nr && (nr == MAX_EVENTS || !kernels[i].events[nr].name));
		event_source_close(source);
	}
}

static void assert_drives(const struct kernel_case *kernel, const struct trace_info *info, const char *resource,
			  const char *expected)
{
	char *text;

	if (!expected)
		return;
	text = drive_text(drive_class_of(resource), info);
	if (strncmp(text, expected, strlen(expected)))
		fail_msg("%s drives %s %s, expected %s", kernel->name, resource, text, expected);
	free(text);
}

static void info_says_what_can_be_driven(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(kernels); i++) {
		struct event_source *source = open_kernel(&kernels[i]);
		const struct trace_info *info = event_source_info(source);

		assert_drives(&kernels[i], info, "rss", kernels[i].rss);
		assert_drives(&kernels[i], info, "ubc", kernels[i].ubc);
		assert_drives(&kernels[i], info, "memcg", kernels[i].memcg);
		event_source_close(source);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_what_was_written),
		cmocka_unit_test(info_says_what_can_be_driven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
