// SPDX-License-Identifier: GPL-2.0-or-later
/* A file that grows is readable at any moment: ended in peace, or not ended at all. */
#include "recorder/dat_file.h"

#include "base/snapshot_records.h"
#include "tests/unit/recorder_file.h"
#include "tests/unit/temporary.h"
#include "traces/event_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#define NR_EVENTS 50	/* of a page */

static struct dat_file *begin(const char *path, uint64_t max_bytes)
{
	return recorder_file_begin(path, 3, max_bytes, &(struct recording_format){ "kmem", format_alloc });
}

/* A page of NR_EVENTS allocations, one a microsecond. */
static enum status append_page(struct dat_file *file, uint32_t cpu, uint64_t time_ns, struct error *err)
{
	struct bytes page = { 0 };
	enum status status;

	page_begin(&page, time_ns, 8);
	for (uint32_t i = 0; i < NR_EVENTS; i++)
		page_alloc(&page, 1000, 10 + cpu, time_ns + i * 7919 % 1000);
	page_end(&page, 8, 0, 0);
	status = dat_file_append(file, cpu, page.data, page.nr, err);
	bytes_release(&page);
	return status;
}

static void append(struct dat_file *file, uint32_t cpu, uint64_t time_ns)
{
	struct error err;

	assert_int_equal(append_page(file, cpu, time_ns, &err), RC_OK);
}

/* Events in the file; it must hold nothing that is worth a note, but that its recorder was killed. */
static uint64_t count_events(const char *path, bool is_killed)
{
	struct event_source *source;
	const struct mm_event *event;
	const char *const *notes;
	uint64_t nr_more, nr = 0;
	struct error err;

	assert_int_equal(event_source_open(&source, &path, 1, MM_ALL_KINDS, &err), RC_OK);
	while (!event_source_next(source, &event, &err)) {
		assert_int_equal(event->kind, MM_PAGE_ALLOC);
		assert_int_equal(event->tid, 10 + event->cpu);
		nr++;
	}
	assert_int_equal(event_source_notes(source, &notes, &nr_more), is_killed);
	if (is_killed)
		assert_non_null(strstr(notes[0], "its recorder was killed"));
	assert_string_equal(event_source_info(source)->clock, "mono");
	event_source_close(source);
	return nr;
}

/* CPU 1 is silent, once the last one too; regions of 16 MiB are moved together, so no hole is left. */
static void ends_in_peace_with(uint32_t last_cpu)
{
	struct folder folder;
	struct dat_file *file;
	struct stat stat_of;
	struct error err;
	uint64_t bytes;

	folder_make(&folder);
	file = begin(folder_file(&folder, "a.dat"), 16 << 20);
	for (uint64_t i = 1; i <= 20; i++)
		append(file, i % 4 ? 0 : last_cpu, i * 1000000);
	dat_file_add_option(file, DAT_CPUSTAT, "CPU: 0\n", sizeof("CPU: 0\n"));
	bytes = dat_file_bytes(file);
	assert_int_equal(dat_file_close(file, &err), RC_OK);
	assert_int_equal(count_events(folder.file, false), 20 * NR_EVENTS);
	assert_int_equal(stat(folder.file, &stat_of), 0);
	/* each region begins at a page, and the options have one to grow in */
	assert_true((uint64_t)stat_of.st_size < bytes + 5 * PAGE);
	folder_remove(&folder);
}

static void ends_in_peace(void **state)
{
	(void)state;
	ends_in_peace_with(2);
	ends_in_peace_with(0);
}

/* No disk has so much room that as much as there can be stays free: nothing is moved, and all of it is there. */
static void ends_sparse(void **state)
{
	struct folder folder;
	struct dat_file *file;
	struct stat stat_of;
	struct error err;
	bool is_sparse;

	(void)state;
	folder_make(&folder);
	file = recorder_file_begin_with(&(struct dat_file_settings){
		.path = folder_file(&folder, "a.dat"), .clock = "mono", .nr_cpus = 3, .page_bytes = PAGE,
		.max_bytes = 16 << 20, .min_free_bytes = UINT64_MAX,
	}, &(struct recording_format){ "kmem", format_alloc });
	for (uint64_t i = 1; i <= 20; i++)
		append(file, i % 4 ? 1 : 2, i * 1000000);
	dat_file_add_option(file, DAT_CPUSTAT, "CPU: 0\n", sizeof("CPU: 0\n"));
	assert_int_equal(dat_file_end(file, &is_sparse, &err), RC_OK);
	assert_true(is_sparse);
	assert_int_equal(dat_file_close(file, &err), RC_OK);
	assert_int_equal(count_events(folder.file, false), 20 * NR_EVENTS);
	assert_int_equal(stat(folder.file, &stat_of), 0);
	assert_true(stat_of.st_size > 1 << 30);	/* where regions begin: behind what is written between the events */
	folder_remove(&folder);
}

/* All pages that were appended are there, though nobody ended the file. */
static void is_killed(void **state)
{
	struct folder folder;
	const char *path;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "a.dat");
	for (uint64_t nr = 0; nr < 5; nr++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			struct dat_file *file = begin(path, 16 << 20);

			for (uint64_t i = 0; i < nr; i++)
				append(file, i % 3, (i + 1) * 1000000);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_int_equal(count_events(path, true), nr * NR_EVENTS);
	}
	folder_remove(&folder);
}

