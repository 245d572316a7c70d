// SPDX-License-Identifier: GPL-2.0-or-later
/* Damaged perf.data: nothing crashes or hangs, nothing is lost silently, the rest comes as before. */
#include "traces_outcome.h"

#include "base/xalloc.h"
#include "perf_recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct made_attr usual[] = {
	{ .type = 2, .config = ID_ALLOC, .id = 11, .sample_type = S_USUAL },
	{ 0 }
};

#define NR_EVENTS 400
#define SAMPLE_BYTES 96		/* header 8, parts before the payload 48, its size 4, payload 36 */

/* Four rounds of two CPUs, each 50 samples a CPU. */
static void put_rounds(struct bytes *records)
{
	for (uint64_t round = 0; round < 4; round++) {
		for (uint32_t cpu = 0; cpu < 2; cpu++) {
			for (uint64_t n = 0; n < 50; n++)
				made_alloc(records, usual, &(struct made_head){
					.time = 1000000000000 + round * 5000000000 + n * 10 + cpu, .cpu = cpu, .tid = cpu + 1,
				}, round * 100 + n);
		}
		made_round(records);
	}
}

static void make(bool is_pipe, size_t nr_packed, struct bytes *file, struct made_map *map)
{
	struct bytes records = { 0 }, packed = { 0 };

	put_rounds(&records);
	if (nr_packed)
		made_packed(&packed, &records, 81, nr_packed);
	made_perf(&(struct made_perf){ .is_pipe = is_pipe, .attrs = usual, .records = nr_packed ? &packed : &records },
		  file, map);
	bytes_release(&records);
	bytes_release(&packed);
}

/* Where a sample of the uncompressed records lies: rounds have 100 samples and a mark of 8 bytes. */
static size_t sample_at(const struct made_map *map, size_t n)
{
	return map->data + n * SAMPLE_BYTES + n / 100 * 8;
}

typedef void damager(struct bytes *file, const struct made_map *map);

static void size_zero(struct bytes *file, const struct made_map *map)
{
	file->data[sample_at(map, 130) + 6] = 0;
}

static void size_tiny(struct bytes *file, const struct made_map *map)
{
	file->data[sample_at(map, 130) + 6] = 7;
}

static void size_too_small(struct bytes *file, const struct made_map *map)
{
	file->data[sample_at(map, 130) + 6] = 56;
}

static void size_huge(struct bytes *file, const struct made_map *map)
{
	file->data[sample_at(map, 398) + 7] = 0xff;
}

static void type_impossible(struct bytes *file, const struct made_map *map)
{
	set_u32(file, sample_at(map, 130), 0xdeadbeef);
}

/* Of another kind, which is passed over: but the kernel's records are whole words. */
static void size_odd(struct bytes *file, const struct made_map *map)
{
	set_u32(file, sample_at(map, 130), 1);
	file->data[sample_at(map, 130) + 6] = 92;
}

/* A newer perf's may be passed over by its size; but in `misc`, where perf says nothing, stands that it was the kernel. */
static void type_unknown(struct bytes *file, const struct made_map *map)
{
	set_u32(file, sample_at(map, 130), 90);
}

static void become(struct bytes *file, const struct made_map *map, uint32_t type)
{
	size_t at = sample_at(map, 130);

	set_u32(file, at, type);
	file->data[at + 4] = 0;		/* misc */
}

/* All the same, what perf writes first does not come late. */
static void type_of_attributes(struct bytes *file, const struct made_map *map)
{
	become(file, map, 64);
}

static void type_of_formats(struct bytes *file, const struct made_map *map)
{
	become(file, map, 66);
}

static void type_of_feature(struct bytes *file, const struct made_map *map)
{
	become(file, map, 80);
}

static void type_of_round(struct bytes *file, const struct made_map *map)
{
	become(file, map, 68);
}

/* A mapping, whose file's name would end within what was the payload; a fork. */
static void type_of_mapping(struct bytes *file, const struct made_map *map)
{
	become(file, map, 1);
}

static void type_of_fork(struct bytes *file, const struct made_map *map)
{
	become(file, map, 7);
}

