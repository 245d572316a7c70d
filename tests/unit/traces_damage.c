// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Damaged recordings: nothing crashes, nothing is lost silently, and what is not
 * damaged is delivered as before.
 */
#include "traces_outcome.h"

#include "traces_recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void cut_anywhere(void **state)
{
	static const char *const names[] = { "thp.dat", "v1-forkcow-6.1.dat" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct outcome whole, cut;
		struct bytes file;
		size_t nr;

		bytes_from_file(&file, names[i]);
		nr = file.nr;
		outcome_run(&file, &whole);
		assert_true(outcome_is_silent(&whole));
		/* Its last section, 118 bytes of names of sections, is not read. */
		for (size_t j = 0; j < 60; j++) {
			file.nr = j < 50 ? (nr - 120) * j / 50 : nr - 110 - j * 30 + 50 * 30 - 10;
			outcome_run(&file, &cut);
			if (outcome_is_silent(&cut))
				fail_msg("%s cut at %zu of %zu: silent", names[i], file.nr, nr);
			if (!outcome_is_part_of(&cut, &whole))
				fail_msg("%s cut at %zu of %zu: other events", names[i], file.nr, nr);
			/* Formats come first, in half of the file: then there are events. */
			if (j > 40 && j < 50 && cut.nr_events < whole.nr_events / 4)
				fail_msg("%s cut at %zu of %zu: %zu events", names[i], file.nr, nr,
					 cut.nr_events);
			outcome_release(&cut);
		}
		outcome_release(&whole);
		file.nr = nr;
		bytes_release(&file);
	}
}

/* A recording of two CPUs with four pages each, made by hand. */
static void make(uint32_t version, const char *compression, struct bytes *file,
		 struct recording_map *map)
{
	struct recording recording = { version, compression, false, 8 };
	struct bytes pages[2] = { 0 };

	put_option(&recording.options, 5, "Linux", 6);
	for (uint32_t cpu = 0; cpu < 2; cpu++) {
		for (uint64_t page = 0; page < 4; page++) {
			page_begin(&pages[cpu], 1000000000000 + page * 5000000000 + cpu, 8);
			for (uint64_t n = 0; n < 50; n++)
				page_alloc(&pages[cpu], n ? 10 : 0, cpu, page * 100 + n);
			page_end(&pages[cpu], 8, 0, 0);
		}
		recording.cpus[cpu] = (struct recording_cpu){ "", cpu, &pages[cpu] };
	}
	recording_make(&recording, file, map);
	bytes_release(&recording.options);
	bytes_release(&pages[0]);
	bytes_release(&pages[1]);
}

typedef void damager(struct bytes *file, const struct recording_map *map);

struct damage_case {
	const char *what;
	uint32_t version;
	const char *compression;
	damager *damage;
	size_t nr_events;	/* that must still come, of 400 */
	size_t nr_gaps;
	const char *note;	/* "" = none; or a part of the error, with no events */
};

static void options_loop(struct bytes *file, const struct recording_map *map)
{
	set_u64(file, map->done, map->options - 16);
}

static void options_into_nowhere(struct bytes *file, const struct recording_map *map)
{
	set_u64(file, map->done, UINT64_MAX - 7);
}

static void huge_option(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->options + 2, 0xfffffff0);
}

/* Pages are found without it; what a recorder puts behind them is not. */
static void section_nowhere(struct bytes *file, const struct recording_map *map)
{
	uint64_t at;
	uint32_t bytes;

	memcpy(&at, file->data + map->done, sizeof(at));	/* more options */
	for (at += 16; file->data[at] != 3; at += 6 + bytes)
		memcpy(&bytes, file->data + at + 2, sizeof(bytes));
	set_u64(file, at + 6, UINT64_C(1) << 40);
}

static void huge_header_page(struct bytes *file, const struct recording_map *map)
{
	set_u64(file, map->header_page_size, UINT64_C(1) << 40);
}

/* The 25th record of CPU 0's second page claims 64 MiB. */
static void long_record(struct bytes *file, const struct recording_map *map)
{
	size_t at = map->data[0] + PAGE + 16 + 24 * 40;

	set_u32(file, at, 10 << 5);
	set_u32(file, at + 4, 64 << 20);
}

static void short_record(struct bytes *file, const struct recording_map *map)
{
	size_t at = map->data[0] + PAGE + 16 + 49 * 40;

	set_u32(file, at, 10 << 5 | 4);		/* 16 bytes instead of 36 */
	set_u32(file, at + 4 + 16, 1 << 5 | 29);	/* the rest was taken back */
	set_u32(file, at + 8 + 16, 16);
}

static void long_page(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->data[0] + PAGE + 8, PAGE);
}

static void late_page(struct bytes *file, const struct recording_map *map)
{
	set_u64(file, map->data[0] + PAGE, UINT64_C(1) << 60);
}

static void early_page(struct bytes *file, const struct recording_map *map)
{
	set_u64(file, map->data[0] + PAGE, 17);
}

static void empty_page(struct bytes *file, const struct recording_map *map)
{
	memset(file->data + map->data[0] + PAGE, 0, PAGE);
}

