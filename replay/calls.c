// SPDX-License-Identifier: GPL-2.0-or-later
/* System calls that change an address space: VMAs at their end, zaps while they run. */
#include "replay/facts.h"

#include <string.h>

/* uapi constants, the same on every architecture that x86's recordings come from. */
enum { PROT_BIT_WRITE = 2, PROT_BIT_EXEC = 4 };
enum { MAP_BITS_TYPE = 0xf, MAP_TYPE_SHARED = 1, MAP_TYPE_SHARED_VALIDATE = 3, MAP_BIT_FIXED = 0x10,
       MAP_BIT_ANONYMOUS = 0x20 };
enum { REMAP_DONTUNMAP = 4 };
enum { ADVISE_DONTNEED = 4, ADVISE_REMOVE = 9, ADVISE_POPULATE_READ = 22, ADVISE_POPULATE_WRITE = 23,
       ADVISE_DONTNEED_LOCKED = 24 };
enum { LOCK_CURRENT = 1 };

static uint64_t to_vpn(const struct rebuild *rb, uint64_t address)
{
	return address >> rb->page_shift;
}

static uint64_t to_pages(const struct rebuild *rb, uint64_t bytes)
{
	return (bytes + (UINT64_C(1) << rb->page_shift) - 1) >> rb->page_shift;
}

static void start_walk(struct task *t, uint64_t begin, uint64_t end)
{
	t->is_walking = true;
	walk_begin(&t->walk, begin, end, false);
}

static void start_populate(struct task *t, uint64_t begin, uint64_t end)
{
	t->populate_at = begin;
	t->populate_end = end;
}

void call_begin(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	struct task *t = task_at(rb, task);
	const uint64_t *args = event->call_args.args;
	uint64_t begin = to_vpn(rb, args[0]), pages = to_pages(rb, args[1]);
	struct vma *vma;

	t->call = event->call;
	t->is_walking = false;
	t->fault.is_active = false;
	t->populate_at = t->populate_end = 0;
	memcpy(t->args, args, sizeof(t->args));
	memset(t->nr_early, 0, sizeof(t->nr_early));
	if (!t->mm)
		return;
	switch ((enum mm_call)event->call) {
	case MM_CALL_MUNMAP:
		start_walk(t, begin, begin + pages);
		break;
	case MM_CALL_MMAP:
		if (args[3] & MAP_BIT_FIXED)
			start_walk(t, begin, begin + pages);
		break;
	case MM_CALL_BRK:
		if (args[0] && mm_at(rb, t->mm)->brk_end > to_pages(rb, args[0]))
			start_walk(t, to_pages(rb, args[0]), mm_at(rb, t->mm)->brk_end);
		break;
	case MM_CALL_MREMAP:
		if (to_pages(rb, args[2]) < pages)
			start_walk(t, begin + to_pages(rb, args[2]), begin + pages);
		break;
	case MM_CALL_MADVISE:
		if (args[2] == ADVISE_DONTNEED || args[2] == ADVISE_DONTNEED_LOCKED || args[2] == ADVISE_REMOVE)
			start_walk(t, begin, begin + pages);
		else if (args[2] == ADVISE_POPULATE_READ || args[2] == ADVISE_POPULATE_WRITE)
			start_populate(t, begin, begin + pages);
		break;
	case MM_CALL_MLOCK:
	case MM_CALL_MLOCK2:
		start_populate(t, begin, to_pages(rb, args[0] + args[1]));
		break;
	case MM_CALL_MLOCKALL:
		start_populate(t, 0, UINT64_MAX >> 12);
		break;
	case MM_CALL_SHMDT:
		vma = vma_find(&mm_at(rb, t->mm)->vmas, begin);
		if (vma)
			start_walk(t, vma->begin, vma->end);
		break;
	case MM_CALL_EXIT_GROUP:
		t->call = MM_CALL_NONE;
		break;
	default:
		break;
	}
}

