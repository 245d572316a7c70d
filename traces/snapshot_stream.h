/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file of recount record holds beside the kernel's records (docs/recording.md):
 * snapshots and counters, as events; and facts of the machine, which come first.
 *
 *	stream = snapshot_stream_open(dat, section);	behind the header of the CPUs' data
 *	...						an event stream like a CPU's
 *	snapshot_stream_close(stream);
 *
 * One section is in memory at a time. What is damaged ends its section with a note;
 * a task whose pages are cut off keeps those before.
 */
#ifndef TRACES_SNAPSHOT_STREAM_H
#define TRACES_SNAPSHOT_STREAM_H

#include "traces/event_stream.h"
#include "traces/trace_dat.h"

struct snapshot_stream;

/* NULL: there are none. `at` is where the first may stand. */
struct snapshot_stream *snapshot_stream_open(struct trace_dat *dat, uint64_t at);
/* When the first was begun. */
uint64_t snapshot_stream_begin_ns(const struct snapshot_stream *stream);
struct event_stream *snapshot_stream_base(struct snapshot_stream *stream);
/* Facts that stand before everything else; borrowed until close. */
size_t snapshot_stream_facts(const struct snapshot_stream *stream, const struct trace_fact **facts);
void snapshot_stream_close(struct snapshot_stream *stream);	/* accepts NULL */

#endif
