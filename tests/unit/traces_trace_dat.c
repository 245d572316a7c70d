// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole recordings, made by hand and real ones, through event_source. */
#include "traces/event_line.h"
#include "traces/event_reader.h"

#include "traces_outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct event_source *open_made(const struct recording *recording, mm_kinds wanted)
{
	struct event_source *source;
	struct recording_map map;
	struct bytes file;
	const char *path;

	recording_make(recording, &file, &map);
	path = bytes_to_file(&file);
	source = open_paths(&path, 1, wanted);
	bytes_release(&file);
	unlink(path);
	return source;
}

/* Every event as "time:cpu:tid:pfn ", a gap as "time:cpu:gap(begin,end,lost) ". */
static void read_all(struct event_source *source, char *text, size_t bytes)
{
	const struct mm_event *event;
	struct error err = { { 0 } };
	enum status status;
	size_t at = 0;

	text[0] = '\0';
	while (!(status = event_source_next(source, &event, &err))) {
		unsigned long long time = event->time_ns;

		if (event->kind == MM_GAP)
			at += snprintf(text + at, bytes - at, "%llu:%u:gap(%llu,%llu,%llu) ", time,
				       event->cpu, (unsigned long long)event->gap.begin_ns,
				       (unsigned long long)event->gap.end_ns,
				       (unsigned long long)event->gap.lost);
		else
			at += snprintf(text + at, bytes - at, "%llu:%u:%u:%llx ", time, event->cpu,
				       event->tid, (unsigned long long)event->alloc.pfn);
		assert_true(at < bytes);
	}
	assert_int_equal(status, RC_END);
	assert_int_equal(event_source_next(source, &event, &err), RC_END);
}

static void assert_events(struct event_source *source, const char *expected)
{
	char text[4096];

	read_all(source, text, sizeof(text));
	assert_string_equal(text, expected);
}

/* A page of two allocations of `tid` at time and time + 10. */
static void two_allocs(struct bytes *pages, uint32_t long_bytes, uint64_t time, uint32_t tid,
		       uint32_t flags, uint64_t lost)
{
	page_begin(pages, time, long_bytes);
	page_alloc(pages, 0, tid, tid * 16);
	page_data(pages, 5, ID_OTHER, tid, 4);
	page_data(pages, 0, ID_PRINT, tid, 8);
	page_alloc(pages, 5, tid, tid * 16 + 1);
	page_end(pages, long_bytes, flags, lost);
}

