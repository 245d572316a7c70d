/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where operations come from: a recording, rebuilt (rebuild.h), or a text in the
 * language of docs/ops.md (ops/op_sources.h).  Whoever listens cannot tell which.
 *
 *	status = recording_open(&source, &request, err);
 *	source->class->start(source, &listener, err);	(the facts exist from here)
 *	source->class->run(source, err);
 *	op_source_close(source);
 *
 * run() pushes: what happens next depends on the facts as they are meanwhile, and
 * those are of the source.  One start and one run for every open.
 */
#ifndef REBUILD_OP_SOURCE_H
#define REBUILD_OP_SOURCE_H

#include "accounting/mem_op.h"
#include "rebuild/container.h"
#include "rebuild/expectation.h"
#include "rebuild/facts.h"
#include "rebuild/judge.h"
#include "rebuild/rebuild.h"
#include "reclaim/policy.h"
#include "traces/event_source.h"

/* Records that are missing. */
struct loss_record {
	const char *input;	/* name of the file, without folders */
	uint32_t cpu;
	uint64_t begin_ns, end_ns, events;	/* 0 = unknown */
	enum mm_gap_reason reason;
};

/*
 * Events that the listener need not be told of: as long as some are left and time is not past until_ns, it only goes
 * on.  The listener's; op_listener_advance() takes them one at a time.
 */
struct op_pace {
	uint64_t now_ns;
	uint64_t until_ns;
	uint64_t nr_quiet;
};

/* Callbacks, all with `context`; those that are NULL are not called. op and advance are not NULL. */
struct op_listener {
	void *context;
	const struct container_rule *rules;	/* borrowed; container.h; a text has its own containers */
	size_t nr_rules;
	/* Every operation, in order; the facts are readable meanwhile. Its mapcount is the listener's. */
	void (*op)(void *context, struct mem_op *op);
	/* Where the next operation may be made, as of now, which saves a copy of it; NULL = nowhere in particular. */
	struct mem_op *const *place;
	/* Operations on the page come soon: what is known of it may be fetched meanwhile. The number may be new. */
	void (*soon)(void *context, uint32_t page);
	/* A task ended, or the source did. */
	void (*process)(void *context, const struct process_record *process);
	void (*loss)(void *context, const struct loss_record *loss);
	/* An entry of the facts stands elsewhere now. */
	void (*shift)(void *context, uint32_t mm, uint64_t from, uint64_t to);
	/* An event of counter_kinds(): what the kernel said of its own counting. Only where it was asked for. */
	void (*counter)(void *context, const struct mm_event *event);
	/* The clock is at now_ns, before anything that happens then.  RC_END ends the run in good order. */
	enum status (*advance)(void *context, uint64_t now_ns);
	/* When advance() need not be called; NULL = always. */
	struct op_pace *pace;
	/* A text by hand limits, reclaims or expects; a failed expectation is RC_USAGE and a sentence. */
	enum status (*directive)(void *context, const struct directive *directive, struct error *err);
};

static inline enum status op_listener_advance(const struct op_listener *listener, uint64_t now_ns)
{
	struct op_pace *pace = listener->pace;

	if (!pace || !pace->nr_quiet || now_ns > pace->until_ns)
		return listener->advance(listener->context, now_ns);
	pace->nr_quiet--;
	pace->now_ns = now_ns;
	return RC_OK;
}

/* What a text says of machine and rules, before its first operation. */
struct op_settings {
	bool is_written;	/* by hand: limits come with the operations, to a scenario of their own */
	bool has_swappiness, has_mapped_ratio, has_zones, has_swap, has_readahead, has_flush, has_stats, has_reuse;
	struct machine machine;	/* fields that has_... names */
	uint64_t reuse_ns;	/* if has_reuse */
	uint64_t begin_ns;	/* what counts begins here; 0 = the whole */
	bool is_posted;		/* all rules and switches, but for the choices */
	/* In order, as base/rules.h takes them: "D36=posted", "bc.rss=on"; each was tried. */
	struct { char text[64]; bool is_switch; } choices[64];
	size_t nr_choices;
};

struct op_source {			/* base: first member of every source */
	const struct op_source_class *class;
};

struct op_source_class {
	const char *name;
	/* The listener is copied, what it points to is borrowed. */
	enum status (*start)(struct op_source *source, const struct op_listener *listener, struct error *err);
	enum status (*run)(struct op_source *source, struct error *err);
	const struct trace_info *(*info)(const struct op_source *source);
	const struct trace_counts *(*counts)(const struct op_source *source);
	size_t (*notes)(const struct op_source *source, const char *const **notes, uint64_t *nr_more);
	const struct op_settings *(*settings)(const struct op_source *source);
	/* From start() on; where they are they stay. */
	const struct facts *(*facts)(const struct op_source *source);
	struct containers *(*containers)(const struct op_source *source);
	/* What gaps so far may have made wrong of the facts; but for is_any as of now, until the next event. */
	const struct doubts *(*doubt)(const struct op_source *source);
	/* After run(). */
	const struct unmatched_count *(*unmatched)(const struct op_source *source);
	const struct judge *(*judge)(const struct op_source *source);
	uint64_t (*peak_pages)(const struct op_source *source);
	/* Text of a string id of an event; borrowed. NULL: this source has no events. */
	const char *(*string)(const struct op_source *source, uint32_t id);
	/* The recorder's own look at the end against the facts; NULL: this source has none. */
	const struct snapshot_check *(*snapshot_check)(const struct op_source *source);
	/*
	 * nr more sources of the same operations, with facts of their own, each for a thread of its own; asked for
	 * before start(), closed before this one. Who does not run to the end leaves. NULL, or false: there are none.
	 */
	bool (*share)(struct op_source *source, struct op_source **shares, size_t nr);
	void (*leave)(struct op_source *source);
	void (*close)(struct op_source *source);
};

/* What to open, and how. */
struct op_source_request {
	const char *const *paths;
	size_t nr_paths;
	mm_kinds counters;	/* of counter_kinds(): read as well, for listener.counter */
	const char *formats;	/* as in struct event_source_request; NULL = none */
};

/* Opens one recording made of one or more files (paths are borrowed until close). */
enum status recording_open(struct op_source **source, const struct op_source_request *request, struct error *err);

void op_source_close(struct op_source *source);	/* NULL is fine */

/* Kinds of events that a rebuild needs. */
mm_kinds op_source_kinds(void);
/* Kinds that tell what the kernel counted, reclaimed and killed; those of memcg:* are not read unless asked for. */
mm_kinds counter_kinds(void);

#endif
