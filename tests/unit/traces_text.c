// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traces as text: every layout gives the same events, and what is no event is told of.
 *
 * Expected lines are written by hand from the printed ones: page cache offsets and sizes
 * are divided by 4096, gfp names are the bits of include/linux/gfp_types.h.
 */
#include "traces/event_line.h"

#include "base/xalloc.h"
#include "traces_recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

/* What came out of a text: events and notes, a line each. */
struct outcome {
	enum status status;
	char *events, *notes;
	struct trace_counts counts;
	struct trace_info info;
	char format[64], fidelity[256];
};

static void outcome_release(struct outcome *outcome)
{
	free(outcome->events);
	free(outcome->notes);
}

static void append(char **text, const char *line)
{
	char *longer = xasprintf("%s%s\n", *text, line);

	free(*text);
	*text = longer;
}

/* Without the path, which is a temporary one. */
static const char *without_path(const char *note)
{
	const char *colon = strstr(note, ": ");

	return colon ? colon + 2 : note;
}

static void take_gap(char line[EVENT_LINE_BYTES])
{
	char *file = strstr(line, " file=");

	if (file)
		*file = '\0';
}

/* What is known of it, also when it is closed. */
static void take_info(struct outcome *outcome, const struct event_source *source)
{
	outcome->info = *event_source_info(source);
	snprintf(outcome->format, sizeof(outcome->format), "%s", outcome->info.format);
	snprintf(outcome->fidelity, sizeof(outcome->fidelity), "%s", outcome->info.fidelity);
}

static void read_source(struct outcome *outcome, const char *path, bool is_surveyed)
{
	static char line[EVENT_LINE_BYTES];
	struct event_source *source;
	const struct mm_event *event;
	const char *const *notes;
	struct error err;
	uint64_t nr_more, time = 0;
	size_t nr;

	*outcome = (struct outcome){ .events = xstrdup(""), .notes = xstrdup("") };
	outcome->status = event_source_open(&source, &path, 1, MM_ALL_KINDS, &err);
	if (outcome->status)
		return;
	if (is_surveyed)
		event_source_survey(source);
	take_info(outcome, source);
	while (!event_source_next(source, &event, &err)) {
		assert_true(event->time_ns >= time);
		time = event->time_ns;
		event_line_format(source, event, line);
		take_gap(line);
		append(&outcome->events, line);
	}
	if (!is_surveyed)
		take_info(outcome, source);
	nr = event_source_notes(source, &notes, &nr_more);
	for (size_t i = 0; i < nr; i++)
		append(&outcome->notes, without_path(notes[i]));
	outcome->counts = *event_source_counts(source);
	event_source_close(source);
}

/* To read it once more first, or not, makes no difference but to when info is known. */
static void read_path(struct outcome *outcome, const char *path)
{
	struct outcome surveyed;

	read_source(&surveyed, path, true);
	read_source(outcome, path, false);
	assert_int_equal(surveyed.status, outcome->status);
	assert_string_equal(surveyed.events, outcome->events);
	assert_string_equal(surveyed.notes, outcome->notes);
	assert_string_equal(surveyed.format, outcome->format);
	assert_string_equal(surveyed.fidelity, outcome->fidelity);
	assert_int_equal(surveyed.info.kinds, outcome->info.kinds);
	assert_int_equal(surveyed.info.calls, outcome->info.calls);
	assert_int_equal(surveyed.info.nr_cpus, outcome->info.nr_cpus);
	assert_int_equal(surveyed.info.begin_ns, outcome->info.begin_ns);
	assert_int_equal(surveyed.info.end_ns, outcome->info.end_ns);
	outcome_release(&surveyed);
}

static void read_bytes(struct outcome *outcome, const struct bytes *bytes)
{
	const char *path = bytes_to_file(bytes);

	read_path(outcome, path);
	unlink(path);
}

static void read_text(struct outcome *outcome, const char *text)
{
	struct bytes bytes = { 0 };

	put(&bytes, text, strlen(text));
	read_bytes(outcome, &bytes);
	bytes_release(&bytes);
}

/* The text gives these events and notes, and nothing else. */
static void expect(const char *text, const char *events, const char *notes)
{
	struct outcome outcome;

	read_text(&outcome, text);
	assert_int_equal(outcome.status, RC_OK);
	assert_string_equal(outcome.events, events);
	assert_string_equal(outcome.notes, notes);
	outcome_release(&outcome);
}

#define FAULT ": page_fault_user: address=0x1234 ip=0x5 error_code=0x7\n"
#define FAULT_SEEN " page_fault address=0x1234 error_code=0x7 mode=user\n"

