// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rss_stat: which operation of the task explains a change of a counter, how many
 * pages it was expected to move, and what the difference teaches.
 */
#include "rebuild/state.h"

#include <string.h>

#define MOST_ARGUMENTS 512	/* pages: a quarter of the usual stack */

/*
 * Whether a value is all that the kernel counted.  Before 6.2 it lacks what tasks keep to themselves, but
 * where the only one publishes it: faults that were lost may be among that.
 */
static bool tells_all(const struct rebuild *rb, const struct mm *m, enum judge_class class)
{
	return !rb->is_late || (class >= JUDGE_SYNC_FILE && class < JUDGE_SYNC_FILE + MM_NR_MEMBERS && m->nr_users <= 1);
}

/* A counter of an address space that lived in a gap: the value itself may end the doubt about it. */
static void doubt_told(struct rebuild *rb, struct mm *m, enum judge_class class, enum mm_member member)
{
	if (!rb->doubt.is_endless && tells_all(rb, m, class))
		m->unsure_members &= ~(1 << member);
	rb->doubt.is_changed = true;
}

void rss_judge(struct rebuild *rb, uint32_t mm, enum judge_class class, enum mm_member member,
	       int64_t predicted_delta, int64_t total)
{
	struct mm *m = mm_at(rb, mm);

	if (m->is_observed)
		judge_check(&rb->judge, class, m->known[member] + predicted_delta, total);
	else
		rb->judge.unchecked++;
	m->known[member] = total;
	if (m->is_doubtful) {
		doubt_told(rb, m, class, member);
		doubt_touch(rb, mm);
	}
	if (total > m->peak[member])
		m->peak[member] = total;
}

/* The address space current runs in, told by curr=1. */
static uint32_t current_mm(struct rebuild *rb, uint32_t task, uint32_t mm_id)
{
	uint32_t mm = task_at(rb, task)->mm, bound;
	uint32_t container = task_at(rb, task)->container, tid = task_at(rb, task)->tid;

	if (mm && mm_at(rb, mm)->is_used && mm_at(rb, mm)->has_id && mm_at(rb, mm)->mm_id == mm_id)
		return mm;
	bound = map64_get(&rb->mm_by_id, mm_id);
	if (mm && bound == mm)
		return mm;
	if (mm && !mm_at(rb, mm)->has_id) {
		mm_bind(rb, mm, mm_id);
		return mm;
	}
	/* Another address space than the one we had it in: its change was not seen. */
	if (!bound || mm_at(rb, bound)->is_dying) {
		bound = mm_new(rb, container, tid, 0, false);
		mm_tell(rb, bound, VMA_INSERT);
		doubt_mm_made(rb, bound, 0, task_at(rb, task)->is_stray);
		mm_bind(rb, bound, mm_id);
	}
	if (mm && mm_at(rb, mm)->nr_users)
		mm_at(rb, mm)->nr_users--;
	task_enter(rb, task, bound);
	mm_at(rb, bound)->nr_users++;
	mm_at(rb, bound)->nr_stray_pages += task_at(rb, task)->nr_stray_pages;
	doubt_touch(rb, bound);
	/* Its last user left it in a gap, by an exec that was lost. */
	if (mm && mm_at(rb, mm)->is_used && mm_at(rb, mm)->is_doubtful && !mm_at(rb, mm)->nr_users)
		mm_end(rb, mm);
	return bound;
}

/* Counters of a child that fork is filling: per VMA and page table. */
static void fork_rss(struct rebuild *rb, uint32_t task, enum mm_member member, int64_t total)
{
	struct task *t = task_at(rb, task);
	uint32_t from = t->mm;
	int64_t delta = total - t->fork_known[member], predicted = 0;
	bool is_observed = from && mm_at(rb, from)->is_observed && !mm_at(rb, from)->has_arguments && delta >= 0;

	/* It falls where the fork failed: of a child that never was nothing is kept. */
	if (is_observed) {
		struct walk walk = t->fork_walk;

		while (walk_next(rb, from, &walk) && !walk.left[member])
			memset(walk.left, 0, sizeof(walk.left));
		predicted = walk.left[member];
		if (predicted) {
			t->fork_walk = walk;
			for (enum mm_member before = 0; before < member; before++)
				t->fork_walk.left[before] = 0;
			t->fork_walk.left[member] -= delta < predicted && delta > 0 ? delta : predicted;
		}
		judge_check(&rb->judge, JUDGE_FORK, t->fork_known[member] + predicted, total);
	} else {
		rb->judge.unchecked++;
	}
	t->fork_known[member] = total;
}