/* A task, a range of 3 pages and its pages: what recorder/snapshot.c writes. */
static void add_snapshot(struct dat_file *file, uint64_t time_ns, uint32_t tid, uint8_t is_end)
{
	const uint8_t flags = 3, anon = 0;
	struct dat_blob blob = { 0 };
	struct error err;

	dat_blob_add_u8(&blob, RECORD_TASK);
	dat_blob_add_u64(&blob, time_ns);
	dat_blob_add_u64(&blob, time_ns + 5);
	dat_blob_add_u32(&blob, tid);
	dat_blob_add_u32(&blob, tid);
	dat_blob_add_u32(&blob, 1);
	dat_blob_add_u32(&blob, 4);
	dat_blob_add_u64(&blob, 77);
	dat_blob_add_u8(&blob, is_end);
	dat_blob_add_text(&blob, "server");
	dat_blob_add_text(&blob, "/shop/server");
	dat_blob_add_u8(&blob, RECORD_RANGE);
	dat_blob_add_u64(&blob, 0x1000);
	dat_blob_add_u64(&blob, 0x1003);
	dat_blob_add_u64(&blob, 0);
	dat_blob_add_u64(&blob, 0);
	dat_blob_add_u32(&blob, 0);
	dat_blob_add_u8(&blob, flags);
	dat_blob_add_u8(&blob, RECORD_PAGES);
	dat_blob_add_u64(&blob, 0x1000);
	dat_blob_add_u64(&blob, 0x55);
	dat_blob_add_u32(&blob, 3);
	dat_blob_add_u8(&blob, anon);
	assert_int_equal(dat_file_add_section(file, DAT_SNAPSHOT, &blob, &err), RC_OK);
	dat_blob_release(&blob);
}

static void expect_snapshot(struct event_source *source, uint64_t time_ns, uint32_t tid, bool is_end)
{
	const struct mm_event *event;
	struct error err;

	assert_int_equal(event_source_next(source, &event, &err), RC_OK);
	assert_int_equal(event->kind, MM_SNAPSHOT_TASK);
	assert_int_equal(event->time_ns, time_ns);
	assert_int_equal(event->tid, tid);
	assert_int_equal(event->snapshot_task.end_ns, time_ns + 5);
	assert_int_equal(event->snapshot_task.cgroup_id, 77);
	assert_int_equal(event->snapshot_task.root, 4);
	assert_int_equal(event->snapshot_task.is_end, is_end);
	assert_false(event->snapshot_task.is_place);
	assert_string_equal(event_source_string(source, event->snapshot_task.comm), "server");
	assert_string_equal(event_source_string(source, event->snapshot_task.path), "/shop/server");
	assert_int_equal(event_source_next(source, &event, &err), RC_OK);
	assert_int_equal(event->kind, MM_SNAPSHOT_RANGE);
	assert_int_equal(event->snapshot_range.begin, 0x1000);
	assert_int_equal(event->snapshot_range.end, 0x1003);
	assert_int_equal(event->snapshot_range.flags, MM_RANGE_READ | MM_RANGE_WRITE);
	assert_int_equal(event_source_next(source, &event, &err), RC_OK);
	assert_int_equal(event->kind, MM_SNAPSHOT_PAGES);
	assert_int_equal(event->snapshot_pages.vpn, 0x1000);
	assert_int_equal(event->snapshot_pages.pfn, 0x55);
	assert_int_equal(event->snapshot_pages.nr, 3);
	assert_int_equal(event->snapshot_pages.frame, MM_FRAME_ANON);
}

/* Snapshots stand between the events of their time, in a file that was ended and in one that was not. */
static void holds_snapshots(void **state)
{
	struct folder folder;
	const char *path;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "a.dat");
	for (int is_killed = 0; is_killed < 2; is_killed++) {
		struct dat_file *file = begin(path, 16 << 20);
		struct event_source *source;
		const struct mm_event *event;
		struct error err;

		append(file, 0, 1000000);
		add_snapshot(file, 500000, 7, 0);
		append(file, 0, 2000000);
		add_snapshot(file, 3000000, 7, 1);
		if (!is_killed)
			assert_int_equal(dat_file_close(file, &err), RC_OK);
		assert_int_equal(event_source_open(&source, &path, 1, MM_ALL_KINDS, &err), RC_OK);
		expect_snapshot(source, 500000, 7, false);
		for (int i = 0; i < 2 * NR_EVENTS; i++) {
			assert_int_equal(event_source_next(source, &event, &err), RC_OK);
			assert_int_equal(event->kind, MM_PAGE_ALLOC);
		}
		expect_snapshot(source, 3000000, 7, true);
		assert_int_equal(event_source_next(source, &event, &err), RC_END);
		event_source_close(source);
		if (is_killed)
			dat_file_close(file, &err);
	}
	folder_remove(&folder);
}