static void covers_next(struct bytes *file, const struct made_map *map)
{
	file->data[sample_at(map, 130) + 6] = 2 * SAMPLE_BYTES;
}

/* Its payload too. */
static void swallows_next(struct bytes *file, const struct made_map *map)
{
	covers_next(file, map);
	file->data[sample_at(map, 130) + 56] += SAMPLE_BYTES;
}

static void garbage(struct bytes *file, const struct made_map *map)
{
	memset(file->data + sample_at(map, 130) + 3, 0xa5, 5 * SAMPLE_BYTES);
}

static void raw_huge(struct bytes *file, const struct made_map *map)
{
	set_u32(file, sample_at(map, 130) + 56, 0x7fffffff);
}

static void raw_short(struct bytes *file, const struct made_map *map)
{
	set_u32(file, sample_at(map, 130) + 56, 12);
}

/* A LOST record without its count. */
static void lost_short(struct bytes *file, const struct made_map *map)
{
	size_t at = sample_at(map, 130);

	set_u32(file, at, 2);
	file->data[at + 6] = 16;
	set_u32(file, at + 16, 90);	/* and behind it, one of a type that is not known */
	set_u32(file, at + 20, (SAMPLE_BYTES - 16) << 16);
}

static void other_format(struct bytes *file, const struct made_map *map)
{
	set_u32(file, sample_at(map, 130) + 60, 999);
}

static void late(struct bytes *file, const struct made_map *map)
{
	set_u64(file, sample_at(map, 130) + 24, UINT64_C(1) << 60);
}

static void early(struct bytes *file, const struct made_map *map)
{
	set_u64(file, sample_at(map, 230) + 24, 17);
}

static void strange_cpu(struct bytes *file, const struct made_map *map)
{
	set_u32(file, sample_at(map, 130) + 40, 0x7fffffff);
}

/* The recording is of a machine that has four. */
static void cpu_beyond(struct bytes *file, const struct made_map *map)
{
	set_u32(file, sample_at(map, 130) + 40, 60000);
}

/* Their record says that they are longer by two samples. */
static void formats_cover(struct bytes *file, const struct made_map *map)
{
	set_u32(file, map->formats - 8, map->data - map->formats + 2 * SAMPLE_BYTES);
}

static void no_size_of_data(struct bytes *file, const struct made_map *map)
{
	set_u64(file, map->data_size, 0);
}

static void data_beyond(struct bytes *file, const struct made_map *map)
{
	set_u64(file, map->data_size, UINT64_MAX / 2);
}

static void formats_beyond(struct bytes *file, const struct made_map *map)
{
	set_u64(file, map->features, UINT64_MAX - 5);
}

static void formats_not(struct bytes *file, const struct made_map *map)
{
	file->data[map->formats] = 0;
}

static void attr_size(struct bytes *file, const struct made_map *map)
{
	set_u32(file, map->attrs + 4, 100000);
}

static void ids_beyond(struct bytes *file, const struct made_map *map)
{
	set_u64(file, map->attrs + 128, UINT64_MAX - 100);
}

static void not_packed(struct bytes *file, const struct made_map *map)
{
	/* The second of four compressed records: all after the first is lost. */
	size_t second = map->data + (file->data[map->data + 6] | file->data[map->data + 7] << 8);

	memset(file->data + second + 8, 0xff, 64);
}

