// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sizes of records from formats, worked out by hand as kernel/trace/ring_buffer.c (rb_calculate_event_length()) and
 * kernel/trace/trace_event_perf.c (perf_trace_buf_alloc()) have them; and records that are not so long.
 */
#include "traces/record_size.h"

#include "tests/unit/test.h"
#include "traces_outcome.h"
#include "traces_recording.h"

#include <string.h>

static const char common_only[] = "name: a\nID: 1\n" FORMAT_COMMON "print fmt: \"\"\n";
static const char one_byte[] = "name: a\nID: 1\n" FORMAT_COMMON
	"\tfield:bool a;\toffset:8;\tsize:1;\tsigned:0;\n\nprint fmt: \"\"\n";
static const char a_text[] = "name: print\nID: 5\n" FORMAT_COMMON
	"\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n\nprint fmt: \"\"\n";
static const char overlapping[] = "name: a\nID: 1\n" FORMAT_COMMON
	"\tfield:int a;\toffset:8;\tsize:4;\tsigned:1;\n"
	"\tfield:int b;\toffset:8;\tsize:4;\tsigned:1;\n\nprint fmt: \"\"\n";
static const char far_apart[] = "name: a\nID: 1\n" FORMAT_COMMON
	"\tfield:int a;\toffset:8;\tsize:4;\tsigned:1;\n"
	"\tfield:int b;\toffset:20;\tsize:4;\tsigned:1;\n\nprint fmt: \"\"\n";
static const char cut_line[] = "name: a\nID: 1\n" FORMAT_COMMON
	"\tfield:int a;\toffset:8;\tsize:4;\tsigned:1;\n"
	"\tfield:int b;\toffset:12;\n\nprint fmt: \"\"\n";
static const char other_line[] = "name: a\nID: 1\n" FORMAT_COMMON
	"\tfield:int a;\toffset:8;\tsize:4;\tsigned:1;\n"
	"\tfielt:int b;\toffset:12;\tsize:4;\tsigned:1;\n\nprint fmt: \"\"\n";
static const char huge[] = "name: a\nID: 1\n" FORMAT_COMMON
	"\tfield:int a[999999999];\toffset:8;\tsize:3999999996;\tsigned:1;\n\nprint fmt: \"\"\n";

static const struct {
	const char *text;
	uint32_t least, most;		/* in a ring; 0: any */
	uint32_t sample_least, sample_most;
} sizes[] = {
	/* 36 bytes, in a struct of 40; with perf's u32 before them, 40 or 44 + 4 are a multiple of 8 */
	{ format_alloc, 36, 40, 36, 44 },
	{ format_rss, 32, 32, 32, 36 },
	{ format_other, 12, 12, 12, 12 },
	/* 8 bytes and a header would be 12, between a time extend and one with padding: the kernel makes 16 of it */
	{ common_only, 8, 12, 8, 12 },
	{ one_byte, 12, 12, 9, 12 },
	{ a_text, 16, 0, 16, 0 },
	{ overlapping, 0, 0, 0, 0 },
	{ far_apart, 0, 0, 0, 0 },
	{ cut_line, 0, 0, 0, 0 },
	{ other_line, 0, 0, 0, 0 },
	{ huge, 0, 0, 0, 0 },
	{ "", 0, 0, 0, 0 },
};

static void assert_sizes(const struct record_size *size, uint32_t least, uint32_t most, const char *text)
{
	if (size->least != least || (most ? record_size_most(size) != most : size->nr_sizes != RECORD_SIZE_ANY))
		fail_msg("%u sizes from %u on: %s", size->nr_sizes, size->least, text);
	assert_false(least && record_size_fits(size, least - 1));
	assert_true(record_size_fits(size, least));
	assert_true(record_size_fits(size, most ? most : least + 65536));
	assert_false(most && record_size_fits(size, most + 1));
}

static const char two_texts[] = "name: a\nID: 1\n" FORMAT_COMMON
	"\tfield:__data_loc char[] a;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:__rel_loc u8[] b;\toffset:12;\tsize:4;\tsigned:0;\n"
	"\tfield:u16 c;\toffset:16;\tsize:2;\tsigned:0;\n\nprint fmt: \"\"\n";

/*
 * The words that say where parts lie, and what they make. The fields of mkdir end at 28, in a struct of 32 or, on machines of 32 bits, of 28;
 * those of two_texts at 18, in a struct of 20.
 */
static const struct {
	const char *text;
	uint32_t parts[2];
	uint32_t least, most;		/* in a ring */
	uint32_t sample_least, sample_most;
} own_sizes[] = {
	{ format_mkdir, { 5 << 16 | 28 }, 36, 40, 33, 44 },
	{ format_mkdir, { 0 << 16 | 28 }, 28, 32, 28, 36 },
	{ format_mkdir, { 40 << 16 | 28 }, 68, 72, 68, 76 },
	/* It is not where the kernel puts it: who knows what lies behind it. */
	{ format_mkdir, { 5 << 16 | 29 }, 36, 0, 34, 0 },
	{ format_mkdir, { 0 }, 28, 0, 28, 0 },
	{ two_texts, { 3 << 16 | 18, 7 << 16 | (21 - 16) }, 28, 32, 28, 36 },
	{ two_texts, { 3 << 16 | 18, 7 << 16 | 21 }, 44, 0, 44, 0 },
	{ two_texts, { 60000u << 16 | 18, 3 << 16 | (60018 - 16) }, 60024, 60024, 60021, 60028 },
};