static void every_version_order_and_compression(void **state)
{
	static const struct recording cases[] = {
		{ 6, "none", false, 8 }, { 6, "none", true, 8 }, { 6, "none", false, 4 },
		{ 6, "none", true, 4 }, { 7, "none", false, 8 }, { 7, "none", true, 4 },
		{ 7, "zstd", false, 8 }, { 7, "zstd", true, 8 }, { 7, "zlib", false, 8 },
		{ 7, "zlib", true, 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct recording recording = cases[i];
		struct bytes pages[2] = { { .big_endian = recording.big_endian },
					  { .big_endian = recording.big_endian } };
		const struct trace_counts *counts;
		const struct trace_info *info;
		struct event_source *source;

		for (uint64_t time = 100; time <= 300; time += 100)
			two_allocs(&pages[0], recording.long_bytes, time, 7, 0, 0);
		two_allocs(&pages[1], recording.long_bytes, 200, 8, 0, 0);
		recording.cpus[0] = (struct recording_cpu){ "", 0, &pages[0] };
		recording.cpus[1] = (struct recording_cpu){ "", 1, &pages[1] };
		source = open_made(&recording, MM_ALL_KINDS);

		info = event_source_info(source);
		assert_string_equal(info->format, recording.version == 6 ? "trace.dat 6" : "trace.dat 7");
		assert_string_equal(info->compression, recording.compression);
		assert_string_equal(info->clock, "mono");
		assert_int_equal(info->page_size, PAGE);
		assert_int_equal(info->nr_cpus, 2);
		assert_int_equal(info->nr_buffers, 1);
		assert_int_equal(info->begin_ns, 100);
		assert_int_equal(info->end_ns, 300);
		assert_int_equal(info->kinds, MM_KIND_BIT(MM_PAGE_ALLOC) | MM_KIND_BIT(MM_RSS) |
				 MM_KIND_BIT(MM_CGROUP_MKDIR));
		assert_int_equal(info->calls, 0);
		assert_events(source, "100:0:7:70 110:0:7:71 200:0:7:70 200:1:8:80 "
			      "210:0:7:71 210:1:8:81 300:0:7:70 310:0:7:71 ");
		counts = event_source_counts(source);
		assert_int_equal(counts->read, 16);
		assert_int_equal(counts->used, 8);
		assert_int_equal(counts->skipped, 8);
		assert_int_equal(counts->gaps, 0);
		assert_int_equal(counts->kinds[MM_PAGE_ALLOC], 8);
		assert_no_notes(source);
		event_source_close(source);
		bytes_release(&pages[0]);
		bytes_release(&pages[1]);
	}
}

static void several_buffers(void **state)
{
	(void)state;
	for (uint32_t version = 6; version <= 7; version++) {
		struct recording recording = { version, "none", false, 8 };
		struct bytes pages[3] = { 0 };
		struct event_source *source;

		two_allocs(&pages[0], 8, 100, 1, 0, 0);
		two_allocs(&pages[1], 8, 105, 2, 0, 0);
		two_allocs(&pages[2], 8, 100, 3, 0, 0);
		recording.cpus[0] = (struct recording_cpu){ "", 0, &pages[0] };
		recording.cpus[1] = (struct recording_cpu){ "", 1, &pages[1] };
		recording.cpus[2] = (struct recording_cpu){ "inner", 0, &pages[2] };
		source = open_made(&recording, MM_ALL_KINDS);
		assert_int_equal(event_source_info(source)->nr_buffers, 2);
		assert_events(source, "100:0:1:10 100:0:3:30 105:1:2:20 110:0:1:11 110:0:3:31 115:1:2:21 ");
		assert_no_notes(source);
		event_source_close(source);
		for (int i = 0; i < 3; i++)
			bytes_release(&pages[i]);
	}
}

static void several_files(void **state)
{
	struct recording recording = { 7, "zstd", false, 8 };
	struct event_source *source;
	struct recording_map map;
	const char *paths[2];
	struct bytes file;

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		struct bytes pages = { 0 };

		two_allocs(&pages, 8, 100 + 5 * i, i + 1, 0, 0);
		recording.cpus[0] = (struct recording_cpu){ "", 0, &pages };
		recording_make(&recording, &file, &map);
		paths[i] = bytes_to_file(&file);
		bytes_release(&file);
		bytes_release(&pages);
	}
	source = open_paths(paths, 2, MM_ALL_KINDS);
	assert_events(source, "100:0:1:10 105:0:2:20 110:0:1:11 115:0:2:21 ");
	assert_int_equal(event_source_info(source)->nr_buffers, 2);
	assert_int_equal(event_source_info(source)->begin_ns, 100);
	assert_string_equal(event_source_input(source, 1), paths[1]);
	assert_no_notes(source);
	event_source_close(source);
	for (uint32_t i = 0; i < 2; i++)
		unlink(paths[i]);
}

static void unwanted_kinds_are_skipped(void **state)
{
	struct recording recording = { 7, "none", false, 8 };
	struct bytes pages = { 0 };
	struct event_source *source;

	(void)state;
	two_allocs(&pages, 8, 100, 1, 0x80000000, 0);
	recording.cpus[0] = (struct recording_cpu){ "", 0, &pages };
	source = open_made(&recording, MM_KIND_BIT(MM_RSS));
	assert_true(event_source_info(source)->kinds & MM_KIND_BIT(MM_PAGE_ALLOC));
	assert_events(source, "100:0:gap(0,100,0) ");
	assert_int_equal(event_source_counts(source)->skipped, 4);
	event_source_close(source);
	bytes_release(&pages);
}

