/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where results go: the only way out of a replay.
 *
 *	sink_class->open(&sink, path, err);
 *	sink->class->put(sink, &row, err);	any number of times
 *	sink->class->commit(sink, err);		now, and only now, the result is there
 *	sink->class->close(sink);
 *
 * A sink copies what it keeps.  close() without commit() undoes all: an existing
 * output is untouched.  Rows are those of contract.md "RUN.db"; pages, ns.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* A sink keeps no more of its rows in memory. */
#define SINK_CACHE_KIB 65536

/* A value that may be NULL in the database. */
#define ROW_NONE INT64_MIN

enum row_kind {
	ROW_RUN, ROW_CONTAINER, ROW_SCENARIO, ROW_LIMIT, ROW_OUTCOME, ROW_USAGE,
	ROW_INCIDENT, ROW_PROCESS, ROW_LOSS, ROW_UNMATCHED, ROW_CHECK, ROW_BILL, ROW_SHARE, ROW_PROOF, ROW_SPREAD,
	ROW_NR_KINDS
};

struct row {
	enum row_kind kind;
	union {
		struct { const char *key, *value; } run;
		struct { uint32_t container; const char *name, *path; } container;
		struct { uint32_t scenario; const char *label; } scenario;
		struct {
			uint32_t scenario, container;
			const char *resource;
			int64_t barrier_pages, limit_pages;	/* ROW_NONE */
		} limit;
		struct {
			uint32_t scenario, container;
			const char *resource;
			int64_t barrier_pages, limit_pages;	/* ROW_NONE */
			int64_t held_pages, maxheld_pages, transient_pages;
			int64_t failcnt, reclaim_calls, reclaim_successes;
			int64_t scanned_pages, uncharged_pages, reclaimed_pages;
			int64_t swapped_out_pages, refaulted_pages, oom_kills, denied_calls;
			int64_t reclaimed_assumed, swapped_out_assumed, refaulted_assumed;
			int64_t oom_kills_assumed, denied_calls_assumed;	/* ROW_NONE = not computed */
			int64_t refaulted_anon, refaulted_anon_assumed;	/* of refaulted: anonymous */
			int64_t failcnt_assumed, scanned_assumed;
			int64_t void_ops;	/* operations of tasks this scenario had ended */
			int64_t diverged_ns;	/* ROW_NONE = never */
			double evidence;	/* 0..1 */
			int64_t held_low, maxheld_low;		/* with what was lost: at least, at most */
			int64_t held_high, maxheld_high;	/* ROW_NONE = nothing bounds it */
			int64_t verdict_stands;			/* 0, 1 */
		} outcome;
		struct {
			uint32_t scenario, container;
			const char *resource;
			int64_t time_ns, held_pages, maxheld_pages;
		} usage;
		struct {
			uint32_t scenario, container;
			int64_t time_ns, end_ns, count;	/* folded: first, last, how many */
			const char *resource, *incident, *comm, *detail;
			int64_t pid;		/* ROW_NONE = unknown */
			int64_t pages;
		} incident;
		struct {
			uint32_t pid, tgid, container;
			const char *comm;
			int64_t begin_ns, end_ns;	/* ROW_NONE = before / after the recording */
			int64_t peak_anon_pages, peak_file_pages, peak_shmem_pages;
			int64_t killed_ns;	/* by the recorded kernel's OOM killer; ROW_NONE = not */
		} process;
		struct {
			const char *input, *effect;
			int64_t cpu;		/* ROW_NONE = not known */
			int64_t begin_ns, end_ns, events;	/* ROW_NONE = unknown */
		} loss;
		struct { const char *unmatched; int64_t count, pages; } unmatched;
		/* How often rss_stat was predicted before it was seen, per class of operation. */
		struct {
			const char *class;
			int64_t checked, exact, within_1, worst_pages, sum_abs_pages;
			int64_t open_values, open_exact, open_outside;	/* only bounds are known of them; they are not between these */
		} check;
		/* A figure of outcomes over several runs of the scenario. */
		struct {
			uint32_t scenario, container;
			const char *resource, *figure;
			int64_t runs, low, high;
		} spread;
		/* What a container is charged for in scenario 0, taken apart at one moment. */
		struct {
			uint32_t container;
			const char *resource;
			int64_t time_ns, held_pages, mapped_pages, shared_pages, others_pages, unpaid_pages, alone_pages;
		} bill;
		struct {
			uint32_t container, other;
			const char *resource;
			int64_t paid_pages, unpaid_pages;
		} share;
		/* A figure of scenario 0 beside the kernel's own counter of it. */
		struct {
			uint32_t container;
			const char *resource, *figure, *against, *verdict;
			double mean_pages, error_pages, lasting_pages;
			int64_t worst_pages, final_pages, final_off_pages, peak_pages, peak_off_pages;
		} proof;
	};
};

struct sink {				/* base: first member of every sink */
	const struct sink_class *class;
};

struct sink_class {
	const char *name;		/* "sqlite" for people, "text" for tests */
	enum status (*open)(struct sink **sink, const char *path, struct error *err);
	enum status (*put)(struct sink *sink, const struct row *row, struct error *err);
	enum status (*commit)(struct sink *sink, struct error *err);
	void (*close)(struct sink *sink);	/* NULL is fine */
};

extern const struct sink_class *const sinks[];	/* NULL ends */

#endif