static void sizes_by_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(own_sizes); i++) {
		const bool is_mkdir = own_sizes[i].text == format_mkdir;
		struct bytes record = { 0 };
		struct record_size size, own;

		put_u64(&record, 1);
		if (is_mkdir) {
			put_u64(&record, 0);
			put_u64(&record, 0);
		}
		put_u32(&record, own_sizes[i].parts[0]);
		put_u32(&record, own_sizes[i].parts[1]);
		put_u32(&record, 0);
		for (enum record_place place = RECORD_IN_RING; place <= RECORD_IN_SAMPLE; place++) {
			const bool is_sample = place == RECORD_IN_SAMPLE;

			record_size_read(&size, place, own_sizes[i].text, strlen(own_sizes[i].text));
			assert_int_equal(size.nr_sizes, 0);
			own = record_size_of(&size, record.data, size.least, false);
			assert_sizes(&own, is_sample ? own_sizes[i].sample_least : own_sizes[i].least,
				     is_sample ? own_sizes[i].sample_most : own_sizes[i].most, own_sizes[i].text);
			own = record_size_of(&size, record.data, size.least - 1, false);
			assert_false(record_size_fits(&own, size.least - 1));
			record_size_forget_parts(&size);
			assert_true(record_size_fits(&size, 65536));
		}
		bytes_release(&record);
	}
}

static void sizes_by_format(void **state)
{
	const struct record_size none = { 0 };

	(void)state;
	assert_false(record_size_fits(&none, 0));
	for (size_t i = 0; i < NR_OF(sizes); i++) {
		struct record_size size;

		record_size_read(&size, RECORD_IN_RING, sizes[i].text, strlen(sizes[i].text));
		assert_sizes(&size, sizes[i].least, sizes[i].most, sizes[i].text);
		record_size_read(&size, RECORD_IN_SAMPLE, sizes[i].text, strlen(sizes[i].text));
		assert_sizes(&size, sizes[i].sample_least, sizes[i].sample_most, sizes[i].text);
	}
}

/* Ten times one that is read and one that is not; the header of the fifth of either is at `at`. */
static void put_page(struct bytes *page, size_t at[2])
{
	page_begin(page, 1000000000000, 8);
	for (uint64_t n = 0; n < 10; n++) {
		if (n == 4)
			at[0] = page->nr;
		page_alloc(page, 10, 1, n);
		if (n == 4)
			at[1] = page->nr;
		page_data(page, 10, ID_OTHER, 1, 4);
	}
	page_end(page, 8, 0, 0);
}

static void run_page(const struct bytes *page, struct outcome *outcome)
{
	const struct recording recording = { .version = 6, .compression = "none", .long_bytes = 8, .cpus = { { "", 0, page } } };
	struct recording_map map;
	struct bytes file;

	recording_make(&recording, &file, &map);
	outcome_run(&file, outcome);
	bytes_release(&file);
}

/* An allocation has a header and 36 bytes, what is not read 12; a word is 4 bytes. */
static const struct {
	const char *what;
	int which;			/* 0: the one that is read, 1: the other one */
	uint32_t words;			/* it says to have */
	int nr_wiped;			/* headers behind it that are wiped out */
	size_t nr_events, nr_gaps;	/* of 10 */
	const char *note;
} cases[] = {
	{ "it covers the one behind it", 0, 9 + 4, 0, 10, 0, "whose length is damaged (event id 653)" },
	{ "it covers three", 0, 9 + 4 + 10 + 4, 0, 10, 0, "whose length is damaged (event id 653)" },
	{ "it covers one and a half", 0, 9 + 4 + 5, 0, 10, 0, "whose length is damaged (event id 653)" },
	{ "it ends too early", 0, 5, 0, 10, 0, "whose length is damaged (event id 653)" },
	{ "one that is not read covers one that is", 1, 3 + 10, 0, 10, 0, "whose length is damaged (event id 700)" },
	{ "one that is not read ends too early", 1, 2, 0, 10, 0, "whose length is damaged (event id 700)" },
	{ "it covers one of which is nothing left", 0, 9 + 4, 1, 9, 1, "longer than its format (event id 653)" },
	{ "one that is not read covers what was one", 1, 3 + 10 + 4, 1, 9, 1, "longer than its format (event id 700)" },
	{ "nothing", 0, 9, 0, 10, 0, "" },
};

static void lengths_that_are_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		struct bytes page = { 0 };
		struct outcome outcome;
		size_t at[2], behind;

		put_page(&page, at);
		behind = cases[i].which ? at[1] + 16 : at[0] + 40;
		page.data[at[cases[i].which]] = 10 << 5 | cases[i].words;
		page.data[at[cases[i].which] + 1] = 10 >> 3;
		if (cases[i].nr_wiped)
			memset(page.data + behind, 0xff, 12);
		run_page(&page, &outcome);
		if (outcome.nr_events != cases[i].nr_events || outcome.nr_gaps != cases[i].nr_gaps ||
		    !strstr(outcome.notes, cases[i].note) || (!cases[i].note[0] && outcome.notes[0]))
			outcome_fail(&outcome, cases[i].what);
		outcome_release(&outcome);
		bytes_release(&page);
	}
}