static const struct damage_case {
	const char *what;
	bool is_pipe;
	size_t nr_packed;
	damager *damage;
	size_t least, most;	/* events that must still come, of 400 */
	size_t nr_gaps;
	const char *note;	/* "" = none; or a part of the error, with no events */
} damages[] = {
	{ "a size of 0", false, 0, size_zero, 399, 399, 1, "impossible size or type, 96 bytes are not read" },
	{ "a size of 0", true, 0, size_zero, 399, 399, 1, "impossible size or type, 96 bytes are not read" },
	{ "a size of 7", false, 0, size_tiny, 399, 399, 1, "impossible size or type, 96 bytes are not read" },
	/* The rest of the sample is taken for a record; its type, the id of a CPU, is 0. */
	{ "a size too small", false, 0, size_too_small, 399, 399, 1, "not as long as its parts, 96 bytes" },
	/* 65,384 bytes are more than there are: the next header that can be true is the next sample's. */
	{ "a size too large", false, 0, size_huge, 399, 399, 1, "beyond the end, 96 bytes" },
	{ "an impossible type", false, 0, type_impossible, 399, 399, 1, "impossible size or type, 96 bytes" },
	{ "a size of half a word", false, 0, size_odd, 399, 399, 1, "impossible size or type, 96 bytes" },
	{ "an unknown type", false, 0, type_unknown, 399, 399, 1, "impossible size or type, 96 bytes" },
	{ "attributes among samples", false, 0, type_of_attributes, 399, 399, 1, "of the head among samples, 96 bytes" },
	{ "attributes among samples", true, 0, type_of_attributes, 399, 399, 1, "of the head among samples, 96 bytes" },
	{ "formats among samples", true, 0, type_of_formats, 399, 399, 1, "of the head among samples, 96 bytes" },
	{ "a feature among samples", true, 0, type_of_feature, 399, 399, 1, "of the head among samples, 96 bytes" },
	{ "a mark that is too long", false, 0, type_of_round, 399, 399, 1, "impossible size or type, 96 bytes" },
	{ "a mapping that was a sample", false, 0, type_of_mapping, 399, 399, 1, "not as long as its type's are, 96 bytes" },
	{ "a fork that was a sample", true, 0, type_of_fork, 399, 399, 1, "not as long as its type's are, 96 bytes" },
	{ "a sample that covers another", false, 0, covers_next, 399, 399, 1, "not as long as its parts, 96 bytes" },
	{ "a sample that covers another", true, 0, covers_next, 399, 399, 1, "not as long as its parts, 96 bytes" },
	{ "a payload that covers a sample", false, 0, swallows_next, 399, 399, 1, "longer than its format, 96 bytes" },
	/* It begins within a sample's header and ends in another's: six samples. */
	{ "garbage", false, 0, garbage, 394, 394, 1, "impossible size or type, 576 bytes" },
	{ "a payload of 2 GiB", false, 0, raw_huge, 399, 399, 1, "not as long as its parts, 96 bytes" },
	{ "a payload too short", false, 0, raw_short, 399, 399, 1, "not as long as its parts, 96 bytes" },
	{ "a loss that is not told", false, 0, lost_short, 399, 399, 1, "not as long as its type's are, 16 bytes" },
	{ "an event without its format", false, 0, other_format, 399, 399, 1, "without its format (event id 999)" },
	{ "a time far ahead", false, 0, late, 399, 399, 1, "cannot be true" },
	{ "a time long ago", false, 0, early, 399, 399, 1, "cannot be true" },
	{ "a CPU that cannot be", false, 0, strange_cpu, 399, 399, 1, "cannot be true" },
	{ "a CPU that the machine does not have", false, 0, cpu_beyond, 399, 399, 1, "cannot be true" },
	/* A gap a round, as no sample has a format; and what follows the records looks damaged. */
	{ "a recording that was not finished", false, 0, no_size_of_data, 0, 0, 5, "was not finished" },
	{ "data beyond the end", false, 0, data_beyond, 0, 0, 5, "cut short" },
	{ "formats beyond the end", false, 0, formats_beyond, 0, 0, 4, "event formats are missing" },
	{ "formats that are none", false, 0, formats_not, 0, 0, 4, "their head is damaged" },
	{ "formats that are none", true, 0, formats_not, 0, 0, 4, "their head is damaged" },
	{ "formats that cover samples", true, 0, formats_cover, 400, 400, 0, "formats of 2720 bytes, and 2912 are said" },
	{ "attributes of an impossible size", false, 0, attr_size, 0, 0, 0, "no event's attributes" },
	{ "ids beyond the end", false, 0, ids_beyond, 400, 400, 0, "beyond the end" },
	{ "a compressed record that is none", false, 4, not_packed, 90, 110, 1, "does not unpack" },
	{ "a compressed record that is none", true, 4, not_packed, 90, 110, 1, "does not unpack" },
};

