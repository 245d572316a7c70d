// SPDX-License-Identifier: GPL-2.0-or-later
/* System calls that change an address space: VMAs at their end, zaps while they run. */
#include "rebuild/state.h"

#include <string.h>

/* uapi constants, the same on every architecture that x86's recordings come from. */
enum { PROT_BIT_WRITE = 2, PROT_BIT_EXEC = 4 };
enum { MAP_BITS_TYPE = 0xf, MAP_TYPE_SHARED = 1, MAP_TYPE_SHARED_VALIDATE = 3, MAP_BIT_FIXED = 0x10,
       MAP_BIT_ANONYMOUS = 0x20, MAP_BIT_LOCKED = 0x2000 };
enum { REMAP_DONTUNMAP = 4 };
enum { ADVISE_DONTNEED = 4, ADVISE_REMOVE = 9, ADVISE_POPULATE_READ = 22, ADVISE_POPULATE_WRITE = 23,
       ADVISE_DONTNEED_LOCKED = 24 };
enum { LOCK_CURRENT = 1, LOCK_FUTURE = 2, LOCK_ON_FAULT = 4 };	/* of mlockall */
enum { MLOCK2_ON_FAULT = 1 };

#define ZAP_LOOK_AHEAD 6	/* page tables a walk may be out of step by */

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
	switch (event->call) {
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
		else if (mm_at(rb, t->mm)->locks_future)
			start_populate(t, mm_at(rb, t->mm)->brk_end, to_pages(rb, args[0]));
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
	case MM_CALL_MLOCK2:
		if (args[2] & MLOCK2_ON_FAULT)
			break;
		/* fall through */
	case MM_CALL_MLOCK:
		start_populate(t, begin, to_pages(rb, args[0] + args[1]));
		break;
	case MM_CALL_MLOCKALL:
		if (args[0] & LOCK_CURRENT && !(args[0] & LOCK_ON_FAULT))
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

/* The chunk the walk stands at, if it holds the member; else one of the next few. */
static bool seek_member(struct rebuild *rb, uint32_t mm, struct walk *walk, enum mm_member member)
{
	for (int chunks = 0; chunks < ZAP_LOOK_AHEAD && walk_next(rb, mm, walk); chunks++) {
		if (walk->left[member])
			return true;
		memset(walk->left, 0, sizeof(walk->left));
	}
	return false;
}

/* Moves on to a later chunk that holds just as many as the kernel counted. */
static bool seek_exact(struct rebuild *rb, uint32_t mm, struct walk *walk, enum mm_member member, uint64_t nr)
{
	struct walk ahead = *walk;

	for (int chunks = 0; chunks < 2; chunks++) {
		memset(ahead.left, 0, sizeof(ahead.left));
		if (!seek_member(rb, mm, &ahead, member))
			return false;
		if (ahead.left[member] == nr) {
			*walk = ahead;
			return true;
		}
	}
	return false;
}

/* Whether this chunk and those that follow in its page table are what the kernel counted: borders between them were none. */
static bool is_sum(struct rebuild *rb, uint32_t mm, const struct walk *walk, enum mm_member member, uint64_t nr)
{
	uint64_t sum = walk->left[member];
	struct walk next = *walk;

	while (sum < nr) {
		memset(next.left, 0, sizeof(next.left));
		if (!seek_member(rb, mm, &next, member) || next.chunk_begin / PMD_PAGES != walk->chunk_begin / PMD_PAGES)
			return false;
		sum += next.left[member];
	}
	return sum == nr;
}

static void zap_part(struct rebuild *rb, uint32_t mm, struct walk *walk, enum mm_member member, uint64_t nr,
		     enum op_why why)
{
	for (enum mm_member before = 0; before < member; before++)
		walk->left[before] = 0;
	if (member != MM_FILEPAGES || !torn_part(rb, mm, walk, nr, why))
		entries_zap_member(rb, mm, walk->chunk_begin, walk->chunk_end, member, nr, why);
	walk->left[member] -= nr;
	walk->is_partial = walk->left[member];
}

void zap_rss(struct rebuild *rb, uint32_t task, uint32_t mm, enum mm_member member, int64_t delta,
	     enum judge_class class, enum op_why why)
{
	struct walk walk = task_at(rb, task)->walk;
	int64_t total = mm_at(rb, mm)->known[member] + delta;
	uint64_t nr = delta < 0 ? -delta : 0, part;
	bool is_found = seek_member(rb, mm, &walk, member);

	rss_judge(rb, mm, class, member, is_found ? -(int64_t)walk.left[member] : 0, total);
	if (class == JUDGE_TEARDOWN)
		torn_value(rb, mm, member == MM_FILEPAGES ? &walk : &task_at(rb, task)->walk, member, nr);
	if (is_found && walk.left[member] < nr && is_sum(rb, mm, &walk, member, nr)) {
		while (walk.left[member] < nr) {
			part = walk.left[member];
			zap_part(rb, mm, &walk, member, part, why);
			seek_member(rb, mm, &walk, member);
			nr -= part;
		}
	} else if (is_found && walk.left[member] != nr && walk.is_partial) {
		seek_exact(rb, mm, &walk, member, nr);
	}
	part = is_found ? walk.left[member] : 0;
	if (part > nr)
		part = nr;
	if (part) {
		zap_part(rb, mm, &walk, member, part, why);
		task_at(rb, task)->walk = walk;
	}
	if (nr > part) {
		/* Pages we do not know: nothing of ours is taken for them. */
		unmatched(rb, UNMATCHED_UNMAP, nr - part);
		rb->judge.unexplained += mm_at(rb, mm)->is_observed ? nr - part : 0;
	}
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

static void end_mmap(struct rebuild *rb, uint32_t task, struct task *t, uint64_t address)
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
		.is_locked = flags & MAP_BIT_LOCKED || mm_at(rb, t->mm)->locks_future,
	};
	uint32_t mm = t->mm;

	if (vma.end <= vma.begin)
		return;
	if (!is_anonymous && !rb->has_windows)
		vma.file = image_mapped(rb, task, &vma, t->args[1]);
	clean(rb, mm, vma.begin, vma.end);
	range_unmap(rb, mm, vma.begin, vma.end);
	if (is_anonymous && is_shared) {
		vma.file = file_new(&rb->pages, true);
		rb->pages.files[vma.file].is_born = true;
	}
	range_map(rb, mm, &vma, VMA_MMAP);
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
		vma_make_anon(&mm_at(rb, mm)->vmas, vma_find(&mm_at(rb, mm)->vmas, vpn));
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
		range_unmap(rb, mm, end, old);
	} else if (end > old) {
		range_unmap(rb, mm, old, end);
		range_map(rb, mm, &(struct vma){
			.begin = old, .end = end, .fd = -1, .is_write = true, .is_heap = true,
			.is_locked = m->locks_future }, VMA_BRK);
		m = mm_at(rb, mm);
		if (m->locks_future)	/* filled before the call ended */
			vma_make_anon(&m->vmas, vma_find(&m->vmas, old));
	}
}