/* As the kernel writes it: 28 bytes of fields in a struct of 32, and the path behind the 28. */
static void put_mkdir(struct bytes *page, const char *path)
{
	const uint32_t nr = strlen(path) + 1, bytes = (32 + nr + 3) / 4 * 4;

	page_header(page, bytes / 4, 10);
	put_u16(page, ID_MKDIR);
	put_u16(page, 0);
	put_u32(page, 1);
	put_u32(page, 0);
	put_u32(page, 1);
	put_u64(page, 7);
	put_u32(page, nr << 16 | 28);
	put_zeros(page, bytes - 28);
	memcpy(page->data + page->nr - (bytes - 28), path, nr);
}

/* A header and 40 bytes; behind it allocations, a header and 36 bytes each. */
static const struct {
	const char *what;
	uint32_t words;			/* it says to have */
	uint32_t part;			/* what says where the path lies */
	size_t nr_events, nr_gaps;	/* of 11 */
	const char *note;
} parts_cases[] = {
	{ "nothing", 10, 5 << 16 | 28, 11, 0, "" },
	{ "it covers one", 10 + 10, 5 << 16 | 28, 11, 0, "whose length is damaged (event id 544)" },
	{ "it covers one and a half", 10 + 15, 5 << 16 | 28, 11, 0, "whose length is damaged (event id 544)" },
	{ "it ends too early", 8, 5 << 16 | 28, 11, 0, "whose length is damaged (event id 544)" },
	{ "its path is behind its end", 10, 50 << 16 | 28, 10, 1, "shorter than its format (event id 544)" },
	/* As it always was: what it says is no worse than its path. */
	{ "its path begins elsewhere", 10, 5 << 16 | 32, 11, 0, "" },
};

static void lengths_that_parts_tell(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_OF(parts_cases); i++) {
		struct bytes page = { 0 };
		struct outcome outcome;
		size_t at;

		page_begin(&page, 1000000000000, 8);
		at = page.nr;
		put_mkdir(&page, "/p/c");
		for (uint64_t n = 0; n < 10; n++)
			page_alloc(&page, 10, 1, n);
		page_end(&page, 8, 0, 0);
		set_u32(&page, at, 10 << 5 | parts_cases[i].words);
		set_u32(&page, at + 4 + 24, parts_cases[i].part);
		run_page(&page, &outcome);
		if (outcome.nr_events != parts_cases[i].nr_events || outcome.nr_gaps != parts_cases[i].nr_gaps ||
		    !strstr(outcome.notes, parts_cases[i].note) || (!parts_cases[i].note[0] && outcome.notes[0]))
			outcome_fail(&outcome, parts_cases[i].what);
		outcome_release(&outcome);
		bytes_release(&page);
	}
}

/* riscv64 and others write every record in the long form, of a multiple of 8 bytes. */
static void machines_that_align_to_8_bytes(void **state)
{
	struct bytes page = { 0 };
	struct outcome outcome;

	(void)state;
	page_begin(&page, 1000000000000, 8);
	for (uint32_t n = 0; n < 50; n++) {
		page_header(&page, 0, 10);
		put_u32(&page, 4 + 16);
		put_u16(&page, ID_OTHER);
		put_u16(&page, 0);
		put_u32(&page, 1);
		put_u64(&page, n);
	}
	page_end(&page, 8, 0, 0);
	run_page(&page, &outcome);
	assert_int_equal(outcome.counts.read, 50);
	if (!outcome_is_silent(&outcome))
		outcome_fail(&outcome, "long forms");
	outcome_release(&outcome);
	bytes_release(&page);
}

/* A length of any size is no better than its task: what was an id is one, what was a task the id of a text, an address the task. */
static void a_text_of_no_task(void **state)
{
	struct bytes page = { 0 };
	struct outcome outcome;
	size_t at[2] = { 0 };

	(void)state;
	put_page(&page, at);
	set_u32(&page, at[0], 10 << 5);
	set_u32(&page, at[0] + 4, 40 + 16 + 40 + 16 + 40 - 4);
	set_u32(&page, at[0] + 8, ID_PRINT);
	set_u32(&page, at[0] + 12, 0x4662e200);
	run_page(&page, &outcome);
	if (outcome.nr_events != 4 || outcome.nr_gaps != 1 || !strstr(outcome.notes, "impossible task"))
		outcome_fail(&outcome, "a text of no task");
	outcome_release(&outcome);
	bytes_release(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_by_format),
		cmocka_unit_test(sizes_by_parts),
		cmocka_unit_test(lengths_that_are_damaged),
		cmocka_unit_test(lengths_that_parts_tell),
		cmocka_unit_test(machines_that_align_to_8_bytes),
		cmocka_unit_test(a_text_of_no_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
