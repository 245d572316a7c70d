// SPDX-License-Identifier: GPL-2.0-or-later
/* perf.data in every form, byte order and compression; tasks, groups and losses of its own. */
#include "traces/event_source.h"

#include "base/xalloc.h"
#include "perf_recording.h"
#include "traces_outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct made_attr usual[] = {
	{ .type = 2, .config = ID_ALLOC, .id = 11, .sample_type = S_USUAL },
	{ 0 }
};

static struct event_source *open_path(const char *path)
{
	return open_paths(&path, 1, MM_ALL_KINDS);
}

static struct event_source *open_bytes(const struct bytes *file)
{
	const char *path = bytes_to_file(file);
	struct event_source *source = open_path(path);

	unlink(path);
	return source;
}

static struct event_source *open_made(const struct made_perf *made)
{
	struct event_source *source;
	struct made_map map;
	struct bytes file;

	made_perf(made, &file, &map);
	source = open_bytes(&file);
	bytes_release(&file);
	return source;
}

/* Events as "time:cpu:what" with what worth telling of the kind. */
static char *events_text(struct event_source *source)
{
	char *text = xstrdup("");
	const struct mm_event *event;
	struct error err;

	while (!event_source_next(source, &event, &err)) {
		char *head = xasprintf("%s%llu:%u:", text, (unsigned long long)event->time_ns, event->cpu);
		char *next;

		free(text);
		if (event->kind == MM_PAGE_ALLOC)
			next = xasprintf("%s%u:%llu", head, event->tid, (unsigned long long)event->alloc.pfn);
		else if (event->kind == MM_GAP)
			next = xasprintf("%sgap(%llu,%llu,%llu)", head, (unsigned long long)event->gap.begin_ns,
					 (unsigned long long)event->gap.end_ns, (unsigned long long)event->gap.lost);
		else if (event->kind == MM_CGROUP_ATTACH || event->kind == MM_CGROUP_MKDIR)
			next = xasprintf("%s%s(%u,%llu,%s)", head, event->kind == MM_CGROUP_ATTACH ? "attach" : "mkdir",
					 event->cgroup.pid, (unsigned long long)event->cgroup.id,
					 event_source_string(source, event->cgroup.path));
		else if (event->kind == MM_USED)
			next = xasprintf("%sused(%u,%llx,%u)", head, event->tid, (unsigned long long)event->used.vpn, event->used.nr);
		else if (event->kind == MM_TASK_EXEC)
			next = xasprintf("%sexec(%u,%s)", head, event->task.pid,
					 event_source_string(source, event->task.name));
		else
			next = xasprintf("%s%s(%u,%u,%llx,%s)", head, mm_kind_name(event->kind), event->tid,
					 event->task.pid, (unsigned long long)event->task.clone_flags, event->task.comm);
		text = xasprintf("%s ", next);
		free(head);
		free(next);
	}
	return text;
}

static void assert_events(struct event_source *source, const char *expected)
{
	char *text = events_text(source);

	assert_string_equal(text, expected);
	free(text);
}

#define HEAD(t, c, who) (&(struct made_head){ .time = (t), .cpu = (c), .tid = (who) })

/* Two rounds of two CPUs. */
static void put_two_rounds(struct bytes *records, const struct made_attr *attr)
{
	made_alloc(records, attr, HEAD(100, 0, 7), 1);
	made_alloc(records, attr, HEAD(300, 0, 7), 2);
	made_alloc(records, attr, HEAD(50, 1, 8), 3);
	made_alloc(records, attr, HEAD(400, 1, 8), 4);
	made_round(records);
	made_alloc(records, attr, HEAD(350, 0, 7), 5);
	made_alloc(records, attr, HEAD(500, 1, 8), 6);
	made_round(records);
}

static const char two_rounds[] = "50:1:8:3 100:0:7:1 300:0:7:2 350:0:7:5 400:1:8:4 500:1:8:6 ";