void zap_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta,
	     enum judge_class class, enum op_why why)
{
	struct task *t = task_at(rb, task);
	struct walk walk = t->walk;
	int64_t total = mm_at(rb, mm)->known[member] + delta, predicted;
	uint64_t nr = delta < 0 ? -delta : 0, begin = walk.at;

	/* The next page table that has entries of this member. */
	while (walk_next(rb, mm, &walk) && !walk.left[member])
		memset(walk.left, 0, sizeof(walk.left));
	predicted = walk.left[member];
	rss_judge(rb, mm, class, member, -predicted, total);
	if (!predicted) {
		/* Pages we do not know: nothing of ours is taken. */
		unmatched(rb, UNMATCHED_UNMAP, nr);
		rb->judge.unexplained += mm_at(rb, mm)->is_observed ? nr : 0;
		return;
	}
	(void)begin;
	for (enum mm_member before = 0; before < member; before++)
		walk.left[before] = 0;
	while (nr) {
		uint64_t part = nr < walk.left[member] ? nr : walk.left[member];

		entries_zap_member(rb, mm, walk.chunk_begin, walk.chunk_end, member, part, why);
		walk.left[member] -= part;
		nr -= part;
		if (!nr)
			break;
		/* More than this table held: the border we had was none. */
		while (walk_next(rb, mm, &walk) && !walk.left[member])
			memset(walk.left, 0, sizeof(walk.left));
		if (!walk.left[member]) {
			unmatched(rb, UNMATCHED_UNMAP, nr);
			rb->judge.unexplained += mm_at(rb, mm)->is_observed ? nr : 0;
			break;
		}
	}
	task_at(rb, task)->walk = walk;
}

/* What is still mapped in a range that the call emptied. */
static void clean(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end)
{
	uint64_t left = entries_zap(rb, mm, begin, end, WHY_ZAP);

	if (left && mm_at(rb, mm)->is_observed)
		unmatched(rb, UNMATCHED_LEFT, left);
}

static bool is_error(int64_t ret)
{
	return ret < 0 && ret >= -4095;
}

static void end_mmap(struct rebuild *rb, struct task *t, uint64_t address)
{
	uint64_t begin = to_vpn(rb, address), flags = t->args[3], prot = t->args[2];
	uint64_t type = flags & MAP_BITS_TYPE;
	bool is_shared = type == MAP_TYPE_SHARED || type == MAP_TYPE_SHARED_VALIDATE;
	bool is_anonymous = flags & MAP_BIT_ANONYMOUS;
	struct vma vma = {
		.begin = begin, .end = begin + to_pages(rb, t->args[1]),
		.fd = is_anonymous ? -1 : (int32_t)t->args[4],
		.first_index = is_anonymous ? 0 : t->args[5] >> rb->page_shift,
		.is_shared = is_shared, .is_file = !is_anonymous || is_shared,
		.is_write = prot & PROT_BIT_WRITE, .is_exec = prot & PROT_BIT_EXEC, .is_none = !prot,
	};
	uint32_t mm = t->mm;

	if (vma.end <= vma.begin)
		return;
	clean(rb, mm, vma.begin, vma.end);
	vma_remove(&mm_at(rb, mm)->vmas, vma.begin, vma.end);
	if (is_anonymous && is_shared)
		vma.file = file_new(&rb->pages, true);
	vma_add(&mm_at(rb, mm)->vmas, &vma);
}