/* Ten thousand facts are kept; that there are more is said, once. */
static void keeps_so_many_facts(void **state)
{
	struct folder folder;
	struct dat_file *file;
	struct dat_blob blob = { 0 };
	struct event_source *source;
	const char *const *notes, *path;
	uint64_t nr_more;
	struct error err;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "a.dat");
	file = begin(path, 16 << 20);
	for (int i = 0; i < 10005; i++) {
		char key[32];

		snprintf(key, sizeof(key), "key%d", i);
		dat_blob_add_u8(&blob, RECORD_FACT);
		dat_blob_add_text(&blob, key);
		dat_blob_add_text(&blob, "value");
	}
	assert_int_equal(dat_file_add_section(file, DAT_SNAPSHOT, &blob, &err), RC_OK);
	dat_blob_release(&blob);
	dat_file_add_option(file, DAT_CPUSTAT, "", 1);
	assert_int_equal(dat_file_close(file, &err), RC_OK);
	assert_int_equal(event_source_open(&source, &path, 1, MM_ALL_KINDS, &err), RC_OK);
	assert_int_equal(event_source_info(source)->nr_facts, 10000);
	assert_int_equal(event_source_notes(source, &notes, &nr_more), 1);
	assert_non_null(strstr(notes[0], "only the first 10000 are kept, 'key10000' and"));
	event_source_close(source);
	folder_remove(&folder);
}

static void add_fact(struct dat_file *file, enum dat_section section, const char *key, const char *value)
{
	struct dat_blob blob = { 0 };
	struct error err;

	dat_blob_add_u8(&blob, RECORD_FACT);
	dat_blob_add_text(&blob, key);
	dat_blob_add_text(&blob, value);
	assert_int_equal(dat_file_add_section(file, section, &blob, &err), RC_OK);
	dat_blob_release(&blob);
}

/* Names that became known late are facts from the beginning, of the first file and of those behind it. */
static void finds_late_names(void **state)
{
	static const char *const expected[][2] = {
		{ "swappiness", "60" }, { "name /shop/a", "cart" }, { "name /shop/b", "till" },
	};
	struct folder folder;
	struct event_source *source;
	const struct trace_info *info;
	char paths[2][128];
	const char *const inputs[] = { paths[0], paths[1] };
	struct error err;

	(void)state;
	folder_make(&folder);
	for (int i = 0; i < 2; i++) {
		struct dat_file *file;

		snprintf(paths[i], sizeof(paths[i]), "%s", folder_file(&folder, i ? "b.dat" : "a.dat"));
		file = begin(paths[i], 16 << 20);
		add_fact(file, DAT_SNAPSHOT, "swappiness", i ? "70" : "60");
		append(file, 0, 1000000);
		add_snapshot(file, 1000000, 7, 0);
		add_fact(file, DAT_NAMES, i ? "name /shop/b" : "name /shop/a", i ? "till" : "cart");
		add_snapshot(file, 2000000, 7, 1);
		dat_file_add_option(file, DAT_CPUSTAT, "", 1);
		assert_int_equal(dat_file_close(file, &err), RC_OK);
	}
	assert_int_equal(event_source_open(&source, inputs, 2, MM_ALL_KINDS, &err), RC_OK);
	info = event_source_info(source);
	assert_int_equal(info->nr_facts, 3);
	for (int i = 0; i < 3; i++) {
		assert_string_equal(info->facts[i].key, expected[i][0]);
		assert_string_equal(info->facts[i].value, expected[i][1]);
	}
	event_source_close(source);
	folder_remove(&folder);
}

/* A region that is full refuses; what it holds stays. */
static void fills_its_region(void **state)
{
	struct folder folder;
	struct dat_file *file;
	struct error err = { "" };
	uint64_t nr = 0;

	(void)state;
	folder_make(&folder);
	file = begin(folder_file(&folder, "a.dat"), 2 * PAGE);
	while (nr < 1000 && !append_page(file, 2, (nr + 1) * 1000000, &err))
		nr++;
	assert_in_range(nr, 2, 999);
	assert_non_null(strstr(err.text, "CPU 2 has filled its part"));
	dat_file_add_option(file, DAT_CPUSTAT, "CPU: 2\n", sizeof("CPU: 2\n"));
	assert_int_equal(dat_file_close(file, &err), RC_OK);
	assert_int_equal(count_events(folder.file, false), nr * NR_EVENTS);
	folder_remove(&folder);
}

static void cannot_create(void **state)
{
	const struct dat_file_settings settings = { .path = "/nonexistent/a.dat", .nr_cpus = 1, .page_bytes = PAGE };
	struct dat_file *file;
	struct error err;

	(void)state;
	assert_int_equal(dat_file_open(&file, &settings, &err), RC_OUTPUT);
	assert_non_null(strstr(err.text, "/nonexistent/a.dat: cannot create: No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_in_peace),
		cmocka_unit_test(ends_sparse),
		cmocka_unit_test(is_killed),
		cmocka_unit_test(holds_snapshots),
		cmocka_unit_test(keeps_so_many_facts),
		cmocka_unit_test(finds_late_names),
		cmocka_unit_test(fills_its_region),
		cmocka_unit_test(cannot_create),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
