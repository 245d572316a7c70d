/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world: the facts as one model makes them in one scenario (scenarios.md 3).
 *
 * It is given every operation after the facts hold it, charges through its model,
 * reclaims through its policy, and knows of each page whether its entries are
 * present here.  It never changes the facts.  An entry of the facts is present
 * here when it was set or last seen used at or after this world last unmapped its
 * page; so one stamp per entry (in the facts) and one per page (here) do for any
 * number of worlds.
 *
 * Which worlds there are and which of them share one, worlds.h says.
 */
#ifndef REPLAY_WORLD_H
#define REPLAY_WORLD_H

#include "base/records.h"
#include "rebuild/container.h"
#include "rebuild/expectation.h"
#include "rebuild/facts.h"
#include "rebuild/settings.h"
#include "replay/bounds.h"
#include "replay/hierarchy.h"
#include "replay/incidents.h"
#include "replay/replay.h"
#include "replay/series.h"

struct touched;
struct world;

struct world_config {
	uint32_t scenario, run;			/* run: which of several, runs.h */
	const struct scenario_spec *spec;	/* NULL: as recorded, nothing limited */
	const struct model_class *model;
	const struct replay_options *options;	/* borrowed */
	const struct facts *facts;		/* borrowed */
	const struct hierarchy *hierarchy;	/* borrowed: up to date when world_containers() is called */
	const struct container_settings *settings;	/* borrowed; of nobody if they do not hold here */
	bool has_policy;			/* something of the model is limited, or may come to be */
	bool is_assumed;			/* uses that nothing shows are assumed (scenarios.md 5) */
	struct record_sharing *sharing;		/* borrowed: of the worlds that are played beside it; NULL = there are none */
	struct sink *sink;			/* borrowed; NULL: its rows are not wanted */
	const struct bounds *const *bounds;	/* of the model; borrowed; there at the end */
	uint64_t begin_ns, interval_ns;		/* of the time series */
};

/* False: the model is about reservations alone, and no page has a row here. */
bool world_wants_pages(const struct world *world);

struct world *world_create(const struct world_config *config);

/* What it keeps per page, and at most on lists beside. */
size_t world_config_row_bytes(const struct world_config *config);
size_t world_config_list_bytes(const struct world_config *config);

/* What it keeps beside its rows of when pages became dirty, and what they are in one folio with. */
size_t world_beside_bytes(const struct world *world);

/* Whether the scenario limits something of the model: then it has a policy. */
bool world_config_limits(const struct world_config *config);

/*
 * A world that has had the past of another, as long as that one has refused nothing: from here on it has limits,
 * number and sink of its own.  Model, has_policy and begin are the same.
 */
struct world *world_fork(const struct world *world, const struct world_config *config, const struct containers *containers);
/* The same without a copy: the world is another from here on. */
void world_become(struct world *world, const struct world_config *config, const struct containers *containers);

/* What its scenario lets a container hold before anything is refused, owed or reclaimed. */
uint64_t world_config_threshold(const struct world_config *config, const struct containers *containers, uint32_t container);
/* Marks the world when the container, with those below it, holds more after an operation. */
void world_watch_usage(struct world *world, uint32_t container, uint64_t pages);
/* Whether it was marked; it is no longer. */
bool world_take_mark(struct world *world);
/* Containers whose counters change are added to it from here on; borrowed; NULL = no more. */
void world_tell_touched(struct world *world, struct touched *touched);
uint32_t world_nr_resources(const struct world *world);
uint32_t world_nr_containers(const struct world *world);
/* The scenario says so. */
bool world_is_limited(const struct world *world, uint32_t resource, uint32_t container);
uint64_t world_usage(const struct world *world, uint32_t resource, uint32_t container);

/* The containers there are have become more: their limits, by name and path. */
void world_containers(struct world *world, const struct containers *containers);

/* Limits hold and counters count from now on. */
void world_arm(struct world *world);

/* To be fetched before they are needed; NULL: they come with those of a world that was made before it. */
const struct records *world_rows(const struct world *world);
/*
 * One operation, in a world that wants those on pages: mem_op_is_of_pages().  Rows of its pages exist.
 * op->mapcount is this world's to fill in, nothing else.
 */
void world_page_op(struct world *world, struct mem_op *op);
/*
 * Instead of it, where that is how most go: world_fresh.c. The operation in one world; false: it is not that simple there,
 * and nothing has happened.
 */
typedef bool world_short_way(struct world *world, struct mem_op *op);
/* NULL = there is none for such operations. */
world_short_way *world_short_way_of(const struct mem_op *op);
/* Any other: of ranges, address spaces, locks.  In any world. */
void world_call_op(struct world *world, struct mem_op *op);

/* The page of an OP_PAGE_GONE, after all that looks at it: its number may come back as another page. */
void world_forget(struct world *world, uint32_t page);

/* Pages below nr_pages have a row from now on. */
void world_reserve(struct world *world, uint32_t nr_pages);

/*
 * What a text by hand says to its scenario: a limit changes, reclaim is asked for,
 * a figure is expected. A failed expectation is RC_USAGE and "expected 3, found 2".
 */
enum status world_direct(struct world *world, const struct directive *directive, uint64_t now_ns, struct error *err);

/* What the page, whose row exists, is here. */
void world_view(const struct world *world, uint32_t page, struct watched_page *view);

/* NULL, or the first broken invariant; full: costs a pass over all rows. */
const char *world_check(struct world *world, bool is_full);

/* Whether uses are worth assuming in it: something is limited, under a policy of today. */
bool world_config_may_assume(const struct world_config *config);
/* What came of the same with uses assumed; borrowed until world_finish(), before which its recording has ended. */
void world_set_assumed(struct world *world, const struct world *assumed);
void world_assume_end(struct world *world, uint64_t end_ns);

/* What became of the container, as world_finish() will write it but for times. */
void world_outcome_row(struct world *world, uint32_t resource, uint32_t container, struct row *row);

/* Writes outcomes, limits, and the rest of series and incidents. */
enum status world_finish(struct world *world, uint64_t end_ns, struct error *err);

void world_destroy(struct world *world);

#endif