static void every_form_order_and_compression(void **state)
{
	(void)state;
	for (int variant = 0; variant < 2 * 2 * 4; variant++) {
		const bool big_endian = variant & 1, is_pipe = variant & 2;
		const int packing = variant / 4;	/* 0 none, 1 and 2 COMPRESSED, 3 COMPRESSED2 */
		struct bytes records = { .big_endian = big_endian }, packed = { .big_endian = big_endian };
		const struct trace_info *info;
		struct event_source *source;

		put_two_rounds(&records, usual);
		if (packing)
			made_packed(&packed, &records, packing == 3 ? 83 : 81, packing == 1 ? 1 : 11);
		source = open_made(&(struct made_perf){
			.big_endian = big_endian, .is_pipe = is_pipe, .attrs = usual,
			.records = packing ? &packed : &records,
		});
		info = event_source_info(source);
		assert_string_equal(info->format, is_pipe ? "perf.data, pipe" : "perf.data");
		assert_string_equal(info->clock, "mono");
		assert_string_equal(info->uname, "Linux host 6.18 x86_64");
		assert_int_equal(info->nr_cpus, 2);
		assert_int_equal(info->page_size, PAGE);
		assert_int_equal(info->begin_ns, 100);		/* as far as the first record tells */
		assert_int_equal(info->end_ns, TRACE_END_UNKNOWN);
		event_source_survey(source);
		assert_int_equal(event_source_info(source)->end_ns, 500);
		assert_true(info->kinds & MM_KIND_BIT(MM_PAGE_ALLOC));
		assert_events(source, two_rounds);
		assert_int_equal(event_source_counts(source)->used, 6);
		assert_int_equal(event_source_counts(source)->read, 6);
		assert_no_notes(source);
		event_source_close(source);
		bytes_release(&records);
		bytes_release(&packed);
	}
}

/* Every round in compressed records of its own, marks between them, as perf writes it. */
static void rounds_between_compressed_records(void **state)
{
	struct bytes records = { 0 }, inner = { 0 }, packed = { 0 };
	struct event_source *source;
	size_t half;

	(void)state;
	made_alloc(&inner, usual, HEAD(100, 0, 7), 1);
	made_alloc(&inner, usual, HEAD(90, 1, 8), 2);
	made_alloc(&inner, usual, HEAD(110, 0, 7), 3);
	made_alloc(&inner, usual, HEAD(105, 1, 8), 4);
	made_packed(&packed, &inner, 81, 2);
	half = packed.data[6] | packed.data[7] << 8;
	put(&records, packed.data, half);
	made_round(&records);
	put(&records, packed.data + half, packed.nr - half);
	made_round(&records);
	source = open_made(&(struct made_perf){ .attrs = usual, .records = &records });
	assert_events(source, "90:1:8:2 100:0:7:1 105:1:8:4 110:0:7:3 ");
	assert_no_notes(source);
	event_source_close(source);
	bytes_release(&records);
	bytes_release(&packed);
	bytes_release(&inner);
}

/* Samples of two layouts, told apart by their ids, and of one that is no tracepoint. */
static void several_events(void **state)
{
	static const struct made_attr attrs[] = {
		{ .type = 2, .config = ID_ALLOC, .id = 11, .sample_type = S_USUAL | S_IDENTIFIER },
		{ .type = 2, .config = ID_ALLOC, .id = 12, .sample_type = S_USUAL | S_IDENTIFIER | S_CALLCHAIN },
		{ .type = 0, .config = 1, .id = 13, .sample_type = S_IP | S_TID | S_TIME | S_ID | S_CPU | S_IDENTIFIER },
		{ 0 }
	};
	struct made_attr unknown = attrs[0];
	struct bytes records = { 0 };
	struct event_source *source;

	(void)state;
	unknown.id = 99;
	made_alloc(&records, &attrs[0], HEAD(10, 0, 7), 1);
	made_alloc(&records, &attrs[1], HEAD(20, 0, 7), 2);
	made_alloc(&records, &attrs[2], HEAD(30, 0, 7), 3);
	made_alloc(&records, &attrs[0], HEAD(40, 0, 7), 4);
	source = open_made(&(struct made_perf){ .attrs = attrs, .records = &records });
	assert_events(source, "10:0:7:1 20:0:7:2 40:0:7:4 ");
	assert_int_equal(event_source_counts(source)->skipped, 1);
	assert_no_notes(source);
	event_source_close(source);
	made_alloc(&records, &unknown, HEAD(50, 0, 7), 5);
	source = open_made(&(struct made_perf){ .attrs = attrs, .records = &records });
	assert_events(source, "10:0:7:1 20:0:7:2 40:0:7:4 40:65535:gap(0,0,1) ");
	assert_note(source, "a sample of no event of this recording");
	event_source_close(source);
	bytes_release(&records);
}

