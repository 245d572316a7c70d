// SPDX-License-Identifier: GPL-2.0-or-later
/* Marks what lived in a gap, and sums up what may be wrong of it. */
#include "rebuild/doubt.h"

#include "base/xalloc.h"
#include "rebuild/state.h"

#include <stdlib.h>
#include <string.h>

#define ALL_MEMBERS ((1 << MM_FILEPAGES) | (1 << MM_ANONPAGES) | (1 << MM_SHMEMPAGES))

static const enum mm_member members[] = { MM_FILEPAGES, MM_ANONPAGES, MM_SHMEMPAGES };
#define NR_MEMBERS (sizeof(members) / sizeof(members[0]))

static struct doubt_share *share_of(struct doubts *doubt, uint32_t mm)
{
	if (mm >= doubt->nr_shares) {
		size_t nr = (size_t)mm + mm / 2 + 16;

		doubt->shares = xrealloc(doubt->shares, nr, sizeof(*doubt->shares));
		memset(doubt->shares + doubt->nr_shares, 0, (nr - doubt->nr_shares) * sizeof(*doubt->shares));
		doubt->nr_shares = nr;
	}
	return &doubt->shares[mm];
}

void doubt_touch(struct rebuild *rb, uint32_t mm)
{
	struct doubts *doubt = &rb->doubt;
	struct doubt_share *share;

	if (!mm || !doubt->is_any)
		return;
	share = share_of(doubt, mm);
	if (!share->is_recent) {
		share->is_recent = true;
		xgrow(&doubt->recent, doubt->nr_recent, &doubt->recent_capacity, sizeof(*doubt->recent));
		doubt->recent[doubt->nr_recent++] = mm;
	}
	if (share->is_touched || !mm_at(rb, mm)->is_doubtful)
		return;
	share->is_touched = true;
	xgrow(&doubt->touched, doubt->nr_touched, &doubt->touched_capacity, sizeof(*doubt->touched));
	doubt->touched[doubt->nr_touched++] = mm;
}

static void mark(struct rebuild *rb, uint32_t mm)
{
	struct mm *m = mm_at(rb, mm);

	rb->doubt.is_changed = true;
	m->unsure_members = ALL_MEMBERS;
	if (!m->is_doubtful)
		memset(m->known_before, 0, sizeof(m->known_before));
	m->is_doubtful = true;
	doubt_touch(rb, mm);
}

static uint64_t pages_of(const struct mm *m)
{
	int64_t pages = 0;

	for (size_t i = 0; i < NR_MEMBERS; i++)
		pages += m->count[members[i]] > m->known[members[i]] ? m->count[members[i]] : m->known[members[i]];
	return pages > 0 ? pages : 0;
}

static void lose(struct rebuild *rb, uint32_t mm)
{
	struct mm *m = mm_at(rb, mm);
	const bool is_new = !m->is_doubtful;

	if (!m->is_used)
		return;
	mark(rb, mm);
	/* Of one older than the recording most pages were never known. */
	for (int i = 0; i < MM_NR_MEMBERS && is_new && !m->is_observed; i++)
		m->known_before[i] = m->known[i] + m->pending[i] - m->count[i];
	if (pages_of(m) > rb->doubt.most_pages)
		rb->doubt.most_pages = pages_of(m);
}

/* What has not changed since the gap before this one is as much in doubt as it can be. */
void doubt_gap(struct rebuild *rb, bool is_endless)
{
	struct doubts *doubt = &rb->doubt;
	const bool is_first = !doubt->is_any;
	size_t nr = doubt->nr_recent;

	doubt->is_any = true;
	doubt->is_endless |= is_endless;
	doubt->is_changed = true;
	for (uint32_t mm = 1; is_first && mm < rb->nr_mms; mm++)
		lose(rb, mm);
	for (size_t i = 0; i < nr; i++)
		lose(rb, doubt->recent[i]);
	for (size_t i = 0; i < doubt->nr_recent; i++)
		doubt->shares[doubt->recent[i]].is_recent = false;
	doubt->nr_recent = 0;
}

void doubt_mm_made(struct rebuild *rb, uint32_t mm, uint32_t parent, bool is_stray)
{
	if (!rb->doubt.is_any)
		return;
	if (parent && mm_at(rb, parent)->is_stray)
		is_stray = true;
	if (!is_stray && mm_at(rb, mm)->is_observed && !(parent && mm_at(rb, parent)->is_doubtful) &&
	    !rb->doubt.is_endless)
		return;
	mark(rb, mm);
	mm_at(rb, mm)->is_stray = is_stray;
}

/* Who looks at each event has seen all but the last. */
static void turn(struct doubts *doubt, uint32_t container)
{
	if (doubt->nr_turned >= 1024 + doubt->nr) {
		doubt->nr_turned_before += doubt->nr_turned;
		doubt->nr_turned = 0;
	}
	xgrow(&doubt->turned, doubt->nr_turned, &doubt->turned_capacity, sizeof(*doubt->turned));
	doubt->turned[doubt->nr_turned++] = container;
}

static void drop_open(struct doubts *doubt, uint32_t container)
{
	if (!--doubt->nr_open[container])
		turn(doubt, container);
}

