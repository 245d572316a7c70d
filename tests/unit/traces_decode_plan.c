// SPDX-License-Identifier: GPL-2.0-or-later
/* Decode plans from format texts as kernels print them, and what they make of records. */
#include "traces/decode_plan.h"

#include "traces_recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct format_target little = { false, 8, 4096 };
static const struct format_target big = { true, 8, 4096 };

static bool compile(struct decode_plan *plan, const struct format_target *target,
		    const char *system, const char *name, const char *text, const char **missing)
{
	int tracepoint = tracepoint_find(system, name, strlen(name));

	assert_true(tracepoint >= 0);
	return decode_plan_compile(plan, target, tracepoint, text, strlen(text), missing);
}

/* A record: common fields of tid 42, then what the test puts. */
static struct bytes begin_record(const struct format_target *target)
{
	struct bytes record = { .big_endian = target->big_endian };

	put_u16(&record, 1);
	put_u16(&record, 0);
	put_u32(&record, 42);
	return record;
}

static struct mm_event apply(const struct decode_plan *plan, struct bytes *record,
			     struct strings *strings)
{
	struct mm_event event;
	size_t nr = record->nr;

	assert_true(nr >= plan->min_bytes);
	put_zeros(record, 8);
	decode_plan_apply(plan, record->data, nr, &event, strings);
	bytes_release(record);
	assert_int_equal(event.tid, 42);
	return event;
}

static void knows_tracepoints_by_system_and_name(void **state)
{
	(void)state;
	assert_true(tracepoint_find("kmem", "mm_page_alloc_more", 13) >= 0);
	assert_int_equal(tracepoint_find("kmem", "mm_page_alloc_more", 18), -1);
	assert_int_equal(tracepoint_find("kmem", "mm_page_allo", 12), -1);
	assert_int_equal(tracepoint_find("kmem", "mm_page_alloc\0with more after it", 32), -1);
	assert_int_equal(tracepoint_find("filemap", "mm_page_alloc", 13), -1);
	assert_int_equal(tracepoint_find("syscalls", "sys_enter_", 10), -1);
	assert_int_equal(tracepoint_find("syscalls", "sys_enter_read", 14), -1);
	for (int call = 1; call < MM_NR_CALLS; call++) {
		char name[64];

		snprintf(name, sizeof(name), "sys_exit_%s", mm_call_name(call));
		assert_true(tracepoint_find("syscalls", name, strlen(name)) >= 0);
	}
}

static void both_byte_orders(void **state)
{
	const struct format_target *const targets[] = { &little, &big };
	const char *missing;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct bytes record = begin_record(targets[i]);
		struct decode_plan plan;
		struct mm_event event;

		assert_true(compile(&plan, targets[i], "kmem", "rss_stat", format_rss, &missing));
		assert_int_equal(plan.min_bytes, 32);
		put_u32(&record, 0xfedcba98);
		put_u32(&record, 1);
		put_u32(&record, MM_SWAPENTS);
		put_u32(&record, 0xffffffff);	/* padding */
		put_u64(&record, -634880);
		event = apply(&plan, &record, NULL);
		assert_int_equal(event.kind, MM_RSS);
		assert_int_equal(event.rss.pages, -155);
		assert_int_equal(event.rss.member, MM_SWAPENTS);
		assert_int_equal(event.rss.mm_id, 0xfedcba98);
		assert_true(event.rss.has_mm_id);
		assert_true(event.rss.curr);
	}
}

static void an_old_rss_stat_without_mm_id(void **state)
{
	static const char text[] = "name: rss_stat\nID: 1\n" FORMAT_COMMON
		"\tfield:int member;\toffset:8;\tsize:4;\tsigned:1;\n"
		"\tfield:long size;\toffset:16;\tsize:8;\tsigned:1;\n\nprint fmt: \"x\"\n";
	struct bytes record = begin_record(&little);
	struct decode_plan plan;
	struct mm_event event;
	const char *missing;

	(void)state;
	assert_true(compile(&plan, &little, "kmem", "rss_stat", text, &missing));
	put_u32(&record, MM_ANONPAGES);
	put_u32(&record, 0);
	put_u64(&record, 3 * 4096);
	event = apply(&plan, &record, NULL);
	assert_int_equal(event.rss.pages, 3);
	assert_false(event.rss.has_mm_id);
	assert_int_equal(event.rss.mm_id, 0);
}

