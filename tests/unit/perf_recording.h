/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * perf.data made by hand: samples in any layout, records of any kind, and the file
 * around them in either byte order, as a file or as what came through a pipe.
 */
#ifndef TESTS_UNIT_PERF_RECORDING_H
#define TESTS_UNIT_PERF_RECORDING_H

#include "traces_recording.h"

/* Bits of sample_type, as perf_event_open(2) numbers them. */
enum {
	S_IP = 1 << 0, S_TID = 1 << 1, S_TIME = 1 << 2, S_ADDR = 1 << 3, S_READ = 1 << 4,
	S_CALLCHAIN = 1 << 5, S_ID = 1 << 6, S_CPU = 1 << 7, S_PERIOD = 1 << 8, S_STREAM_ID = 1 << 9,
	S_RAW = 1 << 10, S_BRANCH_STACK = 1 << 11, S_REGS_USER = 1 << 12, S_STACK_USER = 1 << 13,
	S_WEIGHT = 1 << 14, S_DATA_SRC = 1 << 15, S_IDENTIFIER = 1 << 16, S_TRANSACTION = 1 << 17,
	S_REGS_INTR = 1 << 18, S_PHYS_ADDR = 1 << 19, S_AUX = 1 << 20, S_CGROUP = 1 << 21,
	S_DATA_PAGE_SIZE = 1 << 22, S_CODE_PAGE_SIZE = 1 << 23, S_WEIGHT_STRUCT = 1 << 24,
	S_USUAL = S_IP | S_TID | S_TIME | S_ID | S_CPU | S_PERIOD | S_RAW,
};

/* One event as it was opened. */
struct made_attr {
	uint32_t type;		/* 2: a tracepoint */
	uint64_t config, id;
	uint64_t sample_type, read_format, branch_type, regs_user, regs_intr;
	uint64_t period;	/* 0 = 1: every time */
	bool is_frequency, is_inherited, no_trailer;
};

/* When, where and by whom. */
struct made_head {
	uint64_t time;
	uint32_t cpu, tid;
	uint64_t group;		/* the control group */
};

/* Records are appended to `bytes`. */
void made_alloc(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint64_t pfn);
/* A sample with any raw payload. */
void made_sample(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head,
		 const struct bytes *raw);
/* A record that is no sample: its body, then the trailer. */
void made_record(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head,
		 uint32_t type, uint16_t misc, const struct bytes *body);
void made_round(struct bytes *bytes);
void made_lost(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint64_t lost);
/* FORK (type 7) or EXIT (4). */
void made_fork(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint32_t type,
	       uint32_t pid, uint32_t parent_pid, uint32_t tid, uint32_t parent_tid);
void made_comm(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint32_t tid,
	       const char *comm, bool is_exec);
void made_group(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint64_t id,
		const char *path);
/* Records as one zstd stream in `nr` compressed records of type 81 or 83. */
void made_packed(struct bytes *bytes, const struct bytes *records, uint32_t type, size_t nr);

struct made_perf {
	bool big_endian, is_pipe;
	bool is_unfinished;	/* no size of the data, and nothing after it */
	const struct made_attr *attrs;	/* ends with a sample_type of 0 */
	const struct bytes *records;
};

struct made_map {
	size_t attrs, data;	/* where they begin */
	size_t data_size;	/* the u64 in the head of a file */
	size_t formats;		/* the tracing data */
	size_t features;	/* their table */
};

void made_perf(const struct made_perf *made, struct bytes *file, struct made_map *map);

#endif
