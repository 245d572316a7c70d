/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A figure as SVG: a plot area, two scales, axes, and what is drawn on them.
 *
 *	struct chart chart = { .out = out, .x = { SCALE_LINEAR, 0, seconds }, .y = { SCALE_COUNTS, 0, most } };
 *	chart_begin(&chart, "usage-1-rss", "Usage over time", "web holds ...");
 *	chart_axis_seconds_x(&chart);
 *	chart_axis_sizes_y(&chart);
 *	fprintf(out, "<path class=...", ...)	at chart_x(), chart_y()
 *	chart_end(&chart);
 *
 * Colours, dashes and widths are classes of html.css: the figure follows the
 * reader's light or dark.
 */
#ifndef REPORTS_CHART_H
#define REPORTS_CHART_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Of the viewBox. */
#define CHART_WIDTH 480
#define CHART_HEIGHT 270
#define CHART_LEFT 56
#define CHART_RIGHT 10
#define CHART_TOP 12		/* above it nothing is plotted; more where words stand there */
#define CHART_ROW 13		/* of words */
#define CHART_BOTTOM 34

enum scale_kind {
	SCALE_LINEAR,
	SCALE_LOG,	/* from > 0 */
	SCALE_COUNTS	/* 0, then as the logarithm: log(1 + x) */
};

struct scale {
	enum scale_kind kind;
	double from, to;	/* from < to */
};

struct chart {
	FILE *out;
	struct scale x, y;
	uint64_t page_bytes;
	int nr_rows;		/* of words above the plot area */
};

/* Where the plot area begins. */
int chart_top(const struct chart *chart);

/* Where a value lies, 0..1. */
double scale_place(const struct scale *scale, double value);

/* Places on the page, kept inside the plot area. */
double chart_x(const struct chart *chart, double value);
double chart_y(const struct chart *chart, double value);

/* Opens the <svg>; title and description are markup already; id is unique in the document. */
void chart_begin(const struct chart *chart, const char *id, const char *title, const char *description);

/* Axis with grid lines and labels: sizes of pages, counts, or seconds. */
void chart_axis_sizes_y(const struct chart *chart);
void chart_axis_counts_y(const struct chart *chart);
void chart_axis_sizes_x(const struct chart *chart);
void chart_axis_seconds_x(const struct chart *chart);

/* A line from top to bottom at x, with words beside it; those of row 0 stand highest. */
void chart_mark_x(const struct chart *chart, double x, const char *class, const char *words, int row);

void chart_end(const struct chart *chart);

#endif
