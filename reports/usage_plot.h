/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Usage over time: what a container held as recorded, under the recommended limit and under the next smaller one. */
#ifndef REPORTS_USAGE_PLOT_H
#define REPORTS_USAGE_PLOT_H

#include "reports/points.h"

#include <stdio.h>

/* One scenario's usage in steps of equal length. */
struct usage_series {
	size_t nr;
	int64_t *held, *maxheld;	/* pages: at the step's end, most within it */
};

/* Folds what the run has into nr steps: nothing that was held is lost from maxheld. */
enum status usage_series_read(struct usage_series *series, const struct entries *entries, const struct entry *entry,
			      int64_t scenario, size_t nr, struct run_db *run, struct error *err);
void usage_series_release(struct usage_series *series);

/* A <figure>: the SVG, and its legend. */
enum status usage_plot_write(const struct entries *entries, const struct entry *entry, const struct points *points,
			     struct run_db *run, FILE *out, struct error *err);

#endif