/* Takes back what it added. */
static void drop_share(struct doubts *doubt, struct doubt_share *share)
{
	if (!share->is_counted)
		return;
	doubt->up_of_mms -= share->up;
	doubt->down_of_mms -= share->down;
	doubt->nr_stray_mms -= share->is_stray;
	doubt->nr_unsure_mms -= share->is_unsure;
	drop_open(doubt, share->container);
	drop_open(doubt, share->first_container);
	*share = (struct doubt_share){ .is_touched = share->is_touched, .is_recent = share->is_recent };
}

/* Its number may come again. */
void doubt_mm_ended(struct rebuild *rb, uint32_t mm)
{
	if (!mm_at(rb, mm)->is_doubtful)
		return;
	rb->doubt.is_changed = true;
	mm_at(rb, mm)->is_doubtful = false;
	drop_share(&rb->doubt, share_of(&rb->doubt, mm));
}

void doubt_task_found(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);

	if (!rb->doubt.is_any)
		return;
	rb->doubt.is_changed = true;
	t->is_stray = true;
	if (t->mm || t->is_exited || t->is_open_stray)
		return;
	t->is_open_stray = true;
	rb->doubt.nr_strays++;
	rb->doubt.up_of_strays += t->nr_stray_pages;
}

void doubt_task_known(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);

	if (!t->is_open_stray)
		return;
	t->is_open_stray = false;
	rb->doubt.nr_strays--;
	rb->doubt.up_of_strays -= t->nr_stray_pages;
}

void doubt_stray_allocated(struct rebuild *rb, uint32_t task, uint32_t order)
{
	struct task *t = task_at(rb, task);
	uint64_t pages = order < 20 ? UINT64_C(1) << order : 0;

	if (t->mm) {
		mm_at(rb, t->mm)->nr_stray_pages += pages;
		doubt_touch(rb, t->mm);
	} else {
		t->nr_stray_pages += pages;
		rb->doubt.up_of_strays += t->is_open_stray ? pages : 0;
	}
	rb->doubt.is_changed = true;
}

/* The container is not known: all it may map, besides what is mapped of it. */
static void share_of_stray(const struct mm *m, struct doubt_share *share)
{
	share->is_stray = true;
	share->is_unsure = m->unsure_members;
	share->up = m->nr_stray_pages;
	for (size_t i = 0; i < NR_MEMBERS; i++) {
		bool is_sure = !(m->unsure_members & 1 << members[i]);

		share->down += m->count[members[i]];
		if (is_sure)
			share->up += m->known[members[i]] > 0 ? m->known[members[i]] : 0;
	}
}

static void share_of_known(const struct mm *m, struct doubt_share *share)
{
	share->up = m->nr_special;
	for (size_t i = 0; i < NR_MEMBERS; i++) {
		enum mm_member member = members[i];
		int64_t more = m->known[member] + m->pending[member] - m->count[member] - m->known_before[member];

		if (m->unsure_members & 1 << member)
			share->down += m->count[member];
		else if (more > 0)
			share->up += more;
		else
			share->down += -more;
	}
}

static void add_open(struct doubts *doubt, uint32_t container)
{
	if (container >= doubt->nr) {
		size_t nr = (size_t)container + container / 2 + 16;

		doubt->nr_open = xrealloc(doubt->nr_open, nr, sizeof(*doubt->nr_open));
		memset(doubt->nr_open + doubt->nr, 0, (nr - doubt->nr) * sizeof(*doubt->nr_open));
		doubt->nr = nr;
	}
	if (!doubt->nr_open[container]++)
		turn(doubt, container);
}

static void add_share(struct doubts *doubt, const struct mm *m, struct doubt_share *share)
{
	if (m->is_stray)
		share_of_stray(m, share);
	else
		share_of_known(m, share);
	share->is_counted = true;
	share->container = m->container;
	share->first_container = m->first_container;
	doubt->up_of_mms += share->up;
	doubt->down_of_mms += share->down;
	doubt->nr_stray_mms += share->is_stray;
	doubt->nr_unsure_mms += share->is_unsure;
	add_open(doubt, share->container);
	add_open(doubt, share->first_container);
}

static void update_shares(struct rebuild *rb)
{
	struct doubts *doubt = &rb->doubt;

	for (size_t i = 0; i < doubt->nr_touched; i++) {
		const struct mm *m = mm_at(rb, doubt->touched[i]);
		struct doubt_share *share = &doubt->shares[doubt->touched[i]];

		share->is_touched = false;
		drop_share(doubt, share);
		if (m->is_used && m->is_doubtful)
			add_share(doubt, m, share);
	}
	doubt->nr_touched = 0;
}

void doubt_update(struct rebuild *rb)
{
	struct doubts *doubt = &rb->doubt;

	if (!doubt->is_changed)
		return;
	doubt->is_changed = false;
	update_shares(rb);
	doubt->up = doubt->up_of_mms + doubt->up_of_strays + (doubt->nr_unsure_mms + doubt->nr_strays) * doubt->most_pages;
	doubt->down = doubt->down_of_mms;
	doubt->is_open_rest = doubt->nr_stray_mms || doubt->nr_strays;
}

void doubt_release(struct doubts *doubt)
{
	free(doubt->nr_open);
	free(doubt->turned);
	free(doubt->shares);
	free(doubt->touched);
	free(doubt->recent);
}