/* perf mem (type 4) says what was read or written; a software event (1) is a fault, which has a tracepoint. */
static void uses(void **state)
{
	static const struct made_attr attrs[] = {
		{ .type = 2, .config = ID_ALLOC, .id = 11, .sample_type = S_USUAL | S_IDENTIFIER },
		{ .type = 4, .config = 0x1cd, .id = 12, .sample_type = (S_USUAL & ~S_RAW) | S_IDENTIFIER | S_ADDR | S_DATA_SRC },
		{ .type = 1, .config = 2, .id = 13, .sample_type = (S_USUAL & ~S_RAW) | S_IDENTIFIER | S_ADDR },
		{ 0 }
	};
	struct bytes records = { 0 };
	struct event_source *source;

	(void)state;
	made_alloc(&records, &attrs[0], HEAD(10, 0, 7), 1);
	made_alloc(&records, &attrs[1], HEAD(20, 1, 8), 2);
	made_alloc(&records, &attrs[2], HEAD(30, 0, 7), 3);
	source = open_made(&(struct made_perf){ .attrs = attrs, .records = &records });
	assert_events(source, "10:0:7:1 20:1:used(8,7f0000001,1) ");
	assert_int_equal(event_source_counts(source)->skipped, 1);
	assert_no_notes(source);
	event_source_close(source);
	bytes_release(&records);
}

static void put_part(const char *folder, const char *name, const struct bytes *bytes)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes->data, 1, bytes->nr, file), bytes->nr);
	fclose(file);
}

