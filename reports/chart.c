// SPDX-License-Identifier: GPL-2.0-or-later
/* Scales, ticks, axes. */
#include "reports/chart.h"

#include "base/xalloc.h"

#include <math.h>
#include <stdlib.h>

/* At most so many labels fit beside or under the plot. */
enum { TICKS_X = 6, TICKS_Y = 6 };

static double bend(enum scale_kind kind, double value)
{
	switch (kind) {
	case SCALE_LOG:
		return log(value);
	case SCALE_COUNTS:
		return log1p(value);
	case SCALE_LINEAR:
		break;
	}
	return value;
}

double scale_place(const struct scale *scale, double value)
{
	double from = bend(scale->kind, scale->from), to = bend(scale->kind, scale->to);
	double place = (bend(scale->kind, fmax(value, scale->from)) - from) / (to - from);

	return place > 1 ? 1 : place;
}

double chart_x(const struct chart *chart, double value)
{
	return CHART_LEFT + scale_place(&chart->x, value) * (CHART_WIDTH - CHART_LEFT - CHART_RIGHT);
}

int chart_top(const struct chart *chart)
{
	return CHART_TOP + CHART_ROW * chart->nr_rows;
}

double chart_y(const struct chart *chart, double value)
{
	return CHART_HEIGHT - CHART_BOTTOM -
	       scale_place(&chart->y, value) * (CHART_HEIGHT - chart_top(chart) - CHART_BOTTOM);
}

void chart_begin(const struct chart *chart, const char *id, const char *title, const char *description)
{
	fprintf(chart->out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-t %s-d\">"
		"<title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>\n",
		CHART_WIDTH, CHART_HEIGHT, id, id, id, title, id, description);
}

void chart_end(const struct chart *chart)
{
	fputs("</svg>\n", chart->out);
}

/* 1, 2 or 5 times a power of ten: the least that is not below step. */
static double round_step(double step)
{
	double power = pow(10, floor(log10(step)));
	double factor = step / power;

	return (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10) * power;
}

/* The same with powers of two, for sizes. */
static double round_size(double step)
{
	return pow(2, ceil(log2(step)));
}

static void tick_y(const struct chart *chart, double value, const char *label)
{
	double y = chart_y(chart, value);

	fprintf(chart->out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text class=\"tick end\" x=\"%d\" y=\"%.1f\">%s</text>\n",
		CHART_LEFT, y, CHART_WIDTH - CHART_RIGHT, CHART_LEFT - 6, y + 4, label);
}

static void tick_x(const struct chart *chart, double value, const char *label)
{
	double x = chart_x(chart, value);

	fprintf(chart->out, "<path class=\"axis\" d=\"M%.1f %dv5\"/><text class=\"tick %s\" x=\"%.1f\" y=\"%d\">%s</text>\n",
		x, CHART_HEIGHT - CHART_BOTTOM, x > CHART_WIDTH - CHART_RIGHT - 16 ? "end" : "middle",
		x > CHART_WIDTH - CHART_RIGHT - 16 ? CHART_WIDTH - 2.0 : x, CHART_HEIGHT - CHART_BOTTOM + 19, label);
}

/* Returns new: a tick's size, short. */
static char *tick_size(double bytes)
{
	static const char units[] = " KMGT";
	int unit = 0;

	while (bytes >= 1024 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	return unit ? xasprintf("%.3g%c", bytes, units[unit]) : xasprintf("%.3g", bytes);
}

static void base_line(const struct chart *chart)
{
	fprintf(chart->out, "<path class=\"axis\" d=\"M%d %dH%d\"/>\n", CHART_LEFT, CHART_HEIGHT - CHART_BOTTOM,
		CHART_WIDTH - CHART_RIGHT);
}

void chart_axis_sizes_y(const struct chart *chart)
{
	double page = (double)chart->page_bytes, step = round_size(chart->y.to * page / TICKS_Y);

	for (double bytes = 0; bytes <= chart->y.to * page; bytes += step) {
		char *label = tick_size(bytes);

		tick_y(chart, bytes / page, label);
		free(label);
	}
	base_line(chart);
}

void chart_axis_counts_y(const struct chart *chart)
{
	tick_y(chart, 0, "0");
	for (double count = 1; count <= chart->y.to; count *= 10) {
		static const char *const units[] = { "", "k", "M", "G", "T" };
		int thousands = (int)(log10(count) / 3 + 1e-9);
		char *label = xasprintf("%.0f%s", count / pow(1000, thousands), units[thousands < 5 ? thousands : 4]);

		tick_y(chart, count, label);
		free(label);
	}
	base_line(chart);
}

/* Of a logarithmic scale: powers of two; where those are few, what is half as much again too. */
void chart_axis_sizes_x(const struct chart *chart)
{
	double page = (double)chart->page_bytes, from = log2(chart->x.from * page), to = log2(chart->x.to * page);
	double step = to - from < 1 ? 0.25 : to - from <= TICKS_X / 2 ? 0.5 : round_size((to - from) / TICKS_X);

	for (double power = ceil(from / step) * step; power <= to + 1e-9; power += step) {
		double whole = floor(power), bytes = pow(2, whole) * (1 + power - whole);
		char *label = tick_size(bytes);

		if (bytes >= chart->x.from * page)
			tick_x(chart, bytes / page, label);
		free(label);
	}
}

void chart_axis_seconds_x(const struct chart *chart)
{
	double step = round_step((chart->x.to - chart->x.from) / TICKS_X);

	for (int i = 0; chart->x.from + i * step <= chart->x.to + step * 1e-9; i++) {
		char *label = xasprintf("%.3g s", chart->x.from + i * step);

		tick_x(chart, chart->x.from + i * step, label);
		free(label);
	}
}

void chart_mark_x(const struct chart *chart, double x, const char *class, const char *words, int row)
{
	double at = chart_x(chart, x);
	bool is_left = at > (CHART_LEFT + CHART_WIDTH) / 2;
	int top = 11 + CHART_ROW * row;

	fprintf(chart->out, "<path class=\"%s\" d=\"M%.1f %dV%d\"/><text class=\"label %s %s\" x=\"%.1f\" y=\"%d\">%s</text>\n",
		class, at, top - 8, CHART_HEIGHT - CHART_BOTTOM, class, is_left ? "end" : "", at + (is_left ? -4 : 4), top, words);
}
