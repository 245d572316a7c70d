// SPDX-License-Identifier: GPL-2.0-or-later
/* Refaults seen and assumed as a band; what was taken away and refused; kills and denied calls as marks. */
#include "reports/limit_curve.h"

#include "base/xalloc.h"
#include "reports/chart.h"
#include "reports/markup.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A curve: what it counts at a point. */
struct curve {
	const char *class, *words;
	int64_t (*value)(const struct point *point);
};

/* What comes back where nothing was taken away is the doing of another container's limit. */
static int64_t value_refaults(const struct point *point)
{
	return point->uncharged ? point->refaults : 0;
}

/* The same by which a point is judged. */
static int64_t own_refaults(const struct point *point)
{
	return point->uncharged ? point_refaults(point) : 0;
}

static int64_t value_uncharged(const struct point *point)
{
	return point->uncharged;
}

static int64_t value_failcnt(const struct point *point)
{
	return point->failcnt;
}

static int64_t value_denied(const struct point *point)
{
	return point->denied;
}

static const struct curve curves[] = {
	{ "taken", "pages taken away", value_uncharged },
	{ "refused", "charges refused (failcnt)", value_failcnt },
	{ "denied", "calls denied", value_denied },
	{ "back", "pages that come back, as seen", value_refaults },
};

#define NR_CURVES (sizeof(curves) / sizeof(*curves))

static bool is_candidate(const struct point *point)
{
	return point->is_limited && point->size > 0;
}

/* The most that may come back: what is assumed; unknown, at least what was taken away. */
static int64_t most_refaults(const struct point *point)
{
	if (point_is_unsure(point))
		return point->uncharged > point->refaults ? point->uncharged : point->refaults;
	return point->uncharged ? point_refaults(point) : 0;
}

static int64_t most_of(const struct points *points, int64_t (*value)(const struct point *))
{
	int64_t most = 0;

	for (size_t i = 0; i < points->nr; i++) {
		if (is_candidate(&points->all[i]) && value(&points->all[i]) > most)
			most = value(&points->all[i]);
	}
	return most;
}

/* Candidates only; limits of a single size draw no curve. */
static bool span(const struct points *points, const struct entry *entry, struct scale *x)
{
	size_t nr = 0;

	*x = (struct scale){ SCALE_LOG, INFINITY, 0 };
	for (size_t i = 0; i < points->nr; i++) {
		double size = (double)points->all[i].size;

		if (!is_candidate(&points->all[i]))
			continue;
		x->from = fmin(x->from, size);
		x->to = fmax(x->to, size);
		nr++;
	}
	if (nr < 2 || x->from >= x->to)
		return false;
	x->to = fmax(x->to, (double)entry->peak);
	if (entry->limit != ENTRY_NONE)
		x->to = fmax(x->to, (double)(entry->barrier != ENTRY_NONE ? entry->barrier : entry->limit));
	x->from *= 0.94;
	x->to *= 1.06;
	return true;
}

const struct point *curve_knee(const struct points *points)
{
	struct scale x = { SCALE_LOG, INFINITY, 0 }, y = { SCALE_COUNTS, 0, (double)most_of(points, own_refaults) };
	const struct point *knee = NULL;
	double farthest = 0.1;
	size_t nr = 0;

	for (size_t i = 0; i < points->nr; i++) {
		if (!is_candidate(&points->all[i]))
			continue;
		x.from = fmin(x.from, (double)points->all[i].size);
		x.to = fmax(x.to, (double)points->all[i].size);
		nr++;
	}
	if (nr < 4 || y.to <= 0 || x.from >= x.to)
		return NULL;
	for (size_t i = 0; i < points->nr; i++) {
		const struct point *point = &points->all[i];
		double below;

		if (!is_candidate(point))
			continue;
		/* An end is no knee, nor is what a kill cut short. */
		if ((double)point->size <= x.from || (double)point->size >= x.to || point->kills || point->void_ops)
			continue;
		/* The ends are at (0, 1) and (1, 0). */
		below = 1 - scale_place(&x, (double)point->size) - scale_place(&y, (double)own_refaults(point));
		if (below > farthest) {
			farthest = below;
			knee = point;
		}
	}
	return knee;
}

