// SPDX-License-Identifier: GPL-2.0-or-later
/* Marks what lived in a gap, and sums up what may be wrong of it. */
#include "replay/doubt.h"

#include "base/xalloc.h"
#include "replay/state.h"

#include <stdlib.h>
#include <string.h>

#define ALL_MEMBERS ((1 << MM_FILEPAGES) | (1 << MM_ANONPAGES) | (1 << MM_SHMEMPAGES))

static const enum mm_member members[] = { MM_FILEPAGES, MM_ANONPAGES, MM_SHMEMPAGES };
#define NR_MEMBERS (sizeof(members) / sizeof(members[0]))

static void mark(struct rebuild *rb, uint32_t mm)
{
	struct doubts *doubt = &rb->doubt;
	struct mm *m = mm_at(rb, mm);

	doubt->is_changed = true;
	m->unsure_members = ALL_MEMBERS;
	if (m->is_doubtful)
		return;
	m->is_doubtful = true;
	memset(m->known_before, 0, sizeof(m->known_before));
	xgrow(&doubt->mms, doubt->nr_mms, &doubt->mms_capacity, sizeof(*doubt->mms));
	doubt->mms[doubt->nr_mms++] = mm;
}

static uint64_t pages_of(const struct mm *m)
{
	int64_t pages = 0;

	for (size_t i = 0; i < NR_MEMBERS; i++)
		pages += m->count[members[i]] > m->known[members[i]] ? m->count[members[i]] : m->known[members[i]];
	return pages > 0 ? pages : 0;
}

void doubt_gap(struct rebuild *rb, bool is_endless)
{
	rb->doubt.is_any = true;
	rb->doubt.is_endless |= is_endless;
	for (uint32_t mm = 1; mm < rb->nr_mms; mm++) {
		struct mm *m = mm_at(rb, mm);

		if (!m->is_used)
			continue;
		if (!m->is_doubtful) {
			mark(rb, mm);
			/* Of one older than the recording most pages were never known. */
			for (int i = 0; i < MM_NR_MEMBERS && !m->is_observed; i++)
				m->known_before[i] = m->known[i] + m->pending[i] - m->count[i];
		}
		mark(rb, mm);
		if (pages_of(m) > rb->doubt.most_pages)
			rb->doubt.most_pages = pages_of(m);
	}
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

/* Its number may come again. */
void doubt_mm_ended(struct rebuild *rb, uint32_t mm)
{
	struct doubts *doubt = &rb->doubt;
	size_t nr = 0;

	if (!mm_at(rb, mm)->is_doubtful)
		return;
	doubt->is_changed = true;
	for (size_t i = 0; i < doubt->nr_mms; i++)
		if (doubt->mms[i] != mm)
			doubt->mms[nr++] = doubt->mms[i];
	doubt->nr_mms = nr;
}

void doubt_task_found(struct rebuild *rb, uint32_t task)
{
	struct doubts *doubt = &rb->doubt;

	if (!doubt->is_any)
		return;
	doubt->is_changed = true;
	task_at(rb, task)->is_stray = true;
	xgrow(&doubt->strays, doubt->nr_strays, &doubt->strays_capacity, sizeof(*doubt->strays));
	doubt->strays[doubt->nr_strays++] = task;
}

void doubt_stray_allocated(struct rebuild *rb, uint32_t task, uint32_t order)
{
	struct task *t = task_at(rb, task);
	uint64_t pages = order < 20 ? UINT64_C(1) << order : 0;

	if (t->mm)
		mm_at(rb, t->mm)->nr_stray_pages += pages;
	else
		t->nr_stray_pages += pages;
	rb->doubt.is_changed = true;
}

/* The container is not known: all it may map, besides what is mapped of it. */
static void add_stray(struct doubts *doubt, const struct mm *m)
{
	for (size_t i = 0; i < NR_MEMBERS; i++) {
		bool is_sure = !(m->unsure_members & 1 << members[i]);

		doubt->down += m->count[members[i]];
		if (is_sure)
			doubt->up += m->known[members[i]] > 0 ? m->known[members[i]] : 0;
	}
	if (m->unsure_members)
		doubt->up += doubt->most_pages;
	doubt->up += m->nr_stray_pages;
	doubt->is_open_rest = true;
}

static void add_mm(struct rebuild *rb, const struct mm *m)
{
	struct doubts *doubt = &rb->doubt;

	doubt->is_open[m->container] = doubt->is_open[m->first_container] = true;
	if (m->is_stray) {
		add_stray(doubt, m);
		return;
	}
	doubt->up += m->nr_special;
	for (size_t i = 0; i < NR_MEMBERS; i++) {
		enum mm_member member = members[i];
		int64_t more = m->known[member] + m->pending[member] - m->count[member] - m->known_before[member];

		if (m->unsure_members & 1 << member)
			doubt->down += m->count[member];
		else if (more > 0)
			doubt->up += more;
		else
			doubt->down += -more;
	}
}

/* Those whose address space became known, or that ended, are left out of the list. */
static void add_tasks(struct rebuild *rb)
{
	struct doubts *doubt = &rb->doubt;
	size_t nr = 0;

	for (size_t i = 0; i < doubt->nr_strays; i++) {
		const struct task *t = task_at(rb, doubt->strays[i]);

		if (!t->is_used || !t->is_stray || t->is_exited || t->mm)
			continue;
		doubt->strays[nr++] = doubt->strays[i];
		doubt->up += doubt->most_pages + t->nr_stray_pages;
		doubt->is_open_rest = true;
	}
	doubt->nr_strays = nr;
}

void doubt_update(struct rebuild *rb)
{
	struct doubts *doubt = &rb->doubt;

	if (!doubt->is_changed)
		return;
	doubt->is_changed = false;
	doubt->up = doubt->down = 0;
	doubt->is_open_rest = false;
	if (doubt->nr != rb->containers.nr) {
		doubt->is_open = xrealloc(doubt->is_open, rb->containers.nr, sizeof(*doubt->is_open));
		doubt->nr = rb->containers.nr;
	}
	memset(doubt->is_open, 0, doubt->nr * sizeof(*doubt->is_open));
	for (size_t i = 0; i < doubt->nr_mms; i++)
		add_mm(rb, mm_at(rb, doubt->mms[i]));
	add_tasks(rb);
	for (size_t i = 0; i < doubt->nr; i++)
		doubt->is_open[i] |= doubt->is_open_rest;
}

void doubt_release(struct doubts *doubt)
{
	free(doubt->is_open);
	free(doubt->mms);
	free(doubt->strays);
}
