// SPDX-License-Identifier: GPL-2.0-or-later
/* Areas under two stairs, and between them. */
#include "verify/gauge.h"

#include "base/xalloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the window --- */

static struct gauge_past *window_last(const struct gauge_window *window)
{
	return window->nr > window->first ? &window->past[window->nr - 1] : NULL;
}

/* Values that the new one, which lasts longer, makes meaningless are dropped: sign 1 keeps the least, -1 the most. */
static void window_push(struct gauge_window *window, int64_t pages, uint64_t until_ns, int sign)
{
	while (window_last(window) && sign * window_last(window)->pages >= sign * pages)
		window->nr--;
	if (window->first && window->nr == window->capacity) {
		memmove(window->past, window->past + window->first, (window->nr - window->first) * sizeof(*window->past));
		window->nr -= window->first;
		window->first = 0;
	}
	xgrow(&window->past, window->nr, &window->capacity, sizeof(*window->past));
	window->past[window->nr++] = (struct gauge_past){ .pages = pages, .until_ns = until_ns };
}

static void window_expire(struct gauge_window *window, uint64_t now_ns)
{
	while (window->first < window->nr && window->past[window->first].until_ns + GAUGE_WALK_NS <= now_ns)
		window->first++;
}

/* The first that is left, or the value that holds now. */
static int64_t window_edge(const struct gauge_window *window, int64_t now, int sign)
{
	if (window->first == window->nr || sign * window->past[window->first].pages > sign * now)
		return now;
	return window->past[window->first].pages;
}

static uint64_t window_next(const struct gauge_window *window, uint64_t end_ns)
{
	if (window->first == window->nr || window->past[window->first].until_ns + GAUGE_WALK_NS > end_ns)
		return end_ns;
	return window->past[window->first].until_ns + GAUGE_WALK_NS;
}

/* --- the areas --- */

/* How far the replayed value is from anything counted in the window. */
static double lasting_difference(const struct gauge *gauge, const struct gauge_moment *at)
{
	double least = (double)window_edge(&gauge->least, at->counted, 1);
	double most = (double)window_edge(&gauge->most, at->counted, -1);

	if (at->replayed < least)
		return least - at->replayed;
	return at->replayed > most ? at->replayed - most : 0;
}

/* From last_ns on `at` held. */
static void add_time(struct gauge *gauge, const struct gauge_moment *at, uint64_t now_ns)
{
	double difference = fabs(at->replayed - (double)at->counted), ns = (double)(now_ns - gauge->last_ns);

	gauge->counted_time += ns * (double)at->counted;
	gauge->error_time += ns * difference;
	/* Parts of pages add up to whole ones but for what a double cannot hold. */
	if (difference - 1e-6 > (double)gauge->worst)
		gauge->worst = (int64_t)ceil(difference - 1e-6);
	while (difference > 0 && gauge->last_ns < now_ns) {
		uint64_t next_ns;

		window_expire(&gauge->least, gauge->last_ns);
		window_expire(&gauge->most, gauge->last_ns);
		next_ns = window_next(&gauge->least, window_next(&gauge->most, now_ns));
		gauge->late_time += (double)(next_ns - gauge->last_ns) * lasting_difference(gauge, at);
		gauge->last_ns = next_ns;
	}
	gauge->last_ns = now_ns;
}

/* Moments that ended by then are summed up; the last one lasts. */
static void settle(struct gauge *gauge, uint64_t until_ns)
{
	while (gauge->nr - gauge->first > 1 && gauge->moments[gauge->first + 1].ns <= until_ns) {
		const struct gauge_moment *at = &gauge->moments[gauge->first++], *next = at + 1;

		add_time(gauge, at, next->ns);
		if (next->counted == at->counted)
			continue;
		window_push(&gauge->least, at->counted, gauge->last_ns, 1);
		window_push(&gauge->most, at->counted, gauge->last_ns, -1);
	}
	if (gauge->first <= gauge->nr / 2)
		return;
	gauge->nr -= gauge->first;
	memmove(gauge->moments, gauge->moments + gauge->first, gauge->nr * sizeof(*gauge->moments));
	gauge->first = 0;
}

static void side_set(struct gauge_side *side, int64_t pages, bool is_first)
{
	side->now = pages;
	if (is_first || pages > side->peak)
		side->peak = pages;
}

void gauge_set(struct gauge *gauge, uint64_t now_ns, int64_t replayed, int64_t counted)
{
	struct gauge_moment moment = { .ns = now_ns, .replayed = (double)replayed, .counted = counted };
	struct gauge_moment *last = gauge->is_set ? &gauge->moments[gauge->nr - 1] : NULL;

	if (!last)
		gauge->begin_ns = gauge->last_ns = now_ns;
	side_set(&gauge->replayed, replayed, !last);
	side_set(&gauge->counted, counted, !last);
	gauge->is_set = true;
	if (last && moment.ns <= last->ns) {
		moment.ns = last->ns;
		*last = moment;
	} else {
		xgrow(&gauge->moments, gauge->nr, &gauge->capacity, sizeof(*gauge->moments));
		gauge->moments[gauge->nr++] = moment;
	}
	settle(gauge, moment.ns > GAUGE_WALK_NS ? moment.ns - GAUGE_WALK_NS : 0);
}

void gauge_ramp(struct gauge *gauge, uint64_t since_ns, uint64_t now_ns, int64_t replayed, int64_t counted)
{
	double change = (double)(replayed - gauge->replayed.now);

	for (size_t i = gauge->nr; gauge->is_set && i > gauge->first && gauge->moments[i - 1].ns > since_ns; i--)
		if (gauge->moments[i - 1].ns < now_ns)
			gauge->moments[i - 1].replayed += change * (double)(gauge->moments[i - 1].ns - since_ns) /
							  (double)(now_ns - since_ns);
	gauge_set(gauge, now_ns, replayed, counted);
}

void gauge_finish(struct gauge *gauge)
{
	settle(gauge, UINT64_MAX);
}

static double per_ns(const struct gauge *gauge, double area)
{
	return gauge->last_ns > gauge->begin_ns ? area / (double)(gauge->last_ns - gauge->begin_ns) : 0;
}

double gauge_mean(const struct gauge *gauge)
{
	return per_ns(gauge, gauge->counted_time);
}

double gauge_error(const struct gauge *gauge)
{
	return per_ns(gauge, gauge->error_time);
}

double gauge_lasting(const struct gauge *gauge)
{
	return per_ns(gauge, gauge->late_time);
}

double gauge_percent(const struct gauge *gauge, double pages)
{
	if (pages <= 0)
		return 0;
	return gauge->counted_time > 0 ? pages * 100 / gauge_mean(gauge) : INFINITY;
}

void gauge_release(struct gauge *gauge)
{
	free(gauge->least.past);
	free(gauge->most.past);
	free(gauge->moments);
}
