// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernels whose counters do not tell each fault.
 *
 * Before 6.2 a task adds its faults to rss_stat at the 66th since the last time,
 * and before it unmaps, execs or exits; before 5.5 there is no rss_stat.  There
 * the fault itself must say what it did: by its error code, by what is mapped
 * there and by the page it allocated.  The counter then judges the sum.
 */
#include "rebuild/state.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define MAP_BIT_POPULATE 0x8000	/* uapi */
#define CALLS_A_SYNC 65		/* TASK_RSS_EVENTS_THRESH and one */
#define SURELY_LATE 8

static struct late *late_of(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);

	if (!t->late)
		t->late = xcalloc(1, sizeof(*t->late));
	return t->late;
}

void late_forget(struct rebuild *rb, uint32_t task)
{
	const struct late *late = task_at(rb, task)->late;
	uint32_t mm = task_at(rb, task)->mm;

	for (int member = 0; late && mm && member < MM_NR_MEMBERS; member++)
		mm_at(rb, mm)->pending[member] -= late->pending[member];
	doubt_touch(rb, mm);
	free(task_at(rb, task)->late);
	task_at(rb, task)->late = NULL;
}

static void add_pending(struct rebuild *rb, uint32_t task, uint32_t mm, int member, int64_t pages)
{
	late_of(rb, task)->pending[member] += pages;
	mm_at(rb, mm)->pending[member] += pages;
	doubt_touch(rb, mm);
}

/* Entries changed since `before` was taken: the task has them to publish. */
static void pend(struct rebuild *rb, uint32_t task, uint32_t mm, const int64_t before[MM_NR_MEMBERS])
{
	for (int member = 0; member < MM_NR_MEMBERS; member++)
		add_pending(rb, task, mm, member, mm_at(rb, mm)->count[member] - before[member]);
}

static void take_counts(struct rebuild *rb, uint32_t mm, int64_t counts[MM_NR_MEMBERS])
{
	memcpy(counts, mm_at(rb, mm)->count, sizeof(mm_at(rb, mm)->count));
}

/* --- faults --- */

/* Anonymous: nr pages from first, one frame after the other. */
static void map_anon(struct rebuild *rb, uint32_t task, uint32_t mm, uint64_t first, uint64_t nr, uint64_t pfn)
{
	int64_t before[MM_NR_MEMBERS];

	take_counts(rb, mm, before);
	stack_found(rb, mm, first);
	for (uint64_t i = 0; i < nr; i++)
		fault_anon(rb, mm, first + i, pfn ? pfn + i : 0, i > 0);
	pend(rb, task, mm, before);
}

static bool is_private(const struct vma *vma)
{
	return !vma || !vma->is_shared;
}

void late_alloc(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);
	struct fault *f = &t->fault;
	uint32_t page;

	late_published(rb, task);
	if (!f->pfn || f->order || !(f->error_code & MM_FAULT_WRITE) || entry_is_swap(rb, t->mm, f->vpn) ||
	    !is_private(fault_vma(rb, t->mm, f->vpn)))
		return;
	if (entry_find(rb, t->mm, f->vpn, &page) && page_at(&rb->pages, page)->kind == PAGE_ANON)
		return;
	f->mapped_pfn = f->pfn;
	f->is_active = false;
	map_anon(rb, task, t->mm, f->vpn, 1, f->pfn);
}

void late_populate(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);
	uint32_t page;

	if (t->call == MM_CALL_MMAP && t->args[3] & MAP_BIT_POPULATE) {
		t->nr_early[MM_ANONPAGES]++;	/* the call says where when it is done */
		if (t->mm)
			add_pending(rb, task, t->mm, MM_ANONPAGES, 1);
		return;
	}
	while (t->populate_at < t->populate_end && entry_find(rb, t->mm, t->populate_at, &page))
		t->populate_at++;
	if (!t->call || !t->mm || t->populate_at >= t->populate_end || !vma_find(&mm_at(rb, t->mm)->vmas, t->populate_at))
		return;
	map_anon(rb, task, t->mm, t->populate_at, 1, t->fresh_pfn);
}