static void no_page_header(struct bytes *file, const struct recording_map *map)
{
	memset(file->data + map->data[0] + PAGE, 0, 16);
}

/* From the 25th record of CPU 0's second page on. */
static void zeros_in_page(struct bytes *file, const struct recording_map *map)
{
	memset(file->data + map->data[0] + PAGE + 16 + 24 * 40, 0, PAGE - 16 - 24 * 40);
}

/* The 25th record of CPU 0's second page is of task 2^31. */
static void wild_record(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->data[0] + PAGE + 16 + 24 * 40 + 4 + 4, UINT32_C(1) << 31);
}

/* The table of CPUs, u64 offset and u64 size each, lies before the first page. */
static void long_cpu(struct bytes *file, const struct recording_map *map)
{
	for (size_t at = map->options; at + 16 <= map->data[0]; at++) {
		uint64_t offset;

		memcpy(&offset, file->data + at, sizeof(offset));
		if (offset == map->data[0]) {
			set_u64(file, at + 8, 6 * PAGE);
			return;
		}
	}
	fail_msg("no table of CPUs");
}

/* u32 count of CPUs, then of each u32 number, u64 offset, u64 size: behind the pages. */
static void no_cpus(struct bytes *file, const struct recording_map *map)
{
	for (size_t at = map->data[1] + 4 * PAGE; at + 16 <= file->nr; at++) {
		const uint8_t table[8] = { 2 };		/* two CPUs, the first is 0 */
		uint64_t offset;

		memcpy(&offset, file->data + at + 8, sizeof(offset));
		if (offset == map->data[0] && !memcmp(file->data + at, table, sizeof(table))) {
			set_u32(file, at, 0);
			return;
		}
	}
	fail_msg("no table of CPUs");
}

static void late_record(struct bytes *file, const struct recording_map *map)
{
	size_t at = map->data[0] + PAGE + 16 + 24 * 40;

	set_u32(file, at, 30);			/* a time extend of 9 years */
	set_u32(file, at + 4, 0x7fffffff);
}

static void lost_flag(struct bytes *file, const struct recording_map *map)
{
	size_t at = map->data[0] + PAGE + 8;

	file->data[at + 3] |= 0x80;
}

/* The second page of CPU 0 is taken out, and the third says so, with a count. */
static void removed_page(struct bytes *file, const struct recording_map *map)
{
	size_t at = map->data[0] + PAGE;

	memmove(file->data + at, file->data + at + PAGE, 2 * PAGE);
	memset(file->data + at + 2 * PAGE, 0, PAGE);
	set_u64(file, at + 2 * PAGE, 1000000000000 + 4 * UINT64_C(5000000000));
	file->data[at + 8 + 3] |= 0xc0;
	set_u64(file, at + 16 + 50 * 40, 50);
}

static void flipped_chunk(struct bytes *file, const struct recording_map *map)
{
	file->data[map->data[0] + 4 + 8] ^= 0xff;	/* of its magic number */
}

static void chunk_of_odd_size(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->data[0] + 4 + 4, 2 * PAGE + 1);
}

static void chunk_of_huge_size(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->data[0] + 4 + 4, UINT32_C(1) << 31);
}

static void chunk_beyond_the_data(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->data[0] + 4, 0x7fffffff);
}

static void chunk_too_short(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->data[0] + 4, 20);
}

static void chunk_too_long(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->data[0] + 4, 230);
}

static void more_chunks(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->data[0], 1000);
}

static void fewer_chunks(struct bytes *file, const struct recording_map *map)
{
	set_u32(file, map->data[0], 1);
}

static void no_magic(struct bytes *file, const struct recording_map *map)
{
	(void)map;
	file->data[0] = 0;
}

