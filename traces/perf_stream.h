/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of one file of a perf.data: records from a walk, events from the records,
 * put in order by rounds, and MM_GAP where something is missing.
 */
#ifndef TRACES_PERF_STREAM_H
#define TRACES_PERF_STREAM_H

#include "base/xalloc.h"
#include "traces/event_stream.h"
#include "traces/perf_data.h"
#include "traces/perf_rounds.h"
#include "traces/perf_tasks.h"

/* Records lost on a CPU. */
struct perf_loss {
	uint64_t told;		/* by LOST records, where they were lost */
	uint64_t in_all;	/* as counted by the recorder */
};

/* What the streams of one recording share; borrowed until the streams are closed. */
struct perf_shared {
	const struct perf_data *data;
	struct reader_context *context;
	struct perf_tasks tasks;
	bool has_tasks;		/* some events are made of perf's own records */
	bool is_joined;		/* what they leave open is filled in later, perf_folder.h */
	bool has_moves;		/* tasks' groups are told by their samples */
	struct perf_loss *losses;	/* by CPU */
	size_t nr_losses, losses_capacity;
	struct map64 cpu_by_id;	/* that an event is of, + 1 */
	size_t nr_open;		/* streams that have not ended */
};

/* Of a shared that is all zero too. */
void perf_shared_release(struct perf_shared *shared);

/* How a file's records are divided into rounds. */
enum perf_order {
	PERF_ORDER_MARKED,	/* FINISHED_ROUND records say */
	PERF_ORDER_TURNS,	/* a CPU's turn comes again */
	PERF_ORDER_SORTED,	/* they are of one CPU: in order as they are */
};

struct perf_cpu {
	uint64_t last_ns;	/* of its last whole record */
	uint64_t throttled_ns;	/* since when; 0 = it is not */
	uint32_t round;		/* the round, counted from 1, in which it was seen last */
};

struct perf_gap {		/* not delivered yet */
	struct mm_gap gap;
	uint16_t cpu;
	bool is_pending, is_uncounted;
};

struct perf_stream {
	struct event_stream base;
	struct perf_shared *shared;
	struct reader_context *context;		/* these three are shared's, closer at hand */
	const struct perf_layouts *layouts;
	const struct format_table *formats;
	const struct trace_file *file;
	struct perf_walk walk;
	struct perf_rounds rounds;
	enum perf_order order;
	bool is_plain;		/* marks end rounds, all samples have one quick layout, no group is asked for */
	uint64_t taken_bytes;	/* of records in this round */
	uint64_t round_bytes;	/* it is not longer than this, where no mark ends it */
	uint32_t nr_rounds;
	uint32_t turn;		/* the CPU whose turn it is */
	uint32_t cpu;		/* of the last record */
	uint64_t last_ns;	/* the latest time seen */
	struct perf_record held;	/* the first of the round to come */
	bool is_held;
	struct perf_cpu *cpus;
	size_t nr_cpus, cpus_capacity;
	struct perf_gap damage, format;
	uint64_t told_offset;	/* for the count of bytes */
	bool is_over;
};

void perf_stream_open(struct perf_stream *stream, struct perf_shared *shared, const struct trace_file *file,
		      const struct perf_range *range, enum perf_order order);
/* What has no time and nothing with a time beside it is of this time. */
void perf_stream_set_begin(struct perf_stream *stream, uint64_t begin_ns);
void perf_stream_close(struct perf_stream *stream);

/* The time of the first record that has one; 0 = none of the first ones has. */
uint64_t perf_stream_first_ns(const struct perf_stream *stream);

/*
 * For the files of the stream only.
 */

/* Makes of a record what it is: an event, two, a gap, or nothing. */
void perf_stream_read(struct perf_stream *stream, const struct perf_record *record);
/* One of them, a sample. */
void perf_stream_read_sample(struct perf_stream *stream, const struct perf_record *record);
/* The same for as many samples as follow each other in memory and are as most are; only where is_plain. */
void perf_stream_read_samples(struct perf_stream *stream);
/*
 * Whether a record can be of this time.  Nothing is older than what rounds allow; of a
 * sudden leap ahead the file itself, or the records that follow, must know.
 */
bool perf_stream_is_plausible(const struct perf_stream *stream, uint64_t time_ns, uint32_t cpu);
/* A record that is not read, and why; one whose event has no format. */
void perf_stream_note_bad(struct perf_stream *stream, const struct perf_record *record, const char *what);
/* One that cannot be what it says: what it covers is looked through for others. */
void perf_stream_reject(struct perf_stream *stream, const struct perf_record *record, const char *what);
void perf_stream_note_no_format(struct perf_stream *stream, const struct perf_record *record, uint16_t id,
				const struct perf_sample *sample);
/* After PERF_DAMAGE. */
void perf_stream_note_damage(struct perf_stream *stream);
/* The gaps of the round at hand; is_last: and those known only at the end. */
void perf_stream_put_gaps(struct perf_stream *stream, bool is_last);

#define SMALL_ROUND 128		/* events: to end a round costs as much as to read some */
#define SMALL_ROUND_NS UINT64_C(10000000)

/* At a mark: a round may be as long as several, its events are in the same order, only given later. */
static inline bool perf_stream_goes_on(const struct perf_stream *stream)
{
	return perf_rounds_nr(&stream->rounds) < SMALL_ROUND && !stream->damage.is_pending && !stream->format.is_pending &&
	       stream->last_ns - stream->rounds.closed_ns < SMALL_ROUND_NS;
}

static inline struct perf_cpu *perf_stream_cpu(struct perf_stream *stream, uint32_t cpu)
{
	while (stream->nr_cpus <= cpu) {
		xgrow(&stream->cpus, stream->nr_cpus, &stream->cpus_capacity, sizeof(*stream->cpus));
		stream->cpus[stream->nr_cpus++] = (struct perf_cpu){ 0 };
	}
	return &stream->cpus[cpu];
}

/* A whole record of this time and CPU. */
static inline void perf_stream_see(struct perf_stream *stream, uint64_t time_ns, uint32_t cpu)
{
	perf_stream_cpu(stream, cpu)->last_ns = time_ns;
	stream->cpu = cpu;
	if (time_ns > stream->last_ns)
		stream->last_ns = time_ns;
}

static inline uint64_t perf_later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