static void losses(void **state)
{
	static const char statistics[] = "CPU: 0\nentries: 4\noverrun: 40\ncommit overrun: 0\n"
		"bytes: 1\ndropped events: 3\nread events: 0\n";
	static const char none[] = "CPU: 1\noverrun: 0\ncommit overrun: 0\ndropped events: 0\n";
	static const char heading[] = "\nBuffer: inner\n\n";
	static const char inner[] = "CPU: 0\noverrun: 5\ncommit overrun: 0\ndropped events: 0\n";
	struct recording recording = { 7, "zstd", false, 8 };
	struct bytes pages[3] = { 0 };
	struct event_source *source;

	(void)state;
	put_option(&recording.options, 2, statistics, sizeof(statistics));
	put_option(&recording.options, 2, none, sizeof(none));
	put_option(&recording.options, 2, heading, sizeof(heading));
	put_option(&recording.options, 2, inner, sizeof(inner));
	two_allocs(&pages[0], 8, 100, 1, 0, 0);
	two_allocs(&pages[0], 8, 200, 1, 0xc0000000, 42);
	two_allocs(&pages[1], 8, 300, 2, 0, 0);
	two_allocs(&pages[1], 8, 400, 2, 0x80000000, 0);
	two_allocs(&pages[2], 8, 500, 3, 0, 0);
	recording.cpus[0] = (struct recording_cpu){ "", 0, &pages[0] };
	recording.cpus[1] = (struct recording_cpu){ "", 1, &pages[1] };
	recording.cpus[2] = (struct recording_cpu){ "inner", 0, &pages[2] };
	source = open_made(&recording, MM_ALL_KINDS);
	/* 43 were lost on cpu 0, of which a page tells 42; the last one may be anywhere. */
	assert_events(source, "100:0:1:10 110:0:1:11 200:0:gap(110,200,42) 200:0:1:10 210:0:1:11 "
		      "210:0:gap(0,0,1) 300:1:2:20 310:1:2:21 400:1:gap(310,400,0) 400:1:2:20 "
		      "410:1:2:21 500:0:3:30 510:0:3:31 510:0:gap(0,0,5) ");
	assert_int_equal(event_source_counts(source)->lost, 48);
	assert_int_equal(event_source_counts(source)->gaps, 4);
	assert_no_notes(source);
	event_source_close(source);
	bytes_release(&recording.options);
	for (int i = 0; i < 3; i++)
		bytes_release(&pages[i]);
}

