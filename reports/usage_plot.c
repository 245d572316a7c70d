// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of what was held, limits across them, what happened on top of them. */
#include "reports/usage_plot.h"

#include "base/xalloc.h"
#include "reports/chart.h"
#include "reports/markup.h"
#include "reports/usage_series.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Steps of a figure: finer than a screen shows would only be bytes. */
enum { PLOT_STEPS = 300 };

static const char losses_sql[] =
	"SELECT coalesce(begin_ns, :begin), coalesce(end_ns, begin_ns, :end) FROM losses ORDER BY 1, 2";

static const char incidents_sql[] =
	"SELECT kind, time_ns FROM incidents WHERE scenario = :of AND container = :container AND resource = :resource"
	" AND kind IN ('oom_kill', 'denied', 'livelock') ORDER BY time_ns LIMIT 200";

static void bind(sqlite3_stmt *rows, const char *name, int64_t value)
{
	sqlite3_bind_int64(rows, sqlite3_bind_parameter_index(rows, name), value);
}

/* One scenario of the figure. */
struct line {
	int64_t scenario;
	const char *class, *words;
	const struct point *point;	/* NULL = as recorded */
	struct usage_series series;
};

enum { MAX_LINES = 3 };

struct plot {
	struct chart chart;
	const struct entries *entries;
	const struct entry *entry;
	struct run_db *run;
	struct line lines[MAX_LINES];
	size_t nr_lines;
	bool has_losses, has_bounds;
	const struct point *recorded;	/* NULL = there is none */
};

static double place_of(const struct plot *plot, int64_t time_ns)
{
	return chart_x(&plot->chart, entries_seconds(plot->entries, time_ns));
}

/* Where a step begins. */
static double step_place(const struct plot *plot, const struct usage_series *series, size_t step)
{
	return chart_x(&plot->chart, plot->chart.x.to * (double)step / (double)series->nr);
}

static void draw_line(const struct plot *plot, const struct line *line)
{
	const struct usage_series *series = &line->series;
	FILE *out = plot->chart.out;
	int64_t last = -1;

	fprintf(out, "<path class=\"usage %s\" d=\"", line->class);
	for (size_t i = 0; i < series->nr; i++) {
		if (series->maxheld[i] == last)
			continue;
		fprintf(out, i ? "H%.1fV%.1f" : "M%.1f %.1f", step_place(plot, series, i),
			chart_y(&plot->chart, (double)series->maxheld[i]));
		last = series->maxheld[i];
	}
	fprintf(out, "H%d\"/>\n", CHART_WIDTH - CHART_RIGHT);
}

/* What was held at the steps' ends, as a ground under the line of what was held at most. */
static void draw_ground(const struct plot *plot, const struct line *line)
{
	const struct usage_series *series = &line->series;
	FILE *out = plot->chart.out;

	fprintf(out, "<path class=\"ground\" d=\"M%d %d", CHART_LEFT, CHART_HEIGHT - CHART_BOTTOM);
	for (size_t i = 0; i < series->nr; i++) {
		if (!i || series->held[i] != series->held[i - 1])
			fprintf(out, "H%.1fV%.1f", step_place(plot, series, i), chart_y(&plot->chart, (double)series->held[i]));
	}
	fprintf(out, "H%dV%dZ\"/>\n", CHART_WIDTH - CHART_RIGHT, CHART_HEIGHT - CHART_BOTTOM);
}

/* With its size at the left: of the larger of two above the line, of the smaller below. */
static void draw_level(const struct plot *plot, int64_t pages, const char *class, const char *words, bool is_above)
{
	char *size;

	if (pages == ENTRY_NONE || (double)pages > plot->chart.y.to)
		return;
	size = markup_size(pages, plot->chart.page_bytes);
	fprintf(plot->chart.out, "<path class=\"level %s\" d=\"M%d %.1fH%d\"><title>%s %s</title></path>"
		"<text class=\"label %s\" x=\"%d\" y=\"%.1f\">%s %s</text>\n", class, CHART_LEFT,
		chart_y(&plot->chart, (double)pages), CHART_WIDTH - CHART_RIGHT, words, size, class, CHART_LEFT + 5,
		chart_y(&plot->chart, (double)pages) + (is_above ? -4 : 12), words, size);
	free(size);
}

static void draw_span(const struct plot *plot, const char *class, double from, double to, const char *words)
{
	fprintf(plot->chart.out, "<path class=\"%s\" d=\"M%.1f %dH%.1fV%dH%.1fZ\"><title>%s</title></path>\n", class, from,
		chart_top(&plot->chart), to, CHART_HEIGHT - CHART_BOTTOM, from, words);
}

