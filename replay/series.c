// SPDX-License-Identifier: GPL-2.0-or-later
/* Folds every change of usage into one row a step. */
#include "replay/series.h"

#include "base/xalloc.h"

#include <stdlib.h>

void series_init(struct series *series, struct sink *sink, uint32_t scenario, const char *resource,
		 uint64_t begin_ns, uint64_t interval_ns)
{
	*series = (struct series){
		.sink = sink, .scenario = scenario, .resource = resource,
		.interval_ns = interval_ns, .step_end_ns = begin_ns + interval_ns,
	};
}

void series_release(struct series *series)
{
	free(series->all);
}

void series_note(struct series *series, uint32_t container, uint64_t held)
{
	while (series->nr <= container) {
		xgrow(&series->all, series->nr, &series->capacity, sizeof(*series->all));
		series->all[series->nr++] = (struct series_container){ 0 };
	}
	series->all[container].held = held;
	if (held > series->all[container].max)
		series->all[container].max = held;
}

static enum status write_step(struct series *series, uint64_t time_ns, struct error *err)
{
	enum status status = RC_OK;

	for (size_t i = 0; i < series->nr && !status; i++) {
		struct series_container *c = &series->all[i];
		struct row row = {
			.kind = ROW_USAGE,
			.usage = { .scenario = series->scenario, .container = i, .resource = series->resource,
				   .time_ns = time_ns, .held_pages = c->held, .maxheld_pages = c->max },
		};

		if (c->has_row ? c->held != c->row_held || c->max != c->row_max : c->max > 0) {
			status = series->sink->class->put(series->sink, &row, err);
			c->has_row = true;
			c->row_held = c->held;
			c->row_max = c->max;
		}
		c->max = c->held;
	}
	return status;
}

enum status series_write(struct series *series, uint64_t now_ns, struct error *err)
{
	enum status status = write_step(series, series->step_end_ns, err);

	series->step_end_ns += series->interval_ns;
	if (status || now_ns < series->step_end_ns)
		return status;
	/* A quiet time: one step more settles the maxima, the rest would say the same. */
	status = write_step(series, series->step_end_ns, err);
	series->step_end_ns += (now_ns - series->step_end_ns) / series->interval_ns * series->interval_ns +
			       series->interval_ns;
	return status;
}

enum status series_finish(struct series *series, uint64_t end_ns, struct error *err)
{
	enum status status = series_advance(series, end_ns, err);
	uint64_t begin_ns = series->step_end_ns - series->interval_ns;

	/* What happened at the very end of a step is of the next, which has no length. */
	return status ? status : write_step(series, end_ns > begin_ns ? end_ns : begin_ns + 1, err);
}