static void table_of_damages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage_case *c = &damages[i];
		struct outcome whole, damaged;
		struct made_map map;
		struct bytes file;

		make(c->is_pipe, c->nr_packed, &file, &map);
		outcome_run(&file, &whole);
		assert_int_equal(whole.nr_events, NR_EVENTS);
		assert_true(outcome_is_silent(&whole));
		c->damage(&file, &map);
		outcome_run(&file, &damaged);
		if (damaged.nr_events < c->least || damaged.nr_events > c->most || damaged.nr_gaps != c->nr_gaps)
			outcome_fail(&damaged, c->what);
		assert_is_damaged(&damaged, &whole, c->note, c->what);
		outcome_release(&damaged);
		outcome_release(&whole);
		bytes_release(&file);
	}
}

/* Of where a gap is: nothing may be missing outside of it. */
static void times_of_gaps(void **state)
{
	static const struct {
		damager *damage;
		size_t sample;
	} cases[] = { { size_zero, 130 }, { raw_huge, 130 }, { early, 230 }, { late, 130 }, { garbage, 130 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint64_t time = 1000000000000 + cases[i].sample / 100 * 5000000000 +
				      cases[i].sample % 50 * 10 + cases[i].sample / 50 % 2;
		struct outcome outcome;
		struct made_map map;
		struct bytes file;

		make(false, 0, &file, &map);
		cases[i].damage(&file, &map);
		outcome_run(&file, &outcome);
		assert_int_equal(outcome.nr_gaps, 1);
		assert_int_equal(outcome.gaps[0].gap.reason, MM_GAP_DAMAGE);
		assert_int_equal(outcome.gaps[0].cpu, MM_ANY_CPU);
		assert_true(outcome.gaps[0].gap.begin_ns < time);
		assert_true(outcome.gaps[0].gap.end_ns > time);
		assert_true(outcome.gaps[0].gap.end_ns - time < 5000000000);
		outcome_release(&outcome);
		bytes_release(&file);
	}
}

/* The end is missing: in a pipe's file all that is there is read, in a file the formats are gone. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (int variant = 0; variant < 4; variant++) {
		struct outcome whole, cut;
		struct made_map map;
		struct bytes file;
		size_t nr;

		make(variant & 1, variant & 2 ? 7 : 0, &file, &map);
		nr = file.nr;
		outcome_run(&file, &whole);
		for (size_t j = 1; j < 150; j++) {
			file.nr = nr * j / 150;
			outcome_run(&file, &cut);
			/* Between two records of what came through a pipe nothing seems to be missing. */
			if (outcome_is_silent(&cut) && (!(variant & 1) || file.nr < map.data))
				fail_msg("variant %d cut at %zu of %zu: silent", variant, file.nr, nr);
			if (!outcome_is_part_of(&cut, &whole))
				fail_msg("variant %d cut at %zu of %zu: other events", variant, file.nr, nr);
			if (variant == 1 && file.nr > map.data &&
			    cut.nr_events < (file.nr - map.data) / (SAMPLE_BYTES + 1))
				fail_msg("variant %d cut at %zu of %zu: %zu events", variant, file.nr, nr, cut.nr_events);
			outcome_release(&cut);
		}
		outcome_release(&whole);
		file.nr = nr;
		bytes_release(&file);
	}
}

static void random_bytes_in_made_recordings(void **state)
{
	(void)state;
	for (int variant = 0; variant < 4; variant++) {
		struct made_map map;
		struct bytes file;

		make(variant & 1, variant & 2 ? 7 : 0, &file, &map);
		outcome_mutate(&file, 250, 10);
		bytes_release(&file);
	}
}

static void random_bytes_in_real_recordings(void **state)
{
	static const char *const names[] = {
		"forkcow.perf.data", "gcc.zstd.perf.data", "reserve.pipe.perf.data", "hog.lost.perf.data",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bytes file;

		bytes_from_file(&file, names[i]);
		outcome_mutate(&file, 100, 6);
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
		cmocka_unit_test(random_bytes_in_real_recordings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
