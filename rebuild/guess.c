// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Windows whose pages nobody saw: how many of them are expected to be mapped, between what
 * bounds, and what a counter that tells of them together teaches (sums.h).
 */
#include "rebuild/state.h"

/* Windows of the task that hold the page, as far as their sum was not told. */
static void set_raced(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index)
{
	struct late *late = rb->tasks[task]->late;

	for (uint32_t i = 0; late && i < late->nr_windows; i++)
		late->windows[i].is_raced |= late->windows[i].file == file && index >= late->windows[i].first &&
					     index <= late->windows[i].last;
}

bool guess_is_raced(struct rebuild *rb, uint32_t task, uint32_t file, uint64_t index)
{
	struct file_chunk *chunk = file_chunk(&rb->pages, file, index);
	unsigned block = (index & 63) / AROUND_PAGES;
	uint32_t other = chunk->around_task[block];
	bool is_raced = other && other != task && chunk->around_ns[block] > task_at(rb, task)->fault.begin_ns;

	if (is_raced)
		set_raced(rb, other, file, index);
	chunk->around_task[block] = task;
	chunk->around_ns[block] = rb->now_ns;
	return is_raced;
}

/* Any page but the fault's own may be missing; nothing is known of such a window by another. */
static struct open_window raced_window(const struct rebuild *rb, const struct guess *guess, const struct late_window *window)
{
	return (struct open_window){
		.id = UINT64_MAX - (rb->seq << 8 | guess->nr), .low = window->nr > 0,
		.high = window->open.id ? window->open.high : window->nr };
}

void guess_take(struct rebuild *rb, const struct late *late, struct guess *guess)
{
	guess->nr = guess->nr_alike = 0;
	guess->pages = guess->pages_alike = 0;
	guess->is_raced = false;
	for (uint32_t w = 0; w < late->nr_windows && !late->has_more; w++) {
		const struct late_window *window = &late->windows[w];

		if (!window->open.id && !window->is_raced)
			continue;
		if (window->open.id) {
			guess->alike[guess->nr_alike] = window->open;
			guess->alike[guess->nr_alike++].id = window->alike;
			guess->pages_alike += window->nr;
		}
		guess->is_raced |= window->is_raced;
		guess->windows[guess->nr] = window->is_raced ? raced_window(rb, guess, window) : window->open;
		guess->nr++;
		guess->pages += window->nr;
	}
	sums_bound(&rb->sums, guess->windows, guess->nr, &guess->bounds);
}

int64_t guess_expect(struct rebuild *rb, struct guess *guess)
{
	int64_t expected = guess->pages, more;
	struct sum_bounds likely;

	sums_bound(&rb->likely_sums, guess->alike, guess->nr_alike, &likely);
	guess->is_likely = likely.low == likely.high;
	if (guess->is_likely)
		expected += likely.low - guess->pages_alike;
	if (expected < guess->bounds.low)
		expected = guess->bounds.low;
	if (expected > guess->bounds.high)
		expected = guess->bounds.high;
	more = expected - guess->pages;
	guess->pages += more;
	guess->pages_alike += more;
	return more;
}

void guess_judge(struct rebuild *rb, uint32_t mm, const struct guess *guess, int64_t pending, int64_t total)
{
	int64_t predicted = mm_at(rb, mm)->known[MM_FILEPAGES] + pending;

	if (guess->bounds.low < guess->bounds.high)
		judge_open(&rb->judge, JUDGE_SYNC_FILE, &(struct judge_bounds){
			.predicted = predicted, .low = predicted - (guess->pages - guess->bounds.low),
			.high = predicted + (guess->bounds.high - guess->pages) }, total);
}

void guess_learn(struct rebuild *rb, const struct guess *guess, int64_t error)
{
	if (guess->bounds.low == guess->bounds.high && !error)
		return;
	if (!guess->is_raced && guess->pages + error >= 0)
		sums_learn(&rb->sums, guess->windows, guess->nr, guess->pages + error);
	/* What a race left out is there for the next. */
	if (!(guess->is_raced && guess->is_likely) && guess->pages_alike + error >= 0)
		sums_learn(&rb->likely_sums, guess->alike, guess->nr_alike, guess->pages_alike + error);
}
