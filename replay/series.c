// SPDX-License-Identifier: GPL-2.0-or-later
/* Folds every change of usage into one row a step, packs the rows and unpacks them. */
#include "replay/series.h"

#include "base/xalloc.h"

#include <stdlib.h>

#define MAX_PACKED 40		/* four numbers of up to ten bytes */

void series_init(struct series *series, uint64_t begin_ns, uint64_t interval_ns)
{
	*series = (struct series){ .begin_ns = begin_ns, .interval_ns = interval_ns,
				   .step_end_ns = begin_ns + interval_ns };
}

void series_copy(struct series *series, const struct series *from)
{
	*series = *from;
	series->all = xcopy(from->all, from->nr, sizeof(*from->all));
	series->capacity = from->nr;
	for (size_t i = 0; i < from->nr; i++) {
		struct series_container *c = &series->all[i];

		c->packed = xcopy(c->packed, c->nr_packed, 1);
		c->packed_capacity = c->nr_packed;
	}
}

void series_release(struct series *series)
{
	for (size_t i = 0; i < series->nr; i++)
		free(series->all[i].packed);
	free(series->all);
}

void series_add_container(struct series *series, uint32_t container)
{
	while (series->nr <= container) {
		xgrow(&series->all, series->nr, &series->capacity, sizeof(*series->all));
		series->all[series->nr++] = (struct series_container){ 0 };
	}
}

/*
 * --- packed rows ---
 *
 * Whole steps since the one before + 1 (0: nanoseconds follow), how much more or less
 * is held than in it, and how much more than that was.
 */

static void pack(struct series_container *c, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		c->packed[c->nr_packed++] = (uint8_t)(number | 0x80);
	c->packed[c->nr_packed++] = (uint8_t)number;
}

static uint64_t unpack(const uint8_t **at)
{
	uint64_t number = 0;
	unsigned shift = 0;

	for (; **at & 0x80; shift += 7)
		number |= (uint64_t)(*(*at)++ & 0x7f) << shift;
	return number | (uint64_t)*(*at)++ << shift;
}

/* Small numbers for small changes, whether up or down. */
static uint64_t fold_sign(uint64_t change)
{
	return change << 1 ^ (change >> 63 ? UINT64_MAX : 0);
}

static uint64_t unfold_sign(uint64_t folded)
{
	return folded >> 1 ^ (folded & 1 ? UINT64_MAX : 0);
}

static void keep_row(struct series *series, struct series_container *c, uint64_t time_ns)
{
	uint64_t since = time_ns - (c->has_row ? c->row_ns : series->begin_ns);
	bool is_whole = since && !(since % series->interval_ns);

	while (c->packed_capacity < c->nr_packed + MAX_PACKED) {
		c->packed_capacity = c->packed_capacity * 2 + 2 * MAX_PACKED;
		c->packed = xrealloc(c->packed, c->packed_capacity, 1);
	}
	pack(c, is_whole ? since / series->interval_ns + 1 : 0);
	if (!is_whole)
		pack(c, since);
	pack(c, fold_sign(c->held - c->row_held));
	pack(c, c->max - c->held);
	c->has_row = true;
	c->row_held = c->held;
	c->row_max = c->max;
	c->row_ns = time_ns;
}

static void keep_step(struct series *series, uint64_t time_ns)
{
	for (size_t i = 0; i < series->nr; i++) {
		struct series_container *c = &series->all[i];

		if (c->has_row ? c->held != c->row_held || c->max != c->row_max : c->max > 0)
			keep_row(series, c, time_ns);
		c->max = c->held;
	}
}

void series_step(struct series *series, uint64_t now_ns)
{
	keep_step(series, series->step_end_ns);
	series->step_end_ns += series->interval_ns;
	if (now_ns < series->step_end_ns)
		return;
	/* A quiet time: one step more settles the maxima, the rest would say the same. */
	keep_step(series, series->step_end_ns);
	series->step_end_ns += (now_ns - series->step_end_ns) / series->interval_ns * series->interval_ns +
			       series->interval_ns;
}

/* --- the end --- */

static enum status write_rows(const struct series *series, uint32_t container, struct sink *sink, struct row *row,
			      struct error *err)
{
	const struct series_container *c = &series->all[container];
	const uint8_t *at = c->packed, *end = at ? at + c->nr_packed : at;
	uint64_t time_ns = series->begin_ns, held = 0;
	enum status status = RC_OK;

	row->usage.container = container;
	while (at < end && !status) {
		uint64_t steps = unpack(&at);

		time_ns += steps ? (steps - 1) * series->interval_ns : unpack(&at);
		held += unfold_sign(unpack(&at));
		row->usage.time_ns = (int64_t)time_ns;
		row->usage.held_pages = (int64_t)held;
		row->usage.maxheld_pages = (int64_t)(held + unpack(&at));
		status = sink->class->put(sink, row, err);
	}
	return status;
}

static void keep_last_step(struct series *series, uint64_t end_ns)
{
	uint64_t begin_ns;

	series_advance(series, end_ns);
	begin_ns = series->step_end_ns - series->interval_ns;
	/* What happened at the very end of a step is of the next, which has no length. */
	keep_step(series, end_ns > begin_ns ? end_ns : begin_ns + 1);
	series->is_finished = true;
}

enum status series_finish(struct series *series, uint64_t end_ns, struct sink *sink, uint32_t scenario,
			  const char *resource, struct error *err)
{
	struct row row = { .kind = ROW_USAGE, .usage = { .scenario = scenario, .resource = resource } };
	enum status status = RC_OK;

	if (!series->is_finished)
		keep_last_step(series, end_ns);
	for (uint32_t i = 0; i < series->nr && !status; i++)
		status = write_rows(series, i, sink, &row, err);
	return status;
}
