/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Usage over time: what a container held as recorded, under the recommended limit and under the next smaller one. */
#ifndef REPORTS_USAGE_PLOT_H
#define REPORTS_USAGE_PLOT_H

#include "reports/points.h"

#include <stdio.h>

/* A <figure>: the SVG, and its legend. */
enum status usage_plot_write(const struct entries *entries, const struct entry *entry, const struct points *points,
			     struct run_db *run, FILE *out, struct error *err);

#endif