static void path_of(const struct chart *chart, const struct points *points, int64_t (*value)(const struct point *),
		    char *move, bool is_backward)
{
	for (size_t i = 0; i < points->nr; i++) {
		const struct point *point = &points->all[is_backward ? points->nr - 1 - i : i];

		if (!is_candidate(point))
			continue;
		fprintf(chart->out, "%c%.1f %.1f", *move, chart_x(chart, (double)point->size),
			chart_y(chart, (double)value(point)));
		*move = 'L';
	}
}

static void draw_band(const struct chart *chart, const struct points *points, bool is_unknown)
{
	char move = 'M';

	fprintf(chart->out, "<path class=\"band %s\" d=\"", is_unknown ? "unknown" : "");
	path_of(chart, points, value_refaults, &move, false);
	path_of(chart, points, most_refaults, &move, true);
	fputs("Z\"/>\n", chart->out);
}

static void draw_curve(const struct chart *chart, const struct points *points, const struct curve *curve)
{
	char move = 'M';

	fprintf(chart->out, "<path class=\"curve %s\" d=\"", curve->class);
	path_of(chart, points, curve->value, &move, false);
	fputs("\"/>\n", chart->out);
	for (size_t i = 0; i < points->nr; i++) {
		const struct point *point = &points->all[i];
		char *count;

		if (!is_candidate(point))
			continue;
		count = markup_number(curve->value(point));
		fprintf(chart->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"><title>%s: %s %s</title></circle>\n",
			curve->class, chart_x(chart, (double)point->size), chart_y(chart, (double)curve->value(point)),
			point->limit_text, count, curve->words);
		free(count);
	}
}

static bool is_killed(const struct point *point)
{
	return point->kills > 0;
}

static bool is_cut(const struct point *point)
{
	return !point->kills && !point->denied && point->void_ops > 0;
}

/* Kills as crosses, cut short as a hatched column. */
static void draw_marks(const struct chart *chart, const struct points *points)
{
	for (size_t i = 0; i < points->nr; i++) {
		const struct point *point = &points->all[i];
		double x;

		if (!is_candidate(point))
			continue;
		x = chart_x(chart, (double)point->size);
		if (point->kills)
			fprintf(chart->out, "<path class=\"kill\" d=\"M%.1f %dl8 8m0 -8l-8 8\"><title>%s: %" PRId64
				" killed</title></path>\n", x - 4, chart_top(chart) - 4, point->limit_text, point->kills);
		else if (is_cut(point))
			fprintf(chart->out, "<text class=\"label cut middle\" x=\"%.1f\" y=\"%d\">?<title>%s: cut short by a kill or "
				"denial elsewhere</title></text>\n", x, chart_top(chart) + 5, point->limit_text);
	}
}

/* Where something is not zero; nothing seen is drawn too, when something may come back. */
static bool is_drawn(const struct points *points, const struct curve *curve)
{
	return most_of(points, curve->value == value_refaults ? most_refaults : curve->value) > 0;
}

static bool is_any(const struct points *points, bool (*test)(const struct point *))
{
	for (size_t i = 0; i < points->nr; i++) {
		if (is_candidate(&points->all[i]) && test(&points->all[i]))
			return true;
	}
	return false;
}

static bool is_assumed(const struct point *point)
{
	return point->uncharged && point->refaults_assumed != ENTRY_NONE && point->refaults_assumed != point->refaults;
}

static void legend_item(FILE *out, const char *class, const char *words)
{
	fprintf(out, "<li><svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"%s\" d=\"M1 5H25\"/></svg>%s</li>",
		class, words);
}

static void write_legend(const struct points *points, FILE *out)
{
	fputs("<ul class=\"legend\">", out);
	for (size_t i = NR_CURVES; i--;) {
		char *class = xasprintf("curve %s", curves[i].class);

		if (is_drawn(points, &curves[i]))
			legend_item(out, class, curves[i].words);
		free(class);
	}
	if (is_any(points, point_is_unsure))
		legend_item(out, "band-key unknown", "may come back as well: uses that the recording does not show");
	if (is_any(points, is_assumed))
		legend_item(out, "band-key", "between as seen and as assumed");
	if (is_any(points, is_killed))
		fputs("<li><svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"kill\" d=\"M9 1l8 8m0 -8l-8 8\"/></svg>"
		      "a process is killed</li>", out);
	if (is_any(points, is_cut))
		fputs("<li><b class=\"cut\">?</b> cut short by a kill or denial elsewhere: the recording cannot tell</li>", out);
	fputs("</ul>\n", out);
}