static void page_allocations(void **state)
{
	static const char old[] = "name: mm_page_alloc\nID: 1\n" FORMAT_COMMON
		"\tfield:struct page * page;\toffset:8;\tsize:8;\tsigned:0;\n"
		"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"
		"\tfield:gfp_t gfp_flags;\toffset:20;\tsize:4;\tsigned:0;\n\nprint fmt: \"x\"\n";
	static const struct {
		const char *text;
		uint64_t pfn;
		bool has_pfn;
	} cases[] = {
		{ format_alloc, 0x1234, true },
		{ format_alloc, UINT64_MAX, false },	/* the allocation failed */
		{ old, 0xffffea0000123440, false },	/* a pointer */
	};
	const char *missing;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes record = begin_record(&little);
		struct decode_plan plan;
		struct mm_event event;

		assert_true(compile(&plan, &little, "kmem", "mm_page_alloc", cases[i].text, &missing));
		put_u64(&record, cases[i].pfn);
		put_u32(&record, 9);
		put_u32(&record, 0x2800);
		put_u64(&record, 0x140cca);
		event = apply(&plan, &record, NULL);
		assert_int_equal(event.alloc.pfn, cases[i].pfn);
		assert_int_equal(event.alloc.has_pfn, cases[i].has_pfn);
		assert_int_equal(event.alloc.order, 9);
		assert_int_equal(event.alloc.gfp_flags, cases[i].text == old ? 0x2800 : 0x140cca);
	}
}

#define FORMAT_FIELDS(name, fields) "name: " name "\nID: 1\n" FORMAT_COMMON fields "\nprint fmt: \"x\"\n"

/* Whatever a record holds, its fields are the same loaded as they are or by mask and sign; but where a width is not as usual. */
static void usual_fields_are_loaded_as_they_are(void **state)
{
	static const struct {
		const char *system, *name, *text;
		const struct format_target *target;
		bool is_usual;
	} cases[] = {
		{ "kmem", "mm_page_alloc", format_alloc, &little, true },
		{ "kmem", "rss_stat", format_rss, &little, true },
		{ "kmem", "rss_stat", format_rss, &big, false },
		{ "kmem", "mm_page_free", FORMAT_FIELDS("mm_page_free",
			"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
			"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"), &little, true },
		{ "kmem", "mm_page_free", FORMAT_FIELDS("mm_page_free",
			"\tfield:struct page * page;\toffset:8;\tsize:8;\tsigned:0;\n"
			"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"), &little, false },
		{ "exceptions", "page_fault_user", FORMAT_FIELDS("page_fault_user",
			"\tfield:unsigned long address;\toffset:8;\tsize:8;\tsigned:0;\n"
			"\tfield:unsigned long ip;\toffset:16;\tsize:8;\tsigned:0;\n"
			"\tfield:unsigned long error_code;\toffset:24;\tsize:8;\tsigned:0;\n"), &little, true },
		{ "exceptions", "page_fault_kernel", FORMAT_FIELDS("page_fault_kernel",
			"\tfield:unsigned int address;\toffset:8;\tsize:4;\tsigned:0;\n"
			"\tfield:unsigned int error_code;\toffset:12;\tsize:4;\tsigned:0;\n"), &little, false },
		{ "kmem", "rss_stat", FORMAT_FIELDS("rss_stat",
			"\tfield:unsigned int mm_id;\toffset:8;\tsize:4;\tsigned:0;\n"
			"\tfield:bool curr;\toffset:12;\tsize:1;\tsigned:0;\n"
			"\tfield:int member;\toffset:16;\tsize:4;\tsigned:1;\n"
			"\tfield:long size;\toffset:24;\tsize:8;\tsigned:1;\n"), &little, false },
	};
	uint64_t random = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decode_plan plan;
		const char *missing;

		assert_true(compile(&plan, cases[i].target, cases[i].system, cases[i].name, cases[i].text, &missing));
		assert_int_equal(plan.is_usual, cases[i].is_usual);
		for (int n = 0; n < 1000; n++) {
			struct mm_event event, other;
			uint8_t record[64];

			/* Whole fields of ones and of zeros too. */
			for (size_t at = 0; at < sizeof(record); at += 4) {
				uint32_t value;

				random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
				value = random >> 62 == 0 ? 0 : random >> 62 == 1 ? UINT32_MAX : (uint32_t)(random >> 24);
				memcpy(record + at, &value, sizeof(value));
			}
			decode_plan_apply(&plan, record, plan.min_bytes, &event, NULL);
			decode_any(&plan, record, plan.min_bytes, &other, NULL);
			assert_memory_equal(&event, &other, sizeof(event));
		}
	}
}

