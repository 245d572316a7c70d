// SPDX-License-Identifier: GPL-2.0-or-later
/* Records written as pages are read back by the reader of real ones. */
#include "scrub/page_writer.h"

#include "scrub/event_record.h"
#include "tests/unit/temporary.h"
#include "traces/event_source.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct event_traits traits = {
	.kinds = MM_ALL_KINDS, .calls = UINT64_MAX, .page_size = 4096, .has_pfn = true, .has_mm_id = true,
	.has_group_dead = true,
};

struct writing {
	struct folder folder;
	struct event_records records;
	struct dat_file *file;
	struct page_writer cpu;
};

static void begin(struct writing *writing)
{
	struct dat_file_settings settings = { .clock = "mono", .nr_cpus = 1, .page_bytes = 4096, .max_bytes = 1 << 24 };
	struct dat_blob formats = { 0 };
	struct error err;

	folder_make(&writing->folder);
	settings.path = folder_file(&writing->folder, "a.dat");
	event_records_init(&writing->records, &traits);
	assert_int_equal(dat_file_open(&writing->file, &settings, &err), RC_OK);
	event_records_formats(&writing->records, &formats);
	assert_int_equal(dat_file_add_section(writing->file, DAT_EVENT_FORMATS, &formats, &err), RC_OK);
	dat_blob_release(&formats);
	assert_int_equal(dat_file_begin_cpus(writing->file, &err), RC_OK);
	page_writer_init(&writing->cpu, writing->file, 0, 4096);
}

static void add(struct writing *writing, const struct mm_event *event, const char *text)
{
	uint8_t record[EVENT_RECORD_BYTES];
	uint32_t bytes = event_records_encode(&writing->records, event, text, record);
	struct error err;

	assert_true(bytes > 0);
	assert_int_equal(page_writer_add(&writing->cpu, event->time_ns, record, bytes, &err), RC_OK);
}

static struct event_source *finish(struct writing *writing)
{
	const char *path = writing->folder.file;
	struct event_source *source;
	struct error err;

	assert_int_equal(page_writer_end(&writing->cpu, &err), RC_OK);
	page_writer_release(&writing->cpu);
	assert_int_equal(dat_file_close(writing->file, &err), RC_OK);
	assert_int_equal(event_source_open(&source, &path, 1, MM_ALL_KINDS, &err), RC_OK);
	return source;
}

static const struct mm_event *next(struct event_source *source)
{
	const struct mm_event *event;
	struct error err;

	assert_int_equal(event_source_next(source, &event, &err), RC_OK);
	return event;
}

/* Times from one nanosecond apart to beyond what a record's header, and then an extend, can hold. */
static void keeps_times(void **state)
{
	static const uint64_t times[] = {
		5, 5, 6, 6 + (1 << 27) - 1, 6 + (1 << 28), UINT64_C(1) << 40, UINT64_C(1) << 58,
		(UINT64_C(1) << 58) + (UINT64_C(1) << 59),
	};
	struct writing writing;
	struct event_source *source;

	(void)state;
	begin(&writing);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		add(&writing, &(struct mm_event){ .time_ns = times[i], .tid = 7, .kind = MM_EXIT_MMAP,
						  .exit_mmap.mm = i }, "");
	source = finish(&writing);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		const struct mm_event *event = next(source);

		assert_int_equal(event->kind, MM_EXIT_MMAP);
		assert_int_equal(event->time_ns, times[i]);
		assert_int_equal(event->exit_mmap.mm, i);
		assert_int_equal(event->tid, 7);
	}
	event_source_close(source);
	folder_remove(&writing.folder);
}

/* A number that is known, then one that is not, then records again. */
static void keeps_losses(void **state)
{
	struct writing writing;
	struct event_source *source;
	const struct mm_event *event;
	struct error err;

	(void)state;
	begin(&writing);
	add(&writing, &(struct mm_event){ .time_ns = 10, .tid = 1, .kind = MM_EXIT_MMAP }, "");
	assert_int_equal(page_writer_lost(&writing.cpu, 20, 1234, &err), RC_OK);
	add(&writing, &(struct mm_event){ .time_ns = 30, .tid = 1, .kind = MM_EXIT_MMAP }, "");
	assert_int_equal(page_writer_lost(&writing.cpu, 40, 0, &err), RC_OK);
	add(&writing, &(struct mm_event){ .time_ns = 50, .tid = 1, .kind = MM_EXIT_MMAP }, "");
	source = finish(&writing);
	assert_int_equal(next(source)->time_ns, 10);
	event = next(source);
	assert_int_equal(event->kind, MM_GAP);
	assert_int_equal(event->gap.lost, 1234);
	assert_int_equal(next(source)->time_ns, 30);
	event = next(source);
	assert_int_equal(event->kind, MM_GAP);
	assert_int_equal(event->gap.lost, 0);
	assert_int_equal(next(source)->time_ns, 50);
	event_source_close(source);
	folder_remove(&writing.folder);
}

/* A path longer than a short record can be; negative sizes; names that fill their place. */
static void keeps_fields(void **state)
{
	char path[900];
	struct writing writing;
	struct event_source *source;
	const struct mm_event *event;
	struct mm_event rename = { .time_ns = 2, .tid = 9, .kind = MM_TASK_RENAME, .task = { .pid = 9 } };

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	memcpy(rename.task.comm, "fifteen-letters", 16);
	begin(&writing);
	add(&writing, &(struct mm_event){ .time_ns = 1, .tid = 9, .kind = MM_CGROUP_ATTACH,
					  .cgroup = { .id = 3, .pid = 9, .level = 2, .root = 4 } }, path);
	add(&writing, &rename, "");
	add(&writing, &(struct mm_event){ .time_ns = 3, .tid = 9, .kind = MM_RSS,
					  .rss = { .pages = -7, .mm_id = 5, .member = 1, .curr = true } }, "");
	add(&writing, &(struct mm_event){ .time_ns = 4, .tid = 9, .kind = MM_CALL_DONE, .call = MM_CALL_MMAP,
					  .call_done.ret = -12 }, "");
	add(&writing, &(struct mm_event){ .time_ns = 5, .tid = 9, .kind = MM_PAGE_ALLOC }, "");
	source = finish(&writing);
	event = next(source);
	assert_int_equal(event->cgroup.id, 3);
	assert_int_equal(event->cgroup.root, 4);
	assert_string_equal(event_source_string(source, event->cgroup.path), path);
	assert_string_equal(next(source)->task.comm, "fifteen-letters");
	event = next(source);
	assert_int_equal(event->rss.pages, -7);
	assert_true(event->rss.has_mm_id && event->rss.curr);
	event = next(source);
	assert_int_equal(event->call, MM_CALL_MMAP);
	assert_int_equal(event->call_done.ret, -12);
	/* has_pfn was not set: the allocation had failed */
	assert_false(next(source)->alloc.has_pfn);
	event_source_close(source);
	folder_remove(&writing.folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_times),
		cmocka_unit_test(keeps_losses),
		cmocka_unit_test(keeps_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