static void draw_rule(const struct chart *chart, const struct entry *entry, const struct points *points)
{
	const struct point *knee = curve_knee(points);
	int64_t size = entry->barrier != ENTRY_NONE ? entry->barrier : entry->limit;

	if (knee)
		chart_mark_x(chart, (double)knee->size, "knee", "knee", 2);
	if (entry->peak > 0 && (double)entry->peak >= chart->x.from)
		chart_mark_x(chart, (double)entry->peak, "peak", "peak", 1);
	if (size != ENTRY_NONE && (double)size >= chart->x.from)
		chart_mark_x(chart, (double)size, "chosen", "recommended", 0);
	if (most_of(points, own_refaults) || entry->allowed)
		fprintf(chart->out, "<path class=\"allowed\" d=\"M%d %.1fH%d\"><title>allowed to come back: %" PRId64 "</title></path>\n",
			CHART_LEFT, chart_y(chart, (double)entry->allowed), CHART_WIDTH - CHART_RIGHT, entry->allowed);
}

static void draw(const struct chart *chart, const struct points *points, const struct entry *entry)
{
	chart_axis_counts_y(chart);
	chart_axis_sizes_x(chart);
	if (is_any(points, point_is_unsure) || is_any(points, is_assumed))
		draw_band(chart, points, is_any(points, point_is_unsure));
	draw_rule(chart, entry, points);
	for (size_t i = 0; i < NR_CURVES; i++) {
		if (is_drawn(points, &curves[i]))
			draw_curve(chart, points, &curves[i]);
	}
	draw_marks(chart, points);
}

/* Nothing goes wrong at any limit. */
static bool is_calm(const struct points *points)
{
	for (size_t i = 0; i < NR_CURVES; i++)
		if (is_drawn(points, &curves[i]))
			return false;
	return !is_any(points, is_killed) && !is_any(points, is_cut);
}

static void write_calm(const struct points *points, uint64_t page_bytes, FILE *out)
{
	int64_t least = INT64_MAX, most = 0;
	char *from, *to;

	for (size_t i = 0; i < points->nr; i++) {
		if (!is_candidate(&points->all[i]))
			continue;
		least = points->all[i].size < least ? points->all[i].size : least;
		most = points->all[i].size > most ? points->all[i].size : most;
	}
	from = markup_size(least, page_bytes);
	to = markup_size(most, page_bytes);
	fprintf(out, "<figure class=\"calm\"><figcaption>What goes wrong <small>against the limit</small></figcaption>\n<p>Nothing, at any limit "
		"from %s to %s: no page is taken away, no charge refused, no process killed.</p></figure>\n", from, to);
	free(from);
	free(to);
}

void limit_curve_write(const struct points *points, const struct entry *entry, uint64_t page_bytes, FILE *out)
{
	struct chart chart = { .out = out, .page_bytes = page_bytes, .y = { SCALE_COUNTS, 0, 10 }, .nr_rows = 3 };
	char *id, *title, *description;

	if (!span(points, entry, &chart.x))
		return;
	if (is_calm(points)) {
		write_calm(points, page_bytes, out);
		return;
	}
	for (size_t i = 0; i < NR_CURVES; i++)
		chart.y.to = fmax(chart.y.to, 1.4 * (double)most_of(points, curves[i].value));
	chart.y.to = fmax(chart.y.to, 1.4 * (double)most_of(points, most_refaults));
	id = xasprintf("limits-%" PRId64 "-%s", entry->container, entry->resource_text);
	title = xasprintf("What goes wrong against the limit: %s, %s", entry->name, entry->resource_text);
	description = xasprintf("Limits from left to right, smaller to larger; counts from bottom to top on a logarithmic scale. "
				"%s The table below has every figure.", entry->reason);
	fprintf(out, "<figure data-figure=\"limits\"><figcaption>What goes wrong <small>against the limit</small></figcaption>"
		"<div class=\"plot\">\n");
	chart_begin(&chart, id, title, description);
	draw(&chart, points, entry);
	chart_end(&chart);
	fputs("</div>", out);
	write_legend(points, out);
	fputs("</figure>\n", out);
	free(id);
	free(title);
	free(description);
}