static void calls_take_their_arguments_in_order(void **state)
{
	static const char enter[] = "name: sys_enter_mremap\nID: 1\n" FORMAT_COMMON
		"\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"
		"\tfield:unsigned long addr;\toffset:16;\tsize:8;\tsigned:0;\n"
		"\tfield:unsigned long old_len;\toffset:24;\tsize:8;\tsigned:0;\n\nprint fmt: \"x\"\n";
	static const char leave[] = "name: sys_exit_mremap\nID: 1\n" FORMAT_COMMON
		"\tfield:int nr;\toffset:8;\tsize:4;\tsigned:1;\n"
		"\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n\nprint fmt: \"x\"\n";
	static const char bare[] = "name: sys_exit_mremap\nID: 1\n" FORMAT_COMMON
		"\tfield:int nr;\toffset:8;\tsize:4;\tsigned:1;\n\nprint fmt: \"x\"\n";
	struct bytes record = begin_record(&little);
	struct decode_plan plan;
	struct mm_event event;
	const char *missing;

	(void)state;
	assert_true(compile(&plan, &little, "syscalls", "sys_enter_mremap", enter, &missing));
	put_u64(&record, 25);
	put_u64(&record, 0x7f0000000000);
	put_u64(&record, 8192);
	event = apply(&plan, &record, NULL);
	assert_int_equal(event.kind, MM_CALL);
	assert_int_equal(event.call, MM_CALL_MREMAP);
	assert_int_equal(event.call_args.args[0], 0x7f0000000000);
	assert_int_equal(event.call_args.args[1], 8192);
	assert_int_equal(event.call_args.args[2], 0);

	record = begin_record(&little);
	assert_true(compile(&plan, &little, "syscalls", "sys_exit_mremap", leave, &missing));
	put_u64(&record, 25);
	put_u64(&record, -12);
	event = apply(&plan, &record, NULL);
	assert_int_equal(event.kind, MM_CALL_DONE);
	assert_int_equal(event.call_done.ret, -12);
	assert_false(compile(&plan, &little, "syscalls", "sys_exit_mremap", bare, &missing));
	assert_string_equal(missing, "ret");
}

static void names_of_tasks(void **state)
{
	static const char fixed[] = "name: sched_process_free\nID: 1\n" FORMAT_COMMON
		"\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"
		"\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n\nprint fmt: \"x\"\n";
	static const char located[] = "name: sched_process_free\nID: 1\n" FORMAT_COMMON
		"\tfield:__data_loc char[] comm;\toffset:8;\tsize:4;\tsigned:0;\n"
		"\tfield:pid_t pid;\toffset:12;\tsize:4;\tsigned:1;\n\nprint fmt: \"x\"\n";
	static const char relative[] = "name: sched_process_free\nID: 1\n" FORMAT_COMMON
		"\tfield:__rel_loc char[] comm;\toffset:8;\tsize:4;\tsigned:0;\n"
		"\tfield:pid_t pid;\toffset:12;\tsize:4;\tsigned:1;\n\nprint fmt: \"x\"\n";
	static const struct {
		const char *text;
		uint32_t where;		/* 0: the array itself */
		const char *comm;
	} cases[] = {
		{ fixed, 0, "kworker/u8:3-ev" },	/* 16 bytes without a NUL keep 15 */
		{ located, 16 | 16 << 16, "kworker/u8:3-ev" },
		{ located, 16 | 5 << 16, "kwork" },
		{ located, 17 | 400u << 16, "worker/u8:3-eve" },
		{ located, 200 | 5 << 16, "" },		/* outside of the record */
		{ located, 0xffffffff, "" },
		{ relative, 4 | 5 << 16, "kwork" },
		{ relative, 0xffffffff, "" },
	};
	const char *missing;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes record = begin_record(&little);
		struct decode_plan plan;
		struct mm_event event;

		assert_true(compile(&plan, &little, "sched", "sched_process_free", cases[i].text, &missing));
		if (cases[i].where) {
			put_u32(&record, cases[i].where);
			put_u32(&record, 7);
		}
		put(&record, "kworker/u8:3-event", 16);
		if (!cases[i].where)
			put_u32(&record, 7);
		event = apply(&plan, &record, NULL);
		assert_int_equal(event.task.pid, 7);
		assert_string_equal(event.task.comm, cases[i].comm);
	}
}