/* A page that says that records are lost, not how many: the rest of what the CPU lost in all. */
static void losses_of_silent_pages(void **state)
{
	static const struct {
		const char *statistics, *second, *third;	/* the gaps before those pages */
		uint64_t lost_of_third, lost;
	} cases[] = {
		/* 52 were overwritten: 42 by one page, so 10 by the other; and three anywhere. */
		{ "CPU: 0\noverrun: 52\ncommit overrun: 1\ndropped events: 2\n", "110,200,10", "210,300,42", 42, 55 },
		/* Of two that are silent only the sum is known. */
		{ "CPU: 0\noverrun: 52\ncommit overrun: 0\ndropped events: 3\n", "110,200,0", "210,300,0", 0, 55 },
		/* Statistics that cannot be true say nothing, and so do none. */
		{ "CPU: 0\noverrun: 41\ncommit overrun: 0\ndropped events: 0\n", "110,200,0", "210,300,42", 42, 42 },
		{ "CPU: 0\noverrun: 0\ncommit overrun: 0\ndropped events: 0\n", "110,200,0", "210,300,42", 42, 42 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const bool has_more = cases[i].lost == 55;
		struct recording recording = { 7, "zstd", false, 8 };
		struct bytes pages = { 0 };
		struct event_source *source;
		char wanted[256];

		put_option(&recording.options, 2, cases[i].statistics, (uint32_t)strlen(cases[i].statistics) + 1);
		two_allocs(&pages, 8, 100, 1, 0, 0);
		two_allocs(&pages, 8, 200, 1, 0x80000000, 0);
		two_allocs(&pages, 8, 300, 1, cases[i].lost_of_third ? 0xc0000000 : 0x80000000, cases[i].lost_of_third);
		recording.cpus[0] = (struct recording_cpu){ "", 0, &pages };
		source = open_made(&recording, MM_ALL_KINDS);
		snprintf(wanted, sizeof(wanted), "100:0:1:10 110:0:1:11 200:0:gap(%s) 200:0:1:10 210:0:1:11 "
			 "300:0:gap(%s) 300:0:1:10 310:0:1:11 %s", cases[i].second, cases[i].third,
			 has_more ? "310:0:gap(0,0,3) " : "");
		assert_events(source, wanted);
		assert_int_equal(event_source_counts(source)->lost, cases[i].lost);
		assert_int_equal(event_source_counts(source)->gaps, 2 + has_more);
		assert_no_notes(source);
		event_source_close(source);
		bytes_release(&recording.options);
		bytes_release(&pages);
	}
}

static void options_that_move_the_time(void **state)
{
	struct recording recording = { 7, "none", false, 8 };
	struct bytes scale = { 0 }, pages = { 0 };
	struct event_source *source;

	(void)state;
	put_u32(&scale, 3);
	put_u32(&scale, 1);
	put_u64(&scale, 12345);		/* an offset that trace-cmd does not apply either */
	put_option(&recording.options, 1, "0x2", 4);	/* microseconds */
	put_option(&recording.options, 7, "-1000", 6);
	put_option(&recording.options, 14, scale.data, scale.nr);
	put_option(&recording.options, 4, "local [x86-tsc] mono\n", 22);
	put_option(&recording.options, 5, "Linux test 6.18", 16);
	two_allocs(&pages, 8, 100, 1, 0, 0);
	recording.cpus[0] = (struct recording_cpu){ "", 0, &pages };
	source = open_made(&recording, MM_ALL_KINDS);
	assert_string_equal(event_source_info(source)->clock, "x86-tsc");
	assert_null(event_source_info(source)->fidelity);
	assert_string_equal(event_source_info(source)->uname, "Linux test 6.18");
	assert_int_equal(event_source_info(source)->begin_ns, 1150);
	assert_events(source, "1150:0:1:10 1165:0:1:11 ");
	event_source_close(source);
	bytes_release(&recording.options);
	bytes_release(&scale);
	bytes_release(&pages);
}

/* Cycles that nothing in the file makes nanoseconds of. */
static void clocks_that_count(void **state)
{
	static const char *const clocks[] = { "[x86-tsc] mono\n", "local [counter]\n", "[uptime]\n", "[boot] counter\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		struct recording recording = { 7, "none", false, 8 };
		struct bytes pages = { 0 };
		struct event_source *source;
		const char *fidelity;

		put_option(&recording.options, 4, clocks[i], (uint32_t)strlen(clocks[i]) + 1);
		two_allocs(&pages, 8, 100, 1, 0, 0);
		recording.cpus[0] = (struct recording_cpu){ "", 0, &pages };
		source = open_made(&recording, MM_ALL_KINDS);
		fidelity = event_source_info(source)->fidelity;
		assert_true(i == 3 ? !fidelity : fidelity && strstr(fidelity, "no nanoseconds"));
		event_source_close(source);
		bytes_release(&recording.options);
		bytes_release(&pages);
	}
}

static void records_without_a_format(void **state)
{
	struct recording recording = { 7, "none", false, 8 };
	struct bytes pages = { 0 };
	struct event_source *source;

	(void)state;
	page_begin(&pages, 100, 8);
	page_alloc(&pages, 0, 1, 1);
	page_data(&pages, 1, 999, 1, 4);
	page_data(&pages, 1, 999, 1, 4);
	page_alloc(&pages, 1, 1, 2);
	page_end(&pages, 8, 0, 0);
	two_allocs(&pages, 8, 200, 1, 0, 0);
	recording.cpus[0] = (struct recording_cpu){ "", 0, &pages };
	source = open_made(&recording, MM_ALL_KINDS);
	assert_events(source, "100:0:1:1 103:0:1:2 200:0:gap(101,200,2) 200:0:1:10 210:0:1:11 ");
	assert_note(source, "without its format (event id 999)");
	event_source_close(source);
	bytes_release(&pages);
}

static void what_is_no_recording(void **state)
{
	static const struct no_recording cases[] = {
		{ "", 0, "empty" },
		{ "hello", 5, "not a recording" },
		{ "\x17\x08\x44tracing", 10, "version" },
		{ "\x17\x08\x44tracing5", 12, "version \"5\"" },
		{ "\x17\x08\x44tracing7\0\0\x08", 14, "ends" },
		{ "\x17\x08\x44tracing7\0\7\x08\0\x10\0\0", 18, "byte order" },
		{ "\x17\x08\x44tracing7\0\0\x08\1\x10\0\0", 18, "page size" },
		{ "\x17\x08\x44tracing7\0\0\x08\0\x10\0\0lz9\0" "1\0\0\0\0\0\0\0\0\0", 32, "lz9" },
		{ "\x17\x08\x44tracing7\0\0\x08\0\x10\0\0zstd\0" "1\0\0\0\0\0\0\0\0\0", 33, "no event format" },
	};
	struct event_source *source = NULL;
	const char *folder = "/";
	const char *absent = "/nowhere/at all";
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_no_recording(&cases[i]);
	assert_int_equal(event_source_open(&source, &folder, 1, MM_ALL_KINDS, &err), RC_INPUT);
	assert_int_equal(event_source_open(&source, &absent, 1, MM_ALL_KINDS, &err), RC_INPUT);
	assert_int_equal(event_source_open(&source, NULL, 0, MM_ALL_KINDS, &err), RC_USAGE);
	assert_null(source);
	event_source_close(NULL);
}

static void every_reader_and_name_is_there(void **state)
{
	(void)state;
	assert_non_null(event_readers[0]);
	for (size_t i = 0; event_readers[i]; i++) {
		assert_non_null(event_readers[i]->name);
		assert_non_null(event_readers[i]->probe);
		assert_non_null(event_readers[i]->open);
		assert_non_null(event_readers[i]->close);
	}
	for (int kind = 0; kind < MM_NR_KINDS; kind++)
		assert_non_null(mm_kind_name(kind));
	for (int call = 0; call < MM_NR_CALLS; call++)
		assert_non_null(mm_call_name(call));
	for (int member = 0; member < MM_NR_MEMBERS; member++)
		assert_non_null(mm_member_name(member));
}

/* Real ones: all is counted, in order, and whole. */
static void real_recordings(void **state)
{
	static const struct {
		const char *name;
		uint64_t read, used, kinds[3];	/* faults, allocations, calls */
		uint64_t end_ns;
	} cases[] = {
		{ "thp.dat", 27387, 27383, { 2449, 2328, 54 }, 5154803271254 },
		{ "v1-forkcow-6.1.dat", 19428, 15724, { 0, 0, 0 }, 4008595927 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[4096];
		const char *paths[] = { path };
		const struct trace_counts *counts;
		const struct mm_event *event;
		struct event_source *source;
		uint64_t time = 0;
		struct error err;

		snprintf(path, sizeof(path), "%s/%s", TESTS_DATA, cases[i].name);
		source = open_paths(paths, 1, MM_ALL_KINDS);
		while (!event_source_next(source, &event, &err)) {
			assert_true(event->time_ns >= time);
			assert_true(event->kind != MM_GAP);
			time = event->time_ns;
		}
		counts = event_source_counts(source);
		assert_int_equal(time, cases[i].end_ns);
		assert_int_equal(counts->read, cases[i].read);
		assert_int_equal(counts->used, cases[i].used);
		assert_int_equal(counts->read, counts->used + counts->skipped);
		if (cases[i].kinds[0]) {
			assert_int_equal(counts->kinds[MM_FAULT], cases[i].kinds[0]);
			assert_int_equal(counts->kinds[MM_PAGE_ALLOC], cases[i].kinds[1]);
			assert_int_equal(counts->kinds[MM_CALL], cases[i].kinds[2]);
		}
		assert_no_notes(source);
		event_source_close(source);
	}
}

/* What this process has read so far; 0 = the kernel does not count it. */
static unsigned long long bytes_read(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	unsigned long long bytes = 0;

	if (file) {
		if (fscanf(file, "rchar: %llu", &bytes) != 1)
			bytes = 0;
		fclose(file);
	}
	return bytes;
}

/*
 * Opening reads what is needed to begin, whatever else is in the file: here 20 MB of symbols and 24 MB
 * of pages, of which nine windows of 64 KiB are read.  Bytes and no time: they do not depend on the machine.
 */
static void opening_reads_little(void **state)
{
	const unsigned long long most = 12 * 65536;
	struct bytes one = { 0 }, pages = { 0 };

	(void)state;
	if (!bytes_read())
		skip();
	two_allocs(&one, 8, 1000, 7, 0, 0);
	for (int i = 0; i < 3000; i++)
		put(&pages, one.data, one.nr);
	for (uint32_t version = 6; version <= 7; version++) {
		struct recording recording = {
			version, version == 6 ? "none" : "zstd", false, 8,
			.cpus = { { "", 0, &pages }, { "", 1, &pages } }, .symbol_bytes = 20000000,
		};
		unsigned long long before;
		struct recording_map map;
		struct bytes file;
		const char *path;

		recording_make(&recording, &file, &map);
		path = bytes_to_file(&file);
		bytes_release(&file);
		before = bytes_read();
		event_source_close(open_paths(&path, 1, MM_ALL_KINDS));
		assert_in_range(bytes_read() - before, 1, most);
		unlink(path);
	}
	bytes_release(&one);
	bytes_release(&pages);
}

static void lines(void **state)
{
	static const struct {
		struct mm_event event;
		const char *line;
	} cases[] = {
		{ { .time_ns = 5154615202292, .cpu = 1, .tid = 7, .kind = MM_PAGE_ALLOC,
		    .alloc = { .pfn = 0x164e1e, .order = 9, .gfp_flags = 0x140cca, .has_pfn = true } },
		  "5154.615202292 cpu=1 tid=7 mm_page_alloc pfn=0x164e1e order=9 gfp_flags=0x140cca" },
		{ { .time_ns = 1, .kind = MM_RSS, .rss = { .pages = -1, .member = MM_SHMEMPAGES } },
		  "0.000000001 cpu=0 tid=0 rss_stat member=shmem pages=-1" },
		{ { .kind = MM_RSS, .rss = { .pages = 2, .member = 9, .mm_id = 5, .has_mm_id = true } },
		  "0.000000000 cpu=0 tid=0 rss_stat member=9 pages=2 mm_id=5 curr=0" },
		{ { .kind = MM_TASK_RENAME, .task = { .pid = 3, .comm = "a \"b\\\n" } },
		  "0.000000000 cpu=0 tid=0 task_rename pid=3 comm=\"a \\\"b\\\\\\x0a\"" },
		{ { .kind = MM_CALL, .call = MM_CALL_BRK, .call_args = { { 16 } } },
		  "0.000000000 cpu=0 tid=0 sys_enter call=brk args=0x10,0x0,0x0,0x0,0x0,0x0" },
	};
	static char line[EVENT_LINE_BYTES];
	struct recording recording = { 7, "none", false, 8 };
	struct event_source *source = open_made(&recording, MM_ALL_KINDS);

	(void)state;
	assert_note(source, "no ring buffer");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t bytes = event_line_format(source, &cases[i].event, line);

		assert_string_equal(line, cases[i].line);
		assert_int_equal(bytes, strlen(line));
	}
	event_source_close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_order_and_compression),
		cmocka_unit_test(several_buffers),
		cmocka_unit_test(several_files),
		cmocka_unit_test(unwanted_kinds_are_skipped),
		cmocka_unit_test(losses),
		cmocka_unit_test(losses_of_silent_pages),
		cmocka_unit_test(options_that_move_the_time),
		cmocka_unit_test(clocks_that_count),
		cmocka_unit_test(records_without_a_format),
		cmocka_unit_test(what_is_no_recording),
		cmocka_unit_test(every_reader_and_name_is_there),
		cmocka_unit_test(real_recordings),
		cmocka_unit_test(lines),
		cmocka_unit_test(opening_reads_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
