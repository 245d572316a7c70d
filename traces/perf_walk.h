/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of one range of a perf.data, one after the other, unpacked.
 *
 *	perf_walk_open(&walk, file, &range);
 *	while ((step = perf_walk_next(&walk, &record)) != PERF_END)
 *		step == PERF_RECORD ? use(&record) : note(&walk.damage);
 *	perf_walk_close(&walk);
 *
 * Where a record's header cannot be true the walk goes on at the next place from
 * which several headers follow each other; what lies between is damage.
 */
#ifndef TRACES_PERF_WALK_H
#define TRACES_PERF_WALK_H

#include "traces/load.h"
#include "traces/perf_layout.h"
#include "traces/perf_unpack.h"
#include "traces/trace_file.h"

/* Types of records; below PERF_USER_TYPES the kernel wrote them. */
enum perf_type {
	PERF_MMAP = 1, PERF_LOST = 2, PERF_COMM = 3, PERF_EXIT = 4, PERF_THROTTLE = 5,
	PERF_UNTHROTTLE = 6, PERF_FORK = 7, PERF_SAMPLE = 9, PERF_MMAP2 = 10, PERF_AUX = 11,
	PERF_ITRACE_START = 12, PERF_LOST_SAMPLES = 13, PERF_SWITCH = 14, PERF_SWITCH_CPU_WIDE = 15,
	PERF_NAMESPACES = 16, PERF_KSYMBOL = 17, PERF_BPF_EVENT = 18, PERF_CGROUP = 19,
	PERF_AUX_OUTPUT_HW_ID = 21,
	PERF_USER_TYPES = 64,
	PERF_HEADER_ATTR = 64, PERF_EVENT_TYPE = 65, PERF_TRACING_DATA = 66, PERF_BUILD_ID = 67,
	PERF_FINISHED_ROUND = 68, PERF_ID_INDEX = 69, PERF_AUXTRACE = 71, PERF_HEADER_FEATURE = 80,
	PERF_COMPRESSED = 81, PERF_FINISHED_INIT = 82, PERF_COMPRESSED2 = 83,
};

#define RECORD_MOST_BYTES 65536

struct perf_record {
	const uint8_t *data;	/* with its header; borrowed until the next step */
	uint32_t bytes;
	uint32_t type;		/* enum perf_type, or one that is not known */
	uint16_t misc;
	uint64_t offset;	/* in the file, of it or of the record it was packed in */
};

enum perf_step { PERF_RECORD, PERF_DAMAGE, PERF_END };

struct perf_damage {
	uint64_t offset, bytes;
	const char *what;
};

/* Where records lie; `bytes` as the file says, which may be more than it has. */
struct perf_range {
	uint64_t offset, bytes;
	bool big_endian;
	uint64_t head_end;	/* before it attributes, features and formats may come: in a pipe, before any sample */
	uint64_t formats_end;	/* of the formats, where their record says too much; else 0 */
};

struct perf_walk {
	struct byte_cursor cursor;
	const uint8_t **at;		/* the record at hand: of the file, or of what is unpacked */
	const uint8_t *const *end;
	const struct trace_file *file;
	struct perf_unpack unpack;
	uint64_t packed_offset;		/* of the record that is being unpacked */
	uint64_t unread;		/* bytes of compressed records after their stream broke */
	uint64_t missing;		/* bytes that the file should have had after its end */
	uint64_t head_end, formats_end;
	uint32_t nr_resumed;
	bool has_compressed;
	bool is_told;			/* that the stream is broken */
	struct perf_damage damage;	/* after PERF_DAMAGE */
};

void perf_walk_open(struct perf_walk *walk, const struct trace_file *file,
		    const struct perf_range *range);
void perf_walk_close(struct perf_walk *walk);

/* What perf_walk_next() does where more than the next record's header must be looked at. */
enum perf_step perf_walk_next_slow(struct perf_walk *walk, struct perf_record *record);

/*
 * The record that was given last cannot be one, though its header looks like it: goes on where records seem to
 * begin again after its first bytes, and makes damage of those between.  False: it was done too often, take it as it is.
 */
bool perf_walk_reject(struct perf_walk *walk, const struct perf_record *record, const char *what);

/* Of the file, read so far. */
static inline uint64_t perf_walk_offset(const struct perf_walk *walk)
{
	return byte_cursor_offset(&walk->cursor);
}

static inline void perf_record_read(struct perf_record *record, const uint8_t *at, bool big_endian)
{
	record->data = at;
	record->type = load_u32(at, big_endian);
	record->misc = load_u16(at + 4, big_endian);
	record->bytes = load_u16(at + 6, big_endian);
}

static inline enum perf_step perf_walk_next(struct perf_walk *walk, struct perf_record *record)
{
	const uint8_t *at = *walk->at;
	const size_t left = *walk->end - at;

	if (left < PERF_HEADER_BYTES)
		return perf_walk_next_slow(walk, record);
	perf_record_read(record, at, walk->cursor.big_endian);
	if (record->bytes < PERF_HEADER_BYTES || record->bytes > left || record->bytes % 8 ||
	    record->type - 1 >= PERF_USER_TYPES - 1)
		return perf_walk_next_slow(walk, record);
	record->offset = walk->has_compressed ? walk->packed_offset : perf_walk_offset(walk);
	*walk->at = at + record->bytes;
	return PERF_RECORD;
}

/*
 * Looks at records that follow, as far as they are in memory: *at NULL begins.
 * False if there is none.
 */
bool perf_walk_ahead(const struct perf_walk *walk, const uint8_t **at, struct perf_record *record);

#endif