static void fork_begin(struct rebuild *rb, uint32_t task, uint32_t mm_id)
{
	struct task *t = task_at(rb, task);

	t->is_forking = true;
	t->fork_id = mm_id;
	memset(t->fork_known, 0, sizeof(t->fork_known));
	walk_begin(&t->fork_walk, 0, UINT64_MAX, true);
}

static void exec_begin(struct rebuild *rb, uint32_t task, uint32_t mm_id)
{
	uint32_t mm = mm_new(rb, task_at(rb, task)->container, task_at(rb, task)->tid, task_at(rb, task)->mm, true);

	mm_tell(rb, mm, VMA_INSERT);
	doubt_mm_made(rb, mm, 0, task_at(rb, task)->is_stray);
	mm_bind(rb, mm, mm_id);
	task_builds(rb, task, mm);
	task_at(rb, task)->acct_pages = 0;
}

/* At the top of a stack whose place is not known yet. */
static void map_argument(struct rebuild *rb, uint32_t mm, uint64_t pfn)
{
	uint32_t page = anon_new(rb, pfn);
	struct mm *m = mm_at(rb, mm);

	entry_map(rb, mm, ARG_TOP_UNKNOWN - ++m->nr_arg_pages, page, WHY_EXEC_ARG, ENTRY_YOUNG | ENTRY_WRITE);
}

static void exec_argument(struct rebuild *rb, uint32_t task, int64_t delta)
{
	struct task *t = task_at(rb, task);
	uint32_t mm = t->exec_mm;

	delta = plausible(rb, delta);
	for (int64_t i = 0; i < delta; i++)
		map_argument(rb, mm, i == 0 && t->has_fresh_alloc ? t->fresh_pfn : 0);
	t = task_at(rb, task);
	t->has_fresh_alloc = false;
	t->expects_acct = true;
}

/* An address space that is not current's. */
static void remote_rss(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	struct task *t = task_at(rb, task);
	uint32_t mm = map64_get(&rb->mm_by_id, event->rss.mm_id);
	enum mm_member member = event->rss.member;
	int64_t total = event->rss.pages, delta;

	if (t->is_forking && t->fork_id == event->rss.mm_id) {
		fork_rss(rb, task, member, total);
		return;
	}
	if (!mm) {
		if (t->has_fresh_alloc && member == MM_ANONPAGES && total == 1 && !t->exec_mm) {
			exec_begin(rb, task, event->rss.mm_id);
			mm = task_at(rb, task)->exec_mm;
		} else {
			fork_begin(rb, task, event->rss.mm_id);
			fork_rss(rb, task, member, total);
			return;
		}
	}
	t = task_at(rb, task);
	delta = total - mm_at(rb, mm)->known[member];
	if (mm == t->exec_mm && delta > 0) {
		rss_judge(rb, mm, JUDGE_EXEC, member, 1, total);
		exec_argument(rb, task, delta);
	} else if ((mm == t->mm && (t->is_exited || t->exec_mm || !t->reclaim_depth)) || mm == t->exec_mm || mm_at(rb, mm)->is_dying) {
		if (t->teardown_mm != mm || !t->is_walking) {
			t->teardown_mm = mm;
			t->is_walking = true;
			walk_begin(&t->walk, 0, UINT64_MAX, false);
		}
		zap_rss(rb, task, mm, member, delta, JUDGE_TEARDOWN, WHY_EXIT);
	} else if (delta < 0 || member == MM_SWAPENTS) {
		reclaim_rss(rb, task, mm, member, delta);
	} else {
		rss_judge(rb, mm, JUDGE_OTHER, member, 0, total);
	}
}

