// SPDX-License-Identifier: GPL-2.0-or-later
/* What replay makes of the address spaces that a recorder found: here, what their children get. */
#include "base/snapshot_records.h"
#include "ops/op_sources.h"
#include "tests/unit/recorder_file.h"
#include "tests/unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ID_NEWTASK = 205, PARENT = 7, CHILD = 8, SIGCHLD_ALONE = 17 };

static const char format_newtask[] = "name: task_newtask\nID: 205\n" FORMAT_COMMON
	"\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;\n"
	"\tfield:char comm[16];\toffset:12;\tsize:16;\tsigned:0;\n"
	"\tfield:u64 clone_flags;\toffset:32;\tsize:8;\tsigned:0;\n"
	"\tfield:short oom_score_adj;\toffset:40;\tsize:2;\tsigned:1;\n\n"
	"print fmt: \"pid=%d\", REC->pid\n";

/* nr pages from vpn on, of file 99 from index on, and what stands in their entries. */
struct range {
	uint64_t vpn, index;
	uint32_t nr_pages;
	uint8_t frame, flags;
};

static void add_range(struct dat_blob *blob, const struct range *range)
{
	dat_blob_add_u8(blob, RECORD_RANGE);
	dat_blob_add_u64(blob, range->vpn);
	dat_blob_add_u64(blob, range->vpn + range->nr_pages);
	dat_blob_add_u64(blob, range->index);
	dat_blob_add_u64(blob, 99);
	dat_blob_add_u32(blob, 1 << 20);
	dat_blob_add_u8(blob, range->flags);
	dat_blob_add_u8(blob, RECORD_PAGES);
	dat_blob_add_u64(blob, range->vpn);
	dat_blob_add_u64(blob, 0x1000 + range->vpn);
	dat_blob_add_u32(blob, range->nr_pages);
	dat_blob_add_u8(blob, range->frame);
}

static void add_snapshot(struct dat_file *file, const struct range *ranges, size_t nr)
{
	struct dat_blob blob = { 0 };
	struct error err;

	dat_blob_add_u8(&blob, RECORD_TASK);
	dat_blob_add_u64(&blob, 1000);
	dat_blob_add_u64(&blob, 2000);
	dat_blob_add_u32(&blob, PARENT);
	dat_blob_add_u32(&blob, PARENT);
	dat_blob_add_u32(&blob, 1);
	dat_blob_add_u32(&blob, 4);
	dat_blob_add_u64(&blob, 77);
	dat_blob_add_u8(&blob, 0);
	dat_blob_add_text(&blob, "shell");
	dat_blob_add_text(&blob, "/shop");
	for (size_t i = 0; i < nr; i++)
		add_range(&blob, &ranges[i]);
	assert_int_equal(dat_file_add_section(file, DAT_SNAPSHOT, &blob, &err), RC_OK);
	dat_blob_release(&blob);
}

/* At 5,000 ns the parent forks. */
static void add_fork(struct dat_file *file)
{
	struct bytes page = { 0 };
	struct error err;

	page_begin(&page, 5000, 8);
	page_header(&page, 12, 0);	/* 48 bytes */
	put_u16(&page, ID_NEWTASK);
	put_u16(&page, 0);
	put_u32(&page, PARENT);
	put_u32(&page, CHILD);
	put(&page, "shell\0\0\0\0\0\0\0\0\0\0", 16);
	put_u32(&page, 0);
	put_u64(&page, SIGCHLD_ALONE);
	put_u64(&page, 0);
	page_end(&page, 8, 0, 0);
	assert_int_equal(dat_file_append(file, 0, page.data, page.nr, &err), RC_OK);
	bytes_release(&page);
}

static void write_recording(const char *path, const struct range *ranges, size_t nr)
{
	struct dat_file *file = recorder_file_begin(path, 1, 1 << 20, &(struct recording_format){ "task", format_newtask });
	struct error err;

	add_snapshot(file, ranges, nr);
	add_fork(file);
	dat_file_add_option(file, DAT_CPUSTAT, "", 1);
	assert_int_equal(dat_file_close(file, &err), RC_OK);
}

/* What a child got of the pages below `split`, and of those above. */
struct copied {
	uint64_t split;
	unsigned int below, above, ranges;
};

static void count(void *context, struct mem_op *op)
{
	struct copied *copied = context;

	if (op->kind == OP_MAP && op->why == WHY_FORK)
		*(op->vpn < copied->split ? &copied->below : &copied->above) += 1;
	copied->ranges += op->kind == OP_VMA_MAP && op->why == VMA_FORK;
}

static enum status advance(void *context, uint64_t now_ns)
{
	(void)context;
	(void)now_ns;
	return RC_OK;
}

static struct copied replay(const struct range *ranges, size_t nr, uint64_t split)
{
	struct copied copied = { .split = split };
	const struct op_listener listener = { .context = &copied, .op = count, .advance = advance };
	struct op_source *source;
	struct folder folder;
	struct error err;
	const char *path;

	folder_make(&folder);
	path = folder_file(&folder, "a.dat");
	write_recording(path, ranges, nr);
	assert_int_equal(op_source_open(&source, &path, 1, &err), RC_OK);
	assert_int_equal(source->class->start(source, &listener, &err), RC_OK);
	assert_int_equal(source->class->run(source, &err), RC_OK);
	op_source_close(source);
	folder_remove(&folder);
	return copied;
}

/*
 * A library's constants, then the tables that its loader filled in and made read-only again: one file, one
 * index after the other, the same rights. The kernel lists them as two, for one has anonymous pages; at fork it
 * copies the entries of that one alone (vma_needs_copy()), and lets the child fault for the other.
 */
static void filled_tables_are_apart(void **state)
{
	static const struct range library[] = {
		{ 0x7f000, 10, 6, MM_FRAME_FILE, MM_RANGE_READ },
		{ 0x7f006, 16, 3, MM_FRAME_ANON, MM_RANGE_READ },
	};
	const struct copied copied = replay(library, 2, 0x7f006);

	(void)state;
	assert_int_equal(copied.ranges, 2);
	assert_int_equal(copied.below, 0);
	assert_int_equal(copied.above, 3);
}

/* Those that do not look the same are two anyway, and a range that was written to is copied whole. */
static void written_ranges_are_copied(void **state)
{
	static const struct range program[] = {
		{ 0x400, 0, 4, MM_FRAME_FILE, MM_RANGE_READ | MM_RANGE_EXEC },
		{ 0x404, 4, 2, MM_FRAME_ANON, MM_RANGE_READ | MM_RANGE_WRITE },
	};
	const struct copied copied = replay(program, 2, 0x404);

	(void)state;
	assert_int_equal(copied.ranges, 2);
	assert_int_equal(copied.below, 0);
	assert_int_equal(copied.above, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filled_tables_are_apart),
		cmocka_unit_test(written_ranges_are_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
