// SPDX-License-Identifier: GPL-2.0-or-later
/* The middle of several runs, and how far they spread. */
#include "replay/runs.h"

#include "base/xalloc.h"

#include <stddef.h>
#include <stdlib.h>

/* What runs are put in order by; the number last, so that it is one order. */
struct standing {
	int64_t ended, refaulted, reclaimed;
	size_t run;
};

static int64_t more_of(int64_t seen, int64_t assumed)
{
	return assumed == ROW_NONE ? seen : assumed;
}

static struct standing standing_of(struct world *world, size_t run)
{
	struct standing standing = { .run = run };
	struct row row;

	for (uint32_t resource = 0; resource < world_nr_resources(world); resource++) {
		for (uint32_t container = 0; container < world_nr_containers(world); container++) {
			world_outcome_row(world, resource, container, &row);
			standing.ended += row.outcome.oom_kills + row.outcome.denied_calls;
			standing.refaulted += more_of(row.outcome.refaulted_pages, row.outcome.refaulted_assumed);
			standing.reclaimed += row.outcome.reclaimed_pages;
		}
	}
	return standing;
}

static int by_standing(const void *left, const void *right)
{
	const struct standing *a = left, *b = right;

	if (a->ended != b->ended)
		return a->ended < b->ended ? -1 : 1;
	if (a->refaulted != b->refaulted)
		return a->refaulted < b->refaulted ? -1 : 1;
	if (a->reclaimed != b->reclaimed)
		return a->reclaimed < b->reclaimed ? -1 : 1;
	return a->run < b->run ? -1 : 1;
}

size_t runs_middle(struct world *const *worlds, size_t nr)
{
	struct standing *standings = xcalloc(nr, sizeof(*standings));
	size_t middle;

	for (size_t i = 0; i < nr; i++)
		standings[i] = standing_of(worlds[i], i);
	qsort(standings, nr, sizeof(*standings), by_standing);
	middle = standings[(nr - 1) / 2].run;
	free(standings);
	return middle;
}

#define FIGURE(name, field) { name, offsetof(struct row, outcome.field) }

/* Named like the columns of outcomes; `less` is another that is taken off, 0 = none. */
static const struct { const char *name; size_t offset, less; } figures[] = {
	FIGURE("failcnt", failcnt),
	FIGURE("failcnt_assumed", failcnt_assumed),
	FIGURE("scanned_pages", scanned_pages),
	FIGURE("scanned_pages_assumed", scanned_assumed),
	FIGURE("reclaimed_pages", reclaimed_pages),
	FIGURE("reclaimed_pages_assumed", reclaimed_assumed),
	FIGURE("swapped_out_pages", swapped_out_pages),
	FIGURE("swapped_out_pages_assumed", swapped_out_assumed),
	FIGURE("refaulted_pages", refaulted_pages),
	FIGURE("refaulted_pages_assumed", refaulted_assumed),
	FIGURE("refaulted_anon_pages", refaulted_anon),
	FIGURE("refaulted_anon_pages_assumed", refaulted_anon_assumed),
	{ "refaulted_file_pages", offsetof(struct row, outcome.refaulted_pages), offsetof(struct row, outcome.refaulted_anon) },
	{ "refaulted_file_pages_assumed", offsetof(struct row, outcome.refaulted_assumed),
	  offsetof(struct row, outcome.refaulted_anon_assumed) },
	FIGURE("oom_kills", oom_kills),
	FIGURE("oom_kills_assumed", oom_kills_assumed),
	FIGURE("denied_calls", denied_calls),
	FIGURE("denied_calls_assumed", denied_calls_assumed),
};

#define NR_FIGURES (sizeof(figures) / sizeof(*figures))

static int64_t value_at(const struct row *row, size_t offset)
{
	return *(const int64_t *)(const void *)((const char *)row + offset);
}

static int64_t value_of(const struct row *row, size_t figure)
{
	int64_t value = value_at(row, figures[figure].offset);

	return value == ROW_NONE || !figures[figure].less ? value : value - value_at(row, figures[figure].less);
}

static enum status write_figures(struct world *const *worlds, size_t nr, uint32_t resource, uint32_t container,
				 struct sink *sink, struct error *err)
{
	struct row first, row, spreads[NR_FIGURES];
	enum status status = RC_OK;

	world_outcome_row(worlds[0], resource, container, &first);
	for (size_t f = 0; f < NR_FIGURES; f++)
		spreads[f] = (struct row){ .kind = ROW_SPREAD, .spread = {
			.scenario = first.outcome.scenario, .container = container, .resource = first.outcome.resource,
			.figure = figures[f].name, .runs = (int64_t)nr, .low = value_of(&first, f), .high = value_of(&first, f) } };
	for (size_t i = 1; i < nr; i++) {
		world_outcome_row(worlds[i], resource, container, &row);
		for (size_t f = 0; f < NR_FIGURES; f++) {
			int64_t value = value_of(&row, f);

			spreads[f].spread.low = value < spreads[f].spread.low ? value : spreads[f].spread.low;
			spreads[f].spread.high = value > spreads[f].spread.high ? value : spreads[f].spread.high;
		}
	}
	for (size_t f = 0; f < NR_FIGURES && !status; f++)
		if (spreads[f].spread.low != ROW_NONE &&
		    (world_is_limited(worlds[0], resource, container) || spreads[f].spread.low != spreads[f].spread.high))
			status = sink->class->put(sink, &spreads[f], err);
	return status;
}

enum status runs_write_spread(struct world *const *worlds, size_t nr, struct sink *sink, struct error *err)
{
	enum status status = RC_OK;

	for (uint32_t resource = 0; nr > 1 && resource < world_nr_resources(worlds[0]); resource++)
		for (uint32_t container = 0; container < world_nr_containers(worlds[0]) && !status; container++)
			status = write_figures(worlds, nr, resource, container, sink, err);
	return status;
}