/* exec counts its argument pages in the old address space too, until it is left. */
static bool acct_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta, int64_t total)
{
	struct task *t = task_at(rb, task);

	if (!t->exec_mm || member != MM_ANONPAGES)
		return false;
	if (delta > 0 && t->expects_acct) {
		t->expects_acct = false;
		t->acct_pages += delta;
		rss_judge(rb, mm, JUDGE_EXEC, member, 1, total);
		return true;
	}
	if (delta < 0 && t->acct_pages) {
		rss_judge(rb, mm, JUDGE_EXEC, member, -t->acct_pages, total);
		t->acct_pages = 0;
		return true;
	}
	return false;
}

/*
 * perf begins to record a program when its exec is nearly done: what its first count has beyond the page that
 * was just allocated are arguments.
 */
static void count_arguments(struct rebuild *rb, uint32_t mm, const struct fault *fault, int64_t pages)
{
	mm_at(rb, mm)->has_arguments = false;
	mm_at(rb, mm)->is_observed = fault->is_active && fault->is_fresh && !mm_at(rb, mm)->has_stack && pages >= 0 &&
				     pages <= MOST_ARGUMENTS;
	if (!mm_at(rb, mm)->is_observed)
		return;
	for (int64_t i = 0; i < pages; i++)
		map_argument(rb, mm, 0);
	mm_at(rb, mm)->known[MM_ANONPAGES] = pages;
}

static bool is_reclaiming(const struct task *t, enum mm_member member, int64_t delta)
{
	bool is_pageout = t->call == MM_CALL_MADVISE && t->args[2] == 21;	/* MADV_PAGEOUT */

	if (!t->reclaim_depth && !is_pageout)
		return false;
	return member == MM_SWAPENTS ? delta > 0 : delta < 0;
}

static void current_rss(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	uint32_t mm = current_mm(rb, task, event->rss.mm_id);
	struct task *t = task_at(rb, task);
	struct mm *m = mm_at(rb, mm);
	enum mm_member member = event->rss.member;
	int64_t total = event->rss.pages, delta = total - m->known[member];

	if (m->has_arguments && member == MM_ANONPAGES) {
		count_arguments(rb, mm, &t->fault, total - 1);
		t = task_at(rb, task);
		m = mm_at(rb, mm);
		delta = total - m->known[member];
	}
	if (!m->is_observed && (rb->is_late || !(m->seen_members & 1 << member))) {
		/* The first count of an older address space: what changed is a guess. */
		m->seen_members |= 1 << member;
		if (rb->is_late && !(t->fault.is_active && t->fault.order) && !t->is_walking && !t->exec_mm) {
			rss_judge(rb, mm, JUDGE_OTHER, member, 0, total);
			return;
		}
		delta = t->fault.is_active && member == MM_ANONPAGES;
		m->known[member] = total - delta;
		doubt_touch(rb, mm);
	}
	if (is_reclaiming(t, member, delta)) {
		reclaim_rss(rb, task, mm, member, delta);
		return;
	}
	if (acct_rss(rb, task, mm, member, delta, total))
		return;
	if (rb->is_late && late_rss(rb, task, mm, member, total))
		return;
	if (t->fault.is_active && fault_rss(rb, task, mm, member, delta, total))
		return;
	if (t->is_walking && (delta < 0 || (delta == 0 && member == MM_SWAPENTS))) {
		zap_rss(rb, task, mm, member, delta, JUDGE_ZAP, WHY_ZAP);
		return;
	}
	if (t->call && populate_rss(rb, task, mm, member, delta, total))
		return;
	rss_judge(rb, mm, JUDGE_OTHER, member, 0, total);
	rb->judge.unexplained += delta < 0 ? -delta : delta;
}

void rss_event(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	/* Of which address space it is, nobody knows: as good as none. */
	if (!event->rss.has_mm_id) {
		rb->has_counters = false;
		rb->is_late = true;
	}
	if (!event->rss.has_mm_id || event->rss.member >= MM_NR_MEMBERS)
		return;
	if (event->rss.curr)
		current_rss(rb, task, event);
	else
		remote_rss(rb, task, event);
}