/* Pages that MAP_POPULATE made before the call said where. */
static void place_early(struct rebuild *rb, uint32_t task, uint64_t address)
{
	struct task *t = task_at(rb, task);
	uint64_t begin = to_vpn(rb, address), end = begin + to_pages(rb, t->args[1]), vpn = begin;
	uint32_t nr[MM_NR_MEMBERS], mm = t->mm, file = 0;

	memcpy(nr, t->nr_early, sizeof(nr));
	memset(t->nr_early, 0, sizeof(t->nr_early));
	for (; nr[MM_ANONPAGES] && vpn < end; vpn++, nr[MM_ANONPAGES]--) {
		vma_find(&mm_at(rb, mm)->vmas, vpn)->has_anon = true;
		entry_map(rb, mm, vpn, page_new(&rb->pages, PAGE_ANON), WHY_ANON, ENTRY_YOUNG | ENTRY_WRITE);
	}
	for (; (nr[MM_SHMEMPAGES] || nr[MM_FILEPAGES]) && vpn < end; vpn++) {
		struct vma *vma = vma_find(&mm_at(rb, mm)->vmas, vpn);

		if (!vma->file)
			vma->file = file_new(&rb->pages, nr[MM_SHMEMPAGES]);
		file = vma->file;
		entry_map(rb, mm, vpn, file_page(&rb->pages, file, vma->first_index + (vpn - vma->begin)),
			  WHY_FILE, ENTRY_YOUNG);
		nr[nr[MM_SHMEMPAGES] ? MM_SHMEMPAGES : MM_FILEPAGES]--;
	}
}

static void end_brk(struct rebuild *rb, struct task *t, uint64_t address)
{
	struct mm *m = mm_at(rb, t->mm);
	uint64_t end = to_pages(rb, address), old = m->brk_end;
	uint32_t mm = t->mm;

	m->brk_end = end;
	if (!old || !m->brk_begin) {
		m->brk_begin = end;
		return;
	}
	if (end < old) {
		clean(rb, mm, end, old);
		vma_remove(&mm_at(rb, mm)->vmas, end, old);
	} else if (end > old) {
		vma_remove(&m->vmas, old, end);
		vma_add(&m->vmas, &(struct vma){
			.begin = old, .end = end, .fd = -1, .is_write = true, .is_heap = true });
	}
}

static void end_mprotect(struct rebuild *rb, struct task *t)
{
	struct vmas *vmas = &mm_at(rb, t->mm)->vmas;
	uint64_t begin = to_vpn(rb, t->args[0]), end = begin + to_pages(rb, t->args[1]);

	vma_split(vmas, begin);
	vma_split(vmas, end);
	for (size_t i = vma_from(vmas, begin); i < vmas->nr && vmas->all[i].begin < end; i++) {
		vmas->all[i].is_write = t->args[2] & PROT_BIT_WRITE;
		vmas->all[i].is_exec = t->args[2] & PROT_BIT_EXEC;
		vmas->all[i].is_none = !t->args[2];
	}
	vma_merge(vmas, begin, end);
}

static void end_mremap(struct rebuild *rb, struct task *t, uint64_t address)
{
	uint64_t from = to_vpn(rb, t->args[0]), to = to_vpn(rb, address);
	uint64_t old = to_pages(rb, t->args[1]), new = to_pages(rb, t->args[2]), kept = old < new ? old : new;
	struct vmas *vmas = &mm_at(rb, t->mm)->vmas;
	struct vma *vma, moved;
	uint32_t mm = t->mm;

	if (new < old) {
		clean(rb, mm, from + new, from + old);
		vma_remove(&mm_at(rb, mm)->vmas, from + new, from + old);
	}
	vma = vma_find(vmas, from);
	if (!vma || !new)
		return;
	moved = *vma;
	if (to == from) {
		if (new <= old)
			return;
		vma_remove(vmas, from + old, from + new);
		moved.first_index += from + old - moved.begin;
		moved.begin = from + old;
		moved.end = from + new;
		vma_add(vmas, &moved);
		return;
	}
	clean(rb, mm, to, to + new);
	for (uint64_t i = 0; i < kept; i++)
		entry_move(rb, mm, from + i, to + i);
	vmas = &mm_at(rb, mm)->vmas;
	vma_remove(vmas, to, to + new);
	moved.first_index += from - moved.begin;
	moved.begin = to;
	moved.end = to + new;
	if (old && !(t->args[3] & REMAP_DONTUNMAP))
		vma_remove(vmas, from, from + old);
	vma_add(vmas, &moved);
}