static void paths_become_strings(void **state)
{
	struct bytes record = begin_record(&little);
	struct strings strings = { 0 };
	struct decode_plan plan;
	struct mm_event event;
	const char *missing;

	(void)state;
	assert_true(compile(&plan, &little, "cgroup", "cgroup_mkdir", format_mkdir, &missing));
	put_u32(&record, 4);
	put_u32(&record, 2);
	put_u64(&record, 18119);
	put_u32(&record, 28 | 9 << 16);
	put_text(&record, "/lab/app");
	event = apply(&plan, &record, &strings);
	assert_int_equal(event.cgroup.id, 18119);
	assert_int_equal(event.cgroup.level, 2);
	assert_int_equal(event.cgroup.root, 4);
	assert_string_equal(strings_get(&strings, event.cgroup.path), "/lab/app");
	assert_int_equal(strings_add(&strings, "/lab/app", 8), event.cgroup.path);
	assert_int_equal(strings_add(&strings, "", 0), 0);
	strings_release(&strings);
}

static void texts_that_do_not_do(void **state)
{
	static const struct {
		const char *text, *missing;
	} cases[] = {
		{ "", NULL },
		{ "name: rss_stat\nID: 1\n", NULL },
		{ "name: rss_stat\nID: 1\nformat:\n\tfield:", NULL },
		{ "name: rss_stat\nID: 1\n" FORMAT_COMMON "\nprint fmt: \"x\"\n", "size" },
		{ "name: rss_stat\nID: 1\n" FORMAT_COMMON
		  "\tfield:long size;\toffset:8;\tsize:8;\tsigned:1;\n", "member" },
		{ "name: rss_stat\nID: 1\n" FORMAT_COMMON	/* beyond any record */
		  "\tfield:long size;\toffset:70000;\tsize:8;\tsigned:1;\n"
		  "\tfield:int member;\toffset:8;\tsize:4;\tsigned:1;\n", "size" },
		{ "name: rss_stat\nID: 1\n" FORMAT_COMMON	/* no integer */
		  "\tfield:long size;\toffset:16;\tsize:3;\tsigned:1;\n"
		  "\tfield:int member;\toffset:8;\tsize:4;\tsigned:1;\n", "size" },
		{ "name: rss_stat\nID: 1\n" FORMAT_COMMON
		  "\tfield:long size;\toffset:-16;\tsize:8;\tsigned:1;\n"
		  "\tfield:int member;\toffset:8;\tsize:4;\tsigned:1;\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decode_plan plan;
		const char *missing;

		assert_false(compile(&plan, &little, "kmem", "rss_stat", cases[i].text, &missing));
		if (cases[i].missing)
			assert_string_equal(missing, cases[i].missing);
	}
}

static void width_of_the_commit_word(void **state)
{
	static const char text[] =
		"\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		"\tfield: local_t commit;\toffset:8;\tsize:4;\tsigned:1;\n"
		"\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
		"\tfield: char data;\toffset:12;\tsize:4084;\tsigned:1;\n";

	(void)state;
	assert_int_equal(header_page_commit_bytes(&little, text, strlen(text)), 4);
	for (size_t bytes = 0; bytes < 90; bytes++)
		assert_int_equal(header_page_commit_bytes(&little, text, bytes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_tracepoints_by_system_and_name),
		cmocka_unit_test(both_byte_orders),
		cmocka_unit_test(an_old_rss_stat_without_mm_id),
		cmocka_unit_test(page_allocations),
		cmocka_unit_test(usual_fields_are_loaded_as_they_are),
		cmocka_unit_test(calls_take_their_arguments_in_order),
		cmocka_unit_test(names_of_tasks),
		cmocka_unit_test(paths_become_strings),
		cmocka_unit_test(texts_that_do_not_do),
		cmocka_unit_test(width_of_the_commit_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