/* One event in every layout of a line's first half; names hold what delimits them. */
static void test_heads(void **state)
{
	static const struct {
		const char *head, *seen;
	} heads[] = {
		{ "            bash-2688    [001] d..1. 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "            bash-2688    [001] d.... 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "            bash-2688  [001] d... 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "            bash-2688    [001] d..1.2.. 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "            bash-2688    [001] 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "            bash-2688    (   2688) [001] d.... 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "           <...>-2688    (-------) [001] d.... 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "          <idle>-0       [001] d.h.. 12003.930242", "12003.930242000 cpu=1 tid=0" },
		{ "       a b-1 [2]-2688    [001] d.... 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "   x-12 [000] 1.5-2688    (2) [001] d.... 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "     kworker/0:1-2688    [001] d.... 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "bash-2688 [001] 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		/* The clocks tai and, of perf, realtime. */
		{ "bash-2688 [001] d..1. 1795328215.071217", "1795328215.071217000 cpu=1 tid=2688" },
		{ "inst:             bash-2688  [001] 12003.930242123", "12003.930242123 cpu=1 tid=2688" },
		{ "    bash-2688    1d..1. 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "    bash-2688    1dN.1. 26133us+", "0.026133000 cpu=1 tid=2688" },
		{ "    bash-2688    1d..1. 26133us ", "0.026133000 cpu=1 tid=2688" },
		{ "            bash-2688    [001] d.... 84756238476", "84.756238476 cpu=1 tid=2688" },
		{ "            bash  2688 [001] 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "            bash  2688 [001] 12003.930242123", "12003.930242123 cpu=1 tid=2688" },
		{ "            bash  2687/2688  [001] 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "       a b-1 [2]  2688 [001] 12003.930242", "12003.930242000 cpu=1 tid=2688" },
		{ "            bash  2688 12003.930242", "12003.930242000 cpu=0 tid=2688" },
		{ "         swapper     0 [001] 12003.930242", "12003.930242000 cpu=1 tid=0" },
		{ "             :-1    -1 [001] 12003.930242", "12003.930242000 cpu=1 tid=0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char *text = xasprintf("%s" FAULT, heads[i].head);
		char *seen = xasprintf("%s" FAULT_SEEN, heads[i].seen);

		expect(text, seen, "");
		free(text);
		free(seen);
	}
	expect("            bash  2688 [001] 1.000000:          1  exceptions:page_fault_user: address=0x1234 ip=main "
	       "error_code=0x7\n", "1.000000000 cpu=1 tid=2688" FAULT_SEEN, "");
}

#define HEAD "            bash-7     [000] d..1. 5.000001: "
#define SEEN "5.000001000 cpu=0 tid=7 "

/* Every event, as the kernel prints it, as libtraceevent does, and raw. */
static void test_bodies(void **state)
{
	static const struct {
		const char *body, *seen;
	} bodies[] = {
		{ "page_fault_kernel: address=0x5623a2c53764 ip=elf_load error_code=0x2",
		  "page_fault address=0x5623a2c53764 error_code=0x2 mode=kernel" },
		{ "page_fault_kernel: address=jiffies+0x8/0x10 ip=elf_load error_code=0x2",
		  "page_fault address=0xffffffffffffffff error_code=0x2 mode=kernel" },
		{ "mm_page_alloc: page=000000003d6db4d3 pfn=0x13b1e9 order=0 migratetype=1 "
		  "gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_COMP", "mm_page_alloc pfn=0x13b1e9 order=0 gfp_flags=0x140cca" },
		{ "mm_page_alloc: page=ffffea0004ec7a40 pfn=1290729 order=9 migratetype=1 gfp_flags=none",
		  "mm_page_alloc pfn=0x13b1e9 order=9 gfp_flags=0x0" },
		{ "mm_page_alloc:        pfn=0x13b1e9 order=0 gfp_flags=0x140cca migratetype=1",
		  "mm_page_alloc pfn=0x13b1e9 order=0 gfp_flags=0x140cca" },
		{ "mm_page_alloc: page=(nil) pfn=0x0 order=4 migratetype=0 gfp_flags=GFP_KERNEL|0x20000000",
		  "mm_page_alloc page=0xffffffffffffffff order=4 gfp_flags=0x20000cc0" },
		{ "mm_page_alloc: [FAILED TO PARSE] page=0xffffea0004ec7a40 order=1 gfp_flags=0xcc0 migratetype=1",
		  "mm_page_alloc page=0xffffea0004ec7a40 order=1 gfp_flags=0xcc0" },
		{ "mm_page_free: page=0x10 pfn=0x10 order=0", "mm_page_free pfn=0x10 order=0" },
		{ "rss_stat: mm_id=3329920401 curr=1 type=MM_ANONPAGES size=8192B",
		  "rss_stat member=anon pages=2 mm_id=3329920401 curr=1" },
		{ "rss_stat: mm_id=3329920401 curr=0 type=MM_SHMEMPAGES size=-4096B",
		  "rss_stat member=shmem pages=-1 mm_id=3329920401 curr=0" },
		{ "rss_stat: mm_id=9 curr=1 member=2 size=8192B", "rss_stat member=swap pages=2 mm_id=9 curr=1" },
		{ "rss_stat:  mm_id=9 curr=1 member=0 size=8192", "rss_stat member=file pages=2 mm_id=9 curr=1" },
		{ "rss_stat: member=1 size=8192B", "rss_stat member=anon pages=2" },
		{ "mm_filemap_add_to_page_cache: dev 254:1 ino 3c53d pfn=0x10a7b2 ofs=1261568 order=2",
		  "mm_filemap_add_to_page_cache dev=254:1 ino=247101 index=308 pfn=0x10a7b2 order=2" },
		{ "mm_filemap_delete_from_page_cache: dev 254:1 ino 3c53d page=00000000d8d4a3c7 pfn=1091506 ofs=1261568",
		  "mm_filemap_delete_from_page_cache dev=254:1 ino=247101 index=308 pfn=0x10a7b2 order=0" },
		{ "mm_filemap_add_to_page_cache: pfn=0x10a7b2 i_ino=3c53d index=0x134 s_dev=266338305 order=0",
		  "mm_filemap_add_to_page_cache dev=254:1 ino=247101 index=308 pfn=0x10a7b2 order=0" },
		{ "mm_filemap_map_pages: dev=254:0 ino=4992 ofs=1966080-2031615",
		  "mm_filemap_map_pages dev=254:0 ino=18834 index=480 last=495" },
		{ "mm_filemap_map_pages: i_ino=4992 s_dev=266338304 index=0x1e0 last_index=0x1ef",
		  "mm_filemap_map_pages dev=254:0 ino=18834 index=480 last=495" },
		{ "mm_filemap_fault: dev=254:0 ino=3c53d ofs=1261568", "mm_filemap_fault dev=254:0 ino=247101 index=308" },
		{ "mm_lru_insertion: folio=00000000ff080032 pfn=0x1c94fe lru=0 flags=Ma b  ",
		  "mm_lru_insertion pfn=0x1c94fe lru=0" },
		{ "mm_lru_insertion: folio=0xffffea000429eb80 pfn=0x10a7ae lru=3 flags=0x33",
		  "mm_lru_insertion pfn=0x10a7ae lru=3" },
		{ "mm_lru_activate: folio=00000000ff080032 pfn=0x1c94fe", "mm_lru_activate pfn=0x1c94fe" },
		{ "exit_mmap: mt_mod 0xffff88810448f0c0, DESTROY", "exit_mmap mm=0x0" },
		{ "exit_mmap: mm=0xffff88810448f080 mt=0xffff88810448f0c0", "exit_mmap mm=0xffff88810448f080" },
		{ "mm_vmscan_kswapd_wake: nid=0 order=3", "reclaim_begin cause=kswapd order=3" },
		{ "mm_vmscan_kswapd_sleep: nid=0", "reclaim_end cause=kswapd nr_reclaimed=0" },
		{ "damon_aggregated: target_id=0 nr_regions=11 122509119488-135708762112: 0 864",
		  "damon_aggregated target=0 nr=11 begin=0x1c861cd000 end=0x1f98df6000 accesses=0 age=864" },
		{ "damon_aggregated: target_id=18446614368406014464 nr_regions=12 4194304-5476352: 3",
		  "damon_aggregated target=18446614368406014464 nr=12 begin=0x400000 end=0x539000 accesses=3 age=0" },
		{ "damon_aggregated: target_id=0x1 nr_regions=12 start=0x400000 end=0x539000 nr_accesses=3 age=2",
		  "damon_aggregated target=1 nr=12 begin=0x400000 end=0x539000 accesses=3 age=2" },
		{ "sys_mmap(addr: 0, len: 0x2000, prot: 3, flags: 0x22, fd: 0xffffffff, off: 0)",
		  "sys_enter call=mmap args=0x0,0x2000,0x3,0x22,0xffffffff,0x0" },
		{ "sys_enter_mmap: addr: 0x00000000, len: 0x00002000, prot: 0x00000003, flags: 0x00000022, fd: 0xffffffff, "
		  "off: 0x00000000", "sys_enter call=mmap args=0x0,0x2000,0x3,0x22,0xffffffff,0x0" },
		{ "sys_enter_brk: __syscall_nr=12 brk=0x558fc5df2000",
		  "sys_enter call=brk args=0x558fc5df2000,0x0,0x0,0x0,0x0,0x0" },
		{ "sys_munlockall()", "sys_enter call=munlockall args=0x0,0x0,0x0,0x0,0x0,0x0" },
		{ "sys_brk -> 0x558fc5df2000", "sys_exit call=brk ret=0x558fc5df2000" },
		{ "sys_exit_mmap: 0xfffffffffffffff4", "sys_exit call=mmap ret=0xfffffffffffffff4" },
		{ "sys_exit_mmap: __syscall_nr=9 ret=0x7fdefbc85000", "sys_exit call=mmap ret=0x7fdefbc85000" },
		{ "task_newtask: pid=9 comm=a b=c pid clone_flags=1200000 oom_score_adj=0",
		  "task_newtask pid=9 clone_flags=0x1200000 comm=\"a b=c pid\"" },
		{ "task_rename: pid=9 oldcomm=a x newcomm=the [new]-1 oom_score_adj=-5",
		  "task_rename pid=9 comm=\"the [new]-1\"" },
		/* Of a string that is not ASCII libtraceevent prints the bytes; from there on of all of that field. */
		{ "task_rename: pid=9 oldcomm=n newcomm=ARRAY[c3, a9, 09, c3, bc, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00] "
		  "oom_score_adj=0", "task_rename pid=9 comm=\"\xc3\xa9\\x09\xc3\xbc\"" },
		{ "sched_process_fork: parent_comm=ARRAY[c3, 00] parent_pid=7 child_comm=ARRAY[61, 20, 62, 00] child_pid=9",
		  "sched_process_fork pid=9 parent=7 comm=\"a b\"" },
		{ "task_rename: pid=9 oldcomm=n newcomm=ARRAY[00] oom_score_adj=0", "task_rename pid=9 comm=\"\"" },
		{ "task_rename: pid=9 oldcomm=n newcomm=ARRAY[61, 62] oom_score_adj=0", "task_rename pid=9 comm=\"ARRAY[61, 62]\"" },
		{ "sched_process_fork: comm=sh pid=7 child_comm=a b-1 [2] child_pid=9",
		  "sched_process_fork pid=9 parent=7 comm=\"a b-1 [2]\"" },
		{ "sched_process_fork: parent_comm=sh parent_pid=7 child_comm=sh child_pid=9",
		  "sched_process_fork pid=9 parent=7 comm=\"sh\"" },
		{ "sched_process_exec: filename=./a b-1 [2] pid=7 old_pid=8",
		  "sched_process_exec pid=7 old_pid=8 filename=\"./a b-1 [2]\"" },
		{ "sched_process_exit: comm=a b pid=7 prio=120 group_dead=true",
		  "sched_process_exit pid=7 group_dead=1 comm=\"a b\"" },
		{ "sched_process_exit: comm=sh pid=7 prio=120 group_dead=0", "sched_process_exit pid=7 group_dead=0 comm=\"sh\"" },
		{ "sched_process_exit: comm=sh pid=7 prio=120", "sched_process_exit pid=7 comm=\"sh\"" },
		{ "sched_process_free: comm=sh pid=7 prio=120", "sched_process_free pid=7 comm=\"sh\"" },
		{ "cgroup_attach_task: dst_root=4 dst_id=12047 dst_level=2 dst_path=/lab/web 1 pid=9 comm=bash",
		  "cgroup_attach_task root=4 id=12047 level=2 pid=9 path=\"/lab/web 1\"" },
		{ "cgroup_attach_task: dst_root=4 dst_level=2 dst_id=12047 pid=9 dst_path=/lab/web comm=bash",
		  "cgroup_attach_task root=4 id=12047 level=2 pid=9 path=\"/lab/web\"" },
		{ "cgroup_mkdir: root=4 id=12047 level=2 path=/lab/web", "cgroup_mkdir root=4 id=12047 level=2 path=\"/lab/web\"" },
		{ "mm_vmscan_memcg_reclaim_begin: order=0 gfp_flags=GFP_HIGHUSER_MOVABLE", "reclaim_begin cause=memcg order=0" },
		{ "mm_vmscan_direct_reclaim_begin: order=3 may_writepage=1 gfp_flags=GFP_KERNEL classzone_idx=2",
		  "reclaim_begin cause=direct order=3" },
		{ "mm_vmscan_memcg_softlimit_reclaim_end: nr_reclaimed=51", "reclaim_end cause=softlimit nr_reclaimed=51" },
		{ "mm_vmscan_write_folio: page=0x123ad3 pfn=0x123ad3 flags=RECLAIM_WB_ANON|RECLAIM_WB_ASYNC",
		  "mm_vmscan_write_folio pfn=0x123ad3 flags=0x9" },
		{ "mm_vmscan_write_folio: pfn=0x123ad3 reclaim_flags=11", "mm_vmscan_write_folio pfn=0x123ad3 flags=0x11" },
		{ "set_migration_pte: addr=7f00, pte=8000000000000067 order=9",
		  "set_migration_pte address=0x7f00 pte=0x8000000000000067 order=9" },
		{ "mark_victim: pid=7 comm=hog x total-vm=1234kB anon-rss=5kB file-rss:6kB shmem-rss:7kB uid=0 pgtables=52kB "
		  "oom_score_adj=0", "mark_victim pid=7 total_vm_kb=1234 anon_rss_kb=5 file_rss_kb=6 shmem_rss_kb=7" },
		{ "mark_victim: pid=7", "mark_victim pid=7 total_vm_kb=0 anon_rss_kb=0 file_rss_kb=0 shmem_rss_kb=0" },
		{ "mod_memcg_lruvec_state: memcg_id=5150 item=17 val=-1", "mod_memcg_state id=5150 item=17 value=-1 lruvec=1" },
		{ "count_memcg_events: id=5150 item=23 val=1", "count_memcg_events id=5150 item=23 value=1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		char *text = xasprintf(HEAD "%s\n", bodies[i].body);
		char *seen = xasprintf(SEEN "%s\n", bodies[i].seen);

		expect(text, seen, "");
		free(text);
		free(seen);
	}
}

/* The same event printed in two ways, by turns, and fields that a later kernel may add. */
static void test_ways_mixed(void **state)
{
	(void)state;
	expect(HEAD "mm_page_free: page=0x10 pfn=0x10 order=0\n" HEAD "mm_page_free: pfn=0x11 order=1\n"
	       HEAD "mm_page_free: page=0x12 pfn=0x12 order=2\n" HEAD "mm_page_free: order=3 new=7,x pfn=19\n"
	       HEAD "mm_page_free: pfn=0x14 order=4\n",
	       SEEN "mm_page_free pfn=0x10 order=0\n" SEEN "mm_page_free pfn=0x11 order=1\n"
	       SEEN "mm_page_free pfn=0x12 order=2\n" SEEN "mm_page_free pfn=0x13 order=3\n"
	       SEEN "mm_page_free pfn=0x14 order=4\n", "");
}

#define FREE1 "  sh-7 [000] d..1. 5.000001: mm_page_free: page=0x10 pfn=0x10 order=0\n"
#define FREE2 "  sh-7 [001] d..1. 6.000001: mm_page_free: page=0x11 pfn=0x11 order=0\n"
#define SEEN1 "5.000001000 cpu=0 tid=7 mm_page_free pfn=0x10 order=0\n"
#define SEEN2 "6.000001000 cpu=1 tid=7 mm_page_free pfn=0x11 order=0\n"

/* Lines of a trace that hold no event, and CRLF at their ends. */
static void test_asides(void **state)
{
	(void)state;
	expect("# tracer: nop\n#\n# entries-in-buffer/entries-written: 2/2   #P:2\n#\n\ncpus=2\nversion = 7\n"
	       "CPU 1 is empty\n##### CPU 1 buffer started ####\n" FREE1 " => do_exit\n"
	       "\t    ffffffff81234 foo+0x1 ([kernel.kallsyms])\n" FREE2
	       "  sh-7 [000] 6.100000: other_event: x: y\n  sh-7 [000] 6.100000: do_exit <-do_group_exit\n"
	       "  sh-7 [000] 6.100000: <stack trace>\n", SEEN1 SEEN2, "");
	expect("\xef\xbb\xbf  sh-7 [000] d..1. 5.000001: mm_page_free: page=0x10 pfn=0x10 order=0\r\n\r\n", SEEN1, "");
	/* perf's own records may bear no time at all. */
	expect("  perf-exec     0 [000]     0.000000: PERF_RECORD_COMM: perf-exec:1/1\n"
	       "  sh  7 [000]     5.000001: PERF_RECORD_FORK(8:8):(7:7)\n"
	       "  sh  7 [000]     5.000001:   kmem:mm_page_free: page=0x10 pfn=0x10 order=0\n"
	       "  sh  7 [001]     5.000001: PERF_RECORD_COMM exec: a:b/c:7/8\n",
	       "5.000001000 cpu=0 tid=1 task_rename pid=1 comm=\"perf-exec\"\n"
	       "5.000001000 cpu=0 tid=7 task_newtask pid=8 clone_flags=0x0 comm=\"\"\n" SEEN1
	       "5.000001000 cpu=1 tid=8 task_rename pid=8 comm=\"a:b/c\"\n"
	       "5.000001000 cpu=1 tid=8 sched_process_exec pid=8 old_pid=8 filename=\"a:b/c\"\n", "");
	/* A thread is one of its parent's process, and has its name until it gets another. */
	expect("  sh  7 [000]     5.000001:   kmem:mm_page_free: page=0x10 pfn=0x10 order=0\n"
	       "  sh  7 [000]     5.000001: PERF_RECORD_COMM: sh:7/7\n"
	       "  sh  7 [000]     5.000001: PERF_RECORD_FORK(7:8):(7:7)\n",
	       SEEN1 "5.000001000 cpu=0 tid=7 task_rename pid=7 comm=\"sh\"\n"
	       "5.000001000 cpu=0 tid=7 task_newtask pid=8 clone_flags=0x10100 comm=\"sh\"\n", "");
	/* Whom perf followed, it stops following before the end: its own record says that there was one. */
	expect("  sh  7 [001]     5.000001:   kmem:mm_page_free: page=0x10 pfn=0x10 order=0\n"
	       "  sh  8 [001]     5.000002: PERF_RECORD_EXIT(7:8):(6:6)\n",
	       "5.000001000 cpu=1 tid=7 mm_page_free pfn=0x10 order=0\n"
	       "5.000001000 cpu=1 tid=8 sched_process_exit pid=8 comm=\"\"\n"
	       "5.000001000 cpu=1 tid=8 sched_process_free pid=8 comm=\"\"\n", "");
	expect("  sh  8 [001]     5.000002: PERF_RECORD_EXIT(7:8):(6:6)\n"
	       "  sh  7 [001]     5.000003:   sched:sched_process_free: comm=sh pid=8 prio=120\n",
	       "5.000003000 cpu=1 tid=8 sched_process_exit pid=8 comm=\"\"\n"
	       "5.000003000 cpu=1 tid=7 sched_process_free pid=8 comm=\"sh\"\n", "");
	/* An event of another system that only has the same name. */
	expect("  sh  7 [000]     5.000001:   mine:mm_page_free: page=1\n" FREE1, SEEN1, "");
}

#define GAP_SEEN(time, cpu, reason, begin, end, lost, bytes, offset) \
	time " cpu=" cpu " tid=0 gap reason=" reason " begin=" begin " end=" end " lost=" lost " bytes=" bytes " offset=" offset "\n"

/* What the recorder lost, in every way it is told. */
static void test_losses(void **state)
{
	(void)state;
	expect(FREE1 "CPU:1 [LOST 123 EVENTS]\n" FREE2,
	       SEEN1 GAP_SEEN("6.000001000", "1", "overrun", "0.000000000", "6.000001000", "123", "0", "0x46") SEEN2, "");
	expect(FREE1 "CPU:0 [LOST EVENTS]\n" FREE2,
	       SEEN1 GAP_SEEN("6.000001000", "0", "overrun", "5.000001000", "6.000001000", "0", "0", "0x46") SEEN2, "");
	expect(FREE1 "CPU:0 [7 EVENTS DROPPED]\nCPU:1 [EVENTS DROPPED]\n" FREE2,
	       SEEN1 GAP_SEEN("6.000001000", "0", "overrun", "5.000001000", "6.000001000", "7", "0", "0x46")
	       GAP_SEEN("6.000001000", "1", "overrun", "0.000000000", "6.000001000", "0", "0", "0x5f") SEEN2, "");
	expect(FREE1 "CPU:0 [7 EVENTS DROPPED]\n",
	       SEEN1 GAP_SEEN("5.000001000", "0", "overrun", "5.000001000", "0.000000000", "7", "0", "0x46"), "");
	expect("# entries-in-buffer/entries-written: 1/42   #P:2\n" FREE1,
	       GAP_SEEN("5.000001000", "any", "overrun", "0.000000000", "5.000001000", "41", "0", "0x0") SEEN1, "");
	expect("  sh  7 [001]  4.000000: PERF_RECORD_LOST lost 8\n" FREE1,
	       GAP_SEEN("5.000001000", "1", "overrun", "0.000000000", "5.000001000", "8", "0", "0x0") SEEN1, "");
}

/* Lines that cannot be read: one note and one gap for those that follow each other. */
static void test_damage(void **state)
{
	(void)state;
	expect("ddress=0x12 ip=0x3 error_code=0x7\n" FREE1,
	       GAP_SEEN("5.000001000", "any", "damage", "0.000000000", "5.000001000", "0", "33", "0x0") SEEN1,
	       "line 1: no line of a trace, 33 bytes are not read\n");
	expect(FREE1 "# comment\nroot@host:~#\nfoo\n" FREE2,
	       SEEN1 GAP_SEEN("6.000001000", "any", "damage", "5.000001000", "6.000001000", "0", "15", "0x50") SEEN2,
	       "lines 3 to 4: no line of a trace, 15 bytes are not read\n");
	expect(FREE1 "  sh-7 [001] d..1. 6.000001: mm_page_free: page=0x11 pfn=0x11",
	       SEEN1 GAP_SEEN("5.000001000", "any", "damage", "5.000001000", "0.000000000", "0", "61", "0x46"),
	       "line 2: cut off, it has no end, 61 bytes are not read\n");
	/* Comments that are damaged, too. */
	expect("#   entries" FREE1 FREE2,
	       GAP_SEEN("6.000001000", "any", "damage", "0.000000000", "6.000001000", "0", "80", "0x0") SEEN2,
	       "line 1: an event in a comment, 80 bytes are not read\n");
	/* A known event whose fields are not what they should be. */
	expect(FREE1 "  sh-7 [001] d..1. 6.000001: mm_page_free: page=(nil) order=0\n" FREE2,
	       SEEN1 GAP_SEEN("6.000001000", "any", "damage", "5.000001000", "6.000001000", "0", "61", "0x46") SEEN2,
	       "line 2: an event that lacks pfn|page, 61 bytes are not read\n");
	expect(FREE1 "  sh-7 [001] d..1. 6.000001: mm_page_free: pfn=0x11 order=0 sh-7 [001]\n" FREE2,
	       SEEN1 GAP_SEEN("6.000001000", "any", "damage", "5.000001000", "6.000001000", "0", "70", "0x46") SEEN2,
	       "line 2: an event that lacks fields that can be read, 70 bytes are not read\n");
	/* A letter that became a blank: this line's event is one that nobody knows, the next one's is not. */
	expect("  sh  7 [001]  5.000000:  kmem: m_page_free: page=0x10 pfn=0x10 order=0\n"
	       "  sh  7 [001]  5.000001:  kmem:mm_page_free: page=0x11 pfn=0x11 order=0\n",
	       "5.000001000 cpu=1 tid=7 mm_page_free pfn=0x11 order=0\n", "");
	expect(FREE1 "  sh-7 [001] d..1. 6.000001: :mm_page_free: page=0x11 pfn=0x11 order=0\n" FREE2,
	       SEEN1 GAP_SEEN("6.000001000", "any", "damage", "5.000001000", "6.000001000", "0", "70", "0x46") SEEN2,
	       "line 2: no line of a trace, 70 bytes are not read\n");
	/* A time without a fraction, and no event: nothing is looked for behind the line. */
	expect("  sh-7 [001] 16:  <-sp(addr:\n", "", "");
	/* Names of flags that are not known, told of once. */
	expect(HEAD "mm_page_alloc: pfn=0x1 order=0 gfp_flags=GFP_KERNEL|__GFP_NEW\n"
	       HEAD "mm_page_alloc: pfn=0x2 order=0 gfp_flags=GFP_KERNEL|__GFP_NEW\n",
	       SEEN "mm_page_alloc pfn=0x1 order=0 gfp_flags=0xcc0\n" SEEN "mm_page_alloc pfn=0x2 order=0 gfp_flags=0xcc0\n",
	       "line 1: no flag is known as __GFP_NEW, it is left out here and later\n");
}

/* A time that lies is told by the lines around it; small steps back are taken as equal. */
static void test_times(void **state)
{
	(void)state;
	expect("  sh-7 [000] 5.000001: mm_page_free: pfn=0x1 order=0\n"
	       "  sh-7 [000] 5.000000: mm_page_free: pfn=0x2 order=0\n"
	       "  sh-7 [000] 905.000003: mm_page_free: pfn=0x3 order=0\n"
	       "  sh-7 [000] 5.000004: mm_page_free: pfn=0x4 order=0\n"
	       "  sh-7 [000] 1.000005: mm_page_free: pfn=0x5 order=0\n"
	       "  sh-7 [000] 12345678: mm_page_free: pfn=0x6 order=0\n"
	       "  sh-7 [000] 999.000000: mm_page_free: pfn=0x7 order=0\n",
	       "5.000001000 cpu=0 tid=7 mm_page_free pfn=0x1 order=0\n"
	       "5.000001000 cpu=0 tid=7 mm_page_free pfn=0x2 order=0\n"
	       GAP_SEEN("5.000004000", "any", "damage", "5.000001000", "5.000004000", "0", "54", "0x6a")
	       "5.000004000 cpu=0 tid=7 mm_page_free pfn=0x4 order=0\n"
	       GAP_SEEN("999.000000000", "any", "damage", "5.000004000", "999.000000000", "0", "104", "0xd6")
	       "999.000000000 cpu=0 tid=7 mm_page_free pfn=0x7 order=0\n",
	       "line 3: a time after that of the line below, 54 bytes are not read\n"
	       "lines 5 to 6: a time before that of the line above, 104 bytes are not read\n");
}

/* What perf script --deltatime prints: from the second line on each lies before the largest so far. */
static void test_differences(void **state)
{
	char *text = xstrdup("  sh 7 [000] 0.000020: kmem:mm_page_free: pfn=0x1 order=0\n");
	struct outcome outcome;

	(void)state;
	for (int i = 1; i < 12; i++) {
		char *line = xasprintf("  sh 7 [000] 0.0000%02d: kmem:mm_page_free: pfn=0x1 order=0\n", i);

		append(&text, line);
		free(line);
		if (i != 8 && i != 9)
			continue;
		read_text(&outcome, text);
		assert_string_equal(outcome.notes, i == 8 ? "" :
				    "9 of 10 times lie before that of the line above: they seem to be differences (perf script "
				    "--deltatime), when events happened is not known\n");
		outcome_release(&outcome);
	}
	free(text);
}

/* NUL bytes before a line, as a crash leaves them, and within one; a line without an end in sight. */
static void test_bytes(void **state)
{
	struct outcome outcome;
	struct bytes bytes = { 0 };

	(void)state;
	put(&bytes, FREE1, strlen(FREE1));
	put_zeros(&bytes, 5000);
	put(&bytes, FREE2, strlen(FREE2));
	for (int i = 0; i < 300000; i++)
		put_u8(&bytes, 'x');
	put(&bytes, "\n" FREE2, 1 + strlen(FREE2));
	bytes.data[20] = '\0';
	read_bytes(&outcome, &bytes);
	assert_string_equal(outcome.events,
			    GAP_SEEN("6.000001000", "any", "damage", "0.000000000", "6.000001000", "0", "5069", "0x0") SEEN2
			    GAP_SEEN("6.000001000", "any", "damage", "6.000001000", "6.000001000", "0", "300001", "0x1414")
			    SEEN2);
	assert_string_equal(outcome.notes, "lines 1 to 2: NUL bytes in a line, 5069 bytes are not read\n"
			    "line 3: longer than any line of a trace, 300001 bytes are not read\n");
	outcome_release(&outcome);
	bytes_release(&bytes);
}

static void pack_gzip(struct bytes *packed, const char *text, size_t bytes)
{
	z_stream zlib = { .next_in = (Bytef *)text, .avail_in = bytes };
	uint8_t out[65536];

	assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	zlib.next_out = out;
	zlib.avail_out = sizeof(out);
	assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
	put(packed, out, sizeof(out) - zlib.avail_out);
	deflateEnd(&zlib);
}

static void pack_zstd(struct bytes *packed, const char *text, size_t bytes)
{
	uint8_t out[65536];
	size_t nr = ZSTD_compress(out, sizeof(out), text, bytes, 3);

	assert_false(ZSTD_isError(nr));
	put(packed, out, nr);
}

/* Compressed texts give what they give plain; of a cut or damaged one what comes before is kept. */
static void test_packed(void **state)
{
	static void (*const packs[])(struct bytes *packed, const char *text, size_t bytes) = { pack_gzip, pack_zstd };
	static const char *const names[] = { "gzip", "zstd" };
	struct bytes plain = { 0 };
	struct outcome whole;

	(void)state;
	bytes_from_file(&plain, "ftrace.txt");
	read_bytes(&whole, &plain);
	assert_string_equal(whole.notes, "");
	assert_int_equal(whole.counts.used, 266);	/* grep -vc '^#' */
	for (int i = 0; i < 2; i++) {
		struct bytes packed = { 0 };
		struct outcome outcome;
		size_t length;

		/* Two pieces, one after the other, as `cat a.gz b.gz` makes them. */
		packs[i](&packed, (const char *)plain.data, 10000);
		packs[i](&packed, (const char *)plain.data + 10000, plain.nr - 10000);
		read_bytes(&outcome, &packed);
		assert_string_equal(outcome.events, whole.events);
		assert_string_equal(outcome.notes, "");
		assert_string_equal(outcome.info.compression, names[i]);
		outcome_release(&outcome);

		packed.nr -= 20;
		read_bytes(&outcome, &packed);
		length = strlen(outcome.events);
		assert_true(length > 100);
		assert_non_null(strstr(outcome.notes, "the compressed data is cut off"));
		assert_true(outcome.counts.gaps > 0);
		assert_memory_equal(outcome.events, whole.events, strstr(outcome.events, " gap ") - 40 - outcome.events);
		outcome_release(&outcome);

		packed.nr += 20;
		memset(packed.data + packed.nr - 1500, 0x55, 100);
		read_bytes(&outcome, &packed);
		assert_true(strlen(outcome.notes) > 0);
		assert_true(outcome.counts.gaps > 0);
		outcome_release(&outcome);
		bytes_release(&packed);
	}
	outcome_release(&whole);
	bytes_release(&plain);
}

/* What the reader says of itself. */
static void test_info(void **state)
{
	struct outcome outcome;

	(void)state;
	read_text(&outcome, "# tracer: nop\n" FREE1 FREE2 "  sh-7 [001] 6.500000: sys_brk(brk: 0)\n"
		  "  sh-7 [001] 6.500000: sys_brk -> 0x0\n  sh-7 [001] 6.500000: sys_munmap(addr: 0, len: 0)\n"
		  "  sh-7 [001] 6.500000: other: x\n");
	assert_string_equal(outcome.format, "text of ftrace");
	assert_int_equal(outcome.info.begin_ns, 5000001000);
	assert_int_equal(outcome.info.end_ns, 6500000000);
	assert_int_equal(outcome.info.nr_cpus, 2);
	assert_int_equal(outcome.info.kinds, MM_KIND_BIT(MM_PAGE_FREE) | MM_KIND_BIT(MM_CALL) | MM_KIND_BIT(MM_CALL_DONE));
	assert_int_equal(outcome.info.calls, UINT64_C(1) << MM_CALL_BRK);	/* munmap is never left */
	assert_int_equal(outcome.counts.read, 6);
	assert_int_equal(outcome.counts.used, 5);
	assert_int_equal(outcome.counts.skipped, 1);
	assert_non_null(strstr(outcome.fidelity, "microsecond"));
	outcome_release(&outcome);
	read_text(&outcome, "# os release : 6.1.0-13\n  sh  7 [001]  4.000000001: kmem:mm_page_free: pfn=0x1 order=0\n");
	assert_string_equal(outcome.format, "text of perf script");
	assert_non_null(strstr(outcome.fidelity, "nanosecond"));
	outcome_release(&outcome);
	read_text(&outcome, "cpus=2\n");
	assert_int_equal(outcome.status, RC_OK);
	assert_int_equal(outcome.info.nr_cpus, 0);
	outcome_release(&outcome);
	read_text(&outcome, "this is no\ntrace: at all\n");
	assert_int_equal(outcome.status, RC_INPUT);
	outcome_release(&outcome);
}

/* Opening reads no more than the first lines. */
static void test_survey(void **state)
{
	static const char first[] = "# tracer: nop\n" FREE1, last[] = FREE2 "  sh-7 [002] 7.000001: sys_brk -> 0x0\n";
	struct event_source *source;
	struct bytes bytes = { 0 };
	const char *path;
	struct error err;

	(void)state;
	put(&bytes, first, strlen(first));
	put(&bytes, last, strlen(last));
	path = bytes_to_file(&bytes);
	assert_int_equal(event_source_open(&source, &path, 1, MM_ALL_KINDS, &err), RC_OK);
	assert_string_equal(event_source_info(source)->format, "text of ftrace");
	assert_int_equal(event_source_info(source)->begin_ns, 5000001000);
	assert_int_equal(event_source_info(source)->end_ns, TRACE_END_UNKNOWN);
	assert_int_equal(event_source_info(source)->kinds, MM_KIND_BIT(MM_PAGE_FREE));
	event_source_survey(source);
	assert_int_equal(event_source_info(source)->end_ns, 7000001000);
	assert_int_equal(event_source_info(source)->nr_cpus, 3);
	assert_int_equal(event_source_info(source)->kinds, MM_KIND_BIT(MM_PAGE_FREE) | MM_KIND_BIT(MM_CALL_DONE));
	event_source_close(source);
	unlink(path);
	bytes_release(&bytes);
}

static char *events_of(const char *name)
{
	char *path = xasprintf("%s/%s", TESTS_DATA, name);
	struct outcome outcome;
	char *events;

	read_path(&outcome, path);
	assert_string_equal(outcome.notes, "");
	events = outcome.events;
	free(outcome.notes);
	free(path);
	return events;
}

/* One recording as the kernel and as trace-cmd print it, and a perf script. */
static void test_recorded(void **state)
{
	char *ftrace = events_of("ftrace.txt"), *trace_cmd = events_of("trace-cmd.txt.gz");
	char *perf = events_of("perf-script.txt.zst");
	size_t nr = 0;

	(void)state;
	assert_string_equal(ftrace, trace_cmd);
	for (const char *at = perf; (at = strchr(at, '\n')); at++)
		nr++;
	assert_int_equal(nr, 500);	/* zstdcat | wc -l */
	free(ftrace);
	free(trace_cmd);
	free(perf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_ways_mixed),
		cmocka_unit_test(test_asides),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_survey),
		cmocka_unit_test(test_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