/* The page allocated for a fault is freed in it: it was not needed, or comes again. */
void late_freed(struct rebuild *rb, uint32_t tid, uint64_t pfn)
{
	uint32_t task = task_find(rb, tid), page, mm;
	int64_t before[MM_NR_MEMBERS];
	struct fault *f;

	if (!task || !task_at(rb, task)->fault.mapped_pfn || task_at(rb, task)->fault.mapped_pfn != pfn)
		return;
	f = &task_at(rb, task)->fault;
	mm = task_at(rb, task)->mm;
	f->mapped_pfn = 0;
	if (!mm || !entry_find(rb, mm, f->vpn, &page) || page_at(&rb->pages, page)->pfn != pfn)
		return;
	f->is_active = true;
	take_counts(rb, mm, before);
	entry_unmap(rb, mm, f->vpn, WHY_CORRECT);
	pend(rb, task, mm, before);
}

/* A write to an empty entry of a shared mapping: its one page. */
static void map_shared(struct rebuild *rb, uint32_t task, uint32_t mm)
{
	const struct fault *f = &task_at(rb, task)->fault;
	struct vma *vma = fault_vma(rb, mm, f->vpn);

	image_learn(rb, mm, f);
	/* A page of its own that entered no file: shared memory. */
	if (f->pfn && vma->file && !rb->pages.files[vma->file].ino)
		rb->pages.files[vma->file].is_shmem = true;
	if (!vma->file)
		fault_object(rb, mm, vma);
	fault_single(rb, task, mm, 1);
}

void late_note(struct rebuild *rb, uint32_t task, const struct late_window *window)
{
	struct late *late = late_of(rb, task);

	if (late->nr_windows == SUM_WINDOWS) {
		late->has_more = true;
		return;
	}
	late->windows[late->nr_windows] = *window;
	late->windows[late->nr_windows].is_raced = guess_is_raced(rb, task, window->file, window->first) ||
		(window->first / AROUND_PAGES != window->last / AROUND_PAGES && guess_is_raced(rb, task, window->file, window->last));
	late->nr_windows++;
}

/* What a fault did that showed no page of its own when it was allocated. */
static void decide(struct rebuild *rb, uint32_t task)
{
	const struct fault f = task_at(rb, task)->fault;
	uint32_t mm = task_at(rb, task)->mm;
	struct vma *vma = fault_vma(rb, mm, f.vpn);
	int64_t before[MM_NR_MEMBERS];
	uint32_t page;

	take_counts(rb, mm, before);
	if (f.error_code & MM_FAULT_PRESENT)
		return;
	if (f.order && !rb->has_counters) {
		map_anon(rb, task, mm, f.vpn & ~((UINT64_C(1) << f.order) - 1), UINT64_C(1) << f.order, f.pfn);
		return;
	}
	if (entry_is_swap(rb, mm, f.vpn)) {
		fault_anon(rb, mm, f.vpn, f.nr_allocs == 1 ? f.pfn : 0, false);
	} else if (vma && vma->is_special) {
		if (!vma->is_none && !entry_find(rb, mm, f.vpn, &page))
			entry_map(rb, mm, f.vpn, PAGE_SPECIAL, WHY_FILE, ENTRY_YOUNG);
	} else if (f.error_code & MM_FAULT_WRITE) {
		if (vma && vma->is_file && vma->is_shared)
			map_shared(rb, task, mm);
	} else if (!vma || vma->is_file) {
		if (vma && f.pfn && vma->file && !rb->pages.files[vma->file].ino && f.added_file != vma->file)
			rb->pages.files[vma->file].is_shmem = true;
		around_by_rule(rb, task, mm, -1);
	}
	pend(rb, task, mm, before);
}