static void set_locked(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end, bool is_locked)
{
	struct vmas *vmas = &mm_at(rb, mm)->vmas;

	vma_split(vmas, begin);
	vma_split(vmas, end);
	for (size_t i = vma_from(vmas, begin); i < vmas->nr && vmas->all[i].begin < end; i++)
		vmas->all[i].is_locked = is_locked;
	vma_merge(vmas, begin, end);
}

static void end_shmat(struct rebuild *rb, struct task *t, uint64_t address)
{
	struct vmas *vmas = &mm_at(rb, t->mm)->vmas;
	uint64_t begin = to_vpn(rb, address);
	/* No event tells a segment's size; its id names the object. */
	uint64_t key = UINT64_C(1) << 63 | (uint32_t)t->args[0];
	uint32_t file = map64_get(&rb->pages.file_by_ino, key);

	if (!file) {
		file = file_new(&rb->pages, true);
		map64_set(&rb->pages.file_by_ino, key, file);
	}
	if (vma_find(vmas, begin))
		return;
	vma_add(vmas, &(struct vma){
		.begin = begin, .end = begin + 1, .file = file, .fd = -1, .is_file = true,
		.is_shared = true, .is_write = true, .is_growing = true });
}

static void end_shmdt(struct rebuild *rb, struct task *t)
{
	struct vma *vma = vma_find(&mm_at(rb, t->mm)->vmas, to_vpn(rb, t->args[0]));
	uint64_t begin, end;

	if (!vma)
		return;
	begin = vma->begin;
	end = vma->end;
	clean(rb, t->mm, begin, end);
	vma_remove(&mm_at(rb, t->mm)->vmas, begin, end);
}

static void finish_call(struct rebuild *rb, uint32_t task, int64_t ret)
{
	struct task copy = *task_at(rb, task), *t = &copy;
	uint64_t begin = to_vpn(rb, t->args[0]), pages = to_pages(rb, t->args[1]);

	switch ((enum mm_call)t->call) {
	case MM_CALL_MMAP:
		end_mmap(rb, t, ret);
		place_early(rb, task, ret);
		break;
	case MM_CALL_MUNMAP:
		clean(rb, t->mm, begin, begin + pages);
		vma_remove(&mm_at(rb, t->mm)->vmas, begin, begin + pages);
		break;
	case MM_CALL_BRK:
		end_brk(rb, t, ret);
		break;
	case MM_CALL_MPROTECT:
		end_mprotect(rb, t);
		break;
	case MM_CALL_MREMAP:
		end_mremap(rb, t, ret);
		break;
	case MM_CALL_MADVISE:
		if (t->is_walking)
			clean(rb, t->mm, begin, begin + pages);
		break;
	case MM_CALL_MLOCK:
	case MM_CALL_MLOCK2:
	case MM_CALL_MUNLOCK:
		set_locked(rb, t->mm, begin, to_pages(rb, t->args[0] + t->args[1]), t->call != MM_CALL_MUNLOCK);
		break;
	case MM_CALL_MLOCKALL:
		if (t->args[0] & LOCK_CURRENT)
			set_locked(rb, t->mm, 0, UINT64_MAX >> 12, true);
		break;
	case MM_CALL_MUNLOCKALL:
		set_locked(rb, t->mm, 0, UINT64_MAX >> 12, false);
		break;
	case MM_CALL_SHMAT:
		end_shmat(rb, t, ret);
		break;
	case MM_CALL_SHMDT:
		end_shmdt(rb, t);
		break;
	case MM_CALL_NONE:
	case MM_CALL_REMAP_FILE_PAGES:
	case MM_CALL_EXIT_GROUP:
	case MM_NR_CALLS:
		break;
	}
}

void call_end(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	struct task *t = task_at(rb, task);

	if (t->call == event->call && t->mm && !is_error(event->call_done.ret))
		finish_call(rb, task, event->call_done.ret);
	t = task_at(rb, task);
	t->call = MM_CALL_NONE;
	t->is_walking = false;
	t->populate_at = t->populate_end = 0;
	t->fault.is_active = false;
}