/* From its first kill or denied call on a scenario is hypothetical. */
static void draw_hypothetical(const struct plot *plot, const struct line *line)
{
	char *words;

	if (!line->point || line->point->diverged_ns == ENTRY_NONE)
		return;
	words = xasprintf("%s: hypothetical from here on, the recording cannot know how the program would have gone on",
			  line->words);
	draw_span(plot, "hypothetical", place_of(plot, line->point->diverged_ns), CHART_WIDTH - CHART_RIGHT, words);
	free(words);
}

/* Where the recorded peak lies with what was lost: from at least to at most. */
static void draw_bounds(struct plot *plot, const struct line *line)
{
	const struct usage_series *series = &line->series;
	int64_t high = plot->recorded ? plot->recorded->maxheld_high : 0;
	double x, top, low;
	size_t peak = 0;

	if (!plot->recorded || plot->recorded->maxheld_low == high)
		return;
	for (size_t i = 0; i < series->nr; i++)
		peak = series->maxheld[i] > series->maxheld[peak] ? i : peak;
	x = step_place(plot, series, peak);
	top = high == ENTRY_NONE ? chart_top(&plot->chart) : chart_y(&plot->chart, (double)high);
	low = chart_y(&plot->chart, (double)plot->recorded->maxheld_low);
	fprintf(plot->chart.out, "<path class=\"bounds\" d=\"M%.1f %.1fV%.1fM%.1f %.1fh8", x, top, low, x - 4, low);
	fprintf(plot->chart.out, high == ENTRY_NONE ? "M%.1f %.1fl4 -5 4 5" : "M%.1f %.1fh8", x - 4, high == ENTRY_NONE ? top + 5 : top);
	fputs("\"><title>the recorded peak, with what was lost</title></path>\n", plot->chart.out);
	plot->has_bounds = true;
}