static void remove_folder(const char *folder)
{
	static const char *const names[] = { "data", "data.0", "data.1" };
	char path[256];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* A folder: names in the main file, and two files of records without any mark of a round. */
static void folders(void **state)
{
	struct bytes records = { 0 }, file, parts[2] = { 0 }, packed[2] = { 0 };
	char folder[] = "/tmp/recount-perf-XXXXXX";
	struct event_source *source;
	struct made_map map;

	(void)state;
	made_comm(&records, usual, HEAD(0, 0, 0), 7, "first", false);
	made_perf(&(struct made_perf){ .attrs = usual, .records = &records }, &file, &map);
	/* Two CPUs in each, emptied in turn; those of the second file are compressed. */
	for (uint32_t part = 0; part < 2; part++) {
		for (uint64_t turn = 0; turn < 3; turn++) {
			for (uint32_t cpu = 2 * part; cpu < 2 * part + 2; cpu++) {
				made_alloc(&parts[part], usual, HEAD(1000 * turn + 1000 + 10 * cpu, cpu, 7), turn);
				made_alloc(&parts[part], usual, HEAD(1000 * turn + 1800 + cpu, cpu, 7), turn);
			}
		}
	}
	made_packed(&packed[1], &parts[1], 81, 5);
	assert_non_null(mkdtemp(folder));
	put_part(folder, "data", &file);
	put_part(folder, "data.0", &parts[0]);
	put_part(folder, "data.1", &packed[1]);
	source = open_path(folder);
	assert_string_equal(event_source_info(source)->format, "perf.data, directory");
	assert_events(source, "1000:0:task_rename(7,7,0,first) "
		      "1000:0:7:0 1010:1:7:0 1020:2:7:0 1030:3:7:0 1800:0:7:0 1801:1:7:0 1802:2:7:0 1803:3:7:0 "
		      "2000:0:7:1 2010:1:7:1 2020:2:7:1 2030:3:7:1 2800:0:7:1 2801:1:7:1 2802:2:7:1 2803:3:7:1 "
		      "3000:0:7:2 3010:1:7:2 3020:2:7:2 3030:3:7:2 3800:0:7:2 3801:1:7:2 3802:2:7:2 3803:3:7:2 ");
	event_source_close(source);
	remove_folder(folder);
	for (int i = 0; i < 2; i++) {
		bytes_release(&parts[i]);
		bytes_release(&packed[i]);
	}
	bytes_release(&file);
	bytes_release(&records);
}

/* Tasks by perf's own records: births, threads, names, ends; what has no time is of the beginning. */
static void tasks(void **state)
{
	struct bytes records = { 0 };
	struct event_source *source;

	(void)state;
	made_comm(&records, usual, HEAD(0, 0, 0), 7, "shell", false);
	made_alloc(&records, usual, HEAD(100, 0, 7), 1);
	made_fork(&records, usual, HEAD(110, 0, 8), 7, 8, 7, 8, 7);
	made_fork(&records, usual, HEAD(120, 0, 9), 7, 7, 7, 9, 7);
	made_comm(&records, usual, HEAD(130, 1, 8), 8, "a name of sixteen or more", true);
	made_fork(&records, usual, HEAD(140, 1, 8), 4, 8, 7, 8, 7);
	made_fork(&records, usual, HEAD(150, 0, 9), 4, 7, 1, 9, 7);
	source = open_made(&(struct made_perf){ .attrs = usual, .records = &records });
	assert_true(event_source_info(source)->kinds & MM_KIND_BIT(MM_TASK_NEW));
	assert_events(source, "100:0:task_rename(7,7,0,shell) 100:0:7:1 110:0:task_newtask(7,8,0,shell) "
		      "120:0:task_newtask(7,9,10100,shell) 130:1:task_rename(8,8,0,a name of sixte) "
		      "130:1:exec(8,a name of sixte) 140:1:sched_process_exit(8,8,0,a name of sixte) "
		      "150:0:sched_process_exit(9,9,0,shell) ");
	assert_int_equal(event_source_counts(source)->used, 8);
	assert_int_equal(event_source_counts(source)->read, 8);
	assert_no_notes(source);
	event_source_close(source);
	bytes_release(&records);
}

/* Of tasks that were recorded, not CPUs, nothing comes after their end: they are gone with it. */
static void tasks_that_were_followed(void **state)
{
	static const struct made_attr attrs[] = {
		{ .type = 2, .config = ID_ALLOC, .id = 11, .sample_type = S_USUAL, .is_inherited = true }, { 0 }
	};
	struct bytes records = { 0 };
	struct event_source *source;

	(void)state;
	made_comm(&records, attrs, HEAD(0, 0, 0), 7, "shell", false);
	made_alloc(&records, attrs, HEAD(100, 0, 7), 1);
	made_fork(&records, attrs, HEAD(150, 0, 7), 4, 7, 1, 7, 1);
	source = open_made(&(struct made_perf){ .attrs = attrs, .records = &records });
	assert_true(event_source_info(source)->kinds & MM_KIND_BIT(MM_TASK_FREE));
	assert_events(source, "100:0:task_rename(7,7,0,shell) 100:0:7:1 150:0:sched_process_exit(7,7,0,shell) "
		      "150:0:sched_process_free(7,7,0,shell) ");
	assert_no_notes(source);
	event_source_close(source);
	bytes_release(&records);
}

/* Without trailers FORK and EXIT say their time themselves; names are of their neighbours' time. */
static void without_trailers(void **state)
{
	static const struct made_attr attrs[] = {
		{ .type = 2, .config = ID_ALLOC, .id = 11, .sample_type = S_USUAL, .no_trailer = true }, { 0 }
	};
	struct bytes records = { 0 };
	struct event_source *source;

	(void)state;
	made_alloc(&records, attrs, HEAD(100, 1, 7), 1);
	made_fork(&records, attrs, HEAD(110, 1, 8), 7, 8, 7, 8, 7);
	made_comm(&records, attrs, HEAD(0, 0, 0), 8, "child", false);
	made_lost(&records, attrs, HEAD(0, 0, 0), 3);
	made_alloc(&records, attrs, HEAD(130, 1, 7), 2);
	source = open_made(&(struct made_perf){ .attrs = attrs, .records = &records });
	assert_events(source, "100:1:7:1 110:1:task_newtask(7,8,0,) 110:1:task_rename(8,8,0,child) "
		      "110:1:gap(110,110,3) 130:1:7:2 ");
	event_source_close(source);
	bytes_release(&records);
}

/* perf record --all-cgroups: each sample says its task's group. */
static void control_groups(void **state)
{
	static const struct made_attr attrs[] = {
		{ .type = 2, .config = ID_ALLOC, .id = 11, .sample_type = S_USUAL | S_CGROUP }, { 0 }
	};
	struct bytes records = { 0 };
	struct event_source *source;

	(void)state;
	made_group(&records, attrs, HEAD(0, 0, 0), 1, "/");
	made_group(&records, attrs, HEAD(0, 0, 0), 20, "/web");
	made_alloc(&records, attrs, (&(struct made_head){ 100, 0, 7, 1 }), 1);	/* in the topmost: nothing to tell */
	made_alloc(&records, attrs, (&(struct made_head){ 110, 0, 7, 20 }), 2);
	made_fork(&records, attrs, HEAD(115, 0, 8), 7, 8, 7, 8, 7);
	made_alloc(&records, attrs, (&(struct made_head){ 120, 0, 8, 20 }), 3);	/* as its parent */
	made_alloc(&records, attrs, (&(struct made_head){ 130, 0, 9, 33 }), 4);	/* nobody said its path */
	made_alloc(&records, attrs, (&(struct made_head){ 118, 1, 7, 1 }), 5);	/* of another CPU: between those */
	made_alloc(&records, attrs, (&(struct made_head){ 140, 1, 7, 20 }), 6);
	source = open_made(&(struct made_perf){ .attrs = attrs, .records = &records });
	assert_true(event_source_info(source)->kinds & MM_KIND_BIT(MM_CGROUP_ATTACH));
	/* The formats have cgroup_mkdir, but no such event was recorded: what counts are the attributes. */
	assert_events(source, "100:0:mkdir(0,1,/) 100:0:mkdir(0,20,/web) 100:0:7:1 110:0:attach(7,20,/web) 110:0:7:2 115:0:task_newtask(7,8,0,) "
		      "118:1:attach(7,1,/) 118:1:7:5 120:0:8:3 130:0:attach(9,33,/(33)) 130:0:9:4 "
		      "140:1:attach(7,20,/web) 140:1:7:6 ");
	event_source_close(source);
	bytes_release(&records);
}

static void losses(void **state)
{
	struct bytes records = { 0 }, index = { 0 }, total = { 0 }, rates = { 0 };
	struct event_source *source;

	(void)state;
	/* The event with id 11 is of CPU 0, the one with id 12 of CPU 1. */
	put_u64(&index, 2);
	for (uint64_t cpu = 0; cpu < 2; cpu++) {
		put_u64(&index, 11 + cpu);
		put_u64(&index, cpu);
		put_u64(&index, cpu);
		put_u64(&index, 7);
	}
	made_record(&records, &(struct made_attr){ .no_trailer = true }, HEAD(0, 0, 0), 69, 0, &index);
	made_alloc(&records, usual, HEAD(100, 0, 7), 1);
	made_lost(&records, usual, HEAD(150, 0, 7), 42);
	made_alloc(&records, usual, HEAD(160, 0, 7), 2);
	made_alloc(&records, usual, HEAD(90, 1, 8), 3);
	put_zeros(&rates, 24);	/* time, id, stream's id */
	made_record(&records, usual, HEAD(95, 1, 8), 5, 0, &rates);	/* throttled */
	made_record(&records, usual, HEAD(98, 1, 8), 6, 0, &rates);	/* and on again */
	made_round(&records);
	/* In all, without a time: 42 of CPU 0, which are told already, 5 of CPU 1 that are not. */
	put_u64(&total, 42);
	made_record(&records, usual, HEAD(0, 0, 0), 13, 0, &total);
	total.nr = 0;
	put_u64(&total, 5);
	made_record(&records, &(struct made_attr){ .type = 2, .id = 12, .sample_type = S_USUAL },
		    HEAD(0, 0, 0), 13, 0, &total);
	/* Not lost but left out by a filter. */
	made_record(&records, usual, HEAD(0, 0, 0), 13, 1 << 15, &total);
	source = open_made(&(struct made_perf){ .attrs = usual, .records = &records });
	assert_events(source, "90:1:8:3 98:1:gap(95,98,0) 100:0:7:1 150:0:gap(100,150,42) 160:0:7:2 160:1:gap(0,0,5) ");
	assert_int_equal(event_source_counts(source)->lost, 47);
	assert_int_equal(event_source_counts(source)->gaps, 3);
	assert_no_notes(source);
	event_source_close(source);
	bytes_release(&records);
	bytes_release(&rates);
	bytes_release(&index);
	bytes_release(&total);
}

static void what_was_recorded_in_part(void **state)
{
	static const struct {
		struct made_attr attr;
		const char *note;
	} cases[] = {
		{ { .type = 2, .id = 1, .sample_type = S_USUAL, .period = 100 }, "not each time" },
		{ { .type = 2, .id = 1, .sample_type = S_USUAL, .period = 4000, .is_frequency = true }, "not each time" },
		{ { .type = 2, .id = 1, .sample_type = S_USUAL & ~(uint64_t)S_TIME }, "without time" },
		{ { .type = 0, .id = 1, .sample_type = S_USUAL }, "no tracepoint was recorded" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct made_attr attrs[] = { cases[i].attr, { 0 } };
		struct bytes records = { 0 };
		struct event_source *source;

		made_alloc(&records, attrs, HEAD(10, 0, 7), 1);
		source = open_made(&(struct made_perf){ .attrs = attrs, .records = &records });
		assert_events(source, i < 2 ? "10:0:7:1 " : "");
		assert_note(source, cases[i].note);
		event_source_close(source);
		bytes_release(&records);
	}
}

static void what_is_no_recording(void **state)
{
	static const struct no_recording cases[] = {
		{ "PERFILE2", 8, "104 bytes" },
		{ "PERFILE2\x68\0\0\0\0\0\0\0\x90", 17, "ends within" },
		{ "PERFILE2\x10\0\0\0\0\0\0\0", 16, "no event's attributes" },
		{ "2ELIFREP\0\0\0\0\0\0\0\x10", 16, "no event's attributes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_no_recording(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_order_and_compression),
		cmocka_unit_test(rounds_between_compressed_records),
		cmocka_unit_test(several_events),
		cmocka_unit_test(uses),
		cmocka_unit_test(folders),
		cmocka_unit_test(tasks),
		cmocka_unit_test(tasks_that_were_followed),
		cmocka_unit_test(without_trailers),
		cmocka_unit_test(control_groups),
		cmocka_unit_test(losses),
		cmocka_unit_test(what_was_recorded_in_part),
		cmocka_unit_test(what_is_no_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
