/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What perf recorded, and in which layout: an event's attributes, worked out once
 * into offsets that hold for each of its samples.
 *
 *	perf_attr_read(&attr, bytes, nr_bytes, big_endian);
 *	perf_layout_compile(&layout, &attr, big_endian);
 *	if (perf_layout_sample(&layout, record, record_bytes, &sample))
 *		decode(sample.raw, sample.raw_bytes);
 *
 * The parts of a sample stand in the order of perf_event_open(2); those before the
 * raw payload whose size varies (counters, call chain) are stepped over a sample at a time.
 */
#ifndef TRACES_PERF_LAYOUT_H
#define TRACES_PERF_LAYOUT_H

#include "traces/load.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERF_HEADER_BYTES 8u	/* of every record: u32 type, u16 misc, u16 size */
/* perf_attr.type */
#define PERF_SOFTWARE 1
#define PERF_TRACEPOINT 2
#define PERF_ATTR_MIN_BYTES 64

/* struct perf_event_attr, as far as it matters; what an old file does not have is zero. */
struct perf_attr {
	uint32_t type;
	uint64_t config;	/* of a tracepoint: the id of its format */
	uint64_t sample_period;
	uint64_t sample_type, read_format, branch_sample_type;
	uint64_t regs_user, regs_intr;
	uint32_t bytes;
	int32_t clock;		/* clockid_t, or -1: the kernel's own clock */
	bool is_frequency;	/* sample_period is a frequency */
	bool is_inherited;	/* tasks were recorded, and their children with them, not CPUs */
	bool has_trailer;	/* records that are no samples say time, CPU and so on at their end */
};

/* Offsets count from the record's first byte; 0 = the samples do not say it. */
struct perf_layout {
	bool big_endian;
	bool has_raw, has_cgroup;
	bool is_plain;		/* nothing of varying size stands before the raw payload */
	bool is_quick;		/* nor behind it; and time, task, CPU and payload are all there */
	bool is_known;		/* all its parts are, so a sample is as long as they are */
	bool tells_uses;	/* a sample says which address its task read or wrote: perf mem, perf record -d */
	uint16_t id, tid, time, cpu, address;
	uint16_t varying;	/* the first part of varying size, or the raw payload */
	uint16_t raw;		/* of is_plain: the payload, behind its u32 size */
	uint16_t min_bytes;	/* of a sample with an empty payload, as far as parts do not vary */
	/* The same of the trailer, from the record's end; 0 = absent. */
	uint16_t end_tid, end_time, end_id, end_cpu;
	uint16_t trailer_bytes;
	struct perf_attr attr;
};

struct perf_sample {
	uint64_t time_ns;	/* 0 = not said */
	uint32_t tid, cpu;
	const uint8_t *raw;	/* NULL: it has none */
	uint32_t raw_bytes;
};

/* False if these bytes are no attributes. */
bool perf_attr_read(struct perf_attr *attr, const uint8_t *bytes, size_t nr_bytes, bool big_endian);

void perf_layout_compile(struct perf_layout *layout, const struct perf_attr *attr, bool big_endian);

/* perf_layout_sample() of any layout. */
bool perf_layout_any_sample(const struct perf_layout *layout, const uint8_t *record, uint32_t bytes,
			    struct perf_sample *sample);

/* False if the sample is not as long as its parts are together; its time and CPU are set if they fit. */
static inline bool perf_layout_sample(const struct perf_layout *layout, const uint8_t *record, uint32_t bytes,
				      struct perf_sample *sample)
{
	if (!layout->is_quick || bytes < layout->min_bytes)
		return perf_layout_any_sample(layout, record, bytes, sample);
	sample->time_ns = load_u64(record + layout->time, layout->big_endian);
	sample->cpu = load_u32(record + layout->cpu, layout->big_endian);
	sample->tid = load_u32(record + layout->tid + 4, layout->big_endian);
	sample->raw_bytes = load_u32(record + layout->varying, layout->big_endian);
	sample->raw = record + layout->raw;
	return sample->raw_bytes == bytes - layout->min_bytes;
}

/* The id of the control group the sample's task was in; 0 = not said. */
uint64_t perf_layout_cgroup(const struct perf_layout *layout, const uint8_t *record, uint32_t bytes);

/* Time, task and CPU of a record that is no sample: *time_ns 0 where it does not say. */
struct perf_trailer {
	uint64_t time_ns, id;
	uint32_t tid, cpu;
	bool has_cpu;
};
void perf_layout_trailer(const struct perf_layout *layout, const uint8_t *record, uint32_t bytes,
			 struct perf_trailer *trailer);

#endif