static enum status draw_losses(struct plot *plot, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(plot->run, &rows, losses_sql, err);

	if (status)
		return status;
	bind(rows, ":begin", plot->entries->begin_ns);
	bind(rows, ":end", plot->entries->end_ns);
	while (!(status = run_db_step(plot->run, rows, err))) {
		double from = place_of(plot, sqlite3_column_int64(rows, 0)), to = place_of(plot, sqlite3_column_int64(rows, 1));

		draw_span(plot, "loss", from, fmax(to, from + 1.5), "events were lost here");
		plot->has_losses = true;
	}
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

static enum status draw_incidents(const struct plot *plot, const struct line *line, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = entry_prepare(plot->entry, plot->run, &rows, incidents_sql, err);

	if (status)
		return status;
	bind(rows, ":of", line->scenario);
	while (!(status = run_db_step(plot->run, rows, err))) {
		char *kind = markup_cell(rows, 0);
		int64_t time_ns = sqlite3_column_int64(rows, 1);

		fprintf(plot->chart.out, "<path class=\"kill\" d=\"M%.1f %dl8 8m0 -8l-8 8\"><title>%s, %s at +%.3f s</title></path>\n",
			place_of(plot, time_ns) - 4, chart_top(&plot->chart) + 3, line->words, kind,
			entries_seconds(plot->entries, time_ns));
		free(kind);
	}
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

static void legend_line(const struct line *line, FILE *out)
{
	fprintf(out, "<li class=\"line\"><svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"usage %s\" d=\"M1 5H25\"/></svg>%s",
		line->class, line->words);
	if (line->point)
		fprintf(out, " <b>%s</b>%s", line->point->limit_text, line->point->may_flip ? ", its verdict may flip" : "");
	fputs("</li>", out);
}

static void legend_span(const char *class, const char *words, FILE *out)
{
	fprintf(out, "<li><svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"%s\" d=\"M0 0H26V10H0Z\"/></svg>%s</li>",
		class, words);
}

static void legend_bounds(const struct plot *plot, FILE *out)
{
	uint64_t page_bytes = plot->chart.page_bytes;
	char *low = markup_size(plot->recorded->maxheld_low, page_bytes);
	char *high = plot->recorded->maxheld_high == ENTRY_NONE ? NULL : markup_size(plot->recorded->maxheld_high, page_bytes);

	fprintf(out, "<li><svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"bounds\" d=\"M3 1v8M23 1v8M3 5H23\"/></svg>"
		"the peak, with what was lost <b>%s%s%s</b></li>", low, high ? " to " : " or more, nothing bounds it", high ? high : "");
	free(low);
	free(high);
}

static void write_legend(const struct plot *plot, FILE *out)
{
	bool is_hypothetical = false;

	fputs("<ul class=\"legend\">", out);
	for (size_t i = 0; i < plot->nr_lines; i++) {
		const struct point *point = plot->lines[i].point;

		legend_line(&plot->lines[i], out);
		is_hypothetical |= point && point->diverged_ns != ENTRY_NONE;
	}
	if (is_hypothetical)
		legend_span("hypothetical", "hypothetical: after a kill or denied call", out);
	if (plot->has_losses)
		legend_span("loss", "events were lost", out);
	if (plot->has_bounds)
		legend_bounds(plot, out);
	fputs("</ul>\n", out);
}

static enum status draw(struct plot *plot, struct error *err)
{
	enum status status = draw_losses(plot, err);

	chart_axis_sizes_y(&plot->chart);
	chart_axis_seconds_x(&plot->chart);
	draw_ground(plot, &plot->lines[0]);
	draw_line(plot, &plot->lines[0]);
	for (size_t i = plot->nr_lines; i-- > 1 && !status;) {
		const struct line *line = &plot->lines[i];

		draw_hypothetical(plot, line);
		if (line->point) {
			bool is_broken = line->point->scenario == plot->entry->broken_scenario;
			bool has_both = line->point->barrier != ENTRY_NONE && line->point->barrier != line->point->limit;

			if (has_both)
				draw_level(plot, line->point->barrier, line->class, "barrier", false);
			draw_level(plot, line->point->limit, line->class, "limit", has_both || !is_broken);
		}
		draw_line(plot, line);
		status = draw_incidents(plot, line, err);
	}
	draw_bounds(plot, &plot->lines[0]);
	return status;
}

static const struct point *find_point(const struct points *points, int64_t scenario)
{
	for (size_t i = 0; i < points->nr; i++) {
		if (points->all[i].scenario == scenario)
			return &points->all[i];
	}
	return NULL;
}

static enum status add_line(struct plot *plot, struct line line, struct error *err)
{
	enum status status = usage_series_read(&line.series, plot->entries, plot->entry, line.scenario, PLOT_STEPS, plot->run, err);

	for (size_t i = 0; i < line.series.nr; i++)
		plot->chart.y.to = fmax(plot->chart.y.to, 1.05 * (double)line.series.maxheld[i]);
	plot->lines[plot->nr_lines++] = line;
	return status;
}

/* The lines that tell most: as recorded, what is recommended rests on, the next smaller. */
static enum status add_lines(struct plot *plot, const struct points *points, struct error *err)
{
	const struct entry *entry = plot->entry;
	enum status status;

	plot->recorded = find_point(points, 0);
	if (plot->recorded && plot->recorded->maxheld_high != ENTRY_NONE)
		plot->chart.y.to = fmax(plot->chart.y.to, 1.05 * (double)plot->recorded->maxheld_high);
	status = add_line(plot, (struct line){ 0, "recorded", "as recorded", NULL, { 0 } }, err);

	if (!status && entry->chosen_scenario != ENTRY_NONE)
		status = add_line(plot, (struct line){ entry->chosen_scenario, "chosen", "smallest that will do",
						       find_point(points, entry->chosen_scenario), { 0 } }, err);
	if (!status && entry->broken_scenario != ENTRY_NONE)
		status = add_line(plot, (struct line){ entry->broken_scenario, "broken", "next smaller",
						       find_point(points, entry->broken_scenario), { 0 } }, err);
	return status;
}

static void begin_svg(const struct plot *plot)
{
	const struct entry *entry = plot->entry;
	char *id = xasprintf("usage-%" PRId64 "-%s", entry->container, entry->resource_text);
	char *title = xasprintf("Usage over time: %s, %s", entry->name, entry->resource_text);
	char *peak = markup_size(entry->peak, plot->chart.page_bytes);
	char *description = xasprintf("Most held in each of %d steps of the recording. The recorded peak is %s.", PLOT_STEPS, peak);

	chart_begin(&plot->chart, id, title, description);
	free(id);
	free(title);
	free(peak);
	free(description);
}

enum status usage_plot_write(const struct entries *entries, const struct entry *entry, const struct points *points,
			     struct run_db *run, FILE *out, struct error *err)
{
	struct plot plot = {
		.entries = entries, .entry = entry, .run = run,
		.chart = { .out = out, .page_bytes = entries->page_bytes,
			   .x = { SCALE_LINEAR, 0, (double)(entries->end_ns - entries->begin_ns) / 1e9 },
			   .y = { SCALE_LINEAR, 0, fmax(1, 1.05 * (double)entry->peak) } },
	};
	enum status status = add_lines(&plot, points, err);

	fputs("<figure data-figure=\"usage\"><figcaption>Usage over time <small>most held in each step</small></figcaption>"
	      "<div class=\"plot\">\n", out);
	begin_svg(&plot);
	if (!status)
		status = draw(&plot, err);
	chart_end(&plot.chart);
	fputs("</div>", out);
	write_legend(&plot, out);
	fputs("</figure>\n", out);
	for (size_t i = 0; i < plot.nr_lines; i++)
		usage_series_release(&plot.lines[i].series);
	return status;
}