static void set_protection(struct vma *vma, const void *how)
{
	uint64_t protection = *(const uint64_t *)how;

	vma->is_accounted |= vma->is_write && vma->anon && !vma->is_shared;
	vma->is_accounted &= !(protection & PROT_BIT_WRITE);
	vma->is_write = protection & PROT_BIT_WRITE;
	vma->is_exec = protection & PROT_BIT_EXEC;
	vma->is_none = !protection;
}

static void end_mprotect(struct rebuild *rb, struct task *t)
{
	uint64_t begin = to_vpn(rb, t->args[0]);

	range_change(rb, t->mm, begin, begin + to_pages(rb, t->args[1]), set_protection, &t->args[2]);
}

/* Skips what no entry is in: a range may be larger than any machine. */
static void move_entries(struct rebuild *rb, uint32_t mm, uint64_t from, uint64_t to, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		const struct page_table *table = &mm_at(rb, mm)->table;
		size_t next = page_table_from(table, from + i);

		if (next == table->nr)
			return;
		if (table->leaves[next]->base > from + i)
			i = table->leaves[next]->base - from;
		if (i < pages)
			entry_move(rb, mm, from + i, to + i);
	}
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
		range_unmap(rb, mm, from + new, from + old);
	}
	vma = vma_find(vmas, from);
	/* The kernel moves nothing onto itself: such a place is damage. */
	if (!vma || !new || (to != from && to < from + old && from < to + new))
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
		moved.begin = from;
		range_move(rb, mm, from, old, &moved);
		return;
	}
	clean(rb, mm, to, to + new);
	move_entries(rb, mm, from, to, kept);
	range_unmap(rb, mm, to, to + new);
	vmas = &mm_at(rb, mm)->vmas;
	moved.first_index += from - moved.begin;
	moved.begin = to;
	moved.end = to + new;
	if (old && !(t->args[3] & REMAP_DONTUNMAP))
		vma_remove(vmas, from, from + old);
	vma_add(vmas, &moved);
	range_move(rb, mm, from, old, &moved);
}

static void set_vma_locked(struct vma *vma, const void *how)
{
	vma->is_locked = *(const bool *)how;
}

static void set_locked(struct rebuild *rb, uint32_t mm, uint64_t begin, uint64_t end, bool is_locked)
{
	rb->base.has_locked |= is_locked;
	range_change(rb, mm, begin, end, set_vma_locked, &is_locked);
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
	range_map(rb, t->mm, &(struct vma){
		.begin = begin, .end = begin + 1, .file = file, .fd = -1, .is_file = true,
		.is_shared = true, .is_write = true, .is_growing = true }, VMA_MMAP);
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
	range_unmap(rb, t->mm, begin, end);
}

static void finish_call(struct rebuild *rb, uint32_t task, int64_t ret)
{
	struct task copy = *task_at(rb, task), *t = &copy;
	uint64_t begin = to_vpn(rb, t->args[0]), pages = to_pages(rb, t->args[1]);

	switch ((enum mm_call)t->call) {
	case MM_CALL_MMAP:
		end_mmap(rb, task, t, ret);
		place_early(rb, task, ret);
		break;
	case MM_CALL_MUNMAP:
		clean(rb, t->mm, begin, begin + pages);
		range_unmap(rb, t->mm, begin, begin + pages);
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
		else
			advice_taken(rb, t->mm, begin, begin + pages, t->args[2]);
		break;
	case MM_CALL_MLOCK:
	case MM_CALL_MLOCK2:
	case MM_CALL_MUNLOCK:
		set_locked(rb, t->mm, begin, to_pages(rb, t->args[0] + t->args[1]), t->call != MM_CALL_MUNLOCK);
		break;
	case MM_CALL_MLOCKALL:
		mm_at(rb, t->mm)->locks_future = t->args[0] & LOCK_FUTURE;
		if (t->args[0] & LOCK_CURRENT)
			set_locked(rb, t->mm, 0, UINT64_MAX >> 12, true);
		break;
	case MM_CALL_MUNLOCKALL:
		mm_at(rb, t->mm)->locks_future = false;
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
