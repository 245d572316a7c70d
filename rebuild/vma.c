// SPDX-License-Identifier: GPL-2.0-or-later
/* A sorted array of ranges: split, merged and cut as the kernel does. */
#include "rebuild/vma.h"

#include "accounting/mem_op.h"
#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void vmas_release(struct vmas *vmas)
{
	room_release(vmas->all, &vmas->room, sizeof(*vmas->all));
	*vmas = (struct vmas){ 0 };
}

size_t vma_from(const struct vmas *vmas, uint64_t vpn)
{
	size_t low = 0, high = vmas->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (vmas->all[middle].end <= vpn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct vma *vma_search(struct vmas *vmas, uint64_t vpn)
{
	size_t i = vmas->last;

	/* In the gap before where the last look-up ended. */
	if (i < vmas->nr && vpn < vmas->all[i].begin && (!i || vmas->all[i - 1].end <= vpn))
		return NULL;
	i = vma_from(vmas, vpn);
	vmas->last = i;
	return i < vmas->nr && vmas->all[i].begin <= vpn ? &vmas->all[i] : NULL;
}

/*
 * All of a segment whose borders are known; else what writes were seen to span.
 * One that holds a header or was executed is several, not told apart yet.
 */
uint64_t vma_writable_pages(const struct vma *vma)
{
	if (vma->is_begin_exact && vma->is_end_exact && !vma->is_exec && vma->first_index)
		return vma->end - vma->begin;
	return vma->write_end - vma->write_begin;
}

static void insert_at(struct vmas *vmas, size_t i, const struct vma *vma)
{
	room_open(&vmas->all, vmas->nr++, &vmas->room, i, sizeof(*vmas->all));
	vmas->all[i] = *vma;
	vma_change_end(vmas, vma);
}

static void delete_at(struct vmas *vmas, size_t i, size_t nr)
{
	for (size_t n = 0; n < nr; n++)
		vma_change_begin(vmas, &vmas->all[i + n]);
	room_close(&vmas->all, vmas->nr, &vmas->room, i, nr, sizeof(*vmas->all));
	vmas->nr -= nr;
}

/* After a cut: what was written lies within. */
static void clip_written(struct vma *vma)
{
	if (vma->write_begin < vma->begin)
		vma->write_begin = vma->begin;
	if (vma->write_end > vma->end)
		vma->write_end = vma->end;
	if (vma->write_begin >= vma->write_end)
		vma->write_begin = vma->write_end = 0;
}

void vma_wrote(struct vma *vma, uint64_t begin, uint64_t end)
{
	if (begin >= end)
		return;
	if (!vma->write_end || begin < vma->write_begin)
		vma->write_begin = begin;
	if (end > vma->write_end)
		vma->write_end = end;
}

void vma_split(struct vmas *vmas, uint64_t vpn)
{
	struct vma *vma = vma_find(vmas, vpn), tail;

	if (!vma || vma->begin == vpn)
		return;
	vma_change_begin(vmas, vma);
	tail = *vma;
	tail.begin = vpn;
	tail.first_index += vpn - vma->begin;
	vma->end = vpn;
	vma->is_end_exact = tail.is_begin_exact = true;
	clip_written(vma);
	clip_written(&tail);
	vma_change_end(vmas, vma);
	insert_at(vmas, vma - vmas->all + 1, &tail);
}

/* What an anon_vma is shared for: all but protection (anon_vma_compatible() in mm/vma.c). */
static bool is_alike(const struct vma *a, const struct vma *b)
{
	if (a->end != b->begin || a->is_file != b->is_file || a->is_shared != b->is_shared ||
	    a->is_accounted != b->is_accounted || a->advice != b->advice ||
	    a->is_locked != b->is_locked || a->is_stack != b->is_stack || a->is_heap != b->is_heap ||
	    a->is_special != b->is_special || a->is_inferred != b->is_inferred)
		return false;
	if (!a->is_file)
		return !a->is_shared;
	/* Files are told apart by number or, before that is known, by descriptor. */
	if (a->file != b->file || (!a->file && a->fd != b->fd))
		return false;
	return a->first_index + (a->end - a->begin) == b->first_index;
}

bool vma_can_merge(const struct vma *a, const struct vma *b)
{
	if (!is_alike(a, b) || a->is_write != b->is_write || a->is_exec != b->is_exec || a->is_none != b->is_none)
		return false;
	if (a->is_inferred && (a->is_end_exact || b->is_begin_exact))
		return false;
	/* is_mergeable_anon_vma() */
	return a->anon && b->anon ? a->anon == b->anon : !a->is_inherited && !b->is_inherited;
}

static uint32_t anon_of_neighbour(const struct vma *a, const struct vma *b, const struct vma *neighbour)
{
	return is_alike(a, b) && !neighbour->is_inherited ? neighbour->anon : 0;
}

static uint32_t new_anon(struct vmas *vmas)
{
	if (vmas->last_anon < ANON_GUESSED)
		vmas->last_anon = ANON_GUESSED;
	return ++vmas->last_anon;
}

/* The next one is asked first: find_mergeable_anon_vma(). */
void vma_make_anon(struct vmas *vmas, struct vma *vma)
{
	if (vma->anon)
		return;
	if (vma->is_inferred)
		vma->anon = ANON_GUESSED;
	if (!vma->anon && vma + 1 < vmas->all + vmas->nr)
		vma->anon = anon_of_neighbour(vma, vma + 1, vma + 1);
	if (!vma->anon && vma > vmas->all)
		vma->anon = anon_of_neighbour(vma - 1, vma, vma - 1);
	if (!vma->anon)
		vma->anon = new_anon(vmas);
}

void vma_merge(struct vmas *vmas, uint64_t begin, uint64_t end)
{
	size_t i = vma_from(vmas, begin ? begin - 1 : 0);

	while (i + 1 < vmas->nr && vmas->all[i].begin < end) {
		if (vma_can_merge(&vmas->all[i], &vmas->all[i + 1])) {
			vma_change_begin(vmas, &vmas->all[i]);
			vmas->all[i].end = vmas->all[i + 1].end;
			if (!vmas->all[i].anon)
				vmas->all[i].anon = vmas->all[i + 1].anon;
			vmas->all[i].is_end_exact = vmas->all[i + 1].is_end_exact;
			vma_wrote(&vmas->all[i], vmas->all[i + 1].write_begin, vmas->all[i + 1].write_end);
			vma_change_end(vmas, &vmas->all[i]);
			delete_at(vmas, i + 1, 1);
		} else {
			i++;
		}
	}
}

struct vma *vma_add(struct vmas *vmas, const struct vma *vma)
{
	size_t i = vma_from(vmas, vma->begin);

	assert(vma->begin < vma->end && (i == vmas->nr || vmas->all[i].begin >= vma->end));
	insert_at(vmas, i, vma);
	vmas->pages += vma->end - vma->begin;
	vma_merge(vmas, vma->begin, vma->end);
	return vma_find(vmas, vma->begin);
}

void vma_remove(struct vmas *vmas, uint64_t begin, uint64_t end)
{
	size_t first, last;

	if (begin >= end)
		return;
	vma_split(vmas, begin);
	vma_split(vmas, end);
	first = vma_from(vmas, begin);
	for (last = first; last < vmas->nr && vmas->all[last].begin < end; last++)
		vmas->pages -= vmas->all[last].end - vmas->all[last].begin;
	if (last > first)
		delete_at(vmas, first, last - first);
}

void vma_resize(struct vmas *vmas, struct vma *vma, uint64_t begin, uint64_t end)
{
	vmas->pages += (end - begin) - (vma->end - vma->begin);
	vma_change_begin(vmas, vma);
	if (vma->is_file)
		vma->first_index += begin - vma->begin;
	vma->begin = begin;
	vma->end = end;
	vma_change_end(vmas, vma);
}

uint8_t vma_flags(const struct vma *vma)
{
	return (vma->is_write ? VMA_WRITE : 0) | (vma->is_shared ? VMA_SHARED : 0) |
	       (vma->is_file ? VMA_FILE : 0) | (vma->is_locked ? VMA_LOCKED : 0);
}

static void copy(struct vmas *to, const struct vmas *from)
{
	*to = *from;
	to->room = (struct room){ .capacity = from->nr };
	to->all = xcalloc(from->nr, sizeof(*to->all));
	if (from->nr)
		memcpy(to->all, from->all, from->nr * sizeof(*to->all));
}

void vmas_fork(struct vmas *child, const struct vmas *parent)
{
	size_t nr = 0;

	copy(child, parent);
	for (size_t i = 0; i < child->nr; i++) {
		struct vma *vma = &child->all[nr];

		if (child->all[i].advice & ADVICE_NOT_FORKED) {
			child->pages -= child->all[i].end - child->all[i].begin;
			vma_change_begin(child, &child->all[i]);
			continue;
		}
		*vma = child->all[i];
		vma->is_locked = false;
		if (vma->advice & ADVICE_FORKED_EMPTY)
			vma->anon = 0;
		vma->is_inherited = vma->anon && !vma->is_inferred;
		if (vma->is_inherited)
			vma->anon = new_anon(child);
		nr++;
	}
	child->nr = nr;
}
