// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify/samples.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

static bool is_between(int64_t counted, int64_t least, int64_t most)
{
	int64_t room = counted * SAMPLES_SLACK_PERCENT / 100;

	if (room < SAMPLES_SLACK_PAGES)
		room = SAMPLES_SLACK_PAGES;
	return counted >= least - room && counted <= most + room;
}

/* Those whose lag is over. */
static void settle(struct samples *samples, uint64_t now_ns)
{
	size_t left = 0;

	for (size_t i = 0; i < samples->nr_waiting; i++) {
		const struct samples_waiting *at = &samples->waiting[i];

		if (at->ns + SAMPLES_LAG_NS >= now_ns)
			samples->waiting[left++] = *at;
		else
			samples->nr_soon += is_between(at->counted, at->least, at->most);
	}
	samples->nr_waiting = left;
}

/* Values that ended more than the lag ago. */
static void forget(struct samples *samples, uint64_t now_ns)
{
	while (samples->nr_past - samples->first > 1 && samples->past[samples->first + 1].ns + SAMPLES_LAG_NS < now_ns)
		samples->first++;
	if (samples->first <= samples->nr_past / 2)
		return;
	samples->nr_past -= samples->first;
	memmove(samples->past, samples->past + samples->first, samples->nr_past * sizeof(*samples->past));
	samples->first = 0;
}

void samples_change(struct samples *samples, uint64_t now_ns, int64_t pages)
{
	settle(samples, now_ns);
	forget(samples, now_ns);
	for (size_t i = 0; i < samples->nr_waiting; i++) {
		struct samples_waiting *at = &samples->waiting[i];

		at->least = pages < at->least ? pages : at->least;
		at->most = pages > at->most ? pages : at->most;
	}
	xgrow(&samples->past, samples->nr_past, &samples->past_capacity, sizeof(*samples->past));
	samples->past[samples->nr_past++] = (struct samples_past){ .ns = now_ns, .pages = pages };
}

void samples_take(struct samples *samples, uint64_t now_ns, int64_t pages, int64_t counted)
{
	struct samples_waiting at = { .ns = now_ns, .counted = counted, .least = pages, .most = pages };

	settle(samples, now_ns);
	forget(samples, now_ns);
	/* Before the first change it had nothing. */
	if (samples->first == samples->nr_past || samples->past[samples->first].ns + SAMPLES_LAG_NS > now_ns)
		at.least = at.least < 0 ? at.least : 0;
	for (size_t i = samples->first; i < samples->nr_past; i++) {
		at.least = samples->past[i].pages < at.least ? samples->past[i].pages : at.least;
		at.most = samples->past[i].pages > at.most ? samples->past[i].pages : at.most;
	}
	samples->nr++;
	samples->nr_right += is_between(counted, pages, pages);
	xgrow(&samples->waiting, samples->nr_waiting, &samples->waiting_capacity, sizeof(*samples->waiting));
	samples->waiting[samples->nr_waiting++] = at;
}

void samples_finish(struct samples *samples)
{
	settle(samples, UINT64_MAX);
}

void samples_release(struct samples *samples)
{
	free(samples->past);
	free(samples->waiting);
}