/* A fault that wrote maps nothing around itself, but reads ahead and takes a mark away as any other. */
static void learn_write(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);
	struct vma *vma;

	if (!rb->is_late || !t->mm || !(t->fault.error_code & MM_FAULT_WRITE) || t->fault.error_code & MM_FAULT_PRESENT)
		return;
	vma = fault_vma(rb, t->mm, t->fault.vpn);
	if (t->fault.added_file && t->has_execed)
		t->exec_faults[t->exec_faults[0].added_file ? 1 : 0] = t->fault;	/* whose file it is, is told when exec is done */
	else if (t->fault.added_file)
		around_learn(rb, t->mm, &t->fault);
	else if (vma && vma->file && !entry_is_swap(rb, t->mm, t->fault.vpn))
		marks_faulted(rb, vma->file, vma->first_index + (t->fault.vpn - vma->begin));
	task_at(rb, task)->fault.added_file = 0;
}

/* So many allocations that no counter told of are no chance: nor will it tell the arguments of an exec by themselves. */
static void forget_arguments(struct rebuild *rb)
{
	for (uint32_t mm = 1; mm < rb->nr_mms; mm++) {
		if (!mm_at(rb, mm)->has_arguments)
			continue;
		mm_at(rb, mm)->has_arguments = false;
		mm_at(rb, mm)->is_observed = false;
	}
}

void late_decide(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);

	rb->nr_silent += t->fault.is_fresh;
	t->fault.is_fresh = false;
	t->fault.mapped_pfn = 0;
	late_published(rb, task);
	learn_write(rb, task);
	if (!t->fault.is_active || !t->mm || t->fault.is_populate)
		return;
	rb->is_late |= rb->nr_silent > rb->nr_told;
	if (rb->nr_silent == rb->nr_told + SURELY_LATE)
		forget_arguments(rb);
	if (!rb->is_late)
		return;
	late_alloc(rb, task);
	if (!t->fault.is_active)
		return;
	decide(rb, task);
	task_at(rb, task)->fault.is_active = false;
}

/* --- counters --- */

/*
 * Where the next page of a correction is taken: one from each window, for what is
 * left out are mostly marks of old read-aheads, which lie apart; first where no
 * sum has said anything yet, so that what was right before stays right.
 */
static bool pick_window(struct late *late, uint32_t *window)
{
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < late->nr_windows; i++) {
		if (late->windows[i].cost >= best)
			continue;
		best = late->windows[i].cost;
		*window = i;
	}
	if (best == UINT32_MAX)
		return false;
	late->windows[*window].cost += 1 << 16;
	return true;
}

/* Pages in that doubt, until none is left to correct; windows about which there is no guess come last. */
static int64_t correct_doubt(struct rebuild *rb, uint32_t task, uint32_t mm, const struct correction *correction,
			     int64_t error)
{
	struct late *late = late_of(rb, task);

	for (uint32_t w = 0; w < late->nr_windows; w++)
		late->windows[w].cost = late->windows[w].nr_sums + (late->windows[w].open.id ? 0 : 1 << 24);
	for (uint32_t w; error && pick_window(late, &w);) {
		if (around_correct(rb, mm, &late->windows[w], correction))
			error += error < 0 ? 1 : -1;
		else
			late->windows[w].cost = UINT32_MAX;
	}
	return error;
}

/* The page or pages that make up for a wrong sum. */
static void correct(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t error)
{
	static const enum doubt orders[2][DOUBT_NR] = {
		{ DOUBT_ABSENT, DOUBT_SKIPPED, DOUBT_UNKNOWN, DOUBT_NONE },	/* too many */
		{ DOUBT_NONE, DOUBT_SKIPPED, DOUBT_UNKNOWN, DOUBT_ABSENT },	/* too few */
	};
	struct correction correction = { .member = member, .is_more = error > 0 };

	for (int sure = 0; sure < 2; sure++) {
		correction.is_sure = sure;
		for (int i = 0; i < DOUBT_NR && error; i++) {
			correction.doubt = orders[correction.is_more][i];
			error = correct_doubt(rb, task, mm, &correction, error);
		}
	}
	rb->judge.unexplained += error < 0 ? -error : error;
}

