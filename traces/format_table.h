/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event formats of one recording: from a record's id to how it is decoded.
 *
 * Only formats of known tracepoints are parsed; of the others just the id is kept,
 * which tells records nobody wants from records nobody can read.
 */
#ifndef TRACES_FORMAT_TABLE_H
#define TRACES_FORMAT_TABLE_H

#include "traces/decode_plan.h"
#include "traces/format_bank.h"
#include "traces/notes.h"
#include "traces/record_size.h"
#include "traces/trace_file.h"

#define FORMAT_IDS 65536

enum {
	FORMAT_NONE,		/* no format with this id */
	FORMAT_SKIP,		/* a format, but its records are not wanted */
	FORMAT_PLAN,		/* and above: plans[value - FORMAT_PLAN] */
};

struct format_table {
	uint8_t of_id[FORMAT_IDS];
	struct record_size sizes[FORMAT_IDS];		/* of what has a format */
	struct decode_plan plans[NR_TRACEPOINTS_MAX];	/* by tracepoint number */
	uint16_t ids[NR_TRACEPOINTS_MAX];		/* of what has a plan */
	mm_kinds kinds;		/* kinds with a plan, wanted or not */
	uint64_t calls;		/* bit 1 << mm_call: entered and left with a plan */
	uint64_t calls_seen[2];	/* the same, for enter and exit */
	size_t nr_formats;
	mm_kinds wanted;
	struct format_target target;
	enum record_place place;	/* where its records lie */
	const char *path;	/* for notes; borrowed */
	struct notes *notes;
	bool is_cut;			/* some formats could not be read */
	struct format_bank *collect;	/* borrowed; NULL = nobody wants them */
};

/* Every event system's formats: "u32 systems, each: name, u32 events, each: u64 size, text". */
void format_table_read_events(struct format_table *table, struct byte_cursor *cursor);

/* The tracer's own formats: "u32 events, each: u64 size, text"; only their ids are kept. */
void format_table_read_internal(struct format_table *table, struct byte_cursor *cursor);

/*
 * Formats that were lost, from the bank: all, or what is missing of those that were cut
 * short.  ids: FORMAT_IDS truths, those that were recorded; NULL = not known.
 */
void format_table_complete(struct format_table *table, const struct format_bank *bank, const bool *ids);

static inline const struct decode_plan *format_table_plan(const struct format_table *table,
							  uint8_t of_id)
{
	return &table->plans[of_id - FORMAT_PLAN];
}

#endif
