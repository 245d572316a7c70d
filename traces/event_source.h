/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where events come from: a pull iterator over one time-ordered stream.
 *
 *	status = event_source_open(&source, paths, nr_paths, wanted, err);
 *	while (!(status = event_source_next(source, &event, err)))
 *		...				*event stays as it is until the next
 *	event_source_close(source);
 *
 * Events come in time order; equal times are ordered by CPU, then by position
 * in the file (of a text, whose times are coarse, by position), so a trace always
 * replays the same way.  What the recorder lost
 * and what cannot be decoded arrives as MM_GAP, in its place.  Memory does not
 * grow with the trace.  Everything in the file is checked where it is decoded;
 * what can be read is read, and each thing that could not is a note.
 */
#ifndef TRACES_EVENT_SOURCE_H
#define TRACES_EVENT_SOURCE_H

#include "base/status.h"
#include "traces/mm_event.h"

#include <stddef.h>

/* What event_source_next() needs; the rest is the source's own. */
struct event_source {
	const struct mm_event *event, *end;	/* those at hand; the first of them was given last */
};

#define TRACE_END_UNKNOWN INT64_MAX	/* only reading all of it would tell */

/* What a recorder wrote down of its machine: docs/recording.md lists the keys. */
struct trace_fact {
	const char *key, *value;
};

/* What is known of the recording when it has been opened. */
struct trace_info {
	const char *format;	/* "trace.dat 7", for people */
	const char *clock;	/* "mono", "local"...; "" = the file does not say */
	const char *uname;	/* kernel release and so on; "" = unknown */
	const char *compression;	/* "none", "zstd", "zlib", "gzip" */
	const char *fidelity;	/* what of the events the format does not say; NULL = it says all */
	uint32_t page_size;	/* bytes */
	uint32_t nr_cpus;	/* CPUs with data */
	uint32_t nr_buffers;	/* ring buffers (instances) with data */
	uint64_t begin_ns;	/* time of the first record; 0 with end_ns 0 = no records */
	uint64_t end_ns;	/* about the last record (start of the last page), >= begin_ns; or TRACE_END_UNKNOWN */
	uint64_t bytes;		/* size of the input */
	uint64_t trace_id;	/* the recorder gave to all parts; 0 = none */
	mm_kinds kinds;		/* kinds whose event format is in the file */
	uint64_t calls;		/* bit 1 << mm_call: enter and exit formats are in the file */
	const struct trace_fact *facts;	/* of all inputs; of one key, that of the first that has it */
	size_t nr_facts;
};

/* What has been read so far; final after RC_END. */
struct trace_counts {
	uint64_t read;		/* records seen; one that tells of several events counts as so many */
	uint64_t used;		/* delivered as mm_event, gaps not counted */
	uint64_t skipped;	/* records of kinds not wanted or not known, or unreadable */
	uint64_t lost;		/* records the recorder lost, where it says how many */
	uint64_t gaps;		/* MM_GAP delivered */
	uint64_t bytes;		/* of the input consumed, for progress */
	uint64_t kinds[MM_NR_KINDS];	/* delivered, by kind */
};

/*
 * Opens one recording made of one or more files (borrowed until close).
 * `wanted`: kinds to deliver; others cost only their skipping.  MM_GAP is always
 * delivered.  The format is told by content, never by name.
 */
enum status event_source_open(struct event_source **source, const char *const *paths,
			      size_t nr_paths, mm_kinds wanted, struct error *err);

/* What to open, and how; the fields of event_source_open() and more. */
struct event_source_request {
	const char *const *paths;
	size_t nr_paths;
	mm_kinds wanted;
	const char *formats;	/* whose event formats stand in for lost ones: format_bank.h; NULL = nobody's */
};

enum status event_source_open_with(struct event_source **source, const struct event_source_request *request,
				   struct error *err);

/*
 * nr more sources of the same events, each to be read by a thread of its own; asked for before the first event.
 * They have no notes, and are closed before this one. Who does not read to the end leaves, or others
 * wait for it; closing is leaving. False: no thread can be had, there are none.
 */
bool event_source_share(struct event_source *source, struct event_source **shares, size_t nr);
void event_source_leave(struct event_source *source);

/* What event_source_next() does when none is at hand. */
enum status event_source_next_slow(struct event_source *source, const struct mm_event **event);

/* RC_OK and *event, borrowed until the next call; or RC_END; or < 0. */
static inline enum status event_source_next(struct event_source *source, const struct mm_event **event,
					    struct error *err)
{
	(void)err;	/* once open, whatever cannot be read is a gap */
	if (source->end - source->event <= 1)
		return event_source_next_slow(source, event);
	*event = ++source->event;
	return RC_OK;
}

/* The next event, and with it all that are at hand, up to *end: they are given. */
static inline enum status event_source_take(struct event_source *source, const struct mm_event **event,
					    const struct mm_event **end, struct error *err)
{
	enum status status = event_source_next(source, event, err);

	if (status)
		return status;
	*end = source->end;
	source->event = source->end - 1;
	return RC_OK;
}

/*
 * Which events a text has, on how many CPUs and when it ends, and when a perf.data ends that was compressed, came
 * through a pipe or was killed, only reading all of it tells: its info says so after this, which reads it once more;
 * before the first event.  A text's does at RC_END, too.
 */
void event_source_survey(struct event_source *source);

const struct trace_info *event_source_info(const struct event_source *source);
const struct trace_counts *event_source_counts(const struct event_source *source);

/* Text of a string id of an event of this source; borrowed until close; "" for 0. */
const char *event_source_string(const struct event_source *source, uint32_t string);

/* Path of input `input` as given to open. */
const char *event_source_input(const struct event_source *source, uint32_t input);

/*
 * Notes: one line each on what is damaged ("FILE: cpu 1: offset 0x1234: ...,
 * 1234 bytes are not read").  More may come while reading.  Any note means exit
 * code 3.  At most 100 are kept; *nr_more says how many were not.
 */
size_t event_source_notes(struct event_source *source, const char *const **notes,
			  uint64_t *nr_more);

void event_source_close(struct event_source *source);	/* NULL is fine */

#endif