static const struct damage_case damages[] = {
	{ "options that loop", 7, "none", options_loop, 400, 0, "leads back" },
	{ "options that loop", 7, "zstd", options_loop, 400, 0, "leads back" },
	{ "options into nowhere", 7, "zlib", options_into_nowhere, 400, 0, "beyond the end" },
	{ "an option of 4 GiB", 7, "zstd", huge_option, 400, 0, "claims 4294967280 bytes" },
	{ "an option of 4 GiB", 6, "none", huge_option, 400, 0, "claims 4294967280 bytes" },
	{ "a data section that is nowhere", 7, "none", section_nowhere, 400, 0, "no data section is at offset 0x10000000000" },
	{ "a data section that is nowhere", 7, "zlib", section_nowhere, 400, 0, "no data section" },
	{ "header_page of 1 TiB", 7, "none", huge_header_page, 400, 0, "page header format" },
	{ "header_page of 1 TiB", 6, "none", huge_header_page, 0, 0, "no event format" },
	{ "a record of 64 MiB", 7, "none", long_record, 400 - 26, 1, "does not fit into its page" },
	{ "a record of 64 MiB", 6, "none", long_record, 400 - 26, 1, "does not fit into its page" },
	{ "a record too short", 7, "none", short_record, 399, 1, "shorter than its format" },
	{ "a page too long", 7, "none", long_page, 350, 1, "more than a page" },
	{ "a page too late", 7, "none", late_page, 350, 1, "between its neighbours" },
	{ "a page too early", 6, "none", early_page, 350, 1, "between its neighbours" },
	{ "a page of zeros between others", 7, "none", empty_page, 350, 1, "pages of zeros, 4096 bytes" },
	{ "a page without its header", 7, "none", no_page_header, 350, 1, "says it holds nothing" },
	{ "a page that ends in zeros", 7, "none", zeros_in_page, 400 - 26, 1, "does not fit into its page" },
	{ "a record of no possible task", 7, "none", wild_record, 400 - 26, 1, "impossible task" },
	{ "data that reach into the next CPU's", 6, "none", long_cpu, 400, 0, "another CPU" },
	{ "a buffer of no CPU", 7, "none", no_cpus, 0, 0, "says no CPU, and has 40 bytes" },
	{ "a record too late", 7, "none", late_record, 400 - 26, 1, "does not fit" },
	{ "a page that says records were lost", 7, "none", lost_flag, 400, 1, "" },
	{ "a page that is not there", 6, "none", removed_page, 350, 1, "" },
	{ "a chunk that is no zstd frame", 7, "zstd", flipped_chunk, 300, 1, "does not unpack" },
	{ "a chunk that is no zlib stream", 7, "zlib", flipped_chunk, 300, 1, "does not unpack" },
	{ "a chunk of an odd size", 7, "zstd", chunk_of_odd_size, 300, 1, "impossible size" },
	{ "a chunk of 2 GiB", 7, "zstd", chunk_of_huge_size, 300, 1, "impossible size" },
	{ "a chunk beyond its data", 7, "zstd", chunk_beyond_the_data, 300, 1, "impossible size" },
	{ "a chunk that ends too early", 7, "zstd", chunk_too_short, 300, 1, "does not unpack" },
	{ "a chunk that ends too late", 7, "zstd", chunk_too_long, 300, 1, "does not unpack" },
	{ "a count of chunks too large", 7, "zstd", more_chunks, 400, 1, "fewer chunks" },
	{ "a count of chunks too small", 7, "zstd", fewer_chunks, 400, 0, "more chunks" },
	{ "no magic number", 7, "zstd", no_magic, 0, 0, "not a recording" },
};

static void table_of_damages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage_case *c = &damages[i];
		struct outcome whole, damaged;
		struct recording_map map;
		struct bytes file;

		make(c->version, c->compression, &file, &map);
		outcome_run(&file, &whole);
		assert_int_equal(whole.nr_events, 400);
		assert_true(outcome_is_silent(&whole));
		c->damage(&file, &map);
		outcome_run(&file, &damaged);
		if (damaged.nr_events != c->nr_events || damaged.nr_gaps != c->nr_gaps)
			outcome_fail(&damaged, c->what);
		assert_is_damaged(&damaged, &whole, c->note, c->what);
		outcome_release(&damaged);
		outcome_release(&whole);
		bytes_release(&file);
	}
}

/* Where gaps begin and end, for those whose neighbours are known. */
static void times_of_gaps(void **state)
{
	const uint64_t start = 1000000000000;
	static const struct {
		damager *damage;
		uint64_t begin, end, lost;	/* after start, 0 = start */
	} cases[] = {
		{ long_record, 5000000000 + 23 * 10, 10000000000, 0 },
		{ long_page, 49 * 10, 10000000000, 0 },
		{ late_page, 49 * 10, 10000000000, 0 },
		{ lost_flag, 49 * 10, 5000000000, 0 },
		{ removed_page, 49 * 10, 10000000000, 50 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome;
		struct recording_map map;
		struct bytes file;

		make(6, "none", &file, &map);
		cases[i].damage(&file, &map);
		outcome_run(&file, &outcome);
		assert_int_equal(outcome.nr_gaps, 1);
		assert_int_equal(outcome.gaps[0].gap.begin_ns, start + cases[i].begin);
		assert_int_equal(outcome.gaps[0].gap.end_ns, start + cases[i].end);
		assert_int_equal(outcome.gaps[0].gap.lost, cases[i].lost);
		assert_int_equal(outcome.gaps[0].time_ns, start + cases[i].end);
		assert_int_equal(outcome.gaps[0].cpu, 0);
		outcome_release(&outcome);
		bytes_release(&file);
	}
}

static void random_bytes_in_a_real_recording(void **state)
{
	struct bytes file;

	(void)state;
	bytes_from_file(&file, "v1-forkcow-6.1.dat");
	outcome_mutate(&file, 250, 4);
	bytes_release(&file);
}

static void random_bytes_in_made_recordings(void **state)
{
	static const struct {
		uint32_t version;
		const char *compression;
	} cases[] = { { 6, "none" }, { 7, "none" }, { 7, "zstd" }, { 7, "zlib" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct recording_map map;
		struct bytes file;

		make(cases[i].version, cases[i].compression, &file, &map);
		outcome_mutate(&file, 500, 10);
		bytes_release(&file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_of_damages),
		cmocka_unit_test(times_of_gaps),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(random_bytes_in_made_recordings),
		cmocka_unit_test(random_bytes_in_a_real_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