/* What counters told before of such windows is expected again. */
static void expect_told(struct rebuild *rb, uint32_t task, uint32_t mm, struct guess *guess)
{
	int64_t more;

	guess_take(rb, late_of(rb, task), guess);
	more = guess_expect(rb, guess);
	if (!more)
		return;
	add_pending(rb, task, mm, MM_FILEPAGES, more);
	correct(rb, task, mm, MM_FILEPAGES, more);
}

static void publish(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t total)
{
	struct late *late = late_of(rb, task);
	bool is_guess = member == MM_FILEPAGES && mm_at(rb, mm)->is_observed;
	struct guess guess = { .nr = 0 };
	int64_t error;

	if (is_guess) {
		expect_told(rb, task, mm, &guess);
		guess_judge(rb, mm, &guess, late->pending[member], total);
	}
	error = total - mm_at(rb, mm)->known[member] - late->pending[member];
	rss_judge(rb, mm, JUDGE_SYNC_FILE + member, member, late->pending[member], total);
	add_pending(rb, task, mm, member, -late->pending[member]);
	if (mm_at(rb, mm)->is_observed && error)
		correct(rb, task, mm, member, error);
	if (is_guess)
		guess_learn(rb, &guess, error);
}

/*
 * Members of [from, end) were not printed: nothing of them was pending.  Or what was pending
 * was published in a gap: then the next value tells.
 */
static void not_published(struct rebuild *rb, uint32_t task, int from, int end)
{
	uint32_t mm = task_at(rb, task)->mm;

	for (int member = from; mm && member < end; member++)
		if (late_of(rb, task)->pending[member] && !(mm_at(rb, mm)->unsure_members & 1 << member))
			publish(rb, task, mm, member, mm_at(rb, mm)->known[member]);
}

void late_published(struct rebuild *rb, uint32_t task)
{
	struct late *late = task_at(rb, task)->late;

	if (!late || !late->is_publishing)
		return;
	late->is_publishing = false;
	not_published(rb, task, late->next, MM_NR_MEMBERS);
	late->nr_windows = 0;
	late->has_more = false;
	late->nr_faults = 0;
}

void late_flushed(struct rebuild *rb, uint32_t task)
{
	if (!task_at(rb, task)->late)
		return;
	late_published(rb, task);
	not_published(rb, task, 0, MM_NR_MEMBERS);
}

/* Whether a change in the course of a call is what was pending, not what the call unmaps. */
static bool is_pending(struct rebuild *rb, uint32_t task, enum mm_member member, int64_t delta)
{
	const struct task *t = task_at(rb, task);
	int64_t pending = late_of(rb, task)->pending[member];

	if (t->fault.is_active && t->fault.order)
		return member != MM_ANONPAGES || delta != (int64_t)1 << t->fault.order;
	if (!t->is_walking || delta > 0)
		return true;
	return pending < 0 && delta == pending;
}

/* A counter rose for a page that was allocated just before: so they do tell. */
static void told(struct rebuild *rb, struct fault *f)
{
	if (!f->is_fresh)
		return;
	f->is_fresh = false;
	rb->nr_told++;
	if (rb->nr_told >= rb->nr_silent && rb->has_counters)
		rb->is_late = false;
}

bool late_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t total)
{
	struct late *late = late_of(rb, task);

	told(rb, &task_at(rb, task)->fault);
	if (!is_pending(rb, task, member, total - mm_at(rb, mm)->known[member])) {
		if (task_at(rb, task)->is_walking)
			late_flushed(rb, task);
		return false;
	}
	if (late->is_publishing && member < late->next)
		late_published(rb, task);
	if (!late->is_publishing) {
		/* Too early for a fault's: the task exits, and the fault is done. */
		if (late->nr_faults < CALLS_A_SYNC / 2)
			late_settle(rb, task);
		late->is_publishing = true;
		late->next = 0;
	}
	not_published(rb, task, late->next, member);
	late->next = member + 1;
	publish(rb, task, mm, member, total);
	return true;
}
