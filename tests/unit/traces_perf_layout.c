// SPDX-License-Identifier: GPL-2.0-or-later
/* Layouts of samples: every part, alone and with others, in both byte orders. */
#include "traces/perf_layout.h"

#include "perf_recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ALL_PARTS ((1u << 25) - 1)

static const struct made_head head = { .time = 1234567890123, .cpu = 5, .tid = 77, .group = 4711 };

/* A sample and a record of a task with these parts are written and read back. */
static void check(const struct made_attr *made, bool big_endian)
{
	const struct perf_attr attr = {
		.type = 2, .sample_type = made->sample_type, .read_format = made->read_format,
		.branch_sample_type = made->branch_type, .regs_user = made->regs_user,
		.regs_intr = made->regs_intr, .has_trailer = true,
	};
	const uint64_t type = made->sample_type;
	struct bytes bytes = { .big_endian = big_endian };
	struct bytes raw = { (uint8_t *)"\1\2\3\4\5\6\7\10", 8, 0, false };
	struct perf_layout layout;
	struct perf_sample sample;
	struct perf_trailer trailer;

	perf_layout_compile(&layout, &attr, big_endian);
	made_sample(&bytes, made, &head, &raw);
	if (!perf_layout_sample(&layout, bytes.data, bytes.nr, &sample))
		fail_msg("sample_type 0x%llx: does not fit", (unsigned long long)type);
	assert_int_equal(sample.time_ns, type & S_TIME ? head.time : 0);
	assert_int_equal(sample.cpu, type & S_CPU ? head.cpu : 0);
	assert_int_equal(sample.tid, type & S_TID ? head.tid : 0);
	if (type & S_RAW) {
		assert_int_equal(sample.raw_bytes, 12);
		assert_memory_equal(sample.raw, raw.data, raw.nr);
	} else {
		assert_null(sample.raw);
	}
	if (perf_layout_cgroup(&layout, bytes.data, bytes.nr) != (type & S_CGROUP ? head.group : 0))
		fail_msg("sample_type 0x%llx: another control group", (unsigned long long)type);
	bytes.nr = 0;
	made_comm(&bytes, made, &head, 1, "comm", false);
	perf_layout_trailer(&layout, bytes.data, bytes.nr, &trailer);
	assert_int_equal(trailer.time_ns, type & S_TIME ? head.time : 0);
	assert_int_equal(trailer.tid, type & S_TID ? head.tid : 0);
	assert_int_equal(trailer.cpu, type & S_CPU ? head.cpu : 0);
	assert_int_equal(trailer.has_cpu, !!(type & S_CPU));
	assert_int_equal(trailer.id, type & (S_ID | S_IDENTIFIER) ? made->id : 0);
	bytes_release(&bytes);
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

static void each_part_alone_and_all_but_it(void **state)
{
	(void)state;
	for (int part = 0; part < 25; part++) {
		for (int big = 0; big < 2; big++) {
			struct made_attr made = { .type = 2, .id = 9, .regs_user = 0xff, .regs_intr = 7 };

			made.sample_type = UINT64_C(1) << part | S_RAW;
			check(&made, big);
			made.sample_type = ALL_PARTS & ~(UINT64_C(1) << part);
			check(&made, big);
		}
	}
}

static void random_parts(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct made_attr made = {
			.type = 2, .id = 9,
			.sample_type = next_random(&seed) & ALL_PARTS,
			.read_format = next_random(&seed) & 31,
			.branch_type = (uint64_t)(next_random(&seed) & 15) << 16,
			.regs_user = next_random(&seed),
			.regs_intr = next_random(&seed) % 4 ? next_random(&seed) : 0,
		};

		check(&made, i % 2);
	}
}

/* A sample cut off anywhere, or whose counts say more than it has, is told as such. */
static void samples_that_do_not_fit(void **state)
{
	static const uint64_t types[] = {
		S_USUAL, S_USUAL | S_CALLCHAIN, S_USUAL | S_READ, S_USUAL | S_READ | S_CALLCHAIN | S_IDENTIFIER,
	};
	struct bytes raw = { (uint8_t *)"\1\2\3\4\5\6\7\10", 8, 0, false };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct made_attr made = { .type = 2, .sample_type = types[i], .read_format = 8 | 4 };
		const struct perf_attr attr = { .type = 2, .sample_type = types[i], .read_format = 8 | 4 };
		struct bytes bytes = { 0 };
		struct perf_layout layout;
		struct perf_sample sample;

		perf_layout_compile(&layout, &attr, false);
		made_sample(&bytes, &made, &head, &raw);
		for (size_t nr = 8; nr < bytes.nr; nr++) {
			if (perf_layout_sample(&layout, bytes.data, nr, &sample))
				fail_msg("type %zu cut to %zu of %zu bytes", i, nr, bytes.nr);
		}
		assert_true(perf_layout_sample(&layout, bytes.data, bytes.nr, &sample));
		for (size_t at = layout.varying; at + 8 <= bytes.nr - 12; at += 8) {
			struct bytes copy = { 0 };

			put(&copy, bytes.data, bytes.nr);
			memset(copy.data + at, 0xff, 8);
			/* Only counts matter: some of these are values. */
			if (at == layout.varying)
				assert_false(perf_layout_sample(&layout, copy.data, copy.nr, &sample));
			else
				perf_layout_sample(&layout, copy.data, copy.nr, &sample);
			bytes_release(&copy);
		}
		bytes_release(&bytes);
	}
}

static void attributes(void **state)
{
	uint8_t bytes[144] = { 0 };
	struct perf_attr attr;

	(void)state;
	assert_false(perf_attr_read(&attr, bytes, 63, false));
	assert_false(perf_attr_read(&attr, bytes, sizeof(bytes), false));	/* size 0 */
	bytes[4] = 145;
	assert_false(perf_attr_read(&attr, bytes, sizeof(bytes), false));	/* more than there is */
	/* The oldest attributes end before the clock: what stands there is not theirs. */
	bytes[4] = 64;
	bytes[43] = 1 << 1;		/* use_clockid, bit 25 */
	bytes[42] = 1 << 2;		/* sample_id_all, bit 18 */
	bytes[41] = 1 << 2;		/* freq, bit 10 */
	bytes[92] = 7;
	assert_true(perf_attr_read(&attr, bytes, sizeof(bytes), false));
	assert_int_equal(attr.clock, -1);
	assert_true(attr.has_trailer);
	assert_true(attr.is_frequency);
	bytes[4] = 128;
	assert_true(perf_attr_read(&attr, bytes, sizeof(bytes), false));
	assert_int_equal(attr.clock, 7);
	/* Big endian: the same bits, from the other end of each byte. */
	memset(bytes, 0, sizeof(bytes));
	bytes[7] = 128;
	bytes[43] = 1 << 6;
	bytes[42] = 1 << 5;
	bytes[95] = 7;
	assert_true(perf_attr_read(&attr, bytes, sizeof(bytes), true));
	assert_int_equal(attr.clock, 7);
	assert_true(attr.has_trailer);
	assert_false(attr.is_frequency);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_alone_and_all_but_it),
		cmocka_unit_test(random_parts),
		cmocka_unit_test(samples_that_do_not_fit),
		cmocka_unit_test(attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
