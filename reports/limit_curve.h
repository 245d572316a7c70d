/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limit curve: what goes wrong against the limit, as a figure. */
#ifndef REPORTS_LIMIT_CURVE_H
#define REPORTS_LIMIT_CURVE_H

#include "reports/points.h"

#include <stdio.h>

/*
 * The candidate at the knee: farthest below the straight line between the ends of the curve, limits and refaults
 * (or denied calls) on logarithmic scales.  NULL: too few candidates, or no bend of a tenth.
 */
const struct point *curve_knee(const struct points *points);

/* A <figure>: the SVG, and its legend.  Nothing when fewer than two limits were tried. */
void limit_curve_write(const struct points *points, const struct entry *entry, uint64_t page_bytes, FILE *out);

#endif
