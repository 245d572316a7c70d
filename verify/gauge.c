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
static double lasting_difference(const struct gauge *gauge)
{
	int64_t least = window_edge(&gauge->least, gauge->counted.now, 1);
	int64_t most = window_edge(&gauge->most, gauge->counted.now, -1);

	if (gauge->replayed.now < least)
		return (double)(least - gauge->replayed.now);
	return gauge->replayed.now > most ? (double)(gauge->replayed.now - most) : 0;
}

static void add_time(struct gauge *gauge, uint64_t now_ns)
{
	int64_t difference = llabs(gauge->replayed.now - gauge->counted.now);
	double ns = (double)(now_ns - gauge->last_ns);

	gauge->counted_time += ns * (double)gauge->counted.now;
	gauge->error_time += ns * (double)difference;
	while (difference && gauge->last_ns < now_ns) {
		uint64_t next_ns;

		window_expire(&gauge->least, gauge->last_ns);
		window_expire(&gauge->most, gauge->last_ns);
		next_ns = window_next(&gauge->least, window_next(&gauge->most, now_ns));
		gauge->late_time += (double)(next_ns - gauge->last_ns) * lasting_difference(gauge);
		gauge->last_ns = next_ns;
	}
	gauge->last_ns = now_ns;
}

static void side_set(struct gauge_side *side, int64_t pages, bool is_first)
{
	side->now = pages;
	if (is_first || pages > side->peak)
		side->peak = pages;
}

void gauge_set(struct gauge *gauge, uint64_t now_ns, int64_t replayed, int64_t counted)
{
	bool is_first = !gauge->is_set;

	if (is_first) {
		gauge->begin_ns = now_ns;
		gauge->last_ns = now_ns;
		gauge->is_set = true;
	} else if (now_ns > gauge->last_ns) {
		add_time(gauge, now_ns);
	}
	if (!is_first && counted != gauge->counted.now) {
		window_push(&gauge->least, gauge->counted.now, gauge->last_ns, 1);
		window_push(&gauge->most, gauge->counted.now, gauge->last_ns, -1);
	}
	side_set(&gauge->replayed, replayed, is_first);
	side_set(&gauge->counted, counted, is_first);
	if (llabs(replayed - counted) > gauge->worst)
		gauge->worst = llabs(replayed - counted);
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
}
